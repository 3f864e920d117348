"""Races: equal calls at one instant, of which one may succeed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import CaseResult, Kind, Verdict
from contracts.client import Start
from contracts.exchange import Exchange, Failure
from contracts.finding import Rule
from contracts.world import World
from tests.selftest.fake import DELETED, Answer, Fake, ran, refusal

N = 4
WON: Answer = (201, {"id": "made"})
TAKEN = refusal("400-domain-unavailable")


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a fake do not lag."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)


def raced(*answers: Answer, client: Callable[[list[Answer]], Fake] | None = None) -> tuple[CaseResult, Fake]:
    """What becomes of a race that is answered so, in any order of arrival."""
    fake = (client or _scripted)(list(answers))
    calls = [api.createSipTrunk(name="n", hostName="h")] * len(answers)
    return ran(lambda world: _race(world, calls), fake, "400-domain-unavailable", Kind.RACE), fake


def _scripted(answers: list[Answer]) -> Fake:
    return Fake({"createSipTrunk": answers, "deleteSipTrunk": [DELETED]})


def _race(world: World, calls: list[Call]) -> None:
    world.race(calls, lambda _: {})


def test_one_winner_and_the_documented_error_for_all_others_passes() -> None:
    """Each loser is judged, and the winner's resource removed."""
    result, fake = raced(WON, *[TAKEN] * (N - 1))
    assert (result.verdict, result.assertions, result.leftovers) == (Verdict.PASS, N - 1, ())
    assert fake.sent("createSipTrunk", "deleteSipTrunk") == [*["createSipTrunk"] * N, "deleteSipTrunk"]


def test_all_are_under_way_before_the_first_is_sent() -> None:
    """Nobody starts until everybody is ready."""
    ready: list[int] = []
    seen: list[int] = []

    class Counting(Fake):
        def send_alone(self, call: Call, ready_to_go: Callable[[], object], start: Start) -> Exchange:
            ready.append(1)
            with start.slot:
                ready_to_go()
                seen.append(len(ready))
                return self.send(call)

    raced(WON, *[TAKEN] * (N - 1), client=lambda answers: Counting({"createSipTrunk": answers, "deleteSipTrunk": [DELETED]}))
    assert seen == [N] * N


@pytest.mark.parametrize("winners", [0, 2, N])
def test_any_other_number_of_winners_is_one_finding(winners: int) -> None:
    """Whatever the losers were told; and all that was made is removed."""
    made: list[Answer] = [(201, {"id": f"made-{n}"}) for n in range(winners)]
    result, fake = raced(*made, *[TAKEN] * (N - winners))
    (finding,) = result.failures
    assert (finding.rule, finding.actual) == (Rule.RACE, f"{winners} of {N} succeeded")
    assert sorted(call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk") == [
        f"made-{n}" for n in range(winners)
    ]


@pytest.mark.parametrize("answer", [(429, b""), (503, b""), Failure.TIMEOUT, Failure.INCOMPLETE], ids=str)
def test_a_contestant_without_a_judgement_makes_the_race_inconclusive(answer: Answer) -> None:
    """It may be the very one that won, or lost otherwise; what another one made is removed all the same."""
    for others in ([WON, TAKEN, TAKEN], [TAKEN] * 3):
        result, fake = raced(*others, answer)
        assert (result.verdict, result.findings) == (Verdict.INCONCLUSIVE, ())
        assert fake.sent("deleteSipTrunk") == ["deleteSipTrunk"] * others.count(WON)


def test_two_winners_are_a_finding_whatever_became_of_the_others() -> None:
    """No missing answer can make that right."""
    result, _ = raced((201, {"id": "a"}), (201, {"id": "b"}), Failure.TIMEOUT)
    assert [finding.rule for finding in result.failures] == [Rule.RACE]


def test_a_loser_with_another_error_is_judged() -> None:
    """As any refusal is."""
    result, _ = raced(WON, TAKEN, (409, {"code": 409, "status": "CONFLICT", "message": "Conflict."}))
    assert Rule.HTTP_STATUS in [finding.rule for finding in result.failures]


def test_a_contestant_that_cannot_come_does_not_keep_the_others_waiting() -> None:
    """And what another one made before is not forgotten."""
    arrived = threading.Event()

    class Tokenless(Fake):
        def send_alone(self, call: Call, ready: Callable[[], object], start: Start) -> Exchange:
            if not arrived.is_set():
                arrived.set()
                raise Inconclusive("no token")
            return super().send_alone(call, ready, start)

    result, _ = raced(WON, TAKEN, TAKEN, client=lambda answers: Tokenless({"createSipTrunk": answers}))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "no token")


def test_a_success_is_removed_although_another_contestant_broke_off() -> None:
    """The winner's exchange is kept first."""
    broken, sent = threading.Lock(), threading.Event()

    class Late(Fake):
        def send_alone(self, call: Call, ready: Callable[[], object], start: Start) -> Exchange:
            with start.slot:
                ready()
                if broken.acquire(blocking=False):
                    sent.wait(5)
                    raise Inconclusive("broke off")
                exchange = self.send(call)
            sent.set()
            return exchange

    result, fake = raced(WON, TAKEN, TAKEN, client=lambda answers: Late({"createSipTrunk": answers, "deleteSipTrunk": [DELETED]}))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert fake.sent("deleteSipTrunk") == ["deleteSipTrunk"]
