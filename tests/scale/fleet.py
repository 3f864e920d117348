"""A fleet of sandboxes that answer late, run by one job, by two, by four: each job by itself, as on a machine of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from contracts.run.embedded import Embedded
from contracts.target import Target
from tests.bench import environment
from tests.scale.table import table
from tests.scale.watch import Cost, measured

HEAD = ("jobs", "slowest", "one by one", "requests", "CPU", "of it sandboxes", "job", "a run", "a sandbox", "merge", "its peak")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured: so many targets, each answer so many milliseconds late, and the options of a run."""

    targets: int
    delay: int
    at_once: int
    shards: Sequence[int]
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class Round:
    """A fleet run by some jobs, and merged."""

    jobs: Sequence[Cost]
    requests: int
    merge: Cost

    def line(self) -> tuple[str, ...]:
        """A line of the table."""
        seconds = [job.seconds for job in self.jobs]
        peaks = [max(job.peak(kind) for job in self.jobs) for kind in ("fleet", "run", "sandbox")]
        return (
            f"{len(self.jobs)}",
            f"{max(seconds):.1f} s",
            f"{sum(seconds):.1f} s",
            f"{self.requests:,}",
            f"{sum(job.cpu() for job in self.jobs):.0f} s",
            f"{sum(job.cpu('sandbox') for job in self.jobs):.0f} s",
            *(f"{peak:.0f} MB" for peak in peaks),
            f"{self.merge.seconds:.1f} s",
            f"{self.merge.peaks('merge'):.0f} MB",
        )


def lines(asked: Asked, folder: Path) -> Iterator[str]:
    """The table, a line for each number of jobs."""
    yield f"{asked.targets} sandboxes, {asked.delay} ms added, {' '.join(asked.options)}, {asked.at_once} at once in a job"
    with sandboxes(asked.targets, asked.delay) as targets:
        file = folder / "fleet.toml"
        file.write_text(_fleet(targets, asked.at_once), "utf-8")
        rounds = [_round(file, jobs, asked, targets[0], folder / f"of-{jobs}") for jobs in asked.shards]
    yield table([HEAD, *(one.line() for one in rounds)])
    yield "slowest: what jobs take on machines of their own; one by one: on this one; peaks: of the largest process of a kind"


@contextlib.contextmanager
def sandboxes(count: int, delay: int) -> Iterator[list[Target]]:
    """Sandboxes that answer late, all with the same project and key, so that one environment fits them all."""
    project, foreign, key, secret = (str(uuid4()) for _ in range(4))
    known = ("--project", project, "--foreign-project", foreign, "--key-id", key, "--key-secret", secret)
    with contextlib.ExitStack() as stack:
        begun = []
        for _ in range(count):
            begun.append(Embedded("--delay-ms", str(delay), *known))
            stack.callback(begun[-1].stop)
        yield [one.target() for one in begun]


def _fleet(targets: Sequence[Target], at_once: int) -> str:
    """The file of a fleet."""
    members = (f'[[target]]\nid = "target-{number}"\nbase_url = "{one.base_url}"\n' for number, one in enumerate(targets, 1))
    return "\n".join((f'name = "scale"\nat_once = {at_once}\n', *members))


def _round(file: Path, jobs: int, asked: Asked, known: Target, folder: Path) -> Round:
    """Run all jobs, one after the other, and merge what they leave."""
    folder.mkdir()
    beside = ("--history", str(folder / "history"), "--ledger", str(folder / "ledger"))
    costs = []
    for job in range(1, jobs + 1):
        said = ("--shard", f"{job}/{jobs}", "--report-dir", str(folder / f"job-{job}"), *asked.options, *beside)
        costs.append(measured(("contracts.fleet", str(file), *said), environment(known), folder / f"job-{job}.txt"))
    own = [str(folder / f"job-{job}") for job in range(1, jobs + 1)]
    said = (*own, "--report-dir", str(folder / "merged"), "--history", str(folder / "merged-history"))
    merge = measured(("contracts.merge", *said), environment(known), folder / "merge.txt")
    check(costs, folder)
    check([merge], folder)
    return Round(costs, sum(_requests(Path(one)) for one in own), merge)


def check(costs: Sequence[Cost], folder: Path) -> None:
    """Raises RuntimeError, with what was said, where a figure would be that of a failure."""
    if any(cost.status for cost in costs):
        said = "\n".join(path.read_text("utf-8", "replace")[-2000:] for path in sorted(folder.glob("*.txt")))
        raise RuntimeError(f"exit status {[cost.status for cost in costs]} in {folder}:\n{said}")


def _requests(job: Path) -> int:
    facts = json.loads((job / "fleet.json").read_bytes())
    return sum(run["requests"] or 0 for run in facts["runs"])
