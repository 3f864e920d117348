"""Reading the files of schemas/ for the tests of them: parsed, with validators, and what those complain about."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from contracts.operation import SCHEMAS, operations

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

NAMES = sorted(path.name for path in SCHEMAS.glob("*.schema.json"))
BASE = "https://schemas.invalid/trunking-error-contracts/"
OPENAPI = BASE + "openapi.json"


@functools.cache
def loaded(name: str) -> Any:
    """A file of schemas/, parsed."""
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@functools.cache
def registry() -> Registry[Any]:
    """All schemas under their own ids, and the description of the API under one that it is given here."""
    own = [(loaded(name)["$id"], Resource.from_contents(loaded(name))) for name in NAMES]
    api = (OPENAPI, DRAFT202012.create_resource(loaded("openapi.json")))
    empty: Registry[Any] = Registry()
    return empty.with_resources([*own, api])


@functools.cache
def validator(reference: str) -> Draft202012Validator:
    """A validator for a schema file, or for a component as `openapi.json#/components/schemas/Error`."""
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator({"$ref": BASE + reference}, registry=registry(), format_checker=checker)


def complaints(reference: str, instance: object) -> list[tuple[str, str]]:
    """What a schema finds wrong: the place in the instance and the keyword, sorted."""

    def place(error: ValidationError) -> str:
        return "/".join(map(str, error.absolute_path))

    return sorted((place(error), str(error.validator)) for error in validator(reference).iter_errors(instance))


def references(node: object, base: str = "") -> Iterator[str]:
    """Every reference below a node, resolved against the id of its document."""
    if isinstance(node, dict):
        base = node.get("$id", base)
        if isinstance(target := node.get("$ref"), str):
            yield base + target if target.startswith("#") else BASE + target
        for inner in node.values():
            yield from references(inner, base)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner, base)


def step(name: str) -> str:
    """A name as one step of a JSON pointer in a reference."""
    return quote(name.replace("~", "~0").replace("/", "~1"))


def facts(name: str) -> dict[str, Any]:
    """What the description says about an operation."""
    operation = operations()[name]
    said: dict[str, Any] = loaded("openapi.json")["paths"][operation.path][operation.method.lower()]
    return said
