"""A case's world: what it makes of the target's answers about its row. Refusals asked for twice, controls, races."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.catalogue import Row
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule
from contracts.maker import UNIQUENESS, Maker
from contracts.names import Names
from contracts.operation import operations
from contracts.oracle import Answer
from contracts.success import Facts
from contracts.template import Bound
from contracts.undo import COLLECTIONS
from contracts.watch import LISTINGS, Watch


class Settled(Exception):  # noqa: N818 - no error: the findings say it all
    """The case has its verdict already, by a finding; nothing more is to be sent."""


class World(Maker):
    """What a scenario gets: one case's talk about its row. Not shared between threads, but for the threads of its own races."""

    def __init__(self, row: Row, client: Client, names: Names, *, strict: bool = False) -> None:
        super().__init__(client, names, strict=strict)
        self.row = row
        self.findings: list[Finding] = []
        self.answers: dict[Answer, None] = {}  # in order, each once
        self.assertions = 0

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
        values = self.bind(self.row, bound)
        watches = [Watch(self, reading) for reading in watch if self.offers(reading.operation)]
        first = self._answered(call)
        if not _doubtful(first):
            self._judge(first, values, hidden, injected=injected)
            if first.ok:
                self.debt.unrefused(first)
                return first  # it took effect: to ask again or to compare would only say so twice
        second = self._answered(call)
        self.debt.unrefused(second)
        if not _doubtful(second):
            self._judge(second, values, hidden, injected=injected)
        if _doubtful(first) != _doubtful(second):
            answers = " and ".join(map(_told, (first, second)))
            raise Inconclusive(f"{call.operation}, asked for twice, was answered {answers}: one of several servers may be ill")
        for exchange in (first, second) if _doubtful(first) else ():
            self._judge(exchange, values, hidden, injected=injected)
        if not first.ok and not second.ok:
            self.findings += oracle.alike(first, second)
            self._compare(first, watches)
        return first

    def unmade(self, refused: Exchange, look: Call) -> None:
        """Look where what a refused request was to make would show by now; nothing of it may be there."""
        if refused.ok or not self.offers(look.operation):
            return
        there = self.own_items(look) if look.operation in LISTINGS else []
        for item in there:
            self.debt.adopt(look, item)
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
        self.judged.append(self.exchanges[-1])
        return facts

    def ready(self, reading: Call) -> None:
        """Wait until what may still be processed can be read, and read it as a positive control."""
        for seconds in (0.0, 0.2, 0.4, 0.8, 1.6):
            time.sleep(seconds)
            if self.send(reading).ok:
                self.accepted(reading)
                return
        raise Inconclusive(f"{reading.operation} was not ready after some seconds; it may still be processing")

    def race(self, calls: Sequence[Call], bind: Callable[[Exchange], Mapping[str, str | tuple[str, ...]]]) -> Exchange:
        """Send all calls at one instant, each from a thread and a connection of its own.

        One may succeed; the others get the row's error, bound by what `bind` says of the winner (behaviour.md, point 14).
        Returns the winner's exchange.
        """
        watch = self._watch_on(calls[0])
        exchanges = self.at_once(calls)
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
        values = self.bind(self.row, bind(winners[0]))
        for loser in (e for e in exchanges if not e.ok):
            self._judge(loser, values)
        if watch and (surplus := watch.surplus()):
            text = "one request succeeded, the others were refused, and yet more than one took effect"
            self.findings.append(Finding(Rule.STATE_CHANGED, *surplus, text, curl=winners[0].as_curl()))
        return winners[0]

    # -- inside -----------------------------------------------------------------------------------------------------------

    def refused_setup(self, exchange: Exchange) -> None:
        """A set-up or control that was refused with the row's very error fails the row; else the case is inconclusive."""
        if not self.unjudgeable(exchange) and oracle.resembles(self.row, exchange):
            text = f"{exchange.call.operation} was sent what {self.row.id} does not forbid, and was refused with that very error"
            answer = exchange.answer_line()
            self.findings.append(Finding(Rule.CONTROL_REFUSED, "success", answer, text, curl=exchange.as_curl()))
            raise Settled
        super().refused_setup(exchange)

    def _answered(self, call: Call) -> Exchange:
        """The answer to a call that is to be judged. Raises Inconclusive where it says nothing of the API."""
        exchange = self.asked(call)
        if reason := self.unjudgeable(exchange):
            raise Inconclusive(reason)
        return exchange

    def _judge(self, exchange: Exchange, bound: Bound, hidden: Collection[str] = (), *, injected: bool = False) -> None:
        """Hold an answer against the row; a 500 that nobody asked for is held against its own row as well."""
        self.assertions += 1
        self.judged.append(exchange)
        self.answers[oracle.answer(self.row, exchange, bound)] = None
        findings = oracle.judge(self.row, exchange, bound, hidden)
        self.findings += [finding for finding in findings if finding not in self.findings]
        if exchange.status == 500 and not injected and self.row.id != oracle.INTERNAL:
            self._stray(exchange)
        if not exchange.ok and exchange.status not in {self.row.code, 500}:
            # Another error than the row's: one to collect if no row documents it. What is wrong with it is said already.
            stray = oracle.judge_stray(exchange, nouns=self.target.nouns)
            self.strays.append((exchange.call, replace(stray, findings=())))

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


def _doubtful(exchange: Exchange) -> bool:
    """Whether an answer may be that of one server among many, which is ill: a page, a redirect, or that nobody knows us.

    It is judged where it comes twice.
    """
    return exchange.status == 401 or bool(exchange.response and exchange.response.stand_in)


def _told(exchange: Exchange) -> str:
    page = exchange.response.stand_in if exchange.response else ""
    return f"HTTP {exchange.status}{', ' if page else ''}{page}"
