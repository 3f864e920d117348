"""The mutation run: its mutants, what it counts as a kill, and that an oracle which lost a rule is found out."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self, cast

import pytest

from contracts import oracle
from contracts.case import Case, CaseResult, Depth, Kind, Verdict
from contracts.catalogue import rows
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule
from contracts.mutation import __main__ as command
from contracts.mutation import mutants as catalogue
from contracts.mutation import score
from contracts.mutation.equivalent import EQUIVALENT, equivalence
from contracts.mutation.mutants import mutants
from contracts.mutation.trial import Court, Trial, court, seen
from contracts.oracle import Stray
from contracts.run.embedded import ROOT
from contracts.run.planned import plan
from contracts.world import World

OF_CHECKS = {Rule.STATE_UNEXPLAINED, Rule.ID_REUSED, Rule.ORDER, Rule.SCHEMA, Rule.ACCEPTED_INVALID, Rule.REFUSED_VALID}
FAILING = set(Rule) - OF_CHECKS - {Rule.ENVELOPE_EXTRA_MEMBER, Rule.UNDOCUMENTED}
"""The rules by which a documented case can fail; the others are advisories there, or belong to checks."""
WITNESSES = {rule: next((m for m in mutants().values() if m.rule is rule and not equivalence(m.id)), None) for rule in FAILING}
TRUNK_CODE = "envelope/code-string/404-trunk-id"


@pytest.fixture(scope="module", name="judges")
def _judges() -> Iterator[Court]:
    with court() as judges:
        yield judges


def told(rule: Rule) -> Finding:
    """A failing finding of that rule."""
    return Finding(rule, "expected", "actual", "text")


def result(verdict: Verdict, *findings: Finding, row: str = "404-trunk-id", strays: Any = ()) -> CaseResult:
    """What a case of a row said."""
    case = Case(f"{row}/getSipTrunkById/unissued", row, "getSipTrunkById", Kind.REFUSAL, lambda: None)
    return CaseResult(case, verdict, findings=findings, strays=strays)


# -- the mutants --------------------------------------------------------------------------------------------------------------


def test_there_are_many_and_each_has_an_id_of_its_own() -> None:
    """At least 600, in the same order each time, none hidden by another's id."""
    counted = Counter(m.id for m in catalogue.declared())
    assert len(counted) >= 600
    assert [name for name, count in counted.items() if count > 1] == []
    assert list(counted) == list(mutants())


def test_every_row_is_broken_in_every_family_that_it_has_room_for() -> None:
    """Envelope, status, message and leak for each row; what a row does is broken too."""
    found = {(m.row, score.family(m)) for m in mutants().values()}
    assert {(r.id, name) for r in rows() for name in ("envelope", "status", "message", "leak", "behaviour")} <= found
    assert {family for _, family in found} == set(score.FAMILIES)


def test_every_refusal_of_the_plan_is_let_through_once() -> None:
    """The missing check is a mutant for each operation and variant that raises a row."""
    cases = {case.id for case in catalogue.cases() if case.kind is Kind.REFUSAL}
    assert {m.cases[0] for m in mutants().values() if m.operator == "check/missing"} == cases


def test_every_mutant_has_a_case_that_could_see_it() -> None:
    """None is there for show."""
    ids = [*(case.id for case in catalogue.cases()), *(case.id for case in plan(Depth.STANDARD) if not case.row)]
    beginnings = {m.cases for m in mutants().values()}
    lost = [b for b in beginnings if not any(name == one or name.startswith(one + "/") for name in ids for one in b)]
    assert lost == []


def test_equivalent_mutants_are_few_and_there() -> None:
    """At most one in a hundred, and no reason is left without a mutant."""
    names = [m for m in mutants() if equivalence(m)]
    assert 0 < len(names) <= len(mutants()) / 100
    assert [b for b in EQUIVALENT if not any(f"{name}/".startswith(f"{b}/") for name in names)] == []


def test_the_readme_counts_the_mutants_that_there_are() -> None:
    """Its tables are those of a run in which all that can be seen was seen; a run says whether it was."""
    trials = [Trial(name, killer="" if equivalence(name) else "a case") for name in mutants()]
    text = (ROOT / "README.md").read_text("utf-8")
    assert score.replaced(text, score.markdown(mutants(), trials)) == text


# -- what a kill is -----------------------------------------------------------------------------------------------------------


def test_only_a_failed_case_of_the_row_by_the_right_rule_kills() -> None:
    """Not another rule, not another row, not a crash, and not a case that could not judge."""
    mutant = mutants()[TRUNK_CODE]
    right = told(Rule.ENVELOPE_MEMBER_TYPE)
    assert seen(mutant, result(Verdict.FAIL, told(Rule.CODE), right)) is right
    assert seen(mutant, result(Verdict.FAIL, told(Rule.CODE))) is None
    assert seen(mutant, result(Verdict.FAIL, right, row="404-acl-id")) is None
    for verdict in (Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NOT_EXERCISED):
        assert seen(mutant, result(verdict, right)) is None


def test_a_500_is_judged_against_its_own_row_wherever_it_is_met() -> None:
    """The traffic of any case can kill a mutant of that row."""
    mutant = mutants()["behaviour/unasked-500/500-internal-server-error/404-trunk-id/getSipTrunkById"]
    finding = told(Rule.SERVER_ERROR)
    internal = next(r for r in rows() if r.id == oracle.INTERNAL)
    met = [(None, Stray(internal, 500, "INTERNAL_SERVER_ERROR", "Internal Server Error", (finding,)))]
    assert seen(mutant, result(Verdict.PASS, strays=met)) is finding
    assert seen(mutant, result(Verdict.PASS)) is None


def test_an_error_on_the_way_that_is_nobodys_is_laid_at_its_mutants_door() -> None:
    """Nobody can tell whose a body is that cannot be read; a case that is at fault itself says nothing of it."""
    mutant = mutants()["on-the-way/truncated/404-export-key"]
    finding = told(Rule.BODY_TRUNCATED)
    met = [(None, Stray(None, 404, None, None, (finding,)))]
    assert seen(mutant, result(Verdict.PASS, row="400-timestamp-format", strays=met)) is finding
    assert seen(mutant, result(Verdict.ERROR, row="400-timestamp-format", strays=met)) is None
    assert seen(mutants()["envelope/truncated/404-export-key"], result(Verdict.PASS, strays=met)) is None


def test_an_oracle_that_cries_at_everything_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case proves something only where it passes without the defect."""
    monkeypatch.setattr(oracle, "judge", lambda *_, **__: tuple(map(told, Rule)))
    with court() as judges:  # not the one that knows already which cases pass
        trial = judges.tried(mutants()["envelope/code-zero/404-export-key"])
    assert not trial.killed
    assert "404-export-key/getExport/unissued: fails without the defect as well" in trial.story


@pytest.mark.parametrize("rule", sorted(FAILING))
def test_every_rule_is_alone_in_killing_some_mutant(rule: Rule, judges: Court) -> None:
    """So no rule can break without a survivor."""
    mutant = WITNESSES[rule]
    assert mutant
    trial = judges.tried(mutant)
    assert (trial.killed, trial.rule) == (True, rule)


@pytest.mark.parametrize("rule", sorted(FAILING))
def test_an_oracle_that_lost_a_rule_lets_a_mutant_live(rule: Rule, judges: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial then tells what the cases said, and what was sent and answered."""
    mutant = WITNESSES[rule]
    assert mutant
    deafen(monkeypatch, rule)
    trial = judges.tried(mutant)
    assert not trial.killed
    assert trial.surprising
    assert all(text in trial.story for text in (mutant.cases[0], "sent: curl -i", "answered: HTTP"))


def deafen(monkeypatch: pytest.MonkeyPatch, rule: Rule) -> None:
    """Take a rule away, wherever its findings come from."""

    class Deaf(list[Finding]):
        def __iadd__(self, more: Any) -> Self:  # type: ignore[override,misc]  # a list's own says more of what it takes
            self.extend(finding for finding in more if finding.rule is not rule)
            return self

        def append(self, finding: Finding) -> None:
            if finding.rule is not rule:
                super().append(finding)

    begin, judge_stray = World.__init__, oracle.judge_stray

    def begun(self: World, *arguments: Any, **more: Any) -> None:
        begin(self, *arguments, **more)
        self.findings = Deaf()

    def judged(exchange: Exchange, **more: Any) -> Stray:
        stray = judge_stray(exchange, **more)
        kept = tuple(finding for finding in stray.findings if finding.rule is not rule)
        return Stray(stray.row, stray.http_code, stray.status, stray.message, kept)

    monkeypatch.setattr(World, "__init__", begun)
    monkeypatch.setattr(oracle, "judge_stray", judged)


# -- the command --------------------------------------------------------------------------------------------------------------


def test_all_mutants_are_listed_by_one_command() -> None:
    """One line each: what is broken, and the rule that is to be named."""
    listed = subprocess.run(
        [sys.executable, "-m", "contracts.mutation", "--list"], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.splitlines()
    assert len(listed) == len(mutants())
    assert f"{TRUNK_CODE}: code is a string -> envelope-member-type" in listed


def test_one_row_is_tried_and_scored(capsys: pytest.CaptureFixture[str]) -> None:
    """A mutant is chosen by its id, its row or its operator; the score is of those alone, and the README is not looked at."""
    assert command.main([TRUNK_CODE]) == 0
    printed = capsys.readouterr().out
    assert "mutation score 100 %: 1 of 1 killed" in printed
    assert "README" not in printed


def test_a_sample_is_the_same_for_the_same_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """The seed is printed, and asked for again it gives the same mutants."""
    printed = []
    for _ in range(2):
        assert command.main(["status", "--sample", "5", "--seed", "7"]) == 0
        printed.append(capsys.readouterr().out)
    assert "--seed 7" in printed[0]
    assert printed[0].split("--seed 7")[1] == printed[1].split("--seed 7")[1]


def test_a_survivor_is_shown_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was sent and answered; the score is no longer whole."""
    deafen(monkeypatch, Rule.ENVELOPE_MEMBER_TYPE)
    assert command.main(["envelope/code-string/404-trunk-domain", "envelope/code-other/404-trunk-domain"]) == 1
    printed = capsys.readouterr().out
    assert "SURVIVED: envelope/code-string/404-trunk-domain: code is a string" in printed
    assert "mutation score 50 %: 1 of 2 killed" in printed
    assert '"code": "404"' in printed


def test_a_killed_equivalent_fails_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is said to be beyond seeing must not be seen."""
    monkeypatch.setitem(cast("dict[str, str]", EQUIVALENT), TRUNK_CODE, "nobody looks at codes")
    assert command.main([TRUNK_CODE]) == 1
    assert "NOT EQUIVALENT" in capsys.readouterr().out


def status_of(arguments: str) -> object:
    """The exit status of the command, whoever ends it."""
    try:
        return command.main(arguments.split())
    except SystemExit as e:
        return e.code


@pytest.mark.parametrize("arguments", ["no-such-row", "--sample 0", "--sample many", "--jobs -1", "status --write"])
def test_a_mistake_ends_with_a_clear_line(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and what to do."""
    assert status_of(arguments) == 2
    assert capsys.readouterr().err.strip()
