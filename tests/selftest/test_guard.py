"""The guard: nothing leaves for a host that nobody named. No test here sends a packet beyond this machine."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.blame import Forbidden, Mistake, NotExercised
from contracts.call import api
from contracts.client import Client
from contracts.operation import operations
from contracts.run.shared import Shared
from contracts.target import Auth, Target, resolve
from contracts.transport.guard import CONFIRM, Guard
from contracts.transport.wire import proxy_for
from tests.selftest.answers import answer, answering, connected

OK = answer(200, {"id": "made"})
FULL = {"SINCH_PROJECT_ID": "p", "SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret"}
LOCAL = "http://127.0.0.1:1"
STAGING, LIVE = "https://staging.example.invalid", "https://eu.trunking.api.sinch.com"


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were asked for; each leads to a documentation address, and no connection is made."""
    names: list[str] = []

    def lookup(host: str, *_: Any, **__: Any) -> list[Any]:
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        names.append(address[0])
        raise OSError("no packet leaves a test")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    return names


def client_of(url: str, **members: Any) -> contextlib.AbstractContextManager[Client]:
    """A client whose target was never checked by options or profile: the guard is all that there is."""
    return contextlib.closing(Client(Target("t", url, "p", "key-id", "key-secret", **members)))


# -- what it says -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["staging.example.invalid", "STAGING.example.invalid", "staging.example.invalid."])
def test_a_host_is_denied_unless_it_is_named(host: str) -> None:
    """By its name, whatever its case, and with the dot that may end it or without."""
    assert "allow = [" in str(Guard().objection(host))
    assert "allow = [" in str(Guard(allow=("example.invalid", "other.invalid")).objection(host))
    assert Guard(allow=("staging.example.invalid",)).objection(host) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_is_free(host: str) -> None:
    """Nobody has to allow it."""
    assert Guard().objection(host) is None


@pytest.mark.parametrize("host", ["eu.api.sinch.com", "a.b.api.sinch.com", "EU.API.SINCH.COM", "eu.api.sinch.com."])
def test_production_is_confirmed_on_top(host: str) -> None:
    """To allow it is not enough; and to confirm it does not allow it."""
    assert CONFIRM in str(Guard(allow=(host,)).objection(host))
    assert "allow = [" in str(Guard(confirmed=True).objection(host))
    assert Guard(allow=(host,), confirmed=True).objection(host) is None


def test_a_profile_says_what_is_production() -> None:
    """Its patterns take the place of the default ones."""
    guard = Guard(allow=("live.example.invalid", "eu.api.sinch.com"), production=("live.*",))
    assert CONFIRM in str(guard.objection("live.example.invalid"))
    assert guard.objection("eu.api.sinch.com") is None


# -- before a run -------------------------------------------------------------------------------------------------------------


def resolved(tmp_path: Any, url: str, text: str, *, confirmed: bool = False) -> Target:
    """The target that an address and a profile of this text make."""
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    target = resolve(url, str(file), FULL, confirmed=confirmed)
    assert target
    return target


def test_a_run_on_production_must_be_confirmed(tmp_path: Any) -> None:
    """It is a mistake until then, told in one line; the target bears the guard that let it through."""
    text = 'allow = ["eu.trunking.api.sinch.com"]'
    with pytest.raises(Mistake, match=CONFIRM):
        resolved(tmp_path, LIVE, text)
    target = resolved(tmp_path, LIVE, text, confirmed=True)
    assert target.guard == Guard(allow=("eu.trunking.api.sinch.com",), confirmed=True)


def test_a_token_url_on_production_must_be_confirmed_as_well(tmp_path: Any) -> None:
    """The key goes there."""
    text = 'allow = ["auth.api.sinch.com"]\n[auth]\nkind = "oauth2"\ntoken_url = "https://auth.api.sinch.com/t"'
    with pytest.raises(Mistake, match=CONFIRM):
        resolved(tmp_path, "http://127.0.0.1:1", text)


# -- below the client ---------------------------------------------------------------------------------------------------------


def contest(client: Client) -> None:
    """Send a call as a contestant of a race."""
    with client.starts(api.getSipTrunks()) as (start,):
        client.send_alone(api.getSipTrunks(), lambda: None, start)


SENDERS: dict[str, Callable[[Client], object]] = {
    "send": lambda client: client.send(api.getSipTrunks()),
    "race": contest,
}


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS.keys())
@pytest.mark.parametrize("url", [STAGING, LIVE, "http://192.0.2.1", "http://[2001:db8::1]"])
def test_no_packet_leaves_for_a_host_that_is_not_named(looked_up: list[str], url: str, send: Callable[[Client], object]) -> None:
    """Not even a name is looked up, whoever made the target."""
    with client_of(url) as client, pytest.raises(Forbidden):
        send(client)
    assert looked_up == []


def test_a_host_that_is_named_is_connected_to(looked_up: list[str]) -> None:
    """So the guard is what stood in the way."""
    with client_of(STAGING, guard=Guard(allow=("staging.example.invalid",))) as client:
        assert client.send(api.getSipTrunks()).failure == "unreachable"
    assert looked_up == ["staging.example.invalid"]


def test_the_key_goes_to_no_token_url_that_is_not_named(looked_up: list[str]) -> None:
    """Also where the API itself is free."""
    auth = Auth("oauth2", f"{STAGING}/token")
    with client_of("http://127.0.0.1:1", auth=auth) as client, pytest.raises(Forbidden):
        client.send(api.getSipTrunks())
    assert looked_up == []


def test_a_renamed_operation_leads_nowhere_else(looked_up: list[str]) -> None:
    """A path that makes another host of the address is caught where the request leaves."""
    paths: dict[str, tuple[str, str] | None] = {"getSipTrunks": ("GET", "@staging.example.invalid/x")}
    with client_of("http://127.0.0.1:1", paths=paths) as client, pytest.raises(Forbidden):
        client.send(api.getSipTrunks())
    assert looked_up == []


def test_a_proxy_is_no_way_round(looked_up: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It would send on whatever it gets."""
    with answering(OK) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        for url in (STAGING, "http://staging.example.invalid"):
            with client_of(url) as client, pytest.raises(Forbidden):
                client.send(api.getSipTrunks())
        assert proxy.requests == []
    assert looked_up == []


def test_a_name_of_this_machine_that_leads_elsewhere_is_not_free(looked_up: list[str]) -> None:
    """A resolver can be told anything; where it leads is seen before a connection is made."""
    with client_of("http://localhost:1") as client, pytest.raises(Forbidden, match=r"192\.0\.2\.1"):
        client.send(api.getSipTrunks())
    assert looked_up == ["localhost"]


def test_read_only_lets_through_what_changes_nothing() -> None:
    """GET alone, but for the one that leaves something behind; whoever asks for more is not exercised."""
    with answering(OK) as server, connected(server.url) as client:
        target = replace(client.target, guard=Guard(read_only=True))
        with contextlib.closing(Client(target)) as reader:
            assert reader.send(api.getSipTrunks()).ok
            for call in (api.createSipTrunk(json={}), api.deleteSipTrunk(sipTrunkId="x"), api.exportCallRecords(createTime="x")):
                with pytest.raises(NotExercised, match=f"read-only, and {call.operation} may change"):
                    reader.send(call)
        assert len(server.requests) == 1


def test_a_read_only_guard_stops_what_the_client_let_through(tmp_path: Path) -> None:
    """By method and by path, whatever an operation is called; a token may still be asked for."""
    token = '[auth]\nkind = "oauth2"\ntoken_url = "http://127.0.0.1:1/t"'
    guard = resolved(tmp_path, LOCAL, f"read_only = true\n{token}").guard
    for method, path in {"POST": "/v1/projects/p/trunks", "DELETE": "/x", "GET": "/base/v1/projects/p/calls/export"}.items():
        with pytest.raises(Forbidden, match="read-only"):
            guard.check(method, f"{LOCAL}{path}?a=b", "127.0.0.1")
    for path in ("/v1/projects/p/calls/%65xport", "/v1/projects/p//calls/./export/", "/v1/projects/p/Calls/%2565xport"):
        with pytest.raises(Forbidden, match="read-only"):
            guard.check("GET", f"{LOCAL}{path}", "127.0.0.1")
    with pytest.raises(Forbidden, match="read-only"):
        guard.check("DELETE", f"{LOCAL}/t", "127.0.0.1")
    guard.check("GET", f"{LOCAL}/v1/projects/p/calls/exports/k", "127.0.0.1")
    guard.check("GET", f"{LOCAL}/v1/projects/p/calls", "127.0.0.1")
    guard.check("POST", f"{LOCAL}/t", "127.0.0.1")


def test_a_read_only_target_hands_out_tokens_behind_its_own_address(tmp_path: Path) -> None:
    """Where the profile names no other place for that."""
    target = resolved(tmp_path, LOCAL, 'read_only = true\n[auth]\nkind = "oauth2"')
    target.guard.check("POST", target.token_url, "127.0.0.1")


def test_an_operation_that_a_profile_makes_a_post_is_not_read(tmp_path: Path) -> None:
    """What a read does there, nobody knows."""
    target = resolved(tmp_path, LOCAL, 'read_only = true\n[operations]\ngetCall = { method = "POST" }')
    assert target.lacks(operations()["getCall"]) == "the profile is read-only, and getCall may change something"
    assert target.lacks(operations()["getSipTrunks"]) == ""


# -- proxies ------------------------------------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_gets_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the request for an allowed host, which is not looked up here."""
    with answering(OK) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://us%40er:pa%3Ass@"))
        with client_of("http://staging.example.invalid", guard=Guard(allow=("staging.example.invalid",))) as client:
            assert client.send(api.getSipTrunks()).ok
    assert proxy.requests[0].startswith(b"GET http://staging.example.invalid/v1/projects/p/trunks HTTP/1.1\r\n")
    assert b"proxy-authorization: basic dxnaZXI6cGE6c3M=".lower() in proxy.requests[0].lower()


def test_what_a_proxy_was_told_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that echoes its request shows neither its password nor the pair that it got."""
    with answering(lambda request: (answer(404, {"echo": request.decode("latin-1")}),)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://proxy-user:proxy-password@"))
        with client_of("http://staging.example.invalid", guard=Guard(allow=("staging.example.invalid",))) as client:
            told = client.send(api.getSipTrunks()).answer_line()
    pair = base64.b64encode(b"proxy-user:proxy-password").decode()
    assert "***" in told
    assert not any(secret in told for secret in ("proxy-password", pair))


@pytest.mark.parametrize("named", ["socks5://key:hidden@127.0.0.1:1", "http://key:hidden@", "http://[::1", "http://key:hidden@h:x"])
def test_a_proxy_that_is_no_http_address_is_a_mistake_that_repeats_no_secret(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that says how one is written."""
    monkeypatch.setenv("https_proxy", named)
    with pytest.raises(Mistake, match="http://proxy:3128") as raised:
        proxy_for(STAGING)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(("variables", "told"), [({"all_proxy": "http://a:1"}, b"a"), ({"https_proxy": "b:2"}, b"b"), ({}, None)])
def test_the_environment_names_proxies_as_usual(
    variables: dict[str, str], told: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With or without a scheme; `no_proxy` takes hosts out, and this machine needs none."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for(STAGING)
    assert (proxy.url.host if proxy else None) == told
    assert proxy_for("http://127.0.0.1:1") is None
    monkeypatch.setenv("no_proxy", "example.invalid")
    assert proxy_for(STAGING) is None


def test_the_guard_goes_with_its_target_to_every_worker() -> None:
    """As it was made."""
    allowed = Guard(allow=("a.invalid",), production=("b.*",), confirmed=True)
    guard = replace(allowed, read_only=True, token_url="https://a.invalid/t", leaves=("/x",))
    target = Target("t", STAGING, "p", "key-id", "key-secret", guard=guard)
    shared = Shared("run", target, 1, strict=False, concurrency=1, stop_file="none")
    assert Shared.from_json(shared.as_json()).target == target
    assert json.loads(shared.as_json())["target"]["guard"]["confirmed"] is True
