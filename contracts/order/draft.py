"""A call in the making: right in every place but those that faults spoil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.blame import NotExercised
from contracts.call import Call, api
from contracts.inquiry import Inquiry
from contracts.operation import Operation
from contracts.order.resource import Resource, resources
from contracts.success import Facts


class Draft:
    """One call of an operation. It begins with values that nothing bears yet; `right` and the faults fill them in.

    `home` says whether the call goes to a project of ours, so that what it names can be there.
    """

    def __init__(self, inquiry: Inquiry, operation: Operation, *, home: bool) -> None:
        self.inquiry = inquiry
        self.operation = operation
        self.home = home
        fresh: Call = api[operation.name](**inquiry.any_arguments(operation.name))
        self.path = dict(fresh.path)
        self.query: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.body: Any = BODIES[operation.name](inquiry) if operation.name in BODIES else fresh.body
        self.made: dict[str, Facts] = {}
        if "isoCode" in self.path:
            self.path["isoCode"] = _country(inquiry, operation) or self.path["isoCode"]

    @property
    def project(self) -> str:
        """The project that the call goes to."""
        return self.path.get("projectId", self.inquiry.target.project)

    def call(self) -> Call:
        """The call as it stands."""
        return Call(self.operation.name, self.path, tuple(self.query.items()), self.body, self.headers)

    def right(self, parameter: str) -> None:
        """Have the parameter name a resource that is there, if it names any."""
        collection = next((known.collection for known in resources(self.operation) if known.parameter == parameter), None)
        if collection:
            self.keep(parameter, RIGHT[collection](self))

    def refer(self) -> None:
        """Have the body refer to what is there, if it refers to anything."""
        if self.home and self.operation.name in REFERRING:
            self.body = REFERRING[self.operation.name](self.inquiry)

    def unknown(self, resource: Resource) -> None:
        """Have a parameter name nothing. Fiction owns few numbers, so one is looked for that nobody has."""
        if resource.collection == "phoneNumbers" and self.home:
            self.path[resource.parameter] = self.inquiry.free_number()

    def keep(self, parameter: str, made: Facts | str) -> None:
        """Have the parameter name what was made, and remember that."""
        if isinstance(made, Facts):
            self.made[parameter] = made
        self.path[parameter] = made if isinstance(made, str) else str(made["id"])


def username_of(credential_list: Facts) -> str:
    """The first username of a credential list that was made."""
    return str(credential_list.sent["credentials"][0]["username"])


def _country(inquiry: Inquiry, operation: Operation) -> str | None:
    """The country whose setting may be touched. Raises NotExercised where there is none, and one would be."""
    expendable = inquiry.target.expendable_country
    if operation.method != "GET" and not inquiry.target.loopback and expendable is None:
        raise NotExercised("the target is not on this machine, and the profile marks no country as expendable")
    return expendable


RIGHT: Mapping[str, Callable[[Draft], Facts | str]] = {
    "trunks": lambda draft: draft.inquiry.trunk(),
    "endpoints": lambda draft: draft.inquiry.endpoint(draft.path["sipTrunkId"]),
    "accessControlLists": lambda draft: draft.inquiry.acl(),
    "ipRanges": lambda draft: draft.inquiry.range_of(draft.path["accessControlListId"]),
    "credentialLists": lambda draft: draft.inquiry.credential_list(),
    "credentials": lambda draft: username_of(draft.made["credentialListId"]),
    "phoneNumbers": lambda draft: draft.inquiry.number(),
    "callBlockingRules": lambda draft: draft.inquiry.rule(),
}
"""How a resource is made that a parameter then names."""
BODIES: Mapping[str, Callable[[Inquiry], Any]] = {
    "createCustomer": lambda inquiry: {"id": inquiry.word()},
    "createProject": lambda inquiry: {"id": inquiry.names.uuid()},
    "addAccessControlListToTrunk": lambda _: {"accessControlListIds": []},
    "addCredentialListToTrunk": lambda _: {"credentialListIds": []},
}
"""Bodies to begin with, where the makers have none, or one that refers to what is not there."""
REFERRING: Mapping[str, Callable[[Inquiry], Any]] = {
    "addAccessControlListToTrunk": lambda inquiry: {"accessControlListIds": [inquiry.acl()["id"]]},
    "addCredentialListToTrunk": lambda inquiry: {"credentialListIds": [inquiry.credential_list()["id"]]},
    "bulkUpdateCredentialListsForTrunk": lambda inquiry: [inquiry.credential_list()["id"]],
    "assignPhoneNumber": lambda inquiry: {"sipTrunkId": inquiry.trunk()["id"]},
}
"""Bodies that refer to a resource, which is made for them."""
