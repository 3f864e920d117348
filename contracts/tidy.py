"""A talk that cleans up after itself: what a case made is removed, and what it may have made is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, leaves
from contracts.exchange import SHUT_OUT
from contracts.operation import operations
from contracts.success import document_of
from contracts.talk import Talk
from contracts.transport.retry import Repeatable, repeatable, safely_repeatable
from contracts.undo import COLLECTIONS, undo_calls

CLEANING = 4  # how much longer clean-up tries than a case does


class Tidy(Talk):
    """All that it made is to be removed; nothing is raised on the way, since the verdict stands already."""

    _named: frozenset[str] | None = None  # what an earlier run named in the calls that were taken over from it

    def clean_up(self, keep: int = 0) -> None:
        """Remove what the case made, the newest first; what resists is tried once more at the end, then a leftover.

        The first removals that were owed can be left for later. It has more patience than the case had: what stays is worse.
        """
        self._patience, self._again = CLEANING * self.target.timeouts.patience, self._doggedly(safely_repeatable)
        while self.debt.lost:
            lost = self.debt.lost.pop()
            self._search(lost)
            self.debt.settle(lost)
        waiting = []
        for removal in self.debt.due_now(keep):
            if self._resists(removal[0]):
                waiting.append(removal)
            else:
                self.debt.gone(removal)
        for removal in waiting:
            if reason := self._resists(removal[0]):
                self.debt.stays(removal, reason)
            else:
                self.debt.gone(removal)
        self.debt.settle()

    def take_over(self, owed: Sequence[Call], unknown: Sequence[Call], prefix: str) -> None:
        """Owe what an earlier run owed: removals, the newest last, and calls whose answers nobody knows.

        Of these only what bears the `prefix` of that run's names is its own, and a number that it saw to be free. Since then a
        number may have become somebody else's, so each is looked at before it is touched.
        """
        self.debt.take_over(owed, unknown)
        self._named = frozenset(text for call in (*owed, *unknown) for text in call.sent_values())
        for call in unknown:
            self._minted |= {text for text in call.sent_values() if text.startswith(prefix)}
            if call.operation == "createPhoneNumber":
                self._free |= dict.fromkeys(call.sent_values(), call.path["projectId"])  # or it would not have been written down

    def _search(self, lost: Call) -> None:
        """Find out what a call made whose answer was lost, so that it is removed or at least reported. Raises nothing."""
        listing, parameter = COLLECTIONS.get(lost.operation, ("", ""))
        undo = undo_calls(lost, None)
        if undo and all(map(self.debt.has, undo)):
            return  # it was there before, made by this case
        if lost.operation == "createPhoneNumber" and not self.seen_free(lost):  # it may be somebody else's
            self._may_be_there(lost)
        elif undo is not None:
            self.debt.owe(undo, lost.operation)
        elif listing:
            reading = Call(listing, {name: lost.path[name] for name in operations()[listing].path_parameters if name in lost.path})
            known = self.debt.named(parameter)
            try:
                found = [item for item in self.own_items(reading) if isinstance(item, dict) and str(item.get("id")) not in known]
                found = [item for item in found if not self._minted.isdisjoint(leaves(item))]  # what is below it may be lent
            except (Inconclusive, NotExercised) as e:
                barred = self.exchanges and self.exchanges[-1].call.operation == listing and self.exchanges[-1].status == 403
                # Where the key may not even look, it has made nothing; and what is in a project of ours goes with that.
                if not barred and not self.debt.goes_with_a_project(lost):
                    self.debt.report(lost, f"its answer was lost, and {e}")
                return
            for item in found:
                self.debt.adopt(reading, item)

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
            self.debt.report(lost, "its answer was lost: the number may be there")

    def _resists(self, call: Call) -> str:
        """Try to remove; why that did not work, empty when it is gone. The verdict stands already, so nothing is raised here."""
        try:
            if (told := self._told_by_a_look(call)) is not None:
                return told
            exchange = self.send(call, again=self._doggedly(repeatable))  # what is removed twice is gone all the same
        except (Inconclusive, NotExercised) as e:
            return str(e)
        removed = exchange.ok and exchange.response is not None and not exchange.response.stand_in  # a page removes nothing
        return "" if removed or exchange.absent else exchange.answer_line()

    def _doggedly(self, again: Repeatable) -> Repeatable:
        """As `again`, and also where one token after the other ended on the way: the next one may live longer."""
        return lambda exchange: again(exchange) or (self.client.renews and exchange.shut_out and exchange.status in SHUT_OUT)

    def _told_by_a_look(self, call: Call) -> str | None:
        """Why a number of an earlier run is left alone, empty where it is gone; None where nothing is against the call.

        On a trunk that the earlier run does not name it may be somebody else's. Raises Inconclusive where the look says nothing.
        """
        if self._named is None or "phoneNumber" not in call.path or not self.offers("GetPhoneNumberByNumber"):
            return None
        if self.absent(Call("GetPhoneNumberByNumber", {name: call.path[name] for name in ("projectId", "phoneNumber")})):
            return ""
        number = document_of(self.exchanges[-1])
        if not isinstance(number, dict):
            raise Inconclusive(f"nobody can tell whose the number is by now: {self.exchanges[-1].answer_line()}")
        trunk = str(number.get("sipTrunkId") or "")
        return f"the number may be somebody else's by now: it is on trunk {trunk}" if trunk and trunk not in self._named else None
