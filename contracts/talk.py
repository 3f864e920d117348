"""Talking to the target: every exchange of a case passes through here and is kept.

Every error answer is held against the specification, and what succeeded is written down for clean-up, also where a refusal was
due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from contracts import oracle
from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, leaves
from contracts.catalogue import Row
from contracts.client import Client, Start
from contracts.debt import Debt
from contracts.exchange import INFRASTRUCTURE, SHUT_OUT, Exchange, visible
from contracts.names import Names
from contracts.operation import operations
from contracts.oracle import Stray
from contracts.success import PAGE, document_of, items_of, page_size, same
from contracts.template import Bound, Kind
from contracts.transport.retry import Repeatable, persistent, safely_repeatable, unprocessed
from contracts.undo import UNDO

PAGES = 40
FRESH = 3  # values that are tried before a collision makes a case inconclusive


class Talk:
    """One case's exchanges with the target, and what it owes to it: all that it made is to be `removed`."""

    def __init__(self, client: Client, names: Names, *, strict: bool = False) -> None:
        self.client = client
        self.target = client.target
        self.names = names
        self.strict = strict
        self.exchanges: list[Exchange] = []
        self.judged: list[Exchange] = []
        self.case = ""  # under which what is sent is written down
        self.requests = 0
        self.strays: list[tuple[Call, Stray]] = []
        self.debt = Debt(client.ledger.page() if client.ledger else None, self.target.lent)
        self._free: dict[str, str] = {}
        self._patience = self.target.timeouts.patience
        self._minted: set[str] = set()
        self._again: Repeatable = safely_repeatable

    def put_away(self) -> None:
        """Write down what was sent so far, and keep it no longer: a long case would fill the memory."""
        if self.case:
            self.client.keep(self.case, self.exchanges, self.judged)
        self.exchanges.clear()
        self.judged.clear()

    def offers(self, operation: str) -> bool:
        """Whether the target has the operation."""
        return self.target.offers(operations()[operation]) is not None

    def need(self, operation: str) -> None:
        """Raises NotExercised for an operation that is not to be had on the target."""
        if reason := self.target.lacks(operations()[operation]):
            raise NotExercised(reason)

    def word(self) -> str:
        """A fresh name; what bears it in a list is this case's own."""
        return self._mint(self.names.word())

    def phone_number(self) -> str:
        """A fresh telephone number of fiction; never the one that a profile lends."""
        lent = self.target.trunk_with_number
        while (number := self.names.phone_number()) == (lent and lent.phone_number):
            pass
        return self._mint(number)

    def free_number(self, project: str | None = None) -> str:
        """A fresh number that a project is not seen to have, to be made: should it be somebody's, it would be removed as ours.

        Raises Inconclusive where one number after the other is taken, fiction owns few, and where nobody can say whether it is.
        """
        project = project or self.target.project
        for _ in range(FRESH):
            number = self.phone_number()
            if not self.offers("GetPhoneNumberByNumber"):
                return number
            if self.lacks_number(number, project):
                self._free[number] = project
                return number
            self._minted.discard(number)
        raise Inconclusive(f"the project has {FRESH} fresh numbers in a row already")

    def lacks_number(self, number: str, project: str) -> bool:
        """Whether a project is seen not to have a number; where the API reads it neither way, which may be its fault, by its list.

        Raises Inconclusive where nothing says so.
        """
        exchange = self.send(Call("GetPhoneNumberByNumber", {"projectId": project, "phoneNumber": number}))
        if exchange.ok or exchange.absent:
            return exchange.absent
        if (reason := self.unjudgeable(exchange)) or not self.offers("GetPhoneNumbers"):
            raise Inconclusive(reason or f"nobody can say whether a number is free: {exchange.answer_line()}")
        return not self.items(Call("GetPhoneNumbers", {"projectId": project}), lambda item: number in set(leaves(item)))

    def send(self, call: Call, *, again: Repeatable | None = None) -> Exchange:
        """Send a call whose answer is not to be judged, `again` where it got none and that can do no harm, and keep the exchange.

        An error answer is held against the specification as a stray.
        """
        exchange = self.reached(call, again or self._again)
        if exchange.response and not exchange.ok and not self.unjudgeable(exchange):
            self._stray(exchange)
        return exchange

    def asked(self, call: Call) -> Exchange:
        """Send a call that is to be judged, and keep the exchange: its first answer is the answer."""
        self._foresee(call)
        try:
            exchange = self.client.send(call)
        except Exception:
            self.debt.settle(call.under(self.target.project))  # it was not sent
            raise
        return self._keep(exchange)

    def reached(self, call: Call, again: Repeatable = safely_repeatable) -> Exchange:
        """As `asked`; `again` where it got no answer and that can do no harm, until it gets one or the target is given up."""
        exchange = self.asked(call)
        if not again(exchange):
            return exchange
        first = [exchange]
        gone = partial(getattr, self.client.pulse, "gone")
        return persistent(lambda: first.pop() if first else self.asked(call), again, self._patience, gone)

    def at_once(self, calls: Sequence[Call]) -> list[Exchange]:
        """Send all calls at one instant, each from a thread and a connection of its own, and keep the exchanges in that order.

        Raises NotExercised for more than may be in flight at once and for what the target has not, Inconclusive when one could
        not be sent.
        """
        self.room_for(len(calls))
        for call in calls:
            self.need(call.operation)  # before they are paid for
        self._foresee(*calls)
        try:
            # Here and for all: none has to wait at the barrier for one that is to leave later.
            with self.client.starts(*calls) as starts:
                begun = self._contest(calls, starts)
        except Exception:
            for call in calls:
                self.debt.settle(call.under(self.target.project))  # it was not sent
            raise
        exchanges = [future.result() for future in begun if not future.exception()]
        for exchange in sorted(exchanges, key=lambda exchange: exchange.call.operation in UNDO):
            self._keep(exchange)  # what one makes, another may have removed before or behind it: clean-up tries to remove it
        for call, future in zip(calls, begun, strict=True):
            if future.exception():
                self.debt.settle(call.under(self.target.project))  # it was not sent
        if failures := [failure for future in begun if (failure := future.exception())]:
            told = (failure for failure in failures if not isinstance(failure, threading.BrokenBarrierError))
            raise next(told, Inconclusive("a race had no start"))
        return exchanges

    def room_for(self, contestants: int) -> None:
        """Raises NotExercised where so many calls cannot race: best before anything is made for them."""
        if reason := self.client.no_room(contestants):
            raise NotExercised(reason)

    def absent(self, reading: Call) -> bool:
        """Whether what is read is seen not to be there. Raises Inconclusive where the answer says neither."""
        exchange = self.send(reading)
        if not exchange.ok and not exchange.absent:
            raise Inconclusive(self.unjudgeable(exchange) or f"{reading.operation} was answered {exchange.answer_line()}")
        return not exchange.ok

    def own_items(self, listing: Call) -> list[Any]:
        """The items of a list that bear a name or number of this case's own; all, of a list below a resource.

        There is nothing but what the case put there. Raises as `items`.
        """
        shared = listing.path.keys() <= {"projectId"}
        return self.items(listing, lambda item: not shared or not self._minted.isdisjoint(leaves(item)))

    def items(self, listing: Call, wanted: Callable[[Any], bool]) -> list[Any]:
        """The items of a list that are wanted, over all its pages.

        Raises Inconclusive when the list cannot be read. A list of what is not there has nothing on it.
        """
        own: list[Any] = []
        paged = "page" in operations()[listing.operation].query
        for page in range(1, PAGES + 1):
            query = (("page", str(page)), ("size", str(PAGE))) if paged else ()
            reading = Call(listing.operation, listing.path, (*listing.query, *query))
            if self.absent(reading):
                break
            document = document_of(self.exchanges[-1])
            items = items_of(document)
            mine = filter(wanted, items)
            own += [item for item in mine if not any(same(item, known) for known in own)]  # one may move to the next page
            if not paged or not items or len(items) < page_size(document):
                break
        return own

    def collided(self, call: Call) -> None:
        """Disown the values of a call that were taken already: they are somebody else's."""
        self._minted -= call.sent_values()

    def unjudgeable(self, exchange: Exchange) -> str | None:
        """Why no judgement is possible on an answer, or None (behaviour.md, "What a broken answer is" and point 10)."""
        operation = exchange.call.operation
        if exchange.response is None:
            return f"{operation}: {exchange.failure}: {exchange.reason}"
        if exchange.status in INFRASTRUCTURE:
            return f"{operation}: HTTP {exchange.status} is the infrastructure's, not the API's"
        if exchange.status in SHUT_OUT and not self.client.proven:
            return f"{operation}: HTTP {exchange.status}, and no request of this run has succeeded yet; check key and project"
        if exchange.shut_out and exchange.status in SHUT_OUT:
            return f"{operation}: HTTP {exchange.status}, and so is any request to the whole project by now; check key and project"
        if exchange.shut_out:
            came = f"HTTP {exchange.status}, {exchange.response.stand_in} in place of the API"
            return f"{operation}: {came}, and so is the answer to any request by now"
        return None

    def bind(self, row: Row, bound: Mapping[str, str | tuple[str, ...]]) -> Bound:
        """The placeholders of a row with their values: one, a few, or the kind of resource for a noun.

        Raises ValueError for a placeholder that the row does not have, and for one that is left free.
        """
        kinds = {slot.name: slot.kind for slot in row.message.slots} if row.message else {}
        if strange := set(bound) - set(kinds):
            raise ValueError(f"{row.id} has no placeholder {', '.join(sorted(strange))}")
        if free := {name for name, kind in kinds.items() if kind is not Kind.FORMAT} - set(bound):
            raise ValueError(f"{row.id} needs a value for {', '.join(sorted(free))}")
        values = {name: tuple(map(_text, value if isinstance(value, tuple) else (value,))) for name, value in bound.items()}
        return {name: self.target.nouns[v[0]] if kinds[name] is Kind.NOUN else v for name, v in values.items()}

    def _contest(self, calls: Sequence[Call], starts: Sequence[Start]) -> list[Future[Exchange]]:
        """What becomes of each call of a race."""
        barrier = threading.Barrier(len(calls), timeout=self.target.timeouts.total)

        def contest(call: Call, start: Start) -> Exchange:
            try:
                return self.client.send_alone(call, barrier.wait, start)
            except BaseException:
                barrier.abort()  # nobody waits for one who cannot come
                raise

        with ThreadPoolExecutor(len(calls), thread_name_prefix="race") as contestants:
            return [contestants.submit(contest, *each) for each in zip(calls, starts, strict=True)]

    def _mint(self, value: str) -> str:
        self._minted.add(value)
        return value

    def _keep(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        self.requests += exchange.requests
        if exchange.ok:
            self.debt.remember(exchange)
        elif exchange.call.operation in UNDO and self.unjudgeable(exchange) and not unprocessed(exchange):
            self.debt.lost.append(exchange.call)
            return exchange
        self.debt.settle(exchange.call)
        return exchange

    def _foresee(self, *calls: Call) -> None:
        """Write down what calls may make, before they are sent. A number that is not free none of them can take."""
        if not self.debt.written_down:
            return
        makers = [call.under(self.target.project) for call in calls if call.operation in UNDO]
        self.debt.foresee([call for call in makers if call.operation != "createPhoneNumber" or self.seen_free(call)])

    def seen_free(self, call: Call) -> bool:
        """Whether the number that a call creates was seen to be free where it is created: should its answer be lost, it is ours."""
        number = call.body.get("phoneNumber") if isinstance(call.body, Mapping) else None
        return isinstance(number, str) and self._free.get(number) == call.path["projectId"]

    def _stray(self, exchange: Exchange) -> Stray:
        stray = oracle.judge_stray(exchange, strict=self.strict, nouns=self.target.nouns)
        self.strays.append((exchange.call, stray))
        return stray


def _text(value: Any) -> str:
    """A value to look for in a message. Raises Inconclusive for what a target put in the place of an id or name."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Inconclusive(f"{visible(repr(value)[:100])} stands in a success where an id or a name belongs")
    return str(value)
