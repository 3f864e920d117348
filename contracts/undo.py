"""Which call removes what another call made: as data, so that whatever succeeds is cleaned up, also where a refusal was due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.call import Call

Undo = Callable[[Call, Any], tuple[Call, ...]]


def _by_id(operation: str, parameter: str) -> Undo:
    """Delete by the id in the answer, under the same parents."""

    def undo(made: Call, answer: Any) -> tuple[Call, ...]:
        return (Call(operation, {**made.path, parameter: _id(answer["id"])}),)

    return undo


def is_id(value: Any) -> bool:
    """Whether a value can stand in a path as an id: to delete "None", "" or "." would hit who knows what."""
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(str(value).strip("."))


def _id(value: Any) -> str:
    """An id as it stands in a path. Raises TypeError for what is none."""
    if not is_id(value):
        raise TypeError(value)
    return str(value)


def _by_own(operation: str, parameter: str, member: str) -> Undo:
    """Delete by a value that was sent."""

    def undo(made: Call, _: Any) -> tuple[Call, ...]:
        return (Call(operation, {**made.path, parameter: _id(made.body[member])}),)

    return undo


def _each(operation: str, parameter: str, member: str) -> Undo:
    """Take off every id that was sent; what is no id names nothing that could have been put on."""

    def undo(made: Call, _: Any) -> tuple[Call, ...]:
        ids = made.body.get(member) if isinstance(made.body, Mapping) else made.body
        if ids is not None and (not isinstance(ids, Sequence) or isinstance(ids, (str, bytes))):
            raise TypeError(ids)
        named = dict.fromkeys(_id(i) for i in ids or () if is_id(i))
        return tuple(Call(operation, {**made.path, parameter: i}) for i in named)

    return undo


def _unassign(made: Call, _: Any) -> tuple[Call, ...]:
    return (Call("assignPhoneNumber", made.path, body={"sipTrunkId": ""}),) if made.body.get("sipTrunkId") else ()


UNDO: Mapping[str, Undo] = {
    "createSipTrunk": _by_id("deleteSipTrunk", "sipTrunkId"),
    "createSipEndpoint": _by_id("deleteSipEndpoint", "sipEndpointId"),
    "createAccessControlList": _by_id("deleteAccessControlList", "id"),
    "createCredentialList": _by_id("deleteCredentialList", "id"),
    "createBlockingRule": _by_id("deleteBlockingRuleById", "id"),
    "createPhoneNumber": _by_own("deletePhoneNumber", "phoneNumber", "phoneNumber"),
    "assignPhoneNumber": _unassign,
    "createCustomer": _by_own("deleteCustomer", "customerId", "id"),
    "createProject": _by_own("deleteProject", "projectId", "id"),
    "addAccessControlListToTrunk": _each("deleteAccessControlListFromTrunk", "accessControlListId", "accessControlListIds"),
    "addCredentialListToTrunk": _each("removeCredentialListFromTrunk", "credentialListId", "credentialListIds"),
    "bulkUpdateCredentialListsForTrunk": _each("removeCredentialListFromTrunk", "credentialListId", "credentialListIds"),
}

UPSERTS: Mapping[str, str] = {
    "updateSipTrunk": "deleteSipTrunk",
    "updateSipEndpoint": "deleteSipEndpoint",
    "updateAccessControlList": "deleteAccessControlList",
    "updateIpRangeFromAccessControlList": "deleteIpRangeFromAccessControlList",
    "updateCredentialList": "deleteCredentialList",
    "updateCredential": "deleteCredential",
    "updateBlockingRuleById": "deleteBlockingRuleById",
}
"""What removes that which an update may have made that should have been refused; both name it alike in their paths."""

COLLECTIONS: Mapping[str, tuple[str, str]] = {
    "createSipTrunk": ("getSipTrunks", "sipTrunkId"),
    "createAccessControlList": ("getAccessControlList", "id"),
    "createCredentialList": ("getCredentialLists", "id"),
    "createBlockingRule": ("getBlockingRules", "id"),
    "createPhoneNumber": ("GetPhoneNumbers", "phoneNumber"),
    "createSipEndpoint": ("getSipEndpoint", "sipEndpointId"),
    "addAccessControlListToTrunk": ("getAccessControlListsForTrunk", "accessControlListId"),
    "addCredentialListToTrunk": ("getCredentialListsForTrunk", "credentialListId"),
    "bulkUpdateCredentialListsForTrunk": ("getCredentialListsForTrunk", "credentialListId"),
}
"""Where a made resource is listed, and the path parameter by which it is deleted."""

STAYING = frozenset({"setProjectConfig", "exportCallRecords"})
"""What no operation removes: it goes with the project that it was made in (behaviour.md, "Not settled")."""


def undo_calls(made: Call, answer: Any) -> tuple[Call, ...] | None:
    """The calls that remove what a successful call made; None when the answer does not say what it made."""
    try:
        return UNDO[made.operation](made, answer) if made.operation in UNDO else ()
    except (KeyError, TypeError, AttributeError):
        return None


def removals(call: Call) -> int:
    """How many calls will remove what a call makes that is yet to be sent; one, where only its answer can tell."""
    undo = undo_calls(call, None)
    return 1 if undo is None else len(undo)
