"""Every operation once with success, its answer as the description has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.operation import description, operations
from contracts.sandbox import Response
from tests.selftest.sandbox_api import Api, endpoint_body, fresh, fresh_number, rule_body

Sent = tuple[str, Any, dict[str, str]]


def trunk_operations(api: Api) -> Iterator[Sent]:
    """Trunks and endpoints, made, read, changed, deleted."""
    trunk = api.trunk()
    at = {"sipTrunkId": trunk}
    yield "createSipTrunk", {"hostName": fresh("host"), "name": "n"}, {}
    yield "getSipTrunks", None, {}
    yield "getSipTrunkById", None, at
    yield "getSipTrunkByDomain", None, {"domain": api.made("getSipTrunkById", **at)["domain"]}
    yield "updateSipTrunk", {"hostName": fresh("host"), "name": "m"}, at
    yield "createSipEndpoint", endpoint_body(), at
    endpoint = at | {"sipEndpointId": api.endpoint(trunk)}
    yield "getSipEndpoint", None, at
    yield "getSipEndpointById", None, endpoint
    yield "updateSipEndpoint", endpoint_body(priority=2), endpoint
    yield "deleteSipEndpoint", None, endpoint
    yield "deleteSipTrunk", None, {"sipTrunkId": api.trunk()}


def access_list_operations(api: Api) -> Iterator[Sent]:
    """Access control lists, their ranges, and their place on a trunk."""
    trunk, acl = api.trunk(), api.acl()
    held = {"id": acl["id"]}
    ranges = {"accessControlListId": acl["id"]}
    attached = {"trunkId": trunk}
    yield "createAccessControlList", {"name": "n", "ipRanges": [{"ipAddress": "192.0.2.1"}]}, {}
    yield "getAccessControlList", None, {}
    yield "getAccessListById", None, held
    yield "updateAccessControlList", {"name": "m"}, held
    yield "addIpRangeToAccessControlList", {"ipAddress": "192.0.2.0", "range": 24}, ranges
    yield "getIpRangesForAccessControlList", None, ranges
    one = ranges | {"ipRangeId": acl["ipRanges"][0]["id"]}
    yield "updateIpRangeFromAccessControlList", {"ipAddress": "192.0.2.2", "description": "d"}, one
    yield "deleteIpRangeFromAccessControlList", None, one
    yield "addAccessControlListToTrunk", {"accessControlListIds": [acl["id"]]}, attached
    yield "getAccessControlListsForTrunk", None, attached
    yield "trunksByACL", None, held
    yield "deleteAccessControlListFromTrunk", None, attached | ranges
    yield "deleteAccessControlList", None, held


def credential_operations(api: Api) -> Iterator[Sent]:
    """Credential lists, their credentials, and their place on a trunk."""
    trunk, user = api.trunk(), fresh("user")
    held = {"id": api.credential_list(user, fresh("user"))}
    listed = {"credentialListId": held["id"]}
    one = listed | {"username": user}
    attached = {"trunkId": trunk}
    credentials = [{"username": fresh("user"), "password": "p"}]
    yield "createCredentialList", {"name": "n", "credentials": credentials}, {}
    yield "getCredentialLists", None, {}
    yield "getCredentialListById", None, held
    yield "updateCredentialList", {"name": "m"}, held
    yield "updateCredential", {"password": "q"}, one
    yield "deleteCredential", None, one
    yield "addCredentialListToTrunk", {"credentialListIds": [held["id"]]}, attached
    yield "getCredentialListsForTrunk", None, attached
    yield "trunksByCredentialList", None, held
    yield "bulkUpdateCredentialListsForTrunk", [held["id"]], attached
    yield "removeCredentialListFromTrunk", None, attached | listed
    yield "deleteCredentialList", None, held


def number_operations(api: Api) -> Iterator[Sent]:
    """Phone numbers."""
    number = api.number()
    at = {"phoneNumber": number}
    yield "createPhoneNumber", {"phoneNumber": fresh_number(), "countryCode": "US"}, {}
    yield "GetPhoneNumbers", None, {}
    yield "GetPhoneNumberByNumber", None, at
    yield "getPhoneNumberById", None, {"phoneNumberId": api.made("GetPhoneNumberByNumber", **at)["id"]}
    yield "assignPhoneNumber", {"sipTrunkId": api.trunk()}, at
    yield "deletePhoneNumber", None, at


def rule_operations(api: Api) -> Iterator[Sent]:
    """Blocking rules and country permissions."""
    yield "createBlockingRule", rule_body(), {}
    yield "getBlockingRules", None, {}
    rule = {"id": api.rule(direction="OUTBOUND")["id"]}
    yield "updateBlockingRuleById", rule_body(callerCountry=None), rule
    yield "deleteBlockingRuleById", None, rule
    yield "getCountryPermissions", None, {}
    yield "updateCountryPermission", {"enabled": False}, {"isoCode": "AQ"}
    yield "getCountryPermission", None, {"isoCode": "AQ"}


def call_operations(api: Api) -> Iterator[Sent]:
    """Calls and exports of them."""
    call = api.made_list("findCalls", "calls", {})[0]
    yield "findCalls", None, {}
    yield "getCall", None, {"callId": call["callId"]}
    yield "getPcap", None, {"pcapId": call["pcapId"]}
    yield "exportCallRecords", None, {}
    api("exportCallRecords", query={"fileName": "k"})
    yield "getExport", None, {"key": "k"}


def project_operations(_: Api) -> Iterator[Sent]:
    """Customers, projects and configs."""
    customer, project = fresh("customer"), fresh("project")
    yield "createCustomer", {"id": customer, "name": "n"}, {}
    yield "getCustomer", None, {"customerId": customer}
    yield "createProject", {"id": project, "customerId": customer}, {}
    yield "getProject", None, {"projectId": project}
    yield "addEstProjects", {"projectIds": [fresh("project")]}, {"projectId": project}
    yield "setProjectConfig", {"value": "v"}, {"projectId": project, "key": "k"}
    yield "getProjectConfig", None, {"projectId": project, "key": "k"}
    yield "deleteProject", None, {"projectId": project}
    yield "deleteCustomer", None, {"customerId": customer}


KINDS = [
    trunk_operations,
    access_list_operations,
    credential_operations,
    number_operations,
    rule_operations,
    call_operations,
    project_operations,
]


@pytest.fixture(scope="module")
def answers() -> dict[str, Response]:
    """Every operation's answer, all from one sandbox."""
    api = Api()
    return {name: api(name, body, at=path) for kind in KINDS for name, body, path in kind(api)}


@pytest.mark.parametrize("operation", operations())
def test_success_is_as_described(operation: str, answers: dict[str, Response]) -> None:
    """Status, content type and body are those of the description."""
    facts, answer = operations()[operation], answers[operation]
    responses = description()["paths"][facts.path][facts.method.lower()]["responses"]
    assert str(answer.status) in responses, answer
    assert answer.status < 300, answer
    content = responses[str(answer.status)].get("content", {})
    if not content:
        assert not answer.body
        return
    kind = answer.headers["content-type"]
    assert kind in content
    if kind == "application/json":
        schema = {**content[kind]["schema"], "components": description()["components"]}
        assert not [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())]
