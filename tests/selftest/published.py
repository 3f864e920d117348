"""The published page for tests: as it was given, as documentation sites write it, and any rows in each of the three forms."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from contracts.catalogue import rows
from contracts.drift.page import Published

FIXTURES = Path(__file__).parent / "fixtures"
GIVEN: Mapping[str, Path] = {
    "text": FIXTURES / "errors-page.txt",
    "Markdown": FIXTURES / "pages" / "errors.md",
    "HTML": FIXTURES / "pages" / "errors.html",
}
CATALOGUE = tuple(Published(row.code, row.status, row.message.text if row.message else None) for row in rows())
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def as_text(page: Sequence[Published]) -> str:
    """As a browser copies it: cells that touch."""
    quoted = (f"{row.code}{row.status}" + (f'"{row.message}"' if row.message else "") for row in page)
    return "\n".join(["Errors", "", "HTTP CodeStatusMessage", *quoted, "", "The end."])


def as_markdown(page: Sequence[Published]) -> str:
    """A pipe table in which every mark of punctuation is escaped."""
    lines = (f"| {row.code} | {_escaped(row.status)} | {_escaped(row.message or '')} |" for row in page)
    return "\n".join(["# Errors", "", "| HTTP Code | Status | Message |", "|--|--|--|", *lines, "", "The end."])


def as_html(page: Sequence[Published]) -> str:
    """A whole document with one table."""
    cells = ((str(row.code), row.status, html.escape(row.message or "")) for row in page)
    lines = "".join(f"<tr><td>{'</td><td>'.join(each)}</td></tr>" for each in cells)
    heads = "<tr><th>HTTP Code</th><th>Status</th><th>Message</th></tr>"
    return f"<!doctype html><html><body><table>{heads}{lines}</table></body></html>"


FORMS: Mapping[str, Callable[[Sequence[Published]], str]] = {"text": as_text, "Markdown": as_markdown, "HTML": as_html}


def _escaped(text: str) -> str:
    return PUNCTUATION.sub(r"\\\1", text)
