"""What lies in the folder of a merged run is of that run alone, and all of it is there or its lack is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.selftest.shards_at_hand import fleet, merged, shards, told, written

LEFT = ("results.json", "junit.xml", "summary.md", "ctrf.json", "run.har", "report.html")


@pytest.mark.parametrize("target", ["", "eu"])
def test_nothing_of_an_earlier_merge_stays(target: str, tmp_path: Path) -> None:
    """Exchanges that were there would be told of as this run's; what people have filled in stays."""
    places = fleet(tmp_path / "in") if target else shards(tmp_path / "in", 2)
    report = tmp_path / "out" / target
    report.mkdir(parents=True)
    for name in (*LEFT, "deviations.toml"):
        (report / name).write_text("of yesterday", encoding="utf-8")
    assert merged(*places, to=tmp_path / "out") == 0
    there = {path.name: path.read_bytes() for path in report.iterdir()}
    assert [name for name, content in there.items() if content == b"of yesterday"] == ["deviations.toml"]


def test_a_file_that_a_copied_run_lacks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipeline that looks for it shall know why it is not there."""
    place = written(tmp_path / "in", told(1, 1))
    assert merged(place, to=tmp_path / "out") == 0
    said = " ".join(capsys.readouterr().out.split())
    for name in LEFT[1:]:
        assert f" has no {name}: " in said


def test_a_link_is_followed(tmp_path: Path) -> None:
    """From another folder it would lead elsewhere."""
    place = written(tmp_path / "in" / "run", told(1, 1))
    (place / "results.json").rename(tmp_path / "in" / "kept.json")
    (place / "results.json").symlink_to(Path("..") / "kept.json")
    report = tmp_path / "out" / "far" / "away"
    assert merged(place, to=report) == 0
    assert not (report / "results.json").is_symlink()
    assert json.loads((report / "results.json").read_bytes()) == told(1, 1)
