"""The documented errors as data: `rows.toml`, read once."""

from __future__ import annotations

import functools
import hashlib
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.operation import Operation
from contracts.template import Bound, Kind, Template, parse

ROWS = Path(__file__).with_name("rows.toml")
NOUNS: Mapping[str, tuple[str, ...]] = {
    "SIP Trunk": ("SIP Trunk", "Trunk"),
    "SIP Endpoint": ("SIP Endpoint", "Endpoint"),
    "Access Control List": ("Access Control List",),
    "Credential List": ("Credential List",),
    "Phone Number": ("Phone Number",),
    "Project": ("Project",),
    "Customer": ("Customer",),
}
"""What a message may call each kind of resource (behaviour.md, point 5); a profile can add names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One documented error. `message` is None where the page documents no message (403-forbidden)."""

    id: str
    code: int
    status: str
    message: Template | None
    by: tuple[str, ...]
    where: tuple[str, ...]

    def raised_by(self, operation: Operation) -> bool:
        """Whether the operation can answer with this row."""
        return operation.name in self.by or any(piece in operation.path for piece in self.where)


@functools.cache
def rows() -> tuple[Row, ...]:
    """All documented rows, in the order of the published page."""
    return read(tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"])


@functools.cache
def digest() -> str:
    """What tells one catalogue from another: equal where the texts of `rows.toml` are."""
    return hashlib.sha256(ROWS.read_text(encoding="utf-8").encode()).hexdigest()[:16]


def read(entries: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Rows from the entries of a parsed catalogue. Raises ValueError for a message and `binds` that do not agree."""
    return tuple(_row(facts) for facts in entries)


@functools.cache
def row(row_id: str) -> Row:
    """The row of that id. Raises KeyError naming it, when there is none."""
    by_id = {r.id: r for r in rows()}
    return by_id[row_id]


def whose(message: str, code: int | None = None) -> Row | None:
    """The row whose text the message is, whatever values it bears; rows of that code are preferred.

    Nouns go first: a value may hold the text of a row whose nouns could else be anything.
    """
    templates = [(r, r.message) for r in rows() if r.message]
    found = [r for r, template in templates if template.fits(message, _any_noun(template))]
    found = found or [r for r, template in templates if template.fits(message, {})]
    found = found or [r for r, template in templates if template.capture(message) is not None]
    return min(found, key=lambda r: r.code != code, default=None)


def _any_noun(template: Template) -> Bound:
    names = tuple(itertools.chain(*NOUNS.values()))
    return {slot.name: names for slot in template.slots if slot.kind is Kind.NOUN}


def _row(facts: Mapping[str, Any]) -> Row:
    kinds = {name: Kind(bind["kind"]) for name, bind in facts.get("binds", {}).items()}
    return Row(
        id=facts["id"],
        code=facts["code"],
        status=facts["status"],
        message=parse(facts["message"], kinds) if "message" in facts else None,
        by=tuple(facts.get("by", ())),
        where=tuple(facts.get("where", ())),
    )
