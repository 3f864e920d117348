"""The sandbox over real HTTP: at once, on kept connections, with both ways to show the key."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from tests.selftest.sandbox_api import fresh, fresh_number, rule_body

AT_ONCE = 8
Create = Callable[["Web"], tuple[str, str, Any]]


class Web:
    """A served sandbox and a client for its main project."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        who = sandbox.identity
        self.sandbox = sandbox
        self.url = url
        self.key = (who.key_id, who.key_secret)
        self.project = f"/v1/projects/{who.project_id}"
        self.client = httpx.Client(base_url=url, auth=self.key, trust_env=False)

    def post(self, path: str, body: Any) -> Any:
        """Create something in the main project."""
        response = self.client.post(self.project + path, json=body)
        assert response.is_success, response.text
        return response.json()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """One sandbox for the module; every test makes what it needs."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        served = Web(sandbox, url)
        yield served
        served.client.close()


def a_trunk(web: Web) -> tuple[str, str, Any]:
    """One host name."""
    return "POST", web.project + "/trunks", {"hostName": fresh("host"), "name": "n"}


def a_credential_list(web: Web) -> tuple[str, str, Any]:
    """One username."""
    credentials = [{"username": fresh("user"), "password": "p"}]
    return "POST", web.project + "/credentialLists", {"name": "n", "credentials": credentials}


def a_customer(_: Web) -> tuple[str, str, Any]:
    """One customer id."""
    return "POST", "/v1/customers", {"id": fresh("customer")}


def a_project(_: Web) -> tuple[str, str, Any]:
    """One project id."""
    return "POST", "/v1/projects", {"id": fresh("project")}


def a_number(web: Web) -> tuple[str, str, Any]:
    """One phone number."""
    return "POST", web.project + "/phoneNumbers", {"phoneNumber": fresh_number()}


def a_rule(web: Web) -> tuple[str, str, Any]:
    """One set of parameters."""
    return "POST", web.project + "/callBlockingRules", rule_body(callerMatch=fresh())


def an_assignment(web: Web) -> tuple[str, str, Any]:
    """One number to one trunk."""
    _, _, number = a_number(web)
    web.post("/phoneNumbers", number)
    trunk = web.post("/trunks", a_trunk(web)[2])["id"]
    return "PUT", f"{web.project}/phoneNumbers/{number['phoneNumber']}", {"sipTrunkId": trunk}


def an_attachment(web: Web) -> tuple[str, str, Any]:
    """One access control list to one trunk."""
    acl = web.post("/accessControlLists", {"name": "n", "ipRanges": [{"ipAddress": "192.0.2.1"}]})["id"]
    trunk = web.post("/trunks", a_trunk(web)[2])["id"]
    return "POST", f"{web.project}/trunks/{trunk}/accessControlLists", {"accessControlListIds": [acl]}


def a_registration(web: Web) -> tuple[str, str, Any]:
    """One endpoint for one credential."""
    body = a_credential_list(web)[2]
    web.post("/credentialLists", body)
    trunk = web.post("/trunks", a_trunk(web)[2])["id"]
    endpoint = {"name": "n", "priority": 1, "isRegistered": True, "credentialUsername": body["credentials"][0]["username"]}
    return "POST", f"{web.project}/trunks/{trunk}/endpoints", endpoint


@pytest.mark.parametrize(
    "create",
    [a_trunk, a_credential_list, a_customer, a_project, a_number, a_rule, an_assignment, an_attachment, a_registration],
)
def test_of_equal_creates_at_once_one_succeeds(web: Web, create: Create) -> None:
    """Eight at once: one success, seven times the same documented error (clause 14)."""
    method, path, body = create(web)
    together = Barrier(AT_ONCE)

    def send(_: int) -> httpx.Response:
        together.wait()
        return web.client.request(method, path, json=body)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    counts = Counter(answer.is_success for answer in answers)
    assert counts == {True: 1, False: AT_ONCE - 1}
    refused = {answer.text for answer in answers if not answer.is_success}
    assert len(refused) == 1
    assert '"code":400,"status":"BAD_REQUEST"' in refused.pop()


def test_connections_are_kept(web: Web) -> None:
    """Many requests, refused ones and deletes among them, go over one connection."""
    address = urlsplit(web.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5) as connection:
        stream = connection.makefile("rb")
        for method in ("GET", "PATCH", "DELETE", "GET"):
            connection.sendall(f"{method} /v1/customers/x HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".encode())
            head = list(iter(stream.readline, b"\r\n"))
            length = next(int(line.split(b":")[1]) for line in head if line.startswith(b"content-length"))
            assert head[0].startswith(b"HTTP/1.1 401")
            assert stream.read(length).startswith(b'{"code":401')
            assert not any(line.lower().startswith(b"connection: close") for line in head)


def test_both_ways_to_show_the_key(web: Web) -> None:
    """HTTP Basic and a bearer token are worth the same."""
    token = web.client.post("/oauth2/token", data={"grant_type": "client_credentials"}).json()["access_token"]
    bearer = httpx.get(web.url + web.project, headers={"authorization": f"Bearer {token}"}, trust_env=False)
    basic = httpx.get(web.url + web.project, auth=web.key, trust_env=False)
    assert bearer.status_code == basic.status_code == 200
    assert bearer.json() == basic.json()
    assert httpx.get(web.url + web.project, auth=("x", "y"), trust_env=False).status_code == 401


def test_an_encoded_slash_separates_nothing(web: Web) -> None:
    """The route is decided from the path as it came, and the value decoded once."""
    shown = web.client.get(f"{web.project}/phoneNumbers/a%2Fb%252F%2B46").json()
    assert shown["message"] == "Could not find phone number 'a/b%2F+46'"


def test_a_range_of_moments_in_plain_and_encoded(web: Web) -> None:
    """A range arrives with its signs encoded or not."""
    for query in ("createTime>=2021-02-01&createTime<=2021-02-02", "createTime%3E=2021-02-01&createTime%3C=2021-02-02"):
        assert web.client.get(f"{web.project}/calls?{query}").json()["totalItems"] == 1


def test_deletes_and_head_have_no_body(web: Web) -> None:
    """204 says no length, and HEAD is refused without a body."""
    web.client.post("/v1/customers", json={"id": "short-lived"})
    gone = web.client.delete("/v1/customers/short-lived")
    assert (gone.status_code, gone.content, gone.headers.get("content-length")) == (204, b"", None)
    assert web.client.head(web.project).status_code == 405


def test_latency_is_added_before_the_request_is_handled() -> None:
    """With a delay every answer is late, and many wait at the same time."""
    sandbox = Sandbox()
    with running(sandbox, delay_ms=150) as url, httpx.Client(base_url=url, trust_env=False) as client:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: client.get("/v1/customers/x"), range(AT_ONCE)))
        spent = [answer.elapsed.total_seconds() for answer in answers]
    assert min(spent) >= 0.15
    assert max(spent) < AT_ONCE * 0.15
