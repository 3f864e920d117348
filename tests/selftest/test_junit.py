"""junit.xml: well-formed whatever an answer held, and with the same verdicts as results.json."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # our own file
from pathlib import Path
from typing import Any

import pytest

from contracts.case import Verdict
from contracts.finding import Finding, Rule, Severity
from contracts.report import junit
from tests.selftest.results_at_hand import FINDING, built, case, result

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


def read(document: dict[str, Any], folder: Path) -> ET.Element:
    """The written file, parsed."""
    return ET.parse(junit.write(document, folder)).getroot()  # noqa: S314 - our own file


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
    (element,) = root.findall(".//testsuite[@name='404-trunk-id']/testcase")
    assert [child.tag for child in element] == ([tag] if tag else [])
    if tag in {"failure", "error"}:
        assert element[0].get("type") == verdict
    if tag not in {None, "failure"}:
        assert element[0].get("message") == f"why {verdict}"


def test_the_counts_add_up(tmp_path: Path) -> None:
    """Of each suite and of all."""
    document = built(*(result(verdict, case(variant=verdict)) for verdict in Verdict))
    root = read(document, tmp_path)
    counts = [root.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["6", "1", "2", "1"]
    assert len(root.findall(".//testcase")) == 6
    (suite,) = root.findall("testsuite[@name='404-trunk-id']")
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped", "timestamp")] == [
        "5",
        "1",
        "2",
        "1",
        "2026-01-01T00:00:00",
    ]


def test_an_explanation_shows_expected_actual_why_and_a_line_to_try(tmp_path: Path) -> None:
    """Fails decide the message; advisories are told too."""
    advisory = Finding(Rule.UNDOCUMENTED, "a", "b", "only worth knowing", Severity.ADVISORY)
    root = read(built(result(Verdict.FAIL, findings=(advisory, FINDING))), tmp_path)
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == f"code: {FINDING.text}"
    told = failure.text or ""
    assert all(piece in told for piece in ("expected: 400", "actual:   401", FINDING.text, "curl http", "only worth knowing"))
