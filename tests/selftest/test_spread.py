"""Who gets which cases under xdist, and what becomes of those of a worker that died."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contracts.run.spread import ShareScheduling

IDS = [f"case-{number}" for number in range(8)]


class Node:
    """A worker as the scheduler sees it: it keeps what it is given."""

    def __init__(self, name: str, *, popen: bool = True) -> None:
        self.gateway = SimpleNamespace(id=name, spec=SimpleNamespace(popen=popen or None))
        self.given: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        """Take more cases."""
        self.given += indices

    def shutdown(self) -> None:
        """Take none any more."""
        self.shutting_down = True


def scheduling(*nodes: Node, first: int = 2) -> ShareScheduling:
    """A scheduler whose nodes have all collected; so many were there at `first`."""
    options: Any = {"tx": ["popen"] * first, "maxschedchunk": None}
    config: Any = SimpleNamespace(getvalue=options.get, getoption=options.get)
    made = ShareScheduling(config)
    for node in nodes:
        made.add_node(node)
        made.add_node_collection(node, IDS)
    made.schedule()
    return made


def test_each_has_its_share() -> None:
    """Every second one of two."""
    one, two = Node("gw0"), Node("gw1")
    scheduling(one, two)
    assert (one.given, two.given) == ([0, 2, 4, 6], [1, 3, 5, 7])


def test_who_replaces_one_that_died_before_has_no_share_of_another() -> None:
    """No case is run twice, and none is left out."""
    one, late = Node("gw0"), Node("gw2")
    made = scheduling(one, late)
    for node in (late, one):
        for index in node.given:
            made.mark_test_complete(node, index)
    assert sorted(one.given + late.given) == list(range(8))


@pytest.mark.parametrize(("popen", "killer"), [(True, "case-6"), (False, None)])
def test_the_last_case_of_a_dead_worker_is_blamed_only_here(*, popen: bool, killer: str | None) -> None:
    """What dies elsewhere may be the machine: its last case is run once more, as the others of a dead worker are."""
    one, two = Node("gw0", popen=popen), Node("gw1")
    made = scheduling(one, two)
    for index in one.given[:-1]:
        made.mark_test_complete(one, index)
    assert made.remove_node(one) == killer
    assert made.pending == ([] if killer else [6])
