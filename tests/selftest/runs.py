"""Whole runs as real processes, on the suite itself or on a copy of it with scenarios of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WAIT = 120
OURS = ("SINCH_", "PYTEST_", "COV_", "GITHUB_ACTIONS", "PYTHONDONTWRITEBYTECODE")
"""What a run would read; and what costs every process a fifth, since it compiles all anew."""
HEADER = """
from contracts.call import api
from contracts.case import controls, provokes
from contracts.world import World
"""
GOOD = '''
@controls("404-trunk-id", by="getSipTrunks", variant=["a", "b", "c"])
def good(world: World) -> None:
    """Passes."""
    world.accepted(api.getSipTrunks())
'''
BAD = '''
@provokes("404-trunk-domain", by="getSipTrunks", variant="bad")
def bad(world: World) -> None:
    """Fails: what it asks for is not refused."""
    world.refused(api.getSipTrunks(), domain="x")
'''


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind: its exit status, what it said, and its folder."""

    status: int
    out: str
    err: str
    folder: Path

    @property
    def said(self) -> str:
        """What it said as one line: a text may be broken anywhere between its words, to fit the terminal."""
        return " ".join(self.out.split())

    @property
    def results(self) -> dict[str, Any]:
        """results.json."""
        parsed: dict[str, Any] = json.loads((self.folder / "results.json").read_bytes())
        return parsed

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each case that has one."""
        return {case["id"]: case["verdict"] for row in self.results["rows"] for case in row["cases"]}

    @property
    def written(self) -> list[str]:
        """The names of the files in the folder; none when there is no folder."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


def environment(**members: str) -> dict[str, str]:
    """The environment without anything that a run would read, and without what makes it slow."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | members


def command(folder: Path, *arguments: str) -> list[str]:
    """The command of a run that writes into the folder."""
    beside = {option: str(folder.with_name(f"{folder.name}-{option}")) for option in ("ledger", "history")}
    kept = ["--report-dir", str(folder), "--ledger", beside["ledger"], "--history", beside["history"]]
    return [sys.executable, "-m", "pytest", "tests/contract", *kept, "-p", "no:randomly", *arguments]


def contract(folder: Path, *arguments: str, root: Path = ROOT, given: Mapping[str, str] | None = None) -> Outcome:
    """A run to its end, with these variables given."""
    line = command(folder, *arguments)
    done = subprocess.run(  # noqa: S603 - our own command
        line, cwd=root, env=environment(**(given or {})), capture_output=True, text=True, timeout=WAIT, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr, folder)


def printed(code: str, *arguments: str, said: str = "", **members: str) -> str:
    """What some code of ours prints in a process of its own, which gets these arguments and is `said` this."""
    line = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(  # noqa: S603 - code of ours
        line, cwd=ROOT, env={**os.environ, **members}, input=said, capture_output=True, text=True, timeout=WAIT, check=True
    )
    return done.stdout


def copied(root: Path, **modules: str) -> Path:
    """A copy of the suite, compiled as far as it is, with these scenario modules instead of its own, after the usual imports."""
    for name in ("contracts", "schemas"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.pyc.*"))  # which are being written
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    scenarios = root / "tests" / "contract"
    scenarios.mkdir(parents=True)
    for folder in (scenarios, scenarios.parent):
        (folder / "__init__.py").touch()
    for name, text in modules.items():
        (scenarios / f"test_{name}.py").write_text(HEADER + text, encoding="utf-8")
    return root
