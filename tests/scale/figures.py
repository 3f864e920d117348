"""What was measured, as the model needs it; what was not measured this time is what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from contracts.case import Depth
from contracts.report.har import NAME
from contracts.run.planned import plan
from tests.scale.copies import Real
from tests.scale.merging import TOP, Merged, packed
from tests.scale.model import DOCUMENTED, QUICK, Measured
from tests.scale.shards import Part
from tests.scale.watch import MEGABYTE


def depths(run: Part | None, merges: Sequence[Merged], real: Real | None, delay: float) -> dict[str, Measured]:
    """The documented cases alone, by a run of them with a delay, and quick depth, by merges of copies of a run without one."""
    documented = with_run(DOCUMENTED, run, delay) if run else DOCUMENTED
    quick = replace(QUICK, delay=documented.delay, memory=documented.memory)
    if real and merges:
        quick = with_merge(with_real(quick, real), merges)
    quick = replace(quick, together=documented.together * (quick.requests - quick.alone) / documented.requests)
    return {"documented cases": like(documented, quick), "quick depth": quick}


def with_run(known: Measured, run: Part, delay: float) -> Measured:
    """With what a run in one part cost, whose processes are the suite's and the sandbox's."""
    cost = run.cost
    told = replace(known, requests=run.requests, connections=run.connections or known.connections, delay=delay)
    memory = cost.peak("run") * MEGABYTE or known.memory
    return _left(replace(told, together=cost.seconds, cpu=cost.cpu("run") or known.cpu, memory=memory), run.folder)


def with_real(known: Measured, real: Real) -> Measured:
    """With what a run at quick depth sent, of it one after another, and left."""
    one_by_one = {case.id for case in plan(Depth.QUICK) if case.alone}
    alone = sum(check["requests"] for check in real.results["checks"] if check["id"] in one_by_one)
    known = replace(known, cases=real.cases, requests=real.results["run"]["requests"], alone=alone)
    return _left(replace(known, cpu=real.cpu or known.cpu), real.folder)


def with_merge(known: Measured, merges: Sequence[Merged]) -> Measured:
    """With what one more target adds to a merge, from the fewest to the most."""
    few, many = merges[0], merges[-1]
    more = max(1, many.targets - few.targets)
    sizes = {name: (many.sizes[name] - few.sizes[name]) / more for name in TOP}
    each = max(0.0, (many.cost.peaks("merge") - few.cost.peaks("merge")) * MEGABYTE / more)
    return replace(
        known,
        history=many.history / many.targets,
        merge_seconds=(many.cost.seconds - few.cost.seconds) / more,
        merge_memory=few.cost.peaks("merge") * MEGABYTE - few.targets * each,
        merge_each=each,
        page=sizes["report.html"],
        results=sizes["results.json"],
        summary=sizes["summary.md"],
    )


def like(documented: Measured, quick: Measured) -> Measured:
    """The documented cases in a merge: as at quick depth, but for what grows with evidence."""
    share = documented.evidence / quick.evidence
    return replace(
        documented,
        history=quick.history,
        merge_seconds=quick.merge_seconds * share,
        merge_memory=quick.merge_memory,
        merge_each=quick.merge_each,
        page=quick.page,
        results=quick.results * documented.cases / quick.cases,
        summary=quick.summary,
    )


def _left(known: Measured, folder: Path) -> Measured:
    """With what a run left in a folder."""
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    whole = packed(folder, folder.with_name(f"{folder.name}.zip"))
    return replace(known, evidence=sum(sizes.values()), har=sizes[NAME], packed=whole)
