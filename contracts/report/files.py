"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import traffic
from contracts.evidence import Evidence
from contracts.origin import Origin
from contracts.report import ctrf, har, html, junit, results, summary
from contracts.report.place import Place

NAMED = 3  # cases that are named at most, when nothing tells of their requests


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is over: its results, and what they are told with.

    `exchanges` is the folder of its traffic and `origin` where that was; where run.har was joined of parts before, it is what their
    cases sent, and None. `places` are where scenarios stand, and `trend` is what the history tells of the last runs, None where
    there is none.
    """

    results: Mapping[str, Any]
    evidence: Evidence
    exchanges: Path | Iterable[traffic.Told]
    origin: Origin | None
    places: Mapping[str, Place]
    trend: Mapping[str, Any] | None = None


def write(run: Finished, folder: Path) -> list[str]:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found.

    Gives a line for a person for all that is missing there: what is told once more, in another form, is not worth a run's verdicts.
    """
    results.write(run.results, folder)
    junit.write(run.results, folder, run.places)
    for name, script in run.evidence.scripts().items():
        results.write_whole(folder / name, script)
    told = (
        tried("summary.md", lambda: summary.write(run.results, folder, run.trend)),
        tried("ctrf.json", lambda: ctrf.write(run.results, folder, run.places)),
        *_sent(run, folder),
        tried("report.html", lambda: html.write(run.results, folder, run.exchanges, run.trend)),
    )
    return list(filter(None, told))


def _sent(run: Finished, folder: Path) -> Iterator[str]:
    """Write run.har where it is not there yet; what is said of exchanges that are missing in it."""
    if isinstance(run.exchanges, Path) and run.origin:
        origin, exchanges = run.origin, run.exchanges
        yield from _unkept(run.evidence, exchanges)
        yield tried(har.NAME, lambda: har.write(origin, exchanges, folder))


def tried(name: str, write_it: Callable[[], object]) -> str:
    """Write a file; the reason where that fails, else nothing."""
    try:
        write_it()
    except OSError as e:
        return f"{name} could not be written: {e.strerror or e}"
    except Exception as e:  # noqa: BLE001 - a defect of a writer: what the run found is told and ends as it must, all the same
        return f"{name} could not be written, which is a defect of the suite: {type(e).__name__}: {e}"
    return ""


def _unkept(evidence: Evidence, exchanges: Path) -> Iterator[str]:
    """What is said of cases that sent something of which nothing tells."""
    sent = {name: one["case"]["requests"] for name, one in evidence.cases.items()}
    if unkept := traffic.missing(exchanges, sent):
        others = f" and {len(unkept) - NAMED} more" if len(unkept) > NAMED else ""
        what = "what they sent could not be kept on disk" if len(unkept) > 1 else "what it sent could not be kept on disk"
        yield f"{len(unkept)} of {len(sent)} cases are missing in {har.NAME}, {what}: {', '.join(unkept[:NAMED])}{others}"
