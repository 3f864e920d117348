"""Generated requests: what conforms passes, a defect is named by its rule and shortest request, a seed gives them all again."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.case import Depth, Verdict
from contracts.finding import Finding, Rule, Severity
from contracts.generated import examination
from contracts.mutation.mutant import Due, spoilt
from contracts.operation import operations
from contracts.sandbox import Behaviour, Request, Response, Sandbox, country
from contracts.sandbox.core import RULES
from contracts.sandbox.message import answer
from contracts.sandbox.routes import match
from tests.contract.values import DIRECTIONS
from tests.selftest.generated import BAD_REQUEST, Front, creates, examined, tables, told

READING = "getSipTrunkById"


def asked(request: Request) -> Any:
    """The body of a request as JSON; its bytes, where they are none."""
    try:
        return json.loads(request.body) if request.body else ...
    except ValueError:
        return request.body


def member(request: Request, name: str) -> Any:
    """A member of the body."""
    body = asked(request)
    return body.get(name) if isinstance(body, dict) else None


# -- what conforms ------------------------------------------------------------------------------------------------------------


def test_the_sandbox_passes_and_holds_afterwards_what_it_held_before() -> None:
    """All operations, and nothing is left over; each succeeds at least once, past all that its path and body name."""
    sandbox, succeeded = Sandbox(), set()

    def changes(request: Request, response: Response) -> Response:
        if response.status < 300:
            succeeded.add(match(request.method, request.raw_path).operation)
        return response

    before = tables(sandbox.state)
    results = examined(Front(sandbox, changes=changes), seed=3)
    assert list(results) == list(operations())
    assert {name: result.verdict for name, result in results.items() if result.verdict is not Verdict.PASS} == {}
    assert tables(sandbox.state) == before
    assert [
        (result.leftovers, result.not_removable) for result in results.values() if result.leftovers or result.not_removable
    ] == []
    assert all(result.assertions >= 3 for result in results.values())
    # The last range of a list and its last credential stay, and the check's own lists have no more.
    assert set(operations()) - succeeded == {"deleteIpRangeFromAccessControlList", "deleteCredential"}


def refusing(request: Request) -> Response | None:
    """More is refused than the description says: names that are long."""
    long = creates(request) and len(str(member(request, "name"))) > 60
    return answer(400, BAD_REQUEST) if long else None


def test_a_target_that_refuses_more_is_advised_of_it() -> None:
    """The description allows a name of any length; to allow less is no error that is documented, and none that is not."""
    result = examined(Front(Sandbox(), refusing), "createSipTrunk")["createSipTrunk"]
    assert (result.verdict, result.failures) == (Verdict.PASS, ())
    assert Rule.REFUSED_VALID in told(result, Severity.ADVISORY)


def accepting(_: Request, response: Response) -> Response:
    """Less is refused than the description says: whatever is no documented error succeeds."""
    return answer(200, {"id": "x"}) if response.status == 400 and b'"Bad request."' in response.body else response


@pytest.mark.parametrize("name", ["updateCredentialList", "addIpRangeToAccessControlList", "getBlockingRules"])
def test_a_target_that_accepts_more_is_advised_of_it(name: str) -> None:
    """What only the description forbids may be accepted."""
    result = examined(Front(Sandbox(), changes=accepting), name)[name]
    assert (result.verdict, result.failures) == (Verdict.PASS, ())
    assert Rule.ACCEPTED_INVALID in told(result, Severity.ADVISORY)


def test_a_success_in_another_shape_is_an_advisory() -> None:
    """The description is not the contract."""
    front = Front(Sandbox(), changes=lambda _, response: answer(200, {"id": 7}) if response.status == 200 else response)
    result = examined(front, "getCustomer")["getCustomer"]
    assert (result.verdict, told(result, Severity.ADVISORY)) == (Verdict.PASS, {Rule.SCHEMA})


GARBAGE: dict[str, dict[str, Any]] = {
    "nothing": {"body": b""},
    "no JSON": {"body": b"<html>"},
    "no UTF-8": {"body": b'{"id": "\xff"}'},
    "NaN": {"body": b'{"id": NaN}'},
    "too deep": {"body": b"[" * 5000 + b"]" * 5000},
    "too large": {"body": b'"' + b"x" * (1 << 20) + b'"'},
    "no type": {"headers": {}},
    "a type that is none": {"headers": {"content-type": ";;;"}},
    "a charset that is none": {"headers": {"content-type": 'application/json; charset="x"'}},
    "compressed, it says": {"headers": {"content-type": "application/json", "content-encoding": "gzip"}},
    "a list": {"body": b"[]"},
    "another success": {"status": 299},
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("operation", ["getSipTrunks", "getPcap", "deleteCustomer"])
def test_a_success_may_be_any_garbage(operation: str, name: str) -> None:
    """Its form is for the description to say, and no answer makes the suite fall over."""

    def changes(request: Request, response: Response) -> Response:
        own = operation == match(request.method, request.raw_path).operation
        return replace(response, **{"status": 200, **GARBAGE[name]}) if response.status < 300 and own else response

    result = examined(Front(Sandbox(), changes=changes), operation)[operation]
    assert (result.verdict, result.failures, result.reason) == (Verdict.PASS, (), "")


def test_a_compressed_success_is_read() -> None:
    """What its header names."""

    def changes(_: Request, response: Response) -> Response:
        packed = {"content-encoding": "gzip", **response.headers}
        return replace(response, body=gzip.compress(response.body), headers=packed) if response.status == 200 else response

    result = examined(Front(Sandbox(), changes=changes), "getSipTrunks")["getSipTrunks"]
    assert (result.verdict, result.findings) == (Verdict.PASS, ())


def test_advisories_are_few_and_counted() -> None:
    """Not one for each request."""
    result = examined(Front(Sandbox(), changes=accepting), "updateCredentialList", depth=Depth.STANDARD)["updateCredentialList"]
    assert len(result.findings) <= 3 * len(told(result, Severity.ADVISORY))
    assert any(re.search(r"one of \d+ such answers", finding.text) for finding in result.findings)


def test_undocumented_errors_are_collected_with_a_request_each() -> None:
    """One of each kind bears the request that gave it."""
    result = examined(Sandbox(), "createCustomer")["createCustomer"]
    undocumented = [stray for _, stray in result.strays if stray.row is None]
    assert {(stray.http_code, stray.message) for stray in undocumented} >= {(400, "Bad request.")}
    assert len({(stray.http_code, stray.status, stray.message) for stray in undocumented}) == sum(
        any("curl" in finding.curl for finding in stray.findings) for stray in undocumented
    )


# -- what does not ------------------------------------------------------------------------------------------------------------


def told_otherwise(**members: Any) -> Callable[[Due], Response]:
    """A documented error with other members."""
    return lambda due: due.told(**members)


def rejections(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request, Response], Response]:
    """Another envelope for every error that no row documents."""

    def changes(_: Request, response: Response) -> Response:
        envelope = response.json() if response.status == 400 else {}
        return (
            replace(response, body=json.dumps(change(envelope)).encode()) if envelope.get("message") == "Bad request." else response
        )

    return changes


def failing(when: Callable[[Request], bool], status: int = 500) -> Callable[[Request], Response | None]:
    """A server error of the target's own, whatever its envelope says."""
    envelope = {"code": status, "status": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"}
    return lambda request: answer(status, envelope) if when(request) else None


def lax(**rules: Callable[[str], bool]) -> Sandbox:
    """A sandbox with other judgements on single values."""
    return Sandbox(behaviour=Behaviour(rules=replace(RULES, **rules)))


def second_differs() -> Callable[[Request, Response], Response]:
    """A target that tells every other refusal otherwise."""
    count = iter(range(10**6))

    def changes(_: Request, response: Response) -> Response:
        if response.status == 404 and next(count) % 2:
            return replace(response, body=response.body.replace(b"NOT_FOUND", b"NOT FOUND"))
        return response

    return changes


TRACE = "Bad request. at com.example.api.Trunks.create(Trunks.java:71)"
DEFECTS: dict[str, tuple[str, Callable[[], Front], Rule]] = {
    "a long name": (
        "createSipTrunk",
        lambda: Front(Sandbox(), failing(lambda r: len(str(member(r, "name"))) > 255)),
        Rule.SERVER_ERROR,
    ),
    "a body of null": ("createCustomer", lambda: Front(Sandbox(), failing(lambda r: asked(r) is None)), Rule.SERVER_ERROR),
    "another 5xx": ("updateCredential", lambda: Front(Sandbox(), failing(lambda r: asked(r) is None, 501)), Rule.SERVER_ERROR),
    "a NUL": ("findCalls", lambda: Front(Sandbox(), failing(lambda r: "%00" in r.query_string)), Rule.SERVER_ERROR),
    "a placeholder": (
        "createSipTrunk",
        lambda: Front(Sandbox(), changes=rejections(lambda e: {**e, "message": "Bad request. {field}"})),
        Rule.MESSAGE_UNBOUND,
    ),
    "a stack trace": (
        "assignPhoneNumber",
        lambda: Front(Sandbox(), changes=rejections(lambda e: {**e, "message": TRACE})),
        Rule.LEAK,
    ),
    "no status": (
        "getSipTrunks",
        lambda: Front(Sandbox(), changes=rejections(lambda e: {"code": 400, "message": e["message"]})),
        Rule.ENVELOPE_MISSING_MEMBER,
    ),
    "another code": ("createProject", lambda: Front(Sandbox(), changes=rejections(lambda e: {**e, "code": 3})), Rule.CODE),
    "a country with a blank": (
        "getCountryPermission",
        lambda: Front(lax(is_country=lambda code: country.is_country(code.strip()))),
        Rule.UNREFUSED,
    ),
    "a country in small letters": (
        "createBlockingRule",
        lambda: Front(lax(is_country=lambda code: country.is_country(code.upper()))),
        Rule.UNREFUSED,
    ),
    "a direction in small letters": (
        "updateBlockingRuleById",
        lambda: Front(lax(is_direction=lambda text: text.upper() in DIRECTIONS)),
        Rule.UNREFUSED,
    ),
    "no time": ("exportCallRecords", lambda: Front(lax(is_timestamp=lambda _: True)), Rule.UNREFUSED),
    "another status of a row": (
        "deleteCredentialList",
        lambda: Front(Sandbox(behaviour=spoilt("404-credential-list-id", told_otherwise(status="NOTFOUND")))),
        Rule.STATUS,
    ),
    "another value in a row": (
        READING,
        lambda: Front(Sandbox(behaviour=spoilt("404-trunk-id", told_otherwise(message="Could not find SIP Trunk with id 'x'")))),
        Rule.MESSAGE_OTHER_VALUE,
    ),
    "another answer the second time": (READING, lambda: Front(Sandbox(), changes=second_differs()), Rule.NOT_REPEATABLE),
}


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_defect_fails_by_its_rule(name: str, seed: int) -> None:
    """At quick depth already, whatever the seed; each rule is told once, with the request that showed it."""
    operation, front, rule = DEFECTS[name]
    result = examined(front(), operation, seed=seed)[operation]
    assert result.verdict is Verdict.FAIL
    assert rule in told(result)
    assert len(result.failures) == len(told(result))
    assert all(finding.curl.startswith("curl") for finding in result.failures)
    assert result.leftovers == ()


@pytest.mark.parametrize(
    ("name", "row", "members"),
    [
        ("createAccessControlList", "400-acl-needs-ip-range", {"ipRanges": []}),
        ("createCredentialList", "400-credential-list-needs-credential", {}),
    ],
)
def test_an_empty_list_is_not_to_be_accepted(name: str, row: str, members: dict[str, Any]) -> None:
    """The specification names it, so that it is no matter of the description."""
    made = {"id": "x", "name": "x", **members}
    result = examined(Sandbox(behaviour=spoilt(row, lambda _: answer(200, made))), name, depth=Depth.STANDARD)[name]
    assert (result.verdict, told(result)) == (Verdict.FAIL, {Rule.UNREFUSED})


def test_a_documented_row_that_is_broken_is_told_of_that_row() -> None:
    """The others stand in the check alone."""
    behaviour = spoilt("404-customer-id", told_otherwise(status="NOTFOUND"))
    broken = examined(Sandbox(behaviour=behaviour), "getCustomer")["getCustomer"].broken
    assert [(one.row, one.operation, [finding.rule for finding in one.findings]) for one in broken] == [
        ("404-customer-id", "getCustomer", [Rule.STATUS])
    ]
    undocumented = Front(Sandbox(), changes=rejections(lambda e: {**e, "code": 3}))
    assert examined(undocumented, "createCustomer")["createCustomer"].broken == ()


def undescribed(request: Request) -> bool:
    """Whether a new customer has a member that nothing describes, and a name: the coverage phase sends none such."""
    body = asked(request)
    return (
        creates(request, "/customers") and isinstance(body, dict) and not body.keys() <= {"id", "name"} and bool(body.get("name"))
    )


def test_what_fails_is_shortened() -> None:
    """Down to the two members that matter; of each rule one request is told, and shortening has an end."""
    failed = []

    def fails(request: Request) -> bool:
        if undescribed(request):
            failed.append(len(request.body))
        return undescribed(request)

    sandbox = Sandbox()
    result = examined(Front(sandbox, failing(fails)), "createCustomer", depth=Depth.STANDARD)["createCustomer"]
    assert (result.verdict, told(result), len(result.findings)) == (Verdict.FAIL, {Rule.SERVER_ERROR}, 1)
    assert len(failed) > 5
    assert len(json.dumps(sent_in(result.failures[0]))) <= min(failed) < failed[0]
    assert result.leftovers == ()


def test_what_fails_is_not_shortened_for_nobody() -> None:
    """Where nobody will read of it, the first is as good as the shortest."""
    front = Front(Sandbox(), failing(undescribed))
    long, short = (examined(front, "createCustomer", depth=Depth.STANDARD, shorten=shorten) for shorten in (True, False))
    assert short["createCustomer"].requests < long["createCustomer"].requests


def test_of_many_failing_requests_the_shortest_is_told() -> None:
    """Also among those that were not made by shortening another one."""
    failed = []

    def fails(request: Request) -> bool:
        if wrong := creates(request) and member(request, "callForwardNumber") is not None:
            failed.append(len(request.body))
        return wrong

    result = examined(Front(Sandbox(), failing(fails)), "createSipTrunk", depth=Depth.STANDARD)["createSipTrunk"]
    assert len(json.dumps(sent_in(result.failures[0]), ensure_ascii=False).encode()) == min(failed)
    assert failed[0] > min(failed) < failed[-1]


def test_shortening_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many requests more, the shortest of them is told."""
    monkeypatch.setattr(examination, "SHORTENING", 5)
    first: list[int] = []
    count = itertools.count()

    def fails(request: Request) -> bool:
        number = next(count)
        if undescribed(request) and not first:
            first.append(number)
        return undescribed(request)

    examined(Front(Sandbox(), failing(fails)), "createCustomer", depth=Depth.STANDARD)
    assert next(count) - first[0] <= 5 + 2


def sent_in(finding: Finding) -> Any:
    """The body that a finding's curl line sends."""
    return json.loads(shlex.split(finding.curl)[-1])


def test_what_fails_once_and_never_again_is_told() -> None:
    """A target that recovers has failed all the same."""
    failed: list[Request] = []

    def once(request: Request) -> bool:
        if failed or not undescribed(request):
            return False
        failed.append(request)
        return True

    result = examined(Front(Sandbox(), failing(once)), "createCustomer", depth=Depth.STANDARD)["createCustomer"]
    assert (result.verdict, told(result), len(failed)) == (Verdict.FAIL, {Rule.SERVER_ERROR}, 1)


def test_what_fails_as_documented_is_no_surprise() -> None:
    """The description allows any two letters; that some are no country is documented."""
    result = examined(Sandbox(), "getCountryPermission", depth=Depth.STANDARD)["getCountryPermission"]
    assert any(stray.row and stray.row.id == "400-country-code-invalid" for _, stray in result.strays)
    assert result.findings == ()
