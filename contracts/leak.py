"""Traces of a server's inside that no error may show (behaviour.md, point 11): as data, and one function that looks for them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator

SHORTEST_VALUE = 4  # a sent value shorter than this is not taken out of the text: it would tear words apart
MASK = "\ufffc"

TRACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a stack trace", re.compile(r"Traceback \(most recent call last\)")),
    ("a stack trace", re.compile(r'File "[^"\n]{1,300}", line \d+')),
    ("a stack trace", re.compile(r"\bat [\w$.<>/]{1,200}\([\w$ ]{1,100}(?:\.(?:java|kt|scala|groovy|cs))?(?::\d+)?\)")),
    ("a stack trace", re.compile(r"\bat (?:[\w$.<>\[\] ]{1,100} )?\(?(?:file:|node:)?[\w/.\-]{1,200}\.[cm]?[jt]s:\d+")),
    ("a stack trace", re.compile(r"\bgoroutine \d+ \[|\bpanic: ")),
    ("the name of an exception", re.compile(r"\b(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,60}(?:Exception|Error)\b")),
    ("the name of an exception", re.compile(r"\b[A-Z]\w{1,60}Exception\b")),
    ("a place in source code", re.compile(r"\b[\w\-]{1,60}\.(?:java|kt|scala|py|rb|php|go|cs|rs|[cm]?[jt]s):\d+")),
    ("SQL", re.compile(r"\bSELECT\s.{1,300}?\sFROM\s|\bINSERT\s+INTO\s|\bUPDATE\s+\S{1,80}\s+SET\s|\bDELETE\s+FROM\s", re.DOTALL)),
    ("SQL", re.compile(r"\bselect\s.{1,300}?\sfrom\s+[\w.\"`]+\s+where\s|\binsert\s+into\s+\w+\s*\(", re.DOTALL)),
    ("SQL", re.compile(r"\bSQLSTATE\b|\bORA-\d{5}\b|\bERROR \d{4} \(|violates (?:unique|foreign key|check) constraint|\bJDBC\b")),
    ("SQL", re.compile(r"duplicate key value|syntax error at or near|\bpsycopg2?\.|\bPG::[A-Z]")),
    ("an internal host name", re.compile(r"\blocalhost\b|\b[\w\-]+(?:\.[\w\-]+)*\.(?:internal|local|lan|corp|intranet|intra|svc|home\.arpa)\b")),
    ("an internal host name", re.compile(r"\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b")),
    ("a file path", re.compile(r"(?<![\w/:.])/(?:usr|var|home|opt|etc|srv|app|tmp|root|mnt|proc|data|build|workspace|Users)/[\w.\-/]+")),
    ("a file path", re.compile(r"\b[A-Za-z]:\\[\w\\.\- ]+|\bfile://|\\\\[\w.\-]+\\[\w$.\-]+")),
)
ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)|(?<![\w:])(?:f[cd][0-9a-f]{2}|fe80)(?::[0-9a-f]{0,4}){2,7}", re.IGNORECASE)


def leaks(text: str, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each leak in the text: its kind in words, and the piece of text. `known` are values that may stand there: they were sent."""
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= SHORTEST_VALUE:
            text = text.replace(value, MASK)
    for kind, pattern in TRACES:
        if found := pattern.search(text):
            yield kind, found[0]
    for found in ADDRESS.finditer(text):
        if _internal(found[0]):
            yield "an internal address", found[0]


def _internal(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    documentation = parsed.version == 4 and any(parsed in net for net in DOCUMENTATION)  # noqa: PLR2004 - the version of IP
    return (parsed.is_private or parsed.is_loopback or parsed.is_link_local) and not documentation


DOCUMENTATION = tuple(ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
