"""Variants of successes: their status, their members, and what lists look like (point 15)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from contracts.leeway.document import JSON, each_object, fresh, is_json, successes
from contracts.leeway.variant import Overlay, Variant, answering, asked, operation
from contracts.operation import operations
from contracts.sandbox import Request, Response

# -- successes ----------------------------------------------------------------------------------------------------------------


def status(by_method: Mapping[str, int], body: bytes | None = None) -> Overlay:
    """Another status for what succeeds, and another body."""

    def change(request: Request, response: Response) -> Response:
        if not 200 <= response.status < 300 or request.method not in by_method:
            return response
        code, content = by_method[request.method], response.body if body is None else body
        kind = response.headers.get("content-type", JSON)
        return Response(code) if code == 204 else Response(code, content, {"content-type": kind} if content else {})

    return answering(change)


def with_more(members: dict[str, Any]) -> dict[str, Any]:
    """The members of an object, with more of them in front and behind."""
    return {"_links": {"self": "/somewhere"}, **members, "labels": ["ünïcode 漢字"], "parent": None, "revision": 7, "score": 0.5}


def _attached_without_body(request: Request, response: Response) -> Response:
    put = operation(request) in {"addAccessControlListToTrunk", "addCredentialListToTrunk", "addEstProjects"}
    return Response(204) if response.status == 200 and (put or request.method == "PUT") else response


def _zoned(_: Request, response: Response) -> Response:
    if not is_json(response) or response.status >= 400:
        return response
    return replace(response, body=re.sub(rb'(T\d\d:\d\d:\d\d\.\d{3})Z"', rb'\g<1>456+00:00"', response.body))


SUCCESSES = (
    Variant("creates-200", "point 15", "whatever is created is told with 200", front=status({"POST": 200})),
    Variant("creates-201", "point 15", "whatever is posted is told with 201", front=status({"POST": 201}), brief=True),
    Variant(
        "writes-202",
        "point 15",
        "writes are told as accepted, deletions with a body",
        front=status({"POST": 202, "PUT": 202, "DELETE": 202}),
    ),
    Variant("writes-204", "point 15", "updates and attachments are told without a body", front=answering(_attached_without_body)),
    Variant("reads-203", "point 15", "reads come through a transforming gateway", front=status({"GET": 203}), brief=True),
    Variant("deletes-200", "point 15", "deletions are told with a document", front=status({"DELETE": 200}, b'{"deleted":true}')),
    Variant(
        "deletes-200-empty", "point 15", "deletions are told with 200 and nothing", front=status({"DELETE": 200}, b""), brief=True
    ),
    Variant("success-members", "point 15", "every object of a success has more members", front=successes(each_object(with_more))),
    Variant(
        "success-nulls-left-out",
        "point 15",
        "members that are null are left out",
        front=successes(each_object(lambda members: {name: value for name, value in members.items() if value is not None})),
    ),
    Variant(
        "success-fresh-members",
        "point 15",
        "every object says when it was served",
        front=successes(each_object(lambda members: {**members, "served": fresh()})),
    ),
    Variant("success-times", "point 15", "times are told with microseconds and an offset", front=answering(_zoned)),
)

# -- lists --------------------------------------------------------------------------------------------------------------------

PAGE_MEMBERS = ("totalItems", "pageNumber", "size", "pageSize")
LARGEST_PAGE = 20


def each_list(edit: Callable[[list[Any]], list[Any]]) -> Overlay:
    """The items of every list answer edited."""

    def change(_: Request, document: Any) -> Any:
        if not isinstance(document, dict) or "totalItems" not in document:
            return document
        return {name: edit(value) if isinstance(value, list) else value for name, value in document.items()}

    return successes(change)


def _as_described(request: Request, document: Any) -> Any:
    """The shapes of the published description, where the official SDK has others."""
    name = operation(request)
    if name == "getBlockingRules":
        return document["callBlockingRules"]
    if name == "createSipEndpoint":
        return {"endpoints": [document], "totalItems": 1, "pageNumber": "1", "size": 500}
    left_out = {"getSipTrunks": "trunks", "getCredentialListsForTrunk": "credentialLists"}.get(name)
    return {key: value for key, value in document.items() if key != left_out}


def _as_the_sdk_reads(request: Request, document: Any) -> Any:
    """The shapes of the official SDK, where the published description has others."""
    left_out = {"getSipTrunks": "sipTrunks", "getCredentialListsForTrunk": "credentialListIds"}.get(operation(request))
    return {key: value for key, value in document.items() if key not in {left_out, "size"}}


def _page_members(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Overlay:
    return successes(lambda _, document: change(document) if isinstance(document, dict) and "totalItems" in document else document)


def small_pages(request: Request) -> Request:
    """No more than twenty items are asked for at once, of lists that have pages."""
    facts = operations().get(operation(request))
    if facts is None or "size" not in facts.query or request.method != "GET":
        return request
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    size = query.get("size", str(LARGEST_PAGE))
    if not size.isascii() or not size.isdigit():
        return request  # the sandbox says what is wrong with it
    return replace(request, query_string=urlencode({**query, "size": min(int(size), LARGEST_PAGE)}))


LISTS = (
    Variant("lists-as-described", "point 15", "shapes are those of the published description", front=successes(_as_described)),
    Variant("lists-as-the-sdk-reads", "point 15", "shapes are those of the official SDK", front=successes(_as_the_sdk_reads)),
    Variant("lists-newest-first", "point 15", "lists stand in the opposite order", front=each_list(lambda items: items[::-1])),
    Variant(
        "lists-in-any-order",
        "point 15",
        "lists stand in another order each time",
        front=each_list(lambda items: random.sample(items, len(items))),
    ),
    Variant("lists-of-twenty", "point 15", "a page has twenty items at most, and says so", front=asked(small_pages)),
    Variant(
        "lists-without-totals",
        "point 15",
        "lists say nothing of pages",
        front=_page_members(lambda page: {name: value for name, value in page.items() if name not in PAGE_MEMBERS}),
    ),
    Variant(
        "lists-numbered-in-text",
        "point 15",
        "the page number is a string, as described",
        front=_page_members(lambda page: {**page, "pageNumber": str(page["pageNumber"])}),
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from (*SUCCESSES, *LISTS)
