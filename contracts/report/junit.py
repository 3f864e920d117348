"""junit.xml: one suite a resource, one test case a case; failures, errors and skips apart. Valid by the schema of Jenkins."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # only written here, never read
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.report.entry import KNOWN, headline, in_full, is_known, suites
from contracts.report.place import Place
from contracts.report.results import write_whole

TITLE = "error contracts"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAGS = {"fail": "failure", "error": "error", "inconclusive": "error", "not_exercised": "skipped"}
COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}
"""The attributes of a suite that count its cases, and the element of such a case."""


def render(results: Mapping[str, Any], places: Mapping[str, Place]) -> str:
    """The results as JUnit XML. What could not be judged is an error of type inconclusive: no pass, and no failure.

    A known deviation is skipped, with its ticket: readers know no failure that is let be, and one that turned a build red would
    contradict the run's exit status, which lets it pass. What was found stands in its output.
    """
    root = ET.Element("testsuites", name=TITLE, time=_seconds(results["run"]["duration_seconds"]))
    root.extend(elements(results, places))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def write(results: Mapping[str, Any], folder: Path, places: Mapping[str, Place]) -> Path:
    """Write junit.xml whole or not at all."""
    return write_whole(folder / "junit.xml", render(results, places))


def elements(results: Mapping[str, Any], places: Mapping[str, Place], target: str = "") -> Iterator[ET.Element]:
    """The suites of a run, one after the other. Those of a target among others bear its id, and so does each class.

    Case ids are the same on each target, and readers tell cases apart by class and name alone.
    """
    for name, cases in suites(results).items():
        if target:
            yield _suite(f"{target}: {name}", [(f"{target}.{owner}", case) for owner, case in cases], results, places)
        else:
            yield _suite(name, cases, results, places)


def _suite(
    name: str, cases: Sequence[tuple[str, Mapping[str, Any]]], results: Mapping[str, Any], places: Mapping[str, Place]
) -> ET.Element:
    tags = [_tag(case) for _, case in cases]
    counts = {count: str(tags.count(tag)) for count, tag in COUNTS.items()}
    seconds = _seconds(sum(case.get("duration_seconds", 0.0) for _, case in cases))
    told = {
        "name": _clean(name),
        "tests": str(len(cases)),
        **counts,
        "time": seconds,
        "timestamp": results["run"]["started_at"][:19],
    }
    suite = ET.Element("testsuite", told)
    properties = ET.SubElement(suite, "properties")
    for key, value in _facts(results).items():
        ET.SubElement(properties, "property", name=key, value=_clean(value))
    for owner, case in cases:
        _case(suite, owner, case, places.get(case["id"]))
    return suite


def _facts(results: Mapping[str, Any]) -> dict[str, str]:
    """What a run's reader has to know of it. In each suite, since the schema knows no properties of a file or of a case."""
    run, target = results["run"], results["target"]
    facts = {f"target.{name}": target[name] for name in ("id", "base_url", "profile")}
    facts |= {f"run.{name}": run[name] for name in ("id", "plan_id", "suite_version", "seed", "depth", "complete")}
    if gate := run.get("gate"):
        facts["run.gate"] = f"{gate['mode']}: {gate['verdict']}"
    return {name: str(value) for name, value in facts.items() if value is not None}


def _case(suite: ET.Element, owner: str, case: Mapping[str, Any], place: Place | None) -> None:
    seconds = _seconds(case.get("duration_seconds", 0.0))
    element = ET.SubElement(suite, "testcase", classname=_clean(owner), name=_clean(case["id"]), time=seconds)
    if tag := _tag(case):
        outcome = ET.SubElement(element, tag, message=_clean(headline(case)))
        outcome.set("type", KNOWN if is_known(case) else case["verdict"])
        told = ET.SubElement(element, "system-out") if is_known(case) else outcome
        told.text = _clean(in_full(case, place))


def _tag(case: Mapping[str, Any]) -> str:
    return "skipped" if is_known(case) else TAGS.get(case["verdict"], "")


def _seconds(seconds: float) -> str:
    """Seconds with the three decimals that the schema allows."""
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    """The text without characters that XML cannot bear."""
    return NOT_XML.sub("\ufffd", text)
