"""What could make a catalogue ambiguous: messages that two rows share, and rows out of order. Findings as lines for a person."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.catalogue import NOUNS, Row
from contracts.template import FORMAT_CHARACTERS, Kind, Slot, Template

IDENTIFIER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.")
FORMAT = frozenset(c for c in map(chr, range(128)) if FORMAT_CHARACTERS.fullmatch(c * 4))
CALLED = tuple(dict.fromkeys(name for names in NOUNS.values() for noun in names for name in (noun, noun.lower())))

Token = str | frozenset[str] | None
"""One step of a pattern: a letter; any number of letters out of a set; any number of any letters."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows and a message that could be either's."""

    one: str
    other: str
    witness: str


def mistakable(rows: Sequence[Row]) -> list[Overlap]:
    """The pairs of rows of which some one message could be both, whatever the slots hold."""
    pairs = ((one, other, _witness(one.message, other.message)) for one, other in _pairs(rows))
    return [Overlap(one.id, other.id, witness) for one, other, witness in pairs if witness is not None]


def lint(rows: Sequence[Row]) -> list[str]:
    """Whatever is wrong with a catalogue, one line each; nothing when it is sound."""
    return [
        *(f"{overlap.one} and {overlap.other} could both say {overlap.witness!r}" for overlap in mistakable(rows)),
        *(f"{row_id} stands {count} times" for row_id, count in Counter(r.id for r in rows).items() if count > 1),
        *(f"{r.id} does not begin with its code {r.code}" for r in rows if not r.id.startswith(f"{r.code}-")),
        *(
            f"{r.id}'s message begins or ends with white space"
            for r in rows
            if r.message and r.message.text != r.message.text.strip()
        ),
        *(f"{b.id} stands after {a.id}, and the page goes by code" for a, b in itertools.pairwise(rows) if b.code < a.code),
        *(f"{a.id} and {b.id} are one error" for a, b in _pairs(rows) if _face(a) == _face(b)),
    ]


def _pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    return itertools.combinations(rows, 2)


def _face(row: Row) -> tuple[int, str, str | None]:
    return row.code, row.status, row.message.text if row.message else None


def _witness(one: Template | None, other: Template | None) -> str | None:
    """A text that fits both templates; nouns are told apart only where they would matter."""
    if one is None or other is None or _meeting(_tokens(one, {}), _tokens(other, {})) is None:
        return None
    possible = [a for a in map(functools.partial(_tokens, one), _nouns(one)) if _meeting(a, _tokens(other, {})) is not None]
    both = itertools.product(possible, map(functools.partial(_tokens, other), _nouns(other) if possible else ()))
    return next((text for a, b in both if (text := _meeting(a, b)) is not None), None)


def _nouns(template: Template) -> list[dict[str, str]]:
    """Every way to name the resources of a template."""
    names = [slot.name for slot in template.slots if slot.kind is Kind.NOUN]
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(CALLED, repeat=len(names))]


def _tokens(template: Template, nouns: dict[str, str]) -> tuple[Token, ...]:
    """The pattern of a template; a noun that is not chosen yet is any text."""
    return tuple(itertools.chain.from_iterable(_token(part, nouns) for part in template.parts))


def _token(part: str | Slot, nouns: dict[str, str]) -> Sequence[Token]:
    if isinstance(part, str):
        return part
    sets: dict[Kind, Token] = {Kind.IDENTIFIER: IDENTIFIER, Kind.FORMAT: FORMAT}
    return nouns[part.name] if part.name in nouns else (sets.get(part.kind),)


def _meeting(one: tuple[Token, ...], other: tuple[Token, ...]) -> str | None:
    """The first text found that both patterns match: a walk over pairs of places, each visited once."""
    reached: dict[tuple[int, int], str] = {(0, 0): ""}
    open_pairs = [(0, 0)]
    while open_pairs:
        at = open_pairs.pop()
        if at == (len(one), len(other)):
            return reached[at]
        for letter, step in _steps(one[at[0] :][:1], other[at[1] :][:1]):
            there = (at[0] + step[0], at[1] + step[1])
            if there not in reached:
                reached[there] = reached[at] + letter
                open_pairs.append(there)
    return None


def _steps(a: tuple[Token, ...], b: tuple[Token, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The ways on from a pair of places: the letter that both read, if any, and how far each pattern moves."""
    if a and not isinstance(a[0], str):
        yield "", (1, 0)
    if b and not isinstance(b[0], str):
        yield "", (0, 1)
    if not (a and b):
        return
    one, other = a[0], b[0]
    if isinstance(one, str) and (one == other or _holds(other, one)):
        yield one, (1, 1 if one == other else 0)
    elif isinstance(other, str) and _holds(one, other):
        yield other, (0, 1)


def _holds(token: Token, letter: str) -> bool:
    """Whether a run of any letters can hold this one."""
    return token is None or (not isinstance(token, str) and letter in token)
