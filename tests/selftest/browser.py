"""A real Chromium for tests of pages, and what is held against them there: axe-core and the Nu Html Checker."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
TOOLS = ("axe-core@4.14.1", "vnu-jar@26.9.27")
UNCOUNTED = "violates Content Security Policy"
"""What the checker says of inline style and script: it does not count hashes. The browser does, and there both are seen to work."""
QUIET = ("--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")


@contextlib.contextmanager
def opened() -> Iterator[Browser]:
    """A browser with an empty profile. Where there is none the test fails, and says how to get it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("Chromium is not installed: apt-get install -y --no-install-recommends chromium")
    with (
        sync_playwright() as playwright,
        contextlib.closing(playwright.chromium.launch(executable_path=path, args=FLAGS)) as browser,
    ):
        yield browser


@functools.cache
def tools() -> Path:
    """The folder of axe-core and the validator: the one that NODE_SDK_DIR prepared, or a new one, which npm fills."""
    prepared = os.environ.get("NODE_SDK_DIR")
    if prepared:
        return Path(prepared).resolve() / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("npm is not installed, which brings axe-core and the validator: apt-get install -y nodejs npm")
    folder = Path(tempfile.gettempdir()) / f"contracts-tools-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):  # of several processes one installs
        if not all((folder / "node_modules" / name.partition("@")[0]).is_dir() for name in TOOLS):
            command = [npm, "install", *QUIET, "--prefix", str(folder), *TOOLS]
            subprocess.run(command, cwd=folder, check=True, timeout=300)  # noqa: S603 - what CI installs
    return folder / "node_modules"


def violations(page: Page) -> list[str]:
    """What axe-core has against the page as it is."""
    page.evaluate((tools() / "axe-core" / "axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]]


def invalid(paths: Sequence[Path]) -> str:
    """What the Nu Html Checker, which is the living standard's own, says against the files; empty when nothing."""
    java = shutil.which("java")
    if java is None:
        pytest.fail(
            "Java is not installed, which the validator runs on: apt-get install -y --no-install-recommends default-jre-headless"
        )
    jar = tools() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    # The quick compiler alone takes half of the time for so short a run.
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-jar", str(jar), "--stdout", "--exit-zero-always"]
    command += ["--filterpattern", f".*{UNCOUNTED}.*", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603 - our own command
