"""The suite as a pytest plug-in: its options, and which part of it a process needs.

One item is one case. The bodies of cases run on a pool's threads, many at once in each process; pytest's own loop takes the
results in order, so that reports, -k, --lf, -x, tracebacks and durations are pytest's as ever.
"""

from __future__ import annotations

import os

import pytest

from contracts.blame import Mistake
from contracts.case import Depth, Scenario
from contracts.run import options
from contracts.run.item import CaseItem, Cases, Chosen
from contracts.run.shared import Shared


def configure(config: pytest.Config) -> None:
    """Set up a contract run where the command line asks for one. Raises pytest.UsageError for a mistake, in one line."""
    if worker := getattr(config, "workerinput", None):
        if "contracts" in worker:
            shared = Shared.from_json(worker["contracts"])
            if guest := worker.get("contracts guest"):
                from contracts.run.guest import Guest  # noqa: PLC0415 - only a worker on another machine is one

                config.pluginmanager.register(visitor := Guest(config, shared, guest, worker["workerid"]), "contract guest")
                shared = visitor.shared
            if shared.cases is not None:
                config.pluginmanager.register(Chosen(shared.cases), "contract shard")
            cases = Cases(config, lambda: shared, worker["workerid"], worker["workercount"])
            config.pluginmanager.register(cases, "contract cases")
        return
    from contracts.run import controller, planned, planner  # noqa: PLC0415 - a worker has no need of it, and would wait for its import

    option = config.option
    only_asked = option.collectonly or option.help or option.version or option.showfixtures or option.markers
    try:
        asked = options.options_of(config.getoption)
        if config.getoption("tx", None) and config.getoption("dist", "no") == "no":
            raise Mistake("--tx names workers, and nothing is given to them: add -d")
        if (chosen := planned.chosen(asked)) is not None:
            config.pluginmanager.register(Chosen(chosen), "contract shard")
        if not only_asked and planned.overlaps(config.args, config.invocation_params.dir):
            begin = planner.begin if asked.plan else controller.begin
            begin(config, asked, os.environ)
    except Mistake as e:
        raise pytest.UsageError(str(e)) from None


def collect(collector: pytest.Collector, value: object) -> list[CaseItem] | None:
    """The items of a scenario: one a case."""
    if not isinstance(value, Scenario):
        return None
    depth, only_documented = Depth(collector.config.getoption("depth")), collector.config.getoption("only_documented")
    cases = (case for case in value.cases(depth) if case.row or not only_documented)
    return [CaseItem.from_parent(collector, name=case.id, case=case) for case in cases]
