"""A line of the matrix: a documented error, or a kind of check, with what became of its cases. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contracts.operation import operations
from contracts.report.page.clip import LONGEST, SHORT, clip
from contracts.report.page.difference import Piece, pieces
from contracts.report.page.word import ORDER, worst_of
from contracts.template import PLACEHOLDER

CARET = re.compile(r"\n {2}expected: ")
NAMED = 100  # other failed cases of a line that are named there
TOLD = 3  # failing cases of a line that are told on paper; the others are named


@dataclass(frozen=True, slots=True)
class Told:
    """A finding for people: its rule, both sides (in pieces where they are two spellings of one text), and why it matters."""

    rule: str
    severity: str
    expected: str
    actual: str
    pieces: tuple[Piece, ...]
    text: str
    curl: str


@dataclass(frozen=True, slots=True)
class Line:
    """A documented error, or a kind of check: `facts` of results.json, a row's or alike, and its number on the page."""

    facts: Mapping[str, Any]
    number: int = 0
    checks: bool = False

    @property
    def id(self) -> str:
        """Its id, as its links bear it."""
        text: str = self.facts["id"]
        return text

    @property
    def anchor(self) -> str:
        """Its id as a fragment of the page's address."""
        return anchor(self.id)

    @property
    def message(self) -> list[tuple[bool, str]]:
        """The documented message in pieces, placeholders marked."""
        text = self.facts.get("message") or ""
        parts, end = [], 0
        for place in PLACEHOLDER.finditer(text):
            parts += [(False, text[end : place.start()]), (True, place[0])]
            end = place.end()
        return [*parts, (False, text[end:])] if text else []

    @property
    def cases(self) -> Sequence[Mapping[str, Any]]:
        """Its cases."""
        cases: Sequence[Mapping[str, Any]] = self.facts["cases"]
        return cases

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many cases have each verdict, the worst first."""
        counted = Counter(case["verdict"] for case in self.cases)
        return [(verdict, counted[verdict]) for verdict in ORDER if counted[verdict]]

    @property
    def seconds(self) -> float:
        """The time of its cases together."""
        return float(sum(case.get("duration_seconds", 0.0) for case in self.cases))

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """The cases that failed."""
        return [case for case in self.cases if case["verdict"] == "fail"]

    @property
    def first(self) -> Told | None:
        """The first expectation that failed."""
        failed = (finding for case in self.failed for finding in case["findings"] if finding["severity"] == "fail")
        return next(map(told, failed), None)

    @property
    def reason(self) -> str:
        """Why it was not judged, or why the suite is to blame."""
        reasons = (case["reason"] for case in self.cases if case["verdict"] == self.facts["verdict"] and case.get("reason"))
        return self.facts.get("reason") or ("" if self.facts["verdict"] == "pass" else next(reasons, ""))

    @property
    def on_paper(self) -> list[tuple[Mapping[str, Any], list[Told]]]:
        """The first failed cases with their findings: one of each set of rules, as far as they go."""
        alike = {tuple(finding["rule"] for finding in case["findings"]): case for case in reversed(self.failed)}
        return [(case, _distinct(case["findings"])) for case in list(alike.values())[::-1][:TOLD]]

    @property
    def others(self) -> list[Mapping[str, Any]]:
        """The other cases that failed, as far as they are named."""
        shown = {case["id"] for case, _ in self.on_paper}
        return [case for case in self.failed if case["id"] not in shown][:NAMED]


def lines(results: Mapping[str, Any]) -> list[Line]:
    """The documented errors, in the order of the published page."""
    return [Line(row, number) for number, row in enumerate(results["rows"])]


def checks(results: Mapping[str, Any]) -> list[Line]:
    """The kinds of checks, each with its checks as cases."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for check in results["checks"]:
        kinds.setdefault(check["id"].partition("/")[0], []).append(check)
    return [
        Line(
            {"id": kind, "verdict": worst_of({case["verdict"] for case in cases}), "cases": cases, **_known(cases)},
            number,
            checks=True,
        )
        for number, (kind, cases) in enumerate(kinds.items(), len(results["rows"]))
    ]


def told(finding: Mapping[str, Any]) -> Told:
    """A finding for people. Where its rule is about a message's text, both sides are compared."""
    expected, actual = (clip(finding[name]) for name in ("expected", "actual"))
    compared = finding["rule"].startswith("message-") and expected and actual
    return Told(
        rule=finding["rule"],
        severity=finding["severity"],
        expected=expected,
        actual=actual,
        pieces=tuple(pieces(expected, actual)) if compared else (),
        text=clip(CARET.split(finding["text"])[0], LONGEST),
        curl=finding.get("curl", ""),
    )


def anchor(case_id: str) -> str:
    """An id as a fragment of the page's address."""
    return quote(case_id[:LONGEST].encode("utf-8", "surrogatepass"), safe="/:+")


def resources(line: Line) -> list[str]:
    """The kinds of resources whose operations a line is about."""
    return list(dict.fromkeys(resource for case in line.cases if (resource := resource_of(case))))


def resource_of(case: Mapping[str, Any]) -> str:
    """The kind of resource that a case is about, by its operation, which a check bears in its id; empty for none."""
    named = [case["operation"]] if "operation" in case else case["id"].split("/")
    return next((operations()[name].resource for name in named if name in operations()), "")


def summary(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script must know of a case before anybody looks at it."""
    first = next((finding for finding in case["findings"] if finding["severity"] == "fail"), None)
    why = f"{first['rule']}: {CARET.split(first['text'])[0]}" if first else case.get("reason", "")
    return {
        "id": case["id"],
        "verdict": case["verdict"],
        "operation": case.get("operation", ""),
        "resource": resource_of(case),
        "seconds": case.get("duration_seconds", 0.0),
        "requests": case.get("requests", 0),
        "why": clip(why[:SHORT]) + "…" * (len(why) > SHORT),
        "known": "deviation" in case,
    }


def detail(case: Mapping[str, Any]) -> dict[str, Any]:
    """What a case opens to, without its exchanges."""
    return {
        "kind": case.get("kind", ""),
        "assertions": case.get("assertions"),
        "reason": clip(case.get("reason", "")),
        "findings": [
            {"rule": one.rule, "severity": one.severity, "expected": one.expected, "actual": one.actual, "pieces": one.pieces}
            | {"text": one.text, "curl": one.curl if len(one.curl) <= 4 * LONGEST else ""}
            for one in map(told, case["findings"])
        ],
        "story": [clip(line) for line in case.get("story", ())],
        "script": case.get("script", ""),
        "deviation": case.get("deviation"),
    }


def _distinct(findings: Sequence[Mapping[str, Any]]) -> list[Told]:
    """Findings for people, each rule and text once."""
    first = {(finding["rule"], finding["text"]): finding for finding in reversed(findings)}
    return [told(finding) for finding in list(first.values())[::-1]]


def _known(cases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    failed = [case for case in cases if case["verdict"] == "fail"]
    return {"known": True} if failed and all("deviation" in case for case in failed) else {}
