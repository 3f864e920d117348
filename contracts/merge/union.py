"""The union of a run's parts: the results that the run would have had on one machine, gated anew. Parts are proven before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.case import Case, Depth
from contracts.evidence import Evidence
from contracts.gate.outcome import TROUBLES, Gate
from contracts.merge.part import Part
from contracts.merge.source import results_of
from contracts.report import results
from contracts.report.place import Place, places
from contracts.run.gating import Gating
from contracts.run.planned import plan

KEPT = ("plan_id", "seed", "depth", "only_documented", "catalogue")
"""The members of `run` that all parts have alike."""
TOLD = ("id", "shard", "started_at", "finished_at", "duration_seconds", "workers", "requests")
"""The members of `run` that are told of each part."""


@dataclass(frozen=True, slots=True)
class Union:
    """The results of a run, with the evidence that they were judged by.

    `unchanged` says that they are those of its only part, word for word; `notes` tell what was missing.
    """

    results: dict[str, Any]
    evidence: Evidence
    unchanged: bool
    notes: tuple[str, ...] = ()


def united(parts: Sequence[Part], gating: Gating) -> Union:
    """The union of parts, in their order, as one run; an only part stays the run that it is. Raises Mistake."""
    evidence, notes = Evidence(), list[str]()
    for one in parts:
        told = results_of(one)
        scripts, missing = _scripts(one, told)
        evidence.join(told, scripts)
        notes += missing
    alone = parts[0] if whole(parts) else None
    facts = _alone(parts[0]) if alone else _facts(parts)
    cases = planned(facts["depth"], only_documented=facts["only_documented"])
    known = results.build(
        facts,
        parts[0].target,
        cases,
        evidence,
        started=min(_seconds(one.run["started_at"]) for one in parts),
        finished=max(_seconds(one.run["finished_at"]) for one in parts),
        spent=frozenset().union(*(one.spent for one in parts)),
        gate=_gate(gating.for_run(facts, parts[0].target), parts),
        suite=planned(Depth.EXHAUSTIVE) if gating.gate.deviations else (),
        share={case.id for case in cases},
    )
    if alone:  # its times are rounded already
        known["run"] |= {name: alone.run[name] for name in ("started_at", "finished_at", "duration_seconds")}
    return Union(known, evidence, bool(alone) and known == told, tuple(notes))


def whole(parts: Sequence[Part]) -> bool:
    """Whether the run was never in parts: then it stays the run that it is, and history knows it by its own id."""
    return len(parts) == 1 and parts[0].parts == 1


@cache
def planned(depth: str, *, only_documented: bool = False) -> tuple[Case, ...]:
    """The plan, made once. Raises Mistake where there is none."""
    try:
        return plan(depth, only_documented=only_documented)
    except Exception as e:  # noqa: BLE001 - a scenario file that cannot be imported
        raise Mistake(
            f"there is no plan to hold the parts against ({type(e).__name__}: {e}): pytest tests/contract says why"
        ) from None


@cache
def located(depth: str, *, only_documented: bool = False) -> Mapping[str, Place]:
    """Where the scenarios of the plan stand."""
    return places(planned(depth, only_documented=only_documented))


def _facts(parts: Sequence[Part]) -> dict[str, Any]:
    """The members of `run` that are known before anything is judged."""
    return {
        "id": _id(parts),
        **{name: parts[0].run[name] for name in KEPT},
        "workers": sum(one.run["workers"] for one in parts),
        "shard": None,
        "merged": [{**{name: one.run[name] for name in TOLD}, "base_url": one.target["base_url"]} for one in parts],
    }


def _id(parts: Sequence[Part]) -> str:
    """The id of the run that parts are: the same each time that they are merged, so that the history knows it for one run."""
    ids = sorted(one.run["id"] for one in parts)
    return f"{ids[0]}-{hashlib.sha256(chr(0).join(ids).encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _alone(part: Part) -> dict[str, Any]:
    """The same of a run that is whole: what it says of itself."""
    return {name: value for name, value in part.run.items() if name != "gate"}


def _gate(gate: Gate, parts: Sequence[Part]) -> Gate:
    """The gate, and the worst that went wrong in any part outside of all cases."""
    told = {reason for one in parts for reason in one.run["gate"]["reasons"]}
    trouble = next((trouble for trouble in TROUBLES if trouble[1] in told), None)
    return replace(gate, trouble=trouble)


def _scripts(part: Part, told: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The scripts beside a part's results, by name, and a line for each that is not there."""
    scripts, missing = dict[str, str](), list[str]()
    for name in (check["script"] for check in told["checks"] if "script" in check):
        try:
            scripts[name] = (part.folder / Path(name).name).read_text("utf-8")
        except (OSError, ValueError):
            missing.append(f"{part.folder} has no {name}, which shows again what a check found: it is missing in what is merged")
    return scripts, missing


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
