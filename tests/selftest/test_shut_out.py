"""A 401 or 403: the answer of the API to that call, the end of our token, or a project that is shut to us as a whole."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.call import Call, api
from contracts.client import PROBES, RENEWALS, VAIN, VAIN_SECONDS, Client
from contracts.target import Auth
from tests.selftest.answers import PROJECT, Server, Step, answer, talking
from tests.selftest.fake import world

BEARER = re.compile(rb"(?im)^authorization: *(?:bearer|basic) +([^\r\n]+)")
OAUTH2 = Auth("oauth2")
PROBED, TRUNK = f"/v1/projects/{PROJECT}/trunks?size=1", f"/v1/projects/{PROJECT}/trunks/t"
READ = api.getSipTrunkById(sipTrunkId="t")
FOREIGN = api.getSipTrunkById(projectId="foreign", sipTrunkId="t")
BOTH = pytest.mark.parametrize("status", [401, 403])


def path_of(request: bytes) -> str:
    """Where a request goes."""
    return request.split(b" ", 2)[1].decode()


class Api:
    """A server with tokens: it accepts the one in `valid`, issues another when asked, and refuses one `path` to everybody."""

    def __init__(self, refused: str = "", status: int = 401, *, accepts: bool = True) -> None:
        self.refused, self.status, self.accepts = refused, status, accepts
        self.valid = ""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __call__(self, request: bytes) -> tuple[Step, ...]:
        """The answer to a request."""
        with self._lock:
            if path_of(request) == "/oauth2/token":
                self.valid = f"token-number-{next(self._numbers)}"
                return (answer(200, {"access_token": self.valid}),)
            found = BEARER.search(request)
            known = self.accepts and found is not None and found[1].decode() in {self.valid, ""}
            refused = not known or path_of(request) == self.refused
            return (answer(self.status if refused else 200, {"id": "t"}),)


def came(server: Server) -> Counter[str]:
    """How often each path was asked for."""
    return Counter(map(path_of, server.requests))


@contextlib.contextmanager
def oauth(script: Callable[[bytes], tuple[Step, ...]]) -> Iterator[tuple[Client, Server]]:
    """A client with tokens, and the server that it talks to."""
    with talking(script, auth=OAUTH2) as (client, server):
        yield client, server


@BOTH
def test_a_token_that_ended_is_renewed_and_the_call_sent_again(status: int) -> None:
    """The answer is the second one, and all that was sent counts: the call, the probe, and the call."""
    served = Api(status=status)
    with oauth(served) as (client, server):
        assert client.send(READ).requests == 1
        served.valid = "none any more"
        again = client.send(READ)
    assert (again.status, again.shut_out, again.requests) == (200, False, 3)
    assert came(server) == {TRUNK: 3, "/oauth2/token": 2, PROBED: 1}
    assert b"token-number-2" in server.requests[-1]


def test_a_body_is_sent_again_as_it_was() -> None:
    """What a token's end refused came to nothing, so it may make something the second time."""
    served = Api()
    with oauth(served) as (client, server):
        client.send(READ)
        served.valid = "none any more"
        made = client.send(api.createSipTrunk(name="n"))
    bodies = [request.partition(b"\r\n\r\n")[2] for request in server.requests if request.startswith(b"POST /v1")]
    assert (made.status, bodies) == (200, [b'{"name": "n"}'] * 2)


@BOTH
def test_what_the_api_answers_to_that_call_stays(status: int) -> None:
    """The probe succeeds, so no new token is asked for and nothing is sent again; the probe counts."""
    with oauth(Api(TRUNK, status)) as (client, server):
        exchange = client.send(READ)
        assert world(client).unjudgeable(exchange) is None
    assert (exchange.status, exchange.shut_out, exchange.requests) == (status, False, 2)
    assert came(server) == {TRUNK: 1, "/oauth2/token": 1, PROBED: 1}


def test_a_refusal_after_the_renewal_is_probed_again() -> None:
    """The token had ended, and the call is refused with the new one as well: that is its answer."""
    served = Api()
    with oauth(served) as (client, server):
        client.send(READ)
        served.valid, served.refused = "none any more", TRUNK
        exchange = client.send(READ)
    assert (exchange.status, exchange.shut_out, exchange.requests) == (401, False, 4)
    assert came(server) == {TRUNK: 3, "/oauth2/token": 2, PROBED: 2}


@BOTH
def test_a_project_that_is_shut_to_us_says_nothing(status: int) -> None:
    """Neither with the key nor with a new token; no judgement is possible, and the reason says what to check."""
    for auth, requests in ((Auth(), 2), (OAUTH2, 2 + 2 * RENEWALS)):
        with talking(Api(status=status, accepts=False), auth=auth) as (client, server):
            client.proven = True
            exchange = client.send(READ)
            told = world(client).unjudgeable(exchange)
        assert (exchange.status, exchange.shut_out, exchange.requests) == (status, True, requests)
        assert came(server)[TRUNK] == came(server)[PROBED] == requests / 2
        assert told == f"getSipTrunkById: HTTP {status}, and so is any request to the whole project by now; check key and project"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_probe_that_is_not_answered_by_the_api_leaves_it_open(status: int) -> None:
    """Then nothing is known, and nothing is judged."""
    with talking(lambda request: (answer(status if path_of(request) == PROBED else 403),)) as (client, _):
        assert client.send(READ).shut_out


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_any_other_answer_to_the_probe_is_the_apis(status: int) -> None:
    """It let us in; whatever it says then."""
    with talking(lambda request: (answer(status if path_of(request) == PROBED else 403),)) as (client, _):
        assert not client.send(READ).shut_out


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (FOREIGN, 403),
        *((READ.with_header("Authorization", "Basic bm9ib2R5"), status) for status in (401, 403)),
        *((READ.with_header("authorization", "Bearer nobody"), status) for status in (401, 403)),
    ],
    ids=["foreign", "basic-401", "basic-403", "bearer-401", "bearer-403"],
)
def test_a_call_that_is_to_be_refused_is_never_probed(call: Call, status: int) -> None:
    """To a project that the key may not use, or with credentials of its own."""
    with talking(answer(status)) as (client, server):
        exchange = client.send(call)
    assert (exchange.status, exchange.shut_out, exchange.requests, len(server.requests)) == (status, False, 1, 1)


def test_a_token_that_ended_is_renewed_for_a_foreign_project_as_well() -> None:
    """That nobody knows us has nothing to do with whose project it is; what is refused with the new token is the answer."""
    served = Api()
    with oauth(served) as (client, server):
        client.send(READ)
        served.valid, served.refused, served.status = "none any more", "/v1/projects/foreign/trunks/t", 401
        exchange = client.send(FOREIGN)
    assert (exchange.status, exchange.shut_out, exchange.requests) == (401, False, 4)
    assert came(server)["/oauth2/token"] == 2


@BOTH
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.operation)
def test_an_api_that_refuses_the_probes_own_operation_is_seen(probe: Call, status: int) -> None:
    """No operation vouches for itself: another one is let in, and so that is the answer to this call."""
    own = {"getSipTrunks": "/trunks?size=1", "getBlockingRules": "/callBlockingRules?size=1"}[probe.operation]
    with talking(lambda request: (answer(status if path_of(request).endswith(own) else 200),)) as (client, _):
        assert not client.send(probe).shut_out


def test_where_nothing_can_be_probed_a_success_before_is_the_witness() -> None:
    """A profile may withdraw the probe; then nothing more is sent."""
    for proven in (False, True):
        with talking(answer(403), paths={probe.operation: None for probe in PROBES}) as (client, server):
            client.proven = proven
            exchange = client.send(READ)
        assert (exchange.shut_out, exchange.requests, len(server.requests)) == (not proven, 1, 1)


def test_many_threads_probe_once() -> None:
    """Those that were refused before the probe share what it said, and only one of them counts it."""
    together = threading.Barrier(8, timeout=10)

    def script(request: bytes) -> tuple[Step, ...]:
        if path_of(request) == TRUNK:
            together.wait()
        return (answer(403),)

    with talking(script) as (client, server), ThreadPoolExecutor(8) as threads:
        exchanges = list(threads.map(lambda _: client.send(READ), range(8)))
    assert {(exchange.status, exchange.shut_out) for exchange in exchanges} == {(403, True)}
    assert came(server) == {TRUNK: 8, PROBED: 1}
    assert sum(exchange.requests for exchange in exchanges) == len(server.requests)


def test_a_refusal_later_than_the_probe_is_probed_anew() -> None:
    """What a probe said holds for what was sent before it."""
    with talking(answer(403)) as (client, server):
        client.send(READ)
        client.send(READ)
    assert came(server) == {TRUNK: 2, PROBED: 2}


def test_many_threads_whose_token_ended_ask_for_one() -> None:
    """Each call gets its answer with the new one."""
    served = Api()
    with oauth(served) as (client, server), ThreadPoolExecutor(8) as threads:
        client.send(READ)
        served.valid = "none any more"
        exchanges = list(threads.map(lambda _: client.send(READ), range(32)))
    assert {(exchange.status, exchange.shut_out) for exchange in exchanges} == {(200, False)}
    assert came(server)["/oauth2/token"] == 2


def test_a_token_that_ended_is_not_vouched_for_by_a_newer_one() -> None:
    """A call is refused while others renew the token: that the new one is accepted says nothing of a call that bore the old one."""
    served, sent, renewed = Api(), threading.Event(), threading.Event()

    def script(request: bytes) -> tuple[Step, ...]:
        steps = served(request)
        if path_of(request) == TRUNK and b"token-number-1" in request and served.valid != "token-number-1":
            sent.set()
            assert renewed.wait(10)  # the refusal is decided, and comes late
        return steps

    with oauth(script) as (client, _), ThreadPoolExecutor(1) as thread:
        client.send(READ)
        served.valid = "none any more"
        late = thread.submit(client.send, READ)
        assert sent.wait(10)
        served.refused = f"/v1/projects/{PROJECT}/countryPermissions"
        assert client.send(api.getCountryPermissions()).requests == 4  # refused with the new one as well, which is probed
        renewed.set()
        exchange = late.result()
    assert (exchange.status, exchange.shut_out) == (200, False)


def test_a_target_that_knows_no_token_is_not_flooded_with_requests_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some that led to nothing one is asked for only now and then; a success begins anew."""
    now = 1000.0
    monkeypatch.setattr("contracts.client.time.monotonic", lambda: now)
    served = Api(accepts=False)
    with oauth(served) as (client, server):
        for _ in range(2 * VAIN):
            assert client.send(READ).shut_out
        assert came(server)["/oauth2/token"] == 1 + VAIN
        now += VAIN_SECONDS
        served.accepts = True
        for _ in range(2):
            served.valid = "none any more"
            assert client.send(READ).ok
        assert came(server)["/oauth2/token"] == 3 + VAIN


@pytest.mark.parametrize("owed", ["a removal", "a look"])
def test_clean_up_outlasts_tokens_that_end_one_after_the_other(owed: str) -> None:
    """What a case owes is removed with the first token that lives; a case itself does not wait for that."""
    served, refusals = Api(), itertools.count(-6 * (RENEWALS + 1))

    def script(request: bytes) -> tuple[Step, ...]:
        if began and path_of(request) != "/oauth2/token" and next(refusals) < 0:
            return (answer(401, {}),)
        return served(request)

    began = False
    with oauth(script) as (client, server):
        client.send(READ)
        began = True
        talk = world(client)
        if owed == "a removal":
            talk.debt.owe([api.deleteSipTrunk(sipTrunkId="t")], "createSipTrunk")
        else:
            talk.debt.lost.append(api.createSipTrunk(name="n").under(PROJECT))
        talk.clean_up()
    assert talk.debt.leftovers == []
    assert len(server.requests) > 6 * (RENEWALS + 1)
