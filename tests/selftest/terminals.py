"""A run on a terminal: a real pseudo terminal, and beside it an emulator that shows what stands on its screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyte

from tests.selftest.runs import WAIT, environment

NAMED = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
ASKING_FOR_PLAIN = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM")


class Terminal:
    """A process on a terminal of that many columns and lines; `bytes` is all that it wrote."""

    def __init__(self, line: Sequence[str], root: Path, columns: int, lines: int, given: Mapping[str, str]) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=10_000)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self._ours, theirs = pty.openpty()
        resized(self._ours, columns, lines)
        facts = {name: value for name, value in environment().items() if name not in ASKING_FOR_PLAIN} | NAMED | dict(given)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            line, cwd=root, env=facts, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal larger or smaller, as a person does."""
        resized(self._ours, columns, lines)
        gone = max(0, self.screen.lines - lines)
        self.screen.resize(lines, columns)
        self.screen.cursor.y = max(0, self.screen.cursor.y - gone)  # it takes lines away at the top, and forgets the cursor

    @property
    def shown(self) -> list[str]:
        """The lines of the screen as they are now, without what is empty at their ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.shown)

    @property
    def everything(self) -> str:
        """What has left the screen at its top, and the screen."""
        above = ("".join(line[n].data for n in range(self.screen.columns)).rstrip() for line in self.screen.history.top)
        return "\n".join([*above, *self.shown])

    def until(self, condition: Callable[[], bool]) -> None:
        """Read what the process writes until the condition holds, for a bounded time."""
        ends = time.monotonic() + WAIT
        while not condition():
            assert time.monotonic() < ends, self.text
            assert self._read() or condition(), self.text

    def ended(self) -> int:
        """Read all that the process writes to its end. Gives its exit status."""
        ends = time.monotonic() + WAIT
        while self._read():
            assert time.monotonic() < ends, self.text
        return self.process.wait(WAIT)

    def _read(self) -> bool:
        """Read what has come, waiting for it shortly. False where nothing comes any more."""
        if not select.select([self._ours], [], [], 0.1)[0]:
            return True
        try:
            came = os.read(self._ours, 1 << 16)
        except OSError:  # how Linux says that nobody has the other end
            return False
        self.bytes += came
        self._stream.feed(came)
        return bool(came)

    def close(self) -> None:
        """End the process, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(WAIT)
        os.close(self._ours)


def resized(end: int, columns: int, lines: int = 24) -> None:
    """Give a pseudo terminal another size."""
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def read_until(end: int, awaited: bytes) -> bytes:
    """Read from a pseudo terminal until something has come, for a bounded time. Gives all that came."""
    came, ends = b"", time.monotonic() + WAIT
    while awaited not in came:
        assert time.monotonic() < ends, came
        if select.select([end], [], [], 0.1)[0]:
            came += os.read(end, 1 << 16)
    return came


@contextlib.contextmanager
def terminal(
    line: Sequence[str], root: Path, columns: int = 80, lines: int = 24, given: Mapping[str, str] = NAMED
) -> Iterator[Terminal]:
    """A process on a terminal, ended at the end."""
    shown = Terminal(line, root, columns, lines, given)
    try:
        yield shown
    finally:
        shown.close()
