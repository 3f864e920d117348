"""A run that is only planned: what it tells is what a run does, and the target is sent nothing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from contracts.call import api
from contracts.case import Verdict
from contracts.catalogue import rows
from contracts.ledger import Ledger
from contracts.operation import operations
from contracts.profile import load_profile
from contracts.report import outlook
from contracts.run.planned import plan
from contracts.run.rehearsal import Rehearsal, rehearse
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Target, from_facts
from contracts.undo import STAYING, UNDO
from tests.selftest.answers import PROJECT, answer, answering
from tests.selftest.runs import BAD, GOOD, Outcome, contract, copied

KEYS = {"SINCH_KEY_ID": "key-id-of-nobody", "SINCH_KEY_SECRET": "key-secret-of-nobody"}
PROFILE = 'base_url = "https://trunking.example.invalid"\nallow = ["trunking.example.invalid"]\nfault_injection = false\n'
FEW = "404-acl-id or 400-blocking-rule-exists or 500-internal"
COUNTED = re.compile(r"^ +(\d+) x (\w+) +(GET|POST|PUT|DELETE) +(\S+)$", re.MULTILINE)


def planned(folder: Path, *options: str, root: Path | None = None, **given: str) -> Outcome:
    """A planned run to its end."""
    more = {"root": root} if root else {}
    return contract(folder, "--plan", *options, given=given, **more)


def counted(outcome: Outcome) -> dict[str, int]:
    """How often a plan says that each operation is called."""
    return {name: int(times) for times, name, _, _ in COUNTED.findall(outcome.out)}


def rows_of(rehearsal: Rehearsal) -> set[str]:
    """The rows that would be judged."""
    return {result.case.row for result in rehearsal.results if result.verdict is Verdict.PASS}


def far(profile: str = "staging", **given: str) -> Target:
    """A target elsewhere, as a profile has it."""
    return from_facts(load_profile(profile), "https://trunking.example.invalid", PROJECT, profile, KEYS | given)


# -- the command --------------------------------------------------------------------------------------------------------------


def test_a_plan_sends_the_target_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """Neither a request nor a folder, with workers as well; credentials are not needed."""
    with answering(answer(500, b"")) as server:
        run = planned(tmp_path / "r", "--base-url", server.url, "-k", FEW, "-n", "2")
        assert server.connections == 0
    assert (run.status, run.err, run.folder.exists()) == (0, "", False), run.out
    assert not run.folder.with_name("r-ledger").exists()
    assert f"target: {server.url}" in run.out
    assert counted(run)["createAccessControlList"] > 0


def test_a_plan_counts_what_a_run_sends(tmp_path: Path) -> None:
    """Of the chosen cases, each operation as often as the sandbox is asked for it."""
    run = planned(tmp_path / "r", "-k", FEW)
    done = contract(tmp_path / "s", "-k", FEW)
    assert (run.status, done.status) == (0, 0)
    assert sum(counted(run).values()) == done.results["run"]["requests"]
    assert f"{done.results['run']['requests']} requests, by" in run.out
    assert "3 of 3 rows would be judged" in run.said


def test_a_plan_looks_up_what_a_run_looks_up(tmp_path: Path) -> None:
    """Who keeps a ledger looks whether a number is free; and the first question is a request as well."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        who = sandbox.identity
        named = {"SINCH_PROJECT_ID": who.project_id, "SINCH_KEY_ID": who.key_id, "SINCH_KEY_SECRET": who.key_secret}
        chosen = ("--base-url", url, "-k", "400-phone-number", "--only-documented")
        run, done = (contract(tmp_path / name, *chosen, *more, given=named) for name, more in (("r", ["--plan"]), ("s", [])))
    assert (run.status, done.status) == (0, 0)
    assert sum(counted(run).values()) == done.results["run"]["requests"] + 1


def test_a_plan_heeds_the_profile(tmp_path: Path) -> None:
    """What it renames is told as it is there, what it withdraws is not called, and a row that waits says for what."""
    file = tmp_path / "mine.toml"
    moved = '[operations]\ngetProject = false\ncreateProject = { method = "PUT", path = "/admin/projects" }\n'
    file.write_text(PROFILE.replace("fault", "rate = 0.5\nmax_requests = 9\nfault") + moved, encoding="utf-8")
    run = planned(tmp_path / "r", "--profile", str(file), "-k", FEW)
    assert run.status == 0, run.err
    assert "getProject" not in counted(run)
    assert ("PUT", "/admin/projects") in {line[2:] for line in COUNTED.findall(run.out)}
    assert "2 of 3 rows would be judged" in run.said
    assert "the target offers no fault injection" in run.said
    assert f"at 0.5 requests a second that takes {2 * sum(counted(run).values())} s at least" in run.said
    assert "the budget of 9 requests is less than that" in run.said


def test_a_plan_of_production_needs_no_confirmation(tmp_path: Path) -> None:
    """Nothing is sent there; a read-only one makes nothing."""
    run = planned(tmp_path / "r", "--profile", "production", "--only-documented")
    assert run.status == 0, run.err
    assert "nothing would be made or changed" in run.said
    assert {method for _, _, method, _ in COUNTED.findall(run.out)} == {"GET"}
    assert "createSipTrunk may change something" in run.said


def test_a_plan_leaves_out_the_races_that_a_run_leaves_out(tmp_path: Path) -> None:
    """Where fewer requests may be on their way at once than they need."""
    run = planned(tmp_path / "r", "--max-in-flight", "4", "-k", "400-phone-number-exists", "--only-documented")
    assert run.status == 0, run.err
    assert "no more than 4 of them would be on their way at once" in run.said
    assert "by 2 of 3 cases" in run.out


@pytest.mark.parametrize("options", [["--profile", "nobody"], ["--base-url", "https://trunking.example.invalid"], ["--depth", "x"]])
def test_a_mistake_is_one_in_a_plan_as_well(tmp_path: Path, options: list[str]) -> None:
    """In one line, with status 4."""
    run = planned(tmp_path / "r", *options)
    assert run.status == 4
    assert len(run.err.strip().splitlines()) == 1


def test_a_case_that_a_target_in_order_would_not_pass_is_a_defect_of_the_suite(tmp_path: Path) -> None:
    """It is told, and the status is that of an error."""
    run = planned(tmp_path / "r", root=copied(tmp_path / "copy", a=BAD, b=GOOD))
    assert run.status == 3
    assert "not as expected, on a sandbox that is in order: 404-trunk-domain/getSipTrunks/bad" in run.said


def test_what_killed_runs_left_is_told_first(tmp_path: Path) -> None:
    """A run would remove it before anything else."""
    with answering(answer(200, {})) as server:
        target = Target("t", server.url, PROJECT, "key-id", "key-secret")
        ledger = Ledger(tmp_path / "r-ledger", "20200101t000000-abcd", "gw0", target)
        ledger.page().settle(None, [api.deleteSipTrunk(projectId=PROJECT, sipTrunkId="left")])
        run = planned(tmp_path / "r", "--base-url", server.url, "-k", "500-internal", SINCH_PROJECT_ID=PROJECT)
        assert "first, 1 things would be removed that killed runs have left there" in run.said
        assert server.connections == 0


# -- the rehearsal ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def staging() -> Rehearsal:
    """All documented cases, on staging as the template has it."""
    return rehearse(plan(only_documented=True), far(SINCH_FOREIGN_PROJECT_ID="foreign"))


def test_a_rehearsal_says_what_a_run_elsewhere_judges(staging: Rehearsal) -> None:
    """Not what one on this machine does: there a country may be written, and things made in a foreign project."""
    assert len(rows_of(staging)) == 26
    assert staging.waiting().keys() == {row.id for row in rows()} - rows_of(staging)
    spared = {result.case.id: result.reason for result in staging.results if "expendable" in result.reason}
    assert {case.split("/")[0] for case in spared} == {"403-forbidden", "400-country-code-invalid"}
    assert staging.unlike == ()


def test_what_it_makes_is_counted_by_what_succeeded(staging: Rehearsal) -> None:
    """As often as it is removed again, but for what no operation removes."""
    assert staging.made.keys() <= {*UNDO, *STAYING}
    assert staging.made["createSipTrunk"] < staging.sent["createSipTrunk"]
    assert staging.made["createBlockingRule"] <= staging.sent["deleteBlockingRuleById"]
    assert all(operations()[name].published for name in staging.sent)


def test_what_is_lent_is_lent_in_the_rehearsal_as_well() -> None:
    """Its likes are made beforehand, and are no part of what is counted."""
    lent = load_profile("staging") | {
        "disabled_project": {"id": "p", "expendable": True},
        "trunk_with_number": {"id": "t", "phone_number": "+12015550100", "expendable": True},
    }
    target = from_facts(lent, "https://trunking.example.invalid", PROJECT, "staging", KEYS)
    cases = [case for case in plan(only_documented=True) if case.row in {"400-project-not-enabled", "400-trunk-has-phone-numbers"}]
    rehearsal = rehearse(cases, target)
    assert Counter(result.verdict for result in rehearsal.results) == {Verdict.PASS: len(cases)}
    assert "createProject" not in rehearsal.sent


def test_every_maker_has_its_word() -> None:
    """Whatever can be made is told in words."""
    assert outlook.MADE.keys() == {*UNDO, *STAYING}
