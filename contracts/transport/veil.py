"""The veil: what no file, no line and no report may show is hidden, in whatever way it was written.

A target may echo a secret as it came, or as a piece of a URL, of a JSON text, of HTML or of something in Base64; every
character may be written in a way of its own.
"""

from __future__ import annotations

import base64
import re
import string
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from contracts.transport.writing import BACKSLASH, STARTS, written

HIDDEN = "***"
SHORTEST = 8  # bytes; to hide a shorter secret would tear texts apart
GROUP = 3  # bytes that Base64 writes at a time
EDGE = written(string.ascii_letters + string.digits + "+/-_") + rb"{0,4}"  # its first and last bytes, together with others
AHEAD = re.compile(EDGE + rb"\Z", re.IGNORECASE)
BEHIND = re.compile(EDGE + written("=") + rb"{0,2}", re.IGNORECASE)
FARTHEST = 64  # bytes of an edge, however it is written
GAP = rb"[:\s-]?"  # what may stand between two bytes in hexadecimal
GAPS = b": \t\n\r\v\f"  # the same where `ALIKE` has made a hyphen a blank
ALIKE = bytes.maketrans(b"+-_", b"  /")  # a blank may be a plus, and Base64 has two alphabets
HEAD = 16  # places of the forms that a text is searched for at first
PIECE = 16  # places in one pattern; a token has a thousand, and to compile them all takes a second
COMPILED = 1024  # patterns that are kept: the clients of a process mostly hide the same


@dataclass(frozen=True)
class Piece:
    """Places of a form that are searched for at once, with a gap before every second one; compiled when it is first needed."""

    places: tuple[str, ...]
    gap: bytes
    inner: bool  # whether there may be a gap before the first one as well

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """What matches the places one after another."""
        return _compiled(self)


@dataclass(frozen=True)
class Form:
    """A way to write a secret: the characters that may stand at each of its places, the usual one first."""

    places: tuple[str, ...]
    gapped: bool = False  # hexadecimal, two places to a byte
    edged: bool = False  # Base64

    @property
    def folded(self) -> bytes:
        """What a folded text bears that bears the form with no character escaped."""
        usual = "".join(place if place[0] == BACKSLASH else place[0] for place in self.places)
        return _folded(usual.encode("utf-8", "surrogatepass"))

    @cached_property
    def pieces(self) -> list[Piece]:
        """All its places, one piece after another; where one ends, there is no doubt about it."""
        pieces, first = [], 0
        for place in range(1, len(self.places) + 1):
            long = place - first >= PIECE and not any(map(_starts, self.places[first:place]))
            if long or place == len(self.places):
                pieces.append(Piece(self.places[first:place], GAP if self.gapped else b"", inner=first > 0))
                first = place
        return pieces

    def span(self, content: bytes, start: int) -> tuple[int, int] | None:
        """From where to where it is written there, if it is; its edges with it."""
        end = start
        for piece in self.pieces:
            found = piece.pattern.match(content, end)
            if not found:
                return None
            end = found.end()
        if self.edged and (ahead := AHEAD.search(content, max(0, start - FARTHEST), start)):
            start = ahead.start()
        if self.edged and (behind := BEHIND.match(content, end)):
            end = behind.end()
        return start, end


class Hunt:
    """Where some secrets are in a text. Its steps are cheap at first; none passes over what a later one would find."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = list(dict.fromkeys(form for secret in secrets for form in _forms(secret)))
        self._folded = [form.folded for form in self._forms if not form.gapped]
        self._gapped = [form.folded for form in self._forms if form.gapped]

    def spans(self, content: bytes) -> list[tuple[int, int]]:
        """From where to where something is to be hidden, in order and apart from each other."""
        if not self._likely(content):
            return []
        starts = [head.start() for head in self._head.finditer(content)]
        spans = (form.span(content, start) for start in starts for form in self._forms)
        return _merged(span for span in spans if span)

    def _likely(self, content: bytes) -> bool:
        """Whether anything is escaped, or a form is there as it is."""
        if any(start in content for start in STARTS):
            return True
        folded = _folded(content)
        if any(form in folded for form in self._folded):
            return True
        close = folded.translate(None, GAPS)
        return any(form in close for form in self._gapped)

    @cached_property
    def _head(self) -> re.Pattern[bytes]:
        """Where a form may begin: its first places hold any of what the forms have there."""
        columns = list(zip(*(form.places[:HEAD] for form in self._forms), strict=False))
        # A place with backslashes takes any number of them: were there several, to share them out would take years.
        odd = next((at for at, column in enumerate(columns, 1) if any(BACKSLASH in place for place in column)), HEAD)
        piece = Piece(tuple("".join(column) for column in columns[:odd]), GAP, inner=False)
        return re.compile(b"(?=" + piece.pattern.pattern + b")", re.IGNORECASE)


class Veil:
    """Hides secrets. Threads share it; more can be added at any time."""

    def __init__(self, *secrets: str) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()
        self._hunt: Hunt | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Hide these as well; what is too short to be hidden is left out."""
        with self._lock:
            new = [secret for secret in secrets if len(secret.encode()) >= SHORTEST and secret not in self._secrets]
            if new:
                self._secrets = (*self._secrets, *new)
                self._hunt = Hunt(self._secrets)

    def bytes(self, content: bytes) -> bytes:
        """The content without secrets."""
        spans = self._hunt.spans(content) if self._hunt else []
        if not spans:
            return content
        ends = [0, *(end for _, end in spans)]
        starts = [*(start for start, _ in spans), len(content)]
        return HIDDEN.encode().join(content[end:start] for end, start in zip(ends, starts, strict=True))

    def text(self, text: str) -> str:
        """The text without secrets."""
        encoded = text.encode("utf-8", "surrogatepass")
        hidden = self.bytes(encoded)
        return text if hidden is encoded or hidden == encoded else hidden.decode("utf-8", "surrogatepass")

    def within(self, value: Any) -> Any:
        """A JSON value without secrets in any of its texts; once it is written down, what they bear may be escaped twice."""
        if isinstance(value, dict):
            return {self.text(name): self.within(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.within(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value


def _forms(secret: str) -> Iterator[Form]:
    """The secret itself, in hexadecimal and in Base64."""
    runs = ["".join(run) for _, run in groupby(secret, key=BACKSLASH.__eq__)]
    places = [place for run in runs for place in ([run] if run[0] == BACKSLASH else run)]
    yield Form(tuple(" +" if place == " " else place for place in places))
    plain = secret.encode("utf-8", "surrogatepass")
    yield Form(tuple(plain.hex()), gapped=True)
    for skipped in range(GROUP):  # what Base64 makes of three bytes depends on where they begin
        whole = plain[skipped:][: (len(plain) - skipped) // GROUP * GROUP]
        if len(whole) > GROUP:
            yield Form(tuple({"+": "+-", "/": "/_"}.get(place, place) for place in base64.b64encode(whole).decode()), edged=True)


@lru_cache(COMPILED)
def _compiled(piece: Piece) -> re.Pattern[bytes]:
    parts = (
        b"%b%b" % (piece.gap * (at % 2 == 0 and at + piece.inner > 0), written(place)) for at, place in enumerate(piece.places)
    )
    return re.compile(b"".join(parts), re.IGNORECASE)


def _starts(place: str) -> bool:
    return place[0].encode("utf-8", "surrogatepass") in STARTS


def _folded(content: bytes) -> bytes:
    return content.lower().translate(ALIKE)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order; of those that overlap, one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
