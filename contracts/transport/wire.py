"""The lowest floor of the client: connections with a deadline for the whole exchange, by HTTP/2 where a target speaks it.

httpcore bounds the wait for each piece of an answer and not the whole, so a target that sends a byte every few seconds could
hold a case for ever. Here every read and write of a socket waits no longer than the exchange has time left, and none begins when
it has none left: a flood of interim answers never has to be waited for.
"""

from __future__ import annotations

import contextvars
import logging
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from contracts.blame import Mistake
from contracts.transport.guard import Guard, is_loopback

for _talkative in ("httpcore", "hpack"):  # they log headers, which may bear secrets, wherever logs are shown or written
    logging.getLogger(_talkative).setLevel(logging.WARNING)

deadline: contextvars.ContextVar[float] = contextvars.ContextVar("deadline", default=float("inf"))
"""When the exchange that this thread is in must have ended, on the clock of time.monotonic."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What the other end of a connection spoke: the version of HTTP, and of TLS where there is any.

    `until` is when its certificate ends, in seconds since the epoch.
    """

    http: str = ""
    tls: str = ""
    until: float | None = None


class Wire:
    """Carries httpx's requests over one connection of httpcore, kept alive. Exceptions of httpcore pass through as they are.

    httpx's own client is left out: it would keep cookies, and look into redirects that nobody follows. Nothing leaves that the
    guard forbids, neither by its address nor by where the connection goes; Forbidden is raised then.
    """

    def __init__(self, base_url: str, *, tls: ssl.SSLContext | None, guard: Guard) -> None:
        self._guard = guard
        self._met: Mapping[str, Any] = {}
        proxy = proxy_for(base_url)
        limits: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": 1,
            "max_keepalive_connections": 1,
            "keepalive_expiry": 60.0,
            "http2": True,
            "network_backend": _Backend(guard, proxy.url.host.decode() if proxy else None),
            "proxy": proxy,
        }
        self._pool = httpcore.ConnectionPool(**limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the response's body is still to be read."""
        url = request.url
        self._guard.check(request.method, str(url), url.host)
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream if isinstance(request.stream, Iterable) else None,
            extensions=request.extensions,
        )
        try:
            answer = self._pool.handle_request(sent)
        except ValueError as e:  # a status by HTTP/2 may be no number, which httpcore takes for one
            self._pool.close()
            raise httpcore.RemoteProtocolError(f"an answer that is none: {e}") from e
        self._met = answer.extensions
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer, self._pool), extensions=answer.extensions
        )

    def peer(self) -> Peer:
        """Who gave the last answer; without any, nothing is known."""
        stream = self._met.get("network_stream")
        http = self._met.get("http_version", b"").decode("ascii", "replace")
        told = (stream.get_extra_info(name) for name in ("socket", "ssl_object") if stream)  # within a proxy's TLS it is no socket
        session = next((one for one in told if isinstance(one, (ssl.SSLObject, ssl.SSLSocket))), None)
        if session is None:
            return Peer(http)
        ends = (session.getpeercert() or {}).get("notAfter")
        return Peer(http, session.version() or "", ssl.cert_time_to_seconds(ends) if isinstance(ends, str) else None)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def proxy_for(url: str) -> httpcore.Proxy | None:
    """The proxy that the environment names for an address, with its credentials; None where that is this machine, or none is named.

    Raises Mistake for one that is no HTTP address.
    """
    parts = urlsplit(url)
    if is_loopback(parts.hostname or "") or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    named = urllib.request.getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy:
        return None
    try:
        told = httpx.URL(proxy if "://" in proxy else f"http://{proxy}")
    except httpx.InvalidURL:
        told = httpx.URL("")
    if told.scheme not in {"http", "https"} or not told.host:
        shown = proxy.rpartition("@")[2]
        raise Mistake(f"the environment's proxy for {parts.scheme} is no HTTP address ({shown!r}): write it like http://proxy:3128")
    address = httpcore.URL(scheme=told.raw_scheme, host=told.raw_host, port=told.port, target=b"/")
    return httpcore.Proxy(address, auth=(told.username.encode(), told.password.encode()) if told.userinfo else None)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._answer = answer
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        overlong = _overlong(self._answer.stream)
        self._answer.close()
        if overlong:
            self._pool.close()


def _overlong(stream: Any) -> bool:
    """Whether bytes came behind the end of an answer. httpcore would take them for the beginning of the next one."""
    while hasattr(stream, "_stream"):
        stream = stream._stream  # noqa: SLF001 - httpcore has no public way to ask
    state = getattr(getattr(stream, "_connection", None), "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


class _Backend(httpcore.SyncBackend):
    """The usual sockets to hosts that the guard knows and to the proxy; what is left of the deadline is their longest wait."""

    def __init__(self, guard: Guard, proxy: str | None) -> None:
        super().__init__()
        self._guard = guard
        self._proxy = proxy

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *args: Any, **more: Any) -> httpcore.NetworkStream:
        if host != self._proxy:
            self._guard.check_connection(host)
        return _Bounded(super().connect_tcp(host, port, _left(timeout, httpcore.ConnectTimeout), *args, **more))


class _Bounded(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
    """The shorter of a step's own timeout and what the exchange has left. Raises `late` when it has nothing left."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise late("the exchange was not over in time")
    return min(float("inf") if timeout is None else timeout, left, 3600.0)
