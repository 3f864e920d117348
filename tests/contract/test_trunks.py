"""SIP trunks: their host names, their children, and what is put on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.call import Call, Verb, api
from contracts.case import controls, provokes, races
from contracts.operation import operations
from contracts.world import World
from tests.contract import unknown
from tests.contract.unknown import DELETED, ELSEWHERE, IDS, TRUNK, VALUES, Unknown
from tests.contract.values import RACE, changes, raising_with, raising_without

# -- host names ---------------------------------------------------------------------------------------------------------------


@provokes("400-domain-unavailable", by="createSipTrunk", variant="taken")
def trunk_created_with_taken_host_name(world: World) -> None:
    """A host name that a trunk has is not given to a second one."""
    trunk = world.trunk()
    again = api.createSipTrunk(json={**world.trunk_body(), "hostName": trunk["hostName"]})
    world.refused(again, watch=[api.getSipTrunkById(sipTrunkId=trunk["id"]), api.getSipTrunks()])


@provokes("400-domain-unavailable", by="createSipTrunk", variant="taken-elsewhere")
def trunk_created_with_host_name_of_another_project(world: World) -> None:
    """A host name is unique over all projects."""
    other = world.project()
    trunk = world.trunk(other)
    again = api.createSipTrunk(json={**world.trunk_body(), "hostName": trunk["hostName"]})
    watch = [api.getSipTrunkById(projectId=other, sipTrunkId=trunk["id"]), api.getSipTrunks()]
    world.refused(again, watch=watch, hidden=[other, *world.marks(trunk)])


@provokes("400-domain-unavailable", by="updateSipTrunk", variant="taken")
def trunk_updated_to_taken_host_name(world: World) -> None:
    """A trunk cannot take over the host name of another one."""
    other, trunk = world.trunk(), world.trunk()
    update = api.updateSipTrunk(sipTrunkId=trunk["id"], name=trunk["name"], hostName=other["hostName"])
    world.refused(update, watch=[api.getSipTrunkById(sipTrunkId=each["id"]) for each in (other, trunk)])


@races("400-domain-unavailable", by="createSipTrunk", variant="race", contestants=RACE)
def trunks_race_for_host_name(world: World, contestants: int) -> None:
    """Of equal trunks created at once, one gets the host name."""
    world.race([api.createSipTrunk(json=world.trunk_body())] * contestants, lambda _: {})


# -- deletion -----------------------------------------------------------------------------------------------------------------


@provokes("400-parent-has-children", by="deleteSipTrunk", variant="endpoint")
def trunk_with_endpoint_deleted(world: World) -> None:
    """A trunk with an endpoint cannot be deleted."""
    trunk = world.trunk()["id"]
    endpoint = world.endpoint(trunk)["id"]
    watch = [api.getSipTrunkById(sipTrunkId=trunk), api.getSipEndpointById(sipTrunkId=trunk, sipEndpointId=endpoint)]
    world.refused(api.deleteSipTrunk(sipTrunkId=trunk), watch=watch, parent="SIP Trunk", child="SIP Endpoint")


@provokes("400-parent-has-children", by="deleteSipTrunk", variant="acl")
def trunk_with_acl_deleted(world: World) -> None:
    """A trunk with an access control list on it cannot be deleted."""
    acl, trunk = world.acl()["id"], world.trunk()["id"]
    world.attach_acl(trunk, acl)
    watch = [api.getSipTrunkById(sipTrunkId=trunk), api.getAccessControlListsForTrunk(trunkId=trunk)]
    world.refused(api.deleteSipTrunk(sipTrunkId=trunk), watch=watch, parent="SIP Trunk", child="Access Control List")


@provokes("400-parent-has-children", by="deleteSipTrunk", variant="credential-list")
def trunk_with_credential_list_deleted(world: World) -> None:
    """A trunk with a credential list on it cannot be deleted."""
    credential_list, trunk = world.credential_list()["id"], world.trunk()["id"]
    world.attach_credential_list(trunk, credential_list)
    watch = [api.getSipTrunkById(sipTrunkId=trunk), api.getCredentialListsForTrunk(trunkId=trunk)]
    world.refused(api.deleteSipTrunk(sipTrunkId=trunk), watch=watch, parent="SIP Trunk", child="Credential List")


@provokes("400-trunk-has-phone-numbers", by="deleteSipTrunk", other={"number-assigned": False, "number-and-endpoint": True})
def trunk_with_number_deleted(world: World, *, other: bool) -> None:
    """A trunk that a number is assigned to cannot be deleted; that it has an endpoint as well comes second to that."""
    trunk, number = world.trunk_with_number()
    if other:
        world.endpoint(trunk)
    watch = [api.getSipTrunkById(sipTrunkId=trunk), api.GetPhoneNumberByNumber(phoneNumber=number)]
    world.refused(api.deleteSipTrunk(sipTrunkId=trunk), watch=watch, trunkId=trunk)


# -- lists on a trunk ---------------------------------------------------------------------------------------------------------


@provokes("400-acl-already-on-trunk", by="addAccessControlListToTrunk", variant="twice")
def acl_added_twice(world: World) -> None:
    """An access control list that is on a trunk is not added to it again."""
    acl, trunk = world.acl()["id"], world.trunk()["id"]
    world.attach_acl(trunk, acl)
    again = api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl])
    world.refused(again, watch=[api.getAccessControlListsForTrunk(trunkId=trunk)], aclId=acl, trunkId=trunk)


@provokes("400-acl-already-on-trunk", by="addAccessControlListToTrunk", variant="twice-in-one-request")
def acl_added_twice_in_one_request(world: World) -> None:
    """One request cannot add an access control list to a trunk twice, and then adds none."""
    acl, trunk = world.acl()["id"], world.trunk()["id"]
    doubled = api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl, acl])
    world.refused(doubled, watch=[api.getAccessControlListsForTrunk(trunkId=trunk)], aclId=acl, trunkId=trunk)


@races("400-acl-already-on-trunk", by="addAccessControlListToTrunk", variant="race", contestants=RACE)
def additions_of_acl_race(world: World, contestants: int) -> None:
    """Of equal additions of an access control list at once, one adds it."""
    acl, trunk = world.acl()["id"], world.trunk()["id"]
    addition = api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl])
    world.race([addition] * contestants, lambda _: {"aclId": acl, "trunkId": trunk})


@provokes("400-credential-list-already-on-trunk", by="addCredentialListToTrunk", variant="twice")
def credential_list_added_twice(world: World) -> None:
    """A credential list that is on a trunk is not added to it again."""
    credential_list, trunk = world.credential_list()["id"], world.trunk()["id"]
    world.attach_credential_list(trunk, credential_list)
    again = api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[credential_list])
    world.refused(again, watch=[api.getCredentialListsForTrunk(trunkId=trunk)], clId=credential_list, trunkId=trunk)


@provokes("400-credential-list-already-on-trunk", by="addCredentialListToTrunk", variant="twice-in-one-request")
def credential_list_added_twice_in_one_request(world: World) -> None:
    """One request cannot add a credential list to a trunk twice, and then adds none."""
    credential_list, trunk = world.credential_list()["id"], world.trunk()["id"]
    doubled = api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[credential_list, credential_list])
    world.refused(doubled, watch=[api.getCredentialListsForTrunk(trunkId=trunk)], clId=credential_list, trunkId=trunk)


@races("400-credential-list-already-on-trunk", by="addCredentialListToTrunk", variant="race", contestants=RACE)
def additions_of_credential_list_race(world: World, contestants: int) -> None:
    """Of equal additions of a credential list at once, one adds it."""
    credential_list, trunk = world.credential_list()["id"], world.trunk()["id"]
    addition = api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[credential_list])
    world.race([addition] * contestants, lambda _: {"clId": credential_list, "trunkId": trunk})


@provokes("404-acl-not-on-trunk", by="deleteAccessControlListFromTrunk", variant="never-added")
def acl_taken_off_that_was_never_added(world: World) -> None:
    """An access control list that exists and was never put on the trunk cannot be taken off it."""
    acl, trunk = world.acl()["id"], world.trunk()
    _taken_off(world, acl, trunk)


@provokes("404-acl-not-on-trunk", by="deleteAccessControlListFromTrunk", variant="taken-off")
def acl_taken_off_twice(world: World) -> None:
    """An access control list that was taken off a trunk cannot be taken off again."""
    acl, trunk = world.acl()["id"], world.trunk()
    world.attach_acl(trunk["id"], acl)
    world.made(api.deleteAccessControlListFromTrunk(trunkId=trunk["id"], accessControlListId=acl))
    _taken_off(world, acl, trunk)


@provokes("404-acl-not-on-trunk", by="deleteAccessControlListFromTrunk", variant="on-another-trunk")
def acl_of_another_trunk_taken_off(world: World) -> None:
    """An access control list that is on another trunk cannot be taken off this one."""
    acl, other, trunk = world.acl()["id"], world.trunk(), world.trunk()
    world.attach_acl(other["id"], acl)
    _taken_off(world, acl, trunk, other)


def _taken_off(world: World, acl: str, *trunks: Mapping[str, Any]) -> None:
    """Take the list off the first of the trunks."""
    trunk = trunks[0]
    call = api.deleteAccessControlListFromTrunk(trunkId=trunk["id"], accessControlListId=acl)
    watch = [api.getAccessControlListsForTrunk(trunkId=each["id"]) for each in trunks]
    world.refused(call, watch=watch, aclId=acl, trunk=(trunk["id"], trunk["name"]))


# -- unknown trunks -----------------------------------------------------------------------------------------------------------

ON_TRUNK = ("/endpoints/{", "/accessControlLists/{", "/credentialLists/{")


@provokes("404-trunk-id", by=raising_without("404-trunk-id", "/phoneNumbers/", *ON_TRUNK), shape=IDS)
def trunk_unknown(world: World, by: str, shape: str) -> None:
    """A trunk that the project does not have can neither be asked nor changed, nor can anything be put on it."""
    body = BODIES[by](world) if by in BODIES else {}
    trunk = unknown.an_id(world, TRUNK, shape)
    call = api[by](**{**world.any_arguments(by), **body, _parameter(by): trunk.id})
    world.refused(call, watch=_readings(by, trunk) if changes(by) else (), hidden=trunk.hidden, id=trunk.id)


@provokes("404-trunk-id", by=raising_with("404-trunk-id", *ON_TRUNK), shape=IDS)
def trunk_of_child_unknown(world: World, by: str, shape: str) -> None:
    """Nothing can be reached on a trunk that the project does not have, also where another project has both."""
    trunk = unknown.an_id(world, TRUNK, shape)
    parameter = operations()[by].path_parameters[-1]
    child = CHILDREN[parameter](world, trunk)
    call = api[by](**{**world.any_arguments(by), _parameter(by): trunk.id, parameter: child})
    world.refused(call, watch=_readings(by, trunk) if changes(by) else (), hidden=trunk.hidden, id=trunk.id)


def _endpoint_of(world: World, trunk: Unknown) -> str:
    """An endpoint of the trunk, where another project has that, else one that nobody made."""
    return str(world.endpoint(trunk.id, trunk.project)["id"]) if trunk.project else world.names.ulid()


def _acl_on(world: World, trunk: Unknown) -> str:
    """An access control list, put on the trunk where another project has that."""
    acl = str(world.acl(trunk.project)["id"])
    if trunk.project:
        world.made(api.addAccessControlListToTrunk(projectId=trunk.project, trunkId=trunk.id, accessControlListIds=[acl]))
    return acl


def _credential_list_on(world: World, trunk: Unknown) -> str:
    """A credential list, put on the trunk where another project has that."""
    credential_list = str(world.credential_list(project=trunk.project)["id"])
    if trunk.project:
        world.made(api.addCredentialListToTrunk(projectId=trunk.project, trunkId=trunk.id, credentialListIds=[credential_list]))
    return credential_list


CHILDREN: Mapping[str, Callable[[World, Unknown], str]] = {
    "sipEndpointId": _endpoint_of,
    "accessControlListId": _acl_on,
    "credentialListId": _credential_list_on,
}
BODIES: Mapping[str, Callable[[World], Mapping[str, Any]]] = {
    "addAccessControlListToTrunk": lambda world: {"json": {"accessControlListIds": [world.acl()["id"]]}},
    "addCredentialListToTrunk": lambda world: {"json": {"credentialListIds": [world.credential_list()["id"]]}},
    "bulkUpdateCredentialListsForTrunk": lambda world: {"json": [world.credential_list()["id"]]},
}
"""What is put on a trunk exists, so that the trunk alone is unknown."""
LISTINGS: Mapping[str, Verb] = {
    "/endpoints": api.getSipEndpoint,
    "/accessControlLists": api.getAccessControlListsForTrunk,
    "/credentialLists": api.getCredentialListsForTrunk,
}


def _readings(operation: str, trunk: Unknown) -> Sequence[Call]:
    """What shows whether the operation took effect: the trunk, and where it is another project's the list of what it has."""
    path = operations()[operation].path
    listing = next((verb for piece, verb in LISTINGS.items() if piece in path), None)
    if listing is None or trunk.project is None:
        return trunk.watch
    where: dict[str, Any] = {_parameter(listing.name): trunk.id, "projectId": trunk.project}
    return [*trunk.watch, listing(**where)]


def _parameter(operation: str) -> str:
    """The name that the operation's path has for a trunk's id."""
    return next(name for name in operations()[operation].path_parameters if name in {"sipTrunkId", "trunkId"})


@provokes("404-trunk-id", by="assignPhoneNumber", shape=IDS)
def number_assigned_to_unknown_trunk(world: World, shape: str) -> None:
    """A number cannot be assigned to a trunk that the project does not have."""
    number = world.number()
    trunk = unknown.an_id(world, TRUNK, shape)
    call = api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk.id)
    watch = [api.GetPhoneNumberByNumber(phoneNumber=number), *trunk.watch]
    world.refused(call, watch=watch, hidden=trunk.hidden, id=trunk.id)


@controls("404-trunk-id", by="getSipTrunkById", variant="known")
def trunk_known(world: World) -> None:
    """A trunk that the project has is found by its id."""
    world.accepted(api.getSipTrunkById(sipTrunkId=world.trunk_to_read()))


@provokes("404-trunk-domain", by="getSipTrunkByDomain", shape=VALUES)
def domain_unknown(world: World, shape: str) -> None:
    """A trunk is not found by a domain that no trunk of the project has."""
    if shape == ELSEWHERE:
        other = world.project()
        trunk = world.trunk(other)
        domain, hidden = trunk["domain"], (other, *world.marks(trunk))
    elif shape == DELETED:
        trunk = world.trunk()
        domain, hidden = trunk["domain"], ()
        world.made(api.deleteSipTrunk(sipTrunkId=trunk["id"]))
    else:
        domain, hidden = f"{world.word()}.invalid", ()
    world.refused(api.getSipTrunkByDomain(domain=domain), hidden=hidden, domain=domain)


@controls("404-trunk-domain", by="getSipTrunkByDomain", variant="known")
def domain_known(world: World) -> None:
    """A trunk that the project has is found by its domain."""
    world.accepted(api.getSipTrunkByDomain(domain=world.trunk()["domain"]))
