"""A unit: a target of a fleet, or a part of one; a job runs it as a process. Which job that is follows from the fleet alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.fleet.file import Fleet

PLAIN = re.compile(r"(?!.*\.(?:\d+-of-\d+|json|html|xml|md|har|sh|txt)$)[A-Za-z0-9][A-Za-z0-9._-]{0,59}(?<!\.)", re.IGNORECASE)
"""An id that is fit for a folder as it is, and is called like nothing else that lies beside that."""
SHOWN = 40  # characters of any other id that its folder shows


@dataclass(frozen=True, slots=True)
class Unit:
    """The part `part` of `of` of a target's cases, from 1 on."""

    target: str
    part: int = 1
    of: int = 1

    @property
    def folder(self) -> str:
        """The folder of its results, below that of its job."""
        return slug(self.target) + (f".{self.part}-of-{self.of}" if self.of > 1 else "")

    def __str__(self) -> str:
        return self.target + (f", part {self.part} of {self.of}" if self.of > 1 else "")


@dataclass(frozen=True, slots=True)
class _Item:
    """A unit as pytest-split takes it: by a name, which also breaks ties."""

    nodeid: str
    unit: Unit

    def __str__(self) -> str:
        return self.nodeid


def slug(name: str) -> str:
    """A folder for the id of a target: the id where that is fit for one; else what can be kept of it, and a digest."""
    if PLAIN.fullmatch(name):
        return name
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:SHOWN].strip("-") or "target"
    return f"{kept}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def units(fleet: Fleet) -> tuple[Unit, ...]:
    """All units, in the order of the file."""
    return tuple(Unit(member.id, part, member.parts) for member in fleet.members for part in range(1, member.parts + 1))


def dealt(of_all: Sequence[Unit], jobs: int) -> tuple[tuple[Unit, ...], ...]:
    """The units of each job: what costs most first, each to the job that has the least to do so far.

    A target costs as much as any other, since all have the same cases; a part of one costs its share. What a run has measured is
    left out: it differs from machine to machine, and all jobs must deal alike.
    """
    from pytest_split.algorithms import LeastDurationAlgorithm  # noqa: PLC0415 - imports pytest, and only commands deal

    items: Any = [_Item(f"{number:06}", unit) for number, unit in enumerate(of_all)]
    cost = {item.nodeid: 1 / item.unit.of for item in items}
    groups: Any = LeastDurationAlgorithm()(jobs, items, cost)
    return tuple(tuple(item.unit for item in group.selected) for group in groups)
