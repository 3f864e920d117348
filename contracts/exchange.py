"""What went over the wire: frozen values, redacted for people. No I/O."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.call import Call
from contracts.transport.veil import HIDDEN

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
INFRASTRUCTURE = frozenset({429, 502, 503, 504, 407, 408, 511, *range(520, 528), 530})
"""Statuses that say nothing of the API: those that behaviour.md names (point 10), and those that only what stands before an API
gives: proxies (407, 511), load balancers on an idle connection (408), delivery networks (52x, 530)."""
SHUT_OUT = frozenset({401, 403})
BOM = b"\xef\xbb\xbf"
BEFORE = re.compile(rb"(?:\xef\xbb\xbf|\s+|<\?xml.*?\?>|<!--.*?-->)*", re.DOTALL)
"""What may stand before anything that tells what a body is."""
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
DEEPEST = 64  # levels of nesting in an answer that are followed at most
LONGEST_SHOWN = 2000  # characters of a body in a report line
SECRET_NAMES = ("password", "client_secret", "access_token", "refresh_token")
SECRET_MEMBER = re.compile(  # the value of a text that is cut off ends with the text
    rf'("(?:{"|".join(SECRET_NAMES)})"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|-?\d[\d.eE+-]*)', re.IGNORECASE
)


class Failure(StrEnum):
    """Why there is no complete answer. None of these is ever the API's fault (behaviour.md, "What a broken answer is")."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timed out"
    TLS = "TLS failed"
    INCOMPLETE = "incomplete"
    BROKEN = "no HTTP"


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, with its secrets: only `Exchange.as_curl` and `redacted` may show it."""

    method: str
    url: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it came: the bytes are as on the wire, `too_large` when there were more than the limit that is read.

    `version` is that of HTTP, as `HTTP/1.1`; empty where nobody asked.
    """

    status: int
    headers: Headers
    body: bytes
    too_large: bool = False
    version: str = field(default="", compare=False)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def stand_in(self) -> str:
        """What stands here in an answer's place: a page, which is HTML or bare text, or a redirect; empty for what an API may say.

        What a framework calls HTML is no page where nothing came, or JSON.
        """
        if 300 <= self.status < 400:
            return "a redirect"
        before = BEFORE.match(self.body)
        begins = before.end() if before else 0
        if self.body[begins : begins + 1] in {b"{", b"[", b""}:
            return ""
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        return "a page" if kind in PAGE_TYPES or HTML.match(self.body, begins) else ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and what became of it: a response, or a failure with its reason in words.

    `started` is in seconds since the epoch, `seconds` the time until the last byte. `before` is what was sent to get there: the
    same call with a token that had ended, and harmless questions about its answer. An answer says nothing of its call where we
    were `shut_out` by then: by a 401 or 403 for the whole project, or by what stood in for the whole API, so that nobody knows
    what became of the request. What was `raced` was sent at one instant with others.
    """

    call: Call
    request: Request
    response: Response | None
    failure: Failure | None = None
    reason: str = ""
    started: float = 0.0
    seconds: float = 0.0
    before: tuple[Exchange, ...] = ()
    shut_out: bool = False
    raced: bool = False

    @property
    def requests(self) -> int:
        """How many requests were sent to get there."""
        return 1 + len(self.before)

    @property
    def status(self) -> int | None:
        """The HTTP status, or None without an answer."""
        return self.response.status if self.response else None

    @property
    def ok(self) -> bool:
        """Whether the answer is a success of the API's (behaviour.md, point 15)."""
        return self.response is not None and 200 <= self.response.status < 300 and not self.shut_out

    @property
    def absent(self) -> bool:
        """Whether the API says that what the call names is not there."""
        return self.status == 404 and not self.shut_out

    def json(self) -> Any:
        """The body as JSON, read leniently, for set-ups; None when it is not to be read, or so deep that it is not to be walked.

        NaN and its like are read as their names: two readings of one thing shall be equal.
        """
        try:
            document = json.loads(self.response.body, parse_constant=str) if self.response else None
        except (ValueError, RecursionError):
            return None
        return None if _deep(document) else document

    def as_curl(self) -> str:
        """The request as a curl line that can be pasted: credentials are names of environment variables."""
        sent = {name.lower(): value for name, value in self.request.headers}
        scheme = sent.get("authorization", "").partition(" ")[0].lower()
        body = self.request.body.decode("utf-8", "replace")
        return curl(self.request.method, self.request.url, scheme, tuple(self.call.headers.items()), body)

    def answer_line(self) -> str:
        """The answer in one line: status and body, or what failed."""
        if self.response is None:
            return f"{self.failure}: {self.reason}"
        text = hide_members(self.response.body[:LONGEST_SHOWN].decode("utf-8", "replace"))
        return f"HTTP {self.response.status} {visible(text)}"


def curl(method: str, url: str, scheme: str, headers: Headers, body: str) -> str:
    """A request as a curl line; `scheme` says how it was authorised, in lower case, `headers` are those of its own."""
    parts = ["curl", "-i"]
    if method != "GET":
        parts += ["-X", method]
    parts.append(shlex.quote(url))
    if scheme == "basic":
        parts.append('-u "$SINCH_KEY_ID:$SINCH_KEY_SECRET"')
    elif scheme:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    for name, value in headers:
        parts += ["-H", shlex.quote(f"{name}: {HIDDEN if name.lower() in SECRET_HEADERS else value}")]
    if body:
        parts += ["-H", shlex.quote("Content-Type: application/json")]
        parts += ["--data-raw", shlex.quote(hide_members(body))]
    return " ".join(parts)


def _deep(document: Any) -> bool:
    """Whether a document nests deeper than is followed; seen level by level, so that depth can harm nobody."""
    level = [document]
    for _ in range(DEEPEST):
        level = [inner for outer in level if isinstance(outer, (dict, list)) for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def hide_members(text: str) -> str:
    """The text with the values of password and token members hidden."""
    return SECRET_MEMBER.sub(rf'\1"{HIDDEN}"', text)


def visible(text: str) -> str:
    """The text with line breaks, control and format characters escaped, so that no answer can redraw a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def basic(key_id: str, key_secret: str) -> str:
    """The value of an Authorization header for HTTP Basic."""
    return "Basic " + base64.b64encode(f"{key_id}:{key_secret}".encode()).decode("ascii")
