"""One target in one, two and four shards: how alike they are, and what the recorded durations are worth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import correlation, fmean
from typing import Any

from contracts.run.shard import group, recorded
from contracts.target import Target
from tests.bench import environment
from tests.scale.fleet import Asked, check, sandboxes
from tests.scale.table import table
from tests.scale.watch import Cost, connections, measured

HEAD = ("shards", "slowest", "one by one", "slowest/mean", "of the cases", "as recorded", "of requests", "merge", "its peak")


@dataclass(frozen=True, slots=True)
class Part:
    """A shard that was run: its cost, and the seconds and requests of each of its cases."""

    cost: Cost
    seconds: Mapping[str, float]
    requests: int
    connections: int
    folder: Path

    @property
    def recorded(self) -> float:
        """The seconds that were recorded of its cases; of one that nothing is known of, none."""
        known = recorded(None)
        return sum(known.get(case, known.get(group(case), 0.0)) for case in self.seconds)


def lines(asked: Asked, folder: Path, rounds: list[list[Part]]) -> Iterator[str]:
    """The table, a line for each number of shards, and how well the recorded durations fit; `rounds` gets the same as figures."""
    yield f"one sandbox, {asked.delay} ms added, {' '.join(asked.options)}"
    with sandboxes(1, asked.delay) as (target,):
        rounds += [parts(target, count, asked.options, folder / f"in-{count}") for count in asked.shards]
        merges = [_merged(folder / f"in-{count}", target) for count in asked.shards]
    yield table([HEAD, *(_line(round_, merge) for round_, merge in zip(rounds, merges, strict=True))])
    yield f"recorded against measured seconds of a case: correlation {_fit([part for round_ in rounds[:1] for part in round_]):.2f}"


def parts(target: Target, count: int, options: Sequence[str], folder: Path) -> list[Part]:
    """Run all shards of a target, one after the other."""
    folder.mkdir()
    return [_part(target, f"{number}/{count}", options, folder / f"shard-{number}") for number in range(1, count + 1)]


def _part(target: Target, shard: str, options: Sequence[str], folder: Path) -> Part:
    beside = ("--history", f"{folder}-history", "--ledger", f"{folder}-ledger", "-q", "-p", "no:cacheprovider")
    said = ("--shard", shard, "--base-url", target.base_url, "--report-dir", str(folder), *options, *beside)
    before = connections()
    cost = measured(("pytest", "tests/contract", *said), environment(target), Path(f"{folder}.txt"))
    check([cost], folder.parent)
    results = json.loads((folder / "results.json").read_bytes())
    return Part(cost, seconds_of(results), results["run"]["requests"], connections() - before, folder)


def seconds_of(results: Mapping[str, Any]) -> dict[str, float]:
    """The seconds of each case and check that a plan has."""
    judged = [*(case for row in results["rows"] for case in row["cases"]), *results["checks"]]
    return {one["id"]: one["duration_seconds"] for one in judged if one.get("kind") != "check" and "duration_seconds" in one}


def balance(figures: Sequence[float]) -> float:
    """How much more the largest is than all would be if they were alike: 1 is perfect."""
    return max(figures) / fmean(figures) if any(figures) else 1.0


def _merged(folder: Path, target: Target) -> Cost:
    own = [str(path) for path in sorted(folder.glob("shard-?")) if path.is_dir()]
    said = (*own, "--report-dir", str(folder / "merged"), "--history", str(folder / "history"))
    cost = measured(("contracts.merge", *said), environment(target), folder / "merge.txt")
    check([cost], folder)
    return cost


def _line(round_: Sequence[Part], merge: Cost) -> tuple[str, ...]:
    walls = [part.cost.seconds for part in round_]
    work, before = [sum(part.seconds.values()) for part in round_], [part.recorded for part in round_]
    requests = [float(part.requests) for part in round_]
    told = (f"{balance(figures):.2f}" for figures in (walls, work, before, requests))
    peak = merge.peaks("merge")
    return f"{len(walls)}", f"{max(walls):.1f} s", f"{sum(walls):.1f} s", *told, f"{merge.seconds:.1f} s", f"{peak:.0f} MB"


def _fit(round_: Sequence[Part]) -> float:
    known = recorded(None)
    pairs = [(known.get(case, known.get(group(case))), seconds) for part in round_ for case, seconds in part.seconds.items()]
    told = [(before, seconds) for before, seconds in pairs if before is not None]
    return correlation(*zip(*told, strict=True)) if len(told) > 1 else 0.0
