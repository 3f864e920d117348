"""A rehearsal: the cases of a run are played on a sandbox of ours that is taken for the target. The target itself is sent nothing.

It tells beforehand what a run would send, what it would make, and which rows it would judge.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts import acquaintance
from contracts.call import Call, api
from contracts.case import Case, CaseResult, Verdict, worst
from contracts.catalogue import rows
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.names import Names, new_run_id
from contracts.operation import operations
from contracts.run.embedded import Embedded
from contracts.run.pool import Pool
from contracts.runner import run
from contracts.target import Auth, Target, Timeouts
from contracts.transport.flight import Flight
from contracts.transport.guard import Guard
from contracts.undo import STAYING, UNDO

AT_ONCE = 48
MAKING = frozenset({*UNDO, *STAYING})


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of the cases; and by operation, how often they `sent` it, and how often that `made` something."""

    results: tuple[CaseResult, ...]
    sent: Mapping[str, int]
    made: Mapping[str, int]

    @property
    def requests(self) -> int:
        """How many requests that took."""
        return sum(self.sent.values())

    @property
    def unlike(self) -> tuple[CaseResult, ...]:
        """The cases that even a target in order would not have passed: a defect of the suite, or a strange profile."""
        return tuple(result for result in self.results if result.verdict not in {Verdict.PASS, Verdict.NOT_EXERCISED})

    def waiting(self) -> Mapping[str, Sequence[str]]:
        """The rows that no case would judge, in the page's order, each with the reasons why."""
        found: dict[str, Sequence[str]] = {}
        for row in rows():
            own = [result for result in self.results if result.case.row == row.id]
            if own and worst([result.verdict for result in own]) is Verdict.NOT_EXERCISED:
                found[row.id] = list(dict.fromkeys(result.reason for result in own))
        return found


def rehearse(
    cases: Iterable[Case], target: Target | None, profile: str | None = None, *, seed: int = 0, in_flight: int | None = None
) -> Rehearsal:
    """Play cases on an embedded sandbox as on a target; None is the embedded sandbox itself, as a profile has it.

    Where fewer requests may be `in_flight` than a race needs, that race is not exercised here either. Raises Mistake when the
    sandbox does not start.
    """
    embedded = Embedded()
    try:
        here = embedded.target(None if target else profile)
        stage = _taken_for(target, here) if target else here
        with contextlib.closing(_Counting(stage, in_flight)) as client:
            if target:
                acquaintance.made(client)
            results = _played(list(cases), client, seed)
            sent = Counter(exchange.call.operation for exchange in client.exchanges)
            made = Counter(exchange.call.operation for exchange in client.exchanges if _makes(exchange))
    finally:
        embedded.stop()
    return Rehearsal(tuple(results), sent, made)


class _Counting(Client):
    """A client that keeps what it sent. Threads share it."""

    def __init__(self, target: Target, in_flight: int | None) -> None:
        super().__init__(target)
        self._in_flight = in_flight
        self.exchanges: list[Exchange] = []

    def send(self, call: Call) -> Exchange:
        return self._kept(super().send(call))

    def send_alone(self, call: Call, *more: Any) -> Exchange:
        return self._kept(super().send_alone(call, *more))

    def no_room(self, contestants: int) -> str | None:
        return Flight(most=self._in_flight).objection(contestants)

    def _kept(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        return exchange


def _played(cases: list[Case], client: Client, seed: int) -> list[CaseResult]:
    names = Names(new_run_id())
    work: Callable[[Case], CaseResult] = lambda case: run(case, client, names, seed=seed)  # noqa: E731 - a pool's key is one argument
    pool = Pool(AT_ONCE, work, lambda: False)
    try:
        pool.start(case for case in cases if not case.alone)
        results = (pool.here(case) if case.alone else pool.result(case) for case in cases)
        return [result for result in results if result]
    finally:
        pool.close()


def _makes(exchange: Exchange) -> bool:
    unassigning = exchange.call.operation == "assignPhoneNumber" and not _assigns(exchange.call)
    return exchange.ok and exchange.call.operation in MAKING and not unassigning


def _assigns(call: Call) -> bool:
    return isinstance(call.body, Mapping) and bool(call.body.get("sipTrunkId"))


def _taken_for(target: Target, here: Target) -> Target:
    """The sandbox as the target: with what that offers, lends and allows, and with the sandbox's own ids in the place of its."""
    return replace(
        target,
        base_url=here.base_url,
        project=here.project,
        key_id=here.key_id,
        key_secret=here.key_secret,
        guard=Guard(read_only=target.read_only, leaves=target.guard.leaves),
        ca_bundle=None,
        auth=Auth(),
        timeouts=Timeouts(),
        foreign_project=target.foreign_project and here.foreign_project,
        fault_header=target.fault_header and here.fault_header,
        # What the target has under another path is served here by default.
        paths={name: line for name, line in target.paths.items() if target.offers(operations()[name]) is None},
        elsewhere=not target.loopback,
        **_lent(target, here),
    )


def _lent(target: Target, here: Target) -> dict[str, Any]:
    """The likes of what a profile lends, made in the sandbox."""
    names = Names(new_run_id(), "lent")
    project, trunk = target.disabled_project, target.trunk_with_number
    with contextlib.closing(Client(here)) as client:
        if project:
            project = replace(project, id=names.uuid())
            client.send(api.createProject(id=project.id, enabled=False))
        if trunk:
            made = client.send(api.createSipTrunk(name=names.word(), hostName=names.word())).json()
            trunk = replace(trunk, id=made["id"], phone_number=names.phone_number())
            client.send(api.createPhoneNumber(phoneNumber=trunk.phone_number, countryCode="US"))
            client.send(api.assignPhoneNumber(phoneNumber=trunk.phone_number, sipTrunkId=trunk.id))
    return {"disabled_project": project, "trunk_with_number": trunk}
