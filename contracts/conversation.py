"""What one case says to the target and what it makes of the answers: set-up, refusals asked for twice, races, clean-up.

Every exchange passes through here: the one that the case provokes is judged against its row, every other error answer against
the whole specification. What succeeded is written down for clean-up, also where a refusal was due.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from contracts import oracle
from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, leaves
from contracts.case import Leftover
from contracts.catalogue import Row
from contracts.client import Client
from contracts.exchange import LONGEST_SHOWN, Exchange, hide_members, visible
from contracts.finding import Finding, Rule
from contracts.names import Names
from contracts.operation import operations
from contracts.oracle import Stray
from contracts.template import Bound, Kind
from contracts.undo import COLLECTIONS, STAYING, undo_calls

LISTINGS = frozenset(listing for listing, _ in COLLECTIONS.values())
PATIENCE = 3.0  # seconds that a list read may lag (behaviour.md, point 15, with a margin)
INTERVAL = 0.1
PAGE = 500
PAGES = 40
FRESH = 3  # values that are tried before a collision makes a case inconclusive
UNIQUENESS = frozenset(
    {
        "400-domain-unavailable",
        "400-username-unavailable",
        "400-customer-exists",
        "400-phone-number-exists",
        "400-project-exists",
        "400-blocking-rule-exists",
    }
)


class Settled(Exception):  # noqa: N818 - no error: the findings say it all
    """The case has its verdict already, by a finding; nothing more is to be sent."""


class Facts(dict[str, Any]):
    """The members of a success, and the body that was sent for it.

    A member that is absent makes the case inconclusive, not the suite fall over.
    """

    def __init__(self, exchange: Exchange) -> None:
        members = exchange.json()
        super().__init__(members if isinstance(members, dict) else {})
        self.source = exchange.call.operation
        self.sent = exchange.call.body

    def __missing__(self, key: str) -> Any:
        raise Inconclusive(f"{self.source} succeeded, but its answer has no {key!r}")


class Conversation:
    """One case's talk with the target. Not shared between threads, but for the threads of its own races."""

    def __init__(self, row: Row, client: Client, names: Names, *, strict: bool = False) -> None:
        self.row = row
        self.client = client
        self.target = client.target
        self.names = names
        self.strict = strict
        self.exchanges: list[Exchange] = []
        self.findings: list[Finding] = []
        self.strays: list[tuple[Call, Stray]] = []
        self.leftovers: list[Leftover] = []
        self.not_removable: list[Leftover] = []
        self.assertions = 0
        self._undo: list[tuple[Call, str]] = []
        self._minted: set[str] = set()
        self._own_projects: set[str] = set()

    def offers(self, operation: str) -> bool:
        """Whether the target has the operation."""
        return self.target.offers(operations()[operation]) is not None

    # -- given ------------------------------------------------------------------------------------------------------------

    def word(self) -> str:
        """A fresh name; what bears it in a list is this case's own."""
        return self._mint(self.names.word())

    def phone_number(self) -> str:
        """A fresh telephone number of fiction."""
        return self._mint(self.names.phone_number())

    def send(self, call: Call) -> Exchange:
        """Send a call and keep the exchange. An error answer is held against the specification as a stray."""
        exchange = self._keep(self.client.send(call))
        if exchange.response and not exchange.ok and not self._unjudgeable(exchange):
            self._stray(exchange)
        return exchange

    def made(self, call: Call) -> Facts:
        """The answer to a set-up or a positive control, which must succeed.

        Refused with this row's very error, it fails the row; refused in any other way, the case is inconclusive.
        """
        exchange = self.send(call)
        if not exchange.ok:
            self._refused_setup(exchange)
        return Facts(exchange)

    def fresh(self, make: Callable[[], Call]) -> Facts:
        """As `made`, with a new value each time the last one was taken: a collision is no fault (behaviour.md, controls)."""
        for _ in range(FRESH):
            exchange = self.send(make())
            if exchange.ok:
                return Facts(exchange)
            stray = None if self._unjudgeable(exchange) else self.strays[-1][1]
            if stray is None or stray.row is None or stray.row.id not in UNIQUENESS:
                self._refused_setup(exchange)
        raise Inconclusive(f"{FRESH} fresh values in a row were taken already: {exchange.answer_line()}")

    # -- when -------------------------------------------------------------------------------------------------------------

    def refused(
        self,
        call: Call,
        *,
        watch: Sequence[Call] = (),
        hidden: Collection[str] = (),
        injected: bool = False,
        **bound: str | tuple[str, ...],
    ) -> None:
        """Ask for the refusal twice; both must be the row's error, alike, and change nothing of what `watch` reads.

        `bound` binds the placeholders of the row: one value, a few, or the kind of resource for a noun. `hidden` are texts of
        another project that no answer may show.
        """
        values = self._bind(bound)
        watch = [reading for reading in watch if self.offers(reading.operation)]
        before = [self._look(reading) for reading in watch]
        first = self._provoke(call, values, hidden, injected=injected)
        if first.ok:
            return  # it took effect: to ask again or to compare would only say so twice
        second = self._provoke(call, values, hidden, injected=injected)
        if not second.ok:
            self.findings += oracle.alike(first, second)
            self._compare(call, watch, before)

    def accepted(self, call: Call) -> Facts:
        """Send what the row does not forbid: a positive control, counted as a judgement."""
        facts = self.made(call)
        self.assertions += 1
        return facts

    def race(self, calls: Sequence[Call], bind: Callable[[Exchange], Mapping[str, str | tuple[str, ...]]]) -> Exchange:
        """Send all calls at one instant, each from a thread and a connection of its own.

        One may succeed; the others get the row's error, bound by what `bind` says of the winner (behaviour.md, point 14).
        Returns the winner's exchange.
        """
        barrier = threading.Barrier(len(calls), timeout=self.target.timeouts.total)

        def contest(call: Call) -> Exchange:
            try:
                return self.client.send_alone(call, barrier.wait)
            except BaseException:
                barrier.abort()  # nobody waits for one who cannot come
                raise

        with ThreadPoolExecutor(len(calls), thread_name_prefix="race") as contestants:
            begun = [contestants.submit(contest, call) for call in calls]
        exchanges = [self._keep(future.result()) for future in begun if not future.exception()]
        if failures := [failure for future in begun if (failure := future.exception())]:
            told = (failure for failure in failures if not isinstance(failure, threading.BrokenBarrierError))
            raise next(told, Inconclusive("a race had no start"))
        winners = [e for e in exchanges if e.ok]
        if len(winners) > 1:
            self._race_finding(exchanges, winners)
            raise Settled
        for exchange in exchanges:
            if reason := self._unjudgeable(exchange):
                raise Inconclusive(reason)
        if not winners:
            self._race_finding(exchanges, winners)
            raise Settled
        values = self._bind(bind(winners[0]))
        for loser in (e for e in exchanges if not e.ok):
            self.assertions += 1
            self._judged(loser, oracle.judge(self.row, loser, values))
        return winners[0]

    # -- afterwards -------------------------------------------------------------------------------------------------------

    def clean_up(self) -> None:
        """Remove what the case made, the newest first; what resists is tried once more at the end, then a leftover."""
        waiting = []
        while self._undo:
            call, made_by = self._undo.pop()
            if self._resists(call):
                waiting.append((call, made_by))
        for call, made_by in waiting:
            if reason := self._resists(call):
                self.leftovers.append(self._leftover(call, made_by, reason))

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _mint(self, value: str) -> str:
        self._minted.add(value)
        return value

    def _keep(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        if exchange.ok:
            self._remember(exchange)
        return exchange

    def _remember(self, exchange: Exchange) -> None:
        """Write down how to undo a success, and forget what it undid."""
        call = exchange.call
        self._undo = [(undo, by) for undo, by in self._undo if not undo.same_target(call)]
        if call.operation == "createProject" and isinstance(call.body, Mapping):
            self._own_projects.add(str(call.body.get("id")))
        if call.operation in STAYING and call.path.get("projectId") not in self._own_projects:
            if call.operation != "exportCallRecords" or dict(call.query).get("fileName"):
                self.not_removable.append(self._leftover(call, call.operation, "no operation removes it"))
            return
        undo = undo_calls(call, resource(exchange))
        if undo is None:
            self.leftovers.append(self._leftover(call, call.operation, "the answer does not name what it made"))
        self._undo += [(u, call.operation) for u in undo or ()]

    def _resists(self, call: Call) -> str:
        """Try to remove; why that did not work, empty when it is gone. The verdict stands already, so nothing is raised here."""
        try:
            exchange = self.send(call)
        except (Inconclusive, NotExercised) as e:
            return str(e)
        return "" if exchange.ok or exchange.status == 404 else exchange.answer_line()

    def _leftover(self, call: Call, made_by: str, reason: str) -> Leftover:
        path = operations()[call.operation].path
        for name, value in call.path.items():
            path = path.replace(f"{{{name}}}", value)
        return Leftover(call.operation, path, made_by, reason)

    def _unjudgeable(self, exchange: Exchange) -> str | None:
        """Why no judgement is possible on an answer, or None (behaviour.md, "What a broken answer is" and point 10)."""
        operation = exchange.call.operation
        if exchange.response is None:
            return f"{operation}: {exchange.failure}: {exchange.reason}"
        if exchange.status in oracle.INFRASTRUCTURE:
            return f"{operation}: HTTP {exchange.status} is the infrastructure's, not the API's"
        if exchange.status in {401, 403} and not self.client.proven:
            return f"{operation}: HTTP {exchange.status}, and no request of this run has succeeded yet; check key and project"
        return None

    def _stray(self, exchange: Exchange) -> Stray:
        stray = oracle.judge_stray(exchange, strict=self.strict)
        self.strays.append((exchange.call, stray))
        return stray

    def _refused_setup(self, exchange: Exchange) -> None:
        if reason := self._unjudgeable(exchange):
            raise Inconclusive(reason)
        operation, answer = exchange.call.operation, exchange.answer_line()
        if oracle.resembles(self.row, exchange):
            text = f"{operation} was sent what {self.row.id} does not forbid, and was refused with that very error"
            self.findings.append(Finding(Rule.CONTROL_REFUSED, "success", answer, text, curl=exchange.as_curl()))
            raise Settled
        raise Inconclusive(f"set-up failed: {operation} was answered {answer}")

    def _provoke(self, call: Call, bound: Bound, hidden: Collection[str], *, injected: bool) -> Exchange:
        exchange = self._keep(self.client.send(call))
        if reason := self._unjudgeable(exchange):
            raise Inconclusive(reason)
        self.assertions += 1
        self._judged(exchange, oracle.judge(self.row, exchange, bound, hidden))
        if exchange.status == 500 and not injected and self.row.id != oracle.INTERNAL:
            self._stray(exchange)
        return exchange

    def _judged(self, exchange: Exchange, findings: Sequence[Finding]) -> None:
        self.findings += [finding for finding in findings if finding not in self.findings]
        if findings and not exchange.ok and exchange.status not in {self.row.code, 500}:
            # Another error than the row's: one to collect if no row documents it. What is wrong with it is said already.
            stray = oracle.judge_stray(exchange, strict=self.strict)
            self.strays.append((exchange.call, replace(stray, findings=())))

    def _bind(self, bound: Mapping[str, str | tuple[str, ...]]) -> Bound:
        kinds = {slot.name: slot.kind for slot in self.row.message.slots} if self.row.message else {}
        if strange := set(bound) - set(kinds):
            raise ValueError(f"{self.row.id} has no placeholder {', '.join(sorted(strange))}")
        if free := {name for name, kind in kinds.items() if kind is not Kind.FORMAT} - set(bound):
            raise ValueError(f"{self.row.id} needs a value for {', '.join(sorted(free))}")
        values = {name: tuple(map(_text, value if isinstance(value, tuple) else (value,))) for name, value in bound.items()}
        return {name: self.target.nouns[v[0]] if kinds[name] is Kind.NOUN else v for name, v in values.items()}

    def _look(self, reading: Call, before: Any = None) -> Any:
        """What a reading shows of this case's own resources: a member by id whole, of a shared list the case's items.

        A list may lag: it is read again until it shows as many items as the case has made, or what it showed before.
        """
        if reading.operation in LISTINGS:
            reading = reading.under(self.target.project)
            due = self._due(reading)
            return self._own_items(reading, lambda items: len(items) == due if before is None else items == before)
        exchange = self.send(reading)
        if reason := self._unjudgeable(exchange):
            raise Inconclusive(reason)
        return (exchange.status, exchange.json() if exchange.ok else None)

    def _due(self, reading: Call) -> int:
        """How many items of this case a list is to show: what it made under the same parents."""
        made = {operation for operation, (listing, _) in COLLECTIONS.items() if listing == reading.operation}
        return sum(by in made and reading.path.items() <= call.path.items() for call, by in self._undo)

    def _own_items(self, reading: Call, settled: Callable[[list[Any]], bool]) -> list[Any]:
        """The items of a list that are this case's; polled, ever more slowly, until they have settled or patience ends."""
        pause, ends = INTERVAL, time.monotonic() + PATIENCE
        while not settled(items := sorted(self._pages(reading), key=str)) and time.monotonic() < ends:
            time.sleep(pause)
            pause *= 2
        return items

    def _pages(self, reading: Call) -> list[Any]:
        own: list[Any] = []
        shared = reading.path.keys() == {"projectId"}  # below a project there is nothing but what the case put there
        paged = "page" in operations()[reading.operation].query
        for page in range(1, PAGES + 1):
            query = (("page", str(page)), ("size", str(PAGE))) if paged else ()
            call = Call(reading.operation, reading.path, (*reading.query, *query))
            items = items_of(self._listed(call))
            own += [item for item in items if not shared or not self._minted.isdisjoint(leaves(item))]
            if not paged or len(items) < PAGE:
                break
        return own

    def _listed(self, call: Call) -> Any:
        exchange = self.send(call)
        if exchange.status == 404:
            return None  # a list of what is not there has nothing on it
        if not exchange.ok:
            self._refused_setup(exchange)
        return exchange.json()

    def _compare(self, refused: Call, watch: Sequence[Call], before: Sequence[Any]) -> None:
        for reading, old in zip(watch, before, strict=True):
            new = self._look(reading, old)
            if new == old:
                continue
            text = f"{refused.operation} was refused, and yet {reading.operation} reads differently than before"
            culprit = next(e for e in reversed(self.exchanges) if e.call.same_target(refused.under(self.target.project)))
            self.findings.append(Finding(Rule.STATE_CHANGED, _shown(old), _shown(new), text, curl=culprit.as_curl()))
            self._adopt(reading, old, new)

    def _adopt(self, reading: Call, old: Any, new: Any) -> None:
        """Own what a refused request made all the same, so that clean-up removes it."""
        for create, (listing, parameter) in COLLECTIONS.items():
            if listing != reading.operation:
                continue
            path = {"projectId": self.target.project, **reading.path}
            for item in (item for item in new if item not in old):
                named = [item.get("id") if isinstance(item, dict) else item]
                undone = undo_calls(Call(create, path, body=named), item) or undo_calls(Call(create, path, body=item), item)
                self._undo += [(undo, create) for undo in undone or () if parameter in undo.path]

    def _race_finding(self, exchanges: Sequence[Exchange], winners: Sequence[Exchange]) -> None:
        self.assertions += 1
        actual = f"{len(winners)} of {len(exchanges)} succeeded"
        text = "equal requests raced: " + ", ".join(e.answer_line()[:100] for e in exchanges)
        self.findings.append(Finding(Rule.RACE, f"1 of {len(exchanges)} succeeds", actual, text, curl=exchanges[0].as_curl()))


def _text(value: Any) -> str:
    """A value to look for in a message. Raises Inconclusive for what a target put in the place of an id or name."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Inconclusive(f"{visible(repr(value)[:100])} stands in a success where an id or a name belongs")
    return str(value)


def _shown(reading: Any) -> str:
    """A reading for a report, without the passwords that a target should not have shown."""
    return visible(hide_members(json.dumps(reading, ensure_ascii=False)))[:LONGEST_SHOWN]


def items_of(document: Any) -> list[Any]:
    """The items of a list answer, in either shape: a bare array, or the first member that is one."""
    if isinstance(document, list):
        return document
    members = document.values() if isinstance(document, dict) else ()
    return next((member for member in members if isinstance(member, list)), [])


def resource(exchange: Exchange) -> Any:
    """What a success says of the resource that it made, in either shape: itself, or a page in which it stands by its name.

    The published description and the official client differ here (behaviour.md, point 15).
    """
    document, sent = exchange.json(), exchange.call.body
    if isinstance(document, dict) and "id" not in document and isinstance(sent, Mapping) and "name" in sent:
        named = [item for item in items_of(document) if isinstance(item, dict) and item.get("name") == sent["name"]]
        return named[-1] if named else document
    return document
