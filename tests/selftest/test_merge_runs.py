"""Real shards of real sandboxes, merged: the run that they are parts of, in every file, and to be replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.change import changes
from contracts.command import MISTAKE
from contracts.merge import __main__ as merge
from contracts.merge import tape
from contracts.replay import __main__ as replay
from contracts.report import earlier, har
from contracts.sandbox import Sandbox
from contracts.traffic import in_order
from tests.selftest.recordings import documented, recorded
from tests.selftest.results_at_hand import complaints
from tests.selftest.runs import Outcome, contract
from tests.selftest.served import served

FILES = ["ctrf.json", "junit.xml", "report.html", "results.json", "run.har", "summary.md"]
CHOSEN = ("--only-documented", "-q")


def shard(folder: Path, index: int, *options: str) -> Outcome:
    """One of two shards."""
    return contract(folder / f"shard-{index}", *CHOSEN, "--shard", f"{index}/2", *options)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Two shards, each on an embedded sandbox of its own."""
    folder = tmp_path_factory.mktemp("shards")
    return [shard(folder, index) for index in (1, 2)]


@pytest.fixture(scope="module")
def merged(shards: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What they are merged to."""
    report = tmp_path_factory.mktemp("merged") / "report"
    given = [str(one.folder) for one in shards]
    assert merge.main([*given, "--report-dir", str(report), "--history", str(report.with_name("history"))]) == 0
    return report


def verdicts(results: dict[str, Any]) -> dict[str, str]:
    """The verdict of every case and check, in their order."""
    judged = [*(case for row in results["rows"] for case in row["cases"]), *results["checks"]]
    return {one["id"]: one["verdict"] for one in judged}


def test_merged_shards_are_an_unsharded_run(merged: Path, tmp_path: Path) -> None:
    """Every case and check has its verdict, in its place; so have rows and totals; compare finds no change in them."""
    whole = contract(tmp_path / "whole", *CHOSEN, "--seed", str(earlier.read(str(merged))["run"]["seed"]))
    results = earlier.read(str(merged))
    assert complaints(results) == []
    assert list(verdicts(results).items()) == list(verdicts(whole.results).items())
    assert results["totals"] == whole.results["totals"]
    assert results["run"]["plan_id"] == whole.results["run"]["plan_id"]
    assert results["run"]["complete"]
    assert not changes(whole.results, results)["verdicts"]


def test_a_merged_run_has_all_files_of_a_run(merged: Path, shards: list[Outcome]) -> None:
    """And none that is half of one."""
    assert sorted(path.name for path in merged.iterdir()) == FILES == sorted(set(shards[0].written) & set(FILES))


def test_all_exchanges_are_there_in_the_order_of_time(merged: Path, shards: list[Outcome]) -> None:
    """As they stand in the parts, each with the number of its part, whose origins the file tells."""
    entries = list(har.entries(merged / har.NAME))
    began = [entry["startedDateTime"] for entry in entries]
    assert began == sorted(began)
    parts: list[list[Any]] = [[], []]
    for entry in entries:
        parts[entry["request"]["_contract"].pop("part")].append(entry)
    assert parts == [list(har.entries(one.folder / har.NAME)) for one in shards]
    assert [origin.run for origin in har.origins_of(merged / har.NAME)] == [one.results["run"]["id"] for one in shards]


def test_the_page_shows_what_both_shards_sent(merged: Path, shards: list[Outcome]) -> None:
    """The time line has a lane for each shard."""
    page = (merged / "report.html").read_text("utf-8")
    assert "shard 1, gw0" in page
    assert "shard 2, gw0" in page
    assert len(shards) == 2


@pytest.mark.parametrize("part", [0, 1])
def test_a_case_of_either_part_is_replayed(
    part: int, merged: Path, shards: list[Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    """By the projects and addresses of the shard that ran it; each had a sandbox of its own."""
    case = next(name for name in verdicts(shards[part].results) if name.startswith("404-trunk-id/getSipTrunkById"))
    assert replay.main([str(merged), case]) == 0
    said = capsys.readouterr().out
    assert f"of run {shards[part].results['run']['id']}" in said
    assert "judged answers are as they were" in said


def test_a_part_without_its_exchanges_is_merged_all_the_same(
    shards: list[Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line says what is missing, whether the file is not there or breaks off."""
    parts = [tmp_path / "one", tmp_path / "two"]
    for one, part in zip(shards, parts, strict=True):
        part.mkdir()
        (part / "results.json").write_bytes((one.folder / "results.json").read_bytes())
    whole = (shards[1].folder / har.NAME).read_bytes()
    (parts[1] / har.NAME).write_bytes(whole[: len(whole) // 2])
    report = tmp_path / "report"
    given = [*map(str, parts), "--report-dir", str(report), "--history", str(tmp_path / "history")]
    assert merge.main(given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"{parts[0]} has no run.har" in said
    assert "run.har breaks off: it is no whole HAR" in said
    assert "cases are missing in run.har" in said
    assert 0 < len(list(har.entries(report / har.NAME))) < whole.count(b"startedDateTime")
    assert "could not be written" not in said


def test_the_exchanges_of_another_run_are_not_shown_for_these(
    shards: list[Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line says whose they are."""
    parts = [tmp_path / "one", tmp_path / "two"]
    for one, part in zip(shards, parts, strict=True):
        part.mkdir()
        (part / "results.json").write_bytes((one.folder / "results.json").read_bytes())
        (part / har.NAME).write_bytes((shards[0].folder / har.NAME).read_bytes())
    report = tmp_path / "report"
    assert merge.main([*map(str, parts), "--report-dir", str(report), "--history", str(tmp_path / "history")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"is of run {shards[0].results['run']['id']}, and the results beside it are not: " in said
    assert [origin.run for origin in har.origins_of(report / har.NAME)] == [shards[0].results["run"]["id"]]


@pytest.mark.parametrize("part", [b"1", b"99"])
def test_a_merged_run_is_merged_again_with_another_gate(
    part: bytes, merged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its page still tells the shards apart; the number of a part that there is not, which somebody put there, harms nothing."""
    place = tmp_path / "in"
    place.mkdir()
    for path in merged.iterdir():
        (place / path.name).write_bytes(path.read_bytes().replace(b'"part": 1, ', b'"part": ' + part + b", "))
    report = tmp_path / "report"
    options = [str(place), "--report-dir", str(report), "--history", str(tmp_path / "history"), "--gate", "documented-only"]
    assert merge.main(options) == 0
    assert "could not be written" not in capsys.readouterr().out
    assert ("shard 2, gw0" in (report / "report.html").read_text("utf-8")) == (part == b"1")


def test_exchanges_come_back_as_they_were(tmp_path: Path) -> None:
    """Of a run.har, what went over the wire is read as it was written down."""
    with served(Sandbox()) as client:
        run = recorded(client, tmp_path, documented())
    told = [exchange for _, exchange in in_order(run.traffic)]
    assert [har.record_of(entry) for entry in har.entries(run.har)] == told


def test_a_fleets_exchanges_are_told_of_by_the_folders_of_its_targets(
    shards: list[Outcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole fleet's file names each, and a replay of it says which there are."""
    for target in ("eu", "us"):
        for one in shards:
            part = tmp_path / "in" / f"{target}-{one.folder.name}"
            part.mkdir(parents=True)
            (part / har.NAME).write_bytes((one.folder / har.NAME).read_bytes())
            known = one.results
            known["target"] = {**known["target"], "id": target, "base_url": "http://127.0.0.1:9"}
            (part / "results.json").write_text(json.dumps(known), encoding="utf-8")
    report = tmp_path / "report"
    assert merge.main([str(tmp_path / "in"), "--report-dir", str(report), "--history", str(tmp_path / "history")]) == 0
    entries = list(har.entries(report / har.NAME))
    assert {entry["request"]["_contract"]["target"] for entry in entries} == {"eu", "us"}
    began = [entry["startedDateTime"] for entry in entries]
    assert began == sorted(began)
    assert len(entries) == 2 * sum(len(list(har.entries(one.folder / har.NAME))) for one in shards)
    capsys.readouterr()
    assert replay.main([str(report), "404-trunk-id"]) == MISTAKE
    assert f"name the folder of one of its targets: {report / 'eu'}, {report / 'us'}" in capsys.readouterr().err
    assert replay.main([str(report / "us"), "404-trunk-id/getSipTrunkById/unissued", "--show"]) == 0


def test_what_is_read_of_an_exchange_later_is_no_other(merged: Path) -> None:
    """Its answer alone as well, before anybody asks for the rest."""
    sent = tape.counted(merged / har.NAME).sent
    told = [exchange for one in tape.told(merged / har.NAME, sent, ["", ""]) for exchange in one.exchanges]
    first = [one["response"] and one["response"]["body"] for one in told]
    assert all(one["request"] for one in told)
    assert [one["response"] and one["response"]["body"] for one in told] == first
    whole = [har.record_of(entry) for entry in har.entries(merged / har.NAME)]
    assert sorted(json.dumps(one, sort_keys=True) for one in told) == sorted(json.dumps(one, sort_keys=True) for one in whole)
