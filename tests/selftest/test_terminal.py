"""What a run says on the terminal when it has ended: what a tired person reads, within the width that there is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from contracts.case import Case, CaseResult, Kind, Leftover, Verdict
from contracts.catalogue import rows
from contracts.exchange import visible
from contracts.finding import Finding, Rule
from contracts.report import terminal
from contracts.report.line import Whole, fitted, wrapped
from tests.selftest.results_at_hand import built, case, result

ROWS = [row.id for row in rows()]


def said(document: Any, width: int = 80, **asked: Any) -> list[str]:
    """The lines that the terminal shows of results."""
    return [text for text, _ in fitted(terminal.summary(document, "reports/x", **asked), width)]


def check(verdict: Verdict, name: str = "race/one", **members: Any) -> CaseResult:
    """The result of a check."""
    return result(verdict, Case(name, "", "", Kind.CHECK, print), **members)


def verdicts(*of: Verdict, **members: Any) -> list[CaseResult]:
    """Results of as many rows, a case each."""
    return [result(verdict, case(row), **members) for row, verdict in zip(ROWS, of, strict=False)]


def at(lines: list[str], beginning: str) -> int:
    """Where the first line stands that begins so."""
    return next(n for n, line in enumerate(lines) if line.startswith(beginning))


def test_rows_that_pass_are_one_line_unless_all_are_asked_for() -> None:
    """Nobody reads thirty-eight lines that all is well; -v shows them."""
    document = built(*verdicts(*[Verdict.PASS] * len(ROWS), seconds=1.25), check(Verdict.PASS, seconds=2.0))
    brief = [line for line in said(document) if line.startswith("pass")]
    assert brief == [
        "pass          38 rows, 38 cases, slowest 1.25 s (-v lists them)",
        "pass          2 kinds of check, 1 case, 2.00 s",
    ]
    each = [line.split()[1] for line in said(document, every=True) if line.startswith("pass")]
    assert each == [*ROWS, "check:", "check:"]


def test_what_needs_attention_is_nearest_to_the_total() -> None:
    """A small screen shows the end alone: there the fails stand, behind errors, and those behind what could not be judged."""
    of = verdicts(Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NOT_EXERCISED)
    lines = said(built(*of))
    order = [at(lines, word) for word in ("pass", "not exercised", "inconclusive", "error", "fail", "38 rows: ")]
    assert order == sorted(order)


def test_a_run_of_many_is_told_briefly() -> None:
    """What failed by its name, some of it; else the reason why no better can be said; of what passes nothing."""
    failed = [result(Verdict.FAIL, case(row.id)) for row in rows()[:5]]
    assert terminal.briefly(built(*failed)) == ", ".join(row.id for row in rows()[:3]) + " and 2 more"
    assert terminal.briefly(built(result(Verdict.INCONCLUSIVE))) == "why inconclusive"
    assert terminal.briefly(built(result(Verdict.PASS))) == ""


def test_rows_that_were_left_out_are_counted_in_one_line() -> None:
    """With -k nearly all of them are."""
    planned = tuple(case(row) for row in ROWS)
    lines = said(built(result(Verdict.PASS, planned[0]), plan=planned))
    assert [line for line in lines if "left out" in line and "partial" not in line] == [
        "not exercised 37 rows were left out of this run"
    ]
    assert not any(ROWS[1] in line for line in lines)
    one = said(built(*(result(Verdict.PASS, each) for each in planned[1:]), plan=planned))
    assert "not exercised 1 row was left out of this run" in one


def test_a_reason_that_holds_for_several_rows_is_told_once() -> None:
    """With their names; -v gives each a line."""
    document = built(*verdicts(*[Verdict.NOT_EXERCISED] * 38, reason="the target is read-only"))
    lines = said(document)
    assert "not exercised 38 rows: the target is read-only" in lines
    assert " ".join(lines).count("read-only") == 1
    assert all(row in " ".join(lines) for row in ROWS)
    assert " ".join(said(document, every=True)).count("read-only") == 38


def test_the_time_of_a_row_is_that_of_its_slowest_case() -> None:
    """They run at the same time, so their sum says nothing."""
    of = [result(Verdict.FAIL, case(variant=name), seconds=seconds) for name, seconds in (("a", 1.0), ("b", 3.5), ("c", 2.0))]
    (line,) = [line for line in said(built(*of)) if line.startswith("fail")]
    assert line.endswith("3 cases, slowest 3.50 s")
    (alone,) = [line for line in said(built(of[0])) if line.startswith("fail")]
    assert alone.endswith("1 case, 1.00 s")


def test_a_row_that_fails_says_which_rules_were_broken() -> None:
    """And in how many of its cases."""
    text = Finding(Rule.MESSAGE_TEXT, "a", "b", "the text differs")
    code = Finding(Rule.CODE, "400", "401", "code equals the HTTP status")
    of = [result(Verdict.FAIL, case(variant=name), findings=found) for name, found in (("a", (text, code)), ("b", (text, text)))]
    lines = said(built(*of))
    assert lines[at(lines, "fail") + 1] == "  2 x message-text, 1 x code"


def test_other_reasons_say_where_they_are() -> None:
    """Of a row with several."""
    of = [result(Verdict.NOT_EXERCISED, case(variant=name), reason=f"why {name}") for name in "abc"]
    (line,) = [line for line in said(built(*of)) if "404-trunk-id" in line]
    assert line.endswith("why a (and 2 more, in results.json)")


def test_a_list_that_is_cut_says_so_and_where_the_rest_is() -> None:
    """Every one of them."""
    many = range(terminal.TOLD + 3)
    left = tuple(Leftover("deleteSipTrunk", f"/v1/{n}", "createSipTrunk", "why") for n in many)
    findings = tuple(Finding(Rule.CODE, "400", "401", f"text {n}") for n in many)
    document = built(
        result(Verdict.PASS, leftovers=left, not_removable=left),
        *(result(Verdict.INCONCLUSIVE, case(variant=str(n)), reason=f"why {n}") for n in many),
        *(check(Verdict.FAIL, f"race/{n}", findings=findings) for n in many),
    )
    error = {"http_code": 400, "status": "X", "count": 1, "findings": [], "operation": "createSipTrunk"}
    document["undocumented"] = [{**error, "message": str(n)} for n in many]
    lines = said(document)
    for what, times in (("resources", 2), ("findings", terminal.TOLD), ("checks that failed", 1), ("reasons", 1), ("errors", 1)):
        assert lines.count(f"  and 3 more {what}, in results.json") == times, what


def test_the_total_adds_up_to_what_pytest_says() -> None:
    """Pytest counts cases and checks together, in the line below."""
    lines = said(built(result(Verdict.PASS), result(Verdict.PASS, case(variant="b")), check(Verdict.PASS)))
    assert lines[-3].startswith("38 rows: 1 pass, 37 not exercised; 2 cases and 1 check, 9 requests")


def test_what_is_meant_to_be_copied_is_never_broken() -> None:
    """A curl line, a path, the folder of the results."""
    curl = "curl -i " + "http://127.0.0.1:9/" + "x" * 200 + " -d 'a  b'"
    path = "/v1/projects/" + "p" * 100
    found = Finding(Rule.CODE, "400", "401", "text", curl=curl)
    left = (Leftover("deleteSipTrunk", path, "createSipTrunk", "why " * 30),)
    lines = said(built(check(Verdict.FAIL, findings=(found,)), result(Verdict.PASS, leftovers=left)), 40)
    assert f"    {curl}" in lines
    assert f"  {path}" in lines
    assert {line for line in lines if cell_len(line) > 40} == {f"    {curl}", f"  {path}"}


# -- width --------------------------------------------------------------------------------------------------------------------

WIDE = "電話番号の形式が違います"
TEXTS = st.text(max_size=300) | st.text(st.sampled_from(" ab電é\u0301\ufe0f❤\u200d👩🏽\n\x1b"), max_size=300) | st.just(WIDE * 20)
SOME = TEXTS.filter(str.strip)
RESULTS = st.builds(
    result,
    st.sampled_from([verdict for verdict in Verdict if verdict is not Verdict.FAIL]),
    st.builds(case, st.sampled_from(ROWS), TEXTS),
    reason=SOME,
    seconds=st.floats(0, 1e6),
) | st.builds(
    result,
    st.just(Verdict.FAIL),
    st.builds(Case, st.builds("race/{}".format, TEXTS.map(visible)), st.just(""), st.just(""), st.just(Kind.CHECK), st.just(print)),
    findings=st.tuples(st.builds(Finding, st.sampled_from(Rule), TEXTS, TEXTS, TEXTS, curl=TEXTS)),
    leftovers=st.tuples(st.builds(Leftover, st.just("deleteSipTrunk"), TEXTS, st.just("createSipTrunk"), TEXTS)),
)


@settings(max_examples=150, deadline=None)
@given(of=st.lists(RESULTS, min_size=1, max_size=12), width=st.integers(40, 200), every=st.booleans(), reason=TEXTS)
def test_no_line_is_wider_than_the_terminal(*, of: list[CaseResult], width: int, every: bool, reason: str) -> None:
    """Whatever a target says; but for what is meant to be copied. And nothing redraws the terminal."""
    lines = list(fitted(terminal.summary(built(*of), reason, reason, notes=[(visible(reason), "")], every=every), width))
    lines += fitted(terminal.summary(built(*of), "reports", every=every), width)
    assert [text for text, _ in lines if cell_len(text) > width and not isinstance(text, Whole)] == []
    assert all(c.isprintable() for text, _ in lines if not text.startswith("results: ") for c in text)


@settings(deadline=None)
@given(text=TEXTS, width=st.integers(40, 200))
def test_nothing_is_lost_where_a_line_is_broken(text: str, width: int) -> None:
    """Every character stands there, in order; only blanks are others."""
    text = visible(text)
    lines = wrapped(text, width)
    assert re.sub(" +", "", "".join(lines)) == re.sub(" +", "", text)
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        (
            "fail          404-trunk-id  65 cases: 2 fail, 63 pass",
            ["fail          404-trunk-id  65 cases: 2", "              fail, 63 pass"],
        ),
        ("  3 x the target did not answer within 30 s", ["  3 x the target did not answer within", "    30 s"]),
        ("x" * 50, ["  " + "x" * 38, "  " + "x" * 12]),
        ("電" * 30, ["  " + "電" * 19, "  " + "電" * 11]),
    ],
)
def test_a_long_line_goes_on_below_set_in(text: str, lines: list[str]) -> None:
    """Under its last column that leaves room; wide characters count twice."""
    assert wrapped(text, 40) == lines
