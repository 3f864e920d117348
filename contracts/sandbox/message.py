"""What goes into the sandbox and what comes out: two frozen values, free of sockets and frameworks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `raw_path` is the path as it came, still percent-encoded; header names are in lower case."""

    method: str
    raw_path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, ready to be sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as parsed JSON, or None where there is no body."""
        return json.loads(self.body) if self.body else None


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response. Escaped to ASCII, so that a lone surrogate in a value cannot break the encoding."""
    body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return Response(status, body, {"content-type": JSON, **(headers or {})})


def no_content() -> Response:
    """204: the answer of every delete."""
    return Response(204)
