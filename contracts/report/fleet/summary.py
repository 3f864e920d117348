"""summary.md of a fleet: on one page, what differs between its targets, for a job summary or an issue.

As in the summary of a run, what people and targets said stands within tags of HTML, escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.report.fleet.difference import Difference, Way, differences
from contracts.report.fleet.outcome import gate_of
from contracts.report.fleet.sentence import notes, sentence
from contracts.report.fleet.sight import SORTS, Seen, Sight
from contracts.report.fleet.table import Table
from contracts.report.results import write_whole
from contracts.report.summary import code, listed, section, worded

NAMED = 8  # targets, or rows, that a cell names at most


def write(fleet: Mapping[str, Any], table: Table, folder: Path) -> Path:
    """Write summary.md whole or not at all."""
    return write_whole(folder / "summary.md", render(fleet, table))


def render(fleet: Mapping[str, Any], table: Table) -> str:
    """The fleet as Markdown."""
    parts = [_head(fleet, table), _amiss(table), _targets(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(fleet: Mapping[str, Any], table: Table) -> str:
    gate = gate_of(table.sights)
    said = [f"<p>{text}</p>" for text in (sentence(table, code), *notes(table, code))]
    where = f"<p>Fleet {code(fleet['name'])}, run {code(fleet['id'])}</p>"
    gates = f"<p>Gate {code(gate['mode'])}: {worded(gate['verdict'])}</p>"
    lines = [f"## Error contracts: {worded(gate['verdict'])}", "", *said, where, gates, listed(gate["reasons"])]
    return "\n".join(lines).rstrip()


def _amiss(table: Table) -> str:
    lines = [_way(one, way) for one in differences(table) for way in one.ways]
    return section("Not as it should be", (("row or check", "verdict", "targets", "first of it"), lines))


def _way(one: Difference, way: Way) -> Sequence[str]:
    known = " (known)" if way.seen.known else ""
    told = [f"{code(sight.id)}{_since(seen)}" for sight, seen in way.on[:NAMED]]
    return (
        _some([code(line.id) for line in one.lines], len(one.lines)),
        worded(way.seen.verdict) + known,
        _some(told, len(way.on)),
        _first(way),
    )


def _first(way: Way) -> str:
    finding = way.seen.finding
    if not finding:
        return code(way.seen.reason)
    return f"{code(finding['rule'])}: expected {code(finding['expected'])}, got {code(finding['actual'])}"


def _since(seen: Seen) -> str:
    return worded(f", {seen.since}") if seen.since else ""


def _targets(table: Table) -> str:
    sights = sorted(table.sights, key=lambda sight: SORTS.index(sight.sort))
    heads = ("target", "labels", "verdict", "gate", "rows that pass", "in")
    return section(f"{len(sights):,} targets", (heads, [list(_target(sight)) for sight in sights]), folded=len(sights) > NAMED)


def _target(sight: Sight) -> Iterator[str]:
    cause = sight.cause(sight.sort)
    yield code(sight.id)
    yield ", ".join(code(f"{name}={value}") for name, value in sight.member.labels.items())
    yield worded(sight.verdict) + (" (known)" if sight.sort == "known" else "")
    yield worded(sight.gate["verdict"])
    yield f"{sight.totals['pass']} of {sight.totals['rows']}"
    yield _some([code(name) for name in cause], len(cause))


def _some(told: Sequence[str], count: int) -> str:
    """Some of many things, and how many others there are."""
    more = f"; and {count - NAMED:,} more" if count > NAMED else ""
    return "; ".join(told[:NAMED]) + more
