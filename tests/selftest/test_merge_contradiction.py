"""Results that contradict themselves are no part of any run: a failure cannot be moved to where nobody counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.case import CaseResult, Verdict
from contracts.merge import __main__ as merge
from contracts.merge.contradiction import contradictions
from tests.selftest.results_at_hand import FINDING
from tests.selftest.shards_at_hand import PLAN, Change, failed, merged, passed, shards, told


def _row(known: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in known["rows"] if len(row["cases"]) > 1)
    return row


def _to_no_row(known: dict[str, Any]) -> None:
    """A case that failed stands in a row that the catalogue has not."""
    case = _row(known)["cases"].pop() | {"verdict": "fail", "findings": [FINDING.as_dict()]}
    known["rows"].append({**_row(known), "id": "nowhere", "verdict": "fail", "cases": [case]})


def _to_another_row(known: dict[str, Any]) -> None:
    known["rows"][-1]["cases"].append(_row(known)["cases"].pop())


def _to_the_checks(known: dict[str, Any]) -> None:
    case = _row(known)["cases"].pop()
    known["checks"].insert(0, {name: case[name] for name in ("id", "verdict", "findings", "requests", "assertions")})


CHANGES: dict[str, tuple[Change, str]] = {
    "a-row-of-no-catalogue": (_to_no_row, "its rows are not those of the catalogue"),
    "another-row": (_to_another_row, "stands under the row "),
    "among-the-checks": (_to_the_checks, "stands among the checks"),
    "a-pass-with-a-failure": (
        lambda known: _row(known)["cases"][0].update(findings=[FINDING.as_dict()]),
        "is told as pass, and its findings say otherwise",
    ),
    "a-check-without-its-findings": (
        lambda known: known["checks"][-1].update(verdict="fail"),
        "traffic is told as fail, and its findings say otherwise",
    ),
    "a-row-unlike-its-cases": (lambda known: _row(known).update(verdict="fail"), "is told as fail, and its cases come to pass"),
    "totals": (lambda known: known["totals"].update(fail=1), "its totals do not count its rows"),
    "no-such-shard": (lambda known: known["run"]["shard"].update(index=9), "it is shard 9 of 4"),
    "no-such-day": (
        lambda known: known["run"].update(started_at="2026-02-30T00:00:00Z"),
        "its started_at is no moment: 2026-02-30",
    ),
    "before-all-time": (lambda known: known["run"].update(finished_at="0001-01-01T00:00:00+14:00"), "its finished_at is no moment"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_results_are_named(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the shard, its folder and what was found; nothing is written."""
    change, said = CHANGES[what]
    place = shards(tmp_path / "in", two=change)[1]
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    errors = capsys.readouterr().err
    assert f"({place}) contradicts itself: " in errors
    assert said in errors
    assert not (tmp_path / "out").exists()


def test_what_a_run_writes_does_not_contradict_itself() -> None:
    """Whatever its cases came to: an error may bear findings, and a row may have none that ran."""
    others = (
        CaseResult(PLAN[1], Verdict.ERROR, "ValueError: no", findings=(FINDING,), requests=1),
        CaseResult(PLAN[2], Verdict.INCONCLUSIVE, "timed out", requests=1),
        *(CaseResult(case, Verdict.NOT_EXERCISED, "withdrawn") for case in PLAN[3:40]),
    )
    for known in (told(1, 1, [failed(PLAN[0]), *others, *map(passed, PLAN[40:])]), told(2, 4), told(1, 4, [])):
        assert list(contradictions(known)) == []
