"""The composition root: makes pytest know the suite. All logic stands in `contracts`."""

from __future__ import annotations

import pytest

from contracts.run import options, plugin
from contracts.run.item import CaseItem


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a contract run."""
    options.add_options(parser)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """A contract run, where one is asked for."""
    plugin.configure(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[CaseItem] | None:
    """A scenario stands for its cases."""
    return plugin.collect(collector, obj)
