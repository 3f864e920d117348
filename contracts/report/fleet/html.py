"""report.html of a fleet: what differs between its targets, and all of them with their rows, on one page that needs no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.exchange import visible
from contracts.report.fleet.difference import differences, idle, link
from contracts.report.fleet.outcome import run_of
from contracts.report.fleet.sentence import notes, sentence
from contracts.report.fleet.sight import SORTS, Sight
from contracts.report.fleet.table import Table
from contracts.report.page.line import Line
from contracts.report.page.sheet import PAGE, environment, policy
from contracts.report.page.word import ORDER, kind, word
from contracts.report.results import write_whole

HERE = Path(__file__).parent
SIGNS = {"pass": "\u2713", "fail": "\u2717", "error": "!", "inconclusive": "?", "not_exercised": "\u2013"}
NAMED = 3  # rows that a title names at most
FEW = 12  # targets of a way that are told at once; the others are folded
REASONS = 10  # of gates
CHOICES = 40  # values of a label that a filter offers at most
SHOWN = {"SIGNS": SIGNS, "NAMED": NAMED, "FEW": FEW, "REASONS": REASONS, "ORDER": ORDER}


@dataclass(frozen=True, slots=True)
class Cell:
    """A row, or a kind of check, on a target: `sign` stands for its verdict, and `title` says all."""

    style: str
    sign: str
    title: str
    link: str
    known: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A label that targets bear, and its values, where they are few enough to choose from."""

    name: str
    values: tuple[str, ...]


def write(fleet: Mapping[str, Any], table: Table, folder: Path) -> Path:
    """Write report.html whole or not at all."""
    return write_whole(folder / "report.html", render(fleet, table))


def render(fleet: Mapping[str, Any], table: Table) -> str:
    """The page of a fleet."""
    style = "".join((folder / name).read_text("utf-8") for folder, name in ((PAGE, "style.css"), (HERE, "fleet.css")))
    script = (HERE / "fleet.js").read_text("utf-8")
    found, rest = differences(table), idle(table)
    page = environment(HERE).get_template("fleet.jinja", globals=SHOWN)
    passing = [line for line in table.columns if table.verdicts(line.id) == {"pass"}]
    same = {line.id for line in (*passing, *(one.line for one in rest if one.everywhere))}
    return page.render(
        policy=policy(style, script),
        style=style,
        script=script,
        fleet=fleet,
        run=run_of(fleet, table.sights),
        verdict=table.verdict,
        sentence=sentence(table),
        notes=list(notes(table)),
        differences=found,
        told={line.id for one in found for line in one.lines},
        idle=rest,
        sights=sorted(table.sights, key=lambda sight: SORTS.index(sight.sort)),
        columns=table.columns,
        same=same,
        passing=_counted(passing),
        cells=lambda sight: [_cell(sight, line, line.id in same) for line in table.columns],
        labels=_labels(table),
        chosen=_chosen,
        verdicts={sight.verdict for sight in table.sights},
        left=[sight for sight in table.sights if sight.left],
        link=link,
    )


def _cell(sight: Sight, line: Line, same: bool) -> Cell:  # noqa: FBT001 - by position once
    seen = sight.checks.get(line.id) if line.checks else sight.rows.get(line.id)
    if seen is None:
        return Cell("none", "", f"{line.id}: not there", "", known=False, same=same)
    more = ", known deviation" if seen.known else ""
    more += f", {seen.since}" if seen.since else ""
    to = "" if seen.verdict == "pass" else link(sight, line.id)
    return Cell(kind(seen.verdict), SIGNS.get(seen.verdict, "?"), f"{line.id}: {word(seen.verdict)}{more}", to, seen.known, same)


def _chosen(sight: Sight) -> str:
    """A target's labels for the script, as the filters show them."""
    return json.dumps({visible(name): visible(value) for name, value in sight.member.labels.items()})


def _labels(table: Table) -> list[Label]:
    """The labels in the order in which they come."""
    values: dict[str, dict[str, None]] = {}
    for sight in table.sights:
        for name, value in sight.member.labels.items():
            values.setdefault(name, {})[value] = None
    return [Label(name, tuple(sorted(of)) if len(of) <= CHOICES else ()) for name, of in values.items()]


def _counted(passing: list[Line]) -> tuple[int, int]:
    """How many rows, and how many kinds of checks."""
    checks = len([line for line in passing if line.checks])
    return len(passing) - checks, checks
