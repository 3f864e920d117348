"""The published page against the catalogue: what was added, removed, reworded, and what is odd and no drift. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.drift.likeness import Likeness
from contracts.drift.page import Published
from contracts.drift.pairing import best
from contracts.drift.table import plain
from contracts.template import PLACEHOLDER, folds

Entry = Mapping[str, Any]
"""A row of rows.toml as TOML has it."""
Face = tuple[int, str, str | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of the comparison. Only the first three are drift; `twice` and `order` are worth a word.

    `order` are the ids of the first two rows that the page has the other way round; `rows` are the page's without repetitions,
    each with the entry that it is, None where it was added.
    """

    added: tuple[Published, ...]
    removed: tuple[Entry, ...]
    reworded: tuple[tuple[Entry, Published], ...]
    twice: tuple[Published, ...]
    order: tuple[str, str] | None
    rows: tuple[tuple[Published, Entry | None], ...]

    @property
    def drift(self) -> bool:
        """Whether the catalogue no longer says what the page says."""
        return bool(self.added or self.removed or self.reworded)


def compare(page: Sequence[Published], entries: Sequence[Entry]) -> Comparison:
    """The page against the catalogue. White space, and ${name} for $name, make no difference between two rows."""
    rows: dict[Face, Published] = {}
    for row in page:
        rows.setdefault(face(row), row)
    known = {face(published(entry)): entry for entry in entries}
    new = [row for key, row in rows.items() if key not in known]
    gone = [entry for key, entry in known.items() if key not in rows]
    pairs = _pairs(gone, new, entries)
    told = {face(row): entry for entry, row in pairs}
    repeated = Counter(map(face, page))
    return Comparison(
        added=tuple(row for row in new if face(row) not in told),
        removed=tuple(entry for entry in gone if not any(entry is old for old, _ in pairs)),
        reworded=tuple(pairs),
        twice=tuple(row for key, row in rows.items() if repeated[key] > 1),
        order=_order([known[key]["id"] for key in rows if key in known], entries),
        rows=tuple((row, known.get(key) or told.get(key)) for key, row in rows.items()),
    )


def published(entry: Entry) -> Published:
    """An entry as the page would have it."""
    return Published(entry["code"], entry["status"], entry.get("message"))


def face(row: Published) -> Face:
    """What makes a row the same as another."""
    return row.code, row.status, None if row.message is None else notation(plain(row.message))


def notation(message: str) -> str:
    """The message with every placeholder in one notation."""
    return PLACEHOLDER.sub(lambda place: f"${{{place[1] or place[2]}}}", message)


def only_quotes(pairs: Iterable[tuple[Entry, Published]]) -> int:
    """How many of the reworded rows differ in nothing but their quotes: those may be a renderer's."""
    return sum(
        folds(entry["message"], row.message) == ("quotes",)
        for entry, row in pairs
        if row.message and "message" in entry and (entry["code"], entry["status"]) == (row.code, row.status)
    )


def _pairs(gone: Sequence[Entry], new: Sequence[Published], entries: Iterable[Entry]) -> list[tuple[Entry, Published]]:
    """Each entry with the new row that it became, in the page's order."""
    likeness = Likeness.among(map(published, entries))
    alike = [[likeness.of(published(entry), row) for row in new] for entry in gone]
    return [(gone[old], new[at]) for old, at in sorted(best(alike), key=lambda pair: pair[1])]


def _order(ids: Sequence[str], entries: Iterable[Entry]) -> tuple[str, str] | None:
    places = {entry["id"]: place for place, entry in enumerate(entries)}
    return next(((a, b) for a, b in itertools.pairwise(ids) if places[a] > places[b]), None)
