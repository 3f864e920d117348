"""What holds for every operation: the project is known, the key may use it, and the server does not break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.blame import NotExercised
from contracts.call import Call, api
from contracts.case import provokes
from contracts.exchange import Exchange
from contracts.operation import operations
from contracts.world import World
from tests.contract.unknown import DELETED, MALFORMED, NO_ID, UNISSUED
from tests.contract.values import changes, raising

READS = (
    *("getProject", "getSipTrunks", "GetPhoneNumbers", "getCountryPermissions", "getAccessControlList"),
    *("getCredentialLists", "getBlockingRules", "findCalls"),
)
CREATES = ("createSipTrunk", "createAccessControlList", "createCredentialList", "createBlockingRule", "createPhoneNumber")
NAMED_BY_US = ("createSipTrunk", "createCredentialList")  # a number that is taken may as well be somebody else's
MADE_IN_A_PROJECT: Mapping[str, str] = {
    "createSipTrunk": "getSipTrunks",
    "createAccessControlList": "getAccessControlList",
    "createCredentialList": "getCredentialLists",
    "createBlockingRule": "getBlockingRules",
    "updateBlockingRuleById": "getBlockingRules",
    "createPhoneNumber": "GetPhoneNumbers",
    "setProjectConfig": "getProjectConfig",
}
"""What an operation makes without anything but a project being there, by what reads it."""
OF_A_TRUNK = ("getSipTrunkById", "updateSipTrunk", "deleteSipTrunk")


@provokes("404-project-id", by=raising("404-project-id"), shape=[UNISSUED, DELETED, MALFORMED])
def project_unknown(world: World, by: str, shape: str) -> None:
    """Nothing can be asked of, or done in, a project that does not exist."""
    project = _unknown_project(world, shape)
    call = api[by](projectId=project, **world.any_arguments(by))
    refused = world.refused(call, watch=[api.getProject(projectId=project)] if changes(by) else (), id=project)
    if by in MADE_IN_A_PROJECT and shape != MALFORMED:
        _nothing_made(world, refused)
    elif by in NAMED_BY_US:
        world.untaken(refused, api[by](json=refused.call.body))


def _nothing_made(world: World, refused: Exchange) -> None:
    """What was made in a project that is not there comes to light once there is one of that id."""
    path, look = refused.call.path, MADE_IN_A_PROJECT[refused.call.operation]
    if world.offers("createProject") and world.send(api.createProject(id=path["projectId"])).ok:
        world.unmade(refused, Call(look, {name: path[name] for name in operations()[look].path_parameters}))


def _unknown_project(world: World, shape: str) -> str:
    if shape == MALFORMED:
        return NO_ID
    project = world.project() if shape == DELETED else world.names.uuid()
    if shape == DELETED:
        world.made(api.deleteProject(projectId=project))
    return project


@provokes("403-forbidden", by=READS, variant="foreign-project")
def foreign_project_read(world: World, by: str) -> None:
    """A key reads the run's own project, and nothing of a project that it may not use."""
    foreign = _foreign_project(world)
    world.made(api[by]())
    world.refused(api[by](projectId=foreign))


@provokes("403-forbidden", by=CREATES, variant="foreign-project")
def created_in_foreign_project(world: World, by: str) -> None:
    """A key creates in the run's own project, and nothing in a project that it may not use."""
    foreign = _foreign_project(world)
    if not (world.target.loopback or world.target.foreign_expendable):
        raise NotExercised("the target is not on this machine, and the profile does not mark the foreign project as expendable")
    world.fresh(lambda: api[by](**world.any_arguments(by)))
    call = api[by](projectId=foreign, **world.any_arguments(by))
    refused = world.refused(call)
    if by in NAMED_BY_US:  # nothing of the foreign project can be read, but what is unique is so over all projects
        world.untaken(refused, api[by](json=call.body))


def _foreign_project(world: World) -> str:
    if world.target.foreign_project is None:
        raise NotExercised("no foreign project: set SINCH_FOREIGN_PROJECT_ID, or name one in the profile")
    return world.target.foreign_project


@provokes("500-internal-server-error", by="getSipTrunks", variant="injected")
def server_fails_to_list(world: World) -> None:
    """A list that cannot be read is told as an error."""
    _failed(world, api.getSipTrunks(), ())


@provokes("500-internal-server-error", by="createSipTrunk", variant="injected")
def server_fails_to_create(world: World) -> None:
    """A creation that fails is told as an error, and creates nothing."""
    _failed(world, api.createSipTrunk(json=world.trunk_body()), [api.getSipTrunks()])


@provokes("500-internal-server-error", by=OF_A_TRUNK, variant="injected")
def server_fails_on_trunk(world: World, by: str) -> None:
    """A trunk that cannot be read, updated or deleted is told as an error, and stays as it was."""
    trunk = world.trunk()["id"]
    call = api[by](**{**world.any_arguments(by), "sipTrunkId": trunk})
    _failed(world, call, [api.getSipTrunkById(sipTrunkId=trunk)] if changes(by) else ())


def _failed(world: World, call: Call, watch: Sequence[Call]) -> None:
    """Have the target fail."""
    if world.target.fault_header is None:
        raise NotExercised("the target offers no fault injection")
    world.refused(call.with_header(*world.target.fault_header), watch=watch, injected=True)
