"""What the commands of the suite share: how a mistake ends one, and a terminal that takes every text."""

from __future__ import annotations

import argparse
import io
import sys
from typing import NoReturn

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
