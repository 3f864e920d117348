"""A client without a network: it answers each operation as it was told, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contracts.call import Call
from contracts.case import Case, CaseResult, Kind
from contracts.catalogue import Row, row
from contracts.client import Client, Start
from contracts.exchange import Exchange, Failure, Request, Response
from contracts.names import Names
from contracts.operation import operations
from contracts.runner import run
from contracts.transport.request import request_of
from contracts.world import World
from tests.selftest.answers import PROJECT, target

Answer = tuple[int, Any] | Failure | Exception
"""A status and a body, a failure, or what the client raises."""
Script = Mapping[str, Sequence[Answer] | Callable[[Call], Answer]]
"""By operation: answers one after the other, the last one again and again; or a function."""

ADDRESS = "http://127.0.0.1:9"
DELETED: Answer = (204, None)


class Fake(Client):
    """Answers by a script; an operation that stands not in it is answered with 200 and an empty object."""

    def __init__(self, script: Script, **members: Any) -> None:
        super().__init__(target(ADDRESS, **members))
        self.proven = True
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        self.script: dict[str, Iterator[Answer] | Callable[[Call], Answer]] = {
            name: answers if callable(answers) else _and_on(answers) for name, answers in script.items()
        }

    def send(self, call: Call) -> Exchange:
        """The next answer to this operation."""
        call = call.under(PROJECT)
        request_of(call, self.target, "")  # raises NotExercised as the real one does
        with self._lock:
            self.calls.append(call)
            told = self.script.get(call.operation, self._unscripted)
            answer = told(call) if callable(told) else next(told)
        if isinstance(answer, Exception):
            raise answer
        return exchange(call, answer)

    def _unscripted(self, call: Call) -> Answer:
        """A success; but a number is only there once it was made."""
        if call.operation != "GetPhoneNumberByNumber":
            return 200, {}
        number = call.path["phoneNumber"]
        made = (known for known in self.calls if known.operation == "createPhoneNumber")
        there = any(number in known.sent_values() for known in made)
        return (200, {}) if there else refusal("404-phone-number", bound={"number": number})

    def send_alone(self, call: Call, ready: Callable[[], object], start: Start) -> Exchange:
        """The same, once all are ready."""
        with start.slot:
            ready()
            return self.send(call)

    def sent(self, *names: str) -> list[str]:
        """The operations that were sent, or of those only these."""
        return [call.operation for call in self.calls if not names or call.operation in names]


class Clock:
    """What `contracts.watch` knows of time, and nobody has to wait for."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """The seconds that were slept so far."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.now += seconds


def exchange(call: Call, answer: Answer) -> Exchange:
    """A call with its answer."""
    method = operations()[call.operation].method
    request = Request(method, f"{ADDRESS}/{call.operation}", (("authorization", "Basic x"),), b"")
    if isinstance(answer, Failure):
        return Exchange(call, request, None, answer, "told so", time.time())
    assert isinstance(answer, tuple)
    status, body = answer
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Exchange(call, request, Response(status, (("content-type", "application/json"),), content), started=time.time())


def refusal(row_id: str, **members: Any) -> Answer:
    """A conforming error of the row; `bound` fills its message, other members replace its own."""
    documented, bound = row(row_id), members.pop("bound", {})
    envelope = {"code": documented.code, "status": documented.status, "message": _message(documented, bound)}
    return documented.code, {**envelope, **members}


def ran(
    body: Callable[..., object], fake: Client, row_id: str = "404-trunk-id", kind: Kind = Kind.REFUSAL, *, strict: bool = False
) -> CaseResult:
    """What becomes of a scenario."""
    case = Case(f"{row_id}/getSipTrunkById/test", row_id, "getSipTrunkById", kind, body)
    return run(case, fake, Names("20260101t000000-test"), strict=strict)


def world(fake: Client, row_id: str = "404-trunk-id") -> World:
    """A world to talk in."""
    return World(row(row_id), fake, Names("20260101t000000-test"))


def _message(documented: Row, bound: Mapping[str, str]) -> str:
    return documented.message.render({name: (value,) for name, value in bound.items()}) if documented.message else ""


def _and_on(answers: Sequence[Answer]) -> Iterator[Answer]:
    yield from answers
    while True:
        yield answers[-1]
