"""The lowest floor of the client: HTTP/1.1 connections with a deadline for the whole exchange.

httpx bounds the wait for each piece of an answer and not the whole, so a target that sends a byte every few seconds could hold
a case for ever. Here every read and write of a socket waits no longer than the exchange has time left.
"""

from __future__ import annotations

import contextvars
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

deadline: contextvars.ContextVar[float] = contextvars.ContextVar("deadline", default=float("inf"))
"""When the exchange that this thread is in must have ended, on the clock of time.monotonic."""


class Wire(httpx.BaseTransport):
    """httpx's transport over one connection of httpcore, kept alive. Exceptions of httpcore pass through as they are."""

    def __init__(self, base_url: str, *, tls: ssl.SSLContext | None, direct: bool) -> None:
        limits: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": 1,
            "max_keepalive_connections": 1,
            "keepalive_expiry": 60.0,
            "network_backend": _Backend(),
        }
        proxy = None if direct else proxy_for(base_url)
        self._pool = httpcore.HTTPProxy(proxy, **limits) if proxy else httpcore.ConnectionPool(**limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the response's body is still to be read."""
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream if isinstance(request.stream, Iterable) else None,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address, or None."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return urllib.request.getproxies().get(parts.scheme)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore.SyncBackend):
    """The usual sockets, with what is left of the deadline as their longest wait."""

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any, **more: Any) -> httpcore.NetworkStream:
        return _Bounded(super().connect_tcp(host, port, _left(timeout), *args, **more))


class _Bounded(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float:
    """The shorter of a step's own timeout and what the exchange has left; at least a moment, so that it ends in a timeout."""
    return max(0.001, min(float("inf") if timeout is None else timeout, deadline.get() - time.monotonic(), 3600.0))
