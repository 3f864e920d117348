"""The oracle passes what conforms, and finds every defect of what does not, and no other."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from contracts.call import Call
from contracts.catalogue import Row, row, rows
from contracts.exchange import Exchange, Failure, Request
from contracts.oracle import alike, judge, judge_stray, resembles
from contracts.template import Bound, Kind
from tests.selftest.exchanges import CALL, URL, envelope, exchange, rules, samples

TRUNK = row("404-trunk-id")
GOOD = envelope(TRUNK)
FORBIDDEN = row("403-forbidden")
ABSENT = object()
DETAILS: list[dict[str, Any]] = [
    {"type": "BadRequest", "fieldViolations": [{"field": "name", "description": "is missing"}]},
    {"type": "RequestInfo", "requestId": "r-1", "data": {"any": [1, None]}},
    {"type": "QuotaFailure", "violations": [{"subject": "trunks", "description": "are too many"}]},
    {"type": "ErrorInfo", "reason": "NOT_FOUND_1", "domain": "trunks", "metaData": {"id": "x"}},
]


def told(expected: Row, status: int, body: object, bound: Bound | None = None, **more: Any) -> list[str]:
    """The rules that the oracle finds broken."""
    return rules(judge(expected, exchange(status, body, **more), samples(expected) if bound is None else bound))


def changed(**members: object) -> dict[str, Any]:
    """The good envelope with members changed, or left out."""
    return {name: value for name, value in {**GOOD, **members}.items() if value is not ABSENT}


@pytest.mark.parametrize("expected", rows(), ids=lambda r: r.id)
def test_the_documented_answer_conforms(expected: Row) -> None:
    """Bare, with details of all four kinds, and as a stray; a control that gets it is known to have got it."""
    for body in (envelope(expected), envelope(expected, details=[]), envelope(expected, details=DETAILS)):
        assert told(expected, expected.code, body) == []
    answer = exchange(expected.code, envelope(expected))
    stray = judge_stray(answer, injected=True, strict=True)
    assert (stray.row, stray.findings) == (expected, ())
    assert [r.id for r in rows() if resembles(r, answer)] == [expected.id]


@pytest.mark.parametrize(("expected", "other"), [p for p in itertools.permutations(rows(), 2) if p[1].message], ids=lambda r: r.id)
def test_another_rows_answer_is_never_taken(expected: Row, other: Row) -> None:
    """Of 38 rows, each is told from each."""
    if expected.message is None:
        assert "http-status" in told(expected, other.code, envelope(other))
    else:
        assert "message-other-row" in told(expected, other.code, envelope(other), {**samples(other), **samples(expected)})


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"code": "404"}, ["envelope-member-type"]),
        ({"code": 404.0}, ["envelope-member-type"]),
        ({"code": 404.5}, ["envelope-member-type"]),
        ({"code": True}, ["envelope-member-type"]),
        ({"code": None}, ["envelope-member-type"]),
        ({"code": [404]}, ["envelope-member-type"]),
        ({"code": ABSENT}, ["envelope-missing-member"]),
        ({"code": 400}, ["code"]),
        ({"code": 0}, ["code"]),
        ({"code": 2**31}, ["code", "envelope-member-type"]),
        ({"status": "not_found"}, ["status"]),
        ({"status": "NOT FOUND"}, ["status"]),
        ({"status": "BAD_REQUEST"}, ["status"]),
        ({"status": "NOT_FOUND "}, ["status"]),
        ({"status": ""}, ["status"]),
        ({"status": 404}, ["envelope-member-type"]),
        ({"status": None}, ["envelope-member-type"]),
        ({"status": ABSENT}, ["envelope-missing-member"]),
        ({"message": ABSENT}, ["envelope-missing-member"]),
        ({"message": None}, ["envelope-member-type"]),
        ({"message": ["x"]}, ["envelope-member-type"]),
        ({"message": ""}, ["message-text"]),
        ({"message": "Not found"}, ["message-text"]),
        ({"message": GOOD["message"] + "."}, ["message-typography"]),
        ({"message": GOOD["message"].replace("'", '"')}, ["message-typography"]),
        ({"message": GOOD["message"].replace("'", "")}, ["message-typography"]),
        ({"message": GOOD["message"].lower()}, ["message-typography"]),
        ({"message": GOOD["message"].replace("01HVALUE0", "other")}, ["message-other-value"]),
        ({"message": GOOD["message"].replace("01HVALUE0", "$id")}, ["message-unbound"]),
        ({"message": GOOD["message"].replace("01HVALUE0", "null")}, ["message-unbound"]),
        ({"message": GOOD["message"].replace("01HVALUE0", "")}, ["message-unbound"]),
        ({"message": "Could not find call ID '01HVALUE0'"}, ["message-other-row"]),
        ({"details": None}, ["details"]),
        ({"details": {}}, ["details"]),
        ({"details": ""}, ["details"]),
        ({"details": [None]}, ["details"]),
        ({"details": [{}]}, ["details"]),
        ({"details": [{"type": "badRequest", "fieldViolations": []}]}, ["details"]),
        ({"details": [{"type": "Help", "links": []}]}, ["details"]),
        ({"details": [{"@type": "BadRequest", "fieldViolations": []}]}, ["details"]),
        ({"requestId": "x"}, ["envelope-extra-member (advisory)"]),
        ({"error": {}, "path": "/v1"}, ["envelope-extra-member (advisory)"] * 2),
    ],
)
def test_a_defect_is_found_and_no_other(members: dict[str, object], expected: list[str]) -> None:
    """Each broken member breaks one rule."""
    assert told(TRUNK, 404, changed(**members)) == expected


@pytest.mark.parametrize("detail", DETAILS, ids=lambda d: d["type"])
def test_the_members_of_a_detail_have_its_form(detail: dict[str, Any]) -> None:
    """Each that is there, in its type; only `type` is required, and what is unknown beside them is no defect."""
    assert told(TRUNK, 404, changed(details=[{**detail, "more": 1}])) == []
    for name in detail:
        less = {k: v for k, v in detail.items() if k != name}
        assert told(TRUNK, 404, changed(details=[less])) == ([] if "type" in less else ["details"])
        assert set(told(TRUNK, 404, changed(details=[detail, {**detail, name: 7}]))) == {"details"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ["body-empty"]),
        (b"<html>Not Found</html>", ["body-not-json"]),
        (b"null", ["envelope-not-object"]),
        (b"404", ["envelope-not-object"]),
        ([GOOD], ["envelope-not-object"]),
        (json.dumps(json.dumps(GOOD)).encode(), ["envelope-not-object"]),
        ({}, ["envelope-missing-member"] * 3),
        ({"error": GOOD}, ["envelope-wrapped"]),
        ({"error": {**GOOD, "code": 400}}, ["code", "envelope-wrapped"]),
        (
            {"error": "Not Found", "status": 404},
            ["envelope-extra-member (advisory)", "envelope-member-type", *["envelope-missing-member"] * 2],
        ),
        (b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), ["body-bom"]),
        (json.dumps(GOOD)[:-1].encode() + b',"code":404}', ["body-duplicate-key"]),
        (json.dumps(GOOD).replace("404", "NaN").encode(), ["body-not-a-number", "envelope-member-type"]),
    ],
)
def test_a_broken_body_is_found(body: object, expected: list[str]) -> None:
    """From nothing at all to the right thing wrapped."""
    assert told(TRUNK, 404, body) == expected


def test_all_defects_are_found_at_once() -> None:
    """Nothing stops at the first."""
    body = {"code": "x", "status": "Bad", "message": "at a.b.C(D.java:1)", "details": [{}], "x": 1}
    found = told(TRUNK, 400, body, headers=(("Content-Type", "text/html"),))
    expected = [
        "content-type",
        "details",
        "envelope-extra-member (advisory)",
        "envelope-member-type",
        "http-status",
        "leak",
        "message-text",
        "status",
    ]
    assert sorted(set(found)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, ["unrefused"]), (204, ["unrefused"]), (400, ["code", "http-status"]), (302, ["code", "http-status"])],
)
def test_the_http_status_is_the_rows(status: int, expected: list[str]) -> None:
    """The right envelope under the wrong status; a success says nothing else."""
    assert told(TRUNK, status, GOOD) == expected


@pytest.mark.parametrize("message", [ABSENT, "", "Forbidden", "any $5 {} thing%"])
def test_a_forbidden_has_any_message_or_none(message: object) -> None:
    """The page documents none."""
    members = {} if message is ABSENT else {"message": message}
    assert told(FORBIDDEN, 403, envelope(FORBIDDEN, **members)) == []


def test_a_forbidden_message_is_a_text_and_filled_in() -> None:
    """Null is no string, and a placeholder belongs in no message."""
    assert told(FORBIDDEN, 403, envelope(FORBIDDEN, message=None)) == ["envelope-member-type"]
    assert told(FORBIDDEN, 403, envelope(FORBIDDEN, message="no ${user} %s")) == ["message-unbound"] * 2
    assert told(FORBIDDEN, 403, {"code": "403", "status": "FORBIDDEN"}) == ["envelope-member-type"]
    assert told(FORBIDDEN, 404, {"code": 403, "status": "NOT_FOUND"}) == ["code", "http-status", "status"]


def test_every_slot_has_its_own_value() -> None:
    """Two values swapped are two findings."""
    expected = row("404-ip-range-id")
    bound = {"id": ("range",), "aclId": ("acl",)}
    message = "Could not find IP Range with id 'acl' in access control list with id 'range'"
    assert told(expected, 404, envelope(expected, message=message), bound) == ["message-other-value"] * 2


def test_nouns_have_no_case() -> None:
    """The parent may be written in any case, and by its other name."""
    expected = row("400-parent-has-children")
    bound = {"parent": ("SIP Trunk", "Trunk"), "child": ("Access Control List",)}
    for parent, child, rule in (
        ("sip trunk", "ACCESS CONTROL LIST", []),
        ("Trunk", "access control list", []),
        ("Project", "x", ["message-other-value"] * 2),
    ):
        message = f"{parent} cannot be deleted while there are one or more {child}s attached"
        assert told(expected, 400, envelope(expected, message=message), bound) == rule


def test_a_trunk_is_named_by_id_or_name() -> None:
    """Two values are right for one slot, and no third."""
    expected = row("404-acl-not-on-trunk")
    bound = {"aclId": ("acl",), "trunk": ("id", "name")}
    for trunk, rule in (("id", []), ("name", []), ("acl", ["message-other-value"])):
        message = f"Access control list 'acl' is not associated with trunk '{trunk}'"
        assert told(expected, 404, envelope(expected, message=message), bound) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("yyyy-MM-dd", []),
        ("soon", ["message-other-value"]),
        ("yyyy-MM-dd.", ["message-other-value"]),
        ("null", ["message-unbound"]),
    ],
)
def test_a_timestamps_format_is_one(text: str, rule: list[str]) -> None:
    """Any format will do, and nothing else."""
    expected = row("400-timestamp-format")
    message = f"Invalid timestamp format, must match {text}"
    assert told(expected, 400, envelope(expected, message=message), {}) == rule


def test_a_format_that_is_a_path_is_a_leak() -> None:
    """What is not known letter for letter is searched."""
    expected = row("400-timestamp-format")
    message = "Invalid timestamp format, must match /var/lib/yyyy"
    assert told(expected, 400, envelope(expected, message=message), {}) == ["leak"]


def test_another_projects_data_are_found() -> None:
    """In details, members and whatever else there is; not where the request sent them itself."""
    foreign = exchange(404, changed(owner={"name": ["Foreign Trunk"]}))
    assert rules(judge(TRUNK, foreign, samples(TRUNK), ["Foreign Trunk", "not there"])) == [
        "envelope-extra-member (advisory)",
        "foreign-data",
    ]
    sent = exchange(404, changed(owner="Foreign Trunk"), call=Call("x", query=(("name", "a Foreign Trunk"),)))
    assert rules(judge(TRUNK, sent, samples(TRUNK), ["Foreign Trunk"])) == ["envelope-extra-member (advisory)"]
    page = exchange(404, b"<p>Foreign Trunk</p>")
    assert rules(judge(TRUNK, page, samples(TRUNK), ["Foreign Trunk"])) == ["body-not-json", "foreign-data"]


def test_defects_without_number_are_counted_to_a_limit() -> None:
    """A body full of defects gives findings that a person can read."""
    body = changed(details=[1] * 100_000, **{f"m{n}": n for n in range(1000)})
    found = judge(TRUNK, exchange(404, body), samples(TRUNK))
    assert 2 <= len(found) <= 50
    assert all(len(f.expected + f.actual + f.text) < 2000 for f in found)


def test_a_finding_can_be_tried_and_shows_no_secret() -> None:
    """Every finding bears a curl line without credentials, passwords and tokens."""
    call = Call(
        "createCredentialList", {"projectId": "p"}, body={}, headers={"Authorization": "Bearer the-token", "X-Fault": "500"}
    )
    body = b'{"credentials":[{"username":"u","password":"the-\\"password"}]}'
    sent = Request("POST", URL, (("authorization", "Basic dGhlLWtleQ=="),), body)
    answer = exchange(200, {"password": "the-password", "x": "y" * 3000})
    for finding in judge(TRUNK, Exchange(call, sent, answer.response), {}):
        line = " ".join(finding.as_dict().values())
        assert "curl -i -X POST" in finding.curl
        assert "X-Fault: 500" in finding.curl
        assert not any(secret in line for secret in ("dGhlLWtleQ", "the-token", 'password\\"', "the-password", "the-\\"))


def test_an_exchange_without_answer_is_not_judged() -> None:
    """That is the environment's fault, and an exception."""
    with pytest.raises(ValueError, match="timed out"):
        judge(TRUNK, Exchange(CALL, Request("GET", URL, (), b""), None, Failure.TIMEOUT), {})


def test_alike_compares_the_error_and_not_the_details() -> None:
    """Status, code, status and message; a number is not the same as its look-alikes."""
    first = exchange(404, GOOD)
    assert alike(first, exchange(404, changed(details=DETAILS))) == ()
    nan = json.dumps(changed(code=float("nan"))).encode()
    assert alike(exchange(404, nan), exchange(404, nan)) == ()
    for status, body in (
        (400, GOOD),
        (404, changed(code=404.0)),
        (404, changed(message="x")),
        (404, changed(status=ABSENT)),
        (404, b""),
    ):
        assert rules(alike(first, exchange(status, body))) == ["not-repeatable"]
    assert rules(alike(exchange(404, changed(message=None)), exchange(404, changed(message=ABSENT)))) == ["not-repeatable"]


def test_every_kind_of_slot_was_tried() -> None:
    """The samples of these tests cover what the catalogue holds."""
    assert {slot.kind for r in rows() if r.message for slot in r.message.slots} == set(Kind)
