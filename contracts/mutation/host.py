"""One HTTP server for many sandboxes: the first step of a path says which. A server for each would cost more than its trial."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

from contracts.sandbox.asgi import Handler
from contracts.sandbox.message import Request, Response


class Host:
    """Hands each request on to the handler that its path names first."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def lodging(self, handler: Handler) -> Iterator[str]:
        """Host a handler as long as the context lasts; gives the first step of its paths."""
        name = f"/{next(self._numbers)}"
        self._handlers[name] = handler
        try:
            yield name
        finally:
            del self._handlers[name]

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        end = request.raw_path.index("/", 1)
        return self._handlers[request.raw_path[:end]].handle(replace(request, raw_path=request.raw_path[end:]))
