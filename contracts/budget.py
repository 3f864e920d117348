"""A run's budget: how many requests it may send in all, how many a second, and how many at once. All its processes keep it.

Whoever sends pays first. A case that is about to make something pays for its removal as well, so that clean-up can go on when
nothing else may, and no request is ever sent that was not paid for.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.blame import Exhausted
from contracts.transport.flight import Flight

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 60.0  # seconds to wait for the file, which nobody holds for longer than some microseconds
LARGEST = 2**62  # what the file can hold; more requests than that nobody sends
RATE_HINT = "give requests a second, more than none: 20, 0.5, or on the command line 300/m"
SLOWEST = 1 / 86_400  # one a day: no system sleeps for ever
USED_UP = "the run's budget of {} requests was used up (--max-requests)"
TAKE = "UPDATE run SET free = free - :units WHERE free >= :units"
RESERVE = "UPDATE run SET next = max(next, :now) + :seconds"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may send: requests in all, a second, and `in_flight` at once; None where nothing was said.

    `file` is where that is kept, and how the names of the files beside it begin.
    """

    file: str
    requests: int | None = None
    rate: float | None = None
    in_flight: int | None = None

    @property
    def used_up(self) -> str:
        """The reason of every case that the budget ended, or did not let begin."""
        return USED_UP.format(self.requests)


def ended_by(reason: str) -> bool:
    """Whether the reason of a case says that a budget ended it, or did not let it begin."""
    before, after = USED_UP.split("{}")
    return reason.startswith(before) and reason.endswith(after)


def is_rate(number: float) -> bool:
    """Whether some requests a second can be kept to."""
    return SLOWEST <= number <= sys.float_info.max  # a whole number may be larger, and no float can be made of it


class Budget:
    """The hold that one process has on the run's budget; its threads share it.

    Of the requests in all, `free` are neither paid out nor kept by any case. For the rate, each request has its own moment at
    which it may leave, a regular time after the one before it: so all wait their turn, and nobody has to ask twice. Who is to
    send takes its place in `flight` first and pays then: to wait there would bunch what the rate has spread.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.flight = Flight(f"{limits.file}-flight", limits.in_flight)
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._tokens = Purse(self)

    @classmethod
    def begun(cls, limits: Limits, part: int | None = None) -> Budget:
        """A new budget, nothing of which is spent. To be made once in a run, before any other process opens it.

        Of the requests in all it has a `part` only, where one is named: what was taken out of another file's budget.
        """
        budget = cls(limits)
        file = budget._opened()
        # Written ahead, a change costs a fifth of the time; a file that is in use cannot be switched to that any more.
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("CREATE TABLE run (free INTEGER NOT NULL, short INTEGER NOT NULL, next REAL NOT NULL)")
        file.execute("INSERT INTO run VALUES (?, 0, 0)", (min(int(limits.requests or 0) if part is None else part, LARGEST),))
        return budget

    def pay(self, requests: int = 1, later: int = 0) -> None:
        """Pay for requests that are about to be sent, and wait until they may leave.

        `later` is how many more will be due to remove what these make; they are kept for this thread's case. Raises Exhausted
        when there is not enough for all that; then nothing is paid.
        """
        self._pay(_purse.get() or Purse(self), requests, later)

    def pay_for_token(self) -> None:
        """Pay for a token, and if possible for the one after it: clean-up may need that when nothing else is left."""
        try:
            self._pay(self._tokens, 1, 1)
        except Exhausted:
            self._pay(self._tokens, 1, 0)

    @contextlib.contextmanager
    def token_leaving(self) -> Iterator[None]:
        """As long as a request for a token is on its way: it has its place in flight, and is paid for. Raises Exhausted."""
        with self.flight.taken():
            self.pay_for_token()
            yield

    @contextlib.contextmanager
    def purse(self, owed: Callable[[], int]) -> Iterator[Purse]:
        """A purse for the case that this thread runs; what it still holds in the end is given back."""
        purse = Purse(self, owed)
        token = _purse.set(purse)
        try:
            yield purse
        finally:
            _purse.reset(token)
            purse.empty()

    def used_up(self) -> bool:
        """Whether a request could not be paid, or the next one cannot: then no case shall begin."""
        if self.limits.requests is None:
            return False
        with self._lock:
            return bool(self._opened().execute("SELECT short OR free < 1 FROM run").fetchone()[0])

    def take(self, units: int) -> None:
        """Take units out of what is free. Raises Exhausted when it is less; then nothing is taken."""
        with self._lock:
            file = self._opened()
            if not file.execute(TAKE, {"units": units}).rowcount:
                file.execute("UPDATE run SET short = 1")
                raise Exhausted(self.limits.used_up)

    def parted(self, parts: int) -> int:
        """Take one of so many equal parts out of what is free, for good, and give how many requests that are."""
        with self._lock, self._opened() as file:
            file.execute("BEGIN IMMEDIATE")
            (part,) = file.execute("SELECT free / ? FROM run", (parts,)).fetchone()
            file.execute(TAKE, {"units": part})
        return int(part)

    def give_back(self, units: int) -> None:
        """Make units free again."""
        with self._lock:
            self._opened().execute("UPDATE run SET free = free + ?", (units,))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None

    def _pay(self, purse: Purse, requests: int, later: int) -> None:
        if self.limits.requests is not None:
            purse.pay(requests, later)
        if self.limits.rate is not None:
            self._wait(requests / self.limits.rate, 1 / self.limits.rate)

    def _wait(self, seconds: float, gap: float) -> None:
        """Wait for the last of the moments that lie `gap` apart and together take some seconds."""
        with self._lock, self._opened() as file:  # one transaction: no other process gets the same moments
            file.execute("BEGIN IMMEDIATE")
            # The clock of `time.monotonic` is the whole system's.
            file.execute(RESERVE, {"now": time.monotonic(), "seconds": seconds})
            (following,) = file.execute("SELECT next FROM run").fetchone()
        time.sleep(max(0.0, following - gap - time.monotonic()))

    def _opened(self) -> sqlite3.Connection:
        if self._file is None:
            import sqlite3  # noqa: PLC0415 - only runs with a budget pay for it

            self._file = sqlite3.connect(self.limits.file, PATIENCE, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA synchronous = OFF")  # the file lives no longer than the run
        return self._file


class Purse:
    """What one case holds of the budget: at any time enough to remove what it has made. For one thread.

    `owed` says how many requests that takes. `refused` is the reason why something could not be paid, once that was so.
    """

    def __init__(self, budget: Budget, owed: Callable[[], int] = lambda: 0) -> None:
        self.refused = ""
        self._budget = budget
        self._owed = owed
        self._held = 0

    def pay(self, requests: int, later: int) -> None:
        """Pay for requests, so that enough is left for what is owed, and `later` more. Raises Exhausted, and pays nothing then."""
        # What is held for nothing any more goes first: what was refused needs no removal, and what was removed none again.
        if (short := requests + later + self._owed() - self._held) > 0:
            try:
                self._budget.take(short)
            except Exhausted as e:
                self.refused = str(e)
                raise
            self._held += short
        self._held -= requests

    def empty(self) -> None:
        """Give back what was not spent."""
        if self._held:
            self._budget.give_back(self._held)
        self._held = 0


_purse: contextvars.ContextVar[Purse | None] = contextvars.ContextVar("purse", default=None)
"""The purse of the case that this thread runs."""
