"""How a call is made to bear a fault that it bears by itself: in its key, its path, its values, or what it refers to.

Each function spoils one place of a draft, and gives what the placeholders of the row are then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.blame import NotExercised
from contracts.catalogue import row
from contracts.exchange import basic
from contracts.operation import Operation, description
from contracts.order.draft import Draft
from contracts.order.resource import resources

Values = Mapping[str, str | tuple[str, ...]]
"""The placeholders of a row with their values, as a scenario states them."""
Spoil = Callable[[Draft], Values]

NO_COUNTRY = "XX"  # for users to assign: no country that it could be taken for
NO_DIRECTION = "BOTH"
NO_TIME = "yesterday"
NO_TRANSPORT = "SCTP"
NO_JSON = b"{"
COUNTRY_PLACES = ("isoCode", "fromCountryCode", "callerCountry")

# -- key and project ----------------------------------------------------------------------------------------------------------


def key(draft: Draft) -> Values:
    """A key that the target does not know."""
    draft.headers["authorization"] = basic("wrong", draft.inquiry.names.password())
    return {}


def unknown_project(draft: Draft) -> Values:
    """A project that does not exist."""
    draft.path["projectId"] = draft.inquiry.names.uuid()
    return {"id": draft.path["projectId"]}


def foreign_project(draft: Draft) -> Values:
    """A project that the key may not use. Nothing is created there but where that is allowed."""
    target = draft.inquiry.target
    if target.foreign_project is None:
        raise NotExercised("no foreign project: set SINCH_FOREIGN_PROJECT_ID, or name one in the profile")
    if draft.operation.method != "GET" and not (target.loopback or target.foreign_expendable):
        raise NotExercised("the target is not on this machine, and the profile does not mark the foreign project as expendable")
    draft.path["projectId"] = target.foreign_project
    return {}


def disabled_project(draft: Draft) -> Values:
    """A project that is not enabled."""
    draft.path["projectId"] = draft.inquiry.disabled_project(changing=not draft.operation.only_reads)
    return {"id": draft.path["projectId"]}


# -- resources in the path ----------------------------------------------------------------------------------------------------


def unknown(collection: str) -> Spoil:
    """A resource in the path that is not there."""

    def spoil(draft: Draft) -> Values:
        (resource,) = (known for known in resources(draft.operation) if known.collection == collection)
        draft.unknown(resource)
        return resource.values({**draft.path, "projectId": draft.project})

    return spoil


# -- body and values ----------------------------------------------------------------------------------------------------------


def no_json(draft: Draft) -> Values:
    """A body that cannot be read."""
    draft.body = NO_JSON
    return {}


def incomplete(draft: Draft) -> Values:
    """A body without a member that it must have."""
    missing = required_member(draft.operation)
    draft.body = {name: value for name, value in draft.body.items() if name != missing}
    return {}


def member(name: str, value: Any) -> Spoil:
    """A wrong value in the body."""

    def spoil(draft: Draft) -> Values:
        draft.body[name] = value
        return {}

    return spoil


def time(draft: Draft) -> Values:
    """A filter by a time that is none."""
    draft.query["createTime"] = NO_TIME
    return {}


def direction(draft: Draft) -> Values:
    """A direction that is none, in the query or in the body."""
    where = draft.query if "direction" in draft.operation.query else draft.body
    where["direction"] = NO_DIRECTION
    return {"direction": NO_DIRECTION}


def country(draft: Draft) -> Values:
    """A code of no country, in the path, the query or the body."""
    name = country_place(draft.operation)
    where = draft.path if name in draft.path else draft.query if name in draft.operation.query else draft.body
    where[name] = NO_COUNTRY
    return {"fieldName": name, "countryCode": NO_COUNTRY}


def harmless(operation: Operation) -> bool:
    """Whether the operation changes nothing that a project has: it reads, or it creates."""
    return operation.method == "GET" or operation.name.startswith("create")


def country_place(operation: Operation) -> str:
    """The parameter or member of an operation that bears a country."""
    here = {*operation.path_parameters, *operation.query}
    return next((name for name in COUNTRY_PLACES if name in here), COUNTRY_PLACES[-1])


def required_member(operation: Operation) -> str:
    """A member that the operation's body must have, its name for choice; empty where there is none.

    That a rule needs a direction is documented, and so is what becomes of one without: a fault of its own.
    """
    body = description()["paths"][operation.path][operation.method.lower()].get("requestBody")
    if body is None or row("400-direction-empty").raised_by(operation):
        return ""
    schema = body["content"]["application/json"]["schema"]
    named: dict[str, Any] = description()["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    required: list[str] = named.get("required", [])
    return "name" if "name" in required else next(iter(required), "")


# -- references in the body ---------------------------------------------------------------------------------------------------


def unknown_trunk(draft: Draft) -> Values:
    """A number for a trunk that is not there."""
    draft.body = {"sipTrunkId": draft.inquiry.names.ulid()}
    return {"id": draft.body["sipTrunkId"]}


def unknown_item(name: str) -> Spoil:
    """A list to put on a trunk that is not there, after whatever else is to be put on it."""

    def spoil(draft: Draft) -> Values:
        item = draft.inquiry.names.ulid()
        draft.body[name] = [*draft.body[name], item]
        return {"id": item}

    return spoil


def unknown_username(draft: Draft) -> Values:
    """An endpoint that registers with a username that nobody has."""
    username = draft.inquiry.word()
    draft.body = draft.inquiry.registered_body(username)
    return {"username": username}


def unknown_customer(draft: Draft) -> Values:
    """A project of a customer that does not exist."""
    draft.body["customerId"] = draft.inquiry.word()
    return {"id": draft.body["customerId"]}
