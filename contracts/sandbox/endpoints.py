"""SIP endpoints of a trunk: static ones with an address, registered ones with a credential."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from contracts.sandbox import known, view
from contracts.sandbox.body import (
    Shape,
    boolean,
    filled_text,
    first_fault,
    integer,
    one_of,
    optional,
    required,
    that,
    well_formed,
)
from contracts.sandbox.known import trunk_known
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import Endpoint
from contracts.sandbox.step import Context, check, plan

DEFAULT_PORT = 5060
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.ASCII)


def is_address(value: str) -> bool:
    """An IP address or a domain."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return _DOMAIN.fullmatch(value) is not None
    return True


_COMMON: Shape = {
    "name": required(filled_text),
    "priority": required(integer(1, 2**31 - 1)),
    "transport": optional(one_of("TCP", "UDP", "TLS")),
    "enabled": optional(boolean),
    "isRegistered": optional(boolean),
}
_STATIC: Shape = {
    "address": required(that(is_address, "must be an IP address or a domain")),
    "port": optional(integer(1, 65535)),
}
_REGISTERED: Shape = {"credentialUsername": required(filled_text)}


def _kind_fault(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Exactly one of the two kinds: all of its members, and none of the other's."""
    mine, other = (_REGISTERED, _STATIC) if body.get("isRegistered") else (_STATIC, _REGISTERED)
    too_much = next((name for name in other if body.get(name) is not None), None)
    return (too_much, "is not for this kind of endpoint") if too_much else first_fault(mine, body)


endpoint_body = well_formed(_COMMON, _kind_fault)


@check("404-endpoint-id")
def endpoint_known(context: Context) -> None:
    """The endpoint is there, and it is this trunk's."""
    if _endpoint(context) is None:
        refuse("404-endpoint-id", id=context.path["sipEndpointId"])


@check("404-credential-username")
def username_known(context: Context) -> None:
    """A registered endpoint's username is in a list of the project."""
    username = _username(context)
    if username is not None and context.state.credential(context.project_id, username) is None:
        refuse("404-credential-username", username=username)


@check("400-credential-used-by-endpoint")
def username_not_in_use(context: Context) -> None:
    """No other endpoint uses the username; the message names that one's trunk (clause 7)."""
    username = _username(context)
    user = context.state.user_of(username, but=context.path.get("sipEndpointId")) if username else None
    if username and user:
        refuse("400-credential-used-by-endpoint", username=username, trunkId=user.trunk_id)


def create(context: Context) -> Response:
    """`createSipEndpoint`: one endpoint, as the official Node SDK reads it."""
    endpoint = _filled(context, context.new_id())
    context.state.endpoints[endpoint.id] = endpoint
    return answer(200, view.endpoint(endpoint))


def find_all(context: Context) -> Response:
    """`getSipEndpoint`: the trunk's endpoints."""
    endpoints = [one for one in context.state.endpoints.values() if one.trunk_id == known.trunk_id(context)]
    return LISTS.answer(context, [view.endpoint(one) for one in endpoints], "endpoints")


def get(context: Context) -> Response:
    """`getSipEndpointById`."""
    return answer(200, view.endpoint(context.state.endpoints[context.path["sipEndpointId"]]))


def update(context: Context) -> Response:
    """`updateSipEndpoint`: the whole endpoint is replaced, its kind included."""
    endpoint = _filled(context, context.path["sipEndpointId"])
    context.state.endpoints[endpoint.id] = endpoint
    return answer(200, view.endpoint(endpoint))


def delete(context: Context) -> Response:
    """`deleteSipEndpoint`."""
    context.state.endpoints.pop(context.path["sipEndpointId"], None)
    return no_content()


def _endpoint(context: Context) -> Endpoint | None:
    endpoint = context.state.find(context.state.endpoints, context.project_id, context.path["sipEndpointId"])
    return endpoint if endpoint is not None and endpoint.trunk_id == known.trunk_id(context) else None


def _username(context: Context) -> str | None:
    body = context.body
    return body["credentialUsername"] if body.get("isRegistered") else None


def _filled(context: Context, endpoint_id: str) -> Endpoint:
    body, before, username = context.body, context.state.endpoints.get(endpoint_id), _username(context)
    return Endpoint(
        id=endpoint_id,
        project_id=context.project_id,
        trunk_id=known.trunk_id(context),
        name=body["name"],
        transport=body.get("transport") or "UDP",
        priority=body["priority"],
        enabled=body.get("enabled") is not False,
        created=before.created if before else context.now,
        updated=context.now if before else None,
        address=None if username else body["address"],
        port=None if username else body.get("port") or DEFAULT_PORT,
        username=username,
    )


PLANS = {
    "getSipEndpoint": plan(trunk_known, paging_valid, effect=find_all),
    "createSipEndpoint": plan(trunk_known, endpoint_body, username_known, username_not_in_use, effect=create),
    "getSipEndpointById": plan(trunk_known, endpoint_known, effect=get),
    "updateSipEndpoint": plan(trunk_known, endpoint_known, endpoint_body, username_known, username_not_in_use, effect=update),
    "deleteSipEndpoint": plan(trunk_known, endpoint_known, effect=delete),
}
