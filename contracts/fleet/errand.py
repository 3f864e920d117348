"""An errand: the process that runs a unit, as a command and an environment. No secret stands in the command."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.fleet import allowance, credential
from contracts.fleet.assignment import Assignment
from contracts.fleet.file import Fleet, Member
from contracts.fleet.unit import Unit
from contracts.run.planned import SCENARIOS


@dataclass(frozen=True, slots=True)
class Errand:
    """What to run for a unit, and the folder that gets its results."""

    unit: Unit
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)


def errands(assignment: Assignment, folder: Path, passed_on: Sequence[str], given: Mapping[str, str]) -> Iterator[Errand]:
    """What the units of this job are run by, in the job's folder; with the options that are `passed_on` to each of them."""
    fleet = assignment.fleet
    members = {member.id: member for member in fleet.members}
    for unit in assignment.own:
        member, beneath = members[unit.target], folder / unit.folder
        limits = allowance.options(assignment.allowed[unit.target])
        said = (*_of_unit(unit, member), *_of_fleet(fleet), *limits, *passed_on, "--report-dir", str(beneath))
        line = (sys.executable, "-m", "pytest", str(SCENARIOS), *said)
        yield Errand(unit, line, beneath, credential.environment(member, fleet.members, given))


def _of_unit(unit: Unit, member: Member) -> Iterator[str]:
    # With an equals sign, for a text may begin like an option.
    yield f"--shard={unit.part}/{unit.of}"
    yield f"--target-id={member.id}"
    said = {"base-url": member.base_url, "profile": member.profile, "target-version": member.version}
    yield from (f"--{name}={text}" for name, text in said.items() if text is not None)


def _of_fleet(fleet: Fleet) -> Iterator[str]:
    yield f"--depth={fleet.depth}"
    if fleet.seed is not None:
        yield f"--seed={fleet.seed}"
    if fleet.only_documented:
        yield "--only-documented"
