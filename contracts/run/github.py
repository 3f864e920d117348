"""A run within GitHub Actions, which takes commands from what its steps print."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping

import pytest


def within(environment: Mapping[str, str]) -> bool:
    """Whether GitHub reads what this process prints."""
    return environment.get("GITHUB_ACTIONS") == "true"


class GitHub:
    """Has GitHub take no commands while a target's texts are printed, and tells it afterwards what was not in order.

    A line that begins with `::` is a command, leading blanks or not, and so is `##[` wherever it stands in a line. A traceback, a
    captured line or a finding can hold either. What ends the pause is a word that no target can guess.
    """

    def __init__(self, config: pytest.Config, annotations: Callable[[], Iterable[str]]) -> None:
        self._config = config
        self._annotations = annotations
        self._word = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Before anything else is printed."""
        self._word = secrets.token_hex(16)
        self._say(f"::stop-commands::{self._word}")

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """After everything else: pytest's own summary comes after those of plug-ins, and quotes exceptions."""
        if self._word:
            self._say(f"::{self._word}::", *self._annotations())

    def _say(self, *lines: str) -> None:
        if reporter := self._config.pluginmanager.getplugin("terminalreporter"):
            reporter.ensure_newline()
            for line in lines:
                reporter.write_line(line)
