"""Lines for a terminal: texts with a colour each, fitted to its width. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len, chop_cells

GAP = re.compile(" {2,}")
WORD = re.compile("( *)([^ ]+)")
DEEPER = 2  # columns by which the rest of a long line is set in

Line = tuple[str, str]
"""A line and the name of its colour, empty for none."""


class Whole(str):
    """A text that is meant to be copied, such as a command or a path: it is never broken, however narrow the terminal."""

    __slots__ = ()


def fitted(lines: Iterable[Line], width: int) -> Iterator[Line]:
    """The lines, none wider than `width` columns but those that are meant to be copied; what is too long goes on below, set in."""
    for text, colour in lines:
        if isinstance(text, Whole):
            yield text, colour
        else:
            yield from ((part, colour) for part in wrapped(text, width))


def wrapped(text: str, width: int) -> list[str]:
    """A text as lines of at most `width` columns, broken between words, and within a word only where one alone is too wide."""
    if cell_len(text) <= width:
        return [text]
    indent = " " * _hang(text, width)
    lines = [""]
    for gap, word in WORD.findall(text):
        if cell_len(longer := lines[-1] + gap + word) <= width:
            lines[-1] = longer
            continue
        pieces = [indent + piece for piece in chop_cells(word, width - len(indent))]
        lines[-1:] = pieces if not lines[-1] else [lines[-1], *pieces]
    return lines


def _hang(text: str, width: int) -> int:
    """Where a line goes on below: under its last column that leaves half of the width, or a little deeper than it begins."""
    columns = (cell_len(text[: gap.end()]) for gap in GAP.finditer(text))
    column = max((column for column in columns if column <= width // 2), default=0)
    begins = min(len(text) - len(text.lstrip(" ")), width // 2)
    return column if column > begins else begins + DEEPER
