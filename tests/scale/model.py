"""What a fleet costs that nobody has run: measured figures of one target, reckoned up to any number of them. Pure.

What it takes for granted: targets are alike; runs that go on at once share nothing but the cores of their job, and take as long as
they wait or as they compute, whichever is longer; jobs have machines of their own and begin together; the merge has one more for
itself; and what grows with the targets grows evenly, as it does from 25 to 100 of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.scale.table import table

MEGA, GIGA = 10**6, 10**9
HOUR = 3600.0
PORTS = 28_232  # local ports of Linux, as it comes
NIGHTS = 365  # runs of a history that is kept for a year


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a run, and of one more target in a merge: bytes, seconds, counts.

    Of its `requests`, `alone` go one after another, each `delay` late; the others wait together, `together` seconds in all. `cpu`
    is without the target's. It opens `connections`, and has so many requests `in_flight`. `evidence` is all that it leaves, `har`
    its largest part, `packed` all of it as a zip archive. A merge takes `merge_memory` beside what each target adds.
    """

    cases: int
    requests: int
    alone: int
    delay: float
    together: float
    cpu: float
    memory: float
    connections: int
    in_flight: int
    evidence: float
    har: float
    packed: float
    history: float
    merge_seconds: float
    merge_memory: float
    merge_each: float
    page: float
    results: float
    summary: float

    @property
    def seconds(self) -> float:
        """The wall time of a run that has its machine for itself."""
        return max(self.together + self.alone * self.delay, self.cpu)


DOCUMENTED = Measured(
    cases=743,
    requests=4128,
    alone=0,
    delay=0.2,
    together=21.5,
    cpu=7.3,
    memory=79e6,
    connections=129,
    in_flight=48,
    evidence=9.6e6,
    har=8.4e6,
    packed=0.68e6,
    history=3.94e3,
    merge_seconds=0.07,
    merge_memory=172e6,
    merge_each=0.57e6,
    page=4e3,
    results=0.28e6,
    summary=500.0,
)
"""The documented cases with 200 ms added, on two cores that others used as well: for who asks for the model alone."""
QUICK = replace(
    DOCUMENTED,
    cases=1011,
    requests=17_195,
    alone=10_919,
    together=33.0,
    cpu=25.0,
    connections=310,
    evidence=35.9e6,
    har=33.0e6,
    packed=1.63e6,
    merge_seconds=0.25,
    results=0.385e6,
)
"""The same with what is generated, at quick depth."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A fleet: so many targets in so many jobs, each with its cores and its memory, and so many targets at once in each job."""

    targets: int
    jobs: int
    cores: int
    at_once: int
    memory: float = 7 * GIGA


@dataclass(frozen=True, slots=True)
class Limit:
    """What ends at some number of targets: how much of it there is, who says so, and how much one target takes."""

    what: str
    most: float
    each: float
    source: str

    @property
    def targets(self) -> float:
        """The number of targets that it lets be."""
        return math.floor(self.most / self.each) if self.each > 0 else math.inf


def job_seconds(one: Measured, of: Setting) -> float:
    """How long the slowest job takes: its targets in rounds, or what they compute on its cores, whichever is longer."""
    own = math.ceil(of.targets / of.jobs)
    return max(math.ceil(own / of.at_once) * one.seconds, own * one.cpu / of.cores)


def at_once_for(one: Measured, cores: int) -> int:
    """So many targets at once keep the cores of a job busy; more would only wait for one another."""
    return max(1, round(cores * one.seconds / one.cpu))


def load(one: Measured, of: Setting) -> float:
    """Requests a second that all jobs together send, through whatever they share."""
    return of.targets * one.requests / job_seconds(one, of)


def disk(one: Measured) -> float:
    """Bytes of a target on the disk of the merge: what came, of which the report has links, and exchanges and results once more."""
    return one.evidence + one.har + one.results


def costs(one: Measured, of: Setting) -> Iterator[tuple[str, str]]:
    """What a fleet costs, by what it is called."""
    own = math.ceil(of.targets / of.jobs)
    yield "time of the jobs", f"{job_seconds(one, of) / HOUR:.2f} h"
    yield "time of the merge", f"{of.targets * one.merge_seconds / 60:.1f} min"
    yield "CPU in all", f"{of.targets * one.cpu / HOUR:.1f} h"
    yield "memory of a job", f"{min(of.at_once, own) * one.memory / GIGA:.2f} GB"
    yield "memory of the merge", f"{(one.merge_memory + of.targets * one.merge_each) / MEGA:.0f} MB"
    yield "requests", f"{of.targets * one.requests:,}"
    yield "requests a second, all jobs", f"{load(one, of):,.0f}"
    yield "connections at once, all jobs", f"{of.jobs * min(of.at_once, own) * one.in_flight:,}"
    yield "evidence of a job", f"{own * one.evidence / GIGA:.2f} GB, packed {own * one.packed / MEGA:.0f} MB"
    yield "disk of the merge", f"{of.targets * disk(one) / GIGA:.1f} GB"
    yield "run.har of all", f"{of.targets * one.har / GIGA:.1f} GB"
    yield "results.json of all", f"{of.targets * one.results / MEGA:.0f} MB"
    yield "report.html of all", f"{of.targets * one.page / MEGA:.1f} MB"
    yield "history of a year of nights", f"{of.targets * NIGHTS * one.history / GIGA:.2f} GB"


def limits(one: Measured, of: Setting) -> list[Limit]:
    """What ends at some number of targets, with the jobs, cores and targets at once of a setting."""
    private, runner, packed = "of all artifacts of private repositories", "on a hosted runner", one.packed / of.jobs
    return [
        Limit(
            "artifact of a job, GitLab as it comes",
            100 * MEGA,
            packed,
            "GitLab's documentation: 100 MB a job, on servers of one's own",
        ),
        Limit("artifact of a job, GitLab.com", GIGA, packed, "GitLab's documentation: 1 GB a job"),
        Limit("artifacts, GitHub Free", 500 * MEGA, one.packed, f"GitHub's documentation: 500 MB {private}"),
        Limit("artifacts, GitHub Team", 2 * GIGA, one.packed, f"GitHub's documentation: 2 GB {private}"),
        Limit("artifacts, GitHub Enterprise", 50 * GIGA, one.packed, f"GitHub's documentation: 50 GB {private}"),
        Limit("time of a job", 6 * HOUR, job_seconds(one, of) / of.targets, f"GitHub's documentation: 6 h {runner}"),
        Limit("disk of a job", 14 * GIGA, one.evidence / of.jobs, f"taken for granted: 14 GB are free {runner}"),
        Limit("disk of the merge", 14 * GIGA, disk(one), f"taken for granted: 14 GB are free {runner}"),
        Limit("time of the merge", 60, one.merge_seconds, "our aim for 100 targets of quick depth: 60 s"),
        Limit("memory of the merge", 500 * MEGA - one.merge_memory, one.merge_each, "our aim for as many: 500 MB"),
        Limit("cases of junit.xml", 500_000, one.cases, "GitLab.com's documentation: as many in a pipeline"),
        Limit("summary.md", 2**20, one.summary, "GitHub's runner: 1,024 kB a step"),
        Limit("results.json", 2**29 - 24, one.results, "the longest text of V8: Node.js and browsers parse no longer one"),
        Limit("report.html", 20 * MEGA, one.page, "taken for granted: 20 MB, a browser still shows that"),
        Limit("history of a year", GIGA, NIGHTS * one.history, "taken for granted: 1 GB, a pipeline still carries that each night"),
        Limit("a job for each target, GitHub", 256, 1, "GitHub's documentation: 256 jobs of a matrix"),
        Limit("a job for each target, GitLab", 200, 1, "GitLab: 200 jobs of parallel:matrix"),
    ]


def ceilings(one: Measured, of: Setting) -> Iterator[tuple[str, str]]:
    """How many targets a job can have at once, by what each takes of its machine."""
    yield f"{of.cores} cores: more would only wait for one another", f"{at_once_for(one, of.cores)}"
    yield f"{of.memory / GIGA:.0f} GB of memory", f"{math.floor(of.memory / one.memory)}"
    yield f"{PORTS:,} local ports, all targets behind one address", f"{PORTS // one.in_flight}"
    yield "as many ports, each left alone for a minute: runs a minute", f"{PORTS // max(1, one.connections)}"
    yield "1,024 open files of a process: each run is one", "no limit"


def told(depths: Mapping[str, Measured], of: Setting) -> Iterator[str]:
    """The whole of it for people, with a column for each depth."""
    yield "one run and one target in a merge, measured, but for the time of waiting one by one, which is reckoned"
    yield _columns(depths, [_measured(one) for one in depths.values()])
    yield ""
    yield f"reckoned: {of.targets:,} targets in {of.jobs} jobs of {of.cores} cores, {of.at_once} at once in each"
    yield _columns(depths, [costs(one, of) for one in depths.values()])
    yield ""
    yield f"reckoned: how many targets each lets be, with {of.jobs} jobs"
    yield _limits(depths, of)
    yield ""
    yield "reckoned: how many targets a job can have at once"
    yield _columns(depths, [ceilings(one, of) for one in depths.values()])


def _measured(one: Measured) -> Iterator[tuple[str, str]]:
    yield "cases and checks", f"{one.cases:,}"
    yield "requests, of them one by one", f"{one.requests:,}, {one.alone:,}"
    yield f"a run with {one.delay * 1000:.0f} ms added", f"{one.seconds:,.0f} s, {one.cpu:.1f} CPU s, {one.memory / MEGA:.0f} MB"
    yield "what it leaves", f"{one.evidence / MEGA:.1f} MB, packed {one.packed / MEGA:.2f} MB"
    yield (
        "one more target in a merge",
        f"{one.merge_seconds:.2f} s, {one.merge_each / MEGA:.2f} MB over {one.merge_memory / MEGA:.0f} MB",
    )


def _columns(depths: Mapping[str, Measured], of: Sequence[Iterator[tuple[str, str]]]) -> str:
    """What is told of each depth, side by side."""
    lines = [((first[0], *(figure for _, figure in same))) for same in zip(*of, strict=True) for first in same[:1]]
    return table([("", *depths), *lines])


def _limits(depths: Mapping[str, Measured], of: Setting) -> str:
    """The limits, the first one to end on top."""
    found = list(zip(*(limits(one, of) for one in depths.values()), strict=True))
    lines = [(same[0].what, *(shown(limit.targets) for limit in same), same[0].source) for same in sorted(found, key=_first)]
    return table([("", *depths, "who says so"), *lines])


def _first(same: Sequence[Limit]) -> float:
    return min(limit.targets for limit in same)


def shown(targets: float) -> str:
    """A number of targets for people."""
    return f"{targets:,}" if targets < math.inf else "any"
