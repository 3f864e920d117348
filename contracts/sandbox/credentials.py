"""Credential lists and their credentials."""

from __future__ import annotations

from dataclasses import replace

from contracts.sandbox import known, view
from contracts.sandbox.body import Shape, filled_text, list_of, required, shaped, well_formed
from contracts.sandbox.known import credential_list_known
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import Credential, CredentialList
from contracts.sandbox.step import Context, check, plan

_CREDENTIAL: Shape = {"username": required(filled_text), "password": required(filled_text)}
new_list_body = well_formed({"name": required(filled_text), "credentials": required(list_of(shaped(_CREDENTIAL)))})
name_body = well_formed({"name": required(filled_text)})
password_body = well_formed({"password": required(filled_text)})


@check("400-credential-list-needs-credential")
def has_credential(context: Context) -> None:
    """A list is never made empty."""
    if not context.body["credentials"]:
        refuse("400-credential-list-needs-credential", "credentials")


@check("400-username-unavailable")
def usernames_free(context: Context) -> None:
    """A username is unique over all lists of all projects."""
    taken = set(context.state.usernames())
    if any(username in taken for username in _usernames(context)):
        refuse("400-username-unavailable")


@check("400-username-unavailable")
def usernames_named_once(context: Context) -> None:
    """A username is not given twice in one list."""
    names = _usernames(context)
    if len(set(names)) < len(names):
        refuse("400-username-unavailable")


@check("404-credential-username")
def credential_known(context: Context) -> None:
    """The username in the path is in this list."""
    if known.credential_list(context).credential(context.path["username"]) is None:
        refuse("404-credential-username", username=context.path["username"])


@check("400-credential-used-by-endpoint")
def credential_not_in_use(context: Context) -> None:
    """A credential in use stays; this comes before the last one of its list (clause 9)."""
    username = context.path["username"]
    if user := context.state.user_of(username):
        refuse("400-credential-used-by-endpoint", username=username, trunkId=user.trunk_id)


@check("400-credential-list-needs-credential")
def not_last_credential(context: Context) -> None:
    """The last credential stays."""
    if len(known.credential_list(context).credentials) == 1:
        refuse("400-credential-list-needs-credential")


@check("400-child-attached-to-parent")
def credential_list_on_no_trunk(context: Context) -> None:
    """A list that is on a trunk stays."""
    if any(known.credential_list_id(context) in trunk.credential_lists for trunk in context.state.trunks.values()):
        refuse("400-child-attached-to-parent", child="Credential List", parent="SIP Trunk")


def create(context: Context) -> Response:
    """`createCredentialList`."""
    body = context.body
    given = tuple(Credential(context.new_id(), one["username"], one["password"]) for one in body["credentials"])
    held = CredentialList(context.new_id(), context.project_id, body["name"], given, context.now)
    return answer(200, view.credential_list(_store(context, held)))


def find_all(context: Context) -> Response:
    """`getCredentialLists`."""
    held = context.state.of_project(context.state.credential_lists, context.project_id)
    return LISTS.answer(context, [view.credential_list(one) for one in held], "credentialLists")


def get(context: Context) -> Response:
    """`getCredentialListById`."""
    return answer(200, view.credential_list(known.credential_list(context)))


def update(context: Context) -> Response:
    """`updateCredentialList`: a list has nothing but its name to replace."""
    held = replace(known.credential_list(context), name=context.body["name"], updated=context.now)
    return answer(200, view.credential_list(_store(context, held)))


def delete(context: Context) -> Response:
    """`deleteCredentialList`."""
    context.state.credential_lists.pop(known.credential_list_id(context), None)
    return no_content()


def update_credential(context: Context) -> Response:
    """`updateCredential`: a new password."""
    held, username = known.credential_list(context), context.path["username"]
    changed = {one.username: replace(one, password=context.body["password"]) for one in held.credentials}
    kept = tuple(changed[username] if one.username == username else one for one in held.credentials)
    _store(context, replace(held, credentials=kept, updated=context.now))
    return answer(200, view.credential(changed[username]))


def delete_credential(context: Context) -> Response:
    """`deleteCredential`."""
    held = known.credential_list(context)
    kept = tuple(one for one in held.credentials if one.username != context.path["username"])
    _store(context, replace(held, credentials=kept, updated=context.now))
    return no_content()


def _usernames(context: Context) -> list[str]:
    return [one["username"] for one in context.body["credentials"]]


def _store(context: Context, held: CredentialList) -> CredentialList:
    context.state.credential_lists[held.id] = held
    return held


PLANS = {
    "createCredentialList": plan(new_list_body, has_credential, usernames_free, usernames_named_once, effect=create),
    "getCredentialLists": plan(paging_valid, effect=find_all),
    "getCredentialListById": plan(credential_list_known, effect=get),
    "updateCredentialList": plan(credential_list_known, name_body, effect=update),
    "deleteCredentialList": plan(credential_list_known, credential_list_on_no_trunk, effect=delete),
    "updateCredential": plan(credential_list_known, credential_known, password_body, effect=update_credential),
    "deleteCredential": plan(
        credential_list_known, credential_known, credential_not_in_use, not_last_credential, effect=delete_credential
    ),
}
