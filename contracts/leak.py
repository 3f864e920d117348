r"""Traces of a server's inside that no error may show (behaviour.md, point 11): as data, and one function that looks for them.

Every pattern is linear: what repeats is bounded, and a name is only begun where no longer one could have been (`(?<![\w\-])`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping

SCANNED = 128 * 1024  # characters of a text that are searched: an answer of that size has shown its inside long before
SHORTEST_VALUE = 4  # a sent value shorter than this is taken out of the text only where it looks like a leak itself
MASK = "\u02ee"  # a letter nobody uses: what stands beside a value does not begin or end there

SOURCE = r"(?:java|kt|scala|groovy|py|rb|php|go|cs|rs|exs?|lua|swift|c|cpp|[cm]?[jt]sx?)"
ZONES = r"internal|local|localdomain|lan|corp|intranet|intra|svc|consul|home\.arpa"
FOLDERS = "usr|var|home|opt|etc|srv|app|tmp|root|mnt|proc|run|lib|build|workspace|deploy|private|nix|Users"
NAME = r"[\w.\"`\[\]]{1,80}"

TRACES: Mapping[str, tuple[str, ...]] = {
    "a stack trace": (
        r"Traceback \(most recent call last\)",
        r'File "[^"\n]{1,300}", line \d+',
        r"\bat [\w$<>/@`]{1,100}\.[\w$.<>/`]{1,200}\([^()\n]{0,200}\)",
        r"\bException in thread \"|\bStack trace:|\[stacktrace\]|\bstack traceback:",
        r"\(node:internal/",
        r"\bgoroutine \d+ \[|\bpanic: |\bruntime error: |\bthread '[^'\n]{1,80}' panicked",
        r"#\d+ \S{1,200}\(\d+\): ",
    ),
    "the name of an exception": (
        r"(?<![\w.])(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,60}(?:Exception|Error)\b",
        r"\b[A-Z]\w{1,60}Exception\b",
    ),
    "a place in source code": (rf"(?<![\w\-])[\w\-]{{1,60}}\.{SOURCE}(?::(?:line )?\d+|\(\d+\)| on line \d+)",),
    "SQL": (
        r"\bSELECT\s[\s\S]{1,400}?\sFROM\s|\bselect\s{1,20}\*\s{1,20}from\s|\bINSERT\s{1,20}INTO\s|\bDELETE\s{1,20}FROM\s",
        rf"\bUPDATE\s{{1,20}}{NAME}\s{{1,20}}SET\s|\bupdate\s{{1,20}}{NAME}\s{{1,20}}set\s{{1,20}}{NAME}\s{{0,20}}=",
        # In small letters these are English as well ("select a number from the list"): only with a condition are they SQL.
        rf"\bfrom\s[^;]{{1,80}}?\swhere\s{{1,20}}{NAME}\s{{0,20}}(?:[=<>]|in\s?\(|like\s')",
        rf"\binsert\s{{1,20}}into\s{{1,20}}{NAME}\s{{0,20}}\(",
        r"\bSQLSTATE\b|\bORA-\d{5}\b|\bERROR \d{4} \(|\bJDBC\b|\bpsycopg\d?\b|\bPG::[A-Z]|\bSQLITE_[A-Z]",
        r"\bviolates (?:unique|foreign key|check|not-null|exclusion) constraint",
        r"\b(?:UNIQUE|FOREIGN KEY|NOT NULL|CHECK) constraint failed|\bViolation of (?:UNIQUE|PRIMARY) KEY",
        r"\bduplicate key (?:value|error)\b|\bDuplicate entry '[^'\n]{0,300}' for key\b",
        r"\bsyntax error at or near\b|\bin your SQL syntax\b|\bcould not execute (?:statement|query)\b",
        r"\bno such table: |\bUnknown column '[^'\n]{1,100}' in\b|\b(?:relation|column) [\w.\"]{1,100} does not exist\b",
    ),
    "an internal host name": (
        # The bare word names no host in particular: "must not be localhost" is advice.
        r"\blocalhost(?=:\d)|(?<=[/@])localhost\b|\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b",
        r"\b(?:ECONNREFUSED|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN) [A-Za-z0-9.\-]+",
        rf"(?<![\w\-])(?:[\w\-]{{1,63}}\.){{1,8}}(?:{ZONES}|{ZONES.upper()})\b",
        r"\bjdbc:\w|\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|amqps?|mongodb(?:\+srv)?|kafka|ldaps?)://",
    ),
    "a file path": (
        rf"(?<![\w/.])/(?:{FOLDERS})/[\w.\-/]+",
        # These names begin JSON pointers and API paths as well: only with a file's ending are they a file's.
        r"(?<![\w/.])/(?:data|code|src|dev|bin|service|config|conf|secrets|certs|logs)/[\w.\-/]{0,200}\.\w{1,8}\b",
        r"(?<![\w/])~/\.?\w[\w.\-/]*|(?<![\w/.])(?:config|conf|secrets|src)/[\w.\-/]{0,200}\.(?:ya?ml|toml|ini|conf|key|pem|rb|py|js)\b",
        r"\b[A-Za-z]:\\[\w\\.\- ]+|\\\\[\w.\-]+\\[\w$.\-]+",
        r"\bfile://|\b(?:node_modules|site-packages)[/\\]",
    ),
}
PATTERNS = {kind: re.compile("|".join(alternatives)) for kind, alternatives in TRACES.items()}
ADDRESSES = (
    re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]{0,40}\d)(?!/\d)"),  # with a prefix it is a network, and nobody's address
    re.compile(r"(?<![\w:])(?:[fF][cCdD][0-9a-fA-F]{2}|[fF][eE][89abAB][0-9a-fA-F])(?::[0-9a-fA-F]{0,4}){2,7}"),
    re.compile(r"(?<![\w:])::1(?![\w:.])"),
)
INTERNAL = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""Private, loopback, link-local and carrier-grade addresses; netmasks, 0.0.0.0 and documentation addresses are nobody's inside."""


def leaks(text: str, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each leak in the text: its kind in words, and the piece of text. `known` are values that may stand there: they were sent."""
    text = _without(text[: _end(text, known)], known)
    for kind, pattern in PATTERNS.items():
        if found := pattern.search(text):
            yield kind, found[0]
    for pattern in ADDRESSES:
        if address := next((a[0] for a in pattern.finditer(text) if _internal(a[0])), None):
            yield "an internal address", address


def _end(text: str, known: Collection[str]) -> int:
    """Where the search ends: not within one of the values, whose first half might look like a leak."""
    starts = {value: text.find(value, max(0, SCANNED + 1 - len(value)), SCANNED - 1 + len(value)) for value in known if value}
    return max([SCANNED, *(start + len(value) for value, start in starts.items() if start != -1)])


def _without(text: str, known: Collection[str]) -> str:
    """The text with the values masked, wherever they stand alone: within a longer name or number they are a part of another."""
    for value in sorted(filter(None, known), key=len, reverse=True):
        if value in text and (len(value) >= SHORTEST_VALUE or _address(value)):
            text = re.sub(rf"(?<![\w\-])(?<!\w\.){re.escape(value)}(?![\w\-])(?!\.\w)", MASK, text)
    return text


def _address(value: str) -> bool:
    return any(pattern.fullmatch(value) for pattern in ADDRESSES)


def _internal(address: str) -> bool:
    bare = address if address.endswith("::") else address.rstrip(":")  # as in "fd00::1: connection refused"
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return any(parsed in net for net in INTERNAL)
