"""An error that no case asked for: documented or not, the envelope holds, and nothing leaks."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.call import Call
from contracts.catalogue import row
from contracts.oracle import judge_stray, resembles
from tests.selftest.exchanges import CALL, JSON, envelope, exchange, rules


def undocumented(code: int = 401, **members: Any) -> dict[str, Any]:
    """An envelope of no row."""
    return {"code": code, "status": "UNAUTHENTICATED", "message": "Who are you?", **members}


def told(status: int, body: object, *, strict: bool = False, injected: bool = False, **more: Any) -> list[str]:
    """The rules that a stray breaks."""
    return rules(judge_stray(exchange(status, body, **more), strict=strict, injected=injected).findings)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 415, 501])
def test_an_undocumented_error_is_an_advisory(status: int) -> None:
    """And a failure where the run is strict; the report learns what it was."""
    body = undocumented(status)
    assert told(status, body) == ["undocumented (advisory)"]
    assert told(status, body, strict=True) == ["undocumented"]
    stray = judge_stray(exchange(status, body))
    assert (stray.row, stray.http_code, stray.status, stray.message) == (None, status, "UNAUTHENTICATED", "Who are you?")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ["body-empty"]),
        (b"<html>", ["body-not-json"]),
        (undocumented(400), ["code"]),
        ({"code": 401, "status": "X"}, ["envelope-missing-member"]),
        ({"error": undocumented()}, ["envelope-wrapped"]),
        (undocumented(details=None), ["details"]),
        (undocumented(message=None), ["envelope-member-type"]),
        (undocumented(trace="/var/log/x"), ["envelope-extra-member (advisory)", "leak"]),
        (undocumented(message="no $user"), ["message-unbound"]),
        (undocumented(message="no ${user} nor {id} nor %s"), ["message-unbound"] * 3),
        (undocumented(message="null, None, undefined or {} for $5"), []),
    ],
)
def test_an_undocumented_error_keeps_the_envelope(body: object, expected: list[str]) -> None:
    """Whatever breaks it fails."""
    assert told(401, body) == sorted([*expected, "undocumented (advisory)"])


def test_a_forbidden_of_another_name_needs_a_message() -> None:
    """Only the documented row goes without one."""
    assert told(403, {"code": 403, "status": "PERMISSION_DENIED"}) == ["envelope-missing-member", "undocumented (advisory)"]
    assert told(403, {"code": 403, "status": "FORBIDDEN"}, strict=True) == []


def test_a_content_type_belongs_to_every_error() -> None:
    """Documented or not."""
    assert told(401, undocumented(), headers=()) == ["content-type", "undocumented (advisory)"]
    assert told(404, envelope(row("404-trunk-id")), headers=()) == ["content-type"]


def test_a_documented_text_is_its_row_in_full() -> None:
    """With another code or status it breaks its row, and its slots are filled in."""
    expected = row("404-project-id")
    assert told(404, envelope(expected)) == []
    assert told(400, envelope(expected, code=400)) == ["http-status"]
    assert told(404, envelope(expected, status="GONE")) == ["status"]
    for notation in ("$id", "${id}", "{id}", "%s", "null", "", "$projectId"):
        assert told(404, envelope(expected, message=f"Could not find Project with id '{notation}'")) == ["message-unbound"]


def test_what_the_request_sent_is_a_value() -> None:
    """However much it looks like a placeholder, a documented error or another may repeat it."""
    for value in ("null", "{id}", "%s", "$id", "None", ""):
        call = Call("getProject", {"projectId": value})
        assert told(404, envelope(row("404-project-id"), message=f"Could not find Project with id '{value}'"), call=call) == []
    call = Call("createSipTrunk", body={"name": "a {name} for %s"})
    assert told(400, undocumented(400, message="bad name: a {name} for %s"), call=call) == ["undocumented (advisory)"]
    assert told(400, undocumented(400, message="bad ${name}: a {name}"), call=call) == [
        "message-unbound",
        "undocumented (advisory)",
    ]


def test_a_short_value_takes_nothing_out_of_a_message() -> None:
    """A request that sent a letter does not hide a placeholder with it."""
    call = Call("createSipTrunk", body={"name": "s"})
    assert told(400, undocumented(400, message="bad %s"), call=call) == ["message-unbound", "undocumented (advisory)"]


def test_a_500_that_nobody_injected_fails() -> None:
    """Well-formed or not; an injected one is held against its row."""
    internal = row("500-internal-server-error")
    assert told(500, envelope(internal)) == ["server-error"]
    assert told(500, envelope(internal), injected=True) == []
    assert told(500, b"", injected=True) == ["body-empty"]
    assert told(500, b"") == ["body-empty", "server-error"]
    assert told(500, envelope(internal, message="Oops"), injected=True) == ["message-text"]
    assert told(500, envelope(row("404-trunk-id"))) == ["code", "http-status", "server-error"]


@pytest.mark.parametrize("status", [301, 302, 304, 307])
def test_a_redirect_is_no_error_and_needs_no_envelope(status: int) -> None:
    """It is reported all the same."""
    assert told(status, b"", headers=(("Location", "/"),)) == ["undocumented (advisory)"]
    assert told(status, b"", strict=True) == ["undocumented"]


def test_a_strays_texts_are_fit_to_be_shown() -> None:
    """Cut, and with nothing that redraws a terminal or breaks a file."""
    stray = judge_stray(exchange(401, undocumented(status="\x1b[2J\ud800", message="\u202e" * 1_000)))
    assert stray.status == "\\x1b[2J\\ud800"
    assert stray.message is not None
    assert stray.message.isascii()


def test_resembling_is_of_the_text_and_not_of_the_values() -> None:
    """A control is refused with its row's error when text and HTTP status are the row's."""
    expected = row("400-country-code-invalid")
    body = envelope(expected, message="Invalid isoCode: SS. Must be a valid ISO 3166-1 alpha-2 code.")
    assert resembles(expected, exchange(400, body))
    assert resembles(expected, exchange(400, {"error": body}))
    assert not resembles(expected, exchange(404, body))
    assert not resembles(expected, exchange(400, {**body, "message": "Invalid isoCode"}))
    assert not resembles(expected, exchange(400, {**body, "message": 7}))
    assert not resembles(expected, exchange(400, b"<html>"))
    assert resembles(row("403-forbidden"), exchange(403, {"status": "FORBIDDEN"}))
    assert not resembles(row("403-forbidden"), exchange(403, {"status": "DENIED"}))


def test_a_value_that_is_long_leaves_the_row_its_own() -> None:
    """A long value in a documented text is still that row."""
    stray = judge_stray(
        exchange(404, envelope(row("404-trunk-domain"), message=f"Could not find SIP Trunk with domain '{'a' * 100_000}'")),
        strict=True,
    )
    assert stray.row is row("404-trunk-domain")
    assert stray.findings == ()


def test_an_echoed_header_is_no_leak() -> None:
    """What the call's own headers say may come back; credentials are not among them."""
    call = CALL.with_header("X-Path", "/var/lib/x")
    assert told(400, undocumented(400, message="bad X-Path /var/lib/x"), call=call, headers=JSON) == ["undocumented (advisory)"]
