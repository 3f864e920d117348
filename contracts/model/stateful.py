"""Sequences that Hypothesis chooses, until one of them shows what is wrong."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contracts.blame import Exhausted, Inconclusive
from contracts.generated.steady import steady
from contracts.inquiry import Inquiry
from contracts.model.comparison import Falsified
from contracts.model.move import Move, Target
from contracts.model.prediction import predict
from contracts.model.walk import Walk

LOTS = 2**20
WEIGHTS = {"attach": 3.0, "assign": 3.0, "register": 3.0, "create": 1.5, "rename": 0.5}
"""How much likelier a move is than others, by the first word of its name: things that hang together are where most can go wrong."""
DELETING = (0.4, 1.0, 2.0)
"""How likely deletions are, in one walk or another."""
NEAR = 3  # steps that are near
LOOKED_AT = 4  # moves of which the first legal one is made
ATTEMPTS = 500  # sequences that are tried for the same


@dataclass(slots=True)
class Search:
    """What all walks of one check have shown: one that was falsified, and why others broke off."""

    inquiry: Inquiry
    falsified: Walk | None = None
    judged: int = 0
    walks: int = 0
    broken_off: list[Inconclusive] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether no more is to be tried: one was falsified, which Hypothesis asks for once more, or the budget is used up."""
        return self.falsified is not None or any(isinstance(reason, Exhausted) for reason in self.broken_off)


def search(inquiry: Inquiry, moves: Sequence[Move], *, walks: int, steps: int) -> Search:
    """Try so many walks of so many steps each, out of these moves; the inquiry's seed chooses them.

    The first that is falsified ends it. What is found is not lost where it does not come again; why a walk broke off is told.
    Raises NotExercised where the target has none of the moves' operations.
    """
    if not any(inquiry.offers(move.operation) for move in moves):
        inquiry.need(moves[0].operation)
    found = Search(inquiry)
    asked = settings(
        max_examples=walks,
        stateful_step_count=steps,
        phases=(Phase.generate,),  # what it found is shortened by its steps, not by the lots that chose them
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),  # how long a step takes is the target's affair
    )
    with steady(), contextlib.suppress(Falsified, Flaky):  # what was falsified is in `found`
        run_state_machine_as_test(seed(inquiry.seed)(_machine(found, moves)), settings=asked)
    return found


def _machine(found: Search, moves: Sequence[Move]) -> type[RuleBasedStateMachine]:
    """A state machine for moves that the target offers."""
    offered = tuple(move for move in moves if found.inquiry.offers(move.operation))
    return type("Sequence", (_Machine,), {"found": found, "moves": offered})


def _drawn(lot: int, name: str) -> float:
    """A number from 0 to 1 that follows from a lot and a name, and from nothing else."""
    return int.from_bytes(hashlib.blake2b(f"{lot} {name}".encode(), digest_size=6).digest()) / 2**48


def _nearby(targets: Sequence[Target], recent: Collection[str]) -> list[Target]:
    """Those targets that the last steps had to do with: what one step leaves behind, the next ones meet."""
    return [target for target in targets if any(getattr(part, "id", part) in recent for part in target)]


class _Machine(RuleBasedStateMachine):
    """One walk. It is `over` when it broke off; what is falsified goes up to Hypothesis.

    All moves are one rule, and a lot says which: left to choose, Hypothesis prefers the first ones, and of many rules it leaves
    out a part in each attempt.
    """

    found: Search
    moves: Sequence[Move]

    def __init__(self) -> None:
        super().__init__()
        self.found.walks += 1
        self.over = self.found.over
        self.deleting = 1.0
        self.walk = Walk(self.found.inquiry)

    @initialize(deleting=st.sampled_from(DELETING))
    def begin(self, deleting: float) -> None:
        """What kind of walk it is."""
        self.deleting = deleting

    def weight(self, move: Move) -> float:
        """How likely a move is in this walk, against others."""
        verb = move.name.partition("_")[0]
        return self.deleting if verb == "delete" else WEIGHTS.get(verb, 1.0)

    @precondition(lambda self: not self.over)
    @rule(lot=st.integers(0, LOTS))
    def step(self, lot: int) -> None:
        """Any move that can be made now, to anything that it can be done to: a lot ranks them.

        Two in three are looked for among the legal ones, three in five near the last steps.
        """
        walk, legal, near = self.walk, lot % 3 > 0, lot % 5 > 1
        possible = [(move, targets) for move in self.moves if (targets := list(move.targets(walk.state)))]
        recent = {name for step in walk.steps[-NEAR:] for name in walk.named(step)} if near else set()
        nearby = [(move, some) for move, targets in possible if (some := _nearby(targets, recent))]
        possible = nearby or possible
        possible.sort(key=lambda each: -math.log(1 - _drawn(lot, each[0].name)) / self.weight(each[0]))
        for move, targets in possible[: LOOKED_AT if legal else 1]:
            target = targets[int(_drawn(lot, "target") * len(targets))]
            call = move.call(walk.inquiry, *target).under(walk.inquiry.target.project)
            if not legal or predict(walk.state, call).may_succeed:
                break
        self.guarded(lambda: walk.move(move, target, call))

    @precondition(lambda self: self.over)
    @rule()
    def nothing(self) -> None:
        """What is left to do when a walk is over."""

    def teardown(self) -> None:
        """Read everything once more, and remove what was made, also when a person interrupts."""
        try:
            self.guarded(self.walk.end)
        finally:
            self.found.judged += self.walk.judged
            self.found.inquiry.clean_up()
            self.found.inquiry.put_away()

    def guarded(self, step: Callable[[], object]) -> None:
        """Take a step, unless the walk is over."""
        if self.over:
            return
        try:
            step()
        except Inconclusive as e:
            self.over = True
            self.found.broken_off.append(e)
        except BaseException as e:
            self.over = True  # nothing more is to be asked, whoever is to blame
            if isinstance(e, Falsified):
                self.found.falsified = self.walk
            raise
