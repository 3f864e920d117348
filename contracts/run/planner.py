"""The side of a run that is only planned: it rehearses the chosen cases, tells what they would send, and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts import sweep
from contracts.blame import Mistake
from contracts.ledger import LEDGER
from contracts.report import line, outlook
from contracts.run.item import CaseItem
from contracts.run.options import Options
from contracts.run.rehearsal import Rehearsal, rehearse
from contracts.run.session import limited, planned, words

CAVEAT = "Nothing was sent there. A target that lags, turns requests away or answers otherwise than specified is asked more."


def begin(config: pytest.Config, options: Options, environment: Mapping[str, str]) -> None:
    """Have pytest plan in the place of running. Raises Mistake in one clear line."""
    planner = Planner(config, options, environment)
    if distributed := config.pluginmanager.getplugin("dsession"):
        config.pluginmanager.unregister(distributed)  # no worker is of use here
    config.pluginmanager.register(planner, "contract plan")


class Planner:
    """Plays the cases that pytest would run on a sandbox of its own, and tells what that took. Building it raises Mistake."""

    def __init__(self, config: pytest.Config, options: Options, environment: Mapping[str, str]) -> None:
        self._config = config
        self._options = options
        self._target = planned(options, environment)
        self._limits = limited(options, self._target)
        self._rehearsal: Rehearsal | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Rehearse in the place of running; what could not be collected is pytest's to tell."""
        if session.testsfailed:
            return None
        cases = [item.case for item in session.items if isinstance(item, CaseItem)]
        if reporter := self._config.pluginmanager.getplugin("terminalreporter"):
            reporter.write_line(f"rehearsing {len(cases)} cases and checks on an embedded sandbox")
        try:
            in_flight = self._limits.in_flight if self._limits else None
            seed = self._options.seed or 0
            self._rehearsal = rehearse(cases, self._target, self._options.profile, seed=seed, in_flight=in_flight)
        except Mistake as e:
            pytest.exit(str(e), returncode=pytest.ExitCode.INTERNAL_ERROR)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What even a sandbox in order did not pass is a defect of the suite."""
        if self._rehearsal and self._rehearsal.unlike:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The plan."""
        if self._rehearsal is None:
            return
        terminalreporter.section("plan")
        terminalreporter.write_line(f"target: {words(self._target)}", bold=True)
        terminalreporter.write_line(CAVEAT)
        terminalreporter.write_line("")
        if self._target and (owing := sweep.owing(Path(self._options.ledger or LEDGER), self._target)):
            terminalreporter.write_line(f"first, {owing} things would be removed that killed runs have left there", yellow=True)
        width = self._config.get_terminal_writer().fullwidth
        for text, colour in line.fitted(outlook.plan(self._rehearsal, self._target, self._limits), width):
            terminalreporter.write_line(text, **({colour: True} if colour else {}))
