"""The resources that a path names, from left to right, and the row that is raised when one of them is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.catalogue import row
from contracts.operation import Operation

UNKNOWN: Mapping[str, str] = {
    "customers": "404-customer-id",
    "trunks": "404-trunk-id",
    "byDomain": "404-trunk-domain",
    "endpoints": "404-endpoint-id",
    "accessControlLists": "404-acl-id",
    "ipRanges": "404-ip-range-id",
    "credentialLists": "404-credential-list-id",
    "credentials": "404-credential-username",
    "phoneNumbers": "404-phone-number",
    "byId": "404-phone-number-id",
    "callBlockingRules": "404-blocking-rule-id",
    "calls": "404-call-id",
    "records": "404-call-id",
    "configs": "404-project-config-key",
    "exports": "404-export-key",
}
"""Each collection, as the step of a path before a parameter, and the row for what is not in it."""
PARTS = frozenset({"endpoints", "ipRanges", "credentials"})
"""Collections of the resource to their left: where that one is unknown, so is all that is below it."""
AROUND: Mapping[str, str] = {"aclId": "accessControlListId", "projectId": "projectId"}
"""Placeholders that are not bound to what is unknown, but to another parameter."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource in a path: the collection that has it, and the parameter that names it."""

    collection: str
    parameter: str

    @property
    def row(self) -> str:
        """The id of the row that is raised when it is unknown."""
        return UNKNOWN[self.collection]

    def values(self, path: Mapping[str, str]) -> dict[str, str]:
        """What the placeholders of that row are, for a path in which it is unknown."""
        message = row(self.row).message
        return {slot.name: path[AROUND.get(slot.name, self.parameter)] for slot in (message.slots if message else ())}


def resources(operation: Operation) -> tuple[Resource, ...]:
    """The resources in the path of an operation, the project left out. A country is a value, and a key to set is new."""
    named = (Resource(*step) for step in re.findall(r"/(\w+)/\{(\w+)\}", operation.path) if step[0] in UNKNOWN)
    return tuple(resource for resource in named if row(resource.row).raised_by(operation))
