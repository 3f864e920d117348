"""A body is read as UTF-8 JSON without tricks; whatever else comes is a finding, and nothing is too strange to be read."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from contracts.envelope import LARGEST, Document, Reading, depth, read
from contracts.exchange import DEEPEST, Response
from contracts.finding import Rule, Severity

GOOD: dict[str, Any] = {"code": 404, "status": "NOT_FOUND", "message": "Could not find call ID 'é'", "details": []}
BODY = json.dumps(GOOD, ensure_ascii=False).encode()
ZIPPED = gzip.compress(BODY, mtime=0)  # with the time of day in it, no two processes would name a test alike


def reading(body: bytes, *headers: tuple[str, str], too_large: bool = False) -> Reading:
    """What the envelope's reader makes of a body."""
    return read(Response(404, (("Content-Type", "application/json"), *headers), body, too_large))


def rules(body: bytes, *headers: tuple[str, str], too_large: bool = False) -> list[Rule]:
    """The rules that a body breaks; all of them are fails."""
    findings = reading(body, *headers, too_large=too_large).findings
    assert all(finding.severity is Severity.FAIL for finding in findings)
    assert all(len(finding.text) < 1000 and finding.text.isprintable() for finding in findings)
    return [finding.rule for finding in findings]


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        json.dumps(GOOD).encode(),
        b" \r\n\t" + BODY + b"\n",
        json.dumps(GOOD, indent=4).encode(),
        b'{"message":"\\u0043ould","code":404}',
        b"null",
        b"[]",
        b'"text"',
        b"0",
        b"-1.5e3",
        b'{"a":"NaN","b":"]]]"}',
        b'{"a":{"code":1},"code":2}',
        b'{"status":"\\ud83d\\ude00"}',
        b'{"status":"\\ud800"}',
        b'{"":{"":""}}',
    ],
)
def test_json_is_read_as_it_is(body: bytes) -> None:
    """Any JSON text: what it has to be is the oracle's to say."""
    assert reading(body).findings == ()
    assert reading(body).document == json.loads(body)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", Rule.BODY_EMPTY),
        (b" \r\n\t", Rule.BODY_EMPTY),
        (BODY.decode().encode("utf-16"), Rule.BODY_NOT_UTF8),
        (BODY.decode().encode("utf-16-le"), Rule.BODY_NOT_UTF8),
        (BODY.decode().replace("é", "e").encode("utf-32-be"), Rule.BODY_NOT_JSON),
        (BODY.decode().encode("latin-1"), Rule.BODY_NOT_UTF8),
        (b'{"message":"\xc0\xaf"}', Rule.BODY_NOT_UTF8),
        (b'{"message":"\xed\xa0\x80"}', Rule.BODY_NOT_UTF8),
        (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", Rule.BODY_NOT_JSON),
        (b"Not Found", Rule.BODY_NOT_JSON),
        (b"code=404&status=NOT_FOUND", Rule.BODY_NOT_JSON),
        (BODY + BODY, Rule.BODY_NOT_JSON),
        (BODY + b"\x00", Rule.BODY_NOT_JSON),
        (b"{'code':404}", Rule.BODY_NOT_JSON),
        (b'{"code":404,}', Rule.BODY_NOT_JSON),
        (b'{"code":0404}', Rule.BODY_NOT_JSON),
        (b'{"code":+404}', Rule.BODY_NOT_JSON),
        (b'{"message":"a\nb"}', Rule.BODY_NOT_JSON),
        (b'{"code":404} // gone', Rule.BODY_NOT_JSON),
        (b'{"code":' + b"4" * 10_000 + b"}", Rule.BODY_NOT_JSON),
        (b'{"code":404', Rule.BODY_TRUNCATED),
        (b'{"message":"Could not', Rule.BODY_TRUNCATED),
        (b"[", Rule.BODY_TRUNCATED),
    ],
)
def test_what_cannot_be_read_is_one_finding(body: bytes, rule: Rule) -> None:
    """There is no document then, and one rule says why."""
    assert rules(body) == [rule]
    assert reading(body).document is Document.NONE


def test_a_byte_order_mark_is_a_finding_and_no_obstacle() -> None:
    """What follows it is read."""
    assert rules(b"\xef\xbb\xbf" + BODY) == [Rule.BODY_BOM]
    assert reading(b"\xef\xbb\xbf" + BODY).document == GOOD
    assert rules(b"\xef\xbb\xbf") == [Rule.BODY_BOM, Rule.BODY_NOT_JSON]


@pytest.mark.parametrize("end", range(len(BODY)))
def test_an_envelope_cut_anywhere_is_a_finding(end: int) -> None:
    """No beginning of an envelope is an envelope."""
    assert len(rules(BODY[:end])) == 1
    assert len(rules(json.dumps(GOOD).encode()[:end])) == 1


@pytest.mark.parametrize(
    "body", [b'{"a":1,"a":1}', b'{"b":{"a":1,"c":2,"a":3}}', b'{"b":[{"a":1,"\\u0061":3}]}', b'{"a":{"a":1,"a":1},"a":2}']
)
def test_a_member_that_stands_twice_is_a_finding(body: bytes) -> None:
    """At any depth, in any spelling; the document is read all the same."""
    assert rules(body) == [Rule.BODY_DUPLICATE_KEY]
    assert "'a'" in reading(body).findings[0].actual
    assert reading(body).document is not Document.NONE


def test_eighty_thousand_members_are_counted_once() -> None:
    """What is doubled is found without comparing each name to each."""
    body = ("{" + ",".join(f'"m{n // 2}":0' for n in range(80_000)) + "}").encode()
    assert rules(body) == [Rule.BODY_DUPLICATE_KEY]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_a_finding(constant: str) -> None:
    """JSON has no such numbers, however many readers take them."""
    assert rules(f'{{"code":{constant}}}'.encode()) == [Rule.BODY_NOT_A_NUMBER]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth_harms_nobody(opening: str, closing: str) -> None:
    """A hundred thousand levels, closed or not, are a finding."""
    levels = 100_000 // len([c for c in opening if c in "[{"])
    for body in (opening * levels + "1" + closing * levels, opening * levels):
        assert rules(body.encode()) == [Rule.BODY_TOO_DEEP]


def test_depth_counts_brackets_and_not_letters() -> None:
    """The limit itself is taken; brackets within strings nest nothing."""
    assert rules(b"[" * DEEPEST + b"]" * DEEPEST) == []
    assert rules(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)) == [Rule.BODY_TOO_DEEP]
    assert rules(json.dumps({"message": "[" * 1000 + '\\"' + "{" * 1000}).encode()) == []
    assert rules(json.dumps([[]] * 1000).encode()) == []
    assert depth("]" * 100 + "[" * 100) == 0  # what closes more than it opens is no JSON anyway


def test_size_is_bounded() -> None:
    """The limit itself is read; one byte more is not."""
    most = b'"' + b"x" * (LARGEST - 2) + b'"'
    assert rules(most) == []
    assert rules(most + b" ") == [Rule.BODY_TOO_LARGE]
    assert rules(BODY, too_large=True) == [Rule.BODY_TOO_LARGE]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        *(("gzip", ZIPPED), ("GZIP", ZIPPED), ("x-gzip", ZIPPED)),
        *(("deflate", zlib.compress(BODY)), ("identity", BODY), ("", BODY), (" ", BODY)),
    ],
)
def test_an_encoding_that_is_as_it_says_is_read(encoding: str, body: bytes) -> None:
    """Nobody asked for it, and nothing is wrong with it."""
    assert rules(body, ("Content-Encoding", encoding)) == []
    assert reading(body, ("Content-Encoding", encoding)).document == GOOD


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        *(("gzip", BODY), ("gzip", ZIPPED[:-1]), ("gzip", ZIPPED[:20]), ("gzip", zlib.compress(BODY))),
        *(("gzip", ZIPPED + b"more"), ("gzip", ZIPPED[:-8] + bytes(8)), ("deflate", BODY)),
        *(("deflate", ZIPPED), ("br", BODY), ("gzip, gzip", ZIPPED), ("\x1b[2J", BODY)),
    ],
)
def test_an_encoding_that_lies_is_a_finding(encoding: str, body: bytes) -> None:
    """Cut, something else, more than it said, or unknown."""
    assert rules(body, ("content-encoding", encoding)) == [Rule.CONTENT_ENCODING]


def test_a_compressed_body_that_is_not_json_is_a_finding() -> None:
    """What is inflated is read as any body."""
    assert rules(gzip.compress(b"<html>"), ("Content-Encoding", "gzip")) == [Rule.BODY_NOT_JSON]
    assert rules(gzip.compress(b""), ("Content-Encoding", "gzip")) == [Rule.BODY_EMPTY]
    assert rules(b"", ("Content-Encoding", "gzip")) == [Rule.BODY_EMPTY]


def test_a_bomb_is_not_unpacked() -> None:
    """A hundred mebibytes in a hundred kibibytes stay there."""
    bomb = gzip.compress(bytes(100 * LARGEST), 9)
    tracemalloc.start()
    try:
        assert rules(bomb, ("Content-Encoding", "gzip")) == [Rule.BODY_TOO_LARGE]
        assert tracemalloc.get_traced_memory()[1] < 8 * LARGEST
    finally:
        tracemalloc.stop()


def test_the_text_of_what_cannot_be_decoded_is_kept() -> None:
    """Whatever it shows can still be searched."""
    assert "at com.example.Main" in reading(b"\xff at com.example.Main").text
