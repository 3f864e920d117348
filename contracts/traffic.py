"""What went over the wire, on disk as cases end: a file of each process, one line of JSON a case, without secrets.

In memory it would grow with the run, and home through pytest's own reports it would hold up the workers.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from contracts.envelope import decoded
from contracts.exchange import SECRET_HEADERS, Exchange, Headers, Response, hide_members
from contracts.transport.veil import HIDDEN, Veil

APART = b"\0"
"""What stands between the pieces of an exchange while they are veiled together: that takes a tenth of the time."""


class Traffic:
    """A process's own file of what its cases sent and got; threads share it. `veil` hides what no file may show."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._path = folder / f"{worker}.jsonl"
        self._worker = worker
        self._lock = threading.Lock()
        self._file: IO[str] | None = None

    def add(self, case_id: str, exchanges: Sequence[Exchange], judged: Sequence[Exchange], veil: Veil) -> None:
        """Write down what a case sent and got, in the order in which it was sent. What cannot be written is missing there."""
        marked = {id(exchange) for exchange in judged}
        told = [
            record(one, veil, judged=one is exchange and id(exchange) in marked)
            for exchange in exchanges
            for one in (*exchange.before, exchange)
        ]
        told.sort(key=lambda one: float(one["started"]))
        line = json.dumps({"case": case_id, "worker": self._worker, "exchanges": told}, separators=(",", ":"))
        with self._lock:
            self._file = self._file or self._path.open("a", encoding="ascii")
            self._file.write(line + "\n")

    def close(self) -> None:
        """No case ends any more."""
        if self._file:
            self._file.close()


@dataclass(frozen=True, slots=True)
class Told:
    """What a case sent and got, as `record` has it, and in which process."""

    case: str
    worker: str
    exchanges: Sequence[dict[str, Any]]


def told(folder: Path) -> Iterator[Told]:
    """What all processes wrote down, a case at a time; a case that ran twice comes twice, the last run of a process last."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="ascii") as lines:
            for line in lines:
                if line.endswith("\n"):  # a process that was killed may have left half a line
                    yield Told(**json.loads(line))


def record(exchange: Exchange, veil: Veil, *, judged: bool = False) -> dict[str, Any]:
    """An exchange as JSON members: `operation`, `judged`, `started` and `seconds` (of the epoch, and until the last byte).

    `request` bears `method`, `url`, `scheme` (how it was authorised, in lower case), `own` (the headers, by name, that its call
    asked for), `headers` and `body`; `response` bears `status`, `headers`, `too_large`, `body` and its `encoding`, which is
    `base64` for what is no UTF-8. It is null where none came: then `failure` says why.
    """
    request, response = exchange.request, exchange.response
    scheme = next((value.partition(" ")[0].lower() for name, value in request.headers if name.lower() == "authorization"), "")
    texts = [request.url, exchange.reason, *_flat(request.headers), *_flat(response.headers if response else ())]
    bodies = [request.body, _plain(response) if response else b""]
    told = _veiled([*(text.encode("utf-8", "surrogatepass") for text in texts), *bodies], veil)
    url, reason, *named = (piece.decode("utf-8", "replace") for piece in told[:-2])
    pairs = [[name, value] for name, value in zip(named[::2], named[1::2], strict=True)]
    sent, got = pairs[: len(request.headers)], pairs[len(request.headers) :]
    own = [name.lower() for name in exchange.call.headers]
    return {
        "operation": exchange.call.operation,
        "judged": judged,
        "started": round(exchange.started, 6),
        "seconds": round(exchange.seconds, 6),
        "request": {"method": request.method, "url": url, "scheme": scheme, "own": own, "headers": sent, **_body(told[-2])},
        "response": response and {"status": response.status, "headers": got, "too_large": response.too_large, **_body(told[-1])},
        "failure": "" if response else f"{exchange.failure}: {reason}",
    }


def _flat(headers: Headers) -> Iterator[str]:
    """The names and values of headers in turn, without those that bear credentials."""
    for name, value in headers:
        yield name
        yield HIDDEN if name.lower() in SECRET_HEADERS else value


def _plain(response: Response) -> bytes:
    """The body without its content encoding, within which no secret could be seen; what cannot be decoded is only named."""
    body, lie = decoded(response)
    return f"({len(response.body)} bytes that could not be decoded)".encode() if lie else body


def _veiled(pieces: list[bytes], veil: Veil) -> list[bytes]:
    """The pieces without secrets."""
    together = veil.bytes(APART.join(pieces)).split(APART)
    return together if len(together) == len(pieces) else [veil.bytes(piece) for piece in pieces]


def _body(body: bytes) -> dict[str, str]:
    """A body without the values of password and token members."""
    bare = hide_members(body.decode("latin-1")).encode("latin-1")
    try:
        return {"body": bare.decode("utf-8"), "encoding": ""}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(bare).decode("ascii"), "encoding": "base64"}
