r"""Traces of a server's inside that no error may show (behaviour.md, point 11): as data, and one function that looks for them.

Every pattern is linear: what repeats is bounded, and a name is only begun where no longer one could have been (`(?<![\w\-])`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator

SCANNED = 256 * 1024  # characters of a text that are searched; a body of that size has shown its inside long before
SHORTEST_VALUE = 4  # a sent value shorter than this is not taken out of the text: it would tear words apart
MASK = "\ufffc"

SOURCE = r"(?:java|kt|scala|groovy|py|rb|php|go|cs|rs|exs?|[cm]?[jt]sx?)"
DRIVERS = r"(?:jdbc:\w|\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|amqps?|mongodb(?:\+srv)?|kafka|ldaps?)://)"
ZONES = "internal|local|localdomain|lan|corp|intranet|intra|svc|consul|home\\.arpa"
FOLDERS = "usr|var|home|opt|etc|srv|app|tmp|root|mnt|proc|run|lib|build|workspace|deploy|private|nix|Users"

TRACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a stack trace", re.compile(r'Traceback \(most recent call last\)|File "[^"\n]{1,300}", line \d+|\[stacktrace\]|\bStack trace:')),
    ("a stack trace", re.compile(r"\bat [\w$<>/@`]{1,100}\.[\w$.<>/`]{1,200}\([^()\n]{0,200}\)|\(node:internal/|\bException in thread \"")),
    ("a stack trace", re.compile(r"\bgoroutine \d+ \[|\bpanic: |\bruntime error: |\bthread '[^'\n]{1,80}' panicked|#\d+ \S{1,200}\(\d+\): ")),
    ("the name of an exception", re.compile(r"(?<![\w.])(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,60}(?:Exception|Error)\b")),
    ("the name of an exception", re.compile(r"\b[A-Z]\w{1,60}Exception\b")),
    ("a place in source code", re.compile(rf"(?<![\w\-])[\w\-]{{1,60}}\.{SOURCE}(?::(?:line )?\d+|\(\d+\)| on line \d+)")),
    ("SQL", re.compile(r"\bSELECT\s.{1,600}?\sFROM\s|\bINSERT\s{1,20}INTO\s|\bUPDATE\s{1,20}\S{1,80}\s{1,20}SET\s|\bDELETE\s{1,20}FROM\s", re.DOTALL)),
    ("SQL", re.compile(r"\bselect\s.{1,600}?\sfrom\s{1,20}[\w.\"`]{1,80}(?:\s{1,20}\w{1,40})?\s{1,20}where\s", re.DOTALL)),
    ("SQL", re.compile(r"\binsert\s{1,20}into\s{1,20}[\w.\"`]{1,80}\s{0,20}\(|\bdelete\s{1,20}from\s{1,20}[\w.\"`]{1,80}\s{1,20}where\s")),
    ("SQL", re.compile(r"\bupdate\s{1,20}[\w.\"`]{1,80}\s{1,20}set\s{1,20}[\w.\"`]{1,80}\s{0,20}=")),
    ("SQL", re.compile(r"\bSQLSTATE\b|\bORA-\d{5}\b|\bERROR \d{4} \(|\bJDBC\b|\bpsycopg\d?\b|\bPG::[A-Z]|\bE11000 duplicate key|\bSQLITE_[A-Z]")),
    ("SQL", re.compile(r"\bviolates (?:unique|foreign key|check|not-null|exclusion) constraint|\bduplicate key value\b|\bsyntax error at or near\b")),
    ("SQL", re.compile(r"\b(?:UNIQUE|FOREIGN KEY|NOT NULL|CHECK) constraint failed|\bViolation of (?:UNIQUE|PRIMARY) KEY|\bin your SQL syntax\b")),
    ("SQL", re.compile(r"\bDuplicate entry '[^'\n]{0,300}' for key\b|\bno such table: |\brelation \"[^\"\n]{1,100}\" does not exist")),
    ("SQL", re.compile(r"\bUnknown column '[^'\n]{1,100}' in\b|\bcolumn [\w.\"]{1,100} does not exist\b|\bcould not execute (?:statement|query)\b")),
    ("an internal host name", re.compile(r"\blocalhost\b|\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b")),
    ("an internal host name", re.compile(rf"(?<![\w\-])(?:[\w\-]{{1,63}}\.){{1,8}}(?:{ZONES}|{ZONES.upper()})\b".replace("\\.ARPA", r"\.ARPA"))),
    ("an internal host name", re.compile(DRIVERS)),
    ("a file path", re.compile(rf"(?<![\w/.])/(?:{FOLDERS})/[\w.\-/]+")),
    # These names begin JSON pointers and API paths as well: only with a file's ending are they a file's.
    ("a file path", re.compile(r"(?<![\w/.])/(?:data|code|src|dev|bin|service)/[\w.\-/]{0,200}\.\w{1,8}\b")),
    ("a file path", re.compile(r"\b[A-Za-z]:\\[\w\\.\- ]+|\bfile://|\\\\[\w.\-]+\\[\w$.\-]+|\b(?:node_modules|site-packages)[/\\]")),
)
ADDRESSES = (
    re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]{0,40}\d)"),
    re.compile(r"(?<![\w:])(?:[fF][cCdD][0-9a-fA-F]{2}|[fF][eE][89abAB][0-9a-fA-F])(?::[0-9a-fA-F]{0,4}){2,7}"),
    re.compile(r"(?<![\w:])::1(?![\w:.])"),
)
INTERNAL = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10")
    + ("fc00::/7", "fe80::/10", "::1/128")
)
"""Private, loopback, link-local and carrier-grade addresses; netmasks, 0.0.0.0 and documentation addresses are nobody's inside."""


def leaks(text: str, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each leak in the text: its kind in words, and the piece of text. `known` are values that may stand there: they were sent."""
    text = text[:SCANNED]
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= SHORTEST_VALUE:
            text = text.replace(value, MASK)
    for kind, pattern in TRACES:
        if found := pattern.search(text):
            yield kind, found[0]
    for pattern in ADDRESSES:
        if address := next((a[0] for a in pattern.finditer(text) if _internal(a[0])), None):
            yield "an internal address", address


def _internal(address: str) -> bool:
    bare = address if address.endswith("::") else address.rstrip(":")  # as in "fd00::1: connection refused"
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return any(parsed in net for net in INTERNAL)
