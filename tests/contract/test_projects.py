"""Projects and their configs."""

from __future__ import annotations

from contracts.call import api
from contracts.case import controls, provokes, races
from contracts.world import World
from tests.contract.unknown import ELSEWHERE, UNISSUED
from tests.contract.values import RACE, changes


@provokes("400-project-exists", by="createProject", variant="twice")
def project_created_twice(world: World) -> None:
    """A project that exists is not created again, enabled or not."""
    project = world.project(enabled=True)
    again = api.createProject(id=project, enabled=False)
    world.refused(again, watch=[api.getProject(projectId=project)], id=project)


@races("400-project-exists", by="createProject", variant="race", contestants=RACE)
def creations_of_project_race(world: World, contestants: int) -> None:
    """Of equal projects created at once, one is."""
    project = world.names.uuid()
    world.race([api.createProject(id=project)] * contestants, lambda _: {"id": project})


@provokes("400-project-not-enabled", by=["getSipTrunks", "createSipTrunk"], variant="disabled")
def trunks_of_disabled_project(world: World, by: str) -> None:
    """A project that is not enabled neither shows trunks nor gets one."""
    project = world.disabled_project(changing=changes(by))
    call = api[by](projectId=project, **world.any_arguments(by))
    refused = world.refused(call, watch=[api.getProject(projectId=project)], id=project)
    if by == "createSipTrunk":  # nothing of such a project can be read, but a host name is unique over all projects
        world.untaken(refused, api.createSipTrunk(json=call.body))


@provokes("400-parent-has-children", by="deleteProject", variant="trunk")
def project_with_trunk_deleted(world: World) -> None:
    """A project with a trunk cannot be deleted."""
    project = world.project()
    trunk = world.trunk(project)["id"]
    watch = [api.getProject(projectId=project), api.getSipTrunkById(projectId=project, sipTrunkId=trunk)]
    world.refused(api.deleteProject(projectId=project), watch=watch, parent="Project", child="SIP Trunk")


@provokes("404-project-config-key", by="getProjectConfig", shape=[UNISSUED, ELSEWHERE])
def config_unknown(world: World, shape: str) -> None:
    """A config is not found by a key that the project has not set."""
    key, value, project = world.word(), world.word(), world.project() if shape == ELSEWHERE else None
    if project:
        world.made(api.setProjectConfig(projectId=project, key=key, value=value))
    world.refused(api.getProjectConfig(key=key), hidden=[project, value] if project else (), key=key)


@controls("404-project-config-key", by="getProjectConfig", variant="known")
def config_known(world: World) -> None:
    """A config is found by the key that it was set under."""
    project, key = world.own_project(), world.word()
    world.made(api.setProjectConfig(projectId=project, key=key, value=world.word()))
    world.accepted(api.getProjectConfig(projectId=project, key=key))


@controls("404-project-id", by="getProject", variant="known")
def project_known(world: World) -> None:
    """A project that exists is found by its id."""
    world.accepted(api.getProject())
