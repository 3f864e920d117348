"""The report of a fleet: one results.json of many, the sentence on top, what differs and since when, junit.xml and summary.md."""

from __future__ import annotations

import html.parser
import json
import re
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml, TestCase, TestSuite
from markdown_it import MarkdownIt
from xmlschema import XMLSchema

from contracts.blame import Mistake
from contracts.report import earlier
from contracts.report import results as results_of_a_run
from contracts.report.fleet import files, summary
from contracts.report.fleet import html as page
from contracts.report.fleet.difference import differences, idle, link
from contracts.report.fleet.member import Member
from contracts.report.fleet.sentence import notes, sentence
from contracts.report.fleet.sight import EXAMPLES
from contracts.report.fleet.since import since
from tests.selftest import fleets
from tests.selftest.fleets import FLEET, KNOWN, member, results, table, trend, written
from tests.selftest.packaged import junit_schema
from tests.selftest.results_at_hand import complaints

ROW, OTHER, CHECK = "404-acl-id", "404-call-id", "stateful"
REST = "the other one keeps all 38 rows."
UNSURE = "were not judged in full"
LEFT = {"operation": "createSipTrunk", "path": "/v1/trunks/x", "created_by": "c", "reason": "HTTP 500"}
STRAY = {"operation": "getSipTrunks", "http_code": 400, "status": "BAD", "message": "Bad.", "count": 3, "findings": []}
ENTRY = {"row": ROW, "environment": "*", **KNOWN}
HOSTILE = [
    "@all #1 https://x.example/",
    "</code></td></table><h1>pass</h1>",
    "<script>alert(1)</script>",
    "| a |\n| - |\n\n# pass",
    "]]>&amp;\x00\x1b[2J\u202e",
    "\ud800",
    "'\"{{7*7}}",
]


def joined(folder: Path, *targets: dict[str, Any], members: Sequence[Member] = ()) -> dict[str, Any]:
    """The results.json of a fleet of these."""
    made = written(folder, *targets)
    assert files.write(FLEET, members or made, folder) == []
    read: dict[str, Any] = json.loads((folder / "results.json").read_bytes())
    return read


def row_of(document: Mapping[str, Any], row: str = ROW) -> dict[str, Any]:
    """A row of results."""
    return next(dict(each) for each in document["rows"] if each["id"] == row)


# -- results.json -------------------------------------------------------------------------------------------------------------


def test_the_results_of_a_fleet_keep_to_the_schema(tmp_path: Path) -> None:
    """With every verdict, what was left behind, errors that no row documents, and known deviations."""
    targets = [results(verdict, {ROW: verdict}) for verdict in ("pass", "fail", "error", "inconclusive", "not_exercised")]
    targets[0] |= {"leftovers": [LEFT], "not_removable": [LEFT, "a project"], "undocumented": [STRAY]}
    targets[1]["deviations"] = [{**ENTRY, "state": "active", "matched": 1}]
    assert complaints(joined(tmp_path, *targets)) == []


def test_everything_bears_its_target(tmp_path: Path) -> None:
    """Ids of cases are the same on each target; and the schema asks for it wherever it belongs."""
    one = results("one") | {"leftovers": [LEFT], "not_removable": [LEFT, "a project"], "undocumented": [STRAY]}
    document = joined(tmp_path, one, results("two"))
    cases = [(case["id"], case["target"]) for case in row_of(document)["cases"]]
    assert [target for _, target in cases] == ["one", "one", "two", "two"]
    assert cases[0][0] == cases[2][0]
    assert {check["target"] for check in document["checks"]} == {"one", "two"}
    assert document["leftovers"] == [{**LEFT, "target": "one"}]
    assert document["not_removable"] == [{**LEFT, "target": "one"}, "one: a project"]
    assert document["undocumented"] == [{**STRAY, "target": "one"}]
    bare = (row_of(document)["cases"][0], *(document[name][0] for name in ("checks", "leftovers", "not_removable", "undocumented")))
    for item in bare:
        del item["target"]
    assert [keyword for _, keyword in complaints(document)] == ["required"] * len(bare)


def test_the_results_of_a_run_need_no_target() -> None:
    """Only a fleet's do."""
    assert complaints(results("one")) == []


@pytest.mark.parametrize(
    ("verdicts", "row"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "not_exercised"], "pass"),
        (["not_exercised", "not_exercised"], "not_exercised"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "fail"], "fail"),
        (["fail", "error"], "error"),
    ],
)
def test_a_row_has_the_worst_verdict_of_its_targets(verdicts: list[str], row: str, tmp_path: Path) -> None:
    """Counted in the totals; with a reason where nobody judged it."""
    document = joined(tmp_path, *(results(f"t{n}", {ROW: verdict}) for n, verdict in enumerate(verdicts)))
    assert row_of(document)["verdict"] == row
    assert (document["totals"]["rows"], document["totals"][row]) == (38, 38 if row == "pass" else 1)
    assert row_of(document).get("reason") == fleets.REASONS.get(row)


def test_a_row_is_known_where_all_that_failed_of_it_is(tmp_path: Path) -> None:
    """On every target that failed it."""
    known, new = results("known", {ROW: "fail"}, known=[ROW]), results("new", {ROW: "fail"})
    assert row_of(joined(tmp_path / "a", known, results("well")))["known"] is True
    assert "known" not in row_of(joined(tmp_path / "b", known, new))
    assert "known" not in row_of(joined(tmp_path / "c", results("well")))


def test_the_run_of_a_fleet_adds_up(tmp_path: Path) -> None:
    """Requests and workers are those of all; it is complete where all are, and as deep as the least deep."""
    deep, partial = results("one", depth="exhaustive", requests=10), results("two", complete=False, requests=5, workers=3)
    run = joined(tmp_path, deep, partial)["run"]
    assert (run["requests"], run["workers"], run["complete"], run["depth"]) == (15, 5, False, "quick")
    assert (run["id"], run["plan_id"], run["duration_seconds"]) == (FLEET["id"], FLEET["plan_id"], 150.0)


def test_the_run_of_a_fleet_is_no_shard(tmp_path: Path) -> None:
    """Of its runs, merged or not, it bears the catalogue."""
    part = {"index": 1, "of": 2, "complete": True}
    run = joined(tmp_path, results("one", catalogue="c0ffee", shard=part), results("two", catalogue="c0ffee", shard=part))["run"]
    assert (run["catalogue"], run["shard"]) == ("c0ffee", None)


def test_the_target_of_a_fleet_is_the_fleet(tmp_path: Path) -> None:
    """By its name, with how many it has."""
    told = {"id": "nightly", "base_url": "a fleet of 2 targets", "profile": None, "version": None}
    assert joined(tmp_path, results("one"), results("two"))["target"] == told


@pytest.mark.parametrize(
    ("amiss", "verdict", "status"),
    [
        (["pass", "pass"], "pass", 0),
        (["pass", "inconclusive"], "inconclusive", 6),
        (["inconclusive", "error"], "error", 3),
        (["error", "fail", "inconclusive"], "fail", 1),
    ],
)
def test_the_gate_is_the_worst_of_all(amiss: list[str], verdict: str, status: int, tmp_path: Path) -> None:
    """As the exit status has it, where a fail is not lost behind an error; each reason names its target, the worst first."""
    document = joined(tmp_path, *(results(one, {} if one == "pass" else {ROW: one}) | {} for one in dict.fromkeys(amiss)))
    assert document["run"]["gate"]["verdict"] == verdict
    assert results_of_a_run.exit_status(document) == status
    reasons = document["run"]["gate"]["reasons"]
    assert reasons[:1] == ([f"{verdict}: failed: {ROW}"] if verdict != "pass" else [])
    assert len(reasons) == len(set(amiss) - {"pass"})


def test_the_targets_of_a_fleet_are_told(tmp_path: Path) -> None:
    """Who they are, what became of each row on them, where they differ from most, and since when."""
    targets = [results("one"), results("two", {ROW: "fail"}), results("three", {OTHER: "not_exercised"})]
    past = trend(ROW, "pass", "fail", "fail")
    members = [member("one", region="eu"), member("two", past), member("three")]
    told = joined(tmp_path, *targets, members=members)["targets"]
    assert [one["id"] for one in told] == ["one", "two", "three"]
    assert (told[0]["labels"], told[0]["folder"], told[0]["base_url"]) == ({"region": "eu"}, "one", "https://one.example.test")
    assert [one["differs"] for one in told] == [[], [ROW], [OTHER]]
    assert [one["gate"] for one in told] == ["pass", "fail", "pass"]
    assert told[1]["rows"][ROW] == "fail"
    assert told[1]["since"] == {ROW: {"verdict": "fail", "first_seen_so": "2025-12-31T00:00:00+00:00", "runs": 2}}
    assert told[2]["since"] == {OTHER: {"verdict": "not_exercised", "first_seen_so": None, "runs": None}}
    assert told[0]["totals"]["pass"] == 38


@pytest.mark.parametrize(
    ("verdicts", "usual"),
    [
        (["fail", "fail", "pass"], "fail"),
        (["pass", "fail"], "pass"),
        (["not_exercised", "inconclusive"], "inconclusive"),
        (["not_exercised", "not_exercised", "pass"], "not_exercised"),
    ],
)
def test_most_targets_say_what_is_usual(verdicts: list[str], usual: str) -> None:
    """Where as many say one thing as another, the better one is."""
    assert table(*(results(f"t{n}", {ROW: verdict}) for n, verdict in enumerate(verdicts))).usual[ROW] == usual


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["absent", "active"], "active"),
        (["not_judged", "absent"], "absent"),
        (["not_judged", "not_judged"], "not_judged"),
        (["unmatched", "expired"], "expired"),
    ],
)
def test_a_deviation_is_told_once(states: list[str], state: str, tmp_path: Path) -> None:
    """What is met on any target is met; how often counts on all of them together."""
    targets = [results(f"t{n}") | {"deviations": [{**ENTRY, "state": one, "matched": 2}]} for n, one in enumerate(states)]
    (told,) = joined(tmp_path, *targets)["deviations"]
    assert told == {**ENTRY, "state": state, "matched": 4}


class Tracked(list[Any]):
    """A list that can be watched."""


def test_no_more_than_one_target_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the results of the next one are read, the cases of those before the last are gone."""
    held: list[weakref.ref[Tracked]] = []
    alive: list[int] = []

    def read(one: Member, _: Path) -> dict[str, Any]:
        alive.append(sum(ref() is not None for ref in held))
        document = results(one.id, {ROW: "fail"})
        for row in document["rows"]:
            row["cases"] = Tracked(row["cases"])
        held.extend(weakref.ref(row["cases"]) for row in document["rows"])
        return document

    monkeypatch.setattr(files, "results_of", read)
    files.write(FLEET, [member(f"t{n}") for n in range(4)], tmp_path)
    assert alive == [0, 38, 38, 38]


def test_a_target_without_results_leaves_nothing_half(tmp_path: Path) -> None:
    """Nothing is written where one cannot be read."""
    made = written(tmp_path, results("one"))
    with pytest.raises(OSError, match=r"two.*results\.json"):
        files.write(FLEET, [*made, member("two")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_page_that_cannot_be_written_costs_no_results(tmp_path: Path) -> None:
    """It is told, and the rest is there."""
    made = written(tmp_path, results("one"))
    (tmp_path / "report.html").mkdir()
    (line,) = files.write(FLEET, made, tmp_path)
    assert line.startswith("report.html could not be written: ")
    assert {"results.json", "junit.xml", "summary.md"} <= {path.name for path in tmp_path.iterdir()}


def test_the_results_of_a_fleet_are_no_earlier_run(tmp_path: Path) -> None:
    """Who compares with them is told which folder to name: its cases bear the ids of one run many times."""
    joined(tmp_path, results("one"), results("two"))
    with pytest.raises(Mistake, match=r"are of a fleet of 2 targets: name the folder of one, such as .*one"):
        earlier.read(str(tmp_path))
    assert earlier.read(str(tmp_path / "one"))["target"]["id"] == "one"


# -- the sentence -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amiss", "said"),
    [
        ([{}, {}, {}], "All 3 targets keep the contract: all 38 rows."),
        ([{}], "The target keeps the contract: all 38 rows."),
        ([{}, {ROW: "fail"}, {}], f"1 of 3 targets breaks the contract: t1 in {ROW}; the other 2 keep all 38 rows."),
        ([{}, {ROW: "fail"}], f"1 of 2 targets breaks the contract: t1 in {ROW}; {REST}"),
        ([{ROW: "fail"}], f"The target breaks the contract: t0 in {ROW}."),
        ([{ROW: "fail"}] * 2, f"Both targets break the contract, each in {ROW}: t0 and t1."),
        (
            [{ROW: "fail"}] * 5 + [{}],
            f"5 of 6 targets break the contract, each in {ROW}: t0, t1, t2 and 2 more; {REST}",
        ),
        (
            [{ROW: "fail"}, {ROW: "fail"}, {OTHER: "fail", CHECK: "fail"}],
            f"All 3 targets break the contract: 2 in {ROW} (t0 and t1) and t2 in {OTHER} and the check {CHECK}.",
        ),
        (
            [{ROW: "inconclusive"}, {}],
            f"1 of 2 targets was not judged in full: t0 in {ROW}; {REST}",
        ),
        (
            [{ROW: "fail"}, {OTHER: "inconclusive"}, {OTHER: "error"}, {}],
            f"1 of 4 targets breaks the contract: t0 in {ROW}; 2 others {UNSURE}, each in {OTHER}: t1 and t2; {REST}",
        ),
        (
            [{ROW: "not_exercised"}, {}],
            "Both targets keep the contract: 37 to 38 of 38 rows, all that ran.",
        ),
        (
            [dict.fromkeys((ROW, OTHER, "404-trunk-id", CHECK), "fail")],
            "The target breaks the contract: t0 in 3 rows and 1 check.",
        ),
        (
            [{row["id"]: "not_exercised" for row in fleets.FOUND["rows"]}, {}],
            f"1 of 2 targets had no row exercised: t0; {REST}",
        ),
    ],
)
def test_a_sentence_says_it_all(amiss: list[dict[str, str]], said: str) -> None:
    """Whoever breaks the contract and in what, who was not judged, and what the others are worth; and nothing else."""
    assert sentence(table(*(results(f"t{n}", one) for n, one in enumerate(amiss)))) == said


def test_what_is_known_breaks_the_contract_only_so() -> None:
    """A target whose failures are all known is told apart from one that breaks anew, also in the same row."""
    told = table(results("new", {ROW: "fail"}), results("known", {ROW: "fail"}, known=[ROW]), results("well"))
    assert sentence(told) == (
        f"1 of 3 targets breaks the contract: new in {ROW}; "
        f"1 other breaks the contract only as known deviations say: known in {ROW}; {REST}"
    )


def test_a_fail_behind_an_error_is_a_fail() -> None:
    """A row whose verdict is an error may have a case that failed: the target breaks the contract all the same."""
    target = results("one", {ROW: "fail"})
    row = row_of(target)
    row["cases"].append({**row["cases"][0], "verdict": "error", "reason": "ours", "findings": []})
    target["rows"] = [{**row, "verdict": "error", "reason": "ours"} if each["id"] == ROW else each for each in target["rows"]]
    told = table(target, results("two"))
    assert sentence(told).startswith(f"1 of 2 targets breaks the contract: one in {ROW}")
    assert (told.verdict, told.sights[0].verdict) == ("fail", "fail")
    assert table(results("one", {ROW: "fail"}), results("two", {ROW: "error"})).verdict == "fail"


def test_what_the_verdicts_do_not_say_is_noted() -> None:
    """What was left out, a gate that lets a fail pass, and one that passes nothing though all is well."""
    assert notes(table(results("one"))) == []
    lenient: dict[str, Any] = {"mode": "no-new", "verdict": "pass", "reasons": []}
    strict = {**lenient, "verdict": "fail"}
    told = table(
        results("partial", complete=False), results("let", {ROW: "fail"}, gate=lenient), results("over", gate=strict), results("a")
    )
    assert notes(told) == [
        "Cases of the plan were left out on partial.",
        "The gate no-new lets that pass on let.",
        "The gate does not pass on over, though no row or check says so.",
    ]
    assert notes(table(results("one", complete=False))) == ["Cases of the plan were left out on the target."]


# -- since when ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "said", "runs"),
    [
        (["pass", "fail"], "new", 1),
        (["fail"], "since when is unknown: no run before this one", 1),
        (["pass", "fail", "fail", "fail"], "since 2025-12-30, 3 runs", 3),
        (["fail", "fail"], "at least since 2025-12-31, all 2 known runs", 2),
        (["fail", "pass", "fail"], "new", 1),
        (["pass", "fail", None, "fail"], "since 2025-12-30, 2 runs", 2),
        (["pass", "fail", "inconclusive", "fail"], "since 2025-12-30, 2 runs", 2),
        (["pass", "inconclusive", "fail", "inconclusive"], "new", 1),
        (["pass", "inconclusive", None, "inconclusive"], "since 2025-12-30, 2 runs", 2),
        (["pass", None, None], "since 2025-12-31, 2 runs", 2),
        (["fail", "pass"], "new", 1),
    ],
)
def test_a_streak_says_since_when(verdicts: list[str | None], said: str, runs: int) -> None:
    """From its first run on; runs that could say nothing against it are passed over."""
    found = since(trend(ROW, *verdicts), ROW, verdicts[-1] or "not_exercised")
    assert (str(found), found.runs) == (said, runs)


@pytest.mark.parametrize("past", [None, {"runs": [], "rows": {}}, trend(OTHER, "fail"), trend(ROW, "pass")])
def test_without_a_history_nobody_knows(past: dict[str, Any] | None) -> None:
    """Nor where it knows no such row, or ends with another run than this one."""
    found = since(past, ROW, "fail")
    assert (str(found), found.first, found.runs) == ("since when is unknown: no history", None, None)


# -- what differs -------------------------------------------------------------------------------------------------------------


def test_only_the_row_and_the_target_that_break_are_told() -> None:
    """Of ten targets, one of them faulty in one row: nothing else is, on the page or in the summary."""
    told = table(*(results(f"sandbox-{n:02d}", {ROW: "fail"} if n == 7 else {}) for n in range(1, 11)))
    (one,) = differences(told)
    assert ([line.id for line in one.lines], [sight.id for sight, _ in one.ways[0].on]) == ([ROW], ["sandbox-07"])
    assert (len(one.ways), dict(one.others)) == (1, {"pass": 9})
    written = page.render(FLEET, told)
    section = written[written.index('id="differences"') : written.index('id="targets"')]
    for text in (section, summary.render(FLEET, told).partition("<details>")[0]):
        assert set(re.findall(r"sandbox-\d+", text)) == {"sandbox-07"}
        assert {row["id"] for row in fleets.FOUND["rows"] if row["id"] in text} == {ROW}
        assert "Cannot find" in re.sub(r"</?(?:ins|del)>", "", text)
    cells = re.findall(r'<td class="sign ([\w ]+)" title="([\w: -]+?)(?:, since when is unknown: no history)?">', written)
    assert [title for style, title in cells if not style.startswith("pass")] == [f"{ROW}: fail"]


def test_targets_that_show_the_same_are_told_together() -> None:
    """By the words of their answers, in which no value of a run is; those that fail otherwise stand apart, new before known."""
    same, other = ([results(f"{name}{n}", {ROW: "fail"}) for n in range(3)] for name in ("same", "other"))
    for one in same:
        row_of(one)["cases"][0]["findings"][0]["actual"] = f"the id of {one['target']['id']}"
    for one in other:
        row_of(one)["cases"][0]["answers"][0]["message"] = "Gone"
    known = [results(f"known{n}", {ROW: "fail"}, known=[ROW]) for n in range(4)]
    told = differences(table(*known, *other, *same[:2], results("well")))
    ways = [[sight.id for sight, _ in way.on] for way in told[0].ways]
    assert ways == [["other0", "other1", "other2"], ["same0", "same1"], [f"known{n}" for n in range(4)]]
    assert [way.first.actual for way in told[0].ways if way.first][1] == "the id of same0"
    assert told[0].ways[1].example.id == "same0"


def test_rows_of_which_the_same_is_to_say_are_told_together() -> None:
    """As where a target is down: one thing is said, and not thirty-eight."""
    down = results("down", {row["id"]: "inconclusive" for row in fleets.FOUND["rows"]})
    found = differences(table(down, results("one", {ROW: "fail"}), results("two")))
    assert [(len(one.lines), one.line.id, one.targets) for one in found] == [(1, ROW, 2), (37, "400-domain-unavailable", 1)]


def test_findings_are_kept_of_so_many_ways_and_no_more() -> None:
    """A thousand targets that all fail in another way are counted, and do not fill the memory."""
    targets = [results(f"t{n}", {ROW: "fail"}) for n in range(EXAMPLES + 5)]
    for n, one in enumerate(targets):
        row_of(one)["cases"][0]["answers"] = [{"http_code": 404, "status": "NOT_FOUND", "message": f"{n}"}]
    (told,) = differences(table(*targets))
    assert (len(told.ways), sum(way.first is not None for way in told.ways)) == (EXAMPLES + 5, EXAMPLES)


def test_what_did_not_run_is_neither_right_nor_wrong() -> None:
    """It stands apart, with its reason: on some targets, or nowhere."""
    told = table(results("one", {ROW: "not_exercised", OTHER: "not_exercised"}), results("two", {OTHER: "not_exercised"}))
    assert differences(told) == []
    assert [(one.line.id, [sight.id for sight in one.on], one.everywhere, one.reason) for one in idle(told)] == [
        (ROW, ["one"], False, "not to be had"),
        (OTHER, ["one", "two"], True, "not to be had"),
    ]


@pytest.mark.parametrize(
    ("folder", "to"),
    [
        ("eu", "eu/report.html#stateful"),
        ("a b/c", "a%20b/c/report.html#stateful"),
        ("javascript:alert(1)//", "javascript%3Aalert%281%29///report.html#stateful"),
        ('"><b>', "%22%3E%3Cb%3E/report.html#stateful"),
    ],
)
def test_a_link_leads_into_the_folder_of_its_target(folder: str, to: str) -> None:
    """Whatever that is called."""
    (sight,) = table(results("one"), members=[Member("one", {}, folder)]).sights
    assert link(sight, CHECK) == to


# -- the page -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_page_shows_any_text_as_text(text: str) -> None:
    """Of people's ids and labels, and of what targets sent: no element comes of it, and no character that nobody sees."""
    assert elements(page.render({**FLEET, "name": text}, hostile(text))) == elements(page.render(FLEET, hostile("plain")))
    assert not set("\x00\x1b\u202e\ud800") & set(page.render({**FLEET, "name": text}, hostile(text)))


def hostile(text: str) -> Any:
    """Targets of which everything that people or targets can say is this text."""
    targets = [results(f"{text}{n}", {ROW: "fail", OTHER: "inconclusive"}, known=[ROW] if n else []) for n in range(2)]
    for one in targets:
        finding = row_of(one)["cases"][0]["findings"][0]
        finding |= dict.fromkeys(("expected", "actual", "text"), f"{text}!")
        one["rows"] = [{**row, "reason": text} if row["id"] == OTHER else row for row in one["rows"]]
        one["target"]["version"] = text
        one["run"]["gate"]["reasons"] = [text]
        one["leftovers"] = [LEFT]
        for case in row_of(one)["cases"]:
            case["deviation"] = dict.fromkeys(KNOWN, text) if "deviation" in case else case.get("deviation")
    members = [Member(one["target"]["id"], {text: text}, f"folder{n}") for n, one in enumerate(targets)]
    return table(*targets, members=members)


class Elements(html.parser.HTMLParser):
    """The elements of a page, with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.codes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element."""
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.found.append(("comment", data))


def elements(text: str) -> list[tuple[str, ...]]:
    """The elements of a page."""
    parser = Elements()
    parser.feed(text)
    return [one for one in parser.found if one[0] not in {"del", "ins"}]  # what differs is marked, wherever it does


def test_nothing_of_the_script_makes_markup() -> None:
    """What would read a text as markup or code, or ask the network, is not used at all."""
    script = (page.HERE / "fleet.js").read_text("utf-8")
    assert [
        name for name in ("innerHTML", "outerHTML", "insertAdjacent", "write(", "eval(", "fetch(", "import(") if name in script
    ] == []
    assert "</script" not in script


# -- summary.md ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_summary_shows_any_text_as_text(text: str) -> None:
    """Within elements for that, and it makes no element, link or row of its own."""
    reader = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough", "linkify"])
    told, plain = (
        elements(reader.render(summary.render({**FLEET, "name": one}, hostile(one)).encode("utf-8", "replace").decode()))
        for one in (text, "plain")
    )
    assert told == plain


def test_a_summary_stays_on_a_page() -> None:
    """Of many targets the worst are told, and how many others there are."""
    told = summary.render(FLEET, table(*(results(f"t{n}", {ROW: "fail"} if n >= 80 else {}) for n in range(100))))
    assert len(told) < 20_000
    assert "; and 12 more" in told
    assert "and 60 more, in results.json" in told
    assert told.count("<code>t99</code>") == 1
    down = summary.render(FLEET, table(results("down", {row["id"]: "inconclusive" for row in fleets.FOUND["rows"]}), results("up")))
    assert down.count("; and 30 more") == 2  # what is amiss, and of that target
    assert down.count("<code>500-internal-server-error</code>") == 0


# -- junit.xml ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> XMLSchema:
    """The schema of Jenkins."""
    return XMLSchema(junit_schema(tmp_path_factory.mktemp("xsd")))


def test_suites_and_classes_bear_the_target(tmp_path: Path, schema: XMLSchema) -> None:
    """Readers tell cases apart by class and name, and show suites by name: so both say on which target it was."""
    joined(tmp_path, results("eu", {ROW: "fail"}), results("us", {ROW: "fail", OTHER: "inconclusive"}, known=[ROW]))
    assert [str(error) for error in schema.iter_errors(str(tmp_path / "junit.xml"))] == []
    parsed = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    suites = [suite for suite in parsed if isinstance(suite, TestSuite)]
    tests = [(test.classname, test.name) for suite in suites for test in suite if isinstance(test, TestCase)]
    assert len(set(tests)) == len(tests)
    assert {suite.name.partition(": ")[0] for suite in suites} == {"eu", "us"}
    assert (f"eu.{ROW}", f"{ROW}/getAccessListById/unissued") in tests
    assert ("us.stateful", "stateful/trunks") in tests
    assert (parsed.tests, parsed.failures, parsed.errors) == (
        len(tests),
        sum(suite.failures for suite in suites),
        sum(suite.errors for suite in suites),
    )
    assert (parsed.failures, parsed.errors) == (2, 2)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_texts_leave_junit_valid(text: str, schema: XMLSchema, tmp_path: Path) -> None:
    """An id with what XML cannot bear, and findings of it."""
    target = results("one", {ROW: "fail"})
    row_of(target)["cases"][0]["findings"][0] |= dict.fromkeys(("expected", "actual", "text"), text)
    written(tmp_path, target)
    assert files.write({**FLEET, "name": text}, [Member(text, {text: text}, "one")], tmp_path) == []
    assert [str(error) for error in schema.iter_errors(str(tmp_path / "junit.xml"))] == []
    assert complaints(json.loads((tmp_path / "results.json").read_bytes())) == []
