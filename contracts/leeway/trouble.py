"""Variants that turn something down for a while: what is late, what is taken, and errors that no row documents."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from contracts.leeway.variant import Front, Tally, Variant, barring, edited, operation
from contracts.sandbox import Behaviour, Request, Response
from contracts.sandbox.asgi import Handler
from contracts.sandbox.refusals import Rejection, refuse, rejection_response
from contracts.sandbox.step import Check, Context, Plan

# -- what is late -------------------------------------------------------------------------------------------------------------

PROCESSING = timedelta(seconds=1)


def _exports_later(tally: Tally) -> Behaviour:
    """An export is not there for a second: "it may still be processing"."""
    ready: dict[tuple[str, str], Any] = {}

    def order(plan: Plan) -> Plan:
        def effect(context: Context) -> Response:
            if key := context.query("fileName"):
                ready.setdefault((context.project_id, key), context.now + PROCESSING)
            return plan.effect(context)

        return replace(plan, effect=effect)

    def fetch(plan: Plan) -> Plan:
        def processed(context: Context) -> None:
            key = context.path["key"]
            if (context.project_id, key) in ready and context.now < ready[context.project_id, key]:
                tally.note()
                refuse("404-export-key", key=key)

        return replace(plan, checks=(*plan.checks, Check("processed", "404-export-key", processed)))

    return edited({"exportCallRecords": order, "getExport": fetch})


# -- what is taken ------------------------------------------------------------------------------------------------------------


def _taken(context: Context) -> None:
    """One number in five is somebody else's, and no two in a row."""
    number = context.body["phoneNumber"]
    if int(number[-2:]) % 5 == 0:
        refuse("400-phone-number-exists", phoneNumber=number)


# -- undocumented errors ------------------------------------------------------------------------------------------------------

UNDOCUMENTED: Mapping[int, str] = {
    401: "UNAUTHENTICATED",
    405: "METHOD_NOT_ALLOWED",
    409: "ABORTED",
    415: "UNSUPPORTED_MEDIA_TYPE",
    423: "LOCKED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
CLEARED = (
    *("400-domain-unavailable", "400-acl-already-on-trunk", "400-credential-list-already-on-trunk"),
    *("400-credential-used-by-endpoint", "404-acl-not-on-trunk", "404-endpoint-id"),
)
"""Rows whose scenarios delete trunks in their clean-up alone: there, and nowhere else, an error is no matter."""


@dataclass(slots=True)
class _Reluctant:
    """A handler that deletes a trunk when it is asked for the second time."""

    inner: Handler
    tally: Tally
    code: int
    asked: set[str] = field(default_factory=set)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if operation(request) != "deleteSipTrunk" or request.raw_path in self.asked:
            return self.inner.handle(request)
        self.asked.add(request.raw_path)
        self.tally.note()
        details = ({"type": "RequestInfo", "requestId": uuid.uuid4().hex},)
        return rejection_response(
            Rejection(self.code, UNDOCUMENTED[self.code], "Not now, please try again.", details, {"retry-after": "0"})
        )


def _reluctant(code: int) -> Front:
    return lambda sandbox, tally: _Reluctant(sandbox, tally, code)


def _gone_for_good(tally: Tally) -> Behaviour:
    """The id of a project that was deleted is not given again, which no row documents."""
    gone: set[str] = set()

    def delete(plan: Plan) -> Plan:
        def effect(context: Context) -> Response:
            gone.add(context.project_id)
            return plan.effect(context)

        return replace(plan, effect=effect)

    def create(plan: Plan) -> Plan:
        def never_there(context: Context) -> None:
            if context.body["id"] in gone:
                tally.note()
                raise Rejection(409, "ABORTED", "A project of this id was there before.")

        return replace(plan, checks=(*plan.checks, Check("never_there", None, never_there)))

    return edited({"deleteProject": delete, "createProject": create})


ERRORS = (
    *(
        Variant(
            f"undocumented-{code}",
            "point 10",
            f"a trunk is deleted at the second request; the first gets {code}",
            front=_reluctant(code),
            cases=CLEARED,
            checks=0,
        )
        for code in UNDOCUMENTED
    ),
    Variant(
        "undocumented-project-gone",
        "point 10",
        "the id of a deleted project is refused with 409",
        choice=_gone_for_good,
        cases=("404-project-id",),
        checks=0,
    ),
    Variant(
        "numbers-taken", "positive controls", "one number in five is somebody else's", choice=barring(_taken, "createPhoneNumber")
    ),
    Variant(
        "exports-later", "404-export-key", "an export is processed for a second", choice=_exports_later, cases=("404-export-key",)
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from ERRORS
