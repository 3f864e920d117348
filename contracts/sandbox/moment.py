"""Points in time: how the API writes them, and the forms of them that `createTime` takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

# What the message of 400-timestamp-format names; the partial forms are left-hand parts of it.
FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    r"(?:T(?P<hour>\d{2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?)?)?",
    re.ASCII,
)
_UNITS = ("second", "minute", "hour", "day", "month", "year")
_LENGTHS = {unit[:-1]: timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")}


def text(moment: datetime) -> str:
    """A date-time in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse(value: str) -> tuple[datetime, datetime] | None:
    """The stretch of time that a date, a partial date or a date-time names: its start and its end."""
    match = _FORM.fullmatch(value)
    if match is None:
        return None
    unit = next(unit for unit in _UNITS if match[unit])
    try:
        start = _start(match)
    except (ValueError, OverflowError):
        return None
    return start, _end(start, unit)


def is_timestamp(value: str) -> bool:
    """A form that createTime takes, and a moment that the calendar knows."""
    return parse(value) is not None


def filters(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The operator ("", ">=" or "<=") and value of every createTime among the query parameters.

    A range is written `createTime>=A&createTime<=B`, which a query string splits into the keys `createTime>` and
    `createTime<`; a client that encodes it whole sends the operator within the key, or within the value.
    """
    found = []
    for key, value in pairs:
        if key.startswith("createTime") and (match := re.fullmatch(r"([<>]?)(=?)(.*)", key[10:], re.DOTALL)):
            sign, _, rest = match.groups()
            given = rest + value
            if not sign and given[:2] in {">=", "<="}:
                sign, given = given[0], given[2:]
            if given and (sign or not rest):
                found.append((f"{sign}=" if sign else "", given))
    return found


def within(moment: datetime, wanted: Iterable[tuple[str, str]]) -> bool:
    """Whether a moment passes all filters; one that cannot be read filters nothing."""
    for sign, value in wanted:
        stretch = parse(value)
        if stretch is None:
            continue
        start, end = stretch
        before, after = moment < start, moment >= end
        if (before and sign != "<=") or (after and sign != ">=" and (sign or _has_end(value))):
            return False
    return True


def _has_end(value: str) -> bool:
    """A date names a stretch, down to the hour; a date-time alone means all that came after it."""
    return ":" not in value


def _start(match: re.Match[str]) -> datetime:
    year, month, day = (int(match[unit] or 1) for unit in ("year", "month", "day"))
    hour, minute, second = (int(match[unit] or 0) for unit in ("hour", "minute", "second"))
    fraction = int(((match["fraction"] or "") + "000000")[:6])
    moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    return moment - _offset(match["zone"])


def _offset(zone: str | None) -> timedelta:
    # The standard library knows the bounds of an offset.
    read = datetime.strptime(zone or "Z", "%z").utcoffset()
    return read or timedelta()


def _end(start: datetime, unit: str) -> datetime:
    try:
        if unit in _LENGTHS:
            return start + _LENGTHS[unit]
        if unit == "month" and start.month < 12:
            return start.replace(month=start.month + 1)
        return start.replace(year=start.year + 1, month=1)
    except (ValueError, OverflowError):  # the end of the last year that the calendar has
        return datetime.max.replace(tzinfo=UTC)
