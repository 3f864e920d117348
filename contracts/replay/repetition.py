"""A recorded case, sent again: the same requests in the same order, under names of its own; what it makes it removes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call
from contracts.catalogue import rows
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.names import Names
from contracts.replay.caution import Sending, changes, given_id, harm
from contracts.replay.recording import Recording, Step
from contracts.replay.renewal import Renewal
from contracts.success import document_of, items_of
from contracts.tidy import Tidy
from contracts.undo import COLLECTIONS, UNDO

TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?")
ENVELOPE = frozenset({"code", "status", "message", "details"})
"""What two errors must have alike; of other members, which may bear a moment or a trace, only the names count."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A step, what it was sent as now, and what came. `same` says whether the answers are alike: ids, names and times aside."""

    step: Step
    exchange: Exchange
    same: bool


class Repetition(Tidy):
    """The repetition of one case. Whoever begins it ends it with `clean_up`, whatever happens."""

    def __init__(self, client: Client, run_id: str, recording: Recording) -> None:
        names = Names(run_id)
        client.veil.add(names.secret)
        super().__init__(client, names)
        self._recording = recording
        self._renewal = Renewal(recording.origin, client.target, names, run_id)
        for step in recording.steps:
            self._renewal.foresee(step.exchange.call)

    def play(self) -> Iterator[Repeated]:
        """Send one step after the other, and give what became of it.

        Raises NotExercised for what cannot or must not be sent to this target, Inconclusive where an answer says nothing, and where
        a set-up is refused that succeeded then.
        """
        self._allowed()
        for step in self._recording.steps:
            repeated = self._repeated(step)
            yield repeated
            if step.exchange.ok and not step.judged and not repeated.exchange.ok and changes(step.exchange.call):
                raise Inconclusive(f"{step.exchange.call.operation} succeeded then and is refused now; what follows builds on it")

    def _allowed(self) -> None:
        """Raises NotExercised where this case is not to be sent to this target at all."""
        case, origin = self._recording.case, self._recording.origin
        if reason := self.target.withdrawal(case):
            raise NotExercised(f"withdrawn by the profile: {reason}")
        documented = case.partition("/")[0] in {row.id for row in rows()}
        if not documented and not self.target.loopback and self.target.base_url != origin.base_url:
            raise NotExercised(
                "what a check generated was made harmless for the target that it was sent to, and this is another one"
            )

    def _repeated(self, step: Step) -> Repeated:
        old = step.exchange
        if step.withheld:
            raise NotExercised(f"{old.call.operation} cannot be sent as it was: the evidence does not show {step.withheld}")
        for number in self._renewal.unknown_numbers(old.call):
            self._renewal.mint(number, self.free_number())
        self._renewal.disown(old.call)
        call = self._renewal.call(old.call)
        if reason := harm(Sending(call, old, self._renewal, self.target)):
            raise NotExercised(f"{call.operation} is not sent here: {reason}")
        self._minted |= self._renewal.own_names(list(call.sent_values()))
        self._look_for_number(call)
        new = self._answered(step, call)
        if unjudgeable := self.unjudgeable(new):
            raise Inconclusive(unjudgeable)
        if not old.ok and not self._renewal.given(replace(call, path={**call.path, "projectId": ""})):
            self.debt.unrefused(new)
        self._adopt(new)
        self._renewal.compare(old, new)
        return Repeated(step, new, self._alike(step, new))

    def _answered(self, step: Step, call: Call) -> Exchange:
        """The answer to a call. Where a person ends the wait for it, nobody knows what became of the call."""
        try:
            return self.asked(call) if step.judged else self.reached(call)
        except KeyboardInterrupt:
            if call.operation in UNDO and self._renewal.marks(given_id(call)):
                self.debt.lost.append(call)
            raise

    def _look_for_number(self, call: Call) -> None:
        """See a number to be free where it is created, unless that is refused there anyway. Raises Inconclusive where it is not."""
        project = call.path.get("projectId", self.target.project)
        ours = project == self.target.project or self.debt.goes_with_a_project(call)
        number = call.body.get("phoneNumber") if isinstance(call.body, Mapping) else None
        if call.operation != "createPhoneNumber" or not ours or not isinstance(number, str) or self.seen_free(call):
            return
        if not number or not self.offers("GetPhoneNumberByNumber") or self._owed(number):
            return
        if not self.absent(Call("GetPhoneNumberByNumber", {"projectId": project, "phoneNumber": number})):
            raise Inconclusive(f"{number} is somebody's there")
        self._free[number] = project

    def _owed(self, number: str) -> bool:
        return number in self.debt.named("phoneNumber")

    def _adopt(self, exchange: Exchange) -> None:
        """Owe the removal of what a list shows under a name of our own, and nobody owes yet: a refused request has made it.

        Only an item's own name counts: what stands deeper may be ours on what is not.
        """
        parameter = dict(COLLECTIONS.values()).get(exchange.call.operation)
        if not parameter or not exchange.ok:
            return
        for item in filter(lambda item: isinstance(item, dict), items_of(document_of(exchange))):
            number = item.get("phoneNumber")
            own = self._renewal.own_names([item.get("name"), item.get("hostName")]) & self._minted
            known = {str(item.get("id")), number} & self.debt.named(parameter)
            if not known and (own or (isinstance(number, str) and number in self._free)):
                self.debt.adopt(exchange.call, item)

    def _alike(self, step: Step, new: Exchange) -> bool:
        old = step.exchange
        if old.response is None or old.status != new.status:
            return False
        return old.ok or self._essence(old, renewed=True) == self._essence(new, renewed=False)

    def _essence(self, exchange: Exchange, *, renewed: bool) -> Any:
        """What of an error must be the same: its type, and its envelope, with the new values and without moments."""
        kind = (exchange.response and exchange.response.header("content-type")) or ""
        document = exchange.json()
        told = document if document is not None else exchange.answer_line()
        told = _timeless(self._renewal.value(told) if renewed else told)
        if isinstance(told, dict):
            told = {name: value if name in ENVELOPE else None for name, value in told.items()}
        return kind.partition(";")[0].strip().lower(), told


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_timeless(inner) for inner in value]
    return TIME.sub("a time", value) if isinstance(value, str) else value
