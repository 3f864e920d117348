"""Known deviations: failures that people have written down, with a reason and an end. Read from a file, held against its schema."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.blame import Mistake
from contracts.finding import Rule
from contracts.operation import SCHEMAS

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LARGEST = 4 * 1024 * 1024  # bytes of a file that are read at most
EVERYWHERE = "*"
"""The environment of an entry that holds for every target."""
NAMING = ("row", "case", "check", "field")
"""The members that say which failures an entry means; each that is given narrows it."""
OWED = ("environment", "reason", "ticket", "owner", "expires")
"""The members that each entry owes, in the order in which a lack is told."""
FIELDS: Mapping[Rule, str] = {
    Rule.UNREFUSED: "refusal",
    Rule.ACCEPTED_INVALID: "refusal",
    Rule.CONTROL_REFUSED: "acceptance",
    Rule.REFUSED_VALID: "acceptance",
    Rule.HTTP_STATUS: "http-status",
    Rule.CONTENT_TYPE: "content-type",
    Rule.CONTENT_ENCODING: "content-encoding",
    Rule.BODY_EMPTY: "body",
    Rule.BODY_TOO_LARGE: "body",
    Rule.BODY_BOM: "body",
    Rule.BODY_NOT_UTF8: "body",
    Rule.BODY_NOT_JSON: "body",
    Rule.BODY_TRUNCATED: "body",
    Rule.BODY_TOO_DEEP: "body",
    Rule.BODY_DUPLICATE_KEY: "body",
    Rule.BODY_NOT_A_NUMBER: "body",
    Rule.ENVELOPE_NOT_OBJECT: "envelope",
    Rule.ENVELOPE_WRAPPED: "envelope",
    Rule.ENVELOPE_MISSING_MEMBER: "envelope",
    Rule.ENVELOPE_MEMBER_TYPE: "envelope",
    Rule.ENVELOPE_EXTRA_MEMBER: "envelope",
    Rule.CODE: "code",
    Rule.STATUS: "status",
    Rule.DETAILS: "details",
    Rule.MESSAGE_TEXT: "message",
    Rule.MESSAGE_TYPOGRAPHY: "message",
    Rule.MESSAGE_OTHER_ROW: "message",
    Rule.MESSAGE_OTHER_VALUE: "message",
    Rule.MESSAGE_UNBOUND: "message",
    Rule.LEAK: "leak",
    Rule.FOREIGN_DATA: "foreign-data",
    Rule.STATE_CHANGED: "state",
    Rule.STATE_UNEXPLAINED: "state",
    Rule.ID_REUSED: "state",
    Rule.NOT_REPEATABLE: "repetition",
    Rule.RACE: "race",
    Rule.ORDER: "order",
    Rule.SERVER_ERROR: "server-error",
    Rule.UNDOCUMENTED: "undocumented",
    Rule.SCHEMA: "schema",
}
"""The field of an answer, or of what it did, that a finding of each rule is about."""


@dataclass(frozen=True, slots=True)
class Place:
    """What was judged under an id: a case of a row, or a check, whose row is empty."""

    id: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One entry: which failures are known, where, why, by which ticket, whose they are, and the last day on which that holds."""

    environment: str
    reason: str
    ticket: str
    owner: str
    expires: date
    row: str = ""
    case: str = ""
    check: str = ""
    field: str = ""

    def __str__(self) -> str:
        return f"{self.ticket} ({', '.join(f'{name} {value}' for name, value in self.named.items())})"

    @property
    def named(self) -> dict[str, str]:
        """The members that say which failures it means, those that are given."""
        return {name: value for name in NAMING if (value := getattr(self, name))}

    @property
    def why(self) -> dict[str, str]:
        """The members that a failed case or check bears as its deviation."""
        return {"reason": self.reason, "ticket": self.ticket, "owner": self.owner, "expires": self.expires.isoformat()}

    def meant_for(self, target: str) -> bool:
        """Whether it is an entry for the target of that id."""
        return self.environment in {EVERYWHERE, target}

    def expired(self, today: date) -> bool:
        """Whether its last day is over, on that day in UTC."""
        return today > self.expires

    def covers(self, place: Place, finding: Mapping[str, Any]) -> bool:
        """Whether it means a failing finding of results.json; one of a check may bear the row that it was found of."""
        if self.row and self.row != (place.row or finding.get("row")):
            return False
        if self.case and not (place.row and beneath(place.id, self.case)):
            return False
        if self.check and (place.row or not beneath(place.id, self.check)):
            return False
        return self.field in {"", FIELDS[Rule(finding["rule"])]}

    def concerns(self, place: Place) -> bool:
        """Whether it must be looked for there, before anybody can say that it no longer happens."""
        if self.check:
            return not place.row and beneath(place.id, self.check)
        if self.case and place.row:
            return beneath(place.id, self.case) and self.row in {"", place.row}
        if self.case:  # what a check found broken of a row is told as row/operation/check
            return self.case.split("/")[2:] == [place.id.partition("/")[0]]
        return self.row in {"", place.row}


def beneath(whole: str, beginning: str) -> bool:
    """Whether an id is that one, or begins with it up to a slash."""
    return whole == beginning or whole.startswith(beginning + "/")


def load(path: Path) -> tuple[Deviation, ...]:
    """The entries of a file. Raises Mistake naming the file, the entry and the member, and what to do."""
    return parsed(text_of(path), str(path))


def text_of(path: Path) -> str:
    """What a file of deviations says. Raises Mistake where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as e:  # ValueError: no UTF-8, or no path at all
        raise Mistake(f"the deviations {str(path)!r} cannot be read ({e}): name a TOML file with --deviations") from None
    if len(content) > LARGEST:
        raise Mistake(f"the deviations {str(path)!r} are longer than {LARGEST} bytes: name a TOML file with --deviations")
    return text.replace("\r\n", "\n")


def parsed(text: str, name: str) -> tuple[Deviation, ...]:
    """The entries of a text, under the name by which its mistakes are told. Raises Mistake."""
    try:
        facts = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise Mistake(f"the deviations {name!r} are not TOML: {e}") from None
    if problem := _problem(facts):
        raise Mistake(f"the deviations {name!r}: {problem}")
    return tuple(Deviation(**entry) for entry in facts.get("deviation", ()))


@functools.cache
def schema() -> dict[str, Any]:
    """The schema of files of deviations."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / "deviations.schema.json").read_text("utf-8"))
    return loaded


def _problem(facts: Mapping[str, Any]) -> str | None:
    """The first thing that is wrong with the file, in words; None where nothing is."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only runs with deviations pay for it

    errors = sorted(Draft202012Validator(schema()).iter_errors(_plain(facts)), key=_order)
    if errors:
        return _told(errors[0], facts)
    return next(_misdated(facts), None)


def _plain(value: Any) -> Any:
    """A value of TOML as JSON has it: a date is a text there."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if type(value) is date else value


def _order(error: ValidationError) -> tuple[int, int]:
    """By entry, and then by what it owes."""
    _, entry, member, *_ = *error.absolute_path, -1, -1, -1
    owed = _lacking(error) or str(member)
    return entry if isinstance(entry, int) else -1, OWED.index(owed) if owed in OWED else -1


def _lacking(error: ValidationError) -> str:
    """The first member that an entry lacks of what it owes; empty where the error is another."""
    entry: Any = error.instance
    return next((name for name in OWED if name not in entry), "") if error.validator == "required" else ""


def _told(error: ValidationError, facts: Mapping[str, Any]) -> str:
    """What a schema finds wrong: the entry, the member, and what to do."""
    steps = list(error.absolute_path)
    if len(steps) < 2 or not isinstance(steps[1], int):
        return f"{'.'.join(map(str, steps)) or 'the file'}: {error.message}: it holds entries that begin with [[deviation]]"
    where, member = _entry(facts, steps[1]), steps[2] if len(steps) > 2 else ""
    if lacking := _lacking(error):
        return f"{where}: {lacking!r} is missing: every entry needs {', '.join(OWED)}"
    if error.validator == "anyOf":
        return f"{where} names no failure: give one at least of {', '.join(NAMING)}"
    if error.validator == "not":
        return f"{where}: a case and a check cannot be named by one entry: write two"
    if error.validator == "pattern" and isinstance(error.instance, str) and not error.instance.strip():
        return f"{where}: {member!r} is empty: a person has to say it"
    return f"{where}: {repr(member) + ': ' if member else ''}{error.message}"


def _misdated(facts: Mapping[str, Any]) -> Iterator[str]:
    """What no schema can say: `expires` is a date of TOML, which has no quotes and no time."""
    for place, entry in enumerate(facts.get("deviation", ())):
        if type(entry["expires"]) is not date:
            yield f"{_entry(facts, place)}: 'expires' is a text: write a date without quotes, such as 2027-03-31"


def _entry(facts: Mapping[str, Any], place: int) -> str:
    """An entry for people: its number, from 1 on, and what it names."""
    entry = facts["deviation"][place]
    named = ", ".join(f"{name} {entry[name]!r}" for name in NAMING if name in entry) if isinstance(entry, dict) else ""
    return f"entry {place + 1}{f' ({named})' if named else ''}"
