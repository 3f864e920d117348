"""A run within GitHub Actions: no text of a target's is taken for a command, and what was not in order is told afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selftest import runs

EVIL = '''
import sys

@provokes("404-trunk-id", by="getSipTrunkById", variant="evil")
def evil(world: World) -> None:
    """Says what GitHub would take for a command, in every way that a case can."""
    print("::set-output name=printed::x")
    print("##[add-mask]printed", file=sys.stderr)
    raise ValueError("told\\n::set-output name=raised::x\\n  ::error::x ##[add-mask]raised")
'''


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the suite with scenarios that pass, fail and say commands."""
    return runs.copied(tmp_path_factory.mktemp("suite"), good=runs.GOOD, bad=runs.BAD, evil=EVIL)


@pytest.mark.parametrize("processes", ["0", "2"])
def test_commands_are_stopped_while_a_target_may_be_heard(suite: Path, processes: str, tmp_path: Path) -> None:
    """From the first line to the last but the annotations, which come when only the suite itself speaks."""
    given = {"GITHUB_ACTIONS": "true"}
    run = runs.contract(tmp_path / "report", "-n", processes, "-rA", root=suite, given=given)
    lines = run.out.splitlines()
    stop, resumed = lines[0], lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    assert (run.status, stop.startswith("::stop-commands::"), len(stop)) == (1, True, len("::stop-commands::") + 32)
    heard = [line for line in lines[1:resumed] if line.lstrip().startswith("::") or "##[" in line]
    assert {word for line in heard for word in ("name=printed", "name=raised", "::error::x") if word in line} == {
        "name=printed",
        "name=raised",
        "::error::x",
    }
    assert [line.partition(",title=")[0] for line in lines[resumed + 1 :]] == [
        "::error file=tests/contract/test_evil.py,line=8",
        "::error file=tests/contract/test_bad.py,line=6",
    ]


def test_no_command_is_printed_elsewhere(suite: Path, tmp_path: Path) -> None:
    """Where GitHub does not read it, there is nothing to stop or to annotate."""
    run = runs.contract(tmp_path / "report", "-k", "bad", root=suite)
    assert run.status == 1
    assert [line for line in run.out.splitlines() if line.startswith("::")] == []


def test_a_run_that_ends_early_gives_commands_back(suite: Path, tmp_path: Path) -> None:
    """A selection without cases leaves no results, and so no annotations."""
    run = runs.contract(tmp_path / "report", "-k", "nothing-at-all", root=suite, given={"GITHUB_ACTIONS": "true"})
    lines = run.out.splitlines()
    assert (run.status, lines[-1]) == (5, f"::{lines[0].removeprefix('::stop-commands::')}::")
