"""The operations of the API, read once from its description in `schemas/openapi.json`.

The description is the only place where a method, a path or a parameter stands; the client and the sandbox both look here.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
METHODS = frozenset({"get", "post", "put", "delete"})
LEAVING = frozenset({"exportCallRecords"})
"""What leaves something behind although it is a GET: the export that it makes (behaviour.md, "404-export-key")."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its operationId, HTTP method and path template, as `/v1/projects/{projectId}/trunks`.

    `resource` is the kind of resource that it belongs to; `published` is false for the operations that the published
    description leaves out and that a profile can rename or withdraw.
    """

    name: str
    method: str
    path: str
    query: frozenset[str]
    resource: str
    published: bool

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names between braces, from left to right."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def only_reads(self) -> bool:
        """Whether a request of it changes nothing, even where it should have been refused and was not."""
        return self.method == "GET" and self.name not in LEAVING


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI description of the API, as parsed JSON."""
    parsed: dict[str, Any] = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))
    return parsed


@functools.cache
def operations() -> Mapping[str, Operation]:
    """All 63 operations by name, in the order of the description."""
    return {
        facts["operationId"]: _operation(method, path, facts)
        for path, methods in description()["paths"].items()
        for method, facts in methods.items()
        if method in METHODS
    }


def _operation(method: str, path: str, facts: Mapping[str, Any]) -> Operation:
    return Operation(
        name=facts["operationId"],
        method=method.upper(),
        path=path,
        query=frozenset(p["name"] for p in facts.get("parameters", ()) if p["in"] == "query"),
        resource=facts["tags"][0],
        published=not facts.get("x-unpublished", False),
    )
