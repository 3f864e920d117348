"""A call as an HTTP request: its line, its headers and its content, as a target has the operation. No I/O."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Body, Call
from contracts.operation import operations
from contracts.target import Target
from contracts.transport.transfer import AGENT, limits


def request_of(call: Call, target: Target, authorization: str) -> httpx.Request:
    """The request that a call is on a target; the call's own headers go over all others.

    Raises NotExercised for an operation that is not to be had there, and Inconclusive for an address that is too long to be sent:
    only an answer can have made it so.
    """
    line, headers = _line(call, target), _headers(call, authorization)
    try:
        return httpx.Request(*line, headers=headers, content=_content(call), extensions=limits(target.timeouts))
    except httpx.InvalidURL as e:
        raise Inconclusive(f"{call.operation} cannot be sent with what the target answered before: {e}") from None


def _line(call: Call, target: Target) -> tuple[str, str]:
    offered = target.offers(operations()[call.operation])
    if offered is None:
        raise NotExercised(target.lacks(operations()[call.operation]))
    method, path = offered
    for name, value in call.path.items():
        path = path.replace(f"{{{name}}}", _step(value))
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in call.query)
    return method, f"{target.base_url}{path}{'?' if query else ''}{query}"


def _headers(call: Call, authorization: str) -> dict[str, str]:
    own = {
        "accept": "application/json, */*;q=0.5",
        "accept-encoding": "identity",
        "user-agent": AGENT,
        "authorization": authorization,
    }
    if call.body is not Body.NONE:
        own["content-type"] = "application/json"
    return {**own, **call.headers}


def _quoted(value: str) -> str:
    """A value as a piece of a URL. Any text can be sent, also one that a target made up and that is no Unicode."""
    return quote(value, safe="", errors="surrogatepass")


def _step(value: str) -> str:
    """A value as one step of a path; dots alone would be taken for a way up."""
    return _quoted(value) if value.strip(".") or len(value) > 2 else value.replace(".", "%2E")


def _content(call: Call) -> bytes | None:
    if call.body is Body.NONE:
        return None
    if isinstance(call.body, bytes):
        return call.body
    try:
        return json.dumps(call.body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can bear
        return json.dumps(call.body).encode()
