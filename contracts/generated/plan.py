"""What is tried of an operation, and how much of it: cases of the coverage phase, and the ways in which a request is bent."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.case import Depth
from contracts.generated import source
from contracts.generated.own import Own
from contracts.generated.sample import CODED, FREE, IN_BODY, PADDING, STRAIGHT, Place, Way

if TYPE_CHECKING:
    from schemathesis import Case

WHOLE = 5  # bodies of another type that are always tried


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried: cases of the coverage phase (None for all), fuzzed ones, ways to miss each code, things to delete."""

    covered: int | None
    fuzzed: int
    missed: int
    deleted: int


EFFORT = {Depth.QUICK: Effort(14, 8, 2, 1), Depth.STANDARD: Effort(None, 60, 4, 3), Depth.EXHAUSTIVE: Effort(None, 300, 6, 10)}
"""How much each depth tries."""


def covered(own: Own, effort: Effort, seed: int) -> Iterator[tuple[Case[Any], Way]]:
    """Cases of the coverage phase as they are, and then an example of the description, bent in each way."""
    cases = list(source.covering(own.operation.name))
    allowed = [case for case in cases if not source.forbidden(case)]
    right = source.sample_of(own.operation.name, min(allowed, key=lambda case: "example" not in source.scenario(case)))
    for case in cases if effort.covered is None else chosen(cases, effort.covered, seed):
        yield case, STRAIGHT
    for way in bends(own, effort.missed):
        yield source.made(right), way


def chosen(cases: Sequence[Case[Any]], count: int, seed: int) -> Sequence[Case[Any]]:
    """So many of the cases: some of each scenario, as the seed has it, and the first whose bodies are of another type."""
    whole = [case for case in cases if not isinstance(case.body, dict) and source.has_body(case)][:WHOLE]
    groups: dict[str, list[Case[Any]]] = {}
    for case in random.Random(seed).sample(cases, len(cases)):  # noqa: S311 - no secret
        groups.setdefault(source.scenario(case), []).append(case)
    mixed = (case for turn in itertools.zip_longest(*groups.values()) for case in turn if case is not None)
    return (whole + [case for case in mixed if not any(case is known for known in whole)])[:count]


def bends(own: Own, missed: int | None = None) -> list[Way]:
    """The ways to bend a request of the operation, so many of each kind; None for all."""
    fields = [name for name in CODED if name in own.steps or name in own.operation.query]
    fields += IN_BODY.get(own.operation.name, ())
    misses = [Way(missed=(name, how)) for name in fields for how in range(len(CODED[name]))[:missed]]
    texts = own.operation.method in {"POST", "PUT"} or own.operation.query & FREE
    padded = [Way(padded=how) for how in range(len(PADDING))[:missed]] if texts else []
    return [Way(Place.UNKNOWN), Way(Place.ODD), *padded, *misses]
