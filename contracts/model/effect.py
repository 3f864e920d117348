"""What a successful call makes of the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from contracts.call import Call
from contracts.model.state import (
    AccessList,
    BlockingRule,
    CredentialList,
    Customer,
    Endpoint,
    Number,
    Project,
    Record,
    State,
    Trunk,
)
from contracts.model.subject import acl_of, list_of, number_of, parameters, registers, rule_of, trunk_of, usernames

Facts = Mapping[str, Any]
"""The members of the answer: ids are in them, and the ranges of a list."""
Effect = Callable[[State, Call, Facts], State]


def after(state: State, call: Call, facts: Facts) -> State:
    """The state after a call that succeeded. A call that only reads leaves it as it was."""
    effect = EFFECTS.get(call.operation)
    return effect(state, call, facts) if effect else state


def _where(call: Call) -> str:
    return call.path["projectId"]


def _create_trunk(state: State, call: Call, facts: Facts) -> State:
    return state.put(Trunk(str(facts["id"]), _where(call), call.body["name"], call.body["hostName"]))


def _update_trunk(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, name=call.body["name"], host=call.body["hostName"])) if held else state


def _create_endpoint(state: State, call: Call, facts: Facts) -> State:
    where = call.path["sipTrunkId"]
    return _using(call, state.put(Endpoint(str(facts["id"]), _where(call), where, call.body["name"], registers(call))))


def _update_endpoint(state: State, call: Call, _: Facts) -> State:
    held = state.endpoints[call.path["sipEndpointId"]]
    return _using(call, state.put(replace(held, name=call.body["name"], username=registers(call))))


def _using(call: Call, state: State) -> State:
    return replace(state, used=state.used | {name}) if (name := registers(call)) else state


def _create_acl(state: State, call: Call, facts: Facts) -> State:
    return state.put(AccessList(str(facts["id"]), _where(call), call.body["name"], _ranges(facts)))


def _update_acl(state: State, call: Call, facts: Facts) -> State:
    held = acl_of(state, call)
    if held is None:
        return state
    ranges = _ranges(facts) if call.body.get("ipRanges") else held.ranges
    return state.put(replace(held, name=call.body["name"], ranges=ranges))


def _ranges(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The ranges of a list as an answer shows them: id and address."""
    shown = facts["ipRanges"] if isinstance(facts["ipRanges"], list) else ()
    told = (one for one in shown if isinstance(one, dict) and {"id", "ipAddress"} <= one.keys())
    return tuple((str(one["id"]), str(one["ipAddress"])) for one in told)


def _add_range(state: State, call: Call, facts: Facts) -> State:
    held = acl_of(state, call)
    return state.put(replace(held, ranges=(*held.ranges, (str(facts["id"]), call.body["ipAddress"])))) if held else state


def _update_range(state: State, call: Call, _: Facts) -> State:
    held, own = acl_of(state, call), call.path["ipRangeId"]
    if held is None:
        return state
    return state.put(replace(held, ranges=tuple((i, call.body["ipAddress"] if i == own else one) for i, one in held.ranges)))


def _delete_range(state: State, call: Call, _: Facts) -> State:
    held = acl_of(state, call)
    return state.put(replace(held, ranges=tuple(r for r in held.ranges if r[0] != call.path["ipRangeId"]))) if held else state


def _create_list(state: State, call: Call, facts: Facts) -> State:
    return state.put(CredentialList(str(facts["id"]), _where(call), call.body["name"], frozenset(usernames(call))))


def _rename_list(state: State, call: Call, _: Facts) -> State:
    held = list_of(state, call)
    return state.put(replace(held, name=call.body["name"])) if held else state


def _delete_credential(state: State, call: Call, _: Facts) -> State:
    held = list_of(state, call)
    return state.put(replace(held, usernames=held.usernames - {call.path["username"]})) if held else state


def _with_acls(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, acls=held.acls | set(call.body["accessControlListIds"]))) if held else state


def _without_acl(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, acls=held.acls - {call.path["accessControlListId"]})) if held else state


def _with_lists(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, lists=held.lists | set(call.body["credentialListIds"]))) if held else state


def _without_list(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, lists=held.lists - {call.path["credentialListId"]})) if held else state


def _only_lists(state: State, call: Call, _: Facts) -> State:
    held = trunk_of(state, call)
    return state.put(replace(held, lists=frozenset(call.body))) if held else state


def _create_number(state: State, call: Call, _: Facts) -> State:
    return state.put(Number(call.body["phoneNumber"], _where(call)))


def _assign(state: State, call: Call, _: Facts) -> State:
    held = number_of(state, call)
    return state.put(replace(held, trunk=call.body["sipTrunkId"] or None)) if held else state


def _create_rule(state: State, call: Call, facts: Facts) -> State:
    return state.put(BlockingRule(str(facts["id"]), _where(call), call.body["name"], parameters(call)))


def _update_rule(state: State, call: Call, _: Facts) -> State:
    held = rule_of(state, call)
    return state.put(replace(held, name=call.body["name"], parameters=parameters(call))) if held else state


def _create_project(state: State, call: Call, _: Facts) -> State:
    return state.put(Project(call.body["id"], call.body.get("customerId")))


def _delete_project(state: State, call: Call, _: Facts) -> State:
    """What a project still has goes with it, if a target deletes it at all (not settled)."""
    where = _where(call)
    for record in list(state.records()):
        if not isinstance(record, (Customer, Project)) and record.project == where:
            state = state.drop(record)
    return state.drop(state.projects[where])


def _dropped(find: Callable[[State, Call], Record | None]) -> Effect:
    def effect(state: State, call: Call, _: Facts) -> State:
        held = find(state, call)
        return state.drop(held) if held else state

    return effect


EFFECTS: Mapping[str, Effect] = {
    "createSipTrunk": _create_trunk,
    "updateSipTrunk": _update_trunk,
    "deleteSipTrunk": _dropped(trunk_of),
    "createSipEndpoint": _create_endpoint,
    "updateSipEndpoint": _update_endpoint,
    "deleteSipEndpoint": _dropped(lambda state, call: state.endpoints.get(call.path["sipEndpointId"])),
    "createAccessControlList": _create_acl,
    "updateAccessControlList": _update_acl,
    "deleteAccessControlList": _dropped(acl_of),
    "addIpRangeToAccessControlList": _add_range,
    "updateIpRangeFromAccessControlList": _update_range,
    "deleteIpRangeFromAccessControlList": _delete_range,
    "createCredentialList": _create_list,
    "updateCredentialList": _rename_list,
    "deleteCredentialList": _dropped(list_of),
    "deleteCredential": _delete_credential,
    "addAccessControlListToTrunk": _with_acls,
    "deleteAccessControlListFromTrunk": _without_acl,
    "addCredentialListToTrunk": _with_lists,
    "removeCredentialListFromTrunk": _without_list,
    "bulkUpdateCredentialListsForTrunk": _only_lists,
    "createPhoneNumber": _create_number,
    "assignPhoneNumber": _assign,
    "deletePhoneNumber": _dropped(number_of),
    "createBlockingRule": _create_rule,
    "updateBlockingRuleById": _update_rule,
    "deleteBlockingRuleById": _dropped(rule_of),
    "createCustomer": lambda state, call, _: state.put(Customer(call.body["id"], call.body["name"])),
    "deleteCustomer": _dropped(lambda state, call: state.customers.get(call.path["customerId"])),
    "createProject": _create_project,
    "deleteProject": _delete_project,
}
"""What each operation that changes anything leaves behind."""
