"""The sandbox on a port of this machine: in the foreground, or in a thread beside other code."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from contracts.sandbox.asgi import App, Handler, application

if TYPE_CHECKING:
    import uvicorn

    from contracts.sandbox.core import Sandbox

HOST = "127.0.0.1"
# Longer than any client keeps a connection in its pool, so that none is cut under a request.
KEEP_ALIVE_SECONDS = 120
_BACKLOG = 2048
_START_SECONDS = 10


def bind(port: int = 0) -> socket.socket:
    """A listening socket on the loopback address; port 0 takes any that is free. Raises OSError and OverflowError."""
    # With the protocol named, asyncio sets TCP_NODELAY; without it every request waits some 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


def base_url(bound: socket.socket) -> str:
    """The URL of a socket from `bind`."""
    return f"http://{HOST}:{bound.getsockname()[1]}"


def serve(sandbox: Sandbox, bound: socket.socket, *, delay_ms: float = 0, started: Callable[[Callable[[], None]], None]) -> None:
    """Serve until SIGINT or SIGTERM, quietly; `started` is called once, with a function that ends it."""
    server = _server(application(sandbox, delay_ms))

    def stop(*_: object) -> None:
        server.should_exit = True

    # Uvicorn's own handlers would raise the signal again at the end, and the exit status would not be 0.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    started(stop)
    server.run(sockets=[bound])


@contextlib.contextmanager
def running(handler: Handler, *, delay_ms: float = 0, threads: Executor | None = None, port: int = 0) -> Iterator[str]:
    """A sandbox, or whatever answers like one, served from a thread of its own as long as the context lasts; gives the base URL.

    Requests are handled in `threads` where there are any; else in that one thread, which a handler that waits would hold up. The
    port is any that is free, or else a certain one; raises OSError and OverflowError where that cannot be had.
    """
    with contextlib.closing(bind(port)) as bound:
        server = _server(application(handler, delay_ms, threads))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="sandbox", daemon=True)
        # The socket listens already: whoever connects before the server accepts is kept in the backlog.
        thread.start()
        try:
            yield base_url(bound)
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)


def _server(app: App) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415  # half of the start-up time, and not needed to refuse a bad option

    config = uvicorn.Config(
        app,
        access_log=False,
        http="httptools",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="warning",
        loop="asyncio",
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )
    return uvicorn.Server(config)
