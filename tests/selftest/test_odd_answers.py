"""Answers that are nearly right, or oddly right, each written down with the verdict that the specification asks for."""

from __future__ import annotations

import pytest

from contracts.catalogue import row
from contracts.exchange import Headers
from contracts.oracle import judge
from tests.selftest.exchanges import exchange, rules

ROW = row("404-acl-id")
BOUND = {"id": ("01HÉ'x",)}
PLAIN = """{"code":404,"status":"NOT_FOUND","message":"Could not find Access Control List with id '01HÉ'x'"}"""


def told(body: str, headers: Headers = (("content-type", "application/json"),), status: int = 404) -> list[str]:
    """The rules that an answer of these very characters breaks."""
    return rules(judge(ROW, exchange(status, body.encode("utf-8", "surrogatepass"), headers=headers), BOUND, ["Foreign"]))


def swapped(old: str, new: str) -> str:
    """The plain answer with one piece changed."""
    assert PLAIN.count(old) == 1
    return PLAIN.replace(old, new)


RIGHT = {
    "plain": PLAIN,
    "white space around members": swapped('{"code":404,', '\n{\t"code" :\r\n 404 , '),
    "another order": """{"message":"Could not find Access Control List with id '01HÉ'x'","status":"NOT_FOUND","code":404}""",
    "a letter escaped": swapped("Could", "\\u0043ould"),
    "a quote escaped": swapped("'01HÉ'x'", "\\u002701H\\u00c9\\u0027x\\u0027"),
    "a member's name escaped": swapped('"code"', '"\\u0063ode"'),
    "no details in a list": swapped("'x'\"", '\'x\'","details":[]'),
    "a detail without its members": swapped("'x'\"", '\'x\'","details":[{"type":"ErrorInfo"}]'),
    "a detail with more members": swapped("'x'\"", '\'x\'","details":[{"type":"RequestInfo","requestId":"1","data":{},"x":null}]'),
}
WRONG = {
    "no-break space": (swapped("not find", "not\u00a0find"), ["message-typography"]),
    "two spaces": (swapped("not find", "not  find"), ["message-typography"]),
    "a tab": (swapped("not find", "not\\tfind"), ["message-typography"]),
    "line break at the end": (swapped("'x'\"", "'x'\\n\""), ["message-typography"]),
    "blank at the start": (swapped('"Could', '" Could'), ["message-typography"]),
    "full stop at the end": (swapped("'x'\"", "'x'.\""), ["message-typography"]),
    "zero-width space": (swapped("not find", "not\u200b find"), ["message-text"]),
    "byte order mark within": (swapped('"Could', '"\ufeffCould'), ["message-text"]),
    "soft hyphen": (swapped("Access", "Ac\u00adcess"), ["message-text"]),
    "a Cyrillic letter": (swapped("Could", "\u0421ould"), ["message-text"]),
    "a Greek letter escaped": (swapped("List", "L\\u03b9st"), ["message-text"]),
    "a full-width letter": (swapped("List", "\uff2cist"), ["message-text"]),
    "typographic quotes": (swapped("id '01HÉ'x'", "id \u201801HÉ\u2019x\u2019"), ["message-typography"]),
    "backticks": (swapped("id '01HÉ'x'", "id `01HÉ'x`"), ["message-typography"]),
    "other capitals": (swapped("Access Control List", "access control list"), ["message-typography"]),
    "a singular and a plural": (swapped("List with", "Lists with"), ["message-text"]),
    "value decomposed": (swapped("É", "E\u0301"), ["message-other-value"]),
    "value in small letters": (swapped("01HÉ", "01hé"), ["message-other-value"]),
    "value escaped for HTML": (swapped("É'x", "É&#39;x"), ["message-other-value"]),
    "value quoted twice": (swapped("id '01HÉ'x'", "id ''01HÉ'x''"), ["message-other-value"]),
    "value escaped twice": (swapped("É'x", "\\\\u00c9'x"), ["message-other-value"]),
    "value with a blank": (swapped("'x'\"", "'x '\""), ["message-other-value"]),
    "value cut": (swapped("01HÉ'x", "01H"), ["message-other-value"]),
    "value as a list": (swapped("01HÉ'x", "[01HÉ'x]"), ["message-other-value"]),
    "value as mojibake": (swapped("É", "Ã\u0089"), ["message-other-value"]),
    "value replaced": (swapped("É", "\ufffd"), ["message-other-value"]),
    "value a lone surrogate": (swapped("É", "\\ud83d"), ["message-other-value"]),
    "notation of another slot": (swapped("01HÉ'x", "$aclId"), ["message-unbound"]),
    "nothing": (swapped("01HÉ'x", ""), ["message-unbound"]),
    "said twice": (swapped("'x'\"", "'x', Could not find Access Control List with id '01HÉ'x'\""), ["message-other-value"]),
    "a leak after the value": (swapped("'x'\"", "'x' at /var/lib/acl\""), ["leak", "message-text"]),
    "an exponent": (swapped(":404,", ":4.04e2,"), ["envelope-member-type"]),
    "a fraction of nothing": (swapped(":404,", ":404.0,"), ["envelope-member-type"]),
    "minus nothing": (swapped(":404,", ":-0,"), ["code"]),
    "the negative": (swapped(":404,", ":-404,"), ["code"]),
    "beyond int32": (swapped(":404,", ":4294967700,"), ["code", "envelope-member-type"]),
    "beyond any float": (swapped(":404,", ":1e999,"), ["envelope-member-type"] * 2),
    "a code in words": (swapped(":404,", ':"NOT_FOUND",'), ["envelope-member-type"]),
    "code in capitals": (swapped('"code"', '"Code"'), ["envelope-extra-member (advisory)", "envelope-missing-member"]),
    "status with a blank": (swapped("NOT_FOUND", "NOT_FOUND "), ["status"]),
    "status as words": (swapped("NOT_FOUND", "Not Found"), ["status"]),
    "status in a full-width letter": (swapped("NOT_FOUND", "NOT\uff3fFOUND"), ["status"]),
    "status a number": (swapped('"NOT_FOUND"', "404"), ["envelope-member-type"]),
    "details null": (swapped("'x'\"", '\'x\'","details":null'), ["details"]),
    "details an object": (swapped("'x'\"", '\'x\'","details":{}'), ["details"]),
    "details of lists": (swapped("'x'\"", '\'x\'","details":[[]]'), ["details"]),
    "a type in small letters": (swapped("'x'\"", '\'x\'","details":[{"type":"requestinfo"}]'), ["details"]),
    "a type of another API": (swapped("'x'\"", '\'x\'","details":[{"@type":"type.googleapis.com/x"}]'), ["details"]),
    "a reason in small letters": (swapped("'x'\"", '\'x\'","details":[{"type":"ErrorInfo","reason":"gone"}]'), ["details"]),
    "a leak deep in details": (
        swapped("'x'\"", '\'x\'","details":[{"type":"RequestInfo","data":{"a":[{"b":"10.0.0.7"}]}}]'),
        ["leak"],
    ),
    "another project's name in details": (
        swapped("'x'\"", '\'x\'","details":[{"type":"ErrorInfo","metaData":{"owner":"Foreign"}}]'),
        ["foreign-data"],
    ),
    "a leak in a member's name": (swapped("'x'\"", '\'x\'","db.internal":1'), ["envelope-extra-member (advisory)", "leak"]),
    "a time beside": (swapped("'x'\"", '\'x\'","timestamp":1'), ["envelope-extra-member (advisory)"]),
    "the wrapper beside its content": (swapped("'x'\"", '\'x\'","error":{}'), ["envelope-extra-member (advisory)"]),
    "wrapped in data": ('{"data":' + PLAIN + "}", ["envelope-extra-member (advisory)", *["envelope-missing-member"] * 3]),
    "a code twice, alike": (swapped('"code":404', '"code":404,"code":404'), ["body-duplicate-key"]),
    "a code twice, once escaped": (swapped('"code":404', '"\\u0063ode":400,"code":404'), ["body-duplicate-key"]),
    "two answers": (PLAIN + PLAIN, ["body-not-json"]),
    "a padded answer": (PLAIN + "\x00", ["body-not-json"]),
    "a guarded answer": (")]}',\n" + PLAIN, ["body-not-json"]),
    "a callback": ("cb(" + PLAIN + ")", ["body-not-json"]),
    "a line break within a text": (swapped("not find", "not\nfind"), ["body-not-json"]),
    "a surrogate in UTF-8": (swapped("É", "\ud800"), ["body-not-utf8"]),
}


@pytest.mark.parametrize("body", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_oddly_right_conforms(body: str) -> None:
    """How JSON is spelled is nobody's business."""
    assert told(body) == []


@pytest.mark.parametrize(("body", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_nearly_right_does_not(body: str, expected: list[str]) -> None:
    """Letter for letter, and exactly these findings."""
    assert told(body) == expected


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=latin-1",
        "application/json ; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json;",
    ],
)
def test_a_content_type_that_is_json(value: str) -> None:
    """Parameters and capitals do not matter."""
    assert told(PLAIN, (("Content-Type", value),)) == []
    assert told(PLAIN, (("Content-Type", value), ("CONTENT-TYPE", value))) == []


@pytest.mark.parametrize(
    "values",
    [
        *((), ("",), ("text/json",), ("text/html",), ("application/problem+json",), ("application/json, text/html",)),
        *(
            ("json",),
            ("application/jsonp",),
            ("application/json", "text/html"),
            ("text/html", "application/json"),
            ("charset=utf-8",),
        ),
    ],
    ids=" and ".join,
)
def test_a_content_type_that_is_not(values: tuple[str, ...]) -> None:
    """Absent, another, or one that contradicts itself."""
    assert told(PLAIN, tuple(("Content-Type", value) for value in values)) == ["content-type"]


@pytest.mark.parametrize("status", [400, 410, 404 + 1, 304])
def test_a_body_that_is_right_under_another_status(status: int) -> None:
    """Both the status and the code that should equal it are wrong."""
    assert told(PLAIN, status=status) == ["code", "http-status"]


def test_a_code_and_a_status_that_are_wrong_alike() -> None:
    """That they agree with each other helps neither."""
    assert told(swapped(":404,", ":400,"), status=400) == ["http-status"]
