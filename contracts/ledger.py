"""The ledger: what a run has made at a target and not yet removed, on disk, so that it is removed even if the run is killed.

Before anything is sent that may make something, that is written down; and so is what came of it. Each process of a run writes a
file of its own, and holds a lock on it as long as it lives. A file that nobody holds was left behind: `contracts.sweep` reads it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from contracts.call import Body, Call
from contracts.exchange import SECRET_NAMES
from contracts.target import Target

LEDGER = Path(__file__).resolve().parents[1] / "reports" / "ledger"
OWES, DONE, MAY_OWE, SETTLED = "+", "-", "?", "!"


@dataclass(slots=True)
class Account:
    """What one case owes, as its entries say: calls that remove what it made, and calls whose answers nobody knows."""

    owed: dict[str, Call] = field(default_factory=dict)
    unknown: dict[str, list[Call]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether anything is owed, or may be."""
        return bool(self.owed) or any(self.unknown.values())


class Ledger:
    """The ledger of one process, at one target. Threads share it."""

    def __init__(self, folder: Path, run_id: str, worker: str, target: Target) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{run_id}-{worker}.jsonl"
        self._lock = threading.Lock()
        self._file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._lock_file = _lock_of(self.path)
        self._lock_file.acquire()
        self._numbers = itertools.count(1)
        self._write([{"target": target.id, "base_url": target.base_url, "project": target.project, "run": run_id}])

    def page(self) -> Page:
        """A page for one case."""
        return Page(next(self._numbers), self._write)

    def close(self) -> None:
        """Let go of the file, and remove it where nothing is owed any more."""
        with self._lock:
            os.close(self._file)
            if not any(account.open for account in accounts(self.path.read_bytes())):
                self.path.unlink()
            self._lock_file.release()
            Path(self._lock_file.lock_file).unlink(missing_ok=True)

    def _write(self, entries: list[dict[str, Any]]) -> None:
        lines = "".join(json.dumps(entry) + "\n" for entry in entries)
        with self._lock:
            os.write(self._file, lines.encode())


class Page:
    """What one case writes down. For its own thread."""

    def __init__(self, number: int, write: Callable[[list[dict[str, Any]]], None]) -> None:
        self._number = number
        self._write = write
        self._known: dict[str, Call] = {}

    def may_owe(self, *calls: Call) -> None:
        """Calls are about to be sent that may make something."""
        self._write([self._entry(MAY_OWE, call) for call in calls])

    def settle(self, answered: Call | None, owed: list[Call]) -> None:
        """An answer came, and this is what is owed now."""
        now = {_key(call): call for call in owed}
        entries = [self._entry(OWES, call) for key, call in now.items() if key not in self._known]
        entries += [self._entry(DONE, call) for key, call in self._known.items() if key not in now]
        entries += [self._entry(SETTLED, answered)] if answered else []
        self._known = now
        if entries:
            self._write(entries)

    def _entry(self, sign: str, call: Call) -> dict[str, Any]:
        return {"case": self._number, "sign": sign, "call": _told(call)}


def header(content: bytes) -> Mapping[str, Any] | None:
    """What the first line of a file says of its run and target; None where it is none of ours, or was never finished."""
    first = next(_entries(content), None)
    return first if first and {"target", "base_url", "project", "run"} <= first.keys() else None


def accounts(content: bytes) -> list[Account]:
    """What the cases of a file still owe."""
    found: dict[int, Account] = {}
    for entry in _entries(content):
        if "sign" not in entry:
            continue
        account, call = found.setdefault(entry["case"], Account()), _read(entry["call"])
        key = _key(call)
        if entry["sign"] == OWES:
            account.owed[key] = call
        elif entry["sign"] == DONE:
            account.owed.pop(key, None)
        elif entry["sign"] == MAY_OWE:
            account.unknown.setdefault(key, []).append(call)  # several equal ones may race
        elif unknown := account.unknown.get(key):
            unknown.pop()
    return list(found.values())


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a file that was left behind: its process has ended, in whatever way. Gives whether it is held; not while that lives."""
    lock = _lock_of(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield path.exists()
    finally:
        lock.release()
        if not path.exists():
            Path(lock.lock_file).unlink(missing_ok=True)


def _lock_of(path: Path) -> FileLock:
    return FileLock(f"{path}.lock", thread_local=False)


def _entries(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines that were finished: whoever was killed while it wrote had not sent yet what it wrote of."""
    for line in content.split(b"\n")[:-1]:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _told(call: Call) -> dict[str, Any]:
    """A call as an entry, without secrets."""
    told: dict[str, Any] = {"operation": call.operation, "path": dict(call.path)}
    if call.body is not Body.NONE and not isinstance(call.body, bytes):
        told["body"] = _bare(call.body)
    return told


def _read(told: Mapping[str, Any]) -> Call:
    return Call(told["operation"], told["path"], body=told.get("body", Body.NONE))


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _bare(inner) for name, inner in value.items() if name not in SECRET_NAMES}
    return [_bare(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _key(call: Call) -> str:
    return json.dumps(_told(call), sort_keys=True)
