"""`python -m contracts.sandbox` as a real process."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
WAIT = 20


@contextlib.contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command running, and what it printed: the first line under "", the exports by name."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "contracts.sandbox", *options]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603  # our own command
        try:
            assert process.stdout
            first = process.stdout.readline()
            exports = [process.stdout.readline() for _ in range(5)]
            pairs = [line.removeprefix("export ").rstrip("\n").split("=", 1) for line in exports]
            yield process, {"": first, **dict(pairs)}
        finally:
            process.kill()


def failed(*options: str) -> subprocess.CompletedProcess[str]:
    """The command, where it cannot start."""
    command = [sys.executable, "-m", "contracts.sandbox", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT, check=False)  # noqa: S603  # our own command


def test_it_says_where_it_listens_and_what_to_export() -> None:
    """The first line is the URL; what follows can be pasted, and is enough to use the API."""
    with started() as (_, said):
        assert re.fullmatch(r"listening http://127\.0\.0\.1:\d+\n", said[""])
        names = ["PYTEST_BASE_URL", "SINCH_PROJECT_ID", "SINCH_KEY_ID", "SINCH_KEY_SECRET", "SINCH_FOREIGN_PROJECT_ID"]
        assert list(said)[1:] == names
        url, project, *key, foreign = (said[name] for name in names)
        assert said[""] == f"listening {url}\n"
        with httpx.Client(base_url=url, auth=(key[0], key[1]), trust_env=False) as client:
            assert client.get(f"/v1/projects/{project}/trunks").status_code == 200
            assert client.get(f"/v1/projects/{foreign}/trunks").status_code == 403


def test_what_is_given_is_used() -> None:
    """Ids and key are taken from the command line and quoted for a shell."""
    given = ["--project", "p 1", "--foreign-project", "f", "--key-id", "k", "--key-secret", "it's", "--delay-ms", "1"]
    with started(*given) as (_, said):
        assert said["SINCH_PROJECT_ID"] == "'p 1'"
        answer = httpx.get(said["PYTEST_BASE_URL"] + "/v1/projects/p%201", auth=("k", "it's"), trust_env=False)
        assert answer.json()["id"] == "p 1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    """Status 0 and nothing on stderr, with a client still connected."""
    with started() as (process, said), httpx.Client(base_url=said["PYTEST_BASE_URL"], trust_env=False) as client:
        client.get("/")
        process.send_signal(number)
        assert process.wait(WAIT) == 0
        assert process.stderr
        assert not process.stderr.read()


def test_it_can_end_with_its_input() -> None:
    """Whoever embeds it holds the pipe; when that closes, it ends."""
    with started("--until-stdin-closes") as (process, _):
        assert process.stdin
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(WAIT) == 0


def test_without_being_asked_it_outlives_its_input() -> None:
    """In the background of a shell there is no input to wait for."""
    with started() as (process, said):
        assert process.stdin
        process.stdin.close()
        assert httpx.get(said["PYTEST_BASE_URL"], trust_env=False).status_code == 401
        assert process.poll() is None


def test_a_port_in_use_is_one_clear_line() -> None:
    """Status 2 and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = failed("--port", str(port))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(rf"contracts\.sandbox: cannot listen on port {port}: .+\n", ended.stderr)


@pytest.mark.parametrize("options", [("--port", "65536"), ("--port", "-1"), ("--delay-ms", "-1"), ("--delay-ms", "nan")])
def test_a_value_out_of_range_is_one_clear_line(options: tuple[str, str]) -> None:
    """Status 2, one line, no traceback."""
    ended = failed(*options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert options[0] in ended.stderr


@pytest.mark.parametrize("options", [("--port", "many"), ("--prot", "1")])
def test_a_mistyped_option_is_misuse(options: tuple[str, str]) -> None:
    """Status 2, and the usage."""
    ended = failed(*options)
    assert ended.returncode == 2
    assert "usage:" in ended.stderr
    assert "Traceback" not in ended.stderr
