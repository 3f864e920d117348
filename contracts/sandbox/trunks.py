"""SIP trunks and what is attached to them."""

from __future__ import annotations

from dataclasses import replace

from contracts.sandbox import country, known, view
from contracts.sandbox.body import Shape, boolean, filled_text, first_fault, optional, required, that, well_formed
from contracts.sandbox.known import trunk_known
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import Trunk
from contracts.sandbox.step import Check, Context, check, plan

_SHAPE: Shape = {
    "hostName": required(filled_text),
    "name": required(filled_text),
    "enableCallerName": optional(boolean),
    "enableCallForward": optional(boolean),
    "callForwardNumber": optional(that(country.is_number, "must be a phone number in E.164 form")),
}
_FORWARDED: Shape = {"callForwardNumber": required(_SHAPE["callForwardNumber"].fault)}
trunk_body = well_formed(_SHAPE, lambda body: first_fault(_FORWARDED, body) if body.get("enableCallForward") else None)


@check("400-domain-unavailable")
def host_name_free(context: Context) -> None:
    """A host name is unique over all projects; a trunk may keep its own."""
    if context.body["hostName"] in context.state.host_names(but=context.path.get("sipTrunkId")):
        refuse("400-domain-unavailable")


@check("404-trunk-domain")
def domain_known(context: Context) -> None:
    """A trunk of the project has the domain in the path."""
    if _by_domain(context) is None:
        refuse("404-trunk-domain", domain=context.path["domain"])


@check("400-trunk-has-phone-numbers")
def no_numbers(context: Context) -> None:
    """Numbers come before other children (clause 9)."""
    trunk = known.trunk_id(context)
    if any(number.trunk_id == trunk for number in context.state.numbers.values()):
        refuse("400-trunk-has-phone-numbers", trunkId=trunk)


@check("400-parent-has-children")
def no_endpoints(context: Context) -> None:
    """No endpoint is left."""
    if any(one.trunk_id == known.trunk_id(context) for one in context.state.endpoints.values()):
        refuse("400-parent-has-children", parent="SIP Trunk", child="SIP Endpoint")


@check("400-parent-has-children")
def no_acls(context: Context) -> None:
    """No access control list is attached."""
    if known.trunk(context).acls:
        refuse("400-parent-has-children", parent="SIP Trunk", child="Access Control List")


@check("400-parent-has-children")
def no_credential_lists(context: Context) -> None:
    """No credential list is attached."""
    if known.trunk(context).credential_lists:
        refuse("400-parent-has-children", parent="SIP Trunk", child="Credential List")


def create(context: Context) -> Response:
    """`createSipTrunk`."""
    body = context.body
    trunk = _filled(Trunk(context.new_id(), context.project_id, body["hostName"], body["name"], context.now), context)
    context.state.trunks[trunk.id] = trunk
    return answer(201, view.trunk(trunk))


def find_all(context: Context) -> Response:
    """`getSipTrunks`, under the key of the description and under that of the official Node SDK."""
    wanted = context.query("domain")
    trunks = context.state.of_project(context.state.trunks, context.project_id)
    shown = [view.trunk(one) for one in trunks if wanted in {None, view.domain(one.host_name), one.host_name}]
    return LISTS.answer(context, shown, "sipTrunks", "trunks")


def get(context: Context) -> Response:
    """`getSipTrunkById`."""
    return answer(200, view.trunk(known.trunk(context)))


def get_by_domain(context: Context) -> Response:
    """`getSipTrunkByDomain`."""
    trunk = _by_domain(context)
    if trunk is None:  # never, once domain_known has passed
        raise LookupError
    return answer(200, view.trunk(trunk))


def update(context: Context) -> Response:
    """`updateSipTrunk`: what is left out falls back to what a new trunk has."""
    trunk = replace(_filled(known.trunk(context), context), updated=context.now)
    context.state.trunks[trunk.id] = trunk
    return answer(200, view.trunk(trunk))


def delete(context: Context) -> Response:
    """`deleteSipTrunk`."""
    context.state.trunks.pop(known.trunk_id(context), None)
    return no_content()


def _filled(trunk: Trunk, context: Context) -> Trunk:
    body = context.body
    return replace(
        trunk,
        host_name=body["hostName"],
        name=body["name"],
        caller_name=bool(body.get("enableCallerName")),
        forward=bool(body.get("enableCallForward")),
        forward_number=body.get("callForwardNumber"),
    )


def _by_domain(context: Context) -> Trunk | None:
    trunks = context.state.of_project(context.state.trunks, context.project_id)
    return next((one for one in trunks if view.domain(one.host_name) == context.path["domain"]), None)


_childless: tuple[Check, ...] = (no_numbers, no_endpoints, no_acls, no_credential_lists)

PLANS = {
    "createSipTrunk": plan(trunk_body, host_name_free, effect=create),
    "getSipTrunks": plan(paging_valid, effect=find_all),
    "getSipTrunkById": plan(trunk_known, effect=get),
    "getSipTrunkByDomain": plan(domain_known, effect=get_by_domain),
    "updateSipTrunk": plan(trunk_known, trunk_body, host_name_free, effect=update),
    "deleteSipTrunk": plan(trunk_known, *_childless, effect=delete),
}
