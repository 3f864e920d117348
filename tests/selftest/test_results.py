"""results.json: what a run leaves for other programs, and the exit status that follows from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.call import Call
from contracts.case import Leftover, Verdict
from contracts.catalogue import rows
from contracts.evidence import Evidence, case_evidence, crash_evidence, distinct
from contracts.finding import Finding, Rule, Severity
from contracts.gate.outcome import Gate
from contracts.oracle import Stray
from contracts.report import results
from tests.selftest.results_at_hand import FINDING, built, case, complaints, result, row_of

ONE, TWO, OTHER_ROW = case(), case(variant="two"), case("404-acl-id")
PASS, FAIL, ERROR = Verdict.PASS, Verdict.FAIL, Verdict.ERROR
INCONCLUSIVE, NOT_EXERCISED = Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED
LEFT = Leftover("deleteSipTrunk", "/v1/trunks/x", "createSipTrunk", "it resists")


def stray(severity: Severity = Severity.ADVISORY, **members: Any) -> tuple[Call, Stray]:
    """An undocumented error that some call met."""
    finding = Finding(Rule.UNDOCUMENTED, "a documented error", "HTTP 418", "no row documents this answer", severity)
    known: dict[str, Any] = {"row": None, "http_code": 418, "status": "TEAPOT", "message": "short", "findings": (finding,)}
    return Call("getSipTrunks"), Stray(**{**known, **members})


# -- the document -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", list(Verdict))
def test_results_keep_to_their_schema(verdict: Verdict) -> None:
    """With any verdict, with leftovers and with errors that no row documents."""
    document = built(result(verdict, leftovers=(LEFT,), not_removable=(LEFT,), strays=(stray(), stray(status=None, message=None))))
    assert complaints(document) == []
    assert row_of(document)["verdict"] == verdict
    assert document["totals"][verdict] == (len(rows()) if verdict is NOT_EXERCISED else 1)


def test_results_without_any_case_keep_to_their_schema() -> None:
    """Nothing ran, so nothing passed."""
    document = built(plan=(ONE,))
    assert complaints(document) == []
    assert {row["verdict"] for row in document["rows"]} == {"not_exercised"}
    assert (document["checks"][0]["verdict"], document["run"]["complete"]) == ("not_exercised", False)


def test_all_rows_stand_in_the_order_of_the_page() -> None:
    """Whatever ran."""
    assert [row["id"] for row in built(result(PASS))["rows"]] == [row.id for row in rows()]


def test_cases_stand_in_the_order_of_the_plan() -> None:
    """Not in that in which they ended, so that two runs can be compared."""
    document = built(result(PASS, TWO), result(PASS, OTHER_ROW), result(PASS, ONE), plan=(ONE, OTHER_ROW, TWO))
    assert [one["id"] for one in row_of(document)["cases"]] == [ONE.id, TWO.id]


@pytest.mark.parametrize(
    ("verdicts", "row"),
    [
        ([PASS, PASS], PASS),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE),
        ([INCONCLUSIVE, FAIL], FAIL),
        ([FAIL, ERROR], ERROR),
        ([PASS, NOT_EXERCISED], PASS),
        ([NOT_EXERCISED, NOT_EXERCISED], NOT_EXERCISED),
        ([NOT_EXERCISED, INCONCLUSIVE], INCONCLUSIVE),
        ([], NOT_EXERCISED),
    ],
)
def test_a_row_has_the_worst_verdict_of_its_cases(verdicts: list[Verdict], row: Verdict) -> None:
    """What did not run does not count, and where nothing ran, nothing passed."""
    document = built(*(result(verdict, one) for verdict, one in zip(verdicts, (ONE, TWO), strict=False)))
    assert row_of(document)["verdict"] == row


def test_a_row_says_why() -> None:
    """The first reason, and how many others there are."""
    document = built(result(INCONCLUSIVE, ONE, reason="a"), result(INCONCLUSIVE, TWO, reason="b"), result(NOT_EXERCISED, OTHER_ROW))
    assert row_of(document)["reason"] == "a (and 1 other reason)"
    assert row_of(document, "404-acl-id")["reason"] == "why not_exercised"
    assert row_of(document, "404-trunk-domain")["reason"] == "the suite has no case for this row"
    assert row_of(built(plan=(ONE,)))["reason"] == "left out of this run"


def test_a_run_is_complete_when_every_case_of_the_plan_has_a_result() -> None:
    """Not exercised is a result; left out is none."""
    assert built(result(PASS, ONE), result(NOT_EXERCISED, TWO))["run"]["complete"] is True
    assert built(result(PASS, ONE), plan=(ONE, TWO))["run"]["complete"] is False
    assert built(result(PASS, ONE), plan=())["run"]["complete"] is False


def test_a_case_that_ran_again_counts_once() -> None:
    """The last one counts, where none of them failed."""
    document = built(result(INCONCLUSIVE), result(PASS))
    assert (row_of(document)["verdict"], len(row_of(document)["cases"]), document["run"]["requests"]) == ("pass", 1, 3)


def test_a_dead_worker_leaves_an_error() -> None:
    """Of the case that it died in."""
    evidence = Evidence()
    evidence.add(crash_evidence(ONE, "the worker crashed"))
    assert evidence.of_row(ONE.row)[0]["verdict"] == "error"
    assert evidence.of_row(ONE.row)[0]["reason"] == "the worker crashed"


def test_evidence_is_plain_data() -> None:
    """It survives the way from a worker unchanged, as ASCII, also with what is no Unicode."""
    finding = Finding(Rule.CODE, "\ud800", "\x00", "☎\ud83d", curl="curl \udfff")
    evidence = case_evidence(result(FAIL, findings=(finding,), strays=(stray(message="\ud800"),), leftovers=(LEFT,)))
    text = json.dumps(evidence)
    assert text.isascii()
    assert json.loads(text) == evidence


# -- errors that no row documents ---------------------------------------------------------------------------------------------


def test_equal_undocumented_errors_are_counted() -> None:
    """By operation, HTTP status, status and message."""
    document = built(result(PASS, strays=(stray(), stray(), stray(message="other"))), result(PASS, TWO, strays=(stray(),)))
    assert [(one["message"], one["count"]) for one in document["undocumented"]] == [("short", 3), ("other", 1)]


@pytest.mark.parametrize(("severity", "verdict", "status"), [(Severity.ADVISORY, "pass", 0), (Severity.FAIL, "fail", 1)])
def test_the_traffic_fails_by_what_breaks_the_specification_alone(severity: Severity, verdict: str, status: int) -> None:
    """An advisory fails nothing."""
    document = built(result(PASS, strays=(stray(severity), stray(severity))))
    (check,) = document["checks"]
    assert (check["id"], check["verdict"], results.exit_status(document)) == ("traffic", verdict, status)
    assert check["findings"][0]["text"].endswith("(2 times)")


def test_fails_are_told_before_advisories() -> None:
    """One finding of each kind."""
    both = [stray(severity)[1].findings[0].as_dict() for severity in (Severity.ADVISORY, Severity.FAIL, Severity.ADVISORY)]
    assert [finding["severity"] for finding in distinct(both)] == ["fail", "advisory"]


# -- exit status --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([PASS], 0),
        ([NOT_EXERCISED], 0),
        ([INCONCLUSIVE, PASS], 6),
        ([ERROR, PASS], 3),
        ([ERROR, INCONCLUSIVE], 3),
        ([FAIL, PASS], 1),
        ([FAIL, INCONCLUSIVE], 1),
        ([FAIL, ERROR], 1),
        ([], 0),
    ],
)
def test_the_exit_status_follows_the_worst_that_is_the_targets(verdicts: list[Verdict], status: int) -> None:
    """A failed case is not lost behind a defect of the suite in the same row."""
    document = built(*(result(verdict, one) for verdict, one in zip(verdicts, (ONE, TWO), strict=False)))
    assert results.exit_status(document) == status


def test_rows_that_were_not_exercised_fail_a_run_if_asked() -> None:
    """By --require-all; a single case of a row that was not exercised does not."""
    every = [result(PASS, case(row.id)) for row in rows()]
    assert results.exit_status(built(*every, result(NOT_EXERCISED, TWO), gate=Gate(require_all=True))) == 0
    assert results.exit_status(built(*every[1:], gate=Gate(require_all=True))) == 1
    assert results.exit_status(built(*every[1:])) == 0


# -- files --------------------------------------------------------------------------------------------------------------------


def test_results_are_written_as_ascii(tmp_path: Path) -> None:
    """No byte that a target sent can make them unreadable."""
    hostile = Finding(Rule.CODE, "\ud800", "\x00\x1b[2J", "☎")
    path = results.write(built(result(FAIL, findings=(hostile, FINDING))), tmp_path)
    assert path == tmp_path / "results.json"
    assert path.read_bytes().isascii()
    assert json.loads(path.read_bytes())["schema_version"] == "1"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What stood there stays when the new text cannot be written, and nothing is left beside it."""
    path = tmp_path / "file"
    results.write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        results.write_whole(path, "new \ud800")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "old")]
    results.write_whole(path, "new")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "new")]
