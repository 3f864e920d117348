"""Trends: what counts as a flip, which rows are flaky, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.history import trend
from contracts.history.trend import NEAR, TOLD, Judged, Seen

LETTERS = {"p": "pass", "f": "fail", "i": "inconclusive", "e": "error", "n": "not_exercised"}
Said = tuple[str, str | None, str, int]
"""A letter for the verdict, the target's version, the suite's, and what the row was judged by."""


def of(said: Sequence[Said]) -> dict[str, Any]:
    """The trend of one row that some runs said this of."""
    runs = [{"target_version": version, "suite_version": suite} for _, version, suite, _ in said]
    judged = [Judged(LETTERS[letter], LETTERS[letter], 0.5, basis) for letter, _, _, basis in said]
    row: dict[str, Any] = trend.built(runs, {"row": judged}, {})["rows"]["row"]
    return row


def alike(letters: str, version: str | None = None) -> dict[str, Any]:
    """The same, of runs that differ in nothing else."""
    return of([(letter, version, "1", 1) for letter in letters])


# -- flips --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "judged", "flips", "rate"),
    [
        ("", 0, 0, 0.0),
        ("p", 1, 0, 0.0),
        ("pp", 2, 0, 0.0),
        ("pf", 2, 1, 1.0),
        ("pfp", 3, 2, 1.0),
        ("ppffp", 5, 2, 0.5),
        ("piep", 2, 0, 0.0),
        ("pinef", 2, 1, 1.0),
        ("inie", 0, 0, 0.0),
    ],
)
def test_a_flip_is_a_pass_after_a_fail_or_a_fail_after_a_pass(letters: str, judged: int, flips: int, rate: float) -> None:
    """What could not be judged is neither, and stands between nothing."""
    row = alike(letters)
    assert (row["judged"], row["flips"], row["flake_rate"]) == (judged, flips, rate)


@pytest.mark.parametrize(
    ("letters", "version", "flaky"),
    [
        ("pf", "7", True),
        ("pp", "7", False),
        ("pf", None, False),
        ("ppppffff", None, False),
        ("pfp", None, True),
        ("fpf", None, True),
        ("pifnp", None, True),
        ("p" + "f" * NEAR + "p", None, True),
        ("p" + "f" * (NEAR + 1) + "p", None, False),
        ("p" + "f" * (NEAR + 1) + "p", "7", True),
    ],
)
def test_one_flip_is_enough_where_the_version_is_known(letters: str, version: str | None, flaky: bool) -> None:  # noqa: FBT001 - a column
    """Where nobody said it, one may be a release; what comes back soon is a flake."""
    assert alike(letters, version)["flaky"] is flaky


@pytest.mark.parametrize(
    "change",
    [("f", "8", "1", 1), ("f", None, "1", 1), ("f", "7", "2", 1), ("f", "7", "1", 2)],
    ids=["version", "unsaid", "suite", "basis"],
)
def test_a_target_that_changed_may_answer_otherwise(change: Said) -> None:
    """And so may a run of another suite, or one that judged the row by other cases: neither that nor the way back is a flip."""
    before: Said = ("p", "7", "1", 1)
    row = of([before, change, before, change])
    assert (row["flips"], row["flake_rate"], row["flaky"], row["judged"]) == (0, 0.0, False, 4)


def test_what_only_checks_found_is_no_flip() -> None:
    """They find what they find by the seed of their run."""
    runs = [{"target_version": "7", "suite_version": "1"}] * 3
    said = [Judged(verdict, "pass", 0.5, 1) for verdict in ("pass", "fail", "pass")]
    row = trend.built(runs, {"row": said}, {})["rows"]["row"]
    assert (row["verdicts"], row["judged"], row["flips"], row["flaky"]) == (["pass", "fail", "pass"], 3, 0, False)


SAID = st.lists(
    st.tuples(st.sampled_from("ppffine"), st.sampled_from([None, "7", "8"]), st.sampled_from("12"), st.integers(1, 2)), max_size=30
)


@given(SAID)
@settings(max_examples=300, deadline=None)
def test_flips_are_those_of_a_naive_count(said: list[Said]) -> None:
    """Every two runs that can be compared, with none between them that can."""
    judged = [place for place, one in enumerate(said) if one[0] in "pf"]
    pairs = [
        (one, other)
        for one in judged
        for other in judged
        if one < other
        and said[one][1:] == said[other][1:]
        and not any(said[n][1:] == said[one][1:] for n in judged if one < n < other)
    ]
    flips = [(one, other) for one, other in pairs if said[one][0] != said[other][0]]
    row = of(said)
    assert (row["judged"], row["flips"]) == (len(judged), len(flips))
    assert row["flake_rate"] == (len(flips) / len(pairs) if pairs else 0.0)
    if any(said[one][1] for one, _ in flips):
        assert row["flaky"]
    if not flips:
        assert not row["flaky"]


# -- the trend ----------------------------------------------------------------------------------------------------------------


def test_a_trend_has_a_place_for_each_run() -> None:
    """Null where the row was not exercised, or not known; what could not be judged is told."""
    runs = [{"target_version": None, "suite_version": "1"}] * 4
    said = [
        Judged("pass", "pass", 1.5, 1),
        None,
        Judged("not_exercised", "not_exercised", 0.0, 1),
        Judged("error", "error", 2.5, 1),
    ]
    built = trend.built(runs, {"row": said, "other": [None] * 4}, {"row": Seen("a", "b", "c")})
    row = built["rows"]["row"]
    assert (row["verdicts"], row["seconds"]) == (["pass", None, None, "error"], [1.5, None, None, 2.5])
    assert (row["first_seen"], row["last_seen"], row["last_pass"]) == ("a", "b", "c")
    other = built["rows"]["other"]
    assert (other["verdicts"], other["first_seen"], other["last_pass"]) == ([None] * 4, None, None)
    assert built["runs"] == runs


def told(rows: int = 1, version: str | None = "7", letters: str = "ppf") -> list[str]:
    """What is said of so many rows that fared alike."""
    runs = [{"target_version": version, "suite_version": "1"}] * len(letters)
    said = [Judged(LETTERS[letter], LETTERS[letter], 0.5, 1) for letter in letters]
    return list(trend.told(trend.built(runs, {f"row-{number}": said for number in range(rows)}, {})))


def test_a_flaky_row_is_named_with_how_often() -> None:
    """One line each, no more than somebody reads."""
    assert told() == ["flaky: row-0 flipped once in 3 runs on this target"]
    assert told(letters="pfpf") == ["flaky: row-0 flipped 3 times in 4 runs on this target"]
    assert told(letters="ppp") == []
    many = told(TOLD + 2)
    assert (len(many), many[-1]) == (TOLD + 1, "flaky: and 2 other rows")


def test_where_no_version_is_known_that_is_said() -> None:
    """With what to do about it."""
    line, hint = told(version=None, letters="pfp")
    assert line == "flaky: row-0 flipped 2 times in 3 runs on this target"
    assert "--target-version" in hint


def test_a_row_that_the_run_left_out_is_not_told() -> None:
    """Somebody who runs one row asks for that one."""
    assert told(letters="pfpn") == []
    assert len(told(letters="pfpi")) == 1


def test_a_run_that_is_not_in_the_history_is_told_why() -> None:
    """In one line without control characters."""
    assert list(trend.told(None, "the disk\nis full\x1b[2J")) == ["the disk\\nis full\\x1b[2J"]
