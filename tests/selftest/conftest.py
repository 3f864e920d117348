"""What holds for all tests of the suite itself."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip is a failure where everything that a test can need is said to be there: CI sets SKIPS_FAIL."""
    report = yield
    if report.skipped and os.environ.get("SKIPS_FAIL"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"skipped where no test may be: {reason}"
    return report
