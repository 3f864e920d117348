"""What GitHub shows of a run: commands that say what was not in order, and that nothing a target says can change or add to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.case import Verdict
from contracts.catalogue import rows
from contracts.exchange import visible
from contracts.finding import Finding, Rule
from contracts.report.annotation import commands
from contracts.report.place import Place, places
from tests.selftest.results_at_hand import FINDING, built, case, known, result

PLACES = {case().id: Place("tests/contract/test_trunks.py", 17)}


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as GitHub's runner reads a line: its name, properties and message."""
    begin, told, message = line.split("::", 2)
    assert begin == ""
    name, _, properties = told.partition(" ")
    pairs = (each.partition("=") for each in properties.split(","))
    return name, {key: _decoded(value, ("%3A", ":"), ("%2C", ",")) for key, _, value in pairs}, _decoded(message)


def _decoded(text: str, *more: tuple[str, str]) -> str:
    for coded, plain in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(coded, plain)
    return text


def test_a_row_that_failed_is_an_error_at_its_scenario() -> None:
    """One command a row, with the first failure: what was expected, and what came."""
    several = (result(Verdict.PASS, case(variant="two")), result(Verdict.FAIL), result(Verdict.FAIL, case(variant="three")))
    (line,) = commands(built(*several), PLACES)
    assert read(line) == (
        "error",
        {"file": "tests/contract/test_trunks.py", "line": "17", "title": "404-trunk-id: fail"},
        f"{case().id} (2 of 3 cases)\ncode: {FINDING.text}\nexpected: 400\nactual: 401",
    )


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        (Verdict.PASS, None),
        (Verdict.NOT_EXERCISED, None),
        (Verdict.INCONCLUSIVE, "warning"),
        (Verdict.ERROR, "error"),
        (Verdict.FAIL, "error"),
    ],
)
def test_each_verdict_has_its_level(verdict: Verdict, level: str | None) -> None:
    """What is in order, or was left out, is not annotated."""
    assert [read(line)[0] for line in commands(built(result(verdict)), {})] == ([level] if level else [])


def test_a_known_deviation_is_a_notice() -> None:
    """With its ticket; a row with a new failure beside it is an error, and shows the new one."""
    (line,) = commands(known(built(result(Verdict.FAIL)), case().id), PLACES)
    assert (read(line)[0], read(line)[1]["title"]) == ("notice", "404-trunk-id: known deviation")
    assert "known deviation SIP-7: the team knows" in read(line)[2]
    new = case(variant="new")
    (line,) = commands(known(built(result(Verdict.FAIL), result(Verdict.FAIL, new)), case().id), PLACES)
    assert (read(line)[0], read(line)[2].split(" ")[0]) == ("error", new.id)


def test_a_check_that_failed_is_an_error() -> None:
    """By its own name; the check on all traffic has no scenario, and so no file."""
    document = built(result(Verdict.PASS))
    document["checks"][0] |= {"verdict": "fail", "findings": [FINDING.as_dict()]}
    (line,) = commands(document, PLACES)
    assert read(line)[:2] == ("error", {"title": "traffic: fail"})


def test_ten_of_a_kind_are_told_and_the_others_counted() -> None:
    """GitHub shows ten of each; the last notice says how many there are besides."""
    open_ = {row.id for row in rows()[:11]}
    cases = [result(Verdict.INCONCLUSIVE if row.id in open_ else Verdict.FAIL, case(row.id)) for row in rows()]
    document = built(*cases)
    for row in rows()[11:26]:
        document = known(document, case(row.id).id)
    told = [read(line) for line in commands(document, {})]
    assert [[name for name, _, _ in told].count(level) for level in ("error", "warning", "notice")] == [10, 10, 10]
    assert told[-1][2] == "and 2 more of error, 1 more of warning, 5 more of notice, in the report of the run"


def saying(text: str) -> dict[str, Any]:
    """Results in which a target says a text."""
    finding = Finding(Rule.MESSAGE_TEXT, text, text, text)
    cases = [
        result(Verdict.FAIL, findings=(finding,)),
        result(Verdict.INCONCLUSIVE, case("404-call-id"), reason=text),
    ]
    return built(*cases)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@example("%0A%0D%25%3A%2C")
@example("\n::error::x")
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("%:,=#[]\r\n\t\v\x1c\u2028\x85 0123ADC\ud800"), max_size=60))
def test_no_text_makes_a_command_of_its_own(text: str) -> None:
    """Each line is one command, as it would be for any other text, and its message shows the text."""
    lines = list(commands(saying(text), PLACES))
    plain = list(commands(saying("plain"), PLACES))
    assert [read(line)[:2] for line in lines] == [read(line)[:2] for line in plain]
    assert all(len(line.splitlines()) == 1 for line in lines)
    (failed,) = (read(line)[2].split("\n") for line in lines if line.startswith("::error"))
    assert failed[2:] == [f"expected: {visible(text)}", f"actual: {visible(text)}"]


def test_no_name_makes_a_property_of_its_own() -> None:
    """What ends a property, or all of them, is written otherwise in one."""
    document = built(result(Verdict.PASS))
    document["checks"][0] |= {"id": "a::b,file=c,%3A", "verdict": "fail", "findings": [FINDING.as_dict()]}
    (line,) = commands(document, {})
    assert read(line)[1] == {"title": "a::b,file=c,%3A: fail"}


def test_a_place_is_told_from_the_suites_folder() -> None:
    """As GitHub and its like need it; what stands elsewhere has none."""

    def scenario() -> None:
        """Stands here."""

    one = replace(case(), body=scenario)
    line = scenario.__code__.co_firstlineno
    assert places([one]) == {one.id: Place("tests/selftest/test_annotation.py", line)}
    assert places([one], Path(__file__).parent / "node") == {}


def test_a_message_of_any_length_is_cut() -> None:
    """A log line stays one that can be read."""
    assert all(len(line) < 4000 for line in commands(saying("%" * 100_000), PLACES))
