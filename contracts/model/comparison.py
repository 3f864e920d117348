"""What the target answers and shows, held against what the model predicts: which findings that gives, or that nobody can say."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.catalogue import Row, row
from contracts.exchange import Exchange, visible
from contracts.finding import Finding, Rule, Severity
from contracts.inquiry import Inquiry
from contracts.maker import UNIQUENESS
from contracts.model.prediction import Prediction, predict
from contracts.model.reading import Reading, differing, identity, listings, readings
from contracts.model.state import Project, State
from contracts.model.subject import Refusal
from contracts.success import document_of, items_of
from contracts.watch import INTERVAL, PATIENCE


class Falsified(Exception):  # noqa: N818 - no error: the findings say it all
    """The target did otherwise than the specification says; nothing that comes after could be judged."""


class Lists(Enum):
    """Which lists are read: all, none, or those of a target whose lists have not lagged so far."""

    ALL = "all"
    PROMPT = "prompt"
    NONE = "none"


@dataclass(slots=True)
class Memo:
    """What was read at one moment, for holding several states against it."""

    resources: dict[str, Exchange] = field(default_factory=dict)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)


class Comparison:
    """The model and the target side by side: `state` is what exists by the one, and what the other shows must be that.

    `findings` are what it found, with the row that was raised and the exchange. `steps` are the exchanges that changed something,
    or were to; `last` is the very last exchange, which may have been a reading.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry = inquiry
        lent = inquiry.target.project
        self.state = State(projects={lent: Project(lent, lent=True)})
        self.steps: list[Exchange] = []
        self.findings: list[tuple[Finding, Row | None, Exchange]] = []
        self.judged = 0
        self.last: Exchange | None = None
        self._lags = False
        self._memo: Memo | None = None

    def matches(self, state: State, memo: Memo | None, *, lists: Lists | None = None, patience: float = 0.0) -> bool:
        """Whether a state is what the target shows; the model takes it up. Raises nothing but Inconclusive."""
        self.state, self.findings, self._memo = state, [], memo
        try:
            self.compare([*readings(state), *listings(state)], "after a race", lists=lists or Lists.ALL, patience=patience)
        except Falsified:
            return False
        finally:
            self._memo = None
        return True

    def compare(
        self,
        due: Iterable[Reading],
        when: str,
        *,
        refused: Exchange | None = None,
        lists: Lists = Lists.PROMPT,
        patience: float = PATIENCE,
    ) -> None:
        """Hold what the target shows against the model, its lists last: they may take their time. `patience` is in seconds.

        Raises Falsified with a finding for each difference. On a target whose lists lag they are left out until the end.
        """
        asked = {str(reading.call): reading for reading in due if self.inquiry.offers(reading.call.operation)}
        for reading in asked.values():
            if reading.items is None:
                self._compare_resource(reading, when, refused)
        self._raise()
        ends = time.monotonic() + patience
        for reading in asked.values():
            if reading.items is not None and (lists is Lists.ALL or (lists is Lists.PROMPT and not self._lags)):
                self._compare_list(reading, when, refused, ends)
        self._raise()

    def fits(self, exchange: Exchange, refusal: Refusal) -> Sequence[Finding]:
        """What speaks against an answer being this very refusal: findings that fail it."""
        documented = row(refusal.row)
        findings = oracle.judge(documented, exchange, self.inquiry.bind(documented, refusal.bound), self._others(exchange.call))
        return [finding for finding in findings if finding.severity is Severity.FAIL]

    def found(self, finding: Finding, documented: Row | None, exchange: Exchange) -> None:
        """Keep a finding; what was found already is not found twice."""
        if all(finding != known for known, _, _ in self.findings):
            self.findings.append((finding, documented, exchange))

    def collided(self, exchange: Exchange) -> bool:
        """Whether a value of fiction is refused since it is somebody else's: numbers are few."""
        if exchange.call.operation != "createPhoneNumber":
            return False
        number = exchange.call.body["phoneNumber"]
        ours = number in self.state.numbers or any(one.id == number for one in self.state.gone)
        stray = oracle.judge_stray(exchange, nouns=self.inquiry.target.nouns)
        return not ours and stray.row is not None and stray.row.id in UNIQUENESS

    # -- inside -----------------------------------------------------------------------------------------------------------

    def _sent(self, call: Call) -> Exchange:
        """The answer to a call. Raises Inconclusive where it says nothing of the API."""
        exchange = self.last = self.inquiry.asked(call)
        if reason := self.inquiry.unjudgeable(exchange):
            raise Inconclusive(reason)
        return exchange

    def _raise(self) -> None:
        if self.findings:
            raise Falsified

    def _judge(self, exchange: Exchange, prediction: Prediction) -> None:
        self.judged += 1
        against = [(row(refusal.row), self.fits(exchange, refusal)) for refusal in prediction.refusals]
        if all(findings for _, findings in against):
            documented, findings = next((each for each in against if oracle.resembles(each[0], exchange)), against[0])
            for finding in findings:
                self.found(finding, documented, exchange)
        if exchange.status == 500:  # that nobody asked for: held against its own row as well
            stray = oracle.judge_stray(exchange, nouns=self.inquiry.target.nouns)
            for finding in stray.findings:
                self.found(finding, stray.row, exchange)

    def _refused_wrongly(self, exchange: Exchange) -> None:
        """Nothing stands against the call. One of the documented errors says something that is not so; any other is unforeseen.

        Raises Inconclusive for the latter. That a value of fiction is somebody else's is no fault, and not foreseen either.
        """
        stray = oracle.judge_stray(exchange, nouns=self.inquiry.target.nouns)
        self.judged += 1
        collided = self.collided(exchange)
        if stray.row and not collided:
            told = (
                f"{exchange.call.operation} was refused as {stray.row.id}, and nothing that the requests before did explains that"
            )
            finding = Finding(Rule.CONTROL_REFUSED, "success", exchange.answer_line(), told, curl=exchange.as_curl())
            self.found(finding, stray.row, exchange)
        for finding in stray.findings:
            if finding.severity is Severity.FAIL:
                self.found(finding, stray.row, exchange)
        self._raise()
        if collided:
            self.inquiry.collided(exchange.call)
            return
        raise Inconclusive(f"a step that nothing stands against was refused: {exchange.call.operation}: {exchange.answer_line()}")

    def _others(self, call: Call) -> frozenset[str]:
        """Texts of other projects that no answer may show, but for what the request itself sends."""
        own = call.path.get("projectId")
        hidden = {project for project in self.state.projects if own and project != own}
        for record in self.state.records():
            if getattr(record, "project", own) != own:
                hidden |= {record.id, *filter(None, (getattr(record, "name", None), getattr(record, "host", None)))}
        return frozenset(hidden)

    def _compare_resource(self, reading: Reading, when: str, refused: Exchange | None) -> None:
        known = self._memo.resources if self._memo else {}
        exchange = known.get(str(reading.call)) or self._sent(reading.call)
        known[str(reading.call)] = exchange
        prediction = predict(self.state, exchange.call)
        if prediction.refusals:
            self._gone(exchange, prediction, when)
        elif exchange.status == 404:
            self._differs(reading, "what the requests before made", exchange.answer_line(), when, refused)
        elif not exchange.ok:
            self._refused_wrongly(exchange)
        else:
            for name, (due, actual) in differing(reading, document_of(exchange)).items():
                self._differs(reading, f"{name} {_text(due)}", f"{name} {_text(actual)}", when, refused)

    def _gone(self, exchange: Exchange, prediction: Prediction, when: str) -> None:
        if exchange.ok:
            told = f"{when}, {exchange.call.operation} shows what is gone"
            finding = Finding(Rule.STATE_UNEXPLAINED, "nothing", exchange.answer_line(), told, curl=exchange.as_curl())
            self.found(finding, row(prediction.refusals[0].row), exchange)
        else:
            self._judge(exchange, prediction)

    def _compare_list(self, reading: Reading, when: str, refused: Exchange | None, ends: float) -> None:
        """Lists may lag (behaviour.md, point 15): one that differs is read again, until it does not or patience ends."""
        pause = INTERVAL
        while (there := self._items(reading)) != reading.items:
            if time.monotonic() > ends:
                self._differs(reading, f"items {_text(reading.items)}", f"items {_text(there)}", when, refused)
                return
            time.sleep(pause)
            pause *= 2
        self._lags = self._lags or pause > INTERVAL

    def _items(self, reading: Reading) -> frozenset[str]:
        known = self._memo.lists if self._memo else {}
        if str(reading.call) not in known:
            known[str(reading.call)] = self._items_read(reading)
        there = known[str(reading.call)]
        return there if reading.known is None else there & reading.known

    def _items_read(self, reading: Reading) -> frozenset[str]:
        if reading.known is not None:
            return frozenset(map(identity, self.inquiry.own_items(reading.call)))
        exchange = self._sent(reading.call)
        return frozenset(map(identity, items_of(document_of(exchange)))) if exchange.ok else frozenset()

    def _differs(self, reading: Reading, due: str, actual: str, when: str, refused: Exchange | None) -> None:
        exchange = refused or (self.steps[-1] if self.steps else self._sent(reading.call))
        rule = Rule.STATE_CHANGED if refused else Rule.STATE_UNEXPLAINED
        told = f"{when}, {reading.call.operation} reads otherwise than the requests before explain"
        self.found(Finding(rule, visible(due), visible(actual), told, curl=exchange.as_curl()), None, exchange)


def _text(value: object) -> str:
    """A value of a reading for a person."""
    return ", ".join(sorted(value)) or "none" if isinstance(value, frozenset) else str(value)
