from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.exchange import basic
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.serve import running
from tests.selftest.faulty import BURSTS, DOWN, ELSEWHERE, HOST, JITTERED, LATE, PAUSE, PIECES, THREADS, Fault, Faulty, faulty
from tests.selftest.sandbox_api import fresh

Answer = tuple[int, dict[str, str], bytes]
PATIENCE = 10.0


class Served:
    """A sandbox behind the proxies, and the requests that reached it."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.seen: list[Request] = []
        self.url = ""
        who = self.sandbox.identity
        self.project, self.key = who.project_id, (who.key_id, who.key_secret)
        self.basic = basic(*self.key)
        self.trunks = f"/v1/projects/{who.project_id}/trunks"

    def handle(self, request: Request) -> Response:
        """Answer it as the sandbox does."""
        self.seen.append(request)
        return self.sandbox.handle(request)

    def request(self, method: str = "GET", path: str = "", body: bytes = b"", *headers: str) -> bytes:
        """A request with the key, as bytes; the list of trunks, unless told."""
        lines = (f"{method} {path or self.trunks} HTTP/1.1", "Host: x", f"Authorization: {self.basic}", *headers)
        return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body

    def create(self) -> bytes:
        """A request for a new trunk, as bytes."""
        return self.request("POST", self.trunks, json.dumps({"hostName": fresh("host"), "name": "n"}).encode())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One sandbox for the module."""
    server = Served()
    with running(server) as server.url:
        yield server


@pytest.fixture
def target(served: Served) -> Served:
    """The sandbox, that nothing reached yet."""
    served.seen.clear()
    return served


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """A plain connection there."""
    with socket.create_connection((HOST, urlsplit(url).port or 0), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def raw(url: str, request: bytes) -> tuple[bytes, str]:
    """All that comes for a request, and how it ends."""
    came = b""
    with connected(url) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65536):
                came += piece
        except ConnectionError:
            return came, "reset"
    return came, "end"


def silent(connection: socket.socket) -> bool:
    """Whether nothing comes, not even an end, as far as a moment tells."""
    connection.settimeout(0.05)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    return False


@contextlib.contextmanager
def asking(url: str, authorization: str = "") -> Iterator[Callable[..., Answer]]:
    """A function that asks over one connection that is kept, and gives what came: the date and the server's name are left out."""

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Answer:
        given = {"Authorization": authorization} if authorization else {}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, content, {**given, **headers})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders() if name.lower() != "date"}
        return response.status, named, response.read()

    with contextlib.closing(http.client.HTTPConnection(HOST, urlsplit(url).port or 0, timeout=PATIENCE)) as connection:
        yield ask


def until(fact: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + PATIENCE
    while not (true := fact()) and time.monotonic() < deadline:
        time.sleep(0.002)
    return true


def threads() -> int:
    """How many threads the proxies have: one that listens, and one for each connection."""
    return sum(thread.name == THREADS for thread in threading.enumerate())


def has_read(proxy: Faulty, count: int) -> bool:
    """Whether the proxy reads so many requests in time."""
    return until(lambda: proxy.requests == count)


def envelope(answer: Answer) -> Any:
    """The document of an error, which repeats the status."""
    document = json.loads(answer[2])
    assert answer[1]["content-type"] == "application/json"
    assert document["code"] == answer[0]
    return document


# -- without faults -----------------------------------------------------------------------------------------------------------


def test_without_faults_nothing_is_changed(target: Served) -> None:
    """Reads, refusals, creations and deletions through it are as they are past it, over one connection each."""

    def story(ask: Callable[..., Answer]) -> Iterator[Answer]:
        created = ask("POST", target.trunks, {"hostName": fresh("host"), "name": "n"})
        one = f"{target.trunks}/{json.loads(created[2])['id']}"
        assert ask("GET", one)[2] == created[2]
        yield ask("DELETE", one)
        yield ask("HEAD", target.trunks)
        yield ask("GET", f"{target.trunks}?size=1&page=1")
        yield ask("GET", f"{target.trunks}/a%2Fb")
        yield ask("POST", target.trunks, b"{")
        yield ask("GET", target.trunks, Authorization="Basic d3Jvbmc=")
        yield ask("GET", target.trunks, **{"X-Fault-Inject": "500"})

    with faulty(target.url, 1, {}) as proxy, asking(proxy.url, target.basic) as through, asking(target.url, target.basic) as past:
        answers = list(story(through))
        assert answers == list(story(past))
    assert [status for status, *_ in answers] == [204, 405, 200, 404, 400, 401, 500]
    assert (proxy.requests, proxy.tokens, proxy.injected) == (9, 0, Counter())


def test_nothing_waits_for_an_acknowledgement(target: Served) -> None:
    """A head and a body in two pieces are passed on at once; whoever waits for Nagle needs 40 ms, each time."""
    body = json.dumps({"hostName": fresh("host"), "name": "n"}).encode()
    head = target.request("POST", target.trunks, body).removesuffix(body)
    spent = []
    with faulty(target.url, 1, {}) as proxy, connected(proxy.url) as connection:
        for _ in range(20):
            begun = time.monotonic()
            connection.sendall(head)
            connection.sendall(body)
            assert connection.recv(65536).startswith(b"HTTP/1.1 ")
            spent.append(time.monotonic() - begun)
    assert statistics.median(spent) < 0.03


def test_a_connection_is_ended_where_the_client_asks_for_it(target: Served) -> None:
    """Connection: close in a request is heeded, also by answers of the proxy's own."""
    for rates, status in (({}, b"200"), ({Fault.TOO_MANY: 1.0}, b"429")):
        with faulty(target.url, 1, rates) as proxy:
            came, ended = raw(proxy.url, target.request("GET", "", b"", "Connection: close"))
        assert (came[9:12], ended) == (status, "end")


# -- each fault on the wire ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "done"), [(Fault.RESET_BEFORE, 0), (Fault.RESET_AFTER, 1)])
def test_a_connection_is_reset(target: Served, fault: Fault, done: int) -> None:
    """Nothing comes; the trunk was made, or was not."""
    before = len(target.sandbox.state.trunks)
    with faulty(target.url, 1, {fault: 1.0}) as proxy:
        assert raw(proxy.url, target.create()) == (b"", "reset")
    assert len(target.sandbox.state.trunks) - before == len(target.seen) == done
    assert (proxy.requests, proxy.injected) == (1, {fault: 1})


def test_an_answer_is_cut_in_the_middle_of_its_body(target: Served) -> None:
    """The head announces more than comes; then there is an end or a reset."""
    whole, _ = raw(target.url, target.request("GET", "", b"", "Connection: close"))
    length = len(whole.partition(b"\r\n\r\n")[2])
    ends = set()
    with faulty(target.url, 1, {Fault.TRUNCATED: 1.0}) as proxy:
        for _ in range(12):
            came, ended = raw(proxy.url, target.request())
            head, _, body = came.partition(b"\r\n\r\n")
            assert f"content-length: {length}".encode() in head
            assert len(body) == length // 2
            ends.add(ended)
    assert ends == {"end", "reset"}


def test_an_answer_without_a_body_is_cut_in_its_head(target: Served) -> None:
    """A 204 has nothing else that could be cut."""
    with asking(target.url, target.basic) as ask:
        made = json.loads(ask("POST", target.trunks, {"hostName": fresh("host"), "name": "n"})[2])
    with faulty(target.url, 1, {Fault.TRUNCATED: 1.0}) as proxy:
        came, _ = raw(proxy.url, target.request("DELETE", f"{target.trunks}/{made['id']}"))
    assert came.startswith(b"HTTP/1.1 204")
    assert b"\r\n\r\n" not in came


LATER = {Fault.LATENCY: LATE[0], Fault.JITTER: JITTERED[0], Fault.SLOW_BODY: PAUSE * PIECES / 2}


@pytest.mark.parametrize("fault", LATER)
def test_a_late_answer_is_whole(target: Served, fault: Fault) -> None:
    """It takes its time and is the one that comes without the proxy; the connection is kept."""
    with asking(target.url, target.basic) as past, faulty(target.url, 1, {fault: 1.0}) as proxy:
        expected = past("GET", target.trunks)
        with asking(proxy.url, target.basic) as through:
            begun = time.monotonic()
            assert [through("GET", target.trunks) for _ in range(2)] == [expected] * 2
            assert time.monotonic() - begun >= 2 * LATER[fault]
    assert proxy.injected == {fault: 2}


@pytest.mark.parametrize(("fault", "done"), [(Fault.LATENCY, 1), (Fault.JITTER, 0)])
def test_what_waits(target: Served, monkeypatch: pytest.MonkeyPatch, fault: Fault, done: int) -> None:
    """By latency an answer; by jitter the request, so that others overtake it."""
    for name in ("LATE", "JITTERED"):
        monkeypatch.setattr(f"tests.selftest.faulty.{name}", (60.0, 60.0))
    with faulty(target.url, 1, {fault: 1.0}) as proxy, connected(proxy.url) as connection:
        connection.sendall(target.request())
        assert has_read(proxy, 1)
        assert until(lambda: len(target.seen) == done)
        assert silent(connection)
        assert len(target.seen) == done
    assert proxy.injected == {fault: 1}


def test_a_slow_body_follows_its_head(target: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head comes at once, and the body does not."""
    monkeypatch.setattr("tests.selftest.faulty.PAUSE", 60.0)
    came = b""
    with faulty(target.url, 1, {Fault.SLOW_BODY: 1.0}) as proxy, connected(proxy.url) as connection:
        connection.sendall(target.request())
        while b"\r\n\r\n" not in came:
            came += connection.recv(65536)
        assert silent(connection)
    assert came.startswith(b"HTTP/1.1 200")
    assert came.endswith(b"\r\n\r\n")


def test_a_half_closed_connection_still_takes_what_is_sent(target: Served) -> None:
    """The sending side ends without an answer, and nothing is refused."""
    with faulty(target.url, 1, {Fault.HALF_CLOSED: 1.0}) as proxy, connected(proxy.url) as connection:
        for _ in range(5):
            connection.sendall(target.request())
            assert connection.recv(1) == b""
    assert proxy.requests == 1


def test_a_stalled_connection_says_nothing(target: Served) -> None:
    """Neither an answer nor an end; the client has to lose patience."""
    with faulty(target.url, 1, {Fault.STALLED: 1.0}) as proxy, connected(proxy.url) as connection:
        connection.sendall(target.request())
        assert has_read(proxy, 1)
        assert silent(connection)


@pytest.mark.parametrize("fault", [Fault.HALF_CLOSED, Fault.STALLED])
def test_what_is_not_answered_may_be_done_or_not(target: Served, fault: Fault) -> None:
    """Some of the requests reach the target."""
    with faulty(target.url, 1, {fault: 1.0}) as proxy, contextlib.ExitStack() as kept:
        for number in range(1, 17):
            kept.enter_context(connected(proxy.url)).sendall(target.request())
            assert has_read(proxy, number)
        assert until(lambda: len(target.seen) > 0)
    assert len(target.seen) < proxy.requests


def test_an_idle_connection_is_closed_without_a_word(target: Served) -> None:
    """The answer is whole and announces no end, and that comes all the same."""
    with asking(target.url, target.basic) as past, faulty(target.url, 1, {Fault.IDLE_CLOSED: 1.0}) as proxy:
        came, ended = raw(proxy.url, target.request())
        head, _, body = came.partition(b"\r\n\r\n")
        assert (body, ended) == (past("GET", target.trunks)[2], "end")
    assert b"connection" not in head.lower()


# -- gateways -----------------------------------------------------------------------------------------------------------------


def turned_down(target: Served, fault: Fault) -> list[Answer]:
    """What a gateway says in a hundred bursts."""
    with (
        faulty(target.url, 1, {fault: 1.0}, clock=itertools.count(0.0, 1.0).__next__) as proxy,
        asking(proxy.url, target.basic) as ask,
    ):
        answers = [ask("GET", target.trunks) for _ in range(100)]
    assert proxy.injected == {fault: 100}
    assert not target.seen
    for told in filter(None, (headers.get("retry-after") for _, headers, _ in answers)):
        assert told in {"0", "1"} or (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds() <= 1
    return answers


def test_too_many_requests_say_when_to_come_again(target: Served) -> None:
    """429 in the envelope, with Retry-After: in seconds, or as a date."""
    answers = turned_down(target, Fault.TOO_MANY)
    assert {envelope(answer)["status"] for answer in answers} == {"RESOURCE_EXHAUSTED"}
    assert {answer[0] for answer in answers} == {429}
    assert {len(answer[1]["retry-after"]) for answer in answers} == {len("1"), len("Thu, 01 Jan 1970 00:00:00 GMT")}


def test_what_is_unavailable_says_so_in_many_ways(target: Served) -> None:
    """503, 502 and 504, by a page or as JSON, each with and without Retry-After."""
    answers = turned_down(target, Fault.UNAVAILABLE)
    told = {(status, headers["content-type"], "retry-after" in headers) for status, headers, _ in answers}
    assert told == set(itertools.product((502, 503, 504), ("text/html", "application/json"), (False, True)))
    for answer in answers:
        assert b"<h1>" in answer[2] if answer[1]["content-type"] == "text/html" else envelope(answer)


def test_maintenance_is_a_page(target: Served) -> None:
    """503 and HTML, with and without Retry-After."""
    answers = turned_down(target, Fault.MAINTENANCE)
    assert {(status, headers["content-type"]) for status, headers, _ in answers} == {(503, "text/html")}
    assert {"retry-after" in headers for _, headers, _ in answers} == {False, True}
    assert all(b"Down for maintenance" in body for *_, body in answers)


def test_a_page_may_come_under_any_status(target: Served) -> None:
    """As a success, as an error, or at the other end of a redirect; it asks for nothing."""
    answers = turned_down(target, Fault.PAGE)
    told = {(status, headers["content-type"], headers.get("location")) for status, headers, _ in answers}
    assert told == {(status, "text/html", ELSEWHERE if status == 302 else None) for status in (200, 302, 404, 500)}
    assert all(DOWN.encode() in body and "retry-after" not in headers for _, headers, body in answers)


@pytest.mark.parametrize("fault", sorted(BURSTS))
def test_a_burst_goes_on_for_a_while(target: Served, fault: Fault) -> None:
    """Every request gets the same answer until it is over; none of them reaches the target."""
    now, rates = [0.0], {fault: 1.0}
    with faulty(target.url, 1, rates, clock=lambda: now[0]) as proxy, asking(proxy.url, target.basic) as ask:
        first = ask("GET", target.trunks)
        rates.clear()
        assert [ask("GET", target.trunks) for _ in range(3)] == [first] * 3
        now[0] = 0.09
        assert ask("GET", target.trunks) == first
        assert not target.seen
        now[0] = 0.61
        assert ask("GET", target.trunks)[0] == 200
    assert (proxy.requests, proxy.injected) == (6, {fault: 5})


# -- the seed -----------------------------------------------------------------------------------------------------------------

QUICK = (Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.TRUNCATED, Fault.IDLE_CLOSED)


def met(target: Served, seed: int, rates: Mapping[Fault, float], count: int = 40) -> list[tuple[str, bytes, str]]:
    """The fault that each of so many requests met, the status that came, and the end of the connection."""
    story = []
    with faulty(target.url, seed, rates, clock=itertools.count(0.0, 0.05).__next__) as proxy:
        for _ in range(count):
            before = proxy.injected.copy()
            came, ended = raw(proxy.url, target.request("GET", "", b"", "Connection: close"))
            story.append(("".join(proxy.injected - before), came[9:12], ended))
    return story


def test_a_seed_tells_the_whole_story(target: Served) -> None:
    """The same seed, the same faults in the same order and of the same kinds; another seed, another story."""
    rates = dict.fromkeys((*QUICK, Fault.TOO_MANY, Fault.UNAVAILABLE), 0.1)
    story = met(target, 7, rates)
    assert story == met(target, 7, dict(reversed(rates.items())))
    assert story != met(target, 8, rates)


def test_faults_are_as_frequent_as_their_rates(target: Served) -> None:
    """About so; most requests meet none where the rates leave that."""
    story = Counter(fault for fault, *_ in met(target, 3, {Fault.RESET_BEFORE: 0.2, Fault.IDLE_CLOSED: 0.1}, 200))
    assert set(story) == {"", Fault.RESET_BEFORE, Fault.IDLE_CLOSED}
    assert 25 <= story[Fault.RESET_BEFORE] <= 55
    assert 10 <= story[Fault.IDLE_CLOSED] <= 35


# -- tokens -------------------------------------------------------------------------------------------------------------------


def token(proxy: Faulty, key: str, form: bytes = b"grant_type=client_credentials") -> Answer:
    """The answer to a request for a token."""
    with asking(proxy.url, key) as ask:
        return ask("POST", "/oauth2/token", form)


def bearer(answer: Answer) -> str:
    """An Authorization header out of the answer to a request for a token."""
    status, _, body = answer
    facts = json.loads(body)
    assert (status, facts["token_type"], facts["expires_in"]) == (200, "bearer", 3600)
    return f"Bearer {facts['access_token']}"


def test_a_token_stands_for_the_key(target: Served) -> None:
    """Each is another one, and each is accepted; the target sees the key."""
    with faulty(target.url, 1, {}, key=target.key) as proxy:
        tokens = {bearer(token(proxy, target.basic)) for _ in range(3)}
        for one in tokens:
            with asking(proxy.url, one) as ask:
                assert ask("GET", target.trunks)[0] == 200
    assert [request.headers["authorization"] for request in target.seen] == [target.basic] * len(tokens)
    assert (len(tokens), proxy.tokens, proxy.requests) == (3, 3, 6)


def test_a_token_is_not_given_to_anybody(target: Served) -> None:
    """401 without the key or without the grant."""
    with faulty(target.url, 1, {}, key=target.key) as proxy:
        for refused in (token(proxy, "Basic d3Jvbmc="), token(proxy, ""), token(proxy, target.basic, b"grant_type=password")):
            assert envelope(refused)["status"] == "UNAUTHENTICATED"
    assert not target.seen


@pytest.mark.parametrize("given", ["", "Basic d3Jvbmc=", "Bearer never-issued", "Digest x"])
def test_what_was_never_issued_is_passed_on_as_it_is(target: Served, given: str) -> None:
    """The target itself refuses wrong credentials."""
    with faulty(target.url, 1, {}, key=target.key) as proxy, asking(proxy.url, given) as through, asking(target.url, given) as past:
        assert through("GET", target.trunks) == past("GET", target.trunks)
    assert [request.headers.get("authorization", "") for request in target.seen] == [given, given]


def test_a_revoked_token_is_refused_until_it_is_renewed(target: Served) -> None:
    """401 in the envelope for all that were issued before; a new one holds."""
    rates: dict[Fault, float] = {}
    with faulty(target.url, 1, rates, key=target.key) as proxy, asking(proxy.url) as ask:
        ended = [bearer(token(proxy, target.basic)) for _ in range(2)]
        rates[Fault.TOKEN_ENDED] = 1.0
        first = ask("GET", target.trunks, Authorization=ended[0])
        rates.clear()
        assert [ask("GET", target.trunks, Authorization=one) for one in ended] == [first, first]
        assert (envelope(first)["status"], first[0]) == ("UNAUTHENTICATED", 401)
        assert "expired" in first[1]["www-authenticate"]
        assert not target.seen
        assert ask("GET", target.trunks, Authorization=bearer(token(proxy, target.basic)))[0] == 200
    assert (proxy.tokens, proxy.injected) == (3, {Fault.TOKEN_ENDED: 1})


def test_where_no_token_holds_none_can_end(target: Served) -> None:
    """Nothing is injected then, and without a key the target's own tokens are left alone."""
    with faulty(target.url, 1, {Fault.TOKEN_ENDED: 1.0}) as proxy, asking(proxy.url) as ask:
        assert ask("GET", target.trunks, Authorization=bearer(token(proxy, target.basic)))[0] == 200
    assert (proxy.tokens, proxy.injected) == (1, Counter())


# -- clients ------------------------------------------------------------------------------------------------------------------


def test_many_clients_at_once(target: Served) -> None:
    """Each request is counted and meets what its number says; the proxy lives on."""
    rates = dict.fromkeys((*LATER, *QUICK, Fault.HALF_CLOSED), 0.05)
    asked = target.request("GET", "", b"", "Connection: close")

    def client(_: int) -> list[tuple[bytes, str]]:
        return [raw(proxy.url, asked) for _ in range(10)]

    with faulty(target.url, 5, rates) as proxy:
        with ThreadPoolExecutor(50) as pool:
            came = list(itertools.chain.from_iterable(pool.map(client, range(50))))
        assert (len(came), proxy.requests, set(proxy.injected)) == (500, 500, set(rates))
        rates.clear()
        assert raw(proxy.url, asked)[0].startswith(b"HTTP/1.1 200")
    silent = sum(proxy.injected[fault] for fault in (Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.HALF_CLOSED))
    assert sum(not answer for answer, _ in came) == silent
    assert {end for _, end in came} == {"end", "reset"}


def test_a_client_that_goes_away_raises_nothing(target: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a head, of a body, before the answer, or under it."""
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    request = target.create()
    rates: dict[Fault, float] = {}
    with faulty(target.url, 1, rates) as proxy:
        for sent in (b"", request[:9], request[:-9]):
            with connected(proxy.url) as connection:
                connection.sendall(sent)
        for number, fault in enumerate((None, Fault.LATENCY, Fault.SLOW_BODY, Fault.STALLED, Fault.HALF_CLOSED), 1):
            rates.clear()
            rates.update({fault: 1.0} if fault else {})
            with connected(proxy.url) as connection:
                connection.sendall(request)
                assert has_read(proxy, number)
        rates.clear()
        came, ended = raw(proxy.url, target.request("GET", "", b"", "Connection: close"))
        assert until(lambda: threads() == 1)
    assert (came[9:12], ended, raised) == (b"200", "end", [])


def test_all_is_gone_at_the_end(target: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is under way is cut, no thread goes on, and nobody listens."""
    monkeypatch.setattr("tests.selftest.faulty.PAUSE", 60.0)
    rates: dict[Fault, float] = {}
    with contextlib.ExitStack() as kept:
        with faulty(target.url, 1, rates) as proxy:
            connections = [kept.enter_context(connected(proxy.url))]
            for number, fault in enumerate((None, Fault.STALLED, Fault.HALF_CLOSED, Fault.SLOW_BODY), 1):
                rates.clear()
                rates.update({fault: 1.0} if fault else {})
                connections.append(kept.enter_context(connected(proxy.url)))
                connections[-1].sendall(target.request())
                assert has_read(proxy, number)
            assert threads() == 1 + len(connections)
        assert threads() == 0
        for connection in connections:
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(65536):
                    pass
        with pytest.raises(ConnectionRefusedError), connected(proxy.url):
            pass


def test_what_was_passed_on_is_done_at_the_end(target: Served) -> None:
    """The client is cut off at once, and the target has done all that it will do: nothing comes after the end."""
    before = len(target.sandbox.state.trunks)
    with running(target, delay_ms=100) as url, contextlib.ExitStack() as kept:
        with faulty(url, 1, {}) as proxy:
            for _ in range(3):
                kept.enter_context(connected(proxy.url)).sendall(target.create())
            assert has_read(proxy, 3)
        assert len(target.sandbox.state.trunks) == before + 3
