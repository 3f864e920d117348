"""The embedded sandbox: a process of its own, which ends when this one does, whichever way that is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from contracts.blame import Mistake
from contracts.profile import load_profile
from contracts.target import Target, from_facts

ROOT = Path(__file__).resolve().parents[2]
LINES = 6  # what the sandbox prints before it is ready: the address, and five variables to export


class Embedded:
    """A sandbox that was started and need not be waited for until its target is asked for."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", "contracts.sandbox", "--until-stdin-closes", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
            process_group=0,  # a person's Ctrl-C is the run's to handle: what began still has to be cleaned up there
        )

    def target(self, profile: str | None = None) -> Target:
        """The sandbox as a target. Raises Mistake when it did not start."""
        if self._process.stdout is None:  # for the type checker: it is a pipe
            raise AssertionError
        lines = [self._process.stdout.readline() for _ in range(LINES)]
        printed = dict(line.removeprefix("export ").rstrip("\n").partition("=")[::2] for line in lines[1:])
        if "PYTEST_BASE_URL" not in printed:
            raise Mistake("the embedded sandbox did not start: run `python -m contracts.sandbox` to see why")
        facts = (load_profile(profile) if profile else {}) | {"id": "sandbox"}
        return from_facts(facts, printed["PYTEST_BASE_URL"], printed["SINCH_PROJECT_ID"], profile, printed)

    def stop(self) -> None:
        """End the sandbox: closing its standard input is the sign."""
        if self._process.stdin:
            self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
