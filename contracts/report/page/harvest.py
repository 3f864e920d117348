"""What one reading of a run's traffic gives the page: cases with their exchanges, times, and examples of strays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.report.page.clip import clip
from contracts.report.page.lane import Clock
from contracts.report.page.line import Line, detail, summary
from contracts.report.page.parcel import Kind, Parcels
from contracts.report.page.stray import Errors
from contracts.report.page.wire import chosen, curl_of, shown
from contracts.traffic import Told, told

Sent = Path | Iterable[Told] | None
"""What cases sent and got: the folder where that was written down, or it itself; None where it was not kept."""
WRONG = 10  # exchanges of a check that are shown at most: those that its findings are about


@dataclass(slots=True)
class Met:
    """What is shown of a check, which is written down in several pieces: exchanges, and how many it sent in all."""

    exchanges: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0

    def add(self, wanted: Sequence[dict[str, Any]], sent: int) -> None:
        """Take a piece."""
        self.exchanges += wanted[: WRONG - len(self.exchanges)]
        self.sent += sent


class Harvest:
    """Reads traffic a case at a time, and holds none of it but packed. `since` is when the run began, in epoch seconds."""

    def __init__(self, lines: Sequence[Line], undocumented: Sequence[Mapping[str, Any]], since: float) -> None:
        self.parcels = Parcels()
        self.clock = Clock(since)
        self.errors = Errors(undocumented)
        self._lines = lines
        self._met: defaultdict[str, Met] = defaultdict(Met)
        self._cases = {case["id"]: (line, case) for line in lines for case in line.cases}

    def read(self, traffic: Sent) -> None:
        """Read what all processes wrote down; cases of which nothing was kept are packed without exchanges."""
        for one in told(traffic) if isinstance(traffic, Path) else traffic or ():
            self.clock.add(one.worker, one.case, one.exchanges)
            self.errors.look(one.case, one.exchanges)
            line, case = self._cases.get(one.case, (None, {}))
            if line and line.checks:
                self._met[one.case].add(_wrong(case, one.exchanges), len(one.exchanges))
            elif line:
                self._pack(line, case, chosen(one.exchanges), len(one.exchanges))
        for name, (line, case) in self._cases.items():
            if name not in self.parcels.places:
                self._pack(line, case, self._met[name].exchanges, self._met[name].sent)
        self.parcels.close()

    def index(self) -> list[dict[str, Any]]:
        """What the page's script must know of lines and cases before anybody looks at one."""
        return [
            {
                "id": line.id,
                "check": line.checks,
                "code": line.facts.get("http_code"),
                "status": line.facts.get("status", ""),
                "message": clip(line.facts.get("message") or ""),
                "verdict": line.facts["verdict"],
                "cases": [summary(case) | {"at": self.parcels.places[case["id"]]} for case in line.cases],
            }
            for line in self._lines
        ]

    def _pack(self, line: Line, case: Mapping[str, Any], wanted: Sequence[dict[str, Any]], sent: int) -> None:
        kind = Kind(line.id, case["verdict"] == "fail")
        told = [] if self.parcels.full(kind) else [shown(one, self.clock.since) for one in wanted]
        self.parcels.put(kind, case["id"], detail(case) | {"exchanges": told, "left_out": sent - len(told)})


def _wrong(check: Mapping[str, Any], exchanges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The exchanges of a check that its findings are about; it sends hundreds of others."""
    lines = {finding["curl"] for finding in check["findings"] if "curl" in finding}
    return [one for one in exchanges if curl_of(one) in lines] if lines else []
