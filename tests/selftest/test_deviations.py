"""Known deviations: their file, what an entry covers, and how it stands after a run."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.blame import Mistake
from contracts.call import Call
from contracts.case import Broken, Case, CaseResult, Kind, Verdict
from contracts.catalogue import row
from contracts.finding import Finding, Rule, Severity
from contracts.gate.deviation import FIELDS, Deviation, load, parsed
from contracts.gate.outcome import Gate
from contracts.gate.standing import Circumstances, State, standings
from contracts.oracle import Stray
from contracts.report import gate_lines, results, terminal
from tests.selftest.results_at_hand import FINDING, built, case, complaints, result, row_of
from tests.selftest.schema_files import complaints as held
from tests.selftest.schema_files import loaded

PASS, FAIL, INCONCLUSIVE, NOT_EXERCISED = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED
DAY = date(2026, 1, 1)  # on which the runs of these tests begin, in UTC
ENTRY = {
    "row": "404-trunk-id",
    "field": "code",
    "environment": "test",
    "reason": "the gateway rewrites it",
    "ticket": "T-1",
    "owner": "team",
    "expires": date(2026, 3, 31),
}
TEXT = """
[[deviation]]
row = "404-trunk-id"
field = "code"
environment = "test"
reason = "the gateway rewrites it"
ticket = "T-1"
owner = "team"
expires = 2026-03-31
"""
STATUS = Finding(Rule.STATUS, "NOT_FOUND", "GONE", "the status is another")
ONE, TWO = case(), case(variant="two")
WALK = Case("stateful/trunks", "", "", Kind.CHECK, print, alone=True)
ORDER = Case("order/getCall/a-before-b", "", "", Kind.CHECK, print)
RACE = Case("404-trunk-id/deleteSipTrunk/at-once", "404-trunk-id", "deleteSipTrunk", Kind.RACE, print)


def entry(**members: Any) -> Deviation:
    """An entry; a member of None is left out."""
    return Deviation(**{name: value for name, value in {**ENTRY, **members}.items() if value is not None})


def gated(*of: CaseResult, entries: tuple[Deviation, ...], **more: Any) -> dict[str, Any]:
    """Results of a run that had these known deviations."""
    return built(*of, gate=Gate(deviations=entries), **more)


def states(*of: CaseResult, entries: tuple[Deviation, ...], **more: Any) -> list[str]:
    """How each entry stands after a run."""
    return [told["state"] for told in gated(*of, entries=entries, **more)["deviations"]]


# -- the file -----------------------------------------------------------------------------------------------------------------


def test_an_entry_is_read_as_it_stands() -> None:
    """Its end is a date."""
    assert parsed(TEXT, "f") == (entry(),)
    assert parsed("", "f") == ()


def test_every_rule_is_about_a_field() -> None:
    """And the schema lets through exactly these."""
    assert FIELDS.keys() == set(Rule)
    assert set(loaded("deviations.schema.json")["$defs"]["deviation"]["properties"]["field"]["enum"]) == set(FIELDS.values())


def test_the_schema_takes_what_is_read() -> None:
    """Once dates are texts, as JSON has them."""
    facts = tomllib.loads(TEXT)
    facts["deviation"][0]["expires"] = "2026-03-31"
    assert held("deviations.schema.json", facts) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('reason = "the gateway rewrites it"\n', "", "entry 1 (row '404-trunk-id', field 'code'): 'reason' is missing"),
        ('ticket = "T-1"\n', "", "'ticket' is missing"),
        ('owner = "team"\n', "", "'owner' is missing"),
        ("expires = 2026-03-31\n", "", "'expires' is missing"),
        ('environment = "test"\n', "", "'environment' is missing"),
        ('"the gateway rewrites it"', '""', "'reason' is empty"),
        ('"T-1"', '" "', "'ticket' is empty"),
        ('"team"', '"\\t"', "'owner' is empty"),
        ("2026-03-31", '""', "'expires' is empty"),
        ('"team"', "3", "'owner': 3 is not of type 'string'"),
        ("2026-03-31", '"2026-03-31"', "'expires' is a text: write a date without quotes"),
        ("2026-03-31", "2026-03-31T00:00:00Z", "'expires': "),
        ("2026-03-31", "20260331", "'expires': "),
        ("2026-03-31", '"2026-02-31"', "'expires' is a text"),
        ('"code"', '"colour"', "'field': 'colour' is not one of"),
        ('row = "404-trunk-id"\nfield = "code"\n', "", "entry 1 names no failure: give one at least of row, case, check, field"),
        ('row = "404-trunk-id"\n', 'case = "a"\ncheck = "b"\n', "write two"),
        ("[[deviation]]", "[[deviations]]", "entries that begin with [[deviation]]"),
        ("[[deviation]]", "[deviation]", "entries that begin with [[deviation]]"),
        ('owner = "team"', 'owner = "team"\nseverity = "low"', "'severity' was unexpected"),
        ("expires", "= expires", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(old: str, new: str, told: str) -> None:
    """With the file, the entry and the member, in one line."""
    assert old in TEXT
    with pytest.raises(Mistake) as caught:
        parsed(TEXT.replace(old, new), "known.toml")
    assert "'known.toml'" in str(caught.value)
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_first_mistake_is_told_first() -> None:
    """Of the first entry that has one; and of blanks, the reason's."""
    blank = TEXT.replace('"the gateway rewrites it"', '""').replace('"T-1"', '""').replace("2026-03-31", '""')
    with pytest.raises(Mistake, match=r"entry 2 .*'reason' is empty"):
        parsed(TEXT + blank + blank, "f")
    with pytest.raises(Mistake, match=r"entry 1 .*'reason' is empty"):
        parsed(blank.replace('owner = "team"\n', ""), "f")


@pytest.mark.parametrize("name", ["missing.toml", ".", "latin.toml"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, name: str) -> None:
    """As one that is not there, a folder, and what is no UTF-8."""
    (tmp_path / "latin.toml").write_bytes(b"# \xff\n")
    with pytest.raises(Mistake, match="cannot be read"):
        load(tmp_path / name)


# -- what an entry covers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "covered"),
    [
        ({}, True),
        ({"field": None}, True),
        ({"row": None}, True),
        ({"row": None, "case": ONE.id}, True),
        ({"row": None, "case": "404-trunk-id/getSipTrunkById"}, True),
        ({"row": None, "case": "404-trunk-id/getSipTrunk"}, False),
        ({"case": TWO.id}, False),
        ({"row": "404-acl-id"}, False),
        ({"row": "404-acl-id", "case": ONE.id}, False),
        ({"field": "status"}, False),
        ({"row": None, "check": "stateful"}, False),
    ],
)
def test_an_entry_covers_what_all_of_it_fits(members: dict[str, Any], covered: bool) -> None:  # noqa: FBT001 - a parameter
    """Each member that it has narrows it; a beginning ends at a slash."""
    document = gated(result(FAIL), entries=(entry(**members),))
    assert ("deviation" in row_of(document)["cases"][0]) is covered
    assert results.exit_status(document) == (0 if covered else 1)
    assert complaints(document) == []


def test_a_case_is_known_when_all_of_its_failing_findings_are() -> None:
    """By one entry or by several; of these, the first to expire stands with it."""
    failed = result(FAIL, findings=(FINDING, STATUS))
    later = entry(field="status", ticket="T-2", expires=date(2026, 2, 1))
    assert "deviation" not in row_of(gated(failed, entries=(entry(),)))["cases"][0]
    known = row_of(gated(failed, entries=(entry(), later)))
    assert known["cases"][0]["deviation"] == later.why
    assert (known["known"], known["verdict"]) == (True, "fail")


def test_a_row_is_known_when_all_of_its_failures_are() -> None:
    """One case that is not known, and the row is not; another that passed does not matter."""
    known = entry(row=None, case=ONE.id)
    assert "known" not in row_of(gated(result(FAIL), result(FAIL, TWO), entries=(known,)))
    assert row_of(gated(result(FAIL), result(PASS, TWO), entries=(known,)))["known"] is True
    assert "known" not in row_of(gated(result(PASS), entries=(known,)))


def test_no_advisory_needs_an_entry_and_none_is_covered() -> None:
    """Only what breaks the specification counts."""
    advisory = Finding(Rule.STATUS, "a", "b", "worth a look", severity=Severity.ADVISORY)
    assert "deviation" in row_of(gated(result(FAIL, findings=(FINDING, advisory)), entries=(entry(),)))["cases"][0]
    assert states(result(PASS, findings=(advisory,)), entries=(entry(field="status"),)) == ["absent"]


def test_a_failure_without_a_failing_finding_is_never_known() -> None:
    """Nothing says what it is that failed."""
    document = gated(result(FAIL, findings=()), entries=(entry(field=None),))
    assert "deviation" not in row_of(document)["cases"][0]
    assert results.exit_status(document) == 1


def test_what_a_check_found_of_a_row_is_covered_with_the_row() -> None:
    """In the check as in the row; what it found besides is not."""
    met = result(FAIL, WALK, findings=(FINDING,), broken=(Broken("404-trunk-id", "deleteSipTrunk", (FINDING,)),))
    document = gated(result(PASS), met, entries=(entry(),))
    check = document["checks"][0]
    assert (check["findings"][0]["row"], check["known"], row_of(document)["known"]) == ("404-trunk-id", True, True)
    assert (document["deviations"][0]["matched"], results.exit_status(document)) == (2, 0)
    assert complaints(document) == []
    more = result(FAIL, WALK, findings=(FINDING, STATUS), broken=met.broken)
    assert results.exit_status(gated(result(PASS), more, entries=(entry(),))) == 1
    assert results.exit_status(gated(result(PASS), more, entries=(entry(), entry(row=None, check="stateful", field="status")))) == 0


def test_a_check_that_is_cut_short_in_telling_is_never_known() -> None:
    """Of the traffic a hundred findings are told; behind them may be one that nobody knows."""

    def strays(count: int) -> tuple[Any, ...]:
        found = tuple(Finding(Rule.LEAK, "none", "one", f"leak {number}") for number in range(count))
        return ((Call("getSipTrunks"), Stray(None, 418, None, None, found)),)

    known = entry(row=None, check="traffic", field="leak")
    for count, status in ((99, 0), (100, 1)):
        document = gated(result(PASS, strays=strays(count)), entries=(known,))
        assert (results.exit_status(document), "deviation" in document["checks"][0]) == (status, status == 0)


def test_one_finding_of_two_rows_is_told_of_both() -> None:
    """In the traffic too, so that an entry for one row does not cover the other."""
    both = tuple((Call("getCall"), Stray(row(name), 404, None, None, (FINDING,))) for name in ("404-trunk-id", "404-acl-id"))
    document = gated(result(PASS, strays=both), entries=(entry(),))
    assert [finding["row"] for finding in document["checks"][0]["findings"]] == ["404-trunk-id", "404-acl-id"]
    assert results.exit_status(document) == 1
    assert results.exit_status(gated(result(PASS, strays=both), entries=(entry(), entry(row="404-acl-id")))) == 0


# -- how an entry stands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("today", "expired"), [(date(2026, 3, 30), False), (date(2026, 3, 31), False), (date(2026, 4, 1), True)])
def test_the_last_day_is_a_day_on_which_it_holds(today: date, expired: bool) -> None:  # noqa: FBT001 - a parameter
    """And the next one is not."""
    during = Circumstances("test", today, plan=(ONE,), suite=(ONE,))
    (standing,) = standings(built(result(FAIL)), (entry(),), during)
    assert standing.state == (State.EXPIRED if expired else State.ACTIVE)


def test_an_expired_entry_covers_nothing_and_fails_by_itself() -> None:
    """Also where nothing fails any more. It is named."""
    over = entry(expires=date(2025, 12, 31))
    failed = gated(result(FAIL), entries=(over,))
    assert (failed["deviations"][0]["state"], failed["deviations"][0]["matched"]) == ("expired", 0)
    assert "deviation" not in row_of(failed)["cases"][0]
    passed = gated(result(PASS), entries=(over,))
    assert results.exit_status(passed) == 1
    assert any(
        "T-1" in reason and "has expired" in reason and "2025-12-31" in reason for reason in passed["run"]["gate"]["reasons"]
    )


def test_an_entry_that_expires_on_the_day_of_the_run_holds() -> None:
    """The day on which a run began, in UTC, is the run's day."""
    assert states(result(FAIL), entries=(entry(expires=DAY),)) == ["active"]


def test_an_entry_for_another_environment_changes_nothing() -> None:
    """Whether it would cover something, has expired, or names what nobody knows."""
    others = (entry(environment="other"), entry(environment="other", expires=date(2025, 1, 1)), entry(environment="o", row="x"))
    for verdict in (PASS, FAIL):
        document, bare = gated(result(verdict), entries=others), built(result(verdict))
        assert document["rows"] == bare["rows"]
        assert results.exit_status(document) == results.exit_status(bare)
        assert {told["state"] for told in document["deviations"]} == {"not_judged"}
    assert states(result(FAIL), entries=(entry(environment="*"),)) == ["active"]


@pytest.mark.parametrize(
    ("of", "plan", "state"),
    [
        ([result(PASS), result(PASS, TWO)], (ONE, TWO), "absent"),
        ([result(PASS), result(NOT_EXERCISED, TWO)], (ONE, TWO), "absent"),
        ([result(PASS)], (ONE, TWO), "not_judged"),
        ([result(PASS), result(INCONCLUSIVE, TWO)], (ONE, TWO), "not_judged"),
        ([result(PASS), result(Verdict.ERROR, TWO)], (ONE, TWO), "not_judged"),
        ([result(PASS), result(FAIL, TWO, findings=(STATUS,))], (ONE, TWO), "not_judged"),
        ([result(NOT_EXERCISED), result(NOT_EXERCISED, TWO)], (ONE, TWO), "not_judged"),
        ([result(FAIL), result(PASS, TWO)], (ONE, TWO), "active"),
        ([], (), "not_judged"),
    ],
)
def test_only_what_was_judged_can_be_said_to_happen_no_longer(of: list[CaseResult], plan: tuple[Case, ...], state: str) -> None:
    """All that it names passed: then it is absent, and fails the run. What a run left out, or could not judge, says nothing."""
    document = gated(*of, entries=(entry(),), plan=plan, suite=(ONE, TWO))
    assert [told["state"] for told in document["deviations"]] == [state]
    named = any("no longer happens: remove the entry" in reason for reason in document["run"]["gate"]["reasons"])
    assert named is (state == "absent")
    if state == "absent":
        assert results.exit_status(document) == 1


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"row": "404-misspelt"}, "unmatched"),
        ({"row": None, "case": "404-trunk-id/getSipTrunkById/three"}, "unmatched"),
        ({"row": None, "case": "404-misspelt/deleteSipTrunk/stateful"}, "unmatched"),
        ({"row": "404-acl-id", "case": ONE.id}, "unmatched"),
        ({"row": None, "check": "statefull"}, "unmatched"),
        ({"row": "404-acl-id"}, "not_judged"),
        ({"row": None, "check": "traffic"}, "not_judged"),
        ({"row": None, "check": "stateful/trunks"}, "not_judged"),
        ({"row": None, "case": "404-trunk-id/deleteSipTrunk/stateful"}, "not_judged"),
        ({"row": None, "case": TWO.id}, "not_judged"),
    ],
)
def test_an_entry_for_what_the_suite_does_not_have_fails(members: dict[str, Any], state: str) -> None:
    """What only a deeper run has is there; what checks find broken of a row is there where the check is."""
    document = gated(result(PASS), result(PASS, WALK), entries=(entry(**members),), suite=(ONE, TWO, WALK))
    assert [told["state"] for told in document["deviations"]] == [state]
    assert results.exit_status(document) == (1 if state == "unmatched" else 0)


@pytest.mark.parametrize("depth", ["quick", "exhaustive"])
@pytest.mark.parametrize(
    ("members", "chancy"),
    [
        ({"row": None, "check": "stateful"}, True),
        ({"row": None, "check": "traffic"}, True),
        ({"field": "race"}, True),
        ({"row": None, "case": RACE.id}, True),
        ({"row": None, "case": "404-trunk-id/deleteSipTrunk/stateful"}, True),
        ({"row": None, "check": "order"}, False),
        ({}, False),
        ({"row": None}, False),
    ],
)
def test_where_chance_decides_only_the_deepest_run_says_that_it_is_gone(
    members: dict[str, Any],
    chancy: bool,  # noqa: FBT001 - a parameter
    depth: str,
) -> None:
    """Else an entry for a race that is seldom lost would have to come and go."""
    all_pass = [result(PASS, one) for one in (ONE, RACE, WALK, ORDER)]
    found = states(*all_pass, entries=(entry(**members),), depth=depth)
    assert found == ["not_judged" if chancy and depth == "quick" else "absent"]


# -- how it is shown ----------------------------------------------------------------------------------------------------------


def test_a_known_deviation_is_shown_and_not_hidden() -> None:
    """With its ticket and its end, where the row stands and where the gate tells its outcome."""
    document = gated(result(FAIL), entries=(entry(),))
    lines = [line for line, _ in terminal.summary(document, "r")]
    assert "fail (known: T-1 until 2026-03-31)  404-trunk-id" in lines
    assert any(line.startswith("fail ") and line.endswith("(known: T-1 until 2026-03-31)") for line in lines)
    assert "gate strict: pass" in lines


def test_what_a_file_says_cannot_redraw_a_terminal() -> None:
    """Control characters are shown escaped."""
    hostile = (entry(ticket="T\x1b[2J"), entry(row="x", ticket="\x9b31m"))
    told = "".join(line for line, _ in gate_lines.lines(gated(result(FAIL), entries=hostile)))
    assert not {"\x1b", "\x9b"} & set(told)


def test_the_results_bear_every_entry() -> None:
    """In the order of the file, with what it names."""
    document = gated(result(FAIL), entries=(entry(), entry(environment="other", field=None)))
    told = {**ENTRY, "expires": "2026-03-31", "state": "active", "matched": 1}
    assert document["deviations"][0] == told
    assert "field" not in document["deviations"][1]
