"""Shards for tests: what runs of a plan's parts leave behind, made without any run, and merged by the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.case import Case, CaseResult, Verdict
from contracts.catalogue import digest
from contracts.evidence import Evidence, case_evidence
from contracts.merge import __main__ as merge
from contracts.report import results
from contracts.run.planned import plan
from contracts.run.shard import Shard, share
from tests.selftest.results_at_hand import FINDING, facts

PLAN = plan(only_documented=True)
TARGET = {"id": "eu", "base_url": "http://127.0.0.1:9", "profile": None, "version": None}
Change = Callable[[dict[str, Any]], object]


@cache
def ids(index: int, of: int) -> frozenset[str]:
    """The ids of a shard's cases."""
    return share(PLAN, Shard(index, of), {})


def passed(case: Case) -> CaseResult:
    """A case that passed."""
    return CaseResult(case, Verdict.PASS, assertions=1, requests=2, seconds=0.25, started=1.0)


def failed(case: Case) -> CaseResult:
    """A case that failed."""
    return CaseResult(case, Verdict.FAIL, findings=(FINDING,), assertions=1, requests=2, seconds=0.25, started=1.0)


def told(
    index: int, of: int, of_cases: Iterable[CaseResult] | None = None, *, target: str = "eu", **members: Any
) -> dict[str, Any]:
    """The results of a shard that ran these cases, else all of its own, with these members of `run`."""
    own = ids(index, of)
    evidence = Evidence()
    for one in of_cases if of_cases is not None else (passed(case) for case in PLAN if case.id in own):
        evidence.add(case_evidence(one))
    known = {"id": f"run-{target}-{index}-of-{of}", "only_documented": True, "catalogue": digest()}
    shard = {"index": index, "of": of} if of > 1 else None
    run = facts(**known, shard=shard, **members)
    began = 1_767_225_600.0 + index
    place = {**TARGET, "id": target}
    return results.build(run, place, PLAN, evidence, started=began, finished=began + 10, share=own if of > 1 else None)


def written(folder: Path, told: Mapping[str, Any]) -> Path:
    """The folder of a run that left these results, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def shards(folder: Path, of: int = 4, **changes: Change) -> list[Path]:
    """The folders of all shards; `two=...` changes what the second one tells, before it is written."""
    names = ("one", "two", "three", "four")
    places = []
    for index, name in enumerate(names[:of], 1):
        known = told(index, of)
        if name in changes:
            changes[name](known)
        places.append(written(folder / name, known))
    return places


def fleet(folder: Path, jobs: int = 2, targets: Mapping[str, int] | None = None) -> list[Path]:
    """The folders of a fleet's jobs; `targets` are its targets with their number of parts, dealt to the jobs in turn."""
    parts = targets or {"eu": 2, "us": 1}
    units = [(target, part, of) for target, of in parts.items() for part in range(1, of + 1)]
    listed: list[dict[str, Any]] = [
        {"target": t, "part": k, "of": n, "folder": t + (f".{k}-of-{n}" if n > 1 else ""), "job": at % jobs + 1}
        for at, (t, k, n) in enumerate(units)
    ]
    places = []
    for job in range(1, jobs + 1):
        place = folder / f"job-{job}"
        place.mkdir(parents=True)
        write_fleet(place, listed, job, jobs, parts)
        for unit in listed:
            if unit["job"] == job:
                written(place / str(unit["folder"]), told(unit["part"], unit["of"], target=unit["target"]))
        places.append(place)
    return places


def write_fleet(folder: Path, units: Sequence[Mapping[str, Any]], job: int, jobs: int, targets: Mapping[str, int]) -> None:
    """The fleet.json of a job that is over."""
    known = {
        "schema_version": "1",
        "name": "nightly",
        "plan_id": "0123456789abcdef",
        "suite_version": __version__,
        "catalogue": digest(),
        "job": {"index": job, "of": jobs},
        "targets": [{"id": t, "labels": {"region": t}, "base_url": TARGET["base_url"], "parts": n} for t, n in targets.items()],
        "units": list(units),
        "started_at": f"2026-01-01T00:00:0{job}.000+00:00",
        "finished_at": "2026-01-01T00:01:00.000+00:00",
        "runs": [],
    }
    (folder / "fleet.json").write_text(json.dumps(known), encoding="utf-8")


def changed(path: Path, change: Change) -> None:
    """Change a file of JSON."""
    known = json.loads(path.read_bytes())
    change(known)
    path.write_text(json.dumps(known), encoding="utf-8")


def copied(folder: Path, to: Path) -> Path:
    """A folder once more."""
    return Path(shutil.copytree(folder, to))


def merged(*folders: Path, to: Path, **options: str) -> int:
    """The exit status of the command; its history lies beside the report."""
    given = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    kept = ["--report-dir", str(to), "--history", str(to.with_name(f"{to.name}-history"))]
    return merge.main([*map(str, folders), *kept, *given])
