"""The live view of a run: it stands in the place of pytest's dots where somebody looks at a terminal, and leaves no trace."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from contracts.case import Case
from contracts.report.line import Line
from contracts.report.live import Progress, frame

if TYPE_CHECKING:
    from contracts.run.screen import Screen

PLAIN = ("CI", "NO_COLOR")
"""Variables that ask for plain lines."""
COLOURING = ("PY_COLORS", "FORCE_COLOR")
"""Variables that ask pytest for colours, whatever else is said."""
DUMB = frozenset({"dumb", "unknown"})
BARS = {True: ("█", "░"), False: ("#", ".")}
"""What a bar is made of, by whether the terminal is written in UTF-8."""


def wanted(config: pytest.Config, environment: Mapping[str, str]) -> bool:
    """Whether a run shows a live view: on a terminal that can, unless somebody asked for something else to be seen there."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if type(reporter) is not pytest.TerminalReporter or not reporter.isatty() or not reporter.hasmarkup:
        return False
    if any(environment.get(name) for name in PLAIN) or environment.get("TERM") in DUMB:
        return False
    option = config.option
    lines = option.verbose or config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES)
    talks = option.capture == "no" or option.usepdb or option.trace or option.setupshow
    logs = config.pluginmanager.hasplugin("logging") and (option.log_cli_level is not None or config.getini("log_cli"))
    return not (lines or talks or logs)


def plain(config: pytest.Config, environment: Mapping[str, str]) -> None:
    """Take the colours from pytest's own lines where the environment asks for plain ones, and nobody for colours."""
    asked = any(environment.get(name) for name in COLOURING) or config.option.color != "auto"
    if any(environment.get(name) for name in PLAIN) and not asked:
        config.get_terminal_writer().hasmarkup = False


class View:
    """Draws the progress of a run, from its first case to its end, and keeps pytest's letters from the terminal meanwhile."""

    def __init__(self, config: pytest.Config, target: str, plan: Callable[[], Sequence[Case]]) -> None:
        self._reporter: Any = config.pluginmanager.getplugin("terminalreporter")
        self._target = target
        self._plan = plan
        self._ids: Sequence[str] = ()
        self._lock = threading.Lock()  # of the progress, which a thread draws: this one waits for results
        self._progress: Progress | None = None
        self._screen: Screen | None = None
        self._over = False
        self._bar = BARS[sys.stdout.encoding.lower().replace("-", "") == "utf8"]
        # A descriptor of its own: while an item runs, pytest's capture has put a file in the terminal's place.
        self._terminal = os.dup(sys.stdout.fileno())
        config.add_cleanup(self._close)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The cases that are to run, where there are no workers."""
        self._ids = [item.nodeid for item in session.items]

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """And where there are; of a worker that comes in a dead one's place, xdist says so."""
        self._pause()
        self._ids = ids

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, error: object) -> None:
        """That a worker died, xdist says at once. The view comes back with the next case."""
        if error:  # none where a worker has done its work
            self._pause()

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self) -> None:
        """Pytest tells it at once."""
        self.end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """What has begun is ended first, which takes its time."""
        if self._progress:
            self._progress.stopping = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The result of a case is waited for; the first one brings the view."""
        self._show()
        if self._progress:
            with self._lock:
                self._progress.awaited(_case_id(nodeid), time.monotonic())

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, tuple[str, Any, Any], tuple[str, Any, Any]]:
        """What pytest counts, without the letter that it would print."""
        category, letter, word = yield
        return (category, "", "") if self._progress and not self._over else (category, letter, word)

    def ended(self, one: Mapping[str, Any]) -> None:
        """The evidence of a case has come."""
        if self._progress:
            case = one["case"]
            with self._lock:
                self._progress.ended(case["id"], case["verdict"], case["requests"], time.monotonic())

    def end(self) -> None:
        """Leave the terminal as if nothing had been here. To be called before anything else is said there."""
        self._pause()
        self._over = True
        self._reporter.showfspath = None  # pytest's own choice

    def _show(self) -> None:
        if self._over or self._screen:
            return
        self._progress = self._progress or self._begun()
        if self._progress is None:
            self._over = True
            return
        from contracts.run.screen import Screen  # noqa: PLC0415 - rich costs 0.1 s, and most runs have no view

        self._reporter.showfspath = False
        self._screen = Screen(self._terminal, sys.stdout.encoding, self._lines)
        self._screen.start()

    def _begun(self) -> Progress | None:
        """The progress of a run that begins; None where other tests run beside the cases: pytest tells more of those."""
        known = {case.id: case for case in self._plan()}
        ids = [_case_id(nodeid) for nodeid in self._ids]
        if not ids or any(case_id not in known for case_id in ids):
            return None
        return Progress(self._target, {case_id: known[case_id] for case_id in ids}, time.monotonic())

    def _lines(self, width: int, height: int) -> Sequence[Line]:
        """For the thread that draws."""
        with self._lock:
            return frame(self._progress, time.monotonic(), width, height, bar=self._bar) if self._progress else ()

    def _pause(self) -> None:
        if self._screen:
            self._screen.stop()
            self._screen = None

    def _close(self) -> None:
        """The very last: however the run came to its end."""
        self.end()
        with contextlib.suppress(OSError):
            os.close(self._terminal)


def _case_id(nodeid: str) -> str:
    """The id of the case that is an item: its node id bears the file's name before that."""
    return nodeid.partition("::")[2]
