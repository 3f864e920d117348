"""The oracle: what conforms, and what does not. Pure; this file alone decides.

`judge` holds an answer against the row that its case provoked; `judge_stray` holds any other error answer against whatever the
specification says of it. Both collect every finding before they return.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from contracts.catalogue import Row, row, rows, whose
from contracts.envelope import Document, Reading, read
from contracts.exchange import Exchange, Response, visible
from contracts.finding import Finding, Rule, Severity
from contracts.leak import leaks
from contracts.operation import SCHEMAS
from contracts.template import Bound, Mismatch

if TYPE_CHECKING:  # imported where it is first needed: a tenth of a second that the first request need not wait for
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MEMBERS = frozenset({"code", "status", "message", "details"})
FORBIDDEN = "403-forbidden"
INTERNAL = "500-internal-server-error"
INFRASTRUCTURE = frozenset({429, 502, 503, 504})
FIRST_ERROR = 400
SHOWN = 300
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
        *_envelope(reading, response.status, message_needed=expected.message is not None),
    ]
    envelope = _members(reading)
    findings += _status(expected, envelope)
    findings += _message(expected, envelope, bound)
    if findings or expected.message is None or not envelope.keys() <= {"code", "status", "message"}:
        # A conforming message with nothing beside it is known letter for letter, so it cannot leak.
        findings += _leaks(reading, exchange, bound)
        findings += _foreign(reading, exchange, hidden)
    return tuple(_with_curl(finding, exchange) for finding in findings)


def judge_stray(exchange: Exchange, *, injected: bool = False, strict: bool = False) -> Stray:
    """Hold an error answer that no case asked for against the specification (behaviour.md, point 10).

    A documented row's text makes it that row, and all of the row must agree. Anything else is undocumented: the envelope must
    hold all the same; an uninjected 500 fails, well-formed or not. With `strict` every undocumented error fails.
    """
    response = _response(exchange)
    reading = read(response)
    envelope = _members(reading)
    status, message = _text_or_none(envelope.get("status")), _text_or_none(envelope.get("message"))
    found = _row_of(response.status, status, message)
    if found:
        findings = list(judge(found, exchange, {}))
    else:
        findings = list(_undocumented(exchange, response, reading, strict=strict))
    if response.status == row(INTERNAL).code and not injected:
        findings.append(Finding(Rule.SERVER_ERROR, "no 500 that was not asked for", "HTTP 500", "the server failed by itself"))
    return Stray(found, response.status, status, message, tuple(_with_curl(f, exchange) for f in findings))


def resembles(expected: Row, exchange: Exchange) -> bool:
    """Whether an answer is this very row's error, whatever its values: then a control that got it fails the row."""
    if exchange.response is None or exchange.response.status != expected.code:
        return False
    envelope = _members(read(exchange.response))
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
    return (_with_curl(Finding(Rule.NOT_REPEATABLE, _shown(first), _shown(second), text), other),)


def _http(expected: Row, response: Response) -> Iterator[Finding]:
    if response.status != expected.code:
        yield Finding(Rule.HTTP_STATUS, str(expected.code), str(response.status), f"{expected.id} has HTTP {expected.code}")
    yield from _content_type(response)


def _content_type(response: Response) -> Iterator[Finding]:
    sent = response.header("content-type")
    if sent is None or sent.partition(";")[0].strip().lower() != "application/json":
        actual = "no content type" if sent is None else visible(sent[:SHOWN])
        yield Finding(Rule.CONTENT_TYPE, "application/json", actual, "an error is JSON, and says so")


def _envelope(reading: Reading, http_status: int, *, message_needed: bool) -> Iterator[Finding]:
    document = reading.document
    if document is Document.NONE:
        return
    if _wrapped(document):
        yield Finding(Rule.ENVELOPE_WRAPPED, "the bare envelope", '{"error": {…}}', 'the envelope is wrapped in "error"')
        document = document["error"]
    if not isinstance(document, dict):
        yield Finding(Rule.ENVELOPE_NOT_OBJECT, "a JSON object", _shown(document), "the envelope is an object")
        return
    for error in _validator().iter_errors(document):
        if not (error.validator == "required" and not message_needed and "message" not in document and "'message'" in error.message):
            yield _schema_finding(error)
    code = document.get("code")
    if isinstance(code, float):  # 400.0 is an integer to JSON Schema, and not to a client that reads an int32
        yield Finding(Rule.ENVELOPE_MEMBER_TYPE, "code as an integer", _shown(code), "code is a number with a fraction part")
    elif type(code) is int and code != http_status:
        yield Finding(Rule.CODE, str(http_status), str(code), "code equals the HTTP status of the response")
    for name in document.keys() - MEMBERS:
        text = "a member that the specification does not know"
        yield Finding(Rule.ENVELOPE_EXTRA_MEMBER, ", ".join(sorted(MEMBERS)), visible(name[:SHOWN]), text, Severity.ADVISORY)


def _schema_finding(error: ValidationError) -> Finding:
    at = "/".join(str(step) for step in error.absolute_path)
    text = f"{at + ': ' if at else ''}{visible(error.message[:SHOWN])}"
    if error.absolute_path and error.absolute_path[0] == "details":
        return Finding(Rule.DETAILS, "details as the specification defines them", _shown(error.instance), text)
    if error.validator == "required" and not error.absolute_path:
        missing = next((n for n in ("code", "status", "message") if f"'{n}'" in error.message), "a member")
        return Finding(Rule.ENVELOPE_MISSING_MEMBER, missing, "absent", text)
    return Finding(Rule.ENVELOPE_MEMBER_TYPE, f"{at} as {error.validator_value}", _shown(error.instance), text)


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
    other = whose(actual, expected.code) if differences else None
    wanted = expected.message.render(bound)
    if other and other is not expected:
        yield Finding(Rule.MESSAGE_OTHER_ROW, wanted, visible(actual[:SHOWN]), f"this is {other.id}'s text, not {expected.id}'s")
        return
    for difference in differences:
        yield Finding(MESSAGE_RULES[difference.kind], wanted, visible(actual[:SHOWN]), difference.text)


def _undocumented(exchange: Exchange, response: Response, reading: Reading, *, strict: bool) -> Iterator[Finding]:
    severity = Severity.FAIL if strict else Severity.ADVISORY
    yield Finding(
        Rule.UNDOCUMENTED, "a documented error", exchange.answer_line()[:SHOWN], "no row documents this answer", severity
    )
    if response.status < FIRST_ERROR:
        return  # a redirect, say: no error, and so no envelope
    yield from _content_type(response)
    yield from reading.findings
    yield from _envelope(reading, response.status, message_needed=response.status != row(FORBIDDEN).code)
    message = _members(reading).get("message")
    if isinstance(message, str):
        for found in UNBOUND_ANYWHERE.findall(_without(message, exchange)):
            yield Finding(Rule.MESSAGE_UNBOUND, "a filled-in message", visible(message[:SHOWN]), f"{found} was not filled in")
    yield from _leaks(reading, exchange, {})


def _leaks(reading: Reading, exchange: Exchange, bound: Bound) -> Iterator[Finding]:
    known = {*_sent(exchange), *(value for values in bound.values() for value in values)}
    text = reading.text if reading.document is Document.NONE else "\n".join(_strings(reading.document))
    for kind, piece in leaks(text, known):
        yield Finding(Rule.LEAK, "nothing of the server's inside", visible(piece[:SHOWN]), f"the answer shows {kind}")


def _foreign(reading: Reading, exchange: Exchange, hidden: Collection[str]) -> Iterator[Finding]:
    text = reading.text if reading.document is Document.NONE else "\n".join(_strings(reading.document))
    sent = _sent(exchange)
    for value in hidden:
        if value in text and not any(value in s for s in sent):
            yield Finding(Rule.FOREIGN_DATA, "nothing of another project", visible(value), "the answer shows another project's data")


def _row_of(http_status: int, status: str | None, message: str | None) -> Row | None:
    found = whose(message, http_status) if message else None
    if found is None and http_status == row(INTERNAL).code:
        return row(INTERNAL)
    if found is None and http_status == row(FORBIDDEN).code and status == row(FORBIDDEN).status:
        return row(FORBIDDEN)
    return found


def _members(reading: Reading) -> dict[str, Any]:
    document = reading.document["error"] if _wrapped(reading.document) else reading.document
    return document if isinstance(document, dict) else {}


def _wrapped(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("error"), dict) and "code" not in document


def _essence(response: Response) -> tuple[Any, ...]:
    """What must be equal between two refusals of one request. Details are left out: a request id differs rightly."""
    envelope = _members(read(response))
    return (response.status, *(envelope.get(name) for name in ("code", "status", "message")))


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


def _sent(exchange: Exchange) -> frozenset[str]:
    parts = urlsplit(exchange.request.url)
    return exchange.call.sent_values() | {parts.netloc, parts.hostname or "", parts.path}


def _without(text: str, exchange: Exchange) -> str:
    for value in sorted(_sent(exchange), key=len, reverse=True):
        text = text.replace(value, "") if value else text
    return text


def _shown(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False, default=str)[:SHOWN])


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _with_curl(finding: Finding, exchange: Exchange) -> Finding:
    return finding if finding.curl else replace(finding, curl=exchange.as_curl())


def _response(exchange: Exchange) -> Response:
    if exchange.response is None:
        raise ValueError(f"{exchange.call.operation} has no response to judge: {exchange.failure}")
    return exchange.response


@functools.cache
def _validator() -> Draft202012Validator:
    """The envelope's validator, built once: to check a schema costs a hundred times what a validation does."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see the top of this file
    from referencing import Registry, Resource  # noqa: PLC0415

    loaded = {name: json.loads((SCHEMAS / name).read_text("utf-8")) for name in ("envelope.schema.json", "details.schema.json")}
    registry: Registry[Any] = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in loaded.values())
    return Draft202012Validator(loaded["envelope.schema.json"], registry=registry)
