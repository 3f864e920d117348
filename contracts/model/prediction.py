"""What the specification says must become of a call, given what exists: success, or one of the documented errors.

What its path names and is not there goes first. Tables tell for each operation what else stands against it, and what it leaves
unsettled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from contracts.call import Call
from contracts.model.state import State, Trunk
from contracts.model.subject import (
    PATH,
    Check,
    Refusal,
    acl_of,
    list_of,
    number_of,
    owned,
    parameters,
    project,
    registers,
    trunk_of,
    usernames,
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What must become of a call: one of these errors, or success where there is none. Anything goes where nothing is `settled`."""

    refusals: tuple[Refusal, ...] = ()
    settled: bool = True

    @property
    def may_succeed(self) -> bool:
        """Whether a success is right."""
        return not self.refusals or not self.settled


def predict(state: State, call: Call) -> Prediction:
    """What must become of a call whose project is named.

    What its path names goes first, from left to right (behaviour.md, point 9). Of several other faults at once any may be told:
    which one goes first, the check on order asks.
    """
    for check in (project, *PATH.get(call.operation, ())):
        if refusals := tuple(check(state, call)):
            return Prediction(refusals)
    refusals = tuple(refusal for check in CHECKS.get(call.operation, ()) for refusal in check(state, call))
    unsettled = UNSETTLED.get(call.operation)
    return Prediction(refusals, settled=bool(refusals) or not (unsettled and unsettled(state, call)))


# -- what else stands against it ----------------------------------------------------------------------------------------------


def _host_free(state: State, call: Call) -> Iterator[Refusal]:
    host, own = call.body["hostName"], call.path.get("sipTrunkId")
    if any(one.host == host and one.id != own for one in state.trunks.values()):
        yield Refusal("400-domain-unavailable")


def _trunk_bare(state: State, call: Call) -> Iterator[Refusal]:
    """Numbers win over other children; of these any is right (points 5 and 9)."""
    held = trunk_of(state, call)
    if held and any(one.trunk == held.id for one in state.numbers.values()):
        yield Refusal("400-trunk-has-phone-numbers", {"trunkId": held.id})
    elif held:
        for child in state.children(held):
            yield Refusal("400-parent-has-children", {"parent": "SIP Trunk", "child": child})


def _registrable(state: State, call: Call) -> Iterator[Refusal]:
    """A registered endpoint's username is in a list of the project, and no other endpoint's."""
    wanted, own = registers(call), call.path.get("sipEndpointId")
    if wanted is None:
        return
    if not any(wanted in one.usernames for one in state.lists.values() if one.project == call.path["projectId"]):
        yield Refusal("404-credential-username", {"username": wanted})
    elif user := state.user_of(wanted, but=own):
        yield Refusal("400-credential-used-by-endpoint", {"username": wanted, "trunkId": user.trunk})


def _has_ranges(_: State, call: Call) -> Iterator[Refusal]:
    if call.body.get("ipRanges") == []:
        yield Refusal("400-acl-needs-ip-range")


def _not_last_range(state: State, call: Call) -> Iterator[Refusal]:
    held = acl_of(state, call)
    if held and len(held.ranges) == 1:
        yield Refusal("400-acl-needs-ip-range")


def _acl_on_no_trunk(state: State, call: Call) -> Iterator[Refusal]:
    if any(call.path["id"] in one.acls for one in state.trunks.values()):
        yield Refusal("400-child-attached-to-parent", {"child": "Access Control List", "parent": "SIP Trunk"})


def _acls_addable(state: State, call: Call) -> Iterator[Refusal]:
    held, given = trunk_of(state, call), call.body["accessControlListIds"]
    for one in dict.fromkeys(given):
        if owned(state.acls, call, one) is None:
            yield Refusal("404-acl-id", {"id": one})
        elif held and (one in held.acls or given.count(one) > 1):
            yield Refusal("400-acl-already-on-trunk", {"aclId": one, "trunkId": held.id})


def _lists_addable(state: State, call: Call) -> Iterator[Refusal]:
    held, given = trunk_of(state, call), call.body["credentialListIds"]
    for one in dict.fromkeys(given):
        if owned(state.lists, call, one) is None:
            yield Refusal("404-credential-list-id", {"id": one})
        elif held and (one in held.lists or given.count(one) > 1):
            yield Refusal("400-credential-list-already-on-trunk", {"clId": one, "trunkId": held.id})


def _usernames_free(state: State, call: Call) -> Iterator[Refusal]:
    given = usernames(call)
    if not given:
        yield Refusal("400-credential-list-needs-credential")
    taken = {name for held in state.lists.values() for name in held.usernames}
    if taken & set(given) or len(set(given)) < len(given):
        yield Refusal("400-username-unavailable")


def _credential_spare(state: State, call: Call) -> Iterator[Refusal]:
    """One that is in use is told so, also where it is the last of its list (point 9)."""
    held, name = list_of(state, call), call.path["username"]
    if user := state.user_of(name):
        yield Refusal("400-credential-used-by-endpoint", {"username": name, "trunkId": user.trunk})
    elif held and len(held.usernames) == 1:
        yield Refusal("400-credential-list-needs-credential")


def _list_on_no_trunk(state: State, call: Call) -> Iterator[Refusal]:
    if any(call.path["id"] in one.lists for one in state.trunks.values()):
        yield Refusal("400-child-attached-to-parent", {"child": "Credential List", "parent": "SIP Trunk"})


def _number_new(state: State, call: Call) -> Iterator[Refusal]:
    if call.body["phoneNumber"] in state.numbers:
        yield Refusal("400-phone-number-exists", {"phoneNumber": call.body["phoneNumber"]})


def _assignable(state: State, call: Call) -> Iterator[Refusal]:
    held, wanted = number_of(state, call), call.body["sipTrunkId"]
    if wanted and owned(state.trunks, call, wanted) is None:
        yield Refusal("404-trunk-id", {"id": wanted})
    if wanted and held and held.trunk:
        yield Refusal("400-phone-number-already-assigned", {"number": held.id, "trunkId": held.trunk})


def _rule_new(state: State, call: Call) -> Iterator[Refusal]:
    own, wanted, where = call.path.get("id"), parameters(call), call.path["projectId"]
    if any(one.parameters == wanted and one.id != own and one.project == where for one in state.rules.values()):
        yield Refusal("400-blocking-rule-exists")


def _customer_new(state: State, call: Call) -> Iterator[Refusal]:
    if call.body["id"] in state.customers:
        yield Refusal("400-customer-exists", {"id": call.body["id"]})


def _customer_bare(state: State, call: Call) -> Iterator[Refusal]:
    if any(one.customer == call.path["customerId"] for one in state.projects.values()):
        yield Refusal("400-parent-has-children", {"parent": "Customer", "child": "Project"})


def _project_new(state: State, call: Call) -> Iterator[Refusal]:
    wanted = call.body.get("customerId")
    if wanted is not None and wanted not in state.customers:
        yield Refusal("404-customer-id", {"id": wanted})
    if call.body["id"] in state.projects:
        yield Refusal("400-project-exists", {"id": call.body["id"]})


def _project_bare(state: State, call: Call) -> Iterator[Refusal]:
    if any(one.project == call.path["projectId"] for one in state.trunks.values()):
        yield Refusal("400-parent-has-children", {"parent": "Project", "child": "SIP Trunk"})


CHECKS: Mapping[str, tuple[Check, ...]] = {
    "createSipTrunk": (_host_free,),
    "updateSipTrunk": (_host_free,),
    "deleteSipTrunk": (_trunk_bare,),
    "createSipEndpoint": (_registrable,),
    "updateSipEndpoint": (_registrable,),
    "createAccessControlList": (_has_ranges,),
    "updateAccessControlList": (_has_ranges,),
    "deleteAccessControlList": (_acl_on_no_trunk,),
    "deleteIpRangeFromAccessControlList": (_not_last_range,),
    "addAccessControlListToTrunk": (_acls_addable,),
    "createCredentialList": (_usernames_free,),
    "deleteCredential": (_credential_spare,),
    "deleteCredentialList": (_list_on_no_trunk,),
    "addCredentialListToTrunk": (_lists_addable,),
    "createPhoneNumber": (_number_new,),
    "assignPhoneNumber": (_assignable,),
    "createBlockingRule": (_rule_new,),
    "updateBlockingRuleById": (_rule_new,),
    "createCustomer": (_customer_new,),
    "deleteCustomer": (_customer_bare,),
    "createProject": (_project_new,),
    "deleteProject": (_project_bare,),
}
"""What stands against an operation where all that its path names is there."""


# -- what nobody settled ------------------------------------------------------------------------------------------------------


def used_on(state: State, trunk: Trunk, but: Collection[str] = ()) -> bool:
    """Whether an endpoint of the trunk registers with a credential of a list that is on it, apart from some lists."""
    names = {name for one in trunk.lists if one not in but and one in state.lists for name in state.lists[one].usernames}
    return any(one.trunk == trunk.id and one.username in names for one in state.endpoints.values())


def _registers_elsewhere(state: State, call: Call) -> bool:
    held, wanted = trunk_of(state, call), registers(call)
    return held is not None and wanted is not None and not any(wanted in state.lists[one].usernames for one in held.lists)


def _takes_off(state: State, call: Call) -> bool:
    """Taking off a list that is not on the trunk, or one with a credential in use there."""
    held, given = trunk_of(state, call), call.path["credentialListId"]
    return held is not None and (given not in held.lists or used_on(state, held, held.lists - {given}))


def _replaces(state: State, call: Call) -> bool:
    """Replacing the lists of a trunk by unknown ones, or taking one off with a credential in use there."""
    held = trunk_of(state, call)
    unknown = any(owned(state.lists, call, one) is None for one in call.body)
    return unknown or (held is not None and used_on(state, held, frozenset(call.body)))


def _project_holds(state: State, call: Call) -> bool:
    tables = (state.acls, state.lists, state.numbers, state.rules)
    return any(one.project == call.path["projectId"] for table in tables for one in table.values())


UNSETTLED: Mapping[str, Callable[[State, Call], bool]] = {
    "createSipEndpoint": _registers_elsewhere,
    "updateSipEndpoint": _registers_elsewhere,
    "removeCredentialListFromTrunk": _takes_off,
    "bulkUpdateCredentialListsForTrunk": _replaces,
    "deleteCredentialList": lambda state, call: any(state.user_of(name) for name in state.lists[call.path["id"]].usernames),
    "deletePhoneNumber": lambda state, call: state.numbers[call.path["phoneNumber"]].trunk is not None,
    "assignPhoneNumber": lambda state, call: not call.body["sipTrunkId"] and not state.numbers[call.path["phoneNumber"]].trunk,
    "deleteProject": _project_holds,
}
"""Where the specification settles nothing (behaviour.md, "Not settled"), once nothing documented stands against a call."""
