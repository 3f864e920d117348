"""Paging of lists: `page` counts from 1, `size` has a default and a greatest value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.sandbox.message import Response, answer
from contracts.sandbox.refusals import reject_field
from contracts.sandbox.step import Check, Context

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Paging:
    """The sizes that one kind of list allows."""

    default: int
    greatest: int

    def check(self) -> Check:
        """The check that page and size are numbers within their bounds."""

        def run(context: Context) -> None:
            self.of(context)

        return Check("paging_valid", None, run)

    def of(self, context: Context) -> tuple[int, int]:
        """The page and the size that the request asks for."""
        return _number(context, "page", 1, 10**_DIGITS), _number(context, "size", self.default, self.greatest)

    def answer(self, context: Context, items: Sequence[Any], *keys: str, **more: Sequence[Any]) -> Response:
        """One page of the items under each of the keys; `more` are other views of the same items.

        The description says `size`, the official Node SDK reads `pageSize`, and needs `pageNumber` as a number.
        """
        page, size = self.of(context)
        part = slice((page - 1) * size, page * size)
        lists: Mapping[str, Any] = dict.fromkeys(keys, items[part]) | {key: view[part] for key, view in more.items()}
        return answer(200, {**lists, "totalItems": len(items), "pageNumber": page, "size": size, "pageSize": size})


LISTS = Paging(default=500, greatest=500)
CALLS = Paging(default=100, greatest=1000)
paging_valid = LISTS.check()
call_paging_valid = CALLS.check()


def _number(context: Context, name: str, default: int, greatest: int) -> int:
    value = context.query(name)
    if value is None:
        return default
    digits = value.isascii() and value.isdigit() and len(value) <= _DIGITS
    if not (digits and 1 <= int(value) <= greatest):
        reject_field(name, f"must be an integer from 1 to {greatest}")
    return int(value)
