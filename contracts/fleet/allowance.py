"""What a unit may send: the smaller of its share of what its target may be sent, and of what all targets may be sent. Pure.

A target's limits are divided by its parts, since all of them may run at once. Of the limits for all targets, requests a second and
at once are divided by the most units that can run at once over all jobs, and requests in all by the number of units. What a unit
leaves of its share no other takes: jobs know nothing of one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from contracts.blame import Mistake
from contracts.budget import is_rate
from contracts.fleet.file import Limits

FINEST = 1_000_000  # a rate is told in millionths, and never rounded up


def most_at_once(sizes: Sequence[int], at_once: int) -> int:
    """How many units can run at once, at most, where jobs have so many units each."""
    return sum(min(size, at_once) for size in sizes)


def shares(in_all: Limits, of_target: Limits, *, parts: int, units: int, running: int) -> Limits:
    """What one unit may send, where a target has so many `parts`, the fleet so many `units`, and so many are `running` at most.

    Raises Mistake where a share is less than one request.
    """
    both = {
        "max_requests": ((in_all.max_requests, units), (of_target.max_requests, parts)),
        "max_in_flight": ((in_all.max_in_flight, running), (of_target.max_in_flight, parts)),
    }
    whole = {name: _smaller(name, *shares) for name, shares in both.items()}
    concurrency = max(1, of_target.concurrency // parts) if of_target.concurrency else None
    return Limits(rate=_rate((in_all.rate, running), (of_target.rate, parts)), concurrency=concurrency, **whole)


def _smaller(name: str, *shares: tuple[int | None, int]) -> int | None:
    """The smaller share of what is said. Raises Mistake where it is none."""
    found = [(total // among, total, among) for total, among in shares if total is not None]
    if not found:
        return None
    share, total, among = min(found)
    if share < 1:
        raise Mistake(f"{name!r}: {total} cannot be shared by {among} units: allow more, or have fewer units, jobs or at_once")
    return share


def _rate(*shares: tuple[float | None, int]) -> float | None:
    """The smaller share of a rate. Raises Mistake where that is too slow to be kept to."""
    found = [Fraction(total) / among for total, among in shares if total is not None]
    if not found:
        return None
    share = math.floor(min(found) * FINEST) / FINEST
    if not is_rate(share):
        raise Mistake(f"'rate': shared by all that run at once, it is less than one request a day ({float(min(found)):g}/s)")
    return share


def told(limits: Limits) -> str:
    """An allowance in words."""
    words = {
        "at most {} requests": limits.max_requests,
        "{} a second": None if limits.rate is None else f"{limits.rate:.6f}".rstrip("0").rstrip("."),
        "{} in flight": limits.max_in_flight,
        "{} cases at once": limits.concurrency,
    }
    return ", ".join(text.format(value) for text, value in words.items() if value is not None) or "no limit"


def options(limits: Limits) -> list[str]:
    """An allowance as options of a run."""
    rate = None if limits.rate is None else f"{limits.rate:.6f}"
    said = {
        "max-requests": limits.max_requests,
        "rate": rate,
        "max-in-flight": limits.max_in_flight,
        "concurrency": limits.concurrency,
    }
    return [text for name, value in said.items() if value is not None for text in (f"--{name}", str(value))]
