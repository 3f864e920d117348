"""What went over the wire, on disk as cases end: a file of each process, one line of JSON a case, without secrets.

In memory it would grow with the run, and home through pytest's own reports it would hold up the workers.
"""

from __future__ import annotations

import base64
import contextlib
import heapq
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from contracts.envelope import GZIP_MAGIC, decoded
from contracts.exchange import SECRET_HEADERS, Exchange, Headers, Response, hide_members
from contracts.transport.veil import HIDDEN, Veil

APART = "\0"
"""What stands between the pieces of an exchange while they are veiled together: that takes a tenth of the time."""
LONGEST = 256 * 1024  # characters of a body that are kept: what a target floods us with is not to fill the disk
SCHEMES = frozenset({"basic", "bearer"})
HEAD = re.compile(rb'\{"started":([0-9.]+),"case":("(?:[^"\\]|\\.)*")')
"""How a line begins: enough to know whose it is and when it began, without reading it all."""


class Traffic:
    """A process's own file of what its cases sent and got; threads share it. `veil` hides what no file may show.

    Where it cannot be written, nothing more is: a run shall not lose its verdicts for want of a disk.
    """

    def __init__(self, folder: Path, worker: str) -> None:
        self._path = folder / f"{worker}.jsonl"
        self._worker = worker
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._given_up = False

    def add(self, case_id: str, exchanges: Sequence[Exchange], judged: Sequence[Exchange], veil: Veil) -> None:
        """Write down what a case sent and got, in the order in which it was sent. What cannot be written is missing there."""
        marked = {id(exchange) for exchange in judged}
        told = [
            record(one, veil, judged=id(one) in marked, probe=one is not exchange)
            for exchange in _as_sent(exchanges)
            for one in (*exchange.before, exchange)
        ]
        if not told:
            return
        line = _ENCODE({"started": told[0]["started"], "case": case_id, "worker": self._worker, "exchanges": told}) + "\n"
        with self._lock:
            self._write(line.encode("ascii"))

    def bring(self, lines: Sequence[str]) -> None:
        """Write down what a process on another machine has `taken` along."""
        with self._lock:
            for line in lines:
                self._write(line.encode("ascii"))

    def close(self) -> None:
        """No case ends any more."""
        if self._file:
            with contextlib.suppress(OSError):  # what of the last line could not be written before
                self._file.close()

    def _write(self, line: bytes) -> None:
        """Write a line whole, so that what a process leaves that is killed ends with at most half a one."""
        if self._given_up:
            return
        try:
            self._file = self._file or self._path.open("ab")
            self._file.write(line)
            self._file.flush()
        except OSError:
            self._given_up = True  # behind half a line no other could be read


class Carried(Traffic):
    """The same in a process on another machine than the run's folder: the lines wait in memory until they are `taken` there."""

    def __init__(self, worker: str) -> None:
        super().__init__(Path(), worker)
        self._lines: list[str] = []

    def taken(self) -> list[str]:
        """All that was written down since the last time."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def _write(self, line: bytes) -> None:
        self._lines.append(line.decode("ascii"))


@dataclass(frozen=True, slots=True)
class Told:
    """What a case sent and got, or a piece of that, as `record` has it; when that began, and in which process."""

    started: float
    case: str
    worker: str
    exchanges: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a line stands, in the order of time."""

    started: float
    path: Path
    offset: int
    case: str

    def read(self) -> Told:
        """The line."""
        with self.path.open("rb") as lines:
            lines.seek(self.offset)
            return Told(**json.loads(lines.readline()))


def told(folder: Path) -> Iterator[Told]:
    """What all processes wrote down: a long case in several pieces, and anew from another process where the first one died."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):  # a process that was killed may have left half a line
                    yield Told(**json.loads(line))


def places(folder: Path) -> Iterator[Place]:
    """Where the lines of all processes stand, without what is in them."""
    for path in sorted(folder.glob("*.jsonl")):
        offset = 0
        with path.open("rb") as lines:
            for line in lines:
                head = HEAD.match(line)
                if head and line.endswith(b"\n"):
                    yield Place(float(head[1]), path, offset, json.loads(head[2]))
                offset += len(line)


def in_order(folder: Path) -> Iterator[tuple[Told, dict[str, Any]]]:
    """Every exchange with the line that it stands in, in the order in which they were sent.

    A line is read when its first exchange is due, so that no more are in memory than cases ran at once.
    """
    under_way: list[tuple[float, int, int, Told]] = []
    for number, place in enumerate(sorted(places(folder))):
        yield from _until(place.started, under_way)
        heapq.heappush(under_way, (place.started, number, 0, place.read()))
    yield from _until(float("inf"), under_way)


def missing(folder: Path, requests: Mapping[str, int]) -> list[str]:
    """The cases that sent `requests`, and of which no line tells."""
    known = {place.case for place in places(folder)}
    return [case for case, count in requests.items() if count and case not in known]


def record(exchange: Exchange, veil: Veil, *, judged: bool = False, probe: bool = False) -> dict[str, Any]:
    """An exchange as JSON members: `operation`, `judged`, `started` and `seconds` (of the epoch, and until the last byte).

    `probe` says that no case asked for it: the client sent it to learn what an answer was worth, or with a token that had ended.
    What `raced` was sent at one instant with its neighbours.
    `request` bears `method`, `url`, `scheme` (how it was authorised, in lower case), `own` (the headers, by name, that its call
    asked for), `headers` and `body`; `response` bears `status`, `version`, `headers`, `too_large` and `body`. It is null where none
    came: then `failure` says why. A body has its `encoding`, which is `base64` for what is no UTF-8, and its `size` in bytes; it is
    `cut` where it was longer than anybody reads.
    """
    request, response = exchange.request, exchange.response
    plain = _plain(response) if response else b""
    texts = [request.url, exchange.reason, *_flat(request.headers), *_flat(response.headers if response else ())]
    (url, reason, *named), sent_body, got_body = _veiled(texts, request.body, plain, veil)
    pairs = [[name, value] for name, value in zip(named[::2], named[1::2], strict=True)]
    own = {name.lower() for name in exchange.call.headers}
    sent: dict[str, Any] = {
        "method": request.method,
        "url": url,
        "scheme": _scheme(request.headers),
        "own": [name.lower() for (name, _), (as_sent, _) in zip(pairs, request.headers, strict=False) if as_sent.lower() in own],
        "headers": pairs[: len(request.headers)],
        **_body(sent_body, len(request.body)),
    }
    return {
        "operation": exchange.call.operation,
        "judged": judged,
        "probe": probe,
        "raced": exchange.raced,
        "started": round(exchange.started, 6),
        "seconds": round(exchange.seconds, 6),
        "request": sent,
        "response": response
        and {
            "status": response.status,
            "version": response.version,
            "headers": pairs[len(request.headers) :],
            "too_large": response.too_large,
            **_body(got_body, len(plain)),
        },
        "failure": "" if response else f"{exchange.failure}: {reason}",
    }


def _as_sent(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """Exchanges in the order in which they were sent. Only of what raced a clock must tell that, and clocks may be set back."""
    for raced, group in groupby(exchanges, key=lambda exchange: exchange.raced):
        neighbours = list(group)
        yield from sorted(neighbours, key=lambda exchange: exchange.started) if raced else neighbours


_ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _until(end: float, under_way: list[tuple[float, int, int, Told]]) -> Iterator[tuple[Told, dict[str, Any]]]:
    """The exchanges of the lines that are under way, the oldest first, as long as they began before an end."""
    while under_way and under_way[0][0] < end:
        _, number, at, line = under_way[0]
        yield line, line.exchanges[at]
        if at + 1 < len(line.exchanges):
            heapq.heapreplace(under_way, (line.exchanges[at + 1]["started"], number, at + 1, line))
        else:
            heapq.heappop(under_way)


def _scheme(headers: Headers) -> str:
    """How a request was authorised; what is no known way is not told, for it may be the secret itself."""
    told = next((value.partition(" ")[0].lower() for name, value in headers if name.lower() == "authorization"), "")
    return told if told in SCHEMES else "unknown" if told else ""


def _flat(headers: Headers) -> list[str]:
    """The names and values of headers in turn, without those that bear credentials."""
    return [piece for name, value in headers for piece in (name, HIDDEN if name.lower() in SECRET_HEADERS else value)]


def _plain(response: Response) -> bytes:
    """The body without its content encoding, within which no secret could be seen; what cannot be decoded is only named."""
    body, lie = decoded(response)
    coded = response.too_large and (response.header("content-encoding") or "identity") != "identity"
    if lie or coded or body.startswith(GZIP_MAGIC):  # no header may have told, or it was cut off
        return f"({len(response.body)} bytes that could not be decoded)".encode()
    return body


def _veiled(texts: list[str], sent: bytes, got: bytes, veil: Veil) -> tuple[list[str], bytes, bytes]:
    """The texts and both bodies without secrets."""
    head, apart = APART.join(texts).encode("utf-8", "surrogatepass"), APART.encode()
    together = veil.bytes(apart.join((head, sent, got))).split(apart)
    if len(together) == len(texts) + 2:  # nobody's text bears what stands between them
        return apart.join(together[:-2]).decode("utf-8", "replace").split(APART), together[-2], together[-1]
    each = (veil.bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace") for text in texts)
    return list(each), veil.bytes(sent), veil.bytes(got)


def _body(body: bytes, size: int) -> dict[str, Any]:
    """A body of that size without the values of password and token members."""
    try:
        text, encoding = hide_members(body.decode("utf-8")), ""
    except UnicodeDecodeError:
        bare = hide_members(body.decode("latin-1")).encode("latin-1")
        text, encoding = base64.b64encode(bare[: LONGEST // 4 * 3]).decode("ascii"), "base64"
        return {"body": text, "encoding": encoding, "size": size, "cut": len(bare) > LONGEST // 4 * 3}
    return {"body": text[:LONGEST], "encoding": encoding, "size": size, "cut": len(text) > LONGEST}
