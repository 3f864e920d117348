"""A pause: nothing is sent for a while, since the target asked for it (RFC 9110, Retry-After). All processes of a run keep it.

It stands in the time of change of one file: to look at that costs a microsecond, and no process has to tell another.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

from contracts.blame import Inconclusive
from contracts.exchange import Response

SPREAD = 0.2  # seconds over which those that waited set out again, so that they do not come all at once
ASKING = frozenset({429, 503})
LONGEST = 366 * 86_400.0  # seconds: what asks for more says the same, and no file can bear all that an answer can say


class Pause:
    """The end of a pause, in a file that all processes share. One that lasts longer than `longest` seconds is not waited for."""

    def __init__(self, file: str, longest: float, now: Callable[[], float] = time.time) -> None:
        self._file = Path(file)
        self._longest = longest
        self._now = now

    def heed(self, response: Response) -> None:
        """Begin a pause, or make it longer, where an answer asks for it."""
        seconds = asked(response, self._now()) if response.status in ASKING else None
        if seconds and self._now() + seconds > self.ends():
            os.close(os.open(self._file, os.O_CREAT | os.O_WRONLY))  # to touch it would end a pause for a moment
            os.utime(self._file, (self._now(), self._now() + seconds))

    def wait(self) -> None:
        """Return when there is no pause any more. Raises Inconclusive where that would take too long."""
        while (left := self.ends() - self._now()) > 0:
            if left > self._longest:
                raise Inconclusive(f"the target asked to be left alone for another {left:.0f} s (Retry-After)")
            time.sleep(left + random.uniform(0, SPREAD))  # noqa: S311 - no secret

    def ends(self) -> float:
        """When the pause ends or ended, in seconds since the epoch; 0 where there was none."""
        try:
            return self._file.stat().st_mtime
        except FileNotFoundError:
            return 0.0


def asked(response: Response, now: float) -> float | None:
    """For how many seconds an answer asks to be left alone, from `now` on, in seconds since the epoch; None where it does not say.

    A date is read by the target's own clock, where the answer tells it.
    """
    told = (response.header("retry-after") or "").strip()
    if told.isdecimal() and told.isascii():
        return min(LONGEST, float(told))
    until, clock = date_of(told), date_of(response.header("date") or "")
    if until is None:
        return None
    return min(LONGEST, max(0.0, until - (now if clock is None else clock)))


def date_of(text: str) -> float | None:
    """The time that a header tells, in seconds since the epoch; None where it tells none."""
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
