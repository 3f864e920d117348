"""What a checkout is, by its files: whoever judges by others is told apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts import __version__
from contracts.run import suite
from tests.selftest.runs import GOOD, ROOT, copied


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the suite."""
    return copied(tmp_path / "there", a=GOOD)


def changed(root: Path, name: str) -> None:
    """Write a line more into a file there."""
    with (root / name).open("a") as file:
        file.write("\n")


def test_a_copy_is_the_same_suite(root: Path, tmp_path: Path) -> None:
    """Wherever it lies, whatever compiled files, reports and tests of its own it has."""
    twin = copied(tmp_path / "twin", a=GOOD)
    for folder in ("contracts/__pycache__", "reports/ledger", "tests/selftest"):
        (twin / folder).mkdir(parents=True, exist_ok=True)
        (twin / folder / "any.pyc").touch()
    (twin / "tests" / "selftest" / "any.py").touch()
    here, there = suite.facts(root), suite.facts(twin)
    assert suite.difference(here, there) == ""
    assert (here["version"], there["folder"], here["machine"]) == (__version__, str(twin), there["machine"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda root: changed(root, "contracts/catalogue/rows.toml"), "has another catalogue (rows.toml)"),
        (lambda root: changed(root, "contracts/oracle.py"), "has other files of the same version"),
        (lambda root: changed(root, "tests/contract/test_a.py"), "has other files of the same version"),
        (lambda root: (root / "schemas" / "openapi.json").unlink(), "has other files of the same version"),
        (lambda root: (root / "contracts" / "__init__.py").write_text('__version__ = "9.9"\n'), "has version 9.9 of the suite"),
        (lambda root: (root / "contracts" / "__init__.py").unlink(), "has no suite in "),
    ],
)
def test_another_suite_is_told_apart(root: Path, tmp_path: Path, change: Callable[[Path], object], told: str) -> None:
    """By what is most to be told of it."""
    there = copied(tmp_path / "other", a=GOOD)
    change(there)
    assert suite.difference(suite.facts(root), suite.facts(there)).startswith(told)


SENT = """
import sys
if sys.argv[2:]:
    sys.path[0] = sys.argv[2]
    import contracts.catalogue
channel = type("Channel", (), {"send": print})()
exec(open(sys.argv[1]).read(), {"__name__": "__channelexec__", "channel": channel})
print([name for name in sys.modules if name.startswith("contracts")])
"""
"""What execnet does with the module that it is sent."""


@pytest.mark.parametrize("served", [False, True], ids=["", "after-another-run"])
def test_it_needs_nothing_but_python(root: Path, *, served: bool) -> None:
    """It is sent to a machine whose suite may be any, and forgets there what an earlier run has imported."""
    libraries, imported = ([], [str(root)]) if served else (["-S"], [])
    line = [sys.executable, *libraries, "-c", SENT, str(ROOT / "contracts" / "run" / "suite.py"), *imported]
    done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - code of ours
    assert [repr(suite.facts(root)) in done.stdout, done.stdout.splitlines()[-1]] == [True, "[]"]
