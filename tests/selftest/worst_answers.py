"""The worst answers that we could think of, each of about a mebibyte, judged in this very process: `python -m` it under limits.

The process gives itself `ROOM` above what it has once everything is loaded, and judges every answer in every way. It prints how
long each took, and ends with an exception, or never, where an answer does harm.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contracts.catalogue import row
from contracts.exchange import Exchange
from contracts.finding import Finding
from contracts.leak import SCANNED
from contracts.oracle import alike, judge, judge_stray, resembles
from tests.selftest.exchanges import JSON, envelope, exchange, samples

MEBIBYTE = 1 << 20
ROOM = 128 * MEBIBYTE  # of address space: twice what the dearest answer was seen to need, and half of what a bomb holds
BOMB = 2 * ROOM
MOST = 100  # findings about one answer
ROW = row("400-acl-already-on-trunk")
PACKED = ("Content-Encoding", "gzip")
ORDINARY = exchange(400, envelope(ROW))
TRACES = r"""
    at_ at_a. at_a.a( a. a.A a.b.internal x.svc. A Aa aException a_ a- x.py x.py: 1. 1.1.1.1. 1.1.1.1a 10.0.0.1_ 12 ip-1- #1_ #1_x_
    #1_x( :: fd00: fd00::_ / /usr /usr/ /data/a/ /data/a. /a/ file:/ \ C:\ \\a \\a\ from_ from_a_where_ from_a_where_a_ FROM SELECT_
    SELECT__FROM insert_into_ insert_into_a_ update_ update_a_set_ UPDATE_ UPDATE_a_ column_ column_a. relation_a_ Unknown_column_'
    Duplicate_entry_' File_" thread_' goroutine_ jdbc Caused_by: ' " ~/a ~/. config/a. config/ ECONNREFUSED_
    select_*_ select_* localhost at_|a at_|a. at_a.|a at_a.a(|a File_"|a #1_|a #1_|a( /usr/|a /usr/|a/ C:\|a \\a\|a ~/|a ~/|a.
    Unknown_column_'|a Duplicate_entry_'|a thread_'|a SELECT_|a_ UPDATE_|a from_|a from_a_where_|a relation_|a. column_|a.
    |a |1 |_ ip-|1-
"""
"""What the patterns of leaks begin with, `_` for a blank; what stands after a bar, if any, is said again and again, to no end."""
DEPTHS = (65, 300, *range(900, 1000, 4))  # some of these Python can read, and not walk
BODIES = ("[", '"', '{"a":', "9", " ", "\0")
NOTATIONS = ("${", "${a", "$a ", "{a", "{a}", "%s", " ")
"""What placeholders begin with."""
LITERALS = tuple(part for part in (ROW.message.parts if ROW.message else ()) if isinstance(part, str))


def said(message: str) -> bytes:
    """The envelope with this message."""
    return json.dumps({"code": 400, "status": "BAD_REQUEST", "message": message}, ensure_ascii=False).encode()


def again(piece: str, size: int = MEBIBYTE - 100) -> str:
    """The piece as often as it takes."""
    return (piece * (size // len(piece) + 1))[:size]


def detailed(details: list[Any]) -> bytes:
    """The documented answer with these details."""
    return json.dumps(envelope(ROW, details=details), separators=(",", ":")).encode()


def bomb(of: bytes) -> bytes:
    """A small body that would be a large one."""
    packed, chunk = zlib.compressobj(9, zlib.DEFLATED, 31), of * MEBIBYTE
    return b"".join(packed.compress(chunk) for _ in range(BOMB // MEBIBYTE)) + packed.flush()


def answers() -> Iterator[tuple[str, Exchange]]:
    """Each answer by name."""
    yield from ((f"body of {piece!r}", answer(again(piece, MEBIBYTE).encode())) for piece in BODIES)
    yield from ((f"message of {piece!r}", answer(said(again(piece)))) for piece in LITERALS)
    yield from ((name, answer(body)) for name, body in crafted().items())
    nothing = gzip.compress(b"", mtime=0)
    members = nothing * (MEBIBYTE // len(nothing))
    yield "a million bytes of packed nothing", answer(members, PACKED)
    yield from ((f"bomb of {of!r}", answer(bomb(of), PACKED)) for of in (b"[", b" ", b'"'))


def answer(body: bytes, *headers: tuple[str, str]) -> Exchange:
    """A refusal with this body."""
    return exchange(400, body, headers=(*JSON, *headers))


def crafted() -> dict[str, bytes]:
    """Bodies with a thought behind each."""
    assert ROW.message
    almost = ROW.message.render({"aclId": (again("x", MEBIBYTE - 300),), "trunkId": ("01HVALUE1",)})
    return {
        "almost fits": said(almost + "!"),
        "almost its own literals": said(almost[:20] + again("' is already added to trunk '", MEBIBYTE - 300) + "!"),
        "a million small items": b"[" + b"0," * (MEBIBYTE // 2 - 10) + b"0]",
        "small objects": b"[" + b'{"":0},' * (MEBIBYTE // 7 - 10) + b"{}]",
        "small texts": b'{"a":[' + b'"",' * (MEBIBYTE // 3 - 10) + b'""]}',
        "small members": ("{" + ",".join(f'"{n:x}":0' for n in range(MEBIBYTE // 10)) + "}").encode(),
        "as deep as is followed": (b"[" * 63 + b"]" * 63 + b",") * (MEBIBYTE // 130) + b"0",
        **{f"lists {deep} levels deep": b'{"details":' + b"[" * deep + b"]" * deep + b"}" for deep in DEPTHS},
        **{f"objects {deep} levels deep": b'{"a":' * deep + b"1" + b"}" * deep for deep in DEPTHS},
        "brackets within a text": b'"' + b"[" * (MEBIBYTE - 3) + b'"',
        "quotes within a text": b'"' + b'\\"' * (MEBIBYTE // 2 - 2) + b'"',
        "a code of many digits": b'{"code":' + b"9" * 4299 + b',"status":"A","message":"b"}',
        "details of nothing right": detailed([0] * 100_000),
        "details of no kind": detailed([{"type": 1}] * 80_000),
        "details that are all right": detailed([{"type": "ErrorInfo"}] * 49_000),
        "a detail of many wrong members": detailed([{"type": "ErrorInfo", "metaData": {f"{n:x}": n for n in range(70_000)}}]),
        "a long status": json.dumps({"code": 400, "status": again("S"), "message": "x"}).encode(),
        "other placeholders": said("".join(f"$a{n} " for n in range(120_000))),
        "letters of four bytes": said("\U0001f600" * (MEBIBYTE // 4 - 100)),
        "nothing that can be shown": said("\u202e" * (MEBIBYTE // 3 - 100)),
        "no UTF-8": b"\xff" * MEBIBYTE,
        "passwords": again('"password":"', MEBIBYTE).encode(),
        "a password that never ends": b'"password":"' + b"\\" * (MEBIBYTE - 20),
    }


def judged(given: Exchange) -> tuple[Finding, ...]:
    """Hold an answer against a row."""
    return judge(ROW, given, {**samples(ROW), "aclId": ("01HVALUE0", again("x", MEBIBYTE - 300))}, ["foreign"])


def strayed(given: Exchange) -> tuple[Finding, ...]:
    """Judge an answer that nobody asked for."""
    return judge_stray(given, strict=True).findings


def compared(given: Exchange) -> tuple[Finding, ...]:
    """Compare an answer with an ordinary one and with a row's text."""
    resembles(ROW, given)
    return alike(ORDINARY, given)


def limit() -> None:
    """Give this process `ROOM` and no more. Only Linux keeps to such a limit: elsewhere, time alone tells."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - other systems may have none

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        room = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (room, room))


def main() -> None:
    """Judge everything, within the limit: every answer in one way or two, and in turn in all that there are."""
    for way in (judged, strayed, compared):
        way(ORDINARY)  # loads what is loaded late
    limit()
    for piece in NOTATIONS:
        timed(f"notations of {piece!r}", strayed, answer(said(again(piece))))
    for piece in TRACES.split():
        start, _, rest = piece.replace("_", " ").rpartition("|")
        timed(f"traces of {piece!r}", strayed, answer(said(start + again(rest, SCANNED))))
    for (name, given), other in zip(answers(), itertools.cycle((strayed, compared)), strict=False):
        timed(name, judged, given)
        timed(name, other, given)


def timed(name: str, way: Callable[[Exchange], tuple[Finding, ...]], given: Exchange) -> None:
    """Judge an answer in one way, and say how long it took. Its findings are as many as a person may read."""
    began = time.perf_counter()
    found = way(given)
    assert len(found) <= MOST, name
    sys.stdout.write(f"{time.perf_counter() - began:7.3f} s  {name}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
