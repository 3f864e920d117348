"""Races: calls at one instant, equal and mixed. Some order of them must explain all answers, and what is read afterwards."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule, Severity
from contracts.inquiry import Inquiry
from contracts.model.comparison import Falsified, Lists, Memo
from contracts.model.effect import after
from contracts.model.mixture import Mixture
from contracts.model.prediction import predict
from contracts.model.state import State
from contracts.model.story import tell
from contracts.model.subject import Refusal
from contracts.model.theme import THEMES
from contracts.model.walk import Walk
from contracts.success import Facts
from contracts.watch import PATIENCE

LIKELY = 5  # states that are waited for, where lists lag
TRIED = 100_000  # steps of a search for an order: some seconds
BEFORE = 14  # steps that a random mixture takes before its race


def race(inquiry: Inquiry, mixture: Mixture, contestants: int) -> None:
    """Set up a mixture, send its calls at once, and judge what became of them."""
    walk = Walk(inquiry)
    try:
        _raced(walk, mixture.calls(walk, contestants))
    except Falsified:
        tell(inquiry, walk)


def random_race(inquiry: Inquiry, contestants: int) -> None:
    """As `race`: some steps, and then some at once, chosen by the inquiry's seed. Raises NotExercised where none can be made."""
    if not any(inquiry.offers(move.operation) for move in THEMES["everything"]):
        inquiry.need(THEMES["everything"][0].operation)
    chosen = random.Random(inquiry.seed)  # noqa: S311 - no secret
    walk = Walk(inquiry)
    try:
        for _ in range(BEFORE):
            walk.step(_any_call(walk, chosen))
        _raced(walk, [_any_call(walk, chosen) for _ in range(contestants)])
    except Falsified:
        tell(inquiry, walk)


def _any_call(walk: Walk, chosen: random.Random) -> Call:
    """A call by any move that can be made now."""
    targets = {move.name: list(move.targets(walk.state)) for move in THEMES["everything"] if walk.inquiry.offers(move.operation)}
    move = chosen.choice([move for move in THEMES["everything"] if targets.get(move.name)])
    return move.call(walk.inquiry, *chosen.choice(targets[move.name])).under(walk.inquiry.target.project)


def _raced(walk: Walk, calls: Sequence[Call]) -> None:
    """Raises Falsified when no order explains the answers or what is read afterwards, and Inconclusive where nobody can say."""
    inquiry = walk.inquiry
    exchanges = inquiry.at_once(calls)
    inquiry.assertions += 1
    walk.at_once = len(exchanges)
    walk.steps += exchanges
    for exchange in exchanges:
        if reason := inquiry.unjudgeable(exchange):
            raise Inconclusive(reason)
    _no_failures(walk, exchanges)
    _explained(walk, exchanges)


def _explained(walk: Walk, exchanges: Sequence[Exchange]) -> None:
    """Some order explains the answers, and leads to what is read; lists may take their time to show it."""
    search, memo = Search(walk, exchanges), Memo()
    likely: list[State] = []
    for state in search.states(walk.state):
        if walk.matches(state, memo):
            return
        likely += [state] if walk.matches(state, memo, lists=Lists.NONE) or not likely else []
    for state in likely[:LIKELY]:
        if walk.matches(state, None, patience=PATIENCE):
            return
    if search.left <= 0:
        raise Inconclusive(f"the answers to {len(exchanges)} requests could have come in too many orders to try them all")
    if not likely:
        walk.found(_unexplained(exchanges), None, exchanges[0])
    raise Falsified


def _no_failures(walk: Walk, exchanges: Sequence[Exchange]) -> None:
    """No contestant breaks the server, and none gets an answer that breaks its envelope."""
    for exchange in exchanges:
        if not exchange.ok:
            stray = oracle.judge_stray(exchange, nouns=walk.inquiry.target.nouns)
            for finding in stray.findings:
                if finding.severity is Severity.FAIL:
                    walk.found(finding, stray.row, exchange)
    if walk.findings:
        raise Falsified


def _unexplained(exchanges: Sequence[Exchange]) -> Finding:
    told = "; ".join(f"{exchange.call.operation}: {exchange.answer_line()[:120]}" for exchange in exchanges)
    text = f"no order of these {len(exchanges)} requests explains their answers: {told}"
    won = sum(exchange.ok for exchange in exchanges)
    curl = exchanges[0].as_curl()
    return Finding(Rule.RACE, "what some order of the requests explains", f"{won} of {len(exchanges)} succeeded", text, curl=curl)


@dataclass(slots=True)
class Search:
    """A search for the orders that explain the answers of a race. `left` are the steps that may still be tried."""

    walk: Walk
    exchanges: Sequence[Exchange]
    left: int = TRIED
    _facts: dict[int, Facts] = field(default_factory=dict)
    _fitting: dict[tuple[int, str], bool] = field(default_factory=dict)
    _taken: frozenset[int] = frozenset()
    _seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._facts = {number: self.walk.facts(one) for number, one in enumerate(self.exchanges) if one.ok}
        calls = [one.call for one in self.exchanges]
        # Of several that want one value one must win, whoever else there is.
        refused = (number for number, one in enumerate(self.exchanges) if not one.ok and calls.count(one.call) == 1)
        self._taken = frozenset(number for number in refused if self.walk.collided(self.exchanges[number]))

    def states(self, state: State) -> Iterator[State]:
        """The states that such orders lead to, each once. First those where each request in turn comes as late as it can."""
        found: set[object] = set()
        everything = frozenset(range(len(self.exchanges)))
        for last in everything:
            self._seen = set()
            yield from self._new(itertools.islice(self._from(state, everything, last), 1), found)
        self._seen = set()
        yield from self._new(self._from(state, everything, None), found)

    def _new(self, ends: Iterator[State], found: set[object]) -> Iterator[State]:
        for end in ends:
            if end.key() not in found:
                found.add(end.key())
                yield end

    def _from(self, state: State, waiting: frozenset[int], last: int | None) -> Iterator[State]:
        if not waiting:
            yield state
            return
        place = (waiting, state.key())
        if place in self._seen:
            return
        self._seen.add(place)
        alike: set[str] = set()
        for number in sorted(waiting, key=lambda one: (one == last, one)):
            exchange = self.exchanges[number]
            same = f"{exchange.call} {exchange.status} {exchange.response and exchange.response.body!r}"
            if same not in alike and self.left > 0:
                alike.add(same)
                self.left -= 1
                if self._explained(state, number):
                    yield from self._from(self._then(state, number), waiting - {number}, last)

    def _explained(self, state: State, number: int) -> bool:
        """Whether a request could have been answered so in this state."""
        exchange = self.exchanges[number]
        prediction = predict(state, exchange.call)
        if exchange.ok:
            return prediction.may_succeed
        if number in self._taken or not prediction.settled:
            return True
        return any(self._fits(number, refusal) for refusal in prediction.refusals)

    def _fits(self, number: int, refusal: Refusal) -> bool:
        key = (number, f"{refusal.row} {sorted(refusal.bound.items())}")
        if key not in self._fitting:
            self._fitting[key] = not self.walk.fits(self.exchanges[number], refusal)
        return self._fitting[key]

    def _then(self, state: State, number: int) -> State:
        exchange = self.exchanges[number]
        return after(state, exchange.call, self._facts[number]) if exchange.ok else state
