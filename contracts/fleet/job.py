"""A job: runs its units as processes, so many at once, and ends them when it is told to, so that each cleans up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from contracts.case import Verdict
from contracts.fleet.errand import Errand
from contracts.fleet.outcome import NOT_BEGUN, OUTPUT, Ended, judged
from contracts.report.terminal import briefly

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last where a terminal closes
STOPPING = b"stopping: no more units begin, and those that run clean up first\n"


class Job:
    """Runs errands. What a person or a machine stops begins no more units, and has those that run end as by Ctrl-C.

    Each process has a group of its own: a terminal's Ctrl-C reaches it through the job alone, once for each time.
    """

    def __init__(self, errands: Sequence[Errand], at_once: int, tell: Callable[[Ended], None]) -> None:
        self._errands = errands
        self._at_once = at_once
        self._tell = tell
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.RLock()  # one signal may come while another is heeded
        self.stopped = False

    def run(self) -> list[Ended]:
        """Run all units to their end, telling each as it ends; gives them in their order."""
        with self._heeding(), ThreadPoolExecutor(self._at_once) as threads:
            running = [threads.submit(self._run, errand) for errand in self._errands]
            for ended in as_completed(running):
                self._tell(ended.result())
        return [ended.result() for ended in running]

    @contextlib.contextmanager
    def _heeding(self) -> Iterator[None]:
        """As long as it lasts, signals stop the units and not this process."""
        # Where signals were ignored, as in a script's background, processes begun now do not inherit that.
        # That a terminal closes is another matter: whoever ignores it, as nohup does, wants the job to go on.
        heeded = [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._stop) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, *_: object) -> None:
        with self._lock:
            self.stopped = True
            for process in self._running:
                process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # nobody reads that any more
            os.write(2, STOPPING)  # what else writes may be in the middle of a line

    def _run(self, errand: Errand) -> Ended:
        began = time.monotonic()
        try:
            errand.folder.mkdir()
            with (errand.folder / OUTPUT).open("wb") as output:
                process = self._begun(errand, output)
                status = self._awaited(process) if process else None
        except OSError as e:
            return Ended(errand.unit, None, Verdict.ERROR, reason=f"it could not be started: {e.strerror or e}")
        if status is None:
            return Ended(errand.unit, None, Verdict.INCONCLUSIVE, reason=NOT_BEGUN)
        own, requests, why = _results(errand.folder)
        verdict, reason = judged(status, own, stopped=self.stopped)
        return Ended(errand.unit, status, verdict, time.monotonic() - began, requests, reason, why)

    def _begun(self, errand: Errand, output: Any) -> subprocess.Popen[bytes] | None:
        """The process of an errand; None where no more is to begin."""
        with self._lock:
            if self.stopped:
                return None
            process = subprocess.Popen(  # noqa: S603 - our own command
                errand.command,
                env=dict(errand.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            self._running.add(process)
            return process

    def _awaited(self, process: subprocess.Popen[bytes]) -> int:
        status = process.wait()
        with self._lock:
            self._running.discard(process)
        return status


def _results(folder: Path) -> tuple[Verdict | None, int | None, str]:
    """The verdict of a run's gate, its number of requests, and why it is no pass; None and None where it left no results."""
    try:
        results = json.loads((folder / "results.json").read_bytes())
        run = results["run"]
        return Verdict(run["gate"]["verdict"]), int(run["requests"]), briefly(results)
    except (OSError, ValueError, LookupError, TypeError):
        return None, None, ""
