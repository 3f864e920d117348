"""Cases that wait for the network together: a pool of threads that starts them in order and keeps each one's own output."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


class Pool(Generic[Key, Result]):
    """Runs `work` for each key on `size` threads, first come first served, until `stopped` says that no more shall start.

    What has begun always ends: its clean-up is part of it. Keys start in order, so whatever began stands before all that did
    not, and a caller that takes results in that order meets every begun key first.
    """

    def __init__(self, size: int, work: Callable[[Key], Result], stopped: Callable[[], bool]) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="case")
        self._work = work
        self._stopped = stopped
        self._futures: dict[Key, Future[Result]] = {}

    def start(self, keys: Iterable[Key]) -> None:
        """Put keys in line, but for those that are in it already."""
        for key in keys:
            if key not in self._futures:
                self._futures[key] = self._threads.submit(self._begin, key)

    def result(self, key: Key) -> Result | None:
        """The result of a key, waited for; a key that is not in line is put there. None when it never began.

        A result is handed out once: to ask again is to run again, as plug-ins that repeat a test do.
        """
        self.start([key])
        try:
            return self._futures[key].result()
        except CancelledError:
            return None
        finally:
            # Kept while an interrupt passes through here: the case is still running then.
            if self._futures[key].done():
                del self._futures[key]

    def here(self, key: Key) -> Result | None:
        """The result of a key that is run in the caller's own thread; None when nothing more shall start."""
        return None if self._stopped() else self._work(key)

    def close(self) -> None:
        """Start nothing more, and wait until all that began has ended."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _begin(self, key: Key) -> Result:
        if self._stopped():
            raise CancelledError
        return self._work(key)


_local = threading.local()


@contextlib.contextmanager
def own_output() -> Iterator[io.StringIO]:
    """Collect what this thread prints and logs, and nothing of any other thread."""
    _local.buffer = io.StringIO()
    try:
        yield _local.buffer
    finally:
        del _local.buffer


def route_output() -> None:
    """Make print in a thread with an output of its own go there. To be called again whenever pytest may have put back its own."""
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), _Router):
            setattr(sys, name, _Router(getattr(sys, name)))


def route_logs(others: Iterable[logging.Handler]) -> None:
    """Make log records of such a thread go to its output, and keep them away from handlers that would show them elsewhere."""
    for handler in others:
        handler.addFilter(lambda _: not hasattr(_local, "buffer"))
    handler = _LogRouter()
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(name)s:%(filename)s:%(lineno)d %(message)s"))
    logging.getLogger().addHandler(handler)


class _Router:
    """A text stream in front of another one; everything but writing is the other one's."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind

    def write(self, text: str, /) -> int:
        written: int = getattr(_local, "buffer", self._behind).write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)


class _LogRouter(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if buffer := getattr(_local, "buffer", None):
            buffer.write(self.format(record) + "\n")
