"""What changed between two runs, as `python -m contracts.compare` tells it to people and to programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.call import Call
from contracts.case import Case, CaseResult, Kind, Verdict
from contracts.change import changes, steady
from contracts.compare import lines, main
from contracts.finding import Finding, Rule
from contracts.names import Names, new_run_id
from contracts.oracle import Answer, Stray
from contracts.report import results
from contracts.run.embedded import ROOT
from contracts.template import caret
from tests.selftest.results_at_hand import built, case, result
from tests.selftest.schema_files import complaints as held

PASS, FAIL, ERROR, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE
NOT_EXERCISED = Verdict.NOT_EXERCISED
ONE, TWO = case(), case(variant="two")
ORDER = Case("order/getCall/a-before-b", "", "", Kind.CHECK, print)
STATUS = Finding(Rule.STATUS, "NOT_FOUND", "GONE", "the status is another")
SAID = "Could not find trunk ID '$sipTrunkId'"


def told(a: list[CaseResult], b: list[CaseResult], **members: Any) -> dict[str, Any]:
    """What changed from one run to another, which has these members of `run`; it keeps to its schema."""
    found = changes(built(*a), built(*b, **members))
    assert held("changes.schema.json", found) == []
    return found


def said(message: str | None, one: Case = ONE, *, code: int = 404, status: str | None = "NOT_FOUND") -> CaseResult:
    """A case that passed and got this answer."""
    return result(PASS, one, answers=(Answer(code, status, message),))


def stray(message: str, *, code: int = 418, operation: str = "getSipTrunks") -> tuple[Call, Stray]:
    """An error that no row documents."""
    finding = Finding(Rule.UNDOCUMENTED, "a documented error", "HTTP 418", "no row documents this answer")
    return Call(operation), Stray(None, code, "TEAPOT", message, (finding,))


def text(found: dict[str, Any]) -> str:
    """All lines of it."""
    return "\n".join(line for line, _ in lines(found))


# -- verdicts -----------------------------------------------------------------------------------------------------------------

BEST_TO_WORST = [PASS, NOT_EXERCISED, INCONCLUSIVE, FAIL, ERROR]


@pytest.mark.parametrize("now", BEST_TO_WORST)
@pytest.mark.parametrize("was", BEST_TO_WORST)
def test_a_verdict_that_changed_is_told_and_may_be_worse(was: Verdict, now: Verdict) -> None:
    """Of the case and of its row. Worse is what stands further from a pass; equal verdicts are no change."""
    found = told([result(was)], [result(now)])
    own = [one for one in found["verdicts"] if one["kind"] != "check"]
    assert [(one["kind"], one["id"], one["a"], one["b"]) for one in own] == (
        [] if was == now else [("row", ONE.row, was, now), ("case", ONE.id, was, now)]
    )
    assert found["worse"] is (BEST_TO_WORST.index(now) > BEST_TO_WORST.index(was))
    assert found["changed"] is (was != now)


@pytest.mark.parametrize(("verdict", "gone", "come"), [(PASS, True, False), (NOT_EXERCISED, False, False), (FAIL, False, True)])
def test_what_only_one_run_has_counts_as_not_exercised_in_the_other(verdict: Verdict, gone: bool, come: bool) -> None:  # noqa: FBT001 - parameters
    """So a pass that is lost is worse, and a failure that is new."""
    both = result(PASS, TWO)
    without, with_it = [both], [both, result(verdict)]
    assert told(with_it, without)["worse"] is gone
    assert told(without, with_it)["worse"] is come
    assert [one["b"] for one in told(with_it, without)["verdicts"] if one["kind"] == "case"] == [None]


def test_a_failure_that_breaks_other_rules_changed() -> None:
    """More of them is worse, fewer is not."""
    few, many = result(FAIL), result(FAIL, findings=(*result(FAIL).findings, STATUS))
    (one,) = told([few], [many])["verdicts"]
    assert (one["a"], one["b"], one["rules_gone"], one["rules_new"], one["worse"]) == ("fail", "fail", [], ["status"], True)
    assert f"    still fail  {ONE.id}\n        now: status" in text(told([few], [many]))
    assert f"    pass -> fail  {ONE.id} (code)" in text(told([result(PASS)], [few]))
    (one,) = told([many], [few])["verdicts"]
    assert (one["rules_gone"], one["rules_new"], one["worse"]) == (["status"], [], False)


def test_checks_are_compared_like_cases() -> None:
    """Under their own ids."""
    found = told([result(PASS, ORDER)], [result(FAIL, ORDER)])
    assert [(one["kind"], one["id"], one["worse"]) for one in found["verdicts"]] == [("check", ORDER.id, True)]
    assert f"pass -> fail  check: {ORDER.id}" in text(found)


def test_many_cases_of_a_row_are_not_all_told() -> None:
    """To people; programs are told them all."""
    many = [case(variant=str(number)) for number in range(30)]
    found = told([result(PASS, one) for one in many], [result(FAIL, one) for one in many])
    assert len(found["verdicts"]) == 31
    assert text(found).count("pass -> fail") == 21
    assert text(found).count("--json tells them all") == 1


# -- words --------------------------------------------------------------------------------------------------------------------


def test_a_changed_message_is_shown_with_its_first_difference_marked() -> None:
    """Once for a row and operation, however many cases got it."""
    found = told([said(SAID), said(SAID, TWO)], [said(SAID + "."), said(SAID + ".", TWO)])
    (one,) = found["answers"]
    assert (one["row"], one["operation"]) == (ONE.row, ONE.operation)
    assert (one["gone"][0]["message"], one["new"][0]["message"]) == (SAID, SAID + ".")
    assert (found["changed"], found["worse"]) == (True, False)
    shown = [line for line, _ in lines(found)]
    at = shown.index(f"    A: {SAID}")
    assert shown[at + 1] == f"    B: {SAID}."
    assert shown[at + 2] == " " * len(f"    A: {SAID}") + "^"


def test_a_changed_status_is_shown_too() -> None:
    """With the HTTP status, in a line."""
    found = told([said(SAID)], [said(SAID, code=410, status=None)])
    assert "404 NOT_FOUND -> 410 without a status" in text(found)
    assert "    A:" not in text(found)


def test_several_answers_are_told_one_by_one() -> None:
    """Where nothing says which became which."""
    found = told(
        [said("a"), said("b", TWO)],
        [
            said("a"),
            said(None, TWO),
        ],
    )
    assert "only" not in text(found)
    several = told([said("a"), said("b", TWO)], [said("c"), said(None, TWO)])
    assert "only A: 404 NOT_FOUND: a" in text(several)
    assert "only B: 404 NOT_FOUND: no message" in text(several)


def test_only_cases_with_answers_in_both_runs_say_that_words_changed() -> None:
    """One that could not be judged has said nothing else."""
    assert told([said("a"), said("b", TWO)], [said("a"), result(INCONCLUSIVE, TWO)])["answers"] == []


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_passes_with_a_run_is_no_change(random: Any) -> None:
    """Ids, names, numbers and addresses that a run made up, and times, wherever in a text they stand."""
    one, two = Names(new_run_id(), "gw0"), Names(new_run_id(), "gw1")
    hour = random.randint(10, 23)
    pairs = [
        (one.word(), two.word()),
        (one.ulid(), two.ulid()),
        (one.uuid(), two.uuid()),
        (one.phone_number(), two.phone_number()),
        (one.address(), two.address()),
        (f"2026-01-01T{hour}:00:00.123Z", "2027-12-31T23:59:59+01:00"),
        ("http://127.0.0.1:40123/v1", "http://127.0.0.1:9/v1"),
        ("014XV3G32BQXXSF6KCEWY0JH2501HA9B2C", "012B5PQY2AM39QZF5GDKJCB52E01HA9BZZ0"),
        ("0142Q0YAM56M0H1645GHQWP63W\u00ef", "018YFR4T1W3DCQ8B0AZ6GASF8D\u00ef"),
        ("deadbeef0123deadbeef", "0123456789abcdef0123456789abcdef"),
    ]
    random.shuffle(pairs)
    texts = [" and ".join(f"'{pair[side]}'" for pair in pairs) for side in (0, 1)]
    assert steady(texts[0]) == steady(texts[1])
    assert told([said(texts[0])], [said(texts[1])])["changed"] is False
    undocumented = [[result(PASS, strays=(stray(each),))] for each in texts]
    assert told(undocumented[0], undocumented[1])["undocumented"] == []


@pytest.mark.parametrize(
    "message", [SAID, "The maximum is 100 per page", "HTTP 404 of 38 rows", "a facade: deadbeefcafe, effaced", "10.0.0.1/24"]
)
def test_words_are_not_taken_for_what_passes(message: str) -> None:
    """Nor are small numbers."""
    assert steady(message) == message


def test_a_caret_bears_the_names_that_it_is_given() -> None:
    """And by default those of the oracle."""
    assert caret("ab", "ac") == "  expected: ab\n  actual:   ac\n             ^"
    assert caret("ab", "ac", names=("A", "B")) == "  A: ab\n  B: ac\n      ^"


# -- errors that no row documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "change", "worse"),
    [
        ([], [stray("x")], "new", True),
        ([stray("x")], [], "gone", False),
        ([stray("x")], [stray("y")], "different", False),
        ([stray("x", code=500)], [stray("x", code=500), stray("x", operation="getCall")], "new", True),
    ],
)
def test_undocumented_errors_are_new_or_gone_or_different(a: list[Any], b: list[Any], change: str, worse: bool) -> None:  # noqa: FBT001 - a parameter
    """By operation and HTTP status."""
    found = told([result(PASS, strays=tuple(a))], [result(PASS, strays=tuple(b))])
    assert [(one["change"], one["worse"]) for one in found["undocumented"]] == [(change, worse)]
    assert (found["changed"], f"{change}: get" in text(found)) == (True, True)


def test_how_often_an_undocumented_error_came_is_no_change() -> None:
    """Runs differ in that."""
    assert told([result(PASS, strays=(stray("x"),))], [result(PASS, strays=(stray("x"), stray("x")))])["changed"] is False


# -- times --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b", "shown"), [(0.5, 1.5, True), (1.5, 0.5, True), (0.01, 0.2, False), (3.0, 5.0, False)])
def test_a_time_that_changed_much_is_told_and_changes_nothing(a: float, b: float, shown: bool) -> None:  # noqa: FBT001 - a parameter
    """Twice as long, and half a second."""
    found = told([result(PASS, seconds=a)], [result(PASS, seconds=b)])
    assert [(one["kind"], one["id"], one["ratio"]) for one in found["times"]] == (
        [("row", ONE.row, round(b / a, 2))] if shown else []
    )
    assert (found["changed"], found["worse"]) == (False, False)


def test_only_what_both_runs_had_is_timed() -> None:
    """A row with more cases takes longer; so does a run that goes deeper."""
    assert told([result(PASS)], [result(PASS), result(PASS, TWO, seconds=9.0)])["times"] == []
    a, b = built(result(PASS)), built(result(PASS))
    b["run"]["duration_seconds"] = 15.0
    assert [(one["kind"], one["ratio"]) for one in changes(a, b)["times"]] == [("run", 10.0)]
    assert "the run" in text(changes(a, b))
    b["run"]["depth"] = "standard"
    assert changes(a, b)["times"] == []


# -- the command --------------------------------------------------------------------------------------------------------------


def test_what_makes_runs_unlike_is_told_on_top() -> None:
    """And by itself is no change."""
    found = told([result(PASS)], [result(PASS)], depth="standard", seed=2)
    assert [(one["what"], one["a"], one["b"]) for one in found["unlike"]] == [("depth", "quick", "standard"), ("seed", 1, 2)]
    assert text(found).splitlines()[2:4] == ["unlike in depth: quick -> standard", "unlike in seed: 1 -> 2"]
    assert found["changed"] is False
    a, b = built(result(PASS)), built(result(PASS))
    b["target"] = {"id": "staging", "base_url": "https://staging.invalid", "profile": "staging"}
    assert [one["what"] for one in changes(a, b)["unlike"]] == ["target", "address", "profile"]


@pytest.mark.parametrize(
    ("a", "b", "status", "worse"),
    [
        ([result(PASS)], [result(PASS)], 0, 0),
        ([result(FAIL)], [result(PASS)], 1, 0),
        ([result(PASS)], [result(FAIL)], 1, 1),
        ([said("a")], [said("b")], 1, 0),
        ([result(PASS)], [result(PASS, seconds=9.0)], 0, 0),
    ],
)
def test_the_exit_status_is_for_pipelines(
    tmp_path: Path, a: list[CaseResult], b: list[CaseResult], status: int, worse: int
) -> None:
    """By files or by folders; the same of what is told as JSON."""
    for name, of in (("a", a), ("b", b)):
        (tmp_path / name).mkdir()
        results.write(built(*of), tmp_path / name)
    both = [str(tmp_path / "a"), str(tmp_path / "b" / "results.json")]
    assert [main(both), main([*both, "--json"]), main([*both, "--worse"])] == [status, status, worse]


def test_programs_are_told_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which keeps to its schema."""
    results.write(built(result(PASS)), tmp_path)
    assert main([str(tmp_path), str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert held("changes.schema.json", found) == []
    assert found["changed"] is False


def test_the_command_tells_what_it_cannot_read(tmp_path: Path) -> None:
    """Exit status 4, in one line; nothing of it is coloured where no terminal is."""
    results.write(built(result(PASS)), tmp_path)
    line = [sys.executable, "-m", "contracts.compare", str(tmp_path)]
    done = [
        subprocess.run([*line, *more], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own command
        for more in ([str(tmp_path / "none")], [], [str(tmp_path)])
    ]
    assert [each.returncode for each in done] == [4, 4, 0]
    assert [len(each.stderr.splitlines()) for each in done] == [1, 1, 0]
    assert done[2].stdout.splitlines()[-1] == "nothing changed"
    assert "\x1b" not in done[2].stdout


def test_what_a_target_said_cannot_redraw_a_terminal() -> None:
    """Nor can it be taken for mark-up; and lines stay within eighty columns, but for an id."""
    hostile = "\x1b[2J\x9b31m[red]" + "long " * 60
    more = (stray(hostile), stray(f"{hostile} more"))
    found = told([said("a"), result(PASS, TWO, strays=(stray("x"),))], [said(hostile), result(FAIL, TWO, strays=more)])
    assert "only B: " in text(found)
    shown = [line for line, _ in lines(found)]
    assert not {"\x1b", "\x9b"} & set("".join(shown))
    assert max(map(len, shown)) <= 80
    assert "[red]" in "".join(shown)
