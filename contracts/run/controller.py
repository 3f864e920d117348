"""The side of a run that spreads cases, gathers evidence and tells the outcome."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from contracts.blame import Defect, Mistake
from contracts.case import Case, Depth, Verdict
from contracts.evidence import Evidence, crash_evidence
from contracts.gate.outcome import INTERNAL, INTERRUPTED, LOST, OTHERS, Gate
from contracts.history import remembered, trend
from contracts.report import files, results, terminal
from contracts.report.annotation import commands
from contracts.report.line import Line, Whole, fitted
from contracts.report.place import places
from contracts.run import view
from contracts.run.github import GitHub, within
from contracts.run.item import LETTERS, Cases
from contracts.run.options import Options
from contracts.run.planned import plan
from contracts.run.session import Run
from contracts.run.shared import Shared

if TYPE_CHECKING:
    from contracts.run.remote import Remotes


def begin(config: pytest.Config, options: Options, environment: Mapping[str, str]) -> None:
    """Begin a run. Raises Mistake in one clear line; a defect of the suite ends pytest there, in one line as well."""
    run = Run(options, environment)
    config.add_cleanup(run.end)  # before anything can end the run: a new report folder shall not stay behind
    try:
        run.begin()
    except Defect as e:
        pytest.exit(str(e), returncode=pytest.ExitCode.INTERNAL_ERROR)
    controller = Controller(config, run)
    if config.pluginmanager.hasplugin("dsession"):
        from contracts.run import remote  # noqa: PLC0415 - only a run under xdist has it

        if remote.named(config):
            controller.remotes = remote.Remotes(config, run)
            config.pluginmanager.register(controller.remotes, "contract remotes")
    view.plain(config, environment)
    if view.wanted(config, environment):
        controller.view = view.View(config, run.where, controller.plan)
        config.pluginmanager.register(controller.view, "contract view")
    config.pluginmanager.register(controller, "contract run")
    if within(environment):
        config.pluginmanager.register(GitHub(config, controller.annotations), "contract annotations")
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
        self._others_failed = self._interrupted = self._lost = False
        self._failed = 0
        self._reported: set[str] = set()
        self._workers = 1
        self._results: dict[str, Any] | None = None
        self._trend: dict[str, Any] | None = None
        self._forgotten = ""  # why the run is not in the history
        self._proposed = ""
        self.view: view.View | None = None
        self.remotes: Remotes | None = None
        self._unkept: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """The target and the seed first, also where -q leaves out pytest's own header."""
        if reporter := self._config.pluginmanager.getplugin("terminalreporter"):
            reporter.write_line(f"target: {self._run.where}", bold=True)
            reporter.write_line(f"seed: {self._run.seed}, depth: {self._run.options.depth}{self._shard()}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker what it must know."""
        spread = self._config.getoption("dist") == "load"
        shared = replace(shared_by(self._run), spread=spread)
        node.workerinput["contracts"] = (self.remotes.told(node, shared) if self.remotes else shared).as_json()
        self._workers = node.workerinput["workercount"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Whole shares at once, unless another distribution was asked for."""
        from contracts.run.spread import ShareScheduling  # noqa: PLC0415 - only a run under xdist has it

        return ShareScheduling(config, log) if config.getoption("dist") == "load" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker died in a case: an error of that case."""
        case = next((case for case in self.plan() if crashitem.endswith("::" + case.id)), None)
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
            self._evidence.add(one := json.loads(evidence))
            if self.view:
                self.view.ended(one)
        elif report.failed:
            self._others_failed = True
        self._failed += report.failed
        self._reported.add(report.nodeid)
        if self._enough:
            self._stop()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell a person's Ctrl-C from the stop that -x makes under xdist."""
        # Both pytest and xdist have an exception of their own for a stop, a kind of KeyboardInterrupt.
        self._interrupted = type(excinfo.value) is KeyboardInterrupt or isinstance(excinfo.value, pytest.exit.Exception)
        self._stop()

    @property
    def _enough(self) -> bool:
        """Whether as many failed as -x or --maxfail allows."""
        limit = self._config.getoption("maxfail")
        return bool(limit) and self._failed >= limit

    def _stop(self) -> None:
        """No process shall start another case, on whatever machine."""
        self._run.stop()
        if self.remotes:
            self.remotes.stop()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the results and set the exit status that they ask for."""
        if self.view:
            self.view.end()
        if not self._evidence.cases and exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return  # a usage error, nothing collected, an interrupt before the first case: nothing is known
        to_the_end = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} and not self._enough
        self._lost = to_the_end and len(self._reported) < session.testscollected
        facts, target = self._run.facts(self._workers), self._run.target_facts()
        told: dict[str, Any] = {
            "share": self._run.share,
            "started": self._run.started,
            "finished": time.time(),
            "spent": self._spent,
        }
        gate: dict[str, Any] = {"gate": self._gate(self._run.gating.for_run(facts, target), exitstatus), "suite": self._suite()}
        self._results = results.build(facts, target, self.plan(), self._evidence, **told, **gate)
        self._trend, self._forgotten = remembered(self._run.history, self._results)
        run = files.Finished(self._results, self._evidence, self._run.traffic, self._run.origin, places(self.plan()), self._trend)
        self._unkept = files.write(run, self._run.folder)
        self._proposed = self._run.gating.propose(self._results, self._run.folder)
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR or self._interrupted:
            return
        session.exitstatus = results.exit_status(self._results)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None, object, object]:
        """What became of the rows, after all else that is told, where it is seen."""
        before = yield
        if self._results is not None:
            terminalreporter.section("error contracts")
            for text, colour in fitted(self._told(self._results), self._config.get_terminal_writer().fullwidth):
                terminalreporter.write_line(text, **({colour: True} if colour else {}))
        return before

    def _told(self, judged: Mapping[str, Any]) -> Iterator[Line]:
        for swept in self._run.swept:
            yield self._run.veiled(str(swept)), "yellow"
        notes = (line for line in (*self._run.notes, *self._unkept, *trend.told(self._trend, self._forgotten)) if line)
        yield from terminal.summary(
            judged,
            str(self._run.folder),
            blocked=self._run.veiled(self._run.blocked),
            spent=self._spent,
            notes=[(self._run.veiled(line), "yellow") for line in notes],
            every=self._config.get_verbosity() > 0,
        )
        if self._proposed:
            yield Whole(self._proposed), "yellow"

    def annotations(self) -> Sequence[str]:
        """What GitHub is to show of the outcome; nothing where there is none."""
        return () if self._results is None else tuple(commands(self._results, places(self.plan())))

    def _shard(self) -> str:
        """Which part of the plan it is, where it is not the whole."""
        return f", shard {self._run.options.shard}: {len(self._run.share)} of {len(self.plan())} cases" if self._run.share else ""

    @property
    def _spent(self) -> str:
        """The reason of cases that the run's budget ended; empty where there is none."""
        return self._run.limits.used_up if self._run.limits else ""

    def _gate(self, gate: Gate, exitstatus: int) -> Gate:
        """The run's gate, and what went wrong outside of all cases: then nothing passes."""
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            return gate.with_trouble(*INTERNAL)
        if self._interrupted:
            return gate.with_trouble(*INTERRUPTED)
        if self._others_failed:
            return gate.with_trouble(*OTHERS)
        if self._lost:
            return gate.with_trouble(*LOST)
        return gate

    def _suite(self) -> tuple[Case, ...]:
        """The cases of every depth, where known deviations may speak of them."""
        return plan(Depth.EXHAUSTIVE) if self._run.gating.gate.deviations and self.plan() else ()

    def plan(self) -> tuple[Case, ...]:
        """Every case that a run of this depth has."""
        try:
            return plan(self._run.options.depth, only_documented=self._run.options.only_documented)
        except Exception:  # noqa: BLE001 - a scenario file that cannot be imported: pytest's collection says so, in full
            return ()


def _verdict_of(report: pytest.TestReport) -> Verdict | None:
    evidence = getattr(report, "contract", None)
    return Verdict(json.loads(evidence)["case"]["verdict"]) if evidence and report.when != "teardown" else None
