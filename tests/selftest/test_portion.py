"""A run's limits, cut in parts: together they are never more than the run's."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from contracts.blame import Mistake
from contracts.budget import Budget, Limits
from contracts.run.portion import Portions


@pytest.mark.parametrize(("remote", "local"), [(1, 0), (4, 0), (3, 2), (1, 5), (9, 0)])
@pytest.mark.parametrize("in_flight", [10, 16, 101])
def test_all_parts_together_are_the_limit(remote: int, local: int, in_flight: int) -> None:
    """Of the rate and of what is in flight; those here share one part, also those that come in the place of dead ones."""
    limits, portions = Limits("budget", rate=20.0, in_flight=in_flight), Portions(remote, local)
    there, here = portions.of_remote(limits), portions.of_here(limits)
    assert (here.rate or 0) + remote * (there.rate or 0) == pytest.approx(20.0)
    assert (here.in_flight or 0) + remote * (there.in_flight or 0) == in_flight
    assert min(here.in_flight or 0, there.in_flight or 0, here.rate or 0, there.rate or 0) > 0
    assert (here.file, there.file) == ("budget", "")


@pytest.mark.parametrize(
    ("remote", "local", "parts"), [(4, 0, [20, 20, 20, 20]), (2, 2, [25, 25]), (1, 0, [50]), (7, 0, [12] * 4 + [13] * 3)]
)
def test_a_part_of_the_requests_is_taken_for_good(remote: int, local: int, parts: list[int], tmp_path: Path) -> None:
    """Each gets as many, and what is left is for this machine: there is no second way to spend any of them."""
    portions = Portions(remote, local)
    with contextlib.closing(Budget.begun(Limits(str(tmp_path / "budget"), requests=100))) as budget:
        assert [portions.taken(budget) for _ in range(remote)] == parts
        budget.take(100 - sum(parts))
        assert budget.used_up()


def test_a_part_is_a_budget_of_its_own(tmp_path: Path) -> None:
    """It ends where the part does, and tells of the run's limit as every process does."""
    with contextlib.closing(Budget.begun(Limits(str(tmp_path / "part"), requests=100), part=2)) as budget:
        budget.pay(2)
        assert budget.used_up()
        assert "budget of 100 requests" in budget.limits.used_up


def test_what_nobody_limited_is_not_cut(tmp_path: Path) -> None:
    """Nor what is only politeness: with less in flight, races that one machine has would be left out."""
    limits, portions = Limits("", in_flight=16), Portions(4, 0, polite=True)
    assert portions.of_remote(limits).in_flight == portions.of_here(limits).in_flight == 16
    assert portions.of_remote(limits).rate is None
    with contextlib.closing(Budget.begun(Limits(str(tmp_path / "budget"), rate=1.0))) as budget:
        assert portions.taken(budget) == 0


def test_too_few_in_flight_to_be_cut_are_a_mistake() -> None:
    """Some worker could send nothing at all."""
    for cut in (Portions(4, 0).of_here, Portions(4, 0).of_remote):
        with pytest.raises(Mistake, match=r"--max-in-flight 4 cannot be cut in 5 parts"):
            cut(Limits("", in_flight=4))
    assert Portions(4, 1).of_remote(Limits("", in_flight=5)).in_flight == 1
