"""Credential lists and their credentials."""

from __future__ import annotations

from contracts.call import api
from contracts.case import controls, provokes, races
from contracts.operation import operations
from contracts.world import World
from tests.contract import credential, unknown
from tests.contract.credential import OTHER_LIST
from tests.contract.unknown import CREDENTIAL_LIST, DELETED, ELSEWHERE, IDS, UNISSUED
from tests.contract.values import RACE, changes, raising_with, raising_without

# -- usernames ----------------------------------------------------------------------------------------------------------------


@provokes("400-username-unavailable", by="createCredentialList", variant="held-by-another-list")
def username_of_another_list(world: World) -> None:
    """A username that a list holds is not given to a second one."""
    username = world.word()
    held = world.credential_list(username)["id"]
    call = api.createCredentialList(json=world.credential_list_body(username))
    world.refused(call, watch=[api.getCredentialListById(id=held), api.getCredentialLists()])


@provokes("400-username-unavailable", by="createCredentialList", variant="held-elsewhere")
def username_of_another_project(world: World) -> None:
    """A username is unique over all projects."""
    username, other = world.word(), world.project()
    held = world.credential_list(username, project=other)
    call = api.createCredentialList(json=world.credential_list_body(username))
    watch = [api.getCredentialListById(projectId=other, id=held["id"]), api.getCredentialLists()]
    world.refused(call, watch=watch, hidden=[other, *world.marks(held)])


@provokes("400-username-unavailable", by="createCredentialList", variant="twice-in-one-list")
def username_twice_in_one_list(world: World) -> None:
    """A list cannot hold a username twice."""
    username = world.word()
    call = api.createCredentialList(json=world.credential_list_body(username, username))
    world.refused(call, watch=[api.getCredentialLists()])


@races("400-username-unavailable", by="createCredentialList", variant="race", contestants=RACE)
def credential_lists_race_for_username(world: World, contestants: int) -> None:
    """Of equal lists created at once, one gets the username."""
    world.race([api.createCredentialList(json=world.credential_list_body())] * contestants, lambda _: {})


# -- credentials of a list ----------------------------------------------------------------------------------------------------


@provokes("400-credential-list-needs-credential", by="createCredentialList", variant="empty")
def credential_list_created_without_credential(world: World) -> None:
    """A credential list cannot be created without a credential."""
    call = api.createCredentialList(json={**world.credential_list_body(), "credentials": []})
    world.refused(call, watch=[api.getCredentialLists()])


@provokes("400-credential-list-needs-credential", by="deleteCredential", variant="last")
def last_credential_deleted(world: World) -> None:
    """The last credential of a list cannot be deleted."""
    username = world.word()
    credential_list = world.credential_list(username)["id"]
    call = api.deleteCredential(credentialListId=credential_list, username=username)
    world.refused(call, watch=[api.getCredentialListById(id=credential_list)])


@provokes("400-credential-used-by-endpoint", by="deleteCredential", last={"in-use": False, "last-and-in-use": True})
def credential_in_use_deleted(world: World, *, last: bool) -> None:
    """A credential that an endpoint registers with cannot be deleted; that it is the last of its list comes second to that."""
    used = credential.in_use(world, *([] if last else [world.word()]))
    call = api.deleteCredential(credentialListId=used.credential_list, username=used.username)
    watch = [api.getCredentialListById(id=used.credential_list), used.reading]
    world.refused(call, watch=watch, username=used.username, trunkId=used.trunk)


# -- lists on a trunk ---------------------------------------------------------------------------------------------------------


@provokes("400-child-attached-to-parent", by="deleteCredentialList", variant="attached")
def credential_list_on_trunk_deleted(world: World) -> None:
    """A credential list that is on a trunk cannot be deleted."""
    credential_list = world.credential_list()["id"]
    trunk = credential.trunk_with(world, credential_list)
    watch = [api.getCredentialListById(id=credential_list), api.getCredentialListsForTrunk(trunkId=trunk)]
    world.refused(api.deleteCredentialList(id=credential_list), watch=watch, child="Credential List", parent="SIP Trunk")


# -- unknown lists ------------------------------------------------------------------------------------------------------------


@provokes("404-credential-list-id", by=raising_without("404-credential-list-id", "/credentials/{", "/trunks/{"), shape=IDS)
def credential_list_unknown(world: World, by: str, shape: str) -> None:
    """A credential list that the project does not have can neither be asked nor changed."""
    credential_list = unknown.an_id(world, CREDENTIAL_LIST, shape)
    (parameter,) = (name for name in operations()[by].path_parameters if name != "projectId")
    call = api[by](**{**world.any_arguments(by), parameter: credential_list.id})
    watch = credential_list.watch if changes(by) else ()
    world.refused(call, watch=watch, hidden=credential_list.hidden, id=credential_list.id)


@provokes("404-credential-list-id", by=raising_with("404-credential-list-id", "/credentials/{"), shape=IDS)
def list_of_credential_unknown(world: World, by: str, shape: str) -> None:
    """A credential cannot be reached through a list that the project does not have, also where another project has both."""
    credential_list = unknown.an_id(world, CREDENTIAL_LIST, shape)
    username = credential.first_username(credential_list.sent) if credential_list.sent else world.word()
    call = api[by](**{**world.any_arguments(by), "credentialListId": credential_list.id, "username": username})
    world.refused(call, watch=credential_list.watch, hidden=credential_list.hidden, id=credential_list.id)


@provokes("404-credential-list-id", by="removeCredentialListFromTrunk", shape=IDS)
def unknown_credential_list_taken_off_trunk(world: World, shape: str) -> None:
    """A credential list that the project does not have cannot be taken off a trunk."""
    trunk = world.trunk()["id"]
    credential_list = unknown.an_id(world, CREDENTIAL_LIST, shape)
    call = api.removeCredentialListFromTrunk(trunkId=trunk, credentialListId=credential_list.id)
    watch = [api.getCredentialListsForTrunk(trunkId=trunk), *credential_list.watch]
    world.refused(call, watch=watch, hidden=credential_list.hidden, id=credential_list.id)


@provokes("404-credential-list-id", by="addCredentialListToTrunk", shape=IDS)
def unknown_credential_list_added_to_trunk(world: World, shape: str) -> None:
    """A credential list that the project does not have cannot be put on a trunk."""
    trunk = world.trunk()["id"]
    credential_list = unknown.an_id(world, CREDENTIAL_LIST, shape)
    call = api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[credential_list.id])
    watch = [api.getCredentialListsForTrunk(trunkId=trunk), *credential_list.watch]
    world.refused(call, watch=watch, hidden=credential_list.hidden, id=credential_list.id)


@controls("404-credential-list-id", by="getCredentialListById", variant="known")
def credential_list_known(world: World) -> None:
    """A credential list that the project has is found by its id."""
    world.accepted(api.getCredentialListById(id=world.credential_list()["id"]))


# -- unknown credentials ------------------------------------------------------------------------------------------------------


@provokes("404-credential-username", by=["updateCredential", "deleteCredential"], shape=[UNISSUED, DELETED, OTHER_LIST, ELSEWHERE])
def credential_unknown(world: World, by: str, shape: str) -> None:
    """A credential that the list does not have can neither be updated nor deleted, also where another list has it."""
    credential_list = world.credential_list(world.word(), world.word(), world.word())
    username = credential.unknown_username(world, shape, credential_list)
    call = api[by](**{**world.any_arguments(by), "credentialListId": credential_list["id"], "username": username.id})
    watch = [api.getCredentialListById(id=credential_list["id"]), *username.watch]
    world.refused(call, watch=watch, hidden=username.hidden, username=username.id)


@controls("404-credential-username", by="updateCredential", variant="known")
def credential_known(world: World) -> None:
    """A credential that the list has is updated."""
    username = world.word()
    call = api.updateCredential(
        credentialListId=world.credential_list(username)["id"], username=username, password=world.names.password()
    )
    world.accepted(call)
