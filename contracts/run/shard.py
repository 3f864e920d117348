"""Shards: which cases of the plan are one job's of several, so that together they judge each case once.

Who deals is pytest-split. The cases that wait for the network together and those that run one by one are dealt apart, so that no
job gets more of either than its part; a case is never cut, with all that it races or puts in order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from contracts import __version__
from contracts.blame import Mistake
from contracts.case import Case
from contracts.catalogue import digest

KEPT = Path(__file__).with_name("durations.json")
"""What was recorded of the suite itself: seconds by group of cases (`group`), by what a far target takes for their requests.

`python -m contracts.run.shard RESULTS` writes it anew.
"""
A_REQUEST = 0.05  # seconds: on the sandbox itself, the time of a case is mostly that of its neighbours
WRITTEN = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The part `index` of `of` parts, from 1 on."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parsed(text: str) -> Shard:
    """A shard as it is asked for: 2/4. Raises Mistake."""
    found = WRITTEN.fullmatch(text)
    if not found or int(found[1]) > int(found[2]):
        of = found[2] if found else "4"
        raise Mistake(f"--shard {text}: give which part of how many, such as from 1/{of} to {of}/{of}")
    return Shard(int(found[1]), int(found[2]))


def seed() -> int:
    """The seed of every shard to which none is given: equal wherever suite and catalogue are, so that all shards agree."""
    return int(hashlib.sha256(f"{__version__}\0{digest()}".encode()).hexdigest()[:8], 16)


def share(plan: Sequence[Case], shard: Shard, seconds: Mapping[str, float]) -> frozenset[str]:
    """The ids of a shard's cases, by what is known of their `seconds` (`recorded`). Raises Mistake where it would have none."""
    if shard.of > len(plan):
        raise Mistake(f"--shard {shard}: the plan has {len(plan)} cases; give no more shards than that")
    return dealt(plan, shard.of, seconds)[shard.index - 1]


def dealt(plan: Sequence[Case], parts: int, seconds: Mapping[str, float]) -> list[frozenset[str]]:
    """The ids of the cases of each part."""
    together = [case.id for case in plan if not case.alone]
    one_by_one = [case.id for case in plan if case.alone]
    # Those who got least of the one get most of the other.
    both = zip(_dealt(together, parts, seconds), reversed(_dealt(one_by_one, parts, seconds)), strict=True)
    return [frozenset((*some, *others)) for some, others in both]


def recorded(named: str | None) -> Mapping[str, float]:
    """Seconds by case id of an earlier run, a results.json or its folder; else what the suite has, by group. Raises Mistake."""
    if named is None:
        kept: dict[str, float] = json.loads(KEPT.read_text("utf-8"))
        return kept
    path = Path(named) / "results.json" if Path(named).is_dir() else Path(named)
    try:
        results = json.loads(path.read_text("utf-8"))
        return {case["id"]: float(case["duration_seconds"]) for case in _cases(results)}
    except (OSError, ValueError, LookupError, TypeError) as e:
        raise Mistake(
            f"--shard-durations {named}: no results of a run ({type(e).__name__}): name a results.json or its folder"
        ) from None


def grouped(results: Mapping[str, Any]) -> dict[str, float]:
    """The mean seconds of each group of a run's cases, reckoned by their requests, for the file that the suite has."""
    groups: dict[str, list[float]] = defaultdict(list)
    for case in _cases(results):
        groups[group(case["id"])].append(case["requests"] * A_REQUEST)
    return {name: round(fmean(each), 3) for name, each in sorted(groups.items())}


def group(case_id: str) -> str:
    """The group of a case: its row and operation, or check and first axis; deeper runs have more cases of each."""
    return "/".join(case_id.split("/")[:2])


def _cases(results: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The cases that ran, and the checks that are cases."""
    own = (case for row in results["rows"] for case in row["cases"] if case["kind"] != "check")
    return (one for one in (*own, *results["checks"]) if "duration_seconds" in one)


def _dealt(ids: Sequence[str], parts: int, seconds: Mapping[str, float]) -> list[list[str]]:
    """The ids in so many parts of about the same seconds in all, whatever the order in which they are given."""
    from pytest_split.algorithms import LeastDurationAlgorithm  # noqa: PLC0415 - a run without shards has no need of it

    told = {id_: seconds.get(id_, seconds.get(group(id_))) for id_ in ids}
    known = {id_: each for id_, each in told.items() if each is not None}
    mean = fmean(known.values()) if known else 1.0  # not pytest-split's own, which is another from Python 3.12 on
    items: Any = [_Item(id_) for id_ in sorted(ids)]
    groups = LeastDurationAlgorithm()(parts, items, dict.fromkeys(ids, mean) | known)
    return [[item.nodeid for item in group.selected] for group in groups]


@dataclass(frozen=True, slots=True)
class _Item:
    """What is to be known of a pytest item in order to deal it."""

    nodeid: str

    def __str__(self) -> str:
        return self.nodeid


if __name__ == "__main__":
    import sys

    KEPT.write_text(json.dumps(grouped(json.loads(Path(sys.argv[1]).read_text("utf-8"))), indent=1) + "\n", encoding="utf-8")
