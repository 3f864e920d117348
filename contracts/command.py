"""What the commands of the suite share: how a mistake ends one, and a terminal that takes every text."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

from contracts.report.line import Line, fitted

MISTAKE = 4  # the exit status of a mistake in options, environment or what a command is given to read


class Parser(argparse.ArgumentParser):
    """A command line whose mistakes end with the status of a mistake, in one line."""

    def error(self, message: str) -> NoReturn:
        """Tell a mistake, and end."""
        self.exit(MISTAKE, f"{self.prog}: {message}: see --help\n")


def printable() -> None:
    """Have standard output and error take every text, whatever alphabet they were given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def teller(veiled: Callable[[str], str] = str) -> Callable[[Iterable[Line]], None]:
    """What prints lines, `veiled`, fitted to the terminal, where they have their colours, or else to 80 columns."""
    from rich.console import Console  # noqa: PLC0415 - a command that only tells a mistake has no need of it

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def tell(lines: Iterable[Line]) -> None:
        for text, colour in fitted(((type(text)(veiled(text)), colour) for text, colour in lines), console.width):
            console.print(text, style=colour)

    return tell
