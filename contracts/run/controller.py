"""The side of a run that spreads cases, gathers evidence and tells the outcome."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from contracts.blame import Defect, Mistake
from contracts.case import Case, Verdict
from contracts.evidence import Evidence, crash_evidence
from contracts.report import files, results, terminal
from contracts.run.item import LETTERS, Cases
from contracts.run.options import Options
from contracts.run.planned import plan
from contracts.run.session import Run
from contracts.run.shared import Shared


def begin(config: pytest.Config, options: Options, environment: Mapping[str, str]) -> None:
    """Begin a run. Raises Mistake in one clear line; a defect of the suite ends pytest there, in one line as well."""
    run = Run(options, environment)
    config.add_cleanup(run.end)  # before anything can end the run: a new report folder shall not stay behind
    try:
        run.begin()
    except Defect as e:
        pytest.exit(str(e), returncode=pytest.ExitCode.INTERNAL_ERROR)
    config.pluginmanager.register(Controller(config, run), "contract run")
    if not config.pluginmanager.hasplugin("dsession"):
        config.pluginmanager.register(Cases(config, lambda: shared_by(run)), "contract cases")


def shared_by(run: Run) -> Shared:
    """What the run's processes must know; where the sandbox does not start, the run ends there, in one line."""
    try:
        return run.shared()
    except Mistake as e:
        pytest.exit(str(e), returncode=pytest.ExitCode.INTERNAL_ERROR)
    except Exception as e:  # noqa: BLE001 - whatever it is, it is no answer of the target to any case
        pytest.exit(f"the run could not begin: {type(e).__name__}: {e}", returncode=pytest.ExitCode.INTERNAL_ERROR)


class Controller:
    """The side of a run that gathers evidence and tells the outcome."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run
        self._evidence = Evidence()
        self._others_failed = self._interrupted = False
        self._failed = 0
        self._workers = 1
        self._results: dict[str, Any] | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """The target and the seed first, also where -q leaves out pytest's own header."""
        if reporter := self._config.pluginmanager.getplugin("terminalreporter"):
            reporter.write_line(f"target: {self._run.where}", bold=True)
            reporter.write_line(f"seed: {self._run.seed}, depth: {self._run.options.depth}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker what it must know."""
        spread = self._config.getoption("dist") == "load"
        node.workerinput["contracts"] = replace(shared_by(self._run), spread=spread).as_json()
        self._workers = node.workerinput["workercount"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Whole shares at once, unless another distribution was asked for."""
        from contracts.run.spread import ShareScheduling  # noqa: PLC0415 - only a run under xdist has it

        return ShareScheduling(config, log) if config.getoption("dist") == "load" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker died in a case: an error of that case."""
        case = next((case for case in self._plan() if crashitem.endswith("::" + case.id)), None)
        if case:
            report.contract = json.dumps(crash_evidence(case, str(report.longrepr)))  # type: ignore[attr-defined]

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """How a case's verdict shows while the run goes on."""
        verdict = _verdict_of(report)
        if verdict not in LETTERS:
            return None
        category, letter = LETTERS[verdict]
        return category, letter, (verdict.value.upper(), {"yellow" if verdict is Verdict.INCONCLUSIVE else "red": True})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the evidence of a case; stop all workers once as many failed as -x or --maxfail allows."""
        if evidence := getattr(report, "contract", None):
            self._evidence.add(json.loads(evidence))
        elif report.failed:
            self._others_failed = True
        self._failed += report.failed
        limit = self._config.getoption("maxfail")
        if limit and self._failed >= limit:
            self._run.stop()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell a person's Ctrl-C from the stop that -x makes under xdist."""
        # Both pytest and xdist have an exception of their own for a stop, a kind of KeyboardInterrupt.
        self._interrupted = type(excinfo.value) is KeyboardInterrupt or isinstance(excinfo.value, pytest.exit.Exception)
        self._run.stop()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the results and set the exit status that they ask for."""
        if not self._evidence.cases and exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return  # a usage error, nothing collected, an interrupt before the first case: nothing is known
        facts, target = self._run.facts(self._workers), self._run.target_facts()
        times = {"started": self._run.started, "finished": time.time()}
        self._results = results.build(facts, target, self._plan(), self._evidence, **times, spent=self._spent)
        files.write(self._results, self._evidence, self._run.folder, self._run.traffic)
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR or self._interrupted:
            return
        status = results.exit_status(self._results, require_all=self._run.options.require_all)
        session.exitstatus = status or (1 if self._others_failed else 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line a row, and the total."""
        if self._results is None:
            return
        terminalreporter.section("error contracts")
        for swept in self._run.swept:
            terminalreporter.write_line(self._run.veiled(str(swept)), yellow=True)
        told = {"blocked": self._run.veiled(self._run.blocked), "spent": self._spent}
        lines = terminal.summary(self._results, str(self._run.folder), **told, require_all=self._run.options.require_all)
        for line, colour in lines:
            terminalreporter.write_line(line, **({colour: True} if colour else {}))

    @property
    def _spent(self) -> str:
        """The reason of cases that the run's budget ended; empty where there is none."""
        return self._run.limits.used_up if self._run.limits else ""

    def _plan(self) -> tuple[Case, ...]:
        try:
            return plan(self._run.options.depth, only_documented=self._run.options.only_documented)
        except Exception:  # noqa: BLE001 - a scenario file that cannot be imported: pytest's collection says so, in full
            return ()


def _verdict_of(report: pytest.TestReport) -> Verdict | None:
    evidence = getattr(report, "contract", None)
    return Verdict(json.loads(evidence)["case"]["verdict"]) if evidence and report.when != "teardown" else None
