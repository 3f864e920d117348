"""results.json: evidence in, the interface for other programs out (results.md). Pure but for `write`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.case import Case, Verdict, worst
from contracts.catalogue import Row, rows
from contracts.evidence import Evidence
from contracts.gate.outcome import STRICT, Gate
from contracts.gate.outcome import judged as gated
from contracts.gate.standing import Circumstances

STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.ERROR: 3, Verdict.INCONCLUSIVE: 6}
"""The exit status of a run (results.md), by the verdict of its gate."""

LEFT_OUT = "left out of this run"  # the reason of a row all of whose cases were


def build(  # noqa: PLR0913 - the parts that results are made of
    run: Mapping[str, Any],
    target: Mapping[str, Any],
    plan: Sequence[Case],
    evidence: Evidence,
    *,
    started: float,
    finished: float,
    spent: str | Collection[str] = "",
    gate: Gate = STRICT,
    suite: Sequence[Case] = (),
    share: Collection[str] | None = None,
) -> dict[str, Any]:
    """The results of a run. `run` bears id, plan_id, seed, workers, depth and only_documented; times are in epoch seconds.

    `spent` is the reason of the cases that the run's budget ended, or did not let begin, or the reasons where it has several parts:
    with one of them it is not complete.
    `suite` are the cases of every depth, of which known deviations may speak; `share` those of the shard that it is, if it is one.
    """
    # In the plan's order: which worker or thread was done first is nobody's business.
    in_order = {case.id: evidence.cases[case.id] for case in plan if case.id in evidence.cases}
    evidence = replace(evidence, cases=in_order | evidence.cases)
    judged = [_row(row, plan, evidence) for row in rows()]
    verdicts = [row["verdict"] for row in judged]
    ended = {None, spent} if isinstance(spent, str) else {None, *spent}
    left_out = {case.id for case in plan if evidence.reason(case.id) in ended}
    today = datetime.fromtimestamp(started, UTC).date()
    during = Circumstances(target["id"], today, run["depth"], plan, left_out, suite or plan)
    known = {
        "schema_version": "1",
        "run": {
            **run,
            "suite_version": __version__,
            "complete": bool(plan) and not left_out,
            "shard": run["shard"] and {**run["shard"], "complete": not left_out.intersection(share or ())},
            "started_at": _iso(started),
            "finished_at": _iso(finished),
            "duration_seconds": max(0.0, round(finished - started, 3)),
            "requests": evidence.requests,
        },
        "target": dict(target),
        "totals": {"rows": len(judged), **{str(verdict): verdicts.count(verdict) for verdict in Verdict}},
        "rows": judged,
        "checks": evidence.checks(),
        "undocumented": evidence.undocumented(),
        "leftovers": evidence.gathered("leftovers"),
        "not_removable": evidence.gathered("not_removable"),
    }
    return gated(known, gate, during)


def exit_status(results: Mapping[str, Any]) -> int:
    """The exit status that results.md gives to a run, of what its gate counts: 1 fail, 3 error, 6 inconclusive, else 0."""
    return STATUS[Verdict(results["run"]["gate"]["verdict"])]


def write(results: Mapping[str, Any], folder: Path) -> Path:
    """Write results.json whole or not at all. ASCII only, so that no byte that a target sent can make it unreadable."""
    return write_whole(folder / "results.json", json.dumps(results, indent=1) + "\n")


def write_whole(path: Path, text: str) -> Path:
    """Write a file so that whoever looks sees the old one or the new one, never half of it."""
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what takes the place of a file at the end, whole; where that fails, the file stays as it was."""
    partial = path.with_name(path.name + ".part")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _row(row: Row, plan: Sequence[Case], evidence: Evidence) -> dict[str, Any]:
    cases = evidence.of_row(row.id)
    ran = [case for case in cases if case["verdict"] != Verdict.NOT_EXERCISED]
    verdict = worst([Verdict(case["verdict"]) for case in ran])
    judged: dict[str, Any] = {
        "id": row.id,
        "http_code": row.code,
        "status": row.status,
        "message": row.message.text if row.message else "",
        "verdict": str(verdict),
    }
    if reason := _reason(verdict, cases, any(case.row == row.id for case in plan)):
        judged["reason"] = reason
    return judged | {"cases": cases}


def _reason(verdict: Verdict, cases: Sequence[Mapping[str, Any]], planned: bool) -> str:  # noqa: FBT001 - read by position once
    if verdict not in {Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.ERROR}:
        return ""
    reasons = list(dict.fromkeys(case["reason"] for case in cases if case["verdict"] == verdict and "reason" in case))
    if not reasons:
        return LEFT_OUT if planned else "the suite has no case for this row"
    return first(reasons)


def first(reasons: Sequence[str]) -> str:
    """The first of some reasons, and how many others there are."""
    others = len(reasons) - 1
    more = f" (and {others} other reason{'s' if others > 1 else ''})" if others else ""
    return f"{reasons[0]}{more}"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
