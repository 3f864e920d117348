"""How the rows of a target fared from run to run, and which of them are flaky. Pure.

A row is flaky that passes and fails in turn while nothing changed. Runs are compared that have in common the version of the suite
and that of the target (--target-version), and in which the row was judged by equal cases against an equal text: a deeper run, or
one of some of the cases, asks for something else. What counts is what the row's own cases came to: checks find what they find by
the seed of their run, and that is no sign of a target that wavers. Runs that could not judge the row are passed over.

A flip is a pass after a fail, or a fail after a pass, in two such runs that follow one another. Where somebody said which version
the target was, one flip makes a row flaky. Where nobody did, one may be a release, and so two are needed, the second at most `NEAR`
runs after the first: what broke came back by itself, or what was mended broke again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contracts.exchange import visible

NEAR = 5  # runs from one flip to the next
JUDGED = frozenset({"pass", "fail"})
TOLD = 8  # flaky rows that are told at most


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run said of a row: its verdict, that of the row's own cases, how long they took, and by what they judged (`basis`)."""

    verdict: str
    own: str
    seconds: float
    basis: int


@dataclass(frozen=True, slots=True)
class Seen:
    """When runs began, in ISO 8601: the first and the last that judged a row, and the last that it passed; None for none."""

    first: str | None = None
    last: str | None = None
    passed: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a row came to in runs that can be compared, the oldest first."""

    verdicts: Sequence[str]
    version_known: bool

    @property
    def flips(self) -> list[int]:
        """Which runs said otherwise than the one before."""
        return [place for place, (one, next_one) in enumerate(pairwise(self.verdicts), 1) if one != next_one]

    @property
    def flaky(self) -> bool:
        """Whether it flipped as nothing does that is left as it is."""
        flips = self.flips
        return bool(flips) if self.version_known else any(second - first <= NEAR for first, second in pairwise(flips))


def built(
    runs: Sequence[Mapping[str, Any]], rows: Mapping[str, Sequence[Judged | None]], seen: Mapping[str, Seen]
) -> dict[str, Any]:
    """A trend, as a plain dict: `{"runs": [the runs as they are, the oldest first], "rows": {row id: …}}`.

    `rows` has for each row what each of the runs said, None where it knew no such row. In the trend a row has, for each run,
    `verdicts` (null where it was not exercised) and `seconds` (null likewise); `first_seen`, `last_seen` and `last_pass`, which
    come of all runs that are kept, not of these alone; `judged`, how many of these runs passed or failed it; `flips`; `flake_rate`,
    the flips by how many there could have been, from 0 to 1; and whether it is `flaky`.
    """
    return {"runs": list(runs), "rows": {row: _row(runs, said, seen.get(row, Seen())) for row, said in rows.items()}}


def told(trend: Mapping[str, Any] | None, forgotten: str = "") -> Iterator[str]:
    """One line for each flaky row that the last run could say something of; or the reason why there is no trend."""
    if trend is None:
        yield visible(forgotten)
        return
    rows = {row: one for row, one in trend["rows"].items() if one["flaky"] and one["verdicts"][-1] is not None}
    for row, one in list(rows.items())[:TOLD]:
        times = "once" if one["flips"] == 1 else f"{one['flips']} times"
        yield f"flaky: {visible(row)} flipped {times} in {one['judged']} runs on this target"
    if len(rows) > TOLD:
        yield f"flaky: and {len(rows) - TOLD} other rows"
    if rows and trend["runs"][-1]["target_version"] is None:
        yield "  if the target was changed in between, tell it by --target-version, and no change is taken for a flake"


def _row(runs: Sequence[Mapping[str, Any]], said: Sequence[Judged | None], seen: Seen) -> dict[str, Any]:
    known = [one if one and one.verdict != "not_exercised" else None for one in said]
    stretches = _stretches(runs, known)
    flips = sum(len(stretch.flips) for stretch in stretches)
    possible = sum(len(stretch.verdicts) - 1 for stretch in stretches)
    return {
        "verdicts": [one and one.verdict for one in known],
        "seconds": [one and one.seconds for one in known],
        "first_seen": seen.first,
        "last_seen": seen.last,
        "last_pass": seen.passed,
        "judged": sum(one is not None and one.verdict in JUDGED for one in known),
        "flips": flips,
        "flake_rate": flips / possible if possible else 0.0,
        "flaky": any(stretch.flaky for stretch in stretches),
    }


def _stretches(runs: Iterable[Mapping[str, Any]], said: Iterable[Judged | None]) -> list[Stretch]:
    """What the runs said that could judge the row, those together that can be compared."""
    alike: dict[tuple[Hashable, ...], list[str]] = defaultdict(list)
    for run, one in zip(runs, said, strict=True):
        if one and one.own in JUDGED:
            alike[run["target_version"], run["suite_version"], one.basis].append(one.own)
    return [Stretch(verdicts, version_known=key[0] is not None) for key, verdicts in alike.items()]
