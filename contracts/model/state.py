"""What exists, as the model knows it: frozen records in tables by id. A step makes a new state and leaves the old one alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; projects may belong to it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and the customer that it belongs to. The run's own is `lent`: it was there before and stays."""

    id: str
    customer: str | None = None
    lent: bool = False


@dataclass(frozen=True, slots=True)
class Trunk:
    """A SIP trunk, and the ids of the lists that are on it."""

    id: str
    project: str
    name: str
    host: str
    acls: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A SIP endpoint of a trunk, with the username that it registers with, if it does."""

    id: str
    project: str
    trunk: str
    name: str
    username: str | None = None


@dataclass(frozen=True, slots=True)
class AccessList:
    """An access control list: the address of each range by the range's id."""

    id: str
    project: str
    name: str
    ranges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialList:
    """A credential list, by its usernames."""

    id: str
    project: str
    name: str
    usernames: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number, by which it is known here, and the trunk that has it."""

    id: str
    project: str
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """A blocking rule: its parameters are direction, both countries and both matches (behaviour.md, point 16)."""

    id: str
    project: str
    name: str
    parameters: tuple[str, ...] = ()


Record = Customer | Project | Trunk | Endpoint | AccessList | CredentialList | Number | BlockingRule
Of = TypeVar("Of", Customer, Project, Trunk, Endpoint, AccessList, CredentialList, Number, BlockingRule)
Owned = TypeVar("Owned", Trunk, Endpoint, AccessList, CredentialList, Number, BlockingRule)


@dataclass(frozen=True, slots=True)
class State:
    """All tables, and what was: records that are `gone`, usernames that endpoints `used`, values that refused requests bore."""

    customers: Mapping[str, Customer] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    trunks: Mapping[str, Trunk] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    acls: Mapping[str, AccessList] = field(default_factory=dict)
    lists: Mapping[str, CredentialList] = field(default_factory=dict)
    numbers: Mapping[str, Number] = field(default_factory=dict)
    rules: Mapping[str, BlockingRule] = field(default_factory=dict)
    gone: tuple[Record, ...] = ()
    spurned: tuple[tuple[str, str], ...] = ()
    used: frozenset[str] = frozenset()

    def put(self, record: Record) -> State:
        """The state in which the record is there, as it is."""
        table = TABLES[type(record)]
        gone = tuple(old for old in self.gone if not (type(old) is type(record) and old.id == record.id))
        changes: dict[str, Any] = {table: {**getattr(self, table), record.id: record}, "gone": gone}
        return replace(self, **changes)

    def drop(self, record: Record) -> State:
        """The state in which the record was there once."""
        table = TABLES[type(record)]
        rest = {name: other for name, other in getattr(self, table).items() if name != record.id}
        changes: dict[str, Any] = {table: rest, "gone": (*self.gone, record)}
        return replace(self, **changes)

    def spurn(self, kind: str, value: str) -> State:
        """The state that remembers a value which a refused request bore."""
        return replace(self, spurned=(*self.spurned, (kind, value)))

    def records(self) -> Iterator[Record]:
        """Everything that is there."""
        for table in TABLES.values():
            yield from getattr(self, table).values()

    def ids(self) -> Iterator[str]:
        """The ids of everything that is there, ranges included."""
        yield from (record.id for record in self.records())
        yield from (one for acl in self.acls.values() for one, _ in acl.ranges)

    def was(self, kind: type[Of]) -> list[Of]:
        """What was there once and is no more, of one kind."""
        return [record for record in self.gone if isinstance(record, kind)]

    def children(self, trunk: Trunk) -> Iterator[str]:
        """The kinds of what is on a trunk, its numbers apart, by the catalogue's names for them."""
        if any(endpoint.trunk == trunk.id for endpoint in self.endpoints.values()):
            yield "SIP Endpoint"
        if trunk.acls:
            yield "Access Control List"
        if trunk.lists:
            yield "Credential List"

    def user_of(self, username: str, but: str | None = None) -> Endpoint | None:
        """The endpoint that registers with a username, apart from the one with the id `but`."""
        return next((one for one in self.endpoints.values() if one.username == username and one.id != but), None)

    def key(self) -> tuple[frozenset[Record], ...]:
        """What tells this state from another."""
        return tuple(frozenset(getattr(self, table).values()) for table in TABLES.values())


TABLES: Mapping[type[Record], str] = {
    Customer: "customers",
    Project: "projects",
    Trunk: "trunks",
    Endpoint: "endpoints",
    AccessList: "acls",
    CredentialList: "lists",
    Number: "numbers",
    BlockingRule: "rules",
}
"""The table of each kind of record."""
