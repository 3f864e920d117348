"""Moves with credential lists, their credentials, and the trunks that they are on."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, Target, each, gone, into, only, pairs, spurned
from contracts.model.prediction import used_on
from contracts.model.state import CredentialList, State, Trunk

MOVES: list[Move] = []
move = into(MOVES)


def _usernames(state: State) -> Iterator[Target]:
    yield from ((one, name) for one in state.lists.values() for name in sorted(one.usernames))


@move("createCredentialList", each("lists", most=MOST))
def create_credential_list(maker: Maker, project: str) -> Call:
    """A new credential list with two credentials."""
    return api.createCredentialList(projectId=project, json=maker.credential_list_body(maker.word(), maker.word()))


@move("createCredentialList", lambda state: ((name, project) for _, name in _usernames(state) for project in state.projects))
def create_credential_list_with_taken_username(maker: Maker, username: str, project: str) -> Call:
    """A new credential list with a username that is free and one that is not."""
    return api.createCredentialList(projectId=project, json=maker.credential_list_body(maker.word(), username))


@move("createCredentialList", spurned("username", "lists"))
def create_credential_list_with_spurned_username(maker: Maker, username: str, project: str) -> Call:
    """A new credential list with a username that a refused request was about to take."""
    return api.createCredentialList(projectId=project, json=maker.credential_list_body(username))


@move("updateCredentialList", each("lists"))
def rename_credential_list(maker: Maker, credential_list: CredentialList) -> Call:
    """Another name for a credential list, and nothing else."""
    return api.updateCredentialList(projectId=credential_list.project, id=credential_list.id, name=maker.word())


@move("updateCredential", _usernames)
def change_password(maker: Maker, credential_list: CredentialList, username: str) -> Call:
    """Another password."""
    path = {"projectId": credential_list.project, "credentialListId": credential_list.id, "username": username}
    return Call("updateCredential", path, body={"password": maker.names.password()})


@move("deleteCredential", _usernames)
def delete_credential(_: Maker, credential_list: CredentialList, username: str) -> Call:
    """Deletion of a credential, be it the last or in use."""
    path = {"projectId": credential_list.project, "credentialListId": credential_list.id, "username": username}
    return Call("deleteCredential", path)


def _once_used(state: State) -> Iterator[Target]:
    """Each credential that an endpoint registered with once, and none does now."""
    return ((one, name) for one, name in _usernames(state) if name in state.used and state.user_of(name) is None)


@move("deleteCredential", _once_used)
def delete_credential_once_used(_: Maker, credential_list: CredentialList, username: str) -> Call:
    """Deletion of a credential that was in use."""
    path = {"projectId": credential_list.project, "credentialListId": credential_list.id, "username": username}
    return Call("deleteCredential", path)


@move("deleteCredential", each("lists"))
def delete_unknown_credential(maker: Maker, credential_list: CredentialList) -> Call:
    """Deletion of a credential that nobody made."""
    path = {"projectId": credential_list.project, "credentialListId": credential_list.id, "username": maker.word()}
    return Call("deleteCredential", path)


def _spare(state: State, credential_list: CredentialList) -> bool:
    """Whether a list is on a trunk, or none of its credentials is in use: what else becomes of its deletion is not settled."""
    on = any(credential_list.id in trunk.lists for trunk in state.trunks.values())
    return on or not any(state.user_of(name) for name in credential_list.usernames)


@move("deleteCredentialList", only(each("lists"), _spare))
def delete_credential_list(_: Maker, credential_list: CredentialList) -> Call:
    """Deletion of a credential list, be it on a trunk."""
    return api.deleteCredentialList(projectId=credential_list.project, id=credential_list.id)


@move("deleteCredentialList", gone(CredentialList))
def delete_gone_credential_list(_: Maker, credential_list: CredentialList) -> Call:
    """Deletion of a credential list that was deleted."""
    return api.deleteCredentialList(projectId=credential_list.project, id=credential_list.id)


@move("addCredentialListToTrunk", pairs("trunks", "lists"))
def attach_credential_list(_: Maker, trunk: Trunk, credential_list: CredentialList) -> Call:
    """A credential list for a trunk, be it on it already."""
    return api.addCredentialListToTrunk(projectId=trunk.project, trunkId=trunk.id, credentialListIds=[credential_list.id])


def _detachable(state: State, trunk: Trunk, credential_list: CredentialList) -> bool:
    return credential_list.id in trunk.lists and not used_on(state, trunk, trunk.lists - {credential_list.id})


@move("removeCredentialListFromTrunk", only(pairs("trunks", "lists"), _detachable))
def detach_credential_list(_: Maker, trunk: Trunk, credential_list: CredentialList) -> Call:
    """A credential list taken off a trunk."""
    path = {"projectId": trunk.project, "trunkId": trunk.id, "credentialListId": credential_list.id}
    return Call("removeCredentialListFromTrunk", path)


@move("bulkUpdateCredentialListsForTrunk", only(pairs("trunks", "lists"), lambda state, t, one: not used_on(state, t, {one.id})))
def replace_credential_lists(_: Maker, trunk: Trunk, credential_list: CredentialList) -> Call:
    """One credential list in the place of all that are on a trunk."""
    return api.bulkUpdateCredentialListsForTrunk(projectId=trunk.project, trunkId=trunk.id, json=[credential_list.id])
