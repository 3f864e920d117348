"""What processes cost: wall time, CPU and peak memory, by their kind, read from /proc while they run; zero where a system has none.

`ru_maxrss` of a child would be no less than this process has itself, for Linux counts from before the exec.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.run.embedded import ROOT

PROC = Path("/proc")
PERIOD = 0.1  # seconds between two looks; the peak is the system's own, so that a look may come late
KINDS = {"contracts.fleet": "fleet", "contracts.merge": "merge", "contracts.sandbox": "sandbox", "pytest": "run"}
"""What processes are called, by a word of their command; others as their parents."""
MEGABYTE, GIGABYTE = 10**6, 10**9


@dataclass(slots=True)
class Used:
    """What a process used: CPU seconds since it was first looked at with `before` used, and bytes of memory at most."""

    kind: str
    before: float = 0.0
    cpu: float = 0.0
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost, with all processes that it began: `status` is its exit status."""

    status: int
    seconds: float
    used: Sequence[Used]

    def cpu(self, kind: str = "") -> float:
        """CPU seconds of all processes of a kind, or of all."""
        return sum(one.cpu - one.before for one in self.used if not kind or one.kind == kind)

    def peak(self, kind: str) -> float:
        """MB of the process of a kind that had most."""
        return max((one.peak for one in self.used if one.kind == kind), default=0) / MEGABYTE

    def peaks(self, kind: str) -> float:
        """MB of all processes of a kind, had each its most at one time."""
        return sum(one.peak for one in self.used if one.kind == kind) / MEGABYTE


def measured(command: Sequence[str], environment: Mapping[str, str], output: Path) -> Cost:
    """Run a module of ours by this interpreter, from the suite's folder, and tell what it cost. What it says goes to a file.

    The sandboxes that this process has begun before are looked at as well.
    """
    watched = Watch()
    watched.begin()
    with output.open("wb") as file:
        began = time.monotonic()
        line = [sys.executable, "-m", *command]
        done = subprocess.run(line, cwd=ROOT, env=dict(environment), stdout=file, stderr=subprocess.STDOUT, check=False)  # noqa: S603 - ours
        seconds = time.monotonic() - began
    return Cost(done.returncode, seconds, watched.end())


@dataclass(slots=True)
class Watch:
    """Looks at all processes below this one, from a thread, until it is told to end."""

    _used: dict[int, Used] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to look; what processes used before does not count."""
        look(self._used)
        for one in self._used.values():
            one.before = one.cpu
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> list[Used]:
        """Look no more; what all processes used."""
        self._over.set()
        if self._thread:
            self._thread.join()
        return list(self._used.values())

    def _look(self) -> None:
        while not self._over.wait(PERIOD):
            look(self._used)


def look(used: dict[int, Used]) -> None:
    """Note what the processes below this one used so far."""
    for pid, parent in _family():
        try:
            facts = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            status = (PROC / str(pid) / "status").read_text("utf-8", "replace")
            line = (PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:  # it has ended
            continue
        one = used.setdefault(pid, Used(used[parent].kind if parent in used else "other"))
        one.kind = next((KINDS[word] for word in line if word in KINDS), one.kind)
        one.cpu = (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")
        one.peak = max(one.peak, _peak(status))


def _peak(status: str) -> int:
    """Bytes of memory that a process had at most; none once it has ended and waits to be heard of."""
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def _family() -> Iterator[tuple[int, int]]:
    """The processes below this one, each with its parent, which comes before it."""
    children: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it has ended
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    due = [os.getpid()]
    while due:
        parent = due.pop()
        due += children.get(parent, ())
        yield from ((pid, parent) for pid in children.get(parent, ()))


def connections() -> int:
    """How many connections this machine has opened so far."""
    try:
        names, figures = (line.split() for line in (PROC / "net/snmp").read_text("utf-8").splitlines() if line.startswith("Tcp:"))
    except (OSError, ValueError):
        return 0
    return int(figures[names.index("ActiveOpens")])
