"""Uniqueness that is not atomic: a sandbox that lets a moment pass between its checks and the effect."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from contracts.case import Case
from contracts.finding import Rule
from contracts.mutation.mutant import Due, Instead, Mutant, spoilt, take_effect
from contracts.oracle import INTERNAL
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.message import Response, answer
from contracts.sandbox.refusals import Refusal, Rejection
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Check, Context, Plan
from contracts.undo import COLLECTIONS

LOSERS = 7  # of the eight that race at quick depth
CONSTRAINTS: Mapping[str, tuple[Rule, int, str]] = {
    "conflict": (Rule.HTTP_STATUS, 409, "ABORTED"),
    "bad-request": (Rule.MESSAGE_TEXT, 400, "BAD_REQUEST"),
    "fails": (Rule.SERVER_ERROR, 500, "INTERNAL"),
}
"""What a database's constraint makes of losers that had passed the checks."""
PATIENCE = 1.0  # seconds that a request waits for another one: in a set-up there is none


def of_race(case: Case) -> Iterator[Mutant]:
    """What can go wrong where equal requests come at one instant, and only there."""

    def mutant(operator: str, rule: Rule, what: str, behind: Callable[[Plan, str], Plan]) -> Mutant:
        def sandbox() -> Sandbox:
            plan = plans()[case.operation]
            more = behind(plan, case.row).checks[len(plan.checks) :]
            return hasty({case.operation: lambda gap: replace(plan, checks=(*plan.checks, gap, *more))})

        broken, place = (INTERNAL, case.id) if rule is Rule.SERVER_ERROR else (case.row, case.operation)
        return Mutant(f"race/{operator}", broken, rule, what, (case.id,), sandbox, place)

    yield mutant("not-atomic", Rule.RACE, "uniqueness is not atomic", lambda plan, _: plan)
    for name, (rule, code, status) in CONSTRAINTS.items():
        told = functools.partial(_constrained, code=code, status=status)
        yield mutant(name, rule, f"losers of a race get {code} {status}", told)
    yield from _of_a_loser(case)


def _of_a_loser(case: Case) -> Iterator[Mutant]:
    """What can go wrong with one contestant only, in a sandbox that is atomic."""

    def mutant(operator: str, rule: Rule, what: str, turn: int, instead: Instead) -> Mutant:
        def sandbox() -> Sandbox:
            turns = itertools.count(1)
            return Sandbox(behaviour=spoilt(case.row, instead, case.operation, lambda _: next(turns) == turn))

        return Mutant(f"race/{operator}", case.row, rule, what, (case.id,), sandbox, case.operation)

    yield mutant("two-told", Rule.RACE, "one loser is told that it won", 1, lambda _: answer(200, {}))
    yield mutant("last-in-other-words", Rule.MESSAGE_TEXT, "the last loser is told in other words", LOSERS, _in_other_words)
    if case.operation in COLLECTIONS:  # else no list shows whether it did
        yield mutant("loser-takes-effect", Rule.STATE_CHANGED, "one loser is refused, and takes effect", 1, take_effect)


def _in_other_words(due: Due) -> Response:
    return due.told(message="Please try again later")


def hasty(changed: Mapping[str, Callable[[Check], Plan]]) -> Sandbox:
    """A sandbox that lets go of its lock in the middle of some operations: where their plans put the gap that they are given.

    Whoever comes there waits until another one has: two of them always go on together, however busy the machine.
    """
    met, waiting = threading.Condition(), list[object]()

    def gap(_: Context) -> None:
        sandbox.lock.release()
        with met:
            if waiting:
                waiting.clear()
                met.notify_all()
            else:
                waiting.append(me := object())
                met.wait_for(lambda: me not in waiting, PATIENCE)
                waiting.clear()
        sandbox.lock.acquire()

    moment = Check("a_moment_passes", None, gap)
    sandbox = Sandbox(behaviour=Behaviour(plans={**plans(), **{name: plan(moment) for name, plan in changed.items()}}))
    return sandbox


def _constrained(plan: Plan, row: str, code: int, status: str) -> Plan:
    """The plan with the row's checks made again at its end, as a database's constraint would, and told in other words."""

    def again(check: Check) -> Check:
        def run(context: Context) -> None:
            try:
                check.run(context)
            except Refusal:
                raise Rejection(code, status, "The request could not be completed.") from None

        return Check(f"{check.name}_still", None, run)

    return replace(plan, checks=(*plan.checks, *(again(check) for check in plan.checks if check.row == row)))
