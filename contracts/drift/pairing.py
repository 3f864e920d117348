"""The best pairing of two kinds of things overall, by how alike each two of them are. Pure, and the same whenever it is asked."""

from __future__ import annotations

from collections.abc import Sequence


def best(alike: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs of row and column, by row, whose likenesses have the greatest sum; 0 is not alike, and such are never paired.

    The Hungarian method with potentials, in O(n²m): rows are taken on one by one, each by the cheapest chain of exchanges.
    """
    if not alike or not alike[0]:
        return []
    if len(alike) > len(alike[0]):
        return sorted((row, column) for column, row in best(list(zip(*alike, strict=True))))
    owner: list[int | None] = [None] * len(alike[0])
    by_row, by_column = [0.0] * len(alike), [0.0] * len(alike[0])
    for row in range(len(alike)):
        _take_on(row, alike, owner, by_row, by_column)
    pairs = [(row, column) for column, row in enumerate(owner) if row is not None and alike[row][column] > 0]
    return sorted(pairs)


def _take_on(
    new: int, alike: Sequence[Sequence[float]], owner: list[int | None], by_row: list[float], by_column: list[float]
) -> None:
    """Give the new row a column; rows that have one already may have to move on to another."""
    width = len(owner)
    slack, came_from, reached = [float("inf")] * width, [-1] * width, [False] * width
    at, row = -1, new
    while True:
        for column in range(width):
            cost = -alike[row][column] - by_row[row] - by_column[column]
            if not reached[column] and cost < slack[column]:
                slack[column], came_from[column] = cost, at
        at = min((column for column in range(width) if not reached[column]), key=slack.__getitem__)
        step = slack[at]
        by_row[new] += step
        for column in range(width):
            if reached[column]:
                by_row[_held(owner, column)] += step
                by_column[column] -= step
            else:
                slack[column] -= step
        reached[at] = True
        if owner[at] is None:
            break
        row = _held(owner, at)
    while at >= 0:  # hand each column of the chain to the row before
        before = came_from[at]
        owner[at] = new if before < 0 else owner[before]
        at = before


def _held(owner: Sequence[int | None], column: int) -> int:
    row = owner[column]
    assert row is not None  # noqa: S101 - only columns that have an owner are asked for
    return row
