"""A pause that the target asks for: how long it is, who keeps it, and that nothing is sent before it is over."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path

import pytest

from contracts.blame import Inconclusive
from contracts.call import api
from contracts.client import Client
from contracts.exchange import Response
from contracts.transport.pause import LONGEST, SPREAD, Pause, asked
from tests.selftest.answers import Do, Step, answer, answering, target
from tests.selftest.fake import Clock
from tests.selftest.runs import printed

NOW = 1_800_000_000.0
READ = api.getSipTrunks()
WAITING = """
import sys, time
from contracts.transport.pause import Pause

Pause(sys.argv[1], 60.0).wait()
print(time.time())
"""
"""A process that waits for the end of a pause, and prints when that was."""


def told(retry_after: str | None, status: int = 429, date: str | None = None) -> Response:
    """An answer with these headers."""
    named = (("Date", date), ("Retry-After", retry_after))
    return Response(status, tuple((name, value) for name, value in named if value is not None), b"")


def date(moment: float) -> str:
    """A moment as HTTP tells it."""
    return formatdate(moment, usegmt=True)


class Told(Clock):
    """A clock as a pause sees it, and how long somebody slept each time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.slept.append(seconds)
        super().sleep(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Told:
    """A clock that nobody has to wait for."""
    told = Told()
    monkeypatch.setattr("contracts.transport.pause.time", told)
    return told


@pytest.fixture
def begun(tmp_path: Path, clock: Told) -> Callable[..., Pause]:
    """Makes pauses by that clock, all of them on the same file."""
    return lambda longest=60.0: Pause(str(tmp_path / "pause"), longest, clock.monotonic)


Begun = Callable[..., Pause]


# -- how long -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("0", 0.0),
        ("1", 1.0),
        (" 120 ", 120.0),
        ("007", 7.0),
        ("86400", 86400.0),
        ("9" * 30, LONGEST),
        ("9" * 400, LONGEST),
        (date(NOW + 30), 30.0),
        (date(NOW - 30), 0.0),
        (date(NOW), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
        (date(NOW + 30).replace("GMT", "-0000"), 30.0),
        (date(NOW + 30).replace("GMT", "+0100"), 0.0),
        (date(NOW + 30).replace("GMT", "-0100"), 3630.0),
    ],
)
def test_an_answer_tells_seconds_or_a_date(retry_after: str, seconds: float) -> None:
    """Without a clock of the target's own, a date is read by ours; what is over is no pause, and none is endless."""
    assert asked(told(retry_after), NOW) == seconds


@pytest.mark.parametrize("skew", [-86400.0, -5.0, 0.0, 5.0, 3600.0, 1e8])
def test_a_date_is_read_by_the_targets_own_clock(skew: float) -> None:
    """Where the answer tells it; however wrong it goes. Seconds are seconds by any clock."""
    there = NOW + skew
    assert asked(told(date(there + 30), date=date(there)), NOW) == 30.0
    assert asked(told(date(there - 30), date=date(there)), NOW) == 0.0
    assert asked(told("30", date=date(there)), NOW) == 30.0


def test_a_date_without_a_zone_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever this machine stands."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        told_by_zones = [asked(told(date(NOW + 30).replace("GMT", zone)), NOW) for zone in ("GMT", "-0000", "")]
    time.tzset()
    assert told_by_zones == [30.0, 30.0, 30.0]


def test_a_date_that_is_none_is_no_clock() -> None:
    """Then it is ours again."""
    assert asked(told(date(NOW + 30), date="yesterday"), NOW) == 30.0


@pytest.mark.parametrize(
    "retry_after",
    [
        None,
        "",
        " ",
        "soon",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1 s",
        "1, 2",
        "inf",
        "nan",
        "٣",
        "²",
        "Fri, 99 Foo 2026 99:99:99 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 2026 23:59:59 +9999999999",
        "Fri, 31 Dec 2026 23:59:" + "9" * 5000,
        "2026-12-31T23:59:59Z",
        "\x00",
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_nonsense_says_nothing(begun: Begun, clock: Told, retry_after: str | None, status: int) -> None:
    """And raises nothing."""
    assert asked(told(retry_after, status), NOW) is None
    begun().heed(told(retry_after, status))
    begun().wait()
    assert clock.slept == []


# -- who keeps it -------------------------------------------------------------------------------------------------------------


def waited(pause: Pause, clock: Told) -> float:
    """How long it makes somebody wait, who sets out a little later than others."""
    began = clock.now
    pause.wait()
    return clock.now - began


def test_without_a_pause_nobody_waits(begun: Begun, clock: Told) -> None:
    """Neither before the first one nor after the last one."""
    assert waited(begun(), clock) == 0
    begun().heed(told("5"))
    clock.now += 5
    assert (waited(begun(), clock), clock.slept) == (0, [])


def test_all_that_share_the_file_wait_until_it_is_over(begun: Begun, clock: Told) -> None:
    """Also one that was there before, and one that comes later; it is over once for all."""
    before = begun()
    begun().heed(told("5"))
    clock.now += 2
    after = begun()
    assert waited(after, clock) >= 3
    assert (waited(before, clock), len(clock.slept)) == (0, 1)


def test_those_that_waited_set_out_one_by_one(tmp_path: Path, clock: Told) -> None:
    """Within a little time, and not all at the same moment."""
    for n in range(20):
        clock.now = NOW
        pause = Pause(str(tmp_path / str(n)), 60.0, clock.monotonic)
        pause.heed(told("5"))
        pause.wait()
    assert all(5 - 1e-6 <= slept <= 5 + SPREAD for slept in clock.slept)
    assert len(set(clock.slept)) > 1


def test_a_longer_pause_wins(begun: Begun, clock: Told) -> None:
    """Whichever comes first, and whoever heard of it."""
    for order in itertools.permutations(("5", "20", "10")):
        clock.now += 1000
        for seconds in order:
            begun().heed(told(seconds))
        assert waited(begun(), clock) >= 20 - 1e-6


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 413, 500, 502, 504])
def test_other_answers_ask_for_none(begun: Begun, clock: Told, status: int) -> None:
    """A redirect may have that header, too, and it says something else there."""
    begun().heed(told("5", status))
    assert waited(begun(), clock) == 0


@pytest.mark.parametrize("status", [429, 503])
def test_two_answers_ask_for_one(begun: Begun, clock: Told, status: int) -> None:
    """Too many requests, and a service that is not there."""
    begun().heed(told("5", status))
    assert waited(begun(), clock) >= 5 - 1e-6


@pytest.mark.parametrize(
    ("retry_after", "shown"), [("61", "61"), ("7200", "7200"), (date(NOW + 100), "100"), ("9" * 400, "31622400")]
)
def test_one_that_is_too_long_is_not_waited_for(begun: Begun, clock: Told, retry_after: str, shown: str) -> None:
    """The reason says for how long; it goes on for those that come later, until it is short enough."""
    begun(60.0).heed(told(retry_after))
    for _ in range(2):
        with pytest.raises(Inconclusive, match=rf"^the target asked to be left alone for another {shown} s \(Retry-After\)$"):
            begun(60.0).wait()
    assert clock.slept == []
    clock.now += float(shown) - 59.5
    assert waited(begun(60.0), clock) >= 59


def test_a_pause_that_becomes_longer_never_ends_between(begun: Begun, monkeypatch: pytest.MonkeyPatch, clock: Told) -> None:
    """Whoever looks while another one makes it longer still sees it."""
    begun().heed(told("20"))
    ends: list[float] = []
    for name in ("open", "close", "utime"):
        real = getattr(os, name)

        def looking(*given: object, real: Callable[..., object] = real) -> object:
            done = real(*given)
            ends.append(begun().ends())
            return done

        monkeypatch.setattr(f"contracts.transport.pause.os.{name}", looking)
    begun().heed(told("40"))
    assert ends
    assert min(ends) >= clock.now + 20 - 1e-6


def test_another_process_keeps_it(tmp_path: Path) -> None:
    """By the system's clock."""
    file = str(tmp_path / "pause")
    began = time.time()
    Pause(file, 60.0).heed(told("1"))
    assert float(printed(WAITING, file)) - began >= 1 - 0.01


# -- the client ---------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def clients(url: str, file: Path, number: int) -> Iterator[list[Client]]:
    """Clients of one target that share a pause, as the processes of a run do."""
    with contextlib.ExitStack() as closed:
        yield [closed.enter_context(contextlib.closing(Client(target(url), pause=Pause(str(file), 60.0)))) for _ in range(number)]


def test_nothing_leaves_before_a_pause_is_over(tmp_path: Path) -> None:
    """Of no thread and no client, whatever it sends."""
    came: list[float] = []
    lock = threading.Lock()

    def script(_: bytes) -> tuple[Step, ...]:
        with lock:
            came.append(time.monotonic())
            return (answer(429, {}, "Retry-After: 1") if len(came) == 1 else answer(200),)

    with answering(script) as server, clients(server.url, tmp_path / "pause", 3) as (first, *others):
        assert first.send(READ).status == 429
        with ThreadPoolExecutor(8) as threads:
            sent = [threads.submit(client.send, READ) for client in (first, *others) for _ in range(4)]
        assert {future.result().status for future in sent} == {200}
    assert len(came) == 13
    assert min(came[1:]) - came[0] >= 1 - 0.01


def test_a_race_waits_before_it_begins(tmp_path: Path) -> None:
    """Its contestants are paid for together, and leave when the pause is over."""
    answers = iter([answer(503, {}, "Retry-After: 1")])
    with answering(lambda _: (next(answers, answer(200)),)) as server, clients(server.url, tmp_path / "pause", 2) as (one, other):
        one.send(READ)
        began = time.monotonic()
        with other.starts(READ, READ) as (start, _):
            assert time.monotonic() - began >= 0.9
            assert other.send_alone(READ, lambda: None, start).ok


def test_one_that_is_too_long_sends_nothing(tmp_path: Path) -> None:
    """Each client says for how long it would have been; without a pause nobody heeds it."""
    with answering(answer(429, {}, "Retry-After: 3600")) as server:
        with clients(server.url, tmp_path / "pause", 2) as (one, other):
            one.send(READ)
            for client in (one, other):
                with pytest.raises(Inconclusive, match=r"for another 3[0-9]{3} s \(Retry-After\)"):
                    client.send(READ)
        assert len(server.requests) == 1
        with contextlib.closing(Client(target(server.url))) as heedless:
            assert [heedless.send(READ).status for _ in range(2)] == [429, 429]


def test_an_answer_that_breaks_off_asks_for_nothing(tmp_path: Path) -> None:
    """It is no answer; nor does one that asks for more than any file can bear break anything."""
    broken = answer(429, b"x", "Retry-After: 3600", length=9)
    for steps, status in (((broken, Do.CLOSE), None), ((answer(429, {}, f"Retry-After: {'9' * 400}"),), 429)):
        with answering(steps) as server, clients(server.url, tmp_path / str(status), 1) as (client,):
            assert client.send(READ).status == status
