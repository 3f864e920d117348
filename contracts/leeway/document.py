"""Edits of an answer's document: the tools of several kinds of variants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contracts.leeway.variant import Overlay, answering
from contracts.sandbox import Request, Response

JSON = "application/json"
Edit = Callable[[Request, Any], Any]
"""A request and the document of its answer in, another document out."""


def is_json(response: Response) -> bool:
    """Whether an answer bears a document."""
    return bool(response.body) and response.headers.get("content-type") == JSON


def errors(edit: Edit) -> Overlay:
    """Every error's envelope edited."""
    return answering(lambda request, response: _edited(edit, request, response) if response.status >= 400 else response)


def successes(edit: Edit) -> Overlay:
    """Every document of a success edited."""
    return answering(lambda request, response: _edited(edit, request, response) if response.status < 400 else response)


def _edited(edit: Edit, request: Request, response: Response) -> Response:
    if not is_json(response):
        return response
    before = response.json()
    after = edit(request, before)
    return response if after == before else replace(response, body=json.dumps(after, ensure_ascii=False).encode())


def with_members(**members: Callable[[], Any]) -> Edit:
    """The envelope with more members, or with others."""
    return lambda _, document: {**document, **{name: make() for name, make in members.items()}}


def without(*names: str) -> Edit:
    """The document without some members."""
    return lambda _, document: {name: value for name, value in document.items() if name not in names}


def each_object(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Edit:
    """Every object within the document changed, however deep."""

    def walked(value: Any) -> Any:
        if isinstance(value, list):
            return [walked(one) for one in value]
        return change({name: walked(one) for name, one in value.items()}) if isinstance(value, dict) else value

    return lambda _, document: walked(document)


def fresh() -> str:
    """An id of one answer alone."""
    return str(uuid.uuid4())
