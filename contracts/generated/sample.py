"""A generated request as plain data, and the ways in which the suite bends it: what it names, and what it misses by a hair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from contracts.call import Body


class Place(StrEnum):
    """What the path names: what is there, what was never made, or what was generated."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Way:
    """How a request is bent. `padded` is what is put behind its texts, `missed` a field and how its value misses a right one."""

    place: Place = Place.KNOWN
    padded: int | None = None
    missed: tuple[str, int] | None = None


STRAIGHT = Way()


@dataclass(frozen=True, slots=True)
class Sample:
    """One generated request: nothing is quoted, and nothing is harmless yet."""

    operation: str
    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    body: Any = Body.NONE
    headers: Mapping[str, str] = field(default_factory=dict)


PADDING = ("x" * 256, "\x00", "{0} ${name} %s '\"<b>;--", "\u202e\U0001f600\u0301")
"""What many a program stumbles over, first what the most do."""
FREE = frozenset(
    {"description", "value", "password", "from", "to", "trunkId", "sipTrunkId", "domain", "sort", "groupId", "parentId"}
)
"""Members and parameters, beside names, that are any text."""
COUNTRY, DIRECTION, TIME = (
    ("SE ", "se", "S", "SEE", "ZZ", " SE"),
    ("INBOUND ", "inbound", "INBOUNDX", "IN", "BOTH", " OUTBOUND"),
    ("2021-13-01", "yesterday", "2021-02-30", "2021-02-01T25:00:00Z", "2021-00-01", "2021-01-32"),
)
"""Values that miss a right one by a hair, those first that are missed the oftenest."""
CODED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("isoCode", "callerCountry", "calleeCountry", "fromCountryCode", "toCountryCode"), COUNTRY),
    "direction": DIRECTION,
    "createTime": TIME,
}
"""Fields whose values are codes, with what misses them."""
IN_BODY: Mapping[str, tuple[str, ...]] = {
    "createBlockingRule": ("direction", "callerCountry", "calleeCountry"),
    "updateBlockingRuleById": ("direction", "callerCountry", "calleeCountry"),
}
"""Coded fields that stand in bodies, by their operations."""


def padding(way: Way) -> str:
    """What the way puts behind texts."""
    return "" if way.padded is None else PADDING[way.padded]


def missed(sample: Sample, name: str, how: int) -> Sample:
    """The sample with the field's value missing a right one, wherever the field stands."""
    value = CODED[name][how]
    if name in sample.path:
        return replace(sample, path={**sample.path, name: value})
    if name in IN_BODY.get(sample.operation, ()):
        return replace(sample, body={**sample.body, name: value}) if isinstance(sample.body, dict) else sample
    return replace(sample, query=(*(pair for pair in sample.query if pair[0] != name), (name, value)))
