"""summary.md: what a run says, on one page, whatever a target said."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from contracts.case import Verdict
from contracts.catalogue import rows
from contracts.exchange import visible
from contracts.finding import Finding, Rule
from contracts.report import summary
from tests.selftest.results_at_hand import DEVIATION, FINDING, built, case, known, result

MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough", "linkify"])
OURS = {"h2", "h3", "p", "table", "tr", "th", "td", "code", "pre", "details", "summary", "ul", "li"}
HOSTILE = [
    "@all",
    "#1",
    "https://x.example/ www.x.example a@x.example",
    "[a](https://x.example)",
    "![a](https://x.example/a.png)",
    "<img src=x onerror=alert(1)>",
    "</code></td></table><h1>pass</h1>",
    "<!-- ",
    "| a | b |\n| - | - |\n| c | d |",
    "\n\n# pass\n\n",
    "\n\n    code\n\n```\n",
    "`a` ``b`` ~~c~~ **d** __e__",
    "&lt;b&gt; &#64;",
    "\\| \\` \\\\",
    ":smile: GH-1 a/b#1",
    "\u202epass\u2028\u0085",
    "::error::x",
]


@dataclass(slots=True)
class Page(HTMLParser):
    """A rendered page: its elements, and the texts of those that show a text of another's."""

    elements: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    bare: str = ""
    _within: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element; one with an attribute is not of ours."""
        self.elements.append(tag if not attrs else f"{tag} {attrs}")
        if tag == "code":
            self._within = True
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        self._within = self._within and tag != "code"

    def handle_comment(self, data: str) -> None:
        """A comment, which is not of ours."""
        self.elements.append(f"comment {data}")

    def handle_data(self, data: str) -> None:
        """A text."""
        if self._within:
            self.codes[-1] += data
        else:
            self.bare += data


def shown(document: dict[str, Any], trend: dict[str, Any] | None = None) -> Page:
    """The page as Markdown's readers show it."""
    page = Page()
    page.feed(MARKDOWN.render(summary.render(document, trend)))
    page.close()
    return page


def saying(text: str) -> dict[str, Any]:
    """Results in which a target, and whoever wrote a deviation, say a text wherever they can."""
    finding = Finding(Rule.MESSAGE_TEXT, text, text, text)
    cases = [
        result(Verdict.FAIL, case(variant="known"), findings=(finding,)),
        result(Verdict.INCONCLUSIVE, case("404-call-id"), reason=text),
        result(Verdict.NOT_EXERCISED, case("404-export-key"), reason=text),
    ]
    document = known(built(*cases), case(variant="known").id)
    said: dict[str, str] = dict.fromkeys(("ticket", "reason", "owner", "expires"), text)
    document["rows"][[row["id"] for row in document["rows"]].index("404-trunk-id")]["cases"][0]["deviation"] = said
    document["deviations"] = [{"row": "404-trunk-id", **said, "state": "expired", "matched": 0}]
    document["run"]["gate"] = {"mode": text, "verdict": "fail", "reasons": [text]}
    met = {"operation": "getCall", "http_code": 418, "status": text, "message": text, "count": 2, "findings": []}
    document["undocumented"] = [met]
    document["leftovers"] = [{"operation": "createSipTrunk", "path": text, "created_by": "x", "reason": text}]
    document["target"] |= {"base_url": text, "profile": text}
    return document


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_target_says_is_shown_and_nothing_else(text: str) -> None:
    """Its text comes back as it was, in an element for that, and makes no element, link, heading or row of its own."""
    held(text)


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("|`<>&@#*_~[]()!\\\n:/.-+=\"' \t\ud800"), min_size=1, max_size=40))
def test_any_text_is_shown_and_nothing_else(text: str) -> None:
    """The same of texts that nobody thought of."""
    held(text)


def held(text: str) -> None:
    """Asserts that a text shows as it is, and that nothing else does."""
    page, plain = shown(saying(text)), shown(saying("plain"))
    assert page.elements == plain.elements
    assert set(page.elements) <= OURS
    assert page.bare == plain.bare
    assert len(page.codes) == len(plain.codes)
    swapped = [code for code, was in zip(page.codes, plain.codes, strict=True) if was == "plain"]
    assert set(swapped) == {visible(text)}
    assert len(swapped) > 10


def test_it_fits_where_it_is_to_be_shown(tmp_path: Path) -> None:
    """GitHub takes no summary beyond a mebibyte: all fails, thousands of checks and errors, each text long."""
    long = '"' * 5000
    cases = [
        result(Verdict.FAIL, case(row.id, str(n)), findings=(Finding(Rule.MESSAGE_TEXT, long, long, long),))
        for row in rows()
        for n in range(10)
    ]
    document = built(*cases)
    finding = FINDING.as_dict() | {"expected": long, "actual": long}
    document["checks"] = [{"id": f"stateful/{n}{long}", "verdict": "fail", "findings": [finding]} for n in range(2000)]
    document["undocumented"] = [
        {"operation": "getCall", "http_code": 418, "status": long, "message": long, "count": 1, "findings": []} for _ in range(2000)
    ]
    document["leftovers"] = [{"operation": "x", "path": long, "created_by": "x", "reason": long}] * 2000
    document["run"]["gate"] = {"mode": "strict", "verdict": "fail", "reasons": [long] * 2000}
    assert summary.write(document, tmp_path).stat().st_size < 2**20
    assert "and 1998 more, in results.json" in summary.render(document)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_verdict_stands_in_the_title(verdict: Verdict) -> None:
    """As the run's exit status has it; a run in which nothing was exercised passes."""
    word = "pass" if verdict is Verdict.NOT_EXERCISED else verdict
    assert summary.render(built(result(verdict))).startswith(f"## Error contracts: {word}\n")


def test_the_verdict_of_a_gate_wins() -> None:
    """A gate decides on the exit status, so it decides on the title; its reasons are told."""
    document = built(result(Verdict.FAIL))
    document["run"]["gate"] = {"mode": "no-new", "verdict": "pass", "reasons": ["nothing new"]}
    text = summary.render(document)
    assert text.startswith("## Error contracts: pass\n")
    assert "<p>Gate <code>no-new</code>: pass</p>\n<ul><li><code>nothing new</code></li></ul>" in text


def test_a_row_that_failed_shows_what_was_expected_and_what_came() -> None:
    """The first finding that fails, of a new failure before a known one, and the tickets of those that are known."""
    old = result(Verdict.FAIL, case(variant="old"), findings=(Finding(Rule.CODE, "1", "2", "old"),))
    document = known(built(old, result(Verdict.FAIL)), case(variant="old").id)
    cells = "<td><code>code</code>: expected <code>400</code>, got <code>401</code></td>"
    line = f"<tr><td><code>404-trunk-id</code></td><td>fail</td>{cells}<td><code>SIP-7</code>, but not all of it</td></tr>"
    assert line in summary.render(document)
    assert f"<td><code>{DEVIATION['ticket']}</code></td></tr>" in summary.render(known(document, case().id))


def test_new_failures_stand_before_known_ones_and_those_before_what_is_open() -> None:
    """A tired person reads from the top."""
    verdicts = {"fail": Verdict.FAIL, "known": Verdict.FAIL, "open": Verdict.INCONCLUSIVE, "broken": Verdict.ERROR}
    by_name = dict(zip(("known", "open", "broken", "fail"), (row.id for row in rows()), strict=False))
    document = built(*(result(verdicts[name], case(row)) for name, row in by_name.items()))
    page = shown(known(document, case(by_name["known"]).id))
    order = [code for code in page.codes if code in by_name.values()]
    assert order == [by_name[name] for name in ("fail", "broken", "open", "known")]


def test_what_could_not_be_judged_is_counted_by_its_reason() -> None:
    """The commonest reason first."""
    cases = [result(Verdict.INCONCLUSIVE, case(variant=str(n)), reason="late" if n else "gone") for n in range(3)]
    text = summary.render(built(*cases))
    assert "<tr><td>2</td><td><code>late</code></td></tr>\n<tr><td>1</td><td><code>gone</code></td></tr>" in text


def test_rows_whose_verdict_comes_and_goes_are_told_where_a_history_is_kept() -> None:
    """With how often, and when one last passed; without a history nothing is said of it."""
    facts = {"flips": 4, "judged": 9, "last_pass": "2026-01-02T03:04:05+00:00", "flake_rate": 0.5}
    trend = {"runs": [], "rows": {"404-trunk-id": {**facts, "flaky": True}, "404-call-id": {**facts, "flaky": False}}}
    told = summary.render(built(result(Verdict.PASS)), trend)
    line = "<td><code>404-trunk-id</code></td><td>4 of 9</td><td><code>2026-01-02T03:04:05+00:00</code></td>"
    assert (line in told, "<code>404-call-id</code></td><td>4" in told) == (True, False)
    assert "comes and goes" not in summary.render(built(result(Verdict.PASS)))


@pytest.mark.parametrize(("state", "shown_"), [("active", False), ("not_judged", False), ("expired", True), ("unmatched", True)])
def test_a_deviation_that_no_longer_holds_is_told(state: str, shown_: bool) -> None:  # noqa: FBT001 - by pytest
    """What is as it was said needs no look."""
    document = built(result(Verdict.PASS))
    document["deviations"] = [{"row": "404-trunk-id", **DEVIATION, "state": state, "matched": 0}]
    assert ("<td><code>SIP-7</code></td>" in summary.render(document)) is shown_


@pytest.mark.parametrize(
    ("wrong", "chosen"),
    [
        ({"404-call-id": Verdict.PASS}, ""),
        ({"404-trunk-id": Verdict.FAIL, "404-call-id": Verdict.PASS}, " -k 404-trunk-id"),
        ({"404-trunk-id": Verdict.FAIL, "404-call-id": Verdict.INCONCLUSIVE}, " -k '404-trunk-id or 404-call-id'"),
        ({row.id: Verdict.FAIL for row in rows()}, ""),
    ],
)
def test_it_says_how_to_run_again(wrong: dict[str, Verdict], chosen: str) -> None:
    """On the same target, by the same seed, and only what was not in order, unless that is much."""
    document = built(*(result(verdict, case(row)) for row, verdict in wrong.items()))
    (command,) = (code for code in shown(document).codes if "pytest" in code)
    assert command == f"python -m pytest tests/contract --base-url http://127.0.0.1:9 --seed 1{chosen}"


def test_a_shard_and_a_choice_are_repeated_as_such() -> None:
    """What would be another run is not the same again."""
    document = built(shard={"index": 2, "of": 3}, only_documented=True)
    document["run"]["shard"] |= {"complete": True}
    (command,) = (code for code in shown(document).codes if "pytest" in code)
    assert command.endswith("--seed 1 --shard 2/3 --only-documented")


def test_what_all_traffic_broke_is_run_again_with_all_of_it() -> None:
    """No case stands behind that check."""
    document = built(result(Verdict.FAIL))
    document["checks"][0] |= {"verdict": "fail", "findings": [FINDING.as_dict()]}
    assert " -k " not in summary.render(document)


def test_a_sandbox_of_ours_has_no_address_to_run_again_on() -> None:
    """Each run starts its own; a deep run is repeated as deep."""
    document = built()
    document["target"] = {"id": "sandbox", "base_url": "http://127.0.0.1:9", "profile": "sandbox"}
    document["run"]["depth"] = "standard"
    command = "python -m pytest tests/contract --profile sandbox --seed 1 --depth standard"
    assert f"<pre><code>{command}</code></pre>" in summary.render(document)


def test_a_partial_run_says_so() -> None:
    """And a whole one does not."""
    assert "Cases of the plan were left out." in summary.render(built(result(Verdict.PASS), plan=(case(), case(variant="two"))))
    assert "left out" not in summary.render(built(result(Verdict.PASS)))
