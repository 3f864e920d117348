"""The subject of a call: what it names, looked up in what exists, and what must be told where that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.call import Call
from contracts.model.state import AccessList, BlockingRule, CredentialList, Endpoint, Number, Owned, State, Trunk


@dataclass(frozen=True, slots=True)
class Refusal:
    """A documented error that a call may raise, and the values of the row's placeholders."""

    row: str
    bound: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


Check = Callable[[State, Call], Iterator[Refusal]]


# -- what a call names --------------------------------------------------------------------------------------------------------


def trunk_of(state: State, call: Call) -> Trunk | None:
    """The trunk of the path, if its project has it."""
    return owned(state.trunks, call, _id(call, "sipTrunkId", "trunkId"))


def acl_of(state: State, call: Call) -> AccessList | None:
    """The access control list of the path, if its project has it."""
    return owned(state.acls, call, _id(call, "accessControlListId", "id"))


def list_of(state: State, call: Call) -> CredentialList | None:
    """The credential list of the path, if its project has it."""
    return owned(state.lists, call, _id(call, "credentialListId", "id"))


def number_of(state: State, call: Call) -> Number | None:
    """The number of the path, if its project has it."""
    return owned(state.numbers, call, call.path["phoneNumber"])


def rule_of(state: State, call: Call) -> BlockingRule | None:
    """The rule of the path, if its project has it."""
    return owned(state.rules, call, call.path["id"])


def registers(call: Call) -> str | None:
    """The username that an endpoint registers with by this call."""
    return call.body["credentialUsername"] if call.body.get("isRegistered") else None


def usernames(call: Call) -> list[str]:
    """The usernames of a new credential list."""
    return [one["username"] for one in call.body["credentials"]]


def parameters(call: Call) -> tuple[str, ...]:
    """What makes a rule the same as another."""
    return tuple(call.body[name] for name in ("direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch"))


def owned(table: Mapping[str, Owned], call: Call, record_id: Any) -> Owned | None:
    """The record of a table with this id, if the project of the path has it."""
    held = table.get(record_id)
    return held if held is not None and held.project == call.path["projectId"] else None


def _endpoint(state: State, call: Call) -> Endpoint | None:
    held = owned(state.endpoints, call, call.path["sipEndpointId"])
    return held if held and held.trunk == call.path["sipTrunkId"] else None


def _id(call: Call, *names: str) -> str:
    return next(call.path[name] for name in names if name in call.path)


# -- where it is not there ----------------------------------------------------------------------------------------------------


def project(state: State, call: Call) -> Iterator[Refusal]:
    """The project of the path is there."""
    named = call.path.get("projectId")
    if named is not None and named not in state.projects:
        yield Refusal("404-project-id", {"id": named})


def customer(state: State, call: Call) -> Iterator[Refusal]:
    """The customer of the path is there."""
    if call.path["customerId"] not in state.customers:
        yield Refusal("404-customer-id", {"id": call.path["customerId"]})


def trunk(state: State, call: Call) -> Iterator[Refusal]:
    """The trunk of the path is there, and the project's."""
    if trunk_of(state, call) is None:
        yield Refusal("404-trunk-id", {"id": _id(call, "sipTrunkId", "trunkId")})


def endpoint(state: State, call: Call) -> Iterator[Refusal]:
    """The endpoint of the path is there, and the trunk's."""
    if _endpoint(state, call) is None:
        yield Refusal("404-endpoint-id", {"id": call.path["sipEndpointId"]})


def acl(state: State, call: Call) -> Iterator[Refusal]:
    """The access control list of the path is there, and the project's."""
    if acl_of(state, call) is None:
        yield Refusal("404-acl-id", {"id": _id(call, "accessControlListId", "id")})


def ip_range(state: State, call: Call) -> Iterator[Refusal]:
    """The range of the path is there, and the list's."""
    held = acl_of(state, call)
    if held and call.path["ipRangeId"] not in dict(held.ranges):
        yield Refusal("404-ip-range-id", {"id": call.path["ipRangeId"], "aclId": held.id})


def credential_list(state: State, call: Call) -> Iterator[Refusal]:
    """The credential list of the path is there, and the project's."""
    if list_of(state, call) is None:
        yield Refusal("404-credential-list-id", {"id": _id(call, "credentialListId", "id")})


def username(state: State, call: Call) -> Iterator[Refusal]:
    """The username of the path is there, and the list's."""
    held = list_of(state, call)
    if held and call.path["username"] not in held.usernames:
        yield Refusal("404-credential-username", {"username": call.path["username"]})


def number(state: State, call: Call) -> Iterator[Refusal]:
    """The number of the path is there, and the project's."""
    if number_of(state, call) is None:
        yield Refusal("404-phone-number", {"number": call.path["phoneNumber"]})


def blocking_rule(state: State, call: Call) -> Iterator[Refusal]:
    """The rule of the path is there, and the project's."""
    if rule_of(state, call) is None:
        yield Refusal("404-blocking-rule-id", {"id": call.path["id"], "projectId": call.path["projectId"]})


def acl_on_trunk(state: State, call: Call) -> Iterator[Refusal]:
    """The access control list of the path is on the trunk of the path."""
    trunk, acl = trunk_of(state, call), call.path["accessControlListId"]
    if trunk and acl not in trunk.acls:
        yield Refusal("404-acl-not-on-trunk", {"aclId": acl, "trunk": (trunk.id, trunk.name)})


PATH: Mapping[str, tuple[Check, ...]] = {
    **dict.fromkeys(("getCustomer", "deleteCustomer"), (customer,)),
    **dict.fromkeys(("getSipTrunkById", "updateSipTrunk", "deleteSipTrunk", "getSipEndpoint", "createSipEndpoint"), (trunk,)),
    **dict.fromkeys(("getSipEndpointById", "updateSipEndpoint", "deleteSipEndpoint"), (trunk, endpoint)),
    **dict.fromkeys(("getAccessListById", "updateAccessControlList", "deleteAccessControlList", "trunksByACL"), (acl,)),
    **dict.fromkeys(("addIpRangeToAccessControlList", "getIpRangesForAccessControlList"), (acl,)),
    **dict.fromkeys(("updateIpRangeFromAccessControlList", "deleteIpRangeFromAccessControlList"), (acl, ip_range)),
    **dict.fromkeys(("getCredentialListById", "updateCredentialList", "deleteCredentialList"), (credential_list,)),
    "trunksByCredentialList": (credential_list,),
    **dict.fromkeys(("updateCredential", "deleteCredential"), (credential_list, username)),
    **dict.fromkeys(("addAccessControlListToTrunk", "getAccessControlListsForTrunk"), (trunk,)),
    "deleteAccessControlListFromTrunk": (trunk, acl, acl_on_trunk),
    **dict.fromkeys(("addCredentialListToTrunk", "getCredentialListsForTrunk", "bulkUpdateCredentialListsForTrunk"), (trunk,)),
    "removeCredentialListFromTrunk": (trunk, credential_list),
    **dict.fromkeys(("GetPhoneNumberByNumber", "assignPhoneNumber", "deletePhoneNumber"), (number,)),
    **dict.fromkeys(("updateBlockingRuleById", "deleteBlockingRuleById"), (blocking_rule,)),
}
"""The resources that an operation's path names, from left to right."""
