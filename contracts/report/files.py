"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import traffic
from contracts.evidence import Evidence
from contracts.origin import Origin
from contracts.report import ctrf, har, junit, results, summary
from contracts.report.place import Place

NAMED = 3  # cases that are named at most, when nothing tells of their requests


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is over: its results, and what they are told with.

    `exchanges` is the folder of its traffic and `origin` where that was; `places` are where scenarios stand, and `trend` is what
    the history tells of the last runs, None where there is none.
    """

    results: Mapping[str, Any]
    evidence: Evidence
    exchanges: Path
    origin: Origin
    places: Mapping[str, Place]
    trend: Mapping[str, Any] | None = None


def write(run: Finished, folder: Path) -> list[str]:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found.

    Gives a line for a person for all that is missing there.
    """
    results.write(run.results, folder)
    junit.write(run.results, folder, run.places)
    summary.write(run.results, folder, run.trend)
    ctrf.write(run.results, folder, run.places)
    for name, script in run.evidence.scripts().items():
        results.write_whole(folder / name, script)
    return [*_unkept(run.evidence, run.exchanges), *_har(run.origin, run.exchanges, folder)]


def _har(origin: Origin, exchanges: Path, folder: Path) -> Iterator[str]:
    """Write run.har; it may be large, and is not worth a run's verdicts."""
    try:
        har.write(origin, exchanges, folder)
    except OSError as e:
        yield f"{har.NAME} could not be written: {e.strerror}"


def _unkept(evidence: Evidence, exchanges: Path) -> Iterator[str]:
    """What is said of cases that sent something of which nothing tells."""
    sent = {name: one["case"]["requests"] for name, one in evidence.cases.items()}
    if unkept := traffic.missing(exchanges, sent):
        others = f" and {len(unkept) - NAMED} more" if len(unkept) > NAMED else ""
        what = "what they sent could not be kept on disk" if len(unkept) > 1 else "what it sent could not be kept on disk"
        yield f"{len(unkept)} of {len(sent)} cases are missing in {har.NAME}, {what}: {', '.join(unkept[:NAMED])}{others}"
