"""On every sandbox that conforms, however oddly, the suite raises no alarm."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.case import Case, CaseResult, Verdict
from contracts.finding import Rule, Severity
from contracts.leeway.conforming import alarms, cases, checks, probed, tried, variants
from contracts.leeway.framing import FRAMES, framed
from contracts.leeway.variant import Tally, Variant, answering, barring, overlaid
from contracts.run.planned import plan
from contracts.sandbox import Behaviour, Request, Response
from contracts.sandbox.refusals import REFUSALS, Rejection
from contracts.sandbox.step import Context

FEWEST = 45
MANY = 10
WHOLE = os.environ.get("CONFORMING") == "whole"
FIFTH = 1 if WHOLE else 5
SHARE = 1 if WHOLE else 60
SHOWN = 20
WAIT = 10.0  # seconds that a busy machine may take
FEW = ("400-acl-already-on-trunk", "400-domain-unavailable")
MARKS: Mapping[str, bytes] = {
    "http-1.0": rb"HTTP/1\.0 200 Said\r\n(?!.*Length)",
    "http-1.0-sized": rb"HTTP/1\.0 200 .*\r\nContent-Length: 2\r\n",
    "http-1.0-kept": rb"HTTP/1\.0 200 .*\r\nConnection: keep-alive\r\n",
    "connection-close": rb"HTTP/1\.1 200 .*\r\nConnection: close\r\n",
    "body-until-the-end": rb"HTTP/1\.1 200 (?!.*Length).*\r\nConnection: close\r\n",
    "chunked": rb".*\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\{\}\r\n0\r\n\r\n",
    "chunked-finely": rb".*\r\n\r\n2;a=b\r\n\{\}\r\n0\r\nX-Sum: 1\r\n\r\n",
    "dripped": rb"HTTP/1\.1 200 .*\r\n\r\n\{\}",
    "interim-answers": rb"HTTP/1\.1 100 Continue\r\n\r\nHTTP/1\.1 103 .*\r\n\r\nHTTP/1\.1 200 ",
    "reason-none": rb"HTTP/1\.1 200 \r\n",
    "reason-other": rb"HTTP/1\.1 200 Whatever",
    "headers-in-capitals": rb".*\r\nCONTENT-TYPE: application/json\r\n",
    "headers-titled": rb".*\r\nContent-Type: application/json\r\n",
    "headers-unspaced": rb".*\r\ncontent-type:application/json \t\r\n",
    "headers-doubled": rb".*\r\nVary: Accept\r\nVary: Origin\r\n",
}
"""What must stand on the wire of each framing, around an answer of two bytes."""


def share(variant: Variant) -> tuple[Case, ...]:
    """The cases of a variant that names some; of one that may touch any, a fifth of one for each row, operation and kind.

    Each of these variants has another fifth than the one before it, so that every case has its turn on many of them.
    """
    if WHOLE or variant.cases:
        return cases(variant)
    return cases(replace(variant, brief=True))[list(variants()).index(variant.name) % FIFTH :: FIFTH]


@pytest.mark.parametrize("variant", variants().values(), ids=variants().keys())
def test_a_conforming_variant_raises_no_alarm(variant: Variant) -> None:
    """Every case passes, traffic is clean, nothing is left over; and the variant is other than the clean sandbox.

    All its cases with CONFORMING=whole, as `tox -e conforming` runs it, else its `share`; where no case of that meets it, one of
    each row, operation and kind.
    """
    tally = Tally()
    results = tried(variant, tally, share(variant))
    if not (tally.count or probed(variant).count):
        results += tried(replace(variant, brief=True), tally)
    raised = alarms(results, variant.excuse)
    assert not raised, "\n".join([f"{len(raised)} alarms on what is allowed by {variant.clause}:", *raised[:SHOWN]])
    assert tally.count or probed(variant).count, "it answered everything as the clean sandbox does"


@pytest.mark.parametrize("variant", [pytest.param(each, id=name) for name, each in variants().items() if each.checks])
def test_a_conforming_variant_raises_no_alarm_in_a_check(variant: Variant) -> None:
    """Generated, stateful, concurrent and all other checks: one in sixty for each variant, or all of them with CONFORMING=whole."""
    raised = alarms(tried(variant, chosen=checks(variant, SHARE)), variant.excuse)
    assert not raised, "\n".join([f"{len(raised)} alarms on what is allowed by {variant.clause}:", *raised[:SHOWN]])


def test_every_check_has_its_turn_on_some_variant() -> None:
    """Also where each variant has few of them."""
    tried_somewhere = {case.id for variant in variants().values() for case in checks(variant, SHARE)}
    assert tried_somewhere == {case.id for case in plan() if not case.row}


def test_every_case_has_its_turn_on_many_variants() -> None:
    """Of those that may touch any."""
    turns = Counter(case.id for variant in variants().values() if not variant.cases for case in share(variant))
    assert turns.keys() >= {case.id for case in cases(Variant("any", "none", "does nothing", brief=True))}
    assert min(turns.values()) >= MANY


def test_there_are_variants_enough() -> None:
    """And each says in words what it does, and what allows it."""
    assert len(variants()) >= FEWEST
    assert all(variant.clause for variant in variants().values())
    assert len({variant.what for variant in variants().values()}) == len(variants())


def test_a_variant_that_is_tried_on_some_cases_names_cases_that_there_are() -> None:
    """A misspelt row would leave it untried."""
    for variant in variants().values():
        for beginning in variant.cases:
            assert cases(replace(variant, cases=(beginning,))), (variant.name, beginning)


def test_a_probe_shows_what_no_case_may_send() -> None:
    """Every variant that has one."""
    assert {
        name: probed(variant).count for name, variant in variants().items() if variant.probe and not probed(variant).count
    } == {}


# -- the harness can see ------------------------------------------------------------------------------------------------------


def spoilt(name: str = "charset", **members: Any) -> tuple[CaseResult, ...]:
    """The results of a few cases against a variant that has been spoilt."""
    return tried(replace(variants()[name], cases=FEW, **members))


def test_one_wrong_letter_raises_alarms_for_its_row_alone() -> None:
    """And for every refusal of it."""
    code, status, message = REFUSALS["404-customer-id"]
    wrong = {**REFUSALS, "404-customer-id": (code, status, message.replace("Customer", "Custumer"))}
    misspelt = Variant("misspelt", "nothing", "one letter is wrong", choice=lambda _: Behaviour(refusals=wrong), brief=not WHOLE)
    results = tried(misspelt, chosen={*cases(misspelt), *cases(replace(misspelt, cases=("404-customer-id",), brief=False))})
    row = [result for result in results if result.case.row == "404-customer-id"]
    assert {line.partition("/")[0] for line in alarms(results)} == {"404-customer-id"}
    assert [result.case.kind for result in row if result.verdict is not Verdict.FAIL] == ["control", "control"]


@pytest.mark.parametrize("kind", ["isolation", "determinism", "order", "race", "stateful", "generated"])
def test_one_wrong_status_raises_alarms_in_checks(kind: str) -> None:
    """Of each kind, though no check is about that row."""
    code, _, message = REFUSALS["404-trunk-id"]
    wrong = {**REFUSALS, "404-trunk-id": (code, "MISSING", message)}
    some = [case for case in plan() if not case.row and case.id.startswith(f"{kind}/") and "trunk" in case.id.lower()]
    results = tried(Variant("wrong", "nothing", "a status is wrong", choice=lambda _: Behaviour(refusals=wrong)), chosen=some[:20])
    assert any("got MISSING" in line for line in alarms(results))


def test_an_error_on_the_way_that_breaks_the_envelope_is_an_alarm() -> None:
    """Though every case passes."""

    def unsaid(_: Request, response: Response) -> Response:
        return replace(response, headers={}) if response.status == 423 else response

    results = spoilt(front=overlaid(variants()["undocumented-423"].front, answering(unsaid)))
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert {line.split(": ")[1] for line in alarms(results)} == {"on the way, deleteSipTrunk"}


def test_what_is_left_over_is_an_alarm() -> None:
    """The same."""

    def stays(_: Context) -> None:
        raise Rejection(409, "ABORTED", "It stays.")

    results = spoilt(choice=barring(stays, "deleteSipTrunk"))
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert alarms(results)
    assert all(": left over by create" in line for line in alarms(results))


def test_what_could_not_be_judged_is_an_alarm() -> None:
    """Inconclusive, and not exercised but for the reason that was foreseen."""

    def busy(_: Context) -> None:
        raise Rejection(429, "RESOURCE_EXHAUSTED", "Later.")

    told = alarms(spoilt(choice=barring(busy, "createSipTrunk")))
    assert told
    assert all(": inconclusive " in line for line in told)
    withdrawn = tried(replace(variants()["operations-withdrawn"], cases=("404-customer-id",)))
    assert alarms(withdrawn, "the target offers no ") == ()
    assert len(alarms(withdrawn, "something else")) == len(alarms(withdrawn)) == len(withdrawn)


def test_an_advisory_is_no_alarm() -> None:
    """Members that nobody knows are told, and do no harm."""
    results = spoilt("extra-members")
    found = {(finding.rule, finding.severity) for result in results for finding in result.findings}
    assert found == {(Rule.ENVELOPE_EXTRA_MEMBER, Severity.ADVISORY)}
    assert alarms(results) == ()


# -- on the wire --------------------------------------------------------------------------------------------------------------


class Braces:
    """A handler that says nothing."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        assert request == Request("POST", "/x%2F", "a=%20", request.headers, b"abc")
        return Response(200, b"{}", {"content-type": "application/json"})


@pytest.mark.parametrize("name", FRAMES)
def test_a_framing_is_what_it_says(name: str) -> None:
    """To the byte; and the connection ends with the answer where the framing says so, else it is there for another one."""
    frame = FRAMES[name][1]
    with framed(frame)(Braces(), Tally()) as url, socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as wire:
        wire.settimeout(WAIT)
        wire.sendall(b"POST /x%2F?a=%20 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        read = b""
        while not re.match(MARKS[name], read, re.DOTALL):
            read += (piece := wire.recv(65536))
            assert piece, read
        assert _ends(wire, WAIT if frame.closes else 0.1) is frame.closes


def _ends(wire: socket.socket, seconds: float) -> bool:
    """Whether the other side closes the connection within some time."""
    wire.settimeout(seconds)
    with contextlib.suppress(TimeoutError):
        while wire.recv(65536):
            pass
        return True
    return False


def test_what_is_slow_is_slow() -> None:
    """Every answer takes its 200 ms."""
    started = time.monotonic()
    (result, *_) = tried(replace(variants()["slow"], cases=("404-customer-id/getCustomer/unissued",)))
    assert result.requests == 2
    assert time.monotonic() - started > 0.4
