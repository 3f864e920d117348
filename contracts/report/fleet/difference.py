"""What of a fleet is not as it should be: each row and kind of check that is no pass somewhere, how, and on which targets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from contracts.report.fleet.sight import Seen, Sight
from contracts.report.fleet.table import Table
from contracts.report.page.line import Line, Told, anchor, told
from contracts.report.page.word import ORDER

AMISS = ("error", "fail", "inconclusive")
IDLE = "not_exercised"


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a row is no pass, and the targets that show it, each with what it came to there."""

    on: Sequence[tuple[Sight, Seen]]

    @property
    def seen(self) -> Seen:
        """What it came to, where most is known of it."""
        return next((seen for _, seen in self.on if seen.finding), self.on[0][1])

    @property
    def first(self) -> Told | None:
        """The finding, for people: that of one of the targets."""
        return told({**self.seen.finding, "curl": ""}) if self.seen.finding else None

    @property
    def example(self) -> Sight:
        """The target whose finding is told."""
        return next(sight for sight, seen in self.on if seen is self.seen)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What a person must see first: new failures before what could not be judged, that before what is known; then the many."""
        order = ("fail", *(verdict for verdict in ORDER if verdict != "fail"))
        return self.seen.known, order.index(self.seen.verdict), -len(self.on)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is no pass somewhere: a row or kind of check, or some of which the same is to say, as where a target is down.

    `ways` are those of each of them, the worst first, and `others` count the targets that have other verdicts.
    """

    lines: Sequence[Line]
    ways: Sequence[Way]
    others: Counter[str]

    @property
    def line(self) -> Line:
        """The first of its rows."""
        return self.lines[0]

    @property
    def targets(self) -> int:
        """On how many targets it is amiss."""
        return sum(len(way.on) for way in self.ways)

    @property
    def sort(self) -> Hashable:
        """What is equal for those that can be told together; what has a finding stands alone."""
        if any(way.seen.finding for way in self.ways):
            return self.line.id
        told = tuple((sight.id, seen.verdict, seen.reason, str(seen.since)) for way in self.ways for sight, seen in way.on)
        return told, tuple(sorted(self.others.items()))


@dataclass(frozen=True, slots=True)
class Idle:
    """A row or kind of check that ran nowhere, or not on some targets, and why on the first of them."""

    line: Line
    reason: str
    on: Sequence[Sight]
    everywhere: bool


def differences(table: Table) -> list[Difference]:
    """What is amiss, the worst first."""
    alike: dict[Hashable, list[Difference]] = {}
    for line in table.columns:
        if (one := _difference(line, table.across(line.id))).ways:
            alike.setdefault(one.sort, []).append(one)
    found = [replace(same[0], lines=[one.line for one in same]) for same in alike.values()]
    return sorted(found, key=lambda one: one.ways[0].rank[:2])


def idle(table: Table) -> list[Idle]:
    """What was not exercised on any target."""
    told = []
    for line in table.columns:
        across = table.across(line.id)
        if on := [(sight, seen) for sight, seen in across if seen.verdict == IDLE]:
            told.append(Idle(line, on[0][1].reason, [sight for sight, _ in on], len(on) == len(across)))
    return told


def link(sight: Sight, name: str = "") -> str:
    """Where a target's own report lies, at a row or check of it."""
    folder = anchor(sight.member.folder).replace(":", "%3A")  # or what stands before it would be a scheme
    return f"{folder}/report.html{name and '#'}{anchor(name)}"


def _difference(line: Line, across: Sequence[tuple[Sight, Seen]]) -> Difference:
    alike: dict[str, list[tuple[Sight, Seen]]] = {}
    for sight, seen in across:
        if seen.verdict in AMISS:
            alike.setdefault(seen.alike, []).append((sight, seen))
    ways = sorted((Way(on) for on in alike.values()), key=lambda way: way.rank)
    return Difference([line], ways, Counter(seen.verdict for _, seen in across if seen.verdict not in AMISS))
