"""Resources over their life: replaced, listed in pages, attached, and never seen from another project."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from contracts.sandbox import Request
from tests.selftest.sandbox_api import Api, endpoint_body, fresh, fresh_number, rule_body


def test_updating_a_trunk_replaces_it() -> None:
    """What a PUT leaves out is gone; what the service owns stays."""
    api = Api()
    full = {"hostName": fresh("host"), "name": "n", "enableCallerName": True, "enableCallForward": True}
    made = api.made("createSipTrunk", full | {"callForwardNumber": "+12025550199"})
    changed = api.made("updateSipTrunk", {"hostName": made["hostName"], "name": "m"}, sipTrunkId=made["id"])
    gone = {"enableCallerName": False, "enableCallForward": False, "callForwardNumber": None, "name": "m"}
    assert changed == made | gone | {"updateTime": changed["updateTime"]}
    assert changed["updateTime"]
    assert api.made("getSipTrunkById", sipTrunkId=made["id"]) == changed


def test_updating_an_endpoint_replaces_it_and_its_kind() -> None:
    """A registered endpoint becomes static, and its credential is free again."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    api.credential_list(user)
    where = {"sipTrunkId": trunk, "sipEndpointId": api.endpoint(trunk, user)}
    same = api.made("updateSipEndpoint", endpoint_body(user, transport="TLS", enabled=False), **where)
    assert (same["transport"], same["enabled"], same["credentialUsername"]) == ("TLS", False, user)
    changed = api.made("updateSipEndpoint", endpoint_body(), **where)
    assert (changed["transport"], changed["enabled"], changed["port"]) == ("UDP", True, 5060)
    assert "credentialUsername" not in changed
    assert api.endpoint(trunk, user)


def test_updating_lists_ranges_and_rules_replaces_them() -> None:
    """Ranges, descriptions and matches that are left out are gone."""
    api = Api()
    acl = api.acl()
    given = {"name": "m", "enabled": False, "ipRanges": [{"ipAddress": "198.51.100.0", "range": 24, "description": "d"}]}
    changed = api.made("updateAccessControlList", given, id=acl["id"])
    (held,) = changed["ipRanges"]
    assert (changed["enabled"], held["ipAddress"], held["range"]) == (False, "198.51.100.0", 24)
    where = {"accessControlListId": acl["id"], "ipRangeId": held["id"]}
    again = api.made("updateIpRangeFromAccessControlList", {"ipAddress": "198.51.100.1"}, **where)
    assert (again["id"], again["range"], again["description"]) == (held["id"], 32, None)
    rule = api.rule(calleeMatch="+46")
    bare = api.made("updateBlockingRuleById", {"direction": "OUTBOUND"}, id=rule["id"])
    assert bare == dict.fromkeys(rule) | {"id": rule["id"], "direction": "OUTBOUND"}


def test_a_trunk_and_a_rule_may_keep_what_is_theirs() -> None:
    """Uniqueness is about others."""
    api = Api()
    trunk = api.made("createSipTrunk", {"hostName": fresh("host"), "name": "n"})
    assert api("updateSipTrunk", {"hostName": trunk["hostName"], "name": "n"}, sipTrunkId=trunk["id"]).status == 200
    assert api("updateSipTrunk", {"hostName": trunk["hostName"], "name": "n"}, sipTrunkId=api.trunk()).status == 400
    rule = api.rule()
    assert api("updateBlockingRuleById", rule_body(name="other"), id=rule["id"]).status == 200


@pytest.mark.parametrize("changed", ["direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch"])
def test_rules_differ_by_each_parameter(changed: str) -> None:
    """Each of the five makes another rule; another name does not."""
    api = Api()
    api.rule()
    other = {"direction": "OUTBOUND", "callerCountry": "SE", "calleeCountry": "NO"}.get(changed, "+47")
    assert api("createBlockingRule", rule_body(**{changed: other})).status == 200
    assert api("createBlockingRule", rule_body(name="another name")).status == 400


@pytest.mark.parametrize(("page", "size", "shown"), [(1, 2, 2), (3, 2, 1), (4, 2, 0), (None, None, 5), (1, 500, 5)])
def test_lists_come_in_pages(page: int | None, size: int | None, shown: int) -> None:
    """Page counts from 1; totals are numbers, under the names of the description and of the Node SDK."""
    api = Api()
    trunk = api.trunk()
    for _ in range(5):
        api.endpoint(trunk)
    query = {name: value for name, value in (("page", page), ("size", size)) if value}
    body = api("getSipEndpoint", query=query, sipTrunkId=trunk).json()
    assert len(body["endpoints"]) == shown
    counts = {"totalItems": 5, "pageNumber": page or 1, "size": size or 500, "pageSize": size or 500}
    assert {name: body[name] for name in counts} == counts


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=-1", "size=0", "size=501", "size=1e2", "page=1.0", "size=" + "9" * 5000]
)
def test_pages_out_of_bounds_are_refused(query: str) -> None:
    """A malformed page is an undocumented 400 that names the parameter."""
    refused = Api()("getSipTrunks", query=query).json()
    assert refused["status"] == "INVALID_ARGUMENT"
    assert refused["details"][0]["fieldViolations"][0]["field"] == query.partition("=")[0]


def test_calls_come_newest_first_and_by_the_hundred() -> None:
    """Calls have a page size of their own, and a capture each."""
    api = Api()
    body = api("findCalls").json()
    moments = [call["createTime"] for call in body["calls"]]
    assert (body["size"], len(moments), moments) == (100, 12, sorted(moments, reverse=True))
    assert api("findCalls", query={"size": 1000}).status == 200
    assert api("findCalls", query={"size": 1001}).status == 400
    assert all(api("getPcap", pcapId=call["pcapId"]).status == 200 for call in body["calls"])
    assert all(api.made("getCall", callId=call["callId"]) == call for call in body["calls"])


def test_both_shapes_are_served_where_description_and_sdk_differ() -> None:
    """Trunks and attached credential lists appear under both names; a bulk update takes array and object."""
    api = Api()
    trunk, one, two = api.trunk(), api.credential_list(), api.credential_list()
    trunks = api("getSipTrunks").json()
    assert trunks["trunks"] == trunks["sipTrunks"]
    for body in ([two, one], {"credentialListIds": [two, one]}):
        assert api.made("bulkUpdateCredentialListsForTrunk", body, trunkId=trunk) == {"credentialListIds": [two, one]}
    page = api("getCredentialListsForTrunk", query={"size": 1, "page": 2}, trunkId=trunk).json()
    assert (page["credentialListIds"], page["credentialLists"][0]["id"], page["totalItems"]) == ([one], one, 2)
    assert [held["id"] for held in api.made("trunksByCredentialList", id=one)["trunks"]] == [trunk]


def test_passwords_are_never_shown() -> None:
    """A password is written and never read."""
    api = Api()
    user = fresh("user")
    held = api.credential_list(user)
    for response in (api("getCredentialListById", id=held), api("getCredentialLists")):
        assert b"p4ss-w0rd" not in response.body
    where = {"credentialListId": held, "username": user}
    assert set(api.made("updateCredential", {"password": "new"}, **where)) == {"id", "username"}


def test_adding_projects_passes_over_known_ones() -> None:
    """A known id is no error, a new one may be used at once."""
    api = Api()
    new = fresh("project")
    assert api.made("addEstProjects", {"projectIds": [api.foreign, new, new, api.project]}) == {"addedProjects": [new]}
    assert api("getSipTrunks", projectId=new).status == 200


def test_a_deleted_project_takes_all_that_it_has() -> None:
    """Lists, numbers, configs and exports go with it, and a project of the same name starts empty."""
    api = Api()
    project, number = api.other_project(), fresh_number()
    api.made("createPhoneNumber", {"phoneNumber": number}, projectId=project)
    api.made("setProjectConfig", {"value": "v"}, key="k", projectId=project)
    api("exportCallRecords", query={"fileName": "k"}, projectId=project)
    assert api("deleteProject", projectId=project).status == 204
    api.made("createProject", {"id": project})
    left = [
        ("getProjectConfig", {"key": "k"}),
        ("getExport", {"key": "k"}),
        ("GetPhoneNumberByNumber", {"phoneNumber": number}),
    ]
    assert [api(operation, projectId=project, at=path).status for operation, path in left] == [404] * 3


def test_another_projects_resources_are_unknown() -> None:
    """Every id, name and number of another project is answered as one that was never made."""
    api = Api()
    trunk, user = api.trunk(), fresh("user")
    acl, held, number, rule = api.acl(trunk), api.credential_list(user, on=trunk), api.number(trunk), api.rule()
    endpoint = api.endpoint(trunk, user)
    call = api.made_list("findCalls", "calls", {})[0]
    api.made("setProjectConfig", {"value": "v"}, key="k")
    api("exportCallRecords", query={"fileName": "k"})
    shown = api.made("GetPhoneNumberByNumber", phoneNumber=number)
    domain = api.made("getSipTrunkById", sipTrunkId=trunk)["domain"]
    other = api.other_project()
    asked: list[tuple[str, Any, dict[str, str]]] = [
        ("getSipTrunkById", None, {"sipTrunkId": trunk}),
        ("getSipTrunkByDomain", None, {"domain": domain}),
        ("deleteSipTrunk", None, {"sipTrunkId": trunk}),
        ("getSipEndpointById", None, {"sipTrunkId": trunk, "sipEndpointId": endpoint}),
        ("getAccessListById", None, {"id": acl["id"]}),
        ("getIpRangesForAccessControlList", None, {"accessControlListId": acl["id"]}),
        ("getCredentialListById", None, {"id": held}),
        ("updateCredential", {"password": "p"}, {"credentialListId": held, "username": user}),
        ("GetPhoneNumberByNumber", None, {"phoneNumber": number}),
        ("getPhoneNumberById", None, {"phoneNumberId": shown["id"]}),
        ("deletePhoneNumber", None, {"phoneNumber": number}),
        ("deleteBlockingRuleById", None, {"id": rule["id"]}),
        ("getCall", None, {"callId": call["callId"]}),
        ("getPcap", None, {"pcapId": call["pcapId"]}),
        ("getProjectConfig", None, {"key": "k"}),
        ("getExport", None, {"key": "k"}),
    ]
    assert {name: api(name, body, projectId=other, at=path).status for name, body, path in asked} == {n: 404 for n, _, _ in asked}
    theirs = api.made("createSipTrunk", {"hostName": fresh("host"), "name": "n"}, projectId=other)["id"]
    given: list[tuple[str, Any]] = [
        ("addAccessControlListToTrunk", {"accessControlListIds": [acl["id"]]}),
        ("addCredentialListToTrunk", {"credentialListIds": [held]}),
        ("createSipEndpoint", endpoint_body(user)),
    ]
    path = {"projectId": other, "trunkId": theirs, "sipTrunkId": theirs}
    assert [api(name, body, at=path).status for name, body in given] == [404] * 3


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"hostName":NaN}', b'"' + b"9" * 5000, b"9" * 5000]
)
def test_a_body_that_cannot_be_read(body: bytes) -> None:
    """It is INVALID_ARGUMENT, "Bad request.", and a detail that names the body (clause 17)."""
    refused = Api()("createSipTrunk", raw=body)
    shown = refused.json()
    assert (refused.status, shown["status"], shown["message"]) == (400, "INVALID_ARGUMENT", "Bad request.")
    assert shown["details"][0]["type"] == "BadRequest"
    assert shown["details"][0]["fieldViolations"][0]["field"] == "body"


def test_undocumented_errors_bear_the_envelope() -> None:
    """Unknown paths, wrong methods and wrong media types are told in the same form."""
    api = Api()
    key = {"authorization": api.basic}
    assert api("createSipTrunk", raw=b"a=b", headers={"content-type": "text/plain"}).json()["code"] == 415
    for path in ("/", "/v1", "/v1/projects/", f"/v1/projects/{api.project}/trunks/", f"/v1/projects/{api.project}%2Ftrunks/x"):
        refused = api.send("GET", path, headers=key)
        assert (refused.status, refused.json()["code"]) == (404, 404)
    wrong = api.send("PATCH", f"/v1/projects/{api.project}/trunks", headers=key)
    assert (wrong.status, wrong.json()["code"], wrong.headers["allow"]) == (405, 405, "GET, POST")


def test_a_token_serves_until_it_expires() -> None:
    """Client credentials are traded for a token; one that expired says so, and another can be had."""
    api = Api()
    clock = api.sandbox._clock  # noqa: SLF001
    form = {"authorization": api.basic, "content-type": "application/x-www-form-urlencoded"}
    given = api.sandbox.handle(Request("POST", "/oauth2/token", headers=form, body=b"grant_type=client_credentials"))
    token = given.json()
    assert (given.status, token["token_type"], token["expires_in"]) == (200, "bearer", 3600)
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    assert api("getSipTrunks", headers=bearer).status == 200
    late = clock().replace(year=clock().year + 1)
    api.sandbox._clock = lambda: late  # noqa: SLF001
    refused = api("getSipTrunks", headers=bearer)
    assert refused.status == 401
    assert "expired" in refused.headers["www-authenticate"]


@pytest.mark.parametrize(("key", "form", "status"), [("Basic eDp5", b"grant_type=client_credentials", 401), (None, b"", 400)])
def test_no_token_without_key_and_grant(key: str | None, form: bytes, status: int) -> None:
    """The key is looked at before the grant."""
    api = Api()
    refused = api.send("POST", "/oauth2/token", headers={"authorization": key or api.basic}, body=form)
    assert refused.json()["code"] == status


def test_exports_are_csv() -> None:
    """What exportCallRecords gives is a table of the project's calls, and stays readable under its file name."""
    api = Api()
    given = api("exportCallRecords", query={"fileName": "k/1.csv"})
    table = list(csv.reader(given.body.decode().splitlines()))
    assert len(table) == 13
    assert {len(line) for line in table} == {9}
    assert api("getExport", key="k/1.csv").body == given.body
