"""The desk: one process asks for the token of a run, and all others get it there."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import AuthenticationError
from pathlib import Path

import pytest

from contracts.blame import Exhausted, Inconclusive
from contracts.run.desk import HOST, AtDesk, Desk
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.routes import TOKEN_PATH
from contracts.sandbox.serve import running
from contracts.transport.tokens import Issuer, Kept, Token
from tests.selftest.runs import ROOT, contract, printed
from tests.selftest.test_run import FEW, variables

WAIT = 60
WORKER = """
import sys
from contracts.run.desk import AtDesk

at_desk = AtDesk(int(sys.argv[1]), input())
for ended in sys.argv[2:]:
    token = at_desk.token(ended)
    print(token.value, token.renew_at)
"""
"""A process that is told the key, asks once for each token that ended, and prints what it got."""


class Source:
    """Hands out one token, another one where that ended, or a refusal."""

    def __init__(self) -> None:
        self.refusal: Inconclusive | None = None
        self.asked: list[str] = []

    def token(self, ended: str = "") -> Token:
        """As `Tokens` says."""
        self.asked.append(ended)
        if self.refusal:
            raise self.refusal
        return Token("another" if ended == "first" else "first", 1234.5678901)


@pytest.fixture
def source() -> Source:
    """Whoever asks for tokens."""
    return Source()


@pytest.fixture
def desk(source: Source) -> Iterator[Desk]:
    """A desk that is closed in the end."""
    with closing(Desk(source)) as opened:
        yield opened


def test_another_process_gets_the_token(desk: Desk, source: Source) -> None:
    """With its time, and another one where it says that this one ended; its key goes over no command line."""
    told = printed(WORKER, str(desk.port), "", "", "first", said=desk.key)
    assert told.split("\n") == ["first 1234.5678901", "first 1234.5678901", "another 1234.5678901", ""]
    assert source.asked == ["", "", "first"]


def test_many_are_served_at_once(desk: Desk, source: Source) -> None:
    """Each over a connection of its own."""
    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(lambda _: AtDesk(desk.port, desk.key).token().value, range(64)))
    assert (got, len(source.asked)) == (["first"] * 64, 64)


def test_a_wrong_key_gets_nothing_and_disturbs_nobody(desk: Desk, source: Source) -> None:
    """Those that have a connection keep it, and others get one."""
    known = AtDesk(desk.port, desk.key)
    known.token()
    for key in ("00" * 32, desk.key[::-1], "ff"):
        with pytest.raises(AuthenticationError):
            AtDesk(desk.port, key).token()
    assert len(source.asked) == 1
    assert (known.token().value, AtDesk(desk.port, desk.key).token().value) == ("first", "first")


@pytest.mark.parametrize("said", [b"", b"\0\0\0\4spam", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64])
@pytest.mark.parametrize("stays", [False, True])
def test_whoever_knows_no_key_holds_nobody_up(desk: Desk, source: Source, said: bytes, *, stays: bool) -> None:
    """Whether he says nothing or nonsense, and whether he goes or stays."""
    stranger = socket.create_connection((HOST, desk.port))
    with stranger:
        stranger.sendall(said)
        if not stays:
            stranger.close()
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(lambda: AtDesk(desk.port, desk.key).token().value)
            try:
                assert asked.result(10) == "first"
            finally:
                stranger.close()  # who waits for him is let go
    assert source.asked == [""]


def test_each_desk_has_a_key_of_its_own(desk: Desk) -> None:
    """That nobody can guess, and a port of this machine alone."""
    with closing(Desk(Source())) as other:
        assert (len(bytes.fromhex(desk.key)), desk.key == other.key, desk.port == other.port) == (32, False, False)


@pytest.mark.parametrize("kind", [Inconclusive, Exhausted])
def test_a_refusal_comes_through_with_its_kind(desk: Desk, source: Source, kind: type[Inconclusive]) -> None:
    """And its reason; who was refused can ask again."""
    at_desk, source.refusal = AtDesk(desk.port, desk.key), kind("no token from there: ☎")
    for _ in range(2):
        with pytest.raises(Inconclusive, match=r"^no token from there: ☎$") as raised:
            at_desk.token()
        assert raised.type is kind
    source.refusal = None
    assert at_desk.token().value == "first"


def test_a_desk_that_is_gone_is_inconclusive(desk: Desk) -> None:
    """For those that it served, each time that they ask, and for those that come too late."""
    known = AtDesk(desk.port, desk.key)
    known.token()
    desk.close()
    with pytest.raises(ConnectionRefusedError):  # nobody listens there
        socket.create_connection((HOST, desk.port))
    for at_desk in (known, known, AtDesk(desk.port, desk.key)):
        with pytest.raises(Inconclusive, match=r"^no token: the process that asks for it is gone"):
            at_desk.token()
    desk.close()  # a second time is no matter


def test_a_process_that_ends_takes_its_desk_with_it() -> None:
    """Killed or not: what is asked there is inconclusive then."""
    text = "from contracts.run.desk import *\nd = Desk(None)\nprint(d.port, d.key, flush=True)\ninput()"
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", text], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port, key = process.stdout.readline().split()
        process.kill()
    with pytest.raises(Inconclusive, match="is gone"):
        AtDesk(int(port), key).token()


def test_many_threads_of_many_processes_share_one_token() -> None:
    """Each process asks once, and keeps what it got; where it ended, one other token serves all of them."""
    numbers = itertools.count(1)
    with closing(Desk(Issuer(lambda: (f"number-{next(numbers)}", 3600.0)))) as desk, ThreadPoolExecutor(12) as threads:
        kept = [Kept(AtDesk(desk.port, desk.key)) for _ in range(3)]
        first = {token.value for token in threads.map(lambda n: kept[n % 3].token(), range(36))}
        second = {token.value for token in threads.map(lambda n: kept[n % 3].token("number-1"), range(36))}
    assert (first, second) == ({"number-1"}, {"number-2"})


class Counting:
    """A sandbox that writes down what it is asked for."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.paths: list[str] = []
        self.tokens: list[str] = []

    def handle(self, request: Request) -> Response:
        """Answer as the sandbox does."""
        response = self.sandbox.handle(request)
        self.paths.append(request.raw_path)
        if request.raw_path == TOKEN_PATH:
            self.tokens.append(json.loads(response.body)["access_token"])
        return response


@pytest.mark.parametrize("workers", ["0", "3"])
def test_a_whole_run_asks_for_one_token(tmp_path: Path, workers: str) -> None:
    """However many processes it has; and it passes with it, and shows it nowhere."""
    profile, counting = tmp_path / "p.toml", Counting()
    profile.write_text('auth = { kind = "oauth2" }', "utf-8")
    with running(counting) as url:
        given = variables(counting.sandbox)
        run = contract(tmp_path / "r", "-k", FEW, "-n", workers, "--base-url", url, "--profile", str(profile), given=given)
    assert (run.status, run.err, set(run.verdicts.values())) == (0, "", {"pass"}), run.out
    assert len(counting.paths) > 30
    (token,) = counting.tokens
    shown = (run.out, *(path.read_text("utf-8") for path in run.folder.iterdir()))
    assert not any(token in text for text in shown)
