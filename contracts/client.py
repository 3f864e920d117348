"""The client: sends calls, hands back exchanges. No answer, and no lack of one, raises anything here."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

import certifi
import httpcore
import httpx

from contracts import __version__
from contracts.blame import Exhausted, Inconclusive, NotExercised
from contracts.budget import Budget
from contracts.call import Body, Call
from contracts.envelope import LARGEST
from contracts.exchange import HIDDEN, Exchange, Failure, Request, Response, basic
from contracts.operation import operations
from contracts.target import Target
from contracts.undo import removals
from contracts.wire import Wire, deadline

RENEW_AHEAD = 60.0  # seconds before its end at which a token is renewed
ASK_AGAIN = 5.0  # seconds after which a token that was not to be had is asked for again: threads shall not queue for a dead end
BEARER = re.compile(r"[!-~]+")
CUT = ("Server disconnected", "peer closed connection")  # how httpcore and h11 begin when a connection ended too early
SHORTEST_SECRET = 8  # bytes; to hide a shorter one would tear answers apart
AGENT = f"trunking-error-contracts/{__version__}"
BLAME: tuple[tuple[type[Exception], Failure], ...] = (
    (httpcore.TimeoutException, Failure.TIMEOUT),
    (httpcore.ConnectError, Failure.UNREACHABLE),
    (httpcore.NetworkError, Failure.INCOMPLETE),
    (httpcore.ProxyError, Failure.UNREACHABLE),
)
BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, ssl.SSLError)


class Client:
    """All operations of the API on one target. Threads share it, and each has a connection of its own that it uses again.

    One pool of connections for all would be searched whole, under one lock, for each request. With a budget, every request is
    paid for before it is sent.
    """

    def __init__(self, target: Target, budget: Budget | None = None) -> None:
        self.target = target
        self.budget = budget
        self.proven = False  # whether any request succeeded: until then a 401 or 403 says nothing of the API (behaviour.md)
        self._local = threading.local()
        self._open: list[Wire] = []
        self._token = _Token(target, self._own, budget.pay_for_token if budget else lambda: None)

    def send(self, call: Call) -> Exchange:
        """Send one call and read its answer, at most 1 MiB of it. Redirects are not followed.

        Raises NotExercised for an operation that the target's profile withdraws; nothing is sent then. Raises Inconclusive when
        no token is to be had, and for an address that is too long to be sent: only an answer can have made it so. Raises Exhausted
        when the run's budget does not pay for it.
        """
        return self._send(call, self._own(), lambda: self.pay(call))

    def pay(self, *calls: Call) -> None:
        """Pay for calls, and for the removal of what they make, and wait until they may leave. Raises Exhausted."""
        if self.budget:
            self.budget.pay(len(calls), sum(map(removals, calls)))

    def send_alone(self, call: Call, ready: Callable[[], object]) -> Exchange:
        """Send one call over a connection of its own, after `ready` returns: a contestant of a race, who was paid for before it."""
        with contextlib.closing(self._connection()) as wire:
            return self._send(call, wire, ready)

    def close(self) -> None:
        """Close every connection, and the hold on the budget. To be called when no thread sends any more."""
        for wire in self._open:
            wire.close()
        if self.budget:
            self.budget.close()

    def _own(self) -> Wire:
        """The connection of this thread."""
        if not hasattr(self._local, "wire"):
            self._local.wire = self._connection()
            self._open.append(self._local.wire)
        wire: Wire = self._local.wire
        return wire

    def _connection(self) -> Wire:
        return Wire(self.target.base_url, tls=_tls(self.target.ca_bundle), guard=self.target.guard)

    def _send(self, call: Call, wire: Wire, ready: Callable[[], object]) -> Exchange:
        call = call.under(self.target.project)
        line, headers = self._line(call), self._headers(call)
        try:
            request = httpx.Request(*line, headers=headers, content=_content(call), extensions=_limits(self.target))
        except httpx.InvalidURL as e:
            raise Inconclusive(f"{call.operation} cannot be sent with what the target answered before: {e}") from None
        kept = Request(request.method, str(request.url), tuple(request.headers.items()), request.content)
        ready()
        started, clock = time.time(), time.monotonic()
        deadline.set(clock + self.target.timeouts.total)
        try:
            response, failure, reason = _exchange(wire, request, self._secrets(headers)), None, ""
        except BROKEN as e:
            response, (failure, reason) = None, _blame(e)
        self.proven = self.proven or (response is not None and 200 <= response.status < 300)
        return Exchange(call, kept, response, failure, reason, started, time.monotonic() - clock)

    def _line(self, call: Call) -> tuple[str, str]:
        offered = self.target.offers(operations()[call.operation])
        if offered is None:
            raise NotExercised(f"the target offers no {call.operation}")
        method, path = offered
        for name, value in call.path.items():
            path = path.replace(f"{{{name}}}", _step(value))
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in call.query)
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

    def _secrets(self, headers: Mapping[str, str]) -> tuple[bytes, ...]:
        """What no report may show, should the target echo it: the key's secret, and what stands in the Authorization header."""
        sent = (self.target.key_secret, headers["authorization"].partition(" ")[2])
        return tuple(secret.encode() for secret in sent if len(secret) >= SHORTEST_SECRET)


class _Token:
    """The Authorization header: Basic, or a bearer token that threads share and that is renewed before it ends."""

    def __init__(self, target: Target, wire: Callable[[], Wire], pay: Callable[[], None]) -> None:
        self._target = target
        self._wire = wire
        self._pay = pay
        self._lock = threading.Lock()
        self._value = basic(target.key_id, target.key_secret) if target.auth.kind == "basic" else ""
        self._ends = float("inf") if self._value else float("-inf")
        self._refusal, self._refused_until = "", float("-inf")

    def authorization(self) -> str:
        """The header's value. Raises Inconclusive when the token endpoint gives no token."""
        with self._lock:
            if time.monotonic() > self._ends - RENEW_AHEAD:
                self._renew()
            return self._value

    def _renew(self) -> None:
        if time.monotonic() < self._refused_until:
            raise Inconclusive(self._refusal)
        try:
            self._value, self._ends = self._asked()
        except Exhausted:
            raise  # it says of itself that nothing more is to be had, and each case is to know that it met the budget
        except Inconclusive as e:
            self._refusal, self._refused_until = str(e), time.monotonic() + ASK_AGAIN
            raise

    def _asked(self) -> tuple[str, float]:
        """A new value of the header, and when it ends."""
        self._pay()
        url = self._target.auth.token_url or f"{self._target.base_url}/oauth2/token"
        sent = time.monotonic()
        deadline.set(sent + self._target.timeouts.total)
        headers = {"authorization": basic(self._target.key_id, self._target.key_secret), "user-agent": AGENT}
        form = {"grant_type": "client_credentials"}
        request = httpx.Request("POST", url, data=form, headers=headers, extensions=_limits(self._target))
        try:
            response = _exchange(self._wire(), request)
        except BROKEN as e:
            raise Inconclusive(f"no token from {url}: {_blame(e)[1]}") from None
        token, lifetime = _token_of(response)
        if token is None:
            hint = "check SINCH_KEY_ID and SINCH_KEY_SECRET" if response.status in {400, 401, 403} else "no access_token came"
            raise Inconclusive(f"no token from {url}: HTTP {response.status}; {hint}")
        # A token that lives shorter than the margin is still used for half its life.
        return f"Bearer {token}", sent + max(lifetime, lifetime / 2 + RENEW_AHEAD)


def _token_of(response: Response) -> tuple[str | None, float]:
    """The token in an answer, None where there is none that a header can bear, and its lifetime in seconds."""
    try:
        facts = json.loads(response.body)
    except (ValueError, RecursionError):
        facts = None
    facts = facts if isinstance(facts, dict) and 200 <= response.status < 300 else {}
    token, lifetime = facts.get("access_token"), facts.get("expires_in")
    if not isinstance(token, str) or not BEARER.fullmatch(token):
        token = None
    if not isinstance(lifetime, (int, float)) or not 0 < lifetime < float("inf"):
        lifetime = 3600.0
    return token, float(lifetime)


def _limits(target: Target) -> dict[str, Any]:
    """The timeouts of a target as httpcore reads them from a request."""
    timeouts = target.timeouts
    named = {"connect": timeouts.connect, "read": timeouts.read, "write": timeouts.read, "pool": timeouts.total}
    return {"timeout": named}


def _exchange(wire: Wire, request: httpx.Request, secrets: Collection[bytes] = ()) -> Response:
    response = wire.handle_request(request)
    try:
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > LARGEST:
                break
    finally:
        response.close()
    headers = tuple((name.decode("latin-1"), _without(value, secrets).decode("latin-1")) for name, value in response.headers.raw)
    read = _without(bytes(body[:LARGEST]), secrets)
    return Response(response.status_code, headers, read, too_large=len(body) > LARGEST)


def _without(content: bytes, secrets: Collection[bytes]) -> bytes:
    for secret in secrets:
        content = content.replace(secret, HIDDEN.encode())
    return content


def _blame(error: Exception) -> tuple[Failure, str]:
    """What kind of failure an exception is, and its reason in words that name no secret."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS, str(cause)
        cause = cause.__cause__ or cause.__context__
    reason = str(error) or type(error).__name__
    if isinstance(error, httpcore.RemoteProtocolError) and reason.startswith(CUT):
        return Failure.INCOMPLETE, reason
    return next((failure for exception, failure in BLAME if isinstance(error, exception)), Failure.BROKEN), reason


def _quoted(value: str) -> str:
    """A value as a piece of a URL. Any text can be sent, also one that a target made up and that is no Unicode."""
    return quote(value, safe="", errors="surrogatepass")


def _step(value: str) -> str:
    """A value as one step of a path; dots alone would be taken for a way up."""
    return _quoted(value) if value.strip(".") or len(value) > 2 else value.replace(".", "%2E")


def _content(call: Call) -> bytes | None:
    if call.body is Body.NONE:
        return None
    if isinstance(call.body, bytes):
        return call.body
    try:
        return json.dumps(call.body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can bear
        return json.dumps(call.body).encode()


@functools.cache
def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    """One TLS context for all connections: to load the certificates costs 18 ms. Those of a profile are trusted as well."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_bundle:
        context.load_verify_locations(cafile=ca_bundle)
    return context
