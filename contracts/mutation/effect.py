"""Refused requests that take effect all the same: where there is an effect to take, and where it has to be taken."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.case import Case
from contracts.mutation.mutant import Due, Instead, take_effect
from contracts.mutation.variant import named, owners
from contracts.operation import operations
from contracts.sandbox.message import Response

GONE = {"unissued", "deleted", "malformed", "never-added", "taken-off"}
"""Variants in which there is nothing that a request could take effect on, unless it makes something."""
REFERENCES = {("404-acl-id", "addAccessControlListToTrunk"), ("404-trunk-id", "assignPhoneNumber")}
"""What is unknown is only referred to: the effect is on something that is there."""
NEVER_ON = {("404-acl-id", "deleteAccessControlListFromTrunk"), ("404-credential-list-id", "removeCredentialListFromTrunk")}
"""Another project's list is never on a trunk that it could be taken off."""
UPSERTS = {("404-blocking-rule-id", "updateBlockingRuleById"), ("404-endpoint-id", "updateSipEndpoint")}
"""Updates that make what they do not find."""
MAKERS = {"setProjectConfig", "updateCountryPermission", *(operation for _, operation in UPSERTS)}


def has_effect(case: Case, variant: str) -> bool:
    """Whether the refused request of a case could change anything, by what it finds or by making it out of nothing."""
    place = (case.row, case.operation)
    if operations()[case.operation].method == "GET" or place in NEVER_ON:
        return False
    return variant not in GONE or case.operation.startswith("create") or case.operation in MAKERS or place in REFERENCES


def comes_true(case: Case, variant: str) -> bool:
    """Whether the effect makes the very thing whose absence was refused, so that the same request is refused no more."""
    return (case.row, case.operation) in UPSERTS and variant != "elsewhere"


def effect_of(case: Case) -> Instead:
    """Do what was asked, and refuse it; what another project or another parent has is reached there."""
    return take_effect if (case.row, case.operation) in REFERENCES or not case.row.startswith("404") else _where_it_is


def _where_it_is(due: Due) -> Response:
    due.context.path = {**due.context.path, **_place(due)}
    return take_effect(due)


def _place(due: Due) -> Mapping[str, str]:
    """The path parameters under which the thing that the refusal is about can be reached."""
    state, name, place = due.context.state, named(due), dict[str, str]()
    if having := sorted(filter(None, owners(due))):
        place["projectId"] = having[0]
    if acl := next((acl.id for acl in state.acls.values() if acl.range(name)), None):
        place["accessControlListId"] = acl
    if trunk := next((trunk.id for trunk in state.trunks.values() if name in trunk.acls), None):
        place["trunkId"] = trunk
    return place
