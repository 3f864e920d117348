"""What was judged, as every form of a report that has no page of its own tells it: rows and checks, each with its cases. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.finding import explain
from contracts.operation import operations
from contracts.report.place import Place

CHECKS = "Checks"
GATE = "Gate"
TRAFFIC = "traffic"  # the check that no case stands behind
KNOWN = "known deviation"
NEWLINE = "\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, or a check, which is its own only case. `known` where every failure of it is a known deviation."""

    id: str
    verdict: str
    known: bool
    reason: str
    cases: Sequence[Mapping[str, Any]]

    @property
    def worst(self) -> Mapping[str, Any] | None:
        """The case that shows best why the verdict is what it is: the first of that verdict, a new failure before a known one."""
        alike = [case for case in self.cases if case["verdict"] == self.verdict]
        return min(alike, key=is_known, default=None)


def entries(results: Mapping[str, Any]) -> list[Entry]:
    """The rows in the page's order, then the checks."""
    rows = [
        Entry(row["id"], row["verdict"], row.get("known", False), row.get("reason", ""), row["cases"]) for row in results["rows"]
    ]
    return rows + [
        Entry(check["id"], check["verdict"], check.get("known", False), check.get("reason", ""), [check])
        for check in results["checks"]
    ]


def suites(results: Mapping[str, Any]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """The cases by the resource of their operation, each with its row; the checks under a name of their own, each with its kind.

    A gate that the run has not passed though no case says so, for an entry that has expired, say, stands there as a case.
    """
    by_suite: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for row in results["rows"]:
        for case in row["cases"]:
            by_suite.setdefault(operations()[case["operation"]].resource, []).append((row["id"], case))
    by_suite[CHECKS] = [(check["id"].partition("/")[0], check) for check in results["checks"]]
    gate = results["run"].get("gate", {"verdict": "pass"})
    told = {case["verdict"] for of in by_suite.values() for _, case in of if not is_known(case)}
    if gate["verdict"] not in {"pass", *told}:
        case = {"id": f"gate {gate['mode']}", "verdict": gate["verdict"], "reason": "; ".join(gate["reasons"]), "findings": []}
        by_suite[GATE] = [("gate", case)]
    return by_suite


def is_known(case: Mapping[str, Any]) -> bool:
    """Whether a case or check failed as somebody had said that it would."""
    return case["verdict"] == "fail" and bool(case.get("deviation"))


def ticket(case: Mapping[str, Any]) -> str:
    """The ticket of a known deviation, and why it is let be."""
    return f"{case['deviation']['ticket']}: {case['deviation']['reason']}"


def failing(case: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first finding that breaks the specification."""
    return next((finding for finding in case["findings"] if finding["severity"] == "fail"), None)


def headline(case: Mapping[str, Any]) -> str:
    """Why the verdict of a case is what it is, in one sentence."""
    if is_known(case):
        return f"{KNOWN} {ticket(case)}"
    failed = failing(case)
    return case.get("reason") or (f"{failed['rule']}: {failed['text'].partition(NEWLINE)[0]}" if failed else case["verdict"])


def in_full(case: Mapping[str, Any], place: Place | None) -> str:
    """All that is known of a case, over many lines: findings, how they came about, and where the scenario stands."""
    parts = [explain(case["findings"]), "\n".join(case.get("story", ())), f"scenario: {place}" if place else ""]
    return "\n\n".join(part for part in parts if part)
