"""What cases sent and got is on disk, in order, marked, and without secrets; what cannot be written costs no verdict."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.call import Call, api
from contracts.case import Case, CaseResult, Kind, Verdict
from contracts.exchange import Exchange, Failure, Headers, Response
from contracts.names import Names
from contracts.runner import run
from contracts.sandbox import Sandbox
from contracts.traffic import LONGEST, Place, Told, Traffic, in_order, missing, record, told
from contracts.transport.veil import HIDDEN, Veil
from contracts.world import World
from tests.selftest.exchanges import CALL, JSON, URL, exchange
from tests.selftest.fake import Fake
from tests.selftest.recordings import documented
from tests.selftest.served import served

SECRET = "a-secret-of-the-test-0123"
VEIL = Veil(SECRET)
NO_UTF8 = b'{"name": "\xff\xfe"}'


def kept(folder: Path, *exchanges: Exchange, judged: tuple[Exchange, ...] = (), veil: Veil = VEIL) -> list[dict[str, Any]]:
    """The exchanges of a case, as they are read again."""
    traffic = Traffic(folder, "gw0")
    traffic.add("a/case", exchanges, judged, veil)
    traffic.close()
    return [one for line in told(folder) for one in line.exchanges]


def at(moment: float, body: object = None, **members: Any) -> Exchange:
    """An exchange that began then."""
    return replace(exchange(200, {} if body is None else body), started=moment, **members)


def test_an_exchange_has_its_members() -> None:
    """As `record` documents them; the credentials are not among them, but how they were sent is."""
    one = replace(exchange(404, b'{"code":404}'), started=5.0000004, seconds=0.25)
    assert record(one, VEIL, judged=True) == {
        "operation": "getSipTrunkById",
        "judged": True,
        "probe": False,
        "raced": False,
        "started": 5.0,
        "seconds": 0.25,
        "request": {
            "method": "GET",
            "url": URL,
            "scheme": "basic",
            "own": [],
            "headers": [["Authorization", HIDDEN]],
            "body": "",
            "encoding": "",
            "size": 0,
            "cut": False,
        },
        "response": {
            "status": 404,
            "version": "",
            "headers": [["Content-Type", "application/json"]],
            "too_large": False,
            "body": '{"code":404}',
            "encoding": "",
            "size": 12,
            "cut": False,
        },
        "failure": "",
    }


def test_headers_of_the_calls_own_are_named() -> None:
    """In lower case, so that a reader finds them among all others."""
    one = exchange(200, {}, call=CALL.with_header("X-Own", "1"))
    sent = replace(one.request, headers=(("Accept", "*/*"), ("X-Own", "1")))
    assert record(replace(one, request=sent), VEIL)["request"]["own"] == ["x-own"]


def test_a_failure_is_told_without_a_response() -> None:
    """With its kind and its reason, and no secret in that."""
    failed = replace(exchange(200, {}), response=None, failure=Failure.TIMEOUT, reason=f"waited for {SECRET}")
    assert (record(failed, VEIL)["response"], record(failed, VEIL)["failure"]) == (None, f"timed out: waited for {HIDDEN}")


def test_what_led_to_an_answer_comes_before_it_and_is_told_apart(tmp_path: Path) -> None:
    """A repetition with a new token, and a harmless question: none of them is what the case asked for."""
    asked = replace(at(3.0), before=(at(1.0), at(2.0)))
    found = kept(tmp_path, at(0.5), asked, judged=(asked,))
    assert [(one["started"], one["probe"], one["judged"]) for one in found] == [
        (0.5, False, False),
        (1.0, True, False),
        (2.0, True, False),
        (3.0, False, True),
    ]


def test_what_raced_is_put_in_the_order_of_time_and_nothing_else(tmp_path: Path) -> None:
    """A race's exchanges come in the order of its calls; a clock that was set back puts no others out of order."""
    found = kept(tmp_path, at(9.0), at(2.0, raced=True), at(1.0, raced=True), at(0.5))
    assert [one["started"] for one in found] == [9.0, 1.0, 2.0, 0.5]


def test_equal_exchanges_are_told_apart_by_which_was_judged(tmp_path: Path) -> None:
    """The mark is the exchange's own, not that of all that equal it."""
    one, other = at(1.0), at(1.0)
    assert [each["judged"] for each in kept(tmp_path, one, other, judged=(other,))] == [False, True]


@pytest.mark.parametrize(
    ("body", "headers", "shown"),
    [
        (NO_UTF8, JSON, base64.b64encode(NO_UTF8).decode()),
        (gzip.compress(b'{"a":1}'), (*JSON, ("Content-Encoding", "gzip")), '{"a":1}'),
        (gzip.compress(b"x")[:-4], (*JSON, ("Content-Encoding", "gzip")), "(17 bytes that could not be decoded)"),
        (gzip.compress(b"x"), JSON, "(21 bytes that could not be decoded)"),
        (b"a\0b", JSON, "a\0b"),
        ("\ud800".encode("utf-8", "surrogatepass"), JSON, base64.b64encode(b"\xed\xa0\x80").decode()),
    ],
    ids=["no UTF-8", "gzip", "half gzip", "gzip of which no header tells", "NUL", "half a surrogate pair"],
)
def test_any_body_can_be_kept(tmp_path: Path, body: bytes, headers: Headers, shown: str) -> None:
    """As text, without its coding; in Base64 what is none; what cannot be decoded is only named."""
    (one,) = kept(tmp_path, exchange(200, body, headers=headers))
    assert one["response"]["body"] == shown


def test_a_body_is_cut_where_nobody_reads_on(tmp_path: Path) -> None:
    """A target that floods us does not fill the disk; how long the body was is told."""
    texts = kept(
        tmp_path, exchange(200, b"x" * (LONGEST + 1)), exchange(200, b"\xff" * (LONGEST + 1)), exchange(200, b"x" * LONGEST)
    )
    assert [(one["response"]["cut"], one["response"]["size"] - LONGEST) for one in texts] == [(True, 1), (True, 1), (False, 0)]
    assert max(len(one["response"]["body"]) for one in texts) == LONGEST


def test_no_place_shows_a_secret(tmp_path: Path) -> None:
    """Address, names and values of headers, bodies, coded ones too, reasons; and a NUL somewhere changes nothing of that."""
    call = Call("getSipTrunkById", CALL.path, headers={f"X-{SECRET}": f"is {SECRET}"})
    sent = replace(exchange(200, {}).request, headers=(*call.headers.items(), ("Cookie", "a=b")), body=SECRET.encode())
    coded = (*JSON, ("Content-Encoding", "gzip"), (f"X-{SECRET}", SECRET), ("Set-Cookie", "c=d"))
    texts = [
        replace(exchange(200, SECRET.encode() + more, url=f"{URL}?key={SECRET}"), call=call, request=sent, reason=SECRET)
        for more in (b"", b"\0", b"\xff")
    ]
    texts.append(exchange(200, gzip.compress(SECRET.encode()), headers=coded))
    bare = replace(exchange(200, {}).request, headers=(("Authorization", SECRET),))
    texts.append(replace(exchange(200, SECRET.encode()), request=bare))
    texts.append(replace(exchange(200, {}), response=Response(200, coded, gzip.compress(SECRET.encode())[:30], too_large=True)))
    deflated = (*JSON, ("Content-Encoding", "deflate"))
    texts.append(
        replace(exchange(200, SECRET.encode()), response=Response(200, deflated, zlib.compress(SECRET.encode()), too_large=True))
    )
    texts.append(replace(exchange(200, {}), response=None, failure=Failure.BROKEN, reason=f"{SECRET}\0"))
    found = kept(tmp_path, *texts)
    content = (tmp_path / "gw0.jsonl").read_bytes()
    assert SECRET.encode() not in content
    assert b"a=b" not in content
    assert b"c=d" not in content
    assert base64.b64encode(gzip.compress(SECRET.encode())[:30])[:20] not in content
    assert base64.b64encode(zlib.compress(SECRET.encode()))[:20] not in content
    assert all(HIDDEN in json.dumps(one) for one in found)


@pytest.mark.parametrize(
    "body", [b'{"password": "of-somebody"}', b'{"x": "\xff", "Access_Token":"of-somebody"}', b'{"password":"of-somebo']
)
def test_members_that_bear_passwords_are_hidden(tmp_path: Path, body: bytes) -> None:
    """Whatever else is in the body, and also where it is cut off."""
    (one,) = kept(tmp_path, exchange(200, body))
    answer = one["response"]
    shown = base64.b64decode(answer["body"]) if answer["encoding"] else answer["body"].encode()
    assert b"of-some" not in shown
    assert b'"***"' in shown


def test_half_a_line_of_a_killed_process_is_left_out(tmp_path: Path) -> None:
    """The lines before it are read, and so are those of other processes."""
    kept(tmp_path, at(1.0))
    with (tmp_path / "gw0.jsonl").open("ab") as file:
        file.write(b'{"started":2.0,"case":"b/case","worker":"gw0","excha')
    other = Traffic(tmp_path, "gw1")
    other.add("c/case", [at(3.0)], (), VEIL)
    other.close()
    assert [line.case for line in told(tmp_path)] == ["a/case", "c/case"]
    assert [line.case for line, _ in in_order(tmp_path)] == ["a/case", "c/case"]
    assert missing(tmp_path, {"a/case": 1, "b/case": 1, "c/case": 1, "d/case": 0}) == ["b/case"]


def test_a_line_is_on_disk_when_its_case_has_ended(tmp_path: Path) -> None:
    """A worker that dies later takes none of it along."""
    traffic = Traffic(tmp_path, "gw0")
    traffic.add("a/case", [at(1.0)], (), VEIL)
    assert [line.case for line in told(tmp_path)] == ["a/case"]
    traffic.close()


def test_a_case_that_ran_twice_comes_twice(tmp_path: Path) -> None:
    """From two processes: the first one died before it could tell of it."""
    for worker, moment in (("gw0", 1.0), ("gw1", 2.0)):
        traffic = Traffic(tmp_path, worker)
        traffic.add("a/case", [at(moment)], (), VEIL)
        traffic.close()
    assert [(line.case, line.worker) for line in told(tmp_path)] == [("a/case", "gw0"), ("a/case", "gw1")]


def test_a_case_that_sent_nothing_is_not_told(tmp_path: Path) -> None:
    """There is not even a file."""
    assert kept(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_exchanges_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    """Whatever the order in which their cases ended, and in whichever process."""
    for worker, case, moments in (
        ("gw0", "a", (1.0, 5.0, 6.0)),
        ("gw0", "b", (2.0, 3.0)),
        ("gw1", "c", (0.5, 5.5)),
        ("gw1", "d", (9.0,)),
    ):
        traffic = Traffic(tmp_path, worker)
        traffic.add(case, [at(moment) for moment in moments], (), VEIL)
        traffic.close()
    assert [(line.case, one["started"]) for line, one in in_order(tmp_path)] == [
        *(("c", 0.5), ("a", 1.0), ("b", 2.0), ("b", 3.0)),
        *(("a", 5.0), ("c", 5.5), ("a", 6.0), ("d", 9.0)),
    ]


def test_no_more_is_read_than_was_under_way_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run may have hundreds of thousands of exchanges."""
    traffic = Traffic(tmp_path, "gw0")
    for moment in range(9):
        traffic.add(f"case/{moment}", [at(moment), at(moment + 1.5)], (), VEIL)
    traffic.close()
    read, reading = [0], Place.read

    def counted(place: Place) -> Told:
        read[0] += 1
        return reading(place)

    monkeypatch.setattr(Place, "read", counted)
    ahead = [read[0] - int(line.case[5:]) for line, _ in in_order(tmp_path)]
    assert len(ahead) == 18
    assert max(ahead) <= 3


class Full:
    """A file on a disk that is full, for a while."""

    def __init__(self) -> None:
        self.full = True
        self.content = b""

    def write(self, content: bytes) -> int:
        """Half of it."""
        if self.full:
            self.content += content[: len(content) // 2]
            raise OSError(28, "No space left on device")
        self.content += content
        return len(content)


def test_nothing_is_written_behind_half_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a line could not be written whole, no other is, though there may be room again; and nobody is told by an exception."""
    traffic, disk = Traffic(tmp_path, "gw0"), Full()
    monkeypatch.setattr(Path, "open", lambda *_: disk)
    traffic.add("a/case", [at(1.0)], (), VEIL)
    half, disk.full = disk.content, False
    traffic.add("b/case", [at(2.0)], (), VEIL)
    assert disk.content == half != b""


def test_a_run_keeps_its_verdicts_where_no_traffic_can_be_written(tmp_path: Path) -> None:
    """The case ends as it would have; what it sent is missing, and that can be told."""

    def body(world: World) -> None:
        world.accepted(api.getSipTrunks())

    client = Fake({})
    client.traffic = Traffic(tmp_path / "there" / "is" / "none", "gw0")
    result = run(Case("404-trunk-id/x", "404-trunk-id", "getSipTrunkById", Kind.CONTROL, body), client, Names("r"))
    client.traffic.close()
    assert (result.verdict, result.requests) == (Verdict.PASS, 1)
    assert missing(tmp_path, {result.case.id: result.requests}) == [result.case.id]


def test_what_a_long_case_puts_away_is_kept_with_its_marks(tmp_path: Path) -> None:
    """In pieces, none of which is told twice."""

    def body(world: World) -> None:
        world.accepted(api.getSipTrunks())
        world.put_away()
        world.send(api.getBlockingRules())

    client = Fake({})
    client.traffic = Traffic(tmp_path, "gw0")
    run(Case("404-trunk-id/x", "404-trunk-id", "getSipTrunkById", Kind.CONTROL, body), client, Names("r"))
    client.traffic.close()
    found = [(line.case, one["operation"], one["judged"]) for line in told(tmp_path) for one in line.exchanges]
    assert found == [("404-trunk-id/x", "getSipTrunks", True), ("404-trunk-id/x", "getBlockingRules", False)]


def test_a_race_is_marked(tmp_path: Path) -> None:
    """Over real connections; what led there is not."""
    race = next(case for case in documented() if case.kind is Kind.RACE)
    with served(Sandbox()) as client:
        client.traffic = Traffic(tmp_path, "gw0")
        run(race, client, Names("20260101t000000-race"))
        client.traffic.close()
        client.traffic = None
    marks = [(one["raced"], one["judged"]) for line in told(tmp_path) for one in line.exchanges]
    assert sum(raced for raced, _ in marks) == race.arguments["contestants"]
    assert all(raced for raced, judged in marks if judged)
    assert {one["response"]["version"] for line in told(tmp_path) for one in line.exchanges} == {"HTTP/1.1"}


def test_what_answers_say_does_not_change_from_run_to_run() -> None:
    """Whatever the names, numbers and ids of a run are: a run can be compared with another."""
    said: list[dict[str, Any]] = []
    for run_id, worker in (("20260101t000000-aaaa", "gw0"), ("20270203t040506-bbbb", "gw11")):
        with served(Sandbox()) as client:
            names = Names(run_id, worker)
            results: list[CaseResult] = [run(case, client, names) for case in documented()]
        said.append({result.case.id: result.answers for result in results})
    assert said[0] == said[1]
    provoked = {case.id for case in documented() if case.kind is Kind.REFUSAL}
    assert all(said[0][case] for case in provoked)
    assert len(provoked) >= 38
