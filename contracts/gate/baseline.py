"""A baseline: what failed in an earlier run, so that only what is new need fail a later one. Pure but for `load`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.case import Verdict
from contracts.report import earlier

ALIKE = ("depth", "suite_version", "only_documented")
"""The members of `run` whose difference is told: what one run tried, the other need not have tried."""

Failure = tuple[str, str, str]
"""What fails: the id of a case or check, a rule (empty where none is named), and for a check's finding the row it was found of."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier run: its name for people, what failed there, and what it was a run of (`run` and `target` of its results)."""

    name: str
    failed: frozenset[Failure]
    run: Mapping[str, Any]
    target: str

    def notes(self, results: Mapping[str, Any]) -> Iterator[str]:
        """In what a run differs from it, so far as that can make failures look new or old that are not."""
        if not self.run:
            return  # there is none
        if (target := results["target"]["id"]) != self.target:
            yield f"the baseline is of target {self.target}, and this run of {target}"
        for name in ALIKE:
            if (now := results["run"][name]) != (then := self.run.get(name)):
                yield f"the baseline has {name} {_shown(then)}, and this run {_shown(now)}"
        if not self.run.get("complete"):
            yield "the baseline is not complete: what it left out is new where it fails"


def load(source: str) -> Baseline:
    """The baseline that a results file or a run's folder is. Raises Mistake for anything else."""
    return of_results(earlier.read(source), source)


def of_history(found: Mapping[str, Any] | None, target: str, lacking: str = "no earlier run to compare with") -> Baseline:
    """The baseline that a history has for a run of a target (see `History.baseline`).

    Where it has none, nothing failed there, so that whatever fails is new; `lacking` says to a person why there is none.
    """
    if found is None:
        return Baseline(f"the history, which has {lacking}", frozenset(), {}, target)
    name = f"the history's run {found['run']['id']} of {found['run']['started_at']}"
    failing = {case: facts["failures"] or {("", "")} for case, facts in found["cases"].items() if facts["verdict"] == Verdict.FAIL}
    failed = frozenset((case, rule, row) for case, failures in failing.items() for rule, row in failures)
    return Baseline(name, failed, found["run"], target)


def of_results(results: Mapping[str, Any], name: str) -> Baseline:
    """The baseline that some results are, or what is remembered of them.

    Read are `run.complete` and what ALIKE names of it, `target.id`, and of rows' cases and of checks the id, the verdict, and of
    their findings the rule, the severity and the row.
    """
    places = [*results["checks"], *(case for row in results["rows"] for case in row["cases"])]
    failed = frozenset(failure for place in places for failure in failures(place))
    return Baseline(name, failed, results["run"], results["target"]["id"])


def failures(place: Mapping[str, Any]) -> Iterator[Failure]:
    """What fails of a case or check of results.json; nothing of one with another verdict, for that is no licence to fail later."""
    if place["verdict"] == Verdict.FAIL:
        found = broken(place)
        yield from ((place["id"], finding["rule"], finding.get("row", "")) for finding in found)
        if not found:
            yield place["id"], "", ""


def broken(place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings of a case or check that break the specification."""
    return [finding for finding in place["findings"] if finding["severity"] == "fail"]


def _shown(value: Any) -> str:
    return {True: "set", False: "not set", None: "unknown"}.get(value, str(value))
