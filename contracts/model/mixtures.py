"""The mixtures: what each sets up, and what it then sends at one instant. Which calls may succeed the model knows."""

from __future__ import annotations

from contracts.call import Call, api
from contracts.model.mixture import (
    Mixture,
    acl,
    attach,
    credential_list,
    customer,
    in_turn,
    into,
    made,
    number,
    project,
    rule,
    trunk,
)
from contracts.model.state import Endpoint
from contracts.model.walk import Walk

MIXTURES: dict[str, Mixture] = {}
mixture = into(MIXTURES)


# -- deletions ----------------------------------------------------------------------------------------------------------------


@mixture("deleteSipTrunk")
def deletions_of_trunk(walk: Walk, calls: int) -> list[Call]:
    """One deletes it; the others do not find it any more."""
    return [api.deleteSipTrunk(sipTrunkId=trunk(walk).id)] * calls


@mixture("deleteAccessControlList")
def deletions_of_acl(walk: Walk, calls: int) -> list[Call]:
    """The same of an access control list."""
    return [api.deleteAccessControlList(id=acl(walk).id)] * calls


@mixture("deleteCredentialList")
def deletions_of_credential_list(walk: Walk, calls: int) -> list[Call]:
    """The same of a credential list."""
    return [api.deleteCredentialList(id=credential_list(walk).id)] * calls


@mixture("deletePhoneNumber")
def deletions_of_number(walk: Walk, calls: int) -> list[Call]:
    """The same of a number."""
    return [api.deletePhoneNumber(phoneNumber=number(walk).id)] * calls


@mixture("deleteBlockingRuleById")
def deletions_of_rule(walk: Walk, calls: int) -> list[Call]:
    """The same of a rule."""
    return [api.deleteBlockingRuleById(id=rule(walk).id)] * calls


@mixture("deleteSipEndpoint")
def deletions_of_endpoint(walk: Walk, calls: int) -> list[Call]:
    """The same of an endpoint."""
    on = trunk(walk).id
    endpoint: Endpoint = made(walk, api.createSipEndpoint(sipTrunkId=on, json=walk.inquiry.endpoint_body()), Endpoint)
    return [api.deleteSipEndpoint(sipTrunkId=on, sipEndpointId=endpoint.id)] * calls


@mixture("deleteIpRangeFromAccessControlList")
def deletions_of_all_ranges(walk: Walk, calls: int) -> list[Call]:
    """Each deletes another range; the last one stays."""
    held = acl(walk)
    for place in range(1, calls):
        body = {**walk.inquiry.range_body(), "ipAddress": f"198.51.100.{place}"}
        walk.made(api.addIpRangeToAccessControlList(accessControlListId=held.id, json=body))
    ranges = [one for one, _ in walk.state.acls[held.id].ranges]
    return [api.deleteIpRangeFromAccessControlList(accessControlListId=held.id, ipRangeId=one) for one in ranges]


@mixture("deleteCredential")
def deletions_of_all_credentials(walk: Walk, calls: int) -> list[Call]:
    """Each deletes another credential; the last one stays."""
    held = credential_list(walk, calls)
    return [api.deleteCredential(credentialListId=held.id, username=one) for one in sorted(held.usernames)]


# -- attachments, and what they hang on ---------------------------------------------------------------------------------------


@mixture("addAccessControlListToTrunk", "deleteAccessControlList")
def attachments_and_deletion_of_acl(walk: Walk, calls: int) -> list[Call]:
    """It is put on trunks and stays, or it is deleted and put on none."""
    held, trunks = acl(walk), iter([trunk(walk) for _ in range((calls + 1) // 2)])
    return in_turn(calls, lambda: attach(next(trunks), held), lambda: api.deleteAccessControlList(id=held.id))


@mixture("addCredentialListToTrunk", "deleteCredentialList")
def attachments_and_deletion_of_credential_list(walk: Walk, calls: int) -> list[Call]:
    """The same of a credential list."""
    held, trunks = credential_list(walk), iter([trunk(walk) for _ in range((calls + 1) // 2)])
    attach = api.addCredentialListToTrunk
    return in_turn(
        calls,
        lambda: attach(trunkId=next(trunks).id, credentialListIds=[held.id]),
        lambda: api.deleteCredentialList(id=held.id),
    )


@mixture("addAccessControlListToTrunk", "deleteSipTrunk")
def attachments_and_deletion_of_trunk(walk: Walk, calls: int) -> list[Call]:
    """Something is on the trunk and it stays, or it is deleted with nothing on it."""
    held, lists = trunk(walk), iter([acl(walk) for _ in range((calls + 1) // 2)])
    return in_turn(calls, lambda: attach(held, next(lists)), lambda: api.deleteSipTrunk(sipTrunkId=held.id))


@mixture("addAccessControlListToTrunk")
def attachments_of_different_acls(walk: Walk, calls: int) -> list[Call]:
    """All are on the trunk afterwards."""
    held = trunk(walk)
    return [attach(held, acl(walk)) for _ in range(calls)]


@mixture("addCredentialListToTrunk")
def attachments_of_different_credential_lists(walk: Walk, calls: int) -> list[Call]:
    """The same of credential lists."""
    held = trunk(walk)
    return [api.addCredentialListToTrunk(trunkId=held.id, credentialListIds=[credential_list(walk).id]) for _ in range(calls)]


@mixture("addAccessControlListToTrunk", "deleteAccessControlListFromTrunk")
def attachments_and_detachments(walk: Walk, calls: int) -> list[Call]:
    """It is put on and taken off in turn, never twice in a row."""
    held, on = acl(walk), trunk(walk)
    off = api.deleteAccessControlListFromTrunk(trunkId=on.id, accessControlListId=held.id)
    return in_turn(calls, lambda: attach(on, held), lambda: off)


@mixture("createSipEndpoint", "deleteSipTrunk")
def endpoints_and_deletion_of_trunk(walk: Walk, calls: int) -> list[Call]:
    """The trunk has endpoints and stays, or it is deleted and has none."""
    on = trunk(walk).id
    create = api.createSipEndpoint
    return in_turn(
        calls, lambda: create(sipTrunkId=on, json=walk.inquiry.endpoint_body()), lambda: api.deleteSipTrunk(sipTrunkId=on)
    )


@mixture("createSipEndpoint", "deleteCredential")
def registration_and_deletion_of_credential(walk: Walk, calls: int) -> list[Call]:
    """One endpoint registers with it and it stays, or it is deleted and nobody does."""
    on, held = trunk(walk).id, credential_list(walk, 2)
    walk.made(api.addCredentialListToTrunk(trunkId=on, credentialListIds=[held.id]))
    name = min(held.usernames)
    return in_turn(
        calls,
        lambda: api.createSipEndpoint(sipTrunkId=on, json=walk.inquiry.registered_body(name)),
        lambda: api.deleteCredential(credentialListId=held.id, username=name),
    )


@mixture("assignPhoneNumber")
def assignments_of_number(walk: Walk, calls: int) -> list[Call]:
    """One of many trunks gets the number."""
    held = number(walk)
    return [api.assignPhoneNumber(phoneNumber=held.id, sipTrunkId=trunk(walk).id) for _ in range(calls)]


@mixture("assignPhoneNumber", "deleteSipTrunk")
def assignments_and_deletion_of_trunk(walk: Walk, calls: int) -> list[Call]:
    """The trunk has numbers and stays, or it is deleted and has none."""
    on, numbers = trunk(walk).id, iter([number(walk) for _ in range((calls + 1) // 2)])
    return in_turn(
        calls,
        lambda: api.assignPhoneNumber(phoneNumber=next(numbers).id, sipTrunkId=on),
        lambda: api.deleteSipTrunk(sipTrunkId=on),
    )


# -- unique values ------------------------------------------------------------------------------------------------------------


@mixture("createSipTrunk", "updateSipTrunk")
def creations_and_updates_to_host_name(walk: Walk, calls: int) -> list[Call]:
    """One trunk gets the host name, be it new or not."""
    body, trunks = walk.inquiry.trunk_body(), iter([trunk(walk) for _ in range(calls // 2)])
    return in_turn(
        calls,
        lambda: api.createSipTrunk(json={**walk.inquiry.trunk_body(), "hostName": body["hostName"]}),
        lambda: api.updateSipTrunk(sipTrunkId=next(trunks).id, json=body),
    )


@mixture("createCredentialList")
def overlapping_credential_lists(walk: Walk, calls: int) -> list[Call]:
    """Lists that share a username: one is created, and the others leave nothing behind."""
    shared = walk.inquiry.word()
    bodies = [walk.inquiry.credential_list_body(walk.inquiry.word(), shared) for _ in range(calls)]
    return [api.createCredentialList(json=body) for body in bodies]


@mixture("createBlockingRule", "updateBlockingRuleById")
def creations_and_updates_to_rule(walk: Walk, calls: int) -> list[Call]:
    """One rule gets the parameters, be it new or not."""
    body, rules = walk.inquiry.rule_body(), iter([rule(walk) for _ in range(calls // 2)])
    return in_turn(
        calls, lambda: api.createBlockingRule(json=body), lambda: api.updateBlockingRuleById(id=next(rules).id, json=body)
    )


@mixture("createPhoneNumber", "deletePhoneNumber")
def creations_and_deletions_of_number(walk: Walk, calls: int) -> list[Call]:
    """It is created and deleted in turn, never twice in a row."""
    held = number(walk).id
    create = api.createPhoneNumber(phoneNumber=held, countryCode="US")
    return in_turn(calls, lambda: create, lambda: api.deletePhoneNumber(phoneNumber=held))


@mixture("createCustomer", "deleteCustomer")
def creations_and_deletions_of_customer(walk: Walk, calls: int) -> list[Call]:
    """The same of a customer."""
    held = customer(walk)
    create = api.createCustomer(id=held.id, name=held.name)
    return in_turn(calls, lambda: create, lambda: api.deleteCustomer(customerId=held.id))


@mixture("createProject", "deleteCustomer")
def projects_and_deletion_of_customer(walk: Walk, calls: int) -> list[Call]:
    """The customer has projects and stays, or it is deleted and has none."""
    held = customer(walk).id
    create = api.createProject
    return in_turn(
        calls,
        lambda: create(id=walk.inquiry.names.uuid(), customerId=held),
        lambda: api.deleteCustomer(customerId=held),
    )


@mixture("createSipTrunk", "deleteProject")
def trunks_and_deletion_of_project(walk: Walk, calls: int) -> list[Call]:
    """The project has trunks and stays, or it is deleted and has none."""
    held = project(walk).id
    create = api.createSipTrunk
    return in_turn(calls, lambda: create(projectId=held, json=walk.inquiry.trunk_body()), lambda: api.deleteProject(projectId=held))


# -- updates ------------------------------------------------------------------------------------------------------------------


@mixture("addIpRangeToAccessControlList")
def additions_of_ranges(walk: Walk, calls: int) -> list[Call]:
    """All ranges are there afterwards."""
    held = acl(walk).id
    bodies = [{**walk.inquiry.range_body(), "ipAddress": f"198.51.100.{place}"} for place in range(1, calls + 1)]
    return [api.addIpRangeToAccessControlList(accessControlListId=held, json=body) for body in bodies]


@mixture("updateSipTrunk")
def renamings_of_trunk(walk: Walk, calls: int) -> list[Call]:
    """All succeed, and the trunk has one of the names."""
    held = trunk(walk)
    bodies = [{"name": walk.inquiry.word(), "hostName": held.host} for _ in range(calls)]
    return [api.updateSipTrunk(sipTrunkId=held.id, json=body) for body in bodies]


@mixture("updateSipTrunk", "addAccessControlListToTrunk")
def renamings_and_attachments(walk: Walk, calls: int) -> list[Call]:
    """All lists are on the trunk afterwards, and it has one of the names."""
    held, lists = trunk(walk), iter([acl(walk) for _ in range(calls // 2)])
    return in_turn(
        calls,
        lambda: api.updateSipTrunk(sipTrunkId=held.id, json={"name": walk.inquiry.word(), "hostName": held.host}),
        lambda: attach(held, next(lists)),
    )
