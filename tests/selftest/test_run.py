"""Whole runs: what they write, how they end, and that one defect of a target is one row that fails."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET  # our own file
from pathlib import Path

import pytest

from contracts.names import PASSWORD
from contracts.sandbox.core import Behaviour, Sandbox
from contracts.sandbox.refusals import REFUSALS
from contracts.sandbox.serve import running
from tests.selftest.answers import Do, answer, answering, closed_port
from tests.selftest.results_at_hand import complaints
from tests.selftest.runs import BAD, GOOD, contract, copied

FEW = "404-trunk-domain or 400-domain-unavailable or 400-credential-list-needs-credential"


def variables(sandbox: Sandbox) -> dict[str, str]:
    """The credentials of a sandbox."""
    who = sandbox.identity
    return {
        "SINCH_PROJECT_ID": who.project_id,
        "SINCH_FOREIGN_PROJECT_ID": who.foreign_project_id,
        "SINCH_KEY_ID": who.key_id,
        "SINCH_KEY_SECRET": who.key_secret,
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the suite with four cases: three that pass, and one that fails, which is collected first."""
    return copied(tmp_path / "copy", a=BAD, b=GOOD)


def test_a_choice_of_cases_passes_and_is_partial(tmp_path: Path) -> None:
    """On the embedded sandbox, with nothing set; other rows show that nothing of them ran."""
    run = contract(tmp_path / "r", "-k", FEW)
    assert (run.status, run.err) == (0, ""), run.out
    assert {"ctrf.json", "junit.xml", "results.json", "summary.md"} <= set(run.written)
    assert complaints(run.results) == []
    assert set(run.verdicts.values()) == {"pass"}
    assert (run.results["run"]["complete"], "partial: " in run.out) == (False, True)
    assert run.results["target"]["id"] == "sandbox"
    assert run.results["leftovers"] == []
    assert {row["verdict"] for row in run.results["rows"]} == {"pass", "not_exercised"}
    ET.parse(run.folder / "junit.xml")  # noqa: S314 - our own file


def test_spreading_changes_no_verdict(tmp_path: Path) -> None:
    """Nor the order of cases in the results."""
    alone = contract(tmp_path / "0", "-k", FEW, "-n", "0")
    spread = contract(tmp_path / "2", "-k", FEW, "-n", "2")
    assert (alone.status, spread.status) == (0, 0), spread.out
    assert list(alone.verdicts.items()) == list(spread.verdicts.items())
    assert (alone.results["run"]["workers"], spread.results["run"]["workers"]) == (1, 2)
    assert alone.results["run"]["requests"] == pytest.approx(spread.results["run"]["requests"], rel=0.2)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_run_is_complete(copy: Path, tmp_path: Path, workers: str) -> None:
    """One case fails, and so the run; the others pass, and nothing is partial."""
    run = contract(tmp_path / "r", "-n", workers, root=copy)
    assert run.status == 1
    assert sorted(run.verdicts.values()) == ["fail", "pass", "pass", "pass"]
    assert (run.results["run"]["complete"], "partial" in run.out) == (True, False)


def test_rows_that_were_not_exercised_fail_a_run_if_asked(tmp_path: Path) -> None:
    """By --require-all."""
    root = copied(tmp_path / "copy", good=GOOD)
    assert contract(tmp_path / "r", root=root).status == 0
    assert contract(tmp_path / "s", "--require-all", root=root).status == 1


def test_collecting_starts_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """Not even a folder."""
    run = contract(tmp_path / "r", "-k", FEW, "--collect-only", "-q")
    assert (run.status, run.written, run.folder.exists()) == (0, [], False)
    assert "404-trunk-domain/getSipTrunkByDomain" in run.out


def test_only_what_failed_is_run_again(copy: Path, tmp_path: Path) -> None:
    """By --lf, as with any test."""
    contract(tmp_path / "r", root=copy)
    again = contract(tmp_path / "s", "--lf", root=copy)
    assert (again.status, again.verdicts) == (1, {"404-trunk-domain/getSipTrunks/bad": "fail"})
    assert "partial" in again.out


def test_one_defect_is_one_row_that_fails_and_says_why(tmp_path: Path) -> None:
    """With what was expected, what came, why it matters and a line to try; and no secret anywhere."""
    code, status, message = REFUSALS["400-domain-unavailable"]
    sandbox = Sandbox(behaviour=Behaviour(refusals={**REFUSALS, "400-domain-unavailable": (code, status, message + "!")}))
    with running(sandbox) as url:
        run = contract(tmp_path / "r", "-k", FEW, "--base-url", url, "-rA", "--log-level", "DEBUG", given=variables(sandbox))
    assert run.status == 1
    assert [row["id"] for row in run.results["rows"] if row["verdict"] == "fail"] == ["400-domain-unavailable"]
    assert "error" not in run.verdicts.values()
    for line in (
        "  expected: The provided domain name is unavailable",
        "  actual:   ",
        "  why:      ",
        "  sent:     curl -i -X POST",
    ):
        assert line in run.out
    assert '-u "$SINCH_KEY_ID:$SINCH_KEY_SECRET"' in run.out
    who = sandbox.identity
    secrets = [who.key_secret, base64.b64encode(f"{who.key_id}:{who.key_secret}".encode()).decode()]
    for text in (run.out, run.err, *(path.read_text("utf-8") for path in run.folder.iterdir())):
        assert not any(secret in text for secret in secrets)
        assert not PASSWORD.search(text)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_nobody_there_is_inconclusive_and_told_once(tmp_path: Path, workers: str) -> None:
    """Exit status 6, with results: every case could not be judged, for one reason."""
    run = contract(tmp_path / "r", "-k", FEW, "-n", workers, "--base-url", closed_port(), given=variables(Sandbox()))
    assert (run.status, run.err) == (6, ""), run.out
    assert set(run.verdicts.values()) == {"inconclusive"}
    assert complaints(run.results) == []
    assert "does not answer" in run.said
    assert "Traceback" not in run.out


def test_a_wrong_key_is_inconclusive(tmp_path: Path) -> None:
    """And the line says what to check."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        wrong = variables(sandbox) | {"SINCH_KEY_SECRET": "not-the-right-one"}
        run = contract(tmp_path / "r", "-k", FEW, "--base-url", url, given=wrong)
    assert (run.status, set(run.verdicts.values())) == (6, {"inconclusive"})
    assert "check SINCH_KEY_ID and SINCH_KEY_SECRET" in run.said
    assert "not-the-right-one" not in run.out + run.err


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_hostile_target_breaks_neither_the_terminal_nor_the_reports(tmp_path: Path, workers: str) -> None:
    """Lone surrogates, control characters and the end of a CDATA section in every answer, on the way through a worker too."""
    hostile = {"code": 418, "status": "\ud800", "message": "\x1b[2J\x00\udfff]]>", "\ud800": ["\x9b31m"]}
    with answering(answer(418, hostile, "X-\xff: \x1b")) as server:
        run = contract(tmp_path / "r", "-k", FEW, "-n", workers, "--base-url", server.url, given=variables(Sandbox()))
    assert run.status in {1, 6}, run.out
    assert complaints(run.results) == []
    ET.parse(run.folder / "junit.xml")  # noqa: S314 - our own file
    assert not {"\x1b", "\x9b", "\x00"} & set(run.out + run.err)
    assert "INTERNALERROR" not in run.out


def test_a_target_that_answers_nothing_to_the_end_is_inconclusive(tmp_path: Path) -> None:
    """Answers that break off after the first one: no case can be judged, and none is blamed on the target."""
    answers = iter([(answer(200, []),)])
    with answering(lambda _: next(answers, (answer(200, b"{", length=9), Do.CLOSE))) as server:
        run = contract(tmp_path / "r", "-k", FEW, "--base-url", server.url, given=variables(Sandbox()))
    assert (run.status, set(run.verdicts.values())) == (6, {"inconclusive"})
