"""What must read the same after a refused request as before it (behaviour.md, point 12)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from contracts.blame import Inconclusive
from contracts.call import Call
from contracts.exchange import LONGEST_SHOWN, hide_members, visible
from contracts.operation import operations
from contracts.talk import Talk, items_of
from contracts.undo import COLLECTIONS

LISTINGS = frozenset(listing for listing, _ in COLLECTIONS.values())
PATIENCE = 3.0  # seconds that a list read may lag (behaviour.md, point 15, with a margin)
INTERVAL = 0.1
PAGE = 500
PAGES = 40


class Watch:
    """One reading, made before and after. Of a list only the case's own items count; a resource by its id counts whole."""

    def __init__(self, talk: Talk, reading: Call) -> None:
        self.reading = reading.under(talk.target.project)
        self._talk = talk
        self._list = reading.operation in LISTINGS
        due = talk.due(self.reading)
        self._before = self._look(lambda items: len(items) == due)

    def change(self) -> tuple[str, str] | None:
        """What it read before and what it reads now, where these differ. What appeared in a list becomes the case's own."""
        after = self._look(lambda items: items == self._before)
        if after == self._before:
            return None
        for item in after if self._list else ():
            if item not in self._before:
                self._talk.adopt(self.reading, item)
        return _shown(self._before), _shown(after)

    def _look(self, settled: Callable[[list[Any]], bool]) -> Any:
        if self._list:
            return self._settled(settled)
        exchange = self._talk.send(self.reading)
        if reason := self._talk.unjudgeable(exchange):
            raise Inconclusive(reason)
        return (exchange.status, exchange.json() if exchange.ok else None)

    def _settled(self, settled: Callable[[list[Any]], bool]) -> list[Any]:
        """The case's own items; a list may lag, so it is read again, ever more slowly, until it has settled or patience ends."""
        pause, ends = INTERVAL, time.monotonic() + PATIENCE
        while not settled(items := sorted(self._items(), key=str)) and time.monotonic() < ends:
            time.sleep(pause)
            pause *= 2
        return items

    def _items(self) -> list[Any]:
        own: list[Any] = []
        shared = self.reading.path.keys() == {"projectId"}  # below a project there is nothing but what the case put there
        paged = "page" in operations()[self.reading.operation].query
        for page in range(1, PAGES + 1):
            query = (("page", str(page)), ("size", str(PAGE))) if paged else ()
            items = items_of(self._listed(Call(self.reading.operation, self.reading.path, (*self.reading.query, *query))))
            own += [item for item in items if not shared or self._talk.owns(item)]
            if not paged or len(items) < PAGE:
                break
        return own

    def _listed(self, call: Call) -> Any:
        exchange = self._talk.send(call)
        if exchange.status == 404:
            return None  # a list of what is not there has nothing on it
        if not exchange.ok:
            raise Inconclusive(self._talk.unjudgeable(exchange) or f"{call.operation} was answered {exchange.answer_line()}")
        return exchange.json()


def _shown(reading: Any) -> str:
    """A reading for a report, without the passwords that a target should not have shown."""
    return visible(hide_members(json.dumps(reading, ensure_ascii=False)))[:LONGEST_SHOWN]
