"""Ids that the API does not know, in their shapes: never issued, deleted a moment ago, malformed, another project's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.call import Call, api
from contracts.success import Facts
from contracts.world import World

UNISSUED, DELETED, MALFORMED, ELSEWHERE = "unissued", "deleted", "malformed", "elsewhere"
IDS = (UNISSUED, DELETED, MALFORMED, ELSEWHERE)
VALUES = (UNISSUED, DELETED, ELSEWHERE)  # a domain, a number or a username has no wrong shape
NO_ID = "not-an-id"


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown id; what to read to see that nothing changed; what no answer may show.

    Where another project knows the id: that project, and the body that was sent to make it there.
    """

    id: str
    watch: tuple[Call, ...] = ()
    hidden: tuple[str, ...] = ()
    project: str | None = None
    sent: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: how it is made, in another project too, how it is read and how it is deleted."""

    make: Callable[[World, str | None], Facts]
    read: Callable[[str], Call]
    delete: Callable[[str], Call]


TRUNK = Kind(
    World.trunk,
    lambda trunk: api.getSipTrunkById(sipTrunkId=trunk),
    lambda trunk: api.deleteSipTrunk(sipTrunkId=trunk),
)
ACL = Kind(
    World.acl,
    lambda acl: api.getAccessListById(id=acl),
    lambda acl: api.deleteAccessControlList(id=acl),
)
CREDENTIAL_LIST = Kind(
    lambda world, project: world.credential_list(project=project),
    lambda credential_list: api.getCredentialListById(id=credential_list),
    lambda credential_list: api.deleteCredentialList(id=credential_list),
)
RULE = Kind(
    World.rule,
    lambda _: api.getBlockingRules(),  # no operation reads a single rule
    lambda rule: api.deleteBlockingRuleById(id=rule),
)


def an_id(world: World, kind: Kind, shape: str) -> Unknown:
    """An id of that kind that is unknown to the run's project, in one of the shapes of `IDS`."""
    if shape == ELSEWHERE:
        return _elsewhere(world, kind)
    gone = _deleted(world, kind) if shape == DELETED else unheard_of(world, shape)
    return Unknown(gone, watch=(kind.read(gone),))


def unheard_of(world: World, shape: str) -> str:
    """An id that no resource ever had, well-formed or not."""
    return {UNISSUED: world.names.ulid(), MALFORMED: NO_ID}[shape]


def _deleted(world: World, kind: Kind) -> str:
    made = str(kind.make(world, None)["id"])
    world.made(kind.delete(made))
    return made


def _elsewhere(world: World, kind: Kind) -> Unknown:
    project = world.project()
    made = kind.make(world, project)
    reading = kind.read(str(made["id"]))
    return Unknown(str(made["id"]), (reading, reading.under(project)), (project, *world.marks(made)), project, made.sent)
