"""What a run says on the terminal of its gate: the outcome, why, and which failures are known. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.exchange import visible

COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow"}


def lines(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The failures that are known, what the gate says, and why, each line with its colour."""
    gate = results["run"]["gate"]
    yield from _known(results)
    yield f"gate {gate['mode']}: {gate['verdict']}", COLOURS[gate["verdict"]]
    for reason in gate["reasons"]:
        yield f"  {visible(reason)}", ""


def known(judged: Mapping[str, Any]) -> str:
    """What to say of a row, case or check whose failures are known, such as "known: T-1 until 2027-03-31"; empty of any other."""
    cases = judged.get("cases", [judged])
    why = Counter(_why(case["deviation"]) for case in cases if "deviation" in case)
    return f"known: {', '.join(why)}" if why and judged.get("known", "cases" not in judged) else ""


def _known(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One line for each row and check whose failures are known, and for each known case of another row."""
    for row in results["rows"]:
        for judged in [row] if row.get("known") else [case for case in row["cases"] if "deviation" in case]:
            yield f"fail ({known(judged)})  {judged['id']}", "yellow"
    for check in results["checks"]:
        if check.get("known"):
            yield f"fail ({known(check)})  check: {check['id']}", "yellow"


def _why(deviation: Mapping[str, Any]) -> str:
    return visible(f"{deviation['ticket']} until {deviation['expires']}")
