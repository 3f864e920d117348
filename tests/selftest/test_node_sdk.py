"""The official Node SDK works against the sandbox, and reads its errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running

DRIVE = Path(__file__).parent / "node" / "drive.cjs"
PACKAGES = ("@sinch/elastic-sip-trunking@1.4.0", "@sinch/sdk-core@1.4.0", "har-schema@2.0.0")
QUIET = ("--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")


def packages(folder: Path) -> Path:
    """The folder of installed packages: the one that NODE_SDK_DIR prepared, or a new one; skips where neither can be."""
    prepared = os.environ.get("NODE_SDK_DIR")
    modules = Path(prepared or folder).resolve() / "node_modules"
    if (modules / "@sinch" / "sdk-core").is_dir():
        return modules
    if prepared:
        pytest.skip(f"NODE_SDK_DIR={prepared} holds no node_modules/@sinch/sdk-core")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "install", *QUIET, "--prefix", str(folder), *PACKAGES]
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install the SDK within two minutes")
    if ended.returncode:
        pytest.skip(f"npm could not install the SDK: {ended.stderr.strip().splitlines()[-1:]}")
    return modules


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the SDK did with one sandbox."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    environment = {**os.environ, "NODE_PATH": str(packages(tmp_path_factory.mktemp("sdk")))}
    sandbox = Sandbox()
    who = sandbox.identity
    with running(sandbox) as url:
        command = [node, str(DRIVE), url, who.project_id, who.key_id, who.key_secret]
        ended = subprocess.run(  # noqa: S603  # our own script
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return seen


def test_resources_are_made_read_changed_and_listed(done: dict[str, Any]) -> None:
    """Trunks, endpoints, lists, rules, permissions and projects, page by page where there are pages."""
    expected = {
        "trunk": "sdk-host",
        "trunkUpdated": "new",
        "trunkRead": "new",
        "trunkListed": True,
        "ranges": 2,
        "aclsOnTrunk": 1,
        "aclRead": "new",
        "acls": 1,
        "credentialListsOnTrunk": ["sdk"],
        "trunksByCredentialList": 1,
        "credentialListRead": ["sdk-one"],
        "credentialLists": 1,
        "endpoint": "sdk-one",
        "endpointUpdated": 5061,
        "endpointRead": "192.0.2.9",
        "endpoints": 1,
        "rule": "new",
        "rules": 3,
        "countries": 249,
        "permission": False,
        "projects": ["sdk-project"],
    }
    assert {name: done[name] for name in expected} == expected


def test_calls_are_iterated_and_exported(done: dict[str, Any]) -> None:
    """Twelve calls come in three pages, one in the range; the export is its line and the names above it."""
    seen = {name: done[name] for name in ("calls", "distinctCalls", "callsInRange", "exported")}
    assert seen == {"calls": 12, "distinctCalls": 12, "callsInRange": 1, "exported": 2}


@pytest.mark.parametrize(
    ("name", "code", "status", "message"),
    [
        ("duplicate", 400, "BAD_REQUEST", "The provided domain name is unavailable"),
        ("attached", 400, "BAD_REQUEST", "Access Control List cannot be deleted while attached to a SIP Trunk"),
        ("invalidCountry", 400, "BAD_REQUEST", "Invalid isoCode: XX. Must be a valid ISO 3166-1 alpha-2 code."),
        ("gone", 404, "NOT_FOUND", "Could not find SIP Trunk with id '{sipTrunkId}'"),
    ],
)
def test_an_error_is_thrown_with_its_envelope(done: dict[str, Any], name: str, code: int, status: str, message: str) -> None:
    """A 4xx throws RequestFailedError, with the status and the body."""
    thrown = done[name]
    text = message.replace("{sipTrunkId}", done["sipTrunkId"])
    assert (thrown["kind"], thrown["status"]) == ("RequestFailedError", code)
    assert {key: thrown["body"][key] for key in ("code", "status", "message")} == {
        "code": code,
        "status": status,
        "message": text,
    }
