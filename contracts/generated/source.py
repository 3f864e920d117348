"""Where requests come from: schemathesis, over the suite's own description. To import this costs a quarter of a second.

Of schemathesis it uses what the manual has (`openapi.from_dict`, `Config.from_dict`, `schema[path][method]`, `as_strategy`,
`operation.Case` and the members of a case), and what bears no underscore but stands in no manual: `schema.iter_coverage_cases`,
which gives the cases of the coverage phase just as its own runner gets them, `core.NotSet` for no body, and a case's `meta`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

import schemathesis
from hypothesis import strategies as st
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode
from schemathesis.core import NotSet

from contracts.call import Body, Call
from contracts.generated.sample import Sample
from contracts.operation import description, operations

JSON = "application/json"
CONFIG = {
    # Credentials are the client's; a parameter that no operation knows is one test, which its phases would make hundreds of.
    "generation": {"with-security-parameters": False, "allow-extra-parameters": False},
    # A method that the description does not have could do anything.
    "phases": {"coverage": {"unexpected-methods": []}},
}


@functools.cache
def schema() -> BaseSchema:
    """The description as schemathesis knows it. Nothing is sent by it, so it needs no address."""
    return schemathesis.openapi.from_dict(description(), config=schemathesis.Config.from_dict(CONFIG))


@functools.cache
def operation(name: str) -> APIOperation[Any, Any, Any, Any]:
    """One operation by its name."""
    facts = operations()[name]
    return schema()[facts.path][facts.method.lower()]


def covering(name: str) -> Iterator[Case[Any]]:
    """The cases of the coverage phase: each thing that the description says of a request, kept once and broken once."""
    config = schema().config.generation_for(operation=operation(name), phase="coverage")
    return schema().iter_coverage_cases(operation(name), generation_modes=list(GenerationMode), generation_config=config)


def fuzzing(name: str) -> st.SearchStrategy[Case[Any]]:
    """The cases of the fuzzing phase: requests that the description allows, and requests that it forbids."""
    return st.one_of([operation(name).as_strategy(generation_mode=mode) for mode in GenerationMode])


def made(sample: Sample) -> Case[Any]:
    """A case that was not generated, and of which nobody says whether the description allows it."""
    body = {} if sample.body is Body.NONE else {"body": sample.body, "media_type": JSON}
    case: Case[Any] = operation(sample.operation).Case(path_parameters=_quoted(sample.path), query=_named(sample.query), **body)
    return case


def forbidden(case: Case[Any]) -> bool:
    """Whether the description forbids a case."""
    return case.meta is not None and case.meta.generation.mode.is_negative


def scenario(case: Case[Any]) -> str:
    """What a case of the coverage phase is about: what is kept or broken in it."""
    phase = case.meta.phase.data if case.meta else None
    return f"{getattr(phase, 'scenario', '')} {forbidden(case)}"


def has_body(case: Case[Any]) -> bool:
    """Whether a case has a body, be it null."""
    return not isinstance(case.body, NotSet)


def sample_of(name: str, case: Case[Any]) -> Sample:
    """A case as plain data. schemathesis keeps the path quoted, and has an own word for no body."""
    return Sample(
        operation=name,
        path={parameter: unquote(str(value)) for parameter, value in case.path_parameters.items()},
        query=tuple(_pairs(case.query)),
        body=case.body if has_body(case) else Body.NONE,
        headers={header.lower(): value for header, value in case.headers.items() if header.lower() == "content-type"},
    )


def told(case: Case[Any], call: Call, sample: Sample) -> None:
    """Tell a case what is sent in its place, so that it knows anew what of it the description allows."""
    case.path_parameters = _quoted(call.path)
    if call.query != sample.query:
        case.query = _named(call.query)
    if call.body is not Body.NONE and call.body != sample.body:
        case.body = call.body


def _pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A query as it goes over the wire: a list as one pair for each item, an object as its names, nothing for null."""
    for name, value in query.items():
        for item in value if isinstance(value, (list, dict)) else [value]:
            if item is not None:
                yield name, str(item)


def _named(pairs: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    given = {name: [text for key, text in pairs if key == name] for name, _ in pairs}
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in given.items()}


def _quoted(path: Mapping[str, str]) -> dict[str, Any]:
    return {name: quote(value, safe="", errors="surrogatepass") for name, value in path.items()}
