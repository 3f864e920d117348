"""What a success says, in either shape in which it may come: the published description and the official client differ here.

Lists may be bare arrays or pages, and what was made may stand in one (behaviour.md, point 15).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.blame import Inconclusive
from contracts.envelope import Document, read
from contracts.exchange import Exchange

PAGE = 500
LIST_MEMBERS = (
    *("sipTrunks", "trunks", "endpoints", "phoneNumbers", "calls", "accessControlLists", "ipRanges", "credentialLists"),
    *("callBlockingRules", "countryPermissions", "accessControlListIds", "credentialListIds"),
)
"""What the published description and the official client call the items of a list."""


class Facts(dict[str, Any]):
    """The members of a success, and the body that was sent for it.

    A member that is in neither makes the case inconclusive, not the suite fall over.
    """

    def __init__(self, exchange: Exchange) -> None:
        members = resource(exchange)
        super().__init__(members if isinstance(members, dict) else {})
        self.source = exchange.call.operation
        self.sent = exchange.call.body

    def __missing__(self, key: str) -> Any:
        if isinstance(self.sent, Mapping) and key in self.sent:
            return self.sent[key]  # the API took it, so it is what was sent
        raise Inconclusive(f"{self.source} succeeded, but its answer has no {key!r}")


def document_of(exchange: Exchange) -> Any:
    """The body of an answer as JSON, also under a content coding that its header names; None when it is not to be read."""
    if exchange.response is None or not exchange.response.header("content-encoding"):
        return exchange.json()
    document = read(exchange.response).document
    return None if document is Document.NONE else document


def same(one: Any, other: Any) -> bool:
    """Whether two items of a list are one: by their ids, where they have any."""
    ids = [item["id"] for item in (one, other) if isinstance(item, dict) and "id" in item]
    return ids[0] == ids[1] if len(ids) == 2 else bool(one == other)


def items_of(document: Any) -> list[Any]:
    """The items of a list answer, in either shape: a bare array, or the member that bears them."""
    if isinstance(document, list):
        return document
    members = document if isinstance(document, dict) else {}
    named = [members[name] for name in LIST_MEMBERS if name in members]
    return next((member for member in (*named, *members.values()) if isinstance(member, list)), [])


def page_size(document: Any) -> int:
    """How many items a whole page has: what was asked for, or less where the answer says so; a target may know a limit."""
    told = [document.get(name) for name in ("size", "pageSize")] if isinstance(document, dict) else []
    return min([PAGE, *(size for size in told if type(size) is int and size > 0)])


def resource(exchange: Exchange) -> Any:
    """What a success says of the resource that it made, in either shape: itself, or a page in which it stands by its name.

    The published description and the official client differ here (behaviour.md, point 15).
    """
    document, sent = document_of(exchange), exchange.call.body
    if isinstance(document, dict) and "id" not in document and isinstance(sent, Mapping) and "name" in sent:
        named = [item for item in items_of(document) if isinstance(item, dict) and item.get("name") == sent["name"]]
        return named[-1] if named else document
    return document
