"""What must read the same after a refused request as before it (behaviour.md, point 12)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.exchange import LONGEST_SHOWN, hide_members, visible
from contracts.success import document_of
from contracts.talk import Talk
from contracts.undo import COLLECTIONS

LISTINGS = frozenset(listing for listing, _ in COLLECTIONS.values())
PATIENCE = 3.0  # seconds that a list read may lag (behaviour.md, point 15, with a margin)
INTERVAL = 0.1


class Watch:
    """One reading, made before and after. Of a list only the case's own items count; a resource by its id counts whole.

    Raises Inconclusive when a list does not come to show what the case has made: then it would not show more either.
    """

    def __init__(self, talk: Talk, reading: Call) -> None:
        self.reading = reading.under(talk.target.project)
        self._talk = talk
        self._list = reading.operation in LISTINGS
        self._lagged = False
        due = talk.debt.due(self.reading)
        self._before = self._look(lambda items: len(items) == due)
        if self._list and len(self._before) < due:
            raise Inconclusive(f"{reading.operation} does not show what {due} requests have made")

    def change(self) -> tuple[str, str] | None:
        """What it read before and what it reads now, where these differ. What appeared in a list becomes the case's own."""
        after = self._look(self._tells)
        if after == self._before:
            return None
        again = self._look(lambda items: len(items) == len(after))
        names = set(_unsteady(after, again))  # what differs by itself, from one reading to the next, was not changed by us
        if self._list and names:
            after = self._look(lambda items: self._tells(items, names))
        before, after, again = (_without(value, names) for value in (self._before, after, again))
        # An item may move from page to page between two readings: what is missing once, and there again, was not changed either.
        return self._told(before, after) if before not in (after, again) else None

    def shows(self) -> bool:
        """Whether a list comes to show anything of the case's own, as long as lists may lag."""
        return bool(self._look(bool))

    def surplus(self) -> tuple[str, str] | None:
        """As `change`, of a list that is to show by now all that the case made since, and nothing else."""
        due = self._talk.debt.due(self.reading)
        after = self._look(lambda items: len(items) == due and not self._lagged)  # one that lags may show the winner first
        return self._told(self._before, after) if len(after) > due else None

    def _told(self, before: Any, after: Any) -> tuple[str, str]:
        for item in after if self._list else ():
            if item not in before:
                self._talk.debt.adopt(self.reading, item)
        return _shown(before), _shown(after)

    def _look(self, settled: Callable[[list[Any]], bool]) -> Any:
        if self._list:
            return self._settled(settled)
        exchange = self._talk.send(self.reading)
        if reason := self._talk.unjudgeable(exchange):
            raise Inconclusive(reason)
        return (exchange.status, _ordered(document_of(exchange)) if exchange.ok else None)

    def _tells(self, items: list[Any], but: Collection[str] = ()) -> bool:
        """Whether a list shows enough, in its members but some, to say that it changed, or that it did not.

        One that lagged may hide for as long what a refused request made: then only a difference is enough. And where nothing but
        less shows, that may be an older state, as long as lists may lag.
        """
        before, now = _without(self._before, but), _without(items, but)
        return not self._lagged if now == before else any(item not in before for item in now)

    def _settled(self, settled: Callable[[list[Any]], bool]) -> list[Any]:
        """The case's own items; a list may lag, so it is read again, ever more slowly, until it has settled or patience ends."""
        pause, ends = INTERVAL, time.monotonic() + PATIENCE
        items: list[Any]
        while not settled(items := _ordered(self._talk.own_items(self.reading))) and time.monotonic() < ends:
            self._lagged = True
            time.sleep(pause)
            pause *= 2
        return items


def _ordered(value: Any) -> Any:
    """The value with its arrays sorted: no clause gives an order to ranges, credentials or the items of a list."""
    if isinstance(value, dict):
        return {name: _ordered(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


def _unsteady(one: Any, other: Any) -> Iterator[str]:
    """The names of members that differ between two readings of the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() & other.keys():
            if isinstance(one[name], (dict, list)):
                yield from _unsteady(one[name], other[name])
            elif one[name] != other[name]:
                yield name
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        for a, b in zip(one, other, strict=False):
            yield from _unsteady(a, b)


def _without(value: Any, names: Collection[str]) -> Any:
    """The value without members of these names, wherever they stand."""
    if isinstance(value, dict):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, (list, tuple)) else value


def _shown(reading: Any) -> str:
    """A reading for a report, without the passwords that a target should not have shown."""
    return visible(hide_members(json.dumps(reading, ensure_ascii=False)))[:LONGEST_SHOWN]
