"""The documented errors of single values: directions, country codes, timestamps."""

from __future__ import annotations

from collections.abc import Callable

from contracts.sandbox import moment
from contracts.sandbox.refusals import refuse
from contracts.sandbox.step import Check, Context, check


@check("400-direction-empty")
def direction_given(context: Context) -> None:
    """A rule's direction is neither null nor empty nor left out."""
    if not context.body.get("direction"):
        refuse("400-direction-empty", "direction")


@check("400-direction-invalid")
def direction_valid(context: Context) -> None:
    """INBOUND or OUTBOUND, letter for letter."""
    direction = context.body.get("direction")
    if direction and not context.rules.is_direction(direction):
        refuse("400-direction-invalid", "direction", direction=direction)


@check("400-direction-invalid")
def direction_filter_valid(context: Context) -> None:
    """A filter, too, is INBOUND or OUTBOUND, letter for letter."""
    wanted = context.query("direction")
    if wanted and not context.rules.is_direction(wanted):
        refuse("400-direction-invalid", "direction", direction=wanted)


@check("400-timestamp-format")
def timestamps_valid(context: Context) -> None:
    """Every createTime has a form that is taken, and is a moment that the calendar knows."""
    for _, value in moment.filters(context.query_pairs()):
        if not context.rules.is_timestamp(value):
            refuse("400-timestamp-format", "createTime", format=moment.FORMAT)


def country_in_body(name: str) -> Check:
    """The check that a country in the body is one; none, or an empty one, bars nothing (the latter is not settled)."""
    return _country(name, lambda context: context.body.get(name))


def country_in_query(name: str) -> Check:
    """The check that a country in the query is one."""
    return _country(name, lambda context: context.query(name))


def country_in_path(name: str) -> Check:
    """The check that the country in the path is one; it is a value and no resource (clause 9)."""
    return _country(name, lambda context: context.path[name])


def _country(name: str, given: Callable[[Context], str | None]) -> Check:
    def run(context: Context) -> None:
        code = given(context)
        if code and not context.rules.is_country(code):
            refuse("400-country-code-invalid", name, fieldName=name, countryCode=code)

    return Check(f"{name}_valid", "400-country-code-invalid", run)
