"""Requests in flight: how many of a run are on their way to the target at once. All its processes keep one ceiling together.

A slot is a file that is locked as long as a request is on its way, and a lock ends with its process, in whatever way that ends.
Who wants slots takes them all behind a turnstile that lets in one at a time: a race gets its slots at once, no two races wait for
each other's, and nobody who came later takes them away.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.blame import NotExercised

if TYPE_CHECKING:
    from filelock import FileLock

POLL = 0.002  # seconds until somebody who waits looks again

Slot = contextlib.ExitStack
"""A slot that was taken: closed, it is free again, and to close it once more changes nothing."""


class Flight:
    """The hold that one process has on the run's ceiling; its threads share it. Where there is no ceiling, nobody waits.

    `file` is where the names of the lock files begin, `most` how many requests may be in flight. No thread that holds a slot may
    wait for another, nor for somebody who needs one.
    """

    def __init__(self, file: str = "", most: int | None = None) -> None:
        self._file = file
        self._most = most
        self._door = threading.Lock()
        self._idle: list[FileLock] = []
        self._known = 0

    def objection(self, requests: int) -> str | None:
        """Why so many requests cannot be in flight at once; None where they can."""
        if self._most is None or requests <= self._most:
            return None
        return f"a race of {requests} needs {requests} requests in flight, and the run allows {self._most} (--max-in-flight)"

    @contextlib.contextmanager
    def taken(self, requests: int = 1) -> Iterator[list[Slot]]:
        """Slots for so many requests, taken all at once; each may be closed before the others, and in the end all are.

        Raises NotExercised for more than there are.
        """
        if objection := self.objection(requests):
            raise NotExercised(objection)
        slots: list[Slot] = []
        try:
            if self._most is None:
                slots += (Slot() for _ in range(requests))
            else:
                self._take(requests, slots)
            yield slots
        finally:
            for slot in slots:
                slot.close()

    def _take(self, requests: int, slots: list[Slot]) -> None:
        """Wait in the turnstile until there are so many slots."""
        with self._door, self._lock("turnstile"):  # one thread looks for all of its process whether the turnstile is free
            while len(slots) < requests:
                if (slot := self._slot()) is not None:
                    slots.append(slot)
                else:
                    time.sleep(POLL)

    def _slot(self) -> Slot | None:
        """A free slot, if there is one: first those that this process had before, the last one first."""
        for place in reversed(range(len(self._idle))):
            if _free(self._idle[place]):
                return self._held(self._idle.pop(place))
        while self._known < (self._most or 0):
            lock = self._lock(str(self._known))
            self._known += 1
            if _free(lock):
                return self._held(lock)
            self._idle.insert(0, lock)
        return None

    def _held(self, lock: FileLock) -> Slot:
        slot = Slot()
        slot.callback(self._idle.append, lock)  # behind the release: a lock object that two threads hold would count them
        slot.callback(lock.release)
        return slot

    def _lock(self, name: str) -> FileLock:
        from filelock import FileLock  # noqa: PLC0415 - only runs with a ceiling pay for it

        return FileLock(f"{self._file}-{name}", thread_local=False, poll_interval=POLL)


def _free(lock: FileLock) -> bool:
    """Whether a lock that nobody holds here could be had."""
    try:
        lock.acquire(timeout=0)
    except TimeoutError:
        return False
    return True
