"""Credentials that scenarios start from: one that an endpoint registers with, and usernames that are unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.call import Call, api
from contracts.success import Facts
from contracts.world import World
from tests.contract.unknown import DELETED, ELSEWHERE, UNISSUED, Unknown

OTHER_LIST = "other-list"


@dataclass(frozen=True, slots=True)
class InUse:
    """A credential that an endpoint registers with: its list, and the trunk of the endpoint."""

    username: str
    credential_list: str
    trunk: str
    endpoint: str

    @property
    def reading(self) -> Call:
        """Reads the endpoint."""
        return api.getSipEndpointById(sipTrunkId=self.trunk, sipEndpointId=self.endpoint)


def in_use(world: World, *others: str) -> InUse:
    """A credential in use, made for the case, in a list with others of these names."""
    username = world.word()
    credential_list = world.credential_list(username, *others)["id"]
    trunk = trunk_with(world, credential_list)
    endpoint = world.registered_endpoint(trunk, username)["id"]
    return InUse(username, credential_list, trunk, endpoint)


def trunk_with(world: World, credential_list: str) -> str:
    """A trunk that has the list."""
    trunk = str(world.trunk()["id"])
    world.attach_credential_list(trunk, credential_list)
    return trunk


def unknown_username(world: World, shape: str, credential_list: Facts) -> Unknown:
    """A username that the list does not have: never used, deleted from it, another list's, or another project's."""
    username = world.word()
    if shape == UNISSUED:
        return Unknown(username)
    if shape == DELETED:
        return _deleted(world, credential_list)
    project = world.project() if shape == ELSEWHERE else None
    other = world.credential_list(username, project=project)
    reading = world.within(project, api.getCredentialListById(id=other["id"]))
    return Unknown(username, (reading,), (project, *world.marks(other)) if project else (), project)


def first_username(sent: Any) -> str:
    """The first username of the body that made a list."""
    return str(sent["credentials"][0]["username"])


def _deleted(world: World, credential_list: Facts) -> Unknown:
    """The first of the credentials of a list that has more."""
    username = first_username(credential_list.sent)
    world.made(api.deleteCredential(credentialListId=credential_list["id"], username=username))
    return Unknown(username)
