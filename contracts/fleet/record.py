"""fleet.json: what a job was to run, written before it begins, and what became of that, once it is over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.catalogue import digest
from contracts.fleet.assignment import Assignment
from contracts.fleet.outcome import Ended
from contracts.report.results import write_whole

NAME = "fleet.json"


def begun(assignment: Assignment, now: datetime) -> dict[str, Any]:
    """What is known of a job that begins now."""
    fleet = assignment.fleet
    return {
        "schema_version": "1",
        "name": fleet.name,
        "plan_id": assignment.plan_id,
        "suite_version": __version__,
        "catalogue": digest(),
        "job": {"index": assignment.shard.index, "of": assignment.shard.of},
        "targets": [
            {"id": one.id, "labels": dict(one.labels), "base_url": assignment.addresses[one.id], "parts": one.parts}
            for one in fleet.members
        ],
        "units": [
            {"target": unit.target, "part": unit.part, "of": unit.of, "folder": unit.folder, "job": job}
            for unit, job in assignment.job_of.items()
        ],
        "started_at": _iso(now),
    }


def over(known: Mapping[str, Any], ended: Sequence[Ended], now: datetime) -> dict[str, Any]:
    """What is known of a job that is over now."""
    return {**known, "finished_at": _iso(now), "runs": [one.as_json() for one in ended]}


def write(known: Mapping[str, Any], folder: Path) -> None:
    """Write fleet.json whole or not at all."""
    write_whole(folder / NAME, json.dumps(known, indent=1) + "\n")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
