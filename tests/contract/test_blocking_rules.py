"""Call blocking rules: their parameters, directions and countries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contracts.call import Call, api
from contracts.case import controls, provokes, races
from contracts.world import World
from tests.contract import unknown
from tests.contract.unknown import IDS, RULE
from tests.contract.values import BAD_COUNTRIES, BAD_DIRECTIONS, DIRECTIONS, RACE, RARE_COUNTRIES, raising

BOTH = ("createBlockingRule", "updateBlockingRuleById")
COUNTRY_FIELDS = ("callerCountry", "calleeCountry")

# -- equal rules --------------------------------------------------------------------------------------------------------------


@provokes("400-blocking-rule-exists", by="createBlockingRule", variant="twice")
def rule_created_twice(world: World) -> None:
    """A rule with the parameters of another one cannot be created."""
    again = api.createBlockingRule(json=world.rule().sent)
    world.refused(again, watch=[api.getBlockingRules()])


@provokes("400-blocking-rule-exists", by="updateBlockingRuleById", variant="into-another")
def rule_updated_into_another(world: World) -> None:
    """A rule cannot be updated to the parameters of another one."""
    other, rule = world.rule(), world.rule()
    world.refused(api.updateBlockingRuleById(id=rule["id"], json=other.sent), watch=[api.getBlockingRules()])


@races("400-blocking-rule-exists", by="createBlockingRule", variant="race", contestants=RACE)
def creations_of_rule_race(world: World, contestants: int) -> None:
    """Of equal rules created at once, one is."""
    rule = world.rule()  # to be sure that nobody else has it
    world.made(api.deleteBlockingRuleById(id=rule["id"]))
    world.race([api.createBlockingRule(json=rule.sent)] * contestants, lambda _: {})


# -- directions ---------------------------------------------------------------------------------------------------------------


@provokes("400-direction-invalid", by=BOTH, direction=BAD_DIRECTIONS)
def rule_with_bad_direction(world: World, by: str, direction: str) -> None:
    """A rule's direction is one of two words, letter for letter."""
    world.refused(_rule_with(world, by, direction=direction), watch=[api.getBlockingRules()], direction=direction)


@controls("400-direction-invalid", by=BOTH, direction=DIRECTIONS)
def rule_with_direction(world: World, by: str, direction: str) -> None:
    """A rule bars calls of either direction."""
    world.accepted(_rule_with(world, by, direction=direction))


@provokes("400-direction-empty", by=BOTH, direction={"null": {"direction": None}, "empty": {"direction": ""}, "left-out": {}})
def rule_without_direction(world: World, by: str, direction: dict[str, Any]) -> None:
    """A rule has a direction: it is neither null nor empty nor left out."""
    call = _rule_with(world, by)
    body = {name: value for name, value in call.body.items() if name != "direction"} | direction
    world.refused(replace(call, body=body), watch=[api.getBlockingRules()])


# -- countries ----------------------------------------------------------------------------------------------------------------


@provokes("400-country-code-invalid", by=BOTH, field=COUNTRY_FIELDS, code=BAD_COUNTRIES)
def rule_with_bad_country(world: World, by: str, field: str, code: str) -> None:
    """A rule's countries are assigned codes, in capitals, with nothing around them."""
    call = _rule_with(world, by, **{field: code})
    world.refused(call, watch=[api.getBlockingRules()], fieldName=field, countryCode=code)


@controls("400-country-code-invalid", by=BOTH, field=COUNTRY_FIELDS, code=RARE_COUNTRIES)
def rule_with_rare_country(world: World, by: str, field: str, code: str) -> None:
    """A rule's countries may be countries that hardly anybody calls."""
    world.accepted(_rule_with(world, by, **{field: code}))


def _rule_with(world: World, operation: str, **members: Any) -> Call:
    """The creation of a rule, or the update of one that was made, that is right but for these members."""
    body = {**world.rule_body(), **members}
    if operation == "createBlockingRule":
        return api.createBlockingRule(json=body)
    return api.updateBlockingRuleById(id=world.rule()["id"], json=body)


# -- unknown rules ------------------------------------------------------------------------------------------------------------


@provokes("404-blocking-rule-id", by=raising("404-blocking-rule-id"), shape=IDS)
def rule_unknown(world: World, by: str, shape: str) -> None:
    """A rule that the project does not have can neither be updated nor deleted."""
    rule = unknown.an_id(world, RULE, shape)
    call = api[by](**{**world.any_arguments(by), "id": rule.id})
    world.refused(call, watch=rule.watch, hidden=rule.hidden, id=rule.id, projectId=world.target.project)


@controls("404-blocking-rule-id", by="updateBlockingRuleById", variant="known")
def rule_known(world: World) -> None:
    """A rule that the project has is updated."""
    rule = world.rule()
    world.accepted(api.updateBlockingRuleById(id=rule["id"], json=rule.sent))
