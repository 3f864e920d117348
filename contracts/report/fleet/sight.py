"""What a fleet's report keeps of each target as it reads one after the other: verdicts, and of what is amiss the first."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.case import Verdict
from contracts.report.entry import failing, is_known, ticket
from contracts.report.fleet.member import Member
from contracts.report.fleet.since import Since, since
from contracts.report.page.clip import LONGEST, clip
from contracts.report.page.line import Line, checks, lines
from contracts.report.page.word import worst_of

EXAMPLES = 20  # of the ways in which a row fails, those of which a finding is kept
REASON = 300  # letters of a reason
UNSURE = frozenset({"error", "inconclusive"})
SORTS = ("broken", "unsure", "known", "idle", "kept")
"""What becomes of a target, what a person must see first: it breaks the contract, was not judged in full, breaks it as is known,
was not exercised at all, or there is nothing to say against it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row, or a kind of check, on one target.

    `failed` where any case of it did, which an error may hide; `known` where all that failed are known deviations. `reason` is why
    it was not judged, or the ticket. `alike` is equal where targets show the same: it is made of words that bear no value of a run.
    Of one of them the finding is kept, with its case.
    """

    verdict: str
    failed: bool = False
    known: bool = False
    reason: str = ""
    case: str = ""
    finding: Mapping[str, Any] | None = None
    since: Since | None = None
    alike: str = ""


WELL = Seen("pass")  # one for all: a fleet has tens of thousands


@dataclass(frozen=True, slots=True)
class Sight:
    """A target as a fleet's report sees it: who it is, `run` and `target` of its results, its totals, rows and kinds of checks.

    `left` is how many things could not be removed from it.
    """

    member: Member
    run: Mapping[str, Any]
    target: Mapping[str, Any]
    totals: Mapping[str, int]
    rows: Mapping[str, Seen]
    checks: Mapping[str, Seen]
    left: int = 0

    @property
    def id(self) -> str:
        """The target's id."""
        return self.member.id

    @property
    def gate(self) -> Mapping[str, Any]:
        """The outcome of its gate."""
        gate: Mapping[str, Any] = self.run["gate"]
        return gate

    @property
    def every(self) -> Iterator[tuple[str, Seen]]:
        """Its rows, then its kinds of checks."""
        yield from self.rows.items()
        yield from self.checks.items()

    @property
    def verdict(self) -> str:
        """A fail where anything failed, as the exit status has it, else the worst of its rows and checks."""
        failed = any(seen.failed for _, seen in self.every)
        return "fail" if failed else worst_of({seen.verdict for _, seen in self.every})

    @property
    def broken(self) -> list[str]:
        """The rows and kinds of checks of which anything failed that nobody knew of."""
        return [name for name, seen in self.every if seen.failed and not seen.known]

    @property
    def known(self) -> list[str]:
        """Those of which nothing failed but known deviations."""
        return [name for name, seen in self.every if seen.failed and seen.known]

    @property
    def unsure(self) -> list[str]:
        """Those that could not be judged, by whatever fault."""
        return [name for name, seen in self.every if seen.verdict in UNSURE]

    @property
    def sort(self) -> str:
        """Which of `SORTS` it is."""
        idle = all(seen.verdict == Verdict.NOT_EXERCISED for seen in self.rows.values())
        marks = (bool(self.broken), bool(self.unsure), bool(self.known), idle, True)
        return SORTS[marks.index(True)]

    def cause(self, sort: str) -> list[str]:
        """The rows and kinds of checks for which it is of that sort."""
        return {"broken": self.broken, "unsure": self.unsure, "known": self.known}.get(sort, [])


@dataclass(slots=True)
class Sights:
    """The targets of a fleet, as they come. Findings of what was seen before are left out: they are what takes memory.

    `lines` are the rows and kinds of checks that any target has, by id, without their cases.
    """

    seen: list[Sight] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    _shown: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, member: Member, results: Mapping[str, Any]) -> None:
        """Look at a target's results."""
        sight = Sight(
            member=member,
            run=results["run"],
            target=results["target"],
            totals=results["totals"],
            rows={line.id: self._look(line, since(member.trend, line.id, line.facts["verdict"])) for line in lines(results)},
            checks={line.id: self._look(line, None) for line in checks(results)},
            left=len(results["leftovers"]),
        )
        self.seen.append(sight)

    def _look(self, line: Line, streak: Since | None) -> Seen:
        if line.id not in self.lines:
            self.lines[line.id] = replace(line, facts={**line.facts, "cases": []})
        verdict, failed = line.facts["verdict"], line.failed
        if verdict == Verdict.PASS:
            return WELL
        case = min(failed, key=is_known, default=None)
        finding = failing(case) if case else None
        alike = _digest([verdict, *_shown(case, finding)] if case else [verdict, line.reason])
        return Seen(
            verdict=verdict,
            failed=bool(failed),
            known=bool(line.facts.get("known")),
            reason=clip(ticket(case) if case and is_known(case) else line.reason, REASON),
            case=case["id"] if case else "",
            finding=_kept(finding) if finding and self._new(line.id, alike) else None,
            since=streak,
            alike=alike,
        )

    def _new(self, name: str, alike: str) -> bool:
        """Whether that is seen for the first time, and not many others were before."""
        shown = self._shown.setdefault(name, Counter())
        shown[alike] += 1
        return shown[alike] == 1 and len(shown) <= EXAMPLES


def _shown(case: Mapping[str, Any], finding: Mapping[str, Any] | None) -> list[Any]:
    """What a failed case shows, without values of one run where it has words that bear none."""
    return [case["id"], finding["rule"] if finding else "", is_known(case), case.get("answers", ())]


def _digest(shown: Any) -> str:
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def _kept(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding, no longer than a page shows it."""
    return {name: finding[name][: 2 * LONGEST] for name in ("rule", "severity", "expected", "actual", "text")}
