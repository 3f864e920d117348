"""One answer to a generated request: what fails, what is advice, and which faults of a request are certain."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.call import Call, api
from contracts.finding import Rule, Severity
from contracts.generated import judgement as judgements
from contracts.generated import source
from contracts.generated.fault import fault
from contracts.generated.sample import COUNTRY, DIRECTION, TIME, Sample
from contracts.inquiry import Inquiry
from contracts.names import Names
from tests.contract.values import BAD_COUNTRIES, BAD_DIRECTIONS, BAD_TIMESTAMPS, TIMESTAMPS
from tests.selftest.fake import Answer, Fake, exchange, refusal

# -- one answer ---------------------------------------------------------------------------------------------------------------


def judgement(call: Call, first: Answer, second: Answer | None = None, **more: Any) -> set[Rule]:
    """The failing rules of one answer, and of what the same request was answered then."""
    inquiry = Inquiry(Fake({}), Names("t"))
    exchanges = [exchange(call.under("p"), one) for one in (first, second) if one]
    stray = None if exchanges[0].ok else inquiry.met(exchanges[0])
    told = judgements.Answer(exchanges[0], stray=stray, again=exchanges[1] if second else None, **more)
    sent = exchanges[0].call
    case = source.made(Sample(sent.operation, sent.path, sent.query, sent.body))
    return {finding.rule for finding in judgements.judged(case, told) if finding.severity is Severity.FAIL}


UNKNOWN = api.getCustomer(customerId="c-1")


def test_a_fault_counts_where_all_that_the_path_names_is_there() -> None:
    """Elsewhere something else is wrong first."""
    call = api.updateBlockingRuleById(id="x", direction="inbound")
    assert judgement(call, (200, {})) == {Rule.UNREFUSED}
    assert judgement(call, (200, {}), reached=False) == set()


def test_an_error_of_the_moment_may_be_followed_by_another_one() -> None:
    """Where no row documents it. A documented one is to come again."""
    moment: Answer = (409, {"code": 409, "status": "ABORTED", "message": "Not now."})
    documented = refusal("404-customer-id", bound={"id": "c-1"})
    assert judgement(UNKNOWN, moment, documented) == set()
    assert judgement(UNKNOWN, documented, moment) == {Rule.NOT_REPEATABLE}
    assert judgement(UNKNOWN, moment, (409, {"code": 409, "status": "ABORTED", "message": "Not again."})) == {Rule.NOT_REPEATABLE}
    assert judgement(UNKNOWN, documented, documented) == set()


@pytest.mark.parametrize("told", ["c-1", "known", "c-2", "C-1"])
def test_a_documented_error_names_what_was_sent_or_made(told: str) -> None:
    """Nothing else; but a value that can be written in many ways is left alone."""
    answered = refusal("404-customer-id", bound={"id": told})
    assert judgement(UNKNOWN, answered, known=["known"]) == ({Rule.MESSAGE_OTHER_VALUE} if told in {"c-2", "C-1"} else set())
    assert judgement(api.getCustomer(customerId="c 1%"), answered, known=["known"]) == set()


def test_a_case_knows_anew_whether_it_is_allowed_when_another_is_sent_in_its_place() -> None:
    """By its body, its query and its path."""
    for call in (api.createCustomer(id=5), api.findCalls(direction="x"), api.getCountryPermission(isoCode="se")):
        case = next(case for case in source.covering(call.operation) if not source.forbidden(case))
        before = source.sample_of(call.operation, case)
        whole = Call(call.operation, {**before.path, **call.path}, call.query or before.query, call.body)
        source.told(case, whole, before)
        assert source.forbidden(case), call


def test_a_query_is_sent_as_it_would_be() -> None:
    """A list as one pair for each item, an object by its names, and nothing for null."""
    query = {"page": [1, None, True], "size": {"a": 1}, "to": None, "from": "x"}
    case = source.operation("findCalls").Case(query=query, path_parameters={"projectId": "%2F"})
    sample = source.sample_of("findCalls", case)
    assert (sample.query, sample.path) == ((("page", "1"), ("page", "True"), ("size", "a"), ("from", "x")), {"projectId": "/"})


# -- faults that the specification names --------------------------------------------------------------------------------------

RULE = {"direction": "INBOUND", "callerMatch": "+12015550100"}
CODES = [code for code in BAD_COUNTRIES.values() if isinstance(code, str)]
CERTAIN: dict[str, list[Call]] = {
    "400-country-code-invalid": [
        *(api.getCountryPermission(isoCode=code) for code in (*COUNTRY, *CODES)),
        *(api.createBlockingRule(json={**RULE, "callerCountry": code}) for code in CODES),
        api.updateCountryPermission(isoCode="us", enabled=True),
        api.exportCallRecords(toCountryCode="XX"),
    ],
    "400-direction-invalid": [
        *(api.updateBlockingRuleById(id="x", json={**RULE, "direction": text}) for text in (*BAD_DIRECTIONS.values(), *DIRECTION)),
        api.findCalls(direction="inbound"),
        api.findCalls(direction="0"),
    ],
    "400-direction-empty": [
        api.createBlockingRule(json=body) for body in ({}, {"direction": None}, {"direction": "", "name": "x"})
    ],
    "400-timestamp-format": [
        api.findCalls(createTime=text) for text in (*BAD_TIMESTAMPS.values(), *TIME, "5497-06-59") if text[0] != "+"
    ],
    "400-acl-needs-ip-range": [
        api.createAccessControlList(name="x", ipRanges=[]),
        api.updateAccessControlList(id="x", name="x", ipRanges=[], enabled=None),
    ],
    "400-credential-list-needs-credential": [api.createCredentialList(name="x", credentials=[])],
}


@pytest.mark.parametrize("row", CERTAIN)
def test_a_fault_that_is_named_is_known(row: str) -> None:
    """To accept it is wrong."""
    assert [call for call in CERTAIN[row] if fault(call) != row] == []


@pytest.mark.parametrize(
    "call",
    [
        *(api.getCountryPermission(isoCode=code) for code in ("SE", "AQ", "/", " ", "S%45", "SE,NO", "null", "\u00e9", "SE\x00")),
        api.updateCountryPermission(isoCode="us", enabled="yes"),
        *(api.createBlockingRule(json={**RULE, "callerCountry": code}) for code in ("", None, "NO", 5)),
        *(api.createBlockingRule(json={**RULE, "direction": direction}) for direction in (0, True, ["x"], {"x": 1}, "OUTBOUND")),
        api.createBlockingRule(json={**RULE, "name": 5, "direction": "inbound"}),
        api.createBlockingRule(json={"direction": "inbound", "Direction": "INBOUND"}),
        api.createBlockingRule(json=[]),
        Call("createBlockingRule"),
        *(api.findCalls(direction=text) for text in ("", " ", "INBOUND,OUTBOUND", "null")),
        api.findCalls(query=(("direction", "x"), ("direction", "INBOUND"))),
        api.findCalls(query=(("direction", "INBOUND"), ("direction", "x"))),
        *(
            api.findCalls(createTime=text)
            for text in ("", "2021", "20210201", "0", "2021-02-01 08:00", "2021-02-01T24:00:00Z", "+02:00")
        ),
        *(api.findCalls(createTime=value) for pairs in TIMESTAMPS.values() for _, value in pairs),
        api.findCalls(query=(("createTime>", "yesterday"),)),
        api.createAccessControlList(name="x"),
        api.createAccessControlList(ipRanges=[]),
        api.createAccessControlList(name="x", ipRanges=None),
        api.createCredentialList(name="", credentials=[]),
        api.createSipTrunk(name="x", hostName="x"),
    ],
    ids=lambda call: f"{call.operation}-{call.path or call.query or call.body}"[:60],
)
def test_what_is_not_settled_is_no_fault(call: Call) -> None:
    """Nor is what could be read as something right, or what is wrong in another way."""
    assert fault(call) == ""
