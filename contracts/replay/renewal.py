"""What stands in a replay for what a run had: its names, its projects and numbers, and the ids that its target gave. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.blame import NotExercised
from contracts.call import Body, Call, leaves
from contracts.exchange import SECRET_NAMES, Exchange, basic
from contracts.names import PREFIX, Names
from contracts.origin import Origin
from contracts.success import document_of, resource
from contracts.target import Lent, Target
from contracts.transport.veil import HIDDEN
from contracts.undo import UNDO

FICTION = re.compile(r"\+1\d{3}55501\d\d")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
HIDDEN_MEMBER = re.compile(rf'("(?:{"|".join(SECRET_NAMES)})"\s*:\s*)"{re.escape(HIDDEN)}"', re.IGNORECASE)
INSIDE = 6  # characters of a value that is looked for within texts; a shorter one is only replaced where it stands alone


class Renewal:
    """New values for old ones. Each text of the evidence has one, the same in all that a case sent and got."""

    def __init__(self, origin: Origin, target: Target, names: Names, run_id: str) -> None:
        self._origin, self._target, self._names = origin, target, names
        self._name = re.compile(rf"{PREFIX}-{re.escape(run_id)}-[\w-]+")
        nothing = Lent("")
        lent, disabled = target.trunk_with_number or nothing, target.disabled_project or nothing
        found = (target.project, target.foreign_project, disabled.id, lent.id, lent.phone_number)
        self._given = frozenset(filter(None, found))
        self._new: dict[str, str] = {}
        self._ours: set[str] = set()
        self._theirs: set[str] = set()
        self._issued: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        old, new = f"{PREFIX}-{origin.run}-", f"{PREFIX}-{run_id}-"
        for pair in ((old, new), (old.upper(), new.upper()), (origin.project, target.project)):
            self.learn(*pair)
        if origin.foreign_project and target.foreign_project:
            self.learn(origin.foreign_project, target.foreign_project)
        self._lent(origin.disabled_project, disabled.id)
        self._lent(origin.lent_trunk, lent.id)
        self._lent(origin.lent_number, lent.phone_number)

    def learn(self, old: str, new: str) -> None:
        """One stands for the other from now on."""
        if old and old not in self._new:
            self._new[old] = new
            self._pattern = None

    def mint(self, old: str, new: str) -> None:
        """As `learn`, of what the replay makes itself."""
        self.learn(old, new)
        self._ours.add(new)

    def foresee(self, old: Call) -> None:
        """Have a new id for a project that a case makes, before it is named: it may be asked for while it is not there yet."""
        made = old.body.get("id") if old.operation == "createProject" and isinstance(old.body, Mapping) else None
        if isinstance(made, str) and UUID.fullmatch(made) and made not in self._new:
            self.mint(made, self._names.uuid())

    def unknown_numbers(self, call: Call) -> list[str]:
        """The numbers of fiction in an old call that none stands for yet."""
        found = (number for value in call.sent_values() for number in FICTION.findall(value))
        return [number for number in dict.fromkeys(found) if number not in self._new]

    def disown(self, old: Call) -> None:
        """Have a new id for each that an old call names and that no answer gave: it was made up then, and may be somebody's now."""
        known = self._issued | self._given | {self._origin.project, self._origin.foreign_project}
        for value in old.sent_values() - known - self._new.keys():
            if ULID.fullmatch(value):
                self.mint(value, self._names.ulid())
            elif UUID.fullmatch(value):
                self.mint(value, self._names.uuid())

    def call(self, old: Call) -> Call:
        """The call in its new shape. Raises NotExercised for what cannot be said anew."""
        for value in sorted(old.sent_values() & self._issued):
            if self.text(value) == value and value not in self._new:
                raise NotExercised(f"{old.operation} names {value!r}, and the target gave nothing in its place")
        foreign = self._origin.foreign_project
        if foreign and foreign in old.sent_values() and not self._target.foreign_project:
            raise NotExercised("no foreign project: set SINCH_FOREIGN_PROJECT_ID, or name one in the profile")
        path = {name: self.text(value) for name, value in old.path.items()}
        query = tuple((name, self.text(value)) for name, value in old.query)
        return Call(old.operation, path, query, self._body(old.body), self._headers(old.headers))

    def text(self, old: str) -> str:
        """A text with the new values in it."""
        if old in self._new:
            return self._new[old]
        if self._pattern is None:
            inside = sorted((value for value in self._new if len(value) >= INSIDE), key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, inside)))
        return self._pattern.sub(lambda found: self._new[found[0]], old)

    def value(self, old: Any) -> Any:
        """A JSON value with the new values in its texts; a number is one where an id was."""
        if isinstance(old, Mapping):
            return {self.text(name): self._member(name, inner) for name, inner in old.items()}
        if isinstance(old, (list, tuple)):
            return [self.value(inner) for inner in old]
        return self.text(old) if isinstance(old, str) else old

    def own_names(self, value: Any) -> frozenset[str]:
        """The names of the replay's own that stand in a new JSON value."""
        return frozenset(name for text in leaves(value) for name in self._name.findall(text))

    def given(self, call: Call) -> bool:
        """Whether a new call names what was there before: a project that was given to us, or what a profile lends."""
        return not self._given.isdisjoint(call.path.values())

    def ours(self, call: Call) -> bool:
        """Whether a new call names anything, but for its project, that the replay made."""
        return any(value in self._ours or self._name.search(value) for value in call.path.values())

    def theirs(self, call: Call) -> bool:
        """Whether a new call names what a list showed, and nothing says that the replay made it."""
        named = {value for value in call.sent_values() if len(value) >= INSIDE} | {*call.path.values()}
        return not self._theirs.isdisjoint(named - self._ours)

    def compare(self, old: Exchange, new: Exchange) -> None:
        """Learn from two answers to the same which of the new ids stands for which of the old ones."""
        if not old.ok:
            return
        before, after = (resource(one) if one.call.operation in UNDO else document_of(one) for one in (old, new))
        self._issued |= {str(value) for name, value in _members(before) if _names_id(name) and value != ""}
        if new.ok:
            for name, one, other, ours in self._pairs("", before, after, ours=new.call.operation in UNDO or self.ours(new.call)):
                self._learn_pair(name, one, other, ours=ours)

    def _learn_pair(self, name: str, old: Any, new: Any, *, ours: bool) -> None:
        if isinstance(old, bool) or not isinstance(old, (str, int)) or not isinstance(new, (str, int)):
            return
        one, other = str(old), str(new)
        if _names_id(name) and one and other:
            (self._ours if ours else self._theirs).update({other} - self._given)
        elif self.own_names(self.text(one)).isdisjoint(self.own_names(other)):
            return  # no id, and no text that was made of a name of ours: a domain, say
        if one == other or self.text(one) != other:
            self.learn(one, other)

    def _pairs(self, name: str, old: Any, new: Any, *, ours: bool) -> Iterator[tuple[str, Any, Any, bool]]:
        """The leaves at the same places of two JSON values; items of lists belong together by names of our own, else by order."""
        if isinstance(old, dict) and isinstance(new, dict):
            for member in old.keys() & new.keys():
                yield from self._pairs(member, old[member], new[member], ours=ours)
        elif isinstance(old, list) and isinstance(new, list):
            for one, other, known in self._items(old, new):
                yield from self._pairs(name, one, other, ours=ours or known)
        elif not isinstance(old, (dict, list)) and not isinstance(new, (dict, list)):
            yield name, old, new, ours

    def _items(self, old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[Any, Any, bool]]:
        named = [(other, self.marks(other)) for other in new]
        if not any(names for _, names in named):
            yield from ((one, other, False) for one, other in zip(old, new, strict=False))
            return
        for one in old:
            names = self.marks(self.value(one))
            found = [other for other, theirs in named if not names.isdisjoint(theirs)]
            if found:
                yield one, found[0], True

    def marks(self, new: Any) -> frozenset[str]:
        """What says of a new JSON value that the replay made it: a name of its own, or what one of its own answers gave."""
        return self.own_names(new) | (self._ours & frozenset(leaves(new)))

    def _lent(self, old: str, new: str) -> None:
        if old and new:
            self.learn(old, new)
        elif old:
            self._issued.add(old)

    def _member(self, name: str, old: Any) -> Any:
        return self._names.password() if old == HIDDEN and name.lower() in SECRET_NAMES else self.value(old)

    def _body(self, old: Any) -> Any:
        if old is Body.NONE:
            return old
        if not isinstance(old, bytes):
            return self.value(old)
        text = self.text(old.decode("utf-8", "surrogateescape"))
        return HIDDEN_MEMBER.sub(lambda found: f'{found[1]}"{self._names.password()}"', text).encode("utf-8", "surrogateescape")

    def _headers(self, old: Mapping[str, str]) -> dict[str, str]:
        """The call's own headers; a key is one that nobody has, and a fault is asked for as the target wants it, or not at all."""
        injected = self._origin.fault_header and self._origin.fault_header[0].lower()
        new = {name: self._header(name, value) for name, value in old.items() if name.lower() != injected}
        if len(new) < len(old):
            if self._target.fault_header is None:
                raise NotExercised("the target offers no fault injection")
            new[self._target.fault_header[0]] = self._target.fault_header[1]
        return new

    def _header(self, name: str, old: str) -> str:
        if name.lower() != "authorization":
            return self.text(old)
        made_up = basic("wrong", self._names.password())
        return made_up if old.startswith("basic") else made_up.replace("Basic", old.partition(" ")[0].capitalize(), 1)


def _members(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every text and number of a JSON value, with the name of the member in which it stands."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _members(inner, member)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner, name)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield name, value


def _names_id(name: str) -> bool:
    return name.lower().endswith(("id", "ids")) or name == "key"
