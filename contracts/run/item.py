"""Cases as pytest items, and the side of a run that runs them: a worker's, or the only process's."""

from __future__ import annotations

import gc
import json
import shlex
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.case import Case, CaseResult, Depth, Verdict
from contracts.client import Client
from contracts.evidence import case_evidence
from contracts.finding import explain
from contracts.names import Names
from contracts.run.pool import Pool, own_output, route_logs, route_output
from contracts.run.shared import Shared, number, share
from contracts.runner import run as run_case
from contracts.transport.veil import Veil

LETTERS = {Verdict.FAIL: ("failed", "F"), Verdict.INCONCLUSIVE: ("inconclusive", "I"), Verdict.ERROR: ("error", "E")}


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
        if isinstance(self.result.exception, Exception):
            raise self.result.exception
        if self.result.verdict is not Verdict.PASS:
            raise _Verdict(self.result, cases.seed)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings of a case, or the traceback of a broken scenario from its own first line on."""
        if isinstance(excinfo.value, _Verdict):
            return _told(excinfo.value.result, self._again(excinfo.value.seed))
        here = Path(self.case.body.__code__.co_filename)
        excinfo.traceback = excinfo.traceback.cut(path=here) or excinfo.traceback
        return self._repr_failure_py(excinfo, style="long" if style is None else style)

    def _again(self, seed: int) -> str:
        """The command that runs this case alone, on the same target; a check generates the same again by its seed."""
        asked = {name: self.config.getoption(name) for name in ("base_url", "profile", "depth")}
        if asked["depth"] == Depth.QUICK:
            del asked["depth"]
        if not self.case.row:
            asked["seed"] = str(seed)
        more = (part for name, value in asked.items() if value for part in (f"--{name.replace('_', '-')}", value))
        return shlex.join(["python", "-m", "pytest", self.nodeid, *more])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands."""
        return self.path, self.case.body.__code__.co_firstlineno - 1, self.case.id


class Chosen:
    """Leaves out all cases but those of these ids."""

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = ids

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Pytest tells how many were left out."""
        others = [item for item in items if isinstance(item, CaseItem) and item.case.id not in self._ids]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item not in set(others)]


class _Verdict(Exception):  # noqa: N818 - carries a verdict to pytest
    def __init__(self, result: CaseResult, seed: int) -> None:
        super().__init__(f"{result.verdict}: {result.reason or result.findings[0].text}")
        self.result = result
        self.seed = seed


class Cases:
    """The side of a run that runs cases: a worker's, or the only process's."""

    def __init__(self, config: pytest.Config, source: Callable[[], Shared], worker: str = "gw0", workers: int = 1) -> None:
        self._config = config
        self._source = source
        self._worker = worker
        self._workers = workers
        self.seed = 0
        self._pool: Pool[Case, CaseResult] | None = None
        self._client: Client | None = None
        self._capturing = config.getoption("capture") != "no"

    def result(self, item: CaseItem) -> CaseResult | None:
        """The result of an item's case; the first call starts all cases that are this process's to run."""
        if self._pool is None:
            shared = self._source()
            self.seed = shared.seed
            self._pool = self._opened(shared)
            items = [i.case for i in item.session.items if isinstance(i, CaseItem)]
            # A worker beyond the first ones replaces a dead one, and runs one by one what that had begun: then it shows who kills.
            own = shared.spread and number(self._worker) < self._workers
            mine = share(items, number(self._worker), self._workers) if own else [item.case]
            self._pool.start(case for case in mine if not case.alone)
        return self._pool.here(item.case) if item.case.alone else self._pool.result(item.case)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What the page documents comes first: should a run be cut short, that is what it has judged."""
        items.sort(key=lambda item: item.case.turn if isinstance(item, CaseItem) else 0)

    def _opened(self, shared: Shared) -> Pool[Case, CaseResult]:
        size = shared.pool_size(self._workers)
        client = self._client = shared.client(self._worker)
        names = Names(shared.run_id, self._worker, number(self._worker), self._workers)
        client.veil.add(names.secret)
        limit = self._config.getoption("maxfail")
        failed: list[Case] = []

        def work(case: Case) -> CaseResult:
            if shared.blocked:
                return CaseResult(case, Verdict.INCONCLUSIVE, shared.blocked, started=time.time())
            with own_output() as output:
                result = run_case(case, client, names, strict=shared.strict, seed=shared.seed)
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
        """As above, in this phase."""
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """As above, in this phase."""
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        """As above, in this phase."""
        self.pytest_runtest_logstart()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a case's own time, output and evidence into pytest's report of it; nothing secret leaves this process in it."""
        report = yield
        veil = self._client.veil if self._client else Veil()
        if self._capturing:
            route_output()
        if isinstance(item, CaseItem) and call.when == "call" and (result := item.result):
            report.start, report.duration, report.stop = result.started, result.seconds, result.started + result.seconds
            if result.output:
                report.sections.append(("Captured output of the case", _carried(result.output)))
            # As ASCII, since xdist carries no lone surrogate.
            report.contract = json.dumps(veil.within(case_evidence(result)))  # type: ignore[attr-defined]
        report.sections = [(name, veil.text(content)) for name, content in report.sections]
        if report.longrepr is not None and veil.text(told := str(report.longrepr)) != told:
            report.longrepr = veil.text(told)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Let what began end, clean-up included."""
        if self._pool:
            self._pool.close()
        if self._client:
            self._client.close()
        # pytest ends by collecting garbage five times, over all that was ever imported; none of that is garbage.
        gc.freeze()


def _told(result: CaseResult, again: str) -> str:
    """A verdict for a person: the case, every finding, and how to see it again."""
    lines = [f"{result.case.id}: {result.verdict}"]
    if result.reason:
        lines.append(result.reason)
    if result.story:
        lines += ["", *result.story.lines]
    lines += ["", explain([finding.as_dict() for finding in result.findings]).rstrip(), "", f"again: {again}"]
    return _carried("\n".join(lines))


def _carried(text: str) -> str:
    """The text as xdist can carry it: without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
