"""What the benchmark of scale makes and reckons; what it measures is nobody's to assert."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.report import har
from tests.scale import copies, figures, model
from tests.scale.copies import Real
from tests.scale.merging import TOP, Merged
from tests.scale.model import DOCUMENTED, QUICK, Limit, Measured, Setting
from tests.scale.shards import balance, seconds_of
from tests.scale.watch import Cost, Used, look
from tests.selftest import runs

ONE = replace(DOCUMENTED, requests=100, together=20.0, cpu=5.0, evidence=10.0, har=7.0, results=1.0, merge_seconds=0.5)
SETTING = Setting(targets=100, jobs=4, cores=2, at_once=5)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """A run of three cases, by a copy of the suite that has no others."""
    root = runs.copied(tmp_path_factory.mktemp("suite") / "copy", good=runs.GOOD)
    outcome = runs.contract(root.parent / "run", "--only-documented", root=root)
    assert outcome.status == 0, outcome.out
    return Real.of(outcome.folder)


def test_copies_of_a_run_are_a_fleet_that_a_merge_accepts(real: Real, tmp_path: Path) -> None:
    """Every target is there once, with all cases and exchanges of the real run."""
    jobs = copies.write(real, 3, 2, tmp_path / "jobs")
    said = [*map(str, jobs), "--report-dir", str(tmp_path / "merged"), "--history", str(tmp_path / "history")]
    line = [sys.executable, "-m", "contracts.merge", *said]
    done = subprocess.run(line, cwd=real.folder.parent / "copy", capture_output=True, text=True, timeout=runs.WAIT, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "merged" / "results.json").read_bytes())
    assert sorted(target["id"] for target in told["targets"]) == ["target-0001", "target-0002", "target-0003"]
    assert sum(len(row["cases"]) for row in told["rows"]) == 3 * real.cases == 9
    assert count(tmp_path / "merged" / har.NAME) == 3 * count(real.folder / har.NAME)


def test_copies_have_a_run_and_an_origin_of_their_own(real: Real, tmp_path: Path) -> None:
    """No two have the same run's id, and each run.har says that it is of the target that the results name."""
    folders = sorted(path.parent for path in copies.write(real, 2, 1, tmp_path)[0].glob("*/results.json"))
    results = [json.loads((folder / "results.json").read_bytes()) for folder in folders]
    comments = [json.loads(json.loads((folder / har.NAME).read_bytes())["log"]["comment"]) for folder in folders]
    assert len({one["run"]["id"] for one in results}) == 2
    assert [(one["run"], one["target"]) for one in comments] == [(one["run"]["id"], one["target"]["id"]) for one in results]


def test_copies_without_exchanges_have_one_each(real: Real, tmp_path: Path) -> None:
    """It is the first of the real run's, in a whole HAR."""
    (job,) = copies.write(real, 1, 4, tmp_path, exchanges=False)
    (entry,) = har.entries(job / "target-0001" / har.NAME)
    assert entry == next(har.entries(real.folder / har.NAME))


@pytest.mark.parametrize(("at_once", "seconds"), [(5, 100.0), (1, 500.0), (25, 62.5)], ids=["waiting", "one-by-one", "computing"])
def test_a_job_needs_what_it_waits_or_what_it_computes(at_once: int, seconds: float) -> None:
    """25 targets of 20 s and 5 CPU seconds: in rounds, and never less than their CPU seconds on two cores."""
    assert model.job_seconds(ONE, replace(SETTING, at_once=at_once)) == seconds


def test_requests_one_by_one_wait_each_for_itself() -> None:
    """200 ms for each of them, over what waits together; a run that computes longer takes that long."""
    assert replace(ONE, alone=100, delay=0.2).seconds == 40.0
    assert replace(ONE, cpu=30.0).seconds == 30.0


def test_what_is_shared_bears_all_jobs() -> None:
    """10,000 requests in 100 seconds; and evidence, all exchanges and all results once more on the disk of the merge."""
    assert model.load(ONE, SETTING) == 100.0
    assert model.disk(ONE) == 18.0


def test_as_many_at_once_as_keep_the_cores_busy() -> None:
    """A run that computes a quarter of its time leaves room for four of them on each core, and there is always one."""
    assert model.at_once_for(ONE, 2) == 8
    assert model.at_once_for(replace(ONE, cpu=100.0), 1) == 1


@pytest.mark.parametrize(("each", "targets"), [(3.0, 3), (0.0, math.inf)], ids=["each-takes-some", "none-takes-any"])
def test_a_limit_lets_whole_targets_be(each: float, targets: float) -> None:
    """What does not grow with them never ends."""
    assert Limit("it", 10.0, each, "us").targets == targets


def test_what_ends_first_is_told_first() -> None:
    """The least numbers of targets rise from line to line, whichever depth they are of."""
    told = "\n".join(model.told({"one": ONE, "other": QUICK}, SETTING)).partition("who says so\n")[2].partition("\n\n")[0]
    least = [min(int(text.replace(",", "")) for text in line[39:].split()[:2]) for line in told.splitlines() if " any " not in line]
    assert len(least) > 10
    assert least == sorted(least)


def test_the_model_adds_up() -> None:
    """What is told of all targets is what one takes, as often as there are targets."""
    costs = dict(model.costs(ONE, SETTING))
    assert costs["requests"] == "10,000"
    assert costs["time of the merge"] == "0.8 min"
    assert costs["connections at once, all jobs"] == "960"


def test_a_merge_grows_from_the_fewest_targets_to_the_most() -> None:
    """From 2 targets in 3 s to 12 in 8 s each one more takes half a second, and bytes as it makes the report grow."""
    few, many = (merged(2, 3.0, 64, 100), merged(12, 8.0, 84, 300))
    told = figures.with_merge(ONE, [few, many])
    assert (told.merge_seconds, told.results, told.history) == (0.5, 20.0, 25.0)
    assert (told.merge_memory, told.merge_each) == (60e6, 2e6)


def merged(targets: int, seconds: float, peak: int, size: int) -> Merged:
    """A merge that took so much."""
    cost = Cost(0, seconds, [Used("merge", peak=peak * 10**6)])
    return Merged(targets, 10 * targets, cost, dict.fromkeys(TOP, size), size)


def test_equal_shards_have_a_balance_of_one() -> None:
    """Else it is how much longer the slowest takes than the mean."""
    assert balance([2.0, 2.0]) == 1.0
    assert balance([3.0, 1.0]) == 1.5


def test_what_checks_met_of_rows_has_no_seconds() -> None:
    """It is no case of a plan, nor is the check on all traffic, which nobody times."""
    own, met = {"id": "own", "kind": "refusal", "duration_seconds": 0.5}, {"id": "met", "kind": "check", "duration_seconds": 0.0}
    checks = [{"id": "check", "duration_seconds": 2.0}, {"id": "traffic"}]
    assert seconds_of({"rows": [{"cases": [own, met]}], "checks": checks}) == {"own": 0.5, "check": 2.0}


def test_a_process_is_seen_by_its_kind() -> None:
    """Its name is a word of its command; that it has memory is all that can be said of any."""
    used: dict[int, Used] = {}
    line = [sys.executable, "-c", "input()", "contracts.merge"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        look(used)
        process.communicate(b"\n")
    assert used[process.pid].kind == "merge"
    assert used[process.pid].peak > 0


def count(path: Path) -> int:
    """How many entries a HAR has."""
    return sum(1 for _ in har.entries(path))


@pytest.mark.parametrize("known", [DOCUMENTED, QUICK], ids=["documented", "quick"])
def test_what_was_measured_before_lacks_nothing(known: Measured) -> None:
    """There is a figure for everything but for requests one by one, which documented cases have none of."""
    assert all(getattr(known, name) > 0 for name in Measured.__dataclass_fields__ if name != "alone")
