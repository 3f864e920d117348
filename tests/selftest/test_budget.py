"""The budget of a run: never more requests than asked for, never faster, and always enough left to clean up."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import acquaintance
from contracts.blame import Exhausted, Inconclusive, Mistake
from contracts.budget import Budget, Limits
from contracts.call import Call, api
from contracts.case import Case, CaseResult, Kind, Verdict
from contracts.client import Client
from contracts.exchange import Exchange, Failure
from contracts.inquiry import Inquiry
from contracts.ledger import Ledger
from contracts.names import Names
from contracts.report import terminal
from contracts.run.options import Options, options_of
from contracts.run.planned import plan_id
from contracts.run.session import Run
from contracts.run.shared import Shared
from contracts.runner import run
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.serve import running
from contracts.target import Auth, Timeouts
from contracts.undo import UNDO
from contracts.world import World
from tests.selftest.answers import answer, answering, target
from tests.selftest.fake import DELETED, Answer, Clock, Fake, ran, refusal, world
from tests.selftest.results_at_hand import built, case, result
from tests.selftest.runs import ROOT, Outcome, contract
from tests.selftest.test_clean_up import MAKERS, RESISTS, full
from tests.selftest.test_run import variables

READ = api.getSipTrunks()
MAKE = api.createSipTrunk(name="n", hostName="h")
TAKEN = refusal("400-domain-unavailable")
LOCAL = "http://127.0.0.1:9"
KEY = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret", "SINCH_PROJECT_ID": "project"}
PROCESSES, THREADS = 2, 4
PAYING = f"""
import json, sys, threading, time
from contracts.blame import Exhausted
from contracts.budget import Budget, Limits

budget = Budget(Limits(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])))
paid = []

def pay():
    try:
        for _ in range(int(sys.argv[4])):
            budget.pay()
            paid.append(time.monotonic())
    except Exhausted:
        pass

threads = [threading.Thread(target=pay) for _ in range({THREADS})]
print("ready", flush=True)
input()
for each in threads:
    each.start()
for each in threads:
    each.join()
print(json.dumps(paid))
"""
"""A process that is told to begin, pays from some threads, each so many times, and prints when, on the whole system's clock."""


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Callable[..., Budget]]:
    """A maker of new budgets, which are closed in the end."""
    made: list[Budget] = []

    def begun(requests: int | None = None, rate: float | None = None) -> Budget:
        made.append(Budget.begun(Limits(str(tmp_path / f"budget-{len(made)}"), requests, rate)))
        return made[-1]

    yield begun
    for budget in made:
        budget.close()


New = Callable[..., Budget]


def affords(budget: Budget) -> int:
    """How many requests it pays for until it is used up."""
    for paid in range(1000):
        try:
            budget.pay()
        except Exhausted:
            return paid
    raise AssertionError(budget)


# -- all that is sent ---------------------------------------------------------------------------------------------------------


def test_no_more_is_paid_than_there_is(new: New) -> None:
    """And what cannot be paid whole is not paid in part."""
    budget = new(5)
    budget.pay(3)
    with pytest.raises(Exhausted, match=r"^the run's budget of 5 requests was used up \(--max-requests\)$"):
        budget.pay(3)
    assert affords(budget) == 2


def test_all_processes_and_threads_pay_from_one_budget(new: New) -> None:
    """Together they get all of it, and nothing more."""
    limits = new(400).limits
    paid = [len(each) for each in paying(limits, 80)]
    assert sum(paid) == 400
    assert min(paid) > 0


def paying(limits: Limits, each: int) -> list[list[float]]:
    """When each of some processes paid, that begin together."""
    line = [sys.executable, "-c", PAYING, limits.file, json.dumps(limits.requests), json.dumps(limits.rate), str(each)]
    begun = [
        subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
        for _ in range(PROCESSES)
    ]
    assert [process.stdout.readline() for process in begun if process.stdout] == ["ready\n"] * PROCESSES
    for process in begun:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in begun]


def test_what_makes_something_is_paid_with_its_removal(new: New) -> None:
    """A case cannot spend what it owes, and no other case can."""
    budget, owed = new(4), 0
    with budget.purse(lambda: owed):
        budget.pay(1, later=1)
        owed = 1  # it was made
        budget.pay()
        budget.pay()
        for _ in range(2):
            with pytest.raises(Exhausted):
                budget.pay()
        owed = 0
        budget.pay()  # the removal
    assert affords(budget) == 0


def test_what_was_refused_needs_no_removal(new: New) -> None:
    """What was kept for it pays the case's next request, and is given back when the case ends."""
    budget = new(4)
    with budget.purse(lambda: 0):
        budget.pay(1, later=1)
        budget.pay(1, later=1)  # one was left over
        assert affords_elsewhere(budget) == 1
    assert affords(budget) == 1


def affords_elsewhere(budget: Budget) -> int:
    """How many requests it pays for in a thread that runs no case."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(affords, budget).result()


def test_a_budget_that_once_did_not_suffice_lets_no_case_begin(new: New) -> None:
    """Nor does one of which nothing is left; but those that have begun use what others give back."""
    budget = new(3)
    with budget.purse(lambda: 0):
        budget.pay(1, later=1)
        assert not budget.used_up()
        with pytest.raises(Exhausted):
            budget.pay(3)
    assert budget.used_up()
    assert affords(budget) == 2
    empty = new(1)
    empty.pay()
    assert empty.used_up()
    assert not new(rate=1.0).used_up()


def test_a_token_is_paid_with_the_one_that_may_follow_it(new: New) -> None:
    """So that it can be renewed for clean-up when all else is spent."""
    budget = new(3)
    budget.pay_for_token()
    assert affords(budget) == 1
    budget.pay_for_token()
    with pytest.raises(Exhausted):
        budget.pay_for_token()
    last = new(1)
    last.pay_for_token()  # rather than none


# -- how fast -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The budget's clock; nobody has to wait for it."""
    told = Clock()
    monkeypatch.setattr("contracts.budget.time", told)
    return told


def left(budget: Budget, clock: Clock, requests: int = 1) -> float:
    """When requests that are paid now may leave."""
    budget.pay(requests)
    return clock.now


def test_requests_leave_one_by_one(new: New, clock: Clock) -> None:
    """A regular time lies between two of them, from the first one on."""
    budget = new(rate=4.0)
    assert [left(budget, clock) for _ in range(5)] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_time_that_went_unused_is_not_made_up_for(new: New, clock: Clock) -> None:
    """A pause is followed by no burst."""
    budget = new(rate=4.0)
    budget.pay()
    clock.now = 10.0
    assert [left(budget, clock) for _ in range(3)] == [10.0, 10.25, 10.5]


def test_a_race_waits_until_all_may_leave(new: New, clock: Clock) -> None:
    """Then they leave at once, and whoever comes next waits for one more turn."""
    budget = new(rate=4.0)
    assert [left(budget, clock, requests) for requests in (1, 4, 1)] == [0.0, 1.0, 1.25]


def test_what_is_not_paid_does_not_wait(new: New, clock: Clock) -> None:
    """Nor does anybody wait for it."""
    budget = new(2, 4.0)
    budget.pay()
    with pytest.raises(Exhausted):
        budget.pay(5)
    budget.pay()
    assert clock.now == 0.25


def test_all_processes_and_threads_keep_one_rate(new: New) -> None:
    """Over any second, and over the whole time."""
    rate, each = 50.0, 10
    limits = new(rate=rate).limits
    moments = sorted(moment for process in paying(limits, each) for moment in process)
    assert len(moments) == PROCESSES * THREADS * each
    assert most_in_a_second(moments) <= 2 * rate
    assert moments[-1] - moments[0] >= (len(moments) - rate) / rate


def most_in_a_second(moments: Sequence[float]) -> int:
    """The largest number of them within one second."""
    return max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments)


def test_waiting_takes_nothing_from_the_time_of_a_request(new: New) -> None:
    """It begins when the request may leave."""
    brief = Timeouts(connect=0.2, read=0.2, total=0.2)
    with answering(answer(200)) as server, closing(Client(target(server.url, timeouts=brief), new(rate=3.0))) as client:
        began = time.time()
        exchanges = [client.send(READ) for _ in range(3)]
    assert [exchange.status for exchange in exchanges] == [200, 200, 200]
    assert exchanges[-1].started - began >= 2 / 3
    assert exchanges[-1].seconds < 0.2


# -- the client ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_sent_that_is_not_paid(new: New) -> None:
    """By any thread, whatever it sends: the next request is refused before it leaves."""
    with answering(answer(200)) as server, closing(Client(target(server.url), new(7))) as client:

        def send(_: int) -> str:
            try:
                client.send(READ)
            except Exhausted as e:
                return str(e)
            return ""

        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(send, range(20)))
    assert len(server.requests) == 7
    assert Counter(told) == {"": 7, "the run's budget of 7 requests was used up (--max-requests)": 13}


def test_tokens_count(new: New) -> None:
    """What was kept for the next one is not spent on anything else."""
    token = answer(200, {"access_token": "t"})
    with (
        answering(lambda request: [token if b"/oauth2/token" in request else answer(200)]) as server,
        closing(Client(target(server.url, auth=Auth("oauth2")), new(4))) as client,
    ):
        client.send(READ)
        client.send(READ)
        with pytest.raises(Exhausted):
            client.send(READ)
    assert [request.split()[1] == b"/oauth2/token" for request in server.requests] == [True, False, False]


def test_a_token_that_is_not_paid_is_told_as_the_budgets_end_each_time(new: New) -> None:
    """It is no refusal of the token endpoint, which would be inconclusive."""
    budget = new(1)
    budget.pay()
    with closing(Client(target(LOCAL, auth=Auth("oauth2")), budget)) as client:
        for _ in range(2):
            with pytest.raises(Exhausted):
                client.send(READ)


def test_the_first_question_counts_and_blocks_nothing_when_it_is_not_paid(new: New) -> None:
    """Each case says for itself that the budget is used up."""
    with answering(answer(200, [])) as server:
        budget, spent = new(2), new(1)
        spent.pay()
        with closing(Client(target(server.url), budget)) as client:
            exchange, blocked = acquaintance.made(client)
            assert exchange
            assert (exchange.ok, blocked) == (True, "")
            assert affords(budget) == 1
        with closing(Client(target(server.url), spent)) as client:
            assert acquaintance.made(client) == (None, "")
    assert len(server.requests) == 1


def test_a_race_that_is_not_paid_has_no_contestant(new: New) -> None:
    """None is sent, and nobody waits for the others."""
    budget = new(3)
    with answering(answer(201, {"id": "x"})) as server, closing(Client(target(server.url), budget)) as client:
        with pytest.raises(Exhausted):
            world(client).at_once([MAKE, MAKE])  # two, and a removal for each
        assert len(world(client).at_once([READ, READ])) == 2
    assert len(server.requests) == 2


def test_a_race_that_is_not_paid_owes_nothing(new: New, tmp_path: Path) -> None:
    """What its contestants may have made was written down, and so is that they were not sent."""
    owner = target(LOCAL)
    with closing(Client(owner, new(3), ledger=Ledger(tmp_path / "ledger", "run", "gw0", owner))) as client:
        with pytest.raises(Exhausted):
            world(client).at_once([MAKE, MAKE])
        assert list((tmp_path / "ledger").glob("*.jsonl")) != []
    assert list((tmp_path / "ledger").iterdir()) == []


def test_a_race_without_a_token_is_not_paid(new: New) -> None:
    """It is asked for first, once for all contestants; one was paid for, and one is kept for the next."""
    budget = new(5)
    with (
        answering(answer(401)) as server,
        closing(Client(target(server.url, auth=Auth("oauth2")), budget)) as client,
        pytest.raises(Inconclusive, match="no token"),
    ):
        world(client).at_once([READ, READ, READ])
    assert (len(server.requests), affords(budget)) == (1, 3)


# -- cases --------------------------------------------------------------------------------------------------------------------


class Paying(Fake):
    """A client without a network that pays, and knows what is there: what makers made and nobody removed."""

    def __init__(self, budget: Budget, answers: dict[str, Sequence[Answer] | Callable[[Call], Answer]]) -> None:
        super().__init__({**MAKERS, **answers})
        self.budget = budget
        self.there: Counter[str] = Counter()

    def send(self, call: Call) -> Exchange:
        """The next answer to this operation, once it is paid."""
        self.pay(call)
        exchange = super().send(call)
        made = call.operation in UNDO and not (call.operation == "assignPhoneNumber" and not call.body["sipTrunkId"])
        removed = call.operation == "assignPhoneNumber" and not made
        if exchange.ok and (made or removed or call.operation.startswith(("delete", "remove"))):
            self.there[call.operation] += 1
        return exchange


def spent(budget: Budget, body: Callable[..., object], **answers: Any) -> tuple[CaseResult, Paying]:
    """What becomes of a scenario with this budget."""
    client = Paying(budget, answers)
    return ran(body, client), client


def judging(world: World) -> None:
    """Makes one of each, then judges something: 10 requests, as a number is looked up, 1, and 9 to remove it all."""
    full(world)
    world.accepted(READ)


@pytest.mark.parametrize("requests", range(1, 24))
def test_whatever_the_budget_all_that_was_made_is_removed(new: New, requests: int) -> None:
    """A case ends early rather than leave anything behind: what it made is the budget's first debt."""
    result, client = spent(new(requests), judging)
    made = sum(count for name, count in client.there.items() if name in UNDO and name != "assignPhoneNumber")
    removed = sum(count for name, count in client.there.items() if name.startswith(("delete", "remove")))
    assert (made, result.leftovers) == (removed, ())
    assert result.requests == len(client.calls) <= requests
    assert result.verdict is (Verdict.PASS if requests >= 20 else Verdict.INCONCLUSIVE if requests > 1 else Verdict.NOT_EXERCISED)
    assert ("--max-requests" in result.reason) is (result.verdict is not Verdict.PASS)


def test_a_case_that_found_something_fails_though_it_was_cut(new: New) -> None:
    """A finding is a finding."""

    def body(world: World) -> None:
        world.refused(READ, id="x")
        world.made(READ)

    result, _ = spent(new(1), body)
    assert (result.verdict, result.requests) == (Verdict.FAIL, 1)


def test_a_case_does_not_begin_on_a_budget_that_is_used_up(new: New) -> None:
    """Its body is not even called."""
    budget = new(1)
    budget.pay()
    called: list[World] = []
    result, _ = spent(budget, called.append)
    assert (result.verdict, result.requests, called) == (Verdict.NOT_EXERCISED, 0, [])
    assert result.reason == "the run's budget of 1 requests was used up (--max-requests)"


def test_a_check_may_end_early_by_itself(new: New) -> None:
    """With what it judged it passes; before it could judge anything it did not begin, which is no defect of the suite."""

    def examined(requests: int) -> CaseResult:
        def body(inquiry: Inquiry) -> None:
            try:
                inquiry.judge_any(inquiry.send(MAKE))
                inquiry.send(READ)
            except Exhausted:
                return

        client = Paying(new(requests), {"createSipTrunk": [TAKEN]})
        return run(Case("check/one", "", "", Kind.CHECK, body), client, Names("20260101t000000-test"))

    assert (examined(2).verdict, examined(1).verdict) == (Verdict.PASS, Verdict.NOT_EXERCISED)


def test_a_second_try_is_paid_from_what_is_left(new: New) -> None:
    """Where nothing is left it is a leftover, which says why; what else was made is removed all the same."""

    def body(world: World) -> None:
        world.trunk()
        world.acl()

    enough, _ = spent(new(5), body, deleteAccessControlList=[RESISTS, DELETED])
    assert enough.leftovers == ()
    short, client = spent(new(4), body, deleteAccessControlList=[RESISTS, DELETED])
    assert client.sent("deleteAccessControlList", "deleteSipTrunk") == ["deleteAccessControlList", "deleteSipTrunk"]
    (left,) = short.leftovers
    assert (left.operation, "--max-requests" in left.reason) == ("deleteAccessControlList", True)


def test_what_may_have_been_made_is_searched_with_what_was_kept_for_its_removal(new: New) -> None:
    """It is found, and named among the leftovers where nothing is left to remove it."""
    made: list[dict[str, Any]] = []

    def create(call: Call) -> Answer:
        made.append({"id": "lost", **call.body})
        return Failure.TIMEOUT

    def body(world: World) -> None:
        world.send(api.createSipTrunk(json=world.trunk_body()))
        while True:
            world.send(api.getBlockingRules())

    answers: dict[str, Any] = {"createSipTrunk": create, "getSipTrunks": lambda _: (200, made)}
    short, _ = spent(new(4), body, **answers)
    assert [(left.operation, "--max-requests" in left.reason) for left in short.leftovers] == [("deleteSipTrunk", True)]
    made.clear()
    enough, client = spent(new(3), lambda world: world.trunk(), **answers)
    assert (enough.leftovers, client.sent("deleteSipTrunk")) == ((), ["deleteSipTrunk"])


def test_one_case_does_not_spend_what_another_one_owes(new: New) -> None:
    """However many run at once: each has made something when the budget ends."""
    budget, barrier, ids = new(60), threading.Barrier(8), itertools.count()

    def body(world: World) -> None:
        for _ in range(3):
            world.trunk()
        barrier.wait(10)
        while True:
            world.send(READ)

    with ThreadPoolExecutor(8) as threads:
        begun = [threads.submit(spent, budget, body, createSipTrunk=lambda _: (201, {"id": str(next(ids))})) for _ in range(8)]
    results = [future.result()[0] for future in begun]
    assert {(result.verdict, result.leftovers) for result in results} == {(Verdict.INCONCLUSIVE, ())}
    assert sum(result.requests for result in results) == 60


def test_without_a_budget_nothing_is_kept(new: New) -> None:
    """With a rate alone no request is counted."""
    result, _ = spent(new(rate=10_000.0), judging)
    assert (result.verdict, result.leftovers) == (Verdict.PASS, ())
    with closing(Client(target(LOCAL))) as client:
        assert client.budget is None
        client.pay(READ, MAKE)


# -- how it is asked for ------------------------------------------------------------------------------------------------------


def options(**given: str) -> Options:
    """The options of a run."""
    asked: dict[str, Any] = {"depth": "quick", "gate": "strict", **given}
    return options_of(asked.get)


@pytest.mark.parametrize(
    ("text", "rate"), [("20", 20.0), ("0.5", 0.5), (".5", 0.5), ("20/s", 20.0), ("300/m", 5.0), ("1800/h", 0.5), ("1/h", 1 / 3600)]
)
def test_a_rate_is_a_number_with_or_without_a_unit(text: str, rate: float) -> None:
    """A second, a minute or an hour."""
    assert options(rate=text).rate == rate


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "x", "1/d", "20 /s", "nan", "inf", "1e3", "1e999", "9" * 400, "0.000000001"]
)
def test_what_is_no_rate_is_a_mistake(text: str) -> None:
    """In one line that says what to give."""
    with pytest.raises(Mistake, match=r"^--rate .*: give requests a second, more than none: 20, 0.5, or .* 300/m$"):
        options(rate=text)


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "2.5", "nan"])
def test_what_is_no_number_of_requests_is_a_mistake(text: str) -> None:
    """In one line."""
    with pytest.raises(Mistake, match=r"^--max-requests( .*: give a whole number| must be 1 or more)$"):
        options(max_requests=text)


def limits_of(tmp_path: Path, profile: str | None, **given: Any) -> tuple[int | None, float | None] | None:
    """What a run with such a profile and options may send."""
    file = tmp_path / "mine.toml"
    file.write_text(profile or "", "utf-8")
    asked = Options(base_url=LOCAL, profile=None if profile is None else str(file), report_dir=str(tmp_path), **given)
    with closing(Ended(asked)) as begun:
        limits = begun.limits
    return (limits.requests, limits.rate) if limits else None


class Ended(Run):
    """A run to be closed."""

    def __init__(self, asked: Options) -> None:
        super().__init__(asked, KEY)

    def close(self) -> None:
        """End it."""
        self.end()


def test_the_command_line_wins_over_the_profile(tmp_path: Path) -> None:
    """Each of the two for itself; without either nothing is limited."""
    both = "max_requests = 100\nrate = 2.5"
    assert limits_of(tmp_path, None) is None
    assert limits_of(tmp_path, "") is None
    assert limits_of(tmp_path, both) == (100, 2.5)
    assert limits_of(tmp_path, both, max_requests=7) == (7, 2.5)
    assert limits_of(tmp_path, both, rate=0.5) == (100, 0.5)
    assert limits_of(tmp_path, None, rate=1.0) == (None, 1.0)


@pytest.mark.parametrize("profile", ["max_requests = 0", "max_requests = 1.5", "rate = 0", "rate = -1", "rate = nan", "rate = inf"])
def test_a_profile_with_no_such_number_is_a_mistake(tmp_path: Path, profile: str) -> None:
    """Also one that TOML knows and no schema can refuse."""
    with pytest.raises(Mistake, match=profile.partition(" ")[0]):
        limits_of(tmp_path, profile)


def test_a_budget_larger_than_anything_is_one_that_never_ends(new: New) -> None:
    """No number is too large."""
    budget = new(10**30)
    budget.pay(1000)
    assert not budget.used_up()


def test_few_cases_run_at_once_where_a_run_is_limited(tmp_path: Path) -> None:
    """Every case that the budget meets is cut; but who asks for a number gets it."""

    def at_once(**given: Any) -> int:
        with closing(Ended(Options(base_url=LOCAL, report_dir=str(tmp_path), **given))) as begun:
            return begun.shared().concurrency

    assert (at_once(max_requests=10_000), at_once(max_requests=250), at_once(max_requests=1)) == (48, 10, 1)
    assert (at_once(rate=200.0), at_once(rate=5.5), at_once(rate=0.1)) == (48, 6, 1)
    assert at_once(max_requests=10, concurrency=20) == 20


def test_limits_come_to_a_worker_as_they_left(tmp_path: Path) -> None:
    """Through text; and both open the same budget."""
    limits = Limits(str(tmp_path / "budget"), 3, 1000.0)
    sent = Shared("run", target(LOCAL), 1, strict=False, concurrency=1, stop_file="stop", limits=limits)
    there = Shared.from_json(sent.as_json())
    assert there == sent
    assert Shared.from_json(replace(sent, limits=None).as_json()).budget() is None
    with closing(Budget.begun(limits)) as here:
        here.pay()
        other = there.budget()
        assert other is not None
        with closing(other):
            assert affords(other) == 2


def test_the_plan_is_the_same_with_any_budget() -> None:
    """It is what a run could do, not what it had time for."""
    assert plan_id(Options(max_requests=1, rate=2.0), 1) == plan_id(Options(), 1)


def test_the_summary_says_that_the_budget_ended() -> None:
    """How many cases it cut and how many it kept from beginning; nothing where there was enough."""
    why = Limits("", 9).used_up
    results = built(
        result(Verdict.PASS, case(variant="a")),
        result(Verdict.INCONCLUSIVE, case(variant="b"), reason=why),
        *(result(Verdict.NOT_EXERCISED, case(variant=name), reason=why) for name in "cd"),
    )
    line = (f"{why}: 1 cases were cut short, 2 were not begun", "yellow")
    assert line in list(terminal.summary(results, "", spent=why))
    for told in ("", Limits("", 8).used_up):
        assert not any("not begun" in text for text, _ in terminal.summary(results, "", spent=told))


# -- runs ---------------------------------------------------------------------------------------------------------------------


class Counting:
    """A sandbox that writes down when requests came."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.at_first = self._tables()
        self.moments: list[float] = []

    def handle(self, request: Request) -> Response:
        """Answer as the sandbox does."""
        self.moments.append(time.monotonic())
        return self.sandbox.handle(request)

    @property
    def left(self) -> dict[str, Any]:
        """The tables in which there is something that was not there at first."""
        return {name: table for name, table in self._tables().items() if table != self.at_first[name]}

    def _tables(self) -> dict[str, set[Any]]:
        state = self.sandbox.state
        return {name: set(getattr(state, name)) for name in RESOURCES}


RESOURCES = ("customers", "projects", "trunks", "endpoints", "acls", "credential_lists", "numbers", "rules")


def counted(folder: Path, *arguments: str, profile: str = "") -> tuple[Outcome, Counting]:
    """A run of the documented cases against a sandbox that counts."""
    counting = Counting()
    (folder / "p.toml").write_text(profile, "utf-8")
    with running(counting) as url:
        line = ("--only-documented", "--base-url", url, "--profile", str(folder / "p.toml"), *arguments)
        return contract(folder / "r", *line, given=variables(counting.sandbox)), counting


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_keeps_to_its_budget_and_leaves_nothing(tmp_path: Path, workers: str) -> None:
    """Every request counts, of all processes; what was judged stands, and all else says why not."""
    outcome, counting = counted(tmp_path, "--max-requests", "300", "-n", workers)
    assert 250 < len(counting.moments) <= 300
    assert (counting.left, outcome.results["leftovers"]) == ({}, [])
    cases = [case for row in outcome.results["rows"] for case in row["cases"]]
    why = "the run's budget of 300 requests was used up (--max-requests)"
    assert {(case["verdict"], case.get("reason")) for case in cases} <= {
        ("pass", None),
        ("inconclusive", why),
        ("not_exercised", why),
    }
    verdicts = Counter(case["verdict"] for case in cases)
    assert verdicts["pass"] > 10
    assert verdicts["not_exercised"] > 600
    untouched = [row for row in outcome.results["rows"] if {case["verdict"] for case in row["cases"]} == {"not_exercised"}]
    assert {(row["verdict"], row["reason"]) for row in untouched} == {("not_exercised", why)}
    assert outcome.status == (6 if verdicts["inconclusive"] else 0)
    told = f"{why}: {verdicts['inconclusive']} cases were cut short, {verdicts['not_exercised']} were not begun"
    assert told in outcome.said


def test_a_run_with_tokens_keeps_to_its_budget_and_leaves_nothing(tmp_path: Path) -> None:
    """Those are requests as well; the budget may stand in the profile."""
    outcome, counting = counted(tmp_path, "-n", "2", profile='max_requests = 60\nauth = { kind = "oauth2" }')
    assert 40 < len(counting.moments) <= 60
    assert (counting.left, outcome.results["leftovers"]) == ({}, [])


def test_a_run_that_its_budget_suffices_for_is_as_any_other(tmp_path: Path) -> None:
    """Everything passes, and nothing is said of a budget."""
    outcome, counting = counted(tmp_path, "--max-requests", "1000", "-k", "404-trunk-domain")
    assert (outcome.status, set(outcome.verdicts.values())) == (0, {"pass"}), outcome.out
    assert "--max-requests" not in outcome.said
    assert len(counting.moments) < 100


def test_a_run_keeps_to_its_rate(tmp_path: Path) -> None:
    """Over all processes, within any second and on the whole."""
    rate = 50
    outcome, counting = counted(tmp_path, "--rate", str(rate), "-n", "2", "-k", "404-ip-range-id")
    assert (outcome.status, set(outcome.verdicts.values())) == (0, {"pass"}), outcome.out
    moments = counting.moments
    assert len(moments) > rate
    assert most_in_a_second(moments) <= 2 * rate
    assert moments[-1] - moments[0] >= (len(moments) - rate) / rate - 0.2


def test_a_mistake_is_one_line_and_nothing_is_sent(tmp_path: Path) -> None:
    """As any mistake in options."""
    outcome, counting = counted(tmp_path, "--rate", "fast")
    assert (outcome.status, counting.moments, outcome.written) == (4, [], [])
    (line,) = outcome.err.strip().splitlines()
    assert "--rate fast" in line
