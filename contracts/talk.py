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
from contracts.case import Leftover
from contracts.catalogue import Row
from contracts.client import Client, Start
from contracts.exchange import INFRASTRUCTURE, SHUT_OUT, Exchange, visible
from contracts.names import Names
from contracts.operation import operations
from contracts.oracle import Stray
from contracts.success import PAGE, document_of, items_of, page_size, resource, same
from contracts.template import Bound, Kind
from contracts.transport.retry import Repeatable, persistent, repeatable, safely_repeatable, unprocessed
from contracts.undo import COLLECTIONS, STAYING, UNDO, removals, undo_calls

PAGES = 40
CLEANING = 4  # how much longer clean-up tries than a case does


class Talk:
    """One case's exchanges with the target, and what it owes to it: all that it made is to be `removed`."""

    def __init__(self, client: Client, names: Names, *, strict: bool = False) -> None:
        self.client = client
        self.target = client.target
        self.names = names
        self.strict = strict
        self.exchanges: list[Exchange] = []
        self.requests = self.removed = 0
        self.strays: list[tuple[Call, Stray]] = []
        self.leftovers: list[Leftover] = []
        self.not_removable: list[Leftover] = []
        self._undo: list[tuple[Call, str]] = []
        self._stuck: list[tuple[Call, str]] = []
        self._lost: list[Call] = []
        self._page = client.ledger.page() if client.ledger else None
        self._free: set[str] = set()
        self._patience = self.target.timeouts.patience
        self._minted: set[str] = set()
        self._own_projects: set[str] = set()

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
        """A fresh telephone number of fiction."""
        return self._mint(self.names.phone_number())

    def send(self, call: Call, *, again: Repeatable = safely_repeatable) -> Exchange:
        """Send a call whose answer is not to be judged, `again` where it got none and that can do no harm, and keep the exchange.

        An error answer is held against the specification as a stray.
        """
        exchange = self.reached(call, again)
        if exchange.response and not exchange.ok and not self.unjudgeable(exchange):
            self._stray(exchange)
        return exchange

    def asked(self, call: Call) -> Exchange:
        """Send a call that is to be judged, and keep the exchange: its first answer is the answer."""
        self._foresee(call)
        try:
            exchange = self.client.send(call)
        except Exception:
            self._settle(call.under(self.target.project))  # it was not sent
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
                self._settle(call.under(self.target.project))  # it was not sent
            raise
        exchanges = [future.result() for future in begun if not future.exception()]
        for exchange in sorted(exchanges, key=lambda exchange: exchange.call.operation in UNDO):
            self._keep(exchange)  # what one makes, another may have removed before or behind it: clean-up tries to remove it
        for call, future in zip(calls, begun, strict=True):
            if future.exception():
                self._settle(call.under(self.target.project))  # it was not sent
        if failures := [failure for future in begun if (failure := future.exception())]:
            told = (failure for failure in failures if not isinstance(failure, threading.BrokenBarrierError))
            raise next(told, Inconclusive("a race had no start"))
        return exchanges

    def room_for(self, contestants: int) -> None:
        """Raises NotExercised where so many calls cannot race: best before anything is made for them."""
        if reason := self.client.no_room(contestants):
            raise NotExercised(reason)

    def clean_up(self, keep: int = 0) -> None:
        """Remove what the case made, the newest first; what resists is tried once more at the end, then a leftover.

        The first removals that were owed can be left for later. It has more patience than the case had: what stays is worse.
        """
        self._patience = CLEANING * self.target.timeouts.patience
        while self._lost:
            lost = self._lost.pop()
            self._search(lost)
            self._settle(lost)
        waiting = []
        while len(self._undo) > keep:
            owed = self._undo.pop()
            self._stuck.append(owed)  # until it is gone
            if self._resists(owed[0]):
                waiting.append(owed)
            else:
                self._gone(owed)
        for owed in waiting:
            if reason := self._resists(owed[0]):
                self.leftovers.append(self._leftover(*owed, reason))
            else:
                self._gone(owed)
        self._settle()

    def _gone(self, owed: tuple[Call, str]) -> None:
        self._stuck.remove(owed)
        self.removed += 1

    def take_over(self, owed: Sequence[Call], unknown: Sequence[Call], prefix: str) -> None:
        """Owe what an earlier run owed: removals, the newest last, and calls whose answers nobody knows.

        Of these only what bears the `prefix` of that run's names is its own, and a number that it saw to be free.
        """
        self._undo = [(call, "an earlier run") for call in owed]
        self._lost = list(unknown)
        for call in unknown:
            self._minted |= {text for text in call.sent_values() if text.startswith(prefix)}
            if call.operation == "createPhoneNumber":
                self._free |= call.sent_values()  # or it would not have been written down
        self._own_projects = {call.path["projectId"] for call in owed if call.operation == "deleteProject"}

    def owed(self) -> int:
        """How many requests it takes to remove what the case has made, and what it may have made where the answer was lost."""
        return len(self._undo) + sum(map(removals, self._lost))

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

    def due(self, listing: Call) -> int:
        """How many items of this case a list is to show: what it made under the same parents."""
        made = {operation for operation, (listed, _) in COLLECTIONS.items() if listed == listing.operation}
        return sum(by in made and listing.path.items() <= call.path.items() for call, by in self._undo)

    def adopt(self, listing: Call, item: Any) -> None:
        """Own an item that a refused request made all the same, so that clean-up removes it."""
        for create, (listed, parameter) in COLLECTIONS.items():
            if listed == listing.operation:
                named = [item.get("id") if isinstance(item, dict) else item]
                found = (undo_calls(Call(create, listing.path, body=body), item) for body in (named, item))
                self._undo += [(undo, create) for undo in next(filter(None, found), ()) if parameter in undo.path]

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
            self._remember(exchange)
        elif exchange.call.operation in UNDO and self.unjudgeable(exchange) and not unprocessed(exchange):
            self._lost.append(exchange.call)
            return exchange
        self._settle(exchange.call)
        return exchange

    def _foresee(self, *calls: Call) -> None:
        """Write down what calls may make, before they are sent. A number that is not free none of them can take."""
        if self._page is None:
            return
        makers = [call.under(self.target.project) for call in calls if call.operation in UNDO]
        makers = [call for call in makers if call.operation != "createPhoneNumber" or self._is_free(call)]
        if makers:
            self._page.may_owe(*makers)

    def _is_free(self, call: Call) -> bool:
        """Whether nobody has the number that a call is to take: should its answer be lost, then what is there was made by us."""
        number = call.body.get("phoneNumber") if isinstance(call.body, Mapping) else None
        if not isinstance(number, str) or not self.offers("GetPhoneNumberByNumber"):
            return False
        if number not in self._free:
            reading = Call("GetPhoneNumberByNumber", {"projectId": call.path["projectId"], "phoneNumber": number})
            if self.send(reading).absent:
                self._free.add(number)
        return number in self._free

    def _settle(self, answered: Call | None = None) -> None:
        """Write down what is owed by now, and which call is no longer open."""
        if self._page:
            done = answered if answered and answered.operation in UNDO else None
            self._page.settle(done, [call for call, _ in (*self._undo, *self._stuck)])

    def _search(self, lost: Call) -> None:
        """Find out what a call made whose answer was lost, so that it is removed or at least reported. Raises nothing."""
        listing, parameter = COLLECTIONS.get(lost.operation, ("", ""))
        undo = undo_calls(lost, None)
        if undo and all(any(known.same_target(call) for known, _ in self._undo) for call in undo):
            return  # it was there before, made by this case
        if lost.operation == "createPhoneNumber" and self._free.isdisjoint(lost.sent_values()):  # it may be somebody else's
            self._may_be_there(lost)
        elif undo is not None:
            self._undo += [(call, lost.operation) for call in undo]
        elif listing:
            reading = Call(listing, {name: lost.path[name] for name in operations()[listing].path_parameters if name in lost.path})
            known = {call.path.get(parameter) for call, _ in self._undo}
            try:
                found = [item for item in self.own_items(reading) if isinstance(item, dict) and str(item.get("id")) not in known]
                found = [item for item in found if not self._minted.isdisjoint(leaves(item))]  # what is below it may be lent
            except (Inconclusive, NotExercised) as e:
                barred = self.exchanges and self.exchanges[-1].call.operation == listing and self.exchanges[-1].status == 403
                # Where the key may not even look, it has made nothing; and what is in a project of ours goes with that.
                if not barred and lost.path.get("projectId") not in self._own_projects:
                    self.leftovers.append(self._leftover(lost, lost.operation, f"its answer was lost, and {e}"))
                return
            for item in found:
                self.adopt(reading, item)

    def _may_be_there(self, lost: Call) -> None:
        """Report a number that may be ours, unless nobody has it, or the key may not even look."""
        number = lost.body.get("phoneNumber") if isinstance(lost.body, Mapping) else None
        reading = Call("GetPhoneNumberByNumber", {"projectId": lost.path["projectId"], "phoneNumber": str(number)})
        try:
            exchange = self.send(reading)
            there = not exchange.absent and exchange.status != 403
        except (Inconclusive, NotExercised):
            there = True
        if there:
            self.leftovers.append(self._leftover(lost, lost.operation, "its answer was lost: the number may be there"))

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
            exchange = self.send(call, again=repeatable)  # what is removed twice is gone all the same
        except (Inconclusive, NotExercised) as e:
            return str(e)
        removed = exchange.ok and exchange.response is not None and not exchange.response.stand_in  # a page removes nothing
        return "" if removed or exchange.absent else exchange.answer_line()

    def _leftover(self, call: Call, made_by: str, reason: str) -> Leftover:
        path = operations()[call.operation].path
        for name, value in call.path.items():
            path = path.replace(f"{{{name}}}", value)
        return Leftover(call.operation, path, made_by, reason)

    def _stray(self, exchange: Exchange) -> Stray:
        stray = oracle.judge_stray(exchange, strict=self.strict, nouns=self.target.nouns)
        self.strays.append((exchange.call, stray))
        return stray


def _text(value: Any) -> str:
    """A value to look for in a message. Raises Inconclusive for what a target put in the place of an id or name."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Inconclusive(f"{visible(repr(value)[:100])} stands in a success where an id or a name belongs")
    return str(value)
