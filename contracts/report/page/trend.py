"""The last runs as the page draws them: bars of totals, and a mark a run for each row. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.report.page.word import ORDER, moment, word

HEIGHTS: Mapping[str, int] = {"pass": 4, "inconclusive": 9, "error": 14, "fail": 14}
"""How tall a run's mark is: trouble stands out by its height, and not by its colour alone."""
STEP, TALL = 7, 14  # the width of a mark with its gap, and the height of a row's drawing
DAY = len("2026-01-01")
BAR = 60  # the height of a bar of all rows


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of a drawing, by its verdict."""

    verdict: str
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Spark:
    """A row's last runs: their marks, the same in words, and for one that does not pass the day on which it did."""

    marks: tuple[Mark, ...]
    words: str
    flaky: bool
    since: str = ""

    @property
    def width(self) -> int:
        """The width of its drawing."""
        return max(1, len(self.marks)) * STEP


@dataclass(frozen=True, slots=True)
class Bar:
    """A run among the last ones: its facts, and its rows by verdict."""

    run: Mapping[str, Any]
    marks: tuple[Mark, ...]


def sparks(trend: Mapping[str, Any] | None) -> dict[str, Spark]:
    """The drawing of each row; none where this run is the first."""
    return {row: _spark(facts) for row, facts in trend["rows"].items()} if trend and len(trend["runs"]) > 1 else {}


def bars(trend: Mapping[str, Any] | None) -> list[Bar]:
    """The runs, oldest first, a bar each."""
    return [Bar(run, _stacked(run["totals"], place)) for place, run in enumerate(trend["runs"] if trend else ())]


def _spark(facts: Mapping[str, Any]) -> Spark:
    marks = tuple(
        Mark(verdict or "none", place * STEP, TALL - height, height)
        for place, verdict in enumerate(facts["verdicts"])
        for height in [HEIGHTS.get(verdict or "", 2)]
    )
    passed = facts.get("last_pass") if facts["verdicts"][-1:] != ["pass"] else None
    return Spark(marks, _words(facts), bool(facts.get("flaky")), f"last passed {moment(passed)[:DAY]}" if passed else "")


def _words(facts: Mapping[str, Any]) -> str:
    """The runs of a row in words: how often each verdict came, and how often it changed."""
    verdicts = [verdict for verdict in facts["verdicts"] if verdict]
    if not verdicts:
        return "not judged in the last runs"
    counts = Counter(verdicts)
    told = ", ".join(f"{word(verdict)} {counts[verdict]}" for verdict in ORDER if counts[verdict])
    changed = facts.get("flips", 0)
    flips = f"; changed {'once' if changed == 1 else f'{changed} times'}" if changed else ""
    return f"last {len(facts['verdicts'])} runs: {told}{flips}"


def _stacked(totals: Mapping[str, Any], place: int) -> tuple[Mark, ...]:
    """The rows of a run by verdict, the worst on top."""
    whole = sum(totals.get(verdict, 0) for verdict in ORDER) or 1
    marks, floor = [], float(BAR)
    for verdict in reversed(ORDER):
        height = totals.get(verdict, 0) / whole * BAR
        floor -= height
        if height:
            marks.append(Mark(verdict, place, round(floor, 2), round(height, 2)))
    return tuple(marks)
