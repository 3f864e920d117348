"""What lies in the folders that a merge is given: parts of runs, and jobs of fleets. Raises Mistake for what cannot be read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.merge.muster import SAME, Job
from contracts.merge.part import Part
from contracts.report import earlier

RESULTS, FLEET, UNDER_WAY = "results.json", "fleet.json", "*.part"
HINT = "name the folder of a run, of a fleet's job, or one that holds such"


@dataclass(frozen=True, slots=True)
class Found:
    """The jobs of fleets, each with the parts in its folder, and the parts that lie in no job's."""

    jobs: Sequence[Job]
    parts: Sequence[Part]


def found(folders: Iterable[Path]) -> Found:
    """What lies in some folders, at any depth. Raises Mistake."""
    jobs, parts = list[Job](), list[Part]()
    for folder in folders:
        before = len(jobs) + len(parts)
        for place in _places(folder, ()):
            if (place / FLEET).is_file():
                jobs.append(Job(place, _facts(place / FLEET), [part(run) for run in _runs(place)]))
            else:
                parts.append(part(place))
        if before == len(jobs) + len(parts):
            raise Mistake(f"no results of a run lie in {folder}: {HINT}")
    return Found(jobs, parts)


def part(folder: Path) -> Part:
    """The part in a run's folder. Raises Mistake."""
    digest = _digest(folder)  # of what was there first: what changes while it is read is found out
    results = earlier.read(str(folder))
    if "targets" in results:
        raise Mistake(f"{folder} is the merged report of a fleet: name the folders of its jobs instead")
    return Part.of(folder, results, digest)


def results_of(one: Part) -> dict[str, Any]:
    """The results of a part once more. Raises Mistake where they are no longer what they were."""
    try:
        if _digest(one.folder) == one.digest:
            return dict(json.loads((one.folder / RESULTS).read_bytes()))
    except (OSError, ValueError):
        pass
    raise Mistake(f"{one.folder / RESULTS} has changed while it was merged: merge again, once nobody writes there")


def _digest(folder: Path) -> bytes:
    with (folder / RESULTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _runs(job: Path) -> Iterator[Path]:
    """The folders of runs below a job's own."""
    for folder in _below(job):
        for place in _places(folder, (job,)):
            if (place / FLEET).is_file():
                raise Mistake(f"{place} is a job of a fleet within another one, {job}: name each by itself")
            yield place


def _places(folder: Path, above: Sequence[Path]) -> Iterator[Path]:
    """The folders at and below one that are a run's or a job's. Raises Mistake for what is none, or leads back to where it lies."""
    for parent in above:
        if _same(parent, folder):
            raise Mistake(f"{folder} leads back to {parent}, in which it lies: remove that link, or name the folders in it")
    if not folder.is_dir():
        raise Mistake(f"there is no folder {folder}: {HINT}")
    if any(path.is_file() for path in folder.glob(UNDER_WAY)):
        raise Mistake(f"{folder} is still being written, or whoever wrote it was killed: wait, or make it again")
    if (folder / RESULTS).is_file() or (folder / FLEET).is_file():
        yield folder
        return
    for below in _below(folder):
        yield from _places(below, (*above, folder))


def _below(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as e:
        raise Mistake(f"{folder} cannot be read ({e.strerror}): {HINT}") from None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _facts(path: Path) -> Mapping[str, Any]:
    """What a job's fleet.json says. Raises Mistake where it does not say what it must, or that the job is over."""
    try:
        facts = json.loads(path.read_bytes())
        known = [facts[name] for name in (*SAME, "started_at")]
        whole = all(isinstance(one, str) for one in (*known[:4], known[-1])) and _job(facts["job"])
        units = all(isinstance(unit["target"], str) and isinstance(unit["folder"], str) for unit in facts["units"])
        units = units and all(type(unit[name]) is int for unit in facts["units"] for name in ("part", "of", "job"))
        targets = bool(facts["targets"]) and all(_target(one) for one in facts["targets"])
        runs = all(isinstance(run[name], str) for run in facts.get("runs", ()) for name in ("target", "verdict"))
        runs = runs and all(type(run["part"]) is int for run in facts.get("runs", ()))
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as e:
        raise Mistake(f"{path} cannot be read ({type(e).__name__}: {e}): run that job again") from None
    if not (whole and units and targets and runs):
        raise Mistake(f"{path} is not what a job of a fleet writes: run that job again")
    if "finished_at" not in facts:
        raise Mistake(f"the job in {path.parent} has not ended, or was killed: wait for it, or run it again")
    return {"runs": (), **facts}


def _target(one: Any) -> bool:
    labels = all(isinstance(value, str) for value in one["labels"].values())
    return labels and isinstance(one["id"], str) and type(one["parts"]) is int


def _job(job: Any) -> bool:
    return type(job["index"]) is int and type(job["of"]) is int and 1 <= job["index"] <= job["of"]
