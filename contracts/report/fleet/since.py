"""Since when a row of a target has been as it is, by the last runs that the history keeps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from contracts.history.trend import JUDGED

DAY = len("2026-01-01")
NEVER = "not_exercised"


@dataclass(frozen=True, slots=True)
class Since:
    """The present streak of a verdict: when its first run began, in ISO 8601, how many runs it has, and if another came before.

    None each where no history tells.
    """

    verdict: str
    first: str | None = None
    runs: int | None = None
    before: bool | None = None

    def __str__(self) -> str:
        if self.first is None:
            return "since when is unknown: no history"
        day = self.first[:DAY]
        if self.runs == 1:
            return "new" if self.before else "since when is unknown: no run before this one"
        return f"since {day}, {self.runs} runs" if self.before else f"at least since {day}, all {self.runs} known runs"

    def as_dict(self) -> dict[str, Any]:
        """As results.json has it."""
        return {"verdict": self.verdict, "first_seen_so": self.first, "runs": self.runs}


def since(trend: Mapping[str, Any] | None, row: str, verdict: str) -> Since:
    """The streak that a row's verdict stands in, of which this run is the last.

    Runs that did not exercise the row are passed over, and where it passed or failed, those that could not judge it: they say
    nothing against it.
    """
    facts = trend["rows"].get(row) if trend else None
    if not trend or not facts:
        return Since(verdict)
    said = [one or NEVER for one in facts["verdicts"]]
    told = [(run["started_at"], one) for run, one in zip(trend["runs"], said, strict=True) if _tells(one, verdict)]
    streak = list(takewhile(lambda one: one[1] == verdict, reversed(told)))
    return Since(verdict, streak[-1][0], len(streak), len(streak) < len(told)) if streak else Since(verdict)


def _tells(one: str, verdict: str) -> bool:
    """Whether a run's verdict says that the row was as now, or that it was otherwise."""
    if verdict in JUDGED:
        return one in JUDGED
    return verdict == NEVER or one != NEVER
