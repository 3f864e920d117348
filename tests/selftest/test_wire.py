"""Broken answers on the wire: each becomes an exchange with the right failure, in bounded time, and never an exception."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence

import pytest

from contracts.call import api
from contracts.exchange import Exchange, Failure
from contracts.target import Timeouts
from contracts.transport.guard import Guard
from tests.selftest.answers import Do, Drip, Step, answer, answering, chunked, connected

SHORT = Timeouts(connect=1.0, read=0.3, total=0.6, patience=0.2)
OK = answer(200, {"id": "made"})
EMPTY = b"\r\nContent-Length: 0\r\n\r\n"
STARTED = b"HTTP/1.1 200 OK\r\n"


def answered(steps: Sequence[Step], *, greeting: Sequence[Step] = ()) -> Exchange:
    """What becomes of a call to a server that does these steps."""
    with answering(steps, greeting=greeting) as server, connected(server.url, timeouts=SHORT) as client:
        return client.send(api.getSipTrunks())


INCOMPLETE: dict[str, Sequence[Step]] = {
    "reset-before": (Do.RESET,),
    "closed-before": (Do.CLOSE,),
    "closed-within-headers": (b"HTTP/1.1 200 OK\r\nContent-", Do.CLOSE),
    "reset-within": (answer(200, b"abc", length=10), Do.RESET),
    "shorter-than-announced": (answer(200, b"abc", length=10), Do.CLOSE),
    "reset-without-length": (b"HTTP/1.1 200 OK\r\n\r\nabc", Do.RESET),
    "chunk-missing": (chunked(b"abc", end=False), Do.CLOSE),
    "chunk-cut": (chunked(end=False) + b"ff\r\nabc", Do.CLOSE),
    "endless-chunk-size": (chunked(end=False) + b"f" * 19 + b"\r\nab", Do.CLOSE),
    "http-0.9": (b"<html>hello</html>", Do.CLOSE),
}

BROKEN: dict[str, Sequence[Step]] = {
    "garbage": (b"\x00\x01garbage\r\n\r\n", Do.STALL),
    "smtp": (b"220 mail.invalid ready\r\n\r\n", Do.STALL),
    "header-flood": (STARTED + b"X-Flood: 1\r\n" * 100_000 + b"\r\n", Do.STALL),
    "endless-headers": (STARTED, Drip(b"X-Flood: 1\r\n" * 100, size=1200, every=0, forever=True)),
    "endless-trailers": (chunked(end=False) + b"0\r\n", Drip(b"X-Flood: 1\r\n" * 100, size=1200, every=0, forever=True)),
    "chunk-size-no-number": (chunked(end=False) + b"zz\r\n", Do.STALL),
    "status-text": (b"HTTP/1.1 OK" + EMPTY,),
    "status-short": (b"HTTP/1.1 99 Short" + EMPTY,),
    "status-long": (b"HTTP/1.1 2000 Long" + EMPTY,),
    "status-zero": (b"HTTP/1.1 000 Zero" + EMPTY,),
    "http-2": (b"HTTP/2 200" + EMPTY,),
    "switching-protocols": (b"HTTP/1.1 101 Switching\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n", Do.STALL),
    "header-without-colon": (STARTED + b"nonsense" + EMPTY,),
    "nul-in-header": (STARTED + b"X: a\0b" + EMPTY,),
    "two-lengths": (STARTED + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",),
    "negative-length": (STARTED + b"Content-Length: -1\r\n\r\nab",),
    "unknown-transfer-encoding": (STARTED + b"Transfer-Encoding: gzip, chunked\r\n\r\nab",),
}

LATE: dict[str, Sequence[Step]] = {
    "stalled-before": (Do.STALL,),
    "stalled-headers": (b"HTTP/1.1 200 OK\r\nContent-", Do.STALL),
    "stalled-body": (answer(200, b"a", length=5), Do.STALL),
    "dripping-headers": (Drip(answer(200, b"", *["X: 1"] * 200), every=0.02),),
    "dripping-body": (answer(200, b"", length=1000), Drip(b"a" * 1000, every=0.02)),
    "interim-flood": (Drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, size=2500, every=0, forever=True),),
    "interim-drip": (Drip(b"HTTP/1.1 103 Early Hints\r\n\r\n", size=28, every=0.05, forever=True),),
    "tiny-chunks": (chunked(end=False), Drip(b"1\r\na\r\n", size=6, every=0.01, forever=True)),
}

STRANGE: dict[str, tuple[Sequence[Step], int, bytes]] = {
    "interim-first": ((b"HTTP/1.1 100 Continue\r\n\r\n", answer(200, b"{}")), 200, b"{}"),
    "status-999": ((b"HTTP/1.1 999 What" + EMPTY,), 999, b""),
    "no-reason": ((b"HTTP/1.1 200" + EMPTY,), 200, b""),
    "reason-no-ascii": ((b"HTTP/1.1 200 \xff\xfe" + EMPTY,), 200, b""),
    "folded-header": ((STARTED + b"X: a\r\n b" + EMPTY,), 200, b""),
    "header-no-ascii": ((STARTED + b"X: \xc3\xa4\xff" + EMPTY,), 200, b""),
    "no-headers": ((b"HTTP/1.1 200 OK\r\n\r\nabc", Do.CLOSE), 200, b"abc"),
    "http-1.0": ((b"HTTP/1.0 200 OK\r\n\r\nabc", Do.CLOSE), 200, b"abc"),
    "bare-line-feeds": ((b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",), 200, b"{}"),
    "chunked": ((chunked(b"{", b"}"),), 200, b"{}"),
    "encoding-that-lies": ((answer(200, b"abc", "Content-Encoding: gzip"),), 200, b"abc"),
}


@pytest.mark.parametrize("steps", INCOMPLETE.values(), ids=INCOMPLETE)
def test_an_answer_that_ends_too_early_is_incomplete(steps: Sequence[Step]) -> None:
    """By its own framing there was more to come."""
    exchange = answered(steps)
    assert (exchange.response, exchange.failure) == (None, Failure.INCOMPLETE)
    assert exchange.reason


@pytest.mark.parametrize("greeting", [Do.CLOSE, Do.RESET])
def test_a_server_that_hangs_up_at_once_is_incomplete(greeting: Step) -> None:
    """It was reached, and answered nothing. A reset may come before the connection is there: then there was none."""
    right = {Failure.INCOMPLETE, Failure.UNREACHABLE} if greeting is Do.RESET else {Failure.INCOMPLETE}
    assert answered((OK,), greeting=(greeting,)).failure in right


@pytest.mark.parametrize("steps", BROKEN.values(), ids=BROKEN)
def test_what_is_not_http_is_no_http(steps: Sequence[Step]) -> None:
    """Bytes came, and they are no answer by any reading."""
    exchange = answered(steps)
    assert (exchange.response, exchange.failure) == (None, Failure.BROKEN)


def test_a_server_that_speaks_first_is_no_http() -> None:
    """As mail and shell servers do."""
    assert answered((OK,), greeting=(b"SSH-2.0-server\r\n\r\n",)).failure is Failure.BROKEN


@pytest.mark.parametrize("steps", LATE.values(), ids=LATE)
def test_an_answer_that_takes_too_long_times_out(steps: Sequence[Step]) -> None:
    """Neither a stall nor a flood of pieces can hold a case longer than its timeouts allow."""
    exchange = answered(steps)
    assert (exchange.response, exchange.failure) == (None, Failure.TIMEOUT)


def test_an_endless_body_is_cut_off() -> None:
    """It is a body that is too large, however much of it there may be."""
    exchange = answered((STARTED + b"\r\n", Drip(b"a" * 65536, size=65536, every=0, forever=True)))
    assert exchange.response
    assert exchange.response.too_large


@pytest.mark.parametrize(("steps", "status", "body"), STRANGE.values(), ids=STRANGE)
def test_a_strange_answer_that_is_whole_is_an_answer(steps: Sequence[Step], status: int, body: bytes) -> None:
    """What HTTP lets pass is for the oracle to judge."""
    exchange = answered(steps)
    assert exchange.response, exchange.reason
    assert (exchange.status, exchange.response.body) == (status, body)


def test_tls_to_a_plain_port_is_a_failure_of_tls() -> None:
    """The reason names TLS, so that a wrong scheme is found."""
    greeting = (b"HTTP/1.1 400 Bad Request" + EMPTY, Do.STALL)
    with answering((), greeting=greeting) as server, connected(f"https{server.url[4:]}", timeouts=SHORT) as client:
        exchange = client.send(api.getSipTrunks())
    assert (exchange.response, exchange.failure) == (None, Failure.TLS)


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address, no answer."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with connected("http://trunking.invalid", timeouts=SHORT, guard=Guard(allow=("trunking.invalid",))) as client:
        exchange = client.send(api.getSipTrunks())
    assert (exchange.response, exchange.failure) == (None, Failure.UNREACHABLE)


def test_the_client_goes_on_after_any_failure() -> None:
    """A broken answer spoils no later exchange of the same thread."""
    bad = [*INCOMPLETE.values(), BROKEN["garbage"], BROKEN["two-lengths"], LATE["stalled-body"]]
    scripts = iter([step for steps in bad for step in (steps, (OK,))])
    with answering(lambda _: next(scripts)) as server, connected(server.url, timeouts=SHORT) as client:
        statuses = [client.send(api.getSipTrunks()).status for _ in range(2 * len(bad))]
    assert statuses == [None, 200] * len(bad)


def test_no_log_bears_what_was_sent_or_came(caplog: pytest.LogCaptureFixture) -> None:
    """The libraries beneath would write down headers, however deep somebody wants to look."""
    caplog.set_level(logging.DEBUG)
    with answering(answer(200, {}, "X-Echo: Basic something")) as server, connected(server.url) as client:
        assert client.send(api.getSipTrunks()).ok
    assert not [record for record in caplog.records if record.name.startswith(("httpcore", "httpx", "hpack", "h2"))]
