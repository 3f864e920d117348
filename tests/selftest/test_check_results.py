"""Checks in what a run leaves behind: they belong to no row, and yet a row that one of them found broken says so."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contracts.case import Broken, Case, CaseResult, Depth, Kind, Story, Verdict, examines
from contracts.finding import Finding, Rule, Severity
from contracts.inquiry import Inquiry
from contracts.report import junit, results, terminal
from contracts.run.planned import plan
from contracts.run.pool import Pool
from tests.selftest.results_at_hand import FINDING, built, complaints, result, row_of

STORY = Story(("1. createSipTrunk in project -> 201", "2. deleteSipTrunk trunk1 in project -> HTTP 500"), "#!/bin/sh\n")
BROKEN = Broken("404-trunk-id", "deleteSipTrunk", (FINDING,))


def check(verdict: Verdict = Verdict.FAIL, name: str = "stateful/trunks", **members: Any) -> CaseResult:
    """The result of a check."""
    return result(verdict, Case(name, "", "", Kind.CHECK, print, alone=True), **members)


def lines(*of: CaseResult) -> list[str]:
    """What the terminal says of these."""
    return [line for line, _ in terminal.summary(built(*of), "reports/x", every=True)]


def test_a_check_stands_among_the_checks_with_its_story() -> None:
    """And the traffic comes last."""
    document = built(check(story=STORY))
    told, traffic = document["checks"]
    assert (told["id"], told["verdict"], told["requests"], told["assertions"]) == ("stateful/trunks", "fail", 3, 2)
    assert (told["story"], told["script"]) == (list(STORY.lines), "stateful-trunks.sh")
    assert traffic["id"] == "traffic"
    assert complaints(document) == []


def test_a_row_that_a_check_found_broken_fails() -> None:
    """With a case of that check; two checks of one kind that say the same say it once."""
    document = built(result(Verdict.PASS), check(broken=(BROKEN,)), check(name="stateful/everything", broken=(BROKEN,)))
    row = row_of(document)
    assert row["verdict"] == "fail"
    assert [(case["id"], case["kind"]) for case in row["cases"][1:]] == [("404-trunk-id/deleteSipTrunk/stateful", "check")]
    assert [finding["text"] for finding in row["cases"][1]["findings"]] == [f"{FINDING.text} (2 times)"]
    assert document["run"]["requests"] == 9  # those of the check are not counted twice
    assert complaints(document) == []


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.ERROR, 3), (Verdict.INCONCLUSIVE, 6)]
)
def test_the_exit_status_heeds_checks(verdict: Verdict, status: int) -> None:
    """As it heeds rows."""
    assert results.exit_status(built(check(verdict))) == status


def test_a_check_is_a_test_case_of_junit() -> None:
    """In a suite of their own."""
    text = junit.render(built(check()), {})
    assert 'classname="stateful" name="stateful/trunks" time="0.500"' in text


def test_the_terminal_gives_each_kind_of_check_its_worst_verdict() -> None:
    """One line for all of a kind, as for a row; what failed is told with its story."""
    told = lines(check(Verdict.PASS), check(name="stateful/everything", story=STORY), check(Verdict.PASS, name="race/x/4"))
    assert any(line.startswith("fail          check: stateful") and "1 pass, 1 fail" in line for line in told)
    assert any(line.startswith("pass          check: race") for line in told)
    assert f"    {STORY.lines[1]}" in told
    assert "    as shell commands: stateful-everything.sh, beside the results" in told


def test_errors_that_no_row_documents_are_told_once_for_all_operations() -> None:
    """A generated request has many brothers."""
    document = built(result(Verdict.PASS))
    said = {"http_code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request.", "count": 3, "findings": []}
    document["undocumented"] = [{**said, "operation": name} for name in ("createSipTrunk", "createCustomer")]
    told = [line for line, _ in terminal.summary(document, "reports/x")]
    assert "  6 x 2 operations: 400 INVALID_ARGUMENT 'Bad request.'" in told


def test_what_the_page_documents_comes_first_and_what_runs_alone_last() -> None:
    """Should a run be cut short, that is what it has judged."""
    planned = plan()
    turns = [case.turn for case in planned]
    assert turns == sorted(turns)
    assert set(turns) == {0, 1, 2}
    assert {case.row == "" for case in plan(only_documented=True)} == {False}


def test_check_ids_are_unique_at_every_depth_and_a_deeper_run_misses_none() -> None:
    """They hold neither run id nor seed."""
    ids = [[case.id for case in plan(depth) if not case.row] for depth in Depth]
    assert all(len(each) == len(set(each)) for each in ids)
    assert set(ids[0]) < set(ids[1]) < set(ids[2])


def test_a_scenario_of_a_check_is_told_the_depth() -> None:
    """Its id does not hold that: runs of different depths can be compared."""

    def body(inquiry: Inquiry, depth: Depth, theme: str) -> None:
        """Nothing."""

    (case,) = examines("check", theme=["one"])(body).cases(Depth.STANDARD)
    assert case.id == "check/one"
    assert case.arguments == {"depth": Depth.STANDARD, "theme": "one"}


def test_what_runs_alone_runs_in_the_callers_thread() -> None:
    """Hypothesis must not run in several."""
    pool: Pool[str, str] = Pool(2, lambda _: threading.current_thread().name, lambda: False)
    pool.start(["other"])
    assert pool.here("alone") == threading.current_thread().name
    assert pool.result("other") != threading.current_thread().name
    pool.close()
    assert Pool[str, str](1, str, lambda: True).here("stopped") is None


def test_an_advisory_of_a_documented_row_does_not_break_it() -> None:
    """Only a fail does."""
    mild = Finding(Rule.ENVELOPE_EXTRA_MEMBER, "no more", "more", "one more member", Severity.ADVISORY)
    document = built(result(Verdict.PASS), check(Verdict.PASS, findings=(mild,)))
    assert row_of(document)["verdict"] == "pass"
