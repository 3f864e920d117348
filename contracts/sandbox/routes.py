"""From method and path to an operation, and from an operation to its plan."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from contracts.operation import operations
from contracts.sandbox import (
    access_lists,
    attachments,
    blocking,
    calls,
    credentials,
    endpoints,
    numbers,
    permissions,
    projects,
    trunks,
)
from contracts.sandbox.gate import NO_METHOD_PLAN, NO_PATH_PLAN, TOKEN_PLAN, prefix
from contracts.sandbox.step import Plan

TOKEN, NO_PATH, NO_METHOD = "(token)", "(no such path)", "(no such method)"
TOKEN_PATH = "/oauth2/token"  # noqa: S105  # a path, not a password


@dataclass(frozen=True, slots=True)
class Match:
    """The operation that a request asks for, and the decoded values of its path; `allow` where the method is wrong."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    """One place in the tree of paths: literal pieces below it, a parameter below it, the operations that end here."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    methods: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def below(self, piece: str) -> _Node:
        """The place below that a piece of a path template leads to, made when it is not there."""
        if not piece.startswith("{"):
            return self.literals.setdefault(piece, _Node())
        self.parameter = self.parameter or _Node()
        return self.parameter


def match(method: str, raw_path: str) -> Match:
    """The operation for a path as it came. It is cut at its slashes first and decoded then, once: %2F cuts nothing."""
    pieces = [unquote(piece) for piece in raw_path.removeprefix("/").split("/")]
    found = _walk(_tree(), pieces, ())
    if found is None:
        return Match(NO_PATH)
    node, values = found
    if method not in node.methods:
        return Match(NO_METHOD, allow=tuple(sorted(node.methods)))
    name, parameters = node.methods[method]
    return Match(name, dict(zip(parameters, values, strict=True)))


@functools.cache
def plans() -> Mapping[str, Plan]:
    """Every operation's plan, with the checks in front that its path asks for."""
    own = (access_lists, attachments, blocking, calls, credentials, endpoints, numbers, permissions, projects, trunks)
    declared: dict[str, Plan] = {name: plan for module in own for name, plan in module.PLANS.items()}
    described = {name: declared[name].after(*prefix(facts.path)) for name, facts in operations().items()}
    return {**described, TOKEN: TOKEN_PLAN, NO_PATH: NO_PATH_PLAN, NO_METHOD: NO_METHOD_PLAN}


@functools.cache
def _tree() -> _Node:
    root = _Node()
    for name, facts in operations().items():
        _leaf(root, facts.path).methods[facts.method] = (name, facts.path_parameters)
    _leaf(root, TOKEN_PATH).methods["POST"] = (TOKEN, ())
    return root


def _leaf(root: _Node, template: str) -> _Node:
    return functools.reduce(_Node.below, template.removeprefix("/").split("/"), root)


def _walk(node: _Node, pieces: list[str], values: tuple[str, ...]) -> tuple[_Node, tuple[str, ...]] | None:
    """The place that the pieces lead to; a literal piece goes before a parameter."""
    if not pieces:
        return (node, values) if node.methods else None
    first, *rest = pieces
    literal = node.literals.get(first)
    found = _walk(literal, rest, values) if literal else None
    if found is None and node.parameter and first:
        found = _walk(node.parameter, rest, (*values, first))
    return found
