"""Cases and their results.

A scenario is a function that says *given, when*; its decorator says which row it provokes, by which operations and in which
variants. Each combination is one case. What belongs to no single row is a check, and its cases are named after it.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.call import Call
from contracts.catalogue import row as row_of
from contracts.finding import Finding, Severity
from contracts.operation import operations
from contracts.oracle import Answer, Stray


class Verdict(StrEnum):
    """The verdicts of conformance testing, from the worst to the best (results.md)."""

    ERROR = "error"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_EXERCISED = "not_exercised"


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of some verdicts; not_exercised when there are none."""
    return min(verdicts, key=list(Verdict).index, default=Verdict.NOT_EXERCISED)


class Kind(StrEnum):
    """What a case does: provoke a refusal, show that a right value is accepted, let equal requests race, or none of these."""

    REFUSAL = "refusal"
    CONTROL = "control"
    RACE = "race"
    CHECK = "check"


class Depth(StrEnum):
    """How deep a run goes, from the least to the most; each has all the cases of those before it."""

    QUICK = "quick"
    STANDARD = "standard"
    EXHAUSTIVE = "exhaustive"

    def covers(self, other: Depth) -> bool:
        """Whether a run of this depth has what is for the other one."""
        return list(Depth).index(other) <= list(Depth).index(self)


@dataclass(frozen=True, slots=True)
class Case:
    """One variant of one row by one operation, `row/operation/variant[/shape]`; or of a check, `check/variant…`, without a row.

    One that is `alone` runs in pytest's own thread, beside no other such case: Hypothesis is not to be used from several threads.
    """

    id: str
    row: str
    operation: str
    kind: Kind
    body: Callable[..., object] = field(repr=False, compare=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    alone: bool = False

    @property
    def turn(self) -> int:
        """When it is this case's turn: what the page documents comes first, and what runs alone last."""
        return 2 if self.alone else 0 if self.row else 1


@dataclass(frozen=True, slots=True)
class Deep:
    """A value of an axis that only runs of some depth try."""

    value: Any
    depth: Depth


Axis = Sequence[str] | Mapping[str, Any]


def deeper(depth: Depth, axis: Axis) -> dict[str, Deep]:
    """The axis, for runs of that depth and beyond."""
    return {shown: Deep(value, depth) for shown, value in _choices(axis)}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A function with the cases that it stands for. pytest collects it by these. `by` are operations, or a check's name."""

    body: Callable[..., None]
    kind: Kind
    row: str
    by: tuple[str, ...]
    axes: Mapping[str, Axis]
    alone: bool = False

    def cases(self, depth: Depth = Depth.QUICK) -> tuple[Case, ...]:
        """One case for each operation and each combination of the axes' values, as far as a run of that depth tries them."""
        wanted = inspect.signature(self.body).parameters
        cases = []
        for name, *choices in itertools.product(self.by, *(_at(depth, axis) for axis in self.axes.values())):
            arguments = {"by": name, "depth": depth, **{axis: value for axis, (_, value) in zip(self.axes, choices, strict=True)}}
            case_id = "/".join((*filter(None, (self.row, name)), *(shown for shown, _ in choices)))
            given = {argument: value for argument, value in arguments.items() if argument in wanted}
            cases.append(Case(case_id, self.row, name if self.row else "", self.kind, self.body, given, self.alone))
        return tuple(cases)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource that clean-up could not remove, by the call that would remove it."""

    operation: str
    path: str
    created_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A documented row that a check met, with what was wrong with the answer."""

    row: str
    operation: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """How a finding came about, where more than one request led to it: a line a step, and a shell script that does it again."""

    lines: tuple[str, ...]
    script: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a case. `assertions` counts the answers that were judged; without any, no case can pass.

    `broken` are the rows that a check met and found broken; their findings are among the others. `answers` are what it judged of a
    row, with the names of placeholders for what they were bound to.
    """

    case: Case
    verdict: Verdict
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    assertions: int = 0
    requests: int = 0
    seconds: float = 0.0
    started: float = 0.0
    strays: tuple[tuple[Call, Stray], ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    not_removable: tuple[Leftover, ...] = ()
    broken: tuple[Broken, ...] = ()
    answers: tuple[Answer, ...] = ()
    story: Story | None = None
    output: str = ""
    exception: BaseException | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that break the specification."""
        return tuple(f for f in self.findings if f.severity is Severity.FAIL)


Decorator = Callable[[Callable[..., None]], Scenario]


def provokes(row: str, *, by: str | Sequence[str], **axes: Axis) -> Decorator:
    """A scenario that provokes the row. Each operation of `by` and each combination of the axes is a case.

    An axis is a mapping from the id that a case shows to the value that the scenario gets, or a sequence of texts that are both.
    The scenario gets its world, `by` if it asks for it, and one argument an axis. `variant="twice"` merely names a case, and
    `deeper` keeps values for deeper runs.
    """
    return _decorator(Kind.REFUSAL, row, by, axes)


def controls(row: str, *, by: str | Sequence[str], **axes: Axis) -> Decorator:
    """A scenario that sends what the row does not forbid, and that must be accepted (behaviour.md, "Positive controls")."""
    return _decorator(Kind.CONTROL, row, by, axes)


def races(row: str, *, by: str | Sequence[str], **axes: Axis) -> Decorator:
    """A scenario that sends equal requests at one instant, of which one may succeed (behaviour.md, "Races")."""
    return _decorator(Kind.RACE, row, by, axes)


def examines(check: str, *, alone: bool = False, **axes: Axis) -> Decorator:
    """A scenario of a check: it examines what belongs to no single row. Each combination of the axes is a case.

    The scenario gets an inquiry, `depth` if it asks for it, and one argument an axis.
    """
    return lambda body: Scenario(body, Kind.CHECK, "", (check,), axes, alone)


def _decorator(kind: Kind, row: str, by: str | Sequence[str], axes: Mapping[str, Axis]) -> Decorator:
    row_of(row)  # a KeyError here names a row that the catalogue does not have
    names = (by,) if isinstance(by, str) else tuple(by)
    if unknown := set(names) - set(operations()):
        raise ValueError(f"{row} is provoked by operations that the API does not have: {', '.join(sorted(unknown))}")

    def decorate(body: Callable[..., None]) -> Scenario:
        return Scenario(body, kind, row, names, axes)

    return decorate


def _choices(axis: Axis) -> Sequence[tuple[str, Any]]:
    if isinstance(axis, str):
        return ((axis, axis),)
    return tuple(axis.items()) if isinstance(axis, Mapping) else tuple((value, value) for value in axis)


def _at(depth: Depth, axis: Axis) -> Sequence[tuple[str, Any]]:
    """The choices of an axis that a run of some depth has, their values bare."""
    told = ((shown, value if isinstance(value, Deep) else Deep(value, Depth.QUICK)) for shown, value in _choices(axis))
    return [(shown, deep.value) for shown, deep in told if depth.covers(deep.depth)]
