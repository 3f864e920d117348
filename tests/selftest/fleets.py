"""A fleet for tests of its report, as data: targets whose rows all pass but for those that are said, each with a history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.report.fleet.member import Member
from contracts.report.fleet.sight import Sights
from contracts.report.fleet.table import Table
from contracts.report.page.word import ORDER, worst_of
from tests.selftest import reports_at_hand as at_hand

FLEET = {
    "name": "nightly",
    "plan_id": "0123456789abcdef",
    "id": "20260101t000000-merged",
    "started_at": "2026-01-01T00:00:00.000+00:00",
    "finished_at": "2026-01-01T00:02:30.000+00:00",
    "jobs": 4,
}
KNOWN = {"reason": "quotes", "ticket": "API-7", "owner": "trunks", "expires": "2026-12-31"}
REASONS = {"inconclusive": "getCall: timed out", "error": "ValueError: no such list", "not_exercised": "not to be had"}
GATE = {"error": "error", "fail": "fail", "inconclusive": "inconclusive"}
FOUND = at_hand.document(1)
"""A run with every verdict, whose failing rows lend their findings to others."""


def results(target: str, amiss: Mapping[str, str] | None = None, *, known: Iterable[str] = (), **run: Any) -> dict[str, Any]:
    """The results of a target: every row and check passes but for those whose verdict is said."""
    amiss, document = amiss or {}, json.loads(json.dumps(FOUND))
    rows = [_row(row, amiss.get(row["id"], "pass"), row["id"] in set(known)) for row in document["rows"]]
    checks = [_check(check, amiss.get(check["id"].partition("/")[0], "pass")) for check in document["checks"]]
    verdicts = [row["verdict"] for row in rows]
    worst = worst_of({one["verdict"] for one in (*rows, *checks) if not one.get("known")})
    gate = {"mode": "strict", "verdict": GATE.get(worst, "pass"), "reasons": [f"failed: {one}" for one in amiss]}
    return {
        **document,
        "run": {**document["run"], "gate": gate, **run},
        "target": {"id": target, "base_url": f"https://{target}.example.test", "profile": None, "version": None},
        "totals": {"rows": len(rows), **{verdict: verdicts.count(verdict) for verdict in ORDER}},
        "rows": rows,
        "checks": checks,
        "undocumented": [],
        "leftovers": [],
        "deviations": [],
    }


def member(target: str, trend: Mapping[str, Any] | None = None, **labels: str) -> Member:
    """A target of the fleet, its run in a folder of its own name."""
    return Member(target, labels, target, trend)


def trend(row: str, *verdicts: str | None) -> dict[str, Any]:
    """What a history tells of a row: a run a day, the last on the first of January 2026."""
    days = [f"2025-12-{32 - back:02d}" for back in range(len(verdicts) - 1, 0, -1)] + ["2026-01-01"]
    return {"runs": [{"started_at": f"{day}T00:00:00+00:00"} for day in days], "rows": {row: {"verdicts": list(verdicts)}}}


def table(*targets: dict[str, Any], members: Sequence[Member] = ()) -> Table:
    """Targets side by side, by their results."""
    sights = Sights()
    for place, one in enumerate(targets):
        sights.add(members[place] if members else member(one["target"]["id"]), one)
    return Table(sights.seen, sights.lines)


def written(folder: Path, *targets: dict[str, Any]) -> list[Member]:
    """The folders of the targets' runs, each with its results.json."""
    for one in targets:
        (folder / one["target"]["id"]).mkdir(parents=True)
        (folder / one["target"]["id"] / "results.json").write_text(json.dumps(one), encoding="ascii")
    return [member(one["target"]["id"]) for one in targets]


def _row(row: dict[str, Any], verdict: str, known: bool) -> dict[str, Any]:  # noqa: FBT001 - by position once
    row = {name: value for name, value in row.items() if name != "reason"} | {"verdict": verdict}
    cases = row["cases"] or [_bare(row)]
    row["cases"] = [_case(row, case, verdict, known) for case in cases]
    if verdict in REASONS:
        row["reason"] = REASONS[verdict]
    return row | ({"known": True} if known else {})


def _case(row: Mapping[str, Any], case: dict[str, Any], verdict: str, known: bool) -> dict[str, Any]:  # noqa: FBT001 - by position once
    case = {name: value for name, value in case.items() if name != "reason"} | {"verdict": verdict, "findings": []}
    if verdict == "fail":
        said = row["message"] or "Forbidden"
        case["findings"] = [at_hand.finding("message-text", said, said.replace("Could not", "Cannot") + ".", "the text differs")]
    elif verdict in REASONS:
        case["reason"] = REASONS[verdict]
    return case | ({"deviation": KNOWN} if known else {})


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"id": f"{row['id']}/getSipTrunks/one", "operation": "getSipTrunks", "kind": "refusal", "duration_seconds": 0.1}
    return told | {"assertions": 1, "requests": 1}


def _check(check: dict[str, Any], verdict: str) -> dict[str, Any]:
    finding = at_hand.finding("state-changed", "nothing", "a trunk", "a trunk is still there")
    more = {"reason": REASONS[verdict]} if verdict in REASONS else {}
    return {**check, "verdict": verdict, "findings": [finding] if verdict == "fail" else [], **more}
