"""Lapses of an operation: what it remembers between requests and should not, what it forgets, what it does besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from contracts.sandbox.message import Response
from contracts.sandbox.refusals import Refusal, refuse
from contracts.sandbox.state import AccessList, CredentialList, Trunk
from contracts.sandbox.step import Context, Plan

_USED = "400-credential-used-by-endpoint"

Remembered = dict[Any, Any]
Run = Callable[[Plan, Context, Remembered], Response]
"""What an operation does instead: its plan, the request's context, and what the sandbox remembers besides its state."""


def remembering(key: Callable[[Context], Any], value: Callable[[Context], Any] = lambda _: True) -> Run:
    """Remember something of a request that succeeds."""

    def run(plan: Plan, context: Context, remembered: Remembered) -> Response:
        known = key(context), value(context)
        response = plan.run(context)
        remembered[known[0]] = known[1]
        return response

    return run


def refusing(row: str, key: Callable[[Context], Any], **bound: Any) -> Run:
    """Refuse where something is remembered, though nothing stands against it; values may follow from the request and that."""

    def run(plan: Plan, context: Context, remembered: Remembered) -> Response:
        def effect(context: Context) -> Response:
            if key(context) in remembered:
                told = {name: value(context, remembered) if callable(value) else value for name, value in bound.items()}
                refuse(row, **told)
            return plan.effect(context)

        return replace(plan, effect=effect).run(context)

    return run


def keeping(keys: Callable[[Context], list[Any]]) -> Run:
    """Remember something of a request that is refused."""

    def run(plan: Plan, context: Context, remembered: Remembered) -> Response:
        try:
            return plan.run(context)
        except Refusal:
            remembered.update(dict.fromkeys(keys(context), True))
            raise

    return run


def counting(row: str, member: str) -> Run:
    """A refused deletion that is counted all the same: how often, of each list, and a deletion that believes the count."""

    def name(context: Context) -> str:
        return context.path[member]

    def run(plan: Plan, context: Context, remembered: Remembered) -> Response:
        def effect(context: Context) -> Response:
            held: Any = context.state.acls.get(name(context)) or context.state.credential_lists.get(name(context))
            inner = held.ranges if isinstance(held, AccessList) else held.credentials
            if len(inner) - remembered.get(name(context), 0) <= 1:
                refuse(row)
            return plan.effect(context)

        try:
            return replace(plan, effect=effect).run(context)
        except Refusal as refusal:
            if refusal.row.startswith("404") and refusal.row.endswith(("range-id", "username")):
                remembered[name(context)] = remembered.get(name(context), 0) + 1
            raise

    return run


def besides(then: Callable[[Context], None]) -> Run:
    """Do something more than was asked, after a success."""

    def run(plan: Plan, context: Context, _: Remembered) -> Response:
        response = plan.run(context)
        then(context)
        return response

    return run


def first(do: Callable[[Context], None]) -> Run:
    """Do something before the checks are made, also where they refuse."""

    def run(plan: Plan, context: Context, _: Remembered) -> Response:
        try:
            return plan.run(context)
        except Refusal:
            do(context)
            raise

    return run


def _trunk(context: Context) -> Trunk:
    return context.state.trunks[context.path.get("sipTrunkId") or context.path["trunkId"]]


def bare_trunk(context: Context) -> None:
    """Take everything off a trunk."""
    trunk = _trunk(context)
    context.state.trunks[trunk.id] = replace(trunk, acls=(), credential_lists=())


def off_all_trunks(context: Context) -> None:
    """Take the list off all trunks."""
    gone = context.path["accessControlListId"]
    for trunk in list(context.state.trunks.values()):
        context.state.trunks[trunk.id] = replace(trunk, acls=tuple(one for one in trunk.acls if one != gone))


def off_other_trunks(context: Context) -> None:
    """Take the lists off all other trunks."""
    added = set(context.body["accessControlListIds"])
    for trunk in list(context.state.trunks.values()):
        if trunk.id != context.path["trunkId"]:
            context.state.trunks[trunk.id] = replace(trunk, acls=tuple(one for one in trunk.acls if one not in added))


def only_this_number(context: Context) -> None:
    """Unassign all other numbers of the trunk."""
    for number in list(context.state.numbers.values()):
        if number.trunk_id and number.trunk_id == context.body["sipTrunkId"] and number.number != context.path["phoneNumber"]:
            context.state.numbers[number.id] = replace(number, trunk_id=None)


def only_last_range(context: Context) -> None:
    """Forget all ranges but the last."""
    held = context.state.acls[context.path["accessControlListId"]]
    context.state.acls[held.id] = replace(held, ranges=held.ranges[-1:])


def only_first_credential(context: Context) -> None:
    """Forget all credentials but the first."""
    held: CredentialList = context.state.credential_lists[context.path["id"]]
    context.state.credential_lists[held.id] = replace(held, credentials=held.credentials[:1])


def no_rule(context: Context) -> None:
    """Forget every rule of the project."""
    for rule in context.state.of_project(context.state.rules, context.project_id):
        del context.state.rules[rule.id]


def no_endpoint(context: Context) -> None:
    """Forget every endpoint of the trunk."""
    trunk = _trunk(context).id
    for endpoint in [one for one in context.state.endpoints.values() if one.trunk_id == trunk]:
        del context.state.endpoints[endpoint.id]


def attach_the_known(context: Context) -> None:
    """Put those lists on the trunk that are there."""
    trunk = _trunk(context)
    known = [one for one in context.body["accessControlListIds"] if one in context.state.acls and one not in trunk.acls]
    context.state.trunks[trunk.id] = replace(trunk, acls=(*trunk.acls, *known))


def one_range(context: Context) -> None:
    """Forget all ranges but the first."""
    if held := context.state.acls.get(context.path["id"]):
        context.state.acls[held.id] = replace(held, ranges=held.ranges[:1])


def path(name: str) -> Callable[[Context], Any]:
    """A value of the path."""
    return lambda context: context.path[name]


def sent(name: str) -> Callable[[Context], Any]:
    """A member of the body."""
    return lambda context: context.body.get(name)


def unassigned(context: Context) -> Any:
    """The trunk and the number that an unassignment parts; nothing for an assignment."""
    number = context.state.number(context.project_id, context.path["phoneNumber"])
    return number.trunk_id if number and number.trunk_id else None


def username_of(context: Context) -> Any:
    """The username that the endpoint of the path registers with."""
    endpoint = context.state.endpoints.get(context.path["sipEndpointId"])
    return ("used", endpoint.username) if endpoint else None


def used(plan: Plan, context: Context, remembered: Remembered) -> Response:
    """A deletion of a credential that believes what endpoints left behind."""
    return refusing(_USED, lambda c: ("used", c.path["username"]), username=path_of("username"), trunkId=_user)(
        plan, context, remembered
    )


def path_of(name: str) -> Callable[[Context, Remembered], Any]:
    """A value of the path, for a message."""
    return lambda context, _: context.path[name]


def _user(context: Context, remembered: Remembered) -> Any:
    return remembered["used", context.path["username"]]


def parameters(context: Context) -> Any:
    """The parameters of the rule that the path names, or that the body gives."""
    rule = context.state.rules.get(context.path.get("id", ""))
    names = ("direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch")
    return rule.parameters if rule else tuple((context.body or {}).get(name) for name in names)


def customer_of(context: Context) -> Any:
    """The customer of the project."""
    project = context.state.projects.get(context.project_id)
    return project.customer_id if project else None


def _usernames(context: Context) -> list[Any]:
    return [one["username"] for one in context.body["credentials"]]


def taken_username(plan: Plan, context: Context, remembered: Remembered) -> Response:
    """A creation that takes usernames for taken which a refused one bore, and remembers those that it bears itself."""

    def effect(context: Context) -> Response:
        if remembered.keys() & set(_usernames(context)):
            refuse("400-username-unavailable")
        return plan.effect(context)

    return keeping(_usernames)(replace(plan, effect=effect), context, remembered)


def taken_project(plan: Plan, context: Context, remembered: Remembered) -> Response:
    """The same of projects."""

    def effect(context: Context) -> Response:
        if context.body["id"] in remembered:
            refuse("400-project-exists", id=context.body["id"])
        return plan.effect(context)

    return keeping(lambda c: [c.body["id"]])(replace(plan, effect=effect), context, remembered)


def assigned_once(plan: Plan, context: Context, remembered: Remembered) -> Response:
    """An assignment that believes that a number which once was on a trunk is there for ever."""

    def effect(context: Context) -> Response:
        number, wanted = context.path["phoneNumber"], context.body["sipTrunkId"]
        if wanted and number in remembered:
            refuse("400-phone-number-already-assigned", number=number, trunkId=remembered[number])
        if wanted:
            remembered[number] = wanted
        return plan.effect(context)

    return replace(plan, effect=effect).run(context)


def host(context: Context) -> Any:
    """The host name of the body, which nobody may have read yet."""
    body = context.request.body
    return Response(200, body).json().get("hostName") if body else None


RANGES = counting("400-acl-needs-ip-range", "accessControlListId")
CREDENTIALS = counting("400-credential-list-needs-credential", "credentialListId")


def reused(table: str, key: str, create: str, delete: str) -> Mapping[str, Run]:
    """Ids that are given again: a deletion leaves its id, and a creation takes it."""

    def deleted(plan: Plan, context: Context, remembered: Remembered) -> Response:
        response = plan.run(context)
        remembered[table] = context.path[key]
        return response

    def created(plan: Plan, context: Context, remembered: Remembered) -> Response:
        new_id = context.new_id
        context.new_id = lambda: remembered.pop(table, None) or new_id()
        return plan.run(context)

    return {create: created, delete: deleted}
