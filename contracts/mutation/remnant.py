"""Defects by which something is left behind: it was removed or refused, and later requests meet it all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.finding import Rule
from contracts.mutation.lapse import (
    CREDENTIALS,
    RANGES,
    Run,
    assigned_once,
    attach_the_known,
    customer_of,
    first,
    host,
    keeping,
    one_range,
    parameters,
    path,
    path_of,
    refusing,
    remembering,
    reused,
    sent,
    taken_project,
    taken_username,
    unassigned,
    used,
    username_of,
)

_ATTACHED = "400-child-attached-to-parent"
_ACL, _LIST = {"child": "Access Control List", "parent": "SIP Trunk"}, {"child": "Credential List", "parent": "SIP Trunk"}
_USED, _CHILDREN = "400-credential-used-by-endpoint", "400-parent-has-children"


@dataclass(frozen=True, slots=True)
class Defect:
    """The theme whose walks show it, the row that is broken if one is, the rule to be named, and what operations do instead."""

    theme: str
    row: str
    rule: Rule
    what: str
    changed: Mapping[str, Run]


REMNANTS: Mapping[str, Defect] = {
    "stale/acl-detached": Defect(
        "access-control-lists",
        _ATTACHED,
        Rule.CONTROL_REFUSED,
        "an access control list that was taken off a trunk is still taken for attached",
        {
            "deleteAccessControlListFromTrunk": remembering(path("accessControlListId")),
            "deleteAccessControlList": refusing(_ATTACHED, path("id"), **_ACL),
        },
    ),
    "stale/list-detached": Defect(
        "credential-lists",
        _ATTACHED,
        Rule.CONTROL_REFUSED,
        "a credential list that was taken off a trunk is still taken for attached",
        {
            "removeCredentialListFromTrunk": remembering(path("credentialListId")),
            "deleteCredentialList": refusing(_ATTACHED, path("id"), **_LIST),
        },
    ),
    "stale/number-unassigned": Defect(
        "phone-numbers",
        "400-trunk-has-phone-numbers",
        Rule.CONTROL_REFUSED,
        "a trunk whose number was unassigned is still taken to have it",
        {
            "assignPhoneNumber": remembering(unassigned),
            "deleteSipTrunk": refusing("400-trunk-has-phone-numbers", path("sipTrunkId"), trunkId=path_of("sipTrunkId")),
        },
    ),
    "stale/number-assigned": Defect(
        "phone-numbers",
        "400-phone-number-already-assigned",
        Rule.CONTROL_REFUSED,
        "a number that was unassigned is still taken for assigned",
        {"assignPhoneNumber": assigned_once},
    ),
    "stale/endpoint-deleted": Defect(
        "trunks",
        _CHILDREN,
        Rule.CONTROL_REFUSED,
        "a trunk whose endpoint was deleted is still taken to have it",
        {
            "deleteSipEndpoint": remembering(path("sipTrunkId")),
            "deleteSipTrunk": refusing(_CHILDREN, path("sipTrunkId"), parent="SIP Trunk", child="SIP Endpoint"),
        },
    ),
    "stale/project-deleted": Defect(
        "projects",
        _CHILDREN,
        Rule.CONTROL_REFUSED,
        "a customer whose project was deleted is still taken to have it",
        {
            "deleteProject": remembering(customer_of),
            "deleteCustomer": refusing(_CHILDREN, path("customerId"), parent="Customer", child="Project"),
        },
    ),
    "stale/user-deleted": Defect(
        "endpoints",
        _USED,
        Rule.CONTROL_REFUSED,
        "a credential whose endpoint was deleted is still taken for used",
        {"deleteSipEndpoint": remembering(username_of, path("sipTrunkId")), "deleteCredential": used},
    ),
    "stale/user-updated": Defect(
        "endpoints",
        _USED,
        Rule.CONTROL_REFUSED,
        "a credential whose endpoint registers with another one now is still taken for used",
        {"updateSipEndpoint": remembering(username_of, path("sipTrunkId")), "deleteCredential": used},
    ),
    "stale/number-deleted": Defect(
        "phone-numbers",
        "400-phone-number-exists",
        Rule.CONTROL_REFUSED,
        "a number that was deleted is still taken to be there",
        {
            "deletePhoneNumber": remembering(path("phoneNumber")),
            "createPhoneNumber": refusing(
                "400-phone-number-exists", sent("phoneNumber"), phoneNumber=lambda context, _: context.body["phoneNumber"]
            ),
        },
    ),
    "stale/rule-deleted": Defect(
        "blocking-rules",
        "400-blocking-rule-exists",
        Rule.CONTROL_REFUSED,
        "a rule that was deleted is still taken to be there",
        {
            "deleteBlockingRuleById": remembering(parameters),
            "createBlockingRule": refusing("400-blocking-rule-exists", parameters),
        },
    ),
    "stale/customer-deleted": Defect(
        "projects",
        "400-customer-exists",
        Rule.CONTROL_REFUSED,
        "a customer that was deleted is still taken to be there",
        {
            "deleteCustomer": remembering(path("customerId")),
            "createCustomer": refusing("400-customer-exists", sent("id"), id=lambda context, _: context.body["id"]),
        },
    ),
    "keeps/username": Defect(
        "credential-lists",
        "400-username-unavailable",
        Rule.CONTROL_REFUSED,
        "a refused credential list keeps its usernames",
        {"createCredentialList": taken_username},
    ),
    "keeps/project": Defect(
        "projects",
        "400-project-exists",
        Rule.CONTROL_REFUSED,
        "a refused project keeps its id",
        {"createProject": taken_project},
    ),
    "keeps/host-name": Defect(
        "trunks",
        "400-domain-unavailable",
        Rule.CONTROL_REFUSED,
        "a refused update of a trunk keeps its host name",
        {
            "updateSipTrunk": keeping(lambda c: [host(c)]),
            "createSipTrunk": refusing("400-domain-unavailable", sent("hostName")),
        },
    ),
    "keeps/attachment": Defect(
        "access-control-lists",
        "",
        Rule.STATE_CHANGED,
        "of two access control lists, one of them unknown, the other is put on the trunk",
        {"addAccessControlListToTrunk": first(attach_the_known)},
    ),
    "keeps/deletion": Defect(
        "access-control-lists",
        "",
        Rule.STATE_CHANGED,
        "a refused deletion of an access control list leaves it with one range",
        {"deleteAccessControlList": first(one_range)},
    ),
    "counts/range": Defect(
        "access-control-lists",
        "400-acl-needs-ip-range",
        Rule.CONTROL_REFUSED,
        "a failed deletion of a range is counted",
        {"deleteIpRangeFromAccessControlList": RANGES},
    ),
    "counts/credential": Defect(
        "credential-lists",
        "400-credential-list-needs-credential",
        Rule.CONTROL_REFUSED,
        "a failed deletion of a credential is counted",
        {"deleteCredential": CREDENTIALS},
    ),
    "id-reused/trunk": Defect(
        "trunks",
        "",
        Rule.ID_REUSED,
        "a trunk gets a deleted one's id",
        reused("trunks", "sipTrunkId", "createSipTrunk", "deleteSipTrunk"),
    ),
    "id-reused/acl": Defect(
        "access-control-lists",
        "",
        Rule.ID_REUSED,
        "an access control list gets a deleted one's id",
        reused("acls", "id", "createAccessControlList", "deleteAccessControlList"),
    ),
    "id-reused/endpoint": Defect(
        "endpoints",
        "",
        Rule.ID_REUSED,
        "an endpoint gets a deleted one's id",
        reused("endpoints", "sipEndpointId", "createSipEndpoint", "deleteSipEndpoint"),
    ),
    "id-reused/rule": Defect(
        "blocking-rules",
        "",
        Rule.ID_REUSED,
        "a rule gets a deleted one's id",
        reused("rules", "id", "createBlockingRule", "deleteBlockingRuleById"),
    ),
}
"""What is left behind, by operator and place."""
