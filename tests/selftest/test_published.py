"""The published page is read alike in its three forms, and what cannot be read says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.blame import Mistake
from contracts.drift.page import LARGEST, MOST, Published, read
from contracts.drift.table import Form, form_of, plain
from tests.selftest.published import CATALOGUE, FORMS, GIVEN

HEADS = "HTTP Code\tStatus\tMessage\n"
TABLE = "| HTTP Code | Status | Message |\n|---|---|---|\n"
OPEN = "<table><tr><th>HTTP Code<th>Status<th>Message"
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters='\0"“”„«»')
MESSAGES = st.text(LETTERS, min_size=1, max_size=40).map(plain).filter(lambda text: text not in {"", "-", "–", "—"})  # noqa: RUF001 - a dash that stands for nothing
ROWS = st.lists(
    st.builds(Published, st.integers(400, 599), st.sampled_from(["BAD_REQUEST", "A", "X_1"]), st.none() | MESSAGES), min_size=1
)


def outcome(content: bytes) -> tuple[tuple[Published, ...], str]:
    """The rows of a page without their places, or the line that says why it cannot be read."""
    try:
        return tuple(replace(row, place="") for row in read(content).rows), ""
    except Mistake as e:
        return (), str(e)


def found(page: str) -> list[tuple[int, str, str | None]]:
    """What is read of a page, without the places."""
    return [(row.code, row.status, row.message) for row in read(page.encode()).rows]


@pytest.mark.parametrize("form", GIVEN)
def test_the_given_page_is_read_in_each_form(form: str) -> None:
    """Every row in the catalogue's words, in the catalogue's order, and none from prose, code samples or tables of fields."""
    page = read(GIVEN[form].read_bytes())
    assert page.form == form
    assert tuple(replace(row, place="") for row in page.rows) == CATALOGUE


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_what_is_written_is_read(form: str, rows: list[Published]) -> None:
    """Whatever a message holds, each form gives it back."""
    assert found(FORMS[form](rows)) == [(row.code, row.status, row.message) for row in rows]


@pytest.mark.parametrize("form", GIVEN)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_page_that_was_cut_off_makes_no_row_up(form: str, data: st.DataObject) -> None:
    """Wherever it was cut: either that is said, or the rows that are left are whole."""
    content = GIVEN[form].read_bytes()
    rows, told = outcome(content[: data.draw(st.integers(0, len(content) - 1))])
    assert rows or told
    assert rows == CATALOGUE[: len(rows)]


PIECES = [
    "|",
    "-",
    "<",
    ">",
    "/",
    "\n",
    "\t",
    '"',
    "“",
    "”",
    "table",
    "tr",
    "td",
    "th rowspan=9 colspan=0",
    "400",
    "NOT_FOUND",
    "```",
]
PAGES = st.lists(st.sampled_from([*PIECES, HEADS, TABLE, OPEN, "</table>"])).map("".join)


@settings(max_examples=300, deadline=None)
@given(content=st.binary() | st.text().map(str.encode) | PAGES.map(str.encode))
@example(("<div>" * 3_000 + OPEN + "<tr><td>400<td>A<td>" + "<b>" * 3_000 + "x</table>").encode())
def test_nothing_breaks_the_reader(content: bytes) -> None:
    """Any bytes are a page, or a mistake in one line that can be printed."""
    rows, told = outcome(content)
    assert bool(rows) != bool(told)
    assert told.isprintable()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("400 A", Form.TEXT),
        ("# Errors\n\n" + TABLE, Form.MARKDOWN),
        ("a | b\n:-- | --:\n", Form.MARKDOWN),
        ("<a id='x'></a>\n\n" + TABLE, Form.MARKDOWN),
        ("# Errors\n\n<table></table>", Form.MARKDOWN),
        ("<h1>Errors</h1><table></table>", Form.HTML),
        ("\n<!DOCTYPE html><pre>| a |\n|---|\n</pre>", Form.HTML),
        ("-----\n", Form.TEXT),
        (HEADS + "400 A no <table>\n", Form.TEXT),
        ("< Back\n" + HEADS, Form.TEXT),
    ],
)
def test_the_form_is_told_by_what_stands_in_the_page(text: str, form: Form) -> None:
    """No file name is asked."""
    assert form_of(text) is form


@pytest.mark.parametrize(
    "page",
    [
        HEADS + '400\tBAD\t"No $x"\n',
        HEADS + "400\tBAD\tNo $x\n",
        'HTTP CodeStatusMessage\n400BAD"No $x"',
        "HTTP CodeStatusMessage\r\n400BAD“No $x”\r\n",
        'HTTP Code\nStatus\nMessage\n400\nBAD\n"No $x"\n',
        'Errors of 400 BAD things\n\nHTTP CodeStatusMessage\n\n400BAD"No $x"\n\n401 - No more\n\n402 BAD\n',
        'HTTP CodeStatusMessage\n400BAD"No $x"\n\n403 FORBIDDEN\n\nYou may not.',
        TABLE + "| 400 | BAD | No $x |",
        TABLE + "| 400 | **BAD** | [No](x) `$x` |",
        "| message | code | Status name | notes |\n|-|-|-|-|\n| No&nbsp;$x | 400 | BAD | new |",
        TABLE + "| 400 | BAD | No $x\u200b |\n\n| Code | Meaning |\n|-|-|\n| 200 | fine |",
        "Errors\n\n" + OPEN + "<tr><td>400<td>BAD<td>No $x</table>",
        OPEN + "<tr><td>400<td>BAD<a aria-hidden=true>#</a><td>No <button>Copy</button>$x<b style='display: none'>!</b></table>",
        OPEN + "<tr><td>400<td>BA<wbr>D<td><i>No</i>\n <u>$x</u><span hidden>!</span></table>",
        OPEN + "<tr><th colspan=3>Bad requests<tr><td>400<td>BAD<td>No $x<tr><td><td><td></table>",
        OPEN + "<tr><th>HTTP Code<th>Status<th>Message<tr><td>400<td>BAD<td>No<br>$x</table>",
        OPEN + "<tr><td>400<td>BAD<td>No $x<table><tr><td>200<td>fine</table></table>",
        "<table><tr><td>" + OPEN + "<tr><td>400<td>BAD<td>No $x</table></table>",
        f"\ufeff{HEADS}400 BAD No $x\n",
        f"\ufeff<html><pre>|--|--|</pre>{OPEN}<tr><td>400<td>BAD<td>No $x</table></html>",
    ],
)
def test_one_row_is_read_however_it_is_dressed(page: str) -> None:
    """What is seen of the row is the same each time, and prose and other tables are none."""
    assert found(page) == [(400, "BAD", "No $x")]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('"$a" and "$b"', '"$a" and "$b"'),
        ('""$a" is gone"', '"$a" is gone'),
        ('"the "$a" is gone"', 'the "$a" is gone'),
        ('"$a" is gone', '"$a" is gone'),
        ("'$a' is gone", "'$a' is gone"),
        ("“it’s gone”", "it’s gone"),  # noqa: RUF001 - typographic quotes are the point
        ("„weg“", "weg"),
        ('" gone "', "gone"),
        ("", None),
        ('""', None),
        ("—", None),
    ],
)
def test_only_the_quotes_around_all_of_a_message_go(cell: str, message: str | None) -> None:
    """Those in it are its own; a dash is how a renderer shows an empty cell."""
    assert found(TABLE + f"| 400 | BAD | {cell} |") == [(400, "BAD", message)]


def test_a_cell_reaches_over_rows() -> None:
    """A code that stands once for three rows is the code of each; one that reaches to the end of the table too."""
    table = OPEN + "<tr><td rowspan=2>400<td rowspan=0>BAD<td>a<tr><td>b<tr><td>404<td>c</table>"
    assert found(table) == [(400, "BAD", "a"), (400, "BAD", "b"), (404, "BAD", "c")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x89PNG\r\n\0\0", "is not text"),
        (b"caf\xe9", "byte 3 is not UTF-8"),
        (b" " * (LARGEST + 1), "more than 4,000,000 bytes"),
        (b"Nothing here", "no table of errors"),
        (HEADS.encode(), "no table of errors"),
        (TABLE.encode(), "no table of errors"),
        (b"<html><dl><dt>400<dd>BAD</dl></html>", "no table of errors"),
        (f"{HEADS}{'400 A x' * 1}\n".encode() + b"400 A x\n" * MOST, "1001 rows"),
        (b"<html><table></table>", "cut off"),
        (f"{OPEN}<tr><td>400".encode(), "cut off"),
        (f"{TABLE}| 400 | BAD | gone |\n| 404 | NOT".encode(), "line 4: the page was cut off"),
        (b"HTTP CodeStatusMessage\n403FORB", "line 2: the page was cut off"),
        (b'HTTP CodeStatusMessage\n400BAD"gon', "line 2: the message '\"gon' does not end with its quote"),
        (b"HTTP CodeStatusMessage\n400BADgone", "line 2: a row that is not to be read: put its message in quotes"),
        (b'400BAD"gone"', "line 1: a row that is not to be read: begin its table with"),
        (f"{TABLE}| 4oo | BAD | gone |".encode(), "row 2 of table 1: the code is '4oo'"),
        (f"{TABLE}| 400 | Bad\\<\x1b | gone |".encode(), "row 2 of table 1: the status is 'Bad<\\\\x1b'"),
        (f"{TABLE}| 400 | | gone |".encode(), "row 2 of table 1: the status is ''"),
        (b"| Code | HTTP Code | Status | Message |\n|-|-|-|-|\n| 1 | 400 | BAD | x |", "which column is the code is not clear"),
        (b"| Code | Message |\n|-|-|\n| 400 | x |", "has no column for the status"),
        (b"| Code | Status |\n|-|-|\n| 400 | BAD |", "has no column for the message"),
    ],
)
def test_a_page_that_cannot_be_read_says_why(content: bytes, told: str) -> None:
    """In one line, without a control character, that names the place where there is one."""
    with pytest.raises(Mistake) as caught:
        read(content)
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
