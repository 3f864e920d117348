"""Which check comes first when several would refuse (clause 9), and what a refusal leaves behind (clause 12)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from contracts.operation import operations
from contracts.sandbox.routes import plans
from tests.selftest.sandbox_api import Api, endpoint_body, fresh, rule_body

WRONG_KEY = {"authorization": "Basic " + "eDp5"}


def everything(api: Api, **changes: Any) -> dict[str, str]:
    """Path parameters that name nothing."""
    names = {name for facts in operations().values() for name in facts.path_parameters}
    return {name: f"no-{name}" for name in names} | {"projectId": api.project} | changes


@pytest.mark.parametrize("operation", operations())
def test_the_key_comes_first(operation: str) -> None:
    """Whatever else is wrong, a wrong key is told first, with the way to do better."""
    api = Api()
    for headers in (WRONG_KEY, {"authorization": ""}, {"authorization": "Bearer x"}, {"authorization": "Basic é"}):
        refused = api(operation, raw=b"{", headers=headers, at=everything(api, projectId="no-project"))
        assert (refused.status, refused.json()["status"]) == (401, "UNAUTHENTICATED")
        assert refused.headers["www-authenticate"]


@pytest.mark.parametrize("operation", [name for name, facts in operations().items() if "{projectId}" in facts.path])
def test_project_known_then_allowed_then_enabled(operation: str) -> None:
    """404, 403 and 400 for the project come before anything about what is in it."""
    api = Api()
    disabled = api.other_project(enabled=False)
    asked = ("?", api.foreign) if operation in {"getProject", "deleteProject"} else ("?", api.foreign, disabled)
    sent = [api(operation, raw=b"{", at=everything(api, projectId=project)).json()["message"] for project in asked]
    expected = ["Could not find Project with id '?'", "", f"Project with id '{disabled}' is not enabled"]
    assert sent == expected[: len(asked)]


@pytest.mark.parametrize("operation", [name for name, facts in operations().items() if facts.method in {"POST", "PUT"}])
def test_resources_in_the_path_come_before_the_body(operation: str) -> None:
    """A body that cannot be read is told only when everything in the path is there; isoCode is a value."""
    api = Api()
    refused = api(operation, raw=b"{", at=everything(api)).json()
    named = set(operations()[operation].path_parameters) - {"projectId", "isoCode", "key"}
    assert refused["code"] == (404 if named else 400)
    if not named:
        assert refused["details"][0]["fieldViolations"] == [{"field": "body", "description": "must be valid JSON"}]


def test_path_resources_go_from_left_to_right() -> None:
    """The trunk is looked for before the list."""
    refused = Api()("deleteAccessControlListFromTrunk", trunkId="no-trunk", accessControlListId="no-list").json()
    assert refused["message"] == "Could not find SIP Trunk with id 'no-trunk'"


def test_values_come_before_references_before_attachment() -> None:
    """A missing name, then an unknown credential, then one in use."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    api.credential_list(user, on=trunk)
    api.endpoint(trunk, user)
    steps = [endpoint_body("nobody", name=None), endpoint_body("nobody"), endpoint_body(user), endpoint_body(user, priority=0)]
    seen = [api("createSipEndpoint", body, sipTrunkId=trunk).json()["status"] for body in steps]
    assert seen == ["INVALID_ARGUMENT", "NOT_FOUND", "BAD_REQUEST", "INVALID_ARGUMENT"]


def test_unknown_reference_comes_before_existing_id() -> None:
    """A project with an id in use and an unknown customer: the customer is told."""
    api = Api()
    refused = api("createProject", {"id": api.project, "customerId": "nobody"}).json()
    assert refused["message"] == "Could not find Customer with id 'nobody'"


def test_numbers_come_before_other_children() -> None:
    """A trunk with a number and every other child tells the number, then the rest one by one."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    number, endpoint, acl = api.number(trunk), api.endpoint(trunk), api.acl(trunk)["id"]
    held = api.credential_list(user, on=trunk)
    undo: list[tuple[str, Any, dict[str, str]]] = [
        ("assignPhoneNumber", {"sipTrunkId": ""}, {"phoneNumber": number}),
        ("deleteSipEndpoint", None, {"sipTrunkId": trunk, "sipEndpointId": endpoint}),
        ("deleteAccessControlListFromTrunk", None, {"trunkId": trunk, "accessControlListId": acl}),
        ("removeCredentialListFromTrunk", None, {"trunkId": trunk, "credentialListId": held}),
    ]
    seen = []
    for operation, body, path in undo:
        seen.append(api("deleteSipTrunk", sipTrunkId=trunk).json()["message"])
        api.made(operation, body, **path)
    assert [text.split("more ")[-1] for text in seen] == [
        f"Cannot delete SIP Trunk {trunk} when there are phone numbers assigned.",
        "SIP Endpoints attached",
        "Access Control Lists attached",
        "Credential Lists attached",
    ]
    assert api("deleteSipTrunk", sipTrunkId=trunk).status == 204


def test_a_credential_in_use_comes_before_the_last_of_its_list() -> None:
    """Once the endpoint is gone, being the last is what keeps it."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    held = api.credential_list(user, on=trunk)
    endpoint = api.endpoint(trunk, user)
    first = api("deleteCredential", credentialListId=held, username=user).json()["message"]
    api.made("deleteSipEndpoint", sipTrunkId=trunk, sipEndpointId=endpoint)
    second = api("deleteCredential", credentialListId=held, username=user).json()["message"]
    assert first.endswith(f"on SIP Trunk '{trunk}'")
    assert second == "Credential Lists must contain at least one Credential"


def test_a_refusal_changes_nothing_and_repeats() -> None:
    """Refused twice, told twice the same, and the state is what it was (clauses 12 and 13)."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    held, acl, number = api.credential_list(user, on=trunk), api.acl(trunk), api.number(trunk)
    api.endpoint(trunk, user)
    rule = api.rule()
    other = api.rule(direction="OUTBOUND")
    refused: list[tuple[str, Any, dict[str, str]]] = [
        ("deleteSipTrunk", None, {"sipTrunkId": trunk}),
        ("deleteAccessControlList", None, {"id": acl["id"]}),
        ("updateAccessControlList", {"name": "changed", "ipRanges": []}, {"id": acl["id"]}),
        ("deleteCredentialList", None, {"id": held}),
        ("deleteCredential", None, {"credentialListId": held, "username": user}),
        ("assignPhoneNumber", {"sipTrunkId": trunk}, {"phoneNumber": number}),
        ("updateBlockingRuleById", rule_body(name="changed"), {"id": other["id"]}),
        ("createBlockingRule", rule_body(), {}),
        ("addAccessControlListToTrunk", {"accessControlListIds": [api.acl()["id"], acl["id"]]}, {"trunkId": trunk}),
        ("createSipEndpoint", endpoint_body(user), {"sipTrunkId": trunk}),
        ("updateSipTrunk", {"hostName": "x"}, {"sipTrunkId": trunk}),
        ("deleteProject", None, {}),
    ]
    before = copy.deepcopy(api.sandbox.state)
    for operation, body, path in refused:
        answers = [api(operation, body, at=path) for _ in range(2)]
        assert answers[0].status == 400, operation
        assert answers[0] == answers[1]
    assert api.sandbox.state == before
    assert rule in api.made_list("getBlockingRules", "callBlockingRules", {})


@pytest.mark.parametrize("status", [400, 429, 500, 503, 599])
def test_faults_come_after_the_key_and_before_the_rest(status: int) -> None:
    """An injected fault has no effect, wants a key, and wins over an unknown project."""
    api = Api()
    fault = {"x-fault-inject": str(status)}
    assert api("getProject", projectId="?", headers=fault).status == status
    assert api("getProject", headers=fault | WRONG_KEY).status == 401
    assert api("createCustomer", {"id": "c"}, headers=fault).status == status
    assert api("getCustomer", customerId="c").status == 404


@pytest.mark.parametrize("value", ["", "200", "99", "600", "5000", "abc", "\u0665\u0660\u0660"])
def test_what_is_no_fault_is_refused(value: str) -> None:
    """Only errors can be injected."""
    assert Api()("getProject", headers={"x-fault-inject": value}).json()["status"] == "INVALID_ARGUMENT"


def test_every_plan_names_its_checks_once() -> None:
    """A check can be told by its name within its plan."""
    for operation, plan in plans().items():
        names = [check.name for check in plan.checks]
        assert len(set(names)) == len(names), operation
