"""What must be read of a state: for everything that is there, and was there, the calls that show it and what they must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.call import Call, api
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

Value = str | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One call that reads, and what it must show; nothing of that where the thing is gone.

    `about` are the ids of what it tells of. `members` are those of a resource. Of a list `items` are the ids on it: all of them, or
    where the list is a whole project's, of the ids that are `known`.
    """

    call: Call
    about: frozenset[str]
    members: Mapping[str, Value] | None = None
    items: frozenset[str] | None = None
    known: frozenset[str] | None = None


def readings(state: State) -> Iterator[Reading]:
    """Every reading by an id: of what is there, and of what was there once."""
    for record in (*state.records(), *state.gone):
        if type(record) in _READINGS:
            yield from _READINGS[type(record)](state, record)
    yield from (reading for reading in _listings(state, BlockingRule) if reading.known)  # no rule is read by its id


def listings(state: State) -> Iterator[Reading]:
    """Every reading of a whole project's list: what is there stands on it, what was there does not."""
    return _listings(state, *LISTINGS)


def _listings(state: State, *kinds: type[Record]) -> Iterator[Reading]:
    for project in state.projects:
        for kind in kinds:
            there = frozenset(one.id for one in state.records() if isinstance(one, kind) and _in(one, project))
            gone = frozenset(one.id for one in state.gone if isinstance(one, kind) and _in(one, project))
            yield Reading(Call(LISTINGS[kind], {"projectId": project}), there | gone, items=there, known=there | gone)


def differing(reading: Reading, document: Any) -> Mapping[str, tuple[Value, Value]]:
    """The members that an answer shows otherwise than they must be, each with what it must be and what it is.

    What an answer leaves out cannot be wrong.
    """
    members = document if isinstance(document, dict) else {}
    told = {name: _SHOWN.get(name, _plain)(members[name]) for name in reading.members or {} if name in members}
    due = {name: _plain(value) if isinstance(value, str) else value for name, value in (reading.members or {}).items()}
    return {name: (due[name], value) for name, value in told.items() if value != due[name]}


def identity(item: Any) -> str:
    """The id of an item of a list: its own, or it is one itself; a number is known by its digits."""
    if isinstance(item, dict):
        return str(item.get("phoneNumber") or item.get("id"))
    return str(item)


LISTINGS: Mapping[type[Record], str] = {
    Trunk: "getSipTrunks",
    AccessList: "getAccessControlList",
    CredentialList: "getCredentialLists",
    Number: "GetPhoneNumbers",
    BlockingRule: "getBlockingRules",
}


def _in(record: Record, project: str) -> bool:
    return not isinstance(record, (Customer, Project)) and record.project == project


def _customer(_: State, one: Customer) -> Iterator[Reading]:
    yield Reading(api.getCustomer(customerId=one.id), frozenset({one.id}), {"id": one.id, "name": one.name})


def _project(_: State, one: Project) -> Iterator[Reading]:
    about = frozenset(filter(None, (one.id, one.customer)))
    members = {} if one.lent else {"id": one.id, "customerId": one.customer}
    yield Reading(api.getProject(projectId=one.id), about, members)


def _trunk(state: State, one: Trunk) -> Iterator[Reading]:
    where, about = {"projectId": one.project}, frozenset({one.id, one.host, *one.acls, *one.lists})
    yield Reading(
        Call("getSipTrunkById", {**where, "sipTrunkId": one.id}), about, {"id": one.id, "name": one.name, "hostName": one.host}
    )
    if one.id in state.trunks:
        endpoints = frozenset(each.id for each in state.endpoints.values() if each.trunk == one.id)
        of_trunk = {**where, "trunkId": one.id}
        yield Reading(Call("getSipEndpoint", {**where, "sipTrunkId": one.id}), endpoints | {one.id}, items=endpoints)
        yield Reading(Call("getAccessControlListsForTrunk", of_trunk), one.acls | {one.id}, items=one.acls)
        yield Reading(Call("getCredentialListsForTrunk", of_trunk), one.lists | {one.id}, items=one.lists)


def _endpoint(_: State, one: Endpoint) -> Iterator[Reading]:
    about = frozenset(filter(None, (one.id, one.username)))
    members = {"id": one.id, "name": one.name, "credentialUsername": one.username}
    yield Reading(api.getSipEndpointById(projectId=one.project, sipTrunkId=one.trunk, sipEndpointId=one.id), about, members)


def _acl(state: State, one: AccessList) -> Iterator[Reading]:
    on = frozenset(trunk.id for trunk in state.trunks.values() if one.id in trunk.acls)
    members: dict[str, Value] = {"id": one.id, "name": one.name, "ipRanges": frozenset(address for _, address in one.ranges)}
    about = frozenset({one.id, *on})
    yield Reading(api.getAccessListById(projectId=one.project, id=one.id), about, members)
    if one.id in state.acls:
        yield Reading(api.trunksByACL(projectId=one.project, id=one.id), about, items=on)


def _list(state: State, one: CredentialList) -> Iterator[Reading]:
    on = frozenset(trunk.id for trunk in state.trunks.values() if one.id in trunk.lists)
    about = frozenset({one.id, *on, *one.usernames})
    members: dict[str, Value] = {"id": one.id, "name": one.name, "credentials": one.usernames}
    yield Reading(api.getCredentialListById(projectId=one.project, id=one.id), about, members)
    if one.id in state.lists:
        yield Reading(api.trunksByCredentialList(projectId=one.project, id=one.id), about, items=on)


def _number(_: State, one: Number) -> Iterator[Reading]:
    about = frozenset(filter(None, (one.id, one.trunk)))
    members = {"phoneNumber": one.id, "sipTrunkId": one.trunk}
    yield Reading(api.GetPhoneNumberByNumber(projectId=one.project, phoneNumber=one.id), about, members)


_READINGS: Mapping[type[Record], Callable[[State, Any], Iterator[Reading]]] = {
    Customer: _customer,
    Project: _project,
    Trunk: _trunk,
    Endpoint: _endpoint,
    AccessList: _acl,
    CredentialList: _list,
    Number: _number,
}


def _plain(value: Any) -> Value:
    """A member as text. Nothing, and an empty text, say the same: a number that no trunk has."""
    return str(value).lower() or None if isinstance(value, (str, int)) else None


def _each(name: str) -> Callable[[Any], Value]:
    def of(value: Any) -> Value:
        return frozenset(str(one.get(name)) for one in value if isinstance(one, dict)) if isinstance(value, list) else None

    return of


_SHOWN: Mapping[str, Callable[[Any], Value]] = {"ipRanges": _each("ipAddress"), "credentials": _each("username")}
