"""Pairs of faults: which there are, and what a sandbox in the wrong order is told."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from contracts.case import Case, CaseResult, Depth, Verdict
from contracts.catalogue import rows
from contracts.finding import Rule, Severity
from contracts.operation import operations
from contracts.order import spoil
from contracts.order.fault import FAULTS, Stage
from contracts.order.pair import ONCE, PAIRS, Pair
from contracts.sandbox import Sandbox
from tests.contract import test_order as checks
from tests.selftest.served import ran
from tests.selftest.swapped import Swapped, from_right_to_left

QUICK = checks.of_two_faults_the_first_is_told.cases(Depth.QUICK)
STANDARD = checks.of_two_faults_the_first_is_told.cases(Depth.STANDARD)
IN_PROJECT = (Stage.PROJECT_KNOWN, Stage.KEY_ALLOWED, Stage.PROJECT_ENABLED)
NEVER_TOGETHER = {
    *itertools.combinations(IN_PROJECT, 2),  # a project that is not there belongs to nobody, and one of others nobody can disable
    *((stage, Stage.REFERENCE) for stage in IN_PROJECT),  # what refers to something stands below a resource, which is unknown then
}
"""Stages of which no call can bear a fault each, with nothing else wrong that would be told before the second."""

UNPAIRED = {"500-internal-server-error"}
"""Rows that are in no pair; a new one may stand here. No request provokes a failure by what it asks for."""


def pair_of(case: Case) -> Pair:
    """The pair that a case is about."""
    pair: Pair = case.arguments["pair"]
    return pair


# -- the data -----------------------------------------------------------------------------------------------------------------


def test_every_two_stages_are_held_against_one_another() -> None:
    """So is every boundary between two stages: what is not, nobody could send."""
    compared = {(pair.winner.stage, pair.loser.stage) for pair in PAIRS}
    assert compared - {(Stage.RESOURCE, Stage.RESOURCE)} == set(itertools.combinations(Stage, 2)) - NEVER_TOGETHER
    assert {(pair.winner.stage, pair.loser.stage) for pair in ONCE} == compared


def test_resources_are_held_against_one_another_from_left_to_right() -> None:
    """Wherever a path names two of them."""
    two = {name for name, operation in operations().items() if len(operation.path_parameters) > 2}
    lefts = [pair for pair in PAIRS if pair.winner.stage is pair.loser.stage]
    assert {pair.operation for pair in lefts} == two
    for pair in lefts:
        first, second = (fault.place(operations()[pair.operation]) for fault in (pair.winner, pair.loser))
        assert operations()[pair.operation].path_parameters[1:] == (first, second)


def test_every_operation_bears_every_fault_that_the_catalogue_knows_of_it() -> None:
    """But those without a pair, and what would change something of others."""
    borne = {(pair.operation, fault) for pair in PAIRS for fault in (pair.winner, pair.loser)}
    assert {fault for _, fault in borne} == set(FAULTS)
    raising = {(name, known.id) for known in rows() for name, of in operations().items() if known.raised_by(of)}
    known = {(name, fault.name) for name, fault in borne if fault.row and fault.row.raised_by(operations()[name])}
    assert {row_id for _, row_id in raising - known} == {*UNPAIRED, "403-forbidden"}
    assert all(not spoil.harmless(operations()[name]) for name, row_id in raising - known if row_id == "403-forbidden")


def test_a_quick_run_has_each_pair_of_faults_once() -> None:
    """And a deeper one each of them on every operation."""
    named = [(pair.winner.name, pair.loser.name) for pair in map(pair_of, QUICK)]
    assert len(named) == len(set(named)) <= 150
    assert set(named) == {(pair.winner.name, pair.loser.name) for pair in PAIRS}
    assert len({pair_of(case).operation for case in QUICK}) >= 45  # not always the first that bears them
    assert {pair_of(case) for case in STANDARD} == set(PAIRS)


def test_ids_say_which_is_told_before_which() -> None:
    """No two cases have one."""
    assert len({case.id for case in STANDARD}) == len(STANDARD) == len(PAIRS)
    assert "order/updateSipTrunk/404-trunk-id-before-400-domain-unavailable" in {case.id for case in STANDARD}


@pytest.mark.parametrize(
    ("operation", "winner", "loser"),
    [
        ("updateSipTrunk", "404-project-id", "400-domain-unavailable"),  # the trunk is unknown with its project, and told before
        ("deleteSipTrunk", "404-trunk-id", "400-parent-has-children"),  # a trunk that is not there has no children
        ("deleteIpRangeFromAccessControlList", "404-acl-id", "400-acl-needs-ip-range"),
        ("createBlockingRule", "404-project-id", "400-blocking-rule-exists"),  # a rule is equal within its project
        ("createBlockingRule", "400-direction-invalid", "400-blocking-rule-exists"),  # no rule has such a direction
        ("createSipTrunk", "400-body-no-json", "400-domain-unavailable"),
        ("createSipEndpoint", "400-body-incomplete", "400-transport"),  # nothing would tell the two answers apart
        ("addCredentialListToTrunk", "400-body-incomplete", "404-credential-list-id"),
        ("deleteSipTrunk", "403-forbidden", "404-trunk-id"),
        ("deleteSipTrunk", "400-trunk-has-phone-numbers", "400-parent-has-children"),  # a documented case
    ],
)
def test_faults_that_no_call_bears_are_no_pair(operation: str, winner: str, loser: str) -> None:
    """Both at once, the one first and the other second."""
    found = [pair for pair in PAIRS if pair.operation == operation]
    assert {winner, loser} <= {fault.name for fault in FAULTS}
    assert found
    assert (winner, loser) not in {(pair.winner.name, pair.loser.name) for pair in found}


# -- the clean sandbox --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="clean")
def _clean() -> tuple[Sandbox, Sandbox, Mapping[str, CaseResult]]:
    """The clean sandbox before and after every pair was tried on it, and the results."""
    sandbox = Sandbox()
    before = Sandbox(sandbox.identity, state=copy.deepcopy(sandbox.state))
    return before, sandbox, ran(sandbox, STANDARD)


def test_the_clean_sandbox_passes_every_pair(clean: tuple[Sandbox, Sandbox, Mapping[str, CaseResult]]) -> None:
    """Without a finding, a leftover or a stray that fails."""
    results = clean[2].values()
    assert [(result.case.id, result.reason, result.findings) for result in results if result.verdict is not Verdict.PASS] == []
    assert [result.case.id for result in results if result.findings or result.leftovers or result.not_removable] == []
    assert [f for result in results for _, stray in result.strays for f in stray.findings if f.severity is Severity.FAIL] == []


def test_every_pair_leaves_the_sandbox_as_it_was(clean: tuple[Sandbox, Sandbox, Mapping[str, CaseResult]]) -> None:
    """What was refused changed nothing, and what was set up is gone."""
    before, after, _ = clean
    assert after.state == before.state


def test_a_quick_run_asks_little(clean: tuple[Sandbox, Sandbox, Mapping[str, CaseResult]]) -> None:
    """Of each case, and of all."""
    results = clean[2]
    assert max(result.requests for result in results.values()) <= 20
    assert sum(results[case.id].requests for case in QUICK) <= 1500


def test_every_fault_is_told_where_it_is_alone() -> None:
    """With the right key in the place of a wrong one, each operation tells the other fault, and nothing else is wrong with it."""
    alone = [_with_the_right_key(case) for case in STANDARD if pair_of(case).winner.stage is Stage.KEY]
    assert {(pair.operation, pair.loser) for pair in map(pair_of, alone)} == {
        (name, fault) for name, of in operations().items() for fault in FAULTS if fault.stage > Stage.KEY and fault.place(of)
    }
    for result in ran(Sandbox(), alone).values():
        (finding,) = result.findings
        assert f"and {pair_of(result.case).loser.name} is told first" in finding.text, result.case.id


def _with_the_right_key(case: Case) -> Case:
    pair = pair_of(case)
    return replace(case, arguments={"pair": replace(pair, winner=replace(pair.winner, spoil=lambda _: {}))})


# -- sandboxes in another order -----------------------------------------------------------------------------------------------

SWAPS = (
    (Stage.KEY, Stage.PROJECT_KNOWN),
    (Stage.KEY, Stage.PROJECT_ENABLED),
    (Stage.PROJECT_KNOWN, Stage.RESOURCE),
    (Stage.PROJECT_ENABLED, Stage.RESOURCE),
    (Stage.RESOURCE, Stage.BODY),
    (Stage.BODY, Stage.VALUE),
    (Stage.BODY, Stage.REFERENCE),
    (Stage.REFERENCE, Stage.CLASH),
    (Stage.BODY, Stage.CLASH),
)


@pytest.mark.parametrize(
    "swapped", [Swapped(*swap) for swap in SWAPS], ids=["-".join(stage.name for stage in swap) for swap in SWAPS]
)
def test_a_sandbox_that_swaps_two_stages_fails_in_the_pairs_that_it_inverts(swapped: Swapped) -> None:
    """By the rule for it and no other, and in no other pair; a target of another name is advised."""
    inverted = [case for case in QUICK if swapped.inverts(pair_of(case))]
    assert inverted
    results = ran(swapped.sandbox(), QUICK)
    assert {name for name, result in results.items() if result.verdict is not Verdict.PASS} == {case.id for case in inverted}
    assert {finding.rule for result in results.values() for finding in result.findings} == {Rule.ORDER}
    for result in ran(swapped.sandbox(), inverted, "elsewhere").values():
        assert result.verdict is Verdict.PASS, result.case.id
        assert [(finding.rule, finding.severity) for finding in result.findings] == [(Rule.ORDER, Severity.ADVISORY)]


def test_a_sandbox_that_looks_from_right_to_left_fails_where_a_path_names_two() -> None:
    """And nowhere else."""
    results = ran(from_right_to_left(), QUICK)
    both = {case.id for case in QUICK if pair_of(case).winner.stage is pair_of(case).loser.stage is Stage.RESOURCE}
    assert {name for name, result in results.items() if result.verdict is not Verdict.PASS} == both != set()
