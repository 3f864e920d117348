"""Moves: every step that a sequence may take, as what it can be done to and the call that does it.

Each is harmless and settled by the specification. What becomes of it the model predicts, so that a move need not know.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.call import Call
from contracts.model.state import State

MOST = 3  # resources of one kind that a sequence makes: few, so that steps meet

Target = tuple[Any, ...]
Of = Callable[[State], Iterator[Target]]


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of step. `targets` are what it can be done to in a state, none where it cannot be done."""

    name: str
    operation: str
    targets: Of
    call: Callable[..., Call]


Decorator = Callable[[Callable[..., Call]], Callable[..., Call]]


def into(moves: list[Move]) -> Callable[[str, Of], Decorator]:
    """A decorator for functions that are moves: by an operation, of some targets.

    The function gets a maker of fresh values, and the parts of a target.
    """

    def move(operation: str, of: Of) -> Decorator:
        def decorate(call: Callable[..., Call]) -> Callable[..., Call]:
            moves.append(Move(call.__name__, operation, of, call))
            return call

        return decorate

    return move


# -- what there is ------------------------------------------------------------------------------------------------------------


def each(table: str, *, most: int | None = None) -> Of:
    """Each record of a table; with `most`, each project as long as there are fewer records than that."""
    if most is None:
        return lambda state: ((one,) for one in getattr(state, table).values())
    return lambda state: ((one.id,) for one in state.projects.values() if len(getattr(state, table)) < most)


def gone(*kinds: type[Any]) -> Of:
    """Each record that was there once, of some kinds, where its project still is."""
    return lambda state: (
        (one,) for kind in kinds for one in state.was(kind) if getattr(one, "project", None) in {None, *state.projects}
    )


def pairs(one: str, other: str, *, same_project: bool = True, but_itself: bool = False) -> Of:
    """Each record of a table with each of another, in one project or in any two."""

    def of(state: State) -> Iterator[Target]:
        for a, b in itertools.product(getattr(state, one).values(), getattr(state, other).values()):
            if (not same_project or a.project == b.project) and not (but_itself and a.id == b.id):
                yield a, b

    return of


def elsewhere(table: str) -> Of:
    """Each record of a table with each project that does not have it."""
    return lambda state: (
        (one, project) for one in getattr(state, table).values() for project in state.projects if project != one.project
    )


def spurned(kind: str, table: str) -> Of:
    """Each value that a refused request was about to take, with each project, as long as a table has room."""

    def of(state: State) -> Iterator[Target]:
        room = len(getattr(state, table)) < MOST
        yield from ((value, project) for of_kind, value in state.spurned for project in state.projects if room and of_kind == kind)

    return of


def only(of: Of, when: Callable[..., bool]) -> Of:
    """Those targets for which something holds, of the state and the target's parts."""
    return lambda state: (target for target in of(state) if when(state, *target))
