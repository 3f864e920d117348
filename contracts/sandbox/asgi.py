"""The sandbox behind ASGI: bytes in, bytes out, and no decision of its own.

It speaks the protocol directly. A framework's request and response objects would cost more than all of a request's checks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from typing import Any, Protocol

from contracts.sandbox.message import Request, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Handler(Protocol):
    """Whatever answers requests: a sandbox, or something in front of one."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""


def application(handler: Handler, delay_ms: float = 0, threads: Executor | None = None) -> App:
    """The ASGI application; every answer is late by `delay_ms`, which is waited before the request is handled.

    With `threads`, requests are handled there, many at once: for a handler that may wait.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if delay_ms > 0:
            await asyncio.sleep(delay_ms / 1000)
        request = _request(scope, body)
        if threads is None:
            response = handler.handle(request)
        else:
            response = await asyncio.get_running_loop().run_in_executor(threads, handler.handle, request)
        await _send(send, response)

    return app


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _request(scope: Scope, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        # Not `path`, which is decoded: an encoded slash would look like one that separates.
        raw_path=scope["raw_path"].decode("latin-1"),
        query_string=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


async def _send(send: Send, response: Response) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if response.status != 204:  # 204 has no body and says no length
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
