"""results.json of a fleet: what each target's says, laid together by way of a disk, for it is too much to be held."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from contracts.case import Verdict, worst
from contracts.report.fleet.outcome import run_of, target_of, together
from contracts.report.fleet.sight import Sight
from contracts.report.fleet.table import Table
from contracts.report.results import first, whole

LISTS = ("checks", "undocumented", "leftovers", "not_removable")
NAMING = ("row", "case", "check", "field", "environment", "ticket", "reason", "owner", "expires")
UNJUDGED = frozenset({Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.ERROR})


@dataclass(slots=True)
class Pile:
    """The items of one list, as they come: a line each of a file that has no name and ends with the process."""

    file: IO[str]
    count: int = 0

    def add(self, item: Any) -> None:
        """Put an item at the end. ASCII only, so that no byte that a target sent can make it unreadable."""
        # Without indentation: with it, the standard library encodes in Python, four times as slowly.
        self.file.write(("," if self.count else "") + "\n" + json.dumps(item))
        self.count += 1

    def pour(self, into: IO[str]) -> None:
        """Write the list, with all of its items."""
        self.file.seek(0)
        into.write("[")
        shutil.copyfileobj(self.file, into)
        into.write("]")


@dataclass(slots=True)
class Row:
    """A documented error over all targets: what the catalogue says of it, what each target's says, and its cases."""

    facts: Mapping[str, Any]
    cases: Pile
    verdicts: list[Verdict] = field(default_factory=list)
    reasons: dict[str, dict[str, None]] = field(default_factory=dict)
    news: int = 0  # targets on which it failed and not all of that is known
    known: int = 0

    def add(self, row: Mapping[str, Any], target: str) -> None:
        """Take what a target's results say of it."""
        self.verdicts.append(Verdict(row["verdict"]))
        if "reason" in row:
            self.reasons.setdefault(row["verdict"], {})[row["reason"]] = None
        if any(case["verdict"] == Verdict.FAIL for case in row["cases"]):
            self.known += row.get("known", False)
            self.news += not row.get("known", False)
        for case in row["cases"]:
            self.cases.add({**case, "target": target})

    def told(self) -> dict[str, Any]:
        """The row without its cases: the worst of its verdicts, and why."""
        verdict = worst(self.verdicts)
        told = {**self.facts, "verdict": str(verdict)}
        if verdict in UNJUDGED and (reasons := self.reasons.get(verdict)):
            told["reason"] = first(list(reasons))
        return told | ({"known": True} if self.known and not self.news else {})


class Joined:
    """The results of a fleet in the making; to be closed, for it has files open."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._rows: dict[str, Row] = {}
        self._lists = {name: self._pile() for name in LISTS}
        self._deviations: dict[tuple[str, ...], Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, target: str, results: Mapping[str, Any]) -> None:
        """Take what results.json says of a target."""
        for row in results["rows"]:
            if row["id"] not in self._rows:
                facts = {name: row[name] for name in ("id", "http_code", "status", "message")}
                self._rows[row["id"]] = Row(facts, self._pile())
            self._rows[row["id"]].add(row, target)
        for name, pile in self._lists.items():
            for item in results[name]:
                pile.add(f"{target}: {item}" if isinstance(item, str) else {**item, "target": target})
        for one in results["deviations"]:
            key = tuple(one.get(name, "") for name in NAMING)
            self._deviations[key] = together(self._deviations[key], one) if key in self._deviations else one

    def write(self, fleet: Mapping[str, Any], table: Table, folder: Path) -> Path:
        """Write results.json whole or not at all."""
        path = folder / "results.json"
        rows = [row.told() for row in self._rows.values()]
        verdicts = [row["verdict"] for row in rows]
        head = {
            "schema_version": "1",
            "run": run_of(fleet, table.sights),
            "target": target_of(fleet, table.sights),
            "totals": {"rows": len(rows), **{str(verdict): verdicts.count(verdict) for verdict in Verdict}},
            "targets": [_target(sight, table) for sight in table.sights],
            "deviations": list(self._deviations.values()),
        }
        with whole(path) as partial, partial.open("w", encoding="ascii") as file:
            for name, value in head.items():
                file.write(f"{'{' if name == 'schema_version' else ','}\n{json.dumps(name)}: {_laid(value)}")
            file.write(',\n"rows": [')
            for number, (told, row) in enumerate(zip(rows, self._rows.values(), strict=True)):
                file.write(f'{"," if number else ""}\n{json.dumps(told)[:-1]}, "cases": ')
                row.cases.pour(file)
                file.write("}")
            file.write("]")
            for name, pile in self._lists.items():
                file.write(f",\n{json.dumps(name)}: ")
                pile.pour(file)
            file.write("\n}\n")
        return path

    def _pile(self) -> Pile:
        return Pile(self._open.enter_context(tempfile.TemporaryFile("w+", encoding="ascii")))


def _laid(value: Any) -> str:
    """A value as JSON, a list with a line for each item."""
    return "[" + ",".join(f"\n{json.dumps(item)}" for item in value) + "]" if isinstance(value, list) else json.dumps(value)


def _target(sight: Sight, table: Table) -> dict[str, Any]:
    """A target as `targets` has it."""
    member, target = sight.member, sight.target
    return {
        "id": member.id,
        "labels": dict(member.labels),
        **{name: target.get(name) for name in ("base_url", "profile", "version")},
        "folder": member.folder,
        "totals": sight.totals,
        "gate": sight.gate["verdict"],
        "rows": {name: seen.verdict for name, seen in sight.rows.items()},
        "differs": table.differs(sight),
        "since": {name: seen.since.as_dict() for name, seen in sight.rows.items() if seen.since},
    }
