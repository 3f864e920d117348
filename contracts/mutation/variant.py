"""Which variant of its row a refused request is, in the words of case ids: for defects that show in one variant only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.case import Case
from contracts.mutation.memory import Memory, known, pair
from contracts.mutation.mutant import Due

NO_ID = "not-an-id"
OWN = {
    "400-domain-unavailable": "taken",
    "400-username-unavailable": "held-by-another-list",
    "400-phone-number-exists": "twice",
    "404-endpoint-id": "other-trunk",
    "404-ip-range-id": "other-list",
    "404-credential-username": "other-list",
}
"""What it is called when the very project that is asked has the thing."""
ABROAD = {
    "400-domain-unavailable": "taken-elsewhere",
    "400-username-unavailable": "held-elsewhere",
    "400-phone-number-exists": "held-elsewhere",
}
NEW = {"400-username-unavailable": "twice-in-one-list"}


def owners(due: Due) -> set[str]:
    """The projects that have what the refusal is about."""
    return {project for project, name in known(due.context.state) if name == named(due)}


def named(due: Due) -> str:
    """What the refusal is about: the first of its values, or the name in the body that is taken."""
    if due.values:
        return next(iter(due.values.values()))
    body: Mapping[str, Any] = due.context.body or {}
    usernames = [one["username"] for one in body.get("credentials", ())]
    have = {name for _, name in known(due.context.state)}
    return body.get("hostName") or next((name for name in usernames if name in have), "".join(usernames[:1]))


def _by_owner(due: Due, memory: Memory) -> str:
    row, having = due.refusal.row, owners(due)
    if named(due) == NO_ID:
        return "malformed"
    if having:
        return OWN.get(row, "own") if due.context.path["projectId"] in having else ABROAD.get(row, "elsewhere")
    return "deleted" if named(due) in memory.ever else NEW.get(row, "unissued")


def _no_direction(due: Due, _: Memory) -> str:
    body = due.context.body
    return "left-out" if "direction" not in body else "null" if body["direction"] is None else "empty"


def _child(due: Due, _: Memory) -> str:
    return {"SIP Endpoint": "endpoint", "Access Control List": "acl", "Credential List": "credential-list"}.get(
        due.values["child"], ""
    )


def _in_one_request(due: Due, _: Memory) -> str:
    (ids,) = due.context.body.values()
    return "twice-in-one-request" if len(set(ids)) < len(ids) else "twice"


def _user(due: Due, _: Memory) -> str:
    if "username" in due.context.path:
        alone = len(due.context.state.credential_lists[due.context.path["credentialListId"]].credentials) == 1
        return "last-and-in-use" if alone else "in-use"
    return "same-trunk" if due.values["trunkId"] == due.context.path.get("sipTrunkId") else "other-trunk"


def _also(due: Due, _: Memory) -> str:
    endpoints = due.context.state.endpoints.values()
    return "number-and-endpoint" if any(one.trunk_id == due.values["trunkId"] for one in endpoints) else "number-assigned"


def _holder(due: Due, _: Memory) -> str:
    return "same-trunk" if due.values["trunkId"] == due.context.body["sipTrunkId"] else "another-trunk"


def _not_on(due: Due, memory: Memory) -> str:
    acl, trunk = due.values["aclId"], due.values["trunk"]
    if any(acl in other.acls for other in due.context.state.trunks.values()):
        return "on-another-trunk"
    return "taken-off" if pair(trunk, acl) in memory.ever else "never-added"


VARIANTS: Mapping[str, Callable[[Due, Memory], str]] = {
    "400-direction-empty": _no_direction,
    "400-parent-has-children": _child,
    "400-acl-already-on-trunk": _in_one_request,
    "400-credential-list-already-on-trunk": _in_one_request,
    "400-credential-used-by-endpoint": _user,
    "400-phone-number-already-assigned": _holder,
    "400-trunk-has-phone-numbers": _also,
    "404-acl-not-on-trunk": _not_on,
}
"""Rows whose variants are told apart by something else than the value that was sent, or who has it."""


def is_of(case: Case, due: Due, memory: Memory) -> bool:
    """Whether a refusal that is due is the one that the case provokes."""
    tail = case.id.removeprefix(f"{case.row}/{case.operation}/")
    if case.row in VARIANTS:
        return VARIANTS[case.row](due, memory) == tail
    if "time" in case.arguments:
        return bool(due.context.query("createTime") == case.arguments["time"])
    return tail in {"/".join(due.values.values()).replace(" ", "-blank"), _by_owner(due, memory)}
