"""The runner: a case's verdict, and whose fault it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.blame import Forbidden, Inconclusive, NotExercised
from contracts.call import api
from contracts.case import Verdict
from contracts.finding import Finding, Rule, Severity
from contracts.transport.guard import Guard
from contracts.world import World
from tests.selftest.fake import Answer, Fake, ran

MADE: Answer = (201, {"id": "t"})


def passes(world: World) -> None:
    """Judges something, and finds nothing."""
    world.accepted(api.getSipTrunks())


def finds(world: World, severity: Severity = Severity.FAIL) -> None:
    """Finds something."""
    passes(world)
    world.findings.append(Finding(Rule.CODE, "1", "2", "text", severity))


def raises(exception: BaseException, before: Callable[[World], None] = passes) -> Callable[[World], None]:
    """A scenario that ends so."""

    def body(world: World) -> None:
        before(world)
        raise exception

    return body


def nothing(_: World) -> None:
    """Does nothing at all."""


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        (passes, Verdict.PASS, ""),
        (finds, Verdict.FAIL, ""),
        (lambda world: finds(world, Severity.ADVISORY), Verdict.PASS, ""),
        (raises(Inconclusive("why")), Verdict.INCONCLUSIVE, "why"),
        (raises(NotExercised("why")), Verdict.NOT_EXERCISED, "why"),
        (raises(Inconclusive("why"), finds), Verdict.FAIL, ""),
        (raises(ValueError("why"), finds), Verdict.ERROR, "ValueError: why"),
        (raises(RecursionError("why")), Verdict.ERROR, "RecursionError: why"),
        (raises(SystemExit(3)), Verdict.ERROR, "SystemExit: 3"),
        (raises(pytest.skip.Exception("why")), Verdict.ERROR, "Skipped: why"),
        (nothing, Verdict.ERROR, "the scenario judged nothing"),
        (lambda world: world.trunk(), Verdict.ERROR, "the scenario judged nothing"),
    ],
)
def test_the_verdict_says_whose_fault_it_is(body: Callable[[World], None], verdict: Verdict, reason: str) -> None:
    """Only the API's is a fail; a scenario that judged nothing cannot pass."""
    result = ran(body, Fake({"createSipTrunk": [MADE]}))
    assert (result.verdict, result.reason) == (verdict, reason)
    assert (result.exception is None) == (verdict is not Verdict.ERROR or "judged nothing" in reason)


@pytest.mark.parametrize(("read_only", "verdict"), [(True, Verdict.INCONCLUSIVE), (False, Verdict.ERROR)])
def test_what_the_guard_stops_is_a_defect_unless_an_answer_led_there(verdict: Verdict, *, read_only: bool) -> None:
    """Where only reads are let through, an id that a target made up may lead to what is none."""
    fake = Fake({}, guard=Guard(read_only=read_only))
    result = ran(raises(Forbidden("why")), fake)
    assert (result.verdict, "why" in result.reason) == (verdict, True)


def test_an_interrupt_passes_through() -> None:
    """It is no verdict on anything."""
    with pytest.raises(KeyboardInterrupt):
        ran(raises(KeyboardInterrupt()), Fake({}))


def test_a_withdrawn_case_sends_nothing() -> None:
    """It is not exercised, for the profile's reason."""
    fake = Fake({}, withdrawn=(("404-trunk-id", "not there yet"),))
    result = ran(passes, fake)
    assert (result.verdict, result.reason) == (Verdict.NOT_EXERCISED, "withdrawn by the profile: not there yet")
    assert fake.calls == []


def test_a_row_without_its_placeholders_is_the_scenarios_fault() -> None:
    """A value that is missing, or that the row does not have."""
    for bound in ({}, {"id": "x", "other": "y"}):
        result = ran(lambda world, b=bound: world.refused(api.getSipTrunks(), **b), Fake({}))
        assert (result.verdict, result.reason.partition(":")[0]) == (Verdict.ERROR, "ValueError")


def test_requests_time_and_start_are_told() -> None:
    """Of the case's own, clean-up included."""
    result = ran(
        lambda world: world.accepted(api.getSipTrunkById(sipTrunkId=world.trunk()["id"])), Fake({"createSipTrunk": [MADE]})
    )
    assert (result.requests, result.verdict) == (3, Verdict.PASS)
    assert result.seconds >= 0
    assert result.started > 0
