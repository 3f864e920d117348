"""Which requests are sent again and when; and that a judged one never is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from contracts.blame import Exhausted
from contracts.call import Call, api
from contracts.exchange import Exchange, Failure, Request, Response
from contracts.names import Names
from contracts.target import Timeouts
from contracts.tidy import Tidy
from contracts.transport.pulse import TRIES, Pulse
from contracts.transport.retry import FIRST, LONGEST, persistent, repeatable, safely_repeatable, unprocessed
from tests.selftest.answers import Do, answer, talking
from tests.selftest.fake import Answer, Clock, Fake

READ = api.getSipTrunkById(sipTrunkId="t")
MAKE = api.createSipTrunk(name="n")
ANY = ("GET", "HEAD", "PUT", "DELETE", "POST", "PATCH")
IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE")
NONE: tuple[str, ...] = ()
OF_THE_API = (200, 201, 204, 301, 400, 401, 403, 404, 405, 409, 412, 425, 500, 501, 505)
PATIENT = Timeouts(connect=2.0, read=2.0, total=4.0, patience=20.0)


def exchange(method: str, answer: int | Failure, *headers: tuple[str, str]) -> Exchange:
    """A request by that method, and what became of it."""
    request = Request(method, "http://127.0.0.1:9/", (), b"")
    if isinstance(answer, Failure):
        return Exchange(READ, request, None, answer, "told so")
    return Exchange(READ, request, Response(answer, headers, b""))


# -- which --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "methods"),
    [
        (Failure.UNREACHABLE, ANY),
        (Failure.TIMEOUT, IDEMPOTENT),
        (Failure.INCOMPLETE, IDEMPOTENT),
        (Failure.BROKEN, IDEMPOTENT),
        (Failure.TLS, NONE),
        (429, ANY),
        (502, IDEMPOTENT),
        (503, IDEMPOTENT),
        (504, IDEMPOTENT),
        *((status, NONE) for status in OF_THE_API),
    ],
)
def test_what_may_be_sent_again(answer: int | Failure, methods: Sequence[str]) -> None:
    """What never got there, and what was turned away; what may have been done, only where twice is as good as once."""
    assert tuple(method for method in ANY if repeatable(exchange(method, answer))) == methods


@pytest.mark.parametrize(
    ("status", "methods"),
    [(429, ANY), (503, ANY), (502, IDEMPOTENT), (504, IDEMPOTENT), (500, NONE), (413, NONE), (301, NONE), (202, NONE)],
)
def test_who_asks_to_be_left_alone_did_nothing(status: int, methods: Sequence[str]) -> None:
    """503 with a Retry-After turns a request away; to others that header adds nothing."""
    assert tuple(method for method in ANY if repeatable(exchange(method, status, ("Retry-After", "1")))) == methods


@pytest.mark.parametrize("answer", [*Failure, *OF_THE_API, 429, 502, 503, 504])
@pytest.mark.parametrize("headers", [(), (("Retry-After", "1"),)], ids=["", "later"])
def test_what_may_be_sent_again_and_be_judged(answer: int | Failure, headers: tuple[tuple[str, str], ...]) -> None:
    """Of what may have been done, readings alone: a removal that is repeated finds nothing. Else it is the same."""
    for method in ANY:
        told = exchange(method, answer, *headers)
        turned_away = repeatable(exchange("POST", answer, *headers))
        assert safely_repeatable(told) is (repeatable(told) and (turned_away or method in {"GET", "HEAD"}))


@pytest.mark.parametrize("method", ANY)
def test_what_came_to_nothing_for_certain(method: str) -> None:
    """What nobody got, or too many; all else may have had its effect, whatever the answer asks for."""
    answers = (*Failure, *OF_THE_API, 429, 502, 503, 504)
    found = [answer for answer in answers if unprocessed(exchange(method, answer, ("Retry-After", "1")))]
    assert found == [Failure.UNREACHABLE, Failure.TLS, 429]


# -- when ---------------------------------------------------------------------------------------------------------------------


class Told(Clock):
    """What tenacity knows of time: how long it slept each time, and nobody has to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.slept.append(seconds)
        super().sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Told:
    """The clock by which attempts are made."""
    told = Told()
    monkeypatch.setattr("tenacity.time", told)
    monkeypatch.setattr("tenacity.nap.time", told)
    return told


def attempts(*results: Any) -> tuple[Callable[[], Any], list[Any]]:
    """Something that comes to these results, the last one again and again; and those that it came to."""
    made: list[Any] = []

    def attempt() -> Any:
        made.append(results[min(len(made), len(results) - 1)])
        return made[-1]

    return attempt, made


@pytest.mark.parametrize("again", [0, 1, 5])
def test_it_is_attempted_until_it_is_to_be_had(clock: Told, again: int) -> None:
    """And not once more; one that is to be had at once waits for nothing."""
    attempt, made = attempts(*("no",) * again, "yes", "never asked for")
    assert persistent(attempt, lambda result: result == "no", 1000.0) == "yes"
    assert (len(made), len(clock.slept)) == (again + 1, again)


def test_waits_are_drawn_from_a_range_that_doubles(clock: Told) -> None:
    """By full jitter: anything from nothing to the longest, which stops growing; so no two that failed together come together."""
    series: list[list[float]] = []
    for _ in range(40):
        clock.slept.clear()
        persistent(attempts(*range(10))[0], lambda result: result < 9, 1e6)
        series.append(list(clock.slept))
    for n, waits in enumerate(zip(*series, strict=True)):
        most = min(LONGEST, FIRST * 2**n)
        assert all(0 <= wait <= most for wait in waits)
        assert len(set(waits)) > 30
        assert min(waits) < most / 2 < max(waits)  # by chance wrong less than once in 2**35 runs


def test_the_last_result_is_given_when_patience_ends(clock: Told) -> None:
    """Nobody waits for another attempt then."""
    made: list[float] = []

    def attempt() -> int:
        made.append(clock.now)
        clock.now += 3.0
        return len(made)

    assert persistent(attempt, lambda _: True, 10.0) == len(made)
    assert len(clock.slept) == len(made) - 1
    assert len(made) > 1
    assert made[-1] < 10.0 + clock.slept[-1]  # when the last wait began, patience was not over
    assert clock.now >= 10.0


def test_without_patience_there_is_one_attempt(clock: Told) -> None:
    """And no wait."""
    attempt, made = attempts("no")
    assert persistent(attempt, lambda _: True, 0.0) == "no"
    assert (len(made), clock.slept) == (1, [])


@pytest.mark.parametrize("told", [True, "the target has answered nothing for 30 s"])
def test_who_is_given_up_is_not_asked_again(clock: Told, told: object) -> None:
    """Whatever patience is left; a reason will do for yes."""
    attempt, made = attempts("one", "two", "three")
    assert persistent(attempt, lambda _: True, 1000.0, lambda: told if len(made) == 2 else "") == "two"
    assert (len(made), len(clock.slept)) == (2, 1)


def test_nothing_is_attempted_before_that_is_wanted(clock: Told) -> None:
    """Each time anew by the last result; where that wants less than chance does, chance decides as ever."""
    attempt, made = attempts(30.0, 0.0, 7.0, -1.0)
    assert persistent(attempt, lambda result: result >= 0, 100.0, least=float) == -1.0
    assert (clock.slept[0], clock.slept[2], len(made)) == (30.0, 7.0, 4)
    assert clock.slept[1] <= LONGEST


@pytest.mark.parametrize(("wanted", "tried"), [((20.0,), 2), ((20.1,), 1), ((12.0, 8.0), 3), ((12.0, 8.1), 2)])
def test_who_wants_more_than_is_left_of_patience_is_given_up_at_once(clock: Told, wanted: Sequence[float], tried: int) -> None:
    """Neither is it attempted too early, nor is anybody more patient than that."""
    attempt, made = attempts(*wanted, 0.0)
    persistent(attempt, lambda _: True, 20.0, least=float)
    assert (len(made), clock.slept) == (tried, list(wanted[: tried - 1]))


def test_an_exception_passes_through_as_it_is(clock: Told) -> None:
    """It is no result, and nothing is attempted again."""
    raised = Exhausted("used up")

    def attempt() -> None:
        raise raised

    with pytest.raises(Exhausted) as e:
        persistent(attempt, lambda _: True, 1000.0)
    assert (e.value, clock.slept) == (raised, [])


# -- a case -------------------------------------------------------------------------------------------------------------------


def talk(client: Any) -> Tidy:
    """A case's talk."""
    return Tidy(client, Names("20260101t000000-test"))


def left(spoken: Tidy) -> tuple[list[str], list[Any], int]:
    """What clean-up sends, what it leaves, and what was owed before it."""
    owed, sent = spoken.debt.requests(), len(spoken.exchanges)
    spoken.clean_up()
    return [exchange.call.operation for exchange in spoken.exchanges[sent:]], spoken.debt.leftovers, owed


@pytest.mark.parametrize(
    "lost", [(answer(503),), (answer(429),), (answer(504, b"<html>"),), (Do.RESET,)], ids=["503", "429", "504", "reset"]
)
def test_a_reading_is_sent_again(lost: Sequence[Any]) -> None:
    """Until it gets an answer; all of them are kept, and those that say nothing are no strays."""
    steps = iter((lost, lost))
    with talking(lambda _: next(steps, (answer(200, {"id": "t"}),)), timeouts=PATIENT) as (client, server):
        spoken = talk(client)
        assert spoken.send(READ).status == 200
    assert (len(server.requests), len(spoken.exchanges), spoken.requests, spoken.strays) == (3, 3, 3, [])


def test_a_making_call_that_was_turned_away_is_sent_again(clock: Told) -> None:
    """It came to nothing, so nothing is lost: what was made is removed, and nothing is searched for."""
    making: list[Answer] = [(429, b""), Failure.UNREACHABLE, (201, {"id": "t"})]
    client = Fake({"createSipTrunk": making, "deleteSipTrunk": [(204, None)]}, timeouts=PATIENT)
    spoken = talk(client)
    assert spoken.send(MAKE).status == 201
    assert (client.sent(), len(clock.slept), spoken.strays) == (["createSipTrunk"] * 3, 2, [])
    assert left(spoken) == (["deleteSipTrunk"], [], 1)


@pytest.mark.parametrize("lost", [Failure.TIMEOUT, Failure.INCOMPLETE, Failure.BROKEN, (503, b""), (502, b""), (504, b"")], ids=str)
def test_a_making_call_whose_answer_is_lost_is_not_sent_again(clock: Told, lost: Any) -> None:
    """It may have made something, which is searched for and removed; a second one would make another."""
    names: list[str] = []

    def found(_: Call) -> tuple[int, Any]:
        return 200, {"sipTrunks": [{"id": "t", "name": name} for name in names]}

    client = Fake({"createSipTrunk": [lost, (201, {"id": "second"})], "getSipTrunks": found, "deleteSipTrunk": [(204, None)]})
    spoken = talk(client)
    names.append(spoken.word())
    assert spoken.send(api.createSipTrunk(name=names[0])).status != 201
    assert (client.sent(), clock.slept) == (["createSipTrunk"], [])
    removing, leftovers, _ = left(spoken)
    assert (removing[0], removing[-1], leftovers) == ("getSipTrunks", "deleteSipTrunk", [])
    assert client.calls[-1].path["sipTrunkId"] == "t"


def test_a_removal_whose_answer_is_lost_is_sent_again_only_where_that_is_asked_for(clock: Told) -> None:
    """The second answer is another one than the first would have been: that it is not there any more."""
    for members, sent, status in (({}, 1, None), ({"again": repeatable}, 2, 404)):
        client = Fake({"deleteSipTrunk": [Failure.TIMEOUT, (404, b"")]}, timeouts=PATIENT)
        assert talk(client).send(api.deleteSipTrunk(sipTrunkId="t"), **members).status == status
        assert len(client.calls) == sent
    assert len(clock.slept) == 1


@pytest.mark.parametrize("call", [READ, MAKE, api.deleteSipTrunk(sipTrunkId="t")], ids=lambda call: call.operation)
@pytest.mark.parametrize("answer", [*Failure, 200, 401, 403, 404, 429, 500, 502, 503, 504], ids=str)
def test_a_judged_call_is_never_sent_again(clock: Told, call: Call, answer: Any) -> None:
    """Its first answer is the answer, whatever it is."""
    client = Fake({call.operation: [answer if isinstance(answer, Failure) else (answer, {}), (200, {"id": "second"})]})
    exchange = talk(client).asked(call)
    assert (exchange.failure or exchange.status) == answer
    assert (client.sent(), clock.slept) == ([call.operation], [])


def test_a_target_that_stays_away_is_given_up(clock: Told) -> None:
    """After the patience that it has, with its last answer; nor is it asked again once the whole run has given it up."""
    client = Fake({"getSipTrunkById": [(503, b"")]}, timeouts=PATIENT)
    spoken = talk(client)
    assert spoken.send(READ).status == 503
    assert (len(client.calls) > 1, clock.now >= PATIENT.patience) == (True, True)
    client.calls.clear()
    client.pulse.gone = "the target has answered nothing for 30 s"
    assert spoken.send(READ).status == 503
    assert len(client.calls) == 1


@pytest.mark.usefixtures("clock")
def test_one_that_gives_no_sign_of_life_is_given_up_while_it_is_asked() -> None:
    """The pulse feels each try; patience for the answer may be longer."""
    with talking((Do.CLOSE,), timeouts=replace(PATIENT, patience=1000.0)) as (client, server):
        client.pulse = Pulse(0.0)
        assert talk(client).send(READ).failure is Failure.INCOMPLETE
    assert len(server.requests) == TRIES
