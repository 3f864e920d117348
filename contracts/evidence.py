"""What happened in a run, as plain data: made by each worker, sent home in pytest's own reports, merged in the controller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contracts.case import Broken, Case, CaseResult, Kind, Verdict
from contracts.finding import Finding

TOLD = 100  # findings of the traffic check that are told at most; the others are counted
TRAFFIC = "traffic"
"""The check that no case stands behind: it is made of what all of them met."""
MARKS = frozenset({"deviation", "known", "script"})
"""What results say of a case or check that is none of its evidence: what a gate makes of it, and where its script lies."""
TIMES = re.compile(r" \(([2-9]|[1-9][0-9]{1,8}) times\)\Z")


def case_evidence(result: CaseResult) -> dict[str, Any]:
    """The result of a case as JSON members: `row`, `case` as results.json has it, and what the run collects beside it.

    A check's `row` is empty, and its `case` is what stands in `checks`; `script` is what its story says as shell commands.
    """
    case: dict[str, Any] = {
        "id": result.case.id,
        "operation": result.case.operation,
        "kind": str(result.case.kind),
        "verdict": str(result.verdict),
        "duration_seconds": round(result.seconds, 6),
        "assertions": result.assertions,
        "requests": result.requests,
        "findings": [finding.as_dict() for finding in result.findings],
    }
    if result.answers:
        case["answers"] = [asdict(answer) for answer in result.answers]
    if result.reason:
        case["reason"] = result.reason
    if not result.case.row:
        del case["operation"], case["kind"]
        case["findings"] = [finding.as_dict() | _row_of(finding, result.broken) for finding in result.findings]
    if result.story:
        case["story"] = list(result.story.lines)
    return {
        "row": result.case.row,
        "case": case,
        "script": result.story.script if result.story else "",
        "broken": [_broken(result, broken) for broken in result.broken],
        "strays": [
            {
                "operation": call.operation,
                "http_code": stray.http_code,
                "status": stray.status,
                "message": stray.message,
                "documented": stray.row is not None,
                "findings": [finding.as_dict() | ({"row": stray.row.id} if stray.row else {}) for finding in stray.findings],
            }
            for call, stray in result.strays
            if stray.findings or stray.row is None
        ],
        "leftovers": [asdict(left) for left in result.leftovers],
        "not_removable": [asdict(left) for left in result.not_removable],
    }


def _row_of(finding: Finding, met: Iterable[Broken]) -> dict[str, str]:
    """The row that a check's finding was found of, as a member of it; nothing where it belongs to none."""
    return next(({"row": broken.row} for broken in met if finding in broken.findings), {})


def _broken(result: CaseResult, broken: Broken) -> dict[str, Any]:
    """A documented row that a check broke, as a case of that row."""
    case = {
        "id": f"{broken.row}/{broken.operation}/{result.case.id.partition('/')[0]}",
        "operation": broken.operation,
        "kind": str(Kind.CHECK),
        "verdict": str(Verdict.FAIL),
        "duration_seconds": 0.0,
        "assertions": len(broken.findings),
        "requests": 0,  # they are counted in the check
        "findings": [finding.as_dict() for finding in broken.findings],
    }
    return {"row": broken.row, "case": case}


def crash_evidence(case: Case, reason: str) -> dict[str, Any]:
    """The evidence of a case whose worker died: an error of the suite, with nothing else known."""
    return case_evidence(CaseResult(case, Verdict.ERROR, reason))


@dataclass(slots=True)
class Evidence:
    """The evidence of all workers. `add` may see a case twice, when it is run again: the last one counts, but a fail stays one.

    Where parts of a run are joined, `parts` is what each part's results tell of no single case.
    """

    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, one: Mapping[str, Any]) -> None:
        """Keep the evidence of one case, and what every attempt at it has left."""
        attempts = [before, one] if (before := self.cases.get(one["case"]["id"])) else [one]
        failed = [attempt for attempt in attempts if attempt["case"]["verdict"] == Verdict.FAIL]
        left = {name: [item for attempt in attempts for item in attempt[name]] for name in ("leftovers", "not_removable")}
        self.cases[one["case"]["id"]] = {**(failed or attempts)[-1], **left}

    def join(self, results: Mapping[str, Any], scripts: Mapping[str, str]) -> None:
        """Take the evidence of a run, or of a part of one, back from its results; `scripts` are the texts of its scripts, by name.

        Whatever is judged of it again, in the same way, comes to the same.
        """
        cases = [(row["id"], case) for row in results["rows"] for case in row["cases"]]
        checks = [check for check in results["checks"] if check["id"] != TRAFFIC]
        for row, case in (*cases, *(("", check) for check in checks)):
            if case.get("kind") != Kind.CHECK:
                self.add(_alone(row, case, scripts.get(case.get("script", ""), "")))
        self.parts.append(
            {
                "broken": [{"row": row, "case": _bare(case)} for row, case in cases if case["kind"] == Kind.CHECK],
                "strays": [{**error, "documented": False} for error in results["undocumented"]],
                TRAFFIC: [finding for check in results["checks"] if check["id"] == TRAFFIC for finding in check["findings"]],
                **{left: list(results[left]) for left in ("leftovers", "not_removable")},
            }
        )

    @property
    def requests(self) -> int:
        """How many requests the cases sent."""
        return sum(one["case"]["requests"] for one in self.cases.values())

    def reason(self, case_id: str) -> str | None:
        """Why the verdict of a case is what it is, " " where that goes without saying; None where it did not run."""
        return self.cases[case_id]["case"].get("reason", " ") if case_id in self.cases else None

    def of_row(self, row_id: str) -> list[dict[str, Any]]:
        """The cases of a row, as results.json has them."""
        own = [one["case"] for one in self.cases.values() if one["row"] == row_id]
        return own + [broken["case"] for broken in self._met() if broken["row"] == row_id]

    def checks(self) -> list[dict[str, Any]]:
        """The checks, as results.json has them: those that ran, and the one on all traffic."""
        own = [one for one in self.cases.values() if not one["row"]]
        return [*(one["case"] | ({"script": script_name(one)} if one["script"] else {}) for one in own), self.traffic()]

    def scripts(self) -> dict[str, str]:
        """The shell scripts that show again what checks found, by the names of their files."""
        return {script_name(one): one["script"] for one in self.cases.values() if one["script"]}

    def _met(self) -> list[dict[str, Any]]:
        """What checks found broken of documented rows, one case for each row, operation and kind of check."""
        met: dict[str, list[dict[str, Any]]] = {}
        for broken in self.gathered("broken"):
            met.setdefault(broken["case"]["id"], []).append(broken)
        return [same[0] | {"case": same[0]["case"] | {"findings": _findings(same)}} for same in met.values()]

    def gathered(self, what: str) -> list[Any]:
        """`broken`, `strays`, `leftovers` or `not_removable` of all cases."""
        return [item for one in (*self.cases.values(), *self.parts) for item in one[what]]

    def undocumented(self) -> list[dict[str, Any]]:
        """The errors that no row documents, equal ones counted."""
        counted: dict[tuple[Any, ...], dict[str, Any]] = {}
        for stray in self.gathered("strays"):
            if stray["documented"]:
                continue
            facts = {name: stray[name] for name in ("operation", "http_code", "status", "message")}
            known = counted.setdefault(tuple(facts.values()), {**facts, "count": 0, "findings": stray["findings"]})
            known["count"] += stray.get("count", 1)
        return list(counted.values())

    def traffic(self) -> dict[str, Any]:
        """The check on every error answer that no case asked for: set-ups, reads and clean-up included."""
        own = (finding for one in self.cases.values() for stray in one["strays"] for finding in stray["findings"])
        findings = distinct([*own, *(finding for part in self.parts for finding in part[TRAFFIC])])
        failed = any(finding["severity"] == "fail" for finding in findings)
        verdict = Verdict.FAIL if failed else Verdict.PASS if self.requests else Verdict.NOT_EXERCISED
        return {"id": TRAFFIC, "verdict": str(verdict), "findings": findings[:TOLD]}


def _findings(broken: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return distinct(finding for one in broken for finding in one["case"]["findings"])


def script_name(one: Mapping[str, Any]) -> str:
    """The name of the file that a check's script is written to."""
    return str(one["case"]["id"]).replace("/", "-") + ".sh"


def distinct(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One finding of each rule, text and row, fails first; how often it came is told in its text, and counted on where it is."""
    counted: dict[tuple[str, ...], tuple[dict[str, Any], int]] = {}
    for finding in findings:
        text, times = _counted(finding["text"])
        same = (finding["severity"], finding["rule"], finding["expected"], text, finding.get("row", ""))
        first, before = counted.get(same, ({**finding, "text": text}, 0))
        counted[same] = (first, before + times)
    told = [one | {"text": f"{one['text']} ({times} times)"} if times > 1 else one for one, times in counted.values()]
    return sorted(told, key=lambda finding: finding["severity"] != "fail")


def _counted(text: str) -> tuple[str, int]:
    """The text of a finding, and how often it says that it came."""
    times = TIMES.search(text)
    return (text[: times.start()], int(times[1])) if times else (text, 1)


def _alone(row: str, case: Mapping[str, Any], script: str) -> dict[str, Any]:
    """A case of results as `case_evidence` has it, as far as results tell what was its own."""
    nothing: dict[str, Any] = {left: [] for left in ("broken", "strays", "leftovers", "not_removable")}
    return {"row": row, "case": _bare(case), "script": script, **nothing}


def _bare(judged: Mapping[str, Any]) -> dict[str, Any]:
    """A case or check of results as it was judged."""
    return {name: value for name, value in judged.items() if name not in MARKS}
