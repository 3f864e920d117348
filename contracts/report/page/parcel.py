"""Data that a page unpacks only when somebody looks: JSON in gzip in base64, some hundred KiB to a parcel. Pure."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FULL = 131_072  # characters of JSON in a parcel: what it takes to unpack one is not felt
ROOM = 6 * 1_048_576  # letters of packed cases that failed, and as many of the others

Place = tuple[int, int]
"""The number of a parcel and the place within it."""


def packed(value: Any) -> str:
    """The value as JSON in gzip in base64: ASCII letters, inert wherever they stand."""
    return _packed(json.dumps(value, separators=(",", ":")))


@dataclass(frozen=True, slots=True)
class Kind:
    """What is packed together: the cases of one line that failed, or the others."""

    line: str
    failed: bool


@dataclass(slots=True)
class Parcels:
    """Things by name, packed as they come, so that no more than one parcel of each kind is held as it is.

    What is put in last under a name is what counts.
    """

    places: dict[str, Place] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    _open: dict[Kind, tuple[int, list[str]]] = field(default_factory=dict)
    _begun: int = 0
    _sizes: Counter[bool] = field(default_factory=Counter)

    def put(self, kind: Kind, name: str, thing: Mapping[str, Any]) -> None:
        """Pack a thing together with others of its kind."""
        if kind not in self._open:
            self._open[kind] = (self._begun, [])
            self._begun += 1
        number, texts = self._open[kind]
        self.places[name] = (number, len(texts))
        texts.append(json.dumps(thing, separators=(",", ":")))
        if sum(map(len, texts)) > FULL:
            self._close(kind)

    def full(self, kind: Kind) -> bool:
        """Whether the page has no room for more of what failed, or of the rest."""
        return self._sizes[kind.failed] > ROOM

    def close(self) -> None:
        """Nothing more is put in."""
        for kind in tuple(self._open):
            self._close(kind)

    def _close(self, kind: Kind) -> None:
        number, texts = self._open.pop(kind)
        self.closed[number] = _packed(f"[{','.join(texts)}]")
        self._sizes[kind.failed] += len(self.closed[number])


def _packed(text: str) -> str:
    # The time is left out, so that equal things are packed equally.
    return base64.b64encode(gzip.compress(text.encode("ascii"), 6, mtime=0)).decode("ascii")
