"""Access control lists and their IP ranges."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contracts.sandbox import known, view
from contracts.sandbox.body import (
    Shape,
    boolean,
    filled_text,
    integer,
    list_of,
    optional,
    required,
    shaped,
    text,
    that,
    well_formed,
)
from contracts.sandbox.known import acl_known
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import AccessList, IpRange
from contracts.sandbox.step import Context, check, plan

_WHOLE_ADDRESS = 32


def is_ip_address(value: str) -> bool:
    """An IPv4 address."""
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


_RANGE: Shape = {
    "ipAddress": required(that(is_ip_address, "must be an IPv4 address")),
    "description": optional(text),
    "range": optional(integer(0, _WHOLE_ADDRESS)),
}
_LIST: Shape = {"name": required(filled_text), "enabled": optional(boolean)}
range_body = well_formed(_RANGE)
new_list_body = well_formed({**_LIST, "ipRanges": required(list_of(shaped(_RANGE)))})
list_body = well_formed({**_LIST, "ipRanges": optional(list_of(shaped(_RANGE)))})


@check("400-acl-needs-ip-range")
def has_ip_range(context: Context) -> None:
    """A list is never given without a range; an update that leaves them out keeps them (not settled)."""
    if context.body.get("ipRanges") == []:
        refuse("400-acl-needs-ip-range", "ipRanges")


@check("404-ip-range-id")
def ip_range_known(context: Context) -> None:
    """The range is there, and it is this list's."""
    if known.acl(context).range(context.path["ipRangeId"]) is None:
        refuse("404-ip-range-id", id=context.path["ipRangeId"], aclId=known.acl_id(context))


@check("400-acl-needs-ip-range")
def not_last_ip_range(context: Context) -> None:
    """The last range stays."""
    if len(known.acl(context).ranges) == 1:
        refuse("400-acl-needs-ip-range")


@check("400-child-attached-to-parent")
def acl_on_no_trunk(context: Context) -> None:
    """A list that is on a trunk stays."""
    if any(known.acl_id(context) in trunk.acls for trunk in context.state.trunks.values()):
        refuse("400-child-attached-to-parent", child="Access Control List", parent="SIP Trunk")


def create(context: Context) -> Response:
    """`createAccessControlList`."""
    body = context.body
    ranges = tuple(_range(context, given) for given in body["ipRanges"])
    enabled = body.get("enabled") is not False
    held = AccessList(context.new_id(), context.project_id, body["name"], enabled, ranges, context.now)
    return answer(200, view.acl(_store(context, held), context.state))


def find_all(context: Context) -> Response:
    """`getAccessControlList`: all lists of the project."""
    held = context.state.of_project(context.state.acls, context.project_id)
    return LISTS.answer(context, [view.acl(one, context.state) for one in held], "accessControlLists")


def get(context: Context) -> Response:
    """`getAccessListById`."""
    return answer(200, view.acl(known.acl(context), context.state))


def update(context: Context) -> Response:
    """`updateAccessControlList`: ranges that are given replace those that were there."""
    body, held = context.body, known.acl(context)
    given = body.get("ipRanges")
    ranges = held.ranges if given is None else tuple(_range(context, one) for one in given)
    enabled = body.get("enabled") is not False
    changed = replace(held, name=body["name"], enabled=enabled, ranges=ranges, updated=context.now)
    return answer(200, view.acl(_store(context, changed), context.state))


def delete(context: Context) -> Response:
    """`deleteAccessControlList`."""
    context.state.acls.pop(known.acl_id(context), None)
    return no_content()


def add_range(context: Context) -> Response:
    """`addIpRangeToAccessControlList`."""
    held, added = known.acl(context), _range(context, context.body)
    held = _store(context, replace(held, ranges=(*held.ranges, added)))
    return answer(200, view.ip_range(added, held))


def find_ranges(context: Context) -> Response:
    """`getIpRangesForAccessControlList`."""
    held = known.acl(context)
    return LISTS.answer(context, [view.ip_range(one, held) for one in held.ranges], "ipRanges")


def update_range(context: Context) -> Response:
    """`updateIpRangeFromAccessControlList`: the range keeps its id and nothing else."""
    held, range_id = known.acl(context), context.path["ipRangeId"]
    before = held.range(range_id)
    created = before.created if before else context.now
    changed = replace(_range(context, context.body), id=range_id, created=created, updated=context.now)
    ranges = tuple(changed if one.id == range_id else one for one in held.ranges)
    return answer(200, view.ip_range(changed, _store(context, replace(held, ranges=ranges))))


def delete_range(context: Context) -> Response:
    """`deleteIpRangeFromAccessControlList`."""
    held = known.acl(context)
    _store(context, replace(held, ranges=tuple(one for one in held.ranges if one.id != context.path["ipRangeId"])))
    return no_content()


def _range(context: Context, given: Mapping[str, Any]) -> IpRange:
    prefix = given.get("range")
    width = _WHOLE_ADDRESS if prefix is None else prefix
    return IpRange(context.new_id(), given.get("description"), given["ipAddress"], width, context.now)


def _store(context: Context, held: AccessList) -> AccessList:
    context.state.acls[held.id] = held
    return held


PLANS = {
    "getAccessControlList": plan(paging_valid, effect=find_all),
    "createAccessControlList": plan(new_list_body, has_ip_range, effect=create),
    "getAccessListById": plan(acl_known, effect=get),
    "updateAccessControlList": plan(acl_known, list_body, has_ip_range, effect=update),
    "deleteAccessControlList": plan(acl_known, acl_on_no_trunk, effect=delete),
    "addIpRangeToAccessControlList": plan(acl_known, range_body, effect=add_range),
    "getIpRangesForAccessControlList": plan(acl_known, paging_valid, effect=find_ranges),
    "updateIpRangeFromAccessControlList": plan(acl_known, ip_range_known, range_body, effect=update_range),
    "deleteIpRangeFromAccessControlList": plan(acl_known, ip_range_known, not_last_ip_range, effect=delete_range),
}
