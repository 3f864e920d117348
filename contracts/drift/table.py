"""The tables of a page, in whichever of three forms it was kept: HTML, Markdown or text. Cells are as a browser would show them.

What is drawn as a table by other means (lists, `<dl>`, `<div role="table">`) is none here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from contracts.blame import Mistake

WHOLE_HTML = re.compile(r"\s*(?:<\?xml|<!doctype|<html)\b", re.IGNORECASE)
MARKUP = re.compile(r"\s*<[a-z!/]", re.IGNORECASE)
HTML_TABLE = re.compile(r"^[ \t]*<table\b", re.IGNORECASE | re.MULTILINE)
DELIMITER = re.compile(r"^[ \t>]*(?=[^\n]*\|)(?=[^\n]*-)[-:| \t]+$", re.MULTILINE)
"""The line below the heads of a Markdown table."""
PIPE = re.compile(r"(?<!\\)\|")
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
CELLS = frozenset({"td", "th"})
UNSEEN = frozenset({"script", "style", "template", "button", "svg", "noscript", "table"})
"""What is no part of a cell's text; a table inside a cell is a table of its own."""
BLOCKS = frozenset({"br", "p", "div", "li", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
LOOSE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # where a renderer lets a long word break
WIDEST, LONGEST = 64, 5000  # columns and rows over which a cell can reach at most
CUT = "the page was cut off: save the whole page, or the table alone"

HEADS = re.compile(r"(HTTP\s+(?:Status\s+)?Code|Code)\s*(Status)\s*(Message)", re.IGNORECASE)
ROW = re.compile(r"""(\d{3})\s*([A-Z][A-Z0-9_]*)(?:\s*(["“„«].*)|\s+(\S.*))?""")
LONE_CODE, LONE_STATUS = re.compile(r"\d{3}"), re.compile(r"[A-Z][A-Z0-9_]*")
SURE = re.compile(r"""\d{3}(?:[A-Z][A-Z0-9_]|\s*[A-Z][A-Z0-9_]*\s*["“„«]|\s*["“„«])""")
"""How a line begins that is a row, or tries to be one, wherever it stands."""


class Form(StrEnum):
    """How a page was kept."""

    HTML = "HTML"
    MARKDOWN = "Markdown"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table, its heads included: the text of each cell, and where it stands, for a person."""

    place: str
    cells: tuple[str, ...]


Table = tuple[Line, ...]


def form_of(text: str) -> Form:
    """The form of a page, by what stands in it."""
    begins = MARKUP.match(text)
    if WHOLE_HTML.match(text):
        return Form.HTML
    if DELIMITER.search(text) or (HTML_TABLE.search(text) and not begins):
        return Form.MARKDOWN
    return Form.HTML if begins else Form.TEXT


def tables(text: str) -> tuple[Table, ...]:
    """The tables of a page, in its order. Raises Mistake for a page that was cut off or that breaks off a row."""
    return tuple({Form.HTML: _of_html, Form.MARKDOWN: _of_markdown, Form.TEXT: _of_text}[form_of(text)](text))


def plain(text: str) -> str:
    """The text as a browser shows it: any white space is one blank, and what only lets a word break is nothing."""
    return " ".join(LOOSE.sub("", text).split())


# -- HTML, and Markdown by way of it ------------------------------------------------------------------------------------------


def _of_markdown(text: str) -> Iterator[Table]:
    lines = text.rstrip().splitlines()
    heads = [line for line in lines if DELIMITER.fullmatch(line)]
    if heads and 0 < len(PIPE.findall(lines[-1])) < len(PIPE.findall(heads[-1])):
        raise Mistake(f"line {len(lines)}: {CUT}")
    yield from _parsed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def _of_html(text: str) -> Iterator[Table]:
    lower = text.lower()
    if lower.rfind("<table") > lower.rfind("</table") or (WHOLE_HTML.match(text) and "</html" not in lower):
        raise Mistake(CUT)
    yield from _parsed(text)


def _parsed(html: str) -> Iterator[Table]:
    for number, table in enumerate(LexborHTMLParser(html).css("table"), 1):
        rows = [row for section in table.iter() if section.tag in SECTIONS for row in section.iter() if row.tag == "tr"]
        cells = _spread([_Cell.read(cell) for cell in row.iter() if cell.tag in CELLS] for row in rows)
        yield tuple(Line(f"row {at} of table {number}", texts) for at, texts in enumerate(cells, 1))


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    columns: int
    rows: int

    @classmethod
    def read(cls, node: LexborNode) -> _Cell:
        return cls(_text(node), _span(node, "colspan", WIDEST), _span(node, "rowspan", LONGEST))


def _span(node: LexborNode, name: str, most: int) -> int:
    """Over how many columns or rows a cell reaches; 0 reaches to the end."""
    value = node.attributes.get(name) or "1"
    return min(int(value) or most, most) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _spread(rows: Iterable[list[_Cell]]) -> Iterator[tuple[str, ...]]:
    """The cells of each row, those among them that reach into it from beside or above; one cell alone over all is a heading."""
    held: dict[int, tuple[int, str]] = {}
    for cells in rows:
        line = {column: text for column, (_, text) in held.items()}
        held = {column: (left - 1, text) for column, (left, text) in held.items() if left > 1}
        free = (column for column in range(WIDEST) if column not in line)
        for cell in cells:
            for column in list(itertools.islice(free, cell.columns)):
                line[column] = cell.text
                held |= {column: (cell.rows - 1, cell.text)} if cell.rows > 1 else {}
        heading = len(cells) == 1 and cells[0].columns > 1
        yield () if heading else tuple(line.get(column, "") for column in range(max(line, default=-1) + 1))


def _text(cell: LexborNode) -> str:
    """What a reader sees of a cell; walked without recursion, so that depth can harm nobody."""
    pieces: list[str] = []
    todo: list[LexborNode | str] = [*_inside(cell)]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(node.text_content or "")
        elif _seen(node):
            edge = [" "] if node.tag in BLOCKS else []
            todo += [*edge, *_inside(node), *edge]
    return plain("".join(pieces))


def _inside(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=True))[::-1]


def _seen(node: LexborNode) -> bool:
    facts = node.attributes
    hidden = (
        "hidden" in facts or facts.get("aria-hidden") == "true" or "display:none" in (facts.get("style") or "").replace(" ", "")
    )
    return node.tag not in UNSEEN and not hidden


# -- text ---------------------------------------------------------------------------------------------------------------------


def _of_text(text: str) -> Iterator[Table]:
    """Tables whose rows are lines: cells that touch, as a browser copies them, or with blanks between, or each on its line.

    After an empty line only what cannot be anything else goes on with a table: a heading may look like a row without a message.
    """
    table: list[Line] = []
    for number, apart, line in _joined(text):
        sure, row = SURE.match(line), ROW.fullmatch(line)
        if heads := HEADS.fullmatch(line):
            yield tuple(table)
            table = [Line(f"line {number}", heads.groups())]
        elif table and row and (sure or not apart):
            table.append(Line(f"line {number}", (row[1], row[2], row[3] or row[4] or "")))
        elif sure:
            hint = "put its message in quotes" if table else "begin its table with the line HTTP Code, Status, Message"
            raise Mistake(f"line {number}: a row that is not to be read: {hint}")
        else:
            yield tuple(table)
            table = []
    if table and not table[-1].cells[2] and text[-1] not in "\r\n":  # nothing says that the row, or its status, ends here
        raise Mistake(f"{table[-1].place}: {CUT}; if it is whole, end it with a line break")
    yield tuple(table)


def _joined(text: str) -> Iterator[tuple[int, bool, str]]:
    """Each line that is not empty, by its number, and whether empty ones stand before it.

    One line is made of a code, a status and, where there is one, a message in quotes that stand on a line each.
    """
    numbered = ((number, plain(line)) for number, line in enumerate(re.split(r"\r\n?|\n", text), 1))
    lines = [(number, line) for number, line in numbered if line]
    at, last = 0, 0
    while at < len(lines):
        size = _size([line for _, line in lines[at : at + 3]])
        yield lines[at][0], lines[at][0] > last + 1, " ".join(line for _, line in lines[at : at + size])
        last = lines[at + size - 1][0]
        at += size


def _size(lines: list[str]) -> int:
    """How many of the next lines make one row."""
    if len(lines) == 3 and HEADS.fullmatch(" ".join(lines)):
        return 3
    if len(lines) < 2 or not LONE_CODE.fullmatch(lines[0]) or not LONE_STATUS.fullmatch(lines[1]):
        return 1
    return 3 if len(lines) > 2 and lines[2][0] in '"“„«' else 2
