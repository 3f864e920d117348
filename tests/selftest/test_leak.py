"""What shows a server's inside is seen, wherever it stands; what only looks like it is not."""

from __future__ import annotations

import pytest

from contracts.catalogue import Row, row, rows
from contracts.leak import SCANNED, leaks
from contracts.oracle import judge, judge_stray
from tests.selftest.exchanges import envelope, exchange, rules, samples

LEAKS = {
    "java": "java.lang.NullPointerException\n\tat com.sinch.Trunk.find(Trunk.java:42)",
    "java module": "x at java.base/java.lang.Thread.run(Thread.java:833)",
    "java native": "at sun.reflect.GeneratedMethodAccessor.invoke(Native Method)",
    "exception": "Caused by: org.hibernate.exception.ConstraintViolationException",
    "bare exception": "HttpMessageNotReadableException occurred",
    "python": 'Traceback (most recent call last):\n  File "main.py", line 3, in <module>',
    "python frame": 'File "trunks.py", line 7, in find',
    "python exception": "sqlalchemy.exc.IntegrityError",
    "node": "TypeError: x is undefined\n    at Object.<anonymous> (/srv/api/index.js:10:5)",
    "node inner": "at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    "node file": "at find (trunks.ts:10:5)",
    "dotnet": "   at Sinch.Trunks.Find(String id, Int32 n) in Trunks.cs:line 12",
    "dotnet no arguments": "at Sinch.Trunks.Find()",
    "go": "panic: runtime error: index out of range",
    "go routine": "goroutine 1 [running]:",
    "go place": "main.go:42 +0x1d",
    "php": "PHP Fatal error in trunk.php on line 12",
    "php frame": "#0 index.php(12): Trunk->find()",
    "ruby": "trunks_controller.rb:12:in `find'",
    "rust": "thread 'main' panicked at src/main.rs:4:5",
    "select": "SELECT id, name FROM trunks WHERE id = 1",
    "select lines": "SELECT *\nFROM trunks\nWHERE 1=1",
    "hibernate": "select t1_0.id,t1_0.name from trunk t1_0 where t1_0.id=?",
    "insert": "INSERT INTO trunks VALUES (1)",
    "insert small": "insert into trunks (id) values (?)",
    "update": "UPDATE trunks SET name = 'x'",
    "delete": "DELETE FROM trunks",
    "postgres": 'duplicate key value violates unique constraint "trunks_host_key"',
    "postgres constraint": 'insert or update of a row violates unique constraint "trunks_host_key"',
    "postgres syntax": 'syntax error at or near "$1"',
    "postgres relation": 'relation "trunks" does not exist',
    "mysql": "Duplicate entry 'a.example' for key 'host'",
    "mysql syntax": "You have an error in your SQL syntax",
    "sqlite": "UNIQUE constraint failed: trunks.host",
    "oracle": "ORA-00001: unique constraint violated",
    "sqlstate": "SQLSTATE[23000]",
    "mongo": "E11000 duplicate key error collection: trunks",
    "jdbc": "jdbc:postgresql:trunks",
    "driver": "cannot reach redis://cache",
    "unix path": "cannot open /var/lib/trunks/config.yml",
    "unix path after colon": "config:/etc/trunks/config.yml",
    "unix app": "(/app/dist/index)",
    "unix file": "/data/trunks/one.db is locked",
    "home": "no profile in ~/.aws/credentials",
    "relative file": "no pool in config/database.yml",
    "modules": "in node_modules/express",
    "windows path": "C:\\inetpub\\wwwroot\\trunks",
    "windows slashes": "see C:/Users/build/trunk",
    "share": "\\\\fileserver\\share",
    "file url": "file:///opt/x",
    "10": "connect to 10.1.2.3:5432 failed",
    "172": "from 172.16.0.1",
    "192": "http://192.168.1.10/trunks",
    "loopback": "127.0.0.1 refused",
    "link local": "169.254.169.254",
    "carrier": "100.64.0.1",
    "end of sentence": "Tried 10.1.2.3.",
    "mapped": "::ffff:10.0.0.1",
    "v6 unique": "connect to [fd12:3456:789a::1]:80",
    "v6 then colon": "fd00::1: connection refused",
    "v6 link": "fe80::1%eth0",
    "v6 febf": "febf::1",
    "v6 loopback": "[::1]:5432",
    "localhost": "localhost:8080",
    "internal": "db01.internal",
    "cloud": "ip-10-0-0-12.eu-west-1.compute.internal",
    "cloud short": "ip-10-0-0-12",
    "kubernetes": "trunks.default.svc.cluster.local",
    "kubernetes short": "trunks.default.svc",
    "corporate": "DB01.SINCH.CORP",
    "internal zone": "db.internal.sinch.com",
}
INNOCENT = [
    "Could not find SIP Trunk with domain 'a.example.com'",
    "The request to elastic-trunking.api.sinch.com was refused; see https://developers.sinch.com/docs/est/errors#400",
    "192.0.2.1, 198.51.100.7 and 203.0.113.9 are taken; so is 2001:db8::1",
    "The range 8.8.8.8/24 of 1.2.3.4 with mask 255.255.255.0, 0.0.0.0/0 or 255.255.255.255",
    "Version 1.2.3.4 of 10.0.0, v10.0.0.1 and 2.10.0.0.1",
    "Invalid timestamp format, must match yyyy/MM/dd",
    "must match yyyy-MM-dd'T'HH:mm:ss.SSSXXX or dd.MM.yyyy HH:mm:ss",
    "Please select a number from the list",
    "Please select a number from the list where it stands, insert into the body and update the trunk set up before",
    "Delete from the trunk first. Selected from several.",
    "Phone Number '+46700000001' already exists",
    "01HZX3V5K8Q2W7E9R4T6Y1U3I5 and 123e4567-e89b-12d3-a456-426614174000",
    "needs at least one (1) of them, at most 3 number(s)",
    "/v1/projects/own/trunks/01H/endpoints/home does not exist",
    "GET /v1/projects/own/data/app/code is not known",
    "field /data/attributes/name and and/or /code/value",
    "An exception was raised. Error: bad request. Exception.",
    "Something failed.Internal Server Error",
    "Local numbers only: local, internal and corporate ones.",
    "Access Control Lists must contain at least one IP Range (CIDR /24)",
    "12:30:45 at 08:00, ratio 3:1, a:b, ::, std::string",
    "Must be a valid ISO 3166-1 alpha-2 code.",
    "see Node.js, Vue.js and Socket.io",
    "sip:alice@sip.example.com:5060;transport=tls",
    "",
]


def seen(text: str, *known: str) -> bool:
    """Whether the text shows anything."""
    return bool(list(leaks(text, known)))


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS.keys())
def test_a_leak_is_seen(text: str) -> None:
    """By itself, within a sentence, and with a line break or a quote before it."""
    assert seen(text)
    assert seen(f"Sorry: {text} happened")
    assert seen(f"Sorry,\n{text}\n")
    assert seen(f"'{text}'")


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS.keys())
def test_a_leak_is_seen_in_every_member(text: str) -> None:
    """Message, details, unknown members and their names; in a documented error and in another."""
    expected = row("404-trunk-id")
    detail = {"type": "ErrorInfo", "reason": "X", "domain": "d", "metaData": {"at": text}}
    for members in ({"details": [detail]}, {"trace": [{"deep": text}]}, {text: 1}, {"message": text}):
        answer = exchange(404, envelope(expected, **members))
        assert "leak" in rules(judge(expected, answer, samples(expected)))
        assert "leak" in rules(judge_stray(answer).findings)
    forbidden = row("403-forbidden")
    assert rules(judge(forbidden, exchange(403, envelope(forbidden, message=text)), {})).count("leak") >= 1
    assert "leak" in rules(
        judge_stray(exchange(404, envelope(expected, message=f"Could not find SIP Trunk with id '{text}'"))).findings
    )
    assert "leak" in rules(judge(expected, exchange(404, f"<pre>{text}</pre>".encode()), samples(expected)))


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_text_is_left_alone(text: str) -> None:
    """Documentation addresses, public names, formats, ids and plain English."""
    assert list(leaks(text)) == []


@pytest.mark.parametrize("documented", [r for r in rows() if r.message], ids=lambda r: r.id)
def test_no_documented_message_is_a_leak(documented: Row) -> None:
    """With typical values and with none."""
    assert documented.message
    assert list(leaks(documented.message.text)) == []
    assert list(leaks(documented.message.render(samples(documented)))) == []


def test_what_was_sent_is_no_leak() -> None:
    """A value that the request sent may come back; what stands beside it may not."""
    assert not seen("range 10.0.0.1 is taken", "10.0.0.1")
    assert not seen("host db.internal is taken", "db.internal", "db")
    assert seen("range 10.0.0.1 is taken by 10.0.0.2", "10.0.0.1")
    assert seen("at 10.0.0.1", "1", "0", "a", "")


def test_a_sent_value_hides_no_more_than_itself() -> None:
    """Neither a part of an address or a name, nor, where it is short, a word of a path."""
    for part in ("10", "7", "10.12", "12.0.7"):
        assert seen("connect to 10.12.0.7 failed", part)
    for part in ("db01", "internal"):
        assert seen("connect to db01.internal failed", part)
    assert seen("cannot open /etc/passwd", "etc")
    assert seen("cannot open C:\\inetpub\\wwwroot", "C")


def test_each_kind_is_told_once_with_its_piece() -> None:
    """A trace of a hundred frames is one leak of its kind."""
    found = dict(leaks("at com.a.B.c(B.java:1)\n" * 100 + "/etc/passwd"))
    assert found["a stack trace"] == "at com.a.B.c(B.java:1)"
    assert found["a file path"] == "/etc/passwd"
    assert len(list(leaks("/etc/a /etc/b"))) == 1


def test_an_internal_address_is_seen_behind_public_ones() -> None:
    """The first address is not the only one that is looked at."""
    assert dict(leaks("8.8.8.8 1.1.1.1 10.0.0.1")) == {"an internal address": "10.0.0.1"}


def test_the_searched_text_is_bounded() -> None:
    """As much is searched as is said, and not more."""
    assert seen(" " * (SCANNED - 20) + "/etc/passwd")
    assert not seen(" " * SCANNED + "/etc/passwd")
