"""What a case owes to its target: the removal of all that it made, and of what it may have made where an answer was lost.

It sends nothing itself. Where there is a ledger, what is owed stands there as well: before a call that may make something is sent,
and whenever an answer has come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contracts.call import Call
from contracts.case import Leftover
from contracts.exchange import Exchange
from contracts.operation import operations
from contracts.success import resource
from contracts.undo import COLLECTIONS, STAYING, UNDO, UPSERTS, removals, undo_calls

if TYPE_CHECKING:
    from contracts.ledger import Page

Removal = tuple[Call, str]
"""A call that removes something, and the operation that made it."""


class Debt:
    """The debt of one case. `lost` are calls whose answers nobody knows; `leftovers` what could not be removed, or may be there.

    `not_removable` is what no operation removes, and `removed` how much is gone. `lent` are ids of what a profile lends.
    """

    def __init__(self, page: Page | None = None, lent: Collection[str] = ()) -> None:
        self.lost: list[Call] = []
        self.leftovers: list[Leftover] = []
        self.not_removable: list[Leftover] = []
        self.removed = 0
        self._page = page
        self._lent = lent
        self._owed: list[Removal] = []
        self._stuck: list[Removal] = []
        self._own_projects: set[str] = set()

    @property
    def written_down(self) -> bool:
        """Whether there is a ledger."""
        return self._page is not None

    def requests(self) -> int:
        """How many requests it takes to remove what was made, and what may have been."""
        return len(self._owed) + sum(map(removals, self.lost))

    # -- what is owed -----------------------------------------------------------------------------------------------------

    def foresee(self, calls: Sequence[Call]) -> None:
        """Write down calls that may make something, before they are sent."""
        if self._page and calls:
            self._page.may_owe(*calls)

    def settle(self, answered: Call | None = None) -> None:
        """Write down what is owed by now, and which call is no longer open."""
        if self._page:
            done = answered if answered and answered.operation in UNDO else None
            self._page.settle(done, [call for call, _ in (*self._owed, *self._stuck)])

    def remember(self, exchange: Exchange) -> None:
        """Owe the removal of what a success made, and no longer that of what it removed."""
        call = exchange.call
        self._owed = [(undo, by) for undo, by in self._owed if not undo.same_target(call)]
        if call.operation == "createProject" and isinstance(call.body, Mapping):
            self._own_projects.add(str(call.body.get("id")))
        if call.operation in STAYING and not self.goes_with_a_project(call):
            if call.operation != "exportCallRecords" or dict(call.query).get("fileName"):
                self.not_removable.append(_leftover(call, call.operation, "no operation removes it"))
            return
        undo = undo_calls(call, resource(exchange))
        if undo is None:
            self.report(call, "the answer does not name what it made")
        self.owe(undo or (), call.operation)

    def owe(self, calls: Sequence[Call], made_by: str) -> None:
        """Owe these removals."""
        self._owed += [(call, made_by) for call in calls]

    def unrefused(self, exchange: Exchange) -> None:
        """Owe the removal of what an update made that was to be refused, since there was nothing of that name.

        What a profile lends was there before, and is never removed.
        """
        call = exchange.call
        if exchange.ok and call.operation in UPSERTS:
            removal = Call(UPSERTS[call.operation], call.path)
            named = call.path[operations()[removal.operation].path_parameters[-1]]
            if named not in self._lent and not self.has(removal):  # then it is something that the case made
                self.owe([removal], call.operation)
                self.settle()

    def adopt(self, listing: Call, item: Any) -> None:
        """Owe the removal of an item of a list: what a refused request made all the same, or one whose answer was lost."""
        for create, (listed, parameter) in COLLECTIONS.items():
            if listed == listing.operation:
                named = [item.get("id") if isinstance(item, dict) else item]
                found = (undo_calls(Call(create, listing.path, body=body), item) for body in (named, item))
                self.owe([undo for undo in next(filter(None, found), ()) if parameter in undo.path], create)

    def take_over(self, owed: Sequence[Call], lost: Sequence[Call]) -> None:
        """Owe what an earlier run owed: removals, the newest last, and calls whose answers nobody knows."""
        self.owe(owed, "an earlier run")
        self.lost += lost
        self._own_projects |= {call.path["projectId"] for call in owed if call.operation == "deleteProject"}

    # -- what is known of it ----------------------------------------------------------------------------------------------

    def due(self, listing: Call) -> int:
        """How many items a list is to show: what was made under the same parents."""
        made = {operation for operation, (listed, _) in COLLECTIONS.items() if listed == listing.operation}
        return sum(by in made and listing.path.items() <= call.path.items() for call, by in self._owed)

    def has(self, call: Call) -> bool:
        """Whether this very removal is owed already."""
        return any(known.same_target(call) for known, _ in self._owed)

    def named(self, parameter: str) -> set[str | None]:
        """What the owed removals name by a parameter of their paths."""
        return {call.path.get(parameter) for call, _ in self._owed}

    def goes_with_a_project(self, call: Call) -> bool:
        """Whether what a call makes goes with a project of the case's own."""
        return call.path.get("projectId") in self._own_projects

    # -- how it ends ------------------------------------------------------------------------------------------------------

    def due_now(self, keep: int) -> Iterator[Removal]:
        """The removals that are due, the newest first, but for the first ones; each stays written down until it is gone."""
        while len(self._owed) > keep:
            self._stuck.append(self._owed.pop())
            yield self._stuck[-1]

    def gone(self, removal: Removal) -> None:
        """What was to be removed is not there any more."""
        self._stuck.remove(removal)
        self.removed += 1

    def stays(self, removal: Removal, reason: str) -> None:
        """What was to be removed could not be."""
        self.leftovers.append(_leftover(*removal, reason))

    def report(self, call: Call, reason: str) -> None:
        """What a call made cannot be removed, for nobody knows what it is."""
        self.leftovers.append(_leftover(call, call.operation, reason))


def _leftover(call: Call, made_by: str, reason: str) -> Leftover:
    path = operations()[call.operation].path
    for name, value in call.path.items():
        path = path.replace(f"{{{name}}}", value)
    return Leftover(call.operation, path, made_by, reason)
