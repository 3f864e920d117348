"""Variants of ids: the specification wants strings, and says nothing of what stands in them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from contracts.leeway.document import errors, fresh, with_members
from contracts.leeway.variant import Tally, Variant, naming
from contracts.sandbox import Behaviour, Request, Response
from contracts.sandbox.asgi import Handler
from contracts.sandbox.core import new_identity
from contracts.sandbox.step import Identity

_numbers = itertools.count(1)
_ODD = "/é 'ß'?#&=+%2F;[]"


def _braced() -> str:
    return f"{{{uuid.uuid4()}}}".upper()


def _short(tally: Tally) -> Behaviour:
    """Ids from 1 on, in each sandbox anew."""
    numbers = itertools.count(1)
    return naming(lambda: str(next(numbers)))(tally)


def _long_id() -> str:
    return "".join(uuid.uuid4().hex for _ in range(20))


def _plain_identity() -> Identity:
    return replace(new_identity(), project_id="acme", foreign_project_id="acme-2", key_id="key")


@dataclass(frozen=True, slots=True)
class _Named:
    """A handler that counts who is asked for by a name."""

    inner: Handler
    tally: Tally

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if "/acme" in request.raw_path:
            self.tally.note()
        return self.inner.handle(request)


IDS = (
    Variant("ids-uuid", "point 4", "ids are UUIDs", choice=naming(fresh)),
    Variant("ids-uuid-capital", "point 4", "ids are UUIDs in capitals and braces", choice=naming(_braced), brief=True),
    Variant("ids-hex", "point 4", "ids are 24 hexadecimal digits", choice=naming(lambda: uuid.uuid4().hex[:24]), brief=True),
    Variant(
        "ids-numbers",
        "point 4",
        "ids are long numbers, as strings",
        choice=naming(lambda: str(10**15 + next(_numbers))),
        brief=True,
    ),
    Variant("ids-short", "point 4", "ids are numbers that begin at 1, as strings", choice=_short),
    Variant(
        "ids-short-and-request-info",
        "points 1 and 4",
        "ids are such numbers, and every error has a long request id of its own, in which they stand by chance",
        choice=_short,
        front=errors(with_members(details=lambda: [{"type": "RequestInfo", "requestId": _long_id()}])),
    ),
    Variant("ids-prefixed", "point 4", "ids say where they come from", choice=naming(lambda: f"est:eu-1/{uuid.uuid4().hex}")),
    Variant("ids-odd", "point 4", "ids have letters that a path must quote", choice=naming(lambda: f"{next(_numbers)}{_ODD}")),
    Variant(
        "ids-dotted",
        "point 4",
        "ids look like host names",
        choice=naming(lambda: f"id-{next(_numbers)}.trunks.example.com"),
        brief=True,
    ),
    Variant(
        "projects-named",
        "point 4",
        "the run's project and the foreign one have names in place of UUIDs",
        identity=_plain_identity,
        front=_Named,
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from IDS
