"""Access control lists and credential lists on a trunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from contracts.sandbox import known, view
from contracts.sandbox.body import list_of, optional, read, required, text, well_formed
from contracts.sandbox.known import acl_known, credential_list_known, trunk_known
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse, reject_field
from contracts.sandbox.state import Trunk
from contracts.sandbox.step import Check, Context, check, plan

acl_ids_body = well_formed({"accessControlListIds": optional(list_of(text))})
credential_list_ids_body = well_formed({"credentialListIds": required(list_of(text))})


def _bulk_body(context: Context) -> None:
    value = read(context)
    ids = value.get("credentialListIds") if isinstance(value, dict) else value
    if problem := list_of(text)(ids):
        reject_field("credentialListIds", problem)
    context.body = {"credentialListIds": ids}


# The description says a bare array, the official Node SDK sends an object.
bulk_body = Check("body_well_formed", None, _bulk_body)


@check("404-acl-id")
def given_acls_known(context: Context) -> None:
    """Every list to be added is there."""
    for acl_id in _acl_ids(context):
        if known.find_acl(context, acl_id) is None:
            refuse("404-acl-id", id=acl_id)


@check("404-credential-list-id")
def given_credential_lists_known(context: Context) -> None:
    """Every list to be added is there."""
    for list_id in _credential_list_ids(context):
        if known.find_credential_list(context, list_id) is None:
            refuse("404-credential-list-id", id=list_id)


@check("400-acl-already-on-trunk")
def acls_not_on_trunk(context: Context) -> None:
    """None of the lists to be added is on the trunk."""
    for acl_id in _acl_ids(context):
        if acl_id in known.trunk(context).acls:
            refuse("400-acl-already-on-trunk", aclId=acl_id, trunkId=known.trunk_id(context))


@check("400-acl-already-on-trunk")
def acls_named_once(context: Context) -> None:
    """None of the lists to be added is named twice."""
    if twice := _repeated(_acl_ids(context)):
        refuse("400-acl-already-on-trunk", aclId=twice, trunkId=known.trunk_id(context))


@check("400-credential-list-already-on-trunk")
def credential_lists_not_on_trunk(context: Context) -> None:
    """None of the lists to be added is on the trunk."""
    for list_id in _credential_list_ids(context):
        if list_id in known.trunk(context).credential_lists:
            refuse("400-credential-list-already-on-trunk", clId=list_id, trunkId=known.trunk_id(context))


@check("400-credential-list-already-on-trunk")
def credential_lists_named_once(context: Context) -> None:
    """None of the lists to be added is named twice."""
    if twice := _repeated(_credential_list_ids(context)):
        refuse("400-credential-list-already-on-trunk", clId=twice, trunkId=known.trunk_id(context))


@check("404-acl-not-on-trunk")
def acl_on_trunk(context: Context) -> None:
    """The list to be taken off is on the trunk."""
    acl_id = known.acl_id(context)
    if acl_id not in known.trunk(context).acls:
        refuse("404-acl-not-on-trunk", aclId=acl_id, trunk=known.trunk_id(context))


def add_acls(context: Context) -> Response:
    """`addAccessControlListToTrunk`."""
    return _store(context, "accessControlListIds", acls=(*known.trunk(context).acls, *_acl_ids(context)))


def list_acls(context: Context) -> Response:
    """`getAccessControlListsForTrunk`."""
    return LISTS.answer(context, known.trunk(context).acls, "accessControlListIds")


def remove_acl(context: Context) -> Response:
    """`deleteAccessControlListFromTrunk`."""
    _store(context, "", acls=_without(known.trunk(context).acls, known.acl_id(context)))
    return no_content()


def add_credential_lists(context: Context) -> Response:
    """`addCredentialListToTrunk`."""
    ids = (*known.trunk(context).credential_lists, *_credential_list_ids(context))
    return _store(context, "credentialListIds", credential_lists=ids)


def list_credential_lists(context: Context) -> Response:
    """`getCredentialListsForTrunk`: ids as described, and the lists themselves as the official Node SDK reads them."""
    ids = known.trunk(context).credential_lists
    lists = [view.credential_list(context.state.credential_lists[one]) for one in ids]
    return LISTS.answer(context, lists, "credentialLists", credentialListIds=ids)


def replace_credential_lists(context: Context) -> Response:
    """`bulkUpdateCredentialListsForTrunk`: these lists and no others."""
    return _store(context, "credentialListIds", credential_lists=tuple(dict.fromkeys(_credential_list_ids(context))))


def remove_credential_list(context: Context) -> Response:
    """removeCredentialListFromTrunk; a list that is not there is no error (not settled by the specification)."""
    rest = _without(known.trunk(context).credential_lists, known.credential_list_id(context))
    _store(context, "", credential_lists=rest)
    return no_content()


def _store(context: Context, key: str, **changes: Any) -> Response:
    trunk = replace(known.trunk(context), **changes)
    context.state.trunks[trunk.id] = trunk
    (ids,) = changes.values()
    return answer(200, {key: list(ids)})


def _acl_ids(context: Context) -> list[str]:
    return context.body.get("accessControlListIds") or []


def _credential_list_ids(context: Context) -> list[str]:
    return context.body["credentialListIds"]  # type: ignore[no-any-return]  # body_well_formed has seen to it


def _repeated(ids: Sequence[str]) -> str | None:
    return next((one for index, one in enumerate(ids) if one in ids[:index]), None)


def _without(ids: Sequence[str], gone: str) -> tuple[str, ...]:
    return tuple(one for one in ids if one != gone)


def trunks_with(holds: Callable[[Trunk, Context], bool]) -> Callable[[Context], Response]:
    """The effect that lists the project's trunks for which something holds."""

    def effect(context: Context) -> Response:
        trunks = context.state.of_project(context.state.trunks, context.project_id)
        return LISTS.answer(context, [view.trunk(one) for one in trunks if holds(one, context)], "trunks")

    return effect


with_acl = trunks_with(lambda trunk, context: known.acl_id(context) in trunk.acls)
with_credential_list = trunks_with(lambda trunk, context: known.credential_list_id(context) in trunk.credential_lists)

PLANS = {
    "addAccessControlListToTrunk": plan(
        trunk_known, acl_ids_body, given_acls_known, acls_not_on_trunk, acls_named_once, effect=add_acls
    ),
    "getAccessControlListsForTrunk": plan(trunk_known, paging_valid, effect=list_acls),
    "deleteAccessControlListFromTrunk": plan(trunk_known, acl_known, acl_on_trunk, effect=remove_acl),
    "trunksByACL": plan(acl_known, paging_valid, effect=with_acl),
    "addCredentialListToTrunk": plan(
        trunk_known,
        credential_list_ids_body,
        given_credential_lists_known,
        credential_lists_not_on_trunk,
        credential_lists_named_once,
        effect=add_credential_lists,
    ),
    "getCredentialListsForTrunk": plan(trunk_known, paging_valid, effect=list_credential_lists),
    "bulkUpdateCredentialListsForTrunk": plan(
        trunk_known, bulk_body, given_credential_lists_known, effect=replace_credential_lists
    ),
    "removeCredentialListFromTrunk": plan(trunk_known, credential_list_known, effect=remove_credential_list),
    "trunksByCredentialList": plan(credential_list_known, paging_valid, effect=with_credential_list),
}
