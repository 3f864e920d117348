"""Shards: each case of the plan in exactly one of them, alike in what they take, and agreed on by all jobs."""

from __future__ import annotations

import json
import math
import operator
from functools import partial, reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.blame import Mistake
from contracts.case import Depth
from contracts.run import shard as shards
from contracts.run.planned import plan
from contracts.run.shard import KEPT, Shard, dealt, group, grouped, parsed, recorded, share
from tests.selftest.runs import BAD, GOOD, contract, copied

PLAN = plan(Depth.QUICK)
SPLITS = st.integers(1, 40)


@settings(deadline=None)
@given(of=SPLITS, known=st.dictionaries(st.sampled_from([case.id for case in PLAN]), st.floats(0, 100), max_size=20))
def test_each_case_is_in_one_shard_whatever_is_known_of_durations(of: int, known: dict[str, float]) -> None:
    """None twice, none left out, no shard empty."""
    parts = dealt(PLAN, of, known)
    assert sorted(id_ for part in parts for id_ in part) == sorted(case.id for case in PLAN)
    assert all(parts)


def test_the_order_of_the_plan_is_nobodys_business() -> None:
    """A job may collect in another order, and still has the same shard."""
    seconds = recorded(None)
    assert dealt(PLAN, 4, seconds) == dealt(PLAN[::-1], 4, seconds)


def test_every_python_deals_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.12 adds floats more exactly than 3.11 does, and jobs may have either; what is not known is where that would show."""
    known, ways = dict(list(recorded(None).items())[::2]), (math.fsum, partial(reduce, operator.add))
    found = []
    for way in ways:
        monkeypatch.setattr("pytest_split.algorithms.sum", way, raising=False)
        found.append(dealt(PLAN, 4, known))
    assert found[0] == found[1]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("of", [2, 4, 7])
def test_shards_take_about_the_same(of: int, *, alone: bool) -> None:
    """By what is recorded, no two differ by more than the longest case: of those that run one by one, and of the others."""
    known = recorded(None)
    seconds = {case.id: known[group(case.id)] for case in PLAN if case.alone is alone}
    sums = [sum(seconds.get(id_, 0) for id_ in part) for part in dealt(PLAN, of, known)]
    assert max(sums) - min(sums) <= max(seconds.values())


def test_durations_of_a_run_are_those_of_its_cases(tmp_path: Path) -> None:
    """Told by its folder or by its file. The check on all traffic has none, and what checks found of rows is theirs."""
    case = {"id": "404-acl-id/getAccessListById/unissued", "kind": "refusal", "duration_seconds": 1.5}
    found = {"id": "404-acl-id/getAccessListById/race", "kind": "check", "duration_seconds": 0.0}
    checks = [{"id": "race/random/1", "duration_seconds": 2.5}, {"id": "traffic"}]
    (tmp_path / "results.json").write_text(json.dumps({"rows": [{"cases": [case, found]}], "checks": checks}))
    expected = {"404-acl-id/getAccessListById/unissued": 1.5, "race/random/1": 2.5}
    assert recorded(str(tmp_path)) == recorded(str(tmp_path / "results.json")) == expected


def test_what_the_suite_records_is_by_group_and_by_requests() -> None:
    """Deeper runs have more cases of each group, and a far target makes a case as long as it has requests."""
    counts = {"404-acl-id/getAccessListById/a": 2, "404-acl-id/getAccessListById/b": 4, "race/random/1": 20}
    cases = [{"id": id_, "kind": "refusal", "requests": count, "duration_seconds": 9} for id_, count in counts.items()]
    assert grouped({"rows": [{"cases": cases}], "checks": []}) == {"404-acl-id/getAccessListById": 0.15, "race/random": 1.0}


NONE = ["", "[]", "{}", '{"rows": [{}], "checks": []}', '{"rows": [], "checks": [{"duration_seconds": 1}]}']


@pytest.mark.parametrize("said", NONE)
def test_durations_that_are_none_are_a_mistake(said: str, tmp_path: Path) -> None:
    """One line says what to name."""
    (tmp_path / "results.json").write_text(said)
    with pytest.raises(Mistake, match=r"name a results\.json or its folder"):
        recorded(str(tmp_path))


def test_what_the_suite_has_recorded_is_of_cases_that_there_are() -> None:
    """A group that nobody deals any more would be kept for nothing."""
    known = {group(case.id) for case in PLAN}
    assert set(json.loads(KEPT.read_text("utf-8"))) <= known


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "1.0/4", " 1/4", "1/4\n", "٣/4"])
def test_a_shard_that_is_none_is_a_mistake(text: str) -> None:
    """Of a variable that was not set, say."""
    with pytest.raises(Mistake, match="give which part of how many"):
        parsed(text)


def test_more_shards_than_cases_are_a_mistake() -> None:
    """One of them would have nothing to do, and pytest would call that a failure."""
    with pytest.raises(Mistake, match="the plan has 2 cases"):
        share(PLAN[:2], Shard(3, 3), {})


def test_the_seed_follows_from_suite_and_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that all shards generate the same; another version, or another catalogue, has another."""
    seeds = {shards.seed()}
    monkeypatch.setattr(shards, "__version__", "next")
    seeds.add(shards.seed())
    monkeypatch.setattr(shards, "digest", lambda: "another")
    seeds.add(shards.seed())
    assert len(seeds) == 3


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of four cases, one of which fails."""
    return copied(tmp_path_factory.mktemp("suite"), one=GOOD + BAD)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_shards_judge_what_the_whole_run_judges(workers: tuple[str, ...], suite: Path, tmp_path: Path) -> None:
    """Between them each case once, with the same verdicts and one plan; each says which it is, and that it is a part."""
    runs = [contract(tmp_path / str(n), *workers, "--shard", f"{n}/2", root=suite) for n in (1, 2)]
    assert [len(run.verdicts) for run in runs] == [2, 2]
    assert sorted((runs[0].verdicts | runs[1].verdicts).values()) == ["fail", "pass", "pass", "pass"]
    facts = [run.results["run"] for run in runs]
    assert [fact["shard"] for fact in facts] == [{"index": n, "of": 2, "complete": True} for n in (1, 2)]
    assert [fact["complete"] for fact in facts] == [False, False]
    assert len({(fact["plan_id"], fact["seed"], fact["catalogue"]) for fact in facts}) == 1
    assert "partial: shard 1 of 2, to be merged with the others." in runs[0].said
    assert not (tmp_path / "1-history").exists()


def test_a_shard_that_leaves_out_cases_of_its_own_says_so(suite: Path, tmp_path: Path) -> None:
    """A choice is made within the shard, and changes nothing of what is in it."""
    run = contract(tmp_path / "run", "--shard", "1/1", "-k", "404-trunk-id", root=suite)
    assert (run.results["run"]["shard"]["complete"], "partial: cases of the plan were left out" in run.said) == (False, True)


def test_the_whole_as_one_shard_is_complete(suite: Path, tmp_path: Path) -> None:
    """1/1 differs from no shard by its seed alone."""
    run = contract(tmp_path / "run", "--shard", "1/1", root=suite).results["run"]
    assert (run["complete"], run["shard"]["of"], len(str(run["seed"])) > 1) == (True, 1, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--shard-durations", "x"), "it goes with --shard"),
        (("--shard", "1/2", "--shard-durations", "x"), "name a results.json or its folder"),
        (("--shard", "1/2", "--require-all"), "give it to python -m contracts.merge"),
        (("--shard", "9/9"), "the plan has 4 cases"),
    ],
)
def test_mistakes_end_before_anything_is_written(options: tuple[str, ...], told: str, suite: Path, tmp_path: Path) -> None:
    """Exit status 4 and one line."""
    run = contract(tmp_path / "run", *options, root=suite)
    assert (run.status, run.written, told in run.err) == (4, [], True)
