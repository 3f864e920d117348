"""Whatever a target answers, the oracle gives findings that can be shown, the same ones each time, and never raises or hangs."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.call import Call
from contracts.catalogue import Row, row, rows
from contracts.exchange import Exchange, Headers
from contracts.finding import Finding
from contracts.leak import SCANNED, leaks
from contracts.oracle import alike, judge, judge_stray, resembles
from contracts.template import Bound, Kind
from tests.selftest.exchanges import JSON, envelope, exchange, rules, samples
from tests.selftest.test_leak import INNOCENT, LEAKS
from tests.selftest.worst_answers import MOST

CHECKED = settings(max_examples=200, deadline=None, database=None, derandomize=True)
PATIENCE = 180  # seconds for all the worst answers together: some ten times what they take, and nothing to what a hang would
ROWS = st.sampled_from(rows())
STATUSES = st.sampled_from([200, 204, 302, 400, 403, 404, 500, 503]) | st.integers(100, 599)
LATIN = st.text(st.characters(max_codepoint=255), max_size=20)
NAMES = st.sampled_from(["Content-Type", "content-type", "Content-Encoding", "Content-Length", "Set-Cookie"]) | LATIN
KINDS = st.sampled_from(["application/json", "Application/JSON; charset=utf-8", "text/html", "identity"])
ENCODINGS = st.sampled_from(["gzip", "x-gzip", "deflate", "br", "GZIP "])
HEADERS = st.lists(st.tuples(NAMES, KINDS | ENCODINGS | LATIN), max_size=5).map(tuple)
MEMBERS = ["code", "status", "message", "details", "error", "type", "fieldViolations", "metaData", "reason", "requestId", "data"]
TYPES = ["BadRequest", "RequestInfo", "QuotaFailure", "ErrorInfo"]
ODD_TEXTS = ["\ud800", "\x1b[2J", "\u202e", "\r\n", "$id", "{id}", "%s", "x" * 400, *TYPES, *(r.status for r in rows())]
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(ODD_TEXTS) | st.sampled_from([*LEAKS.values()])
NUMBERS = st.integers() | st.floats() | st.sampled_from([400, 404, 404.0, 2**31, 10**400, 1e308, -0.0, True, False, None])


def objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these values; the names are mostly those that the envelope and its details know."""
    return st.lists(values, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS) | TEXTS, values, max_size=5)


DOCUMENTS = st.recursive(NUMBERS | TEXTS, objects, max_leaves=12)
DETAIL = {
    "fieldViolations": st.lists(st.dictionaries(st.sampled_from(["field", "description"]), DOCUMENTS), max_size=2),
    "metaData": st.dictionaries(TEXTS, DOCUMENTS, max_size=3),
    **dict.fromkeys(["reason", "requestId", "data"], DOCUMENTS),
}
DETAILS = st.lists(st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=DETAIL), max_size=4)
INSTEAD = {"details": DETAILS, "code": st.sampled_from([400, 403, 404, 500]) | DOCUMENTS}
ENVELOPES = st.fixed_dictionaries({}, optional={**dict.fromkeys(MEMBERS[:5], DOCUMENTS), "details": DETAILS | DOCUMENTS})
BRACKETS = st.sampled_from([("[", "]"), ('{"a":', "}"), ("[", ""), ('"[', "")])
DEEP = st.builds(lambda pair, n: pair[0] * n + "1" + pair[1] * n, BRACKETS, st.sampled_from([60, 64, 65, 300, 700, 900, 990, 5000]))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": bytes,
}


@st.composite
def answers(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> Exchange:
    """An answer with any status and headers; its body may be packed, truly or not, whole or cut."""
    body, headers = draw(bodies), draw(HEADERS | st.just(JSON))
    if draw(st.booleans()):
        name = draw(st.sampled_from([*PACKERS]))
        body, headers = PACKERS[name](body), (("Content-Encoding", draw(st.sampled_from([name, name, "gzip"]))), *headers)
    if draw(st.booleans()):
        body = body[: draw(st.integers(0, len(body)))]
    return exchange(draw(STATUSES), body, headers=headers)


@st.composite
def near_misses(draw: st.DrawFn) -> tuple[Row, Exchange]:
    """A row's documented answer with up to two members of any JSON, and up to three places where bytes are other ones."""
    expected = draw(ROWS)
    document = envelope(expected)
    for name in draw(st.lists(st.sampled_from(MEMBERS[:5]), max_size=2)):
        document[name] = draw(INSTEAD.get(name, TEXTS | DOCUMENTS))
    body = json.dumps(document).encode()
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=2)) + body[at + draw(st.integers(0, 2)) :]
    return expected, exchange(expected.code, body)


def written(document: Any) -> bytes:
    """The document as a target could write it; what is no Unicode is escaped."""
    return json.dumps(document).encode()


def showable(texts: Mapping[str, str]) -> None:
    """Every text can be written as UTF-8 JSON, and none can redraw a terminal: line breaks stand in explanations alone."""
    json.dumps(texts, ensure_ascii=False).encode("utf-8")
    for name, text in texts.items():
        assert all(line.isprintable() for line in (text.split("\n") if name == "text" else [text])), (name, text)


def checked(findings: Collection[Finding]) -> list[str]:
    """The rules of findings that are as findings are to be."""
    assert len(findings) <= MOST
    for finding in findings:
        showable(finding.as_dict())
    return rules(tuple(findings))


def judged(given: Exchange, expected: Iterable[Row], bound: Bound | None = None, hidden: Collection[str] = ()) -> None:
    """Whatever the oracle can say of an answer, said twice."""
    for each in expected:
        values = samples(each) if bound is None else bound
        findings = judge(each, given, values, hidden)
        assert findings == judge(each, given, values, hidden)
        assert (checked(findings) == ["unrefused"]) is (given.status in range(200, 300))
        assert resembles(each, given) in {True, False}
    for injected, strict in ((False, False), (True, True)):
        stray = judge_stray(given, injected=injected, strict=strict)
        assert stray == judge_stray(given, injected=injected, strict=strict)
        checked(stray.findings)
        showable({"status": stray.status or "", "message": stray.message or ""})
    assert alike(given, given) == ()
    checked(alike(given, exchange(400, b"{}")))


@CHECKED
@given(answers(st.binary(max_size=60)), st.lists(TEXTS, max_size=3))
def test_any_bytes_are_judged(answer: Exchange, hidden: list[str]) -> None:
    """Of any status, under any headers, and for every row there is."""
    judged(answer, rows(), hidden=hidden)


@CHECKED
@example(exchange(404, {"details": [{"type": "ErrorInfo", "metaData": {"\x1b[2J\ud800": 1}}]}), row("404-trunk-id"), [])
@given(answers((DOCUMENTS | ENVELOPES).map(written) | DEEP.map(str.encode)), ROWS, st.lists(TEXTS, max_size=3))
def test_any_document_is_judged(answer: Exchange, expected: Row, hidden: list[str]) -> None:
    """Deep ones, wide ones, and such as nearly are an envelope."""
    judged(answer, [expected], hidden=hidden)


@pytest.mark.parametrize("odd", ["\ud800", "\x1b[2J", "\u202e", "\r\n", "\u2028", "$id", "x" * 400], ids=ascii)
@pytest.mark.parametrize("expected", [row("404-trunk-id"), row("403-forbidden"), row("400-timestamp-format")], ids=lambda r: r.id)
def test_an_odd_text_is_judged_wherever_it_stands(odd: str, expected: Row) -> None:
    """In each member, as a member's name, in the value of a slot, in a detail, and in a header."""
    detail = {"type": "ErrorInfo", "reason": odd, "metaData": {odd: 1, "x": odd}}
    changes: list[dict[str, Any]] = [
        *({name: odd} for name in MEMBERS[:4]),
        {odd: odd},
        {"details": [detail, {"type": odd}, {odd: odd}]},
    ]
    said = (template.text.replace("$id", odd) for template in [r.message for r in rows()] if template)
    for change in [*changes, *({"message": message} for message in said)]:
        judged(exchange(expected.code, {**envelope(expected), **change}), [expected], hidden=[odd])
    judged(exchange(expected.code, b"{" + odd.encode("utf-8", "replace")), [expected])
    latin = odd.encode("latin-1", "replace").decode("latin-1")
    for name in ("content-type", "content-encoding"):
        judged(exchange(expected.code, envelope(expected), headers=((name, latin),)), [expected])


@CHECKED
@given(ENVELOPES, ROWS, st.data())
def test_any_values_may_be_bound(document: dict[str, Any], expected: Row, data: st.DataObject) -> None:
    """Also values that no scenario sends, some slots bound to a few or left free."""
    names = [slot.name for slot in expected.message.slots] if expected.message else []
    bound = {name: tuple(data.draw(st.lists(TEXTS, min_size=1, max_size=3))) for name in names if data.draw(st.booleans())}
    judged(exchange(expected.code, {**envelope(expected), **document}), [expected], bound)


@CHECKED
@given(near_misses())
def test_what_is_nearly_right_passes_only_where_it_is_right(pair: tuple[Row, Exchange]) -> None:
    """Where no finding is a fail, a reader of its own finds the documented code, status and message there."""
    expected, answer = pair
    judged(answer, [expected])
    if all("advisory" in rule for rule in checked(judge(expected, answer, samples(expected)))):
        assert answer.response
        document = json.loads(answer.response.body)
        assert (type(document["code"]), document["code"], document["status"]) == (int, expected.code, expected.status)
        assert expected.message is None or same(expected, document["message"])


def same(expected: Row, message: str) -> bool:
    """Whether it is the documented message, looked at in the plainest way."""
    right = envelope(expected)["message"]
    kinds = {slot.kind for slot in expected.message.slots} if expected.message else set()
    if Kind.FORMAT in kinds:
        return message.startswith(right[: right.index("yyyy")]) and "y" in message.lower()[-64:]
    return message == right or (Kind.NOUN in kinds and message.lower() == right.lower() and message.isascii())


@CHECKED
@given(ROWS, st.permutations(["code", "status", "message", "details"]), st.data())
def test_a_harmless_change_is_none(expected: Row, order: list[str], data: st.DataObject) -> None:
    """Members in any order, white space between tokens, letters escaped or not, details that are right, a header's case."""
    details = data.draw(st.lists(st.fixed_dictionaries({"type": st.sampled_from(TYPES)}), max_size=3))
    whole = {**envelope(expected), "details": details}
    blanks = st.text(" \t\r\n", max_size=3)
    left, colon, comma, right = (data.draw(blanks) for _ in range(4))
    name = data.draw(st.sampled_from(["Content-Type", "content-type", "CONTENT-TYPE"]))
    kind = data.draw(st.sampled_from(["application/json", "Application/JSON;charset=utf-8", "application/json ; charset=UTF-8"]))
    body = json.dumps(
        {member: whole[member] for member in order if member in whole},
        ensure_ascii=data.draw(st.booleans()),
        separators=(comma + "," + left, colon + ":" + right),
    )
    headers: Headers = (("X-Request-Id", "1"), (name, kind), ("content-encoding", "identity"))
    answer = exchange(expected.code, f"{left}{body}{right}".encode(), headers=headers)
    assert judge(expected, answer, samples(expected), ["another project's"]) == ()
    assert alike(exchange(expected.code, envelope(expected)), answer) == ()


@CHECKED
@given(st.sampled_from([*LEAKS.values(), "::1"]), st.sampled_from(["path", "query", "body", "key", "header"]), ROWS)
@example("::1", "path", row("404-trunk-id"))
def test_what_a_request_sent_is_never_a_leak(sent: str, where: str, expected: Row) -> None:
    """Wherever it sent it, and wherever an answer of any kind repeats it; sent by nobody, it is one."""
    call = {
        "path": Call("getSipTrunkById", {"sipTrunkId": sent}),
        "query": Call("findCalls", query=(("direction", sent),)),
        "body": Call("createSipTrunk", body={"name": ["x", {"y": sent}]}),
        "key": Call("createSipTrunk", body={sent: 1}),
        "header": Call("getSipTrunks", headers={"X-Any": sent}),
    }[where]
    told = f"Sorry, '{sent}' is taken"
    for document in (envelope(expected, extra=told), {"code": expected.code, "status": "OTHER", "message": told}):
        answer = exchange(expected.code, document, call=call)
        assert "leak" not in rules(judge(expected, answer, samples(expected)))
        assert "leak" not in rules(judge_stray(answer).findings)
        assert "leak" in rules(judge(expected, exchange(expected.code, document), samples(expected)))


@pytest.mark.parametrize("text", INNOCENT)
def test_what_was_sent_makes_no_leak_of_what_is_none(text: str) -> None:
    """Whichever words of an innocent text a request has sent, the rest is as innocent as before."""
    edges = [place.start() for place in re.finditer(r"\b", text)]
    for start, end in combinations(edges, 2):
        assert list(leaks(text, [text[start:end]])) == [], text[start:end]


def test_a_host_that_was_asked_may_be_named() -> None:
    """The address that the request went to is part of what it sent, and what follows it is no file's path."""
    told = "see https://elastic-trunking.api.sinch.com/app/errors"
    answer = exchange(400, {"code": 400, "status": "OTHER", "message": told})
    assert rules(judge_stray(answer).findings) == ["undocumented (advisory)"]


@pytest.mark.parametrize("shown", range(8, 12))
def test_what_was_sent_is_no_leak_where_the_searched_text_ends(shown: int) -> None:
    """A value that the end of what is searched would cut in two is known all the same."""
    assert list(leaks(" " * (SCANNED - shown) + "10.11.12.134", ["10.11.12.134"])) == []


def test_the_worst_answers_do_no_harm() -> None:
    """Bombs, brackets, and what patterns could trip over: judged in a process of little memory, and in the time that is given."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.selftest.worst_answers"]
    ran = subprocess.run(command, cwd=root, timeout=PATIENCE, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert ran.returncode == 0, ran.stdout[-300:] + ran.stderr[-2000:]
    assert len(ran.stdout.splitlines()) > 80
