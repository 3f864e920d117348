"""Races beyond the documented ones: equal and mixed calls at one instant, and some order of them that explains what came of it."""

from __future__ import annotations

from itertools import islice

from contracts.case import Depth, deeper, examines
from contracts.inquiry import Inquiry
from contracts.model.mixture import Mixture
from contracts.model.mixtures import MIXTURES
from contracts.model.race import race, random_race

CONTESTANTS = {
    "4": 4,
    **deeper(Depth.STANDARD, {str(number): number for number in (2, 8, 16)}),
    **deeper(Depth.EXHAUSTIVE, {str(number): number for number in range(2, 17) if number not in {2, 4, 8, 16}}),
}
DRAWN = {str(number): 2 + (number * 5) % 15 for number in range(1, 101)}
RANDOM = {
    **dict(islice(DRAWN.items(), 4)),
    **deeper(Depth.STANDARD, dict(islice(DRAWN.items(), 4, 20))),
    **deeper(Depth.EXHAUSTIVE, dict(islice(DRAWN.items(), 20, None))),
}


@examines("race", mixture=MIXTURES, contestants=CONTESTANTS)
def mixtures(inquiry: Inquiry, mixture: Mixture, contestants: int) -> None:
    """One succeeds where only one can, the others get the documented error, and what is read afterwards is what these explain."""
    race(inquiry, mixture, contestants)


@examines("race", mixture=["random"], contestants=RANDOM)
def random_mixtures(inquiry: Inquiry, contestants: int) -> None:
    """The same of calls that chance has chosen, 2 to 16 of them."""
    random_race(inquiry, contestants)
