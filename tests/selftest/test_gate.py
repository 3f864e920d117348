"""Gates: which failures fail a run, by an earlier run, by known deviations, and never by a change of a verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.blame import Mistake
from contracts.case import Broken, Case, CaseResult, Kind, Verdict
from contracts.finding import Finding, Rule
from contracts.gate import baseline
from contracts.gate.baseline import Baseline
from contracts.gate.deviation import FIELDS, Deviation
from contracts.gate.outcome import Gate, Mode
from contracts.history import History
from contracts.report import results
from contracts.run.gating import Gating
from contracts.run.options import Options, options_of
from tests.selftest.results_at_hand import FINDING, TARGET, built, case, complaints, facts, result

PASS, FAIL, ERROR, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE
STATUS = Finding(Rule.STATUS, "NOT_FOUND", "GONE", "the status is another")
TEXT = Finding(Rule.MESSAGE_TEXT, "a", "b", "the text is another")
FINDINGS = (FINDING, STATUS, TEXT)
ONE, TWO, OTHER = case(), case(variant="two"), case("404-acl-id")
WALK = Case("stateful/trunks", "", "", Kind.CHECK, print, alone=True)
ORDER = Case("order/getCall/a-before-b", "", "", Kind.CHECK, print)
CASES = (ONE, TWO, OTHER, WALK, ORDER)


def against(*of: CaseResult, **members: Any) -> Baseline:
    """The baseline that these results are."""
    return baseline.of_results(built(*of, **members), "the other run")


def no_new(*of: CaseResult, base: Baseline, entries: tuple[Deviation, ...] = ()) -> dict[str, Any]:
    """The results of a run that is compared with another."""
    return built(*of, gate=Gate(Mode.NO_NEW, entries, base))


def failing(*findings: Finding, one: Case = ONE) -> CaseResult:
    """A case that failed with these."""
    return result(FAIL, one, findings=findings)


# -- no-new -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        ([failing(STATUS)], [failing(STATUS)], 0),
        ([failing(STATUS, TEXT)], [failing(STATUS)], 0),
        ([failing(STATUS)], [failing(STATUS, TEXT)], 1),
        ([failing(STATUS)], [failing(TEXT)], 1),
        ([failing(STATUS)], [failing(STATUS, one=TWO)], 1),
        ([result(PASS)], [failing(STATUS)], 1),
        ([result(INCONCLUSIVE)], [failing(STATUS)], 1),
        ([result(ERROR, findings=(STATUS,))], [failing(STATUS)], 1),
        ([result(Verdict.NOT_EXERCISED)], [failing(STATUS)], 1),
        ([], [failing(STATUS)], 1),
        ([failing(STATUS, one=WALK)], [failing(STATUS, one=WALK)], 0),
        ([failing(STATUS, one=WALK)], [failing(TEXT, one=WALK)], 1),
        ([failing(STATUS)], [result(PASS)], 0),
        ([failing(STATUS)], [result(INCONCLUSIVE)], 6),
        ([failing(STATUS)], [result(ERROR)], 3),
        ([failing(STATUS)], [failing(STATUS), result(ERROR, TWO)], 3),
        ([failing(STATUS)], [failing(STATUS), result(INCONCLUSIVE, TWO)], 6),
        ([result(INCONCLUSIVE), result(ERROR, TWO)], [result(INCONCLUSIVE), result(ERROR, TWO)], 3),
        ([failing()], [failing()], 0),
        ([failing(STATUS)], [failing()], 1),
    ],
)
def test_only_what_did_not_fail_so_before_fails(before: list[CaseResult], now: list[CaseResult], status: int) -> None:
    """By case or check and rule. What could not be judged before is no licence, and what cannot be judged now is no pass."""
    document = no_new(*now, base=against(*before))
    assert results.exit_status(document) == status
    assert document["run"]["gate"]["mode"] == "no-new"
    assert complaints(document) == []


def test_a_check_that_finds_another_row_broken_is_new() -> None:
    """Also where the rule is one that it found broken before."""
    first, second = (
        result(FAIL, WALK, findings=(FINDING,), broken=(Broken(row, "getCall", (FINDING,)),))
        for row in ("404-trunk-id", "404-acl-id")
    )
    base = against(first)
    assert results.exit_status(no_new(first, base=base)) == 0
    told = no_new(second, base=base)["run"]["gate"]["reasons"][0]
    assert told.startswith(
        "2 failed, and did not fail so in the baseline: 404-acl-id/getCall/stateful (code), stateful/trunks (code)"
    )


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"depth": "standard"}, "the baseline has depth standard, and this run quick"),
        ({"only_documented": True}, "the baseline has only_documented set, and this run not set"),
        ({"plan": (ONE, TWO)}, "the baseline is not complete: what it left out is new where it fails"),
    ],
)
def test_in_what_a_baseline_is_another_kind_of_run_is_told(members: dict[str, Any], told: str) -> None:
    """It is compared all the same."""
    document = no_new(failing(STATUS), base=against(failing(STATUS), **members))
    assert told in document["run"]["gate"]["reasons"]
    assert results.exit_status(document) == 0


def test_a_baseline_of_another_target_is_told_and_compared() -> None:
    """That is how environments are compared."""
    document = no_new(failing(STATUS), base=replace(against(failing(STATUS)), target="staging"))
    assert "the baseline is of target staging, and this run of test" in document["run"]["gate"]["reasons"]
    assert results.exit_status(document) == 0


def test_a_baseline_is_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    """As a run has left it."""
    path = results.write(built(failing(STATUS)), tmp_path)
    for source in (path, tmp_path):
        assert baseline.load(str(source)).failed == {(ONE.id, "status", "")}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no results can be read"),
        ("{", "no results can be read"),
        ("\xff", "no results can be read"),
        ("[" * 100_000, "no results can be read"),
        ("[]", "schema_version None"),
        ('{"schema_version": "2"}', "schema_version '2'"),
        ('{"schema_version": "1"}', "not of the shape"),
    ],
)
def test_what_is_no_baseline_is_a_mistake(tmp_path: Path, content: str | None, told: str) -> None:
    """In one line, whatever the file says."""
    if content is not None:
        (tmp_path / "results.json").write_text(content, encoding="latin-1")
    with pytest.raises(Mistake, match=told) as caught:
        baseline.load(str(tmp_path))
    assert len(str(caught.value).splitlines()) == 1


def test_results_of_another_shape_are_no_baseline(tmp_path: Path) -> None:
    """Those of an older suite lack what a gate reads."""
    document = built(failing(STATUS))
    del document["run"]["gate"]
    (tmp_path / "results.json").write_text(json.dumps(document))
    with pytest.raises(Mistake, match="make them again"):
        baseline.load(str(tmp_path))


def test_the_history_is_a_baseline(tmp_path: Path) -> None:
    """What the last run of the target says that failed, by case, rule, and a check's finding by its row."""
    history = History(tmp_path / "history.sqlite")
    first = built(failing(STATUS), result(FAIL, WALK, broken=(Broken("404-trunk-id", "getCall", (FINDING,)),)))
    history.add(first)
    again = built(failing(STATUS), id="20260102t000000-test")
    compared = baseline.of_history(history.baseline(again), "test")
    assert compared.failed == baseline.of_results(first, "a file").failed != frozenset()
    assert first["run"]["id"] in compared.name
    assert list(compared.notes(again)) == []


def test_an_empty_history_makes_everything_new(tmp_path: Path) -> None:
    """And says that there was nothing to compare with."""
    nothing = baseline.of_history(History(tmp_path / "history.sqlite").baseline(built(result(PASS))), "test")
    document = built(failing(STATUS), gate=Gate(Mode.NO_NEW, baseline=nothing))
    assert results.exit_status(document) == 1
    assert any("no earlier run to compare with" in reason for reason in document["run"]["gate"]["reasons"])


def test_a_history_that_became_unreadable_makes_everything_new(tmp_path: Path) -> None:
    """It was whole when the run began; no failure is let pass for it."""
    (tmp_path / "history.sqlite").write_bytes(b"no database any more")
    gating = Gating(Gate(Mode.NO_NEW), remembered=tmp_path / "history.sqlite")
    gate = gating.for_run(facts(), TARGET)
    assert gate.baseline is not None
    assert (gate.baseline.failed, "become unreadable" in gate.baseline.name) == (frozenset(), True)


# -- documented-only ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "status"),
    [
        ([result(PASS), failing(STATUS, one=ORDER)], 0),
        ([failing(STATUS), result(PASS, ORDER)], 1),
        ([result(PASS), result(FAIL, WALK, broken=(Broken("404-trunk-id", "getCall", (FINDING,)),))], 1),
        ([result(PASS), result(ERROR, ORDER)], 3),
        ([result(PASS), result(INCONCLUSIVE, ORDER)], 6),
        ([failing(STATUS, one=ORDER), result(INCONCLUSIVE, WALK)], 6),
    ],
)
def test_only_rows_decide_where_only_what_is_documented_counts(of: list[CaseResult], status: int) -> None:
    """What a check found broken of a row counts with the row. What could not be judged is no pass, wherever it stands."""
    document = built(*of, gate=Gate(Mode.DOCUMENTED_ONLY))
    assert results.exit_status(document) == status
    assert complaints(document) == []


def test_checks_that_failed_are_told_where_they_do_not_count() -> None:
    """With their entries that have come to their end."""
    over = Deviation("test", "r", "T-1", "o", date(2025, 1, 1), check="order")
    document = built(failing(STATUS, one=ORDER), gate=Gate(Mode.DOCUMENTED_ONLY, (over,)))
    assert document["run"]["gate"]["verdict"] == "pass"
    told = " / ".join(document["run"]["gate"]["reasons"])
    assert f"1 failed among the checks, which this gate does not count: {ORDER.id}" in told
    assert "known deviation T-1 (check order) has expired" in told
    assert results.exit_status(built(result(PASS, ORDER), gate=Gate(Mode.STRICT, (over,)))) == 1


# -- any gate -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(Mode))
def test_what_went_wrong_outside_of_all_cases_counts_where_nothing_else_does(mode: Mode) -> None:
    """It never hides what the cases say, and is always told."""
    gate = Gate(mode, baseline=against() if mode is Mode.NO_NEW else None).with_trouble(INCONCLUSIVE, "the run was interrupted")
    for verdict, told in ((PASS, "inconclusive"), (FAIL, "fail"), (ERROR, "error")):
        document = built(result(verdict), gate=gate)
        assert document["run"]["gate"]["verdict"] == told
        assert "the run was interrupted" in document["run"]["gate"]["reasons"]


def test_a_gate_names_a_few_of_many() -> None:
    """And how many more there are."""
    many = [failing(STATUS, one=case(variant=str(number))) for number in range(7)]
    (reason,) = built(*many)["run"]["gate"]["reasons"]
    assert reason.startswith("7 failed: 404-trunk-id/getSipTrunkById/0 (status), ")
    assert reason.endswith("/4 (status) and 2 more")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"gate": "loose"}, "--gate loose: give one of strict, no-new, documented-only"),
        ({"gate": "no-new"}, "--gate no-new compares with an earlier run"),
        ({"gate": "no-new", "baseline": ""}, "--gate no-new compares with an earlier run"),
        ({"baseline": "reports/x"}, "--baseline is for --gate no-new alone"),
        ({"deviations": ""}, "--deviations is empty"),
        ({"update_deviations": True}, "--update-deviations proposes a file anew"),
    ],
)
def test_a_gate_that_lacks_something_is_a_mistake(members: dict[str, Any], told: str) -> None:
    """Before anything else is done."""
    with pytest.raises(Mistake, match=told):
        options_of(lambda name: {**{each: getattr(Options(), each) for each in Options.__dataclass_fields__}, **members}[name])


# -- what holds of every gate -------------------------------------------------------------------------------------------------


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[CaseResult, ...]:
    """Some cases and checks with some verdicts; those that failed did so in one way at least."""
    told = []
    for one in draw(st.lists(st.sampled_from(CASES), unique_by=lambda one: one.id)):
        verdict = draw(st.sampled_from(list(Verdict)))
        found = tuple(draw(st.lists(st.sampled_from(FINDINGS), unique=True, min_size=1))) if verdict is FAIL else ()
        broken = (Broken("404-trunk-id", "getCall", found[:1]),) if found and not one.row and draw(st.booleans()) else ()
        told.append(result(verdict, one, findings=found, broken=broken))
    return tuple(told)


@st.composite
def entries(draw: st.DrawFn) -> Deviation:
    """An entry that may cover something, may have expired, and may be for another target."""
    named = draw(
        st.sampled_from(
            [
                {"row": "404-trunk-id"},
                {"row": "404-acl-id"},
                {"case": ONE.id},
                {"case": "404-trunk-id/getCall/stateful"},
                {"check": "stateful"},
                {"check": "order", "row": "404-trunk-id"},
                {},
            ]
        )
    )
    fields = st.sampled_from(["code", "status", "message"])
    field = draw(fields if not named else st.one_of(st.just(""), fields))
    expires = draw(st.sampled_from([date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 1)]))
    return Deviation(draw(st.sampled_from(["test", "*", "other"])), "r", "T", "o", expires, field=field, **named)


gates = st.sampled_from(list(Mode))
lists_of_entries = st.lists(entries(), max_size=3).map(tuple)
LIGHT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def gated(of: Sequence[CaseResult], mode: Mode, known: Sequence[Deviation], before: Sequence[CaseResult] = ()) -> dict[str, Any]:
    """Results by a gate, whose baseline is of these where it needs one."""
    return built(*of, plan=CASES, suite=CASES, gate=Gate(mode, tuple(known), against(*before) if mode is Mode.NO_NEW else None))


def covered(place: str, finding: dict[str, Any], row: str, known: Sequence[Deviation]) -> bool:
    """By the words of the documentation, written down a second time: whether an entry in force means a finding."""

    def means(entry: Deviation) -> bool:
        here = entry.environment in {"*", "test"} and entry.expires >= date(2026, 1, 1)
        of_row = not entry.row or entry.row in {row, finding.get("row")}
        of_case = not entry.case or (bool(row) and (place + "/").startswith(entry.case + "/"))
        of_check = not entry.check or (not row and (place + "/").startswith(entry.check + "/"))
        return here and of_row and of_case and of_check and entry.field in {"", FIELDS[Rule(finding["rule"])]}

    return any(means(entry) for entry in known)


def failures(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """The place, the row and each failing finding of all that failed."""
    found = [(one, row["id"]) for row in document["rows"] for one in row["cases"]] + [(one, "") for one in document["checks"]]
    return [(one["id"], row, finding) for one, row in found if one["verdict"] == "fail" for finding in one["findings"]]


@LIGHT
@given(outcomes(), outcomes(), lists_of_entries, gates)
def test_no_gate_lets_through_what_is_neither_known_nor_old(
    now: tuple[CaseResult, ...], before: tuple[CaseResult, ...], known: tuple[Deviation, ...], mode: Mode
) -> None:
    """Nor what could not be judged; nor does it change a verdict."""
    document, bare = gated(now, mode, known, before), built(*now, plan=CASES)
    old = {(place, finding["rule"], finding.get("row")) for place, _, finding in failures(built(*before))}
    new = [
        (place, finding)
        for place, row, finding in failures(document)
        if (row or mode is not Mode.DOCUMENTED_ONLY)
        and not covered(place, finding, row, known)
        and (mode is not Mode.NO_NEW or (place, finding["rule"], finding.get("row")) not in old)
    ]
    status = results.exit_status(document)
    verdicts = {one.verdict for one in now}
    assert status == 1 or not new
    assert status in {1, 3} or ERROR not in verdicts
    assert status in {1, 3, 6} or INCONCLUSIVE not in verdicts
    ended = any(told["state"] in {"expired", "absent", "unmatched"} for told in document["deviations"])
    assert new or ended or status != 1  # and it fails for nothing else
    assert document["totals"] == bare["totals"]
    stripped = [[one["verdict"] for one in (row, *row["cases"])] for row in document["rows"]]
    assert stripped == [[one["verdict"] for one in (row, *row["cases"])] for row in bare["rows"]]
    assert complaints(document) == []


@LIGHT
@given(outcomes(), lists_of_entries, entries())
@example((failing(STATUS, TEXT),), (), Deviation("*", "r", "T", "o", date(2027, 1, 1), field="status"))
def test_an_entry_makes_known_only_what_it_covers(
    now: tuple[CaseResult, ...], known: tuple[Deviation, ...], one: Deviation
) -> None:
    """Every other failure is as known, or as unknown, as it was without it."""
    without, with_it = gated(now, Mode.STRICT, known), gated(now, Mode.STRICT, (*known, one))
    meant = {place for place, row, finding in failures(without) if covered(place, finding, row, [one])}
    for before, after in zip(_places(without), _places(with_it), strict=True):
        if before["id"] not in meant:
            assert before == after
        if "deviation" in before:
            assert "deviation" in after


@LIGHT
@given(outcomes(), outcomes(), lists_of_entries, gates)
def test_a_gate_is_monotone(
    now: tuple[CaseResult, ...], before: tuple[CaseResult, ...], known: tuple[Deviation, ...], mode: Mode
) -> None:
    """A failure more never makes it pass, nothing makes a strict gate pass where another fails, and an old failure never hurts."""
    status = results.exit_status(gated(now, mode, known, before))
    strict = results.exit_status(gated(now, Mode.STRICT, known))
    assert strict in {1, status}
    more = (*(one for one in now if one.case != TWO), failing(STATUS, TEXT, one=TWO))
    fails = results.exit_status(gated(now, mode, (), before)) == 1
    if fails and TWO not in {one.case for one in now}:
        assert results.exit_status(gated(more, mode, (), before)) == 1
    if mode is Mode.NO_NEW:
        assert results.exit_status(gated(now, mode, (), now)) in {0, 3, 6}
        less = results.exit_status(gated(now, mode, known, ()))
        assert less in {1, status}


@LIGHT
@given(outcomes(), gates, lists_of_entries)
def test_entries_for_other_environments_change_no_outcome(
    now: tuple[CaseResult, ...], mode: Mode, known: tuple[Deviation, ...]
) -> None:
    """However many there are."""
    others = [replace(entry, environment="other") for entry in known]
    document, bare = gated(now, mode, others), gated(now, mode, ())
    assert (document["rows"], document["checks"]) == (bare["rows"], bare["checks"])
    assert results.exit_status(document) == results.exit_status(bare)


def _places(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for row in document["rows"] for one in row["cases"]] + [
        {name: value for name, value in one.items() if name != "known"} for one in document["checks"]
    ]
