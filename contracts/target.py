"""A target: where it is, who asks, what it offers and what is allowed there. Read from options, environment and a profile."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from contracts.blame import Mistake
from contracts.catalogue import NOUNS
from contracts.exchange import visible
from contracts.operation import LEAVING, Operation, operations
from contracts.profile import load_profile, profile_path
from contracts.transport.guard import HARMLESS, PRODUCTION, Guard, is_loopback

TOKENS = "/oauth2/token"  # behind the base URL, where the profile names no other place
FAULT = {"header": "X-Fault-Inject", "value": "500"}
PATIENCE = 30.0  # seconds, for a target that is not on this machine: it may be restarted
SECRETS = ("SINCH_KEY_ID", "SINCH_KEY_SECRET")
EMBEDDED = "sandbox"
"""The id of the embedded sandbox, of which more is asked than of others; no other target bears it by an option."""
LONGEST = 100  # characters of an id


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one whole exchange.

    `patience` is how long one waits for a target that answers nothing, or asks to be left alone; then it is given up. One on this
    machine is not worth a long wait.
    """

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0
    patience: float = 2.0


@dataclass(frozen=True, slots=True)
class Auth:
    """How requests are authorised: HTTP Basic, or a bearer token, from `token_url` by OAuth2 client credentials or by a command."""

    kind: str = "basic"
    token_url: str | None = None
    token_command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lent:
    """Something of its user's that a profile lends, since the run cannot make it: a project, or a trunk with its `phone_number`.

    Only what is `expendable` is ever asked for what would change it, should the target not refuse.
    """

    id: str
    expendable: bool = False
    phone_number: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Everything a run knows of the API that it tests. `id` names it in results; secrets never show in its representation.

    One on this machine may be changed freely, unless a run only rehearses there what it would do `elsewhere`.
    """

    id: str
    base_url: str
    project: str
    key_id: str = field(repr=False)
    key_secret: str = field(repr=False)
    profile: str | None = None
    guard: Guard = field(default_factory=Guard)
    ca_bundle: str | None = None
    auth: Auth = Auth()
    timeouts: Timeouts = Timeouts()
    foreign_project: str | None = None
    foreign_expendable: bool = False
    disabled_project: Lent | None = None
    trunk_with_number: Lent | None = None
    expendable_country: str | None = None
    fault_header: tuple[str, str] | None = ("X-Fault-Inject", "500")
    concurrency: int | None = None
    paths: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
    nouns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NOUNS)
    withdrawn: tuple[tuple[str, str], ...] = ()
    elsewhere: bool = False

    @property
    def token_url(self) -> str:
        """Where tokens are asked for, where the kind of authorisation is OAuth2."""
        return self.auth.token_url or f"{self.base_url}{TOKENS}"

    @property
    def loopback(self) -> bool:
        """Whether the target is on this machine, where everything is allowed."""
        return not self.elsewhere and is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def read_only(self) -> bool:
        """Whether nothing may be sent there that could change anything."""
        return self.guard.read_only

    @property
    def lent(self) -> frozenset[str]:
        """The ids and numbers of what the profile lends, which no clean-up removes."""
        things = [thing for thing in (self.disabled_project, self.trunk_with_number) if thing]
        return frozenset(name for thing in things for name in (thing.id, thing.phone_number) if name)

    def offers(self, operation: Operation) -> tuple[str, str] | None:
        """Method and path of an operation on this target; None where the profile says that it has none, or may not be used."""
        line = self.paths.get(operation.name, (operation.method, operation.path))
        return line if line and self._may(operation, line[0]) else None

    def lacks(self, operation: Operation) -> str:
        """Why an operation is not to be had on this target; empty where it is."""
        if self.offers(operation):
            return ""
        if self.paths.get(operation.name, True) is None:
            return f"the target offers no {operation.name}"
        return f"the profile is read-only, and {operation.name} may change something"

    def _may(self, operation: Operation, method: str) -> bool:
        return not self.read_only or (operation.only_reads and method in HARMLESS)

    def withdrawal(self, case_id: str) -> str | None:
        """The reason why the profile withdraws a case, or None."""
        return next((reason for case, reason in self.withdrawn if case_id == case or case_id.startswith(case + "/")), None)


def resolve(
    base_url: str | None, profile: str | None, environment: Mapping[str, str] = os.environ, *, confirmed: bool = False
) -> Target | None:
    """The target that options, environment and profile describe; None when they name no address (then it is the sandbox).

    Hosts of production are targets only where they are `confirmed`. Raises Mistake, in one line that says what to do (results.md,
    "How a run is asked for").
    """
    if profile == "":
        raise Mistake("--profile is empty: name one, or leave it out")  # some variable was not set
    facts = load_profile(profile) if profile else {}
    if base_url is None:  # an empty option is a mistake: some variable was not set, and the sandbox is not what was meant
        base_url = environment.get("PYTEST_BASE_URL") or facts.get("base_url")
    if base_url is None:
        return None
    base_url = checked_url(base_url)
    guard = _guard(facts, base_url, confirmed=confirmed)
    for url in filter(None, (base_url, guard.token_url)):
        host = urlsplit(checked_url(url)).hostname or ""
        if objection := guard.objection(host):
            unnamed = f"{host} is not on this machine: name a profile that allows it (--profile NAME-OR-FILE)"
            raise Mistake(f"profile {profile}: {objection}" if profile else unnamed)
    missing = [name for name in SECRETS if not environment.get(name)]
    project = environment.get("SINCH_PROJECT_ID") or facts.get("project_id")
    if not project:
        missing.insert(0, "SINCH_PROJECT_ID")
    if missing:
        raise Mistake(f"{base_url} needs credentials: set {', '.join(missing)} in the environment")
    target = replace(from_facts(facts, base_url, project or "", profile, environment), guard=guard)
    if target.foreign_project == target.project:
        raise Mistake("the foreign project is the run's own: SINCH_FOREIGN_PROJECT_ID is for one that the key may not use")
    return target


def _auth(facts: Mapping[str, Any]) -> Auth:
    return Auth(**{**facts, "token_command": tuple(facts.get("token_command", ()))})


def _token_url(auth: Mapping[str, Any], base_url: str) -> str | None:
    """Where tokens are asked for; None where the key is sent along."""
    return auth.get("token_url") or (f"{base_url}{TOKENS}" if auth.get("kind") == "oauth2" else None)


def _guard(facts: Mapping[str, Any], base_url: str, *, confirmed: bool = False) -> Guard:
    read_only = facts.get("read_only", False)
    leaves = (re.sub(r"\{\w+\}", "[^/]+", operations()[name].path) for name in sorted(LEAVING))
    return Guard(
        allow=tuple(facts.get("allow", ())),
        production=tuple(facts.get("production", PRODUCTION)),
        confirmed=confirmed,
        read_only=read_only,
        leaves=tuple(leaves) if read_only else (),
        token_url=_token_url(facts.get("auth", {}), base_url),
    )


def from_facts(
    facts: Mapping[str, Any], base_url: str, project: str, profile: str | None, environment: Mapping[str, str]
) -> Target:
    """A target out of the facts of a profile (all optional) and of the environment."""
    foreign = facts.get("foreign_project", {})
    # Elsewhere a header that nobody promised to heed would let the request through, and blame the target for it.
    here = is_loopback(urlsplit(base_url).hostname or "")
    fault = facts.get("fault_injection", FAULT if here else None)
    patience = {} if here else {"patience": PATIENCE}
    return Target(
        id=facts.get("id") or (Path(profile).stem if profile else urlsplit(base_url).netloc),
        base_url=base_url,
        project=project,
        key_id=environment["SINCH_KEY_ID"],
        key_secret=environment["SINCH_KEY_SECRET"],
        profile=profile,
        guard=_guard(facts, base_url),
        ca_bundle=_bundle(facts["ca_bundle"], profile or "") if "ca_bundle" in facts else None,
        auth=_auth(facts.get("auth", {})),
        timeouts=Timeouts(**patience | facts.get("timeouts", {})),
        foreign_project=environment.get("SINCH_FOREIGN_PROJECT_ID") or foreign.get("id"),
        foreign_expendable=foreign.get("expendable", False),
        disabled_project=_lent(facts, "disabled_project"),
        trunk_with_number=_lent(facts, "trunk_with_number"),
        expendable_country=facts.get("expendable_country"),
        fault_header=(fault["header"], str(fault["value"])) if fault else None,
        concurrency=facts.get("concurrency"),
        paths={name: _renamed(name, facts_of) for name, facts_of in facts.get("operations", {}).items()},
        nouns={kind: (*names, *facts.get("nouns", {}).get(kind, ())) for kind, names in NOUNS.items()},
        withdrawn=tuple((w["case"], w["reason"]) for w in facts.get("withdraw", ())),
    )


def _lent(facts: Mapping[str, Any], what: str) -> Lent | None:
    return Lent(**facts[what]) if what in facts else None


def checked_url(url: str) -> str:
    """A base URL without its trailing slash. Raises Mistake unless it is http or https, with a host and nothing secret."""
    if "@" in url:
        raise Mistake("the base URL bears credentials: take them out, and set SINCH_KEY_ID and SINCH_KEY_SECRET instead")
    try:
        parts = urlsplit(url)
        port = parts.port
        sent_to = httpx.URL(url).host
    except (ValueError, httpx.InvalidURL) as e:
        raise Mistake(f"{url!r} is no base URL ({e}): write one like https://api.example.com") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or sent_to != parts.hostname:
        raise Mistake(f"{url!r} is no base URL: write it with its scheme, like https://api.example.com or http://127.0.0.1:8080")
    if parts.query or parts.fragment:
        bare = re.split("[?#]", url)[0]  # behind it may stand a secret
        raise Mistake(f"{bare!r} has a query or a fragment: give the address alone")
    return url.rstrip("/")


def checked_id(name: str) -> str:
    """An id for a target. Raises Mistake for one that is none: empty, too long, not printable, or the embedded sandbox's."""
    if name.strip().casefold() == EMBEDDED:
        raise Mistake(f"the id {EMBEDDED!r} is the embedded sandbox's alone: choose another")
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= LONGEST:
        raise Mistake(f"{visible(name[:LONGEST])!r} is no id of a target: write 1 to {LONGEST} characters that can be printed")
    return name


def check_filled_in(target: Target) -> None:
    """Raises Mistake for the address of a template that nobody has put a host into: nothing is sent there, not even a look-up."""
    facts = load_profile(target.profile) if target.profile else {}
    named = _hosts(facts.get("base_url"), facts.get("auth", {}).get("token_url"))
    sent_to = _hosts(target.base_url, target.token_url if target.auth.kind == "oauth2" else None)
    for host in sorted(named & sent_to):
        if host.endswith(".invalid"):
            raise Mistake(f"profile {target.profile}: {host} stands for a host of yours: put that in its place")


def _hosts(*urls: str | None) -> set[str]:
    """The hosts of some addresses, as names are compared."""
    return {(urlsplit(url).hostname or "").rstrip(".") for url in urls if url}


def _bundle(name: str, profile: str) -> str:
    """The file of a profile's certificates; a relative path begins at the profile. Raises Mistake where there are none in it."""
    file = profile_path(profile).parent / name
    try:
        ssl.create_default_context(cafile=file)
    except OSError as e:  # what is no certificate is an SSLError, which is one as well
        raise Mistake(f"profile {profile}: ca_bundle: no certificates can be read from {file} ({e}): give a PEM file") from None
    return str(file)


def _renamed(name: str, facts: Any) -> tuple[str, str] | None:
    operation = operations()[name]
    return None if facts is False else (facts.get("method", operation.method), facts.get("path", operation.path))
