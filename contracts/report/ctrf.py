"""ctrf.json: the Common Test Report Format, for tools that read it in place of JUnit XML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.report.entry import headline, in_full, is_known, suites
from contracts.report.place import Place
from contracts.report.results import write_whole

NAME = "trunking-error-contracts"
STATUS = {"pass": "passed", "fail": "failed", "not_exercised": "skipped"}
"""What could not be judged is neither passed nor failed, nor was it left out: `other`, and so is a failure that is let be."""
STATUSES = ("passed", "failed", "skipped", "pending", "other")


def document(results: Mapping[str, Any], places: Mapping[str, Place]) -> dict[str, Any]:
    """The results as a CTRF document: one test a case or check; times in whole milliseconds."""
    run, by_suite = results["run"], suites(results)
    tests = [_test(suite, owner, case, places.get(case["id"])) for suite, of in by_suite.items() for owner, case in of]
    counts = Counter(test["status"] for test in tests)
    summary = {
        "tests": len(tests),
        **{status: counts[status] for status in STATUSES},
        "suites": len(by_suite),
        "start": _since_epoch(run["started_at"]),
        "stop": _since_epoch(run["finished_at"]),
        "duration": _milliseconds(run["duration_seconds"]),
    }
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "runId": run["id"],
        "timestamp": run["finished_at"],
        "generatedBy": NAME,
        "results": {
            "tool": {"name": NAME, "version": run["suite_version"]},
            "summary": summary,
            "tests": tests,
            "environment": _environment(results),
        },
    }


def write(results: Mapping[str, Any], folder: Path, places: Mapping[str, Place]) -> Path:
    """Write ctrf.json whole or not at all. ASCII only, as results.json is."""
    return write_whole(folder / "ctrf.json", json.dumps(document(results, places), indent=1) + "\n")


def _environment(results: Mapping[str, Any]) -> dict[str, Any]:
    """The target. It is healthy where everything that was tried could be judged."""
    run, target = results["run"], results["target"]
    judged = (*results["checks"], *(case for row in results["rows"] for case in row["cases"]))
    extra = {name: run[name] for name in ("plan_id", "seed", "depth", "complete", "gate") if name in run}
    environment = {
        "testEnvironment": target["id"],
        "healthy": not {case["verdict"] for case in judged} & {"inconclusive", "error"},
        "extra": {**extra, "base_url": target["base_url"], "profile": target["profile"]},
    }
    return environment | ({"appVersion": target["version"]} if target.get("version") else {})


def _test(suite: str, owner: str, case: Mapping[str, Any], place: Place | None) -> dict[str, Any]:
    test: dict[str, Any] = {
        "testId": case["id"],
        "name": case["id"],
        "status": _status(case),
        "rawStatus": case["verdict"],
        "duration": _milliseconds(case.get("duration_seconds", 0.0)),
        "suite": [suite, owner],
        "type": "contract",
        "tags": [case.get("kind", "check"), *(["known-deviation"] if is_known(case) else [])],
    }
    if case["verdict"] != "pass":
        test |= {"message": headline(case), "trace": in_full(case, place)}
    if place:
        test |= {"filePath": place.file, "line": place.line}
    rules = list(dict.fromkeys(finding["rule"] for finding in case["findings"]))
    return test | {"extra": {"rules": rules, **{name: case[name] for name in ("operation", "deviation") if name in case}}}


def _status(case: Mapping[str, Any]) -> str:
    return "other" if is_known(case) else STATUS.get(case["verdict"], "other")


def _since_epoch(iso: str) -> int:
    return _milliseconds(datetime.fromisoformat(iso).timestamp())


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
