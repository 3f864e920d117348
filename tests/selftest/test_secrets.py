"""Nothing that a run writes bears a secret, whatever the target makes of those that it gets: every byte is searched."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import pytest

from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.core import new_identity
from contracts.sandbox.serve import running
from contracts.transport.veil import HIDDEN, Veil
from tests.selftest.runs import Outcome, contract

KEY_ID = "planted-key-id-5f31"
KEY_SECRET = "Planted/Secret+with=odd signs~äöü"
PASSWORD = re.compile(rb'"password": ?"(Pw-[^"]+)"')  # those that are made up by fuzzing are noise, and no secret
MANY = "credential or isolation or 403-forbidden or 404-trunk-id or getCredentialListById"
FEW = (
    "createCredentialList or username-unavailable or getCredentialListById or 403-forbidden or 404-trunk-id/getSipTrunkById"
    " or isolation/trunk or isolation/credential-list or determinism/404-trunk-id"
    " or race/overlapping-credential-lists or race/deletions-of-credential-list or stateful/credential-lists"
)
SOME = MANY if "FAULTS" in os.environ else FEW
"""Of each kind of case, of check and of file, with those that send passwords: a few, or many in `tox -e faults`."""


@dataclass
class Echo:
    """A sandbox that tells whoever asks what it got, in many ways; it remembers the secrets."""

    inner: Sandbox
    secrets: set[str] = field(default_factory=set)

    def handle(self, request: Request) -> Response:
        """Answer one request; an error bears all that came with it."""
        response = self.inner.handle(request)
        sent = request.headers.get("authorization", "")
        if sent == "Basic " + base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode():
            self.secrets |= {sent.partition(" ")[2]}
        self.secrets |= {found.decode() for found in PASSWORD.findall(request.body)}
        if response.status < 400:
            return response
        document = json.loads(response.body)
        told = [sent, KEY_SECRET, KEY_ID, request.body.decode("utf-8", "replace")]
        document["message"] += " ".join(form for text in told for form in written(text))
        return replace(response, body=json.dumps(document).encode(), headers={**response.headers, "x-echo": quote(" ".join(told))})


def written(text: str) -> Iterator[str]:
    """A text in many ways."""
    content = text.encode()
    yield from (text, quote(text, safe=""), json.dumps(text), content.hex(), quote(quote(text, safe=""), safe=""))
    for ahead in range(3):
        yield base64.b64encode(b"-" * ahead + content).decode()
        yield base64.urlsafe_b64encode(b"-" * ahead + content).decode()


def traces(secret: str) -> Iterator[bytes]:
    """What must not be found of a secret: as `written`, but for what other bytes have a part in."""
    plain = secret.encode()
    yield from (plain, quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode(), plain.hex().encode())
    yield quote(quote(secret, safe=""), safe="").encode()
    for ahead in range(3):
        inner = slice(0 if ahead == 0 else 4, -4)
        yield base64.b64encode(b"-" * ahead + plain)[inner]
        yield base64.urlsafe_b64encode(b"-" * ahead + plain)[inner]


def bytes_of(outcome: Outcome, *folders: Path) -> bytes:
    """Every byte that a run wrote."""
    files = (path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"\0".join([outcome.out.encode(), outcome.err.encode(), *files])


def found(content: bytes, secrets: set[str]) -> set[str]:
    """The secrets of which any trace is there, in whatever case."""
    small = content.lower()
    return {secret for secret in secrets if any(trace.lower() in small for trace in traces(secret))}


@pytest.mark.parametrize(
    "options", [("-n", "0", "--showlocals", "-rA"), ("-n", "2", "-vv", "--depth", "standard")], ids=["alone", "-n 2"]
)
def test_no_byte_of_a_run_bears_a_secret(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Reports, terminal, ledger, shell scripts: key, secret, headers and passwords, in plain and encoded."""
    identity = replace(new_identity(), key_id=KEY_ID, key_secret=KEY_SECRET)
    echo = Echo(Sandbox(identity))
    with running(echo) as url:
        given = {
            "PYTEST_BASE_URL": url,
            "SINCH_PROJECT_ID": identity.project_id,
            "SINCH_KEY_ID": KEY_ID,
            "SINCH_KEY_SECRET": KEY_SECRET,
        }
        outcome = contract(tmp_path / "run", "-k", SOME, *options, given=given)
    assert outcome.status == 1  # every message is wrong, and so everything is told
    content = bytes_of(outcome, tmp_path)
    assert HIDDEN.encode() in content
    assert len(echo.secrets) > 5
    assert found(content, echo.secrets | {KEY_ID, KEY_SECRET}) == set()


def test_the_search_would_find_what_is_there() -> None:
    """In every way in which a secret may be written, between other bytes."""
    for form in written(f"before {KEY_SECRET} behind"):
        assert found(f"<{form}>".encode(), {KEY_SECRET}) == {KEY_SECRET}, form


@pytest.mark.parametrize("around", ["{}", "id:{}", "ab{}", "before {} behind"])
def test_a_veil_hides_a_secret_in_every_way_it_may_be_written(around: str) -> None:
    """And little else."""
    veil = Veil(KEY_SECRET)
    for form in written(around.format(KEY_SECRET)):
        hidden = veil.text(f"there: {form} end")
        assert found(hidden.encode(), {KEY_SECRET}) == set(), form
        assert hidden.startswith("there: ")
        assert hidden.endswith(" end")
        assert HIDDEN in hidden


def test_a_veil_leaves_everything_else_as_it_is() -> None:
    """Also what is too short to be a secret, and text that is no Unicode."""
    veil = Veil("", "short", "long enough")
    for text in ("", "short", "long", "\ud800", "bG9uZw=="):
        assert veil.text(text) == text
    assert veil.text("a long enough\ud800") == "a ***\ud800"
    veil.add("another one")
    assert veil.bytes(b"another one, long enough") == b"***, ***"
