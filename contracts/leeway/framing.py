"""Variants of HTTP itself: the same answers under other versions, framings and ways to write a header.

The sandbox's own server frames answers in one way only; here a `Frame` writes the very bytes, for a server that sends what it is
given.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from contracts.leeway.variant import Service, Tally, Variant
from contracts.sandbox import Request, Response
from contracts.sandbox.asgi import Handler
from contracts.sandbox.serve import HOST, running

SLOW = 40  # one check in so many is enough where each answer takes its time: some send thousands of requests, one after another
Pieces = Iterable[bytes]
HeaderLine = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """How an answer is put on the wire, and whether the connection ends with it."""

    pieces: Callable[[Response], Pieces]
    closes: bool = False


def head(response: Response, *lines: str, version: str = "1.1", reason: str = "Said", line: HeaderLine = "{}: {}".format) -> bytes:
    """The status line and the headers, and the empty line behind them."""
    written = [
        f"HTTP/{version} {response.status} {reason}",
        *(line(name, value) for name, value in response.headers.items()),
        *lines,
    ]
    return "\r\n".join([*written, "", ""]).encode("latin-1")


def length(response: Response) -> list[str]:
    """The header line that says how long the body is; 204 says nothing."""
    return [] if response.status == 204 else [f"Content-Length: {len(response.body)}"]


def sized(
    *lines: str, version: str = "1.1", reason: str = "Said", line: HeaderLine = "{}: {}".format
) -> Callable[[Response], Pieces]:
    """An answer that says its length."""
    return lambda one: [head(one, *length(one), *lines, version=version, reason=reason, line=line) + one.body]


def unsized(*lines: str, version: str) -> Callable[[Response], Pieces]:
    """An answer that ends with its connection."""
    return lambda one: [head(one, *lines, version=version) + one.body]


def chunked(size: int, extension: bytes = b"", trailer: bytes = b"") -> Callable[[Response], Pieces]:
    """An answer in chunks of some size, each with an extension, and with a trailer at the end."""

    def pieces(one: Response) -> Iterator[bytes]:
        if one.status == 204:
            yield head(one)
            return
        chunks = (one.body[start : start + size] for start in range(0, len(one.body), size))
        body = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
        yield head(one, "Transfer-Encoding: chunked") + body + b"0\r\n" + trailer + b"\r\n"

    return pieces


def dripped(one: Response) -> Iterator[bytes]:
    """An answer that comes piece by piece: the head, half of the body, the rest."""
    half = len(one.body) // 2
    for piece in filter(None, (head(one, *length(one)), one.body[:half], one.body[half:])):
        yield piece
        time.sleep(0.003)


def interim(one: Response) -> Iterator[bytes]:
    """Interim answers before the answer itself."""
    yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    yield from sized()(one)


DOUBLED = ("Vary: Accept", "Vary: Origin", "Via: 1.1 edge", "Via: 1.1 core", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Empty:")


def framed(frame: Frame) -> Service:
    """A server of ours that frames answers so."""

    @contextlib.contextmanager
    def service(handler: Handler, tally: Tally) -> Iterator[str]:
        with _Server((HOST, 0), _connection(handler, frame, tally)) as server:
            serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="framing", daemon=True)
            serving.start()
            try:
                yield f"http://{HOST}:{server.server_port}"
            finally:
                server.shutdown()
                serving.join()

    return service


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True
    block_on_close = False


def _connection(handler: Handler, frame: Frame, tally: Tally) -> type[BaseHTTPRequestHandler]:
    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            raw_path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            tally.note()
            for piece in frame.pieces(handler.handle(Request(self.command, raw_path, query, headers, body))):
                self.wfile.write(piece)
            self.close_connection = frame.closes

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - so http.server looks for them

    return Connection


def late(delay_ms: float) -> Service:
    """The sandbox's server, every answer of which is late."""

    @contextlib.contextmanager
    def service(handler: Handler, tally: Tally) -> Iterator[str]:
        with running(handler, delay_ms=delay_ms) as url:
            tally.note()
            yield url

    return service


@dataclass(frozen=True, slots=True)
class _Jitter:
    """A handler that waits before each answer, and longer before some."""

    inner: Handler
    tally: Tally

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self.tally.note()
        time.sleep(random.uniform(0, 0.06) if random.random() < 0.95 else 0.3)  # noqa: S311 - nothing secret
        return self.inner.handle(request)


@contextlib.contextmanager
def jittering(handler: Handler, tally: Tally) -> Iterator[str]:
    """The sandbox's server, whose answers overtake one another."""
    with ThreadPoolExecutor(64, thread_name_prefix="jitter") as threads, running(_Jitter(handler, tally), threads=threads) as url:
        yield url


BRIEF = frozenset(
    {
        "http-1.0-sized",
        "http-1.0-kept",
        "body-until-the-end",
        "reason-other",
        "headers-titled",
        "headers-unspaced",
        "chunked-finely",
    }
)
FRAMES: Mapping[str, tuple[str, Frame]] = {
    "http-1.0": ("HTTP/1.0, and a body that ends with the connection", Frame(unsized(version="1.0"), closes=True)),
    "http-1.0-sized": ("HTTP/1.0 with a length", Frame(sized(version="1.0"), closes=True)),
    "http-1.0-kept": ("HTTP/1.0 that offers to keep the connection", Frame(sized("Connection: keep-alive", version="1.0"))),
    "connection-close": ("every connection ends with its first answer", Frame(sized("Connection: close"), closes=True)),
    "body-until-the-end": ("a body that ends with the connection", Frame(unsized("Connection: close", version="1.1"), closes=True)),
    "chunked": ("bodies come in chunks", Frame(chunked(4096))),
    "chunked-finely": ("chunks of three bytes, with extensions and a trailer", Frame(chunked(3, b";a=b", b"X-Sum: 1\r\n"))),
    "dripped": ("bodies come in pieces, with pauses", Frame(dripped)),
    "interim-answers": ("interim answers come before each answer", Frame(interim)),
    "reason-none": ("the status line has no reason", Frame(sized(reason=""))),
    "reason-other": ("the status line has a reason of its own", Frame(sized(reason="Whatever It May Be (really)"))),
    "headers-in-capitals": ("header names are in capitals", Frame(sized(line=lambda name, value: f"{name.upper()}: {value}"))),
    "headers-titled": ("header names begin with capitals", Frame(sized(line=lambda name, value: f"{name.title()}: {value}"))),
    "headers-unspaced": (
        "header values stand without a blank, or with more",
        Frame(sized(line=lambda name, value: f"{name}:{value} \t")),
    ),
    "headers-doubled": ("harmless headers come twice, and one is empty", Frame(sized(*DOUBLED))),
}


def variants() -> Iterator[Variant]:
    """All of them."""
    for name, (what, frame) in FRAMES.items():
        yield Variant(name, "HTTP", what, service=framed(frame), brief=name in BRIEF, checks=SLOW if frame.pieces is dripped else 1)
    yield Variant("slow", "point 15", "every answer takes 200 ms", service=late(200), threads=200, checks=SLOW)
    yield Variant(
        "jitter",
        "point 15",
        "answers take 0 to 60 ms, a few 300, and overtake one another",
        service=jittering,
        threads=96,
        checks=SLOW,
    )
