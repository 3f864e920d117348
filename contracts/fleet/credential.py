"""Which credentials the process of a unit has: those of its own target, by name of variable, and of no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.blame import Mistake
from contracts.fleet.file import NAMING, Member

READ = ("SINCH_PROJECT_ID", "SINCH_KEY_ID", "SINCH_KEY_SECRET", "SINCH_FOREIGN_PROJECT_ID")
"""The variables in which a run looks for credentials."""
ADDRESS = "PYTEST_BASE_URL"  # would send every target's requests to one


def environment(member: Member, members: Sequence[Member], given: Mapping[str, str]) -> dict[str, str]:
    """The job's environment as a target's process has it: without what is any other's alone, and without an address."""
    named = {variable for other in members for variable in other.credentials.values()}
    own = {name: given[source] for name, source in sources(member).items() if given.get(source)}
    return {name: value for name, value in given.items() if name not in named and name not in {*READ, ADDRESS}} | own


def sources(member: Member) -> Mapping[str, str]:
    """Which variable of the job stands for each that a run reads; what a target does not name is not there for it."""
    return member.credentials or {name: name for name in READ}


def check(member: Member, given: Mapping[str, str]) -> None:
    """Raises Mistake where a target names a variable that is not set."""
    for name, source in member.credentials.items():
        if not given.get(source):
            told = source if NAMING.fullmatch(source) else "the variable that it names"  # which may be a secret by mistake
            raise Mistake(f"credentials.{name}: {told} is not set in the environment")
