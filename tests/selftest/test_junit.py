"""junit.xml: valid whatever an answer held, and with the same verdicts as results.json."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # our own file
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml, Skipped, TestCase, TestSuite
from xmlschema import XMLSchema

from contracts.case import Case, Kind, Verdict
from contracts.finding import Finding, Rule, Severity
from contracts.report import junit
from contracts.report.place import Place
from tests.selftest.packaged import junit_schema
from tests.selftest.results_at_hand import DEVIATION, FINDING, built, case, known, result

HOSTILE = [
    "\x00\x01\x1b[31m",
    "\ud800",
    "\udfff",
    "]]>",
    "<!--",
    "&amp;<b>",
    "\ufffe\uffff",
    "\U0001f4de",
    "a\r\nb\tc",
    "\x85\u2028",
    "'\"",
]
PLACES = {case().id: Place("tests/contract/test_trunks.py", 17)}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> XMLSchema:
    """The schema of Jenkins."""
    return XMLSchema(junit_schema(tmp_path_factory.mktemp("xsd")))


def other(verdict: Verdict = Verdict.PASS) -> Any:
    """A case of another resource."""
    return result(verdict, Case("404-call-id/getCall/one", "404-call-id", "getCall", Kind.REFUSAL, print))


def read(document: dict[str, Any], folder: Path) -> ET.Element:
    """The written file, parsed."""
    return ET.parse(junit.write(document, folder, PLACES)).getroot()  # noqa: S314 - our own file


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_texts_leave_it_well_formed(text: str, tmp_path: Path) -> None:
    """What XML cannot bear is replaced; the rest comes through."""
    finding = Finding(Rule.MESSAGE_TEXT, text, text, text, curl=text)
    document = built(result(Verdict.FAIL, findings=(finding,)), result(Verdict.INCONCLUSIVE, case(variant=text), reason=text))
    root = read(document, tmp_path)
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text
    assert "message-text" in failure.text
    if text.isprintable():
        assert text in failure.text


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        (Verdict.PASS, None),
        (Verdict.FAIL, "failure"),
        (Verdict.ERROR, "error"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.NOT_EXERCISED, "skipped"),
    ],
)
def test_each_verdict_has_its_element(verdict: Verdict, tag: str | None, tmp_path: Path) -> None:
    """What could not be judged is neither a pass nor a failure, and says what it is."""
    root = read(built(result(verdict)), tmp_path)
    (element,) = root.findall(".//testsuite[@name='SIP Trunks']/testcase")
    assert [child.tag for child in element] == ([tag] if tag else [])
    if tag:
        assert element[0].get("type") == verdict
    if tag not in {None, "failure"}:
        assert element[0].get("message") == f"why {verdict}"


def test_the_counts_add_up(tmp_path: Path) -> None:
    """Of each suite and of all."""
    document = built(*(result(verdict, case(variant=verdict)) for verdict in Verdict))
    root = read(document, tmp_path)
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["6", "1", "2"]
    assert len(root.findall(".//testcase")) == 6
    (suite,) = root.findall("testsuite[@name='SIP Trunks']")
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped", "timestamp")]
    assert counts == ["5", "1", "2", "1", "2026-01-01T00:00:00"]


def test_a_suite_is_a_resource_and_a_class_is_a_row(tmp_path: Path) -> None:
    """Cases stand with the resource that they are about, under their row; checks have a suite of their own, by their kinds."""
    root = read(built(result(Verdict.PASS), other()), tmp_path)
    told = [(suite.get("name"), test.get("classname"), test.get("name")) for suite in root for test in suite.iter("testcase")]
    assert told == [
        ("SIP Trunks", "404-trunk-id", case().id),
        ("Calls", "404-call-id", "404-call-id/getCall/one"),
        ("Checks", "traffic", "traffic"),
    ]


def test_every_suite_says_what_was_tested_and_how(tmp_path: Path) -> None:
    """Target, run and gate as properties; what a run does not have is left out."""
    document = built(result(Verdict.PASS))
    document["run"]["gate"] = {"mode": "no-new", "verdict": "pass", "reasons": []}
    for suite in read(document, tmp_path):
        told = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert told == {
            "target.id": "test",
            "target.base_url": "http://127.0.0.1:9",
            "run.id": "20260101t000000-test",
            "run.plan_id": "plan",
            "run.suite_version": document["run"]["suite_version"],
            "run.seed": "1",
            "run.depth": "quick",
            "run.complete": "True",
            "run.gate": "no-new: pass",
        }


def test_a_known_deviation_is_skipped_and_told(tmp_path: Path) -> None:
    """Who reads the file agrees with the exit status; ticket, reason and all that was found are there."""
    root = read(known(built(result(Verdict.FAIL), other(Verdict.FAIL)), case().id), tmp_path)
    (element,) = root.findall("testsuite[@name='SIP Trunks']/testcase")
    assert [child.tag for child in element] == ["skipped", "system-out"]
    assert element[0].attrib == {
        "message": f"known deviation {DEVIATION['ticket']}: {DEVIATION['reason']}",
        "type": "known deviation",
    }
    assert FINDING.text in (element[1].text or "")
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "0"]


@pytest.mark.parametrize("text", ["plain", *HOSTILE], ids=ascii)
def test_the_schema_of_jenkins_is_kept(text: str, schema: XMLSchema, tmp_path: Path) -> None:
    """With every verdict, a known deviation, and texts of every kind."""
    finding = Finding(Rule.MESSAGE_TEXT, text, text, text, curl=text)
    document = built(*(result(verdict, case(variant=verdict)) for verdict in Verdict), other(Verdict.FAIL))
    document = known(document, "404-call-id/getCall/one")
    document["checks"].append({"id": f"stateful/{text}", "verdict": "fail", "findings": [finding.as_dict()], "story": [text]})
    document["run"]["gate"] = {"mode": "strict", "verdict": "fail", "reasons": [text]}
    document["target"]["profile"] = text
    assert [str(error) for error in schema.iter_errors(str(junit.write(document, tmp_path, PLACES)))] == []


def test_the_schema_of_jenkins_refuses_something(schema: XMLSchema, tmp_path: Path) -> None:
    """A file with an element that it does not know: so the test above can fail."""
    written = junit.write(built(result(Verdict.FAIL)), tmp_path, {})
    written.write_text(written.read_text("utf-8").replace("failure", "defeat"), encoding="utf-8")
    assert not schema.is_valid(str(written))


def test_a_reader_of_others_finds_the_same(tmp_path: Path) -> None:
    """The library junitparser counts and names what results.json has."""
    cases = [result(verdict, case(variant=verdict)) for verdict in Verdict]
    document = known(built(*cases, other(Verdict.FAIL)), "404-call-id/getCall/one")
    parsed = JUnitXml.fromfile(str(junit.write(document, tmp_path, PLACES)))
    suites = {suite.name: suite for suite in parsed if isinstance(suite, TestSuite)}
    tests: dict[str, TestCase] = {test.name: test for suite in suites.values() for test in suite if isinstance(test, TestCase)}
    assert list(suites) == ["SIP Trunks", "Calls", "Checks"]
    told = {name: [(type(each).__name__, each.type) for each in test.result] for name, test in tests.items()}
    assert told == {
        case(variant="pass").id: [],
        case(variant="fail").id: [("Failure", "fail")],
        case(variant="error").id: [("Error", "error")],
        case(variant="inconclusive").id: [("Error", "inconclusive")],
        case(variant="not_exercised").id: [("Skipped", "not_exercised")],
        "404-call-id/getCall/one": [("Skipped", "known deviation")],
        "traffic": [],
    }
    assert all(test.is_skipped for test in tests.values() if any(isinstance(each, Skipped) for each in test.result))
    assert (suites["SIP Trunks"].failures, suites["SIP Trunks"].errors, suites["SIP Trunks"].skipped) == (1, 2, 1)


def test_an_explanation_shows_expected_actual_why_and_a_line_to_try(tmp_path: Path) -> None:
    """Fails decide the message; advisories are told too."""
    advisory = Finding(Rule.UNDOCUMENTED, "a", "b", "only worth knowing", Severity.ADVISORY)
    root = read(built(result(Verdict.FAIL, findings=(advisory, FINDING))), tmp_path)
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == f"code: {FINDING.text}"
    told = failure.text or ""
    assert all(piece in told for piece in ("expected: 400", "actual:   401", FINDING.text, "curl http", "only worth knowing"))
    assert told.endswith("scenario: tests/contract/test_trunks.py:17")


def test_a_gate_that_fails_though_no_case_does_is_told(tmp_path: Path) -> None:
    """A pipeline that reads this file alone must not show green where the run's exit status is red."""
    document = built(result(Verdict.PASS))
    document["run"]["gate"] = {"mode": "strict", "verdict": "fail", "reasons": ["T-1 has expired", "T-2 as well"]}
    root = read(document, tmp_path)
    (case,) = root.findall("testsuite[@name='Gate']/testcase")
    assert (case.get("name"), case[0].tag, case[0].get("message")) == ("gate strict", "failure", "T-1 has expired; T-2 as well")
    assert root.get("failures") == "1"
    assert read(built(result(Verdict.FAIL)), tmp_path).find("testsuite[@name='Gate']") is None
    assert read(built(result(Verdict.PASS)), tmp_path).find("testsuite[@name='Gate']") is None
