"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.evidence import Evidence
from contracts.report import html, junit, results


def write(
    judged: Mapping[str, Any], evidence: Evidence, folder: Path, traffic: Path | None = None, trend: Mapping[str, Any] | None = None
) -> None:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found.

    `traffic` is the folder of what went over the wire, `trend` what is known of the last runs.
    """
    results.write(judged, folder)
    junit.write(judged, folder)
    for name, script in evidence.scripts().items():
        results.write_whole(folder / name, script)
    html.write(judged, folder, traffic, trend)  # the last, for it is the largest
