"""A fleet is merged by what its jobs say of it, as far as that is all of it and agrees with what lies there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts.command import MISTAKE
from contracts.fleet.unit import slug
from contracts.gate.outcome import INTERRUPTED
from contracts.merge import __main__ as merge
from tests.selftest.shards_at_hand import Change, changed, fleet, merged, told, written

Said = pytest.CaptureFixture[str]
TARGETS = {"eu": 2, "us": 1, "ap": 1}


def of(known: dict[str, Any], target: str, part: int = 1) -> dict[str, Any]:
    """A unit of a fleet."""
    return next(dict(unit) for unit in known["units"] if (unit["target"], unit["part"]) == (target, part))


def without(target: str, part: int) -> Change:
    """The fleet without a unit."""
    return lambda known: known["units"].remove(of(known, target, part))


def of_job(target: str, part: int, job: int) -> Change:
    """The fleet with a unit of another job."""

    def change(known: dict[str, Any]) -> None:
        unit = of(known, target, part)
        known["units"][known["units"].index(unit)] = {**unit, "job": job}

    return change


LOST: dict[str, tuple[Change, str, str]] = {
    "a-target": (without("us", 1), "us", "the units of fleet nightly are not the parts of its target us (1)"),
    "a-part": (without("eu", 2), "eu.2-of-2", "the units of fleet nightly are not the parts of its target eu (2)"),
    "a-target-of-no-job": (of_job("us", 1, 99), "us", "part 1/1 of target us is of job 99, and there are 2 jobs"),
    "a-part-of-no-job": (of_job("eu", 2, 0), "eu.2-of-2", "part 2/2 of target eu is of job 0, and there are 2 jobs"),
}


@pytest.mark.parametrize("what", LOST)
def test_a_unit_that_no_job_is_to_have_is_named(what: str, tmp_path: Path, capsys: Said) -> None:
    """Though no job lacks anything that it says is its own, and all of them say the same."""
    change, folder, said = LOST[what]
    for job in fleet(tmp_path / "in", targets=TARGETS):
        changed(job / "fleet.json", change)
        shutil.rmtree(job / folder, ignore_errors=True)
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def ended(**more: Any) -> Change:
    """The job whose only run ended in some way."""
    run = {"target": "eu", "part": 1, "folder": "eu", "exit_status": 0, "seconds": 1.0, "requests": 2, "verdict": "pass"}
    return lambda known: known.update(runs=[run | more])


OTHERWISE: dict[str, tuple[Change, str]] = {
    "killed": (
        ended(exit_status=-9, verdict="inconclusive", reason="it was ended by SIGKILL"),
        "has results that end with pass, and its job says: it was ended by SIGKILL: run it again",
    ),
    "changed": (ended(exit_status=1, verdict="fail"), "came to fail, and now its results say pass: run it again"),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_run_that_ended_otherwise_than_its_results_say_is_named(what: str, tmp_path: Path, capsys: Said) -> None:
    """What its process did after it wrote them, they cannot tell."""
    change, said = OTHERWISE[what]
    (job,) = fleet(tmp_path / "in", 1, {"eu": 1})
    changed(job / "fleet.json", change)
    assert merged(job, to=tmp_path / "out") == merge.UNPROVEN
    assert f"the run of target eu ({job / 'eu'}) {said}" in capsys.readouterr().err


def test_an_interrupt_that_results_tell_of_is_no_doubt(tmp_path: Path) -> None:
    """The target is inconclusive for it."""
    (job,) = fleet(tmp_path / "in", 1, {"eu": 1})
    changed(job / "fleet.json", ended(exit_status=2, verdict="inconclusive", reason="it was stopped"))
    gate = {"mode": "strict", "verdict": "inconclusive", "reasons": [INTERRUPTED[1]]}
    changed(job / "eu" / "results.json", lambda known: known["run"].update(gate=gate))
    assert merged(job, to=tmp_path / "out") == 6


def test_a_fleet_that_ended_as_its_results_say_is_merged(tmp_path: Path) -> None:
    """Each run by its job's word."""
    (job,) = fleet(tmp_path / "in", 1, {"eu": 1})
    changed(job / "fleet.json", ended())
    assert merged(job, to=tmp_path / "out") == 0


@pytest.mark.parametrize("pair", [("a/b", slug("a/b")), ("EU", "eu")])
def test_two_targets_that_would_have_one_folder_are_a_mistake(pair: tuple[str, str], tmp_path: Path, capsys: Said) -> None:
    """The report of one would take the place of the other's."""
    places = [written(tmp_path / str(number), told(1, 1, target=target)) for number, target in enumerate(pair)]
    assert merged(*places, to=tmp_path / "out") == MISTAKE
    assert f"targets {pair[0]} and {pair[1]} would have one folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_labels_that_are_no_text_are_a_mistake(tmp_path: Path, capsys: Said) -> None:
    """The page could not be written of them."""
    (job,) = fleet(tmp_path / "in", 1)
    changed(job / "fleet.json", lambda known: known["targets"][0].update(labels={"region": ["eu"]}))
    assert merged(job, to=tmp_path / "out") == MISTAKE
    assert "fleet.json is not what a job of a fleet writes" in capsys.readouterr().err
