"""Moves with SIP trunks and their host names."""

from __future__ import annotations

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, each, elsewhere, gone, into, pairs, spurned
from contracts.model.state import Project, Trunk

MOVES: list[Move] = []
move = into(MOVES)


@move("createSipTrunk", each("trunks", most=MOST))
def create_trunk(maker: Maker, project: str) -> Call:
    """A new trunk."""
    return api.createSipTrunk(projectId=project, json=maker.trunk_body())


@move("createSipTrunk", pairs("trunks", "projects", same_project=False))
def create_trunk_with_taken_host_name(maker: Maker, trunk: Trunk, project: Project) -> Call:
    """A trunk with the host name of another one."""
    return api.createSipTrunk(projectId=project.id, json={**maker.trunk_body(), "hostName": trunk.host})


@move("createSipTrunk", spurned("host", "trunks"))
def create_trunk_with_spurned_host_name(maker: Maker, host: str, project: str) -> Call:
    """A trunk with a host name that a refused request was about to take."""
    return api.createSipTrunk(projectId=project, json={**maker.trunk_body(), "hostName": host})


@move("updateSipTrunk", each("trunks"))
def rename_trunk(maker: Maker, trunk: Trunk) -> Call:
    """Another name for a trunk, and nothing else."""
    return api.updateSipTrunk(projectId=trunk.project, sipTrunkId=trunk.id, json={"name": maker.word(), "hostName": trunk.host})


@move("updateSipTrunk", pairs("trunks", "trunks", same_project=False, but_itself=True))
def give_trunk_taken_host_name(_: Maker, trunk: Trunk, other: Trunk) -> Call:
    """The host name of another trunk for a trunk."""
    return api.updateSipTrunk(projectId=trunk.project, sipTrunkId=trunk.id, json={"name": trunk.name, "hostName": other.host})


@move("updateSipTrunk", gone(Trunk))
def update_gone_trunk(maker: Maker, trunk: Trunk) -> Call:
    """An update of a trunk that was deleted."""
    return api.updateSipTrunk(projectId=trunk.project, sipTrunkId=trunk.id, json=maker.trunk_body())


@move("deleteSipTrunk", each("trunks"))
def delete_trunk(_: Maker, trunk: Trunk) -> Call:
    """Deletion of a trunk, whatever is on it."""
    return api.deleteSipTrunk(projectId=trunk.project, sipTrunkId=trunk.id)


@move("deleteSipTrunk", gone(Trunk))
def delete_gone_trunk(_: Maker, trunk: Trunk) -> Call:
    """Deletion of a trunk that was deleted."""
    return api.deleteSipTrunk(projectId=trunk.project, sipTrunkId=trunk.id)


@move("deleteSipTrunk", elsewhere("trunks"))
def delete_trunk_elsewhere(_: Maker, trunk: Trunk, project: str) -> Call:
    """Deletion of a trunk by another project."""
    return api.deleteSipTrunk(projectId=project, sipTrunkId=trunk.id)
