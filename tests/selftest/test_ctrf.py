"""ctrf.json: valid by the format's own reference implementation, with the same verdicts as results.json."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contracts.case import Verdict
from contracts.finding import Finding, Rule
from contracts.report import ctrf
from contracts.report.place import Place
from tests.selftest.packaged import node, node_modules
from tests.selftest.results_at_hand import DEVIATION, FINDING, built, case, known, result

READ = Path(__file__).parent / "node" / "ctrf.cjs"
PLACES = {case().id: Place("tests/contract/test_trunks.py", 17)}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference implementation."""
    return node_modules(tmp_path_factory.mktemp("ctrf"), "ctrf@0.3.0")


def read(document: dict[str, Any], modules: Path, folder: Path) -> dict[str, Any]:
    """What the reference implementation reads in the written file."""
    written = ctrf.write(document, folder, PLACES)
    environment = {**os.environ, "NODE_PATH": str(modules)}
    command = [node(), str(READ), str(written)]
    ended = subprocess.run(  # noqa: S603 - our own script
        command, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def listed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The tests of the document."""
    tests: list[dict[str, Any]] = ctrf.document(document, PLACES)["results"]["tests"]
    return tests


def test_the_reference_implementation_takes_it(modules: Path, tmp_path: Path) -> None:
    """With every verdict, a known deviation, texts of every kind and all that a gate and a history add."""
    hostile = Finding(Rule.MESSAGE_TEXT, "\x00\ud800", "</script>\r\n", "\u202e|`", curl="curl")
    cases = [result(verdict, case(variant=verdict)) for verdict in Verdict]
    document = known(built(*cases, result(Verdict.FAIL, case(variant="known"), findings=(hostile,))), case(variant="known").id)
    document["run"]["gate"] = {"mode": "strict", "verdict": "fail", "reasons": ["\ud800"]}
    document["target"]["version"] = "2.7"
    said = read(document, modules, tmp_path)
    assert (said["valid"], said["errors"]) == (True, [])
    counts = {name: said["summary"][name] for name in ("tests", "passed", "failed", "skipped", "pending", "other")}
    assert counts == {"tests": 7, "passed": 2, "failed": 1, "skipped": 1, "pending": 0, "other": 3}
    assert {status: said["statuses"].count(status) for status in set(said["statuses"])} == {
        name: count for name, count in counts.items() if count and name != "tests"
    }


def test_the_reference_implementation_refuses_something(modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status that the format does not have: so the test above can fail."""
    monkeypatch.setitem(ctrf.STATUS, "pass", "fine")
    assert not read(built(result(Verdict.PASS)), modules, tmp_path)["valid"]


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Verdict.PASS, "passed"),
        (Verdict.FAIL, "failed"),
        (Verdict.ERROR, "other"),
        (Verdict.INCONCLUSIVE, "other"),
        (Verdict.NOT_EXERCISED, "skipped"),
    ],
)
def test_each_verdict_has_its_status(verdict: Verdict, status: str) -> None:
    """What could not be judged is neither a pass nor a failure; the verdict itself stands beside it."""
    (test, _) = listed(built(result(verdict)))
    assert (test["status"], test["rawStatus"]) == (status, verdict)
    assert ("message" in test) == (verdict is not Verdict.PASS)


def test_a_known_deviation_is_no_failure() -> None:
    """It is marked, says its ticket, and its finding is still told."""
    (test, _) = listed(known(built(result(Verdict.FAIL)), case().id))
    assert (test["status"], test["rawStatus"], test["tags"]) == ("other", "fail", ["refusal", "known-deviation"])
    assert test["message"] == f"known deviation {DEVIATION['ticket']}: {DEVIATION['reason']}"
    assert FINDING.text in test["trace"]
    assert test["extra"]["deviation"] == DEVIATION


def test_a_test_says_where_it_stands() -> None:
    """By resource and row, by file and line; the check on all traffic stands nowhere."""
    test, traffic = listed(built(result(Verdict.PASS)))
    assert (test["testId"], test["suite"]) == (case().id, ["SIP Trunks", "404-trunk-id"])
    assert (test["filePath"], test["line"]) == ("tests/contract/test_trunks.py", 17)
    assert (traffic["suite"], "filePath" in traffic) == (["Checks", "traffic"], False)


@pytest.mark.parametrize(
    ("verdict", "healthy"),
    [
        (Verdict.PASS, True),
        (Verdict.FAIL, True),
        (Verdict.NOT_EXERCISED, True),
        (Verdict.ERROR, False),
        (Verdict.INCONCLUSIVE, False),
    ],
)
def test_an_environment_is_healthy_where_all_could_be_judged(verdict: Verdict, healthy: bool) -> None:  # noqa: FBT001 - by pytest
    """A target that fails is judged; one that was not reached is not."""
    assert ctrf.document(built(result(verdict)), {})["results"]["environment"]["healthy"] is healthy


def test_times_are_whole_milliseconds() -> None:
    """Of a test, and of the run since the epoch."""
    document = ctrf.document(built(result(Verdict.PASS, seconds=0.0126)), {})
    assert document["results"]["tests"][0]["duration"] == 13
    summary = document["results"]["summary"]
    assert (summary["start"], summary["stop"], summary["duration"]) == (1_767_225_600_000, 1_767_225_601_500, 1500)
