"""Where the scenarios of cases stand, for reports that lead there. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.case import Case

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Place:
    """A file, by its path from the suite's folder with slashes, and the number of a line in it, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def places(plan: Iterable[Case], root: Path = ROOT) -> dict[str, Place]:
    """Where each case's scenario begins, by the case's id; without those that stand outside the folder."""
    return {case.id: place for case in plan if (place := _place(case, root))}


def _place(case: Case, root: Path) -> Place | None:
    code = case.body.__code__
    file = Path(code.co_filename).resolve()
    return Place(file.relative_to(root).as_posix(), code.co_firstlineno) if file.is_relative_to(root) else None
