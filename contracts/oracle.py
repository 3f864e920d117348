"""The oracle: what conforms, and what does not. Pure, and alone in deciding; it asks envelope, shape, template and leak.

`judge` holds an answer against the row that its case provoked; `judge_stray` holds any other error answer against whatever the
specification says of it. Both collect every finding before they return.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from contracts.catalogue import NOUNS, Row, row, rows, whose
from contracts.envelope import Document, Reading, read
from contracts.exchange import Exchange, Response, visible
from contracts.finding import Finding, Rule, Severity
from contracts.leak import leaks
from contracts.shape import MOST, SHOWN, members, shape
from contracts.template import Bound, Kind, Mismatch

FORBIDDEN = "403-forbidden"
INTERNAL = "500-internal-server-error"
FIRST_ERROR = 400
MADE_UP = 6  # characters of a value that at least is looked for in a message that does not fit: a shorter one stands in any text
UNBOUND_ANYWHERE = re.compile(r"\$\{\w+\}|\$[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|%s")
MESSAGE_RULES = {
    Mismatch.UNBOUND: Rule.MESSAGE_UNBOUND,
    Mismatch.OTHER_VALUE: Rule.MESSAGE_OTHER_VALUE,
    Mismatch.TYPOGRAPHY: Rule.MESSAGE_TYPOGRAPHY,
    Mismatch.TEXT: Rule.MESSAGE_TEXT,
}


@dataclass(frozen=True, slots=True)
class Stray:
    """What an error answer that no case asked for turned out to be: a documented row, or None, with its findings."""

    row: Row | None
    http_code: int
    status: str | None
    message: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer said, in words that do not change from run to run: placeholders stand for what they were bound to."""

    http_code: int
    status: str | None
    message: str | None


def judge(expected: Row, exchange: Exchange, bound: Bound, hidden: Collection[str] = ()) -> tuple[Finding, ...]:
    """All findings about an answer to a request that the row forbids; none when it conforms.

    `bound` maps each placeholder to the values that are right for it; `hidden` are texts of another project that must not show.
    The exchange must bear a response: what has none is inconclusive, and not the oracle's business.
    """
    response = _response(exchange)
    if exchange.ok:
        actual = exchange.answer_line()[:SHOWN]
        text = f"{exchange.call.operation} was to be refused as {expected.id}, and succeeded"
        return (_with_curl(Finding(Rule.UNREFUSED, f"HTTP {expected.code} {expected.status}", actual, text), exchange),)
    reading = read(response)
    findings = [
        *_http(expected, response),
        *reading.findings,
        *shape(reading, response.status, message_needed=expected.message is not None),
    ]
    envelope = members(reading)
    findings += _status(expected, envelope)
    findings += _message(expected, envelope, bound) if expected.message else _unfilled(envelope.get("message"), exchange)
    if findings or not _foreseen(expected, bound) or not envelope.keys() <= {"code", "status", "message"}:
        findings += _leaks(reading, exchange, bound)
        findings += _foreign(reading, exchange, hidden)
    return tuple(_with_curl(finding, exchange) for finding in findings)


def _foreseen(expected: Row, bound: Bound) -> bool:
    """Whether a message that fits is known letter for letter: then it cannot leak."""
    slots = expected.message.slots if expected.message else ()
    return expected.message is not None and all(slot.name in bound and slot.kind is not Kind.FORMAT for slot in slots)


def judge_stray(
    exchange: Exchange, *, injected: bool = False, strict: bool = False, nouns: Mapping[str, tuple[str, ...]] = NOUNS
) -> Stray:
    """Hold an error answer that no case asked for against the specification (behaviour.md, point 10).

    A documented row's text makes it that row, and all of the row must agree. Anything else is undocumented: the envelope must
    hold all the same; an uninjected 500 fails, well-formed or not. With `strict` every undocumented error fails.
    """
    response = _response(exchange)
    reading = read(response)
    envelope = members(reading)
    status, message = _text_or_none(envelope.get("status")), _text_or_none(envelope.get("message"))
    found = _row_of(response.status, status, message)
    if found:
        findings = list(judge(found, exchange, _free(found, message or "", exchange, nouns)))
    else:
        findings = list(_undocumented(exchange, response, reading, strict=strict))
    if response.status == row(INTERNAL).code and not injected:
        findings.append(Finding(Rule.SERVER_ERROR, "no 500 that was not asked for", "HTTP 500", "the server failed by itself"))
    return Stray(found, response.status, _cut(status), _cut(message), tuple(_with_curl(f, exchange) for f in findings))


def answer(expected: Row, exchange: Exchange, bound: Bound) -> Answer:
    """What an answer to a case about a row said, by its envelope; None for what it does not say in text."""
    response = _response(exchange)
    envelope = members(read(response))
    status, message = (_text_or_none(envelope.get(name)) for name in ("status", "message"))
    return Answer(response.status, _cut(status), _cut(message and _nameless(expected, message, bound)))


def _nameless(expected: Row, message: str, bound: Bound) -> str:
    """A message with the names of placeholders for the values of this run; nouns and formats are text like any other."""
    template = expected.message
    if template and template.fits(message, bound):
        found = template.capture(message) or {}
        return template.render({slot.name: (found[slot.name],) for slot in template.slots if slot.kind in {Kind.NOUN, Kind.FORMAT}})
    values = [(value, name) for name, each in bound.items() for value in each if len(value) >= MADE_UP]
    for value, name in sorted(values, reverse=True, key=lambda pair: len(pair[0])):
        message = message.replace(value, f"${name}")
    return message


def resembles(expected: Row, exchange: Exchange) -> bool:
    """Whether an answer is this very row's error, whatever its values: then a control that got it fails the row."""
    if exchange.response is None or exchange.response.status != expected.code:
        return False
    envelope = members(read(exchange.response))
    if expected.message is None:
        return envelope.get("status") == expected.status
    message = envelope.get("message")
    return isinstance(message, str) and whose(message, expected.code) is expected


def alike(one: Exchange, other: Exchange) -> tuple[Finding, ...]:
    """A finding when the same refused request got two different answers (behaviour.md, point 13)."""
    first, second = (_essence(_response(e)) for e in (one, other))
    if first == second:
        return ()
    text = "the same request was refused twice, and not alike"
    return (_with_curl(Finding(Rule.NOT_REPEATABLE, visible(first[:SHOWN]), visible(second[:SHOWN]), text), other),)


def _http(expected: Row, response: Response) -> Iterator[Finding]:
    if response.status != expected.code:
        yield Finding(Rule.HTTP_STATUS, str(expected.code), str(response.status), f"{expected.id} has HTTP {expected.code}")
    yield from _content_type(response)


def _content_type(response: Response) -> Iterator[Finding]:
    sent = [value for name, value in response.headers if name.lower() == "content-type"]
    if {value.partition(";")[0].strip().lower() for value in sent} != {"application/json"}:
        actual = visible(" and ".join(sent)[:SHOWN]) or "no content type"
        yield Finding(Rule.CONTENT_TYPE, "application/json", actual, "an error is JSON, and says so")


def _status(expected: Row, envelope: dict[str, Any]) -> Iterator[Finding]:
    actual = envelope.get("status")
    if not isinstance(actual, str) or actual == expected.status:
        return
    if actual.strip().casefold() == expected.status.casefold():
        why = "only case or white space differs"
    elif any(actual == r.status for r in rows()):
        why = "that is the status of another row"
    else:
        why = f"{expected.id} has its own status"
    yield Finding(Rule.STATUS, expected.status, visible(actual[:SHOWN]), why)


def _message(expected: Row, envelope: dict[str, Any], bound: Bound) -> Iterator[Finding]:
    actual = envelope.get("message")
    if expected.message is None or not isinstance(actual, str):
        return
    differences = expected.message.explain(actual, bound)
    if not differences:
        return
    other = whose(actual, expected.code)
    wanted = visible(expected.message.render(bound))
    if other and other is not expected:
        yield Finding(Rule.MESSAGE_OTHER_ROW, wanted, visible(actual[:SHOWN]), f"this is {other.id}'s text, not {expected.id}'s")
        return
    for difference in differences:
        yield Finding(MESSAGE_RULES[difference.kind], wanted, visible(actual[:SHOWN]), difference.text)


def _undocumented(exchange: Exchange, response: Response, reading: Reading, *, strict: bool) -> Iterator[Finding]:
    severity = Severity.FAIL if strict else Severity.ADVISORY
    yield Finding(Rule.UNDOCUMENTED, "a documented error", exchange.answer_line()[:SHOWN], "no row documents this answer", severity)
    if response.status < FIRST_ERROR:
        return  # a redirect, say: no error, and so no envelope
    yield from _content_type(response)
    yield from reading.findings
    yield from shape(reading, response.status, message_needed=True)
    yield from _unfilled(members(reading).get("message"), exchange)
    yield from _leaks(reading, exchange, {})


def _unfilled(message: Any, exchange: Exchange) -> Iterator[Finding]:
    """Placeholders in a message that no template describes, but for what the request sent (behaviour.md, point 8)."""
    found = dict.fromkeys(UNBOUND_ANYWHERE.findall(message)) if isinstance(message, str) else {}
    left = (notation for notation in found if not any(notation in value for value in _sent(exchange)))
    for notation in itertools.islice(left, MOST):
        yield Finding(
            Rule.MESSAGE_UNBOUND, "a filled-in message", visible(message[:SHOWN]), f"{notation[:SHOWN]} was not filled in"
        )


def _leaks(reading: Reading, exchange: Exchange, bound: Bound) -> Iterator[Finding]:
    known = {*_sent(exchange), *(value for values in bound.values() for value in values)}
    text = reading.text if reading.document is Document.NONE else "\n".join(_strings(reading.document))
    for kind, piece in leaks(text, known):
        yield Finding(Rule.LEAK, "nothing of the server's inside", visible(piece[:SHOWN]), f"the answer shows {kind}")


def _foreign(reading: Reading, exchange: Exchange, hidden: Collection[str]) -> Iterator[Finding]:
    text = reading.text if reading.document is Document.NONE else "\n".join(_strings(reading.document))
    sent = _sent(exchange)
    for value in hidden:
        whole = rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])"  # "97" within a request id is not the id 97
        if re.search(whole, text) and not any(value in s for s in sent):
            yield Finding(
                Rule.FOREIGN_DATA, "nothing of another project", visible(value), "the answer shows another project's data"
            )


def _row_of(http_status: int, status: str | None, message: str | None) -> Row | None:
    found = whose(message, http_status) if message else None
    if found is None and http_status == row(INTERNAL).code:
        return row(INTERNAL)
    if found is None and http_status == row(FORBIDDEN).code and status == row(FORBIDDEN).status:
        return row(FORBIDDEN)
    return found


def _essence(response: Response) -> str:
    """What must be equal between two refusals of one request. Details are left out: a request id differs rightly.

    As JSON, since to Python 400, 400.0 and true can be equal, and NaN is never equal to itself.
    """
    envelope = members(read(response))
    told = {name: envelope[name] for name in ("code", "status", "message") if name in envelope}
    return f"HTTP {response.status} {json.dumps(told, ensure_ascii=False)}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield json.dumps(value)


def _sent(exchange: Exchange) -> frozenset[str]:
    parts = urlsplit(exchange.request.url)
    return exchange.call.sent_values() | {*exchange.call.headers.values(), parts.netloc, parts.hostname or "", parts.path}


def _free(found: Row, message: str, exchange: Exchange, nouns: Mapping[str, tuple[str, ...]]) -> Bound:
    """What can be said of the slots when nobody knows what they are bound to: a noun is any resource's (behaviour.md, point 5).

    What the request sent is a value, however much it looks like a placeholder.
    """
    captured = (found.message and found.message.capture(message)) or {}
    slots = found.message.slots if found.message else ()
    sent = exchange.call.sent_values()
    echoed = {name: (text,) for name, text in captured.items() if text in sent}
    return {slot.name: tuple(itertools.chain(*nouns.values())) for slot in slots if slot.kind is Kind.NOUN} | echoed


def _cut(text: str | None) -> str | None:
    return None if text is None else visible(text[:SHOWN])


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _with_curl(finding: Finding, exchange: Exchange) -> Finding:
    return finding if finding.curl else replace(finding, curl=exchange.as_curl())


def _response(exchange: Exchange) -> Response:
    if exchange.response is None:
        raise ValueError(f"{exchange.call.operation} has no response to judge: {exchange.failure}")
    return exchange.response
