"""The client: what it sends, how it proves who it is, and that no answer and no lack of one makes it raise."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, api
from contracts.client import Client
from contracts.envelope import LARGEST
from contracts.exchange import Exchange, Failure, basic
from contracts.target import Auth, Timeouts
from contracts.transport.transfer import END
from tests.selftest.answers import KEY, PROJECT, Do, Script, Server, Step, answer, closed_port, connected, talking

OK = answer(200, {"id": "made"})
TOKEN = {"access_token": "token-of-the-test", "expires_in": 3600}


def sent(call: Call, script: Script | Sequence[Step] | bytes = OK, **members: Any) -> tuple[Exchange, Server]:
    """One call to a server of its own, and what became of it."""
    with talking(script, **members) as (client, server):
        exchange = client.send(call)
    return exchange, server


def request_line(server: Server) -> str:
    """The first line of the first request."""
    return server.requests[0].split(b"\r\n", 1)[0].decode("ascii")


# -- what is sent -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "sent_as"),
    [
        ("US ", "US%20"),
        ("+46", "%2B46"),
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("'\"", "%27%22"),
        ("%41", "%2541"),
        ("ü☎", "%C3%BC%E2%98%8E"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a\nb\0", "a%0Ab%00"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_a_value_reaches_the_path_and_the_query_as_it_is(value: str, sent_as: str) -> None:
    """Nothing in a value can end its step of the path or its part of the query, or be taken for something else."""
    _, server = sent(api.getSipTrunkById(sipTrunkId=value))
    assert request_line(server) == f"GET /v1/projects/{PROJECT}/trunks/{sent_as} HTTP/1.1"
    _, server = sent(api.findCalls(query=(("createTime>", value),)))
    asked = request_line(server).split("?")[1].removesuffix(" HTTP/1.1")
    assert asked == "createTime%3E=" + ("." * len(value) if value.strip(".") == "" else sent_as)


@pytest.mark.parametrize(
    ("body", "sent_as"),
    [
        ({"a": "ü"}, '{"a": "ü"}'.encode()),
        ({"a": "\ud800"}, b'{"a": "\\ud800"}'),
        ([], b"[]"),
        (None, b"null"),
        (b"{not json", b"{not json"),
    ],
)
def test_a_body_is_sent_as_json_or_as_the_bytes_that_it_is(body: Any, sent_as: bytes) -> None:
    """Also JSON null is a body, and a lone surrogate goes as its escape."""
    _, server = sent(api.createSipTrunk(json=body))
    head, _, content = server.requests[0].partition(b"\r\n\r\n")
    assert content == sent_as
    assert b"content-type: application/json" in head.lower()


def test_without_a_body_nothing_is_sent_and_no_type_is_named() -> None:
    """A GET has neither body nor content type."""
    _, server = sent(api.getSipTrunks())
    assert server.requests[0].endswith(b"\r\n\r\n")
    assert b"content-type" not in server.requests[0].lower()


def test_a_renamed_operation_goes_where_the_profile_says_and_a_withdrawn_one_nowhere() -> None:
    """Method and path are the target's own; what it does not offer is never sent."""
    paths: dict[str, tuple[str, str] | None] = {"createCustomer": ("PUT", "/clients"), "getCustomer": None}
    _, server = sent(api.createCustomer(id="c"), paths=paths)
    assert request_line(server) == "PUT /clients HTTP/1.1"
    with talking(OK, paths=paths) as (client, server), pytest.raises(NotExercised, match="no getCustomer"):
        client.send(api.getCustomer(customerId="c"))
    assert server.requests == []


def test_proxy_variables_are_ignored_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment never sees what goes to a loopback address."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, closed_port())
    exchange, _ = sent(api.getSipTrunks())
    assert exchange.ok


def test_a_value_of_an_answer_that_is_too_long_to_send_makes_the_case_inconclusive() -> None:
    """No scenario has such values; so the target made it up."""
    with talking(OK) as (client, server), pytest.raises(Inconclusive, match="URL too long"):
        client.send(api.getSipTrunkById(sipTrunkId="x" * 70_000))
    assert server.requests == []


# -- who asks -----------------------------------------------------------------------------------------------------------------


def authorizations(server: Server) -> list[str]:
    """The Authorization header of each request."""
    lines = [line for request in server.requests for line in request.decode("latin-1").split("\r\n")]
    return [line.partition(": ")[2] for line in lines if line.lower().startswith("authorization:")]


def test_basic_names_the_key() -> None:
    """Key id and secret go as HTTP Basic."""
    _, server = sent(api.getSipTrunks())
    assert authorizations(server) == [basic(*KEY)]


def test_a_header_of_the_call_wins() -> None:
    """A scenario can send other credentials than the run's."""
    _, server = sent(api.getSipTrunks().with_header("authorization", "Basic bm9ib2R5"))
    assert authorizations(server) == ["Basic bm9ib2R5"]


def token_server(*tokens: dict[str, Any]) -> Script:
    """A script that hands out these tokens, the last one again and again, and accepts everything else."""
    left = iter(tokens)
    lock = threading.Lock()
    last = tokens[-1]

    def script(request: bytes) -> Sequence[Step]:
        if not request.startswith(b"POST /oauth2/token "):
            return (OK,)
        with lock:
            return (answer(200, next(left, last)),)

    return script


@pytest.fixture
def oauth() -> Iterator[tuple[Client, Server]]:
    """A client that trades its key for a token, and the server that gives it."""
    with talking(token_server(TOKEN), auth=Auth("oauth2")) as (client, server):
        yield client, server


def test_many_threads_ask_for_one_token(oauth: tuple[Client, Server]) -> None:
    """The token is asked for once, with the key, and borne by every request."""
    client, server = oauth
    with ThreadPoolExecutor(16) as threads:
        exchanges = list(threads.map(lambda _: client.send(api.getSipTrunks()), range(64)))
    assert all(exchange.ok for exchange in exchanges)
    asked = [request for request in server.requests if request.startswith(b"POST /oauth2/token ")]
    assert len(asked) == 1
    assert asked[0].endswith(b"grant_type=client_credentials")
    assert set(authorizations(server)) == {basic(*KEY), "Bearer token-of-the-test"}


def test_a_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute before its end a new one is asked for; until then it serves."""
    now = 1000.0
    monkeypatch.setattr("contracts.client.time.monotonic", lambda: now)
    tokens = (TOKEN | {"access_token": "one"}, TOKEN | {"access_token": "two"})
    with talking(token_server(*tokens), auth=Auth("oauth2")) as (client, server):
        for now in (1000.0, 1000.0 + 3539, 1000.0 + 3541):  # noqa: B007 - the clock reads it
            client.send(api.getSipTrunks())
    bearers = [value for value in authorizations(server) if value.startswith("Bearer")]
    assert bearers == ["Bearer one", "Bearer one", "Bearer two"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_key_is_inconclusive_with_a_hint(status: int) -> None:
    """Without a token nothing is judged, and the reason says what to check."""
    refusal = answer(status, {"error": "invalid_client"})
    with talking(refusal, auth=Auth("oauth2")) as (client, _), pytest.raises(Inconclusive, match="check SINCH_KEY_ID"):
        client.send(api.getSipTrunks())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        pytest.param(b"[" * 100_000, id="deep"),
        {"access_token": None},
        {"access_token": ""},
        {"access_token": {"a": 1}},
        {"access_token": "two words"},
        {"access_token": "line\r\nbreak: x"},
        {"access_token": "ü"},
        {"access_token": "\ud800"},
    ],
)
def test_an_answer_without_a_usable_token_is_inconclusive(body: Any) -> None:
    """What no header can bear is no token."""
    with talking(answer(200, body), auth=Auth("oauth2")) as (client, _), pytest.raises(Inconclusive, match="no access_token came"):
        client.send(api.getSipTrunks())


@pytest.mark.parametrize("lifetime", [None, "soon", -1, 0, float("nan"), float("inf"), {}])
def test_a_strange_lifetime_is_taken_for_an_hour(lifetime: Any) -> None:
    """A token is a token, whatever stands beside it."""
    with talking(token_server({"access_token": "t", "expires_in": lifetime}), auth=Auth("oauth2")) as (client, server):
        assert client.send(api.getSipTrunks()).ok
        assert client.send(api.getSipTrunks()).ok
    assert len([r for r in server.requests if r.startswith(b"POST")]) == 1


def test_threads_do_not_queue_for_a_dead_token_endpoint() -> None:
    """What one thread found out serves the others for a while."""
    with talking((Do.CLOSE,), auth=Auth("oauth2")) as (client, server):
        asked = []
        for _ in range(8):
            with pytest.raises(Inconclusive, match="no token from"):
                client.send(api.getSipTrunks())
            asked.append(len(server.requests))
    assert set(asked) == {asked[0]}


def test_a_secret_that_the_target_echoes_is_hidden() -> None:
    """Neither the key's secret nor the header in which it goes can come into a report by way of an answer."""
    hidden = [KEY[1], base64.b64encode(":".join(KEY).encode()).decode()]
    exchange, _ = sent(api.getSipTrunks(), answer(400, {"message": " ".join(hidden)}, f"X-Echo: {hidden[1]}"))
    assert exchange.response
    assert not any(secret in repr(exchange.response) for secret in hidden)
    assert json.loads(exchange.response.body) == {"message": "*** ***"}


# -- what comes back ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", ["http://elsewhere.invalid/", "http://[::1", "\xff:\\", ""])
def test_redirects_are_not_followed(location: str) -> None:
    """Wherever they point: all that is sent is the call, and the question whether that is the API's answer."""
    exchange, server = sent(api.getSipTrunks(), answer(302, b"", f"Location: {location}"))
    assert (exchange.status, exchange.requests, exchange.shut_out) == (302, 2, True)
    project = f"GET /v1/projects/{PROJECT}/".encode()
    asked = [project + path for path in (b"trunks", b"callBlockingRules?size=1")]
    assert [request.partition(b" HTTP")[0] for request in server.requests] == asked


def test_cookies_are_not_kept() -> None:
    """No answer can change the next request."""
    with talking(answer(200, b"{}", "Set-Cookie: session=1; Path=/")) as (client, server):
        client.send(api.getSipTrunks())
        client.send(api.getSipTrunks())
    assert not any(b"cookie" in request.lower() for request in server.requests)


@pytest.mark.parametrize(("size", "too_large"), [(LARGEST, False), (LARGEST + 1, True), (3 * LARGEST, True)])
def test_a_body_is_read_up_to_the_limit(size: int, too_large: bool) -> None:  # noqa: FBT001 - a parameter
    """At most 1 MiB is read, and the response says when there was more; then its end is left out."""
    exchange, _ = sent(api.getSipTrunks(), answer(200, b"x" * size))
    assert exchange.response
    assert (len(exchange.response.body), exchange.response.too_large) == (LARGEST - END * too_large, too_large)


def test_no_piece_of_a_secret_stands_where_a_body_is_cut() -> None:
    """The veil knows a secret by the whole of it."""
    secret = KEY[1].encode()
    for ahead in range(0, len(secret), 5):
        exchange, _ = sent(api.getSipTrunks(), answer(200, b"x" * ahead + secret * (LARGEST // len(secret) + 2)))
        assert exchange.response
        assert secret[:6] not in exchange.response.body


def test_what_comes_behind_an_answer_is_not_taken_for_the_next_one() -> None:
    """More bytes than announced, or a second answer that nobody asked for, spoil no other exchange."""
    for extra in (answer(418), b"garbage", b"\r\n"):
        with talking((OK + extra,)) as (client, _):
            assert [client.send(api.getSipTrunks()).status for _ in range(3)] == [200, 200, 200]


def test_a_connection_is_used_again() -> None:
    """One thread needs one connection, as long as the server keeps it."""
    with talking(OK) as (client, server):
        assert all(client.send(api.getSipTrunks()).ok for _ in range(5))
    assert server.connections == 1


def test_a_contestant_has_a_connection_of_its_own() -> None:
    """It is ready before it sends, and shares no connection."""
    ready = threading.Event()
    with talking(OK) as (client, server):
        client.send(api.getSipTrunks())
        with client.starts(api.getSipTrunks()) as (start,):
            client.send_alone(api.getSipTrunks(), ready.set, start)
    assert (ready.is_set(), server.connections) == (True, 2)


def test_only_a_success_proves_the_key() -> None:
    """Until then a 401 or 403 says nothing of the API."""
    for status, proven in ((200, True), (204, True), (302, False), (400, False), (401, False), (500, False)):
        with talking(answer(status, b"")) as (client, _):
            client.send(api.getSipTrunks())
            assert client.proven is proven


def test_nobody_listening_is_unreachable() -> None:
    """A refused connection is no answer."""
    with connected(closed_port(), timeouts=Timeouts(1, 1, 1)) as client:
        exchange = client.send(api.getSipTrunks())
    assert (exchange.response, exchange.failure) == (None, Failure.UNREACHABLE)


def test_a_reason_that_quotes_what_came_shows_no_secret() -> None:
    """A target can put into a broken answer what it got."""

    def echo(request: bytes) -> tuple[bytes]:
        return (b"HTTP/1.1 xx " + request.lower().partition(b"authorization: basic ")[2].partition(b"\r")[0] + b"\r\n\r\n",)

    with talking(echo) as (client, _):
        exchange = client.send(api.getSipTrunks())
    assert exchange.failure is Failure.BROKEN
    assert "***" in exchange.reason
