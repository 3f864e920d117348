"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.evidence import Evidence
from contracts.report import ctrf, junit, results, summary
from contracts.report.place import Place


def write(
    judged: Mapping[str, Any],
    evidence: Evidence,
    folder: Path,
    places: Mapping[str, Place],
    trend: Mapping[str, Any] | None = None,
) -> None:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found.

    `places` are where scenarios stand, `trend` is what the history tells of the last runs; None where there is none.
    """
    results.write(judged, folder)
    junit.write(judged, folder, places)
    summary.write(judged, folder, trend)
    ctrf.write(judged, folder, places)
    for name, script in evidence.scripts().items():
        results.write_whole(folder / name, script)
