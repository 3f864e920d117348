"""A case's talk with its target: refusals asked for twice, set-ups and controls, and what stands in the way of a judgement."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, api
from contracts.case import CaseResult, Kind, Verdict
from contracts.catalogue import row
from contracts.exchange import Failure
from contracts.finding import Rule, Severity
from contracts.watch import PATIENCE
from contracts.world import World
from tests.contract import test_phone_numbers as numbers
from tests.contract.unknown import UNISSUED
from tests.selftest.fake import DELETED, Answer, Clock, Fake, Script, ran, refusal, world

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


def _envelope() -> dict[str, object]:
    assert isinstance(REFUSED, tuple)
    envelope: dict[str, object] = dict(REFUSED[1])
    return envelope


# -- refusals -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [lambda calls: calls, lambda calls: {"calls": calls}], ids=["array", "page"])
def test_a_call_on_record_is_found_in_either_shape(shape: Callable[[list[dict[str, str]]], object]) -> None:
    """The description's page, and the bare array of the official SDK (behaviour.md, point 15)."""
    fake = Fake({"findCalls": [(200, shape([{"callId": ""}, {"callId": "c"}]))]})
    assert world(fake).any_call("callId") == "c"


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


ILL: list[Answer] = [(301, b""), (404, b"<html>"), (200, b"<html>"), (404, b"<!doctype html><p>Not found"), (401, OTHER[1])]
"""What one of several servers may answer, which is ill."""


@pytest.mark.parametrize("ill", ILL, ids=str)
@pytest.mark.parametrize("first", [True, False])
def test_what_came_once_of_two_times_may_be_one_servers_alone(ill: Answer, *, first: bool) -> None:
    """No judgement is possible, since the other answer is right; where it comes twice, it is the API's."""
    result = judged({"getSipTrunkById": [ill, REFUSED] if first else [REFUSED, ill]})
    assert (result.verdict, result.findings) == (Verdict.INCONCLUSIVE, ())
    assert "one of several servers may be ill" in result.reason
    assert judged({"getSipTrunkById": [ill, ill]}).verdict is Verdict.FAIL


@pytest.mark.parametrize("ill", ILL, ids=str)
@pytest.mark.parametrize("wrong", [(200, {}), (404, {**_envelope(), "status": "GONE"})], ids=["success", "status"])
def test_what_the_other_answer_breaks_is_told_all_the_same(ill: Answer, wrong: Answer) -> None:
    """It is the API's, whatever the ill server is."""
    assert judged({"getSipTrunkById": [ill, wrong]}).verdict is Verdict.FAIL


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


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("answer", "collected"),
    [
        (OTHER, [(None, "INVALID_ARGUMENT")] * 2),
        (TAKEN, [("400-domain-unavailable", "BAD_REQUEST")] * 2),
        (REFUSED, []),
        ((404, {"code": 404, "status": "NOT_FOUND", "message": "Gone."}), []),
    ],
    ids=["undocumented", "another row", "the row", "the row in other words"],
)
def test_another_error_than_the_rows_is_collected(answer: Answer, collected: list[tuple[str | None, str]], *, strict: bool) -> None:
    """The results list it; what is wrong with it was said against the row, and is not said twice."""
    result = ran(asked, Fake({"getSipTrunkById": [answer]}), strict=strict)
    assert [(stray.row and stray.row.id, stray.status) for _, stray in result.strays] == collected
    assert all((call.operation, stray.findings) == ("getSipTrunkById", ()) for call, stray in result.strays)
    assert (result.verdict is Verdict.PASS) == (answer is REFUSED)


# -- no judgement possible ----------------------------------------------------------------------------------------------------

INFRASTRUCTURE: list[Answer] = [*((status, b"") for status in (407, 408, 429, 502, 503, 504, 511, 520, 527, 530)), *Failure]


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


@pytest.mark.parametrize("answer", [OTHER, TAKEN, (403, {}), (500, b""), (301, b""), (429, b""), Failure.TIMEOUT], ids=str)
def test_only_a_404_says_that_nothing_is_there(answer: Answer) -> None:
    """Refused in any other way, a reading says neither that there is something nor that there is not."""
    with pytest.raises(Inconclusive, match="getSipTrunkById"):
        world(Fake({"getSipTrunkById": [answer]})).absent(READ)
    assert world(Fake({"getSipTrunkById": [(404, b"<html>")]})).absent(READ)
    assert not world(Fake({"getSipTrunkById": [(200, {})]})).absent(READ)


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


MAKERS: dict[str, Callable[[World], object]] = {
    "400-domain-unavailable": World.trunk,
    "400-username-unavailable": World.credential_list,
    "400-customer-exists": World.customer,
    "400-phone-number-exists": World.number,
    "400-project-exists": World.project,
    "400-blocking-rule-exists": World.rule,
}


@pytest.mark.parametrize("row_id", MAKERS)
def test_whatever_is_unique_may_be_taken_at_first(row_id: str) -> None:
    """A case of that very row, or of another, makes it with fresh values, and nothing of that is a finding."""
    documented = row(row_id)

    def collides(call: Call) -> Answer:
        if len(fake.sent(*documented.by)) > 1:
            return 201, {"id": "made"}
        slots = documented.message.slots if documented.message else ()
        return refusal(row_id, bound={slot.name: call.body[slot.name] for slot in slots})

    for judged_row in (row_id, "404-trunk-id"):
        fake = Fake(dict.fromkeys(documented.by, collides))
        case = world(fake, judged_row)
        MAKERS[row_id](case)
        first, second = (call for call in fake.calls if call.operation in documented.by)
        assert (first.operation, first.body == second.body) == (second.operation, False)
        met = [(stray.row, stray.findings) for call, stray in case.strays if call.operation in documented.by]
        assert (case.findings, met) == ([], [(documented, ())])


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


@pytest.mark.parametrize(("strict", "severity"), [(False, Severity.ADVISORY), (True, Severity.FAIL)])
def test_a_strict_run_takes_an_undocumented_error_on_the_way_for_a_failure(severity: Severity, *, strict: bool) -> None:
    """In a set-up, a reading or clean-up alike; otherwise it is worth knowing."""

    def body(world: World) -> None:
        world.trunk()
        world.send(READ)
        world.acl()

    script: Script = {
        "createSipTrunk": [(201, {"id": "made"})],
        "getSipTrunkById": [OTHER],
        "createAccessControlList": [OTHER],
        "deleteSipTrunk": [OTHER],
    }
    result = ran(body, Fake(script), strict=strict)
    assert {call.operation for call, _ in result.strays} == script.keys() - {"createSipTrunk"}
    for _, stray in result.strays:
        assert [(finding.rule, finding.severity) for finding in stray.findings] == [(Rule.UNDOCUMENTED, severity)]


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


# -- numbers that are there already ---------------------------------------------------------------------------------------------

HELD: Answer = (200, {"id": "held"})


def number_asked_for(fake: Fake, by: str = "GetPhoneNumberByNumber") -> CaseResult:
    """What becomes of the case that looks for a number nobody has."""
    return ran(lambda world: numbers.number_unknown.body(world, by=by, shape=UNISSUED), fake, "404-phone-number")


def test_a_number_that_can_be_read_and_is_on_no_list_was_not_refused() -> None:
    """Where every fresh number is said to be there, the list tells that it is not; the last one of them is asked for."""
    fake = Fake({"GetPhoneNumberByNumber": [HELD], "GetPhoneNumbers": [(200, [])]})
    result = number_asked_for(fake)
    read = [call.path["phoneNumber"] for call in fake.calls if call.operation == "GetPhoneNumberByNumber"]
    assert (rules(result), len(read), len(set(read)), read[3]) == ([Rule.UNREFUSED], 4, 3, read[2])


@pytest.mark.parametrize("lag", [0.0, 2.0])
def test_a_number_that_the_list_shows_is_somebody_elses(lag: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the list is as slow to show it as it may be."""
    clock = Clock()
    monkeypatch.setattr("contracts.watch.PATIENCE", PATIENCE)
    monkeypatch.setattr("contracts.watch.time", clock)

    def listed(_: Call) -> Answer:
        return 200, [fake.calls[2].path["phoneNumber"]] if clock.now >= lag else []

    fake = Fake({"GetPhoneNumberByNumber": [HELD], "GetPhoneNumbers": listed})
    result = number_asked_for(fake)
    assert (result.verdict, result.findings) == (Verdict.INCONCLUSIVE, ())
    assert fake.sent("GetPhoneNumberByNumber", "deletePhoneNumber") == ["GetPhoneNumberByNumber"] * 3


@pytest.mark.parametrize("by", ["assignPhoneNumber", "deletePhoneNumber"])
def test_a_number_that_can_be_read_is_not_changed(by: str) -> None:
    """Whatever the list says: a reading that is right would make it somebody else's that is hit."""
    fake = Fake({"GetPhoneNumberByNumber": [HELD], "GetPhoneNumbers": [(200, [])], "createSipTrunk": [(201, {"id": "made"})]})
    assert (number_asked_for(fake, by).verdict, fake.sent(by)) == (Verdict.INCONCLUSIVE, [])


def test_a_number_that_no_list_can_tell_of_is_left_alone() -> None:
    """A target without the list of numbers says nothing of them."""
    fake = Fake({"GetPhoneNumberByNumber": [HELD]}, paths={"GetPhoneNumbers": None})
    assert (number_asked_for(fake).verdict, fake.sent()) == (Verdict.INCONCLUSIVE, ["GetPhoneNumberByNumber"] * 3)
