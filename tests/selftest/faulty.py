"""A reverse proxy that fails on purpose: what networks, gateways and token servers do to a client, drawn by a seed.

On this machine alone, in HTTP/1.1 without chunks. A client's connection has a thread and a connection to the target of its own.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import secrets
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum
from http import HTTPStatus
from io import BufferedReader
from urllib.parse import urlsplit

from contracts.exchange import basic

HOST = "127.0.0.1"
THREADS = "faulty"  # the name of every thread of a proxy
TOKEN_REQUEST = b"POST /oauth2/token "
BURST, LATE, JITTERED = (0.1, 0.6), (0.1, 0.3), (0.001, 0.05)  # seconds, as the pause and the slowest answer of a target
PIECES, PAUSE, SLOWEST = 12, 0.02, 10.0
LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,9})")
CLOSES = re.compile(rb"(?im)^connection:.*close")
AUTHORIZATION = re.compile(rb"(?im)^authorization:[ \t]*([^\r\n]*)")
PAGE = "<html>\n<head><title>{0}</title></head>\n<body><center><h1>{0}</h1></center></body>\n</html>\n"
DOWN, ELSEWHERE = "Down for maintenance", "http://maintenance.invalid/"
NAMES = {401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED"}
Clock = Callable[[], float]


class Fault(StrEnum):
    """What can meet a request."""

    LATENCY = "latency"  # the whole answer, late
    JITTER = "jitter"  # the request is passed on sooner or later, so that others overtake it
    RESET_BEFORE = "reset-before"  # the target never saw the request
    RESET_AFTER = "reset-after"  # the target did what it was asked, and its answer is lost
    TRUNCATED = "truncated"  # half a body, or half a head where there is no body; then an end or a reset
    TOO_MANY = "too-many"  # 429, for a while
    UNAVAILABLE = "unavailable"  # 503, 502 or 504, by a gateway's page or as JSON, for a while
    MAINTENANCE = "maintenance"  # 503 and a page that asks for patience, for a while
    PAGE = "page"  # the same under 200, 404 or 500, or a redirect to where it stands, for a while
    SLOW_BODY = "slow-body"  # the head at once, the body piece by piece
    HALF_CLOSED = "half-closed"  # no answer: the sending side is closed, the socket stays; the target may have done it or not
    IDLE_CLOSED = "idle-closed"  # the whole answer, and then an end that no header foretold
    STALLED = "stalled"  # no answer, and no end; the target may have done it or not
    TOKEN_ENDED = "token-ended"  # all tokens issued so far are revoked; met only where there are any


BURSTS = frozenset({Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.MAINTENANCE, Fault.PAGE})
RESETS = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER})
SILENT = frozenset({Fault.HALF_CLOSED, Fault.STALLED})
LAST = frozenset({*RESETS, *SILENT, Fault.TRUNCATED, Fault.IDLE_CLOSED})  # they end their connection


@dataclass(slots=True)
class Faulty:
    """A running proxy: its address, the requests that it read, those for a token among them, and the faults that they met."""

    url: str
    requests: int = 0
    tokens: int = 0
    injected: Counter[Fault] = field(default_factory=Counter)


@contextlib.contextmanager
def faulty(
    upstream: str, seed: int, rates: Mapping[Fault, float], *, key: tuple[str, str] | None = None, clock: Clock = time.monotonic
) -> Iterator[Faulty]:
    """A proxy on a free port, in front of a port of this machine; with a `key` it issues bearer tokens for it as well.

    `rates` are read anew for each request, so that a test may change them on its way. Bursts go on by the `clock`. At the end the
    clients are cut off, and what was passed on to the target is done.
    """
    with socket.create_server((HOST, 0), backlog=128) as listening:
        did = Faulty(f"http://{HOST}:{listening.getsockname()[1]}")
        proxy = _Proxy(urlsplit(upstream).port or 80, _Fate(did, seed, rates, clock, _Tokens(basic(*key) if key else "")))
        accepting = threading.Thread(target=proxy.accept, args=(listening,), name=THREADS, daemon=True)
        accepting.start()
        try:
            yield did
        finally:
            proxy.ended.set()
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            accepting.join(2 * SLOWEST)


@dataclass(frozen=True, slots=True)
class _Message:
    """A request or an answer, as its bytes."""

    head: bytes
    body: bytes = b""


def _read(stream: BufferedReader, asked: _Message | None = None) -> _Message:
    """The next request, or the answer to the one that was asked. Raises EOFError when the other side has gone."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (line := stream.readline()):
            raise EOFError
        head += line
    if asked and (asked.head.startswith(b"HEAD ") or head[9:12] == b"204"):
        return _Message(head)
    length = LENGTH.search(head)
    due = int(length[1]) if length else -1 if asked else 0
    body = stream.read(due)
    if len(body) < due:
        raise EOFError
    return _Message(head, body)


def _said(code: int, content: str | Mapping[str, object], *headers: str) -> _Message:
    """An answer of the proxy's own: a page or JSON."""
    kind, body = ("text/html", content) if isinstance(content, str) else ("application/json", json.dumps(content))
    lines = (f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "")
    return _Message("".join(f"{line}\r\n" for line in lines).encode(), body.encode())


def _error(code: int, message: str, *headers: str) -> _Message:
    return _said(code, {"code": code, "status": NAMES.get(code, "UNAVAILABLE"), "message": message}, *headers)


def _gateway(fault: Fault, chance: random.Random) -> _Message:
    """What a gateway says that lets nothing through."""
    if fault is Fault.PAGE:
        code = chance.choice((200, 302, 404, 500))
        return _said(code, PAGE.format(DOWN), *((f"Location: {ELSEWHERE}",) if code == 302 else ()))
    after = "Retry-After: " + chance.choice(("0", "1", formatdate(time.time() + 1, usegmt=True)))
    if fault is Fault.TOO_MANY:
        return _error(429, "Too many requests.", after)
    headers = (after,) if chance.random() < 0.7 else ()
    code = 503 if fault is Fault.MAINTENANCE else chance.choice((503, 503, 502, 504))
    if fault is Fault.UNAVAILABLE and chance.random() < 0.5:
        return _error(code, "The service is not available.", *headers)
    title = DOWN if fault is Fault.MAINTENANCE else f"{code} {HTTPStatus(code).phrase}"
    return _said(code, PAGE.format(title), *headers)


_Met = tuple[Fault | None, random.Random, _Message | None]
"""What a request meets: a fault or none, what is left to chance in it, and the answer where a gateway gives it."""


class _Tokens:
    """The OAuth2 side, where there is a key. Tokens that are revoked together are of one generation."""

    def __init__(self, authorization: str) -> None:
        self._key = authorization.encode()
        self._issued: dict[bytes, int] = {}
        self._generation = 0

    def end(self) -> bool:
        """Revoke all that were issued so far; whether any of them held until now."""
        held = self._generation in self._issued.values()
        self._generation += held
        return held

    def answer(self, request: _Message, ask: Callable[[_Message], _Message]) -> _Message:
        """Give a token, refuse one that has ended, or ask the target, with the key in the place of a token that holds."""
        found = AUTHORIZATION.search(request.head)
        given = found[1] if found else b""
        if self._key and request.head.startswith(TOKEN_REQUEST):
            if given != self._key or b"grant_type=client_credentials" not in request.body.split(b"&"):
                return _error(401, "The key or the grant is not valid.")
            token = secrets.token_urlsafe(24)
            self._issued[token.encode()] = self._generation
            return _said(200, {"access_token": token, "expires_in": 3600, "token_type": "bearer"})
        generation = self._issued.get(given[7:]) if given[:7].lower() == b"bearer " else None
        if not found or generation is None:
            return ask(request)
        if generation != self._generation:
            return _error(401, "The token expired.", 'WWW-Authenticate: Bearer error="invalid_token", error_description="expired"')
        return ask(_Message(request.head[: found.start(1)] + self._key + request.head[found.end(1) :], request.body))


@dataclass(slots=True)
class _Fate:
    """What the n-th request meets, by the seed; a burst that has begun meets all requests until it is over."""

    did: Faulty
    seed: int
    rates: Mapping[Fault, float]
    clock: Clock
    tokens: _Tokens
    burst: _Met | None = None
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, request: _Message) -> _Met:
        with self.lock:
            met = self.burst if self.burst and self.clock() < self.until else self._drawn(self.did.requests + 1)
            if met[0] and (met[0] is not Fault.TOKEN_ENDED or self.tokens.end()):
                self.did.injected[met[0]] += 1
            self.did.tokens += request.head.startswith(TOKEN_REQUEST)
            self.did.requests += 1
            return met

    def _drawn(self, number: int) -> _Met:
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311 - no secret
        weights = [self.rates.get(fault, 0.0) for fault in Fault]
        fault = chance.choices([*Fault, None], [*weights, max(0.0, 1 - sum(weights))])[0]
        if fault not in BURSTS:
            return fault, chance, None
        self.burst, self.until = (fault, chance, _gateway(fault, chance)), self.clock() + chance.uniform(*BURST)
        return self.burst


class _Proxy:
    """The connections, and what becomes of the requests on them."""

    def __init__(self, port: int, fate: _Fate) -> None:
        self.ended = threading.Event()
        self._port, self._fate = port, fate
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def accept(self, listening: socket.socket) -> None:
        """Take connections until it ends; then end all of them."""
        threads: list[threading.Thread] = []
        while not self.ended.is_set():
            with contextlib.suppress(OSError):
                client, _ = listening.accept()
                threads = [thread for thread in threads if thread.is_alive()]
                threads.append(threading.Thread(target=self._talk, args=(client,), name=THREADS, daemon=True))
                threads[-1].start()
        with self._lock:
            for client in self._open:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(SLOWEST)

    def _talk(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError, EOFError),
            self._kept(client) as requests,
            socket.create_connection((HOST, self._port), SLOWEST) as target,
            target.makefile("rb") as answers,
        ):
            target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def ask(request: _Message) -> _Message:
                target.sendall(request.head + request.body)
                return _read(answers, request)

            while self._served(client, _read(requests), ask):
                pass

    @contextlib.contextmanager
    def _kept(self, client: socket.socket) -> Iterator[BufferedReader]:
        """What comes from a client, until it goes away or the proxy ends."""
        with client, client.makefile("rb") as stream:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if self.ended.is_set():
                    raise EOFError
                self._open.add(client)
            try:
                yield stream
            finally:
                with self._lock:
                    self._open.remove(client)

    def _served(self, client: socket.socket, request: _Message, ask: Callable[[_Message], _Message]) -> bool:
        """Answer one request, or leave it; whether the connection goes on."""
        fault, chance, told = self._fate.of(request)
        if fault is Fault.JITTER:
            self.ended.wait(chance.uniform(*JITTERED))
        unasked = fault is Fault.RESET_BEFORE or (fault in SILENT and chance.random() < 0.5)
        answer = told or (_Message(b"") if unasked else self._fate.tokens.answer(request, ask))
        self._give(client, answer, fault, chance)
        return not (fault in LAST or CLOSES.search(request.head) or CLOSES.search(answer.head))

    def _give(self, client: socket.socket, answer: _Message, fault: Fault | None, chance: random.Random) -> None:
        """Give the client as much of the answer as the fault leaves, and in its way."""
        begun, rest = (answer.head, answer.body) if answer.body else (b"", answer.head)
        if fault is Fault.SLOW_BODY:
            client.sendall(begun)
            for start in range(0, len(rest), size := -(-len(rest) // PIECES)):
                self.ended.wait(PAUSE)
                client.sendall(rest[start : start + size])
        elif fault is Fault.TRUNCATED:
            client.sendall(begun + rest[: len(rest) // 2])
        elif fault in SILENT:
            if fault is Fault.HALF_CLOSED:
                client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        elif fault not in RESETS:
            self.ended.wait(chance.uniform(*LATE) if fault is Fault.LATENCY else 0)
            client.sendall(answer.head + answer.body)
        if fault in RESETS or (fault is Fault.TRUNCATED and chance.random() < 0.5):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
