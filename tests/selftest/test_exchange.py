"""Exchanges show what went over the wire, and no secret."""

from __future__ import annotations

import json
import shlex

import pytest

from contracts.call import Call
from contracts.exchange import LONGEST_SHOWN, Exchange, Failure, Request, Response, basic, hide_members, visible

CALL = Call("getSipTrunks", {"projectId": "p"})


def sent(method: str = "GET", body: bytes = b"", authorization: str = "Basic c2VjcmV0", **headers: str) -> Exchange:
    """An unanswered exchange."""
    request = Request(method, "http://h/v1?a=1&b='2", (("AUTHORIZATION", authorization),) if authorization else (), body)
    return Exchange(Call("x", headers=headers), request, None, Failure.TIMEOUT, "after 10 s")


def answered(status: int, body: bytes) -> Exchange:
    """An answered exchange."""
    return Exchange(CALL, Request("GET", "http://h/", (), b""), Response(status, (("Content-Type", "x"),), body))


@pytest.mark.parametrize(("status", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False), (404, False)])
def test_any_2xx_is_a_success(status: int, ok: bool) -> None:  # noqa: FBT001 - a table's column
    """And nothing else is."""
    assert answered(status, b"").ok is ok
    assert answered(status, b"").status == status


def test_without_an_answer_there_is_no_success() -> None:
    """The reason is told instead."""
    assert not sent().ok
    assert sent().status is None
    assert sent().json() is None
    assert sent().answer_line() == "timed out: after 10 s"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"1" * 10_000])
def test_a_body_that_cannot_be_read_is_none(body: bytes) -> None:
    """Set-ups read leniently, and never raise."""
    assert answered(200, body).json() is None


def test_headers_are_found_in_any_case() -> None:
    """The first of a name counts."""
    response = Response(200, (("ETag", "1"), ("etag", "2")), b"")
    assert response.header("etag") == "1"
    assert response.header("x") is None


def test_a_curl_line_can_be_pasted() -> None:
    """Quoted for a shell, with the method where it is not GET."""
    line = sent("PUT", b'{"name":"it\'s"}', X="a b").as_curl()
    words = shlex.split(line.replace("$SINCH_KEY_ID:$SINCH_KEY_SECRET", "KEYS"))
    assert words[:4] == ["curl", "-i", "-X", "PUT"]
    assert words[4] == "http://h/v1?a=1&b='2"
    assert words[5:] == ["-u", "KEYS", "-H", "X: a b", "-H", "Content-Type: application/json", "--data-raw", '{"name":"it\'s"}']


@pytest.mark.parametrize("authorization", [basic("id", "secret"), "Bearer c2VjcmV0", "Digest x", "c2VjcmV0"])
def test_a_curl_line_holds_no_credentials(authorization: str) -> None:
    """Whatever the scheme, and where a case sends wrong ones of its own as well."""
    line = sent(authorization=authorization, Authorization="Bearer own", cookie="session").as_curl()
    assert not any(secret in line for secret in (authorization.rpartition(" ")[2] + " ", "own", "session", "c2VjcmV0", "aWQ6"))
    assert "$" in line
    assert "-u" not in sent(authorization="").as_curl()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"password":"p"}', '{"password":"***"}'),
        ('{"Password" : "a\\"b\\\\", "x": "y"}', '{"Password" : "***", "x": "y"}'),
        ('{"password": 1234.5e-6, "x": 1}', '{"password": "***", "x": 1}'),
        (
            '{"access_token":"t","refresh_token":"t","client_secret":"t"}',
            '{"access_token":"***","refresh_token":"***","client_secret":"***"}',
        ),
        ('{"password":"cut off', '{"password":"***"'),
        ('{"password":"cut off\\', '{"password":"***"'),
        ('{"password":null,"username":"u"}', '{"password":null,"username":"u"}'),
        ('{"note":"password"}', '{"note":"password"}'),
    ],
)
def test_secret_members_are_hidden(text: str, expected: str) -> None:
    """In any case, with escapes in them, and where the text breaks off within."""
    assert hide_members(text) == expected


def test_an_answer_is_one_line_without_secrets() -> None:
    """Cut at a length, with everything written out that could redraw a terminal."""
    line = answered(200, json.dumps({"password": "p" * 3000}).encode() + b"\x1b[2J\n").answer_line()
    assert line == 'HTTP 200 {"password": "***"'
    shown = answered(404, b"\x1b[2J\r\n\xff" + "\u202e".encode() * LONGEST_SHOWN).answer_line()
    assert shown.isprintable()
    assert len(shown) < 8 * LONGEST_SHOWN


def test_visible_leaves_letters_alone() -> None:
    """Of any alphabet; what cannot be seen is escaped, lone surrogates too."""
    assert visible("aé漢 '$") == "aé漢 '$"
    assert visible("\x00\n\u200b\u00a0\ud800\U000e0001") == "\\x00\\n\\u200b\\xa0\\ud800\\U000e0001"


def test_basic_is_base64_of_both() -> None:
    """As RFC 7617 has it, in UTF-8."""
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic("é", "") == "Basic w6k6"
