"""A target of a fleet: where what its run left behind lies, and what that says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """A target of a fleet by its id, with its labels.

    `folder` is where its run lies, relative to the fleet's report, with slashes. `trend` is what the history tells of its last
    runs, this one last (contracts.history); None where nobody kept them.
    """

    id: str
    labels: Mapping[str, str]
    folder: str
    trend: Mapping[str, Any] | None = None


def results_of(member: Member, folder: Path) -> dict[str, Any]:
    """What results.json says of a target. Raises OSError or ValueError where it cannot be read."""
    results: dict[str, Any] = json.loads((folder / member.folder / "results.json").read_bytes())
    return results
