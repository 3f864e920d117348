"""The client: sends calls, hands back exchanges. No answer, and no lack of one, raises anything here."""

from __future__ import annotations

import functools
import json
import ssl
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

import certifi
import httpcore
import httpx

from contracts import __version__
from contracts.blame import Inconclusive, NotExercised
from contracts.call import Body, Call
from contracts.envelope import LARGEST
from contracts.exchange import Exchange, Failure, Request, Response, basic
from contracts.operation import operations
from contracts.target import Target
from contracts.wire import Wire, deadline

RENEW_AHEAD = 60.0  # seconds before its end at which a token is renewed
AGENT = f"trunking-error-contracts/{__version__}"
BLAME: tuple[tuple[type[Exception], Failure], ...] = (
    (httpcore.TimeoutException, Failure.TIMEOUT),
    (httpcore.ConnectError, Failure.UNREACHABLE),
    (httpcore.RemoteProtocolError, Failure.INCOMPLETE),
    (httpcore.NetworkError, Failure.INCOMPLETE),
    (httpcore.ProxyError, Failure.UNREACHABLE),
)


class Client:
    """All operations of the API on one target. Threads share it, and each has a connection of its own that it uses again.

    One pool of connections for all would be searched whole, under one lock, for each request.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.proven = False  # whether any request succeeded: until then a 401 or 403 says nothing of the API (behaviour.md)
        self._local = threading.local()
        self._open: list[httpx.Client] = []
        self._token = _Token(target, self._own)

    def send(self, call: Call) -> Exchange:
        """Send one call and read its answer, at most 1 MiB of it. Redirects are not followed.

        Raises NotExercised for an operation that the target's profile withdraws; nothing is sent then. Raises Inconclusive when
        no token is to be had.
        """
        return self._send(call, self._own())

    def send_alone(self, call: Call, ready: Callable[[], object]) -> Exchange:
        """Send one call over a connection of its own, after `ready` returns: a contestant of a race."""
        with self._connection() as http:
            return self._send(call, http, ready)

    def close(self) -> None:
        """Close every connection. To be called when no thread sends any more."""
        for http in self._open:
            http.close()

    def _own(self) -> httpx.Client:
        """The connection of this thread."""
        if not hasattr(self._local, "http"):
            self._local.http = self._connection()
            self._open.append(self._local.http)
        http: httpx.Client = self._local.http
        return http

    def _connection(self) -> httpx.Client:
        wire = Wire(self.target.base_url, tls=_tls(), direct=self.target.loopback)
        timeouts = self.target.timeouts
        limits = httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=timeouts.total)
        return httpx.Client(transport=wire, timeout=limits, trust_env=False, follow_redirects=False)

    def _send(self, call: Call, http: httpx.Client, ready: Callable[[], object] = lambda: None) -> Exchange:
        call = call.under(self.target.project)
        request = http.build_request(*self._line(call), headers=self._headers(call), content=_content(call))
        kept = Request(request.method, str(request.url), tuple(request.headers.items()), request.content)
        ready()
        started, clock = time.time(), time.monotonic()
        deadline.set(clock + self.target.timeouts.total)
        try:
            response, failure, reason = _exchange(http, request), None, ""
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError) as e:
            response, (failure, reason) = None, _blame(e)
        self.proven = self.proven or (response is not None and 200 <= response.status < 300)
        return Exchange(call, kept, response, failure, reason, started, time.monotonic() - clock)

    def _line(self, call: Call) -> tuple[str, str]:
        offered = self.target.offers(operations()[call.operation])
        if offered is None:
            raise NotExercised(f"the target offers no {call.operation}")
        method, path = offered
        for name, value in call.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in call.query)
        return method, f"{self.target.base_url}{path}{'?' if query else ''}{query}"

    def _headers(self, call: Call) -> dict[str, str]:
        own = {
            "accept": "application/json, */*;q=0.5",
            "accept-encoding": "identity",
            "user-agent": AGENT,
            "authorization": self._token.authorization(),
        }
        if call.body is not Body.NONE:
            own["content-type"] = "application/json"
        return {**own, **call.headers}


class _Token:
    """The Authorization header: Basic, or a bearer token that threads share and that is renewed before it ends."""

    def __init__(self, target: Target, http: Callable[[], httpx.Client]) -> None:
        self._target = target
        self._http = http
        self._lock = threading.Lock()
        self._value = basic(target.key_id, target.key_secret) if target.auth.kind == "basic" else ""
        self._ends = float("inf") if self._value else 0.0

    def authorization(self) -> str:
        """The header's value. Raises Inconclusive when the token endpoint gives no token."""
        with self._lock:
            if time.monotonic() > self._ends - RENEW_AHEAD:
                self._renew()
            return self._value

    def _renew(self) -> None:
        url = self._target.auth.token_url or f"{self._target.base_url}/oauth2/token"
        sent = time.monotonic()
        deadline.set(sent + self._target.timeouts.total)
        headers = {"authorization": basic(self._target.key_id, self._target.key_secret), "user-agent": AGENT}
        http = self._http()
        request = http.build_request("POST", url, data={"grant_type": "client_credentials"}, headers=headers)
        try:
            response = _exchange(http, request)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError) as e:
            raise Inconclusive(f"no token from {url}: {_blame(e)[1]}") from None
        try:
            facts = json.loads(response.body)
            value, lifetime = f"Bearer {facts['access_token']}", float(facts.get("expires_in", 3600))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            hint = "check SINCH_KEY_ID and SINCH_KEY_SECRET" if response.status in {400, 401, 403} else "no access_token came"
            raise Inconclusive(f"no token from {url}: HTTP {response.status}; {hint}") from None
        self._value = value
        # A token that lives shorter than the margin is still used for half its life.
        self._ends = sent + max(lifetime, lifetime / 2 + RENEW_AHEAD)


def _exchange(http: httpx.Client, request: httpx.Request) -> Response:
    response = http.send(request, stream=True)
    try:
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > LARGEST:
                break
    finally:
        response.close()
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
    return Response(response.status_code, headers, bytes(body[:LARGEST]), too_large=len(body) > LARGEST)


def _blame(error: Exception) -> tuple[Failure, str]:
    """What kind of failure an exception is, and its reason in words that name no secret."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS, str(cause)
        cause = cause.__cause__ or cause.__context__
    kind = next((failure for exception, failure in BLAME if isinstance(error, exception)), Failure.BROKEN)
    return kind, str(error) or type(error).__name__


def _content(call: Call) -> bytes | None:
    if call.body is Body.NONE:
        return None
    return call.body if isinstance(call.body, bytes) else json.dumps(call.body, ensure_ascii=False).encode()


@functools.cache
def _tls() -> ssl.SSLContext:
    """One TLS context for all connections: to load the certificate bundle costs 18 ms."""
    return ssl.create_default_context(cafile=certifi.where())
