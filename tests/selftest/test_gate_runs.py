"""Whole runs behind gates: what they end with, what they show, what they propose, and that nothing of a person's is changed."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unittest.mock import Mock

import pytest

from contracts.case import Verdict
from contracts.evidence import case_evidence
from contracts.gate.outcome import Gate
from contracts.origin import Origin
from contracts.run.controller import Controller
from contracts.run.gating import Gating
from contracts.run.options import Options
from tests.selftest.results_at_hand import TARGET, complaints, facts, result
from tests.selftest.runs import BAD, GOOD, Outcome, contract, copied

ROW = "404-trunk-domain"
CASE = f"{ROW}/getSipTrunks/bad"
KNOWN = f"""
# of old
[[deviation]]
row = "{ROW}"
environment = "sandbox"
reason = "it is not refused there"
ticket = "T-1"
owner = "team"
expires = 9999-12-31
"""
DEEP = """
from contracts.case import Depth, deeper


@controls("404-trunk-id", by="getSipTrunks", variant=deeper(Depth.EXHAUSTIVE, ["deep"]))
def good_and_deep(world: World) -> None:
    world.accepted(api.getSipTrunks())
"""
PLAIN = """
def test_plain() -> None:
    raise AssertionError("no case at all")
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the suite with four cases: three that pass, and one that fails; the deepest runs have one more."""
    return copied(tmp_path_factory.mktemp("gate") / "copy", a=BAD, b=GOOD, c=DEEP)


@pytest.fixture(scope="module")
def first(copy: Path) -> Outcome:
    """A run without any gate, and without a file of deviations, though one is asked to be proposed."""
    folder = copy.parent / "first"
    return contract(folder, "--deviations", str(copy.parent / "none.toml"), "--update-deviations", root=copy)


def told(run: Outcome) -> tuple[str, str]:
    """Mode and verdict of a run's gate; the results keep to their schema."""
    assert complaints(run.results) == []
    return run.results["run"]["gate"]["mode"], run.results["run"]["gate"]["verdict"]


def test_a_run_says_what_its_gate_says_and_proposes_what_to_write_down(first: Outcome) -> None:
    """Into its own folder; the file that was named is not made."""
    assert (first.status, told(first), first.err) == (1, ("strict", "fail"), "")
    assert "gate strict: fail" in first.out
    proposed = first.folder / "deviations.toml"
    assert f"proposed deviations: {proposed} (1 to fill in, 0 marked)" in first.out
    assert f'row = "{ROW}"' in proposed.read_text("utf-8")
    assert not (first.folder.parent / "none.toml").exists()


def test_what_is_proposed_is_refused_as_it_is(first: Outcome, copy: Path, tmp_path: Path) -> None:
    """Before anything is sent or written."""
    run = contract(tmp_path / "r", "--deviations", str(first.folder / "deviations.toml"), root=copy)
    assert (run.status, run.written) == (4, [])
    assert "'reason' is empty" in run.err
    assert len(run.err.strip().splitlines()) == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_known_deviation_does_not_fail_the_run_and_is_run_again_by_lf(copy: Path, tmp_path: Path, workers: str) -> None:
    """To pytest it is a failure as ever; what --lf leaves out is not said to happen no longer."""
    known = tmp_path / "known.toml"
    gone = KNOWN.replace(ROW, "404-trunk-id").replace("T-1", "T-2")
    deep = KNOWN.replace(f'row = "{ROW}"', 'case = "404-trunk-id/getSipTrunks/deep"')
    known.write_text(KNOWN + gone + deep)
    run = contract(tmp_path / "r", "--deviations", str(known), "-n", workers, root=copy)
    assert run.status == 1, run.out
    assert [entry["state"] for entry in run.results["deviations"]] == ["active", "absent", "not_judged"]
    assert "T-2 (row 404-trunk-id) no longer happens: remove the entry" in run.out
    assert f"fail (known: T-1 until 9999-12-31)  {ROW}" in run.out
    again = contract(tmp_path / "s", "--deviations", str(known), "--lf", "-n", workers, root=copy)
    assert (again.status, again.verdicts, told(again)) == (0, {CASE: "fail"}, ("strict", "pass")), again.out
    assert [entry["state"] for entry in again.results["deviations"]] == ["active", "not_judged", "not_judged"]
    assert "1 failed" in again.out


def test_a_run_is_compared_with_the_one_before_it_in_the_history(copy: Path, tmp_path: Path) -> None:
    """The first night everything is new; the second one, what failed in the first is old."""
    asked = ("--history", str(tmp_path / "history.sqlite"), "--gate", "no-new", "--baseline", "history")
    first = contract(tmp_path / "r", *asked, root=copy)
    assert (first.status, told(first)) == (1, ("no-new", "fail"))
    assert "no earlier run to compare with" in first.out
    second = contract(tmp_path / "s", *asked, root=copy)
    assert (second.status, told(second), second.verdicts[CASE]) == (0, ("no-new", "pass"), "fail")
    assert f"the history's run {first.results['run']['id']}" in second.out


def test_a_proposal_never_changes_the_file_that_it_is_made_from(copy: Path, tmp_path: Path) -> None:
    """It would not be written over it either: that is a mistake."""
    folder = tmp_path / "r"
    folder.mkdir()
    mine = folder / "deviations.toml"
    mine.write_text(KNOWN)
    refused = contract(folder, "--deviations", str(mine), "--update-deviations", root=copy)
    assert (refused.status, refused.written) == (4, ["deviations.toml"])
    assert "would write over" in refused.err
    run = contract(tmp_path / "s", "--deviations", str(mine), "--update-deviations", root=copy)
    assert (run.status, mine.read_text()) == (0, KNOWN), run.out
    assert (run.folder / "deviations.toml").read_text() == KNOWN


def test_what_failed_before_is_not_new(first: Outcome, copy: Path, tmp_path: Path) -> None:
    """By the folder of an earlier run, or its file; the rows alone decide where that is asked for."""
    run = contract(tmp_path / "r", "--gate", "no-new", "--baseline", str(first.folder), root=copy)
    assert (run.status, told(run), run.verdicts[CASE]) == (0, ("no-new", "pass"), "fail"), run.out
    assert "1 failed" in run.out
    rows = contract(tmp_path / "s", "--gate", "documented-only", root=copy)
    assert (rows.status, told(rows)) == (1, ("documented-only", "fail"))


def test_what_is_no_case_fails_a_run_behind_any_gate(tmp_path: Path) -> None:
    """The gate says so, and lets nothing pass."""
    known = tmp_path / "known.toml"
    known.write_text(KNOWN)
    root = copied(tmp_path / "copy", a=BAD, c=PLAIN)
    run = contract(tmp_path / "r", "--deviations", str(known), root=root)
    assert (run.status, told(run)) == (1, ("strict", "fail")), run.out
    assert "something failed that is no case" in run.out


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (pytest.ExitCode.INTERRUPTED, "inconclusive", "the run was interrupted"),
        (pytest.ExitCode.INTERNAL_ERROR, "error", "pytest met an internal error"),
    ],
)
def test_a_run_that_did_not_end_has_passed_no_gate(tmp_path: Path, status: pytest.ExitCode, verdict: str, reason: str) -> None:
    """Though all that it judged passed; its exit status is pytest's own."""
    paths = {"folder": tmp_path, "traffic": tmp_path, "history": tmp_path / "history.sqlite"}
    origin = Origin("20260101t000000-test", "test", "http://127.0.0.1:9", "own")
    run = Mock(**paths, gating=Gating(Gate()), started=1.0, limits=None, options=Options(), origin=origin)
    run.facts.return_value, run.target_facts.return_value = facts(), TARGET
    controller = Controller(Mock(**{"getoption.return_value": 0}), run)
    passed = {"contract": json.dumps(case_evidence(result(Verdict.PASS))), "failed": False, "nodeid": "a"}
    controller.pytest_runtest_logreport(cast("pytest.TestReport", SimpleNamespace(**passed)))
    if status is pytest.ExitCode.INTERRUPTED:
        with pytest.raises(KeyboardInterrupt) as stopped:
            raise KeyboardInterrupt
        controller.pytest_keyboard_interrupt(stopped)
    session = SimpleNamespace(exitstatus=status)
    controller.pytest_sessionfinish(cast("pytest.Session", session), status)
    gate = json.loads((tmp_path / "results.json").read_bytes())["run"]["gate"]
    assert (session.exitstatus, gate["verdict"], gate["reasons"]) == (status, verdict, [reason])
