"""What a merge leaves of several targets: a folder for each, and above them the report of the fleet that they are."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.fleet.unit import slug
from contracts.merge import tape
from contracts.merge.delivery import Delivered, cleared, delivered, marked
from contracts.merge.muster import Job
from contracts.merge.part import Part
from contracts.report import terminal
from contracts.report.fleet import files
from contracts.report.fleet.member import Member
from contracts.report.har import NAME
from contracts.run.gating import Gating

UNNAMED = "targets"
"""What a fleet is called that no file has named."""


def facts(jobs: Sequence[Job], parts: Sequence[Part], run_id: str) -> dict[str, Any]:
    """The members of a fleet that its report needs to know, its jobs and their parts being proven."""
    told = jobs[0].facts if jobs else {"name": UNNAMED, "plan_id": _plan_id(parts)}
    began = [part.run["started_at"] for part in parts]
    ended = [part.run["finished_at"] for part in parts]
    return {
        "name": told["name"],
        "plan_id": told["plan_id"],
        "id": run_id,
        "started_at": min(began),
        "finished_at": max(ended),
        "jobs": len(jobs) or len(parts),
    }


def in_order(targets: Mapping[str, Sequence[Part]], jobs: Sequence[Job]) -> dict[str, Sequence[Part]]:
    """The targets in the order of their fleet; where they are none, as they came."""
    known = [target["id"] for job in jobs[:1] for target in job.facts["targets"]]
    return {target: targets[target] for target in (*(one for one in known if one in targets), *targets)}


def check_folders(targets: Iterable[str]) -> None:
    """Raises Mistake for two targets whose folders would be one, also where small letters and capitals are equal."""
    owners = dict[str, str]()
    for target in targets:
        if (other := owners.setdefault(slug(target).casefold(), target)) is not target:
            raise Mistake(f"targets {other} and {target} would have one folder, {slug(target)}: merge them apart")


@dataclass(frozen=True, slots=True)
class Merging:
    """What is the same for all targets of a merge: its gate, where it writes and remembers, and its id."""

    gating: Gating
    folder: Path
    history: Path
    id: str


def report(
    merging: Merging, jobs: Sequence[Job], targets: Mapping[str, Sequence[Part]], tell: Callable[[str, Delivered], object]
) -> Iterator[str]:
    """Write the folder of each target, then what stands above them. Gives a line for all that is missing.

    `tell` hears of each target, in their order. Several processes take them, one after the other, for each holds what it merges.
    """
    labels = {target["id"]: target["labels"] for job in jobs[:1] for target in job.facts["targets"]}
    members = []
    cleared(merging.folder)
    with _processes(len(targets)) as pool:
        exchanges = pool.submit(_exchanges, targets, merging.folder)
        told = [pool.submit(_delivered, parts, merging) for parts in targets.values()]
        for target, waiting in zip(targets, told, strict=True):
            own = waiting.result()
            tell(target, own)
            members.append(Member(target, labels.get(target, {}), slug(target), own.trend))
        missing = exchanges.result()
    yield from missing
    parts = [part for of_target in targets.values() for part in of_target]
    yield from files.write(facts(jobs, parts, merging.id), members, merging.folder)


@contextlib.contextmanager
def _processes(tasks: int) -> Iterator[Executor]:
    """What runs tasks beside each other: as many as there are processors. Whoever is interrupted waits for what has begun."""
    workers = min(tasks, os.cpu_count() or 1)
    with ProcessPoolExecutor(max(1, workers), multiprocessing.get_context("spawn"), initializer=_deaf) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise Mistake("a process of the merge was ended from outside, for want of memory perhaps: merge again") from None
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _deaf() -> None:
    """Leave it to the first process what an interrupt means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _delivered(parts: Sequence[Part], merging: Merging) -> Delivered:
    """Write the folder of a target; of its results comes back what is told of it."""
    folder = merging.folder / slug(parts[0].target["id"])
    own = delivered(parts, folder, merging.gating, merging.history)
    told = {name: own.results[name] for name in ("run", "target", "totals")}
    return replace(own, results={**told, "why": terminal.briefly(own.results)})


def _exchanges(targets: Mapping[str, Sequence[Part]], folder: Path) -> list[str]:
    """Write the run.har of all targets: the same entries, by target and part, as those of each have."""
    tapes, folders = list[tape.Tape](), dict[str, str]()
    for target, parts in targets.items():
        for path, mark in marked(parts):
            tapes.append(tape.Tape(path, {"target": target, **mark}))
            folders[target] = slug(target)
    try:
        tape.join(tapes, {"folders": folders}, folder / NAME, counted=False)
    except OSError as e:
        return [f"{NAME} could not be written: {e.strerror or e}"]
    return []  # what breaks off is told of its target


def _plan_id(parts: Sequence[Part]) -> str:
    """Equal for equal plans of equal targets."""
    plans = sorted({f"{part.target['id']}\0{part.run['plan_id']}" for part in parts})
    return hashlib.sha256("\0".join(plans).encode("utf-8", "surrogatepass")).hexdigest()[:16]
