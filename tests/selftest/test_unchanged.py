"""A 4xx changes nothing: what a refusal changed all the same is found, shown and removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from contracts.call import Call, api
from contracts.case import CaseResult, Verdict
from contracts.finding import Rule
from contracts.world import World
from tests.selftest.fake import DELETED, Answer, Fake, Script, ran, refusal

UNKNOWN = "01HUNKNOWN"
REFUSED = refusal("404-trunk-id", bound={"id": UNKNOWN})
ABSENT = refusal("404-credential-list-id", bound={"id": "list"})
TAKEN = refusal("400-domain-unavailable")


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a fake do not lag."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)


def rules(result: CaseResult) -> list[Rule]:
    """The rules of its findings that fail."""
    return [finding.rule for finding in result.failures]


def judged(script: Script, body: Callable[[World], object], **members: object) -> CaseResult:
    """What becomes of a scenario with such answers."""
    return ran(body, Fake(script, **members))


def watching(reading: Call) -> Callable[[World], object]:
    """A scenario that watches a reading while it asks."""
    return lambda world: world.refused(api.getSipTrunkById(sipTrunkId=UNKNOWN), watch=[reading], id=UNKNOWN)


def test_a_change_of_a_watched_member_is_found() -> None:
    """Before and after are shown, with the request that is to blame."""
    reading = api.getCredentialListById(id="list")
    script: Script = {"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, {"name": "a"}), (200, {"name": "b"})]}
    result = judged(script, watching(reading))
    (finding,) = result.failures
    assert (finding.rule, '"a"' in finding.expected, '"b"' in finding.actual) == (Rule.STATE_CHANGED, True, True)
    assert "getSipTrunkById" in finding.curl


def test_a_watched_member_that_appears_or_goes_is_found() -> None:
    """Not there is a reading like any other."""
    reading = api.getCredentialListById(id="list")
    readings: list[Answer] = [ABSENT, (200, {})]
    for answers in permutations(readings):
        result = judged({"getSipTrunkById": [REFUSED], "getCredentialListById": answers}, watching(reading))
        assert rules(result) == [Rule.STATE_CHANGED]


def test_a_reading_that_is_no_json_twice_is_no_change() -> None:
    """Nor is one with a number that is none."""
    reading = api.getCredentialListById(id="list")
    for body in (b"<html>", b'{"x": NaN}', b"[" * 900 + b"]" * 900):
        result = judged({"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, body)]}, watching(reading))
        assert result.verdict is Verdict.PASS


def test_passwords_of_a_reading_do_not_show() -> None:
    """A target that shows them must not make the report show them."""
    first, second = ({"credentials": [{"username": "u", "password": f"hidden-{n}"}]} for n in (1, 2))
    script: Script = {"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, first), (200, second)]}
    result = judged(script, watching(api.getCredentialListById(id="list")))
    assert not any("hidden" in str(finding.as_dict()) for finding in result.findings)


def test_what_others_do_in_a_shared_list_is_no_change() -> None:
    """Only items that bear a name of the case are looked at."""
    script: Script = {"getSipTrunkById": [REFUSED], "getSipTrunks": [(200, [{"id": "1"}]), (200, [{"id": "2"}])]}
    assert judged(script, watching(api.getSipTrunks())).verdict is Verdict.PASS


def test_what_a_refused_request_made_all_the_same_is_found_and_removed() -> None:
    """In the shared list it bears the name that was sent."""
    sent: list[Call] = []

    def create(call: Call) -> Answer:
        sent.append(call)
        return TAKEN

    def listed(_: Call) -> Answer:
        return 200, {"trunks": [{"id": f"made-{n}", "name": call.body["name"]} for n, call in enumerate(sent)]}

    fake = Fake({"createSipTrunk": create, "getSipTrunks": listed, "deleteSipTrunk": [DELETED]})
    body = lambda world: world.refused(api.createSipTrunk(json=world.trunk_body()), watch=[api.getSipTrunks()])  # noqa: E731
    result = ran(body, fake, "400-domain-unavailable")
    assert rules(result) == [Rule.STATE_CHANGED]
    removed = [call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk"]
    assert sorted(removed) == ["made-0", "made-1"]
    assert result.leftovers == ()


def test_a_reading_that_the_target_does_not_offer_is_not_watched() -> None:
    """It could not be compared."""
    result = judged({"getSipTrunkById": [REFUSED]}, watching(api.getCustomer(customerId="c")), paths={"getCustomer": None})
    assert result.verdict is Verdict.PASS
