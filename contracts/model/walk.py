"""A walk: one sequence of calls, each held against what the model predicts, and read back.

Whoever walks chooses the steps. After each the resources that it touched are read; a walk ends with a reading of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.call import Call, leaves
from contracts.catalogue import row
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule
from contracts.inquiry import Inquiry
from contracts.model.comparison import Comparison, Lists
from contracts.model.effect import after
from contracts.model.move import Move, Target
from contracts.model.prediction import Prediction, predict
from contracts.model.reading import Reading, listings, readings
from contracts.model.state import State
from contracts.model.subject import usernames
from contracts.success import Facts

RANGES_SHOWN = frozenset({"createAccessControlList", "updateAccessControlList"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was chosen: the move, what it was done to, and what was sent and answered."""

    move: Move
    target: Target
    exchange: Exchange


class Walk(Comparison):
    """The model and the target step by step. Raises Falsified as soon as they differ, and Inconclusive where nobody can say.

    The last so many of the steps were taken `at_once`, and `taken` tells of those that a move made. The inquiry does not get to
    know of findings here: a walk may be one of many attempts.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self.taken: list[Step] = []
        self.at_once = 0
        self._issued: set[str] = set()

    def move(self, move: Move, target: Target, call: Call | None = None) -> None:
        """Take a step by a move, or by the call that it has made already; and remember how it came about."""
        call = call or move.call(self.inquiry, *target)
        before = len(self.steps)
        try:
            self.step(call)
        finally:
            if len(self.steps) > before:
                self.taken.append(Step(move, target, self.steps[before]))

    def step(self, call: Call) -> Exchange:
        """Take a step. A refusal is asked for twice."""
        call = call.under(self.inquiry.target.project)
        prediction = predict(self.state, call)
        exchange = self._sent(call)
        self.steps.append(exchange)
        if exchange.ok and prediction.may_succeed:
            self.succeeded(exchange)
        elif not exchange.ok and prediction.settled and not prediction.refusals:
            self._refused_wrongly(exchange)
        elif prediction.settled:
            self._refused(exchange, prediction)
        return exchange

    def made(self, call: Call) -> Exchange:
        """A step that must succeed. Raises Inconclusive where it is refused, though it may be."""
        exchange = self.step(call)
        if not exchange.ok:
            raise Inconclusive(f"set-up failed: {call.operation} was answered {exchange.answer_line()}")
        return exchange

    def end(self) -> None:
        """Read everything that was ever made, and every list that it could stand on."""
        self.compare([*readings(self.state), *listings(self.state)], "at the end", lists=Lists.ALL)

    def succeeded(self, exchange: Exchange) -> None:
        """Take a success into the model, and see whether the target shows it."""
        before, call = self.state, exchange.call
        self.state = after(before, call, self.facts(exchange))
        self.judged += 1
        self._new(before, exchange)
        self.compare(self._touched(exchange), f"after {call.operation} succeeded")

    def facts(self, exchange: Exchange) -> Facts:
        """The members of a success; the ranges of a list are read where the answer does not show their ids."""
        facts = Facts(exchange)
        if exchange.call.operation in RANGES_SHOWN and not all(isinstance(one, dict) and "id" in one for one in facts["ipRanges"]):
            made = exchange.call.path.get("id") or facts["id"]
            path = {"projectId": exchange.call.path["projectId"], "id": str(made)}
            facts["ipRanges"] = Facts(self._sent(Call("getAccessListById", path)))["ipRanges"]
        return facts

    def named(self, exchange: Exchange) -> frozenset[str]:
        """The ids that a call names, and that of what it made; projects apart, in which everything is."""
        call = exchange.call
        named = {*call.path.values(), *leaves(call.body)} - set(self.state.projects)
        if exchange.ok and isinstance(made := Facts(exchange).get("id"), (str, int)):
            named.add(str(made))
        if "Project" in call.operation:
            named.add(call.path.get("projectId", ""))
        return frozenset(named)

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _refused(self, exchange: Exchange, prediction: Prediction) -> None:
        """A refusal that was due: it is one of those that are right, comes alike when asked for again, and changes nothing."""
        self._judge(exchange, prediction)
        self._raise()
        again = self._sent(exchange.call)
        self._judge(again, prediction)
        for finding in oracle.alike(exchange, again):
            self.found(finding, row(prediction.refusals[0].row), again)
        self._raise()
        self._spurn(exchange.call)
        self.compare(self._touched(exchange), f"after {exchange.call.operation} was refused", refused=exchange)

    def _new(self, before: State, exchange: Exchange) -> None:
        """Whoever issues ids issues each once."""
        for one in sorted(set(self.state.ids()) - set(before.ids()) - exchange.call.sent_values()):
            if one in self._issued:
                told = f"{exchange.call.operation} gave an id that had been given before"
                self.found(Finding(Rule.ID_REUSED, "an id of its own", one, told, curl=exchange.as_curl()), None, exchange)
            self._issued.add(one)

    def _spurn(self, call: Call) -> None:
        """Remember the values that a refused request was about to take, and that nothing has."""
        body = call.body if isinstance(call.body, dict) else {}
        taken = {one.host for one in self.state.trunks.values()}
        if (host := body.get("hostName")) and host not in taken:
            self.state = self.state.spurn("host", host)
        if call.operation == "createProject" and call.body["id"] not in self.state.projects:
            self.state = self.state.spurn("project", call.body["id"])
        if call.operation == "createCredentialList":
            taken = {name for one in self.state.lists.values() for name in one.usernames}
            for name in sorted(set(usernames(call)) - taken):
                self.state = self.state.spurn("username", name)

    def _touched(self, exchange: Exchange) -> Iterator[Reading]:
        """The readings of what a call names, and of what it made."""
        named = self.named(exchange)
        return (reading for reading in readings(self.state) if reading.about & named)
