"""All targets of a fleet side by side: what a row is on most of them, and where it is otherwise. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from contracts.report.fleet.sight import Seen, Sight
from contracts.report.page.line import Line
from contracts.report.page.word import ORDER, worst_of


@dataclass(frozen=True)
class Table:
    """The targets of a fleet, in its order, and the rows and kinds of checks that any of them has, by id."""

    sights: Sequence[Sight]
    lines: Mapping[str, Line]

    @property
    def verdict(self) -> str:
        """What became of the fleet: a fail where any target has one, else the worst."""
        verdicts = {sight.verdict for sight in self.sights}
        return "fail" if "fail" in verdicts else worst_of(verdicts)

    @cached_property
    def columns(self) -> list[Line]:
        """The rows, in the page's order, and then the kinds of checks."""
        return sorted(self.lines.values(), key=lambda line: line.checks)

    def verdicts(self, name: str) -> set[str]:
        """What a row or kind of check came to, on any target."""
        return {seen.verdict for _, seen in self.across(name)}

    @cached_property
    def usual(self) -> dict[str, str]:
        """The verdict that most targets have of each row and kind of check; of two that as many have, the better one."""
        counted: dict[str, Counter[str]] = {}
        for sight in self.sights:
            for name, seen in sight.every:
                counted.setdefault(name, Counter())[seen.verdict] += 1
        return {name: max(counts, key=lambda one: (counts[one], _merit(one))) for name, counts in counted.items()}

    def differs(self, sight: Sight) -> list[str]:
        """The rows whose verdict on a target is not that of most."""
        return [name for name, seen in sight.rows.items() if seen.verdict != self.usual[name]]

    def across(self, name: str) -> list[tuple[Sight, Seen]]:
        """A row or kind of check on each target that has it."""
        found = ((sight, sight.rows.get(name) or sight.checks.get(name)) for sight in self.sights)
        return [(sight, seen) for sight, seen in found if seen]


def _merit(verdict: str) -> int:
    """The better, the higher: a pass before what nobody judged."""
    return -1 if verdict not in ORDER or verdict == "not_exercised" else ORDER.index(verdict)
