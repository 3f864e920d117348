"""The sandbox itself: a request in, a response out, nothing else touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.sandbox import country, identifier, moment
from contracts.sandbox.message import Request, Response
from contracts.sandbox.refusals import REFUSALS, Refusal, Rejection, refusal_response, rejection_response
from contracts.sandbox.routes import match, plans
from contracts.sandbox.seed import seeded
from contracts.sandbox.state import State
from contracts.sandbox.step import Context, Identity, Plan, Rules

DIRECTIONS = frozenset({"INBOUND", "OUTBOUND"})
RULES = Rules(country.is_country, DIRECTIONS.__contains__, moment.is_timestamp)


def new_identity() -> Identity:
    """Projects and a key that no other sandbox has."""
    return Identity(identifier.project_id(), identifier.project_id(), identifier.project_id(), identifier.secret()[:32])


def utc_now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All that a defect can be declared over: the plans, the texts, and the judgements on single values."""

    plans: Mapping[str, Plan] = field(default_factory=plans)
    refusals: Mapping[str, tuple[int, str, str]] = field(default_factory=lambda: REFUSALS)
    rules: Rules = RULES


class Sandbox:
    """The API in memory. Each sandbox has a state of its own, so many can live in one process."""

    def __init__(
        self,
        identity: Identity | None = None,
        *,
        behaviour: Behaviour | None = None,
        state: State | None = None,
        clock: Callable[[], datetime] = utc_now,
        token_seconds: int = 3600,
    ) -> None:
        self.identity = identity or new_identity()
        self.behaviour = behaviour or Behaviour()
        self.state = seeded(self.identity, clock(), identifier.resource_id) if state is None else state
        self._clock = clock
        self._token_seconds = token_seconds
        self.lock = threading.Lock()  # held while a request is answered; a plan that is to be hasty lets go of it

    def handle(self, request: Request) -> Response:
        """Answer one request. It is atomic: nothing else is answered meanwhile, whoever calls (clause 14)."""
        with self.lock:
            try:
                return self._answer(request)
            except Refusal as refusal:
                return refusal_response(refusal, self.behaviour.refusals)
            except Rejection as rejection:
                return rejection_response(rejection)
            except Exception:  # noqa: BLE001  # a trace must never reach the client (clause 11)
                return refusal_response(Refusal("500-internal-server-error"), self.behaviour.refusals)

    def _answer(self, request: Request) -> Response:
        found = match(request.method, request.raw_path)
        context = Context(
            request=request,
            path=found.path,
            state=self.state,
            identity=self.identity,
            rules=self.behaviour.rules,
            now=self._clock(),
            new_id=identifier.resource_id,
            token_seconds=self._token_seconds,
            allow=found.allow,
        )
        return self.behaviour.plans[found.operation].run(context)
