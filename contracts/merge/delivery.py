"""What a merge leaves of one target: the files of a run, made of what its parts left, or those of its only part as they are."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.evidence import Evidence
from contracts.history import remembered
from contracts.merge import tape
from contracts.merge.part import Part
from contracts.merge.union import Union, located, united
from contracts.merge.union import whole as never_parted
from contracts.report import files
from contracts.report.files import NAMED, Finished
from contracts.report.har import NAME, origins_of
from contracts.report.results import whole
from contracts.run.gating import Gating

LEFT = ("results.json", "junit.xml", "summary.md", "ctrf.json", NAME, "report.html")
"""The files that every run leaves."""
COPIED = (*LEFT, "deviations.toml")
"""The files of a run, beside the scripts of its checks."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A target's run: the results, what the history tells of it, and lines for a person."""

    results: Mapping[str, Any]
    trend: Mapping[str, Any] | None
    forgotten: str = ""
    notes: tuple[str, ...] = ()


def delivered(parts: Sequence[Part], folder: Path, gating: Gating, history: Path) -> Delivered:
    """Join the parts of a target's run, and write what a run leaves into a folder. Raises Mistake, and OSError."""
    union = united(parts, gating)
    cleared(folder)
    trend, forgotten = remembered(history, union.results)
    notes = [*union.notes]
    if union.unchanged:
        notes += _copied(parts[0], union.evidence, folder)
    else:
        notes += _written(parts, folder, union, trend)
    if proposed := gating.propose(union.results, folder):
        notes.append(proposed)
    return Delivered(union.results, trend, forgotten, tuple(notes))


def cleared(folder: Path) -> None:
    """Make a folder if need be, and remove what an earlier run left there: a file that is not written anew would tell of that."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in LEFT:
        (folder / name).unlink(missing_ok=True)


def _copied(part: Part, evidence: Evidence, folder: Path) -> Iterator[str]:
    """Have the files of a run in another folder."""
    unreadable = _unreadable(part)
    for name in (*COPIED, *evidence.scripts()):
        if not (part.folder / name).is_file():
            if name in LEFT and name != NAME:
                yield f"{part.folder} has no {name}: it is missing in what is merged"
        elif name != NAME or not unreadable:
            linked(part.folder / name, folder / name)
    if unreadable:
        yield unreadable


def _unreadable(part: Part) -> str:
    """Why the exchanges of a part cannot be joined; empty where they can."""
    return tape.readable(part.folder / NAME, part.runs)


def linked(path: Path, to: Path) -> None:
    """Have a file in another place, where the disk allows that without a copy. Whoever writes there later, writes a new one."""
    with whole(to) as partial:
        try:
            os.link(path.resolve(), partial)  # a link to a link may lead nowhere from there
        except OSError:
            shutil.copyfile(path, partial)


def _written(parts: Sequence[Part], folder: Path, union: Union, trend: Mapping[str, Any] | None) -> Iterator[str]:
    """Write the files of a run, its exchanges first: the page shows them."""
    yield from filter(None, map(_unreadable, parts))
    there = [part for part in parts if not _unreadable(part)]
    joined = _joined(there, folder / NAME)
    yield from joined.broken
    yield from _untold(union, joined)
    exchanges = tape.told(folder / NAME, joined.sent, _lanes(union.results["run"], folder / NAME)) if joined.sent else ()
    scenarios = located(union.results["run"]["depth"], only_documented=union.results["run"]["only_documented"])
    finished = Finished(union.results, union.evidence, exchanges, None, scenarios, trend)
    yield from files.write(finished, folder)


def _lanes(run: Mapping[str, Any], path: Path) -> list[str]:
    """What the workers of each part are told by, in the order of the origins of the exchanges."""
    shards = {one["id"]: (one["shard"] or {}).get("index") for one in run.get("merged", ())}
    known = [shards.get(origin.run) for origin in origins_of(path)]
    return [f"shard {index}, " if index else "" for index in known]


def _joined(parts: Sequence[Part], path: Path) -> tape.Joined:
    """The run.har of parts, which has the origin of each; that of a whole run is what it was."""
    try:
        return _taped(parts, path) if parts else tape.Joined()
    except OSError as e:
        return tape.Joined(broken=[f"{NAME} could not be written: {e.strerror or e}"])


def _taped(parts: Sequence[Part], path: Path) -> tape.Joined:
    if never_parted(parts):
        linked(parts[0].folder / NAME, path)
        return tape.counted(path)
    origins = [asdict(origin) for part in parts for origin in origins_of(part.folder / NAME)]
    return tape.join([tape.Tape(*one) for one in marked(parts)], {"origins": origins}, path)


def marked(parts: Sequence[Part]) -> list[tuple[Path, dict[str, Any]]]:
    """The exchanges of a target's parts that can be joined, with what marks those of each in its merged run."""
    there = [part for part in parts if not _unreadable(part)]
    return [(part.folder / NAME, {} if never_parted(parts) else {"part": number}) for number, part in enumerate(there)]


def _untold(union: Union, joined: tape.Joined) -> Iterator[str]:
    """What is said of cases that sent something of which nothing tells."""
    known = {json.loads(case) for _, case, _ in joined.sent}
    if untold := [name for name, one in union.evidence.cases.items() if one["case"]["requests"] and name not in known]:
        more = f" and {len(untold) - NAMED} more" if len(untold) > NAMED else ""
        yield f"{len(untold)} of {len(union.evidence.cases)} cases are missing in {NAME}: {', '.join(untold[:NAMED])}{more}"
