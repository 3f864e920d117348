"""Resources that a path names: the checks that they are there, and the records themselves.

Every record is looked up under the project of the path, so what belongs to another project is as unknown as what was
never made.
"""

from __future__ import annotations

from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import AccessList, CredentialList, Trunk
from contracts.sandbox.step import Context, check


def trunk_id(context: Context) -> str:
    """The trunk id in the path; the description has two names for it."""
    return context.path["sipTrunkId"] if "sipTrunkId" in context.path else context.path["trunkId"]


def acl_id(context: Context) -> str:
    """The access control list id in the path."""
    return context.path["accessControlListId"] if "accessControlListId" in context.path else context.path["id"]


def credential_list_id(context: Context) -> str:
    """The credential list id in the path."""
    return context.path["credentialListId"] if "credentialListId" in context.path else context.path["id"]


def find_trunk(context: Context, record_id: str) -> Trunk | None:
    """The project's trunk with this id."""
    return context.state.find(context.state.trunks, context.project_id, record_id)


def find_acl(context: Context, record_id: str) -> AccessList | None:
    """The project's access control list with this id."""
    return context.state.find(context.state.acls, context.project_id, record_id)


def find_credential_list(context: Context, record_id: str) -> CredentialList | None:
    """The project's credential list with this id."""
    return context.state.find(context.state.credential_lists, context.project_id, record_id)


@check("404-trunk-id")
def trunk_known(context: Context) -> None:
    """The trunk in the path is there."""
    if find_trunk(context, trunk_id(context)) is None:
        refuse("404-trunk-id", id=trunk_id(context))


@check("404-acl-id")
def acl_known(context: Context) -> None:
    """The access control list in the path is there."""
    if find_acl(context, acl_id(context)) is None:
        refuse("404-acl-id", id=acl_id(context))


@check("404-credential-list-id")
def credential_list_known(context: Context) -> None:
    """The credential list in the path is there."""
    if find_credential_list(context, credential_list_id(context)) is None:
        refuse("404-credential-list-id", id=credential_list_id(context))


def trunk(context: Context) -> Trunk:
    """The trunk in the path, once it is known."""
    return context.state.trunks[trunk_id(context)]


def acl(context: Context) -> AccessList:
    """The access control list in the path, once it is known."""
    return context.state.acls[acl_id(context)]


def credential_list(context: Context) -> CredentialList:
    """The credential list in the path, once it is known."""
    return context.state.credential_lists[credential_list_id(context)]
