"""A gate: what of a run's outcome fails it, by known deviations and by an earlier run. Pure; verdicts never change by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from contracts.case import Verdict
from contracts.gate.baseline import Baseline, Failure
from contracts.gate.deviation import Deviation, Place
from contracts.gate.standing import OVER, Circumstances, Standing, State, in_force, marked, places, standings, uncovered, whole

TOLD = 5  # ids that a reason names at most


class Mode(StrEnum):
    """What a failure must be to fail a run: any; one that the baseline has not; one of a documented row."""

    STRICT = "strict"
    NO_NEW = "no-new"
    DOCUMENTED_ONLY = "documented-only"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run has to pass. A mode of no-new has a baseline; `trouble` is what went wrong outside of all cases, and how badly."""

    mode: Mode = Mode.STRICT
    deviations: tuple[Deviation, ...] = ()
    baseline: Baseline | None = None
    require_all: bool = False
    trouble: tuple[Verdict, str] | None = None

    def with_trouble(self, verdict: Verdict, text: str) -> Gate:
        """The same gate, where something went wrong outside of all cases: it counts where nothing else says how the run ended."""
        return replace(self, trouble=(verdict, text))


STRICT = Gate()
INTERNAL = (Verdict.ERROR, "pytest met an internal error")
OTHERS = (Verdict.FAIL, "something failed that is no case: pytest tells what")
INTERRUPTED = (Verdict.INCONCLUSIVE, "the run was interrupted")
LOST = (Verdict.INCONCLUSIVE, "workers died, and cases that they had were not run again")
TROUBLES = (INTERNAL, OTHERS, INTERRUPTED, LOST)
"""What can go wrong outside of all cases, the worst first."""


def judged(results: Mapping[str, Any], gate: Gate, during: Circumstances) -> dict[str, Any]:
    """The results with what the gate makes of them: `run.gate`, `deviations`, and the failures that are known marked as such."""
    told = marked(results, in_force(gate.deviations, during))
    stands = standings(results, gate.deviations, during)
    verdict, reasons = _outcome(told, gate, stands, during)
    outcome = {"mode": str(gate.mode), "verdict": str(verdict), "reasons": reasons}
    return {**told, "run": {**results["run"], "gate": outcome}, "deviations": [standing.as_dict() for standing in stands]}


def counted(results: Mapping[str, Any], gate: Gate, during: Circumstances) -> dict[str, list[Failure]]:
    """What fails the gate: the failures of each case and check that no entry covers, as far as the gate counts them."""
    entries, old = in_force(gate.deviations, during), gate.baseline.failed if gate.baseline else frozenset()
    failing = {place.id: _failing(one, place, entries) for place, one in places(results) if _counts(gate.mode, place)}
    new = {place: [failure for failure in failed if failure not in old] for place, failed in failing.items()}
    return {place: failed for place, failed in new.items() if failed}


def _outcome(
    results: Mapping[str, Any], gate: Gate, stands: Sequence[Standing], during: Circumstances
) -> tuple[Verdict, list[str]]:
    """The worst that speaks, in the order of results.md, and all reasons: those that count first."""
    failed = list(_failed(results, gate, stands, during))
    unsettled = {verdict: _with(results, verdict) for verdict in (Verdict.ERROR, Verdict.INCONCLUSIVE)}
    reasons = [*failed, *(_named(f"{WORDS[verdict]}: ", ids) for verdict, ids in unsettled.items() if ids)]
    verdict = Verdict.FAIL if failed else next((verdict for verdict, ids in unsettled.items() if ids), Verdict.PASS)
    if gate.trouble:
        verdict = gate.trouble[0] if verdict is Verdict.PASS else verdict
        reasons.append(gate.trouble[1])
    let_pass = (_ended(standing) for standing in stands if standing.state in OVER and not _upheld(gate.mode, standing.entry))
    return verdict, [*reasons, *_notes(results, gate, during), *let_pass]


WORDS = {Verdict.ERROR: "met a defect of the suite", Verdict.INCONCLUSIVE: "could not be judged"}
ENDS = {
    State.EXPIRED: "has expired: mend the target, or renew the entry with a reason",
    State.ABSENT: "no longer happens: remove the entry",
    State.UNMATCHED: "names what the suite does not have: mend or remove the entry",
}


def _failed(results: Mapping[str, Any], gate: Gate, stands: Sequence[Standing], during: Circumstances) -> Iterator[str]:
    """Why the gate fails; nothing where it does not."""
    if failing := counted(results, gate, during):
        new = ", and did not fail so in the baseline" if gate.baseline else ""
        known = ", and no known deviation covers it" if gate.deviations else ""
        yield _named(f"failed{new}{known}: ", [_shown(place, failed) for place, failed in failing.items()])
    yield from (_ended(standing) for standing in stands if standing.state in OVER and _upheld(gate.mode, standing.entry))
    missing = [row["id"] for row in results["rows"] if row["verdict"] == Verdict.NOT_EXERCISED]
    if gate.require_all and missing:
        yield _named("not exercised, and --require-all was asked for: ", missing)


def _notes(results: Mapping[str, Any], gate: Gate, during: Circumstances) -> Iterator[str]:
    """What failed and was let pass, and what the baseline was."""
    failing = [(place, one) for place, one in places(results) if one["verdict"] == Verdict.FAIL]
    if known := [place.id for place, one in failing if "deviation" in one]:
        yield f"{len(known)} failed as known deviations say"
    checks = [place.id for place, one in failing if not _counts(gate.mode, place) and "deviation" not in one]
    if checks:
        yield _named("failed among the checks, which this gate does not count: ", checks)
    if gate.baseline:
        new = counted(results, gate, during)
        old = [place.id for place, one in failing if "deviation" not in one and place.id not in new]
        yield f"compared with {gate.baseline.name}: {len(old)} that failed did so there as well"
        yield from gate.baseline.notes(results)


def _failing(judged: Mapping[str, Any], place: Place, entries: Sequence[Deviation]) -> list[Failure]:
    """The failures of a case or check that no entry covers, each once; with an empty rule where nothing tells which they are."""
    if judged["verdict"] != Verdict.FAIL:
        return []
    found = [(place.id, finding["rule"], finding.get("row", "")) for finding in uncovered(judged, place, entries)]
    told = any(finding["severity"] == "fail" for finding in judged["findings"])
    return list(dict.fromkeys(found if told and whole(judged, place) else [*found, (place.id, "", "")]))


def _counts(mode: Mode, place: Place) -> bool:
    """Whether a failure there can fail the gate."""
    return bool(place.row) or mode is not Mode.DOCUMENTED_ONLY


def _upheld(mode: Mode, entry: Deviation) -> bool:
    """Whether an entry that has come to its end fails the gate: where no check counts, one that names a check does not."""
    return not entry.check or mode is not Mode.DOCUMENTED_ONLY


def _with(results: Mapping[str, Any], verdict: Verdict) -> list[str]:
    """The ids of all rows, cases and checks of a verdict; rows are named by their cases, where these bear it too."""
    found = [place.id for place, one in places(results) if one["verdict"] == verdict]
    bare = [row["id"] for row in results["rows"] if row["verdict"] == verdict]
    return found or bare


def _ended(standing: Standing) -> str:
    when = f" ({standing.entry.expires.isoformat()})" if standing.state is State.EXPIRED else ""
    return f"known deviation {standing.entry} {ENDS[standing.state]}{when}"


def _shown(place: str, failed: Sequence[Failure]) -> str:
    rules = ", ".join(dict.fromkeys(rule for _, rule, _ in failed if rule))
    return f"{place} ({rules})" if rules else place


def _named(words: str, ids: Sequence[str]) -> str:
    """How many, what became of them, and the first ids."""
    more = f" and {len(ids) - TOLD} more" if len(ids) > TOLD else ""
    return f"{len(ids)} {words}{', '.join(ids[:TOLD])}{more}"
