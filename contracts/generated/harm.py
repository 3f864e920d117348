"""What no generated call may do, and one function that every generated call passes before it is sent.

Values are generated, and so could be anybody's: a customer's id, a telephone number, a country.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from contracts.call import Body, Call
from contracts.generated.value import BARE, FINE, SHORTEST_NUMBER, Holdings, Kind, countries, meant, plain_name, scalars, tail
from contracts.maker import EMPTY_COUNTRY
from contracts.operation import operations

LONGEST = 16 * 1024  # characters of a body
LONGEST_LINE = 2000  # characters of all that goes into the address
RULES = frozenset({"createBlockingRule", "updateBlockingRuleById"})
MATCHES = ("callerMatch", "calleeMatch")
USER_ASSIGNED = ("AA", "QM", "QZ", "XA", "XX", "XZ", "ZZ")
"""Codes that ISO 3166-1 leaves to its users: no country has one, and none of them looks like a country's."""


def harm(call: Call, own: Holdings) -> str:
    """Why a call may not be sent; empty for one that harms nothing, whatever the target makes of it."""
    return next((told for look in LOOKS if (told := look(call, own))), "")


# -- looks --------------------------------------------------------------------------------------------------------------------

PLACES: Mapping[str, Callable[[str, Holdings], bool]] = {
    "projectId": lambda value, own: value == own.project or FINE[Kind.ID](value, own),
    "phoneNumber": lambda value, own: own.dials(value) and tail(value) == value,
    "isoCode": lambda value, _: value != "" and tail(value) == value,  # what it may be beside that, another look says
}
"""What may stand in the path of a call that changes something, where it is more than an id."""


def _size(call: Call, _: Holdings) -> str:
    line = sum(map(len, (*call.path.values(), *(text for pair in call.query for text in pair))))
    body = 0 if call.body is Body.NONE else len(call.body if isinstance(call.body, bytes) else json.dumps(call.body))
    return "it is too long" if line > LONGEST_LINE or body > LONGEST else ""


def _headers(call: Call, _: Holdings) -> str:
    fine = all(name == "content-type" and value.isascii() and value.isprintable() for name, value in call.headers.items())
    return "" if fine else "a header says more than the content type"


def _place(call: Call, own: Holdings) -> str:
    """Whatever changes something names nothing in its path but what is ours or nobody's."""
    if not _changes(call):
        fine = FINE[Kind.NUMBER](call.path.get("phoneNumber", ""), own)
        return "" if fine else "the number could be somebody's"
    strange = [name for name, value in call.path.items() if not (PLACES[name] if name in PLACES else FINE[Kind.ID])(value, own)]
    return f"its {strange[0]} could be somebody's" if strange else ""


def _deletion(call: Call, own: Holdings) -> str:
    if call.operation != "deleteProject" or call.path.get("projectId", own.project) != own.project:
        return ""
    return "it deletes the project that was given to us"


def _query(call: Call, own: Holdings) -> str:
    """Whatever changes something has no query. An export that is kept, as a file of that name, is kept in a project of ours."""
    if _changes(call):
        return "it changes something by its query" if call.query else ""
    files = [value for name, value in call.query if meant(name) is Kind.ID]
    if files and call.operation == "exportCallRecords":
        return "" if _expendable(call, own) and all(map(own.nobodys, files)) else "the export would stay behind"
    return ""


def _setting(call: Call, own: Holdings) -> str:
    stays = call.operation == "setProjectConfig" and not _expendable(call, own)
    return "the setting would stay behind" if stays else ""


def _country(call: Call, own: Holdings) -> str:
    """No permission of a country is written, but for an empty country's on this machine, in a project of ours."""
    if call.operation != "updateCountryPermission":
        return ""
    code, body = call.path.get("isoCode", ""), call.body if isinstance(call.body, dict) else {}
    if own.near:
        fine = code not in countries() or (code == EMPTY_COUNTRY and call.path.get("projectId") in own.projects)
    else:
        fine = (own.nobodys(code) or code in USER_ASSIGNED) and not any(plain_name(name) == "isocode" for name in body)
    return "" if fine else "the code could be taken for a country's"


def _body(call: Call, own: Holdings) -> str:
    if call.body is Body.NONE:
        return ""
    if operations()[call.operation].method not in {"POST", "PUT"}:
        return "it has a body"
    if isinstance(call.body, bytes):
        return "" if _unreadable(call.body) else "the body could be read"
    told = scalars(call.body, BARE.get(call.operation, Kind.WHOLE))
    wrong = next((kind for kind, value in told if not FINE[kind](value, own)), None)
    return f"{wrong} in the body could be somebody's" if wrong else ""


def _rule(call: Call, own: Holdings) -> str:
    """A rule blocks nobody's calls: one of its matches at least is a number of fiction."""
    if call.operation not in RULES:
        return ""
    if not isinstance(call.body, dict):
        return "" if own.near else "a rule without a number of ours could block anything"
    ours = any(isinstance(call.body.get(name), str) and call.body[name] in own.numbers for name in MATCHES)
    return "" if ours else "a rule without a number of ours could block anything"


LOOKS: tuple[Callable[[Call, Holdings], str], ...] = (
    *(_size, _headers, _place, _deletion, _query, _setting, _country, _body, _rule),
)
"""Each says what harm it sees, if any."""


def _expendable(call: Call, own: Holdings) -> bool:
    """Whether the call goes to a project of ours, with which all that is in it will go, or to none."""
    project = call.path.get("projectId", own.project)
    return project in own.projects or own.nobodys(project)


def _changes(call: Call) -> bool:
    return operations()[call.operation].method != "GET"


def _unreadable(body: bytes) -> bool:
    """Whether no reader, however lenient, finds in some bytes what would mean anything: no text, no list, no number."""
    return not any(mark in body for mark in b"{[\"'") and sum(map(b"0123456789".count, body)) < SHORTEST_NUMBER
