"""A mutant: the clean sandbox with one defect, declared as data over its plans. No handler is copied.

Almost every defect is of one kind: *where this row's refusal is due, do that instead*. `Due` is all that such a defect sees.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.finding import Rule
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.message import Request, Response, answer
from contracts.sandbox.refusals import REFUSALS, Refusal, refusal_response
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Context, Plan


@dataclass(frozen=True, slots=True)
class Due:
    """A refusal that the clean sandbox would give now: the request's context, the refusal, and the plan that was at work."""

    context: Context
    refusal: Refusal
    plan: Plan

    @property
    def response(self) -> Response:
        """The clean answer."""
        return refusal_response(self.refusal, REFUSALS)

    @property
    def envelope(self) -> dict[str, Any]:
        """The members of the clean answer."""
        members: dict[str, Any] = self.response.json()
        return members

    @property
    def template(self) -> str:
        """The text of the row, its placeholders in braces."""
        return REFUSALS[self.refusal.row][2]

    @property
    def values(self) -> Mapping[str, str]:
        """What the placeholders are bound to."""
        return self.refusal.values

    @property
    def request(self) -> Request:
        """The request that is to be refused."""
        return self.context.request

    def told(self, **members: Any) -> Response:
        """The clean answer with members put in or replaced."""
        return self.body(json.dumps({**self.envelope, **members}).encode())

    def body(self, body: bytes) -> Response:
        """The clean answer with another body."""
        return replace(self.response, body=body)


Instead = Callable[[Due], Response]
When = Callable[[Due], bool]


def itself(sandbox: Sandbox) -> Handler:
    """Nothing in front of the sandbox."""
    return sandbox


@dataclass(frozen=True, slots=True)
class Mutant:
    """One defect. It counts as killed when the row is failed by a finding that names the right `rule`.

    `cases` are the beginnings of the ids of the cases that the defect can touch; `sandbox` makes a fresh defective sandbox, and
    `front` puts before it what the specification allows, where the defect is to hide behind that. One that is met `on_the_way`, in
    cases of other rows, may make its row's answer so bad that nobody can tell whose it is.
    """

    operator: str
    row: str
    rule: Rule
    what: str
    cases: tuple[str, ...]
    sandbox: Callable[[], Sandbox] = field(repr=False, compare=False)
    place: str = ""
    front: Callable[[Sandbox], Handler] = field(default=itself, repr=False, compare=False)
    on_the_way: bool = False

    @property
    def id(self) -> str:
        """`operator/row[/place]`: the same in every run."""
        return "/".join(filter(None, (self.operator, self.row, self.place)))

    @property
    def met(self) -> str:
        """The row of an error that cannot be told to be any row's: this one's, where it is met on the way."""
        return self.row if self.on_the_way else ""

    def touches(self, case_id: str) -> bool:
        """Whether the defect can show in a case."""
        return any(case_id == beginning or case_id.startswith(beginning + "/") for beginning in self.cases)


def always(_: Due) -> bool:
    """Whenever the row's refusal is due."""
    return True


def spoilt(row: str, instead: Instead, operation: str | None = None, when: When = always) -> Behaviour:
    """The clean behaviour, but for what is done where the row's refusal is due (in one operation, or in any)."""
    names = plans().keys() if operation is None else [operation]
    return Behaviour(plans={**plans(), **{name: _spoilt(plans()[name], row, instead, when) for name in names}})


def _spoilt(plan: Plan, row: str, instead: Instead, when: When) -> Plan:
    def run(context: Context) -> Response:
        try:
            return plan.run(context)
        except Refusal as refusal:
            due = Due(context, refusal, plan)
            if refusal.row == row and when(due):
                return instead(due)
            raise

    return Plan((), run)


def take_effect(due: Due) -> Response:
    """Do what was asked, and refuse it."""
    let_through(due)
    return due.response


def let_through(due: Due) -> Response:
    """Do what was asked, as if nothing stood against it; where that cannot be done, say all the same that it was."""
    for check in due.plan.checks:  # one that fills in what the effect needs may stand behind the one that refused
        with contextlib.suppress(Exception):
            check.run(due.context)
    try:
        return due.plan.effect(due.context)
    except Exception:  # noqa: BLE001 - there is nothing that it could be done to
        return answer(200, {})
