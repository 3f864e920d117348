"""A proposal: the file of known deviations as it should be after a run. Pure; no reason is invented, a person fills it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from contracts.case import Kind, Verdict
from contracts.finding import Rule
from contracts.gate.deviation import FIELDS, Deviation, Place
from contracts.gate.outcome import Gate
from contracts.gate.standing import OVER, State, places, uncovered

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import InlineTable

MARKS = {
    State.EXPIRED: "expired: renew it with a reason, or remove it",
    State.ABSENT: "no longer happens: remove it",
    State.UNMATCHED: "the suite has no such thing: mend or remove it",
}
"""What is said, in a comment, of an entry that has come to its end."""
HINT = "Proposed by --update-deviations, to be filled in by a person: reason, ticket, owner, and expires, a date without quotes."
SAID = ("reason", "ticket", "owner", "expires")
"""The members that only a person can fill in."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The text of a file, how many entries it adds with blanks to be filled in, and how many it marks."""

    text: str
    added: int
    marked: int


def proposal(text: str, results: Mapping[str, Any], gate: Gate) -> Proposal:
    """The file as it was, its comments kept, with the entries marked that came to their end, and one for each failure unknown."""
    import tomlkit  # noqa: PLC0415 - it costs a quarter of a second, and few runs propose anything

    document = tomlkit.parse(text)
    states = [State(told["state"]) for told in results["deviations"]]
    _mark(document, states)
    entries = [_facts(entry) for entry in proposed(results, _active(results, gate))]
    return Proposal(_with(document, entries), len(entries), sum(state in OVER for state in states))


def proposed(results: Mapping[str, Any], active: Sequence[Deviation]) -> list[Deviation]:
    """Entries, their texts blank, that cover all that fails and no active entry covers, so far as findings say what failed.

    One for each field of a row where the run was complete and all its refusals fail alike, else of a case; and of a check.
    """
    target, found = results["target"]["id"], list[Deviation]()
    for row in results["rows"]:
        for named in _of_row(row, active, whole=results["run"]["complete"]):
            found.append(_blank(target, named))
    for place, judged in places(results):
        for finding in uncovered(judged, place, [*active, *found]) if judged["verdict"] == Verdict.FAIL else ():
            found.append(_blank(target, _named(place, finding)))
    return list(dict.fromkeys(found))


def _of_row(row: Mapping[str, Any], active: Sequence[Deviation], *, whole: bool) -> Iterator[dict[str, str]]:
    """What the entries of a whole row name; nothing unless all of its refusals fail with the same fields.

    Its controls and races need not: what they have of the same fields is the same deviation, and what else they have stays theirs.
    """
    ran = [case for case in row["cases"] if case["verdict"] != Verdict.NOT_EXERCISED and case["kind"] == Kind.REFUSAL]
    fields = [_fields(case, Place(case["id"], row["id"]), active) for case in ran]
    if whole and fields and all(each == fields[0] for each in fields):
        yield from ({"row": row["id"], "field": field} for field in sorted(fields[0]))


def _fields(case: Mapping[str, Any], place: Place, active: Sequence[Deviation]) -> set[str]:
    found = uncovered(case, place, active) if case["verdict"] == Verdict.FAIL else []
    return {FIELDS[Rule(finding["rule"])] for finding in found}


def _named(place: Place, finding: Mapping[str, Any]) -> dict[str, str]:
    """What an entry for one finding names: its case, or its check and the row that it was found of there."""
    field = FIELDS[Rule(finding["rule"])]
    if place.row:
        return {"case": place.id, "field": field}
    return {"check": place.id, "field": field, **({"row": finding["row"]} if "row" in finding else {})}


def _blank(target: str, named: Mapping[str, str]) -> Deviation:
    return Deviation(environment=target, reason="", ticket="", owner="", expires=date.max, **named)


def _facts(entry: Deviation) -> dict[str, str]:
    return {**entry.named, "environment": entry.environment, **dict.fromkeys(SAID, "")}


def _active(results: Mapping[str, Any], gate: Gate) -> list[Deviation]:
    """The entries that cover something in these results."""
    stands = zip(gate.deviations, results["deviations"], strict=True)
    return [entry for entry, told in stands if told["state"] == State.ACTIVE]


def _mark(document: TOMLDocument, states: Sequence[State]) -> None:
    """Put a comment to each entry that came to its end: behind its header, or where it has none at the end of the file."""
    import tomlkit  # noqa: PLC0415 - as above
    from tomlkit.items import Table  # noqa: PLC0415 - as above

    entries = list(document.get("deviation", ()))
    for number, (entry, state) in enumerate(zip(entries, states, strict=True), 1):
        if state not in OVER:
            continue
        if isinstance(entry, Table):
            before = entry.trivia.comment.lstrip("# ")
            entry.comment("; ".join(filter(None, (before.removesuffix(MARKS[state]).rstrip("; "), MARKS[state]))))
        else:
            document.add(tomlkit.comment(f"entry {number}: {MARKS[state]}"))


def _with(document: TOMLDocument, entries: Sequence[Mapping[str, str]]) -> str:
    """The text of a document with new entries behind those that it has, in the form that these have."""
    import tomlkit  # noqa: PLC0415 - as above
    from tomlkit.items import Array  # noqa: PLC0415 - as above

    there = document.get("deviation")
    if isinstance(there, Array):
        for facts in entries:
            there.append(_inline(facts))
        return document.as_string()
    before = document.as_string()
    if not entries:
        return before
    apart = "\n\n" if before.strip() else ""
    return f"{before.rstrip()}{apart}# {HINT}\n{tomlkit.dumps({'deviation': list(entries)})}"


def _inline(facts: Mapping[str, str]) -> InlineTable:
    import tomlkit  # noqa: PLC0415 - as above

    table = tomlkit.inline_table()
    table.update(facts)
    return table
