"""Defects that only mixed requests at one instant can show: checks that another request overtakes, and updates that are lost."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from contracts.finding import Rule
from contracts.model.mixture import Mixture
from contracts.model.mixtures import MIXTURES
from contracts.mutation.mutant import Mutant
from contracts.mutation.race import hasty
from contracts.oracle import INTERNAL
from contracts.sandbox import Sandbox
from contracts.sandbox.message import Response, answer
from contracts.sandbox.refusals import Refusal
from contracts.sandbox.routes import plans
from contracts.sandbox.state import AccessList, Trunk
from contracts.sandbox.step import Check, Context, Plan

CHECK = "race"
BY_CHANCE = ("creations-and-deletions-of-number", "creations-and-deletions-of-customer", "attachments-and-detachments")
"""Mixtures in which it is chance whether what was overtaken shows in the answers, in what is read, or not at all."""
UPDATES = ("renamings-of-trunk",)
"""Mixtures in which whoever comes last is right: no order of them is wrong."""
ALL_SUCCEED = ("additions-of-ranges", "attachments-of-different-acls", "attachments-of-different-credential-lists")
"""Mixtures in which nothing stands against anything: only what is lost shows."""
RENAMED = "renamings-and-attachments"


def of_contests() -> Iterator[Mutant]:
    """One of each mixture in which something can be overtaken, and what is lost in the others."""
    for name, mixture in MIXTURES.items():
        if name in {*ALL_SUCCEED, RENAMED}:
            yield _mutant(mixture, LOST)
        elif name not in {*UPDATES, *BY_CHANCE}:
            yield _mutant(mixture, OVERTAKEN)
            if len(mixture.operations) == 1:
                yield _mutant(mixture, FAILS)


@dataclass(frozen=True, slots=True)
class Contest:
    """What goes wrong at once: its operator, the rule that must be named, and the plan with a gap in which others go on."""

    operator: str
    rule: Rule
    what: str
    gapped: Callable[[Plan, Check], Plan]


def _mutant(mixture: Mixture, contest: Contest) -> Mutant:
    def sandbox() -> Sandbox:
        return hasty({each: functools.partial(contest.gapped, plans()[each]) for each in mixture.operations})

    row = INTERNAL if contest.rule is Rule.SERVER_ERROR else CHECK
    cases = (f"{CHECK}/{mixture.name}",)
    return Mutant(f"contest/{contest.operator}", row, contest.rule, contest.what, cases, sandbox, mixture.name)


def _overtaken(plan: Plan, gap: Check) -> Plan:
    """Whoever has passed the checks goes on, whatever others did since; where nothing is left to do, it is said to be done."""

    def effect(context: Context) -> Response:
        try:
            return plan.effect(context)
        except LookupError:
            return answer(200, {})

    return Plan((*plan.checks, gap), effect)


def _failing(plan: Plan, gap: Check) -> Plan:
    """As overtaken; who would be refused by now meets an exception that nobody caught."""

    def again(context: Context) -> None:
        try:
            for check in plan.checks:
                check.run(context)
        except Refusal as refusal:
            raise KeyError(refusal.row) from None

    return replace(plan, checks=(*plan.checks, gap, Check("checked_again", None, again)))


def _losing(plan: Plan, gap: Check) -> Plan:
    """As overtaken; each writes back the whole record as it was when its checks were made, with its own change."""
    seen: dict[int, tuple[dict[str, Trunk], dict[str, AccessList]]] = {}

    def look(context: Context) -> None:
        seen[id(context)] = dict(context.state.trunks), dict(context.state.acls)

    def effect(context: Context) -> Response:
        trunks, acls = seen.pop(id(context))
        context.state.trunks.update(trunks)
        context.state.acls.update(acls)
        return plan.effect(context)

    return Plan((*plan.checks, Check("looked", None, look), gap), effect)


OVERTAKEN = Contest("overtaken", Rule.RACE, "checks are overtaken by other requests", _overtaken)
FAILS = Contest("fails", Rule.SERVER_ERROR, "whoever is overtaken breaks the server", _failing)
LOST = Contest("lost-update", Rule.STATE_UNEXPLAINED, "of updates at once only the last is kept", _losing)
