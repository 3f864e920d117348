"""The oracle is tried on answers that are known before a run sends anything to a target that was named by its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import known_answer, oracle
from contracts.blame import Defect
from contracts.catalogue import Row, row
from contracts.envelope import Document, Reading
from contracts.finding import Finding, Rule, Severity
from contracts.known_answer import CONFORMING, FAULTY, Known, missed
from contracts.run.options import Options
from contracts.run.session import Run
from tests.selftest.answers import answer, answering
from tests.selftest.runs import contract

Findings = tuple[Finding, ...]
EVERY = pytest.mark.parametrize("known", FAULTY, ids=lambda known: str(known.rule))
CREDENTIALS = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret", "SINCH_PROJECT_ID": "project"}
OAUTH = '[auth]\nkind = "oauth2"\n'
BLIND = "from contracts import oracle\noracle._leaks = lambda *_: iter(())\n"
RAISING = 'from contracts import oracle\ndef raising(*_):\n    raise KeyError("a\\nb")\noracle.read = raising\n'
ALL = (*FAULTY, *CONFORMING)
FOUND = Finding(Rule.DETAILS, "no more", "too much", "made up")


def altered(monkeypatch: pytest.MonkeyPatch, change: Callable[[Findings], Findings]) -> None:
    """Let the oracle's findings pass through a change."""
    for name in ("judge", "alike"):
        real: Callable[..., Findings] = getattr(oracle, name)
        monkeypatch.setattr(known_answer, name, lambda *given, real=real: change(real(*given)))


def wrong(*known: Known) -> list[str]:
    """The rows of these answers, in order."""
    return [one.row for one in known]


def noticed() -> list[str]:
    """The rows of the answers that were misjudged."""
    return [text.partition(": ")[0] for text in missed()]


def nothing(*_: object, **__: object) -> Iterator[Any]:
    """What a part of the oracle finds that is broken."""
    return iter(())


def raising(*_: object, **__: object) -> Any:
    """A part of the oracle that does not work at all."""
    raise ModuleNotFoundError("no module\nof that name")


MESSAGE: set[Rule | None] = {rule for rule in Rule if rule.startswith("message-")}
RULES = {known.rule for known in ALL}
PARTS: dict[str, tuple[Callable[..., Any], set[Rule | None]]] = {
    "contracts.oracle.read": (
        lambda _: Reading(Document.NONE, "", ()),
        RULES - {Rule.UNREFUSED, Rule.HTTP_STATUS, Rule.CONTENT_TYPE, None},
    ),
    "contracts.oracle.shape": (nothing, {Rule.ENVELOPE_MISSING_MEMBER, Rule.CODE, Rule.DETAILS}),
    "contracts.shape._validator": (raising, RULES - {Rule.UNREFUSED, Rule.CONTENT_ENCODING, Rule.BODY_NOT_JSON}),
    "contracts.shape._schema_findings": (nothing, {Rule.ENVELOPE_MISSING_MEMBER, Rule.DETAILS}),
    "contracts.oracle._http": (nothing, {Rule.HTTP_STATUS, Rule.CONTENT_TYPE}),
    "contracts.oracle._content_type": (nothing, {Rule.CONTENT_TYPE}),
    "contracts.oracle._status": (nothing, {Rule.STATUS}),
    "contracts.oracle._message": (nothing, MESSAGE),
    "contracts.template.Template.fits": (lambda *_: True, MESSAGE),
    "contracts.template.Template._typography": (lambda *_: None, {Rule.MESSAGE_TYPOGRAPHY}),
    "contracts.oracle.whose": (lambda *_: None, {Rule.MESSAGE_OTHER_ROW}),
    "contracts.oracle.leaks": (nothing, {Rule.LEAK}),
    "contracts.oracle._foreign": (nothing, {Rule.FOREIGN_DATA}),
    "contracts.oracle._essence": (lambda _: "", {Rule.NOT_REPEATABLE}),
}
"""What is broken, how, and the rules that are then misjudged; None stands for the answers that conform."""


# -- the answers --------------------------------------------------------------------------------------------------------------


def test_the_oracle_judges_every_known_answer_rightly() -> None:
    """Each faulty one by its one rule, and the others by none."""
    assert missed() == ()


def test_the_answers_are_a_dozen_and_no_two_alike() -> None:
    """Each breaks another rule of another row, and what conforms belongs to others again."""
    assert len(FAULTY) >= 12
    assert len({known.rule for known in FAULTY}) == len(FAULTY)
    assert len({known.row for known in ALL}) == len(ALL)
    assert {known.rule for known in CONFORMING} == {None}
    assert any(b'"details"' in known.body for known in CONFORMING)


# -- an oracle that is broken -------------------------------------------------------------------------------------------------


@EVERY
def test_an_oracle_that_misses_a_rule_is_noticed(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the one answer that breaks it, and by no other."""
    altered(monkeypatch, lambda findings: tuple(f for f in findings if f.rule != known.rule))
    assert missed() == (f"{known.row}: expected {known.rule}, got nothing",)


@EVERY
def test_an_oracle_that_lets_a_rule_pass_is_noticed(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """An advisory fails no row."""
    mild = Severity.ADVISORY
    altered(monkeypatch, lambda findings: tuple(replace(f, severity=mild) if f.rule == known.rule else f for f in findings))
    assert missed() == (f"{known.row}: expected {known.rule}, got {known.rule} (advisory)",)


@EVERY
def test_an_oracle_that_names_another_rule_is_noticed(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the results would look in the wrong place."""
    altered(monkeypatch, lambda findings: tuple(replace(f, rule=Rule.RACE) if f.rule == known.rule else f for f in findings))
    assert missed() == (f"{known.row}: expected {known.rule}, got race",)


def test_an_oracle_that_finds_fault_with_what_conforms_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where it sees every defect."""
    altered(monkeypatch, lambda findings: findings or (FOUND,))
    assert noticed()[-len(CONFORMING) :] == wrong(*CONFORMING)
    assert missed()[-1] == "403-forbidden: expected nothing, got details, details"


def test_an_oracle_that_finds_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect that is not there, beside one that is."""
    altered(monkeypatch, lambda findings: (*findings, FOUND) if findings else ())
    assert noticed() == wrong(*FAULTY)


def test_an_oracle_that_raises_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the exception and what it says, on one line."""
    monkeypatch.setattr(known_answer, "judge", raising)
    assert noticed() == wrong(*ALL)
    assert missed()[0].endswith(r"expected unrefused, got an exception, ModuleNotFoundError: no module\nof that name")


def test_an_oracle_that_says_nothing_sensible_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is no list of findings."""
    monkeypatch.setattr(known_answer, "judge", lambda *_: None)
    assert noticed() == wrong(*ALL)


@pytest.mark.parametrize(("part", "broken", "rules"), [(part, *facts) for part, facts in PARTS.items()], ids=PARTS)
def test_a_part_that_is_broken_is_noticed(
    part: str, broken: Callable[..., Any], rules: set[Rule | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part of the oracle is needed for one answer at least."""
    monkeypatch.setattr(part, broken)
    assert noticed() == wrong(*(known for known in ALL if known.rule in rules))


def test_a_row_that_was_altered_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers share nothing with the catalogue."""
    monkeypatch.setattr(known_answer, "row", lambda name: _altered(row(name)))
    assert noticed()[-len(CONFORMING) :] == wrong(*CONFORMING)


def _altered(known: Row) -> Row:
    return replace(known, status=known.status + "_")


# -- the run ------------------------------------------------------------------------------------------------------------------


def test_a_line_names_a_few_and_counts_the_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """However much is broken."""
    monkeypatch.setattr(known_answer, "judge", raising)
    run = Run(Options(base_url="http://127.0.0.1:9", report_dir=str(tmp_path)), CREDENTIALS)
    with pytest.raises(Defect, match=r"400-phone-number-exists: expected unrefused.*; and 17 more\)") as caught:
        run.begin()
    run.end()
    assert (str(caught.value).count("expected"), len(str(caught.value).splitlines())) == (3, 1)


@pytest.mark.parametrize(
    ("workers", "profile", "broken", "told"),
    [("0", "", RAISING, r"KeyError: 'a\nb'"), ("0", OAUTH, BLIND, "got nothing"), ("2", OAUTH, BLIND, "got nothing")],
    ids=["raising", "blind", "blind-spread"],
)
def test_a_broken_oracle_ends_a_run_before_it_begins(tmp_path: Path, workers: str, profile: str, broken: str, told: str) -> None:
    """With status 3 and one line; the target has not even been asked for a token, and no folder is left."""
    (tmp_path / "broken_oracle.py").write_text(broken, "utf-8")
    (tmp_path / "known.toml").write_text(profile, "utf-8")
    given = {**CREDENTIALS, "PYTHONPATH": str(tmp_path)}
    with answering(answer(200, [])) as server:
        asked = ["-p", "broken_oracle", "-n", workers, "--base-url", server.url, "--profile", str(tmp_path / "known.toml")]
        run = contract(tmp_path / "r", *asked, given=given)
    assert (run.status, server.connections, server.requests) == (3, 0, []), run.out
    lines = run.err.strip().splitlines()
    assert len(lines) == 1, run.err
    assert "the suite's own oracle is broken" in lines[0]
    assert told in lines[0]
    assert not run.folder.exists()
    assert "Traceback" not in run.out + run.err


def test_a_folder_that_was_there_stays_as_it_was(tmp_path: Path) -> None:
    """Nothing was judged, so nothing is written; what an earlier run wrote is not lost."""
    (tmp_path / "broken_oracle.py").write_text(BLIND, "utf-8")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "results.json").write_text("{}", "utf-8")
    given = {**CREDENTIALS, "PYTHONPATH": str(tmp_path)}
    run = contract(tmp_path / "r", "-p", "broken_oracle", "--base-url", "http://127.0.0.1:9", given=given)
    assert (run.status, run.written, run.results) == (3, ["results.json"], {})


def test_a_sound_oracle_lets_a_run_begin(tmp_path: Path) -> None:
    """The same server is asked, and once more whether that was meant; as ever the run ends by what it answers."""
    with answering(answer(401, {})) as server:
        run = contract(tmp_path / "r", "-k", "phone-number-exists", "--base-url", server.url, given=CREDENTIALS)
    assert (run.status, len(server.requests)) == (6, 2), run.out
