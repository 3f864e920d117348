"""The faults that a call can bear, as data: when each is told (behaviour.md, point 9), where it stands, and its row if any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from contracts.catalogue import Row
from contracts.catalogue import row as row_of
from contracts.operation import Operation
from contracts.order import clash, spoil
from contracts.order.resource import UNKNOWN, resources
from contracts.order.spoil import Spoil


class Stage(IntEnum):
    """What is checked, in the order of point 9. Resources are checked from left to right."""

    KEY = 1
    PROJECT_KNOWN = 2
    KEY_ALLOWED = 3
    PROJECT_ENABLED = 4
    RESOURCE = 5
    BODY = 6
    VALUE = 7
    REFERENCE = 8
    CLASH = 9  # with what is there already: uniqueness and attachment


Where = Callable[[Operation], str]
"""The place of an operation where a fault stands; empty where there is none."""

KEY, BODY = "authorization", "body"
PROJECT, PATH = "projectId", "path"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a call. `code` is what a fault without a row is answered with.

    `needs` is what must be right for the fault to be there at all: the project, or the whole path.
    """

    name: str
    stage: Stage
    where: Where = field(repr=False)
    spoil: Spoil = field(repr=False)
    row: Row | None = None
    code: int = 400
    needs: str = ""

    def place(self, operation: Operation) -> str:
        """Where a call of the operation bears it: a parameter of the path, or another place with its name after a full stop.

        Empty where the operation cannot bear it. A project that is not enabled is told by every operation below it.
        """
        wrong = self.row and self.stage is not Stage.PROJECT_ENABLED and not self.row.raised_by(operation)
        return "" if wrong else self.where(operation)

    def turn(self, operation: Operation) -> tuple[int, int]:
        """When it is told: its stage, and within the path how far to the right it stands."""
        parameters = operation.path_parameters
        return (self.stage, parameters.index(self.place(operation)) if self.stage is Stage.RESOURCE else 0)


def anywhere(_: Operation) -> str:
    """In the key."""
    return KEY


def in_project(operation: Operation) -> str:
    """In the project."""
    return PROJECT if PROJECT in operation.path_parameters else ""


def in_project_read_or_created_in(operation: Operation) -> str:
    """In the project, but never where something of it would be changed."""
    return in_project(operation) if spoil.harmless(operation) else ""


def below_project(operation: Operation) -> str:
    """In the project, where it is not the project itself that is asked for or deleted."""
    return "" if operation.path.endswith(f"{{{PROJECT}}}") else in_project(operation)


def in_path(collection: str) -> Where:
    """In the parameter that names something of the collection."""
    return lambda operation: next((known.parameter for known in resources(operation) if known.collection == collection), "")


def at_the_end(collection: str) -> Where:
    """In the parameter that names something of the collection, where nothing stands to its right."""

    def where(operation: Operation) -> str:
        _, left, parameter = operation.path.rpartition(f"/{collection}/{{")
        return parameter.removesuffix("}") if left and "/" not in parameter else ""

    return where


def in_any_body(operation: Operation) -> str:
    """In the whole body."""
    return BODY if operation.method in {"POST", "PUT"} else ""


def in_member(name: str) -> Where:
    """In a member of the body."""
    return lambda operation: f"{BODY}.{name}" if in_any_body(operation) else ""


def in_transport(operation: Operation) -> str:
    """In the transport of an endpoint."""
    return in_member("transport")(operation) if "/endpoints" in operation.path else ""


def in_required_member(operation: Operation) -> str:
    """In a member that the body must have."""
    name = spoil.required_member(operation)
    return f"{BODY}.{name}" if name else ""


def in_direction(operation: Operation) -> str:
    """In the filter, or in the body."""
    return "query.direction" if "direction" in operation.query else in_member("direction")(operation)


def in_time(_: Operation) -> str:
    """In the filter."""
    return "query.createTime"


def in_country(operation: Operation) -> str:
    """In the path, the query or the body."""
    name = spoil.country_place(operation)
    if name in operation.path_parameters:
        return name
    return f"query.{name}" if name in operation.query else in_member(name)(operation)


def referring(row_id: str, name: str) -> Where:
    """In a member of the body, where the row is not about the path."""
    own = {collection for collection, raised in UNKNOWN.items() if raised == row_id}
    return lambda operation: "" if any(known.collection in own for known in resources(operation)) else in_member(name)(operation)


def documented(row_id: str, stage: Stage, where: Where, how: Spoil, needs: str = "") -> Fault:
    """A fault that has a row, and the row's id for a name."""
    return Fault(row_id, stage, where, how, row_of(row_id), row_of(row_id).code, needs)


ROOT: tuple[Fault, ...] = (
    Fault("401-wrong-key", Stage.KEY, anywhere, spoil.key, code=401),
    documented("404-project-id", Stage.PROJECT_KNOWN, in_project, spoil.unknown_project),
    documented("403-forbidden", Stage.KEY_ALLOWED, in_project_read_or_created_in, spoil.foreign_project),
    documented("400-project-not-enabled", Stage.PROJECT_ENABLED, below_project, spoil.disabled_project),
)
RESOURCES = tuple(
    documented(row_id, Stage.RESOURCE, in_path(collection), spoil.unknown(collection)) for collection, row_id in UNKNOWN.items()
)
VALUES: tuple[Fault, ...] = (
    Fault("400-body-no-json", Stage.BODY, in_any_body, spoil.no_json),
    Fault("400-body-incomplete", Stage.BODY, in_required_member, spoil.incomplete),
    Fault("400-transport", Stage.VALUE, in_transport, spoil.member("transport", spoil.NO_TRANSPORT)),
    documented("400-timestamp-format", Stage.VALUE, in_time, spoil.time),
    documented("400-direction-invalid", Stage.VALUE, in_direction, spoil.direction),
    documented("400-direction-empty", Stage.VALUE, in_direction, spoil.member("direction", "")),
    documented("400-country-code-invalid", Stage.VALUE, in_country, spoil.country),
    documented("400-acl-needs-ip-range", Stage.VALUE, in_member("ipRanges"), spoil.member("ipRanges", [])),
    documented("400-credential-list-needs-credential", Stage.VALUE, in_member("credentials"), spoil.member("credentials", [])),
)
REFERENCES = tuple(
    documented(row_id, Stage.REFERENCE, referring(row_id, member), how)
    for row_id, member, how in (
        ("404-trunk-id", "sipTrunkId", spoil.unknown_trunk),
        ("404-acl-id", "accessControlListIds[1]", spoil.unknown_item("accessControlListIds")),
        ("404-credential-list-id", "credentialListIds[1]", spoil.unknown_item("credentialListIds")),
        ("404-credential-username", "credentialUsername", spoil.unknown_username),
        ("404-customer-id", "customerId", spoil.unknown_customer),
    )
)
TAKEN: tuple[Fault, ...] = (
    documented("400-domain-unavailable", Stage.CLASH, in_member("hostName"), clash.host_name),
    documented("400-username-unavailable", Stage.CLASH, in_member("credentials"), clash.username),
    documented("400-customer-exists", Stage.CLASH, in_member("id"), clash.customer),
    documented("400-phone-number-exists", Stage.CLASH, in_member("phoneNumber"), clash.number),
    documented("400-project-exists", Stage.CLASH, in_member("id"), clash.project),
    documented("400-blocking-rule-exists", Stage.CLASH, in_any_body, clash.rule, PROJECT),
    documented("400-credential-used-by-endpoint", Stage.CLASH, in_member("credentialUsername"), clash.username_in_use),
)
ATTACHED = tuple(
    documented(row_id, Stage.CLASH, where, how, PATH)
    for row_id, where, how in (
        ("400-parent-has-children", at_the_end("trunks"), clash.trunk_with_endpoint),
        ("400-parent-has-children", at_the_end("projects"), clash.project_with_trunk),
        ("400-parent-has-children", at_the_end("customers"), clash.customer_with_project),
        ("400-trunk-has-phone-numbers", at_the_end("trunks"), clash.trunk_with_number),
        ("400-child-attached-to-parent", at_the_end("accessControlLists"), clash.acl_on_trunk),
        ("400-child-attached-to-parent", at_the_end("credentialLists"), clash.credential_list_on_trunk),
        ("400-acl-already-on-trunk", in_member("accessControlListIds[0]"), clash.acl_added_again),
        ("400-credential-list-already-on-trunk", in_member("credentialListIds[0]"), clash.credential_list_added_again),
        ("404-acl-not-on-trunk", at_the_end("accessControlLists"), clash.acl_not_on_trunk),
        ("400-acl-needs-ip-range", at_the_end("ipRanges"), clash.last("ipRangeId")),
        ("400-credential-list-needs-credential", at_the_end("credentials"), clash.last("username")),
        ("400-credential-used-by-endpoint", at_the_end("credentials"), clash.credential_in_use),
        ("400-phone-number-already-assigned", at_the_end("phoneNumbers"), clash.number_assigned),
    )
)
FAULTS = (*ROOT, *RESOURCES, *VALUES, *REFERENCES, *TAKEN, *ATTACHED)
"""Every fault. The winners that point 9 names within the last stage are documented cases, which fail everywhere, and no pairs."""
