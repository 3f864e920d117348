"""Each documented error once, from the sandbox, with the text of the published page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.operation import operations
from contracts.sandbox import Response
from contracts.sandbox.refusals import REFUSALS
from contracts.sandbox.routes import plans
from tests.selftest.sandbox_api import Api, endpoint_body, fresh, fresh_number, rule_body

PAGE = Path(__file__).parent / "fixtures" / "errors-page.txt"
NOBODY = "01HA9BRJW4J3QE4WBKVC337V4E"
Row = Callable[[Api], tuple[Response, str]]
ROWS: dict[str, Row] = {}


def row(row_id: str) -> Callable[[Row], Row]:
    """Register the provocation of one row: it gives the refused answer and the message that it should bear."""

    def add(provoke: Row) -> Row:
        ROWS[row_id] = provoke
        return provoke

    return add


@pytest.mark.parametrize("row_id", REFUSALS)
def test_row(row_id: str) -> None:
    """The row is answered with its code, status and message, within the envelope."""
    response, message = ROWS[row_id](Api())
    code, status = int(row_id[:3]), REFUSALS[row_id][1]
    body = response.json()
    assert response.headers["content-type"] == "application/json"
    assert (response.status, body["code"], body["status"], body["message"]) == (code, code, status, message)
    assert set(body) <= {"code", "status", "message", "details"}


def test_every_row_of_the_page_is_here_in_its_order() -> None:
    """Codes, statuses and texts are those of the page, placeholders apart."""
    rows = re.findall(r'^(\d{3})([A-Z_]+)(?:"(.*)")?$', PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    hole = re.compile(r"\$\{?\w+\}?|\{\w+\}")
    page = [(int(code), status, hole.sub("_", text)) for code, status, text in rows]
    assert page == [(code, status, hole.sub("_", text)) for code, status, text in REFUSALS.values()]


def test_every_operation_has_a_plan() -> None:
    """The description and the plans name the same operations."""
    assert set(operations()) == {name for name in plans() if not name.startswith("(")}


def test_every_row_is_raised_by_a_check() -> None:
    """A defect can be declared by row: each row belongs to a check of some plan."""
    assert {check.row for plan in plans().values() for check in plan.checks if check.row} == set(REFUSALS)


@row("400-domain-unavailable")
def _(api: Api) -> tuple[Response, str]:
    host = fresh("host")
    api.made("createSipTrunk", {"hostName": host, "name": "first"})
    again = api("createSipTrunk", {"hostName": host, "name": "second"}, projectId=api.other_project())
    return again, "The provided domain name is unavailable"


@row("400-username-unavailable")
def _(api: Api) -> tuple[Response, str]:
    user = fresh("user")
    api.credential_list(user)
    body = {"name": "again", "credentials": [{"username": user, "password": "p"}]}
    return api("createCredentialList", body, projectId=api.other_project()), "The provided username is unavailable"


@row("400-customer-exists")
def _(api: Api) -> tuple[Response, str]:
    api.made("createCustomer", {"id": "c 1", "name": "one"})
    return api("createCustomer", {"id": "c 1", "name": "two"}), "Customer with id 'c 1' already exists"


@row("400-phone-number-exists")
def _(api: Api) -> tuple[Response, str]:
    number = api.number()
    again = api("createPhoneNumber", {"phoneNumber": number}, projectId=api.other_project())
    return again, f"Phone Number '{number}' already exists"


@row("400-project-not-enabled")
def _(api: Api) -> tuple[Response, str]:
    project = api.other_project(enabled=False)
    assert api("getProject", projectId=project).status == 200
    return api("getSipTrunks", projectId=project), f"Project with id '{project}' is not enabled"


@row("400-project-exists")
def _(api: Api) -> tuple[Response, str]:
    again = api("createProject", {"id": api.foreign, "enabled": False})
    return again, f"Project with id '{api.foreign}' already exists"


@row("400-parent-has-children")
def _(api: Api) -> tuple[Response, str]:
    trunk = api.trunk()
    api.endpoint(trunk)
    refused = api("deleteSipTrunk", sipTrunkId=trunk)
    return refused, "SIP Trunk cannot be deleted while there are one or more SIP Endpoints attached"


@row("400-child-attached-to-parent")
def _(api: Api) -> tuple[Response, str]:
    acl = api.acl(api.trunk())
    refused = api("deleteAccessControlList", id=acl["id"])
    return refused, "Access Control List cannot be deleted while attached to a SIP Trunk"


@row("400-timestamp-format")
def _(api: Api) -> tuple[Response, str]:
    refused = api("findCalls", query={"createTime": "yesterday"})
    return refused, "Invalid timestamp format, must match yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"


@row("400-acl-already-on-trunk")
def _(api: Api) -> tuple[Response, str]:
    trunk = api.trunk()
    acl = api.acl(trunk)["id"]
    refused = api("addAccessControlListToTrunk", {"accessControlListIds": [acl]}, trunkId=trunk)
    return refused, f"Access control list with id '{acl}' is already added to trunk '{trunk}'"


@row("400-credential-list-already-on-trunk")
def _(api: Api) -> tuple[Response, str]:
    trunk, held = api.trunk(), api.credential_list()
    refused = api("addCredentialListToTrunk", {"credentialListIds": [held, held]}, trunkId=trunk)
    return refused, f"Credential list with id '{held}' is already added to trunk '{trunk}'"


@row("400-acl-needs-ip-range")
def _(api: Api) -> tuple[Response, str]:
    acl = api.acl()
    where = {"accessControlListId": acl["id"], "ipRangeId": acl["ipRanges"][0]["id"]}
    refused = api("deleteIpRangeFromAccessControlList", at=where)
    return refused, "Access Control Lists must contain at least one IP Range"


@row("400-credential-list-needs-credential")
def _(api: Api) -> tuple[Response, str]:
    refused = api("createCredentialList", {"name": "empty", "credentials": []})
    return refused, "Credential Lists must contain at least one Credential"


@row("400-trunk-has-phone-numbers")
def _(api: Api) -> tuple[Response, str]:
    trunk = api.trunk()
    api.endpoint(trunk)
    api.number(trunk)
    refused = api("deleteSipTrunk", sipTrunkId=trunk)
    return refused, f"Cannot delete SIP Trunk {trunk} when there are phone numbers assigned."


@row("400-credential-used-by-endpoint")
def _(api: Api) -> tuple[Response, str]:
    trunk, user = api.trunk(), fresh("user")
    held = api.credential_list(user, on=trunk)
    api.endpoint(trunk, user)
    refused = api("deleteCredential", credentialListId=held, username=user)
    return refused, f"Credential '{user}' is already being used by a SIP Endpoint on SIP Trunk '{trunk}'"


@row("400-phone-number-already-assigned")
def _(api: Api) -> tuple[Response, str]:
    trunk = api.trunk()
    number = api.number(trunk)
    refused = api("assignPhoneNumber", {"sipTrunkId": api.trunk()}, phoneNumber=number)
    return refused, f"Phone number {number} is already assigned to SIP Trunk {trunk}"


@row("400-blocking-rule-exists")
def _(api: Api) -> tuple[Response, str]:
    api.rule()
    return api("createBlockingRule", rule_body(name="other")), "Blocking rule already exists with the same parameters"


@row("400-country-code-invalid")
def _(api: Api) -> tuple[Response, str]:
    refused = api("getCountryPermission", isoCode="US ")
    return refused, "Invalid isoCode: US . Must be a valid ISO 3166-1 alpha-2 code."


@row("400-direction-invalid")
def _(api: Api) -> tuple[Response, str]:
    refused = api("createBlockingRule", rule_body(direction="${BOTH} %s"))
    return refused, "Invalid direction type: ${BOTH} %s. Must be INBOUND or OUTBOUND."


@row("400-direction-empty")
def _(api: Api) -> tuple[Response, str]:
    return api("createBlockingRule", rule_body(direction=None)), "Direction field cannot be null or empty"


@row("403-forbidden")
def _(api: Api) -> tuple[Response, str]:
    return api("getSipTrunks", projectId=api.foreign), ""


@row("404-trunk-id")
def _(api: Api) -> tuple[Response, str]:
    odd = "a/b{id}'%25\\1 $id"
    return api("getSipTrunkById", sipTrunkId=odd), f"Could not find SIP Trunk with id '{odd}'"


@row("404-trunk-domain")
def _(api: Api) -> tuple[Response, str]:
    refused = api("getSipTrunkByDomain", domain="nobody.example.com")
    return refused, "Could not find SIP Trunk with domain 'nobody.example.com'"


@row("404-endpoint-id")
def _(api: Api) -> tuple[Response, str]:
    endpoint = api.endpoint(api.trunk())
    refused = api("getSipEndpointById", sipTrunkId=api.trunk(), sipEndpointId=endpoint)
    return refused, f"Could not find SIP Endpoint with id '{endpoint}'"


@row("404-phone-number-id")
def _(api: Api) -> tuple[Response, str]:
    return api("getPhoneNumberById", phoneNumberId="not-an-id"), "Could not find phone number with id 'not-an-id'"


@row("404-phone-number")
def _(api: Api) -> tuple[Response, str]:
    number = fresh_number()
    return api("GetPhoneNumberByNumber", phoneNumber=number), f"Could not find phone number '{number}'"


@row("404-customer-id")
def _(api: Api) -> tuple[Response, str]:
    refused = api("createProject", {"id": fresh("project"), "customerId": "nobody"})
    return refused, "Could not find Customer with id 'nobody'"


@row("404-project-id")
def _(api: Api) -> tuple[Response, str]:
    return api("getSipTrunks", projectId="no-project"), "Could not find Project with id 'no-project'"


@row("404-project-config-key")
def _(api: Api) -> tuple[Response, str]:
    api.made("setProjectConfig", {"value": "v"}, key="k", projectId=api.other_project())
    return api("getProjectConfig", key="k"), "Could not find project config with key 'k'"


@row("404-acl-id")
def _(api: Api) -> tuple[Response, str]:
    refused = api("addAccessControlListToTrunk", {"accessControlListIds": [NOBODY]}, trunkId=api.trunk())
    return refused, f"Could not find Access Control List with id '{NOBODY}'"


@row("404-ip-range-id")
def _(api: Api) -> tuple[Response, str]:
    mine, other = api.acl()["id"], api.acl()["ipRanges"][0]["id"]
    refused = api("deleteIpRangeFromAccessControlList", accessControlListId=mine, ipRangeId=other)
    return refused, f"Could not find IP Range with id '{other}' in access control list with id '{mine}'"


@row("404-acl-not-on-trunk")
def _(api: Api) -> tuple[Response, str]:
    acl, trunk = api.acl(api.trunk())["id"], api.trunk()
    refused = api("deleteAccessControlListFromTrunk", trunkId=trunk, accessControlListId=acl)
    return refused, f"Access control list '{acl}' is not associated with trunk '{trunk}'"


@row("404-credential-list-id")
def _(api: Api) -> tuple[Response, str]:
    return api("getCredentialListById", id=NOBODY), f"Could not find Credential List with id '{NOBODY}'"


@row("404-credential-username")
def _(api: Api) -> tuple[Response, str]:
    refused = api("createSipEndpoint", endpoint_body("nobody"), sipTrunkId=api.trunk())
    return refused, "Could not find Credential with username 'nobody'"


@row("404-call-id")
def _(api: Api) -> tuple[Response, str]:
    return api("getPcap", pcapId=NOBODY), f"Could not find call ID '{NOBODY}'"


@row("404-blocking-rule-id")
def _(api: Api) -> tuple[Response, str]:
    refused = api("deleteBlockingRuleById", id=NOBODY)
    return refused, f"BlockingRule with ID {NOBODY} not found for project {api.project}"


@row("404-export-key")
def _(api: Api) -> tuple[Response, str]:
    refused = api("getExport", key="k.csv")
    return refused, "Export 'k.csv' could not be found. Check this is the correct key name, if so, it may still be processing."


@row("500-internal-server-error")
def _(api: Api) -> tuple[Response, str]:
    host = fresh("host")
    refused = api("createSipTrunk", {"hostName": host, "name": "n"}, headers={"x-fault-inject": "500"})
    api.made("createSipTrunk", {"hostName": host, "name": "nothing had taken effect"})
    return refused, "Internal Server Error"
