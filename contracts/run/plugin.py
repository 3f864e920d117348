"""The suite as a pytest plug-in: its options, and which part of it a process needs.

One item is one case. The bodies of cases run on a pool's threads, many at once in each process; pytest's own loop takes the
results in order, so that reports, -k, --lf, -x, tracebacks and durations are pytest's as ever.
"""

from __future__ import annotations

import os

import pytest

from contracts.blame import Mistake
from contracts.case import Depth, Scenario
from contracts.run.item import CaseItem, Cases
from contracts.run.shared import Shared
from contracts.transport.guard import CONFIRM


def add_options(parser: pytest.Parser) -> None:
    """The options of a run (results.md, "How a run is asked for")."""
    group = parser.getgroup("contracts", "error contracts")
    group.addoption("--base-url", metavar="URL", help="the API to test; without it, the embedded sandbox")
    group.addoption("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows: a TOML file, or a name")
    group.addoption("--report-dir", metavar="DIR", help="where results go; by default a new folder under reports/")
    group.addoption("--seed", metavar="N", help="the seed of all that is generated; by default a new one")
    depths = "|".join(Depth)
    group.addoption("--depth", metavar=depths, default="quick", help="how deep to go (default: quick)")
    group.addoption("--only-documented", action="store_true", help="the documented cases alone, without generated tests")
    group.addoption("--require-all", action="store_true", help="a row that was not exercised fails the run")
    group.addoption("--strict-undocumented", action="store_true", help="an error that no row documents fails the run")
    group.addoption("--concurrency", metavar="N", help="cases that wait for the network at once, in all processes")
    group.addoption("--max-requests", metavar="N", help="send no more requests than that, in all processes")
    group.addoption("--rate", metavar="R", help="send at most R requests a second, in all processes: 20, 0.5 or 300/m")
    group.addoption("--max-in-flight", metavar="N", help="have no more requests than that on their way at once, in all processes")
    group.addoption("--plan", action="store_true", help="tell what a run would send and make, and send nothing")
    group.addoption("--ledger", metavar="DIR", help="where a run writes down what it makes, for python -m contracts.sweep")
    group.addoption(CONFIRM, dest="production", action="store_true", help="leave to send to a host of production")


def configure(config: pytest.Config) -> None:
    """Set up a contract run where the command line asks for one. Raises pytest.UsageError for a mistake, in one line."""
    if worker := getattr(config, "workerinput", None):
        if "contracts" in worker:
            shared = Shared.from_json(worker["contracts"])
            cases = Cases(config, lambda: shared, worker["workerid"], worker["workercount"])
            config.pluginmanager.register(cases, "contract cases")
        return
    from contracts.run import controller, planner, session  # noqa: PLC0415 - a worker has no need of it, and would wait for its import

    option = config.option
    only_asked = option.collectonly or option.help or option.version or option.showfixtures or option.markers
    try:
        options = controller.options_of(config.getoption)
        if not only_asked and session.overlaps(config.args, config.invocation_params.dir):
            begin = planner.begin if options.plan else controller.begin
            begin(config, options, os.environ)
    except Mistake as e:
        raise pytest.UsageError(str(e)) from None


def collect(collector: pytest.Collector, value: object) -> list[CaseItem] | None:
    """The items of a scenario: one a case."""
    if not isinstance(value, Scenario):
        return None
    depth, only_documented = Depth(collector.config.getoption("depth")), collector.config.getoption("only_documented")
    cases = (case for case in value.cases(depth) if case.row or not only_documented)
    return [CaseItem.from_parent(collector, name=case.id, case=case) for case in cases]
