"""Texts as a page can bear them: nothing that could redraw or reorder it, and no more than a person reads. Pure."""

from __future__ import annotations

from contracts.exchange import visible

LONGEST = 2000  # characters of a text within the page
BODY = 16_384  # characters of a body that is judged; of others, a quarter
SHORT = 160  # characters of a text in a line of a list


def clip(text: str, longest: int = LONGEST) -> str:
    """The text with control and format characters escaped, cut with a note of its length where it is longer."""
    shown = text[:longest]
    return (shown if shown.isprintable() else visible(shown)) + _rest(text, longest)


def cut(text: str, longest: int) -> str:
    """The text as it is, for the script to escape: cut with a note of its length where it is longer."""
    return text[:longest] + _rest(text, longest)


def _rest(text: str, longest: int) -> str:
    return f"… ({len(text):,} characters in all)" if len(text) > longest else ""
