"""Access control lists and their ranges."""

from __future__ import annotations

from contracts.call import api
from contracts.case import controls, provokes
from contracts.operation import operations
from contracts.world import World
from tests.contract import unknown
from tests.contract.unknown import ACL, DELETED, ELSEWHERE, IDS, MALFORMED, UNISSUED, Unknown, unheard_of
from tests.contract.values import changes, raising, raising_with, raising_without

OTHER_LIST = "other-list"

# -- ranges of a list ---------------------------------------------------------------------------------------------------------


@provokes("400-acl-needs-ip-range", by="createAccessControlList", variant="empty")
def acl_created_without_range(world: World) -> None:
    """An access control list cannot be created without a range."""
    call = api.createAccessControlList(json={**world.acl_body(), "ipRanges": []})
    world.refused(call, watch=[api.getAccessControlList()])


@provokes("400-acl-needs-ip-range", by="updateAccessControlList", variant="empty")
def acl_updated_to_no_range(world: World) -> None:
    """An access control list cannot be updated to have no range."""
    acl = world.acl()["id"]
    call = api.updateAccessControlList(id=acl, json={**world.acl_body(), "ipRanges": []})
    world.refused(call, watch=[api.getAccessListById(id=acl)])


@provokes("400-acl-needs-ip-range", by="deleteIpRangeFromAccessControlList", variant="last")
def last_range_deleted(world: World) -> None:
    """The last range of an access control list cannot be deleted."""
    acl = world.acl()["id"]
    call = api.deleteIpRangeFromAccessControlList(accessControlListId=acl, ipRangeId=world.range_of(acl))
    world.refused(call, watch=[api.getAccessListById(id=acl)])


# -- lists on a trunk ---------------------------------------------------------------------------------------------------------


@provokes("400-child-attached-to-parent", by="deleteAccessControlList", variant="attached")
def acl_on_trunk_deleted(world: World) -> None:
    """An access control list that is on a trunk cannot be deleted."""
    acl, trunk = world.acl()["id"], world.trunk()["id"]
    world.attach_acl(trunk, acl)
    watch = [api.getAccessListById(id=acl), api.getAccessControlListsForTrunk(trunkId=trunk)]
    world.refused(api.deleteAccessControlList(id=acl), watch=watch, child="Access Control List", parent="SIP Trunk")


# -- unknown lists ------------------------------------------------------------------------------------------------------------


@provokes("404-acl-id", by=raising_without("404-acl-id", "/ipRanges/{", "/trunks/{"), shape=IDS)
def acl_unknown(world: World, by: str, shape: str) -> None:
    """An access control list that the project does not have can neither be asked nor changed."""
    acl = unknown.an_id(world, ACL, shape)
    (parameter,) = (name for name in operations()[by].path_parameters if name != "projectId")
    call = api[by](**{**world.any_arguments(by), parameter: acl.id})
    world.refused(call, watch=acl.watch if changes(by) else (), hidden=acl.hidden, id=acl.id)


@provokes("404-acl-id", by=raising_with("404-acl-id", "/ipRanges/{"), shape=IDS)
def acl_of_range_unknown(world: World, by: str, shape: str) -> None:
    """A range cannot be reached through a list that the project does not have, also where the two belong together."""
    acl = unknown.an_id(world, ACL, shape)
    ip_range = world.range_of(acl.id, acl.project) if acl.project else world.names.ulid()
    call = api[by](**{**world.any_arguments(by), "accessControlListId": acl.id, "ipRangeId": ip_range})
    world.refused(call, watch=acl.watch, hidden=acl.hidden, id=acl.id)


@provokes("404-acl-id", by="deleteAccessControlListFromTrunk", shape=IDS)
def unknown_acl_taken_off_trunk(world: World, shape: str) -> None:
    """An access control list that the project does not have cannot be taken off a trunk."""
    trunk = world.trunk()["id"]
    acl = unknown.an_id(world, ACL, shape)
    call = api.deleteAccessControlListFromTrunk(trunkId=trunk, accessControlListId=acl.id)
    watch = [api.getAccessControlListsForTrunk(trunkId=trunk), *acl.watch]
    world.refused(call, watch=watch, hidden=acl.hidden, id=acl.id)


@provokes("404-acl-id", by="addAccessControlListToTrunk", shape=IDS)
def unknown_acl_added_to_trunk(world: World, shape: str) -> None:
    """An access control list that the project does not have cannot be put on a trunk."""
    trunk = world.trunk()["id"]
    acl = unknown.an_id(world, ACL, shape)
    call = api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl.id])
    watch = [api.getAccessControlListsForTrunk(trunkId=trunk), *acl.watch]
    world.refused(call, watch=watch, hidden=acl.hidden, id=acl.id)


@controls("404-acl-id", by="getAccessListById", variant="known")
def acl_known(world: World) -> None:
    """An access control list that the project has is found by its id."""
    world.accepted(api.getAccessListById(id=world.acl()["id"]))


# -- unknown ranges -----------------------------------------------------------------------------------------------------------


@provokes("404-ip-range-id", by=raising("404-ip-range-id"), shape=[UNISSUED, DELETED, MALFORMED, OTHER_LIST, ELSEWHERE])
def range_unknown(world: World, by: str, shape: str) -> None:
    """A range that the list does not have can neither be updated nor deleted, also where another list has it."""
    acl = world.acl(ipRanges=[world.range_body(), world.range_body()])["id"]
    ip_range = _unknown_range(world, acl, shape)
    call = api[by](**{**world.any_arguments(by), "accessControlListId": acl, "ipRangeId": ip_range.id})
    watch = [api.getAccessListById(id=acl), *ip_range.watch]
    world.refused(call, watch=watch, hidden=ip_range.hidden, id=ip_range.id, aclId=acl)


def _unknown_range(world: World, acl: str, shape: str) -> Unknown:
    if shape in {UNISSUED, MALFORMED}:
        return Unknown(unheard_of(world, shape))
    if shape == DELETED:
        ip_range = world.range_of(acl)
        world.made(api.deleteIpRangeFromAccessControlList(accessControlListId=acl, ipRangeId=ip_range))
        return Unknown(ip_range)
    project = world.project() if shape == ELSEWHERE else None
    other = world.acl(project)
    watch = (world.within(project, api.getAccessListById(id=other["id"])),)
    return Unknown(world.range_of(other["id"], project), watch, (project, *world.marks(other)) if project else (), project)
