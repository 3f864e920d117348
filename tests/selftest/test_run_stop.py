"""Runs that end before their time: stopped by a failure, by a person, or by a worker's death."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.sandbox.core import Sandbox
from contracts.sandbox.serve import running
from tests.selftest.runs import BAD, GOOD, WAIT, command, contract, copied, environment
from tests.selftest.test_run import variables

HELD = '''
import os, threading, time
from pathlib import Path

@controls("404-trunk-id", by="getSipTrunkById", variant=["a", "b"])
def held(world: World, variant: str) -> None:
    """Makes a trunk, says so, and waits until it is let go."""
    trunk = world.trunk()["id"]
    folder = Path(os.environ["HELD"])
    (folder / f"began-{variant}").touch()
    ends = time.monotonic() + 30
    while not (folder / "go").exists() and time.monotonic() < ends:
        threading.Event().wait(0.01)
    world.accepted(api.getSipTrunkById(sipTrunkId=trunk))
    (folder / f"ended-{variant}").touch()
'''
CRASH = '''
import os

@controls("404-trunk-domain", by="getSipTrunks", variant="crash")
def crash(world: World) -> None:
    """Kills its process."""
    os._exit(17)
'''
MANY = GOOD.replace('["a", "b", "c"]', "[str(n) for n in range(40)]")


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, for a bounded time."""
    ends = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < ends
        threading.Event().wait(0.01)


@pytest.mark.parametrize("arguments", [["-x"], ["--maxfail=1"], ["-x", "-n", "2"], ["--maxfail=1", "-n", "2"]], ids=" ".join)
def test_a_failure_stops_a_run_that_asks_for_it(tmp_path: Path, arguments: list[str]) -> None:
    """What had begun is ended and told, nothing more starts, and results say that cases were left out."""
    root = copied(tmp_path / "copy", a=BAD, b=MANY)
    run = contract(tmp_path / "r", "--concurrency", "1", *arguments, root=root)
    assert run.status == 1, run.out
    assert run.verdicts["404-trunk-domain/getSipTrunks/bad"] == "fail"
    assert len(run.verdicts) < 41
    assert (run.results["run"]["complete"], run.results["leftovers"]) == (False, [])
    assert "partial" in run.out


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "group"])
def test_an_interrupt_ends_what_began_and_cleans_up(tmp_path: Path, workers: str, *, whole_group: bool) -> None:
    """Sent to the process, or to all of its group as a terminal does: exit status 2, and nothing is left on the target."""
    root, sandbox = copied(tmp_path / "copy", held=HELD), Sandbox()
    before = set(sandbox.state.trunks)
    with running(sandbox) as url:
        line = command(tmp_path / "r", "-n", workers, "--base-url", url)
        facts = environment(HELD=str(tmp_path), **variables(sandbox))
        process = subprocess.Popen(line, cwd=root, env=facts, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0)  # noqa: S603 - our own command
        with process:
            try:
                until(lambda: all((tmp_path / f"began-{name}").exists() for name in "ab") or process.poll() is not None)
                (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
                (tmp_path / "go").touch()
                said = process.communicate(timeout=WAIT)[0].decode()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 2, said
    assert [(tmp_path / f"ended-{name}").exists() for name in "ab"] == [True, True], said
    assert set(sandbox.state.trunks) == before, said


def test_a_worker_that_dies_costs_one_case(tmp_path: Path) -> None:
    """The case that killed it is an error; all others are run, also those that were under way beside it."""
    root = copied(tmp_path / "copy", a=GOOD, crash=CRASH, z=MANY.replace("404-trunk-id", "404-acl-id"))
    run = contract(tmp_path / "r", "-n", "2", root=root)
    assert run.status == 3, run.out
    verdicts = dict(run.verdicts)
    assert verdicts.pop("404-trunk-domain/getSipTrunks/crash") == "error"
    assert set(verdicts.values()) == {"pass"}
    assert len(verdicts) == 43
    assert run.results["run"]["complete"] is True


def test_a_run_that_loses_cases_with_its_workers_does_not_pass(tmp_path: Path) -> None:
    """Where no other worker may begin in their place: nothing failed, and not all was judged."""
    root = copied(tmp_path / "copy", a=GOOD, crash=CRASH, z=MANY.replace("404-trunk-id", "404-acl-id"))
    run = contract(tmp_path / "r", "-n", "2", "--max-worker-restart", "0", root=root)
    assert run.status == 6, run.out
    assert run.results["run"]["gate"]["reasons"] == ["workers died, and cases that they had were not run again"]
    assert (run.results["run"]["complete"], set(run.verdicts.values())) == (False, {"pass"})
