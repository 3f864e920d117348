"""What a fleet's results say of it as a whole: its run, its gate, and how known deviations stand on its targets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.case import Depth
from contracts.gate.standing import State
from contracts.report.fleet.sight import Sight

GATES = ("fail", "error", "inconclusive", "pass")
"""The verdicts of gates, what counts first on top: what breaks the specification is not lost behind what could not be judged."""
STATES = (State.ACTIVE, State.EXPIRED, State.ABSENT, State.UNMATCHED, State.NOT_JUDGED)
"""How a deviation stands where targets say otherwise: one that is met anywhere is met."""


def run_of(fleet: Mapping[str, Any], sights: Sequence[Sight]) -> dict[str, Any]:
    """`run` of a fleet's results. Suite, catalogue and seed are those of each of its runs, and its depth is the least of theirs."""
    runs = [sight.run for sight in sights]
    begun, ended = (datetime.fromisoformat(fleet[name]) for name in ("started_at", "finished_at"))
    return {
        **{name: runs[0][name] for name in ("suite_version", "catalogue", "seed")},
        "id": fleet["id"],
        "plan_id": fleet["plan_id"],
        "depth": str(min((Depth(run["depth"]) for run in runs), key=list(Depth).index)),
        "only_documented": any(run["only_documented"] for run in runs),
        "complete": all(run["complete"] for run in runs),
        "started_at": fleet["started_at"],
        "finished_at": fleet["finished_at"],
        "duration_seconds": max(0.0, round((ended - begun).total_seconds(), 3)),
        "workers": sum(run["workers"] for run in runs),
        "requests": sum(run["requests"] for run in runs),
        "gate": gate_of(sights),
        "shard": None,
    }


def target_of(fleet: Mapping[str, Any], sights: Sequence[Sight]) -> dict[str, Any]:
    """`target` of a fleet's results: the fleet stands in the place of one."""
    many = f"{len(sights)} target{'s' if len(sights) > 1 else ''}"
    return {"id": fleet["name"], "base_url": f"a fleet of {many}", "profile": None, "version": None}


def gate_of(sights: Iterable[Sight]) -> dict[str, Any]:
    """The worst of the targets' gates, and the reasons of all, each with its target: those of the worst first."""
    gates = sorted(((sight.id, sight.gate) for sight in sights), key=lambda one: GATES.index(one[1]["verdict"]))
    reasons = [f"{target}: {reason}" for target, gate in gates for reason in gate["reasons"]]
    return {"mode": gates[0][1]["mode"], "verdict": gates[0][1]["verdict"], "reasons": reasons}


def together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A deviation as it stands on two targets, or on some and one more."""
    state = min(one["state"], other["state"], key=STATES.index)
    return {**one, "state": state, "matched": one["matched"] + other["matched"]}
