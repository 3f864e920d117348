"""Ways to a target: TLS with an authority of its own, HTTP/2, IPv6, a gateway's path prefix."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from hypercorn.asyncio import serve
from hypercorn.config import Config

from contracts.blame import Mistake
from contracts.call import api
from contracts.client import Client
from contracts.exchange import Exchange, Failure
from contracts.sandbox import Sandbox
from contracts.sandbox.asgi import application
from contracts.sandbox.serve import bind
from contracts.target import Target, resolve
from tests.selftest.answers import answer, answering, talking

KEY = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret", "SINCH_PROJECT_ID": "p"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """An authority that nobody else knows, and the file of its certificate."""
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    ca.cert_pem.write_to_path(str(file))
    return ca, file


@dataclass
class Secured:
    """A sandbox behind TLS, and the versions of HTTP by which it was asked."""

    target: Target
    versions: list[str]


@contextlib.contextmanager
def secured(certificate: trustme.LeafCert, folder: Path, protocols: Sequence[str]) -> Iterator[Secured]:
    """A sandbox behind TLS, which speaks these protocols."""
    pem = folder / "server.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
    sandbox, versions = Sandbox(), list[str]()
    inner = application(sandbox)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            versions.append(scope["http_version"])
            await inner(scope, receive, send)

    listening = bind()
    config = Config.from_mapping(
        bind=[f"fd://{os.dup(listening.fileno())}"],
        certfile=str(pem),
        keyfile=str(pem),
        alpn_protocols=list(protocols),
        errorlog=None,
    )
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    served = serve(app, config, shutdown_trigger=ended.wait)
    thread = threading.Thread(target=loop.run_until_complete, args=(served,))
    thread.start()
    who = sandbox.identity
    try:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        yield Secured(Target("t", url, who.project_id, who.key_id, who.key_secret), versions)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
        listening.close()


def asked(target: Target) -> Exchange:
    """The answer to a second question, over the connection of the first."""
    with contextlib.closing(Client(target)) as client:
        client.send(api.getSipTrunks())
        return client.send(api.getSipTrunks())


# -- TLS ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("protocols", "version"), [(["h2", "http/1.1"], "2"), (["http/1.1"], "1.1")])
def test_a_target_is_spoken_to_as_it_speaks(
    authority: tuple[trustme.CA, Path], tmp_path: Path, protocols: list[str], version: str
) -> None:
    """HTTP/2 where it offers that; its certificate is signed by the authority of the profile."""
    ca, file = authority
    with secured(ca.issue_cert("127.0.0.1"), tmp_path, protocols) as server:
        assert asked(replace(server.target, ca_bundle=str(file))).ok
    assert server.versions == [version, version]


def test_a_certificate_of_nobody_knows_whom_is_no_answer(authority: tuple[trustme.CA, Path], tmp_path: Path) -> None:
    """It is verified by default; nothing is sent, and nothing can be judged."""
    with secured(authority[0].issue_cert("127.0.0.1"), tmp_path, ["http/1.1"]) as server:
        exchange = asked(server.target)
    assert exchange.failure is Failure.TLS
    assert "certificate verify failed" in exchange.reason
    assert server.versions == []


def test_a_certificate_of_another_host_is_no_answer(authority: tuple[trustme.CA, Path], tmp_path: Path) -> None:
    """Though an authority that is trusted has signed it."""
    ca, file = authority
    with secured(ca.issue_cert("other.example.invalid"), tmp_path, ["http/1.1"]) as server:
        assert asked(replace(server.target, ca_bundle=str(file))).failure is Failure.TLS
    assert server.versions == []


def test_a_bundle_is_named_by_the_profile(authority: tuple[trustme.CA, Path], tmp_path: Path) -> None:
    """Its path begins at the profile."""
    profile = tmp_path / "mine.toml"
    profile.write_text('ca_bundle = "authority.pem"', encoding="utf-8")
    (tmp_path / "authority.pem").write_bytes(authority[1].read_bytes())
    target = resolve("https://127.0.0.1:1", str(profile), KEY)
    assert target
    assert target.ca_bundle == str(tmp_path / "authority.pem")


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\xfe"])
def test_a_bundle_without_certificates_is_a_mistake(tmp_path: Path, content: bytes | None) -> None:
    """Told in one line, with the file."""
    profile = tmp_path / "mine.toml"
    profile.write_text('ca_bundle = "authority.pem"', encoding="utf-8")
    if content is not None:
        (tmp_path / "authority.pem").write_bytes(content)
    with pytest.raises(Mistake, match=r"authority\.pem.*give a PEM file"):
        resolve("https://127.0.0.1:1", str(profile), KEY)


def _odd(listening: socket.socket, context: ssl.SSLContext, status: bytes) -> None:
    """Answers one request by HTTP/2 with a status of this text, which a server in order never sends."""
    with context.wrap_socket(listening.accept()[0], server_side=True) as connection:
        spoken = H2Connection(H2Configuration(client_side=False, validate_outbound_headers=False, normalize_outbound_headers=False))
        spoken.initiate_connection()
        connection.sendall(spoken.data_to_send())
        while data := connection.recv(65536):
            for event in spoken.receive_data(data):
                if isinstance(event, RequestReceived):
                    spoken.send_headers(event.stream_id, [(b":status", status)], end_stream=True)
            connection.sendall(spoken.data_to_send())


@pytest.mark.parametrize("status", [b"abc", b""])
def test_a_status_by_http_2_that_is_no_number_is_no_answer(authority: tuple[trustme.CA, Path], status: bytes) -> None:
    """Nothing falls over it, and nothing is judged."""
    ca, file = authority
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=_odd, args=(listening, context, status), daemon=True)
        server.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        target = Target("t", url, "p", "key-id", "key-secret", ca_bundle=str(file))
        with contextlib.closing(Client(target)) as client:
            assert client.send(api.getSipTrunks()).failure is Failure.BROKEN
        server.join(5)


# -- addresses ----------------------------------------------------------------------------------------------------------------


def test_a_gateway_may_put_a_path_before_the_api() -> None:
    """And it may bear what paths bear."""
    with talking(answer(200, {})) as (client, server):
        asked(replace(client.target, base_url=f"{server.url}/gate%20way/sip"))
    assert server.requests[0].startswith(b"GET /gate%20way/sip/v1/projects/project-of-the-test/trunks HTTP/1.1\r\n")


def test_a_target_may_have_an_address_of_ipv6() -> None:
    """As in a URL, in brackets."""
    with answering(answer(200, {}), host="::1") as server:
        assert asked(Target("t", server.url, "p", "key-id", "key-secret")).ok
    assert f"host: [::1]:{urlsplit(server.url).port}\r\n".encode() in server.requests[0].lower()
