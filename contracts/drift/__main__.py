"""Says where the published page of errors and the catalogue differ, and what to write into the catalogue.

    python -m contracts.drift PAGE          a file, or - for standard input: HTML, Markdown or text

Exit status 0: no drift. 1: drift. 4: a page that cannot be read. Only tables are read, and only those with columns for the HTTP
code, the status and the message. White space is compared as a browser shows it; any other change of a message, of its quotes too,
is a rewording.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from contracts.blame import Mistake
from contracts.catalogue import ROWS
from contracts.catalogue import read as rows
from contracts.command import MISTAKE, Parser, printable
from contracts.drift.comparison import Comparison, Entry, compare, only_quotes, published
from contracts.drift.page import Page, Published, read
from contracts.drift.proposal import Edit, complaints, edits, toml
from contracts.exchange import visible
from contracts.template import PLACEHOLDER, caret, folds

SAME, DRIFT = 0, 1  # exit statuses, beside that of a mistake
STDIN = "-"
FILE = "contracts/catalogue/rows.toml"
WIDTH, WINDOW = 80, 56  # columns of a line, and of a message above a caret
CUT_OFF = 3  # as many of the catalogue's last rows missing at once make one ask whether the page is whole
LISTED = 5
COLOURS = {"added": "green", "removed": "red", "reworded": "yellow", "note": "cyan"}

Told = tuple[str, str]
"""A line and the name of its colour, empty for none."""


def report(page: Page, comparison: Comparison, entries: Sequence[Entry]) -> Iterator[Told]:
    """All that is to be said, line by line: what differs, what is odd, and last what to write, which is TOML to the end."""
    yield _total(page, comparison, entries)
    for row in comparison.added:
        yield from _whole("added", row)
    for entry in comparison.removed:
        yield from _whole("removed", published(entry), entry["id"])
    for entry, row in comparison.reworded:
        yield from _reworded(entry, row)
    for note in _notes(page, comparison, entries):
        yield "", ""
        yield from ((line, COLOURS["note"]) for line in _wrapped(f"note: {note}", "      "))
    if comparison.drift:
        yield from _writing(*edits(comparison, entries), entries)


def _total(page: Page, comparison: Comparison, entries: Sequence[Entry]) -> Told:
    pages = f"the page ({page.form}) has {len(comparison.rows)} rows"
    if not comparison.drift:
        return f"no drift: {pages}, as the catalogue has them", "green"
    kinds = {"added": comparison.added, "removed": comparison.removed, "reworded": comparison.reworded}
    counts = ", ".join(f"{len(rows)} {kind}" for kind, rows in kinds.items() if rows)
    return f"drift: {counts}; {pages}, the catalogue {len(entries)}", "bold"


def _whole(kind: str, row: Published, row_id: str = "") -> Iterator[Told]:
    name = row_id or f"{row.code} {row.status}, {row.place} of the page"
    yield "", ""
    yield f"{kind:<9} {name}", COLOURS[kind]
    yield from ((line, "") for line in _wrapped(f"          {_message(row.message)}", "          "))


def _message(message: str | None) -> str:
    return "(no message)" if message is None else visible(message)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


# -- what was reworded --------------------------------------------------------------------------------------------------------


def _reworded(entry: Entry, row: Published) -> Iterator[Told]:
    yield "", ""
    yield f"reworded  {entry['id']}, {row.place} of the page", COLOURS["reworded"]
    for what in ("code", "status"):
        if entry[what] != (new := getattr(row, what)):
            yield f"          {what}: {entry[what]} in the catalogue, {new} on the page", ""
    old, new = entry.get("message"), row.message
    if old is None or new is None:
        if old != new:
            gains = "has a message now" if old is None else "has no message any more"
            yield from ((line, "") for line in _wrapped(f"          {gains}: {visible(new or old or '')}", "          "))
    elif old != new:
        yield f"          {_difference(old, new)}", ""
        yield from ((f"        {line}", "") for line in caret(old, new, WINDOW, ("catalogue", "page")).splitlines())


def _difference(old: str, new: str) -> str:
    """What differs in a message, in words."""
    if PLACEHOLDER.sub("$", old) == PLACEHOLDER.sub("$", new):
        names = [[place[1] or place[2] for place in PLACEHOLDER.finditer(text)] for text in (old, new)]
        renamed = {a: b for a, b in zip(*names, strict=True) if a != b}
        return "; ".join(f"the placeholder ${a} is called ${b}" for a, b in renamed.items()) or "placeholders are written otherwise"
    if only := folds(old, new):
        return f"the message differs only in {' and '.join(only)}"
    return "the message differs"


# -- what is odd, and no drift ------------------------------------------------------------------------------------------------


def _notes(page: Page, comparison: Comparison, entries: Sequence[Entry]) -> Iterator[str]:
    if comparison.twice:
        places = [f"{row.code} {row.status} {_message(row.message)!r} ({row.place})" for row in comparison.twice]
        more = f" and {len(places) - LISTED} others" if len(places) > LISTED else ""
        yield f"rows that stand more than once on the page count once: {'; '.join(places[:LISTED])}{more}"
    if comparison.order:
        first, second = comparison.order
        yield f"the order differs, which is no drift: on the page {first} stands before {second}"
    if count := only_quotes(comparison.reworded):
        yield (
            f"reworded in nothing but quotes: {count}. Where a program set typographic quotes into this copy by itself, "
            "give one from another source"
        )
    ends = [entry in comparison.removed for entry in entries][-CUT_OFF:]
    if len(ends) == CUT_OFF and all(ends):
        yield f"at least the last {CUT_OFF} rows of the catalogue are missing: is this copy of the page whole?"
    if strange := sorted({row.code for row in page.rows} - {entry["code"] for entry in entries}):
        codes = ", ".join(map(str, strange))
        yield f"no row had the code {codes} before: allow it in schemas/catalogue.schema.json, in the pattern of `id` and in `code`"


# -- what to write ------------------------------------------------------------------------------------------------------------


def _writing(made: Sequence[Edit], now: Sequence[Entry], before: Sequence[Entry]) -> Iterator[Told]:
    """The edits as TOML with comments, and what still speaks against the catalogue that they make."""
    yield "", ""
    yield f"# {FILE}: from here on TOML", "bold"
    for edit in made:
        yield "", ""
        yield f"# {edit.why}: {edit.where}", COLOURS[edit.why]
        for what in edit.missing:
            yield from ((line, "") for line in _wrapped(f"# to fill in: {visible(what)}", "#   "))
        if edit.entry:
            yield from ((line, "") for line in toml(edit.entry).splitlines())
    yield "", ""
    found = complaints(now)
    known = complaints(before) if found else []
    for complaint in (line for line in found if line not in known):
        yield from ((line, "red") for line in _wrapped(f"# to settle first: {visible(complaint)}", "#   "))
    after = '# then see CONTRIBUTING.md, "Adding one error": the description, the scenarios and the witnesses follow the catalogue'
    yield from ((line, "") for line in _wrapped(after, "#   "))


# -- the command --------------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and tell: 0 where page and catalogue agree, 1 where they do not, 4 for a page that cannot be read."""
    options = _parser().parse_args(arguments)
    printable()
    name = "standard input" if options.page == STDIN else options.page
    try:
        page, entries = _page(options.page), _entries(Path(options.catalogue))
    except Mistake as e:
        sys.stderr.write(f"{visible(name)}: {e}\n")
        return MISTAKE
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    comparison = compare(page.rows, entries)
    for line, colour in report(page, comparison, entries):
        console.print(line, style=colour)
    return DRIFT if comparison.drift else SAME


def _page(page: str) -> Page:
    try:
        content = sys.stdin.buffer.read() if page == STDIN else Path(page).read_bytes()
    except (OSError, ValueError) as e:
        raise Mistake(f"cannot be read ({getattr(e, 'strerror', None) or e}): give a file, or - for standard input") from e
    return read(content)


def _entries(file: Path) -> Sequence[Entry]:
    try:
        entries: list[Entry] = tomllib.loads(file.read_text("utf-8"))["row"]
        rows(entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Mistake(f"no comparison, since --catalogue {file} cannot be read: {visible(repr(e))}") from e
    return entries


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.drift", description="Hold the published page of errors against the catalogue.")
    parser.add_argument("page", metavar="PAGE", help="the page as HTML, Markdown or text: a file, or - for standard input")
    parser.add_argument("--catalogue", metavar="FILE", default=str(ROWS), help=f"another catalogue than {FILE}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
