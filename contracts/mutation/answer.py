"""Operators on an answer's bytes, envelope and status: one function each, from the refusal that is due to what is sent instead."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.finding import Rule
from contracts.mutation.mutant import Due, Instead
from contracts.sandbox.message import Response
from contracts.sandbox.refusals import REFUSALS

HTML = b"<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"
MEBIBYTE, LEVELS = 1024 * 1024, 65  # more than a reader should take: on purpose not what the suite takes
TWICE = b'{"details":[{"type":"RequestInfo","requestId":"1","requestId":"2"}],'
VIOLATION = {"field": "name", "description": "must not be empty"}
OTHER_CODE: Mapping[int, int] = {400: 422, 404: 410}
"""What careless servers answer in the place of an HTTP status; for any other, the next one."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to get an answer wrong, what it does in words, and the rule that must be named."""

    rule: Rule
    what: str
    instead: Instead


def _member(name: str, change: Callable[[Any], Any]) -> Instead:
    return lambda due: due.told(**{name: change(due.envelope[name])})


def _without(name: str) -> Instead:
    return lambda due: due.body(json.dumps({key: value for key, value in due.envelope.items() if key != name}).encode())


def _details(value: Any) -> Instead:
    return lambda due: due.told(details=value)


def _bytes(change: Callable[[bytes], bytes]) -> Instead:
    return lambda due: due.body(change(due.response.body))


def _headers(**headers: str) -> Instead:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda due: replace(due.response, headers={**due.response.headers, **named})


def _no_type(due: Due) -> Response:
    return replace(due.response, headers={})


def _page(due: Due) -> Response:
    return Response(due.response.status, HTML, {"content-type": "text/html; charset=utf-8"})


def _html(due: Due) -> Response:
    return Response(due.response.status, HTML, due.response.headers)


def _other_code(code: int) -> int:
    return OTHER_CODE.get(code, code + 1)


def _other_status(due: Due) -> Response:
    own = due.envelope["status"]
    return due.told(status=next(status for _, status, _ in REFUSALS.values() if status != own))


def _http_status(due: Due) -> Response:
    return replace(due.response, status=_other_code(due.response.status))


def _succeeded(due: Due) -> Response:
    return replace(due.response, status=200)


def _again(due: Due, name: str, value: Any) -> Response:
    return due.body(b"{%s:%s," % (json.dumps(name).encode(), json.dumps(value).encode()) + due.response.body[1:])


def _deep(due: Due) -> Response:
    return due.body(b'{"trail":%s%s,' % (b"[" * LEVELS, b"]" * LEVELS) + due.response.body[1:])


def _gzip(due: Due, change: Callable[[bytes], bytes]) -> Response:
    body = change(gzip.compress(due.response.body, mtime=0))
    return replace(due.response, body=body, headers={**due.response.headers, "content-encoding": "gzip"})


ENVELOPE: Mapping[str, Operator] = {
    "http-status": Operator(Rule.HTTP_STATUS, "the HTTP status is another one", _http_status),
    "http-success": Operator(Rule.UNREFUSED, "the error comes under HTTP 200", _succeeded),
    "code-other": Operator(Rule.CODE, "code is another HTTP status", _member("code", _other_code)),
    "code-row": Operator(Rule.CODE, "code is another row's", _member("code", lambda code: 404 if code == 400 else 400)),
    "code-grpc": Operator(Rule.CODE, "code is gRPC's", _member("code", lambda _: 5)),
    "code-zero": Operator(Rule.CODE, "code is 0", _member("code", lambda _: 0)),
    "code-string": Operator(Rule.ENVELOPE_MEMBER_TYPE, "code is a string", _member("code", str)),
    "code-float": Operator(Rule.ENVELOPE_MEMBER_TYPE, "code is written as a float", _member("code", float)),
    "code-boolean": Operator(Rule.ENVELOPE_MEMBER_TYPE, "code is true", _member("code", bool)),
    "code-null": Operator(Rule.ENVELOPE_MEMBER_TYPE, "code is null", _member("code", lambda _: None)),
    "code-missing": Operator(Rule.ENVELOPE_MISSING_MEMBER, "code is missing", _without("code")),
    "code-nan": Operator(Rule.BODY_NOT_A_NUMBER, "code is NaN", _member("code", lambda _: float("nan"))),
    "status-null": Operator(Rule.ENVELOPE_MEMBER_TYPE, "status is null", _member("status", lambda _: None)),
    "status-number": Operator(Rule.ENVELOPE_MEMBER_TYPE, "status is a number", _member("status", len)),
    "status-missing": Operator(Rule.ENVELOPE_MISSING_MEMBER, "status is missing", _without("status")),
    "message-null": Operator(Rule.ENVELOPE_MEMBER_TYPE, "message is null", _member("message", lambda _: None)),
    "message-object": Operator(Rule.ENVELOPE_MEMBER_TYPE, "message is an object", _member("message", lambda text: {"en": text})),
    "message-missing": Operator(Rule.ENVELOPE_MISSING_MEMBER, "message is missing", _without("message")),
    "wrapped": Operator(Rule.ENVELOPE_WRAPPED, 'the envelope is in {"error": …}', _bytes(lambda body: b'{"error":%s}' % body)),
    "array": Operator(Rule.ENVELOPE_NOT_OBJECT, "the envelope is in an array", _bytes(lambda body: b"[%s]" % body)),
    "string": Operator(
        Rule.ENVELOPE_NOT_OBJECT, "the envelope is a string", _bytes(lambda body: json.dumps(body.decode()).encode())
    ),
    "null": Operator(Rule.ENVELOPE_NOT_OBJECT, "the body is null", _bytes(lambda _: b"null")),
    "details-object": Operator(
        Rule.DETAILS, "details is no array", _details({"type": "BadRequest", "fieldViolations": [VIOLATION]})
    ),
    "details-text": Operator(Rule.DETAILS, "an item of details is a text", _details(["must not be empty"])),
    "details-null": Operator(Rule.DETAILS, "details is null", _details(None)),
    "details-unknown": Operator(
        Rule.DETAILS, "an item of details is of no known type", _details([{"type": "DebugInfo", "detail": "x"}])
    ),
    "details-untyped": Operator(Rule.DETAILS, "an item of details has no type", _details([{"fieldViolations": [VIOLATION]}])),
    "details-bad-request": Operator(
        Rule.DETAILS, "a BadRequest whose violations are no array", _details([{"type": "BadRequest", "fieldViolations": VIOLATION}])
    ),
    "details-error-info": Operator(
        Rule.DETAILS,
        "an ErrorInfo whose reason is a number",
        _details([{"type": "ErrorInfo", "reason": 7, "domain": "d", "metaData": {}}]),
    ),
    "details-request-info": Operator(
        Rule.DETAILS, "a RequestInfo whose id is null", _details([{"type": "RequestInfo", "requestId": None}])
    ),
    "details-reason": Operator(
        Rule.DETAILS, "an ErrorInfo whose reason is in small letters", _details([{"type": "ErrorInfo", "reason": "not_yours"}])
    ),
    "details-data": Operator(Rule.DETAILS, "a RequestInfo whose data are a text", _details([{"type": "RequestInfo", "data": "x"}])),
    "details-meta-data": Operator(
        Rule.DETAILS, "an ErrorInfo with a number among its metaData", _details([{"type": "ErrorInfo", "metaData": {"retries": 3}}])
    ),
    "details-quota": Operator(
        Rule.DETAILS, "a QuotaFailure of texts", _details([{"type": "QuotaFailure", "violations": ["too many"]}])
    ),
    "details-second": Operator(
        Rule.DETAILS,
        "the second item is broken",
        _details([{"type": "BadRequest", "fieldViolations": [VIOLATION]}, {"type": "Help"}]),
    ),
    "duplicate-key": Operator(Rule.BODY_DUPLICATE_KEY, "a member comes twice", _bytes(lambda body: b'{"code":418,' + body[1:])),
    "duplicate-equal": Operator(
        Rule.BODY_DUPLICATE_KEY, "a member comes twice, alike", lambda due: _again(due, "status", due.envelope["status"])
    ),
    "duplicate-within": Operator(
        Rule.BODY_DUPLICATE_KEY, "a member of a detail comes twice", _bytes(lambda body: TWICE + body[1:])
    ),
    "raw-tab": Operator(Rule.BODY_NOT_JSON, "a raw tab within a text", _bytes(lambda body: b'{"hint":"a\tb",' + body[1:])),
    "infinity": Operator(
        Rule.BODY_NOT_A_NUMBER, "an extra member is Infinity", _bytes(lambda body: b'{"retryAfter":Infinity,' + body[1:])
    ),
    "empty": Operator(Rule.BODY_EMPTY, "the body is empty", _bytes(lambda _: b"")),
    "blank": Operator(Rule.BODY_EMPTY, "the body is white space", _bytes(lambda _: b" \r\n")),
    "bom": Operator(Rule.BODY_BOM, "a byte order mark goes before", _bytes(lambda body: b"\xef\xbb\xbf" + body)),
    "latin-1": Operator(
        Rule.BODY_NOT_UTF8, "an extra member is in Latin-1", _bytes(lambda body: b'{"lang":"fran\xe7ais",' + body[1:])
    ),
    "utf-16": Operator(Rule.BODY_NOT_UTF8, "the body is UTF-16", _bytes(lambda body: body.decode().encode("utf-16"))),
    "truncated": Operator(Rule.BODY_TRUNCATED, "the JSON breaks off", _bytes(lambda body: body[: len(body) // 2])),
    "unclosed": Operator(Rule.BODY_TRUNCATED, "the last brace is missing", _bytes(lambda body: body[:-1])),
    "plain-text": Operator(Rule.BODY_NOT_JSON, "the body is plain text", _bytes(lambda _: b"Bad request")),
    "trailing": Operator(Rule.BODY_NOT_JSON, "text follows the JSON", _bytes(lambda body: body + b"\nnull")),
    "single-quotes": Operator(
        Rule.BODY_NOT_JSON, "the JSON is in single quotes", lambda due: due.body(repr(due.envelope).encode())
    ),
    "html-as-json": Operator(Rule.BODY_NOT_JSON, "an HTML page that says it is JSON", _html),
    "html": Operator(Rule.CONTENT_TYPE, "an HTML page with the right status", _page),
    "too-large": Operator(Rule.BODY_TOO_LARGE, "a body of more than 1 MiB", _bytes(lambda body: body + b" " * MEBIBYTE)),
    "too-deep": Operator(Rule.BODY_TOO_DEEP, "nesting without an end", _deep),
    "content-type-other": Operator(Rule.CONTENT_TYPE, "the content type is text/plain", _headers(content_type="text/plain")),
    "content-type-jsonp": Operator(
        Rule.CONTENT_TYPE, "the content type only begins as it should", _headers(content_type="application/jsonp")
    ),
    "content-type-problem": Operator(
        Rule.CONTENT_TYPE, "the content type is application/problem+json", _headers(content_type="application/problem+json")
    ),
    "content-type-missing": Operator(Rule.CONTENT_TYPE, "there is no content type", _no_type),
    "encoding-lies": Operator(Rule.CONTENT_ENCODING, "plain bytes are said to be gzip", _headers(content_encoding="gzip")),
    "encoding-unknown": Operator(Rule.CONTENT_ENCODING, "an encoding nobody asked for", _headers(content_encoding="br")),
    "encoding-and-more": Operator(
        Rule.CONTENT_ENCODING, "gzip with plain bytes behind its end", lambda due: _gzip(due, lambda packed: packed + b"more")
    ),
    "encoding-cut": Operator(Rule.CONTENT_ENCODING, "gzip that ends too early", lambda due: _gzip(due, lambda packed: packed[:-8])),
}


def _status(change: Callable[[str], str]) -> Instead:
    return _member("status", change)


UNKNOWN: Mapping[str, Operator] = {
    "another-form": Operator(
        Rule.ENVELOPE_MISSING_MEMBER, "an error in a form of its own", _bytes(lambda _: b'{"error":"Not Found","path":"/exports"}')
    ),
    "unbound": Operator(Rule.MESSAGE_UNBOUND, "an error of no row, not filled in", lambda due: due.told(message="No export {key}")),
    "leaking": Operator(Rule.LEAK, "an error of no row that leaks", lambda due: due.told(message="open /var/lib/exports: none")),
}
"""Errors that are no row's, where a row is due."""

STATUS: Mapping[str, Operator] = {
    "other-row": Operator(Rule.STATUS, "the status of another row", _other_status),
    "lower-case": Operator(Rule.STATUS, "the status in lower case", _status(str.lower)),
    "words": Operator(Rule.STATUS, "the status as words", _status(lambda text: text.replace("_", " ").title())),
    "white-space": Operator(Rule.STATUS, "white space behind the status", _status(lambda text: text + " ")),
    "line-end": Operator(Rule.STATUS, "a line end behind the status", _status(lambda text: text + "\n")),
    "hyphens": Operator(
        Rule.STATUS, "the status with a hyphen", _status(lambda text: text.replace("_", "-") + "-" * ("_" not in text))
    ),
    "grpc": Operator(Rule.STATUS, "gRPC's INVALID_ARGUMENT", _status(lambda _: "INVALID_ARGUMENT")),
    "prefixed": Operator(Rule.STATUS, "a prefix before the status", _status(lambda text: f"ERROR_{text}")),
    "empty": Operator(Rule.STATUS, "an empty status", _status(lambda _: "")),
}
