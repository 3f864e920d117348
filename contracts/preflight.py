"""Looks at a target in some seconds, before a long run: whether it is ready, and what a run would judge there.

    python -m contracts.preflight [--base-url URL] [--profile NAME-OR-FILE] [--i-know-this-is-production]

It asks only for what could change nothing, even where it is not refused: for what does not exist, and with bodies that cannot be
read. Without an address it looks at an embedded sandbox.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from contracts import acquaintance
from contracts.blame import Forbidden, Inconclusive, Mistake, NotExercised
from contracts.call import Body, Call, api
from contracts.client import Client
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.exchange import Exchange, visible
from contracts.finding import Severity
from contracts.maker import Maker
from contracts.names import Names, new_run_id
from contracts.operation import Operation, operations
from contracts.report import outlook
from contracts.run.embedded import Embedded
from contracts.run.planned import plan
from contracts.run.rehearsal import rehearse
from contracts.run.session import words
from contracts.target import Target, resolve
from contracts.transport.guard import CONFIRM
from contracts.transport.pause import date_of
from contracts.visit import visiting

READY, UNREADY = 0, 6  # exit statuses, beside that of a mistake
SKEW = 30.0  # seconds by which two clocks may differ: dates in Retry-After, and the ends of tokens, are read by them
EXPIRY = 14 * 86_400.0  # seconds before its end at which a certificate is worth a word
AT_ONCE = 8
NO_JSON = b"{"
UNASKED = frozenset({"createCustomer", "createProject"})  # nothing stands before them in their paths that could be unknown
PATIENT = 5.0  # seconds: longer waits than that are for a run
ABSENT = frozenset({404, 405, 501})
LONGEST = 160  # characters of an answer that are shown


class State(StrEnum):
    """What came of one look: all is well, somebody should look there, or no run can come to anything."""

    OK = "ok"
    LOOK = "look"
    UNREADY = "not ready"


COLOURS = {State.OK: "green", State.LOOK: "yellow", State.UNREADY: "red"}


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at, and what came of it, in a line."""

    what: str
    state: State
    text: str


def looks(client: Client) -> Iterator[Look]:
    """One look after the other, each as soon as it is done; where the target answers nothing that counts, no more than that."""
    exchange, blocked = acquaintance.made(client)
    if exchange and exchange.response:
        yield from _connection(client, exchange)
    if blocked or not exchange:
        yield Look("target", State.UNREADY, blocked or "nothing came")
        return
    if not exchange.ok or not isinstance(exchange.json(), (dict, list)):
        yield Look("target", State.UNREADY, f"a list was asked for, and nothing says that the key is accepted: {_shown(exchange)}")
        return
    how = {"basic": "the key", "oauth2": "a token", "command": "the token of a command"}[client.target.auth.kind]
    yield Look("access", State.OK, f"{how} is accepted for project {client.target.project}")
    yield from _lent(client)
    yield from _operations(client)


def _connection(client: Client, exchange: Exchange) -> Iterator[Look]:
    peer, target = client.peer(), client.target
    yield Look("target", State.OK, f"answers in {exchange.seconds * 1000:.0f} ms, by {peer.http}")
    if peer.tls:
        left = (peer.until or 0.0) - time.time()
        ends = datetime.fromtimestamp(peer.until or 0.0, UTC).date().isoformat()
        yield Look("tls", State.LOOK if left < EXPIRY else State.OK, f"{peer.tls}, verified; the certificate ends on {ends}")
    elif not target.loopback:
        yield Look("tls", State.LOOK, "none: whoever is on the way can read the key")
    yield _clock(exchange)


def _clock(exchange: Exchange) -> Look:
    theirs = date_of((exchange.response.header("date") if exchange.response else None) or "")
    if theirs is None:
        return Look("clock", State.LOOK, "the target does not tell its time")
    skew = theirs - (exchange.started + exchange.seconds / 2)
    if abs(skew) <= SKEW:
        return Look("clock", State.OK, "agrees with this machine's")
    return Look("clock", State.LOOK, f"the target's is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's")


# -- what a profile names -----------------------------------------------------------------------------------------------------


def _lent(client: Client) -> Iterator[Look]:
    """Whether the projects and the trunk that a profile or the environment names are what they are to be."""
    target = client.target
    if target.foreign_project:
        otherwise = "the key may use it: name one that it may not use (SINCH_FOREIGN_PROJECT_ID)"
        yield _refused(client, "foreign project", target.foreign_project, "403-forbidden", otherwise)
    else:
        yield Look("foreign project", State.LOOK, "none is named (SINCH_FOREIGN_PROJECT_ID): 403-forbidden is not exercised")
    if target.disabled_project:
        otherwise = "it is not switched off (disabled_project)"
        yield _refused(client, "disabled project", target.disabled_project.id, "400-project-not-enabled", otherwise)
    if lent := target.trunk_with_number:
        yield _read(client, "lent trunk", api.getSipTrunkById(sipTrunkId=lent.id), lent.id)
        yield _read(client, "its number", api.GetPhoneNumberByNumber(phoneNumber=lent.phone_number), lent.id)


def _refused(client: Client, what: str, project: str, row: str, otherwise: str) -> Look:
    """Whether reading a project is refused by the row; one that is not even known is none of that kind."""
    talk, exchange, reason = _asked(client, api.getSipTrunks(projectId=project, size=1))
    if exchange is None or reason:
        return Look(what, State.UNREADY, f"{project}: {reason}")
    if exchange.ok:
        return Look(what, State.UNREADY, f"{project}: {otherwise}")
    met = talk.strays[-1][1].row if talk.strays else None
    if met and met.id == row:
        return Look(what, State.OK, f"{project}: refused as {row}")
    unknown = met is not None and met.id == "404-project-id"
    return Look(what, State.UNREADY if unknown else State.LOOK, f"{project}: {_shown(exchange)}, and not {row}")


def _read(client: Client, what: str, call: Call, trunk: str) -> Look:
    """Whether something is there, and belongs to the trunk where it says so."""
    _, exchange, reason = _asked(client, call)
    document = exchange.json() if exchange and exchange.ok else None
    if not isinstance(document, dict):
        came = reason or (_shown(exchange) if exchange else "")
        return Look(what, State.UNREADY, f"{call.operation} of what the profile lends (trunk_with_number): {came}")
    if (on := document.get("sipTrunkId")) not in (trunk, None):
        return Look(what, State.UNREADY, f"the number that the profile lends is on another trunk: {str(on)[:LONGEST]}")
    return Look(what, State.OK, "is there")


def _asked(client: Client, call: Call) -> tuple[Maker, Exchange | None, str]:
    """The answer to a call, and why it says nothing of the API, where that is so."""
    talk = Maker(client, Names(new_run_id()))
    try:
        exchange = talk.send(call)
    except (Inconclusive, NotExercised, Forbidden) as e:
        return talk, None, str(e)
    return talk, exchange, talk.unjudgeable(exchange) or ""


# -- operations ---------------------------------------------------------------------------------------------------------------


def _operations(client: Client) -> Iterator[Look]:
    """Whether the target has the operations that the profile leaves it, as far as that can be asked without harm."""
    known = [operation for operation in operations().values() if client.target.offers(operation) and operation.name not in UNASKED]
    at_once = min(AT_ONCE, client.target.concurrency or AT_ONCE)
    with ThreadPoolExecutor(at_once, thread_name_prefix="look") as threads:
        strange = [look for look in threads.map(lambda operation: _operation(client, operation), known) if look]
    yield from strange
    there = len(known) - len(strange)
    state = State.OK if 2 * there > len(known) else State.UNREADY
    yield Look("operations", state, f"{there} of {len(known)} are there; {len(operations()) - len(known)} were not asked for")


def _operation(client: Client, operation: Operation) -> Look | None:
    """What is strange about an operation; None where it is there. It is asked for in a project that does not exist."""
    if client.pulse.gone:
        return Look(operation.name, State.LOOK, f"cannot be said: {client.pulse.gone}")
    talk, exchange, reason = _asked(client, unharming(Maker(client, Names(new_run_id())), operation))
    talk.clean_up()  # should something have been made in spite of all
    if left := (*talk.debt.leftovers, *talk.debt.not_removable):
        return Look(operation.name, State.UNREADY, f"made something that nobody asked for, and that stays: {left[0].path}")
    if exchange is None or reason:
        return Look(operation.name, State.LOOK, f"cannot be said: {reason}")
    if (exchange.status or 0) >= 500 and exchange.status not in ABSENT:
        return Look(operation.name, State.LOOK, f"fails: {_shown(exchange)}")
    if exchange.ok or exchange.status not in ABSENT or talk.strays[-1][1].row:
        return None
    # A refusal in the API's own envelope may be the API's, in words of its own; a router has no such envelope.
    broken = any(finding.severity is Severity.FAIL for finding in talk.strays[-1][1].findings)
    hint = "" if operation.published else f": if so, say {operation.name} = false in the profile, under [operations]"
    return Look(operation.name, State.UNREADY if broken else State.LOOK, f"seems not to be there ({_shown(exchange)}){hint}")


def unharming(talk: Maker, operation: Operation) -> Call:
    """A call of an operation that changes nothing, even where it is not refused: nothing that it names exists."""
    values = talk.any_path(operation.name)
    names = {"projectId": talk.names.uuid(), "customerId": talk.word()}
    values |= {name: value for name, value in names.items() if name in operation.path_parameters}
    if operation.method in {"POST", "PUT"}:
        values["json"] = NO_JSON
    call = api[operation.name](**values)
    return call if call.body is Body.NONE else call.with_header("content-type", "application/json")


def _shown(exchange: Exchange) -> str:
    return exchange.answer_line()[:LONGEST]


# -- the command --------------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, and tell: 0 where a target is ready, 6 where it is not, 4 for a mistake in options, environment or profile."""
    options = _parser().parse_args(arguments)
    printable()
    with contextlib.ExitStack() as ending:
        try:
            named = resolve(options.base_url, options.profile, os.environ, confirmed=options.production)
            target = named or _sandbox(options, ending)
            client = ending.enter_context(visiting(_hurried(target), options.profile))
            return _told(client, target)
        except Mistake as e:
            sys.stderr.write(f"{e}\n")
            return MISTAKE


def _hurried(target: Target) -> Target:
    """The target, waited for no longer than a person would wait."""
    limits = target.timeouts
    shorter = {name: min(PATIENT, getattr(limits, name)) for name in ("connect", "read", "patience")}
    return replace(target, timeouts=replace(limits, **shorter, total=min(2 * PATIENT, limits.total)))


def _sandbox(options: argparse.Namespace, ending: contextlib.ExitStack) -> Target:
    embedded = Embedded()
    ending.callback(embedded.stop)
    return embedded.target(options.profile)


def _told(client: Client, target: Target) -> int:
    """Print each look as it comes, and what a run would judge."""
    tell = teller(client.veil.text)
    tell([(f"target: {words(target)}", "bold")])
    seen: dict[str, State] = {}
    for look in looks(client):
        seen[look.what] = look.state
        tell([(f"{look.state:<10} {look.what:<16} {visible(client.veil.text(look.text))}", COLOURS[look.state])])
    if "access" in seen:
        rehearsal = rehearse(plan(only_documented=True), target)
        tell([("", ""), *outlook.judged(rehearsal), *outlook.odd(rehearsal)])
    worst = max(seen.values(), key=list(State).index)
    told = {State.OK: "ready", State.LOOK: "ready, but look at what is marked", State.UNREADY: "not ready"}
    tell([("", ""), (told[worst], COLOURS[worst])])
    return UNREADY if worst is State.UNREADY else READY


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.preflight", description="Look at a target before a run.")
    parser.add_argument("--base-url", metavar="URL", help="the API (or PYTEST_BASE_URL); without it, an embedded sandbox")
    parser.add_argument("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows")
    parser.add_argument(CONFIRM, dest="production", action="store_true", help="leave to send to a host of production")
    return parser


if __name__ == "__main__":
    sys.exit(main())
