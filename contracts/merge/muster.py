"""The proof that all jobs of a fleet are there, each once, and what each was to run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.catalogue import digest
from contracts.gate.outcome import TROUBLES
from contracts.merge.part import Part
from contracts.merge.proof import absent

SAME = ("name", "plan_id", "suite_version", "catalogue", "targets", "units")
"""The members of fleet.json that all jobs of a fleet have alike."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a fleet: what its fleet.json says, and the parts that lie in its folder."""

    folder: Path
    facts: Mapping[str, Any]
    parts: Sequence[Part]

    @property
    def index(self) -> int:
        """Which of the jobs it is, from 1 on."""
        return int(self.facts["job"]["index"])

    @property
    def of(self) -> int:
        """How many jobs there are."""
        return int(self.facts["job"]["of"])

    @property
    def kind(self) -> str:
        """Equal for jobs of one fleet."""
        return json.dumps([*(self.facts[name] for name in SAME), self.of])

    def __str__(self) -> str:
        return f"job {self.index}/{self.of} of fleet {self.facts['name']}"


@dataclass(frozen=True, slots=True)
class Muster:
    """What is there of a fleet: the parts that are its units; all that is wrong, a line each; and the units that are missing.

    Those are targets, each with the number of a part.
    """

    parts: Sequence[Part]
    faults: Sequence[str]
    missing: frozenset[tuple[str, int]]


def mustered(jobs: Sequence[Job], others: Sequence[Part]) -> Muster:
    """Look whether jobs are all that their fleet has, each once. `others` are parts that lie in no job's folder."""
    kinds: dict[str, list[Job]] = {}
    for job in jobs:
        kinds.setdefault(job.kind, []).append(job)
    own = max(kinds.values(), key=len)
    by_index: dict[int, list[Job]] = {}
    for job in own:
        by_index.setdefault(job.index, []).append(job)
    single = [same[0] for _, same in sorted(by_index.items())]
    found = [(job, unit, _found(job, unit)) for job in single for unit in _of(job)]
    lost = {_key(unit) for _, unit, part in found if part is None}
    lost |= {_key(unit) for unit in own[0].facts["units"] if unit["job"] not in by_index}
    faults = [*_jobs(jobs, own, by_index), *(line for one in found for line in _unit(*one)), *_strangers(single, others)]
    return Muster([part for _, unit, part in found if part and not _unlike(unit, part)], faults, frozenset(lost))


def _jobs(jobs: Sequence[Job], own: Sequence[Job], by_index: Mapping[int, Sequence[Job]]) -> Iterator[str]:
    """What is wrong with the jobs themselves."""
    if (facts := own[0].facts)["suite_version"] != __version__ or facts["catalogue"] != digest():
        yield f"fleet {facts['name']} was run by another suite, or by another catalogue, than this one: merge it by that"
    yield from _dealt(facts, own[0].of)
    for job in jobs:
        if job not in own:
            unlike = [name for name in SAME if job.facts[name] != facts[name]] or ["number of jobs"]
            yield f"{job.folder} is no job of the fleet in {own[0].folder}: it is unlike in {', '.join(unlike)}"
    yield from (f"job {index}/{own[0].of} of fleet {facts['name']} is missing" for index in absent(own[0].of, by_index))
    for same in by_index.values():
        if len(same) > 1:
            where = " and ".join(f"in {job.folder} (begun {job.facts['started_at'][:19]})" for job in same)
            yield f"{same[0]} is there {len(same)} times, {where}: give only one of them"


def _dealt(facts: Mapping[str, Any], jobs: int) -> Iterator[str]:
    """What is wrong with a fleet's units: they are the parts of its targets, once each, and each is of a job that there is."""
    own: dict[str, list[tuple[int, int]]] = {target["id"]: [] for target in facts["targets"]}
    for unit in facts["units"]:
        own.setdefault(unit["target"], []).append((unit["part"], unit["of"]))
        if not 1 <= unit["job"] <= jobs:
            yield f"part {unit['part']}/{unit['of']} of target {unit['target']} is of job {unit['job']}, and there are {jobs} jobs"
    parts = {target["id"]: target["parts"] for target in facts["targets"]}
    for target, units in own.items():
        of = parts.get(target, 0)
        if len(units) != of or sorted(units) != [(part, of) for part in range(1, of + 1)]:
            yield f"the units of fleet {facts['name']} are not the parts of its target {target} ({of}): its fleet.json was changed"


def _unit(job: Job, unit: Mapping[str, Any], part: Part | None) -> Iterator[str]:
    """What is wrong with a unit of a job."""
    shard = f"shard {unit['part']}/{unit['of']}" if unit["of"] > 1 else "the run"
    if part is None:
        yield f"{shard} of target {unit['target']} is missing: {job} has no results in {job.folder / unit['folder']}"
    elif _unlike(unit, part):
        yield f"{part.folder} is {part}, and not {shard} of target {unit['target']}, as its fleet.json says"
    elif doubt := _ended_otherwise(job, unit, part):
        yield f"{part} ({part.folder}) {doubt}: run it again"


def _ended_otherwise(job: Job, unit: Mapping[str, Any], part: Part) -> str:
    """How the process of a run ended, where its results do not tell that; else nothing."""
    gate = part.run["gate"]
    ended = next((run for run in job.facts["runs"] if _key(run) == _key(unit)), None)
    if ended is None or any(told in gate["reasons"] for _, told in TROUBLES):
        return ""
    if reason := ended.get("reason"):
        return f"has results that end with {gate['verdict']}, and its job says: {reason}"
    return "" if ended["verdict"] == gate["verdict"] else f"came to {ended['verdict']}, and now its results say {gate['verdict']}"


def _strangers(jobs: Sequence[Job], others: Sequence[Part]) -> Iterator[str]:
    """The runs that are no unit of the fleet."""
    units = {job.folder / unit["folder"] for job in jobs for unit in _of(job)}
    for part in (*others, *(part for job in jobs for part in job.parts)):
        if part.folder not in units:
            yield f"{part.folder} is {part}, which is no unit of fleet {jobs[0].facts['name']}"


def _of(job: Job) -> list[Mapping[str, Any]]:
    """The units that are a job's own."""
    return [unit for unit in job.facts["units"] if unit["job"] == job.index]


def _found(job: Job, unit: Mapping[str, Any]) -> Part | None:
    return next((part for part in job.parts if part.folder == job.folder / unit["folder"]), None)


def _unlike(unit: Mapping[str, Any], part: Part) -> bool:
    return (unit["target"], unit["part"], unit["of"]) != (part.target["id"], part.index, part.parts)


def _key(unit: Mapping[str, Any]) -> tuple[str, int]:
    return unit["target"], unit["part"]
