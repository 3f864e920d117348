"""What --update-deviations proposes: the file as it was, what is over marked in it, and blanks that only a person can fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.blame import Mistake
from contracts.case import Broken, Case, CaseResult, Kind, Verdict
from contracts.finding import Finding, Rule
from contracts.gate.deviation import Deviation, parsed
from contracts.gate.outcome import Gate
from contracts.gate.proposal import Proposal, proposal, proposed
from contracts.report import results
from tests.selftest.results_at_hand import FINDING, built, case, result

PASS, FAIL = Verdict.PASS, Verdict.FAIL
ONE, TWO, OTHER = case(), case(variant="two"), case("404-acl-id")
CONTROL = replace(case(variant="accepted"), kind=Kind.CONTROL)
WALK = Case("stateful/trunks", "", "", Kind.CHECK, print, alone=True)
STATUS = Finding(Rule.STATUS, "NOT_FOUND", "GONE", "the status is another")
TEXT = Finding(Rule.MESSAGE_TEXT, "a", "b", "the text is another")
FILE = """# what staging does otherwise

# the gateway's
[[deviation]] # of old
row = "404-trunk-id" # all of it
field = "code"
environment = "test"
reason = "r"
ticket = "T-1"
owner = "o"
expires = 2027-01-01

[[deviation]]
row = "404-misspelt"
environment = "test"
reason = "r"
ticket = "T-2"
owner = "o"
expires = 2027-01-01
# the end
"""


def made(*of: CaseResult, text: str = "", plan: tuple[Case, ...] | None = None) -> Proposal:
    """What is proposed after these, of a file that says this."""
    gate = Gate(deviations=parsed(text, "f"))
    return proposal(text, built(*of, gate=gate, plan=plan, suite=(ONE, TWO, OTHER, WALK)), gate)


def named(*of: CaseResult, plan: tuple[Case, ...] | None = None) -> list[dict[str, str]]:
    """What the proposed entries name."""
    return [entry.named for entry in proposed(built(*of, plan=plan), ())]


def test_the_file_is_kept_as_it_was_but_for_marks_and_what_is_new() -> None:
    """Its comments, its order and its blank lines; entries that have come to their end bear a comment that says so."""
    told = made(result(PASS), result(FAIL, OTHER, findings=(STATUS,)), text=FILE)
    absent, unmatched = "no longer happens: remove it", "the suite has no such thing: mend or remove it"
    kept = FILE.replace("# of old", f"# of old; {absent}").replace(
        '[[deviation]]\nrow = "404-misspelt"', f'[[deviation]] # {unmatched}\nrow = "404-misspelt"'
    )
    assert told.text.startswith(kept)
    assert (told.added, told.marked) == (1, 2)
    assert told.text.removeprefix(kept).splitlines()[0] == ""
    assert (
        'row = "404-acl-id"\nfield = "status"\nenvironment = "test"\nreason = ""\nticket = ""\nowner = ""\nexpires = ""\n'
        in told.text
    )


def test_a_file_of_which_all_holds_is_proposed_as_it_is() -> None:
    """To the letter; and so is none, where nothing failed."""
    text = FILE[: FILE.rindex("[[deviation]]")]
    assert made(result(FAIL), text=text) == Proposal(text, 0, 0)
    assert made(result(PASS)) == Proposal("", 0, 0)


def test_a_mark_is_put_once() -> None:
    """However often the proposal is proposed anew."""
    once = made(result(PASS), text=FILE).text
    assert made(result(PASS), text=once).text == once


def test_an_expired_entry_is_marked_and_what_it_covered_is_proposed() -> None:
    """For it covers nothing any more, and its reason is not taken for the new one's."""
    told = made(result(FAIL), text=FILE.replace("2027-01-01\n\n", "2025-01-01\n\n"))
    assert "# of old; expired: renew it with a reason, or remove it" in told.text
    assert told.text.count('row = "404-trunk-id"') == 2
    assert told.text.count('reason = ""') == 1


def test_entries_that_stand_in_a_list_are_kept_there() -> None:
    """TOML has two ways to write them; marks of one stand at the end."""
    inline = '{row = "404-misspelt", environment = "*", reason = "r", ticket = "T", owner = "o", expires = 2027-01-01}'
    told = made(result(FAIL), text=f"deviation = [{inline}]\n")
    assert told.text.startswith(f"deviation = [{inline}, {{")
    assert "# entry 1: the suite has no such thing" in told.text
    with pytest.raises(Mistake, match=r"entry 2 .*'reason' is empty"):
        parsed(told.text, "f")


def test_a_proposal_is_refused_until_a_person_has_filled_it_in() -> None:
    """And says what is missing; once that is there, nothing fails."""
    failed = result(FAIL, findings=(FINDING, STATUS))
    text = made(failed).text
    with pytest.raises(Mistake, match=r"entry 1 \(row '404-trunk-id', field 'code'\): 'reason' is empty"):
        parsed(text, "f")
    filled = text.replace('expires = ""', "expires = 2027-01-01").replace('""', '"said"')
    assert results.exit_status(built(failed, gate=Gate(deviations=parsed(filled, "f")))) == 0


@pytest.mark.parametrize(
    ("of", "names"),
    [
        ([result(FAIL), result(FAIL, TWO)], [{"row": ONE.row, "field": "code"}]),
        (
            [result(FAIL), result(FAIL, TWO, findings=(STATUS,))],
            [{"case": ONE.id, "field": "code"}, {"case": TWO.id, "field": "status"}],
        ),
        ([result(FAIL), result(PASS, TWO)], [{"case": ONE.id, "field": "code"}]),
        ([result(FAIL), result(PASS, CONTROL)], [{"row": ONE.row, "field": "code"}]),
        (
            [result(FAIL), result(FAIL, CONTROL, findings=(STATUS,))],
            [{"row": ONE.row, "field": "code"}, {"case": CONTROL.id, "field": "status"}],
        ),
        ([result(PASS), result(FAIL, CONTROL)], [{"case": CONTROL.id, "field": "code"}]),
        ([result(FAIL), result(Verdict.NOT_EXERCISED, TWO)], [{"row": ONE.row, "field": "code"}]),
        ([result(FAIL), result(Verdict.INCONCLUSIVE, TWO)], [{"case": ONE.id, "field": "code"}]),
        (
            [result(FAIL, findings=(TEXT, STATUS)), result(FAIL, TWO, findings=(STATUS, TEXT, TEXT))],
            [{"row": ONE.row, "field": "message"}, {"row": ONE.row, "field": "status"}],
        ),
        ([result(FAIL, WALK)], [{"check": WALK.id, "field": "code"}]),
        (
            [result(FAIL, WALK, broken=(Broken(ONE.row, "getCall", (FINDING,)),))],
            [{"case": f"{ONE.row}/getCall/stateful", "field": "code"}, {"row": ONE.row, "check": WALK.id, "field": "code"}],
        ),
        ([result(FAIL), result(FAIL, WALK, broken=(Broken(ONE.row, "getCall", (FINDING,)),))], [{"row": ONE.row, "field": "code"}]),
    ],
)
def test_one_entry_is_proposed_for_what_fails_alike(of: list[CaseResult], names: list[dict[str, str]]) -> None:
    """A row's where all of its refusals fail with the same fields, else a case's; and a check's."""
    assert named(*of) == names


def test_of_a_partial_run_no_whole_row_is_proposed() -> None:
    """Nobody has seen its other cases fail."""
    assert named(result(FAIL), plan=(ONE, TWO)) == [{"case": ONE.id, "field": "code"}]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from([FINDING, STATUS, TEXT]), unique=True), min_size=4, max_size=4))
def test_what_is_proposed_covers_all_that_failed_and_fills_no_blank(found: list[list[Finding]]) -> None:
    """Filled in by a person, every entry is in use, and the run passes."""
    of = [_failed(one, some) for one, some in zip((ONE, TWO, OTHER, WALK), found, strict=True)]
    entries = proposed(built(*of), ())
    assert {(entry.reason, entry.ticket, entry.owner) for entry in entries} <= {("", "", "")}
    said = tuple(replace(entry, reason="r", ticket="T", owner="o", expires=date(2027, 1, 1)) for entry in entries)
    document = built(*of, gate=Gate(deviations=said))
    assert results.exit_status(document) == 0
    assert {told["state"] for told in document["deviations"]} <= {"active"}


def _failed(one: Case, found: Sequence[Finding]) -> CaseResult:
    if not found:
        return result(PASS, one)
    broken = () if one.row else (Broken(OTHER.row, "getCall", tuple(found[:1])),)
    return result(FAIL, one, findings=tuple(found), broken=broken)


def test_an_active_entry_is_not_proposed_again() -> None:
    """Only what it does not cover."""
    known = Deviation("test", "r", "T", "o", date(2027, 1, 1), row=ONE.row, field="code")
    document = built(result(FAIL, findings=(FINDING, STATUS)), gate=Gate(deviations=(known,)))
    assert [entry.named for entry in proposed(document, (known,))] == [{"row": ONE.row, "field": "status"}]
