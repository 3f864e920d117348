"""Exchanges written by hand: a request of the tests' own, and an answer of any bytes."""

from __future__ import annotations

import json
from typing import Any

from contracts.call import Call
from contracts.catalogue import Row
from contracts.exchange import Exchange, Headers, Request, Response, basic
from contracts.finding import Finding
from contracts.template import Bound, Kind

URL = "https://elastic-trunking.api.sinch.com/v1/projects/own-project/trunks/01HTRUNK"
CALL = Call("getSipTrunkById", {"projectId": "own-project", "sipTrunkId": "01HTRUNK"})
JSON: Headers = (("Content-Type", "application/json"),)
SAMPLES = {Kind.VALUE: "01HVALUE", Kind.IDENTIFIER: "callerCountry", Kind.NOUN: "SIP Trunk", Kind.FORMAT: "yyyy-MM-dd'T'HH:mm:ss"}


def exchange(status: int, body: object, *, call: Call = CALL, headers: Headers = JSON, url: str = URL) -> Exchange:
    """An answered call; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = Request("GET", url, (("Authorization", basic("the-key-id", "the-key-secret")),), b"")
    return Exchange(call, sent, Response(status, headers, raw))


def samples(row: Row) -> Bound:
    """A value for every slot, each different."""
    slots = row.message.slots if row.message else ()
    return {s.name: (SAMPLES[s.kind] + (str(n) if s.kind is Kind.VALUE else ""),) for n, s in enumerate(slots)}


def envelope(row: Row, **members: Any) -> dict[str, Any]:
    """The row's envelope with the samples in it."""
    worded = {"message": row.message.render(samples(row))} if row.message else {}
    return {"code": row.code, "status": row.status, **worded, **members}


def rules(findings: tuple[Finding, ...]) -> list[str]:
    """The rules of findings, sorted; what is no fail says so."""
    return sorted(f.rule.value if f.severity == "fail" else f"{f.rule} ({f.severity})" for f in findings)
