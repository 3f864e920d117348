"""Pairs of faults: of all that is wrong with a call, the one is to be told first, and the other would be told without it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.call import Call
from contracts.inquiry import Inquiry
from contracts.operation import Operation, operations
from contracts.order.draft import Draft
from contracts.order.fault import BODY, FAULTS, PATH, PROJECT, Fault, Stage
from contracts.order.resource import PARTS, resources
from contracts.order.spoil import Values

HIDING = frozenset({Stage.PROJECT_KNOWN, Stage.KEY_ALLOWED, Stage.PROJECT_ENABLED})
"""Stages at which nothing of ours is in the project that is asked."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two faults of one call of an operation, the one that must be told first."""

    operation: str
    winner: Fault
    loser: Fault

    @property
    def id(self) -> str:
        """`operation/winner-before-loser`."""
        return f"{self.operation}/{self.winner.name}-before-{self.loser.name}"

    def call(self, inquiry: Inquiry) -> tuple[Call, Mapping[Fault, Values]]:
        """A call that bears both faults, all that it takes being set up; and what the placeholders of their rows are."""
        operation = operations()[self.operation]
        places = {fault.place(operation): fault for fault in (self.loser, self.winner)}
        lost = _lost(operation, self.winner, self.loser)
        draft = Draft(inquiry, operation, home=self.winner.stage not in HIDING and self.loser.stage not in HIDING)
        values: dict[Fault, Values] = {}
        for parameter in operation.path_parameters:
            if parameter in places:
                values[places[parameter]] = places[parameter].spoil(draft)
            elif parameter not in lost:
                draft.right(parameter)
        if not any(place.partition(".")[0] == BODY for place in places):
            draft.refer()
        for fault in (fault for fault in places.values() if fault not in values):  # the winner last: the loser may make a body
            values[fault] = fault.spoil(draft)
        return draft.call(), values


def compatible(operation: Operation, winner: Fault, loser: Fault) -> bool:
    """Whether a call of the operation can bear both, the one first and the other second of all that is wrong with it then."""
    first, second = winner.place(operation), loser.place(operation)
    if not first or not second or _same(first, second) or winner.turn(operation) >= loser.turn(operation):
        return False
    if not (winner.row or loser.row) and winner.code == loser.code:
        return False  # two errors without a text could not be told from one another
    if _without(operation, winner, loser) or _without(operation, loser, winner):
        return False
    lost = ((Stage.RESOURCE, operation.path_parameters.index(name)) for name in _lost(operation, winner, loser))
    return all(turn > loser.turn(operation) for turn in lost)


def _same(one: str, other: str) -> bool:
    """Whether two places are one, or one is in the other: a member in the body, an item in a member."""
    return f"{one}.".startswith((f"{other}.", f"{other}[")) or f"{other}.".startswith((f"{one}.", f"{one}["))


def _without(operation: Operation, fault: Fault, other: Fault) -> bool:
    """Whether the other fault spoils what this one needs."""
    place = other.place(operation)
    return place in operation.path_parameters if fault.needs == PATH else place == fault.needs == PROJECT


def _lost(operation: Operation, *faults: Fault) -> set[str]:
    """The parameters that name nothing, since what they would be in is not there."""
    spoilt = {fault.place(operation): fault for fault in faults}
    hidden = any(fault.stage in HIDING for fault in faults)
    lost: set[str] = set()
    missing = False
    for resource in resources(operation):
        missing = missing and resource.collection in PARTS
        if resource.parameter in spoilt:
            missing = missing or spoilt[resource.parameter].stage is Stage.RESOURCE
        elif hidden or missing:
            lost.add(resource.parameter)
            missing = True
    return lost


def _pairs() -> Iterator[Pair]:
    for operation in operations().values():
        for winner, loser in itertools.permutations(FAULTS, 2):
            if compatible(operation, winner, loser):
                yield Pair(operation.name, winner, loser)


PAIRS: tuple[Pair, ...] = tuple(_pairs())
"""Every pair of faults on every operation that can bear it."""


def _once() -> Iterator[Pair]:
    bearing: dict[tuple[str, str], list[Pair]] = {}
    for pair in PAIRS:
        bearing.setdefault((pair.winner.name, pair.loser.name), []).append(pair)
    for number, pairs in enumerate(bearing.values()):
        yield pairs[number % len(pairs)]


ONCE: tuple[Pair, ...] = tuple(_once())
"""Each pair of faults on one operation, another one each time."""
