"""Pairs of faults: what becomes of single answers, and what no pair may do to a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.call import Body, Call
from contracts.case import Case, CaseResult, Depth, Verdict
from contracts.exchange import Failure
from contracts.finding import Severity
from contracts.names import Names
from contracts.operation import operations
from contracts.order.pair import Pair
from contracts.runner import run
from contracts.target import Lent
from tests.contract import test_order as checks
from tests.selftest.answers import PROJECT
from tests.selftest.fake import Answer, Fake, refusal

STANDARD = checks.of_two_faults_the_first_is_told.cases(Depth.STANDARD)


def pair_of(case: Case) -> Pair:
    """The pair that a case is about."""
    pair: Pair = case.arguments["pair"]
    return pair


# -- single answers -----------------------------------------------------------------------------------------------------------

PROJECT_THEN_TRUNK = "order/getSipTrunkById/404-project-id-before-404-trunk-id"
KEY_THEN_TRUNK = "order/getSipTrunkById/401-wrong-key-before-404-trunk-id"
KEY_THEN_NUMBER = "order/deletePhoneNumber/401-wrong-key-before-404-phone-number"
TRUNK_THEN_HOST = "order/updateSipTrunk/404-trunk-id-before-400-domain-unavailable"
TRUNK_THEN_BODY = "order/updateSipTrunk/404-trunk-id-before-400-body-incomplete"
BODY_THEN_HOST = "order/createSipTrunk/400-body-incomplete-before-400-domain-unavailable"
COUNTRY = {"fieldName": "name", "countryCode": "none"}
UNDOCUMENTED = {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request."}


def told(case_id: str, target_id: str, answer: Callable[[Call], Answer]) -> CaseResult:
    """What becomes of a case when its request is answered so."""
    (case,) = (case for case in STANDARD if case.id == case_id)
    made: list[Answer] = [(201, {"id": "t", "hostName": "h"})]
    told_last = answer if pair_of(case).operation != "createSipTrunk" else lambda call: made.pop() if made else answer(call)
    fake = Fake({"createSipTrunk": made, pair_of(case).operation: told_last})
    fake.target = replace(fake.target, id=target_id)
    return run(case, fake, Names("20260101t000000-test"))


def seen(result: CaseResult) -> tuple[str, list[str]]:
    """The verdict, and the rules of the findings; an advisory one with a question mark."""
    rules = [f.rule + ("?" if f.severity is Severity.ADVISORY else "") for f in result.findings]
    return str(result.verdict), rules


def trunk(call: Call) -> Answer:
    """The trunk is unknown."""
    return refusal("404-trunk-id", bound={"id": call.path["sipTrunkId"]})


@pytest.mark.parametrize(
    ("case_id", "answer", "here", "elsewhere"),
    [
        (KEY_THEN_TRUNK, lambda _: (401, {**UNDOCUMENTED, "code": 401}), ("pass", []), ("pass", [])),
        (KEY_THEN_TRUNK, lambda _: (401, {**UNDOCUMENTED, "code": 400}), ("fail", ["code"]), ("fail", ["code"])),
        (KEY_THEN_TRUNK, trunk, ("fail", ["order"]), ("pass", ["order?"])),
        (KEY_THEN_TRUNK, lambda _: (200, {}), ("fail", ["unrefused"]), ("fail", ["unrefused"])),
        (
            KEY_THEN_TRUNK,
            lambda call: refusal("404-trunk-id", bound={"id": call.path["sipTrunkId"]}, status="GONE"),
            ("fail", ["order", "status"]),
            ("fail", ["order?", "status"]),
        ),
        (
            KEY_THEN_TRUNK,
            lambda _: refusal("404-trunk-id", bound={"id": "another"}),
            ("fail", ["order", "message-other-value"]),
            ("fail", ["order?", "message-other-value"]),
        ),
        (TRUNK_THEN_BODY, trunk, ("pass", []), ("pass", [])),
        (TRUNK_THEN_BODY, lambda _: (400, UNDOCUMENTED), ("fail", ["order"]), ("pass", ["order?"])),
        (BODY_THEN_HOST, lambda _: refusal("400-country-code-invalid", bound=COUNTRY), ("pass", []), ("pass", [])),
        (BODY_THEN_HOST, lambda _: refusal("400-domain-unavailable"), ("fail", ["order"]), ("pass", ["order?"])),
        (TRUNK_THEN_BODY, lambda _: (422, {**UNDOCUMENTED, "code": 422}), ("fail", ["order"]), ("pass", ["order?"])),
        (TRUNK_THEN_BODY, lambda _: (409, b"no"), ("fail", ["order", "body-not-json"]), ("fail", ["order?", "body-not-json"])),
        (
            TRUNK_THEN_BODY,
            lambda _: refusal("500-internal-server-error"),
            ("fail", ["order", "server-error"]),
            ("fail", ["order?", "server-error"]),
        ),
        (TRUNK_THEN_BODY, lambda _: (503, {}), ("inconclusive", []), ("inconclusive", [])),
        (TRUNK_THEN_BODY, lambda _: Failure.TIMEOUT, ("inconclusive", []), ("inconclusive", [])),
    ],
)
def test_an_answer_is_held_against_the_fault_that_it_tells(
    case_id: str, answer: Callable[[Call], Answer], here: tuple[str, list[str]], elsewhere: tuple[str, list[str]]
) -> None:
    """Another order is advised against but on our own sandbox; a broken answer fails everywhere, and so does none at all."""
    assert seen(told(case_id, "sandbox", answer)) == here
    assert seen(told(case_id, "elsewhere", answer)) == elsewhere


def test_what_is_broken_of_a_row_is_told_of_that_row() -> None:
    """Of the one that the answer tells, whichever was due."""
    result = told(KEY_THEN_TRUNK, "elsewhere", lambda _: refusal("404-trunk-id", bound={"id": "another"}))
    assert [(broken.row, broken.operation) for broken in result.broken] == [("404-trunk-id", "getSipTrunkById")]
    assert told(KEY_THEN_TRUNK, "sandbox", trunk).broken == ()


@pytest.mark.parametrize(("case_id", "row_id"), [(KEY_THEN_TRUNK, "404-trunk-id"), (PROJECT_THEN_TRUNK, "404-project-id")])
def test_a_success_is_told_of_the_first_row_that_was_due(case_id: str, row_id: str) -> None:
    """Of the second one where the first fault has none."""
    assert [broken.row for broken in told(case_id, "elsewhere", lambda _: (200, {})).broken] == [row_id]


# -- harmless -----------------------------------------------------------------------------------------------------------------


class Recording(Fake):
    """A target on another machine that lets everything through in its own projects, and keeps what it was sent."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(dict.fromkeys(operations(), self._answered), foreign_project="foreign")
        self.target = replace(self.target, base_url="https://api.example.com", **facts)

    def _answered(self, call: Call) -> Answer:
        if call.operation == "GetPhoneNumberByNumber" or call.path.get("projectId") in {"foreign", "disabled"}:
            return 404, {}
        known = {"id": f"id-{len(self.calls)}", "domain": "d", "name": "n", "ipRanges": [{"id": "r"}]}
        return 200, {**(call.body if isinstance(call.body, dict) else {}), **known}


def recorded(**facts: Any) -> list[Call]:
    """All that every pair sends to such a target."""
    target = Recording(**facts)
    names = Names("20260101t000000-test")
    results = [run(case, target, names) for case in STANDARD]
    assert Verdict.ERROR not in {result.verdict for result in results}
    return target.calls


def test_nothing_is_changed_in_a_project_of_others() -> None:
    """It is read; created in it is something only where the profile says that it may be."""
    sent = {call.operation for call in recorded() if call.path.get("projectId") == "foreign"}
    assert {operations()[name].method for name in sent} == {"GET"}
    more = {call.operation for call in recorded(foreign_expendable=True) if call.path.get("projectId") == "foreign"} - sent
    assert more
    assert all(name.startswith("create") for name in more)


def test_what_exists_is_changed_and_deleted_only_where_a_pair_made_it() -> None:
    """A project of the run is never deleted, no country is touched, and what a path names is made or was never issued."""
    calls = recorded(disabled_project=Lent("disabled"), paths={"createProject": None})
    projects = [call.path["projectId"] for call in calls if call.operation == "deleteProject"]
    assert not {PROJECT, "foreign", "disabled"} & set(projects)
    assert "updateCountryPermission" not in {call.operation for call in calls}
    asked = {call.operation for call in calls if call.path.get("projectId") == "disabled"}
    assert asked
    assert all(operations()[name].only_reads for name in asked)
    expendable = recorded(disabled_project=Lent("disabled", expendable=True), paths={"createProject": None})
    more = {call.operation for call in expendable if call.path.get("projectId") == "disabled"} - asked
    assert {name for name in more if name.startswith("create")}
    assert not {"deleteProject", "updateCountryPermission"} & more
    expendable = [call for call in recorded(expendable_country="BV") if call.operation == "updateCountryPermission"]
    assert {call.path["isoCode"] for call in expendable} == {"BV", "XX"}


def test_no_wrong_key_is_the_right_one() -> None:
    """The target's own secret stands in no header that a pair sends along, and each other request is left its own."""
    keys = [call.headers["authorization"] for call in recorded() if call.headers]
    assert len(keys) == len(set(keys)) > 200
    assert all(call.body is not Body.NONE for call in recorded() if operations()[call.operation].method == "POST")


def test_a_target_without_an_operation_has_no_pair_of_it() -> None:
    """Nothing is sent for it."""
    (case,) = (case for case in STANDARD if case.id == TRUNK_THEN_HOST)
    fake = Fake({}, paths={"updateSipTrunk": None})
    result = run(case, fake, Names("20260101t000000-test"))
    assert (result.verdict, result.reason, fake.calls) == (Verdict.NOT_EXERCISED, "the target offers no updateSipTrunk", [])


@pytest.mark.parametrize(("taken", "verdict"), [(2, Verdict.PASS), (3, Verdict.INCONCLUSIVE)])
def test_a_number_that_is_to_be_unknown_is_looked_for(taken: int, verdict: Verdict) -> None:
    """What others may have made is not asked for, let alone deleted."""
    (case,) = (case for case in STANDARD if case.id == KEY_THEN_NUMBER)
    held: list[str] = []

    def read(call: Call) -> Answer:
        held.append(call.path["phoneNumber"])
        return (200, {}) if len(held) <= taken else refusal("404-phone-number", bound={"number": held[-1]})

    fake = Fake({"GetPhoneNumberByNumber": read, "deletePhoneNumber": [(401, {**UNDOCUMENTED, "code": 401})]})
    assert run(case, fake, Names("20260101t000000-test")).verdict is verdict
    assert [call.path["phoneNumber"] for call in fake.calls if call.operation == "deletePhoneNumber"] == held[taken:]


def test_a_wrong_key_is_tried_once_the_right_one_was_taken() -> None:
    """Else a refusal would say nothing."""
    (case,) = (case for case in STANDARD if case.id == KEY_THEN_TRUNK)
    fake = Fake({"getSipTrunkById": [(401, {**UNDOCUMENTED, "code": 401})]})
    fake.proven = False
    assert run(case, fake, Names("20260101t000000-test")).verdict is Verdict.INCONCLUSIVE
    assert fake.sent("getSipTrunks") == ["getSipTrunks"]
