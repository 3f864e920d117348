"""How a token is come by: by OAuth2 client credentials, or by a command of the profile."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import httpx

from contracts.blame import Inconclusive
from contracts.exchange import INFRASTRUCTURE, Response, basic
from contracts.target import Target
from contracts.transport import pause, tokens
from contracts.transport.retry import persistent
from contracts.transport.tokens import Issuer, Later
from contracts.transport.transfer import AGENT, BROKEN, blame, exchanged, limits, tls
from contracts.transport.veil import Veil
from contracts.transport.wire import Wire, deadline, proxy_for

Leave = Callable[[], AbstractContextManager[object]]
"""What a request is sent in: entered when it may leave, left when it was answered."""


def issuer(target: Target, leave: Leave = contextlib.nullcontext) -> Issuer | None:
    """Whoever asks for a target's tokens; None where its requests bear the key itself. `leave` is for each request that is sent."""
    if target.auth.kind == "oauth2":
        return Issuer(partial(asked, target, leave))
    return Issuer(partial(tokens.by_command, target.auth.token_command)) if target.auth.kind == "command" else None


def secrets(target: Target) -> tuple[str, ...]:
    """What proves who asks, a target and its proxy alike: nothing of it may be shown."""
    proxy = proxy_for(target.base_url)
    names = proxy.auth if proxy and proxy.auth else ()
    pairs = [(target.key_id, target.key_secret), *([tuple(name.decode() for name in names)] if names else [])]
    return tuple(secret for pair in pairs for secret in (*pair, basic(*pair).removeprefix("Basic ")))


def asked(target: Target, leave: Leave) -> tuple[str, float]:
    """A token of the target's token endpoint, and its lifetime in seconds. Raises Inconclusive when none came.

    Raises Later at once where the endpoint asks to be left alone for longer than anybody is patient.
    """
    url = target.token_url
    with contextlib.closing(Wire(url, tls=tls(target.ca_bundle), guard=target.guard)) as wire:
        outcome = persistent(lambda: _asked_once(target, wire, leave), _passing, target.timeouts.patience, least=_least)
    if isinstance(outcome, str):
        raise Inconclusive(f"no token from {url}: {outcome}")
    if seconds := _least(outcome):
        told = f"HTTP {outcome.status}; it asked to be left alone for another {seconds:.0f} s (Retry-After)"
        raise Later(f"no token from {url}: {told}", seconds)
    value, lifetime = tokens.read(outcome.body) if 200 <= outcome.status < 300 else (None, 0.0)
    if value is None:
        hint = "check SINCH_KEY_ID and SINCH_KEY_SECRET" if outcome.status in {400, 401, 403} else "no access_token came"
        raise Inconclusive(f"no token from {url}: HTTP {outcome.status}; {hint}")
    return value, lifetime


def _asked_once(target: Target, wire: Wire, leave: Leave) -> Response | str:
    """The answer of the token endpoint, or why there is none."""
    headers = {"authorization": basic(target.key_id, target.key_secret), "user-agent": AGENT, "accept": "application/json"}
    form = {"grant_type": "client_credentials"}
    request = httpx.Request("POST", target.token_url, data=form, headers=headers, extensions=limits(target.timeouts))
    with leave():
        deadline.set(time.monotonic() + target.timeouts.total)
        try:
            return exchanged(wire, request, Veil())
        except BROKEN as e:
            return Veil(*secrets(target)).text(blame(e)[1])  # it may quote what came


def _least(outcome: Response | str) -> float:
    """For how many seconds the endpoint asks to be left alone. That is its own wish: the API is not meant."""
    if isinstance(outcome, str) or outcome.status not in pause.ASKING:
        return 0.0
    return pause.asked(outcome, time.time()) or 0.0


def _passing(outcome: Response | str) -> bool:
    return isinstance(outcome, str) or outcome.status in INFRASTRUCTURE
