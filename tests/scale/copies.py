"""A fleet's evidence made of one real run's: as many targets as are asked for, in the folders of so many jobs.

Each target has results and a run.har of its own, with its id, its address and a run's id; every case and every exchange is the real
run's. What a merge only copies, as pages, is one file with many names.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.report.har import COMMENT, NAME, PIECE

FIRST = b"\n            },\n"  # what stands behind the first exchange of a run.har
END = b"\n            }\n        ]\n    }\n}"


@dataclass(frozen=True, slots=True)
class Real:
    """A real run: its folder, what its results say, and the CPU seconds that it took, as far as anybody looked."""

    folder: Path
    results: Mapping[str, Any]
    cpu: float = 0.0

    @classmethod
    def of(cls, folder: Path, cpu: float = 0.0) -> Real:
        """The run that left a folder."""
        return cls(folder, json.loads((folder / "results.json").read_bytes()), cpu)

    @property
    def cases(self) -> int:
        """How many cases and checks it judged, without what checks met of rows and the check on all traffic."""
        judged = [case for row in self.results["rows"] for case in row["cases"] if case["kind"] != "check"]
        return len(judged) + len([check for check in self.results["checks"] if check["id"] != "traffic"])

    @property
    def size(self) -> int:
        """Bytes of what every copy has of its own."""
        return sum((self.folder / name).stat().st_size for name in ("results.json", NAME))


def write(real: Real, targets: int, jobs: int, folder: Path, *, exchanges: bool = True) -> list[Path]:
    """Write a fleet of so many targets as the folders of its jobs, and give those. Without exchanges, each run.har has only one."""
    jobs = min(jobs, targets)  # a job without a target is none
    names = [f"target-{number:04}" for number in range(1, targets + 1)]
    job_of = {name: number % jobs + 1 for number, name in enumerate(names)}
    for job in range(1, jobs + 1):
        own = [name for name in names if job_of[name] == job]
        for name in own:
            _copy(real, name, folder / f"job-{job}" / name, exchanges=exchanges)
        facts = _fleet(real, job_of) | {"job": {"index": job, "of": jobs}, "runs": list(_runs(real, own))}
        (folder / f"job-{job}" / "fleet.json").write_text(json.dumps(facts), "utf-8")
    return [folder / f"job-{job}" for job in range(1, jobs + 1)]


def _copy(real: Real, name: str, folder: Path, *, exchanges: bool) -> None:
    """A run like the real one, of another target."""
    folder.mkdir(parents=True)
    address = f"http://{name}.invalid"
    run, target = dict(real.results["run"]), dict(real.results["target"])
    run["id"] = f"{run['id']}-{name}"
    results = {**real.results, "run": run, "target": target | {"id": name, "base_url": address}}
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    facts = {"run": run["id"], "target": name, "base_url": address}
    _exchanges(real.folder / NAME, facts, folder / NAME, every=exchanges)
    for path in real.folder.iterdir():
        if path.name not in {"results.json", NAME}:
            os.link(path, folder / path.name)


def _exchanges(real: Path, facts: Mapping[str, str], path: Path, *, every: bool) -> None:
    """A run.har with the exchanges of a real one, or the first of them, and these facts of an origin of its own."""
    with real.open("rb") as source, path.open("wb") as file:
        head = source.read(PIECE).decode("ascii")
        before = COMMENT.search(head)
        if before is None:
            raise ValueError(f"{real} does not begin with where it comes from")
        comment = json.dumps(json.loads(json.loads(before[1])) | facts)
        own = (head[: before.start(1)] + json.dumps(comment) + head[before.end(1) :]).encode("ascii")
        if every:
            file.write(own)
            shutil.copyfileobj(source, file, PIECE)
        else:
            file.write(own.partition(FIRST)[0] + END)


def _fleet(real: Real, job_of: Mapping[str, int]) -> dict[str, Any]:
    """What fleet.json says in all jobs alike."""
    run = real.results["run"]
    targets = [{"id": name, "labels": {"job": str(job)}, "base_url": None, "parts": 1} for name, job in job_of.items()]
    units = [{"target": name, "part": 1, "of": 1, "folder": name, "job": job} for name, job in job_of.items()]
    return {
        "schema_version": "1",
        "name": "copies",
        "plan_id": run["plan_id"],
        **{name: run[name] for name in ("suite_version", "catalogue", "started_at", "finished_at")},
        "targets": targets,
        "units": units,
    }


def _runs(real: Real, own: list[str]) -> Iterator[dict[str, Any]]:
    """What fleet.json says of the runs of a job."""
    run = real.results["run"]
    for name in own:
        unit = {"target": name, "part": 1, "folder": name}
        yield unit | {"exit_status": 0, "seconds": run["duration_seconds"], "requests": run["requests"], "verdict": "pass"}
