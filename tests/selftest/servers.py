"""Machines for tests of remote workers: execnet's socket servers on loopback, each in a folder of its own."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.selftest.runs import ROOT, copied, environment

BOUND = re.compile(r"\('127\.0\.0\.1', (\d+)\)")


@dataclass(frozen=True, slots=True)
class Server:
    """A socket server as a process, and its port."""

    process: subprocess.Popen[str]
    port: int

    def tx(self, root: Path | None = None) -> list[str]:
        """The option for a worker there, in a folder other than the server's own."""
        return ["--tx", f"socket=127.0.0.1:{self.port}" + (f"//chdir={root}" if root else "")]


@contextlib.contextmanager
def servers(*folders: Path, **given: str) -> Iterator[list[Server]]:
    """Socket servers that begin in these folders, with these variables and none that a run would read."""
    line = [sys.executable, "-u", "-m", "execnet.script.socketserver", "127.0.0.1:0"]
    begun = [
        subprocess.Popen(line, cwd=folder, env=environment(**given), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 - our own command
        for folder in folders
    ]
    try:
        yield [Server(process, _port(process)) for process in begun]
    finally:
        for process in begun:
            process.kill()
            process.communicate()


def whole(root: Path) -> Path:
    """A copy of the suite with its own scenarios."""
    copied(root)
    shutil.copytree(ROOT / "tests" / "contract", root / "tests" / "contract", dirs_exist_ok=True)
    return root


def spread(begun: Sequence[Server], *roots: Path) -> list[str]:
    """The options of a run over these servers, in these checkouts in turn; in the servers' own folders where none is named."""
    where = [server.tx(roots[number % len(roots)] if roots else None) for number, server in enumerate(begun)]
    return ["-d", *(part for option in where for part in option)]


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    found = BOUND.search(process.stdout.readline())
    assert found is not None
    return int(found[1])
