"""The checks on two projects and on repetition: what they see of a sandbox that mixes projects up, or its answers."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from contracts.case import Case, CaseResult, Verdict
from contracts.finding import Rule
from contracts.inquiry import Inquiry
from contracts.mutation.mutant import Due, Instead, let_through, spoilt
from contracts.mutation.variant import owners
from contracts.names import Names
from contracts.operation import operations
from contracts.order.resource import UNKNOWN, resources
from contracts.runner import run
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.message import Response
from contracts.sandbox.refusals import Refusal
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Context, Plan
from tests.contract import test_isolation as checks
from tests.contract.belongings import everything
from tests.selftest.fake import Fake, refusal
from tests.selftest.served import ran, served

SCENARIOS = (
    checks.what_another_project_has_asked_for,
    checks.what_another_project_has_created_again,
    checks.what_another_project_has_referred_to,
)
ISOLATION: Mapping[str, Case] = {case.id: case for scenario in SCENARIOS for case in scenario.cases()}
DETERMINISM: Mapping[str, Case] = {case.id: case for case in checks.refusal_asked_for_again_and_again.cases()}
CALLS = {"calls", "records"}
"""Collections that no operation puts anything into."""
LEAKY = {
    "404-trunk-id": {"isolation/trunk", "isolation/reference"},
    "404-trunk-domain": {"isolation/trunk"},
    "404-endpoint-id": {"isolation/endpoint"},
    "404-acl-id": {"isolation/access-control-list", "isolation/reference"},
    "404-ip-range-id": {"isolation/access-control-list"},
    "404-credential-list-id": {"isolation/credential-list", "isolation/reference"},
    "404-credential-username": {"isolation/credential-list", "isolation/reference"},
    "404-phone-number": {"isolation/number"},
    "404-phone-number-id": {"isolation/number"},
    "404-blocking-rule-id": {"isolation/rule"},
    "404-project-config-key": {"isolation/config"},
    "404-export-key": {"isolation/export"},
    "400-domain-unavailable": {"isolation/uniqueness"},
    "400-username-unavailable": {"isolation/uniqueness"},
    "400-phone-number-exists": {"isolation/uniqueness"},
}
"""The rows that another project's things raise, and the cases in which they do."""


def failed(results: Mapping[str, CaseResult]) -> set[str]:
    """The cases that failed."""
    return {name for name, result in results.items() if result.verdict is Verdict.FAIL}


def rules(results: Mapping[str, CaseResult]) -> set[Rule]:
    """The rules that were broken in any of them."""
    return {finding.rule for result in results.values() for finding in result.failures}


def owner_of(due: Due) -> str:
    """The project that has what a refusal is about, or nothing; a range, a rule or a key is looked for by its name."""
    state, asked = due.context.state, due.context.path.get("projectId")
    kept = {project for project, key in (*state.configs, *state.exports) if key in due.values.values()}
    ranged = {acl.project_id for acl in state.acls.values() if acl.range(due.values.get("id", ""))}
    owning = (owners(due) | kept | ranged) - {asked}
    return min(owning, default="")


def leaking(due: Due) -> Response:
    """The refusal, with whose it is in its details."""
    info = {"type": "ErrorInfo", "reason": "NOT_YOURS", "domain": "trunks", "metaData": {"owner": owner_of(due)}}
    return due.told(details=[info]) if owner_of(due) else due.response


def alternating(every: int) -> Instead:
    """The refusal; each so many times it is another one, that conforms to nothing."""
    asked = itertools.count(1)
    return lambda due: due.told(message="Not now.") if next(asked) % every == 0 else due.response


# -- clean --------------------------------------------------------------------------------------------------------------------


def test_the_clean_sandbox_keeps_projects_apart_and_refuses_alike() -> None:
    """Every case passes without a finding, and leaves nothing."""
    results = ran(Sandbox(), [*ISOLATION.values(), *DETERMINISM.values()])
    assert {name: result.reason or result.findings for name, result in results.items() if result.verdict is not Verdict.PASS} == {}
    assert [result.leftovers or result.not_removable for result in results.values() if result.leftovers] == []
    assert [f for result in results.values() for _, stray in result.strays for f in stray.findings] == []


def test_every_operation_with_another_projects_thing_in_its_path_is_asked() -> None:
    """Each of them at each place, but for calls, which nobody can make."""
    asked: set[tuple[str, str]] = set()
    with served(Sandbox()) as client:
        for kind in checks.KINDS.values():
            inquiry = Inquiry(client, Names(f"t{len(asked)}"))
            mine, theirs = checks.side(inquiry), everything(inquiry)
            for refusal in checks.named_in_path(inquiry, kind, mine, theirs):
                asked.add((refusal.call.operation, refusal.row))
                assert any(value in theirs.named.values() for value in refusal.call.path.values())
                assert refusal.call.path["projectId"] == mine.project
            inquiry.clean_up()
    named = {(name, known.row) for name, of in operations().items() for known in resources(of) if "customers" not in of.path}
    assert asked == {(name, row) for name, row in named if row != UNKNOWN["calls"]}


def test_a_full_project_has_one_of_everything_that_can_be_made() -> None:
    """A collection that is forgotten would be kept apart by nobody."""
    with served(Sandbox()) as client:
        inquiry = Inquiry(client, Names("t"))
        theirs = everything(inquiry)
        inquiry.clean_up()
    assert theirs.named.keys() == UNKNOWN.keys() - CALLS - {"customers"}
    assert frozenset().union(*checks.KINDS.values()) == theirs.named.keys()
    assert {theirs.project, *theirs.named.values()} <= set(theirs.marks)


# -- mixed up -----------------------------------------------------------------------------------------------------------------


def test_a_sandbox_that_names_the_owner_fails() -> None:
    """Every case does, by the rule for it, for every row that another project's things raise there."""

    def told(plan: Plan, context: Context) -> Response:
        try:
            return plan.run(context)
        except Refusal as refusal:
            return leaking(Due(context, refusal, plan))

    leaky = {name: Plan((), functools.partial(told, plan)) for name, plan in plans().items()}
    results = ran(Sandbox(behaviour=Behaviour(plans=leaky)), ISOLATION.values())
    assert failed(results) == ISOLATION.keys()
    assert rules(results) == {Rule.FOREIGN_DATA}
    broken = {(broken.row, name) for name, result in results.items() for broken in result.broken}
    assert broken == {(row, name) for row, names in LEAKY.items() for name in names}


@pytest.mark.parametrize("turn", [0, 1])
def test_a_sandbox_that_names_the_owner_every_second_time_fails(turn: int) -> None:
    """Whichever of the two answers it is."""
    asked = itertools.count(1)
    behaviour = spoilt("404-endpoint-id", lambda due: leaking(due) if next(asked) % 2 == turn else due.response)
    (result,) = ran(Sandbox(behaviour=behaviour), [ISOLATION["isolation/endpoint"]]).values()
    assert {finding.rule for finding in result.findings} == {Rule.FOREIGN_DATA}


@pytest.mark.parametrize("row", ["404-acl-id", "400-domain-unavailable"])
def test_a_sandbox_that_lets_through_what_is_anothers_fails(row: str) -> None:
    """And what took effect is not asked for again."""
    results = ran(Sandbox(behaviour=spoilt(row, let_through)), ISOLATION.values())
    assert failed(results) == LEAKY[row]
    assert Rule.UNREFUSED in rules(results)
    assert Rule.STATE_CHANGED not in rules(results)  # it would only say so twice


def renaming(due: Due) -> Response:
    """The refusal; a trunk that another project has gets another name all the same."""
    trunks = due.context.state.trunks
    if trunk := trunks.get(due.values["id"]):
        trunks[trunk.id] = replace(trunk, name="changed")
    return due.response


def test_a_sandbox_that_refuses_and_changes_fails() -> None:
    """The other project's trunk reads differently, and the finding says what was sent."""
    results = ran(Sandbox(behaviour=spoilt("404-trunk-id", renaming, "updateSipTrunk")), ISOLATION.values())
    assert failed(results) == {"isolation/trunk"}
    assert rules(results) == {Rule.STATE_CHANGED}
    (finding,) = results["isolation/trunk"].failures
    assert "updateSipTrunk" in finding.text
    assert "changed" in finding.actual


def test_a_sandbox_that_refuses_every_second_time_otherwise_fails() -> None:
    """By the rule for repetition, too."""
    results = ran(Sandbox(behaviour=spoilt("404-endpoint-id", alternating(2))), ISOLATION.values())
    assert failed(results) == {"isolation/endpoint"}
    assert Rule.NOT_REPEATABLE in rules(results)


def test_a_target_that_makes_no_projects_is_not_exercised() -> None:
    """There is nothing to hold apart; nothing else is sent."""
    fake = Fake({}, paths={"createProject": None})
    results = [run(case, fake, Names("t")) for case in ISOLATION.values()]
    assert {result.verdict for result in results} == {Verdict.NOT_EXERCISED}
    assert fake.calls == []


@pytest.mark.parametrize("withdrawn", ["createPhoneNumber", "setProjectConfig", "getProjectConfig", "trunksByACL"])
def test_a_target_without_some_operation_is_examined_without_it(withdrawn: str) -> None:
    """The other kinds are held apart all the same."""
    results = ran(Sandbox(), ISOLATION.values(), paths={withdrawn: None})
    idle = {"createPhoneNumber": {"isolation/number"}, "setProjectConfig": {"isolation/config"}}
    idle["getProjectConfig"] = idle["setProjectConfig"]
    others = {name for name, result in results.items() if result.verdict is not Verdict.PASS}
    assert others == idle.get(withdrawn, set())
    assert {results[name].verdict for name in others} <= {Verdict.NOT_EXERCISED}


# -- again and again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", checks.REFUSALS)
def test_an_answer_that_changes_now_and_then_fails(row: str) -> None:
    """Once in ten times, or only when many ask at once."""
    case = DETERMINISM[f"determinism/{row}"]
    for every in (checks.TIMES, checks.TIMES + checks.AT_ONCE):
        results = ran(Sandbox(behaviour=spoilt(row, alternating(every))), [case])
        assert failed(results) == {case.id}
        assert Rule.NOT_REPEATABLE in rules(results)


def renamed(due: Due) -> Response:
    """The refusal under another status."""
    return due.told(status="GONE")


def test_a_refusal_that_is_alike_and_wrong_fails_by_its_row() -> None:
    """Eighteen equal answers give one finding."""
    (result,) = ran(Sandbox(behaviour=spoilt("404-trunk-id", renamed)), [DETERMINISM["determinism/404-trunk-id"]]).values()
    assert [finding.rule for finding in result.failures] == [Rule.STATUS]
    assert result.assertions == checks.TIMES + checks.AT_ONCE


def test_what_takes_effect_is_not_asked_for_again() -> None:
    """One trunk too many is enough."""
    (result,) = ran(
        Sandbox(behaviour=spoilt("400-domain-unavailable", let_through)), [DETERMINISM["determinism/400-domain-unavailable"]]
    ).values()
    assert ([finding.rule for finding in result.failures], result.assertions) == ([Rule.UNREFUSED], 1)


@pytest.mark.parametrize("answer", [(503, {}), (429, {})])
def test_what_cannot_be_judged_is_inconclusive(answer: tuple[int, object]) -> None:
    """It is the infrastructure's."""
    fake = Fake({"getSipTrunkById": [answer]})
    assert run(DETERMINISM["determinism/404-trunk-id"], fake, Names("t")).verdict is Verdict.INCONCLUSIVE


def test_a_server_that_breaks_fails_the_row_for_that_as_well() -> None:
    """Beside the row that was due."""
    fake = Fake({"getSipTrunkById": [refusal("500-internal-server-error")]})
    result = run(DETERMINISM["determinism/404-trunk-id"], fake, Names("t"))
    assert Rule.SERVER_ERROR in {finding.rule for finding in result.failures}
    assert {broken.row for broken in result.broken} == {"404-trunk-id", "500-internal-server-error"}
