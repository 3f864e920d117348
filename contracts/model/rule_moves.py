"""Moves with call blocking rules."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, each, gone, into, only, pairs
from contracts.model.state import BlockingRule

MOVES: list[Move] = []
move = into(MOVES)

_PARAMETERS = ("direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch")


def _rule(name: str, parameters: Sequence[str]) -> dict[str, str]:
    return {"name": name, **dict(zip(_PARAMETERS, parameters, strict=True))}


@move("createBlockingRule", each("rules", most=MOST))
def create_rule(maker: Maker, project: str) -> Call:
    """A new rule."""
    return api.createBlockingRule(projectId=project, json=maker.rule_body())


@move("createBlockingRule", each("rules"))
def create_rule_again(_: Maker, rule: BlockingRule) -> Call:
    """A rule that is there already, name and all."""
    return api.createBlockingRule(projectId=rule.project, json=_rule(rule.name, rule.parameters))


@move("createBlockingRule", only(gone(BlockingRule), lambda state, _: len(state.rules) < MOST))
def create_gone_rule(_: Maker, rule: BlockingRule) -> Call:
    """A rule that was deleted, created again."""
    return api.createBlockingRule(projectId=rule.project, json=_rule(rule.name, rule.parameters))


@move("updateBlockingRuleById", each("rules"))
def rename_rule(maker: Maker, rule: BlockingRule) -> Call:
    """Another name for a rule, and nothing else."""
    return api.updateBlockingRuleById(projectId=rule.project, id=rule.id, json=_rule(maker.word(), rule.parameters))


@move("updateBlockingRuleById", pairs("rules", "rules", but_itself=True))
def make_rule_as_another(_: Maker, rule: BlockingRule, other: BlockingRule) -> Call:
    """The parameters of another rule for a rule."""
    return api.updateBlockingRuleById(projectId=rule.project, id=rule.id, json=_rule(other.name, other.parameters))


@move("deleteBlockingRuleById", each("rules"))
def delete_rule(_: Maker, rule: BlockingRule) -> Call:
    """Deletion of a rule."""
    return api.deleteBlockingRuleById(projectId=rule.project, id=rule.id)


@move("deleteBlockingRuleById", gone(BlockingRule))
def delete_gone_rule(_: Maker, rule: BlockingRule) -> Call:
    """Deletion of a rule that was deleted."""
    return api.deleteBlockingRuleById(projectId=rule.project, id=rule.id)
