"""Verdicts and times in the page's words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

ORDER = ("error", "fail", "inconclusive", "pass", "not_exercised")
"""From the worst to the best."""
MINUTE = 60  # seconds
BLANK = "\N{OPEN BOX}"
WORDS: Mapping[str, str] = {"not_exercised": "not exercised"}


def word(verdict: str) -> str:
    """A verdict for people."""
    return WORDS.get(verdict, verdict)


def worst_of(verdicts: Collection[str]) -> str:
    """The worst of some verdicts."""
    return next((verdict for verdict in ORDER if verdict in verdicts), "not_exercised")


def kind(verdict: str) -> str:
    """A verdict as the name of a style; one that is none has a style of its own."""
    return verdict if verdict in ORDER else "none"


def seconds(value: float) -> str:
    """A time for people, in the unit that fits."""
    if value >= MINUTE:
        return f"{value // MINUTE:.0f} min {value % MINUTE:.0f} s"
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def moment(iso: str) -> str:
    """A date and time for people, in UTC; what is none as it is."""
    at = epoch(iso)
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC" if at else iso


def epoch(iso: str) -> float:
    """A time in seconds of the epoch; 0 for what is none."""
    try:
        return datetime.fromisoformat(iso).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def marked(text: str) -> str:
    """A piece that differs, with blanks that could be overlooked made visible."""
    return text.replace(" ", BLANK) if not text.strip() else text
