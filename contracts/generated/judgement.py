"""What is wrong with an answer to a generated request: schemathesis' checks, and the suite's own registered beside them.

schemathesis' say what differs from the description, and that is an advisory: targets validate more and less than a description
says. Ours ask the oracle, and what they find fails. Left out are those of its checks that send requests of their own, past the
suite's client (`ignored_auth`; `not_a_server_error`, where a content type is tried), those for sequences, and those that have
nothing to say of this description: it has a default answer for every operation, and declares no headers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import requests
import schemathesis
from schemathesis import Case, CheckContext, CheckFunction
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi import checks

from contracts import oracle
from contracts.catalogue import NOUNS
from contracts.envelope import read
from contracts.exchange import INFRASTRUCTURE, Exchange, visible
from contracts.finding import Finding, Rule, Severity
from contracts.generated.fault import fault
from contracts.oracle import Stray
from contracts.template import Kind

SHOWN = 300
PLAIN = re.compile(r"[A-Za-z0-9+_-]{0,100}")  # what no target or proxy has a reason to write otherwise
ADVICE: Mapping[str, tuple[Rule, str]] = {
    "negative_data_rejection": (Rule.ACCEPTED_INVALID, "a refusal of what the description forbids"),
    "positive_data_acceptance": (Rule.REFUSED_VALID, "success for what the description allows"),
    "content_type_conformance": (Rule.SCHEMA, "an answer as the description has it"),
    "response_schema_conformance": (Rule.SCHEMA, "an answer as the description has it"),
}
"""schemathesis' checks, with what a failure of each is to the suite."""


class Answer(schemathesis.Response):
    """An answer as schemathesis' checks want it, with what ours want beside it.

    `stray` is what the oracle made of a refusal, and `again` what the same request was answered the second time. `known` are texts
    of what the check made for itself; `reached` says whether all that the path names is there.
    """

    __slots__ = ("again", "exchange", "known", "nouns", "reached", "stray")

    def __init__(  # noqa: PLR0913 - what is known of one answer
        self,
        exchange: Exchange,
        *,
        stray: Stray | None = None,
        again: Exchange | None = None,
        known: Iterable[str] = (),
        nouns: Mapping[str, tuple[str, ...]] = NOUNS,
        reached: bool = True,
    ) -> None:
        sent, came = exchange.request, exchange.response
        if came is None:
            raise ValueError(f"{exchange.call.operation} has no response to judge")
        named = {name: value for name, value in sent.headers if name.lower() == "content-type"}
        request = requests.Request(sent.method, sent.url, headers=named, data=sent.body).prepare()
        headers: dict[str, list[str]] = {}
        for name, value in came.headers:
            headers.setdefault(name.lower(), []).append(value)
        body = read(came).text.encode() if came.header("content-encoding") else came.body
        super().__init__(came.status, headers, body, request, exchange.seconds, verify=True)
        self.exchange, self.stray, self.again = exchange, stray, again
        self.known, self.nouns, self.reached = frozenset(known), nouns, reached


class Told(AssertionError):  # noqa: N818 - no error of ours: the findings say it all
    """Findings of the suite's own, as schemathesis wants to hear of them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.text for finding in self.findings))


def judged(case: Case[Any], answer: Answer) -> tuple[Finding, ...]:
    """Everything that is found about an answer."""
    try:
        case.validate_response(answer, checks=list(_checks(answer)))
    except FailureGroup as group:
        return tuple(finding for failure in group.exceptions for finding in _findings(failure, answer.exchange))
    return ()


# -- the suite's own checks ---------------------------------------------------------------------------------------------------


@schemathesis.check
def error_as_specified(_: CheckContext, response: schemathesis.Response, __: Case[Any]) -> bool:
    """Every refusal has the envelope, and is a documented error in full or none; it leaks nothing and leaves nothing unfilled."""
    stray = response.stray if isinstance(response, Answer) else None
    return stray is None or _tell(finding for finding in stray.findings if finding.severity is Severity.FAIL)


@schemathesis.check
def no_server_error(_: CheckContext, response: schemathesis.Response, __: Case[Any]) -> bool:
    """No server error that nobody asked for. A 500 is the oracle's, which knows its row; some others are the infrastructure's."""
    if not isinstance(response, Answer) or response.status_code <= 500 or response.status_code in INFRASTRUCTURE:
        return True
    actual = f"HTTP {response.status_code}"
    return _tell([Finding(Rule.SERVER_ERROR, "no 5xx that was not asked for", actual, "the server failed by itself")])


@schemathesis.check
def named_fault_refused(_: CheckContext, response: schemathesis.Response, __: Case[Any]) -> bool:
    """What the specification names as a fault is not accepted."""
    if not isinstance(response, Answer) or not response.exchange.ok or not response.reached:
        return True
    call = response.exchange.call
    row, actual = fault(call), visible(response.exchange.answer_line()[:SHOWN])
    text = f"{call.operation} was sent what {row} forbids, and succeeded"
    return _tell([Finding(Rule.UNREFUSED, row, actual, text)] if row else ())


@schemathesis.check
def refused_alike(_: CheckContext, response: schemathesis.Response, __: Case[Any]) -> bool:
    """The same refused request gets the same answer (behaviour.md, point 13).

    An error that no row documents may have been due to the moment, if another one comes in its place.
    """
    if not isinstance(response, Answer) or response.again is None:
        return True
    if response.stray and response.stray.row is None and response.exchange.status != response.again.status:
        return True
    return _tell(oracle.alike(response.exchange, response.again))


@schemathesis.check
def values_as_sent(_: CheckContext, response: schemathesis.Response, __: Case[Any]) -> bool:
    """A documented error names the very values of its request, or of what was made before it (behaviour.md, point 4).

    Only where every value is so plain that nobody has a reason to write it otherwise.
    """
    row = response.stray.row if isinstance(response, Answer) and response.stray else None
    if not isinstance(response, Answer) or row is None or row.message is None:
        return True
    call = response.exchange.call
    if not all(map(PLAIN.fullmatch, call.sent_values())):
        return True
    sent = tuple(call.sent_values() | response.known)
    names = (*sent, *call.path, *(name for name, _ in call.query))
    values = {Kind.VALUE: sent, Kind.IDENTIFIER: names, Kind.NOUN: tuple(itertools.chain(*response.nouns.values()))}
    bound = {slot.name: values[slot.kind] for slot in row.message.slots if slot.kind in values}
    return _tell(finding for finding in oracle.judge(row, response.exchange, bound) if finding.rule is Rule.MESSAGE_OTHER_VALUE)


OURS: tuple[CheckFunction, ...] = (error_as_specified, no_server_error, named_fault_refused, refused_alike, values_as_sent)
AFTER_SUCCESS: tuple[CheckFunction, ...] = (
    *(checks.content_type_conformance, checks.response_schema_conformance, checks.negative_data_rejection),
)


def _checks(answer: Answer) -> Iterator[CheckFunction]:
    """The checks that an answer is for: a refusal's form is the oracle's to judge, and a documented refusal is no surprise."""
    yield from OURS
    if answer.exchange.ok:
        yield from AFTER_SUCCESS
    elif answer.stray and answer.stray.row is None:
        yield checks.positive_data_acceptance


def _tell(findings: Iterable[Finding]) -> bool:
    """Raises Told where there are findings. Gives whether the check was skipped, which it was not."""
    if told := tuple(findings):
        raise Told(told)
    return False


def _findings(failure: Any, exchange: Exchange) -> Iterator[Finding]:
    """The findings in a failure of any check."""
    ours = getattr(failure, "exception", None)
    if isinstance(ours, Told):
        yield from (finding if finding.curl else _with_curl(finding, exchange) for finding in ours.findings)
        return
    rule, expected = next((ADVICE[name] for name in failure.checks if name in ADVICE), ADVICE["response_schema_conformance"])
    actual, text = visible(exchange.answer_line()[:SHOWN]), visible(_text(rule, failure.title, failure.message)[:SHOWN])
    yield _with_curl(Finding(rule, expected, actual, text, Severity.ADVISORY), exchange)


def _text(rule: Rule, title: str, message: str) -> str:
    """What schemathesis says, without what stands elsewhere in the finding."""
    if rule is Rule.REFUSED_VALID:
        return "the description allows the request, and no row documents the refusal"
    first, _, reason = message.partition("Invalid component: ")
    return f"{title}: {' '.join((reason or first).split())}"


def _with_curl(finding: Finding, exchange: Exchange) -> Finding:
    return Finding(finding.rule, finding.expected, finding.actual, finding.text, finding.severity, exchange.as_curl())
