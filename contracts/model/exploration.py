"""A check by sequences: what Hypothesis found is told in the inquiry, with its story."""

from __future__ import annotations

from contracts.blame import Exhausted, Inconclusive
from contracts.inquiry import Inquiry
from contracts.model.shortening import shortened
from contracts.model.story import tell
from contracts.model.theme import THEMES


def explore(inquiry: Inquiry, theme: str, *, walks: int, steps: int) -> None:
    """Try so many sequences of so many steps each, out of a theme's moves, chosen by the inquiry's seed.

    Raises Inconclusive where a sequence broke off, and nothing was found: what it would have shown nobody knows. Where the run's
    budget ended it, what was judged until then counts, as with a smaller number of sequences.
    """
    from contracts.model.stateful import search  # noqa: PLC0415 - hypothesis costs every process that only collects 0.2 s

    found = search(inquiry, THEMES[theme], walks=walks, steps=steps)
    inquiry.assertions += found.judged
    if found.falsified:
        tell(inquiry, shortened(inquiry, found.falsified) if inquiry.shorten else found.falsified)
    elif unjudged := [reason for reason in found.broken_off if not isinstance(reason, Exhausted)]:
        raise Inconclusive(f"{len(unjudged)} of {found.walks} sequences broke off: {unjudged[0]}")
