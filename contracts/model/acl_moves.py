"""Moves with access control lists, their ranges, and the trunks that they are on."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, Target, each, gone, into, only, pairs
from contracts.model.state import AccessList, State, Trunk

MOVES: list[Move] = []
move = into(MOVES)


def _ranges(state: State) -> Iterator[Target]:
    yield from ((acl, one) for acl in state.acls.values() for one, _ in acl.ranges)


@move("createAccessControlList", each("acls", most=MOST))
def create_acl(maker: Maker, project: str) -> Call:
    """A new access control list with one range."""
    return api.createAccessControlList(projectId=project, json=maker.acl_body())


@move("createAccessControlList", lambda state: ((one,) for one in state.projects))
def create_acl_without_range(maker: Maker, project: str) -> Call:
    """A new access control list with no range."""
    return api.createAccessControlList(projectId=project, json={**maker.acl_body(), "ipRanges": []})


@move("updateAccessControlList", each("acls"))
def replace_ranges(maker: Maker, acl: AccessList) -> Call:
    """Another name for a list, and another range in the place of all."""
    return api.updateAccessControlList(projectId=acl.project, id=acl.id, json=maker.acl_body())


@move("updateAccessControlList", each("acls"))
def take_all_ranges(maker: Maker, acl: AccessList) -> Call:
    """No range in the place of all."""
    return api.updateAccessControlList(projectId=acl.project, id=acl.id, json={**maker.acl_body(), "ipRanges": []})


@move("addIpRangeToAccessControlList", only(each("acls"), lambda _, acl: len(acl.ranges) < MOST))
def add_range(maker: Maker, acl: AccessList) -> Call:
    """One more range."""
    taken = {address for _, address in acl.ranges}
    body = maker.range_body()
    while body["ipAddress"] in taken:
        body = maker.range_body()
    return api.addIpRangeToAccessControlList(projectId=acl.project, accessControlListId=acl.id, json=body)


@move("updateIpRangeFromAccessControlList", _ranges)
def change_range(maker: Maker, acl: AccessList, ip_range: str) -> Call:
    """Another address for a range."""
    path = {"projectId": acl.project, "accessControlListId": acl.id, "ipRangeId": ip_range}
    return Call("updateIpRangeFromAccessControlList", path, body=maker.range_body())


@move("deleteIpRangeFromAccessControlList", _ranges)
def delete_range(_: Maker, acl: AccessList, ip_range: str) -> Call:
    """Deletion of a range, be it the last."""
    return api.deleteIpRangeFromAccessControlList(projectId=acl.project, accessControlListId=acl.id, ipRangeId=ip_range)


@move("deleteIpRangeFromAccessControlList", each("acls"))
def delete_unknown_range(maker: Maker, acl: AccessList) -> Call:
    """Deletion of a range that nobody made."""
    unknown = maker.names.ulid()
    return api.deleteIpRangeFromAccessControlList(projectId=acl.project, accessControlListId=acl.id, ipRangeId=unknown)


@move("deleteAccessControlList", each("acls"))
def delete_acl(_: Maker, acl: AccessList) -> Call:
    """Deletion of an access control list, be it on a trunk."""
    return api.deleteAccessControlList(projectId=acl.project, id=acl.id)


@move("deleteAccessControlList", gone(AccessList))
def delete_gone_acl(_: Maker, acl: AccessList) -> Call:
    """Deletion of an access control list that was deleted."""
    return api.deleteAccessControlList(projectId=acl.project, id=acl.id)


@move("addAccessControlListToTrunk", pairs("trunks", "acls"))
def attach_acl(_: Maker, trunk: Trunk, acl: AccessList) -> Call:
    """An access control list for a trunk, be it on it already."""
    return api.addAccessControlListToTrunk(projectId=trunk.project, trunkId=trunk.id, accessControlListIds=[acl.id])


@move("addAccessControlListToTrunk", only(pairs("trunks", "acls"), lambda _, trunk, acl: acl.id not in trunk.acls))
def attach_acl_with_unknown_one(maker: Maker, trunk: Trunk, acl: AccessList) -> Call:
    """An access control list for a trunk together with one that nobody made."""
    ids = [acl.id, maker.names.ulid()]
    return api.addAccessControlListToTrunk(projectId=trunk.project, trunkId=trunk.id, accessControlListIds=ids)


@move("deleteAccessControlListFromTrunk", pairs("trunks", "acls"))
def detach_acl(_: Maker, trunk: Trunk, acl: AccessList) -> Call:
    """An access control list taken off a trunk, be it on it or not."""
    return api.deleteAccessControlListFromTrunk(projectId=trunk.project, trunkId=trunk.id, accessControlListId=acl.id)
