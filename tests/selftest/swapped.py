"""Sandboxes that make their checks in another order than the one that point 9 of behaviour.md gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.mutation.value import refuse_anyway
from contracts.order.fault import Fault, Stage
from contracts.order.pair import Pair
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Check, Context, Plan

CHECKED: Mapping[str, Stage] = {
    "authenticated": Stage.KEY,
    "fault_not_injected": Stage.KEY,
    "project_known": Stage.PROJECT_KNOWN,
    "key_allowed": Stage.KEY_ALLOWED,
    "project_enabled": Stage.PROJECT_ENABLED,
    "body_well_formed": Stage.BODY,
    "username_known": Stage.REFERENCE,
    "direction_given": Stage.VALUE,
    "has_ip_range": Stage.VALUE,
    "has_credential": Stage.VALUE,
}


class Anything(dict[str, Any]):
    """A body that has every member."""

    def __missing__(self, _: str) -> str:
        """The member."""
        return "anything"


@dataclass(frozen=True, slots=True)
class Swapped:
    """A sandbox's order of checks with two stages in one another's place."""

    one: Stage
    other: Stage

    def __call__(self, stage: Stage) -> Stage:
        """Where a stage stands."""
        return {self.one: self.other, self.other: self.one}.get(stage, stage)

    def sandbox(self) -> Sandbox:
        """Such a sandbox."""
        return Sandbox(behaviour=Behaviour(plans={name: self._plan(plan) for name, plan in plans().items()}))

    def inverts(self, pair: Pair) -> bool:
        """Whether it tells the loser of a pair first."""
        return self(_checked_with(pair.winner)) > self(_checked_with(pair.loser))

    def _plan(self, plan: Plan) -> Plan:
        checks = (Check(check.name, check.row, _unaided(check)) for check in plan.checks)
        return replace(plan, checks=tuple(sorted(checks, key=lambda check: self(_stage(check)))))


def _stage(check: Check) -> Stage:
    """When the clean sandbox makes a check."""
    if check.name in CHECKED:
        return CHECKED[check.name]
    if check.name.endswith("_known"):
        return Stage.REFERENCE if check.name.startswith("given_") else Stage.RESOURCE
    return Stage.VALUE if check.name.endswith("_valid") else Stage.CLASH


def _checked_with(fault: Fault) -> Stage:
    """When the sandbox looks for a fault: a transport is part of the body's shape there."""
    return Stage.BODY if fault.name == "400-transport" else fault.stage


def _unaided(check: Check) -> Callable[[Context], None]:
    """A check that may come before those that it relies on. A body that nobody has read yet, it reads for itself."""

    def run_check(context: Context) -> None:
        unread = context.body is None
        context.body = _read(context, check) if unread else context.body
        try:
            check.run(context)
        except (LookupError, TypeError, AttributeError):
            if _stage(check) is Stage.RESOURCE:
                refuse_anyway(check.row or "", context)
        finally:
            context.body = None if unread and check.name != "body_well_formed" else context.body

    return run_check


def _read(context: Context, check: Check) -> Any:
    """The body, whatever it is; to what is taken already, and to nothing else, a member that is not there is any."""
    try:
        document = json.loads(context.request.body)
    except ValueError:
        document = {}
    return Anything(document if isinstance(document, dict) else {}) if _stage(check) is Stage.CLASH else document


def from_right_to_left() -> Sandbox:
    """A sandbox that looks for what a path names from right to left."""
    turned = {name: replace(plan, checks=_turned(plan.checks)) for name, plan in plans().items()}
    return Sandbox(behaviour=Behaviour(plans=turned))


def _turned(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    named = iter([check for check in reversed(checks) if _stage(check) is Stage.RESOURCE])
    return tuple(Check(c.name, c.row, _unaided(next(named))) if _stage(c) is Stage.RESOURCE else c for c in checks)
