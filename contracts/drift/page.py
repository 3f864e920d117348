"""The published page of errors: bytes -> its rows. No row is overlooked in silence: what cannot be read raises Mistake."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.blame import Mistake
from contracts.drift.table import Form, Line, Table, form_of, tables
from contracts.exchange import visible

LARGEST = 4_000_000  # bytes
MOST = 1000  # rows
SHOWN = 60  # characters of a cell in a line about it
CODE, STATUS = re.compile(r"[1-5]\d\d", re.ASCII), re.compile(r"[A-Z][A-Z0-9_]*")
ROLES: Mapping[str, frozenset[str]] = {
    "code": frozenset({"http code", "code", "http status code", "status code", "http status", "http"}),
    "status": frozenset({"status", "status name", "error status", "status text", "error code"}),
    "message": frozenset({"message", "error message", "status message", "message text", "message template"}),
}
"""What the head of a column may say, in lower case."""
QUOTES: Mapping[str, str] = {'"': '"', "“": "”", "„": "“”", "«": "»"}
NO_MESSAGE = frozenset({"", "-", "–", "—"})  # noqa: RUF001 - a dash that stands for nothing


@dataclass(frozen=True, slots=True)
class Published:
    """A row of the page: `message` is None where the page has none; `place` says to a person where it stands."""

    code: int
    status: str
    message: str | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read: its form, and its rows in its order."""

    form: Form
    rows: tuple[Published, ...]


def read(content: bytes) -> Page:
    """The rows of a page. Raises Mistake for one that is empty, binary, cut off or ambiguous, or has no table of errors."""
    text = _text(content)
    found = [(columns, table) for table in tables(text) if (columns := _columns(table))]
    rows = tuple(row for columns, table in found for row in _rows(columns, table))
    if not rows:
        raise Mistake("no table of errors: a table with the heads HTTP Code, Status and Message and a row is looked for")
    if len(rows) > MOST:
        raise Mistake(f"{len(rows)} rows: more than {MOST} are not compared; give the page of errors alone")
    return Page(form_of(text), rows)


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise Mistake(f"more than {LARGEST:,} bytes: give the page of errors alone")
    if b"\0" in content:
        raise Mistake("is not text: save the page as HTML, Markdown or text, in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise Mistake(f"byte {e.start} is not UTF-8: save the page as HTML, Markdown or text, in UTF-8") from e
    if not text.strip():
        raise Mistake("is empty: save the page again")
    return text


def _columns(table: Table) -> dict[str, int] | None:
    """Which column has which role; None for a table that is none of errors. Raises Mistake where that is not to be told."""
    for line in table:
        heads = [" ".join(re.findall(r"[a-z]+", cell.casefold())) for cell in line.cells]
        places = {role: [at for at, head in enumerate(heads) if head in names] for role, names in ROLES.items()}
        known = [role for role, found in places.items() if found]
        if len(known) < 2:
            continue
        if len(known) < 3:
            missing = next(role for role in ROLES if role not in known)
            raise Mistake(
                f"{line.place}: a table with {_listed(line)} has no column for the {missing}: "
                f"call that column {missing!r}, or take the table out if it is none of errors"
            )
        if doubled := next((role for role, found in places.items() if len(found) > 1), None):
            raise Mistake(f"{line.place}: of {_listed(line)}, which column is the {doubled} is not clear: rename the others")
        return {role: found[0] for role, found in places.items()}
    return None


def _listed(line: Line) -> str:
    return ", ".join(repr(visible(cell[:SHOWN])) for cell in line.cells[:8])


def _rows(columns: Mapping[str, int], table: Table) -> Iterator[Published]:
    """The rows below the heads; heads that stand again, and lines without any text, are no rows."""
    below = itertools.dropwhile(lambda line: _columns((line,)) is None, table)
    for line in below:
        if any(line.cells) and _columns((line,)) is None:
            yield _row(line, {role: line.cells[at] if at < len(line.cells) else "" for role, at in columns.items()})


def _row(line: Line, cells: Mapping[str, str]) -> Published:
    for role, pattern, wanted in (("code", CODE, "three digits"), ("status", STATUS, "capitals")):
        if not pattern.fullmatch(cells[role]):
            raise Mistake(f"{line.place}: the {role} is {visible(cells[role][:SHOWN])!r}, where {wanted} belong: mend the page")
    message = _bare(cells["message"], line.place)
    return Published(int(cells["code"]), cells["status"], None if message in NO_MESSAGE else message, line.place)


def _bare(message: str, place: str) -> str:
    """The message without the quotes around all of it. Raises Mistake where one opens that nothing closes."""
    closing = QUOTES.get(message[:1])
    if closing is None:
        return message
    inner = message[1:-1]
    nested = inner.find(message[0])
    if len(message) > 1 and message[-1] in closing and (nested < 1 or not inner[nested - 1].isalnum()):
        return inner.strip()
    if any(c in closing for c in message[1:]):  # it begins with a word in quotes
        return message
    raise Mistake(
        f"{place}: the message {visible(message[:SHOWN])!r} does not end with its quote: was the page cut off, or wrapped?"
    )
