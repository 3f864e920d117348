"""Variants of errors: what their details, further members and messages may be (points 1, 4, 5, 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contracts.catalogue import NOUNS
from contracts.leeway.document import Edit, errors, fresh, with_members, without
from contracts.leeway.variant import Choice, Overlay, Variant, telling
from contracts.sandbox.step import Context

VIOLATIONS: Mapping[str, Any] = {
    "type": "BadRequest",
    "fieldViolations": [{"field": "name", "description": "Ungültig: 名前"}, {"field": "ipRanges[0].range", "description": ""}],
}
QUOTA: Mapping[str, Any] = {"type": "QuotaFailure", "violations": [{"subject": "trunks", "description": "100 of 100"}]}
INFO: Mapping[str, Any] = {
    "type": "ErrorInfo",
    "reason": "A" * 63,
    "domain": "trunking.example.com",
    "metaData": {"retry": "no", "größe": "1", "": ""},
}


def request_info() -> dict[str, Any]:
    """A RequestInfo detail that no other answer bears."""
    return {"type": "RequestInfo", "requestId": fresh(), "data": {"attempt": 1, "tags": [None, True], "node": {"zone": "b"}}}


def all_kinds() -> list[Mapping[str, Any]]:
    """A detail of each kind, one with more members, and each kind once more without any."""
    empty = ({"type": kind} for kind in ("BadRequest", "RequestInfo", "QuotaFailure", "ErrorInfo"))
    return [VIOLATIONS, request_info(), QUOTA, {**INFO, "more": {"deep": [[None]]}}, *empty]


def _details(*make: Callable[[], Mapping[str, Any]]) -> Overlay:
    return errors(with_members(details=lambda: [one() for one in make]))


def _forbidden(edit: Edit) -> Overlay:
    return errors(lambda request, document: edit(request, document) if document["code"] == 403 else document)


ENVELOPES = (
    Variant("details-none", "point 1", "no error has details", front=errors(without("details"))),
    Variant("details-empty", "point 1", "every error has an empty list of details", front=_details()),
    Variant(
        "details-bad-request", "point 1", "every error has a BadRequest detail", front=_details(lambda: VIOLATIONS), brief=True
    ),
    Variant("details-request-info", "points 1 and 13", "every error has a request id of its own", front=_details(request_info)),
    Variant("details-quota-failure", "point 1", "every error has a QuotaFailure detail", front=_details(lambda: QUOTA), brief=True),
    Variant(
        "details-error-info", "point 1", "every error has an ErrorInfo detail with the longest reason", front=_details(lambda: INFO)
    ),
    Variant(
        "details-all-kinds",
        "point 1",
        "every error has details of all kinds, one of each without its members and one with more of them",
        front=errors(with_members(details=all_kinds)),
    ),
    Variant(
        "extra-members",
        "point 1",
        "every error has more members than the envelope, a fresh one among them",
        front=errors(with_members(timestamp=fresh, traceId=fresh, hint=lambda: "Ünïcode 漢字 ☎", retry=lambda: None, help=list)),
    ),
    Variant(
        "forbidden-without-message", "point 4", "403 has no message", front=_forbidden(without("message")), cases=("403-forbidden",)
    ),
    Variant(
        "forbidden-with-message",
        "point 4",
        "403 has a message",
        front=_forbidden(with_members(message=lambda: "The key may not use this project.")),
        cases=("403-forbidden",),
    ),
)

# -- words in messages --------------------------------------------------------------------------------------------------------


NOUN_ROWS = ("400-parent-has-children", "400-child-attached-to-parent")


def _nouns(say: Callable[[str], str]) -> Choice:
    """Other nouns for parents and children."""
    return telling(*NOUN_ROWS, parent=lambda _, noun: say(noun), child=lambda _, noun: say(noun))


def _format(text: str) -> Choice:
    return telling("400-timestamp-format", format=lambda _, __: text)


def _trunk_name(context: Context, trunk: str) -> str:
    return context.state.trunks[trunk].name


OTHER_NOUNS: Mapping[str, tuple[str, ...]] = {"Access Control List": ("ACL",), "Credential List": ("List of Credentials",)}
FORMATS = ("YYYY-MM-DD", "%Y-%m-%dT%H:%M:%S%z", "yyyy[-MM[-dd['T'HH[:mm[:ss]]]]]")

WORDS = (
    Variant(
        "nouns-short",
        "point 5",
        "trunks and endpoints go without SIP",
        choice=_nouns(lambda noun: noun.removeprefix("SIP ")),
        cases=NOUN_ROWS,
    ),
    Variant("nouns-small", "point 5", "nouns are in small letters", choice=_nouns(str.lower), cases=NOUN_ROWS),
    Variant("nouns-capital", "point 5", "nouns are in capitals", choice=_nouns(str.upper), cases=NOUN_ROWS),
    Variant(
        "nouns-of-a-profile",
        "point 5",
        "nouns are those that the target's profile adds",
        choice=_nouns(lambda noun: OTHER_NOUNS.get(noun, (noun,))[0]),
        cases=NOUN_ROWS,
        facts={"nouns": {kind: (*names, *OTHER_NOUNS.get(kind, ())) for kind, names in NOUNS.items()}},
    ),
    *(
        Variant(
            f"time-format-{turn}",
            "point 6",
            f"the format of times is {text}",
            choice=_format(text),
            cases=("400-timestamp-format",),
        )
        for turn, text in enumerate(FORMATS, 1)
    ),
    Variant(
        "trunk-by-name",
        "point 7",
        "a trunk that has not the list is named, not numbered",
        choice=telling("404-acl-not-on-trunk", trunk=_trunk_name),
        cases=("404-acl-not-on-trunk",),
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from (*ENVELOPES, *WORDS)
