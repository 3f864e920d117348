"""What a checkout is, by what its files say. A machine that is to run cases is asked for it by this very text, which is sent there.

So it needs nothing but Python, and is true also where the suite there is another one.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDERS = ("contracts", "schemas", "tests/contract")
FILES = ("conftest.py", "pyproject.toml")
KINDS = (".py", ".toml", ".json")
OURS = re.compile(r"(contracts|tests|conftest)(\.|$)")
NAMESPACE = Path("/proc/self/ns/net")  # containers on one machine are not each other's 127.0.0.1
BOOT = Path("/proc/sys/kernel/random/boot_id")


def facts(root: Path) -> dict[str, str]:
    """The `version`, `catalogue` and `suite` that stand in a folder, the last two as digests; empty where there is none.

    `machine` is the same in processes for which 127.0.0.1 is the same place, and `folder` where that was asked. `closed` is what
    lets no ledger be written there; empty where nothing does.
    """
    top = [root / name for name in FILES]
    below = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in KINDS]
    files = sorted(path for path in (*top, *below) if path.is_file())
    every = hashlib.sha256()
    for path in files:
        every.update(f"{path.relative_to(root).as_posix()}\0{_digest(path)}\0".encode())
    package = root / "contracts" / "__init__.py"
    told = re.search(r'__version__ = "([^"]+)"', package.read_text("utf-8")) if package.is_file() else None
    return {
        "version": told[1] if told else "",
        "catalogue": _digest(root / "contracts" / "catalogue" / "rows.toml"),
        "suite": every.hexdigest() if told else "",
        "machine": _machine(),
        "folder": str(root),
        "closed": _closed(root / "reports" / "ledger"),
    }


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In which way the suite there is another one; empty where it is the same."""
    if not there["suite"]:
        return f"has no suite in {there['folder']}"
    if here["version"] != there["version"]:
        return f"has version {there['version']} of the suite, and this machine {here['version']}"
    if here["catalogue"] != there["catalogue"]:
        return "has another catalogue (rows.toml)"
    return "" if here["suite"] == there["suite"] else "has other files of the same version"


def forget() -> None:
    """Forget every module of the suite: a server runs one run after the other in one process, and files may have changed."""
    for name in [name for name in sys.modules if OURS.match(name)]:
        del sys.modules[name]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _closed(folder: Path) -> str:
    """What of a folder's path keeps it from being made and written to; empty where nothing does."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return "" if there.is_dir() and os.access(there, os.W_OK | os.X_OK) else str(there)


def _machine() -> str:
    try:
        return f"{BOOT.read_text('ascii').strip()} {os.readlink(NAMESPACE)}"  # noqa: PTH115 - it is the link itself that tells
    except OSError:  # another system than Linux
        return socket.gethostname()


if __name__ == "__channelexec__":  # as execnet names what it was sent
    forget()
    channel.send(facts(Path.cwd()))  # type: ignore[name-defined]  # noqa: F821 - execnet puts it here
