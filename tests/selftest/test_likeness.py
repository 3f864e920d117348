"""What was reworded is paired by likeness: the best pairing overall, and never what is not alike."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.drift.likeness import Likeness
from contracts.drift.page import Published
from contracts.drift.pairing import best
from tests.selftest.published import CATALOGUE

LIKENESS = Likeness.among(CATALOGUE)
MATRICES = st.tuples(st.integers(0, 5), st.integers(1, 5)).flatmap(
    lambda size: st.lists(
        st.lists(st.just(0.0) | st.floats(0.1, 1), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


def row(message: str | None, code: int = 404, status: str = "NOT_FOUND") -> Published:
    """A row of the page."""
    return Published(code, status, message)


@settings(deadline=None)
@given(alike=MATRICES)
def test_no_pairing_is_better(alike: list[list[float]]) -> None:
    """The sum is that of the best of all pairings; nothing is paired twice, or with what is not alike at all."""
    pairs = best(alike)
    width = len(alike[0]) if alike else 0
    all_pairings = itertools.permutations([*range(width), *([None] * len(alike))], len(alike))
    greatest = max(sum(line[at] for line, at in zip(alike, chosen, strict=True) if at is not None) for chosen in all_pairings)
    assert sum(alike[a][b] for a, b in pairs) == pytest.approx(greatest)
    assert all(len(set(side)) == len(pairs) for side in zip(*pairs, strict=True))
    assert all(alike[a][b] > 0 for a, b in pairs)


def test_the_best_pairing_is_not_the_greedy_one() -> None:
    """The likest two are parted where all others gain more."""
    assert best([[0.9, 0.8], [0.8, 0.0]]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (row("Could not find Customer with id '$id'"), row("Could not find Customer with the id '$customerId'")),
        (row("Could not find Customer with id '$id'"), row("Customer with id '$id' not found")),
        (row("Could not find Customer with id '$id'"), row("Could not find Custmer with id '$id'")),
        (row("Could not find Customer with id '$id'"), row("could not find customer with id “$id”.")),
        (row("Could not find call ID '$callId'"), row("Could not find call ID '$callId'", 400, "BAD_REQUEST")),
        (
            row("Could not find call ID '$callId'"),
            row("Could not find call ID '$theIdentifierOfTheCallAskedFor'", 400, "BAD_REQUEST"),
        ),
        (row("Direction field cannot be null or empty"), row("Direction must not be null or empty")),
        (row(None, 403, "FORBIDDEN"), row("Forbidden", 403, "FORBIDDEN")),
        (row("Internal Server Error", 500, "INTERNAL_SERVER_ERROR"), row(None, 500, "INTERNAL_SERVER_ERROR")),
        (row(None, 403, "FORBIDDEN"), row(None, 403, "PERMISSION_DENIED")),
    ],
)
def test_new_words_of_one_row_are_alike(old: Published, new: Published) -> None:
    """Another code, renamed placeholders, a slip, other quotes: it is the same row all the same."""
    assert LIKENESS.of(old, new) > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (row("Could not find Customer with id '$id'"), row("Could not find Gateway with id '$id'")),
        (row("Could not find Customer with id '$id'"), row("Could not find Recording with id '$id'")),
        (row("Could not find Customer with id '$id'"), row("Customer with id '$id' already exists", 400, "BAD_REQUEST")),
        (row("Project with id '$id' is not enabled"), row("Trunk with id '$id' is not registered")),
        (row("Internal Server Error"), row("Could not find phone number '$number'")),
        (row("$a"), row("Could not find Customer with id '$id'")),
        (row(None, 403, "FORBIDDEN"), row("Forbidden", 401, "FORBIDDEN")),
        (row(None, 400, "BAD_REQUEST"), row("The provided username is unavailable", 400, "BAD_REQUEST")),
    ],
)
def test_rows_about_other_things_are_not_alike(old: Published, new: Published) -> None:
    """Words that many rows share do not make two rows one."""
    assert LIKENESS.of(old, new) == 0


def test_a_row_is_likest_to_itself() -> None:
    """Among all rows of the catalogue each finds itself, whatever its placeholders are called."""
    renamed = [Published(one.code, one.status, one.message and one.message.replace("$id", "$other")) for one in CATALOGUE]
    alike = [[LIKENESS.of(one, other) for other in renamed] for one in CATALOGUE]
    assert best(alike) == [(at, at) for at in range(len(CATALOGUE))]
