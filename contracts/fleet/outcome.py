"""What becomes of a unit, by how its process ended and by what its results say; and of a job, by its units. Pure."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contracts.case import Verdict
from contracts.fleet.unit import Unit
from contracts.report.results import STATUS

WORST = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS)
"""Verdicts in the order in which one of a unit is that of its job (results.md, "Exit status")."""
NOT_BEGUN = "not begun, since the job was told to stop"
OUTPUT = "output.txt"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a unit ended. Its `status` is None where it never began; `reason` is what went wrong outside of its own verdict.

    `why` says in a few words what its own verdict is for.
    """

    unit: Unit
    status: int | None
    verdict: Verdict
    seconds: float = 0.0
    requests: int | None = None
    reason: str = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The member of `runs` in fleet.json."""
        told = {"target": self.unit.target, "part": self.unit.part, "folder": self.unit.folder, "exit_status": self.status}
        told |= {"seconds": round(self.seconds, 3), "requests": self.requests, "verdict": str(self.verdict)}
        return told | ({"reason": self.reason} if self.reason else {})


def judged(status: int, own: Verdict | None, *, stopped: bool) -> tuple[Verdict, str]:
    """The verdict of a unit that ran, and what went wrong besides; `own` is that of its results, None where it left none."""
    reason, outside = _outside(status, own, stopped=stopped)
    return worst(verdict for verdict in (own, outside) if verdict), reason


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of all: a pass where there is none."""
    return min(verdicts, key=WORST.index, default=Verdict.PASS)


def exit_status(ended: Iterable[Ended]) -> int:
    """The exit status of a job."""
    return STATUS[worst(one.verdict for one in ended)]


def _outside(status: int, own: Verdict | None, *, stopped: bool) -> tuple[str, Verdict | None]:
    if own and status == STATUS[own]:
        return "", None
    if stopped:
        return "it was stopped", Verdict.INCONCLUSIVE
    if status < 0:
        return f"it was ended by {_named(-status)}", Verdict.INCONCLUSIVE
    left = "" if own else ", and left no results"
    return f"it ended with status {status}{left}: see its {OUTPUT}", Verdict.ERROR


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
