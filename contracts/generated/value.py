"""What the values of a request mean, as data, and which of them can do no harm.

What may be sent is said by what it is, not by what it is not: a value of the check's own, one that nobody has, or one that cannot
mean anything. A scalar counts as the text that a lenient target would read it as.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SHORTEST_NUMBER = 3  # digits or letters that could be a telephone number
UNLIKELY = 10**20  # a number from there on is no id of anybody's
UNROUTED = 2**24  # as a whole number, an address below it is never routed (RFC 1122)
DOCUMENTATION = "192.0.2."
NOWHERE = ".invalid"  # what ends so never resolves (RFC 2606)
HARMLESS_MARKS = frozenset(" -_~!'()*+,:@=&$")  # beside letters and digits: nothing that leads to another place of an address


class Kind(StrEnum):
    """What a value means, and so what harm it could do."""

    NUMBER = "a telephone number"
    MATCH = "the calls that a rule blocks"
    HOST = "where calls are sent"
    NAME = "a name"
    ID = "an id that the caller chooses"
    REFERENCE = "the id of what is there"
    PROJECT = "a project to be added"
    WHOLE = "a body that is no object"


MEMBERS: Mapping[str, Kind] = {
    **dict.fromkeys(("phonenumber", "callforwardnumber"), Kind.NUMBER),
    **dict.fromkeys(("callermatch", "calleematch"), Kind.MATCH),
    **dict.fromkeys(("address", "ipaddress"), Kind.HOST),
    **dict.fromkeys(("name", "hostname", "username", "domain", "topleveldomain"), Kind.NAME),
    **dict.fromkeys(("id", "key", "filename"), Kind.ID),
    **dict.fromkeys(("projectid", "siptrunkid", "trunkid", "accesscontrollistid", "credentiallistid"), Kind.REFERENCE),
    **dict.fromkeys(("customerid", "accesscontrollistids", "credentiallistids", "credentialusername"), Kind.REFERENCE),
    "projectids": Kind.PROJECT,
}
"""What the members of a body mean, at any depth, by their plain names. All others mean nothing beyond what they stand in."""
BARE: Mapping[str, Kind] = {"bulkUpdateCredentialListsForTrunk": Kind.REFERENCE, "addEstProjects": Kind.PROJECT}
"""What a body means that is no object."""


@dataclass(slots=True)
class Holdings:
    """What is a check's own: the project it works in, what it made, and values that nobody has.

    `near` is whether the target is on this machine, where a little more is allowed.
    """

    project: str
    near: bool
    projects: set[str] = field(default_factory=set)
    things: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    _fresh: dict[int, set[str]] = field(default_factory=dict)

    def unheard(self, value: str) -> str:
        """Remember a value that nobody has. Gives it back."""
        self._fresh.setdefault(len(value), set()).add(value)
        return value

    def begins(self, text: str) -> bool:
        """Whether a text begins with a value that nobody has: it is nobody's then, wherever a target cuts it off."""
        return any(text[:length] in values for length, values in self._fresh.items())

    def nobodys(self, text: str) -> bool:
        """Whether a text begins so, and what follows cannot lead to another place of an address."""
        return self.begins(text) and tail(text) == text

    def dials(self, text: str) -> bool:
        """Whether a text is a number of ours, and nothing of what follows could be a part of a number."""
        return any(text.startswith(number) and not said(text[len(number) :]) for number in self.numbers)


def tail(text: str) -> str:
    """As much of a text as can stand in a path: nothing that a target or a proxy could take for a separator, or for a way up."""
    return "".join(c for c in text if all(n.isalnum() or n in HARMLESS_MARKS for n in _plain(c)))


def host(text: str) -> str:
    """As much of a text as makes one host name, and no second one beside it."""
    return "".join(c for c in text if all(n.isalnum() or n in "-_." for n in _plain(c)))


def meant(name: str, around: Kind | None = None) -> Kind | None:
    """What a member means by its name, however it is spelt; else what that means in which it stands."""
    return MEMBERS.get(plain_name(name)) or (around if around is not Kind.WHOLE else None)


def plain_name(name: str) -> str:
    """The name of a member as the most lenient reader would know it."""
    return said(name).casefold()


def said(text: str) -> str:
    """The letters and digits of a text, in their plain forms."""
    return "".join(c for c in _plain(text) if c.isalnum())


@functools.cache
def countries() -> frozenset[str]:
    """The assigned country codes. The library is loaded when it is first asked."""
    import pycountry  # noqa: PLC0415 - it costs 60 ms, and a process without generated requests has no need of it

    return frozenset(country.alpha_2 for country in pycountry.countries)


# -- what can do no harm -----------------------------------------------------------------------------------------------------


def scalars(value: Any, kind: Kind | None) -> Iterator[tuple[Kind, Any]]:
    """Every scalar in a body that means something, with what it means."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from scalars(inner, meant(name, kind))
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner, kind)
    elif kind is not None and value is not None:
        yield kind, value


def silent(value: Any) -> bool:
    """Whether a scalar has too little in it to be a telephone number, the letters of a keypad included."""
    return isinstance(value, bool) or len(said(str(value))) < SHORTEST_NUMBER


def _dialled(value: Any, own: Holdings) -> bool:
    return silent(value) or (isinstance(value, str) and own.dials(value))


def _matched(value: Any, own: Holdings) -> bool:
    return isinstance(value, bool) or value == "" or (isinstance(value, str) and own.dials(value))


def _reached(value: Any, _: Holdings) -> bool:
    """An address for documentation, a name that never resolves, or nothing that could be either."""
    if isinstance(value, str):
        rest = value.removeprefix(DOCUMENTATION)
        written = rest != value and rest.isascii() and rest.isdigit() and len(rest) <= 3
        return written or (value.endswith(NOWHERE) and host(value) == value) or not (said(value) or ":" in _plain(value))
    return isinstance(value, int) and abs(value) < UNROUTED


def _named(value: Any, own: Holdings) -> bool:
    return not isinstance(value, str) or value == "" or own.begins(value)


def _ours_or_nobodys(value: Any, own: Holdings) -> bool:
    if isinstance(value, str):
        return value in own.things or value in own.projects or own.nobodys(value)
    return not isinstance(value, bool) and isinstance(value, int) and value >= UNLIKELY


def _referred(value: Any, own: Holdings) -> bool:
    return _ours_or_nobodys(value, own) or value in ("", own.project)


def _added(value: Any, own: Holdings) -> bool:
    return isinstance(value, str) and (value in {"", own.project} or value in own.projects)


def _bare(value: Any, own: Holdings) -> bool:
    return _named(value, own) if isinstance(value, str) else len(said(str(value))) < SHORTEST_NUMBER or isinstance(value, bool)


FINE: Mapping[Kind, Callable[[Any, Holdings], bool]] = {
    Kind.NUMBER: _dialled,
    Kind.MATCH: _matched,
    Kind.HOST: _reached,
    Kind.NAME: _named,
    Kind.ID: _ours_or_nobodys,
    Kind.REFERENCE: _referred,
    Kind.PROJECT: _added,
    Kind.WHOLE: _bare,
}
"""What a scalar of each kind must be, so that it can do no harm."""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
