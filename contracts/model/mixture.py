"""A mixture of calls that race: how one is declared, and what it may set up first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.model.state import AccessList, BlockingRule, CredentialList, Customer, Number, Project, Trunk
from contracts.model.walk import Walk
from contracts.talk import FRESH

Calls = Callable[[Walk, int], list[Call]]
"""Sets up, and gives so many calls."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What is sent at once: `calls` sets up and gives so many calls."""

    name: str
    operations: tuple[str, ...]
    calls: Calls


def into(mixtures: dict[str, Mixture]) -> Callable[[*tuple[str, ...]], Callable[[Calls], Calls]]:
    """A decorator for functions that are mixtures: by the operations that race. A mixture bears its function's name."""

    def mixture(*operations: str) -> Callable[[Calls], Calls]:
        def decorate(calls: Calls) -> Calls:
            name = calls.__name__.replace("_", "-")
            mixtures[name] = Mixture(name, operations, calls)
            return calls

        return decorate

    return mixture


# -- what is set up -----------------------------------------------------------------------------------------------------------


def made(walk: Walk, call: Call, kind: type[Any]) -> Any:
    """What a step made."""
    walk.made(call)
    return [record for record in walk.state.records() if isinstance(record, kind)][-1]


def trunk(walk: Walk) -> Trunk:
    """A trunk."""
    found: Trunk = made(walk, api.createSipTrunk(json=walk.inquiry.trunk_body()), Trunk)
    return found


def acl(walk: Walk) -> AccessList:
    """An access control list with one range."""
    found: AccessList = made(walk, api.createAccessControlList(json=walk.inquiry.acl_body()), AccessList)
    return found


def credential_list(walk: Walk, credentials: int = 1) -> CredentialList:
    """A credential list."""
    names = [walk.inquiry.word() for _ in range(credentials)]
    body = walk.inquiry.credential_list_body(*names)
    found: CredentialList = made(walk, api.createCredentialList(json=body), CredentialList)
    return found


def number(walk: Walk) -> Number:
    """A number. Raises Inconclusive where one after the other is somebody else's."""
    for _ in range(FRESH):
        wanted = walk.inquiry.free_number()
        if walk.step(api.createPhoneNumber(phoneNumber=wanted, countryCode="US")).ok:
            return walk.state.numbers[wanted]
    raise Inconclusive(f"{FRESH} fresh numbers in a row were taken already")


def rule(walk: Walk) -> BlockingRule:
    """A blocking rule."""
    found: BlockingRule = made(walk, api.createBlockingRule(json=walk.inquiry.rule_body()), BlockingRule)
    return found


def customer(walk: Walk) -> Customer:
    """A customer."""
    name = walk.inquiry.word()
    found: Customer = made(walk, api.createCustomer(id=name, name=name), Customer)
    return found


def project(walk: Walk) -> Project:
    """A project."""
    found: Project = made(walk, api.createProject(id=walk.inquiry.names.uuid()), Project)
    return found


def attach(trunk: Trunk, one: AccessList) -> Call:
    """The call that puts an access control list on a trunk."""
    return api.addAccessControlListToTrunk(trunkId=trunk.id, accessControlListIds=[one.id])


def in_turn(calls: int, *makers: Callable[[], Call]) -> list[Call]:
    """So many calls, by each maker in turn."""
    return [makers[turn % len(makers)]() for turn in range(calls)]
