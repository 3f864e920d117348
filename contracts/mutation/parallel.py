"""Trials spread over processes: each tries many mutants, with one server and one start of Python for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from contracts.mutation.mutants import mutants
from contracts.mutation.trial import Trial, court

BATCH = 50  # mutants that a process is given at a time
FEW = 100  # mutants that are not worth another process


def tried(names: Sequence[str], jobs: int) -> Iterator[Trial]:
    """The trials of mutants by their ids, as they end; in up to `jobs` processes where there are many."""
    if jobs == 1 or len(names) <= FEW:
        with court() as judges:
            yield from judges.all([mutants()[name] for name in names])
        return
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    # Not forked: a copy of a process with threads may hang.
    with ProcessPoolExecutor(jobs, get_context("spawn")) as processes:
        for done in as_completed([processes.submit(_batch, batch) for batch in batches]):
            yield from done.result()


def _batch(names: Sequence[str]) -> list[Trial]:
    with court() as judges:
        return list(judges.all([mutants()[name] for name in names]))
