"""Variants that write the same answer in other letters, headers and codings."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from contracts.leeway.document import each_object, fresh, is_json
from contracts.leeway.variant import Overlay, Variant, answering
from contracts.sandbox import Request, Response

# -- JSON ---------------------------------------------------------------------------------------------------------------------


def spelt(spell: Callable[[Any], str]) -> Overlay:
    """Every document written in another way."""

    def change(_: Request, response: Response) -> Response:
        return replace(response, body=spell(response.json()).encode()) if is_json(response) else response

    return answering(change)


def escaped(document: Any) -> str:
    r"""Every character of every text as \uXXXX, names of members included."""

    def escape(text: re.Match[str]) -> str:
        return '"' + "".join(f"\\u{ord(c):04x}" for c in json.loads(text[0])) + '"'

    return re.sub(r'"(?:[^"\\]|\\.)*"', escape, json.dumps(document))


def _backwards(document: Any) -> Any:
    return each_object(lambda members: dict(reversed(members.items())))(Request("GET", ""), document)


WHITE = ("\r\n\t ", " \n\n")

SPELLINGS = (
    Variant("json-pretty", "JSON", "documents are indented", front=spelt(lambda one: json.dumps(one, indent=4) + "\n")),
    Variant(
        "json-sorted",
        "JSON",
        "members stand in the order of the alphabet",
        front=spelt(lambda one: json.dumps(one, sort_keys=True)),
        brief=True,
    ),
    Variant(
        "json-backwards",
        "JSON",
        "members stand in the opposite order",
        front=spelt(lambda one: json.dumps(_backwards(one))),
        brief=True,
    ),
    Variant("json-escaped", "JSON", "every character of every text is escaped", front=spelt(escaped)),
    Variant(
        "json-html-safe",
        "JSON",
        "quotes, slashes and brackets are escaped as for a web page",
        front=spelt(lambda one: json.dumps(one).replace("'", "\\u0027").replace("/", "\\/").replace("<", "\\u003C")),
        brief=True,
    ),
    Variant(
        "json-white-space",
        "JSON",
        "there is white space before, within and behind the document",
        front=spelt(lambda one: WHITE[0] + json.dumps(one, separators=(" \r\n,\t", " :\n ")) + WHITE[1]),
    ),
)

# -- headers and codings ------------------------------------------------------------------------------------------------------


def headed(**headers: Callable[[], str]) -> Overlay:
    """More headers on every answer."""

    def change(_: Request, response: Response) -> Response:
        more = {name.replace("_", "-"): make() for name, make in headers.items()}
        return replace(response, headers={**response.headers, **more})

    return answering(change)


def typed(content_type: str) -> Overlay:
    """Another way to say that it is JSON."""

    def change(_: Request, response: Response) -> Response:
        return replace(response, headers={**response.headers, "content-type": content_type}) if is_json(response) else response

    return answering(change)


def coded(coding: str, encode: Callable[[bytes], bytes]) -> Overlay:
    """Every body under a content coding that the header names."""

    def change(_: Request, response: Response) -> Response:
        headers = {**response.headers, "content-encoding": coding, "vary": "accept-encoding"}
        return replace(response, body=encode(response.body), headers=headers) if response.body else response

    return answering(change)


HEADERS = (
    Variant("charset", "point 1", "the content type says its charset", front=typed("application/json;charset=UTF-8")),
    Variant(
        "charset-quoted",
        "point 1",
        "it says so in quotes, among other parameters",
        front=typed('application/json ; v=1; charset="utf-8"'),
        brief=True,
    ),
    Variant(
        "content-type-capitals", "HTTP", "the content type is written in capitals", front=typed("Application/JSON"), brief=True
    ),
    Variant("gzip", "HTTP", "bodies are compressed, and the header says so", front=coded("gzip", gzip.compress)),
    Variant("x-gzip", "HTTP", "the same under its old name, in capitals", front=coded("X-GZIP", gzip.compress), brief=True),
    Variant("deflate", "HTTP", "bodies are deflated, and the header says so", front=coded("deflate", zlib.compress)),
    Variant(
        "identity", "HTTP", "the header says that no coding was used", front=headed(content_encoding=lambda: "identity"), brief=True
    ),
    Variant(
        "headers-many",
        "HTTP",
        "a gateway adds headers of its own",
        front=headed(
            server=lambda: "gateway/7.3 (edge)",
            x_request_id=fresh,
            etag=lambda: f'W/"{fresh()}"',
            vary=lambda: "Accept, Origin",
            cache_control=lambda: "no-store",
            set_cookie=lambda: f"sticky={fresh()}; Path=/; HttpOnly",
            location=lambda: "/v1/elsewhere",
            retry_after=lambda: "0",
            strict_transport_security=lambda: "max-age=63072000",
            content_language=lambda: "en",
            keep_alive=lambda: "timeout=5",
            deprecation=lambda: "true",
            www_authenticate=lambda: "Basic",
        ),
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from (*SPELLINGS, *HEADERS)
