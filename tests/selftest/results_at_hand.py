"""Results for tests: their facts, cases with every verdict, and the schema that they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.case import Case, CaseResult, Kind, Verdict
from contracts.evidence import Evidence, case_evidence
from contracts.finding import Finding, Rule
from contracts.gate.outcome import STRICT, Gate
from contracts.report import results
from tests.selftest import schema_files

TARGET = {"id": "test", "base_url": "http://127.0.0.1:9", "profile": None, "version": None}
FINDING = Finding(Rule.CODE, "400", "401", "code equals the HTTP status of the response", curl="curl http://127.0.0.1:9")
DEVIATION = {"ticket": "SIP-7", "reason": "the team knows", "owner": "trunks", "expires": "2099-01-01"}


def facts(**members: Any) -> dict[str, Any]:
    """What a run knows of itself."""
    known = {"id": "20260101t000000-test", "plan_id": "plan", "workers": 1, "seed": 1, "depth": "quick", "only_documented": False}
    return {**known, "catalogue": "catalogue", "shard": None, **members}


def case(row: str = "404-trunk-id", variant: str = "one") -> Case:
    """A case of a row."""
    return Case(f"{row}/getSipTrunkById/{variant}", row, "getSipTrunkById", Kind.REFUSAL, print)


def result(verdict: Verdict, one: Case | None = None, **members: Any) -> CaseResult:
    """A result with that verdict, with what belongs to it."""
    known: dict[str, Any] = {"assertions": 2, "requests": 3, "seconds": 0.5, "started": 1.0}
    if verdict is Verdict.FAIL:
        known["findings"] = (FINDING,)
    elif verdict is not Verdict.PASS:
        known["reason"] = f"why {verdict}"
    return CaseResult(one or case(), verdict, **{**known, **members})


def built(
    *of: CaseResult, plan: tuple[Case, ...] | None = None, gate: Gate = STRICT, suite: tuple[Case, ...] = (), **members: Any
) -> dict[str, Any]:
    """The results of a run that had these, with these members of `run`; its plan is theirs unless told."""
    evidence = Evidence()
    for one in of:
        evidence.add(case_evidence(one))
    planned = tuple(one.case for one in of) if plan is None else plan
    times: dict[str, Any] = {"started": 1_767_225_600.0, "finished": 1_767_225_601.5}
    return results.build(facts(**members), TARGET, planned, evidence, **times, gate=gate, suite=suite)


def known(document: dict[str, Any], case_id: str) -> dict[str, Any]:
    """The results, with that case or check a known deviation, as a gate marks it."""
    for judged in (*document["rows"], *document["checks"]):
        for one in judged.get("cases", [judged]):
            if one["id"] == case_id:
                one["deviation"] = dict(DEVIATION)
                failed = [each for each in judged.get("cases", [judged]) if each["verdict"] == "fail"]
                judged["known"] = all("deviation" in each for each in failed)
    document["run"]["gate"] |= {"verdict": "pass", "reasons": ["1 failed as known deviations say"]}
    return document


def row_of(document: Mapping[str, Any], row: str = "404-trunk-id") -> dict[str, Any]:
    """A row of results."""
    return next(dict(each) for each in document["rows"] if each["id"] == row)


def complaints(document: Any) -> list[tuple[str, str]]:
    """What the schema of results says against a document."""
    return schema_files.complaints("results.schema.json", document)
