"""Where two texts differ, in pieces that a person can follow: words, and letters of a word that is nearly right. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from contracts.template import common_prefix

WORD = re.compile(r"[\w-]+|\s+|[^\w\s]")
MOST = 400  # words of a text that are compared; of what goes on longer, the middle is one difference
SAME, LACKING, STRANGE = "=", "-", "+"

Piece = tuple[str, str]
"""What of a text: `=` stands in both, `-` only in what was expected, `+` only in what came."""


def pieces(expected: str, actual: str) -> list[Piece]:
    """Both texts in one sequence: without its `+` it spells what was expected, without its `-` what came."""
    start = common_prefix(expected, actual)
    end = common_prefix(expected[start:][::-1], actual[start:][::-1])
    start, end = _at_a_word(expected, start), _at_a_word(expected[::-1], end)
    middle = _words(expected[start : len(expected) - end], actual[start : len(actual) - end])
    return _joined([(SAME, expected[:start]), *middle, (SAME, expected[len(expected) - end :])])


def side(of: Iterable[Sequence[str]], leaving: str) -> list[Sequence[str]]:
    """The pieces without those of one kind: one of the two texts, with what only it has."""
    return [piece for piece in of if piece[0] != leaving]


def _at_a_word(text: str, place: int) -> int:
    """The place, or where the word begins that it lies in: a word is compared whole."""
    while 0 < place < len(text) and (text[place - 1].isalnum() or text[place - 1] == "-"):
        place -= 1
    return place


def _words(expected: str, actual: str) -> Iterator[Piece]:
    ours, theirs = WORD.findall(expected), WORD.findall(actual)
    if max(len(ours), len(theirs)) > MOST:
        yield from ((LACKING, expected), (STRANGE, actual))
        return
    for what, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        one, other = "".join(ours[a:b]), "".join(theirs[c:d])
        yield from [(SAME, one)] if what == "equal" else _letters(one, other)


def _letters(one: str, other: str) -> Iterator[Piece]:
    """What stands in one another's place: two spellings of a word letter by letter, anything else whole."""
    start = common_prefix(one, other)
    end = common_prefix(one[start:][::-1], other[start:][::-1])
    if start + end < max(len(one), len(other)) / 2:
        start = end = 0
    yield from ((SAME, one[:start]), (LACKING, one[start : len(one) - end]), (STRANGE, other[start : len(other) - end]))
    yield SAME, one[len(one) - end :]


def _joined(found: Iterable[Piece]) -> list[Piece]:
    """The pieces without empty ones, each with its neighbours of the same kind."""
    joined: list[Piece] = []
    for kind, text in found:
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        elif text:
            joined.append((kind, text))
    return joined
