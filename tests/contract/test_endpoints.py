"""SIP endpoints of a trunk, and the credentials that they register with."""

from __future__ import annotations

from contracts.call import Call, api
from contracts.case import controls, provokes, races
from contracts.world import World
from tests.contract import credential
from tests.contract.unknown import DELETED, ELSEWHERE, MALFORMED, UNISSUED, VALUES, Unknown, unheard_of
from tests.contract.values import RACE, changes, raising

OTHER_TRUNK = "other-trunk"
SAME_TRUNK = "same-trunk"

# -- credentials in use -------------------------------------------------------------------------------------------------------


@provokes("400-credential-used-by-endpoint", by="createSipEndpoint", variant=[SAME_TRUNK, OTHER_TRUNK])
def endpoint_created_with_credential_in_use(world: World, variant: str) -> None:
    """An endpoint cannot be created with a credential that an endpoint registers with, on whichever trunk that is."""
    used = credential.in_use(world)
    trunk = used.trunk if variant == SAME_TRUNK else credential.trunk_with(world, used.credential_list)
    call = api.createSipEndpoint(sipTrunkId=trunk, json=world.registered_body(used.username))
    world.refused(call, watch=[api.getSipEndpoint(sipTrunkId=trunk)], username=used.username, trunkId=used.trunk)


@provokes("400-credential-used-by-endpoint", by="updateSipEndpoint", variant=[SAME_TRUNK, OTHER_TRUNK])
def endpoint_updated_to_credential_in_use(world: World, variant: str) -> None:
    """An endpoint cannot be updated to a credential that another endpoint registers with, on whichever trunk that is."""
    used = credential.in_use(world)
    trunk = used.trunk if variant == SAME_TRUNK else credential.trunk_with(world, used.credential_list)
    endpoint = world.endpoint(trunk)["id"]
    call = api.updateSipEndpoint(sipTrunkId=trunk, sipEndpointId=endpoint, json=world.registered_body(used.username))
    world.refused(call, watch=[_reading(trunk, endpoint)], username=used.username, trunkId=used.trunk)


@races("400-credential-used-by-endpoint", by="createSipEndpoint", variant="race", contestants=RACE)
def endpoints_race_for_credential(world: World, contestants: int) -> None:
    """Of equal endpoints created at once, one gets the credential."""
    username = world.word()
    trunk = credential.trunk_with(world, world.credential_list(username)["id"])
    call = api.createSipEndpoint(sipTrunkId=trunk, json=world.registered_body(username))
    world.race([call] * contestants, lambda _: {"username": username, "trunkId": trunk})


@provokes("404-credential-username", by="createSipEndpoint", shape=VALUES)
def endpoint_created_with_unknown_credential(world: World, shape: str) -> None:
    """An endpoint cannot register with a username that no credential of the project has."""
    credential_list = world.credential_list(world.word(), world.word())
    trunk = credential.trunk_with(world, credential_list["id"])
    username = credential.unknown_username(world, shape, credential_list)
    call = api.createSipEndpoint(sipTrunkId=trunk, json=world.registered_body(username.id))
    watch = [api.getSipEndpoint(sipTrunkId=trunk), *username.watch]
    world.refused(call, watch=watch, hidden=username.hidden, username=username.id)


@controls("404-credential-username", by="createSipEndpoint", variant="known")
def endpoint_created_with_credential(world: World) -> None:
    """An endpoint registers with a username that a credential on its trunk has."""
    username = world.word()
    trunk = credential.trunk_with(world, world.credential_list(username)["id"])
    world.accepted(api.createSipEndpoint(sipTrunkId=trunk, json=world.registered_body(username)))


# -- unknown endpoints --------------------------------------------------------------------------------------------------------


@provokes("404-endpoint-id", by=raising("404-endpoint-id"), shape=[UNISSUED, DELETED, MALFORMED, OTHER_TRUNK, ELSEWHERE])
def endpoint_unknown(world: World, by: str, shape: str) -> None:
    """An endpoint that the trunk does not have can neither be read nor changed, also where another trunk has it."""
    trunk = str(world.trunk()["id"]) if changes(by) else world.trunk_to_read()
    endpoint = _unknown_endpoint(world, trunk, shape)
    call = api[by](**{**world.any_arguments(by), "sipTrunkId": trunk, "sipEndpointId": endpoint.id})
    watch = [_reading(trunk, endpoint.id), *endpoint.watch]
    world.refused(call, watch=watch if changes(by) else (), hidden=endpoint.hidden, id=endpoint.id)


@controls("404-endpoint-id", by="getSipEndpointById", variant="known")
def endpoint_known(world: World) -> None:
    """An endpoint is found by its id on its own trunk."""
    trunk = world.trunk()["id"]
    world.accepted(_reading(trunk, world.endpoint(trunk)["id"]))


def _unknown_endpoint(world: World, trunk: str, shape: str) -> Unknown:
    if shape in {UNISSUED, MALFORMED}:
        return Unknown(unheard_of(world, shape))
    if shape == DELETED:
        endpoint = world.endpoint(trunk)["id"]
        world.made(api.deleteSipEndpoint(sipTrunkId=trunk, sipEndpointId=endpoint))
        return Unknown(endpoint)
    project = world.project() if shape == ELSEWHERE else None
    other = world.trunk(project)
    endpoint = world.endpoint(other["id"], project)
    hidden = (project, *world.marks(other), *world.marks(endpoint)) if project else ()
    return Unknown(endpoint["id"], (world.within(project, _reading(other["id"], endpoint["id"])),), hidden, project)


def _reading(trunk: str, endpoint: str) -> Call:
    return api.getSipEndpointById(sipTrunkId=trunk, sipEndpointId=endpoint)
