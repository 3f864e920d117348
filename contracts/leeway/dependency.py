"""Variants that let other things hang on one another where behaviour.md settles nothing; each has a probe."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.leeway.probe import ACL, CREDENTIALS, ENDPOINT, NUMBER, TRUNK, made
from contracts.leeway.variant import Ask, Variant, barring, doing
from contracts.sandbox import Response, known
from contracts.sandbox.attachments import replace_credential_lists
from contracts.sandbox.gate import authenticated, fault_not_injected
from contracts.sandbox.refusals import Rejection, refuse
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Context

# -- what hangs on what -------------------------------------------------------------------------------------------------------


def aborted(why: str) -> None:
    """Turn a request down in a way that no row documents."""
    raise Rejection(409, "ABORTED", why)


def _not_on_trunk(context: Context) -> None:
    if known.credential_list_id(context) not in known.trunk(context).credential_lists:
        aborted("The credential list is not on the trunk.")


def _assigned(context: Context) -> None:
    number = context.state.number(context.project_id, context.path["phoneNumber"])
    if number and number.trunk_id:
        aborted("The number is assigned.")


def _in_use(context: Context) -> None:
    for credential in known.credential_list(context).credentials:
        if user := context.state.user_of(credential.username):
            refuse("400-credential-used-by-endpoint", username=credential.username, trunkId=user.trunk_id)


def _still_full(context: Context) -> None:
    state = context.state
    if any(
        state.of_project(table, context.project_id) for table in (state.acls, state.credential_lists, state.numbers, state.rules)
    ):
        aborted("The project is not empty.")


def _not_on_its_trunk(context: Context) -> None:
    lists = (context.state.credential_lists[one] for one in known.trunk(context).credential_lists)
    username = context.body.get("credentialUsername")
    if username and not any(held.credential(username) for held in lists):
        aborted("The credential is not on the trunk.")


def _known_ones(context: Context) -> Response:
    """Ids that nobody knows are passed over."""
    given = context.body["credentialListIds"]
    context.body = {"credentialListIds": [one for one in given if known.find_credential_list(context, one)]}
    return replace_credential_lists(context)


def _unknown_in_bulk(context: Context) -> None:
    if not all(known.find_credential_list(context, one) for one in context.body["credentialListIds"]):
        aborted("Some of the lists are not there.")


def _fault_first(context: Context) -> None:
    try:
        authenticated.run(context)
    except Rejection:
        fault_not_injected.run(context)


def _number_assigned(ask: Ask) -> None:
    made(ask, "/phoneNumbers", {"phoneNumber": NUMBER}, "phoneNumber")
    ask("PUT", f"/phoneNumbers/{NUMBER}", {"sipTrunkId": made(ask, "/trunks", TRUNK)})
    ask("DELETE", f"/phoneNumbers/{NUMBER}")


def _project_deleted(ask: Ask) -> None:
    project = made(ask, "/v1/projects", {"id": "probe"})
    ask("POST", f"/v1/projects/{project}/accessControlLists", ACL)
    ask("DELETE", f"/v1/projects/{project}")


def _registered(ask: Ask, *, attached: bool) -> str:
    """The list of a credential that an endpoint registers with, if it may."""
    held, trunk = made(ask, "/credentialLists", CREDENTIALS), made(ask, "/trunks", TRUNK)
    if attached:
        ask("POST", f"/trunks/{trunk}/credentialLists", {"credentialListIds": [held]})
    ask("POST", f"/trunks/{trunk}/endpoints", ENDPOINT)
    ask("DELETE", f"/trunks/{trunk}/credentialLists/{held}")
    return held


CHILDREN = ("400-parent-has-children", "400-child-attached-to-parent", "400-trunk-has-phone-numbers")
USERS = ("400-credential-used-by-endpoint", "404-credential-username", "404-credential-list-id", "404-endpoint-id")
DEPENDENCIES = (
    Variant(
        "list-not-on-trunk",
        "not settled",
        "a credential list that is not on a trunk is not taken off it",
        choice=barring(_not_on_trunk, "removeCredentialListFromTrunk"),
        probe=lambda ask: _registered(ask, attached=False),
    ),
    Variant(
        "number-assigned-stays",
        "not settled",
        "a number that is assigned is not deleted",
        choice=barring(_assigned, "deletePhoneNumber"),
        cases=("404-phone-number", "400-phone-number-already-assigned", *CHILDREN),
        probe=_number_assigned,
    ),
    Variant(
        "list-in-use-stays",
        "not settled",
        "a credential list is not deleted while one of its credentials is in use",
        choice=barring(_in_use, "deleteCredentialList"),
        cases=USERS,
        probe=lambda ask: ask("DELETE", f"/credentialLists/{_registered(ask, attached=True)}"),
    ),
    Variant(
        "project-full-stays",
        "not settled",
        "a project that has lists, numbers or rules is not deleted",
        choice=barring(_still_full, "deleteProject"),
        probe=_project_deleted,
    ),
    Variant(
        "list-first-on-trunk",
        "not settled",
        "an endpoint registers with a credential of a list that is on its trunk",
        choice=barring(_not_on_its_trunk, "createSipEndpoint", "updateSipEndpoint"),
        cases=USERS,
        probe=lambda ask: _registered(ask, attached=False),
    ),
    Variant(
        "bulk-passes-over",
        "not settled",
        "a list that is not there is passed over in bulkUpdateCredentialListsForTrunk",
        choice=doing({"bulkUpdateCredentialListsForTrunk": _known_ones}, without=("given_credential_lists_known",)),
        cases=("404-project-id", "404-trunk-id", "404-credential-list-id"),
        probe=lambda ask: ask("PUT", f"/trunks/{made(ask, '/trunks', TRUNK)}/credentialLists", ["none"]),
    ),
    Variant(
        "bulk-refuses",
        "not settled",
        "a list that is not there is refused there, in a way that no row documents",
        choice=barring(_unknown_in_bulk, "bulkUpdateCredentialListsForTrunk", before="given_credential_lists_known"),
        cases=("404-project-id", "404-trunk-id", "404-credential-list-id"),
        probe=lambda ask: ask("PUT", f"/trunks/{made(ask, '/trunks', TRUNK)}/credentialLists", ["none"]),
    ),
    Variant(
        "fault-before-key",
        "not settled",
        "a fault is injected for whoever asks",
        choice=barring(_fault_first, *plans(), before="authenticated"),
        cases=("500-internal-server-error",),
        probe=lambda ask: ask("GET", "/trunks", authorization="Basic eDp5", x_fault_inject="500"),
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from DEPENDENCIES
