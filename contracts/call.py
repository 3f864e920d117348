"""A call: one operation with the values to send. `api.createSipTrunk(name="x")` makes one; the client sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from contracts.operation import operations


class Body(Enum):
    """The absence of a request body, told apart from a body that is JSON null."""

    NONE = "no body"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation by name, with its path parameters, query pairs, JSON body and extra headers. Nothing is encoded yet."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    body: Any = Body.NONE
    headers: Mapping[str, str] = field(default_factory=dict)

    def under(self, project: str) -> Call:
        """The same call with its project filled in, where it has one and none is named yet."""
        if "projectId" in self.path or "projectId" not in operations()[self.operation].path_parameters:
            return self
        return replace(self, path={"projectId": project, **self.path})

    def with_header(self, name: str, value: str) -> Call:
        """The same call with one more header."""
        return replace(self, headers={**self.headers, name: value})

    def same_target(self, other: Call) -> bool:
        """Whether both name the same operation on the same resource."""
        return self.operation == other.operation and self.path == other.path

    def sent_values(self) -> frozenset[str]:
        """Every text that the call sends: path, query and body leaves, and the keys of objects."""
        return frozenset([*self.path.values(), *(v for _, v in self.query), *leaves(self.body)])


class Api:
    """The operations as verbs: `api.getSipTrunkById(sipTrunkId=id)`.

    A value goes into the path where the operation's path has that name, else into the query where the operation knows it,
    else into the JSON body. `json=`, `query=` and `headers=` say it outright, for a body that is no object, say.
    """

    def __getattr__(self, name: str) -> Verb:
        """The verb of that name. Raises AttributeError for an operation that the API does not have."""
        if name not in operations():
            raise AttributeError(f"the API has no operation {name!r}; schemas/openapi.json lists them all")
        return Verb(name)

    def __getitem__(self, name: str) -> Verb:
        """The verb of that name, for names held as data."""
        return getattr(self, name)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Verb:
    """An operation, ready to be called with values."""

    name: str

    def __call__(
        self,
        *,
        json: Any = Body.NONE,
        query: tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Call:
        """Make the call. Raises TypeError when a path parameter other than projectId is missing."""
        operation = operations()[self.name]
        names = operation.path_parameters
        if missing := [n for n in names if n not in values and n != "projectId"]:
            raise TypeError(f"{self.name} needs {', '.join(missing)} in its path")
        asked = tuple((name, str(value)) for name, value in values.items() if name in operation.query and name not in names)
        body = {name: v for name, v in values.items() if name not in names and name not in operation.query}
        return Call(
            operation=self.name,
            path={name: str(values[name]) for name in names if name in values},
            query=(*asked, *query),
            body=body if body and json is Body.NONE else json,
            headers=dict(headers or {}),
        )


api = Api()


def leaves(value: Any) -> Iterator[str]:
    """Every text in a JSON value: the keys of objects, strings, and numbers as JSON writes them; of mere bytes, all of them."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from leaves(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif value is not None and value is not Body.NONE:
        yield json.dumps(value)
