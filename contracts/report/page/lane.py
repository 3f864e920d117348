"""When each worker's requests were on their way, how long they took, and which took longest. Pure.

Every request is counted, and none is drawn: a run has tens of thousands of them, and a line has a thousand points.
"""

from __future__ import annotations

import heapq
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Any

from contracts.report.page.wire import path_of

BINS = 240  # points of a lane
SLOWEST = 20  # requests that are told one by one
NUMBER = re.compile("([0-9]{1,9})")
HEIGHT = 40  # units of a lane's drawing from its floor to the most requests at once in any lane


@dataclass(frozen=True, slots=True)
class Lane:
    """A worker: its requests, for how long any was on its way, quantiles of their times (seconds), and its drawing."""

    worker: str
    requests: int
    busy: float
    median: float
    p95: float
    longest: float
    drawing: str


@dataclass(frozen=True, slots=True)
class Slow:
    """One of the slowest requests: its time and start, in seconds, and what it was."""

    seconds: float
    at: float
    case: str
    operation: str
    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """The time line: workers, begin and end in seconds since the run began, the most requests at once, and the slowest."""

    lanes: tuple[Lane, ...]
    begin: float
    end: float
    most: float
    slowest: tuple[Slow, ...]

    @property
    def requests(self) -> int:
        """All requests of all workers."""
        return sum(lane.requests for lane in self.lanes)


@dataclass(slots=True)
class Clock:
    """The times of all requests, in eight bytes each; `since` is when the run began."""

    since: float
    _starts: dict[str, array[float]] = field(default_factory=dict)
    _times: dict[str, array[float]] = field(default_factory=dict)
    _slowest: list[tuple[float, int, Slow]] = field(default_factory=list)
    _count: int = 0

    def add(self, worker: str, case: str, exchanges: Sequence[dict[str, Any]]) -> None:
        """Take the times of a case's requests."""
        self._starts.setdefault(worker, array("d")).extend(one["started"] - self.since for one in exchanges)
        self._times.setdefault(worker, array("d")).extend(one["seconds"] for one in exchanges)
        for one in exchanges:
            self._count += 1
            if len(self._slowest) < SLOWEST or one["seconds"] > self._slowest[0][0]:
                self._keep(case, one)

    def lanes(self) -> Lanes:
        """The time line of what was added. How many were on their way at once is a mean over a point of a lane."""
        begin, end = self._span()
        width = max(end - begin, 1e-6) / BINS
        loads = {worker: self._load(worker, begin, width) for worker in sorted(self._starts, key=_by_number)}
        most = max((max(load) for load in loads.values()), default=0.0)
        lanes = tuple(self._lane(worker, load, most or 1.0) for worker, load in loads.items())
        return Lanes(lanes, begin, end, most, tuple(slow for *_, slow in sorted(self._slowest, reverse=True)))

    def _span(self) -> tuple[float, float]:
        """When the first request left, and when the last one had its answer."""
        begins = (min(starts) for starts in self._starts.values() if starts)
        ends = (max(map(add, starts, self._times[worker])) for worker, starts in self._starts.items() if starts)
        return min(begins, default=0.0), max(ends, default=0.0)

    def _keep(self, case: str, one: dict[str, Any]) -> None:
        answer = f"{one['response']['status']}" if one["response"] else one["failure"]
        asked = f"{one['request']['method']} {path_of(one['request']['url'])}"
        slow = Slow(one["seconds"], one["started"] - self.since, case, one["operation"], asked, answer)
        keep = heapq.heappush if len(self._slowest) < SLOWEST else heapq.heapreplace
        keep(self._slowest, (one["seconds"], self._count, slow))

    def _load(self, worker: str, begin: float, width: float) -> list[float]:
        """How many requests of a worker were on their way, on the mean of each point."""
        load = [0.0] * BINS
        for start, took in zip(self._starts[worker], self._times[worker], strict=True):
            first, last = (start - begin) / width, (start - begin + took) / width
            for point in range(int(first), min(int(last), BINS - 1) + 1):
                load[point] += min(last, point + 1) - max(first, point)
        return load

    def _lane(self, worker: str, load: Sequence[float], most: float) -> Lane:
        times = sorted(self._times[worker])
        return Lane(
            worker=worker,
            requests=len(times),
            busy=_union(sorted(zip(self._starts[worker], self._times[worker], strict=True))),
            median=_quantile(times, 0.5),
            p95=_quantile(times, 0.95),
            longest=times[-1] if times else 0.0,
            drawing=_drawing(load, most),
        )


def _drawing(load: Sequence[float], most: float) -> str:
    """The load as an SVG path: steps above a floor."""
    steps = (f"V{HEIGHT - height:g}H{point + 1}" for point, one in enumerate(load) for height in [round(one / most * HEIGHT, 1)])
    return f"M0 {HEIGHT}{''.join(steps)}V{HEIGHT}Z"


def _union(spans: Sequence[tuple[float, float]]) -> float:
    """The time that spans (a start and a length each, in order) cover together."""
    covered, until = 0.0, -math.inf
    for start, took in spans:
        covered += max(0.0, start + took - max(start, until))
        until = max(until, start + took)
    return covered


def _quantile(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def _by_number(worker: str) -> list[str | int]:
    """What puts names in order, the numbers in them as numbers: gw9, gw10, and gw0 of shard 2."""
    return [int(piece) if at % 2 else piece for at, piece in enumerate(NUMBER.split(worker))]
