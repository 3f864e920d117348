"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts import traffic
from contracts.evidence import Evidence
from contracts.origin import Origin
from contracts.report import har, junit, results

NAMED = 3  # cases that are named at most, when nothing tells of their requests


def write(judged: Mapping[str, Any], evidence: Evidence, exchanges: Path, folder: Path, *, origin: Origin) -> list[str]:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found.

    `exchanges` is the folder of its traffic, `origin` where that was. Gives a line for a person for all that is missing there.
    """
    results.write(judged, folder)
    junit.write(judged, folder)
    for name, script in evidence.scripts().items():
        results.write_whole(folder / name, script)
    return [*_unkept(evidence, exchanges), *_har(origin, exchanges, folder)]


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
