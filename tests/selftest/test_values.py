"""The shared values of the scenarios are what they are said to be: right ones right, bad ones bad."""

from __future__ import annotations

import re
from datetime import datetime

import pycountry
import pytest

from contracts.case import Deep, Depth
from contracts.catalogue import rows
from contracts.operation import operations
from tests.contract import values

ASSIGNED = {country.alpha_2 for country in pycountry.countries}
QUICK = [bad for bad in values.BAD_COUNTRIES.values() if isinstance(bad, str)]


def test_countries_are_the_assigned_codes() -> None:
    """All 249 and no other, each once, the four that are often forgotten among them."""
    assert len(values.COUNTRIES) == len(set(values.COUNTRIES)) == 249
    assert set(values.COUNTRIES) == ASSIGNED
    assert {"SS", "BQ", "CW", "SX"} <= set(values.COUNTRIES)


def test_groups_hold_every_country_once_and_keep_to_the_limit() -> None:
    """No group makes more than 20 requests, and a group's name is its first and last code."""
    groups = values.groups()
    assert [code for group in groups.values() for code in group] == list(values.COUNTRIES)
    assert max(map(len, groups.values())) <= 20
    assert all(name == f"{group[0]}-{group[-1]}" for name, group in groups.items())


def test_rare_countries_are_assigned() -> None:
    """A rare country is a country."""
    assert set(values.RARE_COUNTRIES) <= ASSIGNED


def test_bad_countries_are_the_twenty_of_the_table() -> None:
    """The bad codes of behaviour.md, and no other."""
    table = "us,Us,USA,U,12,+46,US ,AA,XX,ZZ,QM,XK,AN,YU,CS,SU,TP,UK,EU,EN"
    assert ",".join(QUICK) == table


def test_every_code_that_is_not_assigned_is_tried_by_the_deepest_runs() -> None:
    """The two-letter codes of ISO 3166-1 are split between right and bad ones; none is forgotten."""
    deep = {bad.value for bad in values.BAD_COUNTRIES.values() if isinstance(bad, Deep) and bad.depth is Depth.EXHAUSTIVE}
    assert len(deep | {code for code in QUICK if re.fullmatch("[A-Z]{2}", code)}) == 26 * 26 - len(ASSIGNED)
    assert not deep & (ASSIGNED | set(QUICK))


def test_bad_countries_are_not_assigned() -> None:
    """No bad code is a country's, and each is meant for a country that exists or for none."""
    assert not ASSIGNED & set(QUICK)
    assert set(values.MEANT) <= set(QUICK)
    assert set(values.MEANT.values()) <= ASSIGNED


def test_bad_directions_are_the_six_of_the_table() -> None:
    """The bad directions of behaviour.md, none of them a direction."""
    assert list(values.BAD_DIRECTIONS.values()) == ["inbound", "Inbound", "BOTH", "INBOUND ", "INBOUNDX", "IN"]
    assert not set(values.DIRECTIONS) & set(values.BAD_DIRECTIONS.values())


@pytest.mark.parametrize("time", values.BAD_TIMESTAMPS.values(), ids=values.BAD_TIMESTAMPS)
def test_bad_timestamps_are_no_times(time: str) -> None:
    """The standard library cannot read any of them either."""
    with pytest.raises(ValueError, match=r"isoformat|must be in|out of range|day is"):
        datetime.fromisoformat(time)


@pytest.mark.parametrize("pairs", values.TIMESTAMPS.values(), ids=values.TIMESTAMPS)
def test_timestamps_are_times(pairs: tuple[tuple[str, str], ...]) -> None:
    """Each right timestamp is a left-hand part of a moment that the calendar knows."""
    whole = "2021-02-01T00:00:00+00:00"
    for name, time in pairs:
        assert name in {"createTime", "createTime>", "createTime<"}
        datetime.fromisoformat(time.replace("Z", "+00:00") + whole[len(time) :] if len(time) < 19 else time)


@pytest.mark.parametrize("shown", [*values.BAD_COUNTRIES, *values.BAD_DIRECTIONS, *values.BAD_TIMESTAMPS, *values.TIMESTAMPS])
def test_ids_of_values_can_be_read(shown: str) -> None:
    """An id has neither white space nor a slash in it."""
    assert re.fullmatch(r"[\w+:-]+", shown)


@pytest.mark.parametrize("row", [row.id for row in rows()])
def test_raising_is_cut_in_two_without_a_rest(row: str) -> None:
    """With a piece of path and without it, each operation of a row falls on one side."""
    with_id, without = values.raising_with(row, "{id}"), values.raising_without(row, "{id}")
    assert sorted(with_id + without) == sorted(values.raising(row))


def test_what_is_no_get_changes_something() -> None:
    """All reads of the API are GETs."""
    assert {operations()[name].method for name in operations() if not values.changes(name)} == {"GET"}
