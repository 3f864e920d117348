"""Making a generated request harmless: what could be somebody's becomes the check's own, or what nobody has; the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.call import Body, Call
from contracts.generated.harm import MATCHES, RULES, USER_ASSIGNED
from contracts.generated.own import REFERRING, Own
from contracts.generated.sample import FREE, Place, Sample, Way, missed, padding
from contracts.generated.value import (
    BARE,
    DOCUMENTATION,
    NOWHERE,
    UNROUTED,
    Kind,
    countries,
    host,
    meant,
    plain_name,
    said,
    silent,
    tail,
)
from contracts.maker import EMPTY_COUNTRY

KEPT = 100  # characters of a generated text that are kept beside our own
NAMED = frozenset({"customers", "configs", "exports", "credentials", "byDomain"})  # what has a name for an id
REFERRED: Mapping[str, str] = {
    "siptrunkid": "trunks",
    "accesscontrollistids": "accessControlLists",
    "credentiallistids": "credentialLists",
    "credentialusername": "credentials",
    "customerid": "customers",
}
"""Members that name a resource, by their plain names, with the collection that it is in."""


def tamed(sample: Sample, way: Way, own: Own) -> Call:
    """The call for a sample, bent in that way. Whether it may be sent is not decided here."""
    if way.missed:
        sample = missed(sample, *way.missed)
    return Tamer(own, way).call(sample)


@dataclass(frozen=True, slots=True)
class Tamer:
    """Fills a call with what is the check's own."""

    own: Own
    way: Way

    def call(self, sample: Sample) -> Call:
        """The sample as a call."""
        body = sample.body
        if not isinstance(body, (Body, bytes)):
            root = BARE.get(sample.operation, Kind.WHOLE)
            body = self._value(body, root, "credentiallistids" if root is Kind.REFERENCE else "")
            if sample.operation in RULES and isinstance(body, dict):
                body = self._blocking_nobody(body)
        return Call(sample.operation, self._path(sample), self._query(sample), body, sample.headers)

    # -- the path and the query -----------------------------------------------------------------------------------------------

    def _path(self, sample: Sample) -> dict[str, str]:
        ids = [parameter for parameter, step in self.own.steps.items() if step != "countryPermissions"]
        bent = ids[-1] if ids else ""
        return {
            parameter: self._named(step, sample.path[parameter], self.way.place if parameter == bent else Place.KNOWN)
            for parameter, step in self.own.steps.items()
        }

    def _named(self, step: str, generated: str, place: Place) -> str:
        if step == "countryPermissions":
            return self._code(generated)
        if place is Place.KNOWN and (thing := self._home() if step == "projects" else self.own.thing(step)):
            return thing
        if place is Place.ODD and self.own.operation.method == "GET" and generated:
            return generated if step != "phoneNumbers" or silent(generated) else self.own.spare_number() + _marks(generated)
        return self._unheard(step) + ((_marks if step == "phoneNumbers" else tail)(generated)[:KEPT] if place is Place.ODD else "")

    def _home(self) -> str | None:
        return self.own.thing("projects") if self.own.operation.name == "deleteProject" else self.own.project

    def _unheard(self, step: str) -> str:
        """A value that nobody has, of the shape that such values have."""
        if step in NAMED:
            return self.own.word()
        return self.own.spare_number() if step == "phoneNumbers" else self.own.project_id() if step == "projects" else self.own.id()

    def _code(self, generated: str) -> str:
        """A country code: read whatever it is, written only where no country can be meant, or an empty one."""
        if self.own.operation.method == "GET":
            return generated or "?"
        if not self.own.held.near:
            return generated if generated in USER_ASSIGNED else self.own.word() + tail(generated)[:KEPT]
        return EMPTY_COUNTRY if generated in countries() else tail(generated)[:KEPT] or "0"

    def _query(self, sample: Sample) -> tuple[tuple[str, str], ...]:
        """The filters as they are, but for the name under which an export is kept."""
        kept = self.own.project in self.own.held.projects
        pairs = ((name, self._filter(name, value)) for name, value in sample.query)
        return tuple((name, value) for name, value in pairs if kept or meant(name) is not Kind.ID)

    def _filter(self, name: str, value: str) -> str:
        if meant(name) is Kind.ID:
            return self.own.word() + tail(value)[:KEPT] if value else value
        return value + padding(self.way) if name in FREE else value

    # -- the body -------------------------------------------------------------------------------------------------------------

    def _value(self, value: Any, kind: Kind | None, name: str, place: int = 0) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner, meant(key, kind), plain_name(key) or name) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, kind, name, index) for index, inner in enumerate(value)]
        if kind is None and name in FREE and isinstance(value, str):
            return value + padding(self.way)
        return value if kind is None or value is None else SCALARS[kind](self, value, name, place)

    def _blocking_nobody(self, rule: dict[str, Any]) -> dict[str, Any]:
        """The rule with a number of ours in one of its matches, where it hides the least of what was generated."""
        if any(isinstance(rule.get(name), str) and rule[name] in self.own.held.numbers for name in MATCHES):
            return rule
        weight = {name: (name in rule, not isinstance(rule.get(name), str)) for name in MATCHES}
        return {**rule, min(MATCHES, key=lambda name: weight[name]): self.own.number()}

    def number(self, value: Any, name: str, _: int) -> Any:
        """A telephone number: ours, with what marks were generated; what is too short to be one stays."""
        if silent(value):
            return value
        number = self.own.new_number() if name == "phonenumber" else self.own.number()
        return number + _marks(value.removeprefix("+"))[:KEPT] if isinstance(value, str) else 0

    def match(self, value: Any, name: str, _: int) -> Any:
        """What a rule blocks: the calls of a number of ours."""
        if isinstance(value, str) and value:
            return self.own.number(1 if name == "calleematch" else 0)
        return value if isinstance(value, (bool, str)) else False

    def host(self, value: Any, _: str, __: int) -> Any:
        """Where calls are sent: nowhere."""
        if isinstance(value, str):
            if not said(value) and ":" not in value:
                return value
            address = all(part.isascii() and part.isdigit() for part in value.split("."))
            return f"{DOCUMENTATION}7" if address else host(value)[:KEPT] + NOWHERE
        return value if isinstance(value, bool) else int(value) % UNROUTED if abs(value) < UNROUTED else 0

    def name(self, value: Any, _: str, __: int) -> Any:
        """A name under the run's prefix."""
        if not isinstance(value, str) or not value:
            return value
        return self.own.word() + value[:KEPT] + padding(self.way)

    def id(self, value: Any, _: str, __: int) -> Any:
        """An id that the caller chooses: one that nobody has."""
        if not isinstance(value, str):
            return [] if isinstance(value, bool) else self.own.large()
        if self.own.operation.name == "createProject" and self.way.place is Place.KNOWN and self.way.padded is None:
            return self.own.project_id()
        return self.own.word() + tail(value)[:KEPT] + tail(padding(self.way))

    def reference(self, value: Any, name: str, place: int) -> Any:
        """The id of what is there, or of nothing."""
        if not isinstance(value, str):
            return [] if isinstance(value, bool) else self.own.large()
        if not value or (thing := self._known(REFERRED.get(name, ""), place)) is None:
            return value and self.own.id() + (tail(value)[:KEPT] if self.way.place is Place.ODD else "")
        return thing

    def _known(self, collection: str, place: int) -> str | None:
        """The check's own resource that a body names, the first time that it names one."""
        named = collection in REFERRING.get(self.own.operation.name, ()) and self.way.place is Place.KNOWN and place == 0
        return self.own.thing(collection) if named else None

    def project(self, value: Any, _: str, __: int) -> Any:
        """A project to be added: it is there already."""
        return value and self.own.project if isinstance(value, str) else []

    def whole(self, value: Any, name: str, place: int) -> Any:
        """A body that is no object."""
        return self.name(value, name, place) if isinstance(value, str) else value if silent(value) else 0


def _marks(text: str) -> str:
    """What of a text can stand in a path and is no part of a number."""
    return "".join(c for c in tail(text) if not said(c))


SCALARS: Mapping[Kind, Callable[[Tamer, Any, str, int], Any]] = {
    Kind.NUMBER: Tamer.number,
    Kind.MATCH: Tamer.match,
    Kind.HOST: Tamer.host,
    Kind.NAME: Tamer.name,
    Kind.ID: Tamer.id,
    Kind.REFERENCE: Tamer.reference,
    Kind.PROJECT: Tamer.project,
    Kind.WHOLE: Tamer.whole,
}
