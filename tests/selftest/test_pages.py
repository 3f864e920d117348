"""A page or a redirect: the answer of the API to that call, or what stands in for the whole API, maybe for a while only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import acquaintance
from contracts.blame import Exhausted, Inconclusive
from contracts.call import Call, api
from contracts.case import Case, CaseResult, Verdict
from contracts.client import LATELY, PROBES, Client
from contracts.exchange import Exchange, Request, Response
from contracts.ledger import Ledger
from contracts.names import Names
from contracts.run.planned import plan
from contracts.runner import run
from contracts.sandbox import Request as Asked
from contracts.sandbox import Response as Told
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Auth, Target, Timeouts
from contracts.tidy import Tidy
from contracts.transport.pulse import TRIES
from contracts.transport.retry import repeatable, safely_repeatable, unprocessed
from tests.selftest.answers import PROJECT, Step, answer, answering, connected, talking
from tests.selftest.fake import world
from tests.selftest.generated import tables
from tests.selftest.runs import GOOD, contract, copied
from tests.selftest.test_shut_out import came, path_of
from tests.selftest.test_sweep import changed

HTML = b"\n<!DOCTYPE html>\n<html><head><title>Back soon</title></head></html>"
ELSEWHERE = "http://elsewhere.invalid/login"
AS_HTML, AS_JSON = {"content-type": "text/html; charset=utf-8"}, {"content-type": "application/json"}
PAGES = {
    "200": Told(200, HTML, AS_HTML),
    "200-as-json": Told(200, HTML, AS_JSON),
    "302": Told(302, b"", {"location": ELSEWHERE}),
    "404": Told(404, HTML, AS_HTML),
    "500": Told(500, b"Sorry.", AS_HTML),
}
WHICH = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
PROBED, TRUNK = f"/v1/projects/{PROJECT}/trunks?size=1", f"/v1/projects/{PROJECT}/trunks/t"
OTHER = f"/v1/projects/{PROJECT}/callBlockingRules?size=1"
READ = api.getSipTrunkById(sipTrunkId="t")
OK, BYTES = answer(200, {"id": "t"}), answer(404, HTML)
REQUEST = Request("GET", "http://127.0.0.1:9/", (), b"")
PATIENT = Timeouts(connect=2.0, read=2.0, total=4.0, patience=20.0)


def sent(page: Told) -> bytes:
    """A page as a server sends it."""
    head = [f"HTTP/1.1 {page.status} Said", f"Content-Length: {len(page.body)}"]
    return "\r\n".join([*head, *(f"{name}: {value}" for name, value in page.headers.items()), "", ""]).encode() + page.body


# -- what is a page -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "body", "stand_in"),
    [
        *((status, "text/html", b"<p>", "a page") for status in (200, 204, 400, 404, 500, 503)),
        *((200, kind, b"Sorry.", "a page") for kind in ("text/html;charset=utf-8", " TEXT/HTML ", "application/xhtml+xml")),
        *((200, "application/json", body, "a page") for body in (b"<html>", b" \r\n<!DocType  HTML>", b"\xef\xbb\xbf <HTML>")),
        *((status, "application/json", b"{}", "a redirect") for status in (300, 301, 302, 303, 307, 308)),
        *((200, "application/json", body, "") for body in (b"", b"{}", b'"<html>"', b"<", b"<htmlish>", b"<!-- open <html>")),
        *((200, "application/json", body + b"<html>", "a page") for body in (b" " * 600, b"<!-- a -->\n", b"<?xml version='1'?>")),
        *((200, "text/html", body, "") for body in (b"", b" \n", b"{}", b"\xef\xbb\xbf []")),
        *((status, "text/plain", b"Sorry.", "a page") for status in (200, 299, 400, 404)),
        (404, "text/plain", b'{"code": 404}', ""),
    ],
)  # fmt: skip
def test_what_stands_in_for_an_answer(status: int, kind: str, body: bytes, stand_in: str) -> None:
    """HTML by its name or by how it begins, and a redirect; not what a framework calls HTML though nothing came, or JSON."""
    assert Response(status, (("Content-Type", kind),), body).stand_in == stand_in


# -- one call -----------------------------------------------------------------------------------------------------------------


@WHICH
def test_a_page_in_place_of_every_answer_says_nothing(page: Told) -> None:
    """It is neither success nor absence, it proves nothing, and no judgement is possible; no new token is asked for."""

    def script(request: bytes) -> tuple[Step, ...]:
        return (answer(200, {"access_token": "t"}) if path_of(request) == "/oauth2/token" else sent(page),)

    with talking(script, auth=Auth("oauth2")) as (client, server):
        exchange = client.send(READ)
        told = world(client).unjudgeable(exchange)
        assert (exchange.status, exchange.shut_out, exchange.ok, exchange.absent) == (page.status, True, False, False)
        assert (exchange.requests, client.proven) == (2, False)
    what = "a redirect" if page.status == 302 else "a page"
    assert told == f"getSipTrunkById: HTTP {page.status}, {what} in place of the API, and so is the answer to any request by now"
    assert came(server) == {"/oauth2/token": 1, TRUNK: 1, PROBED: 1}


@WHICH
def test_a_page_in_place_of_one_answer_is_the_apis(page: Told) -> None:
    """The probe is answered as ever; it counts, and it proves the key."""
    with talking(lambda request: (sent(page) if path_of(request) == TRUNK else OK,)) as (client, server):
        for number in (1, 2):
            exchange = client.send(READ)
            assert (exchange.status, exchange.shut_out, exchange.requests) == (page.status, False, 2)
            assert world(client).unjudgeable(exchange) is None
            assert came(server) == {TRUNK: number, PROBED: number}
        assert client.proven


@pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504])
def test_a_probe_that_is_not_answered_by_the_api_leaves_it_open(status: int) -> None:
    """Then nobody knows whose page that is."""
    with talking(lambda request: (answer(status) if path_of(request) == PROBED else BYTES,)) as (client, _):
        assert client.send(READ).shut_out


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_any_other_answer_to_the_probe_is_the_apis(status: int) -> None:
    """It is there, whatever it says."""
    with talking(lambda request: (answer(status) if path_of(request) == PROBED else BYTES,)) as (client, _):
        assert not client.send(READ).shut_out


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateways_page_is_not_probed(status: int) -> None:
    """Its status says it all."""
    with talking(answer(status, HTML)) as (client, server):
        assert (client.send(READ).requests, len(server.requests)) == (1, 1)


def test_whatever_is_called_is_probed() -> None:
    """Also under another project, with other credentials, and the list that the probe asks for: then the other one is asked."""
    calls = (api.getSipTrunkById(projectId="foreign", sipTrunkId="t"), READ.with_header("Authorization", "Basic bm9ib2R5"), *PROBES)
    with talking(BYTES) as (client, server):
        assert all(client.send(call).shut_out for call in calls)
    assert (came(server)[PROBED], came(server)[OTHER]) == (4, 2)


@pytest.mark.parametrize(("probe", "path"), [(PROBES[0], PROBED), (PROBES[1], OTHER)], ids=["trunks", "rules"])
def test_an_api_that_answers_a_probe_with_a_page_is_seen(probe: Call, path: str) -> None:
    """That one operation is answered so is the API's doing: another one vouches for that."""
    with talking(lambda request: (BYTES if path_of(request) == path else OK,)) as (client, _):
        assert not client.send(probe).shut_out


def test_a_refusal_is_no_witness_for_it_where_its_probe_meets_a_page() -> None:
    """The key was not let in: nobody looked at it."""
    with talking(lambda request: (BYTES if path_of(request) == PROBED else answer(403),)) as (client, _):
        assert client.send(READ).shut_out


def test_a_probe_from_before_the_page_came_is_no_witness() -> None:
    """A call leaves, another one's probe is answered, then pages begin, and the call gets one: it is probed anew."""
    sent_off, away = threading.Event(), threading.Event()

    def script(request: bytes) -> tuple[Step, ...]:
        if path_of(request) == TRUNK:
            sent_off.set()
            assert away.wait(10)
        return (BYTES if away.is_set() or "other" in path_of(request) else OK,)

    with talking(script) as (client, server), ThreadPoolExecutor(1) as thread:
        slow = thread.submit(client.send, READ)
        assert sent_off.wait(10)
        assert not client.send(api.getSipTrunkById(sipTrunkId="other")).shut_out
        away.set()
        assert slow.result().shut_out
    assert came(server)[PROBED] == 2


def test_many_threads_share_a_probe() -> None:
    """What it said holds for all pages that had come by then, and only one of the calls counts it."""
    with talking(BYTES) as (client, server), ThreadPoolExecutor(8) as threads:
        exchanges = list(threads.map(lambda _: client.send(READ), range(32)))
    assert all(exchange.shut_out for exchange in exchanges)
    assert sum(exchange.requests for exchange in exchanges) == len(server.requests)
    assert came(server)[PROBED] <= 32


def test_the_last_page_of_many_is_not_held_against_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """It came for a call, and its probe is answered already; some seconds later a page is the API's once more."""
    away = [True]
    with talking(lambda request: (BYTES if away[0] or path_of(request) == TRUNK else OK,)) as (client, _):
        client.send(PROBES[0])
        away[0] = False
        assert client.send(READ).shut_out
        monkeypatch.setattr("contracts.client.LATELY", 0.0)
        assert LATELY > 0
        assert not client.send(READ).shut_out


def test_where_nothing_can_be_probed_a_success_before_is_the_witness() -> None:
    """A profile may withdraw the probe; then nothing more is sent."""
    for proven in (False, True):
        with talking(BYTES, paths={probe.operation: None for probe in PROBES}) as (client, server):
            client.proven = proven
            exchange = client.send(READ)
        assert (exchange.shut_out, exchange.requests, len(server.requests)) == (not proven, 1, 1)


def test_a_call_is_kept_where_its_probe_cannot_be_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was sent, and what it may have made is to be searched for."""
    with talking(BYTES) as (client, server):
        spoken, pay = Tidy(client, Names("run")), client.pay

        def paid(*calls: Call) -> None:
            if any(call.operation == PROBES[0].operation for call in calls):
                raise Exhausted("used up")
            pay(*calls)

        monkeypatch.setattr(client, "pay", paid)
        assert spoken.send(api.createSipTrunk(name="n")).shut_out
        assert (len(spoken.exchanges), spoken.debt.requests() > 0, len(server.requests)) == (1, True, 1)


# -- what follows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_it_is_repeated_as_what_was_lost(status: int) -> None:
    """Nobody knows what became of the request; one that was not let in stays so, and an API's own page is its answer."""
    page = Response(status, (("content-type", "text/html"),), HTML)
    for shut_out, code, again in ((True, status, True), (True, 401, False), (True, 403, False), (False, status, False)):
        for method, safe in (("GET", True), ("DELETE", False), ("POST", False)):
            asked = replace(
                Exchange(READ, REQUEST, replace(page, status=code), shut_out=shut_out), request=replace(REQUEST, method=method)
            )
            assert repeatable(asked) is (again and method != "POST")
            assert safely_repeatable(asked) is (again and safe)
            assert not unprocessed(asked)  # fmt: skip


def test_a_target_of_nothing_but_pages_is_given_up() -> None:
    """As one that says nothing; a page among answers is no silence, however many in a row are the API's own."""
    hurried = replace(PATIENT, patience=0.0)
    with talking(BYTES, timeouts=hurried) as (client, _):
        for tried in range(1, TRIES + 1):
            client.send(READ)
            assert bool(client.pulse.gone) is (tried >= TRIES)
        assert client.pulse.gone == "the target has said nothing for 0 s (at last: HTTP 404, a page)"
    with talking(lambda request: (OK if path_of(request) == PROBED else BYTES,), timeouts=hurried) as (client, _):
        for _ in range(2 * TRIES):
            client.send(READ)
        assert not client.pulse.gone


@WHICH
def test_the_first_question_says_what_to_check(page: Told) -> None:
    """At once: the address may be misspelt."""
    what = "a redirect" if page.status == 302 else "a page"
    with answering(sent(page)) as server, connected(server.url, timeouts=PATIENT) as client:
        told = f"{server.url} answers HTTP {page.status}: {what} in place of the API: check the base URL, and what stands before it"
        assert (acquaintance.made(client)[1], client.proven) == (told, False)
        assert len(server.requests) == 2


def test_a_page_that_was_gone_when_asked_again_blocks_nothing() -> None:
    """Its place is taken by the API by then."""
    answers = iter([BYTES])
    with answering(lambda _: (next(answers, OK),)) as server, connected(server.url) as client:
        assert (acquaintance.made(client)[1], client.proven) == ("", True)


# -- cases --------------------------------------------------------------------------------------------------------------------


class Front:
    """What stands before a sandbox: it answers by a page where `pages` says so, by the number of the request from 0 on.

    The sandbox did what it was asked all the same where it is `late`.
    """

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.page = PAGES["200"]
        self.pages: Callable[[int], bool] = lambda _: False
        self.late = False
        self.swapped: Callable[[Asked, Told], Told] = lambda _, response: response
        self.numbers = 0

    def handle(self, request: Asked) -> Told:
        """The answer to a request."""
        self.numbers += 1
        if not self.pages(self.numbers - 1):
            return self.swapped(request, self.sandbox.handle(request))
        if self.late:
            self.sandbox.handle(request)
        return self.page

    def begin(self, pages: Callable[[int], bool]) -> None:
        """Count anew, and show pages there."""
        self.numbers, self.pages = 0, pages


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Front, str]]:
    """A front, and its address."""
    front = Front()
    with running(front) as url:
        yield front, url


@contextmanager
def client_of(served: tuple[Front, str], **members: Any) -> Iterator[Client]:
    """A client of the sandbox behind the front."""
    front, url = served
    who = front.sandbox.identity
    target = Target("sandbox", url, who.project_id, who.key_id, who.key_secret, foreign_project=who.foreign_project_id)
    facts: dict[str, Any] = {"timeouts": replace(PATIENT, patience=2.0), **members}
    client = Client(replace(target, **facts))
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is repeated is repeated soon."""
    monkeypatch.setattr("contracts.transport.retry.FIRST", 0.001)


def one(id_: str) -> Case:
    """The first case whose id begins so."""
    return next(case for case in plan() if case.id.startswith(id_))


def ran(served: tuple[Front, str], case: Case, name: str) -> CaseResult:
    """What becomes of a case, with a client of its own that has seen the API."""
    with client_of(served) as client:
        client.proven = True
        return run(case, client, Names(name))


CASES = (
    "404-trunk-id/getSipTrunkById",
    "400-domain-unavailable/createSipTrunk/taken",
    "400-parent-has-children/deleteSipTrunk/endpoint",
    "404-acl-not-on-trunk",
    "400-blocking-rule-exists",
    "400-country-code-invalid/getCountryPermission",
)
LASTS = (2, 3, 7)


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("late", [False, True], ids=["never-seen", "done"])
@pytest.mark.parametrize("prefix", CASES)
def test_pages_for_a_while_make_no_case_fail_and_nothing_is_left(served: tuple[Front, str], prefix: str, *, late: bool) -> None:
    """Wherever in the case they begin, and whatever they are: it passes or is inconclusive, and clean-up finds the API again."""
    front, case = served[0], one(prefix)
    front.late = late
    before = tables(front.sandbox.state)
    front.begin(lambda _: False)
    requests = ran(served, case, "calm").requests
    results = []
    for begin in range(requests):
        front.page = list(PAGES.values())[begin % len(PAGES)]
        lasts = LASTS[begin % len(LASTS)]
        front.begin(range(begin, begin + lasts).__contains__)
        results.append(ran(served, case, f"p{begin}-{late}".lower()))
    assert {result.verdict for result in results} <= {Verdict.PASS, Verdict.INCONCLUSIVE}, [r.findings for r in results]
    assert any(result.verdict is Verdict.INCONCLUSIVE for result in results)
    assert [result.leftovers for result in results if result.leftovers] == []
    assert changed(before, tables(front.sandbox.state)) == {}


@WHICH
def test_an_api_that_answers_one_row_so_fails_that_row(served: tuple[Front, str], page: Told) -> None:
    """All else being as ever."""
    front = served[0]
    front.begin(lambda _: False)

    def swapped(request: Asked, response: Told) -> Told:
        return page if response.status == 404 and request.method == "GET" else response

    front.swapped = swapped
    try:
        assert ran(served, one("404-trunk-id/getSipTrunkById/unissued"), f"row{page.status}").verdict is Verdict.FAIL
        assert ran(served, one("400-domain-unavailable"), f"other{page.status}").verdict is Verdict.PASS
    finally:
        front.swapped = Front().swapped


@pytest.mark.parametrize("page", [PAGES["200"], PAGES["404"]], ids=["200", "404"])
def test_what_is_read_behind_a_page_is_neither_there_nor_absent(served: tuple[Front, str], page: Told) -> None:
    """Nothing can be said of it, and a number is not free."""
    front = served[0]
    front.page = page
    front.begin(lambda _: True)
    with client_of(served, timeouts=replace(PATIENT, patience=0.0)) as client:
        spoken = Tidy(client, Names("absent"))
        with pytest.raises(Inconclusive, match="a page in place of the API"):
            spoken.absent(READ)
        with pytest.raises(Inconclusive, match="a page in place of the API"):
            spoken.own_items(api.getSipTrunks())
    front.begin(lambda _: False)


@WHICH
def test_what_is_removed_behind_a_page_is_still_there(served: tuple[Front, str], page: Told) -> None:
    """Where it does not go away in time, what was made is told as left over."""
    front = served[0]
    front.page, front.late = page, False
    front.begin(lambda _: False)
    with client_of(served, timeouts=replace(PATIENT, patience=0.0)) as client:
        spoken = Tidy(client, Names(f"left{page.status}"))
        made = spoken.send(api.createSipTrunk(json={"name": spoken.word(), "hostName": spoken.word()}))
        front.begin(lambda _: True)
        spoken.clean_up()
        front.begin(lambda _: False)
        assert ([left.operation for left in spoken.debt.leftovers], spoken.debt.removed) == (["deleteSipTrunk"], 0)
        assert client.send(api.deleteSipTrunk(sipTrunkId=made.json()["id"])).ok


def test_a_lone_page_is_no_removal(served: tuple[Front, str]) -> None:
    """Whoever it is by: what it was to remove is tried once more at the end, and is gone then."""
    front = served[0]
    front.page, front.late = PAGES["200"], False
    before = tables(front.sandbox.state)
    front.begin([1].__contains__)
    with client_of(served) as client:
        spoken = Tidy(client, Names("lone"))
        spoken.send(api.createSipTrunk(json={"name": spoken.word(), "hostName": spoken.word()}))
        spoken.clean_up()
    assert (spoken.debt.leftovers, spoken.debt.removed, front.numbers) == ([], 1, 4)
    assert changed(before, tables(front.sandbox.state)) == {}


@pytest.mark.parametrize("page", [PAGES["200"], PAGES["404"]], ids=["200", "404"])
def test_a_number_behind_a_page_is_not_free(served: tuple[Front, str], page: Told, tmp_path: Path) -> None:
    """Nobody knows whose it is: it is told, and left alone."""
    front = served[0]
    front.page, front.late = page, False
    with client_of(served, timeouts=replace(PATIENT, patience=0.0)) as client:
        client.ledger = Ledger(tmp_path, "run", "main", client.target)
        spoken = Tidy(client, Names("number"))
        front.begin(lambda _: True)
        spoken.send(api.createPhoneNumber(phoneNumber=spoken.phone_number(), countryCode="US"))
        spoken.clean_up()
        front.begin(lambda _: False)
        assert [(left.operation, left.reason) for left in spoken.debt.leftovers] == [
            ("createPhoneNumber", "its answer was lost: the number may be there")
        ]


# -- runs ---------------------------------------------------------------------------------------------------------------------


REFUSED = '''
@provokes("404-trunk-id", by="getSipTrunkById", variant=["a", "b", "c"])
def refused(world: World) -> None:
    """Passes."""
    trunk = world.names.ulid()
    world.refused(api.getSipTrunkById(sipTrunkId=trunk), id=trunk)
'''


def given(front: Front, url: str) -> dict[str, str]:
    """What a run on it must be told."""
    who = front.sandbox.identity
    named = {"PYTEST_BASE_URL": url, "SINCH_PROJECT_ID": who.project_id}
    return named | {"SINCH_KEY_ID": who.key_id, "SINCH_KEY_SECRET": who.key_secret}


@pytest.mark.parametrize("page", [PAGES["200"], PAGES["302"]], ids=["200", "302"])
@pytest.mark.parametrize("begin", [0, 6], ids=["start", "middle"])
def test_a_run_that_meets_pages_is_inconclusive(tmp_path: Path, served: tuple[Front, str], page: Told, begin: int) -> None:
    """From its start, or from the middle on: exit status 6, nothing fails; and nothing is asked where a redirect leads to."""
    front, url = served
    with answering(OK) as elsewhere:
        front.page = replace(page, headers={**page.headers, "location": f"{elsewhere.url}/"}) if page.status == 302 else page
        front.begin(lambda number: number >= begin)
        outcome = contract(
            tmp_path / "run",
            "-n",
            "0",
            "--concurrency",
            "1",
            root=copied(tmp_path / "suite", good=GOOD + REFUSED),
            given=given(front, url),
        )
    front.begin(lambda _: False)
    assert outcome.status == 6, outcome.out
    assert set(outcome.verdicts.values()) == ({"pass", "inconclusive"} if begin else {"inconclusive"})
    assert ("check the base URL" in outcome.said) is (begin == 0)
    assert (elsewhere.requests, elsewhere.connections) == ([], 0)
