"""The look at a target before a run: it says what stands in the way, asks for nothing that could do harm, and takes seconds."""

from __future__ import annotations

import base64
import contextlib
import re
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from contracts import preflight
from contracts.client import Client
from contracts.maker import Maker
from contracts.names import Names, new_run_id
from contracts.operation import operations
from contracts.preflight import Look, State, looks
from contracts.sandbox import Behaviour, Request, Response, Sandbox
from contracts.sandbox.routes import plans
from contracts.sandbox.serve import running
from contracts.target import Auth, Lent, Target
from contracts.transport.guard import Guard
from tests.selftest.answers import Do, answer, answering, closed_port, connected, target
from tests.selftest.test_harmless import gullible
from tests.selftest.test_profiles import NUMBER, lending
from tests.selftest.test_transport import secured


@contextlib.contextmanager
def standing(sandbox: Sandbox, handler: Any = None) -> Iterator[Target]:
    """A sandbox as a target, perhaps behind a handler of the test's own."""
    who = sandbox.identity
    with running(handler or sandbox) as url:
        yield Target("t", url, who.project_id, who.key_id, who.key_secret, foreign_project=who.foreign_project_id)


def looked(at: Target) -> dict[str, Look]:
    """What came of each look at a target."""
    with contextlib.closing(Client(at)) as client:
        return {look.what: look for look in looks(client)}


ASKED = len(operations()) - 2  # nothing unknown stands before customers and projects that could be made


def unready(at: Target) -> set[str]:
    """What stands in the way of a run."""
    return {what for what, look in looked(at).items() if look.state is State.UNREADY}


@dataclass
class Recording:
    """A sandbox that keeps what it was asked, and lets a test answer some of it."""

    inner: Sandbox
    seen: list[Request]
    answered: Callable[[Request], Response | None] = lambda _: None

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self.seen.append(request)
        return self.answered(request) or self.inner.handle(request)


# -- whether it is there ------------------------------------------------------------------------------------------------------


def test_a_target_in_order_is_ready() -> None:
    """Everything that is looked at is well."""
    with standing(Sandbox()) as at:
        found = looked(at)
    assert {look.state for look in found.values()} == {State.OK}
    assert list(found) == ["target", "clock", "access", "foreign project", "operations"]
    assert found["operations"].text == f"{ASKED} of {ASKED} are there; 2 were not asked for"


def test_nothing_more_is_asked_of_a_target_that_gives_no_answer() -> None:
    """One look says why."""
    assert "check the address" in looked(target(closed_port()))["target"].text
    with answering((Do.CLOSE,)) as server:
        assert list(looked(target(server.url))) == ["target"]


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "SINCH_KEY_SECRET"), (403, "SINCH_PROJECT_ID"), (404, "SINCH_PROJECT_ID and the base URL"), (503, "try again later")],
)
def test_a_first_answer_that_leaves_nothing_to_judge_says_what_to_check(status: int, told: str) -> None:
    """And nothing is said of projects and operations."""
    with answering(answer(status)) as server:
        found = looked(target(server.url))
    assert found["target"].state is State.UNREADY
    assert told in found["target"].text
    assert "access" not in found


def test_a_token_that_is_not_to_be_had_is_in_the_way() -> None:
    """It says where it was asked for."""
    with answering(answer(401)) as server:
        assert "no token from" in looked(target(server.url, auth=Auth("oauth2")))["target"].text


def test_access_tells_what_was_accepted() -> None:
    """A token is not taken for a key."""
    with standing(Sandbox()) as at:
        assert looked(replace(at, auth=Auth("oauth2")))["access"].text.startswith("a token is accepted")
        assert looked(at)["access"].text.startswith("the key is accepted")


# -- TLS and the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "state"), [(90, State.OK), (3, State.LOOK)])
def test_the_certificate_is_looked_at(tmp_path: Path, days: int, state: State) -> None:
    """How long it lasts, who signed it, and by which protocols one speaks."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ends = datetime.now(UTC) + timedelta(days=days)
    with secured(ca.issue_cert("127.0.0.1", not_after=ends), tmp_path, ["h2"]) as server:
        found = looked(replace(server.target, ca_bundle=str(tmp_path / "ca.pem")))
        assert found["tls"].state is state
        assert found["tls"].text.startswith("TLSv1.")
        assert ends.date().isoformat() in found["tls"].text
        assert "by HTTP/2" in found["target"].text
        assert "TLS failed" in looked(server.target)["target"].text


def test_a_target_elsewhere_without_tls_is_worth_a_look() -> None:
    """The key is readable on the way."""
    with standing(Sandbox()) as at:
        assert "tls" not in looked(at)
        assert looked(replace(at, elsewhere=True))["tls"].state is State.LOOK


@pytest.mark.parametrize(("seconds", "told"), [(-600, "600 s behind"), (90, "90 s ahead of"), (5, "agrees")])
def test_clocks_are_compared(seconds: int, told: str) -> None:
    """By the date of an answer."""
    date = format_datetime(datetime.fromtimestamp(time.time() + seconds, UTC), usegmt=True)
    with answering(answer(200, [], f"Date: {date}")) as server, connected(server.url) as client:
        (clock,) = (look for look in looks(client) if look.what == "clock")
    assert told.split(maxsplit=1)[0] in clock.text.replace("599", "600").replace("601", "600").replace("89 s", "90 s")
    assert clock.state is (State.OK if told == "agrees" else State.LOOK)


def test_a_target_that_does_not_tell_its_time_is_no_worse() -> None:
    """It cannot be compared."""
    with answering(answer(200, [], "Date: yesterday")) as server, connected(server.url) as client:
        assert [look.text for look in looks(client) if look.what == "clock"] == ["the target does not tell its time"]


# -- what a profile names -----------------------------------------------------------------------------------------------------


def test_what_is_lent_is_as_it_has_to_be() -> None:
    """The project is switched off, the trunk is there, and so is its number."""
    sandbox = Sandbox()
    lent = lending(sandbox)
    with standing(sandbox) as at:
        found = looked(replace(at, **lent))
    assert [found[what].state for what in ("disabled project", "lent trunk", "its number")] == [State.OK] * 3


def test_what_is_lent_and_is_not_so_is_in_the_way() -> None:
    """A project that is not switched off, a trunk that nobody has, a number of another trunk; a project that the key may use."""
    sandbox = Sandbox()
    lending(sandbox)
    project = sandbox.identity.project_id
    with standing(sandbox) as at:
        assert unready(replace(at, disabled_project=Lent(project))) == {"disabled project"}
        other = Lent("01HA9BRJW4J3QE4WBKVC337V4E", phone_number=NUMBER)
        assert unready(replace(at, trunk_with_number=other)) == {"lent trunk", "its number"}
        assert unready(replace(at, foreign_project=project)) == {"foreign project"}


def test_a_foreign_project_that_is_unknown_or_not_named_is_worth_a_look() -> None:
    """The row that waits for it is named."""
    with standing(Sandbox()) as at:
        unknown = looked(replace(at, foreign_project="nobodys"))["foreign project"]
        assert (unknown.state, "HTTP 404" in unknown.text) == (State.UNREADY, True)
        none = looked(replace(at, foreign_project=None))["foreign project"]
        assert (none.state, "403-forbidden is not exercised" in none.text) == (State.LOOK, True)


# -- operations ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 405])
def test_an_operation_that_is_not_there_is_in_the_way(status: int) -> None:
    """Unless the profile withdraws it; the line says how that is written."""
    sandbox = Sandbox()

    def routed(request: Request) -> Response | None:
        return (
            Response(status, b"<h1>no such page</h1>", {"content-type": "text/html"})
            if request.method == "POST" and request.raw_path.endswith("/phoneNumbers")
            else None
        )

    with standing(sandbox, Recording(sandbox, [], routed)) as at:
        found = looked(at)
        assert {what for what, look in found.items() if look.state is State.UNREADY} == {"createPhoneNumber"}
        assert "createPhoneNumber = false in the profile, under [operations]" in found["createPhoneNumber"].text
        assert found["operations"].text == "60 of 61 are there; 2 were not asked for"
        withdrawn = looked(replace(at, paths={"createPhoneNumber": None}))
    assert {look.state for look in withdrawn.values()} == {State.OK}
    assert withdrawn["operations"].text == "60 of 60 are there; 3 were not asked for"


def test_an_api_that_refuses_in_words_of_its_own_is_there_all_the_same() -> None:
    """A document in the envelope comes from the API; that its words are wrong is for the run to say."""
    sandbox = Sandbox(behaviour=Behaviour(plans=plans()))

    def misspelt(request: Request) -> Response | None:
        refused = sandbox.handle(request)
        if refused.status != 404 or "/trunks" not in request.raw_path:
            return refused
        return replace(refused, body=refused.body.replace(b"Could not find", b"Could not fimd"))

    with standing(sandbox, Recording(sandbox, [], misspelt)) as at:
        found = looked(at)
    assert State.UNREADY not in {look.state for look in found.values()}
    assert found["getSipTrunkById"].state is State.LOOK


# -- harmless -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Sandbox, gullible])
def test_nothing_is_changed_by_a_look(make: Callable[[], Sandbox]) -> None:
    """Not even at a target that refuses nothing."""
    sandbox = make()
    lent = lending(sandbox, expendable=True)
    before = deepcopy(sandbox.state)
    with standing(sandbox) as at:
        looked(replace(at, **lent))
    assert sandbox.state == before


def test_a_read_only_target_is_only_read() -> None:
    """By GETs alone, and by none that leaves something behind."""
    sandbox = Sandbox()
    recording = Recording(sandbox, [])
    with standing(sandbox, recording) as at:
        found = looked(replace(at, guard=Guard(read_only=True)))
    assert {request.method for request in recording.seen} == {"GET"}
    assert not [request for request in recording.seen if request.raw_path.endswith("/calls/export")]
    assert State.UNREADY not in {look.state for look in found.values()}


@pytest.mark.parametrize("operation", operations().values(), ids=operations())
def test_what_is_asked_of_an_operation_names_nothing_that_exists(operation: Any) -> None:
    """Its project is unknown, and its body cannot be read."""
    with connected("http://127.0.0.1:9") as client:
        call = preflight.unharming(Maker(client, Names(new_run_id())), operation)
    assert call.path.get("projectId") != client.target.project
    assert (call.body == preflight.NO_JSON) == (operation.method in {"POST", "PUT"})
    assert call.query == ()


# -- the command --------------------------------------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit status of the command, and what it printed."""
    status = preflight.main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def named(monkeypatch: pytest.MonkeyPatch, at: Target) -> None:
    """Have the environment name a target."""
    variables = {"PYTEST_BASE_URL": at.base_url, "SINCH_PROJECT_ID": at.project, "SINCH_KEY_ID": at.key_id}
    for name, value in (variables | {"SINCH_KEY_SECRET": at.key_secret}).items():
        monkeypatch.setenv(name, value)
    if at.foreign_project:
        monkeypatch.setenv("SINCH_FOREIGN_PROJECT_ID", at.foreign_project)


def test_the_command_says_ready_and_which_rows_are_judged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the profile, with the reasons of the others."""
    with standing(Sandbox()) as at:
        named(monkeypatch, at)
        status, out, err = told(capsys, "--profile", "staging")
    assert (status, err) == (0, "")
    assert "26 of 38 rows would be judged" in out
    assert "404-trunk-domain" in out
    assert out.splitlines()[-1] == "ready"
    assert at.key_secret not in out


def test_without_an_address_it_looks_at_an_embedded_sandbox(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run tests one."""
    monkeypatch.delenv("PYTEST_BASE_URL", raising=False)
    status, out, _ = told(capsys)
    assert (status, out.splitlines()[-1]) == (0, "ready")
    assert "38 of 38 rows would be judged" in out


def test_the_command_says_not_ready(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the status of a run that could judge nothing."""
    with standing(Sandbox()) as at:
        named(monkeypatch, replace(at, key_secret="another-secret-than-the-right-one"))
        status, out, _ = told(capsys)
    assert (status, out.splitlines()[-1]) == (6, "not ready")
    assert "would be judged" not in out
    assert "another-secret" not in out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--profile", "staging"], "put that in its place"),
        (["--profile", "production"], "--i-know-this-is-production"),
        (["--profile", "nobody"], "there is no profile"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], line: str
) -> None:
    """A template that was not filled in is one: nothing is sent, and no name is looked up."""
    monkeypatch.delenv("PYTEST_BASE_URL", raising=False)
    for name in ("SINCH_PROJECT_ID", "SINCH_KEY_ID", "SINCH_KEY_SECRET"):
        monkeypatch.setenv(name, "some-value-of-the-test")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    status, out, err = told(capsys, *arguments)
    assert (status, out, len(err.strip().splitlines())) == (4, "", 1)
    assert line in err


# -- targets that lie ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        *(answer(status, {"code": status, "status": "S", "message": "m"}) for status in (400, 405, 500)),
        answer(200, b"We are down for maintenance."),
        b"HTTP/1.1 204 No Content\r\n\r\n",
        answer(407, b""),
        answer(521, b"Web server is down"),
    ],
)
def test_a_target_that_says_the_same_to_everything_is_not_ready(said: bytes) -> None:
    """Nothing says that the key is accepted; no operation is asked for."""
    with answering(said) as server:
        found = looked(target(server.url))
    assert found["target"].state is State.UNREADY
    assert "access" not in found


def test_a_target_that_falls_silent_is_not_ready() -> None:
    """What could not be asked is not there, for all that one knows."""
    answers = iter([answer(200, [])])
    with answering(lambda _: (next(answers, answer(503)),)) as server:
        found = looked(target(server.url, foreign_project="f"))
    assert found["operations"].state is State.UNREADY
    assert found["foreign project"].state is State.UNREADY


def test_what_a_target_makes_of_a_body_that_cannot_be_read_is_told() -> None:
    """Nobody asked for it, and nobody can remove what has no name."""
    sandbox = Sandbox()

    def makes(request: Request) -> Response | None:
        asked = request.method == "POST" and request.raw_path.endswith("/phoneNumbers")
        return Response(201, b'{"phoneNumber": "+12015550100"}', {"content-type": "application/json"}) if asked else None

    with standing(sandbox, Recording(sandbox, [], makes)) as at:
        found = looked(at)
    assert (found["createPhoneNumber"].state, "stays" in found["createPhoneNumber"].text) == (State.UNREADY, True)


@pytest.mark.parametrize("number", [[], {}, 5, "01OTHER"])
def test_a_number_that_hangs_on_anything_else_is_in_the_way(number: Any) -> None:
    """Whatever it is that the target says there."""
    with answering(answer(200, {"sipTrunkId": number})) as server:
        found = looked(target(server.url, trunk_with_number=Lent("trunk", phone_number=NUMBER)))
    assert found["its number"].state is State.UNREADY


@pytest.mark.parametrize("date", ["Sat, 28 Nov 2026 21:00:00 +99999999999999999999", "Thu, 99 Jan 0000 00:00:00 GMT", "\xff"])
def test_a_date_that_is_none_is_no_date(date: str) -> None:
    """It cannot be compared."""
    with answering(answer(200, [], f"Date: {date}")) as server, connected(server.url) as client:
        assert [look.state for look in looks(client) if look.what == "clock"] == [State.LOOK]


@pytest.mark.parametrize("line", [b"HTTP/1.1 xx %s\r\n\r\n", b"HTTP/1.1 200 OK\r\n%s\r\n\r\n"], ids=["status", "header"])
def test_a_reason_that_quotes_what_came_shows_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """A target can put into a broken answer what it got."""

    def echo(request: bytes) -> tuple[bytes]:
        return (line % re.findall(rb"(?im)^authorization: basic ([^\r]+)", request)[0],)

    with answering(echo) as server:
        at = target(server.url)
        named(monkeypatch, at)
        status, out, _ = told(capsys)
    assert (status, "***" in out) == (6, True)
    assert base64.b64encode(f"{at.key_id}:{at.key_secret}".encode()).decode() not in out


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_is_asked_at_once_than_the_profile_allows(concurrency: int) -> None:
    """By as many threads, each with its connection, as cases may wait at once; and by the one that asks first."""
    with answering(answer(200, [])) as server:
        looked(target(server.url, concurrency=concurrency))
    assert server.connections <= concurrency + 1
