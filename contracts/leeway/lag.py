"""Variants whose lists lag behind: they show what there was some seconds ago, while reads by id are up to date (point 15)."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from contracts.leeway.variant import Front, Tally, Variant, operation
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.message import answer
from contracts.sandbox.state import State

LONGEST = 2.0  # seconds, as point 15 allows
LISTS = frozenset(
    {
        *("getSipTrunks", "getSipEndpoint", "GetPhoneNumbers", "getAccessControlList", "getIpRangesForAccessControlList"),
        *("getCredentialLists", "getBlockingRules", "getAccessControlListsForTrunk", "getCredentialListsForTrunk"),
        *("trunksByACL", "trunksByCredentialList"),
    }
)


@dataclass(slots=True)
class Lagging:
    """The sandbox, whose lists are answered out of what it was `lag` seconds ago."""

    sandbox: Sandbox
    tally: Tally
    lag: Callable[[], float]
    _past: deque[tuple[float, State]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            response = self.sandbox.handle(request)
            if request.method != "GET":
                self._past.append((time.monotonic(), _copy(self.sandbox.state)))
                return response
            if operation(request) not in LISTS or response.status != 200:
                return response
            return self._lagged(request, response)

    def _lagged(self, request: Request, now: Response) -> Response:
        """The list as it was; of what was not there then, nothing."""
        before = Sandbox(self.sandbox.identity, state=self._state_at(time.monotonic() - self.lag())).handle(request)
        answered = before if before.status == 200 else answer(200, _emptied(now.json()))
        if answered.body != now.body:
            self.tally.note()
        return answered

    def _state_at(self, moment: float) -> State:
        while len(self._past) > 1 and self._past[1][0] <= moment - LONGEST:
            self._past.popleft()  # older than anybody may ask for
        then = [state for at, state in self._past if at <= moment]
        return then[-1] if then else State(self.sandbox.state.started)


def _copy(state: State) -> State:
    """The state, with tables of its own; the records in them never change."""
    copied = State(state.started)
    for one in fields(state):
        value = getattr(state, one.name)
        setattr(copied, one.name, value.copy() if isinstance(value, dict) else value)
    return copied


def _emptied(document: Any) -> Any:
    return {**{name: [] if isinstance(value, list) else value for name, value in document.items()}, "totalItems": 0}


def lagging(lag: Callable[[], float]) -> Front:
    """Lists that lag by what `lag` says each time."""
    return lambda sandbox, tally: Lagging(sandbox, tally, lag)


def since_the_last_refresh() -> float:
    """The age of a cache that is filled anew every other second."""
    return time.monotonic() % LONGEST


def variants() -> Iterator[Variant]:
    """All of them."""
    yield Variant("lists-late", "point 15", "lists show what there was 2 s ago", front=lagging(lambda: LONGEST), threads=160)
    yield Variant(
        "lists-cached", "point 15", "lists come out of a cache that lives 2 s", front=lagging(since_the_last_refresh), threads=160
    )
    yield Variant(
        "lists-late-at-times",
        "point 15",
        "each reading of a list lags by 0 to 2 s, so that what was there may be gone for a while",
        front=lagging(lambda: random.uniform(0, LONGEST)),  # noqa: S311 - nothing secret
        threads=160,
    )
