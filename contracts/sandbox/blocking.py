"""Call blocking rules."""

from __future__ import annotations

from contracts.sandbox import view
from contracts.sandbox.body import optional, text, well_formed
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import BlockingRule
from contracts.sandbox.step import Check, Context, check, plan
from contracts.sandbox.values import country_in_body, direction_given, direction_valid

_OPTIONAL = ("callerCountry", "calleeCountry", "callerMatch", "calleeMatch")
rule_body = well_formed({"name": optional(text), "direction": optional(text)} | dict.fromkeys(_OPTIONAL, optional(text)))


@check("404-blocking-rule-id")
def rule_known(context: Context) -> None:
    """The rule in the path is there."""
    rule_id = context.path["id"]
    if context.state.find(context.state.rules, context.project_id, rule_id) is None:
        refuse("404-blocking-rule-id", id=rule_id, projectId=context.project_id)


@check("400-blocking-rule-exists")
def rule_new(context: Context) -> None:
    """No other rule of the project has the same parameters; the name does not count (clause 16)."""
    rules = context.state.of_project(context.state.rules, context.project_id)
    if any(one.parameters == _parameters(context) and one.id != context.path.get("id") for one in rules):
        refuse("400-blocking-rule-exists")


def create(context: Context) -> Response:
    """`createBlockingRule`."""
    return _store(context, context.new_id())


def find_all(context: Context) -> Response:
    """`getBlockingRules`, as a page under a key: the official Node SDK throws on the bare array of the description."""
    rules = context.state.of_project(context.state.rules, context.project_id)
    return LISTS.answer(context, [view.blocking_rule(one) for one in rules], "callBlockingRules")


def update(context: Context) -> Response:
    """`updateBlockingRuleById`."""
    return _store(context, context.path["id"])


def delete(context: Context) -> Response:
    """`deleteBlockingRuleById`."""
    context.state.rules.pop(context.path["id"], None)
    return no_content()


def _store(context: Context, rule_id: str) -> Response:
    rule = BlockingRule(rule_id, context.project_id, context.body.get("name"), _parameters(context))
    context.state.rules[rule_id] = rule
    return answer(200, view.blocking_rule(rule))


def _parameters(context: Context) -> tuple[str | None, ...]:
    return (context.body.get("direction"), *(context.body.get(name) or None for name in _OPTIONAL))


_values: tuple[Check, ...] = (
    direction_given,
    direction_valid,
    country_in_body("callerCountry"),
    country_in_body("calleeCountry"),
)

PLANS = {
    "getBlockingRules": plan(paging_valid, effect=find_all),
    "createBlockingRule": plan(rule_body, *_values, rule_new, effect=create),
    "updateBlockingRuleById": plan(rule_known, rule_body, *_values, rule_new, effect=update),
    "deleteBlockingRuleById": plan(rule_known, effect=delete),
}
