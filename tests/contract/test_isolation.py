"""One project's refusals name nothing of another's, and the same refusal is told alike however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts import oracle
from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, api
from contracts.case import examines
from contracts.catalogue import row
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule
from contracts.inquiry import Inquiry
from contracts.operation import Operation, operations
from contracts.order.resource import Resource, resources
from contracts.watch import Watch
from tests.contract.belongings import Belongings, everything

KINDS: Mapping[str, frozenset[str]] = {
    "trunk": frozenset({"trunks", "byDomain"}),
    "endpoint": frozenset({"endpoints"}),
    "access-control-list": frozenset({"accessControlLists", "ipRanges"}),
    "credential-list": frozenset({"credentialLists", "credentials"}),
    "number": frozenset({"phoneNumbers", "byId"}),
    "rule": frozenset({"callBlockingRules"}),
    "config": frozenset({"configs"}),
    "export": frozenset({"exports"}),
}
"""What is asked for in one case: the collections that have it."""
TIMES, AT_ONCE = 10, 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call with the row that it must be refused with, and what the row's placeholders are then."""

    row: str
    call: Call
    bound: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Side:
    """The project that asks: what of its own it has to put beside what it asks for."""

    project: str
    named: Mapping[str, str]


# -- what a path names --------------------------------------------------------------------------------------------------------


@examines("isolation", kind=KINDS)
def what_another_project_has_asked_for(inquiry: Inquiry, kind: frozenset[str]) -> None:
    """Nothing of another project can be read, changed or deleted, through whatever stands to its left in the path."""
    _kept_apart(inquiry, lambda mine, theirs: named_in_path(inquiry, kind, mine, theirs))


def named_in_path(inquiry: Inquiry, kind: frozenset[str], mine: Side, theirs: Belongings) -> Iterator[Refusal]:
    """Every operation that names something of these collections, at every place of its path."""
    for operation in operations().values():
        named = resources(operation)
        for resource in named:
            if resource.collection in kind and resource.collection in theirs.named:
                yield _across(inquiry, operation, resource, mine, theirs)


def _across(inquiry: Inquiry, operation: Operation, wanted: Resource, mine: Side, theirs: Belongings) -> Refusal:
    """What stands left of the wanted is the asking project's own; the wanted and what stands right of it is the other's."""
    named, path = resources(operation), {"projectId": mine.project}
    left = named[: named.index(wanted)]
    path |= {known.parameter: (mine if known in left else theirs).named[known.collection] for known in named}
    arguments: dict[str, Any] = {**inquiry.any_arguments(operation.name), **_body(operation.name, mine), **path}
    call = api[operation.name](**arguments)
    return Refusal(wanted.row, call, wanted.values(path))


def _body(operation: str, mine: Side) -> dict[str, Any]:
    """The body of an operation that refers to something: to what the asking project has."""
    bodies: Mapping[str, Any] = {
        "addAccessControlListToTrunk": {"accessControlListIds": [mine.named["accessControlLists"]]},
        "addCredentialListToTrunk": {"credentialListIds": [mine.named["credentialLists"]]},
        "bulkUpdateCredentialListsForTrunk": [mine.named["credentialLists"]],
        "assignPhoneNumber": {"sipTrunkId": mine.named["trunks"]},
    }
    return {"json": bodies[operation]} if operation in bodies else {}


# -- what a body names --------------------------------------------------------------------------------------------------------


@examines("isolation", variant="uniqueness")
def what_another_project_has_created_again(inquiry: Inquiry) -> None:
    """What is unique over all projects is refused, and nothing is told of who has it."""
    _kept_apart(inquiry, lambda mine, theirs: _taken(inquiry, mine, theirs))


def _taken(inquiry: Inquiry, mine: Side, theirs: Belongings) -> Iterator[Refusal]:
    at: dict[str, Any] = {"projectId": mine.project}
    trunk = {**inquiry.trunk_body(), "hostName": theirs.host_name}
    yield Refusal("400-domain-unavailable", api.createSipTrunk(**at, json=trunk), {})
    yield Refusal("400-domain-unavailable", api.updateSipTrunk(**at, sipTrunkId=mine.named["trunks"], json=trunk), {})
    credentials = inquiry.credential_list_body(theirs.named["credentials"])
    yield Refusal("400-username-unavailable", api.createCredentialList(**at, json=credentials), {})
    yield Refusal("400-project-exists", api.createProject(id=theirs.project), {"id": theirs.project})
    if number := theirs.named.get("phoneNumbers"):
        again = api.createPhoneNumber(**at, phoneNumber=number, countryCode="US")
        yield Refusal("400-phone-number-exists", again, {"phoneNumber": number})


@examines("isolation", variant="reference")
def what_another_project_has_referred_to(inquiry: Inquiry) -> None:
    """Nothing of another project can be put on a trunk, nor a trunk be given what is not its project's."""
    _kept_apart(inquiry, lambda mine, theirs: _referred_to(inquiry, mine, theirs))


def _referred_to(inquiry: Inquiry, mine: Side, theirs: Belongings) -> Iterator[Refusal]:
    on: dict[str, Any] = {"projectId": mine.project, "trunkId": mine.named["trunks"]}
    acl, credential_list, username = (theirs.named[name] for name in ("accessControlLists", "credentialLists", "credentials"))
    yield Refusal("404-acl-id", api.addAccessControlListToTrunk(**on, accessControlListIds=[acl]), {"id": acl})
    added = api.addCredentialListToTrunk(**on, credentialListIds=[credential_list])
    yield Refusal("404-credential-list-id", added, {"id": credential_list})
    body = inquiry.registered_body(username)
    registered = api.createSipEndpoint(projectId=mine.project, sipTrunkId=mine.named["trunks"], json=body)
    yield Refusal("404-credential-username", registered, {"username": username})
    if inquiry.offers("createPhoneNumber"):
        trunk = theirs.named["trunks"]
        assigned = api.assignPhoneNumber(projectId=mine.project, phoneNumber=inquiry.number(mine.project), sipTrunkId=trunk)
        yield Refusal("404-trunk-id", assigned, {"id": trunk})


# -- two projects -------------------------------------------------------------------------------------------------------------


def _kept_apart(inquiry: Inquiry, wanted: Callable[[Side, Belongings], Iterator[Refusal]]) -> None:
    """Two projects of the case's own: each refusal of the one is told twice and alike, and the other stays as it was."""
    theirs, mine = everything(inquiry), side(inquiry)
    refusals = [refusal for refusal in wanted(mine, theirs) if inquiry.offers(refusal.call.operation)]
    if not refusals:
        raise NotExercised("the target has no operation that asks for this")
    watches = [Watch(inquiry, reading) for reading in theirs.readings]
    refused = [_refused(inquiry, refusal, theirs.marks) for refusal in refusals]
    for watch in watches if all(refused) else ():  # what took effect is found already
        if change := watch.change():
            _changed(inquiry, watch, refusals, change)


def side(inquiry: Inquiry) -> Side:
    """A new project that asks, with what can stand to the left of something in a path."""
    project = inquiry.project()
    makers = {"trunks": inquiry.trunk, "accessControlLists": inquiry.acl}
    named = {collection: str(make(project)["id"]) for collection, make in makers.items()}
    return Side(project, {**named, "credentialLists": str(inquiry.credential_list(project=project)["id"])})


def _refused(inquiry: Inquiry, refusal: Refusal, hidden: Sequence[str]) -> bool:
    """Ask for a refusal twice; whether it was refused. What took effect is not asked for again."""
    first = _asked(inquiry, refusal, hidden)
    if first.ok:
        return False
    second = _asked(inquiry, refusal, hidden)
    inquiry.keep(oracle.alike(first, second), row(refusal.row), second)
    return not second.ok


def _asked(inquiry: Inquiry, refusal: Refusal, hidden: Sequence[str] = ()) -> Exchange:
    exchange = inquiry.asked(refusal.call)
    _judge(inquiry, exchange, refusal, hidden)
    return exchange


def _judge(inquiry: Inquiry, exchange: Exchange, refusal: Refusal, hidden: Sequence[str] = ()) -> None:
    """Hold an answer against the row; another error than the row's against whatever is said of that as well."""
    if reason := inquiry.unjudgeable(exchange):
        raise Inconclusive(reason)
    expected = row(refusal.row)
    inquiry.judge(expected, exchange, inquiry.bind(expected, refusal.bound), hidden)
    if not exchange.ok and exchange.status != expected.code:
        inquiry.judge_any(exchange)


def _changed(inquiry: Inquiry, watch: Watch, refusals: Sequence[Refusal], change: tuple[str, str]) -> None:
    changing = {refusal.call.operation for refusal in refusals if operations()[refusal.call.operation].method != "GET"}
    text = f"{watch.reading.operation} of one project reads differently after another was refused {', '.join(sorted(changing))}"
    inquiry.keep([Finding(Rule.STATE_CHANGED, *change, text)])


# -- again and again ----------------------------------------------------------------------------------------------------------


def _unknown_trunk(inquiry: Inquiry) -> Refusal:
    trunk = inquiry.names.ulid()
    return Refusal("404-trunk-id", api.getSipTrunkById(sipTrunkId=trunk), {"id": trunk})


def _taken_host_name(inquiry: Inquiry) -> Refusal:
    body = {**inquiry.trunk_body(), "hostName": inquiry.trunk()["hostName"]}
    return Refusal("400-domain-unavailable", api.createSipTrunk(json=body), {})


def _bad_country(_: Inquiry) -> Refusal:
    call = api.getCountryPermission(isoCode="XX")
    return Refusal("400-country-code-invalid", call, {"fieldName": "isoCode", "countryCode": "XX"})


def _unknown_project(inquiry: Inquiry) -> Refusal:
    project = inquiry.names.uuid()
    return Refusal("404-project-id", api.getSipTrunks(projectId=project), {"id": project})


def _trunk_with_children(inquiry: Inquiry) -> Refusal:
    trunk = inquiry.trunk()["id"]
    inquiry.endpoint(trunk)
    return Refusal(
        "400-parent-has-children", api.deleteSipTrunk(sipTrunkId=trunk), {"parent": "SIP Trunk", "child": "SIP Endpoint"}
    )


REFUSALS: Mapping[str, Callable[[Inquiry], Refusal]] = {
    "404-trunk-id": _unknown_trunk,
    "400-domain-unavailable": _taken_host_name,
    "400-country-code-invalid": _bad_country,
    "404-project-id": _unknown_project,
    "400-parent-has-children": _trunk_with_children,
}


@examines("determinism", refusal=REFUSALS)
def refusal_asked_for_again_and_again(inquiry: Inquiry, refusal: Callable[[Inquiry], Refusal]) -> None:
    """One request is refused alike each time, one after the other and over many connections at once."""
    inquiry.room_for(AT_ONCE)
    due = refusal(inquiry)
    first = _asked(inquiry, due)
    if first.ok:
        return  # it took effect: to ask again would only say so many times
    others = [_asked(inquiry, due) for _ in range(TIMES - 1)]
    together = inquiry.at_once([due.call] * AT_ONCE)
    for exchange in together:
        _judge(inquiry, exchange, due)
    for exchange in (*others, *together):
        inquiry.keep(oracle.alike(first, exchange), row(due.row), exchange)
