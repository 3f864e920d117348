"""Races: which answers some order of the requests explains, and what is read afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import CaseResult, Verdict
from contracts.exchange import Failure
from contracts.finding import Rule
from contracts.inquiry import Inquiry
from contracts.model import race as races
from contracts.model.mixture import Mixture
from contracts.model.mixtures import MIXTURES
from contracts.model.race import Search, race
from contracts.model.state import Project, State, Trunk
from contracts.model.walk import Walk
from contracts.names import Names
from contracts.sandbox import Sandbox
from tests.contract import test_races as checks
from tests.selftest.answers import PROJECT
from tests.selftest.fake import Answer, Fake, exchange, refusal
from tests.selftest.served import ran

START = State().put(Project(PROJECT, lent=True)).put(Trunk("T", PROJECT, "trunk", "host"))
DELETE = api.deleteSipTrunk(sipTrunkId="T").under(PROJECT)
GONE = refusal("404-trunk-id", bound={"id": "T"})


def rename(name: str) -> Call:
    """Another name for the trunk."""
    return api.updateSipTrunk(sipTrunkId="T", json={"name": name, "hostName": "host"}).under(PROJECT)


def found(*answered: tuple[Call, Answer]) -> list[State]:
    """The states that orders of these lead to."""
    walk = Walk(Inquiry(Fake({}), Names("t")))
    return list(Search(walk, [exchange(call, answer) for call, answer in answered]).states(START))


def test_one_success_and_the_documented_error_for_the_rest_is_an_order() -> None:
    """Whichever came first."""
    (state,) = found((DELETE, GONE), (DELETE, (204, None)), (DELETE, GONE))
    assert not state.trunks


@pytest.mark.parametrize(
    "answers",
    [
        [(204, None), (204, None)],
        [GONE, GONE],
        [(204, None), refusal("404-trunk-id", bound={"id": "another"})],
        [(204, None), refusal("400-trunk-has-phone-numbers", bound={"trunkId": "T"})],
    ],
    ids=["both succeed", "none succeeds", "another value", "another row"],
)
def test_what_no_order_explains_has_no_state(answers: Sequence[Answer]) -> None:
    """Two winners, no winner, a loser who is told something else."""
    assert found(*((DELETE, answer) for answer in answers)) == []


def test_updates_may_end_in_any_of_their_names() -> None:
    """All orders are right, and each leads to another state."""
    states = found(*((rename(name), (200, {"id": "T"})) for name in "abc"))
    assert {state.trunks["T"].name for state in states} == set("abc")


def test_sixteen_updates_are_searched_in_no_time() -> None:
    """Each may have come last; more is not to be seen."""
    states = found(*((rename(f"name{number}"), (200, {"id": "T"})) for number in range(16)))
    assert len({state.trunks["T"].name for state in states}) == 16


def test_an_update_that_found_the_trunk_gone_came_after_its_deletion() -> None:
    """Mixed calls: the order decides, and one of them must fit."""
    (state,) = found((rename("late"), GONE), (DELETE, (204, None)), (rename("early"), (200, {"id": "T"})))
    assert not state.trunks
    assert [gone.name for gone in state.was(Trunk)] == ["early"]


def raced(answers: Sequence[Answer], script: dict[str, Any]) -> Inquiry:
    """A race of deletions of one trunk, with these answers."""
    told = iter(answers)
    made: dict[str, Any] = {"createSipTrunk": [(201, {"id": "T"})], "deleteSipTrunk": lambda _: next(told)}
    inquiry = Inquiry(Fake({**made, "getSipTrunkById": [(200, {"id": "T"}), GONE], **script}), Names("t"))
    race(inquiry, MIXTURES["deletions-of-trunk"], len(answers))
    return inquiry


def test_two_winners_are_a_finding_with_its_story() -> None:
    """The story tells what was set up, and what went at once."""
    inquiry = raced([(204, None), (204, None)], {})
    assert [finding.rule for finding in inquiry.findings] == [Rule.RACE]
    assert inquiry.story
    assert [line.partition(".")[0] for line in inquiry.story.lines[:3]] == ["1", "2", "2"]
    assert inquiry.story.script.count("&\n") == 2


def test_a_server_that_breaks_in_a_race_is_told_so() -> None:
    """Never a 5xx: judged by its own row."""
    inquiry = raced([(204, None), refusal("500-internal-server-error")], {})
    assert Rule.SERVER_ERROR in {finding.rule for finding in inquiry.findings}
    assert {broken.row for broken in inquiry.broken()} == {"500-internal-server-error"}


def test_what_is_read_afterwards_must_be_explained_too() -> None:
    """The trunk was deleted, and is there."""
    inquiry = raced([(204, None), GONE], {"getSipTrunkById": [(200, {"id": "T"})]})
    assert [finding.rule for finding in inquiry.findings] == [Rule.STATE_UNEXPLAINED]


def test_a_contestant_without_an_answer_makes_the_race_inconclusive() -> None:
    """Nobody can say what it did."""
    with pytest.raises(Inconclusive, match="timed out"):
        raced([(204, None), Failure.TIMEOUT], {})


def test_too_many_orders_are_not_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that was given up says nothing of the target."""
    monkeypatch.setattr(races, "TRIED", 1)
    monkeypatch.setattr(Search, "__init__", _short(Search.__init__))
    with pytest.raises(Inconclusive, match="too many orders"):
        raced([GONE, (204, None)], {})


def _short(init: Any) -> Any:
    def begun(self: Search, walk: Walk, exchanges: Sequence[Any]) -> None:
        init(self, walk, exchanges, races.TRIED)

    return begun


@pytest.mark.parametrize("mixture", MIXTURES.values(), ids=lambda mixture: mixture.name)
def test_a_mixture_sends_as_many_calls_as_are_asked_for_by_the_operations_that_it_names(mixture: Mixture) -> None:
    """What a mutant changes is what races."""
    sent: list[Call] = []

    def body(inquiry: Inquiry) -> None:
        for number in (2, 5):
            calls = mixture.calls(Walk(inquiry), number)
            assert len(calls) == number
            sent.extend(calls)
        inquiry.assertions += 1

    (case,) = (one for one in checks.mixtures.cases() if one.arguments["mixture"] is mixture)
    result = next(iter(ran(Sandbox(), [type(case)(case.id, "", "", case.kind, body)]).values()))
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert {call.operation for call in sent} == set(mixture.operations)


def test_every_race_of_a_quick_run_passes_on_the_clean_sandbox() -> None:
    """No finding, nothing left over."""
    results: list[CaseResult] = list(ran(Sandbox(), [*checks.mixtures.cases(), *checks.random_mixtures.cases()]).values())
    assert {(one.verdict, one.reason, one.leftovers) for one in results} == {(Verdict.PASS, "", ())}
