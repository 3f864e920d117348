"""Bearer tokens: asked for once, renewed in time, by the token endpoint or by a command; and what no message may repeat."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.blame import Exhausted, Inconclusive
from contracts.call import api
from contracts.exchange import basic
from contracts.target import Auth, Timeouts
from contracts.transport import login, tokens
from contracts.transport.retry import FIRST
from contracts.transport.tokens import LIFETIME, Issuer, Kept, Later, Token, by_command, read
from tests.selftest.answers import KEY, Do, Script, Step, answer, answering, talking, target
from tests.selftest.fake import Clock
from tests.selftest.test_retry import Told

OAUTH2 = Auth("oauth2")
SECRET = "a-token-that-nobody-may-see"
THREADS = 12


class Asked:
    """What an issuer asks: it gives numbered tokens of one lifetime, or raises what it was told to, and counts."""

    def __init__(self, lifetime: float = 3600.0) -> None:
        self.times = 0
        self.lifetime = lifetime
        self.refusal: Exception | None = None

    def __call__(self) -> tuple[str, float]:
        """The next one."""
        self.times += 1
        if self.refusal:
            raise self.refusal
        return f"number-{self.times}", self.lifetime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The tokens' clock."""
    told = Clock()
    monkeypatch.setattr("contracts.transport.tokens.time", told)
    return told


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Told:
    """The clock by which the token endpoint is asked again."""
    told = Told()
    monkeypatch.setattr("tenacity.time", told)
    monkeypatch.setattr("tenacity.nap.time", told)
    return told


def at_once(work: Callable[[], str]) -> list[str]:
    """What many threads get that begin together."""
    barrier = threading.Barrier(THREADS, timeout=10)

    def begun(_: int) -> str:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(begun, range(THREADS)))


# -- the issuer ---------------------------------------------------------------------------------------------------------------


def slowly(asked: Asked) -> Callable[[], tuple[str, float]]:
    """The same, but so that others come meanwhile."""

    def ask() -> tuple[str, float]:
        time.sleep(0.05)
        return asked()

    return ask


def test_many_threads_ask_once() -> None:
    """All get the one token."""
    asked = Asked()
    issuer = Issuer(slowly(asked))
    assert at_once(lambda: issuer.token().value) == ["number-1"] * THREADS
    assert asked.times == 1


def test_a_token_that_ended_is_renewed_once_for_all_that_say_so() -> None:
    """Whoever comes late with the old one gets the new one, and asks for none."""
    asked = Asked()
    issuer = Issuer(slowly(asked))
    ended = issuer.token().value
    assert at_once(lambda: issuer.token(ended).value) == ["number-2"] * THREADS
    assert (issuer.token(ended).value, issuer.token("somebody's").value, issuer.token().value) == ("number-2",) * 3
    assert asked.times == 2


@pytest.mark.parametrize(
    ("lifetime", "serves"), [(3600.0, 3540.0), (121.0, 61.0), (120.0, 60.0), (100.0, 50.0), (60.0, 30.0), (1.0, 0.5)]
)
def test_a_token_is_renewed_ahead_of_its_end(clock: Clock, lifetime: float, serves: float) -> None:
    """A minute; of one that lives shorter than two, when half its life is over."""
    issuer = Issuer(Asked(lifetime))
    served = []
    for clock.now in (0.0, serves - 0.1, serves, serves + 0.1, serves + 0.2):
        served.append(issuer.token().value)
    assert served == ["number-1"] * 3 + ["number-2"] * 2


def test_the_time_that_asking_took_is_not_the_tokens(clock: Clock) -> None:
    """Its life is counted from before it was asked for."""

    def ask() -> tuple[str, float]:
        clock.sleep(100.0)
        return "token", 3600.0

    assert Issuer(ask).token().renew_at == 3540.0


def test_a_refusal_serves_others_for_a_while(clock: Clock) -> None:
    """Nobody asks again meanwhile; then one does, and a token that comes is a token."""
    asked = Asked()
    issuer, asked.refusal = Issuer(asked), Inconclusive("no token from there")
    for clock.now in (0.0, 1.0, 4.9):
        with pytest.raises(Inconclusive, match="no token from there"):
            issuer.token()
    assert asked.times == 1
    clock.now, asked.refusal = 5.1, None
    assert (issuer.token().value, asked.times) == ("number-2", 2)


@pytest.mark.parametrize(("seconds", "until"), [(300.0, 300.0), (1.0, tokens.ASK_AGAIN)])
def test_who_asked_to_be_left_alone_is(clock: Clock, seconds: float, until: float) -> None:
    """For so long, if that is longer than a refusal serves anyway."""
    asked = Asked()
    issuer, asked.refusal = Issuer(asked), Later("not now", seconds)
    for clock.now in (0.0, until / 2, until - 0.1):
        with pytest.raises(Inconclusive, match="not now"):
            issuer.token()
    assert asked.times == 1
    clock.now, asked.refusal = until + 0.1, None
    assert (issuer.token().value, asked.times) == ("number-2", 2)


def test_a_budget_that_ended_is_told_to_everybody_anew() -> None:
    """It is no refusal, and keeps its kind."""
    asked = Asked()
    issuer, asked.refusal = Issuer(asked), Exhausted("used up")
    for _ in range(3):
        with pytest.raises(Exhausted, match="used up"):
            issuer.token()
    assert asked.times == 3


def test_a_token_that_ended_is_not_handed_out_because_no_other_came() -> None:
    """Who says that it ended learns that there is none."""
    asked = Asked()
    issuer = Issuer(asked)
    ended = issuer.token().value
    asked.refusal = Inconclusive("not now")
    for _ in range(2):
        with pytest.raises(Inconclusive, match="not now"):
            issuer.token(ended)
    assert asked.times == 2


def test_no_token_shows_itself() -> None:
    """Neither its own representation nor one that it stands in."""
    assert SECRET not in repr([Token(SECRET, 1.0)]) + str(Token(SECRET, 1.0)) + f"{Token(SECRET, 1.0)}"


# -- the token of another process -----------------------------------------------------------------------------------------------


class Source:
    """Another process: it gives what its issuer gives, and writes down when it was asked."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.ended: list[str] = []

    def token(self, ended: str = "") -> Token:
        """As `Tokens` says."""
        self.ended.append(ended)
        return self.issuer.token(ended)


def test_what_is_kept_is_not_asked_for(clock: Clock) -> None:
    """Until it is to be renewed, which is the same moment there and here."""
    source = Source(Issuer(Asked()))
    kept, served = Kept(source), []
    for clock.now in (0.0, 1.0, 3540.0, 3540.1):
        served.append(kept.token().value)
    assert (served, source.ended) == (["number-1"] * 3 + ["number-2"], ["", ""])


def test_what_ended_is_asked_for_once_by_many_threads() -> None:
    """And the other process is told which one it was."""
    source = Source(Issuer(slowly(Asked())))
    kept = Kept(source)
    assert set(at_once(lambda: kept.token().value)) == {"number-1"}
    assert set(at_once(lambda: kept.token("number-1").value)) == {"number-2"}
    assert source.ended == ["", "number-1"]


def test_what_ended_elsewhere_was_renewed_elsewhere() -> None:
    """Of two processes that say so, the second one gets what the first one asked for."""
    asked = Asked()
    source = Source(Issuer(asked))
    one, other = Kept(source), Kept(source)
    assert [kept.token().value for kept in (one, other)] == ["number-1"] * 2
    assert [kept.token("number-1").value for kept in (one, other)] == ["number-2"] * 2
    assert asked.times == 2


def test_a_refusal_there_is_one_here() -> None:
    """Nothing is kept of it: who asks later may have more luck."""
    asked = Asked()
    kept, asked.refusal = Kept(Source(Issuer(asked))), Exhausted("used up")
    with pytest.raises(Exhausted):
        kept.token()
    asked.refusal = None
    assert kept.token().value == "number-2"


# -- what is read ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "bare", "token"),
    [
        (b'{"access_token": "t"}', False, "t"),
        (b'{"access_token": "t"}', True, "t"),
        (b"\xef\xbb\xbf" + b'{"access_token": "t"}', False, "t"),
        (b"t", True, "t"),
        (b" t-1._~+/= \r\n", True, "t-1._~+/="),
        (b"t", False, None),
        (b'"t"', True, None),
        (b"", True, None),
        (b"two words", True, None),
        (b"two\nlines", True, None),
        ("tök".encode(), True, None),
        (b"\xff\xfe", True, None),
        (b"null", True, None),
        (b"[]", True, None),
        (b"[" * 100_000, False, None),
        (b'{"access_token": "two words"}', True, None),
        (b'{"access_token": "a\\r\\nb"}', True, None),
        (b'{"access_token": 7}', True, None),
        (b'{"token": "t"}', True, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_token_is_what_a_header_can_bear(content: bytes, bare: bool, token: str | None) -> None:  # noqa: FBT001 - a parameter
    """Alone only where it may stand so."""
    assert read(content, bare=bare) == (token, LIFETIME)


@pytest.mark.parametrize(
    ("told", "lifetime"),
    [
        ("1", 1.0),
        ("0.5", 0.5),
        ("86400", 86400.0),
        *(
            (strange, LIFETIME)
            for strange in ("0", "-1", "NaN", "Infinity", "1e999", "9" * 400, "true", "false", "null", '"60"', "[]")
        ),
    ],
    ids=lambda value: str(value)[:10],
)
def test_a_lifetime_is_a_number_of_seconds(told: str, lifetime: float) -> None:
    """A strange one is taken for an hour, however large its number is."""
    assert read(f'{{"access_token": "t", "expires_in": {told}}}'.encode()) == ("t", lifetime)


# -- by a command -----------------------------------------------------------------------------------------------------------------


def program(text: str) -> tuple[str, ...]:
    """A command that does so."""
    return (sys.executable, "-c", f"import sys, time\n{text}")


@pytest.mark.parametrize(
    ("printed", "lifetime"),
    [(SECRET, LIFETIME), (f"{SECRET}\n", LIFETIME), (json.dumps({"access_token": SECRET, "expires_in": 90, "scope": ""}), 90.0)],
    ids=["bare", "line", "JSON"],
)
def test_a_command_prints_a_token(printed: str, lifetime: float) -> None:
    """Alone, or as a token endpoint would give it; what it says beside that is nobody's concern."""
    assert by_command(program(f"sys.stdout.write({printed!r}); sys.stderr.write('hello')")) == (SECRET, lifetime)


def test_a_command_is_run_by_no_shell_and_waits_for_nobody() -> None:
    """Its words are its arguments as they are, and there is nothing to read."""
    hostile = "$HOME;`x` 'y'"
    command = (*program("assert sys.stdin.read() == ''\nprint(sys.argv[1].encode().hex())"), hostile)
    assert by_command(command)[0] == hostile.encode().hex()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"print({SECRET!r}); sys.stderr.write({SECRET!r}); sys.exit(3)", "it ended with status 3; run it by hand to see why"),
        (f"sys.exit({SECRET!r})", "it ended with status 1; run it by hand to see why"),
        ("", "it printed none, neither alone nor as access_token of a JSON object"),
        (f"sys.stderr.write({SECRET!r})", "it printed none, neither alone nor as access_token of a JSON object"),
        (f"print('token:', {SECRET!r})", "it printed none, neither alone nor as access_token of a JSON object"),
        (f"print({json.dumps({'token': SECRET})!r})", "it printed none, neither alone nor as access_token of a JSON object"),
        (f"print({SECRET!r}, flush=True); time.sleep(60)", "it took longer than 1 s"),
    ],
    ids=["fails", "exits with a text", "nothing", "by the other way", "with words", "of another name", "slow"],
)
def test_a_command_that_gives_none_is_inconclusive(monkeypatch: pytest.MonkeyPatch, text: str, why: str) -> None:
    """The reason names the program and what is wrong, and repeats nothing that it printed, nor its arguments."""
    monkeypatch.setattr(tokens, "COMMAND_SECONDS", 1.0 if "sleep" in text else 60.0)
    with pytest.raises(Inconclusive) as raised:
        by_command((*program(text), SECRET))
    assert str(raised.value) == f"no token from the command {sys.executable}: {why}"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None  # a traceback would show the output


def test_a_command_that_is_not_there_is_inconclusive(tmp_path: Path) -> None:
    """Or that cannot be run."""
    (tmp_path / "text").write_text(SECRET)
    for name, why in (("nothing", "No such file or directory"), ("text", "Permission denied")):
        with pytest.raises(Inconclusive) as raised:
            by_command((str(tmp_path / name), SECRET))
        assert str(raised.value) == f"no token from the command {tmp_path / name}: {why}"


def test_what_a_command_prints_is_borne_by_requests_and_hidden_in_answers() -> None:
    """The client runs it once; whatever the target echoes is hidden."""
    auth = Auth("command", token_command=program(f"print({SECRET!r})"))
    with talking(lambda request: (answer(200, request),), auth=auth) as (client, server):
        exchanges = [client.send(api.getSipTrunks()) for _ in range(2)]
    assert all(f"Bearer {SECRET}".encode() in request for request in server.requests)
    assert len(server.requests) == 2
    assert not any(SECRET in repr(exchange.response) for exchange in exchanges)


# -- by a token endpoint ----------------------------------------------------------------------------------------------------------


def endpoint(*steps: Sequence[Step]) -> Script:
    """A token endpoint that does these one after the other, the last one again and again."""
    left = iter(steps)
    return lambda _: next(left, steps[-1])


def gotten(script: Script, patience: float = 20.0) -> tuple[tuple[str, float], list[bytes], int]:
    """What is asked for at such an endpoint, the requests that it got, and how many were paid for."""
    paid: list[str] = []

    @contextlib.contextmanager
    def leaving() -> Iterator[None]:
        paid.append("one")
        yield

    with answering(script) as server:
        asked = target(server.url, auth=OAUTH2, timeouts=Timeouts(2.0, 2.0, 4.0, patience))
        got = login.asked(asked, leaving)
    return got, server.requests, len(paid)


@pytest.mark.parametrize(
    "first",
    [(answer(503),), (answer(429),), (answer(502, b"<html>"),), (Do.CLOSE,), (Do.RESET,)],
    ids=["503", "429", "502", "closed", "reset"],
)
def test_an_endpoint_that_is_not_to_be_had_is_asked_again(first: Sequence[Step]) -> None:
    """Where its infrastructure turned the request away or lost it; each request is paid for, and bears the key."""
    token = answer(200, {"access_token": "t", "expires_in": 7})
    got, requests, paid = gotten(endpoint(first, first, (token,)))
    assert (got, len(requests), paid) == (("t", 7.0), 3, 3)
    assert all(f"authorization: {basic(*KEY)}\r\n".encode() in request for request in requests)
    assert all(request.endswith(b"\r\n\r\ngrant_type=client_credentials") for request in requests)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 302])
def test_an_endpoint_that_refuses_is_asked_once(status: int) -> None:
    """That is its answer, and no patience changes it; what it says is not repeated."""
    with pytest.raises(Inconclusive, match=rf"^no token from http://127.0.0.1:\d+/oauth2/token: HTTP {status}; ") as raised:
        gotten(endpoint((answer(status, {"access_token": SECRET, "error": SECRET}),), ()))
    assert SECRET not in str(raised.value)


def test_an_endpoint_that_stays_away_is_given_up() -> None:
    """After the target's patience, with the last that came of it."""
    with pytest.raises(Inconclusive, match=r"/oauth2/token: HTTP 503; no access_token came$"):
        gotten(endpoint((answer(503),)), patience=0.1)
    with pytest.raises(Inconclusive, match=r"/oauth2/token: Server disconnected"):
        gotten(endpoint((Do.CLOSE,)), patience=0.1)


DATED = ("Date: Mon, 01 Jan 2024 00:00:00 GMT", "Retry-After: Mon, 01 Jan 2024 00:00:07 GMT")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("headers", [("Retry-After: 7",), DATED], ids=["seconds", "date"])
def test_an_endpoint_is_left_alone_as_long_as_it_asks_for(waits: Told, status: int, headers: Sequence[str]) -> None:
    """A date is read by its own clock; what comes then is the token."""
    busy, token = (answer(status, b"{}", *headers),), (answer(200, {"access_token": "t", "expires_in": 9}),)
    got, requests, paid = gotten(endpoint(busy, busy, token))
    assert (got, len(requests), paid, waits.slept) == (("t", 9.0), 3, 3, [7.0, 7.0])


@pytest.mark.parametrize("status", [429, 503])
def test_an_endpoint_that_asks_for_more_than_patience_is_told_at_once(waits: Told, status: int) -> None:
    """Nobody waits, and whoever asks for its tokens gets to know for how long there is none."""
    told = rf"/oauth2/token: HTTP {status}; it asked to be left alone for another 21 s \(Retry-After\)$"
    with pytest.raises(Later, match=told) as raised:
        gotten(endpoint((answer(status, b"{}", "Retry-After: 21"),), ()), patience=20.0)
    assert (raised.value.seconds, waits.slept) == (21.0, [])


@pytest.mark.parametrize("headers", [(), ("Retry-After: soon",), ("Retry-After: 0",)], ids=["nothing", "nonsense", "at once"])
def test_an_endpoint_that_asks_for_no_time_is_asked_ever_more_seldom(waits: Told, headers: Sequence[str]) -> None:
    """As chance has it."""
    token = (answer(200, {"access_token": "t"}),)
    gotten(endpoint((answer(503, b"{}", *headers),), token))
    assert len(waits.slept) == 1
    assert waits.slept[0] <= FIRST


@pytest.mark.parametrize("status", [502, 504])
def test_only_who_is_busy_may_ask_to_be_left_alone(waits: Told, status: int) -> None:
    """To another status that header adds nothing, as in answers of the API."""
    gotten(endpoint((answer(status, b"{}", "Retry-After: 1000"),), (answer(200, {"access_token": "t"}),)))
    assert waits.slept[0] <= FIRST


def test_a_budget_that_ends_stops_asking() -> None:
    """As what it is."""

    def unpaid() -> contextlib.AbstractContextManager[None]:
        raise Exhausted("used up")

    with answering(answer(200)) as server, pytest.raises(Exhausted, match="used up"):
        login.asked(target(server.url, auth=OAUTH2), unpaid)
    assert server.requests == []


@pytest.mark.parametrize("kind", ["basic", "oauth2", "command"])
def test_who_asks_follows_from_the_kind_of_authorisation(kind: str) -> None:
    """Nobody, where requests bear the key itself; and nothing is asked before a token is needed."""
    asks = login.issuer(target("http://127.0.0.1:9", auth=Auth(kind, token_command=("x",))))
    assert isinstance(asks, Issuer) is (kind != "basic")
