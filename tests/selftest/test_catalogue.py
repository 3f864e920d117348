"""The catalogue says what the published page says, letter for letter, and no two of its rows can be mistaken for each other."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.catalogue import NOUNS, Row, row, rows, whose
from contracts.catalogue.lint import lint, mistakable
from contracts.operation import operations
from contracts.template import Kind, Slot, parse

FIXTURES = Path(__file__).parent / "fixtures"
PAGE = (FIXTURES / "errors-page.txt").read_text(encoding="utf-8")
PUBLISHED = re.compile(r'^(\d{3})([A-Z][A-Z_]*)(?:"(.*)")?$', re.MULTILINE)
IDS = [line["id"] for line in csv.DictReader((FIXTURES / "errors.csv").read_text("utf-8").splitlines())]


def made(row_id: str, message: str | None, **kinds: Kind) -> Row:
    """A made-up row; its code is the beginning of its id."""
    return Row(row_id, int(row_id[:3]), "BAD_REQUEST", None if message is None else parse(message, kinds), (), ())


def test_the_page_and_the_catalogue_are_the_same() -> None:
    """Codes, statuses and messages in the page's order: nothing missing, nothing extra, letter for letter."""
    published = [(int(code), status, message or None) for code, status, message in PUBLISHED.findall(PAGE)]
    assert [(r.code, r.status, r.message.text if r.message else None) for r in rows()] == published
    assert len(published) == len(IDS)


def test_no_line_of_the_page_was_overlooked() -> None:
    """Every line that begins as a row or bears a quoted message is read as a row."""
    rows_of_the_page = {found[0] for found in PUBLISHED.finditer(PAGE)}
    suspicious = {
        line for line in PAGE.splitlines() if re.match(r"[1-5]\d\d[A-Z]", line) or (line.endswith('"') and line[0].isdigit())
    }
    assert suspicious == rows_of_the_page


def test_ids_are_frozen() -> None:
    """Ids are names that reports and profiles hold: they are those of the specification's table, in its order."""
    assert [r.id for r in rows()] == IDS


@pytest.mark.parametrize("expected", rows(), ids=lambda r: r.id)
def test_a_row_is_raised_by_operations_that_exist(expected: Row) -> None:
    """Every name in `by` is an operation, every piece in `where` finds one, and some operation raises the row."""
    assert set(expected.by) <= operations().keys()
    assert all(any(piece in operation.path for operation in operations().values()) for piece in expected.where)
    assert any(expected.raised_by(operation) for operation in operations().values())


@pytest.mark.parametrize("expected", rows(), ids=lambda r: r.id)
def test_every_placeholder_is_bound(expected: Row) -> None:
    """What the page marks with a dollar sign is a slot, and nothing else is."""
    text = expected.message.text if expected.message else ""
    slots = expected.message.slots if expected.message else ()
    assert [slot.name for slot in slots] == re.findall(r"\$\{?(\w+)", text)
    assert "$" not in "".join(part for part in (expected.message.parts if expected.message else ()) if isinstance(part, str))


def test_the_kinds_of_the_slots() -> None:
    """Only the resources' names, the field's name and the timestamp's format are anything but values."""
    kinds = {(r.id, slot.name): slot.kind for r in rows() if r.message for slot in r.message.slots if slot.kind is not Kind.VALUE}
    assert kinds == {
        ("400-parent-has-children", "parent"): Kind.NOUN,
        ("400-parent-has-children", "child"): Kind.NOUN,
        ("400-child-attached-to-parent", "child"): Kind.NOUN,
        ("400-child-attached-to-parent", "parent"): Kind.NOUN,
        ("400-timestamp-format", "CALL_RECORD_TIME_STAMP_FORMAT"): Kind.FORMAT,
        ("400-country-code-invalid", "fieldName"): Kind.IDENTIFIER,
    }


def test_nouns_are_those_of_the_specification() -> None:
    """Trunk and Endpoint have a short name, the others one name only."""
    assert {name for names in NOUNS.values() for name in names} == NOUNS.keys() | {"Trunk", "Endpoint"}


def test_a_row_is_found_by_its_id() -> None:
    """A wrong id is named in the exception."""
    assert row("404-acl-id").code == 404
    with pytest.raises(KeyError, match="404-nothing"):
        row("404-nothing")


@pytest.mark.parametrize("expected", [r for r in rows() if r.message], ids=lambda r: r.id)
def test_a_text_is_its_own_rows(expected: Row) -> None:
    """With values or with the very notation of the page, the text belongs to one row."""
    assert expected.message
    values = {slot.name: ("SIP Trunk" if slot.kind is Kind.NOUN else "yyyy-MM-dd",) for slot in expected.message.slots}
    assert whose(expected.message.render(values), expected.code) is expected
    assert whose(expected.message.text, expected.code) is expected
    assert whose(expected.message.text + "!", expected.code) in {None, *(r for r in rows() if _ends_open(r))}


def _ends_open(one: Row) -> bool:
    return one.message is not None and isinstance(one.message.parts[-1], Slot)


def test_the_catalogue_is_clean() -> None:
    """No message of one row is ever another's, and nothing else is amiss."""
    assert mistakable(rows()) == []
    assert lint(rows()) == []


VALUE, NOUN, IDENTIFIER, FORMAT = Kind.VALUE, Kind.NOUN, Kind.IDENTIFIER, Kind.FORMAT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (made("400-a", "gone"), made("404-b", "gone")),
        (made("400-a", "no '$id'", id=VALUE), made("400-b", "no 'it'")),
        (made("400-a", "no '$id' here", id=VALUE), made("400-b", "no $what", what=VALUE)),
        (made("400-a", "$a is in b", a=VALUE), made("400-b", "a is in $b", b=VALUE)),
        (made("400-a", "id $id of x", id=VALUE), made("400-b", "id $id of $owner", id=VALUE, owner=VALUE)),
        (made("400-a", "$what is used", what=NOUN), made("400-b", "trunk is used")),
        (made("400-a", "$what is used", what=NOUN), made("400-b", "$name is used", name=VALUE)),
        (made("400-a", "Invalid $f: $v", f=IDENTIFIER, v=VALUE), made("400-b", "Invalid a.b_1: 7")),
        (made("400-a", "use $f", f=FORMAT), made("400-b", "use yyyy-MM")),
        (made("400-a", "$id", id=VALUE), made("400-b", "anything\nat all")),
    ],
    ids=lambda r: r.message.text,
)
def test_rows_that_can_be_mistaken_are_found(one: Row, other: Row) -> None:
    """The witness is a text that both templates take, whichever comes first."""
    for first, second in ((one, other), (other, one)):
        (overlap,) = mistakable([first, second])
        assert (overlap.one, overlap.other) == (first.id, second.id)
        for each in (first, second):
            assert each.message
            assert each.message.capture(overlap.witness) is not None
        assert any(repr(overlap.witness) in line for line in lint([first, second]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (made("400-a", "gone"), made("400-b", "gone.")),
        (made("400-a", "no '$id'", id=VALUE), made("400-b", "no '$id'.", id=VALUE)),
        (made("400-a", "No '$id'", id=VALUE), made("400-b", "no '$id'", id=VALUE)),
        (made("400-a", "$what is used", what=NOUN), made("400-b", "moon is used")),
        (made("400-a", "$a is on $b", a=NOUN, b=NOUN), made("400-b", "$a is on $b or more", a=NOUN, b=NOUN)),
        (made("400-a", "Invalid $f: no", f=IDENTIFIER), made("400-b", "Invalid field name: no")),
        (made("400-a", "use $f", f=FORMAT), made("400-b", "use {year}")),
        (made("403-a", None), made("403-b", "no")),
    ],
    ids=lambda r: r.message.text if r.message else "none",
)
def test_rows_that_cannot_be_mistaken_are_not(one: Row, other: Row) -> None:
    """A letter, a case, a noun, a space in a name: one is enough to tell two rows apart."""
    assert mistakable([one, other]) == []


GOOD = made("400-a", "one")


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ([GOOD, made("400-a", "two")], "400-a stands 2 times"),
        ([replace(GOOD, code=404)], "400-a does not begin with its code 404"),
        ([made("400-a", " one")], "400-a's message begins or ends with white space"),
        ([made("400-a", "one\n")], "400-a's message begins or ends with white space"),
        ([made("404-a", "one"), made("400-b", "two")], "400-b stands after 404-a, and the page goes by code"),
        ([made("403-a", None), made("403-b", None)], "403-a and 403-b are one error"),
    ],
)
def test_a_lint_is_seen_to_fire(bad: list[Row], expected: str) -> None:
    """Each bad catalogue has the one line that says why."""
    assert lint(bad) == [expected]
    assert lint([GOOD]) == []
