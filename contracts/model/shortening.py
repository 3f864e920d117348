"""A shorter walk that shows the same: steps are left out, one after the other, as long as the same is found.

What a step was done to has another id in each walk, so that a step is repeated by its move and by what stands in the place of its
target.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from contracts.blame import Inconclusive
from contracts.call import leaves
from contracts.exchange import Exchange
from contracts.inquiry import Inquiry
from contracts.model.comparison import Falsified
from contracts.model.move import Target
from contracts.model.walk import Step, Walk

SECONDS = 60.0  # that are spent on a shorter walk


def shortened(inquiry: Inquiry, walk: Walk) -> Walk:
    """The shortest walk that was found to show what this one shows: no step of it can be left out alone, if there was time."""
    ends, size = time.monotonic() + SECONDS, len(walk.taken) // 2
    while size:
        start = len(walk.taken)
        while start > 0 and time.monotonic() < ends:
            start = max(0, start - size)
            tried = repeated(inquiry, [*walk.taken[:start], *walk.taken[start + size :]])
            if tried and _shown(tried) == _shown(walk) and len(tried.taken) < len(walk.taken):
                walk, start = tried, min(start, len(tried.taken))
        size //= 2
    return walk


def repeated(inquiry: Inquiry, steps: Sequence[Step]) -> Walk | None:
    """A walk by the same steps, as far as they can be made; None where it shows nothing."""
    walk, places = Walk(inquiry), dict[str, str]()
    try:
        for step in steps:
            if (target := _same(walk, step, places)) is not None:
                try:
                    walk.move(step.move, target)
                finally:
                    places |= _pairs(step.exchange, walk.taken[-1].exchange if walk.taken else None)
        walk.end()
    except Falsified:
        return walk
    except Inconclusive:
        return None
    finally:
        inquiry.clean_up()
        inquiry.put_away()
    return None


def _shown(walk: Walk) -> tuple[str, str | None]:
    finding, documented, _ = walk.findings[0]
    return finding.rule, documented.id if documented else None


def _same(walk: Walk, step: Step, places: dict[str, str]) -> Target | None:
    """What stands in the place of a step's target, if the move can be made to that now."""
    wanted = [places.get(name, name) for name in map(_name, step.target)]
    return next((target for target in step.move.targets(walk.state) if [*map(_name, target)] == wanted), None)


def _name(part: Any) -> str:
    return str(getattr(part, "id", part))


def _pairs(old: Exchange | None, new: Exchange | None) -> dict[str, str]:
    """Which text of a later walk stands in the place of which text of an earlier one."""
    if old is None or new is None:
        return {}
    sent = zip(leaves(old.call.body), leaves(new.call.body), strict=False)
    told = zip(_texts(old.json()), _texts(new.json()), strict=False)
    return {one: other for one, other in (*told, *sent) if one != other}


def _texts(document: Any) -> Iterator[str]:
    """The ids of an answer, in their order."""
    if isinstance(document, dict):
        for name, inner in document.items():
            if name == "id" and isinstance(inner, (str, int)):
                yield str(inner)
            else:
                yield from _texts(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from _texts(inner)
