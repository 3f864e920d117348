"""Evidence that is read back from results: whatever is judged of it again comes to the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.call import api
from contracts.case import Broken, Case, CaseResult, Kind, Leftover, Story, Verdict
from contracts.evidence import Evidence, case_evidence, distinct
from contracts.finding import Finding, Rule, Severity
from contracts.oracle import Stray
from contracts.report import results
from tests.selftest.results_at_hand import FINDING, TARGET, case, facts, result

CHECKS = [Case(f"generated/getSipTrunkById/{name}", "", "", Kind.CHECK, print) for name in ("a", "b")]
PLAN = [case(variant="one"), case(variant="two"), *CHECKS]
ADVICE = Finding(Rule.UNDOCUMENTED, "a documented error", "HTTP 400", "no row documents this answer", Severity.ADVISORY)
ODD = Stray(None, 400, "INVALID_ARGUMENT", "Bad request.", (ADVICE,))
LEFT = Leftover("deleteSipTrunk", "/trunks/1", "a/case", "it would not go")
STORY = Story(("first this", "then that"), "#!/bin/sh\n")
BROKEN = Broken("404-trunk-id", "getSipTrunkById", (FINDING,))


def ran(verdicts: list[Verdict], strays: list[int]) -> list[CaseResult]:
    """The results of the plan with these verdicts, which met so many strays, and all else that a case can leave."""
    told = [result(verdict, one) for verdict, one in zip(verdicts, PLAN, strict=True)]
    more: list[dict[str, Any]] = [{"leftovers": (LEFT,)}, {"not_removable": (LEFT,)}]
    more += [{"broken": (BROKEN,), "story": STORY, "findings": (FINDING,)} for _ in CHECKS]
    met = [{"strays": ((api.getSipTrunks(), ODD),) * count} for count in strays]
    return [
        CaseResult(**{name: getattr(one, name) for name in one.__dataclass_fields__} | also | stray)
        for one, also, stray in zip(told, more, met, strict=True)
    ]


def judged(evidence: Evidence) -> dict[str, Any]:
    """The results of evidence."""
    return results.build(facts(), TARGET, PLAN, evidence, started=1.0, finished=2.0)


def gathered(of: list[CaseResult]) -> Evidence:
    """The evidence of results."""
    evidence = Evidence()
    for one in of:
        evidence.add(json.loads(json.dumps(case_evidence(one))))
    return evidence


VERDICTS = st.lists(st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR]), min_size=4, max_size=4)
COUNTS = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@settings(deadline=None)
@given(VERDICTS, COUNTS, st.integers(0, 15))
def test_results_of_parts_are_the_results_of_the_whole(verdicts: list[Verdict], counts: list[int], deal: int) -> None:
    """However cases are dealt to two parts: rows, checks, what no row documents and what was left behind."""
    all_of_it = ran(verdicts, counts)
    whole, again = judged(gathered(all_of_it)), Evidence()
    for bit in (0, 1):
        part = gathered([one for at, one in enumerate(all_of_it) if deal >> at & 1 == bit])
        again.join(judged(part), part.scripts())
    joined = judged(again)
    for name in ("leftovers", "not_removable"):
        assert joined.pop(name) == whole.pop(name)
    assert joined == whole
    assert again.scripts() == gathered(all_of_it).scripts()


def test_findings_that_were_counted_are_counted_on() -> None:
    """Twice three times is six times, and nothing is counted that only looks alike."""
    one = {**FINDING.as_dict(), "text": "so it is (3 times)"}
    other = {**FINDING.as_dict(), "text": "so it is"}
    assert [each["text"] for each in distinct([one, one, other])] == ["so it is (7 times)"]
    huge = {**FINDING.as_dict(), "text": f"so it is ({'9' * 5000} times)"}
    assert [each["text"] for each in distinct([huge])] == [huge["text"]]


def test_what_a_gate_made_of_a_case_is_none_of_its_evidence() -> None:
    """A known deviation of a part is one of the whole only where the whole's own gate says so."""
    known = judged(gathered([result(Verdict.FAIL)]))
    for row in known["rows"]:
        for one in row["cases"]:
            one["deviation"] = {"ticket": "SIP-7"}
    again = Evidence()
    again.join(known, {})
    assert not any("deviation" in one["case"] for one in again.cases.values())


@pytest.mark.parametrize("later", [Verdict.PASS, Verdict.ERROR, Verdict.INCONCLUSIVE])
def test_a_fail_outlives_its_worker(later: Verdict) -> None:
    """Whose death had the case run again, after it was told: the target did fail, and whatever is still there is told."""
    evidence = Evidence()
    for one in (result(Verdict.FAIL), result(later, leftovers=(LEFT,))):
        evidence.add(case_evidence(one))
    assert [one["case"]["verdict"] for one in evidence.cases.values()] == ["fail"]
    assert len(evidence.gathered("leftovers")) == 1


def test_of_what_did_not_fail_the_last_counts() -> None:
    """And what the first attempt has left is told as well."""
    evidence = Evidence()
    for one in (result(Verdict.PASS, leftovers=(LEFT,)), result(Verdict.ERROR), result(Verdict.FAIL)):
        evidence.add(case_evidence(one))
    assert [one["case"]["verdict"] for one in evidence.cases.values()] == ["fail"]
    assert len(evidence.gathered("leftovers")) == 1
