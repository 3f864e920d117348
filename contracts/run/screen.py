"""Lines at the end of a terminal that are drawn again and again, by a thread, and leave no trace."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from contracts.report.line import Line

REFRESHES = 4  # a second
USUAL = os.terminal_size((80, 24))
"""The size of a terminal that does not tell its own."""
TO_BEGIN = "\r\x1b[K"
"""Begin the line, and empty it: what stands in it has no end of line."""
ONE_UP = "\x1b[2K\x1b[1A"
"""Empty the line, and go to the one above."""

Lines = Callable[[int, int], Sequence[Line]]
"""The lines to be drawn, for a width in columns and a height in lines; called by a thread."""


class Screen:
    """Draws lines at the end of the terminal behind a file descriptor, which stays its caller's, until it is stopped."""

    def __init__(self, terminal: int, encoding: str, lines: Lines) -> None:
        self._terminal = terminal
        self._lines = lines
        self._console = _Console(file=_Writer(open(terminal, "wb", closefd=False), encoding, "replace"), force_terminal=True)  # noqa: SIM115 - lives as long as this
        self._widths: list[int] = []  # in columns, of the lines that stand there
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def start(self) -> None:
        """Draw, from now on."""
        self._console.file.write(TO_BEGIN)
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Draw no more, and take away what was drawn."""
        self._live.stop()

    def _drawn(self) -> Text:
        """The lines as they are now; none where they cannot be told, for a run must not end by its view."""
        with contextlib.suppress(Exception):
            size = _size(self._terminal)
            self._console.size = ConsoleDimensions(size.columns, size.lines)
            self._unwrap(size.columns)
            lines = self._lines(size.columns, size.lines)
            self._widths = [cell_len(text) for text, _ in lines]
            return Text("\n").join(Text(text, style=colour) for text, colour in lines)
        return Text()

    def _unwrap(self, columns: int) -> None:
        """Take away what is more than one row of a line, where a terminal that became narrower has broken what stood there."""
        # Some terminals cut such lines off instead; from these this takes as many lines of what stood before.
        more = sum((width - 1) // columns for width in self._widths if width)
        self._console.file.write(ONE_UP * more)


class _Console(Console):
    """A console that leaves the cursor as it is: a run that is killed could not show it again."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: FBT001, FBT002 - as rich has it
        """Do nothing."""
        return show and False


class _Writer(io.TextIOWrapper):
    """A terminal that may go away at any time, which is nobody's failure."""

    def write(self, text: str, /) -> int:
        with contextlib.suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


def _size(terminal: int) -> os.terminal_size:
    """The size of a terminal as it is now."""
    try:
        size = os.get_terminal_size(terminal)
    except OSError:
        return USUAL
    return size if all(size) else USUAL
