"""The files that a run leaves behind, each by a writer of its own (results.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.evidence import Evidence
from contracts.report import junit, results


def write(judged: Mapping[str, Any], evidence: Evidence, folder: Path) -> None:
    """Write everything that a run leaves behind: its results, in every form, and the scripts that show again what checks found."""
    results.write(judged, folder)
    junit.write(judged, folder)
    for name, script in evidence.scripts().items():
        results.write_whole(folder / name, script)
