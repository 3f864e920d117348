"""Variants that judge requests otherwise where behaviour.md settles nothing. No case may send any: each has a probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from contracts.leeway.probe import ACL, CREDENTIALS, RULE, TRUNK, made
from contracts.leeway.variant import Ask, Choice, Tally, Variant, barring, edited
from contracts.sandbox import Behaviour, Response, trunks, view
from contracts.sandbox.access_lists import list_body
from contracts.sandbox.body import read
from contracts.sandbox.message import answer
from contracts.sandbox.refusals import refuse, reject_field
from contracts.sandbox.state import AccessList, Trunk
from contracts.sandbox.step import Check, Context, Plan

RULES = ("createBlockingRule", "updateBlockingRuleById")
CALLS = ("findCalls", "exportCallRecords")
BODY = "body_well_formed"


def _member(context: Context, name: str) -> Any:
    """A member of a body that was not looked at yet."""
    value = read(context)
    return value.get(name) if isinstance(value, dict) else None


# -- ranges left out ----------------------------------------------------------------------------------------------------------


def _ranges_needed(context: Context) -> None:
    if _member(context, "ipRanges") is None:
        refuse("400-acl-needs-ip-range", "ipRanges")


def _ranges_expected(context: Context) -> None:
    if _member(context, "ipRanges") is None:
        reject_field("ipRanges", "is required")


def _no_ranges_taken(tally: Tally) -> Behaviour:
    """A list that is made without a word of ranges has none."""

    def edit(plan: Plan) -> Plan:
        def effect(context: Context) -> Response:
            if context.body.get("ipRanges") is not None:
                return plan.effect(context)
            tally.note()
            held = AccessList(
                context.new_id(), context.project_id, context.body["name"], enabled=True, ranges=(), created=context.now
            )
            context.state.acls[held.id] = held
            return answer(200, view.acl(held, context.state))

        return Plan(tuple(list_body if one.name == BODY else one for one in plan.checks), effect)

    return edited({"createAccessControlList": edit})


def _acl_renamed(ask: Ask) -> None:
    ask("PUT", f"/accessControlLists/{made(ask, '/accessControlLists', ACL)}", {"name": "probe"})


RANGES = (
    "400-acl-needs-ip-range",
    "400-acl-already-on-trunk",
    "404-acl-id",
    "404-ip-range-id",
    "404-acl-not-on-trunk",
    "403-forbidden",
)
RANGES_LEFT_OUT = (
    Variant(
        "acl-created-with-none",
        "not settled",
        "an access control list is created without ranges",
        choice=_no_ranges_taken,
        cases=RANGES,
        probe=lambda ask: ask("POST", "/accessControlLists", {"name": "probe"}),
    ),
    Variant(
        "acl-created-needs-ranges",
        "not settled",
        "one whose ranges are left out is refused as an empty one is",
        choice=barring(_ranges_needed, "createAccessControlList", before=BODY),
        cases=RANGES,
        probe=lambda ask: ask("POST", "/accessControlLists", {"name": "probe"}),
    ),
    Variant(
        "acl-updated-needs-ranges",
        "not settled",
        "an update that leaves ranges out is refused as an empty one is",
        choice=barring(_ranges_needed, "updateAccessControlList", before=BODY),
        cases=RANGES,
        probe=_acl_renamed,
    ),
    Variant(
        "acl-updated-expects-ranges",
        "not settled",
        "an update that leaves ranges out is a bad request",
        choice=barring(_ranges_expected, "updateAccessControlList", before=BODY),
        cases=RANGES,
        probe=_acl_renamed,
    ),
)

# -- values -------------------------------------------------------------------------------------------------------------------


def _empty_parameter(context: Context) -> None:
    if name := next((name for name, value in context.query_pairs() if not value), ""):
        reject_field(name, "must not be empty")


def _empty_direction(context: Context) -> None:
    if ("direction", "") in context.query_pairs():
        refuse("400-direction-invalid", "direction", direction="")


def _empty_country(context: Context) -> None:
    if name := next((name for name in ("callerCountry", "calleeCountry") if context.body.get(name) == ""), ""):
        refuse("400-country-code-invalid", name, fieldName=name, countryCode="")


def _year_alone(context: Context) -> None:
    if any(name.startswith("createTime") and len(value) == 4 for name, value in context.query_pairs()):
        refuse("400-timestamp-format", "createTime", format="yyyy-MM-dd")


def _typed_direction(context: Context) -> None:
    if not isinstance(given := _member(context, "direction"), (str, type(None))):
        refuse("400-direction-invalid", "direction", direction=str(given))


FILTERS = ("400-direction-invalid", "400-timestamp-format", "404-call-id", "404-export-key")
VALUES = (
    Variant(
        "query-empty-bad",
        "not settled",
        "an empty query parameter is a bad request",
        choice=barring(_empty_parameter, *CALLS, "getSipTrunks", "GetPhoneNumbers"),
        cases=FILTERS,
        probe=lambda ask: ask("GET", "/calls", query="from="),
    ),
    Variant(
        "query-empty-direction",
        "not settled",
        "an empty direction in a query is a wrong one",
        choice=barring(_empty_direction, *CALLS),
        cases=FILTERS,
        probe=lambda ask: ask("GET", "/calls", query="direction="),
    ),
    Variant(
        "country-empty-bad",
        "not settled",
        "an empty country is no country",
        choice=barring(_empty_country, *RULES),
        cases=(
            "400-country-code-invalid/createBlockingRule",
            "400-direction-invalid",
            "400-direction-empty",
            "400-blocking-rule-exists",
        ),
        probe=lambda ask: ask("POST", "/callBlockingRules", {**RULE, "callerCountry": ""}),
    ),
    Variant(
        "year-alone-bad",
        "not settled",
        "a year alone is no time",
        choice=barring(_year_alone, *CALLS),
        cases=FILTERS,
        probe=lambda ask: ask("GET", "/calls", query="createTime=2021"),
    ),
    Variant(
        "direction-of-another-type",
        "not settled",
        "a direction that is no string is a wrong one",
        choice=barring(_typed_direction, *RULES, before=BODY),
        cases=("400-direction-invalid", "400-direction-empty", "400-blocking-rule-exists", "404-blocking-rule-id"),
        probe=lambda ask: ask("POST", "/callBlockingRules", {**RULE, "direction": 7}),
    ),
)

# -- upper and lower case -----------------------------------------------------------------------------------------------------


def _host_name_taken(context: Context) -> None:
    names = context.state.host_names(but=context.path.get("sipTrunkId"))
    if context.body["hostName"].casefold() in {name.casefold() for name in names}:
        refuse("400-domain-unavailable")


def _username_taken(context: Context) -> None:
    taken = {name.casefold() for name in context.state.usernames()}
    if any(one["username"].casefold() in taken for one in context.body["credentials"]):
        refuse("400-username-unavailable")


def _by_any_case(context: Context) -> Trunk:
    wanted = context.path["domain"].casefold()
    found = (one for one in context.state.of_project(context.state.trunks, context.project_id))
    trunk = next((one for one in found if view.domain(one.host_name).casefold() == wanted), None)
    return trunk or refuse("404-trunk-domain", domain=context.path["domain"])


def _domains_in_capitals(tally: Tally) -> Behaviour:
    """Host names are kept in capitals, whatever was sent, and compared without case."""

    def capitals(plan: Plan) -> Plan:
        def run(context: Context) -> None:
            context.body = {**context.body, "hostName": context.body["hostName"].upper()}
            tally.note()

        place = [one.name for one in plan.checks].index(BODY) + 1
        return replace(plan, checks=(*plan.checks[:place], Check("capitals", None, run), *plan.checks[place:]))

    def sought(plan: Plan) -> Plan:
        checks = tuple(one for one in plan.checks if one.name != trunks.domain_known.name)
        return Plan(checks, lambda context: answer(200, view.trunk(_by_any_case(context))))

    return edited({"createSipTrunk": capitals, "updateSipTrunk": capitals, "getSipTrunkByDomain": sought})


def _twice(ask: Ask, path: str, one: Any, other: Any) -> None:
    ask("POST", path, one)
    ask("POST", path, other)


def _case(bar: Choice, name: str, what: str, path: str, *bodies: Any) -> Variant:
    return Variant(name, "not settled", what, choice=bar, probe=lambda ask: _twice(ask, path, *bodies))


CASES = (
    _case(
        barring(_host_name_taken, "createSipTrunk", "updateSipTrunk", before="host_name_free"),
        "host-names-caseless",
        "host names that differ in case are the same",
        "/trunks",
        TRUNK,
        {**TRUNK, "hostName": "Probe"},
    ),
    _case(
        barring(_username_taken, "createCredentialList", before="usernames_free"),
        "usernames-caseless",
        "usernames that differ in case are the same",
        "/credentialLists",
        CREDENTIALS,
        {"name": "other", "credentials": [{"username": "PROBE", "password": "Pw-2"}]},
    ),
    Variant(
        "host-names-capital", "not settled", "host names are kept in capitals, and found in any case", choice=_domains_in_capitals
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from (*RANGES_LEFT_OUT, *VALUES, *CASES)
