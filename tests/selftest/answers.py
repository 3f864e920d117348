"""A server that answers anything: scripted bytes for each request, cut, dripped, stalled or reset as a test asks."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from contracts.client import Client
from contracts.target import Target, Timeouts

PROJECT = "project-of-the-test"
KEY = ("key-id-of-the-test", "key-secret-of-the-test")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Do(Enum):
    """What a script can do beside sending bytes."""

    CLOSE = "end the connection in order"
    RESET = "end the connection with a reset"
    STALL = "send nothing more until the client gives up"


@dataclass(frozen=True, slots=True)
class Drip:
    """Bytes sent piece by piece, again and again where `forever`, until the client gives up."""

    data: bytes
    size: int = 1
    every: float = 0.01
    forever: bool = False


Step = bytes | Do | Drip
Script = Callable[[bytes], Sequence[Step]]
"""Request in, whole; steps out."""


@dataclass(slots=True)
class Server:
    """A running server: its address, and the requests that it got."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def answering(
    script: Script | Sequence[Step] | bytes, *, greeting: Sequence[Step] = (), host: str = "127.0.0.1"
) -> Iterator[Server]:
    """A server on a free port of this machine. `greeting` is done before any request is read."""
    if isinstance(script, bytes):
        script = (script,)
    chosen = script if callable(script) else _always(script)
    family, shown = (socket.AF_INET6, f"[{host}]") if ":" in host else (socket.AF_INET, host)
    with socket.create_server((host, 0), family=family, backlog=128) as listening:
        server = Server(f"http://{shown}:{listening.getsockname()[1]}")
        accepting = threading.Thread(target=_accept, args=(listening, server, chosen, tuple(greeting)), daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.ended.set()
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            accepting.join(5)


def closed_port() -> str:
    """An address on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"http://127.0.0.1:{gone.getsockname()[1]}"


def answer(status: int = 200, body: Any = b"{}", *headers: str, length: int | None = None) -> bytes:
    """One whole HTTP answer; a body that is no bytes is sent as JSON, a `length` announces another one than there is."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Content-Type: application/json"]).encode("latin-1") + b"\r\n\r\n" + content


def chunked(*pieces: bytes, end: bool = True, status: int = 200) -> bytes:
    """An answer in chunks, without its end if so asked."""
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if end else b"")


def target(url: str, **members: Any) -> Target:
    """A target at an address, with short timeouts."""
    facts: dict[str, Any] = {"timeouts": Timeouts(connect=2.0, read=2.0, total=4.0, patience=0.2), **members}
    return Target("test", url, PROJECT, *KEY, **facts)


@contextlib.contextmanager
def connected(url: str, **members: Any) -> Iterator[Client]:
    """A client of such a target; its connections are closed at the end."""
    with contextlib.closing(Client(target(url, **members))) as client:
        yield client


@contextlib.contextmanager
def talking(script: Script | Sequence[Step] | bytes, **members: Any) -> Iterator[tuple[Client, Server]]:
    """A server, and a client that talks to it."""
    with answering(script) as server, connected(server.url, **members) as client:
        yield client, server


def _always(steps: Sequence[Step]) -> Script:
    return lambda _: steps


def _accept(listening: socket.socket, server: Server, script: Script, greeting: Sequence[Step]) -> None:
    with contextlib.suppress(OSError):
        while not server.ended.is_set():
            connection, _ = listening.accept()
            server.connections += 1
            threading.Thread(target=_talk, args=(connection, server, script, greeting), daemon=True).start()


def _talk(connection: socket.socket, server: Server, script: Script, greeting: Sequence[Step]) -> None:
    # Whoever asks for long enough is let go: a broken test shall end.
    connection.settimeout(20)
    with connection, contextlib.suppress(OSError):
        if not all(_done(connection, server, step) for step in greeting):
            return
        while request := _request(connection):
            server.requests.append(request)
            if not all(_done(connection, server, step) for step in script(request)):
                return


def _request(connection: socket.socket) -> bytes:
    """One whole request; nothing when the client has gone."""
    read = b""
    while b"\r\n\r\n" not in read:
        if not (piece := connection.recv(65536)):
            return b""
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    due = int(found[1]) if (found := LENGTH.search(head)) else 0
    while len(body) < due and (piece := connection.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + body


def _done(connection: socket.socket, server: Server, step: Step) -> bool:
    """Do a step; whether the connection goes on."""
    if isinstance(step, bytes):
        connection.sendall(step)
        return True
    if isinstance(step, Drip):
        return _dripped(connection, server, step)
    if step is Do.STALL:
        connection.recv(1)
    elif step is Do.RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _dripped(connection: socket.socket, server: Server, drip: Drip) -> bool:
    while True:
        for start in range(0, len(drip.data), drip.size):
            connection.sendall(drip.data[start : start + drip.size])
            if server.ended.wait(drip.every):
                return False
        if not drip.forever:
            return True
