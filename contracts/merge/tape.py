"""A run.har as a tape of entries: joined with others in the order of time, copied as they stand, none of them parsed.

A hundred targets have millions of entries: to parse one and to write it again takes several times as long as to copy it; no more
than a piece of each file is in memory, or open, at once.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts import __version__
from contracts.blame import Mistake
from contracts.report.har import CREATOR, NAME, PIECE, origins_of, record_of
from contracts.report.results import whole
from contracts.traffic import Told

PIECES = 32 * 1024 * 1024  # bytes that are read of all files at once, as far as there are not too many of them
SMALL, LARGE = 16 * 1024, 128 * 1024  # bytes that are read of one file at once, at least and at most
FIRST = b'"entries": [\n'
NONE = b'"entries": []'
APART = b"\n            },\n"  # between two entries; no text within one has a line's end
END = b"]\n    }\n}"
LAST = b"\n            }\n        " + END
STARTED = re.compile(rb'"startedDateTime": "([0-9T:.+-]+)"')
BEGUN = re.compile(STARTED.pattern + rb',\s*"time": ([0-9.e+-]+)')
CONTRACT = b'"_contract": {'  # in no text within an entry either: its quotes would be escaped
OF = re.compile(rb'"_contract": \{(?:"part": ([0-9]+), )?"case": ("(?:[^"\\]|\\.)*"), "worker": ("(?:[^"\\]|\\.)*")')
JUDGED = re.compile(rb'"_contract": \{[^{}]*"operation": "(\w+)", "judged": (true|false), ')
ANSWERED = re.compile(rb'"response": \{"status": ([1-9][0-9]{2}), ')
UNTOLD = "what it sent is missing in the merged run.har and on the page"


@dataclass(frozen=True, slots=True)
class Tape:
    """A run.har, and the members that each of its entries gets in its `_contract`."""

    path: Path
    mark: Mapping[str, Any]

    def entries(self, piece: int = LARGE) -> Iterator[bytes]:
        """The entries as they stand, without what is between them, marked. Raises Mistake where the file breaks off."""
        members = json.dumps(dict(self.mark))[1:-1].encode("ascii")
        for entry in _raw(self.path, piece):
            yield entry.replace(CONTRACT, CONTRACT + members + b", ", 1) if members else entry


class Record(dict[str, Any]):
    """What is known of an exchange, or of its answer; the rest is read once somebody asks for it.

    Nine of ten are only counted: of most checks nothing is shown.
    """

    __slots__ = ("_read",)

    def __init__(self, known: Mapping[str, Any], read: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__(known)
        self._read = read

    def __missing__(self, name: str) -> Any:
        self.update(self._read())
        return {**self}[name]


@dataclass(slots=True)
class Joined:
    """What came of joining: `sent` counts the entries of each case by part, case and worker; a line of each tape that broke off."""

    sent: Counter[tuple[bytes, bytes, bytes]] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def join(tapes: Sequence[Tape], comment: Mapping[str, Any], path: Path, *, counted: bool = True) -> Joined:
    """Write a run.har of the entries of all tapes, in the order of time, whole or not at all. Raises OSError.

    A tape that breaks off is joined as far as it goes. Entries are only counted where that is asked for.
    """
    joined, before = Joined(), b"\n"
    piece = max(SMALL, min(LARGE, PIECES // max(1, len(tapes))))
    with whole(path) as partial, partial.open("wb", buffering=PIECE) as file:
        file.write(_opening(comment))
        for entry in heapq.merge(*(_kept(tape, joined, piece) for tape in tapes), key=_started):
            file.write(before)
            file.write(entry)
            before = APART
            if counted:
                joined.sent[_owner(entry)] += 1
        file.write(LAST if before is APART else END)
    return joined


def counted(path: Path) -> Joined:
    """What joining a file with nothing else would come to."""
    joined = Joined()
    for entry in _kept(Tape(path, {}), joined, LARGE):
        joined.sent[_owner(entry)] += 1
    return joined


def readable(path: Path, runs: Collection[str]) -> str:
    """Why the exchanges beside the results of a part, which is of these runs, cannot be joined; empty where they can."""
    if not path.exists():
        return f"{path.parent} has no {NAME}: {UNTOLD}"
    try:
        strange = [origin.run for origin in origins_of(path) if origin.run not in runs]
    except Mistake as e:
        return f"{e}: {UNTOLD}"
    return f"{path} is of run {strange[0]}, and the results beside it are not: {UNTOLD}" if strange else ""


def told(path: Path, sent: Mapping[tuple[bytes, bytes, bytes], int], parts: Sequence[str]) -> Iterator[Told]:
    """What each case sent, as soon as all of it was read; `parts` are what to call each part's workers."""
    due, under_way = dict(sent), dict[tuple[bytes, bytes, bytes], list[bytes]]()
    for entry in _kept(Tape(path, {}), Joined(), LARGE):  # what it breaks off with was told when it was joined
        owner = _owner(entry)
        under_way.setdefault(owner, []).append(entry)
        due[owner] -= 1
        if not due[owner]:
            yield _told(owner, under_way.pop(owner), parts)


def _told(owner: tuple[bytes, bytes, bytes], entries: Iterable[bytes], parts: Sequence[str]) -> Told:
    part, case, worker = (json.loads(one) for one in owner)
    exchanges = [_record(entry) for entry in entries]
    called = parts[part] if part < len(parts) else ""  # somebody may have changed the number
    return Told(exchanges[0]["started"], case, f"{called}{worker}", exchanges)


def _record(entry: bytes) -> dict[str, Any]:
    """An exchange as `traffic.record` has it; of one that was answered no more is read for now than how, when and to what."""

    def read() -> dict[str, Any]:
        return record_of(json.loads(entry + b"}"))

    begun, judged, answered = BEGUN.search(entry), JUDGED.search(entry), ANSWERED.search(entry)
    if not (begun and judged and answered):
        return read()
    return Record(
        {
            "started": round(datetime.fromisoformat(begun[1].decode("ascii")).timestamp(), 6),
            "seconds": round(float(begun[2]) / 1000, 6),
            "operation": judged[1].decode("ascii"),
            "judged": judged[2] == b"true",
            "response": Record({"status": int(answered[1])}, lambda: read()["response"]),
        },
        read,
    )


def _kept(tape: Tape, joined: Joined, piece: int) -> Iterator[bytes]:
    try:
        yield from tape.entries(piece)
    except (Mistake, OSError) as e:
        joined.broken.append(f"{e}: the rest of {UNTOLD}")


def _raw(path: Path, piece: int = PIECE) -> Iterator[bytes]:
    """The entries of a run.har of this suite's, without the brace that ends each. Raises Mistake where it breaks off, and OSError.

    The file is opened anew for each piece: of a thousand targets, as many could not stay open.
    """
    at, text = _begun(path)
    while True:
        *entries, text = text.split(APART)
        yield from entries
        if text.endswith(END):
            if entry := text.removesuffix(LAST).removesuffix(END):
                yield entry
            return
        with path.open("rb") as file:
            file.seek(at)
            more = file.read(max(piece, len(text)))
        if not more:
            raise Mistake(f"{path} breaks off: it is no whole HAR")
        at, text = at + len(more), text + more


def _begun(path: Path) -> tuple[int, bytes]:
    """Where the first piece of a file ends, and what of it are entries."""
    with path.open("rb") as file:
        text = file.read(PIECE)
    head, found, _ = text.partition(FIRST)
    if found:
        return len(head) + len(found), b""
    if NONE in text:
        return len(text), END
    raise Mistake(f"{path} has no entries that can be read")


def _started(entry: bytes) -> bytes:
    """When an entry began; as all are written alike, their letters are in the order of time."""
    found = STARTED.search(entry)
    return found[1] if found else b""


def _owner(entry: bytes) -> tuple[bytes, bytes, bytes]:
    """The part, case and worker of an entry, as JSON."""
    found = OF.search(entry)
    return (found[1] or b"0", found[2], found[3]) if found else (b"0", b'""', b'""')


def _opening(comment: Mapping[str, Any]) -> bytes:
    """A file up to its first entry, written as harfile writes it."""
    log = {
        "version": "1.2",
        "creator": {"name": CREATOR, "version": __version__},
        "browser": {"name": "", "version": ""},
        "comment": json.dumps(comment),
    }
    return f'{{\n    "log": {json.dumps(log, indent=8)[:-2]},\n        "entries": ['.encode("ascii")
