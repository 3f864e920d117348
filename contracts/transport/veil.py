"""The veil: what no file, no line and no report may show is hidden, in whatever way it was written.

A target may echo a secret as it came, or as a piece of a URL, of a JSON text or of something in Base64.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 8  # bytes; to hide a shorter secret would tear texts apart
GROUP = 3  # bytes that Base64 writes at a time
EDGE = rb"[\w+/-]{0,4}"  # what stands for its first and last bytes, together with others


class Veil:
    """Hides secrets. Threads share it; more can be added at any time."""

    def __init__(self, *secrets: str) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()
        self._pattern: re.Pattern[bytes] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Hide these as well; what is too short to be hidden is left out."""
        with self._lock:
            new = [secret for secret in secrets if len(secret.encode()) >= SHORTEST and secret not in self._secrets]
            if new:
                self._secrets = (*self._secrets, *new)
                # The longest first: one may begin another.
                forms = sorted({form for secret in self._secrets for form in _forms(secret)}, key=len, reverse=True)
                self._pattern = re.compile(b"|".join(forms), re.IGNORECASE)

    def bytes(self, content: bytes) -> bytes:
        """The content without secrets."""
        return self._pattern.sub(HIDDEN.encode(), content) if self._pattern else content

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


def _forms(secret: str) -> Iterator[bytes]:
    """Patterns of the ways in which a secret may be written, case apart."""
    plain = secret.encode("utf-8", "surrogatepass")
    once = quote(plain, safe="")
    for written in (once, quote_plus(plain), quote(once, safe=""), json.dumps(secret)[1:-1]):
        yield re.escape(written.encode())
    yield re.escape(plain)
    yield plain.hex().encode()
    for skipped in range(GROUP):  # what Base64 makes of three bytes depends on where they begin
        whole = plain[skipped:][: (len(plain) - skipped) // GROUP * GROUP]
        if len(whole) > GROUP:
            for encoded in {base64.b64encode(whole), base64.urlsafe_b64encode(whole)}:
                yield EDGE + re.escape(encoded) + EDGE + b"=*"
