"""No answer of a target can make the suite err: whatever is served to every request, real scenarios end in a verdict on it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from contracts.case import Case, Verdict
from contracts.client import Client
from contracts.evidence import Evidence, case_evidence
from contracts.exchange import Response
from contracts.finding import explain
from contracts.names import Names
from contracts.report import junit, results
from contracts.run.planned import plan
from contracts.runner import run
from contracts.transport.veil import Veil
from contracts.transport.wire import Wire
from tests.selftest.answers import target
from tests.selftest.results_at_hand import TARGET, complaints, facts

if TYPE_CHECKING:
    import httpx

STATUSES = (200, 201, 204, 400, 404, 500, 302, 403, 100, 999)
TEXTS = """
    {} [] null true 12 1e999 -0 "text" [[]] ["a","b"] [1,2] [null] [{}] {"a"
    {"id":{"a":1}} {"id":["x"]} {"id":null} {"id":""} {"id":".."} {"id":true} {"id":1e999} {"id":NaN} {"id":-1} {"id":"\\ud800"}
    {"id":"a/b?c#d\\n\\u0000"} [{"id":"x"}] {"trunks":["a"]} {"items":[{"id":["x"]}],"id":"y"} {"id":"x"} {"id":"x","id":"y"}
    {"id":"x","credentials":[]} {"id":"x","credentials":{}} {"id":"x","credentials":null,"ipRanges":null}
    {"id":"x","credentials":["a"],"ipRanges":["b"],"calls":["c"],"name":1} {"id":"x","ipRanges":[{"id":{"a":1}}]}
    {"id":"x","phoneNumber":{"a":1},"countryCode":[],"callId":{}} {"phoneNumber":"\\ud800"} {"phoneNumber":""}
    {"calls":[{"callId":["x"]}]} {"calls":[{"callId":"x"}]} {"calls":{"callId":"x"}} {"id":"x","enabled":"maybe","results":[1]}
    {"code":400,"status":"BAD_REQUEST","message":"x"} {"code":"400","status":null,"message":{"a":1},"details":"x"}
    {"error":{"code":400,"status":"A","message":"b"}} {"error":{"error":{}}} {"error":[]} {"\\ud800":{"\\udfff":"\\ud800"}}
    {"code":400,"status":"BAD_REQUEST","message":"\\ud800"} {"code":1e400,"status":1,"message":1,"details":[1,null,{"type":[]}]}
    {"code":404,"status":"NOT_FOUND","message":"NotFound$id"} {"code":403,"status":"FORBIDDEN","message":null}
"""
BODIES: list[bytes] = [
    *map(str.encode, TEXTS.split()),
    b"",
    b" ",
    b"<html><body>no</body></html>",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b"[" * 200 + b"]" * 200,
    b"[" * 900 + b"]" * 900,
    b"[" * 100_000,
    b'{"a":' * 80 + b"1" + b"}" * 80,
    b'{"id":' + b"9" * 5_000 + b"}",
    json.dumps({"id": "x" * 70_000}).encode(),
]
SOUND = Response(200, (), b"[]")
FEW = 9  # of the cases chosen, every so manyth is shown one body, another choice for each
HEADERS = ((("content-type", "application/json"),), (), (("content-type", "\xff"), ("content-encoding", "gzip")))


def chosen() -> list[Case]:
    """A case of every row, and every row's last one: another operation and shape."""
    first = {case.row: case for case in reversed(plan())}
    return [*first.values(), *{case.row: case for case in plan()}.values()]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for lists that never settle."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)
    monkeypatch.setattr("contracts.world.time", SimpleNamespace(sleep=lambda _: None))


@pytest.mark.parametrize("status", STATUSES)
def test_no_answer_makes_a_case_an_error(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every odd body, served to every request of a few cases, is judged or makes them inconclusive."""
    cases = chosen()
    errors = {}
    for number, body in enumerate(BODIES):
        response = Response(status, HEADERS[number % len(HEADERS)], body)
        for case in cases[number % FEW :: FEW]:
            result = judged(case, response, monkeypatch)
            if result.verdict is Verdict.ERROR:
                errors[case.id] = (body[:80], result.reason)
            json.dumps(case_evidence(result)).encode("ascii")
    assert errors == {}


@pytest.mark.parametrize("status", [200, 400, 999])
def test_any_answer_can_be_reported(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results keep to their schema, and junit.xml can be written, whatever an answer holds."""
    evidence = Evidence()
    for number, case in enumerate(plan()[::11]):
        result = judged(case, Response(status, HEADERS[number % 3], BODIES[number % len(BODIES)]), monkeypatch)
        evidence.add(json.loads(json.dumps(case_evidence(result))))
    built = results.build(facts(), TARGET, plan(), evidence, started=0.0, finished=1.0)
    assert complaints(built) == []
    junit.render(built, {}).encode("utf-8")
    explain([finding for row in built["rows"] for case in row["cases"] for finding in case["findings"]])


def judged(case: Case, response: Response, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A case against a target that has this one answer; but for the probe, where it is a page, so that it counts as an answer."""

    def exchanged(_: Wire, request: httpx.Request, __: Veil) -> Response:
        return SOUND if response.stand_in and request.url.query == b"size=1" else response

    monkeypatch.setattr("contracts.client.exchanged", exchanged)
    client = Client(target("http://127.0.0.1:9"))
    client.proven = True
    result = run(case, client, Names("20260101t000000-test"))
    client.close()
    return result
