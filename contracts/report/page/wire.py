"""An exchange as the page shows it: what `traffic.record` has of it, bodies cut, and as a curl line. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from contracts.exchange import curl
from contracts.report.page.clip import BODY, LONGEST, cut

HEADERS = 60  # headers of a message that are shown at most
CASE = 40  # exchanges of a case that are shown at most


def curl_of(exchange: Mapping[str, Any]) -> str:
    """The request of a recorded exchange as a curl line."""
    asked = exchange["request"]
    own = tuple((name, value) for name, value in asked["headers"] if name.lower() in asked["own"])
    return curl(asked["method"], asked["url"], asked["scheme"], own, body_of(asked))


def body_of(message: Mapping[str, Any]) -> str:
    """A recorded body as text; bytes that are no UTF-8 stand as escapes."""
    text: str = message["body"]
    return base64.b64decode(text).decode("utf-8", "backslashreplace") if message["encoding"] == "base64" else text


def shown(exchange: Mapping[str, Any], since: float) -> dict[str, Any]:
    """An exchange for the page; `since` is when the run began, in seconds of the epoch."""
    asked, answered = exchange["request"], exchange["response"]
    longest = BODY if exchange["judged"] else BODY // 4
    line = curl_of(exchange)
    return {
        "operation": exchange["operation"],
        "judged": exchange["judged"],
        "at": round(exchange["started"] - since, 4),
        "seconds": exchange["seconds"],
        "method": asked["method"],
        "url": cut(asked["url"], LONGEST),
        "path": cut(path_of(asked["url"]), LONGEST),
        "headers": _headers(asked["headers"]),
        "body": cut(body_of(asked), longest),
        "curl": line if len(line) <= BODY else "",
        "response": answered
        and {
            "status": answered["status"],
            "headers": _headers(answered["headers"]),
            "body": cut(body_of(answered), longest),
            "text": answered["encoding"] != "base64",
            "large": answered["too_large"],
        },
        "failure": cut(exchange["failure"], LONGEST),
    }


def path_of(url: str) -> str:
    """The path and query of a URL; all of what is none."""
    try:
        return urlsplit(url)._replace(scheme="", netloc="").geturl() or url
    except ValueError:
        return url


def chosen(exchanges: Sequence[dict[str, Any]], most: int = CASE) -> list[dict[str, Any]]:
    """As many exchanges as are shown of a case, in their order: what was judged goes before the rest."""
    if len(exchanges) <= most:
        return list(exchanges)
    first = sorted(range(len(exchanges)), key=lambda place: not exchanges[place]["judged"])[:most]
    return [exchanges[place] for place in sorted(first)]


def _headers(pairs: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[cut(name, LONGEST), cut(value, LONGEST)] for name, value in pairs[:HEADERS]]
