"""Where the results of a part contradict themselves: then somebody changed them, and their verdicts are nobody's. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.case import Verdict, worst
from contracts.catalogue import rows
from contracts.gate.baseline import broken

BEYOND_FINDINGS = Verdict.ERROR
"""The verdict that says nothing of findings: a defect of the suite may have come before or after them."""


def contradictions(results: Mapping[str, Any]) -> Iterator[str]:
    """Whatever no run of this suite and catalogue can have written, in words."""
    run, known = results["run"], [row.id for row in rows()]
    if (shard := run.get("shard")) and shard["index"] > shard["of"]:
        yield f"it is shard {shard['index']} of {shard['of']}"
    yield from (f"its {name} is no moment: {run[name]}" for name in ("started_at", "finished_at") if not _moment(run[name]))
    if [row["id"] for row in results["rows"]] != known:
        yield "its rows are not those of the catalogue"
    yield from _misplaced(results, known)
    yield from _misjudged(results)


def _misplaced(results: Mapping[str, Any], known: list[str]) -> Iterator[str]:
    """The cases that stand under another row than their own, where their verdicts would count for that, or for none."""
    for row in results["rows"]:
        for case in row["cases"]:
            if not case["id"].startswith(row["id"] + "/"):
                yield f"{case['id']} stands under the row {row['id']}"
    for check in results["checks"]:
        if check["id"].partition("/")[0] in known:
            yield f"{check['id']} stands among the checks"


def _misjudged(results: Mapping[str, Any]) -> Iterator[str]:
    """The verdicts that do not follow from what stands beneath them."""
    for one in (*results["checks"], *(case for row in results["rows"] for case in row["cases"])):
        fails = one["verdict"] == Verdict.FAIL
        if one["verdict"] != BEYOND_FINDINGS and fails != bool(broken(one)):
            yield f"{one['id']} is told as {one['verdict']}, and its findings say otherwise"
    for row in results["rows"]:
        verdicts = [Verdict(case["verdict"]) for case in row["cases"]]
        if row["verdict"] != worst(verdicts):
            yield f"the row {row['id']} is told as {row['verdict']}, and its cases come to {worst(verdicts)}"
    told = [row["verdict"] for row in results["rows"]]
    if any(results["totals"][verdict] != told.count(verdict) for verdict in Verdict):
        yield "its totals do not count its rows"


def _moment(text: str) -> bool:
    """Whether a time is one that a calendar has."""
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True
