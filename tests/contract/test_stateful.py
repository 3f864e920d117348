"""Sequences of steps over everything that the API knows, each held against a model that knows which error is due."""

from __future__ import annotations

from contracts.case import Depth, examines
from contracts.inquiry import Inquiry
from contracts.model.exploration import explore
from contracts.model.theme import THEMES

EFFORT = {Depth.QUICK: (12, 30), Depth.STANDARD: (80, 40), Depth.EXHAUSTIVE: (300, 60)}
"""Sequences that one case tries, and steps of each."""


@examines("stateful", alone=True, theme=list(THEMES))
def sequences(inquiry: Inquiry, theme: str, depth: Depth) -> None:
    """Whatever was done before, each step is answered as the specification says, and a refused one changes nothing."""
    walks, steps = EFFORT[depth]
    explore(inquiry, theme, walks=walks, steps=steps)
