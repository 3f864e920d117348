"""How an operation is declared: a short list of named checks, then one effect.

Nothing here knows an operation. A `Plan` is data, so a defect of the sandbox can be declared as data too: drop, swap or wrap
a check of one plan by its name or by the row that it raises, and leave every handler as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from contracts.sandbox.message import Request, Response
from contracts.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Rules:
    """The judgements on single values that checks ask for."""

    is_country: Callable[[str], bool]
    is_direction: Callable[[str], bool]
    is_timestamp: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the sandbox is: its projects, and the one key that may use the main project."""

    project_id: str
    foreign_project_id: str
    key_id: str
    key_secret: str = field(repr=False)


@dataclass(slots=True)
class Context:
    """All that a step can see of one request. `body` is there once `body_well_formed` has passed."""

    request: Request
    path: Mapping[str, str]
    state: State
    identity: Identity
    rules: Rules
    now: datetime
    new_id: Callable[[], str]
    token_seconds: int
    allow: tuple[str, ...] = ()
    body: Any = None
    pairs: list[tuple[str, str]] | None = None

    @property
    def project_id(self) -> str:
        """The project that the path names."""
        return self.path["projectId"]

    def query(self, name: str) -> str | None:
        """The query parameter's value; an empty one counts as left out."""
        return next((value for key, value in self.query_pairs() if key == name and value), None)

    def query_pairs(self) -> list[tuple[str, str]]:
        """Every query parameter, decoded once, in the order sent."""
        if self.pairs is None:
            self.pairs = parse_qsl(self.request.query_string, keep_blank_values=True)
        return self.pairs


@dataclass(frozen=True, slots=True)
class Check:
    """One condition on a request; `row` is the documented error that it raises, if it raises one."""

    name: str
    row: str | None
    run: Callable[[Context], None]


Effect = Callable[[Context], Response]


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation: its checks in order, then its effect."""

    checks: tuple[Check, ...]
    effect: Effect

    def run(self, context: Context) -> Response:
        """Let each check have its say, then do what was asked."""
        for check in self.checks:
            check.run(context)
        return self.effect(context)

    def after(self, *first: Check) -> Plan:
        """The same plan with other checks in front."""
        return replace(self, checks=(*first, *self.checks))


def check(row: str | None = None) -> Callable[[Callable[[Context], None]], Check]:
    """Make a function a check that bears the function's name."""
    return lambda run: Check(run.__name__, row, run)


def plan(*checks: Check, effect: Effect) -> Plan:
    """A plan, written as it is read."""
    return Plan(checks, effect)
