"""The file of a history: how it is opened, made, and brought up from what earlier versions of this suite wrote."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from contracts.blame import Mistake

MARK = 0x45435448  # in the header of every SQLite file of ours: ECTH, error contract test history
PATIENCE = 30.0  # seconds to wait for other runs, none of which holds the file for longer than some milliseconds
OTHERWISE = "or name another with --history"
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE target (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL, profile TEXT NOT NULL, base_url TEXT NOT NULL,
            UNIQUE (id, profile, base_url)
        )
        """,
        # `cases` are the ids of a run's cases and checks, as zlib's of a JSON list: a thousand that most runs have in common.
        "CREATE TABLE roster (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, cases BLOB NOT NULL)",
        # `verdicts` has a letter for each of the roster, `failures` is a JSON object; what people ask for comes before them.
        """
        CREATE TABLE run (
            number INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES target, id TEXT NOT NULL UNIQUE,
            started_at TEXT NOT NULL, finished_at TEXT NOT NULL, duration_seconds REAL NOT NULL, requests INTEGER NOT NULL,
            suite_version TEXT NOT NULL, target_version TEXT, plan_id TEXT NOT NULL, seed TEXT NOT NULL, depth TEXT NOT NULL,
            only_documented INTEGER NOT NULL, complete INTEGER NOT NULL, judged INTEGER NOT NULL, accepted INTEGER NOT NULL,
            totals TEXT NOT NULL,
            roster INTEGER NOT NULL REFERENCES roster, verdicts TEXT NOT NULL, failures TEXT NOT NULL
        )
        """,
        "CREATE INDEX run_of_target ON run (target, number)",
        # `own` is the verdict of the row's own cases, without what checks found; `basis` is equal for equal cases and texts.
        """
        CREATE TABLE row (
            run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, place INTEGER NOT NULL, id TEXT NOT NULL,
            verdict TEXT NOT NULL, own TEXT NOT NULL, reason TEXT, seconds REAL NOT NULL, cases INTEGER NOT NULL,
            basis INTEGER NOT NULL, PRIMARY KEY (run, place)
        ) WITHOUT ROWID
        """,
    ),
)
"""What makes each version of the file out of the one before; the first makes it out of nothing. Only ever added to."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file at its newest version, made where there is none. Raises Mistake, whatever goes wrong with it until it is closed."""
    with _connected(path, "rwc") as file:
        _bring_up(file, path)
        yield file


def check(path: Path) -> None:
    """Raises Mistake where something stands that is no history, or none that this suite knows. Makes and changes nothing."""
    if not there(path):
        return
    with _connected(path, "rw") as file:
        _version(file, path)
        if file.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")


def there(path: Path) -> bool:
    """Whether anything is there, an empty file apart. Raises Mistake where nobody may look, or nothing can be called so."""
    try:
        return path.exists() and (not path.is_file() or path.stat().st_size > 0)
    except OSError as e:
        raise Mistake(f"the history {path} cannot be reached ({e.strerror}): name another with --history") from None


@contextlib.contextmanager
def transaction(file: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing; `DEFERRED` to read what belongs together."""
    file.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        file.rollback()
        raise
    file.execute("COMMIT")


@contextlib.contextmanager
def _connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    if there(path) and not path.is_file():
        raise Mistake(f"the history {path} is no file: name one with --history")
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", PATIENCE, isolation_level=None, uri=True)
        ) as file:
            file.row_factory = sqlite3.Row
            file.execute("PRAGMA foreign_keys = ON")
            yield file
    except sqlite3.OperationalError as e:
        if e.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # with the kinds of it in the higher byte
            raise Mistake(f"another process locked the history {path} for {PATIENCE:g} s: end that, {OTHERWISE}") from e
        raise Mistake(f"the history {path} cannot be used ({e}): see to its folder and disk, {OTHERWISE}") from e
    except sqlite3.DatabaseError as e:
        raise Mistake(f"{path} is no history of runs, or a damaged one ({e}): move it away, {OTHERWISE}") from e


def _bring_up(file: sqlite3.Connection, path: Path) -> None:
    """Take the steps that the file has not seen yet, all or none; of two processes that come to it at once, one takes them."""
    if _version(file, path) == len(STEPS):
        return
    with transaction(file):
        for statement in (statement for step in STEPS[_version(file, path) :] for statement in step):
            file.execute(statement)
        file.execute(f"PRAGMA application_id = {MARK}")
        file.execute(f"PRAGMA user_version = {len(STEPS)}")


def _version(file: sqlite3.Connection, path: Path) -> int:
    """The version of the file, 0 of an empty one. Raises Mistake for what somebody else wrote, or a newer version of this suite."""
    mark, version = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if mark != MARK and (mark or version or file.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise Mistake(f"{path} is an SQLite file of something else, and was left as it is: name another with --history")
    if version > len(STEPS):
        raise Mistake(f"a newer version of this suite wrote the history {path}: use that, {OTHERWISE}")
    return int(version)
