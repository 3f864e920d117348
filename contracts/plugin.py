"""The suite as a pytest plug-in: collects cases, runs them in a pool, brings evidence home, writes the results.

One item is one case. The bodies of cases run on a pool's threads, many at once in each process; pytest's own loop takes the
results in order, so that reports, -k, --lf, -x, tracebacks and durations are pytest's as ever.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.reports import TestReport

from contracts.blame import Mistake
from contracts.case import Case, CaseResult, Scenario, Verdict
from contracts.client import Client
from contracts.evidence import Evidence, case_evidence, crash_evidence
from contracts.names import Names
from contracts.pool import Pool, own_output, route_logs, route_output
from contracts.report import junit, results, terminal
from contracts.runner import run as run_case
from contracts.session import Options, Run, Shared, overlaps, plan
from contracts.spread import ShareScheduling, number, share

LETTERS = {Verdict.FAIL: ("failed", "F"), Verdict.INCONCLUSIVE: ("inconclusive", "I"), Verdict.ERROR: ("error", "E")}
DEPTHS = ("quick", "standard", "exhaustive")


def add_options(parser: pytest.Parser) -> None:
    """The options of a run (results.md, "How a run is asked for")."""
    group = parser.getgroup("contracts", "error contracts")
    group.addoption("--base-url", metavar="URL", help="the API to test; without it, the embedded sandbox")
    group.addoption("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows: a TOML file, or a name")
    group.addoption("--report-dir", metavar="DIR", help="where results go; by default a new folder under reports/")
    group.addoption("--seed", type=int, metavar="N", help="the seed of all that is generated; by default a new one")
    group.addoption("--depth", choices=DEPTHS, default="quick", help="how deep to go (default: quick)")
    group.addoption("--only-documented", action="store_true", help="the documented cases alone, without generated tests")
    group.addoption("--require-all", action="store_true", help="a row that was not exercised fails the run")
    group.addoption("--strict-undocumented", action="store_true", help="an error that no row documents fails the run")
    group.addoption("--concurrency", type=int, metavar="N", help="cases that wait for the network at once, in all processes")


def configure(config: pytest.Config) -> None:
    """Set up a contract run where the command line asks for one. Raises pytest.UsageError for a mistake, in one line."""
    if worker := getattr(config, "workerinput", None):
        if "contracts" in worker:
            shared = Shared.from_json(worker["contracts"])
            config.pluginmanager.register(Cases(config, shared, worker["workerid"], worker["workercount"]), "contract cases")
        return
    quiet = config.option.collectonly or config.option.help or config.option.version
    if quiet or config.option.showfixtures or config.option.markers or not overlaps(config.args, config.invocation_params.dir):
        return
    try:
        run = Run(_options(config), os.environ)
    except Mistake as e:
        raise pytest.UsageError(str(e)) from None
    run.begin()
    config.add_cleanup(run.end)
    config.pluginmanager.register(Controller(config, run), "contract run")
    if not config.pluginmanager.hasplugin("dsession"):
        config.pluginmanager.register(Cases(config, run), "contract cases")


def collect(collector: pytest.Collector, name: str, value: object) -> list[CaseItem] | None:
    """The items of a scenario: one a case."""
    if not isinstance(value, Scenario):
        return None
    return [CaseItem.from_parent(collector, name=case.id, case=case) for case in value.cases]


class CaseItem(pytest.Item):
    """One case as a pytest item."""

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self.result: CaseResult | None = None

    def runtest(self) -> None:
        """Wait for the case's result and raise what pytest is to know of it."""
        cases: Cases | None = self.config.pluginmanager.getplugin("contract cases")
        if cases is None:
            raise pytest.UsageError("no contract run was set up")
        self.result = cases.result(self)
        if self.result is None:
            self.session.shouldstop = self.session.shouldstop or "stopped; the cases that had begun were ended"
            pytest.skip("not started: the run was stopped")
        if self.result.verdict is Verdict.NOT_EXERCISED:
            pytest.skip(self.result.reason)
        if self.result.exception:
            raise self.result.exception
        if self.result.verdict is not Verdict.PASS:
            raise _Verdict(self.result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings of a case, or the traceback of a broken scenario from its own first line on."""
        if isinstance(excinfo.value, _Verdict):
            return _told(excinfo.value.result)
        here = Path(self.case.body.__code__.co_filename)
        excinfo.traceback = excinfo.traceback.cut(path=here) or excinfo.traceback
        return self._repr_failure_py(excinfo, style="long" if style is None else style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands."""
        return self.path, self.case.body.__code__.co_firstlineno - 1, self.case.id


class _Verdict(Exception):  # noqa: N818 - carries a verdict to pytest
    def __init__(self, result: CaseResult) -> None:
        super().__init__(f"{result.verdict}: {result.reason or result.findings[0].text}")
        self.result = result


class Cases:
    """The side of a run that runs cases: a worker's, or the only process's."""

    def __init__(self, config: pytest.Config, source: Shared | Run, worker: str = "gw0", workers: int = 1) -> None:
        self._config = config
        self._source = source
        self._worker = worker
        self._workers = workers
        self._spread = isinstance(source, Run) or source.spread
        self._pool: Pool[Case, CaseResult] | None = None
        self._client: Client | None = None
        self._capturing = config.getoption("capture") != "no"

    def result(self, item: CaseItem) -> CaseResult | None:
        """The result of an item's case; the first call starts all cases that are this process's to run."""
        if self._pool is None:
            self._pool = self._opened()
            items = [i.case for i in item.session.items if isinstance(i, CaseItem)]
            self._pool.start(share(items, number(self._worker), self._workers) if self._spread else [item.case])
        return self._pool.result(item.case)

    def _opened(self) -> Pool[Case, CaseResult]:
        shared = self._source.shared() if isinstance(self._source, Run) else self._source
        size = shared.pool_size(self._workers)
        client = self._client = Client(shared.target)
        client.proven = not shared.blocked
        names = Names(shared.run_id, self._worker, number(self._worker), self._workers)
        limit = self._config.getoption("maxfail")
        failed: list[Case] = []

        def work(case: Case) -> CaseResult:
            if shared.blocked:
                return CaseResult(case, Verdict.INCONCLUSIVE, shared.blocked, started=time.time())
            with own_output() as output:
                result = run_case(case, client, names, strict=shared.strict)
            if result.verdict in LETTERS:
                failed.append(case)
                if limit and len(failed) >= limit:
                    shared.stop()  # before pytest gets to hear of it: nothing more shall start
            return replace(result, output=output.getvalue())

        if self._capturing:
            logs = self._config.pluginmanager.getplugin("logging-plugin")
            route_logs(h for name in ("report_handler", "caplog_handler") if (h := getattr(logs, name, None)))
        return Pool(size, work, shared.stopped)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """Route output before an item, and within each of its phases once pytest has put its own capture in place."""
        if self._capturing:
            route_output()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, TestReport, TestReport]:
        """Put a case's own time, output and evidence into pytest's report of it."""
        report = yield
        if self._capturing:
            route_output()
        if isinstance(item, CaseItem) and call.when == "call" and (result := item.result):
            report.start, report.duration, report.stop = result.started, result.seconds, result.started + result.seconds
            if result.output:
                report.sections.append(("Captured output of the case", result.output))
            report.contract = case_evidence(result)  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Let what began end, clean-up included."""
        if self._pool:
            self._pool.close()
        if self._client:
            self._client.close()


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

    def pytest_report_header(self) -> list[str]:
        """The target and the seed, first of all."""
        return [f"target: {self._run.where}", f"seed: {self._run.seed}, depth: {self._run.options.depth}"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker what it must know."""
        spread = self._config.getoption("dist") == "load"
        node.workerinput["contracts"] = replace(self._run.shared(), spread=spread).as_json()
        self._workers = node.workerinput["workercount"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> ShareScheduling | None:
        """Whole shares at once, unless another distribution was asked for."""
        return ShareScheduling(config, log) if config.getoption("dist") == "load" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: TestReport) -> None:
        """A worker died in a case: an error of that case."""
        case = next((case for case in self._plan() if crashitem.endswith("::" + case.id)), None)
        if case:
            report.contract = crash_evidence(case, str(report.longrepr))  # type: ignore[attr-defined]

    def pytest_report_teststatus(self, report: TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """How a case's verdict shows while the run goes on."""
        verdict = _verdict_of(report)
        if verdict not in LETTERS:
            return None
        category, letter = LETTERS[verdict]
        return category, letter, (verdict.value.upper(), {"yellow" if verdict is Verdict.INCONCLUSIVE else "red": True})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: TestReport) -> None:
        """Gather the evidence of a case; stop all workers once as many failed as -x or --maxfail allows."""
        if evidence := getattr(report, "contract", None):
            self._evidence.add(evidence)
        elif report.failed:
            self._others_failed = True
        self._failed += report.failed
        limit = self._config.getoption("maxfail")
        if limit and self._failed >= limit:
            self._run.shared().stop()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell a person's Ctrl-C from the stop that -x makes under xdist."""
        self._interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)
        self._run.shared().stop()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the results and set the exit status that they ask for."""
        if not self._evidence.cases and exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return  # a usage error, nothing collected, an interrupt before the first case: nothing is known
        facts, target = self._run.facts(self._workers), self._run.target_facts()
        self._results = results.build(facts, target, self._plan(), self._evidence, self._run.started, time.time())
        results.write(self._results, self._run.folder)
        junit.write(self._results, self._run.folder)
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR or self._interrupted:
            return
        status = results.exit_status(self._results, require_all=self._run.options.require_all)
        session.exitstatus = status or (1 if self._others_failed else 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line a row, and the total."""
        if self._results is None:
            return
        terminalreporter.section("error contracts")
        if self._run.blocked:
            terminalreporter.write_line(self._run.blocked, red=True)
        for line, colour in terminal.summary(self._results, str(self._run.folder)):
            terminalreporter.write_line(line, **({colour: True} if colour else {}))

    def _plan(self) -> tuple[Case, ...]:
        try:
            return plan()
        except Exception:  # noqa: BLE001 - a scenario file that cannot be imported: pytest's collection says so, in full
            return ()


def _options(config: pytest.Config) -> Options:
    names = Options.__dataclass_fields__
    options = Options(**{name: config.getoption(name) for name in names})
    if options.concurrency is not None and options.concurrency < 1:
        raise Mistake("--concurrency must be 1 or more")
    return options


def _verdict_of(report: TestReport) -> Verdict | None:
    evidence = getattr(report, "contract", None)
    return Verdict(evidence["case"]["verdict"]) if evidence and report.when != "teardown" else None


def _told(result: CaseResult) -> str:
    """A verdict for a person: the case, then every finding."""
    lines = [f"{result.case.id}: {result.verdict}"]
    if result.reason:
        lines.append(result.reason)
    return "\n".join([*lines, "", junit.explain([finding.as_dict() for finding in result.findings])]).rstrip()


__all__ = ["add_options", "collect", "configure"]
