"""What a run says on the terminal while it goes on: how far it is, as lines of text with a colour each. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from contracts.case import Case
from contracts.exchange import visible
from contracts.report.line import Line, wrapped
from contracts.report.terminal import COLOURS, SHOWN

MARGIN = 4  # columns that stay free at the right: a terminal echoes ^C there
COLUMNS = 56  # that are used at most: a terminal that becomes narrower breaks longer lines, and not every one tells how
BAR = 40  # columns of the bar at most
NAMED = 3  # rows that fail, and cases that are waited for, which are named at most
TOGETHER = ""  # in the place of a kind: what runs beside others
RECENT = 10.0  # seconds over which requests a second are counted
SILENT = 5.0  # seconds without any result after which that is told
ENOUGH = 5.0  # seconds that a pace must have been seen for before it says how much is left
PROVEN = 0.1  # and the part of the cases
SHOWN_FIRST = ("fail", "error", "inconclusive", "pass", "not_exercised")


@dataclass(slots=True)
class Progress:
    """How far a run is. `cases` are those that are to run; times are in seconds of one clock that only goes forward.

    What runs alone comes last and takes longer, so the pace of the others says nothing of it: each kind of check has its own.
    """

    target: str
    cases: Mapping[str, Case]
    began: float
    stopping: bool = False
    requests: int = 0
    _verdicts: dict[str, str] = field(default_factory=dict)
    _failing: Counter[str] = field(default_factory=Counter)
    _open: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, float] = field(default_factory=dict)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)
    _kinds_began: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds_began[TOGETHER] = self.began
        self._open.update(case.row for case in self.cases.values() if case.row)

    def awaited(self, case_id: str, now: float) -> None:
        """From now on somebody waits for the result of this case."""
        self._waiting[case_id] = now
        self._kinds_began.setdefault(self._kind(case_id), now)

    def ended(self, case_id: str, verdict: str, requests: int, now: float) -> None:
        """A case has ended. One that ends twice, as it was run again, is counted by its last verdict."""
        self._waiting.pop(case_id, None)
        case = self.cases.get(case_id)
        if case and case.row and case_id not in self._verdicts:
            self._open[case.row] -= 1
        self._verdicts[case_id] = verdict
        if verdict == "fail":
            self._failing[case.row if case and case.row else f"check: {case_id.partition('/')[0]}"] += 1
        self.requests += requests
        self._recent.append((now, requests))
        while self._recent[0][0] < now - RECENT:
            self._recent.popleft()

    def _kind(self, case_id: str) -> str:
        """Of a check that runs alone, its kind."""
        case = self.cases.get(case_id)
        return case_id.partition("/")[0] if case and case.alone else TOGETHER

    @property
    def done(self) -> int:
        """How many of the cases have ended."""
        return len(self._verdicts)

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows are done, that is all of their cases, and how many are to be."""
        return sum(left <= 0 for left in self._open.values()), len(self._open)

    @property
    def verdicts(self) -> Counter[str]:
        """How many cases ended with which verdict."""
        return Counter(self._verdicts.values())

    @property
    def failing(self) -> Mapping[str, int]:
        """The rows and kinds of check that failed, as they came, each with the number of its cases that did."""
        return self._failing

    @property
    def rate(self) -> float | None:
        """Requests a second over the last seconds before the latest result; None where too little is known."""
        if len(self._recent) < 2 or (span := self._recent[-1][0] - self._recent[0][0]) < 1:
            return None
        return sum(requests for _, requests in list(self._recent)[1:]) / span

    def silent(self, now: float) -> float:
        """For how many seconds no result has come."""
        return now - (self._recent[-1][0] if self._recent else self.began)

    def waiting(self, now: float) -> list[tuple[str, float]]:
        """The cases whose results are waited for, the longest first, each with the seconds since then."""
        return sorted(((case_id, now - since) for case_id, since in self._waiting.items()), key=lambda one: -one[1])

    def left(self, now: float) -> tuple[float | None, int]:
        """About how many seconds are left, None where nobody can say, and how many checks that run alone are not in that."""
        done = Counter(map(self._kind, self._verdicts))
        remaining = Counter(map(self._kind, self.cases)) - done
        begun = [kind for kind in remaining if kind in self._kinds_began]
        each = [_at_pace(done[kind], remaining[kind], now - self._kinds_began[kind]) for kind in begun]
        known = [seconds for seconds in each if seconds is not None]
        alone = sum(remaining[kind] for kind in remaining if kind not in begun)
        return (sum(known) if known and len(known) == len(each) else None), alone


def _at_pace(done: int, remaining: int, seconds: float) -> float | None:
    """How long the rest takes at the pace of what is done; None where that is not enough to tell."""
    if seconds < ENOUGH or done < PROVEN * (done + remaining):
        return None
    return seconds / done * remaining


def frame(progress: Progress, now: float, width: int, height: int, bar: tuple[str, str] = ("#", ".")) -> list[Line]:
    """What a terminal of that size shows of a run: no line wider, and no more lines than leave one free.

    `bar` is what a bar is made of where it is full, and where it is empty.
    """
    room = min(COLUMNS, max(1, width - MARGIN))
    lines = [(part, colour) for text, colour in _facts(progress, now, room, bar) for part in wrapped(text, room)]
    return lines[: max(1, height - 1)]


def _facts(progress: Progress, now: float, room: int, bar: tuple[str, str]) -> Iterator[Line]:
    """The facts, those first that a very small terminal shows."""
    total = len(progress.cases)
    yield _bar(progress.done / total if total else 0.0, min(BAR, room), bar), "cyan"
    done, rows = progress.rows
    yield f"{progress.done} of {total} cases{f', {done} of {rows} rows' if rows else ''} done", ""
    yield _time(progress, now), ""
    if verdicts := progress.verdicts:
        worst = next(verdict for verdict in SHOWN_FIRST if verdicts[verdict])
        yield ", ".join(f"{verdicts[v]} {SHOWN.get(v, v)}" for v in COLOURS if verdicts[v]), COLOURS[worst]
    yield f"{progress.requests} requests{_rate(progress, now)}", ""
    yield from _failing(progress.failing)
    yield from _waiting(progress, now)
    yield f"target: {visible(progress.target)}", ""


def _bar(part: float, columns: int, bar: tuple[str, str]) -> str:
    full = int(min(1.0, part) * columns)
    return bar[0] * full + bar[1] * (columns - full)


def _time(progress: Progress, now: float) -> str:
    """How long it has taken, and about how long it will."""
    passed = _seconds(now - progress.began)
    if progress.stopping:
        return f"{passed}: stopping, what has begun is ended first"
    left, alone = progress.left(now)
    told = f"{passed}, about {_seconds(left)} left" if left is not None else passed
    checks = f"{alone} check{'' if alone == 1 else 's'} one by one"
    return f"{told}{', and then' if left is not None else '; at the end'} {checks}" if alone else told


def _seconds(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


def _rate(progress: Progress, now: float) -> str:
    """How fast they are sent, or that nothing has come for some time: an old figure would be no fact."""
    if (silent := progress.silent(now)) >= SILENT:
        return f", no result for {_seconds(silent)}"
    return f", {progress.rate:.0f} a second" if progress.rate is not None else ""


def _failing(failing: Mapping[str, int]) -> Iterator[Line]:
    for name in list(failing)[:NAMED]:
        yield f"fail {visible(name)}{f' ({failing[name]} cases)' if failing[name] > 1 else ''}", "red"
    if len(failing) > NAMED:
        yield f"and {len(failing) - NAMED} more", "red"


def _waiting(progress: Progress, now: float) -> Iterator[Line]:
    """The cases that have been waited for long enough to be asked about."""
    slow = [(case_id, seconds) for case_id, seconds in progress.waiting(now) if seconds >= 1]
    if slow:
        yield f"waiting for {_named(slow)}", ""


def _named(slow: Iterable[tuple[str, float]]) -> str:
    named = [f"{visible(case_id)} ({_seconds(seconds)})" for case_id, seconds in slow]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else "")
