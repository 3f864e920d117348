"""The pool: what began ends, nothing more starts once it is stopped, and each case keeps its own output."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from contracts.run.pool import Pool, own_output, route_logs, route_output

WAIT = 10


@pytest.fixture
def pooled() -> Iterator[Callable[..., Pool[int, int]]]:
    """Makes pools, and closes them."""
    made: list[Pool[int, int]] = []

    def make(size: int, work: Callable[[int], int], stopped: Callable[[], bool] = lambda: False) -> Pool[int, int]:
        made.append(Pool(size, work, stopped))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def noting(runs: list[int]) -> Callable[[int], int]:
    """Work that writes down what it was given, and gives it back."""

    def work(key: int) -> int:
        runs.append(key)
        return key

    return work


def test_results_belong_to_their_keys(pooled: Callable[..., Pool[int, int]]) -> None:
    """In whichever order they are asked for."""
    pool = pooled(4, lambda key: key * key)
    pool.start(range(20))
    assert [pool.result(key) for key in reversed(range(20))] == [key * key for key in reversed(range(20))]


def test_keys_start_in_order(pooled: Callable[..., Pool[int, int]]) -> None:
    """One thread shows it."""
    begun: list[int] = []
    pool = pooled(1, noting(begun))
    pool.start([3, 1, 2])
    assert [pool.result(key) for key in (3, 1, 2)] == begun == [3, 1, 2]


def test_as_many_are_under_way_as_there_are_threads(pooled: Callable[..., Pool[int, int]]) -> None:
    """They wait for one another here, which fewer could not."""
    barrier = threading.Barrier(8)
    pool = pooled(8, lambda key: barrier.wait(WAIT) and key)
    pool.start(range(8))
    assert {pool.result(key) is not None for key in range(8)} == {True}


def test_a_key_that_nobody_put_in_line_is_run_when_asked_for(pooled: Callable[..., Pool[int, int]]) -> None:
    """And one asked for again is run again."""
    runs: list[int] = []
    pool = pooled(2, noting(runs))
    assert [pool.result(7), pool.result(7)] == runs == [7, 7]


def test_a_key_put_in_line_twice_runs_once(pooled: Callable[..., Pool[int, int]]) -> None:
    """As long as its result has not been taken."""
    runs: list[int] = []
    pool = pooled(2, noting(runs))
    pool.start([1, 1])
    pool.start([1])
    assert (pool.result(1), runs) == (1, [1])


def test_what_began_ends_and_nothing_more_starts(pooled: Callable[..., Pool[int, int]]) -> None:
    """Once stopped, a key that has not begun has no result."""
    stop, first_began = threading.Event(), threading.Event()

    def work(key: int) -> int:
        first_began.set()
        assert stop.wait(WAIT)
        return key

    pool = pooled(1, work, stop.is_set)
    pool.start(range(5))
    assert first_began.wait(WAIT)
    stop.set()
    assert [pool.result(key) for key in range(5)] == [0, None, None, None, None]


def test_closing_waits_for_what_began_and_drops_the_rest(pooled: Callable[..., Pool[int, int]]) -> None:
    """Clean-up is part of what began."""
    began, go, ended = threading.Event(), threading.Event(), []

    def work(key: int) -> int:
        began.set()
        assert go.wait(WAIT)
        ended.append(key)
        return key

    pool = pooled(1, work)
    pool.start(range(3))
    assert began.wait(WAIT)
    closing = threading.Thread(target=pool.close)
    closing.start()
    go.set()
    closing.join(WAIT)
    assert ended == [0]
    assert pool.result(1) is None


def test_an_exception_of_the_work_comes_out_where_its_result_is_taken(pooled: Callable[..., Pool[int, int]]) -> None:
    """And harms no other key."""
    pool = pooled(2, lambda key: 1 // key)
    pool.start([0, 1])
    with pytest.raises(ZeroDivisionError):
        pool.result(0)
    assert pool.result(1) == 1


def test_each_thread_has_an_output_of_its_own(monkeypatch: pytest.MonkeyPatch, pooled: Callable[..., Pool[int, int]]) -> None:
    """Printed and logged lines go to the case that they come from, also when many are under way."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    elsewhere = logging.Handler()
    seen: list[logging.LogRecord] = []
    monkeypatch.setattr(elsewhere, "emit", seen.append)
    logging.getLogger().addHandler(elsewhere)
    route_output()
    route_output()  # again, as pytest's phases have it: no router behind a router
    route_logs([elsewhere])
    barrier, outputs = threading.Barrier(4), {}

    def work(key: int) -> int:
        with own_output() as output:
            barrier.wait(WAIT)
            print(f"out {key}")  # noqa: T201 - that is what is tested
            print(f"err {key}", file=sys.stderr)  # noqa: T201 - the same
            logging.getLogger("a.scenario").warning("log %s", key)
            barrier.wait(WAIT)
        outputs[key] = output.getvalue().splitlines()
        return key

    pool = pooled(4, work)
    pool.start(range(4))
    assert [pool.result(key) for key in range(4)] == [0, 1, 2, 3]
    for key, lines in outputs.items():
        assert lines[:2] == [f"out {key}", f"err {key}"]
        assert len(lines) == 3
        assert lines[2].endswith(f"log {key}")
    assert seen == []
    logging.getLogger("a.test").warning("of no case")
    assert len(seen) == 1
