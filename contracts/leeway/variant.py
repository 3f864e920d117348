"""A variant: the clean sandbox with one thing done otherwise that the specification allows, declared as data over it.

What is done otherwise is a choice within a plan (`Behaviour`), a change of what goes in or comes out (`Front`), or another way to
put answers on the wire (`Service`). Each of them counts in a `Tally` how often it made a difference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.sandbox import Behaviour, Request, Response, Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.core import new_identity
from contracts.sandbox.refusals import Refusal, Rejection
from contracts.sandbox.routes import match, plans
from contracts.sandbox.serve import running
from contracts.sandbox.step import Check, Context, Effect, Identity, Plan


@dataclass(slots=True)
class Tally:
    """How many answers were other than the clean sandbox's."""

    count: int = 0

    def note(self) -> None:
        """One more."""
        self.count += 1


Choice = Callable[[Tally], Behaviour]
Front = Callable[[Sandbox, Tally], Handler]
Overlay = Callable[[Handler, Tally], Handler]
"""A front that takes whatever answers, so that several can lie one upon the other."""
Service = Callable[[Handler, Tally], AbstractContextManager[str]]
Ask = Callable[..., Any]
"""Method, path below the project and body in; status and document out."""


def clean(_: Tally) -> Behaviour:
    """The clean sandbox's plans."""
    return Behaviour()


def bare(sandbox: Sandbox, _: Tally) -> Handler:
    """The sandbox with nothing in front of it."""
    return sandbox


def plain(handler: Handler, _: Tally) -> AbstractContextManager[str]:
    """Served as the sandbox is."""
    return running(handler)


@dataclass(frozen=True, slots=True)
class Variant:
    """One liberty. `clause` is what grants it: a point of behaviour.md, its list of what is not settled, HTTP (RFC 9110) or JSON.

    `cases` are the beginnings of the ids of the cases that it can touch, all where there are none, and of these one of
    each row and operation where `brief` says that a sister of the variant has them all. All `checks` are tried on it as well, or
    one in so many where it is slow, or none where it turns down what they are to judge. `facts` are what the target's profile says
    of it, and `excuse` stands in the reason of every case that it cannot serve. `probe` shows a liberty that no case may ever meet.
    """

    name: str
    clause: str
    what: str
    choice: Choice = field(default=clean, repr=False)
    front: Front = field(default=bare, repr=False)
    service: Service = field(default=plain, repr=False)
    identity: Callable[[], Identity] = field(default=new_identity, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""
    threads: int = 48
    cases: tuple[str, ...] = ()
    brief: bool = False
    checks: int = 1
    excuse: str = ""
    probe: Callable[[Ask], object] | None = field(default=None, repr=False)

    def touches(self, case_id: str) -> bool:
        """Whether the liberty can show in a case."""
        return not self.cases or any(f"{case_id}/".startswith(f"{beginning}/") for beginning in self.cases)


# -- in front of the sandbox --------------------------------------------------------------------------------------------------

Change = Callable[[Request, Response], Response]
Alteration = Callable[[Request], Request]


@dataclass(frozen=True, slots=True)
class Through:
    """A handler in front of another one: `asked` changes what goes in, `answered` what comes out."""

    inner: Handler
    tally: Tally
    asked: Alteration
    answered: Change

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        altered = self.asked(request)
        response = self.inner.handle(altered)
        changed = self.answered(altered, response)
        if changed != response or altered != request:
            self.tally.note()
        return changed


def _as_it_came(request: Request) -> Request:
    return request


def _as_it_is(_: Request, response: Response) -> Response:
    return response


def answering(change: Change) -> Overlay:
    """Every answer changed."""
    return lambda inner, tally: Through(inner, tally, _as_it_came, change)


def asked(alteration: Alteration, change: Change = _as_it_is) -> Overlay:
    """Every request changed before it is answered, and its answer too."""
    return lambda inner, tally: Through(inner, tally, alteration, change)


def overlaid(first: Front, *overlays: Overlay) -> Front:
    """Several, the innermost first."""

    def front(sandbox: Sandbox, tally: Tally) -> Handler:
        return functools.reduce(lambda inner, overlay: overlay(inner, tally), overlays, first(sandbox, tally))

    return front


def operation(request: Request) -> str:
    """The operation that a request asks for."""
    return match(request.method, request.raw_path).operation


# -- within its plans ---------------------------------------------------------------------------------------------------------


def edited(edits: Mapping[str, Callable[[Plan], Plan]]) -> Behaviour:
    """The clean behaviour, but for the plans of some operations."""
    return Behaviour(plans={**plans(), **{name: edit(plans()[name]) for name, edit in edits.items()}})


def barring(bar: Callable[[Context], None], *names: str, before: str = "") -> Choice:
    """One more check in the plans of some operations: before the one of that name, or else the last one."""

    def choice(tally: Tally) -> Behaviour:
        def noted(context: Context) -> None:
            try:
                bar(context)
            except (Refusal, Rejection):
                tally.note()
                raise

        return edited(dict.fromkeys(names, lambda plan: _with(plan, Check(bar.__name__, None, noted), before)))

    return choice


def _with(plan: Plan, check: Check, before: str) -> Plan:
    place = next((turn for turn, one in enumerate(plan.checks) if one.name == before), len(plan.checks))
    return replace(plan, checks=(*plan.checks[:place], check, *plan.checks[place:]))


def doing(effects: Mapping[str, Effect], without: tuple[str, ...] = ()) -> Choice:
    """Other effects for some operations; `without` names checks that go."""

    def choice(tally: Tally) -> Behaviour:
        def changed(effect: Effect) -> Callable[[Plan], Plan]:
            def noted(context: Context) -> Response:
                tally.note()
                return effect(context)

            return lambda plan: Plan(tuple(check for check in plan.checks if check.name not in without), noted)

        return edited({name: changed(effect) for name, effect in effects.items()})

    return choice


def telling(*rows: str, **values: Callable[[Context, str], str]) -> Choice:
    """Other values in the messages of some rows, each out of the request's context and the clean value."""

    def choice(tally: Tally) -> Behaviour:
        def told(context: Context, refusal: Refusal) -> Refusal:
            tally.note()
            changed = {name: values[name](context, value) for name, value in refusal.values.items() if name in values}
            return replace(refusal, values={**refusal.values, **changed})

        return edited(dict.fromkeys(plans(), lambda plan: _retold(plan, rows, told)))

    return choice


def _retold(plan: Plan, rows: Collection[str], told: Callable[[Context, Refusal], Refusal]) -> Plan:
    def run(context: Context) -> Response:
        try:
            return plan.run(context)
        except Refusal as refusal:
            if refusal.row not in rows:
                raise
            raise told(context, refusal) from None

    return Plan((), run)


def naming(new_id: Callable[[], str]) -> Choice:
    """Other ids of resources."""

    def choice(tally: Tally) -> Behaviour:
        def noted() -> str:
            tally.note()
            return new_id()

        def named(plan: Plan) -> Plan:
            def run(context: Context) -> Response:
                context.new_id = noted
                return plan.run(context)

            return Plan((), run)

        return edited(dict.fromkeys(plans(), named))

    return choice
