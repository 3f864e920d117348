"""report.html is right before a browser sees it: what differs, what is packed, what is counted, and what it may never hold."""

from __future__ import annotations

import base64
import gzip
import html as entities
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evidence import Evidence
from contracts.origin import Origin
from contracts.report import files, html
from contracts.report.files import Finished
from contracts.report.page import parcel
from contracts.report.page.clip import LONGEST, clip
from contracts.report.page.difference import pieces, side
from contracts.report.page.harvest import Harvest
from contracts.report.page.head import again, blocked, sentence
from contracts.report.page.lane import BINS, HEIGHT, SLOWEST, Clock
from contracts.report.page.line import checks, lines, resource_of
from contracts.report.page.parcel import Kind, Parcels, packed
from contracts.report.page.sheet import PAGE
from contracts.report.page.stray import Errors
from contracts.report.page.trend import bars, sparks
from contracts.report.page.wire import CASE, chosen, curl_of, shown
from contracts.report.page.word import ORDER, moment, seconds
from tests.selftest import reports_at_hand as at_hand
from tests.selftest import results_at_hand

WORDS = st.text(alphabet="ab '\"-.\u2019", max_size=12)
NEVER = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "Function(",
    'setTimeout("',
    "srcdoc",
    "fetch(",
    "import(",
)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """A run with every verdict."""
    return at_hand.document()


@pytest.fixture(scope="module")
def page(results: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its page."""
    return html.render(results, at_hand.traffic(tmp_path_factory.mktemp("traffic"), results), at_hand.trend(results))


def unpacked(letters: str) -> Any:
    """What a parcel holds."""
    return json.loads(gzip.decompress(base64.b64decode(letters)))


def held(page: str, name: str) -> Any:
    """What a parcel of a page holds."""
    found = re.search(rf'<script type="application/octet-stream" id="{name}">([^<]*)</script>', page)
    assert found
    return unpacked(found[1])


# ---- What differs


@given(WORDS, WORDS, WORDS, WORDS)
@settings(deadline=None)
def test_the_pieces_spell_both_texts(before: str, one: str, other: str, behind: str) -> None:
    """Nothing is lost or made up: the pieces without the strange ones are what was expected, without the lacking what came."""
    expected, actual = before + one + behind, before + other + behind
    found = pieces(expected, actual)
    assert "".join(text for _, text in side(found, "+")) == expected
    assert "".join(text for _, text in side(found, "-")) == actual


@pytest.mark.parametrize(
    ("expected", "actual", "differing"),
    [
        ("with id 'a'", "with id \u2019a\u2019", [("-", "'"), ("+", "\u2019"), ("-", "'"), ("+", "\u2019")]),
        ("Could not find", "Couqd not find", [("-", "l"), ("+", "q")]),
        ("id 'ect-1-gw0' exists", "id '$id' exists", [("-", "ect-1-gw0"), ("+", "$id")]),
        ("one blank", "one  blank", [("+", " ")]),
        ("no trunk", "no tenant", [("-", "trunk"), ("+", "tenant")]),
        ("the end", "the end.", [("+", ".")]),
        ("75227ad0-00fc-4602", "a1b2c3d4-00fc-9999", [("-", "75227ad0-00fc-4602"), ("+", "a1b2c3d4-00fc-9999")]),
        ("", "all of it", [("+", "all of it")]),
        ("same", "same", []),
    ],
)
def test_only_what_differs_is_marked(expected: str, actual: str, differing: list[tuple[str, str]]) -> None:
    """A letter of a word that is nearly right, a value as a whole, a blank too many."""
    assert [piece for piece in pieces(expected, actual) if piece[0] != "="] == differing


def test_a_long_text_is_compared_as_a_whole() -> None:
    """Thousands of other words are one difference, and not minutes of work."""
    found = pieces("a " + "b " * 5000 + "z", "a " + "c " * 5000 + "z")
    assert [kind for kind, _ in found] == ["=", "-", "+", "="]


# ---- What is shown of a text


def test_a_text_shows_what_could_redraw_the_page() -> None:
    """Marks of direction and control characters are escapes, letters of any script are not."""
    assert clip("a\u202eb\x00\x1b[2J\n\u05d0") == "a\\u202eb\\x00\\x1b[2J\\n\u05d0"


def test_a_long_text_is_cut_and_says_so() -> None:
    """A message of a megabyte takes no megabyte of the page."""
    assert clip("x" * 1_048_576) == "x" * LONGEST + "… (1,048,576 characters in all)"


# ---- What is packed


def test_a_parcel_holds_what_was_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing is found at its place, also once a parcel was full; of two under one name the last counts."""
    monkeypatch.setattr(parcel, "FULL", 30)
    parcels = Parcels()
    for number in range(9):
        parcels.put(Kind("row", failed=number % 2 == 1), f"case {number % 7}", {"number": number})
    parcels.close()
    numbers = [
        unpacked(parcels.closed[at[0]])[at[1]]["number"] for at in map(parcels.places.get, [f"case {n}" for n in range(7)]) if at
    ]
    assert numbers == [7, 8, 2, 3, 4, 5, 6]
    assert len(parcels.closed) > 2


def test_a_page_has_only_so_much_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: dict[str, Any]) -> None:
    """Exchanges beyond it are left out, with their count; cases and their findings are not, and failures have room of their own."""
    monkeypatch.setattr(parcel, "FULL", 1)
    monkeypatch.setattr(parcel, "ROOM", 3000)
    page = html.render(results, at_hand.traffic(tmp_path, results))
    index = held(page, "index")
    details = [
        held(page, f"parcel-{one['at'][0]}")[one["at"][1]] for line in index["lines"] if not line["check"] for one in line["cases"]
    ]
    left = [detail for detail in details if detail["left_out"]]
    assert {detail["left_out"] for detail in left} == {4}
    assert 0 < len(left) < len(details)
    assert any(detail["exchanges"] and detail["findings"] for detail in details)


def test_equal_things_are_packed_equally() -> None:
    """A page of the same run is the same page."""
    assert packed({"a": 1}) == packed({"a": 1})


# ---- What was sent


def test_the_judged_exchanges_of_a_long_case_stay() -> None:
    """Of a case that sent more than is shown, what was judged is there, and the order is kept."""
    many = [{"judged": place == CASE + 5, "place": place} for place in range(CASE + 10)]
    places = [one["place"] for one in chosen(many)]
    assert len(places) == CASE
    assert CASE + 5 in places
    assert places == sorted(places)


def test_a_request_is_told_as_the_findings_tell_it() -> None:
    """The curl line of a recorded request has the credentials' names, its own headers and its body."""
    one = at_hand.exchange("createSipTrunk", 0.0, 400, {})
    one["request"] |= {"own": ["x-fault"], "headers": [*one["request"]["headers"], ["x-fault", "500"]], "method": "POST"}
    line = curl_of(one)
    assert line.startswith("curl -i -X POST https://trunks.example.test/")
    assert '-u "$SINCH_KEY_ID:$SINCH_KEY_SECRET" -H ' in line
    assert "'x-fault: 500'" in line
    assert "one.example.test" in line


def test_bytes_that_are_no_utf8_are_shown_as_escapes() -> None:
    """A body that traffic has in base64 is told in letters, and marked."""
    one = at_hand.exchange("getSipTrunks", 0.0, 400, {})
    one["response"] |= {"body": base64.b64encode(b"caf\xe9").decode(), "encoding": "base64"}
    assert shown(one, at_hand.BEGUN)["response"]["body"] == "caf\\xe9"
    assert shown(one, at_hand.BEGUN)["response"]["text"] is False


# ---- When


def test_a_lane_counts_every_request() -> None:
    """Requests, the time in which any was on its way, quantiles, and a drawing of as many steps as it has points."""
    clock = Clock(at_hand.BEGUN)
    spans = [(0.0, 1.0), (0.5, 1.0), (8.0, 2.0)]
    told = [
        {**at_hand.exchange("getSipTrunks", 0.0, 200, {}), "started": at_hand.BEGUN + at, "seconds": took} for at, took in spans
    ]
    clock.add("gw0", "one", told)
    times = clock.lanes()
    (lane,) = times.lanes
    assert (lane.requests, lane.busy, lane.median, lane.longest) == (3, 3.5, 1.0, 2.0)
    assert (times.begin, times.end, times.most) == (0.0, 10.0, 2.0)
    assert lane.drawing.count("H") == BINS
    assert f"V0H{BINS // 20 + 1}" in lane.drawing  # both are on their way there: a step up to the ceiling
    assert f"V{HEIGHT}H{BINS // 2}" in lane.drawing  # and nobody in the middle


def test_the_slowest_requests_are_told() -> None:
    """No more than so many, the slowest first, with their cases."""
    clock = Clock(at_hand.BEGUN)
    for number in range(SLOWEST * 2):
        clock.add("gw0", f"case {number}", [{**at_hand.exchange("getSipTrunks", 0.0, 200, {}), "seconds": float(number)}])
    slowest = clock.lanes().slowest
    assert [slow.seconds for slow in slowest] == [float(number) for number in reversed(range(SLOWEST, SLOWEST * 2))]
    assert slowest[0].case == f"case {SLOWEST * 2 - 1}"


def test_workers_stand_in_the_order_of_their_numbers() -> None:
    """The tenth after the second."""
    clock = Clock(at_hand.BEGUN)
    for worker in ("gw10", "main", "gw2"):
        clock.add(worker, "one", [at_hand.exchange("getSipTrunks", 0.0, 200, {})])
    assert [lane.worker for lane in clock.lanes().lanes] == ["gw2", "gw10", "main"]


# ---- Undocumented errors


def test_errors_that_differ_in_values_are_told_together() -> None:
    """Counts add up, operations are told with theirs, and the example is one that went over the wire."""
    said = [f"No list with id '{number}'" for number in range(3)]
    told = [
        {"operation": name, "http_code": 404, "status": "NOT_FOUND", "message": text, "count": 2, "findings": []}
        for name, text in zip(("getSipTrunks", "getSipTrunks", "createSipTrunk"), said, strict=True)
    ]
    errors = Errors([*told, {**told[0], "message": "Gone", "count": 1}])
    errors.look("order/one", [at_hand.exchange("getSipTrunks", 0.0, 404, {"code": 404, "status": "NOT_FOUND", "message": said[1]})])
    first, second = errors.told()
    assert (first.count, first.wordings, first.words, first.by) == (
        6,
        3,
        "No list with id '…'",
        {"getSipTrunks": 4, "createSipTrunk": 2},
    )
    assert (second.count, second.words, second.example) == (1, "Gone", None)
    assert first.example
    assert first.example.case == "order/one"
    assert said[1] in first.example.answer


# ---- Trend


def test_the_first_run_has_no_trend(results: dict[str, Any]) -> None:
    """One run makes no line."""
    assert sparks(None) == sparks(at_hand.trend(results, 1)) == {}
    assert len(bars(at_hand.trend(results, 1))) == 1
    assert bars(None) == []


def test_a_row_tells_its_last_runs(results: dict[str, Any]) -> None:
    """A mark a run, taller for trouble, and the same in words."""
    spark = sparks(at_hand.trend(results, 4))["404-acl-id"]
    assert [mark.verdict for mark in spark.marks] == ["pass", "pass", "fail", "fail"]
    assert spark.marks[3].height > spark.marks[0].height
    assert spark.words == "last 4 runs: fail 2, pass 2; changed once"
    assert spark.since == "last passed 2025-12-23"
    assert sparks(at_hand.trend(results, 4))["404-acl-not-on-trunk"].since == ""


# ---- The top


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ({"pass": 38}, "All 38 documented errors are answered as documented."),
        ({"pass": 36, "fail": 2}, "2 of 38 documented errors are not answered as documented; 36 are."),
        ({"pass": 30, "not_exercised": 8}, "30 of 38 documented errors are answered as documented. 8 had no case that ran."),
        ({"not_exercised": 38}, "No row was judged."),
    ],
)
def test_the_outcome_is_one_sentence(results: dict[str, Any], totals: dict[str, int], expected: str) -> None:
    """What a person wants to know first."""
    told = {**results, "totals": {"rows": 38, **dict.fromkeys(ORDER, 0), **totals}}
    assert sentence(told, []) == expected


def test_a_target_that_could_not_be_judged_says_why(results: dict[str, Any]) -> None:
    """Not 38 times the same reason, but once, on top."""
    told = {**results, "rows": [{**row, "verdict": "inconclusive", "reason": "HTTP 401", "cases": []} for row in results["rows"]]}
    assert blocked(results) == ""
    assert sentence(told, []) == "Nothing could be judged: HTTP 401"


def test_a_check_that_failed_is_told_beside_the_rows(results: dict[str, Any]) -> None:
    """Nobody takes 38 rows for the whole."""
    assert sentence(results, checks(results)).endswith("Of the checks, stateful failed.")


def test_a_case_is_run_again_on_the_same_target(results: dict[str, Any]) -> None:
    """By its id, with what the run was asked for; a check by its seed too, and the embedded sandbox by no address."""
    assert again(results) == {
        "before": "python -m pytest tests/contract -k",
        "after": "--base-url https://trunks.example.test --profile staging",
        "check": "--base-url https://trunks.example.test --profile staging --seed 7",
    }
    sandbox = {**results, "target": {"id": "sandbox", "base_url": "http://127.0.0.1:9", "profile": None}}
    assert again({**sandbox, "run": {**results["run"], "depth": "standard"}})["after"] == "--depth standard"


@pytest.mark.parametrize(("value", "expected"), [(0.0123, "12 ms"), (2.34, "2.3 s"), (187.4, "3 min 7 s")])
def test_a_time_is_told_in_the_unit_that_fits(value: float, expected: str) -> None:
    """Nobody counts seconds by the hundred."""
    assert seconds(value) == expected


def test_a_time_of_day_is_told_in_utc() -> None:
    """Whatever its zone; and what is no time is told as it is."""
    assert moment("2026-01-01T02:30:00.000+02:00") == "2026-01-01 00:30 UTC"
    assert moment("<soon>") == "<soon>"


# ---- Lines


def test_the_rows_stand_as_the_page_orders_them(page: str, results: dict[str, Any]) -> None:
    """38 of them, and each can be pointed at."""
    assert re.findall(r'<tr id="([^"]+)" class="line', page)[:38] == [row["id"] for row in results["rows"]]


def test_a_row_shows_its_first_failing_expectation(page: str) -> None:
    """The rule, why, and both messages with what differs marked, without any script."""
    row = page[page.index('<tr id="404-acl-id"') :].partition("</tr>")[0]
    assert '<b class="rule">message-typography</b> <bdi>differs only in quotes</bdi>' in row
    assert "<del>&#39;</del>" in row
    assert "<ins>\u2019</ins>" in row


def test_what_failed_stands_on_the_page_in_full(page: str) -> None:
    """For paper, and where no script runs: a case of each kind of failure, the names of the others, and the story of a check."""
    paper = page[page.index('<section id="failures"') :]
    assert "404-acl-id</bdi>: 6 of 6 cases failed" in paper
    assert "404-acl-id/updateAccessControlList/elsewhere" in paper
    assert "<li><bdi>deleteSipTrunk(a): 204</bdi></li>" in paper


def test_a_check_is_found_by_the_resource_it_is_about() -> None:
    """By the operation in its id; one without any is about none."""
    assert resource_of({"id": "generated/getSipTrunks"}) == resource_of({"id": "x", "operation": "getSipTrunks"}) == "SIP Trunks"
    assert resource_of({"id": "stateful/trunks"}) == ""


def test_checks_are_told_by_their_kind(results: dict[str, Any]) -> None:
    """As the terminal does it, and behind the rows."""
    kinds = checks(results)
    assert [(line.id, line.facts["verdict"], line.number) for line in kinds] == [
        ("order", "pass", 38),
        ("stateful", "fail", 39),
        ("generated", "pass", 40),
        ("traffic", "pass", 41),
    ]
    assert [line.number for line in lines(results)] == list(range(38))


def test_a_known_deviation_is_told_with_the_failure(results: dict[str, Any]) -> None:
    """Row, case and list of deviations; a run without a gate has nothing of it."""
    page = html.render(at_hand.with_gate(results))
    assert "<b>Gate no-new: fail.</b>" in page
    assert page.count("known deviation: API-7") == 1
    assert 'id="deviations"' in page
    assert 'id="deviations"' not in html.render(results)


def test_a_partial_run_says_so(results: dict[str, Any]) -> None:
    """On top, beside the verdict and in words, before anything is read into it."""
    partial, whole = (html.render({**results, "run": {**results["run"], "complete": complete}}) for complete in (False, True))
    for told in ('</span> <span class="badge">partial</span> <bdi', "<b>Partial:</b>"):
        assert told in partial.partition("<main>")[0]
        assert told not in whole


@pytest.mark.parametrize(("complete", "more"), [(True, "."), (False, ", and cases of it were left out.")])
def test_a_shard_says_which_it_is(results: dict[str, Any], more: str, *, complete: bool) -> None:
    """Nothing was left out by a choice, unless there was one."""
    shard = {"index": 2, "of": 3, "complete": complete}
    told = html.render({**results, "run": {**results["run"], "complete": False, "shard": shard}})
    assert f"<b>Partial:</b> this is shard 2 of 3{more} No row" in told


# ---- The file


def test_the_page_allows_its_own_script_and_style_and_nothing_else(page: str) -> None:
    """By their hashes; no address is asked for anything, and no attribute runs or styles."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    allowed = entities.unescape(policy[1])
    assert allowed.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in allowed
    assert not re.search(r"""<[^>]+\s(?:style|on\w+)\s*=\s*["']""", page.partition("<script>")[0])
    assert not re.search(r"""(?:src|href)=["'](?!#|data:,)""", page)


def test_no_script_of_the_page_makes_markup() -> None:
    """What would read a text as markup or code, or ask the network, is not used at all."""
    script = (PAGE / "script.js").read_text("utf-8")
    assert [name for name in NEVER if name in script] == []
    assert "</script" not in script


def test_the_page_is_written_with_the_results(tmp_path: Path) -> None:
    """Of a run of which no traffic is known as well."""
    run = Finished(results_at_hand.built(), Evidence(), tmp_path, Origin("run", "test", "http://127.0.0.1:9", "own"), {})
    assert files.write(run, tmp_path) == []
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_elsewhere_is_only_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: dict[str, Any]) -> None:
    """A page is handed on, and where its writer lives is nobody's business."""
    monkeypatch.chdir(tmp_path)
    for folder, name in ((tmp_path / "reports" / "one", "reports/one"), (tmp_path.parent, tmp_path.parent.name)):
        folder.mkdir(parents=True, exist_ok=True)
        page = html.write(results, folder).read_text("utf-8")
        assert held(page, "index")["replay"] == f"python -m contracts.replay {name}"


def test_a_check_that_is_written_down_in_pieces_is_shown_whole(tmp_path: Path) -> None:
    """What its findings are about may stand in any piece, and what is left out of all of them is counted."""
    results = at_hand.document()
    check = next(one for one in results["checks"] if one["id"] == "stateful/trunks")
    about = at_hand.exchange("getSipTrunks", 0.0, 200, {})
    others = [at_hand.exchange("getCall", at, 404, {}) for at in (0.1, 0.2, 0.3)]
    check["findings"] = [{**check["findings"][0], "curl": curl_of(about)}]
    pieces_of = ([about, others[0]], others[1:])
    (tmp_path / "gw0.jsonl").write_text("".join(at_hand.line(check["id"], each) + "\n" for each in pieces_of), encoding="ascii")
    harvest = Harvest(checks(results), results["undocumented"], at_hand.BEGUN)
    harvest.read(tmp_path)
    number, place = harvest.parcels.places[check["id"]]
    told = json.loads(gzip.decompress(base64.b64decode(harvest.parcels.closed[number])))[place]
    assert [one["operation"] for one in told["exchanges"]] == ["getSipTrunks"]
    assert told["left_out"] == 3


def test_a_gate_that_says_otherwise_stands_beside_the_verdict(results: dict[str, Any]) -> None:
    """In the line on top, and in the title."""
    gate = {"mode": "no-new", "verdict": "pass", "reasons": ["3 that failed did so there as well"]}
    page = html.render({**results, "run": {**results["run"], "gate": gate}})
    assert "(gate: pass)" in page.partition("</title>")[0]
    assert '<span class="badge">gate: pass</span>' in page.partition("</h1>")[0]
    alike = {**results, "run": {**results["run"], "gate": gate | {"verdict": "error"}}}
    assert "gate: " not in html.render(alike).partition("</h1>")[0]
