"""A part: a run, or a shard of one, as far as it must be known to prove that parts are a whole. Its cases are judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.budget import ended_by
from contracts.case import Kind
from contracts.evidence import TRAFFIC
from contracts.history import identity
from contracts.merge.contradiction import contradictions


@dataclass(frozen=True, slots=True)
class Part:
    """The members `run` and `target` of a folder's results, and what it judged: ids of the plan, each as often as it is there.

    `spent` are the reasons of those that a budget ended; `traffic` is how often the check on all traffic is there. `digest` tells
    whether the results are still what they were. `amiss` is wherein they contradict themselves.
    """

    folder: Path
    run: Mapping[str, Any]
    target: Mapping[str, Any]
    judged: Sequence[str]
    spent: frozenset[str] = frozenset()
    traffic: int = 1
    digest: bytes = b""
    amiss: Sequence[str] = ()

    @classmethod
    def of(cls, folder: Path, results: Mapping[str, Any], digest: bytes = b"") -> Part:
        """What must be known of results."""
        planned = list(_planned(results))
        spent = frozenset(reason for one in planned if ended_by(reason := one.get("reason", "")))
        traffic = sum(check["id"] == TRAFFIC for check in results["checks"])
        judged, amiss = [one["id"] for one in planned], tuple(contradictions(results))
        return cls(folder, results["run"], results["target"], judged, spent, traffic, digest, amiss)

    @property
    def index(self) -> int:
        """Which part of its run it is, from 1 on."""
        return int(self._shard["index"])

    @property
    def parts(self) -> int:
        """How many parts its run has."""
        return int(self._shard["of"])

    @property
    def complete(self) -> bool:
        """Whether it judged all of its own share."""
        return bool(self._shard["complete"])

    @property
    def runs(self) -> frozenset[str]:
        """The ids of the runs whose exchanges belong to it: its own, or those that it was merged of."""
        return frozenset(one["id"] for one in self.run.get("merged", ())) or frozenset([self.run["id"]])

    @property
    def when(self) -> str:
        """When it began, to the second."""
        return str(self.run["started_at"])[:19]

    @property
    def alike(self) -> dict[str, Any]:
        """What the parts of one run have in common, by what it is called. Where an own sandbox listened is nobody's business."""
        run = {name: self.run.get(name) for name in ("suite_version", "catalogue", "plan_id", "depth", "only_documented", "seed")}
        _, profile, address = identity(self.target)
        return {**run, "number of shards": self.parts, "address": address, "profile": profile, "version": self.target["version"]}

    @property
    def _shard(self) -> Mapping[str, Any]:
        return self.run.get("shard") or {"index": 1, "of": 1, "complete": self.run["complete"]}

    def __str__(self) -> str:
        what = f"shard {self.index}/{self.parts}" if self.parts > 1 else "the run"
        return f"{what} of target {self.target['id']}"


def _planned(results: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The cases and checks that a plan has: without what checks met of rows, and without the check on all traffic."""
    yield from (case for row in results["rows"] for case in row["cases"] if case["kind"] != Kind.CHECK)
    yield from (check for check in results["checks"] if check["id"] != TRAFFIC)
