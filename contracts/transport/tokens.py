"""Bearer tokens: one for a whole run, asked for once, renewed before it ends, and again where the target ended it early.

`Tokens` is whoever hands them out: the `Issuer` itself in the process that has it, or a way to it from another one.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contracts.blame import Exhausted, Inconclusive

RENEW_AHEAD = 60.0  # seconds before its end at which a token is renewed
ASK_AGAIN = 5.0  # seconds after which a token that was not to be had is asked for again: threads shall not queue for a dead end
LIFETIME = 3600.0  # seconds, where nobody says how long a token lives
LONGEST = 1e9  # seconds: nothing that lives longer is a lifetime
COMMAND_SECONDS = 60.0
BEARER = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, and when it is to be renewed, on the clock of time.monotonic, which is the whole system's."""

    value: str
    renew_at: float

    def __repr__(self) -> str:
        return "Token(***)"


class Later(Inconclusive):
    """No token is to be had before so many `seconds` are over."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Tokens(Protocol):
    """Whoever hands out tokens."""

    def token(self, ended: str = "") -> Token:
        """The token to use now, and another one than that which `ended`. Raises Inconclusive when none is to be had."""


class Issuer:
    """Asks for tokens by `ask`, which gives a token and its lifetime in seconds. Threads share it."""

    def __init__(self, ask: Callable[[], tuple[str, float]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._token = Token("", float("-inf"))
        self._refusal, self._refused_until = "", float("-inf")

    def token(self, ended: str = "") -> Token:
        """As `Tokens` says."""
        with self._lock:
            if time.monotonic() > self._token.renew_at or (ended and ended == self._token.value):
                self._renew()
            return self._token

    def _renew(self) -> None:
        if time.monotonic() < self._refused_until:
            raise Inconclusive(self._refusal)
        sent = time.monotonic()
        try:
            value, lifetime = self._ask()
        except Exhausted:
            raise  # it says of itself that nothing more is to be had, and each case is to know that it met the budget
        except Inconclusive as e:
            seconds = max(ASK_AGAIN, e.seconds) if isinstance(e, Later) else ASK_AGAIN
            self._refusal, self._refused_until = str(e), time.monotonic() + seconds
            raise
        # A token that lives shorter than the margin is still used for half its life.
        self._token = Token(value, sent + max(lifetime - RENEW_AHEAD, lifetime / 2))


class Kept:
    """The token of another process, kept here until it is to be renewed: not every request shall ask for it. Threads share it."""

    def __init__(self, source: Tokens) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._token = Token("", float("-inf"))

    def token(self, ended: str = "") -> Token:
        """As `Tokens` says."""
        with self._lock:
            if time.monotonic() > self._token.renew_at or (ended and ended == self._token.value):
                self._token = self._source.token(ended)
            return self._token


def by_command(command: tuple[str, ...]) -> tuple[str, float]:
    """The token that a command prints, and its lifetime in seconds. Raises Inconclusive, and repeats nothing that it printed.

    It prints the token alone, or JSON as a token endpoint would give it.
    """
    name = shlex.join(command[:1])
    try:
        ended = subprocess.run(  # noqa: S603 - whoever writes the profile says what is run, and no shell reads it
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Inconclusive(f"no token from the command {name}: it took longer than {COMMAND_SECONDS:.0f} s") from None
    except OSError as e:
        raise Inconclusive(f"no token from the command {name}: {e.strerror}") from None
    if ended.returncode:
        raise Inconclusive(f"no token from the command {name}: it ended with status {ended.returncode}; run it by hand to see why")
    value, lifetime = read(ended.stdout, bare=True)
    if value is None:
        raise Inconclusive(f"no token from the command {name}: it printed none, neither alone nor as access_token of a JSON object")
    return value, lifetime


def read(content: bytes, *, bare: bool = False) -> tuple[str | None, float]:
    """The token in an answer, None where there is none that a header can bear, and its lifetime in seconds; it may stand `bare`."""
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError):
        facts = {"access_token": content.decode("ascii", "replace").strip()} if bare else {}
    facts = facts if isinstance(facts, dict) else {}
    token, lifetime = facts.get("access_token"), facts.get("expires_in")
    if not isinstance(token, str) or not BEARER.fullmatch(token):
        token = None
    if not isinstance(lifetime, (int, float)) or isinstance(lifetime, bool) or not 0 < lifetime < LONGEST:
        lifetime = LIFETIME
    return token, float(lifetime)
