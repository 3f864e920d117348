"""How a call is made to bear a fault by what is there already: what it would make exists, what it would delete is attached.

Each function makes that, spoils one place of a draft with it, and gives what the placeholders of the row are then.
"""

from __future__ import annotations

from contracts.order.draft import Draft, username_of
from contracts.order.spoil import Spoil, Values

# -- uniqueness ---------------------------------------------------------------------------------------------------------------


def host_name(draft: Draft) -> Values:
    """A host name that another trunk has."""
    draft.body["hostName"] = draft.inquiry.trunk()["hostName"]
    return {}


def username(draft: Draft) -> Values:
    """A username that another list has."""
    taken = username_of(draft.inquiry.credential_list())
    draft.body["credentials"] = [draft.inquiry.credential(taken)]
    return {}


def customer(draft: Draft) -> Values:
    """The id of a customer that exists."""
    draft.body["id"] = draft.inquiry.customer()
    return {"id": draft.body["id"]}


def project(draft: Draft) -> Values:
    """The id of a project that exists."""
    draft.body["id"] = draft.inquiry.project()
    return {"id": draft.body["id"]}


def number(draft: Draft) -> Values:
    """A number that exists."""
    draft.body["phoneNumber"] = draft.inquiry.number()
    return {"phoneNumber": draft.body["phoneNumber"]}


def rule(draft: Draft) -> Values:
    """The parameters of another rule."""
    draft.body = draft.inquiry.rule().sent
    return {}


# -- attachment ---------------------------------------------------------------------------------------------------------------


def trunk_with_endpoint(draft: Draft) -> Values:
    """A trunk with an endpoint."""
    draft.right("sipTrunkId")
    draft.inquiry.endpoint(draft.path["sipTrunkId"])
    return {"parent": "SIP Trunk", "child": "SIP Endpoint"}


def trunk_with_number(draft: Draft) -> Values:
    """A trunk that a number is assigned to."""
    draft.right("sipTrunkId")
    draft.inquiry.assign(draft.inquiry.number(), draft.path["sipTrunkId"])
    return {"trunkId": draft.path["sipTrunkId"]}


def project_with_trunk(draft: Draft) -> Values:
    """A project with a trunk."""
    draft.path["projectId"] = draft.inquiry.project()
    draft.inquiry.trunk(draft.path["projectId"])
    return {"parent": "Project", "child": "SIP Trunk"}


def customer_with_project(draft: Draft) -> Values:
    """A customer with a project."""
    draft.path["customerId"] = draft.inquiry.customer()
    draft.inquiry.project(customerId=draft.path["customerId"])
    return {"parent": "Customer", "child": "Project"}


def acl_on_trunk(draft: Draft) -> Values:
    """An access control list that is on a trunk."""
    draft.right("id")
    draft.inquiry.attach_acl(draft.inquiry.trunk()["id"], draft.path["id"])
    return {"child": "Access Control List", "parent": "SIP Trunk"}


def credential_list_on_trunk(draft: Draft) -> Values:
    """A credential list that is on a trunk."""
    draft.right("id")
    draft.inquiry.attach_credential_list(draft.inquiry.trunk()["id"], draft.path["id"])
    return {"child": "Credential List", "parent": "SIP Trunk"}


def acl_added_again(draft: Draft) -> Values:
    """An access control list that the trunk has."""
    trunk, acl = draft.path["trunkId"], draft.inquiry.acl()["id"]
    draft.inquiry.attach_acl(trunk, acl)
    draft.body = {"accessControlListIds": [acl]}
    return {"aclId": acl, "trunkId": trunk}


def credential_list_added_again(draft: Draft) -> Values:
    """A credential list that the trunk has."""
    trunk, credential_list = draft.path["trunkId"], draft.inquiry.credential_list()["id"]
    draft.inquiry.attach_credential_list(trunk, credential_list)
    draft.body = {"credentialListIds": [credential_list]}
    return {"clId": credential_list, "trunkId": trunk}


def acl_not_on_trunk(draft: Draft) -> Values:
    """An access control list that the trunk does not have."""
    draft.right("accessControlListId")
    trunk = draft.made["trunkId"]
    return {"aclId": draft.path["accessControlListId"], "trunk": (trunk["id"], trunk["name"])}


def last(parameter: str) -> Spoil:
    """The last of a list, which cannot do without."""

    def spoil(draft: Draft) -> Values:
        draft.right(parameter)
        return {}

    return spoil


def credential_in_use(draft: Draft) -> Values:
    """A credential of the list that an endpoint registers with."""
    draft.right("username")
    return _used(draft, draft.path["credentialListId"], draft.path["username"])


def username_in_use(draft: Draft) -> Values:
    """An endpoint that registers with the credential of another one."""
    credential_list = draft.inquiry.credential_list()
    taken = username_of(credential_list)
    draft.body = draft.inquiry.registered_body(taken)
    return _used(draft, credential_list["id"], taken)


def _used(draft: Draft, credential_list: str, taken: str) -> Values:
    trunk = draft.inquiry.trunk()["id"]
    draft.inquiry.attach_credential_list(trunk, credential_list)
    draft.inquiry.registered_endpoint(trunk, taken)
    return {"username": taken, "trunkId": trunk}


def number_assigned(draft: Draft) -> Values:
    """A number that another trunk has."""
    draft.right("phoneNumber")
    trunk = draft.inquiry.trunk()["id"]
    draft.inquiry.assign(draft.path["phoneNumber"], trunk)
    return {"number": draft.path["phoneNumber"], "trunkId": trunk}
