"""However a plan is dealt, its parts prove to be the whole; and none can be left out, given twice, or changed, unseen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import __version__
from contracts.catalogue import digest
from contracts.merge.part import Part
from contracts.merge.proof import faults

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # nothing here is about time
PLAN = [f"row/operation/{number}" for number in range(40)]


def planned(depth: str, only_documented: bool) -> list[str]:  # noqa: FBT001 - as the proof calls it
    """The plan of the tests."""
    assert (depth, only_documented) == ("quick", False)
    return PLAN


def part(index: int, of: int, judged: Sequence[str], target: str = "eu", folder: str = "") -> Part:
    """A part that judged these cases."""
    run = {
        "suite_version": __version__,
        "catalogue": digest(),
        "plan_id": "p",
        "depth": "quick",
        "only_documented": False,
        "seed": 1,
    }
    shard = {"index": index, "of": of, "complete": True}
    run |= {"started_at": "2026-01-01T00:00:00.000+00:00", "shard": shard, "complete": of == 1}
    place = {"id": target, "base_url": "http://127.0.0.1:9", "profile": None, "version": None}
    return Part(Path(folder or f"{target}-{index}"), run, place, judged)


@st.composite
def deals(draw: st.DrawFn) -> list[Part]:
    """The plan, dealt to some shards in any way; each has at least one case."""
    of = draw(st.integers(1, 6))
    owners = draw(st.lists(st.integers(1, of), min_size=len(PLAN) - of, max_size=len(PLAN) - of))
    dealt = list(zip(draw(st.permutations(PLAN)), [*range(1, of + 1), *owners], strict=True))
    parts = [part(index, of, [case for case, owner in dealt if owner == index]) for index in range(1, of + 1)]
    return draw(st.permutations(parts))


@SETTINGS
@given(deals())
def test_parts_of_any_deal_are_the_whole(parts: list[Part]) -> None:
    """Nothing is said against them."""
    assert list(faults(parts, planned)) == []


@SETTINGS
@given(deals(), st.data())
def test_any_part_that_is_left_out_is_named(parts: list[Part], data: st.DataObject) -> None:
    """It, and no other."""
    lost = data.draw(st.sampled_from(parts))
    others = [one for one in parts if one is not lost]
    told = list(faults([*others, part(1, 1, PLAN, "us")], planned))
    assert told == ([f"shard {lost.index}/{lost.parts} of target eu is missing"] if others else [])


@SETTINGS
@given(deals(), st.data())
def test_any_part_that_is_there_twice_is_named(parts: list[Part], data: st.DataObject) -> None:
    """With both of its folders; that its cases are there twice goes without saying."""
    same = data.draw(st.sampled_from(parts))
    (line,) = faults([*parts, part(same.index, same.parts, same.judged, folder="again")], planned)
    assert f"in {same.folder} (begun 2026-01-01T00:00:00) and in again (begun" in line


@SETTINGS
@given(deals(), st.data())
def test_any_case_that_is_left_out_is_named(parts: list[Part], data: st.DataObject) -> None:
    """Whoever of the parts it was."""
    index = data.draw(st.integers(0, len(parts) - 1))
    poorer = parts[index]
    case = data.draw(st.sampled_from(list(poorer.judged)))
    left = [*parts[:index], part(poorer.index, poorer.parts, [one for one in poorer.judged if one != case]), *parts[index + 1 :]]
    (line,) = faults(left, planned)
    assert line.endswith(f": {case}")


@SETTINGS
@given(deals(), st.data())
def test_any_case_that_is_there_twice_is_named(parts: list[Part], data: st.DataObject) -> None:
    """In one part, or in two."""
    index = data.draw(st.integers(0, len(parts) - 1))
    richer = parts[index]
    case = data.draw(st.sampled_from(PLAN))
    (line,) = faults([*parts[:index], part(richer.index, richer.parts, [*richer.judged, case]), *parts[index + 1 :]], planned)
    assert line.endswith(f": {case}")


def test_shards_without_number_are_told_no_longer_than_anybody_reads() -> None:
    """A broken file may tell of milliards."""
    assert len(list(faults([part(1, 10**12, PLAN)], planned))) == 1000


def test_a_shard_that_says_that_it_is_partial_is_named_where_others_are_missing() -> None:
    """What it left out, nobody can say then."""
    partial = part(1, 2, PLAN[:5])
    assert isinstance(partial.run["shard"], dict)
    partial.run["shard"]["complete"] = False
    assert list(faults([partial], planned)) == [
        "shard 2/2 of target eu is missing",
        "shard 1/2 of target eu (eu-1) says that it left out cases of its share",
    ]
