"""The sandbox's own copy of the documented errors, and the two ways in which a request is turned down.

The texts are typed from the published page and taken from nowhere else: the sandbox is a witness that knows nothing of the
catalogue, so a letter that is changed here shows up as a failure of exactly that row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from contracts.sandbox.message import Response, answer

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "400-domain-unavailable": (400, "BAD_REQUEST", "The provided domain name is unavailable"),
    "400-username-unavailable": (400, "BAD_REQUEST", "The provided username is unavailable"),
    "400-customer-exists": (400, "BAD_REQUEST", "Customer with id '{id}' already exists"),
    "400-phone-number-exists": (400, "BAD_REQUEST", "Phone Number '{phoneNumber}' already exists"),
    "400-project-not-enabled": (400, "BAD_REQUEST", "Project with id '{id}' is not enabled"),
    "400-project-exists": (400, "BAD_REQUEST", "Project with id '{id}' already exists"),
    "400-parent-has-children": (
        400,
        "BAD_REQUEST",
        "{parent} cannot be deleted while there are one or more {child}s attached",
    ),
    "400-child-attached-to-parent": (400, "BAD_REQUEST", "{child} cannot be deleted while attached to a {parent}"),
    "400-timestamp-format": (400, "BAD_REQUEST", "Invalid timestamp format, must match {format}"),
    "400-acl-already-on-trunk": (
        400,
        "BAD_REQUEST",
        "Access control list with id '{aclId}' is already added to trunk '{trunkId}'",
    ),
    "400-credential-list-already-on-trunk": (
        400,
        "BAD_REQUEST",
        "Credential list with id '{clId}' is already added to trunk '{trunkId}'",
    ),
    "400-acl-needs-ip-range": (400, "BAD_REQUEST", "Access Control Lists must contain at least one IP Range"),
    "400-credential-list-needs-credential": (
        400,
        "BAD_REQUEST",
        "Credential Lists must contain at least one Credential",
    ),
    "400-trunk-has-phone-numbers": (
        400,
        "BAD_REQUEST",
        "Cannot delete SIP Trunk {trunkId} when there are phone numbers assigned.",
    ),
    "400-credential-used-by-endpoint": (
        400,
        "BAD_REQUEST",
        "Credential '{username}' is already being used by a SIP Endpoint on SIP Trunk '{trunkId}'",
    ),
    "400-phone-number-already-assigned": (
        400,
        "BAD_REQUEST",
        "Phone number {number} is already assigned to SIP Trunk {trunkId}",
    ),
    "400-blocking-rule-exists": (400, "BAD_REQUEST", "Blocking rule already exists with the same parameters"),
    "400-country-code-invalid": (
        400,
        "BAD_REQUEST",
        "Invalid {fieldName}: {countryCode}. Must be a valid ISO 3166-1 alpha-2 code.",
    ),
    "400-direction-invalid": (
        400,
        "BAD_REQUEST",
        "Invalid direction type: {direction}. Must be INBOUND or OUTBOUND.",
    ),
    "400-direction-empty": (400, "BAD_REQUEST", "Direction field cannot be null or empty"),
    # The page documents no message for this one.
    "403-forbidden": (403, "FORBIDDEN", ""),
    "404-trunk-id": (404, "NOT_FOUND", "Could not find SIP Trunk with id '{id}'"),
    "404-trunk-domain": (404, "NOT_FOUND", "Could not find SIP Trunk with domain '{domain}'"),
    "404-endpoint-id": (404, "NOT_FOUND", "Could not find SIP Endpoint with id '{id}'"),
    "404-phone-number-id": (404, "NOT_FOUND", "Could not find phone number with id '{id}'"),
    "404-phone-number": (404, "NOT_FOUND", "Could not find phone number '{number}'"),
    "404-customer-id": (404, "NOT_FOUND", "Could not find Customer with id '{id}'"),
    "404-project-id": (404, "NOT_FOUND", "Could not find Project with id '{id}'"),
    "404-project-config-key": (404, "NOT_FOUND", "Could not find project config with key '{key}'"),
    "404-acl-id": (404, "NOT_FOUND", "Could not find Access Control List with id '{id}'"),
    "404-ip-range-id": (
        404,
        "NOT_FOUND",
        "Could not find IP Range with id '{id}' in access control list with id '{aclId}'",
    ),
    "404-acl-not-on-trunk": (
        404,
        "NOT_FOUND",
        "Access control list '{aclId}' is not associated with trunk '{trunk}'",
    ),
    "404-credential-list-id": (404, "NOT_FOUND", "Could not find Credential List with id '{id}'"),
    "404-credential-username": (404, "NOT_FOUND", "Could not find Credential with username '{username}'"),
    "404-call-id": (404, "NOT_FOUND", "Could not find call ID '{callId}'"),
    "404-blocking-rule-id": (404, "NOT_FOUND", "BlockingRule with ID {id} not found for project {projectId}"),
    "404-export-key": (
        404,
        "NOT_FOUND",
        "Export '{key}' could not be found. Check this is the correct key name, if so, it may still be processing.",
    ),
    "500-internal-server-error": (500, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
}

# Details are optional, and most rows go without. These say once more, for a program to read, what stands in the way.
EXPLAINED = frozenset(
    {"400-project-not-enabled", "400-trunk-has-phone-numbers", "400-phone-number-already-assigned"},
)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass
class Refusal(Exception):  # noqa: N818  # an error is a documented row here, and this is how one is raised
    """A documented error: the id of its row, the values of its placeholders, and the field to blame, if it is one."""

    row: str
    values: Mapping[str, str] = field(default_factory=dict)
    blamed: str | None = None


@dataclass
class Rejection(Exception):  # noqa: N818  # an error is a documented row here, and this is how one is raised
    """An error that no row documents (401, 405, 415, a malformed body, …); it bears the envelope all the same."""

    code: int
    status: str
    message: str
    details: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def refuse(row: str, blamed: str | None = None, /, **values: str) -> NoReturn:
    """Turn the request down with a documented error; every refusal of the sandbox passes through here.

    A field that is blamed is named in a BadRequest detail.
    """
    raise Refusal(row, values, blamed)


def reject_field(name: str, problem: str) -> NoReturn:
    """Turn down a malformed request as clause 17 says: INVALID_ARGUMENT, "Bad request." and the field."""
    raise Rejection(400, "INVALID_ARGUMENT", "Bad request.", (violation(name, problem),))


def violation(name: str, problem: str) -> dict[str, Any]:
    """A BadRequest detail with one field violation."""
    return {"type": "BadRequest", "fieldViolations": [{"field": name, "description": problem}]}


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders in one pass; a value is never looked into, whatever braces or signs it holds."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def refusal_response(refusal: Refusal, table: Mapping[str, tuple[int, str, str]]) -> Response:
    """The envelope of a documented error, with the texts of `table`."""
    code, status, template = table[refusal.row]
    message = render(template, refusal.values)
    details = [violation(refusal.blamed, message)] if refusal.blamed else []
    if refusal.row in EXPLAINED:
        details.append(_error_info(refusal))
    return answer(code, envelope(code, status, message, details))


def rejection_response(rejection: Rejection) -> Response:
    """The envelope of an undocumented error."""
    body = envelope(rejection.code, rejection.status, rejection.message, rejection.details)
    return answer(rejection.code, body, rejection.headers)


def envelope(code: int, status: str, message: str, details: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The bare error body of clause 1; `details` is left out when there are none."""
    body: dict[str, Any] = {"code": code, "status": status, "message": message}
    if details:
        body["details"] = list(details)
    return body


def _error_info(refusal: Refusal) -> dict[str, Any]:
    reason = refusal.row.partition("-")[2].replace("-", "_").upper()
    return {"type": "ErrorInfo", "reason": reason, "domain": "elastic-sip-trunking", "metaData": dict(refusal.values)}
