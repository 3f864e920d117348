"""How alike two published rows are, from 0 to 1: whether one can be the other in new words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from contracts.drift.page import Published
from contracts.template import PLACEHOLDER

ENOUGH = 0.6  # what is less alike is another error: of all pairs of the catalogue's rows, few are as alike as that
ELSEWHERE = 0.85  # what an equal message counts under another code or status
LONGEST = 400  # characters that are compared
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Likeness among known rows: a word that many of them bear ("could not find ... with id") says little, a rare one much."""

    bearers: Counter[str]
    faces: Counter[tuple[int, str]]

    @classmethod
    def among(cls, rows: Iterable[Published]) -> Likeness:
        """The measure for rows that are known."""
        known = tuple(rows)
        return cls(Counter(word for row in known for word in set(_words(row))), Counter((row.code, row.status) for row in known))

    def of(self, one: Published, other: Published) -> float:
        """How alike two rows are; 0 for what is not alike enough to be one row. The names of placeholders count for nothing."""
        same = (one.code, one.status) == (other.code, other.status)
        if one.message is None or other.message is None:  # then only the one row of its code and status can be meant
            return 1.0 if one.message is other.message else float(same and self.faces[one.code, one.status] == 1) * ENOUGH
        likeness = self._texts(_neutral(one), _neutral(other)) * (1.0 if same else ELSEWHERE)
        return likeness if likeness >= ENOUGH else 0.0

    def _texts(self, one: str, other: str) -> float:
        a, b = Counter(WORD.findall(one.casefold())), Counter(WORD.findall(other.casefold()))
        shared, all_words = self._weight(a & b), self._weight(a) + self._weight(b)
        by_words = 2 * shared / all_words if all_words else 1.0
        if (by_words + 1) / 2 < ENOUGH:  # the costly look could change nothing
            return 0.0
        return (by_words + SequenceMatcher(None, one, other, autojunk=False).ratio()) / 2

    def _weight(self, words: Counter[str]) -> float:
        rows = self.faces.total() + 1
        return sum(count * math.log(rows / (self.bearers[word] or 1)) ** 2 for word, count in words.items())


def _neutral(row: Published) -> str:
    return PLACEHOLDER.sub("$", row.message or "")[:LONGEST]


def _words(row: Published) -> list[str]:
    return WORD.findall(_neutral(row).casefold())
