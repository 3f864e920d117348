"""junit.xml: one suite a row, one test case a case; failures, errors and skips apart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # only written here, never read
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.finding import explain
from contracts.report.results import write_whole

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAGS = {"fail": "failure", "error": "error", "inconclusive": "error", "not_exercised": "skipped"}


def render(results: Mapping[str, Any]) -> str:
    """The results as JUnit XML. What could not be judged is an error of type inconclusive: no pass, and no failure."""
    root = ET.Element("testsuites", name="error contracts", time=str(results["run"]["duration_seconds"]))
    for row in results["rows"]:
        _suite(root, row["id"], row["cases"], results["run"]["started_at"])
    checks = [{"duration_seconds": 0.0, **check} for check in results["checks"]]
    _suite(root, "checks", checks, results["run"]["started_at"])
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def write(results: Mapping[str, Any], folder: Path) -> Path:
    """Write junit.xml whole or not at all."""
    return write_whole(folder / "junit.xml", render(results))


def _suite(root: ET.Element, name: str, cases: Sequence[Mapping[str, Any]], started: str) -> None:
    tags = [TAGS.get(case["verdict"], "") for case in cases]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
        time=f"{sum(case['duration_seconds'] for case in cases):.6f}",
        timestamp=started[:19],
    )
    for case, tag in zip(cases, tags, strict=True):
        _case(suite, name, case, tag)


def _case(suite: ET.Element, name: str, case: Mapping[str, Any], tag: str) -> None:
    element = ET.SubElement(suite, "testcase", classname=name, name=_clean(case["id"]), time=f"{case['duration_seconds']:.6f}")
    if not tag:
        return
    failed = [finding for finding in case["findings"] if finding["severity"] == "fail"]
    message = case.get("reason") or (f"{failed[0]['rule']}: {failed[0]['text']}" if failed else case["verdict"])
    outcome = ET.SubElement(element, tag, message=_clean(message))
    if tag != "skipped":
        outcome.set("type", case["verdict"])
        outcome.text = _clean(explain(case["findings"]))


def _clean(text: str) -> str:
    """The text without characters that XML cannot bear."""
    return NOT_XML.sub("\ufffd", text)
