"""Whether a target lives: who is given up, and that nothing more is sent to it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.call import api
from contracts.case import Case, Kind, Verdict
from contracts.client import Client
from contracts.exchange import Failure
from contracts.names import Names
from contracts.runner import run
from contracts.target import Timeouts
from contracts.transport.pulse import TRIES, Pulse
from contracts.world import World
from tests.selftest.answers import Do, answer, closed_port, connected, talking
from tests.selftest.fake import Clock, Fake, ran

READ = api.getSipTrunks()
AT_ONCE = Timeouts(connect=2.0, read=2.0, total=4.0, patience=0.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The pulse's clock."""
    told = Clock()
    monkeypatch.setattr("contracts.transport.pulse.time", told)
    return told


def silent(pulse: Pulse, clock: Clock, times: int, every: float = 0.0) -> str:
    """What is known after so many requests that went unanswered."""
    for _ in range(times):
        pulse.felt(alive=False, told="nobody there")
        clock.now += every
    return pulse.gone


# -- when it is given up --------------------------------------------------------------------------------------------------------


def test_many_tries_are_not_enough(clock: Clock) -> None:
    """Many requests at once may go unanswered, and the target may be there again in a second."""
    pulse = Pulse(30.0)
    assert silent(pulse, clock, 100) == ""
    clock.now = 29.9
    assert silent(pulse, clock, 1) == ""
    clock.now = 30.0
    assert silent(pulse, clock, 1) == "the target has said nothing for 30 s (at last: nobody there)"


def test_a_long_time_is_not_enough(clock: Clock) -> None:
    """One request, or a few, may be unlucky for long."""
    pulse = Pulse(30.0)
    assert silent(pulse, clock, TRIES - 1, every=100.0) == ""
    assert silent(pulse, clock, 1) == f"the target has said nothing for {(TRIES - 1) * 100} s (at last: nobody there)"


def test_an_answer_begins_all_anew(clock: Clock) -> None:
    """Both the tries and the time."""
    pulse = Pulse(30.0)
    silent(pulse, clock, TRIES - 1, every=10.0)
    pulse.felt(alive=True)
    assert silent(pulse, clock, TRIES - 1, every=10.0) == ""
    pulse.felt(alive=True)
    assert silent(pulse, clock, TRIES) == ""
    clock.now += 29.9
    assert silent(pulse, clock, 1) == ""


def test_answers_alone_change_nothing(clock: Clock) -> None:
    """Time that passes between them is nobody's."""
    pulse = Pulse(30.0)
    for clock.now in (0.0, 100.0, 200.0):
        pulse.felt(alive=True)
    assert silent(pulse, clock, TRIES) == ""


def test_who_is_given_up_does_not_come_back(clock: Clock) -> None:
    """The reason stays the one that was told first."""
    pulse = Pulse(1.0)
    first = silent(pulse, clock, TRIES, every=1.0)
    assert first
    pulse.felt(alive=True)
    assert pulse.gone == first
    assert silent(pulse, clock, 100, every=100.0) == first


def test_without_a_reason_there_is_none_to_tell(clock: Clock) -> None:
    """A gateway's answers have none."""
    pulse = Pulse(0.0)
    for _ in range(TRIES):
        pulse.felt(alive=False)
    assert (pulse.gone, clock.now) == ("the target has said nothing for 0 s", 0)


def test_threads_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """No try is lost."""
    monkeypatch.setattr("contracts.transport.pulse.TRIES", 8)
    together = threading.Barrier(8, timeout=10)

    class Slow(Pulse):
        """One that others can come between."""

        @property
        def _silent(self) -> int:
            counted = self._counted
            time.sleep(0.002)  # no waiting for anything: the other threads are to come between
            return counted

        @_silent.setter
        def _silent(self, count: int) -> None:
            self._counted = count

    def unanswered(_: int) -> None:
        together.wait()
        pulse.felt(alive=False)

    pulse = Slow(0.0)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(unanswered, range(8)))
    assert pulse.gone


# -- what the client feels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "alive"),
    [
        ((Do.CLOSE,), False),
        ((Do.RESET,), False),
        ((b"garbage\r\n\r\n", Do.CLOSE), False),
        ((answer(200, b"x", length=9), Do.CLOSE), False),
        *(((answer(status),), False) for status in (302, 502, 503, 504)),
        *(((answer(status, b"<html>"),), False) for status in (200, 404, 500)),
        *(((answer(status),), True) for status in (200, 400, 401, 403, 404, 429, 500)),
    ],
    ids=lambda value: "-".join(map(str, value))[:20] if isinstance(value, tuple) else None,
)
def test_what_is_a_sign_of_life(script: tuple[bytes | Do, ...], *, alive: bool) -> None:
    """Any whole answer that is not a gateway's, nor a page in place of every answer; also that one is asked too often."""
    with talking(script, timeouts=AT_ONCE) as (client, _):
        for tried in range(1, TRIES + 1):
            client.send(READ)
            assert bool(client.pulse.gone) is (not alive and tried >= TRIES)


def test_nobody_listening_is_given_up_with_the_reason() -> None:
    """As it was told by the system."""
    with connected(closed_port(), timeouts=AT_ONCE) as client:
        for _ in range(TRIES):
            assert client.send(READ).failure is Failure.UNREACHABLE
    assert client.pulse.gone.startswith("the target has said nothing for 0 s (at last: ")
    assert "refused" in client.pulse.gone


# -- what becomes of cases ------------------------------------------------------------------------------------------------------


def dead(client: Client) -> Client:
    """The same client, that found nobody."""
    for _ in range(TRIES):
        client.pulse.felt(alive=False, told="nobody there")
    return client


def reading(world: World) -> None:
    """Judges something."""
    world.accepted(READ)


def test_a_case_that_begins_after_that_is_inconclusive_and_sends_nothing() -> None:
    """Its body is not even called; until then it runs as ever."""
    called: list[World] = []
    fake = Fake({}, timeouts=AT_ONCE)
    assert ran(reading, fake).verdict is Verdict.PASS
    fake.calls.clear()
    dead(fake)
    result = ran(called.append, fake)
    assert (result.verdict, result.requests, called, fake.calls) == (Verdict.INCONCLUSIVE, 0, [], [])
    assert result.reason == "the target has said nothing for 0 s (at last: nobody there)"
    assert result.started > 0


def test_a_withdrawn_case_stays_what_it_is() -> None:
    """It would not have been exercised anyway."""
    fake = Fake({}, timeouts=AT_ONCE, withdrawn=(("404-trunk-id", "not there yet"),))
    dead(fake)
    assert ran(reading, fake).verdict is Verdict.NOT_EXERCISED


def test_a_case_that_has_begun_ends_with_its_clean_up() -> None:
    """Who is given up on the way is asked once for each removal that is owed, and once more."""
    fake = Fake({"createSipTrunk": [(201, {"id": "t"})], "deleteSipTrunk": [Failure.UNREACHABLE]}, timeouts=AT_ONCE)

    def body(world: World) -> None:
        world.trunk()
        dead(fake)

    result = ran(body, fake)
    assert fake.sent() == ["createSipTrunk", "deleteSipTrunk", "deleteSipTrunk"]
    assert [left.operation for left in result.leftovers] == ["deleteSipTrunk"]


def test_a_target_that_dies_ends_all_cases_soon() -> None:
    """The first ones find that out; no other one sends anything."""
    case, names = Case("404-trunk-id/getSipTrunks/test", "404-trunk-id", "getSipTrunks", Kind.CONTROL, reading), Names("run")
    answers = iter([answer(200, {"sipTrunks": []})] * 3)
    with talking(lambda _: (next(answers, Do.CLOSE),), timeouts=AT_ONCE) as (client, server):
        results = [run(case, client, names) for _ in range(40)]
    assert [result.verdict for result in results] == [Verdict.PASS] * 3 + [Verdict.INCONCLUSIVE] * 37
    assert len(server.requests) == 3 + TRIES
    assert {result.requests for result in results[3 + TRIES :]} == {0}
