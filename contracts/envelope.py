"""Reading the body of an answer: bytes and headers in, a JSON document and findings out. Pure, and safe with any bytes.

What can be said about the bytes is said here; whether the document is the right one is the oracle's to judge.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Any

from contracts.exchange import BOM, DEEPEST, Response, visible
from contracts.finding import Finding, Rule

LARGEST = 1024 * 1024  # bytes of a body that are read at most
GZIP, DEFLATE = 31, 15  # how zlib is told which of the two to expect
GZIP_MAGIC = b"\x1f\x8b"
SHOWN = 120
NAMED = 5  # doubled members that are named at most


class Document(Enum):
    """The absence of a document, told apart from JSON null."""

    NONE = "nothing that could be read"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body holds: the document (or `Document.NONE`), its text as far as it could be decoded, and what was wrong with it."""

    document: Any
    text: str
    findings: tuple[Finding, ...]


def read(response: Response) -> Reading:
    """Read a body as the envelope requires: UTF-8 JSON without tricks (behaviour.md, point 1). Never raises."""
    body, lie = decoded(response)
    if lie:
        return Reading(Document.NONE, "", (lie,))
    if response.too_large or len(body) > LARGEST:
        return _unreadable(Rule.BODY_TOO_LARGE, f"a body of at most {LARGEST} bytes", f"more than {LARGEST} bytes")
    if not body.strip():
        return _unreadable(Rule.BODY_EMPTY, "the envelope as JSON", "an empty body")
    findings = []
    if body.startswith(BOM):
        body = body[len(BOM) :]
        findings.append(_finding(Rule.BODY_BOM, "JSON without a byte order mark", "a body that begins with EF BB BF"))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as e:
        actual = f"byte {body[e.start]:#04x} at position {e.start}"
        return _unreadable(Rule.BODY_NOT_UTF8, "UTF-8", actual, findings, body.decode("utf-8", "replace"))
    return _parsed(text, findings)


def _parsed(text: str, findings: list[Finding]) -> Reading:
    if depth(text) > DEEPEST:
        return _unreadable(Rule.BODY_TOO_DEEP, f"at most {DEEPEST} levels of nesting", "more", findings, text)
    doubled: list[str] = []
    constants: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            doubled.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return members

    def constant(name: str) -> float:
        constants.append(name)
        return float(name)

    try:
        document = json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as e:
        return _not_json(text, e, findings)
    except (ValueError, RecursionError) as e:  # an integer of thousands of digits, say
        return _unreadable(Rule.BODY_NOT_JSON, "the envelope as JSON", str(e), findings, text)
    if doubled:
        shown = ", ".join(repr(visible(name[:SHOWN])) for name in sorted(set(doubled))[:NAMED])
        findings.append(_finding(Rule.BODY_DUPLICATE_KEY, "each member once", f"{shown} more than once"))
    if constants:
        findings.append(_finding(Rule.BODY_NOT_A_NUMBER, "JSON numbers only", ", ".join(sorted(set(constants)))))
    return Reading(document, text, tuple(findings))


def _not_json(text: str, error: json.JSONDecodeError, findings: list[Finding]) -> Reading:
    start = text.lstrip()[:SHOWN]
    cut = start.startswith(("{", "[")) and (error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"))
    if cut:
        end = visible(text[-40:])
        return _unreadable(Rule.BODY_TRUNCATED, "whole JSON", f"JSON that breaks off after {end!r}", findings, text)
    what = "an HTML page" if start[:1] == "<" else f"{error.msg} at position {error.pos}"
    return _unreadable(Rule.BODY_NOT_JSON, "the envelope as JSON", f"{what}: {visible(start)}", findings, text)


def depth(text: str) -> int:
    """How deep brackets nest, strings left out; counted without recursion, so that depth can harm nobody."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0  # too few brackets to be deep: the usual case costs two counts
    deepest = level = 0
    quoted = escaped = False
    for c in text:
        if quoted:
            quoted = escaped or c != '"'
            escaped = c == "\\" and not escaped
        elif c == '"':
            quoted = True
        elif c in "[{":
            level += 1
            deepest = max(deepest, level)
        elif c in "]}":
            level -= 1
    return deepest


def decoded(response: Response) -> tuple[bytes, Finding | None]:
    """The body without its content encoding. We ask for none, so whatever came must at least be what it says.

    No more than one byte above the limit is ever inflated, so that a small body cannot fill the memory.
    """
    encoding = (response.header("content-encoding") or "").strip().lower() or "identity"
    if encoding == "identity" or not response.body or response.too_large:
        return response.body, None
    try:
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise zlib.error(f"{encoding!r} was not asked for and is not known")
        body = _inflated(response.body, GZIP if "gzip" in encoding else DEFLATE)
    except zlib.error as e:
        return b"", _finding(Rule.CONTENT_ENCODING, f"a body encoded as {visible(encoding)!r}, as the header says", visible(str(e)))
    return body, None


def _inflated(body: bytes, wbits: int) -> bytes:
    """The bytes without their compression. gzip may consist of several members (RFC 1952); raises zlib.error for a lie."""
    read = b""
    while True:
        inflate = zlib.decompressobj(wbits=wbits)
        read += inflate.decompress(body, LARGEST + 1 - len(read))
        if len(read) > LARGEST:
            return read
        if not inflate.eof:
            raise zlib.error("the compressed data do not end")
        body = inflate.unused_data
        if not body:
            return read
        if wbits != GZIP or not body.startswith(GZIP_MAGIC):
            raise zlib.error("the compressed data go on after their end")


def _finding(rule: Rule, expected: str, actual: str) -> Finding:
    return Finding(rule, expected, actual, f"{rule}: expected {expected}, got {actual}")


def _unreadable(rule: Rule, expected: str, actual: str, before: list[Finding] | None = None, text: str = "") -> Reading:
    return Reading(Document.NONE, text, (*(before or ()), _finding(rule, expected, actual)))
