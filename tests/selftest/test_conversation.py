"""A case's talk with its target: refusals asked for twice, set-ups and controls, and what stands in the way of a judgement."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.blame import Inconclusive, NotExercised
from contracts.call import api
from contracts.case import CaseResult, Kind, Verdict
from contracts.exchange import Failure
from contracts.finding import Rule
from contracts.world import World
from tests.selftest.fake import DELETED, Answer, Fake, Script, ran, refusal

UNKNOWN = "01HUNKNOWN"
REFUSED = refusal("404-trunk-id", bound={"id": UNKNOWN})
READ = api.getSipTrunkById(sipTrunkId=UNKNOWN)
OTHER = (400, {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request."})
TAKEN = refusal("400-domain-unavailable")


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a fake do not lag."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)


def asked(world: World) -> None:
    """Reads a trunk that is not there."""
    world.refused(READ, id=UNKNOWN)


def rules(result: CaseResult) -> list[Rule]:
    """The rules of its findings that fail."""
    return [finding.rule for finding in result.failures]


def judged(script: Script, body: Callable[[World], object] = asked, **members: object) -> CaseResult:
    """What becomes of a scenario with such answers."""
    return ran(body, Fake(script, **members))


# -- refusals -----------------------------------------------------------------------------------------------------------------


def test_a_refusal_is_asked_for_twice() -> None:
    """Both answers are judged, and both conform."""
    fake = Fake({"getSipTrunkById": [REFUSED]})
    result = ran(asked, fake)
    assert (result.verdict, result.assertions, result.requests) == (Verdict.PASS, 2, 2)
    assert fake.sent() == ["getSipTrunkById"] * 2


def test_another_error_the_second_time_is_not_repeatable() -> None:
    """The finding stands beside those about the second answer itself."""
    result = judged({"getSipTrunkById": [REFUSED, OTHER]})
    assert result.verdict is Verdict.FAIL
    assert Rule.NOT_REPEATABLE in rules(result)
    assert Rule.HTTP_STATUS in rules(result)


def test_a_success_the_second_time_is_unrefused() -> None:
    """And nothing is said of repetition, which would only say it twice."""
    assert rules(judged({"getSipTrunkById": [REFUSED, (200, {})]})) == [Rule.UNREFUSED]


def test_a_success_the_first_time_is_not_asked_for_again() -> None:
    """What was to be refused took effect."""
    fake = Fake({"getSipTrunkById": [(200, {})]})
    result = ran(asked, fake)
    assert (rules(result), len(fake.calls)) == ([Rule.UNREFUSED], 1)


def test_an_unrefused_creation_is_undone() -> None:
    """What should not exist is removed like everything else."""
    fake = Fake({"createSipTrunk": [(201, {"id": "made"})], "deleteSipTrunk": [DELETED]})
    result = ran(lambda world: world.refused(api.createSipTrunk(name="n", hostName="h")), fake, "400-domain-unavailable")
    assert (rules(result), fake.sent(), result.leftovers) == ([Rule.UNREFUSED], ["createSipTrunk", "deleteSipTrunk"], ())
    assert fake.calls[-1].path["sipTrunkId"] == "made"


def test_equal_findings_of_both_answers_are_told_once() -> None:
    """A wrong status is one finding, however often it comes."""
    assert rules(judged({"getSipTrunkById": [(404, {**_envelope(), "status": "GONE"})]})) == [Rule.STATUS]


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_no_refusal(status: int) -> None:
    """It is judged as it came."""
    assert Rule.HTTP_STATUS in rules(judged({"getSipTrunkById": [(status, b"")]}))


def test_a_500_that_nobody_asked_for_fails() -> None:
    """Also where it is well-formed, and also as a stray of a set-up."""
    failure = refusal("500-internal-server-error")
    result = judged({"getSipTrunkById": [failure]})
    assert result.verdict is Verdict.FAIL
    assert any(f.rule is Rule.SERVER_ERROR for _, stray in result.strays for f in stray.findings)


# -- no judgement possible ----------------------------------------------------------------------------------------------------

INFRASTRUCTURE: list[Answer] = [*((status, b"") for status in (429, 502, 503, 504)), *Failure]


@pytest.mark.parametrize("answer", INFRASTRUCTURE, ids=str)
@pytest.mark.parametrize("before", [0, 1])
def test_the_infrastructure_is_never_judged(answer: Answer, before: int) -> None:
    """The case is inconclusive, and nothing is collected as an error of the API."""
    result = judged({"getSipTrunkById": [*[REFUSED] * before, answer]})
    assert (result.verdict, result.findings, result.strays) == (Verdict.INCONCLUSIVE, (), ())
    assert "getSipTrunkById" in result.reason


@pytest.mark.parametrize("answer", INFRASTRUCTURE, ids=str)
def test_a_set_up_or_a_reading_that_the_infrastructure_ends_is_inconclusive(answer: Answer) -> None:
    """As the provocation itself."""
    assert judged({"createSipTrunk": [answer]}, made_trunk).verdict is Verdict.INCONCLUSIVE
    script: Script = {"getSipTrunkById": [REFUSED], "getCredentialListById": [answer]}
    result = judged(script, lambda world: world.refused(READ, watch=[api.getCredentialListById(id="list")], id=UNKNOWN))
    assert result.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_never_worked_is_inconclusive(status: int) -> None:
    """And the reason says what to check."""
    fake = Fake({"getSipTrunkById": [(status, {})]})
    fake.proven = False
    result = ran(asked, fake)
    assert (result.verdict, "check key and project" in result.reason) == (Verdict.INCONCLUSIVE, True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_worked_before_makes_it_a_finding(status: int) -> None:
    """Then it is an answer like any other."""
    assert Rule.HTTP_STATUS in rules(judged({"getSipTrunkById": [(status, {})]}))


def test_what_the_client_cannot_send_is_a_verdict_too() -> None:
    """No token is inconclusive, an operation that the target has not is not exercised."""
    result = judged({"getSipTrunkById": [Inconclusive("no token")]})
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "no token")
    result = judged({"getSipTrunkById": [NotExercised("none here")]})
    assert (result.verdict, result.reason) == (Verdict.NOT_EXERCISED, "none here")


# -- set-ups and controls -----------------------------------------------------------------------------------------------------


def made_trunk(world: World) -> None:
    """Needs a trunk."""
    world.refused(READ, id=str(world.trunk()["id"]))


def accepted(world: World) -> None:
    """Reads a trunk as a positive control."""
    world.accepted(READ)


def test_a_set_up_refused_in_any_way_is_inconclusive() -> None:
    """The reason shows the answer, and the answer is collected as a stray."""
    result = judged({"createSipTrunk": [OTHER]}, made_trunk)
    assert (result.verdict, "Bad request." in result.reason, len(result.strays)) == (Verdict.INCONCLUSIVE, True, 1)


def test_a_control_refused_with_the_very_error_of_its_row_fails() -> None:
    """Whatever values its message bears."""
    refused = refusal("404-trunk-id", bound={"id": "quite another"})
    result = ran(accepted, Fake({"getSipTrunkById": [refused]}), kind=Kind.CONTROL)
    assert (result.verdict, rules(result)) == (Verdict.FAIL, [Rule.CONTROL_REFUSED])


def test_a_control_refused_with_another_rows_error_is_inconclusive() -> None:
    """It says nothing of this row."""
    result = judged({"getSipTrunkById": [TAKEN]}, accepted)
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_control_that_is_accepted_passes() -> None:
    """Any 2xx will do, whatever stands in it."""
    answers: list[Answer] = [(200, b"<html>"), (201, {}), (204, None), (299, [])]
    for answer in answers:
        result = judged({"getSipTrunkById": [answer]}, accepted)
        assert (result.verdict, result.assertions) == (Verdict.PASS, 1)


def test_a_collision_is_tried_with_fresh_values() -> None:
    """Each try sends another value; the third time it works."""
    made = [TAKEN, TAKEN, (201, {"id": UNKNOWN})]
    fake = Fake({"createSipTrunk": made, "getSipTrunkById": [REFUSED], "deleteSipTrunk": [DELETED]})
    assert ran(made_trunk, fake).verdict is Verdict.PASS
    hosts = [call.body["hostName"] for call in fake.calls if call.operation == "createSipTrunk"]
    assert len(set(hosts)) == 3


def test_three_collisions_are_inconclusive() -> None:
    """Also where the collision is the row's own error: it is no fault."""
    for row_id in ("404-trunk-id", "400-domain-unavailable"):
        fake = Fake({"createSipTrunk": [TAKEN]})
        result = ran(made_trunk, fake, row_id)
        assert (result.verdict, "taken already" in result.reason, len(fake.calls)) == (Verdict.INCONCLUSIVE, True, 3)


def test_a_collision_and_then_a_throttle_is_the_infrastructures() -> None:
    """The last answer decides what is said."""
    result = judged({"createSipTrunk": [TAKEN, (429, b"")]}, made_trunk)
    assert (result.verdict, "infrastructure" in result.reason) == (Verdict.INCONCLUSIVE, True)


def test_a_member_that_a_success_does_not_have_is_inconclusive() -> None:
    """And what was made without saying its id is a leftover."""
    result = judged({"createSipTrunk": [(201, {"name": "n"})]}, made_trunk)
    assert (result.verdict, "no 'id'" in result.reason) == (Verdict.INCONCLUSIVE, True)
    assert [(left.operation, left.created_by) for left in result.leftovers] == [("createSipTrunk", "createSipTrunk")]


@pytest.mark.parametrize("body", [*({"id": odd} for odd in ({"a": 1}, None, ["x"], True, "", "..")), [], "text", None], ids=str)
def test_an_id_that_is_none_is_a_leftover_and_deletes_nothing(body: object) -> None:
    """Who knows what a request to delete it would hit."""
    fake = Fake({"createSipTrunk": [(201, body)], "getSipTrunkById": [OTHER]})
    result = ran(made_trunk, fake)
    assert result.verdict in {Verdict.INCONCLUSIVE, Verdict.FAIL}
    assert "deleteSipTrunk" not in fake.sent()
    assert len(result.leftovers) == 1


def test_every_stray_is_kept() -> None:
    """Errors of set-ups, readings and clean-up, each with its call."""

    def body(world: World) -> None:
        world.trunk()
        for _ in range(3):
            world.send(api.getSipTrunks())
        asked(world)

    script: Script = {
        "createSipTrunk": [TAKEN, (201, {"id": "made"})],
        "getSipTrunks": [OTHER],
        "getSipTrunkById": [REFUSED],
        "deleteSipTrunk": [OTHER, DELETED],
    }
    result = judged(script, body)
    assert [call.operation for call, _ in result.strays] == ["createSipTrunk", *["getSipTrunks"] * 3, "deleteSipTrunk"]


def _envelope() -> dict[str, object]:
    assert isinstance(REFUSED, tuple)
    envelope: dict[str, object] = dict(REFUSED[1])
    return envelope
