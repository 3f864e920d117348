"""An assignment: what a fleet comes to in so many jobs, every target checked before anything is sent to any of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from contracts import __version__
from contracts.blame import Mistake
from contracts.catalogue import digest
from contracts.fleet import clearance
from contracts.fleet.allowance import most_at_once, shares
from contracts.fleet.file import Fleet, Limits, Member
from contracts.fleet.unit import Unit, dealt, units
from contracts.profile import load_profile
from contracts.run import shard as shards
from contracts.run.planned import plan
from contracts.run.shard import Shard
from contracts.target import Target


@dataclass(frozen=True, slots=True)
class Assignment:
    """A fleet, dealt: the units of each job; and by the id of a target where it is, and what each of its units may send."""

    fleet: Fleet
    shard: Shard
    jobs: tuple[tuple[Unit, ...], ...]
    addresses: Mapping[str, str]
    allowed: Mapping[str, Limits]

    @property
    def own(self) -> tuple[Unit, ...]:
        """The units of this job."""
        return self.jobs[self.shard.index - 1]

    @property
    def job_of(self) -> dict[Unit, int]:
        """The job of each unit, in the order of the fleet's file."""
        whose = {unit: number for number, job in enumerate(self.jobs, 1) for unit in job}
        return {unit: whose[unit] for unit in units(self.fleet)}

    @property
    def running(self) -> int:
        """How many units run at once at most, over all jobs."""
        return most_at_once([len(job) for job in self.jobs], self.fleet.at_once)

    @property
    def plan_id(self) -> str:
        """Equal for equal fleet file, profiles, depth, seed, suite version and catalogue."""
        seed = shards.seed() if self.fleet.seed is None else self.fleet.seed
        profiles = [load_profile(member.profile) if member.profile else {} for member in self.fleet.members]
        asked = [self.fleet.depth, self.fleet.only_documented, seed]
        said = (json.dumps(facts, sort_keys=True, default=str) for facts in (profiles, asked))
        facts = "\0".join([__version__, digest(), self.fleet.text, *said])
        return hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def assigned(fleet: Fleet, shard: Shard, given: Mapping[str, str], *, sending: bool = True, confirmed: bool = False) -> Assignment:
    """A fleet in so many jobs, in an environment. Raises Mistake that names the target.

    Where something is to be sent, this job's targets need their credentials, and leave where they are of production. Other jobs
    see to that for theirs: no job needs a secret that it does not use.
    """
    _check_parts(fleet)
    jobs = dealt(units(fleet), shard.of)
    ours = {unit.target for unit in jobs[shard.index - 1]} if sending else set()
    targets = {
        member.id: clearance.cleared(fleet, member, given, sending=member.id in ours, confirmed=confirmed)
        for member in fleet.members
    }
    _check_once(fleet, targets)
    running, count = most_at_once([len(job) for job in jobs], fleet.at_once), sum(map(len, jobs))
    allowed = {member.id: _allowed(fleet, member, targets[member.id], (running, count)) for member in fleet.members}
    return Assignment(fleet, shard, jobs, {name: target.base_url for name, target in targets.items()}, allowed)


def _check_parts(fleet: Fleet) -> None:
    """Raises Mistake for a target of more parts than there are cases, and where no case can be found."""
    try:
        cases = len(plan(fleet.depth, only_documented=fleet.only_documented))
    except Exception as e:  # noqa: BLE001 - a scenario file that cannot be imported
        hint = "stand in the suite's own folder; there, pytest tests/contract says more"
        raise Mistake(f"there is no plan to deal ({type(e).__name__}: {e}): {hint}") from None
    for member in fleet.members:
        if member.parts > cases:
            raise Mistake(f"target {member.id!r}: 'parts': {member.parts} is more than the {cases} cases that there are")


def _check_once(fleet: Fleet, targets: Mapping[str, Target]) -> None:
    """Raises Mistake for a target that is there under two ids: it would be sent twice what it may be sent."""
    first: dict[object, str] = {}
    for member in fleet.members:
        same = targets[member.id].base_url, member.profile, *sorted(member.credentials.items())
        if (before := first.setdefault(same, member.id)) != member.id:
            hint = "same address, profile and credentials"
            raise Mistake(f"targets {before!r} and {member.id!r} are one ({hint}): leave one of them out, or give it 'parts'")


def _allowed(fleet: Fleet, member: Member, target: Target, counts: tuple[int, int]) -> Limits:
    """What each unit of a target may send, of so many that run at once and so many in all. Raises Mistake where it is nothing."""
    running, count = counts
    own = clearance.limits(member, target)
    try:
        return shares(fleet.limits, own, parts=member.parts, units=count, running=running)
    except Mistake as e:
        raise Mistake(f"target {member.id!r}: {e}") from None
