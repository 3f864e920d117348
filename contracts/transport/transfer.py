"""One request and its answer over a wire: what came, or what failed and whose fault that was."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING, Any

import certifi
import httpcore

from contracts import __version__
from contracts.envelope import LARGEST
from contracts.exchange import Failure, Response
from contracts.target import Timeouts
from contracts.transport.veil import Veil
from contracts.transport.wire import Wire

if TYPE_CHECKING:
    import httpx

AGENT = f"trunking-error-contracts/{__version__}"
CUT = ("Server disconnected", "peer closed connection")  # how httpcore and h11 begin when a connection ended too early
BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError)
BLAME: tuple[tuple[type[Exception], Failure], ...] = (
    (httpcore.TimeoutException, Failure.TIMEOUT),
    (httpcore.ConnectError, Failure.UNREACHABLE),
    (httpcore.NetworkError, Failure.INCOMPLETE),
    (httpcore.ProxyError, Failure.UNREACHABLE),
)


def limits(timeouts: Timeouts) -> dict[str, Any]:
    """Timeouts as httpcore reads them from a request."""
    named = {"connect": timeouts.connect, "read": timeouts.read, "write": timeouts.read, "pool": timeouts.total}
    return {"timeout": named}


END = 16 * 1024
"""Bytes at the end of a body that was cut which nobody gets to see: a secret, however it is written, is seldom longer."""


def exchanged(wire: Wire, request: httpx.Request, veil: Veil) -> Response:
    """The answer to a request, at most 1 MiB of its body, without what the veil hides. Raises what stands in `BROKEN`."""
    response = wire.handle_request(request)
    try:
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > LARGEST:
                break
    finally:
        response.close()
    headers = tuple((name.decode("latin-1"), veil.bytes(value).decode("latin-1")) for name, value in response.headers.raw)
    shown, too_large = veil.bytes(bytes(body[:LARGEST])), len(body) > LARGEST
    if too_large:
        shown = shown[:-END]  # it may hold the beginning of what the veil could only have known by its end
    return Response(response.status_code, headers, shown, too_large=too_large, version=response.http_version)


def blame(error: Exception) -> tuple[Failure, str]:
    """What kind of failure an exception is, and its reason in words that name no secret."""
    cause: BaseException | None = error
    begun = isinstance(error, (httpcore.ReadError, httpcore.WriteError))  # the connection stood, and something was sent
    while cause is not None and not begun:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS, str(cause)
        cause = cause.__cause__ or cause.__context__
    reason = str(error) or type(error).__name__
    if isinstance(error, httpcore.RemoteProtocolError) and reason.startswith(CUT):
        return Failure.INCOMPLETE, reason
    return next((failure for exception, failure in BLAME if isinstance(error, exception)), Failure.BROKEN), reason


@functools.cache
def tls(ca_bundle: str | None) -> ssl.SSLContext:
    """One TLS context for all connections: to load the certificates costs 18 ms. Those of a profile are trusted as well."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_bundle:
        context.load_verify_locations(cafile=ca_bundle)
    return context
