"""What became of a fleet, in a sentence or three that a tired person understands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.exchange import visible
from contracts.report.fleet.sight import SORTS, Sight
from contracts.report.fleet.table import Table

MOST = 3  # targets, rows of a target, and groups of targets that are named at most
LONGEST = 60  # letters of an id
SAID: Mapping[str, tuple[str, str, str]] = {
    "broken": ("breaks", "break", "the contract"),
    "unsure": ("was", "were", "not judged in full"),
    "known": ("breaks", "break", "the contract only as known deviations say"),
    "idle": ("had", "had", "no row exercised"),
}
"""What is said of each sort of targets: of one, of more, and what."""


def plain(text: str) -> str:
    """An id of others as text, which whoever shows it escapes."""
    shown = visible(text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def sentence(table: Table, shown: Callable[[str], str] = plain) -> str:
    """Which targets break the contract and in what, which could not be judged, and what the others are worth.

    `shown` makes of an id, which is a text of others, what stands in the sentence; all else is our own words.
    """
    return Speaker(table, shown).sentence()


def notes(table: Table, shown: Callable[[str], str] = plain) -> list[str]:
    """What else has to be known of the outcome: what was left out, and gates that say otherwise than the verdicts."""
    return list(Speaker(table, shown).notes())


@dataclass(frozen=True, slots=True)
class Speaker:
    """Tells of the targets of a table."""

    table: Table
    shown: Callable[[str], str]

    def sentence(self) -> str:
        """What became of them."""
        of = {sort: [sight for sight in self.table.sights if sight.sort == sort] for sort in SORTS}
        told = list[str]()
        for sort in (sort for sort in SAID if of[sort]):
            told.append(self._subject(len(of[sort]), SAID[sort], first=not told) + self._where(of[sort], sort))
        told += [self._kept(of["kept"])] if of["kept"] else []
        return f"{'; '.join([told[0][:1].upper() + told[0][1:], *told[1:]])}."

    def notes(self) -> Iterator[str]:
        """What else has to be known."""
        sights = self.table.sights
        if partial := [sight for sight in sights if not sight.run["complete"]]:
            yield f"Cases of the plan were left out on {self._some(partial)}."
        if lenient := [sight for sight in sights if sight.broken and sight.gate["verdict"] == "pass"]:
            yield f"The gate {self.shown(lenient[0].gate['mode'])} lets that pass on {self._some(lenient)}."
        if strict := [sight for sight in sights if sight.gate["verdict"] != "pass" and not sight.broken and not sight.unsure]:
            yield f"The gate does not pass on {self._some(strict)}, though no row or check says so."

    @property
    def _many(self) -> int:
        return len(self.table.sights)

    @property
    def _all(self) -> str:
        return {1: "the target", 2: "both targets"}.get(self._many, f"all {self._many:,} targets")

    def _subject(self, count: int, said: tuple[str, str, str], *, first: bool) -> str:
        one, more, what = said
        if self._many == 1:
            return f"the target {one} {what}"
        others = f"{count:,} other{'s' if count > 1 else ''}"
        some = self._all if count == self._many else f"{count:,} of {self._many:,} targets"
        return f"{some if first else others} {one if count == 1 else more} {what}"

    def _where(self, sights: Sequence[Sight], sort: str) -> str:
        """Which targets, and in what: those together that are of a sort for the same."""
        causes: dict[tuple[str, ...], list[Sight]] = {}
        for sight in sights:
            causes.setdefault(tuple(sight.cause(sort)), []).append(sight)
        groups = sorted(causes.items(), key=lambda one: -len(one[1]))[:MOST]
        if len(causes) == 1 and len(sights) > 1:
            cause = self._rows(groups[0][0])
            return f"{', each' if cause else ''}{cause}: {self._named(sights)}"
        told = [
            f"{len(of):,}{self._rows(cause)} ({self._named(of)})" if len(of) > 1 else f"{self._named(of)}{self._rows(cause)}"
            for cause, of in groups
        ]
        return f": {_and(told, len(told) + len(sights) - sum(len(of) for _, of in groups))}"

    def _rows(self, names: Sequence[str]) -> str:
        """Where: rows and checks by name, or how many, where they are many."""
        checks = [name for name in names if self.table.lines[name].checks]
        if len(names) > MOST:
            counted = ((len(names) - len(checks), "row"), (len(checks), "check"))
            told = [f"{count} {what}{'s' if count > 1 else ''}" for count, what in counted if count]
        else:
            told = [f"{'the check ' if name in checks else ''}{self.shown(name)}" for name in names]
        return f" in {_and(told, len(told))}" if names else ""

    def _kept(self, sights: Sequence[Sight]) -> str:
        """What the targets are worth of which nothing else has to be said."""
        passed = sorted({sight.totals["pass"] for sight in sights})
        total = max(sight.totals["rows"] for sight in sights)
        least = f"{passed[0]} of {total}" if len(passed) == 1 else f"{passed[0]} to {passed[-1]} of {total}"
        what = f"all {total} rows" if passed == [total] else f"{least} rows, all that ran"
        if len(sights) == self._many:
            return f"{self._all} {'keep' if self._many > 1 else 'keeps'} the contract: {what}"
        return f"the other {len(sights):,} keep {what}" if len(sights) > 1 else f"the other one keeps {what}"

    def _some(self, sights: Sequence[Sight]) -> str:
        return self._all if len(sights) == self._many else self._named(sights)

    def _named(self, sights: Sequence[Sight]) -> str:
        return _and([self.shown(sight.id) for sight in sights[:MOST]], len(sights))


def _and(names: Sequence[str], count: int) -> str:
    """Names in a row, with the number of those that are not among them."""
    told = [*names, *([f"{count - len(names):,} more"] if count > len(names) else [])]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
