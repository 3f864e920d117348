"""Requests in flight: never more at once than a run allows, over threads, races and processes; and nobody waits for ever."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filelock import FileLock, Timeout

from contracts.blame import Mistake, NotExercised
from contracts.budget import Budget, Limits
from contracts.call import api
from contracts.case import Case, Depth, Kind, Verdict
from contracts.client import Client
from contracts.exchange import Response
from contracts.names import Names
from contracts.run.options import Options, options_of
from contracts.run.planned import plan
from contracts.run.session import WIDEST, Run
from contracts.run.shared import Shared
from contracts.runner import run
from contracts.sandbox import Sandbox, message
from contracts.sandbox.serve import running
from contracts.target import Auth
from contracts.transport.flight import Flight, Slot
from contracts.transport.pause import Pause
from contracts.world import World
from tests.contract import test_isolation as isolation
from tests.selftest.answers import Step, answer, answering, target
from tests.selftest.fake import world
from tests.selftest.runs import ROOT, Outcome, contract
from tests.selftest.test_run import variables
from tests.selftest.test_shut_out import TRUNK, Api, came, path_of

READ, GONE = api.getSipTrunkById(sipTrunkId="t"), api.deleteSipTrunk(sipTrunkId="t")
LOCAL, REMOTE = "http://127.0.0.1:9", "https://trunking.example.invalid"
KEY = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret", "SINCH_PROJECT_ID": "project"}
LATENCY = 0.02  # seconds that something takes: where more could be under way at once, more would be
SOON = 30.0  # seconds after which what waits will wait for ever
TAKING = f"""
import json, sys, threading, time
from contracts.transport.flight import Flight

flight = Flight(sys.argv[1], int(sys.argv[2]))
taken = []

def take():
    for requests in (1, 2) * 5:
        with flight.taken(requests) as slots:
            begun = time.monotonic()
            time.sleep({LATENCY} / 4)  # no waiting for anything: this is what a request takes
            taken.extend([(begun, time.monotonic())] * len(slots))

threads = [threading.Thread(target=take) for _ in range(3)]
print("ready", flush=True)
input()
for each in threads:
    each.start()
for each in threads:
    each.join()
print(json.dumps(taken))
"""
"""A process that is told to begin, takes slots from some threads, and prints from when to when, on the whole system's clock."""
HOLDING = """
import sys
from contracts.transport.flight import Flight

with Flight(sys.argv[1], int(sys.argv[2])).taken(int(sys.argv[2])):
    print("taken", flush=True)
    input()
"""
"""A process that takes all slots, says so and keeps them."""
Result = TypeVar("Result")


class Crowd:
    """How many are there at once, and how many were at most."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one_more(self, seconds: float = LATENCY) -> Iterator[None]:
        """One more, for so long at least that others can come."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            time.sleep(seconds)  # no waiting for anything: the others are to come between
            yield
        finally:
            with self._lock:
                self.now -= 1


def soon(*tasks: Callable[[], Result]) -> list[Result]:
    """What tasks give that are done all at once, each in a thread of its own; a failure where one of them waits for ever."""
    given: dict[int, Result] = {}
    threads = [
        threading.Thread(target=lambda at=at, task=task: given.update({at: task()}), daemon=True) for at, task in enumerate(tasks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(given) == len(tasks), "somebody waits for ever, or broke"
    return [given[at] for at in range(len(tasks))]


def until(fact: Callable[[], bool]) -> None:
    """Wait for a fact."""
    end = time.monotonic() + SOON
    while not fact():
        assert time.monotonic() < end, "it never came to that"


def held(file: str) -> bool:
    """Whether somebody holds a lock."""
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


@pytest.fixture
def file(tmp_path: Path) -> str:
    """How the names of lock files begin."""
    return str(tmp_path / "flight")


# -- slots --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_are_taken_than_there_are(file: str, most: int) -> None:
    """By the threads of one hold and of another; all that there are can be had."""
    crowd, holds = Crowd(), [Flight(file, most), Flight(file, most)]

    def take(flight: Flight) -> None:
        for _ in range(5):
            with flight.taken(), crowd.one_more(LATENCY / 4):
                pass

    soon(*(lambda flight=flight: take(flight) for flight in holds * 4))
    assert (crowd.most, crowd.now) == (most, 0)


@pytest.mark.parametrize("most", [2, 3])
def test_processes_keep_one_ceiling(file: str, most: int) -> None:
    """Whoever takes one slot or two; each comes to what it wanted."""
    begun = [process(TAKING, file, most) for _ in range(3)]
    assert [said(each) for each in begun] == ["ready"] * 3
    taken = [span for each in begun for span in json.loads(each.communicate("\n", timeout=SOON)[0])]
    assert len(taken) == 3 * 3 * 15
    assert together(taken) == most


def process(code: str, file: str, most: int) -> subprocess.Popen[str]:
    """A process of ours."""
    line = [sys.executable, "-c", code, file, str(most)]
    return subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command


def said(process: subprocess.Popen[str]) -> str:
    """The next line that a process says."""
    assert process.stdout
    return process.stdout.readline().strip()


def together(spans: Sequence[tuple[float, float]]) -> int:
    """How many spans of time overlap at most; one that ends as another begins is over."""
    changes = sorted([(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans])
    return max(itertools.accumulate(change for _, change in changes))


def test_a_slot_can_be_given_back_before_the_others(file: str) -> None:
    """To give it back once more changes nothing."""
    flight, crowd = Flight(file, 2), Crowd()
    with flight.taken(2) as (first, _):
        first.close()
        first.close()
        soon(lambda: taken(flight))

    def take() -> None:
        with flight.taken(), crowd.one_more():
            pass

    soon(*[take] * 6)
    assert crowd.most == 2


def taken(flight: Flight, requests: int = 1) -> bool:
    """Take slots and give them back."""
    with flight.taken(requests):
        return True


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_gives_its_slots_back(file: str, error: type[BaseException]) -> None:
    """Whatever it is."""
    flight = Flight(file, 2)
    with pytest.raises(error), flight.taken(2):
        raise error
    assert soon(lambda: taken(flight, 2))


def test_who_is_interrupted_while_it_waits_gives_back_what_it_has(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And lets others through the turnstile."""
    flight = Flight(file, 2)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with flight.taken():
        with monkeypatch.context() as patched:
            patched.setattr("contracts.transport.flight.time.sleep", interrupted)
            with pytest.raises(KeyboardInterrupt), flight.taken(2):
                pass
        assert soon(lambda: taken(flight))


def test_more_than_there_are_cannot_be_taken(file: str) -> None:
    """Nobody waits for that; the reason names the option."""
    why = "a race of 3 needs 3 requests in flight, and the run allows 2 (--max-in-flight)"
    flight = Flight(file, 2)
    assert (flight.objection(2), flight.objection(3), Flight().objection(10**9)) == (None, why, None)
    with pytest.raises(NotExercised) as raised, flight.taken(3):
        pass
    assert str(raised.value) == why
    assert soon(lambda: taken(flight, 2))


def test_a_ceiling_higher_than_anything_costs_nothing(file: str) -> None:
    """Only as many files are made as slots were wanted; without a ceiling there is none."""
    with Flight(file, 10**30).taken(3), Flight(f"{file}-free", None).taken(3) as slots:
        assert len(slots) == 3
    assert sorted(path.name for path in Path(file).parent.iterdir()) == ["flight-0", "flight-1", "flight-2", "flight-turnstile"]


def test_who_came_later_takes_nothing_from_a_race(file: str) -> None:
    """One that waits for several slots gets the next ones that are free, whoever wants one by then."""
    flight, order = Flight(file, 2), list[str]()

    def take(who: str, requests: int) -> None:
        with flight.taken(requests):
            order.append(who)

    with flight.taken(2) as (first, second), ThreadPoolExecutor(9) as threads:
        race = threads.submit(take, "race", 2)
        until(lambda: held(f"{file}-turnstile"))
        late = [threads.submit(take, "late", 1) for _ in range(8)]
        first.close()
        until(lambda: held(f"{file}-0") and held(f"{file}-1"))
        second.close()
        for each in (race, *late):
            each.result(SOON)
    assert order == ["race", *["late"] * 8]


def test_races_do_not_wait_for_each_others_slots(file: str) -> None:
    """Each wants more than half of what there is."""
    holds = [Flight(file, 4), Flight(file, 4)]
    assert all(soon(*(lambda flight=flight: all(taken(flight, 3) for _ in range(20)) for flight in holds * 3)))


# -- a process that is killed -------------------------------------------------------------------------------------------------


def test_a_process_that_is_killed_gives_its_slots_back(file: str) -> None:
    """All of them, at once."""
    holder = process(HOLDING, file, 3)
    assert said(holder) == "taken"
    assert all(held(f"{file}-{number}") for number in range(3))
    killed(holder)
    assert soon(lambda: taken(Flight(file, 3), 3))


def test_one_that_is_killed_while_it_waits_lets_others_in(file: str) -> None:
    """It stood in the turnstile, and had some of its slots."""
    flight = Flight(file, 2)
    with flight.taken():
        waiting = process(HOLDING, file, 2)
        until(lambda: held(f"{file}-turnstile") and held(f"{file}-1"))
        killed(waiting)
        assert soon(lambda: taken(flight))


def killed(process: subprocess.Popen[str]) -> None:
    """Kill a process, which cannot do anything about that."""
    process.kill()
    process.communicate()


# -- a client -----------------------------------------------------------------------------------------------------------------


class Slow:
    """A script that is late, and counts how many requests are there at once; a race's wait until so many of them are there."""

    def __init__(self, race: int = 1, inner: Callable[[bytes], Sequence[Step]] = lambda _: (answer(200, {"id": "t"}),)) -> None:
        self.crowd = Crowd()
        self.inner = inner
        self.gate = threading.Barrier(race, timeout=SOON)

    def __call__(self, request: bytes) -> Sequence[Step]:
        """The answer to a request."""
        with self.crowd.one_more():
            if request.startswith(b"DELETE"):
                self.gate.wait()
            return self.inner(request)


@contextlib.contextmanager
def limited(folder: Path, url: str, most: int, **members: Any) -> Iterator[Client]:
    """A client that may have so many requests in flight."""
    budget = Budget.begun(Limits(str(folder / "budget"), in_flight=most))
    with contextlib.closing(Client(target(url, **members), budget)) as client:
        yield client


@pytest.mark.parametrize("most", [1, 3])
def test_a_client_sends_no_more_at_once(tmp_path: Path, most: int) -> None:
    """However many threads it has; a request that got no answer counts no longer."""
    slow = Slow()
    with answering(slow) as server, limited(tmp_path, server.url, most) as client:
        exchanges = soon(*[lambda: client.send(READ)] * 8)
    assert {exchange.status for exchange in exchanges} == {200}
    assert slow.crowd.most == most


@pytest.mark.parametrize("script", [answer(500), b"garbage\r\n\r\n"], ids=["answered", "broken"])
def test_a_slot_is_free_again_whatever_came(tmp_path: Path, script: bytes) -> None:
    """An answer or none."""
    with answering(script) as server, limited(tmp_path, server.url, 1) as client:
        soon(lambda: [client.send(READ) for _ in range(3)])


@pytest.mark.parametrize("contestants", [2, 4])
def test_a_race_has_all_its_contestants_at_one_instant(tmp_path: Path, contestants: int) -> None:
    """As many as the ceiling allows, or fewer; and what else is sent beside them does not come on top."""
    slow = Slow(race=contestants)
    with answering(slow) as server, limited(tmp_path, server.url, 4) as client:
        others = [lambda: [client.send(READ) for _ in range(4)]] * 6
        soon(lambda: world(client).at_once([GONE] * contestants), *others)
    assert slow.crowd.most == 4


def test_races_of_two_cases_come_one_after_the_other(tmp_path: Path) -> None:
    """Neither begins with a part of its contestants."""
    slow = Slow(race=3)
    with answering(slow) as server, limited(tmp_path, server.url, 4) as client:
        soon(*[lambda: world(client).at_once([GONE] * 3)] * 4)
    assert 3 <= slow.crowd.most <= 4


def test_what_is_not_paid_gives_its_slots_back(tmp_path: Path) -> None:
    """One request, or a race."""
    budget = Budget.begun(Limits(str(tmp_path / "budget"), 2, in_flight=2))
    with answering(answer(200, {"id": "t"})) as server, contextlib.closing(Client(target(server.url), budget)) as client:
        with pytest.raises(Exception, match="--max-requests"):
            world(client).at_once([api.createSipTrunk(name="n")] * 2)
        assert len(soon(lambda: world(client).at_once([READ] * 2))[0]) == 2
        with pytest.raises(Exception, match="--max-requests"):
            client.send(READ)
    assert soon(lambda: taken(budget.flight, 2))


def test_a_contestant_that_cannot_be_sent_gives_its_slot_back(tmp_path: Path) -> None:
    """As do those that waited for it."""
    with answering(answer(200, {"id": "t"})) as server, limited(tmp_path, server.url, 2) as client:
        with pytest.raises(Exception, match="cannot be sent"):
            world(client).at_once([READ, api.getSipTrunkById(sipTrunkId="x" * 70_000)])
        assert len(soon(lambda: world(client).at_once([READ] * 2))[0]) == 2


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How many slots are taken, and when something is paid, in the order in which that comes."""
    told, at_once = list[str](), Flight.taken

    @contextlib.contextmanager
    def telling(flight: Flight, requests: int = 1) -> Iterator[list[Slot]]:
        with at_once(flight, requests) as slots:
            told.append(f"{requests} taken")
            yield slots

    monkeypatch.setattr("contracts.transport.flight.Flight.taken", telling)
    monkeypatch.setattr("contracts.budget.Budget._pay", lambda *_: told.append("paid"))
    return told


def test_a_slot_comes_before_anything_is_paid(tmp_path: Path, order: list[str]) -> None:
    """For a token, a request and a race: who paid first would wait with a moment in hand that the rate gave it."""
    with answering(Api()) as server, limited(tmp_path, server.url, 2, auth=Auth("oauth2")) as client:
        client.send(READ)
        world(client).at_once([READ, READ])
    assert order == ["1 taken", "paid", "1 taken", "paid", "2 taken", "paid"]


def test_a_pause_that_an_answer_asks_for_begins_before_its_slot_is_free(tmp_path: Path) -> None:
    """So whoever gets the slot next keeps it."""
    heeded: list[bool] = []

    class Heeding(Pause):
        def heed(self, response: Response) -> None:
            heeded.append(held(str(tmp_path / "budget-flight-0")))
            super().heed(response)

    budget = Budget.begun(Limits(str(tmp_path / "budget"), in_flight=1))
    pause = Heeding(str(tmp_path / "pause"), 60.0)
    with answering(answer(429)) as server, contextlib.closing(Client(target(server.url), budget, pause=pause)) as client:
        client.send(READ)
    assert heeded == [True]


def test_waiting_for_a_slot_is_no_part_of_an_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does it count as its time, nor does it take any from its deadline."""
    now, at_once = 1000.0, Flight.taken

    @contextlib.contextmanager
    def late(flight: Flight, requests: int = 1) -> Iterator[list[Slot]]:
        nonlocal now
        now += 100.0
        with at_once(flight, requests) as slots:
            yield slots

    monkeypatch.setattr("contracts.transport.flight.Flight.taken", late)
    with answering(answer(200)) as server, limited(tmp_path, server.url, 1) as client:
        monkeypatch.setattr("contracts.client.time.monotonic", lambda: now)
        exchange = client.send(READ)
    assert (exchange.status, exchange.seconds, now) == (200, 0.0, 1100.0)


# -- tokens and probes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2])
def test_renewals_and_probes_wait_for_nobody_who_waits_for_them(tmp_path: Path, most: int) -> None:
    """Many threads whose token ended all get their answer, and what they ask beside it counts as well."""
    served = Api()
    slow = Slow(inner=served)
    with answering(slow) as server, limited(tmp_path, server.url, most, auth=Auth("oauth2")) as client:
        assert client.send(READ).ok
        served.valid = "none any more"
        exchanges = soon(*[lambda: client.send(READ)] * 8)
    assert {exchange.status for exchange in exchanges} == {200}
    assert came(server)["/oauth2/token"] == 2
    assert slow.crowd.most == most


def test_a_race_asks_for_its_token_before_it_takes_its_slots(tmp_path: Path) -> None:
    """That request needs one as well; and so does what comes after a contestant's first answer."""
    served = Api()
    slow = Slow(inner=served)
    with answering(slow) as server, limited(tmp_path, server.url, 3, auth=Auth("oauth2")) as client:
        for races in (1, 2):
            served.valid = "none any more"
            outcomes = soon(*[lambda: world(client).at_once([READ] * 3)] * races)
            assert {exchange.status for exchanges in outcomes for exchange in exchanges} == {200}
    assert came(server)["/oauth2/token"] == 2
    assert slow.crowd.most == 3


def test_contestants_share_the_token_that_their_race_began_with(tmp_path: Path) -> None:
    """One that ends at once is not asked for anew by each of them: somebody who holds a slot would wait for it."""
    served = Api()

    def short(request: bytes) -> Sequence[Step]:
        steps = served(request)
        if path_of(request) == "/oauth2/token":
            return (answer(200, {"access_token": served.valid, "expires_in": 1e-9}),)
        return steps

    with answering(short) as server, limited(tmp_path, server.url, 3, auth=Auth("oauth2")) as client:
        assert [exchange.status for exchange in soon(lambda: world(client).at_once([READ] * 3))[0]] == [200] * 3
    assert came(server) == {"/oauth2/token": 1, TRUNK: 3}


# -- races that are too wide --------------------------------------------------------------------------------------------------


def wide(contestants: int, most: int) -> str:
    """The reason why a race cannot be run."""
    return f"a race of {contestants} needs {contestants} requests in flight, and the run allows {most} (--max-in-flight)"


RACES = [case for case in plan(Depth.EXHAUSTIVE) if "contestants" in case.arguments]
WIDE = [case for case in RACES if case.arguments["contestants"] > 4]
AGAIN = [case for case in plan() if case.id.startswith("determinism/")]


def test_a_race_that_is_too_wide_is_not_exercised_and_sends_nothing(tmp_path: Path) -> None:
    """Of any kind and depth; nobody listens at that address."""
    with limited(tmp_path, LOCAL, 4) as client:
        results = [run(case, client, Names("20260101t000000-test")) for case in (*WIDE, *AGAIN)]
    assert {(result.verdict, result.requests) for result in results} == {(Verdict.NOT_EXERCISED, 0)}
    widths = [*(case.arguments["contestants"] for case in WIDE), *[isolation.AT_ONCE] * len(AGAIN)]
    assert [result.reason for result in results] == [wide(contestants, 4) for contestants in widths]
    assert {Kind.RACE, Kind.CHECK} == {case.kind for case in WIDE}


def test_one_that_shows_only_when_it_begins_is_not_exercised_either(tmp_path: Path) -> None:
    """Its set-up is removed, and nothing of it was sent."""

    def body(world: World) -> None:
        world.trunk()
        world.race([api.createSipTrunk(name="n")] * 5, lambda _: {})

    sandbox = Sandbox()
    who = sandbox.identity
    with running(sandbox) as url, limited(tmp_path, url, 4) as client:
        client.target = replace(client.target, project=who.project_id, key_id=who.key_id, key_secret=who.key_secret)
        at_first = set(sandbox.state.trunks)
        case = Case("400-domain-unavailable/createSipTrunk/race", "400-domain-unavailable", "createSipTrunk", Kind.RACE, body)
        result = run(case, client, Names("20260101t000000-test"))
    assert (result.verdict, result.reason, result.leftovers) == (Verdict.NOT_EXERCISED, wide(5, 4), ())
    assert set(sandbox.state.trunks) == at_first


def test_every_race_says_beforehand_how_wide_it_is() -> None:
    """Races of rows, and those of checks, by the name of one argument."""
    kinds = [case for case in plan(Depth.EXHAUSTIVE) if case.kind is Kind.RACE or case.id.startswith("race/")]
    assert kinds == RACES


def test_the_widest_race_is_as_wide_as_said() -> None:
    """So the ceiling that other machines have by default keeps none from being run."""
    assert max(isolation.AT_ONCE, *(case.arguments["contestants"] for case in RACES)) == WIDEST


# -- how it is asked for ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "2.5", "nan"])
def test_what_is_no_number_of_requests_is_a_mistake(text: str) -> None:
    """In one line."""
    asked: dict[str, Any] = {"depth": "quick", "gate": "strict", "max_in_flight": text}
    with pytest.raises(Mistake, match=r"^--max-in-flight( .*: give a whole number| must be 1 or more)$"):
        options_of(asked.get)


@contextlib.contextmanager
def begun(folder: Path, url: str = LOCAL, profile: str = "", **given: Any) -> Iterator[Run]:
    """A run with such a profile and options, before anything is sent."""
    (folder / "mine.toml").write_text(f'allow = ["trunking.example.invalid"]\n{profile}', "utf-8")
    asked = Run(Options(base_url=url, profile=str(folder / "mine.toml"), report_dir=str(folder), **given), KEY)
    try:
        yield asked
    finally:
        asked.end()


@pytest.mark.parametrize(
    ("url", "profile", "given", "most"),
    [
        (LOCAL, "", {}, None),
        (LOCAL, "", {"max_in_flight": 3}, 3),
        (LOCAL, "max_in_flight = 5", {}, 5),
        (LOCAL, "max_in_flight = 5", {"max_in_flight": 3}, 3),
        (REMOTE, "max_in_flight = 5", {}, 5),
        (REMOTE, "max_in_flight = 5", {"max_in_flight": 300}, 300),
        (REMOTE, "", {}, WIDEST),
        (REMOTE, "", {"concurrency": 40}, 40),
        (REMOTE, "concurrency = 40", {}, 40),
        (REMOTE, "concurrency = 4", {}, WIDEST),
        (REMOTE, "rate = 5", {}, WIDEST),
    ],
)
def test_the_ceiling_is_asked_for_by_option_then_profile_then_place(
    tmp_path: Path, url: str, profile: str, given: dict[str, int], most: int | None
) -> None:
    """None on this machine where nobody asks for one; elsewhere what the widest race needs, or the concurrency."""
    with begun(tmp_path, url, profile, **given) as asked:
        assert (asked.limits.in_flight if asked.limits else None) == most


def test_no_more_cases_run_at_once_than_requests_may_be_in_flight(tmp_path: Path) -> None:
    """Whoever asked for more."""

    def at_once(profile: str = "", **given: Any) -> int:
        with begun(tmp_path, profile=profile, **given) as asked:
            return asked.shared().concurrency

    assert (at_once(max_in_flight=3), at_once(max_in_flight=3, concurrency=20)) == (3, 3)
    assert (at_once("concurrency = 20\nmax_in_flight = 2"), at_once(max_in_flight=100)) == (2, 48)


def test_what_a_run_asks_before_its_cases_keeps_the_ceiling(tmp_path: Path, order: list[str]) -> None:
    """Its token, and the first question."""
    profile = 'auth = { kind = "oauth2" }\nmax_in_flight = 1'
    with answering(Api()) as server, begun(tmp_path, server.url, profile, ledger=str(tmp_path / "ledger")) as asked:
        assert not asked.shared().blocked
    assert list(map(path_of, server.requests)) == ["/oauth2/token", "/v1/projects/project/trunks?size=1"]
    assert order == ["1 taken", "paid"] * 2


def test_the_ceiling_comes_to_a_worker(tmp_path: Path) -> None:
    """Through text; what one process holds no other can take."""
    limits = Limits(str(tmp_path / "budget"), in_flight=1)
    sent = Shared("run", target(LOCAL), 1, strict=False, concurrency=1, stop_file="stop", limits=limits)
    there = Shared.from_json(sent.as_json())
    assert there == sent
    here, other = Budget.begun(limits), there.budget()
    assert other
    with here.flight.taken():
        with pytest.raises(NotExercised), other.flight.taken(2):
            pass
        assert held(f"{limits.file}-flight-0")
    assert soon(lambda: taken(other.flight))


# -- runs ---------------------------------------------------------------------------------------------------------------------


class Counting:
    """A sandbox that is late, and counts how many requests are there at once."""

    def __init__(self) -> None:
        self.sandbox, self.crowd = Sandbox(), Crowd()
        self.tokens = 0
        self._lock = threading.Lock()

    def handle(self, request: message.Request) -> message.Response:
        """Answer as the sandbox does."""
        with self.crowd.one_more(), self._lock:
            self.tokens += request.raw_path == "/oauth2/token"
            return self.sandbox.handle(request)


def counted(folder: Path, *arguments: str, profile: str = "") -> tuple[Outcome, Counting]:
    """A run against a sandbox that counts."""
    counting = Counting()
    (folder / "p.toml").write_text(profile, "utf-8")
    with ThreadPoolExecutor(64) as threads, running(counting, threads=threads) as url:
        line = ("--base-url", url, "--profile", str(folder / "p.toml"), *arguments)
        return contract(folder / "r", *line, given=variables(counting.sandbox)), counting


FEW = "404-trunk-domain or 400-domain-unavailable or 400-credential-list-needs-credential"


def test_a_run_keeps_its_ceiling_over_all_workers(tmp_path: Path) -> None:
    """Though there are more of them; its requests for tokens count as well, and races that are too wide say so."""
    oauth = 'auth = { kind = "oauth2" }'
    outcome, counting = counted(tmp_path, "-n", "4", "--max-in-flight", "3", "--only-documented", "-k", FEW, profile=oauth)
    assert outcome.status == 0, outcome.out
    assert (counting.crowd.most, counting.tokens) == (3, 1)
    races = {case for case in outcome.verdicts if "/race/" in case}
    told = {case["id"]: case.get("reason") for row in outcome.results["rows"] for case in row["cases"] if case["id"] in races}
    assert races
    assert set(told.values()) == {wide(8, 3)}
    assert {verdict for case, verdict in outcome.verdicts.items() if case not in races} == {"pass"}


def test_a_run_with_races_keeps_its_ceiling(tmp_path: Path) -> None:
    """All of them pass that are no wider, beside whatever else is sent; the ceiling may stand in the profile."""
    outcome, counting = counted(tmp_path, "-n", "2", "-k", "race", "--only-documented", profile="max_in_flight = 8")
    assert (outcome.status, set(outcome.verdicts.values())) == (0, {"pass"}), outcome.out
    assert counting.crowd.most == 8
