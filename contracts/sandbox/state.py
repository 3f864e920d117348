"""What the sandbox remembers: frozen records in plain tables, one `State` for each sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar


class Owned(Protocol):
    """A record that belongs to a project."""

    @property
    def project_id(self) -> str:
        """The project it belongs to."""


Record = TypeVar("Record", bound=Owned)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; projects can belong to it."""

    id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and the key that created it: that key alone may use it (clause 16)."""

    id: str
    owner: str
    customer_id: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Trunk:
    """A SIP trunk with the ids of the lists attached to it."""

    id: str
    project_id: str
    host_name: str
    name: str
    created: datetime
    updated: datetime | None = None
    caller_name: bool = False
    forward: bool = False
    forward_number: str | None = None
    acls: tuple[str, ...] = ()
    credential_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A SIP endpoint: registered when it has a username, static when it has an address."""

    id: str
    project_id: str
    trunk_id: str
    name: str
    transport: str
    priority: int
    enabled: bool
    created: datetime
    updated: datetime | None = None
    address: str | None = None
    port: int | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class IpRange:
    """A range of an access control list."""

    id: str
    description: str | None
    address: str
    prefix: int
    created: datetime
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessList:
    """An access control list with its ranges."""

    id: str
    project_id: str
    name: str
    enabled: bool
    ranges: tuple[IpRange, ...]
    created: datetime
    updated: datetime | None = None

    def range(self, range_id: str) -> IpRange | None:
        """The range with this id, if this list has it."""
        return next((one for one in self.ranges if one.id == range_id), None)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential; its username is unique over all projects."""

    id: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CredentialList:
    """A credential list with its credentials."""

    id: str
    project_id: str
    name: str
    credentials: tuple[Credential, ...]
    created: datetime
    updated: datetime | None = None

    def credential(self, username: str) -> Credential | None:
        """The credential with this username, if this list has it."""
        return next((one for one in self.credentials if one.username == username), None)


@dataclass(frozen=True, slots=True)
class Number:
    """A phone number, and the trunk it is assigned to."""

    id: str
    project_id: str
    number: str
    country: str | None
    created: datetime
    updated: datetime | None = None
    trunk_id: str | None = None


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """A call blocking rule. `parameters` is its identity: direction, both countries, both matches (clause 16)."""

    id: str
    project_id: str
    name: str | None
    parameters: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call that took place."""

    id: str
    project_id: str
    trunk_id: str
    pcap_id: str
    direction: str
    result: str
    caller: str
    callee: str
    countries: tuple[str, str]
    created: datetime
    seconds: int


@dataclass(slots=True)
class State:
    """All tables, each by id. What a project does not own is not found in it."""

    started: datetime
    customers: dict[str, Customer] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    configs: dict[tuple[str, str], str] = field(default_factory=dict)
    trunks: dict[str, Trunk] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    acls: dict[str, AccessList] = field(default_factory=dict)
    credential_lists: dict[str, CredentialList] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    rules: dict[str, BlockingRule] = field(default_factory=dict)
    calls: dict[str, CallRecord] = field(default_factory=dict)
    exports: dict[tuple[str, str], str] = field(default_factory=dict)
    barred_countries: dict[str, frozenset[str]] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)

    def find(self, table: Mapping[str, Record], project_id: str, record_id: str) -> Record | None:
        """The record with this id, if it is this project's: what belongs elsewhere is unknown here."""
        record = table.get(record_id)
        return record if record is not None and record.project_id == project_id else None

    def of_project(self, table: Mapping[str, Record], project_id: str) -> list[Record]:
        """The project's records, oldest first."""
        return [record for record in table.values() if record.project_id == project_id]

    def number(self, project_id: str, number: str) -> Number | None:
        """The project's phone number with these digits."""
        return next((one for one in self.of_project(self.numbers, project_id) if one.number == number), None)

    def host_names(self, but: str | None = None) -> Iterable[str]:
        """Every host name in use, over all projects, apart from that of the trunk `but`."""
        return (trunk.host_name for trunk in self.trunks.values() if trunk.id != but)

    def usernames(self) -> Iterable[str]:
        """Every username that a credential list holds, over all projects."""
        return (one.username for held in self.credential_lists.values() for one in held.credentials)

    def credential(self, project_id: str, username: str) -> Credential | None:
        """The credential with this username in any list of the project."""
        lists = self.of_project(self.credential_lists, project_id)
        return next((one for held in lists if (one := held.credential(username))), None)

    def user_of(self, username: str, but: str | None = None) -> Endpoint | None:
        """The registered endpoint that uses the username, apart from the endpoint `but`."""
        users = (one for one in self.endpoints.values() if one.username == username and one.id != but)
        return next(users, None)

    def drop_project(self, project_id: str) -> None:
        """Forget the project and all that it owns; configs and exports have no other end."""
        self.projects.pop(project_id, None)
        self.barred_countries.pop(project_id, None)
        owned: tuple[dict[str, Any], ...] = (
            self.trunks,
            self.endpoints,
            self.acls,
            self.credential_lists,
            self.numbers,
            self.rules,
            self.calls,
        )
        for table in owned:
            for record_id in [key for key, record in table.items() if record.project_id == project_id]:
                del table[record_id]
        for keyed in (self.configs, self.exports):
            for key in [key for key in keyed if key[0] == project_id]:
                del keyed[key]
