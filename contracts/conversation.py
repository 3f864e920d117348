"""What one case says to the target and what it makes of the answers: set-up, refusals asked for twice, controls, races."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.catalogue import Row
from contracts.client import Client
from contracts.exchange import Exchange, visible
from contracts.finding import Finding, Rule
from contracts.names import Names
from contracts.operation import operations
from contracts.talk import Facts, Talk
from contracts.template import Bound, Kind
from contracts.undo import COLLECTIONS
from contracts.watch import LISTINGS, Watch

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


class Conversation(Talk):
    """One case's talk about its row. Not shared between threads, but for the threads of its own races."""

    def __init__(self, row: Row, client: Client, names: Names, *, strict: bool = False) -> None:
        super().__init__(client, names, strict=strict)
        self.row = row
        self.findings: list[Finding] = []
        self.assertions = 0

    # -- given ------------------------------------------------------------------------------------------------------------

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
            stray = None if self.unjudgeable(exchange) else self.strays[-1][1]
            if stray is None or stray.row is None or stray.row.id not in UNIQUENESS:
                self._refused_setup(exchange)
            self.collided(exchange.call)
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
    ) -> Exchange:
        """Ask for the refusal twice; both must be the row's error, alike, and change nothing of what `watch` reads.

        `bound` binds the placeholders of the row: one value, a few, or the kind of resource for a noun. `hidden` are texts of
        another project that no answer may show. Returns the first exchange.
        """
        values = self._bind(bound)
        watches = [Watch(self, reading) for reading in watch if self.offers(reading.operation)]
        first = self._provoke(call, values, hidden, injected=injected)
        if first.ok:
            return first  # it took effect: to ask again or to compare would only say so twice
        second = self._provoke(call, values, hidden, injected=injected)
        if not second.ok:
            self.findings += oracle.alike(first, second)
            self._compare(first, watches)
        return first

    def unmade(self, refused: Exchange, look: Call) -> None:
        """Look where what a refused request was to make would show by now; nothing of it may be there."""
        if refused.ok or not self.offers(look.operation):
            return
        there = self.own_items(look) if look.operation in LISTINGS else []
        for item in there:
            self.adopt(look, item)
        if there or (look.operation not in LISTINGS and not self.absent(look)):
            self._took_effect(refused, "nothing", self.exchanges[-1].answer_line())

    def unlisted(self, listing: Call) -> bool:
        """Whether a list shows nothing of this case's own, however long it may lag; not, where the target has no such list."""
        return self.offers(listing.operation) and not Watch(self, listing).shows()

    def untaken(self, refused: Exchange, again: Call) -> None:
        """Ask for the same where it is allowed: a name of this case's own that is taken by then was taken by the refused request.

        Refused in any other way, it says nothing of that.
        """
        if refused.ok:
            return
        exchange = self.send(again)
        if not exchange.ok and not self.unjudgeable(exchange):
            row = self.strays[-1][1].row
            if row and row.id in UNIQUENESS:
                self._took_effect(refused, "names that are free", exchange.answer_line())

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
        watch = self._watch_on(calls[0])
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
            if reason := self.unjudgeable(exchange):
                raise Inconclusive(reason)
        if not winners:
            self._race_finding(exchanges, winners)
            raise Settled
        values = self._bind(bind(winners[0]))
        for loser in (e for e in exchanges if not e.ok):
            self._judge(loser, values)
        if watch and (surplus := watch.surplus()):
            text = "one request succeeded, the others were refused, and yet more than one took effect"
            self.findings.append(Finding(Rule.STATE_CHANGED, *surplus, text, curl=winners[0].as_curl()))
        return winners[0]

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _refused_setup(self, exchange: Exchange) -> None:
        if reason := self.unjudgeable(exchange):
            raise Inconclusive(reason)
        operation, answer = exchange.call.operation, exchange.answer_line()
        if oracle.resembles(self.row, exchange):
            text = f"{operation} was sent what {self.row.id} does not forbid, and was refused with that very error"
            self.findings.append(Finding(Rule.CONTROL_REFUSED, "success", answer, text, curl=exchange.as_curl()))
            raise Settled
        raise Inconclusive(f"set-up failed: {operation} was answered {answer}")

    def _provoke(self, call: Call, bound: Bound, hidden: Collection[str], *, injected: bool) -> Exchange:
        exchange = self._keep(self.client.send(call))
        if reason := self.unjudgeable(exchange):
            raise Inconclusive(reason)
        self._judge(exchange, bound, hidden, injected=injected)
        return exchange

    def _judge(self, exchange: Exchange, bound: Bound, hidden: Collection[str] = (), *, injected: bool = False) -> None:
        """Hold an answer against the row; a 500 that nobody asked for is held against its own row as well."""
        self.assertions += 1
        findings = oracle.judge(self.row, exchange, bound, hidden)
        self.findings += [finding for finding in findings if finding not in self.findings]
        if exchange.status == 500 and not injected and self.row.id != oracle.INTERNAL:
            self._stray(exchange)
        if not exchange.ok and exchange.status not in {self.row.code, 500}:
            # Another error than the row's: one to collect if no row documents it. What is wrong with it is said already.
            stray = oracle.judge_stray(exchange, nouns=self.target.nouns)
            self.strays.append((exchange.call, replace(stray, findings=())))

    def _bind(self, bound: Mapping[str, str | tuple[str, ...]]) -> Bound:
        kinds = {slot.name: slot.kind for slot in self.row.message.slots} if self.row.message else {}
        if strange := set(bound) - set(kinds):
            raise ValueError(f"{self.row.id} has no placeholder {', '.join(sorted(strange))}")
        if free := {name for name, kind in kinds.items() if kind is not Kind.FORMAT} - set(bound):
            raise ValueError(f"{self.row.id} needs a value for {', '.join(sorted(free))}")
        values = {name: tuple(map(_text, value if isinstance(value, tuple) else (value,))) for name, value in bound.items()}
        return {name: self.target.nouns[v[0]] if kinds[name] is Kind.NOUN else v for name, v in values.items()}

    def _watch_on(self, call: Call) -> Watch | None:
        """A watch on the list where a call's effect shows, if there is one."""
        listing = COLLECTIONS.get(call.operation, ("", ""))[0]
        if not listing or not self.offers(listing):
            return None
        parents = operations()[listing].path_parameters
        return Watch(self, Call(listing, {name: value for name, value in call.path.items() if name in parents}))

    def _compare(self, refused: Exchange, watches: Sequence[Watch]) -> None:
        for watch in watches:
            if change := watch.change():
                self._took_effect(refused, *change, f"{watch.reading.operation} reads differently than before")

    def _took_effect(self, refused: Exchange, expected: str, actual: str, how: str = "it took effect") -> None:
        text = f"{refused.call.operation} was refused, and yet {how}"
        self.findings.append(Finding(Rule.STATE_CHANGED, expected, actual, text, curl=refused.as_curl()))

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
