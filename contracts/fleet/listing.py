"""A fleet in lines for people: its plan, and each unit as it ends. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from contracts.case import Verdict
from contracts.fleet.allowance import told
from contracts.fleet.assignment import Assignment
from contracts.fleet.outcome import OUTPUT, Ended, worst
from contracts.report.line import Line, Whole

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.ERROR: "red", Verdict.INCONCLUSIVE: "yellow"}


def head(assignment: Assignment) -> Iterator[Line]:
    """What the fleet is, and what it may send in all."""
    fleet, units = assignment.fleet, len(assignment.job_of)
    job = f"job {assignment.shard.index} of {assignment.shard.of}"
    counts = f"{_many(len(fleet.members), 'target')} in {_many(units, 'unit')}, {len(assignment.own)} of them here"
    yield f"fleet {fleet.name}, {job}: {counts}, {fleet.at_once} at once; plan {assignment.plan_id}", "bold"
    yield f"may be sent in all: {told(fleet.limits)}", ""


def plan(assignment: Assignment) -> Iterator[Line]:
    """Which job runs what, and what each unit may send; with the arithmetic."""
    fleet, jobs = assignment.fleet, assignment.jobs
    most = f"{assignment.running}, the most units that run at once (at_once = {fleet.at_once} in each of {_many(len(jobs), 'job')})"
    yield f"of that, requests a second and in flight are divided by {most},", ""
    yield f"and requests in all by {len(assignment.job_of)}, the number of units; a target's own limits by its parts.", ""
    yield "The smaller counts. Where no limit is told, a run keeps to its own.", ""
    for number, units in enumerate(jobs, 1):
        yield "", ""
        yield f"job {number} of {len(jobs)}{'' if units else ': nothing'}", "bold"
        for unit in units:
            yield f"  {unit}: {assignment.addresses[unit.target]}: {told(assignment.allowed[unit.target])}", ""


def ended(one: Ended) -> Line:
    """A unit that has ended."""
    spent = (
        "" if one.status is None else f", {one.seconds:.1f} s, {one.requests if one.requests is not None else 'unknown'} requests"
    )
    reason = f": {one.reason or one.why}" if one.reason or one.why else ""
    return f"{one.verdict:<13} {one.unit}{spent}{reason}", COLOURS[one.verdict]


def end(ended: Sequence[Ended], jobs: int, folder: str) -> Iterator[Line]:
    """What became of the job, and what to do next."""
    verdict = worst(one.verdict for one in ended)
    counts = {found: sum(one.verdict is found for one in ended) for found in COLOURS}
    shares = ", ".join(f"{count} {found}" for found, count in counts.items() if count) or "nothing to run"
    yield f"{_many(len(ended), 'unit')}: {shares}", COLOURS[verdict]
    yield f"results and {OUTPUT} of each: {folder}", ""
    others = " and the folders of all other jobs, once they are over" if jobs > 1 else ""
    yield Whole(f"one report: python -m contracts.merge {shlex.quote(folder)}{others}"), ""


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
