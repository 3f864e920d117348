"""What merge refuses, each with a line that names it, and what it makes of shards that are a whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.case import CaseResult, Verdict
from contracts.command import MISTAKE
from contracts.history import History
from contracts.merge import __main__ as merge
from tests.selftest.results_at_hand import complaints
from tests.selftest.shards_at_hand import PLAN, Change, changed, copied, failed, fleet, ids, merged, passed, shards, told, written

Said = pytest.CaptureFixture[str]


def results(folder: Path) -> dict[str, Any]:
    """What results.json says."""
    known: dict[str, Any] = json.loads((folder / "results.json").read_bytes())
    return known


def cases(known: dict[str, Any]) -> list[str]:
    """The ids of all cases."""
    return [case["id"] for row in known["rows"] for case in row["cases"]]


def refused(said: Said, status: int, report: Path) -> str:
    """What was said where nothing was merged."""
    assert not report.exists() or not any(report.iterdir())
    assert status in {merge.UNPROVEN, MISTAKE}
    text = said.readouterr().err
    assert (status == MISTAKE) == (text.count("\n") == 1)
    return text


def test_shards_are_the_run_that_they_are_parts_of(tmp_path: Path) -> None:
    """Each case once, in the plan's order; times, workers and requests of the whole; no shard, and what the parts were."""
    assert merged(*shards(tmp_path / "in"), to=tmp_path / "out") == 0
    known = results(tmp_path / "out")
    assert complaints(known) == []
    whole = told(1, 1)
    assert cases(known) == cases(whole)
    assert (known["rows"], known["checks"], known["totals"]) == (whole["rows"], whole["checks"], whole["totals"])
    run = known["run"]
    assert run["shard"] is None
    assert run["complete"]
    assert (run["started_at"], run["finished_at"]) == ("2026-01-01T00:00:01.000+00:00", "2026-01-01T00:00:14.000+00:00")
    assert (run["duration_seconds"], run["workers"], run["requests"]) == (13.0, 4, 2 * len(PLAN))
    assert [part["id"] for part in run["merged"]] == [f"run-eu-{index}-of-4" for index in (1, 2, 3, 4)]
    assert run["id"] not in {part["id"] for part in run["merged"]}


def test_shards_are_found_at_any_depth(tmp_path: Path) -> None:
    """A folder of artifacts, each with a folder of its own, is what a pipeline downloads."""
    for index in (1, 2):
        written(tmp_path / "in" / f"artifact-{index}" / "reports" / "run", told(index, 2))
    assert merged(tmp_path / "in", to=tmp_path / "out") == 0


def test_a_missing_shard_is_named(tmp_path: Path, capsys: Said) -> None:
    """With its number and its target, and as one line each."""
    places = shards(tmp_path / "in")
    assert merged(places[0], places[3], to=tmp_path / "out") == merge.UNPROVEN
    told = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert "  shard 2/4 of target eu is missing\n  shard 3/4 of target eu is missing\n" in told


def test_a_doubled_shard_is_named(tmp_path: Path, capsys: Said) -> None:
    """With both folders, and when each was run."""
    places = shards(tmp_path / "in")
    again = copied(places[1], tmp_path / "again")
    changed(again / "results.json", lambda known: known["run"].update(started_at="2026-02-03T04:05:06.000+00:00"))
    assert merged(tmp_path / "in", again, to=tmp_path / "out") == merge.UNPROVEN
    told = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"shard 2/4 of target eu is there 2 times, in {places[1]} (begun 2026-01-01T00:00:02)" in told
    assert f"and in {again} (begun 2026-02-03T04:05:06)" in told


def test_a_folder_that_is_named_twice_is_a_doubled_shard(tmp_path: Path, capsys: Said) -> None:
    """Whoever says so twice, says so twice."""
    places = shards(tmp_path / "in", 2)
    assert merged(*places, places[0], to=tmp_path / "out") == merge.UNPROVEN
    assert "shard 1/2 of target eu is there 2 times" in refused(capsys, merge.UNPROVEN, tmp_path / "out")


STRANGE: dict[str, tuple[Change, str]] = {
    "plan": (lambda known: known["run"].update(plan_id="other"), "its plan_id is other, not plan"),
    "depth": (lambda known: known["run"].update(depth="standard"), "its depth is standard, not quick"),
    "documented": (lambda known: known["run"].update(only_documented=False), "its only_documented is False, not True"),
    "seed": (lambda known: known["run"].update(seed=7), "its seed is 7, not 1"),
    "parts": (lambda known: known["run"]["shard"].update(of=5), "its number of shards is 5, not 4"),
    "address": (lambda known: known["target"].update(base_url="http://127.0.0.1:8"), "its address is http://127.0.0.1:8, not"),
    "profile": (lambda known: known["target"].update(profile="us"), "its profile is us, not "),
    "release": (lambda known: known["target"].update(version="2"), "its version is 2, not None"),
    "suite": (lambda known: known["run"].update(suite_version="0.0.1"), "was made by version 0.0.1 of the suite"),
    "catalogue": (lambda known: known["run"].update(catalogue="abc"), "was judged by another catalogue (abc, this is"),
}


@pytest.mark.parametrize("what", STRANGE)
def test_a_foreign_shard_is_named(what: str, tmp_path: Path, capsys: Said) -> None:
    """With what of it is unlike the others; and the one in whose place it came is missing."""
    change, said = STRANGE[what]
    places = shards(tmp_path / "in", three=change)
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    told = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"  {places[2]} " in told
    assert said in told
    assert "  shard 3/4 of target eu is missing\n" in told


def test_shards_of_embedded_sandboxes_are_of_one_target(tmp_path: Path) -> None:
    """Each has an address of its own."""

    def on(port: int) -> Change:
        return lambda known: known["target"].update(id="sandbox", base_url=f"http://127.0.0.1:{port}")

    assert merged(*shards(tmp_path / "in", 2, one=on(7001), two=on(7002)), to=tmp_path / "out") == 0
    assert [part["base_url"][-4:] for part in results(tmp_path / "out")["run"]["merged"]] == ["7001", "7002"]


def test_cases_that_a_shard_left_out_of_its_share_are_named(tmp_path: Path, capsys: Said) -> None:
    """Three of them, and how many more there are."""
    own = [case for case in PLAN if case.id in ids(2, 4)]
    known = told(2, 4, map(passed, own[5:]))
    shards(tmp_path / "in", two=lambda all_of_it: all_of_it.update(known))
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    left_out = ", ".join(case.id for case in own[:3])
    where = tmp_path / "in" / "two"
    assert f"  shard 2/4 of target eu ({where}) left out cases of its share: {left_out} and 2 more\n" in said


def test_a_case_that_two_shards_have_is_named(tmp_path: Path, capsys: Said) -> None:
    """With both of them."""
    own, other = ([case for case in PLAN if case.id in ids(index, 4)] for index in (1, 2))
    shards(tmp_path / "in", two=lambda known: known.update(told(2, 4, map(passed, [*other, own[0]]))))
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    one, two = tmp_path / "in" / "one", tmp_path / "in" / "two"
    assert f"  shard 1/4 of target eu ({one}) and shard 2/4 ({two}) both have: {own[0].id}\n" in said


def row_with_cases(known: dict[str, Any]) -> dict[str, Any]:
    """A row that has some."""
    return next(dict(row) for row in known["rows"] if row["cases"])


def test_a_case_that_the_plan_has_not_is_named(tmp_path: Path, capsys: Said) -> None:
    """As is one that stands twice in one file."""

    def rename(known: dict[str, Any]) -> None:
        listed = row_with_cases(known)["cases"]
        listed.append({**listed[0], "id": "404-trunk-id/getSipTrunkById/invented"})
        listed.append(dict(listed[0]))

    shards(tmp_path / "in", one=rename)
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    one = f"  shard 1/4 of target eu ({tmp_path / 'in' / 'one'}) has "
    assert f"{one}what the plan has not: 404-trunk-id/getSipTrunkById/invented\n" in said
    assert f"{one}more than once: " in said


def test_a_part_without_the_check_on_all_traffic_is_named(tmp_path: Path, capsys: Said) -> None:
    """Each part has its own."""
    shards(tmp_path / "in", one=lambda known: known["checks"].clear())
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    assert "has the check on all traffic 0 times, not once" in refused(capsys, merge.UNPROVEN, tmp_path / "out")


def test_all_that_is_wrong_is_told(tmp_path: Path, capsys: Said) -> None:
    """Not only what is met first."""
    places = shards(tmp_path / "in", three=STRANGE["seed"][0])
    again = copied(places[1], tmp_path / "again")
    assert merged(*places[:3], again, to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    for told_of in ("its seed is 7", "shard 3/4 of target eu is missing", "shard 4/4 of target eu is missing", "is there 2 times"):
        assert told_of in said
    assert said.count("\n") == 5


def test_what_a_run_of_one_part_left_out_is_named(tmp_path: Path, capsys: Said) -> None:
    """A run that is no shard must be whole."""
    written(tmp_path / "in", told(1, 1, map(passed, PLAN[1:])))
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"the run of target eu ({tmp_path / 'in'}) left out cases of its share: {PLAN[0].id}" in said


def test_a_budget_that_ended_leaves_a_run_whole_and_partial(tmp_path: Path) -> None:
    """Its cases were judged, once each, as inconclusive: the merged run is not complete, and says so."""
    spent = "the run's budget of 10 requests was used up (--max-requests)"
    own = [case for case in PLAN if case.id in ids(2, 2)]
    ended = CaseResult(own[0], Verdict.INCONCLUSIVE, spent)
    shards(tmp_path / "in", 2, two=lambda known: known.update(told(2, 2, [ended, *map(passed, own[1:])])))
    assert merged(tmp_path / "in", to=tmp_path / "out") == 6
    known = results(tmp_path / "out")
    assert not known["run"]["complete"]
    assert cases(known) == cases(told(1, 1))


def test_what_went_wrong_outside_of_all_cases_is_not_lost(tmp_path: Path) -> None:
    """A shard in which pytest met an internal error, or something that is no case failed, makes no run that passes."""

    def fell(known: dict[str, Any]) -> None:
        known["run"]["gate"].update(verdict="error", reasons=["pytest met an internal error"])

    assert merged(*shards(tmp_path / "in", 2, two=fell), to=tmp_path / "out") == 3
    assert results(tmp_path / "out")["run"]["gate"]["reasons"] == ["pytest met an internal error"]


def test_a_failure_in_one_shard_fails_the_run(tmp_path: Path) -> None:
    """Its row as well, and nothing else."""
    own = [case for case in PLAN if case.id in ids(2, 2)]
    shards(tmp_path / "in", 2, two=lambda known: known.update(told(2, 2, [failed(own[0]), *map(passed, own[1:])])))
    assert merged(tmp_path / "in", to=tmp_path / "out") == 1
    known = results(tmp_path / "out")
    assert Counter(row["verdict"] for row in known["rows"]) == Counter({"pass": len(known["rows"]) - 1, "fail": 1})
    assert next(row["id"] for row in known["rows"] if row["verdict"] == "fail") == own[0].row


def test_a_merged_run_is_gated_by_the_options_of_the_merge(tmp_path: Path) -> None:
    """Its failure is known to a file of deviations that no shard was given."""
    own = [case for case in PLAN if case.id in ids(2, 2)]
    shards(tmp_path / "in", 2, two=lambda known: known.update(told(2, 2, [failed(own[0]), *map(passed, own[1:])])))
    why = 'environment = "*"\nticket = "SIP-7"\nreason = "known"\nowner = "us"\nexpires = 2099-01-01\n'
    (tmp_path / "known.toml").write_text(f'[[deviation]]\ncase = "{own[0].id}"\nfield = "code"\n{why}', encoding="utf-8")
    assert merged(tmp_path / "in", to=tmp_path / "out", deviations=str(tmp_path / "known.toml")) == 0
    known = results(tmp_path / "out")
    assert [one["state"] for one in known["deviations"]] == ["active"]
    assert complaints(known) == []


def test_shards_that_are_merged_again_are_one_run_all_the_same(tmp_path: Path) -> None:
    """A failure that was merged twice is no older for that, and no baseline for itself."""
    shards(tmp_path / "in", 2)
    assert [merged(tmp_path / "in", to=tmp_path / "out") for _ in range(2)] == [0, 0]
    ((_, trend),) = History(tmp_path / "out-history").trends()
    assert len(trend["runs"]) == 1


def test_a_merged_run_is_remembered_and_its_shards_are_not_needed(tmp_path: Path) -> None:
    """The trend is one of whole runs."""
    shards(tmp_path / "in", 2)
    assert merged(tmp_path / "in", to=tmp_path / "out") == 0
    ((target, trend),) = History(tmp_path / "out-history").trends()
    assert target[0] == "eu"
    assert [run["id"] for run in trend["runs"]] == [results(tmp_path / "out")["run"]["id"]]
    assert trend["runs"][0]["complete"]


def test_each_target_of_a_fleet_is_remembered_as_a_run_of_its_own(tmp_path: Path) -> None:
    """By an id that no other has, since it is by that that the history tells one run from another."""
    assert merged(*fleet(tmp_path / "in", 2, {"eu": 2, "us": 2}), to=tmp_path / "out") == 0
    trends = {target[0]: trend for target, trend in History(tmp_path / "out-history").trends()}
    ids = {target: results(tmp_path / "out" / target)["run"]["id"] for target in ("eu", "us")}
    assert {target: [run["id"] for run in trend["runs"]] for target, trend in trends.items()} == {t: [ids[t]] for t in ids}
    assert ids["eu"] != ids["us"]


@pytest.mark.parametrize("shard", [None, {"index": 1, "of": 1, "complete": True}])
def test_a_run_of_one_part_is_copied_as_it_is(shard: dict[str, Any] | None, tmp_path: Path) -> None:
    """Without a byte of difference, where the gate comes to the same; also what was asked for as shard 1/1 is a whole run."""
    known = told(1, 1)
    known["run"]["shard"] = shard
    place = written(tmp_path / "in", known)
    (place / "junit.xml").write_text("<as-it-was/>", encoding="utf-8")
    assert merged(place, to=tmp_path / "out") == 0
    for name in ("results.json", "junit.xml"):
        assert (place / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_a_run_of_one_part_is_written_anew_where_the_gate_comes_to_something_else(tmp_path: Path) -> None:
    """Then no file tells of another outcome than the others."""
    lame = CaseResult(PLAN[0], Verdict.NOT_EXERCISED, "the target does not serve it")
    alike = [case for case in PLAN if case.row == PLAN[0].row]
    others = [passed(case) for case in PLAN if case not in alike]
    place = written(tmp_path / "in", told(1, 1, [*(CaseResult(c, lame.verdict, lame.reason) for c in alike), *others]))
    (place / "junit.xml").write_text("<as-it-was/>", encoding="utf-8")
    options = [str(place), "--report-dir", str(tmp_path / "out"), "--history", str(tmp_path / "history"), "--require-all"]
    assert merge.main(options) == 1
    assert "gate strict" in (tmp_path / "out" / "junit.xml").read_text("utf-8")
    assert results(tmp_path / "out")["run"]["id"] == results(place)["run"]["id"]


# -- what is a mistake ----------------------------------------------------------------------------------------------------------


def unreadable(folder: Path) -> Path:
    """Results that are no JSON."""
    written(folder, {})
    (folder / "results.json").write_text("{", encoding="utf-8")
    return folder


def numbered(folder: Path, seconds: str) -> Path:
    """Results with such a number of seconds."""
    place = written(folder, told(1, 1))
    text = (place / "results.json").read_text("utf-8")
    (place / "results.json").write_text(text.replace('"duration_seconds": 0.25', f'"duration_seconds": {seconds}', 1), "utf-8")
    return place


def looped(folder: Path) -> Path:
    """A folder with a link to itself in it."""
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "back").symlink_to(folder, target_is_directory=True)
    return folder


def unfinished(folder: Path) -> Path:
    """A run that is still being written."""
    written(folder, told(1, 1))
    (folder / "run.har.part").touch()
    return folder


def killed(folder: Path) -> Path:
    """A job that has not ended."""
    (job,) = fleet(folder, 1)
    changed(job / "fleet.json", lambda known: known.pop("finished_at"))
    return job


MISTAKES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no-folder": (lambda folder: folder / "none", "there is no folder"),
    "no-json": (unreadable, "no results can be read from"),
    "no-number": (lambda folder: numbered(folder, "NaN"), "NaN is no number of JSON"),
    "beyond-numbers": (lambda folder: numbered(folder, "1e999"), "are not of the shape of results.schema.json: rows"),
    "another-shape": (
        lambda folder: written(folder, {**told(1, 1), "rows": 1}),
        "are not of the shape of results.schema.json: rows",
    ),
    "a-link-back": (looped, "leads back to"),
    "being-written": (unfinished, "is still being written"),
    "a-job-under-way": (killed, "has not ended, or was killed"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_what_cannot_be_read_is_a_mistake(what: str, tmp_path: Path, capsys: Said) -> None:
    """In one line, which says what to do."""
    make, said = MISTAKES[what]
    assert merged(make(tmp_path / "in"), to=tmp_path / "out") == MISTAKE
    assert said in refused(capsys, MISTAKE, tmp_path / "out")


def test_an_empty_folder_is_a_mistake(tmp_path: Path, capsys: Said) -> None:
    """Beside others as well: nobody names one for nothing."""
    places = shards(tmp_path / "in", 2)
    (tmp_path / "empty").mkdir()
    assert merged(*places, tmp_path / "empty", to=tmp_path / "out") == MISTAKE
    assert f"no results of a run lie in {tmp_path / 'empty'}" in refused(capsys, MISTAKE, tmp_path / "out")


@pytest.mark.parametrize("report", ["in", "in/one", "in/report", "."])
def test_a_report_among_what_it_is_made_of_is_a_mistake(report: str, tmp_path: Path, capsys: Said) -> None:
    """It would be taken for one of them the next time."""
    shards(tmp_path / "in", 2)
    assert merge.main([str(tmp_path / "in"), "--report-dir", str(tmp_path / report)]) == MISTAKE
    assert "give --report-dir a folder of its own" in capsys.readouterr().err


# -- fleets ---------------------------------------------------------------------------------------------------------------------


def test_jobs_of_a_fleet_are_one_report(tmp_path: Path, capsys: Said) -> None:
    """A folder for each target, and above them what they come to."""
    assert merged(*fleet(tmp_path / "in"), to=tmp_path / "out") == 0
    assert results(tmp_path / "out" / "eu")["run"]["merged"][1]["shard"]["index"] == 2
    assert results(tmp_path / "out" / "us")["run"]["id"] == "run-us-1-of-1"
    top = results(tmp_path / "out")
    assert complaints(top) == []
    assert [(one["id"], one["labels"]) for one in top["targets"]] == [("eu", {"region": "eu"}), ("us", {"region": "us"})]
    said = capsys.readouterr().out
    assert "pass          eu: 38 rows: 38 pass\n" in said
    assert "2 targets: 2 pass\n" in said


def test_targets_without_a_fleet_are_one_report(tmp_path: Path) -> None:
    """Whoever ran them by hand may put them side by side."""
    for target in ("eu", "us"):
        written(tmp_path / "in" / target, told(1, 1, target=target))
    assert merged(tmp_path / "in", to=tmp_path / "out") == 0
    assert [one["id"] for one in results(tmp_path / "out")["targets"]] == ["eu", "us"]


def test_targets_stand_in_the_order_of_their_fleet(tmp_path: Path) -> None:
    """Whichever job ran them."""
    jobs = fleet(tmp_path / "in", 2, {"us": 1, "eu": 1, "asia": 1})
    assert merged(*reversed(jobs), to=tmp_path / "out") == 0
    assert [one["id"] for one in results(tmp_path / "out")["targets"]] == ["us", "eu", "asia"]


def test_a_missing_job_is_named(tmp_path: Path, capsys: Said) -> None:
    """And that alone: what it was to run goes without saying."""
    jobs = fleet(tmp_path / "in")
    assert merged(jobs[0], to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert said == f"{merge.HEAD}\n  job 2/2 of fleet nightly is missing\n"


def test_a_doubled_job_is_named(tmp_path: Path, capsys: Said) -> None:
    """With both folders, and when each began."""
    jobs = fleet(tmp_path / "in")
    again = copied(jobs[1], tmp_path / "again")
    assert merged(*jobs, again, to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"job 2/2 of fleet nightly is there 2 times, in {jobs[1]} (begun 2026-01-01T00:00:02) and in {again}" in said
    assert said.count("\n") == 2


def test_a_job_of_another_plan_is_named(tmp_path: Path, capsys: Said) -> None:
    """It stands in the place of no other."""
    jobs = fleet(tmp_path / "in", 3)
    changed(jobs[1] / "fleet.json", lambda known: known.update(plan_id="f" * 16))
    assert merged(*jobs, to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"{jobs[1]} is no job of the fleet in {jobs[0]}: it is unlike in plan_id" in said
    assert "job 2/3 of fleet nightly is missing" in said


def test_a_unit_that_left_nothing_is_named(tmp_path: Path, capsys: Said) -> None:
    """With its job and its folder."""
    jobs = fleet(tmp_path / "in")
    (jobs[0] / "eu.1-of-2" / "results.json").unlink()
    assert merged(*jobs, to=tmp_path / "out") == merge.UNPROVEN
    where = jobs[0] / "eu.1-of-2"
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert said == f"{merge.HEAD}\n  shard 1/2 of target eu is missing: job 1/2 of fleet nightly has no results in {where}\n"


def test_a_unit_of_another_target_is_named(tmp_path: Path, capsys: Said) -> None:
    """What it is, and what fleet.json says."""
    jobs = fleet(tmp_path / "in")
    changed(jobs[0] / "us" / "results.json", lambda known: known["target"].update(id="asia"))
    assert merged(*jobs, to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    assert f"{jobs[0] / 'us'} is the run of target asia, and not the run of target us, as its fleet.json says" in said


def test_a_run_that_is_no_unit_of_the_fleet_is_named(tmp_path: Path, capsys: Said) -> None:
    """Beside its jobs as well as among their units."""
    jobs = fleet(tmp_path / "in")
    places = [written(folder, told(1, 1, target="asia")) for folder in (tmp_path / "asia", jobs[0] / "asia")]
    assert merged(*jobs, places[0], to=tmp_path / "out") == merge.UNPROVEN
    said = refused(capsys, merge.UNPROVEN, tmp_path / "out")
    for place in places:
        assert f"{place} is the run of target asia, which is no unit of fleet nightly" in said


def test_what_a_file_says_reaches_no_terminal_unseen(tmp_path: Path, capsys: Said) -> None:
    """A target's id is whatever somebody wrote there."""
    shards(tmp_path / "in", 2, one=lambda known: known["target"].update(id="e\x1b[2Ju"))
    merged(tmp_path / "in", to=tmp_path / "out")
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "shard 2/2 of target e" in said.err


def test_an_interrupt_leaves_no_half_file(tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was being written; and it says that this is not all."""
    put = Path.replace

    def interrupted(path: Path, to: Path) -> Path:
        if path.name == "junit.xml.part":
            raise KeyboardInterrupt
        return put(path, to)

    shards(tmp_path / "in", 2)
    monkeypatch.setattr(Path, "replace", interrupted)
    assert merged(tmp_path / "in", to=tmp_path / "out") == merge.STOPPED
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.json"]
    assert "interrupted" in capsys.readouterr().err
