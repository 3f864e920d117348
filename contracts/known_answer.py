"""Known answers: what the oracle must say of answers whose one defect is known, before it judges anybody else's. Pure.

An oracle that misses a defect would pass a broken target, and one that finds fault with what conforms would blame a sound one:
either is a defect of the suite. The answers are written out as they stand on the wire, and share no text with the catalogue; so
a row that was altered unawares is noticed as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.call import Call
from contracts.catalogue import row
from contracts.exchange import Exchange, Headers, Request, Response, visible
from contracts.finding import Finding, Rule, Severity
from contracts.oracle import alike, judge

CALL = Call("getSipTrunkById", {"projectId": "p-1", "sipTrunkId": "t-1"})
REQUEST = Request("GET", "https://api.example/v1/projects/p-1/trunks/t-1", (), b"")
JSON: Headers = (("content-type", "application/json"),)
HIDDEN = "trunk-of-another-project"
SHOWN = 200  # characters of what an exception says
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Known:
    """An answer to a request that was to be refused as `row`, and the one rule that it breaks; None where it conforms.

    `again` is what the same request got the second time, where that is not the same (behaviour.md, point 13).
    """

    rule: Rule | None
    row: str
    status: int
    body: bytes
    bound: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = JSON
    again: bytes | None = None


FAULTY = (
    Known(
        Rule.UNREFUSED,
        "400-phone-number-exists",
        201,
        b"""{"phoneNumber": "+12025550100"}""",
        {"phoneNumber": "+12025550100"},
    ),
    Known(
        Rule.HTTP_STATUS,
        "400-customer-exists",
        409,
        b"""{"code": 409, "status": "BAD_REQUEST", "message": "Customer with id 'c-1' already exists"}""",
        {"id": "c-1"},
    ),
    Known(
        Rule.CONTENT_TYPE,
        "400-domain-unavailable",
        400,
        b"""{"code": 400, "status": "BAD_REQUEST", "message": "The provided domain name is unavailable"}""",
        headers=(("content-type", "text/html; charset=utf-8"),),
    ),
    Known(
        Rule.CONTENT_ENCODING,
        "400-username-unavailable",
        400,
        b"""{"code": 400, "status": "BAD_REQUEST", "message": "The provided username is unavailable"}""",
        headers=(*JSON, ("content-encoding", "gzip")),
    ),
    Known(
        Rule.BODY_NOT_JSON,
        "500-internal-server-error",
        500,
        b"""<html><head><title>Internal Server Error</title></head></html>""",
    ),
    Known(
        Rule.ENVELOPE_MISSING_MEMBER,
        "404-customer-id",
        404,
        b"""{"status": "NOT_FOUND", "message": "Could not find Customer with id 'c-1'"}""",
        {"id": "c-1"},
    ),
    Known(
        Rule.CODE,
        "404-acl-id",
        404,
        b"""{"code": 400, "status": "NOT_FOUND", "message": "Could not find Access Control List with id 'a-1'"}""",
        {"id": "a-1"},
    ),
    Known(
        Rule.STATUS,
        "404-project-id",
        404,
        b"""{"code": 404, "status": "Not Found", "message": "Could not find Project with id 'p-1'"}""",
        {"id": "p-1"},
    ),
    Known(
        Rule.DETAILS,
        "400-blocking-rule-exists",
        400,
        b"""{"code": 400, "status": "BAD_REQUEST", "message": "Blocking rule already exists with the same parameters",
             "details": [{"type": "BadRequest", "fieldViolations": "name"}]}""",
    ),
    Known(
        Rule.MESSAGE_TEXT,
        "404-credential-username",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find Credentiel with username 'u-1'"}""",
        {"username": "u-1"},
    ),
    Known(
        Rule.MESSAGE_TYPOGRAPHY,
        "400-direction-invalid",
        400,
        b"""{"code": 400, "status": "BAD_REQUEST", "message": "Invalid direction type: BOTH. Must be INBOUND or OUTBOUND"}""",
        {"direction": "BOTH"},
    ),
    Known(
        Rule.MESSAGE_OTHER_ROW,
        "404-endpoint-id",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find SIP Trunk with id 'e-1'"}""",
        {"id": "e-1"},
    ),
    Known(
        Rule.MESSAGE_OTHER_VALUE,
        "400-phone-number-already-assigned",
        400,
        b"""{"code": 400, "status": "BAD_REQUEST",
             "message": "Phone number +12025550100 is already assigned to SIP Trunk t-2"}""",
        {"number": "+12025550100", "trunkId": "t-1"},
    ),
    Known(
        Rule.MESSAGE_UNBOUND,
        "404-blocking-rule-id",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "BlockingRule with ID $id not found for project p-1"}""",
        {"id": "b-1", "projectId": "p-1"},
    ),
    Known(
        Rule.LEAK,
        "404-call-id",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find call ID 'k-1'",
             "details": [{"type": "RequestInfo", "requestId": "r-1", "data": {"file": "/var/lib/calls/index"}}]}""",
        {"callId": "k-1"},
    ),
    Known(
        Rule.FOREIGN_DATA,
        "404-trunk-id",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find SIP Trunk with id 't-1'",
             "details": [{"type": "ErrorInfo", "reason": "OTHER_OWNER", "metaData": {"name": "trunk-of-another-project"}}]}""",
        {"id": "t-1"},
    ),
    Known(
        Rule.NOT_REPEATABLE,
        "404-phone-number",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find phone number '+12025550100'"}""",
        {"number": "+12025550100"},
        again=b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find phone number with id '+12025550100'"}""",
    ),
)
"""Answers with one defect each, and a pair that is not alike: something for every stage of the oracle to find."""
CONFORMING = (
    Known(
        None,
        "404-trunk-domain",
        404,
        b"""{"code": 404, "status": "NOT_FOUND", "message": "Could not find SIP Trunk with domain 'sip.internal'",
             "details": [{"type": "BadRequest", "fieldViolations": [{"field": "domain", "description": "sip.internal is unknown"}]},
                         {"type": "QuotaFailure", "violations": [{"subject": "trunks", "description": "none is left"}]}]}""",
        {"domain": "sip.internal"},
    ),
    Known(
        None,
        "400-parent-has-children",
        400,
        b"""{"message": "sip trunk cannot be deleted while there are one or more SIP Endpoints attached",
             "status": "BAD_REQUEST", "code": 400}""",
        {"parent": "SIP Trunk", "child": "SIP Endpoint"},
        headers=(("Content-Type", "application/json; charset=utf-8"),),
    ),
    Known(None, "403-forbidden", 403, b"""{"code": 403, "status": "FORBIDDEN"}"""),
)
"""Answers without a defect: details that repeat what was sent, a noun in other letters, and no message where none is documented."""


def missed() -> tuple[str, ...]:
    """Each known answer that the oracle misjudges, in words; empty when it judges all of them rightly. Raises nothing."""
    judged = ((known, known.rule or NOTHING, _said(known)) for known in (*FAULTY, *CONFORMING))
    return tuple(f"{known.row}: expected {expected}, got {said}" for known, expected, said in judged if said != expected)


def _said(known: Known) -> str:
    """The rules that the oracle finds broken, or the exception that it raised instead."""
    try:
        return ", ".join(_named(finding) for finding in _findings(known)) or NOTHING
    except Exception as e:  # noqa: BLE001 - whatever it is, the oracle did not judge
        return f"an exception, {type(e).__name__}: {visible(str(e)[:SHOWN])}"


def _findings(known: Known) -> tuple[Finding, ...]:
    bound = {name: (value,) for name, value in known.bound.items()}
    first, second = (_exchange(known, body) for body in (known.body, known.again or known.body))
    return judge(row(known.row), first, bound, [HIDDEN]) + alike(first, second)


def _exchange(known: Known, body: bytes) -> Exchange:
    return Exchange(CALL, REQUEST, Response(known.status, known.headers, body))


def _named(finding: Finding) -> str:
    """The rule; one that is told as an advisory fails nothing, and says so."""
    return finding.rule if finding.severity is Severity.FAIL else f"{finding.rule} ({finding.severity})"
