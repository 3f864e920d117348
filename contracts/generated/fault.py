"""Faults that the specification names, where a request certainly bears one: to accept it is wrong (behaviour.md, "Provocations").

What "Not settled by the specification" lists is none of them, nor is anything that a careful reader could take for a right value:
blanks alone, several values in one, another type than a string, a form of a timestamp that the specification does not mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from contracts.call import Call
from contracts.generated.value import countries, plain_name

DIRECTIONS = frozenset({"INBOUND", "OUTBOUND"})
RULE_MEMBERS = frozenset({"id", "name", "direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch"})
SEVERAL = re.compile(r"[,;|/\\?#%.&]")  # what could part one value into several, or lead to another place
NO_VALUE = frozenset({"null", "undefined", "none", "nil", "true", "false"})
TIME = re.compile(
    r"\d{4}-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:Z|[+-]0\d:[0-3]0)?)?)?", re.ASCII
)
LAST = {"month": 12, "day": 31, "hour": 24, "minute": 59}
"""The greatest value of each piece of a timestamp; the hour 24 and the second 60 have a meaning to some."""


def fault(call: Call) -> str:
    """The row of the fault that a call bears by itself, when all that its path names is there; empty when none is certain."""
    return next(FAULTS[call.operation](call), "") if call.operation in FAULTS else ""


def no_country(code: object) -> bool:
    """Whether a value is certainly no country's code."""
    return isinstance(code, str) and _certain(code) and code not in countries()


def no_direction(direction: object) -> bool:
    """Whether a value is certainly no direction."""
    return isinstance(direction, str) and _certain(direction) and direction not in DIRECTIONS


def no_time(text: str) -> bool:
    """Whether a text is certainly no timestamp: words without any digit, or a date that no calendar has."""
    if not any(c.isnumeric() for c in unicodedata.normalize("NFKC", text)):
        return _certain(text)
    found = TIME.fullmatch(text)
    if not found or text.startswith("0000"):
        return False
    pieces = {name: int(piece) for name, piece in found.groupdict().items() if piece and name in LAST}
    return any(value > LAST[name] for name, value in pieces.items()) or not _dated(text[:4], pieces)


def _certain(text: str) -> bool:
    """Whether a text is one value, to be seen, and no way to write that there is none."""
    said = any(c.isascii() and c.isalnum() for c in text)
    return said and text.isprintable() and not SEVERAL.search(text) and text.strip().casefold() not in NO_VALUE


def _dated(year: str, pieces: Mapping[str, int]) -> bool:
    try:
        datetime(int(year), pieces["month"], pieces.get("day", 1))  # noqa: DTZ001 - a day of the calendar, anywhere
    except ValueError:
        return False
    return True


def _rule(call: Call) -> Iterator[str]:
    """A blocking rule: members spelt twice, or of another type, could hide what is wrong."""
    rule = call.body
    if not isinstance(rule, dict) or len({plain_name(name) for name in rule}) < len(rule):
        return
    known = {name: value for name, value in rule.items() if name in RULE_MEMBERS}
    if not all(value is None or isinstance(value, str) for value in known.values()):
        return
    if not known.get("direction"):
        yield "400-direction-empty"
    if no_direction(known.get("direction")):
        yield "400-direction-invalid"
    if no_country(known.get("callerCountry")) or no_country(known.get("calleeCountry")):
        yield "400-country-code-invalid"


def _filters(call: Call) -> Iterator[str]:
    """The filters of call records: each is given once, or what is wrong with it may not count."""
    names = [name for name, _ in call.query]
    once = {name: value for name, value in call.query if names.count(name) == 1}
    if no_direction(once.get("direction")):
        yield "400-direction-invalid"
    if no_time(once.get("createTime", "")):
        yield "400-timestamp-format"
    if call.operation == "exportCallRecords" and (no_country(once.get("fromCountryCode")) or no_country(once.get("toCountryCode"))):
        yield "400-country-code-invalid"


def _code(call: Call) -> Iterator[str]:
    """A permission: what else is wrong with its body is told first."""
    right = call.operation == "getCountryPermission" or (isinstance(call.body, dict) and type(call.body.get("enabled")) is bool)
    if right and no_country(call.path.get("isoCode")):
        yield "400-country-code-invalid"


def _empty(member: str, row: str) -> Callable[[Call], Iterator[str]]:
    """A list that must not be empty, beside a name that is right."""

    def bears(call: Call) -> Iterator[str]:
        named = isinstance(call.body, dict) and isinstance(call.body.get("name"), str) and call.body["name"]
        if named and call.body.get(member) == []:
            yield row

    return bears


FAULTS: Mapping[str, Callable[[Call], Iterator[str]]] = {
    "createBlockingRule": _rule,
    "updateBlockingRuleById": _rule,
    "findCalls": _filters,
    "exportCallRecords": _filters,
    "getCountryPermission": _code,
    "updateCountryPermission": _code,
    "createAccessControlList": _empty("ipRanges", "400-acl-needs-ip-range"),
    "updateAccessControlList": _empty("ipRanges", "400-acl-needs-ip-range"),
    "createCredentialList": _empty("credentials", "400-credential-list-needs-credential"),
}
"""How each operation's call is looked at."""
