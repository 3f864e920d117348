"""Whether the published page and the catalogue have drifted apart, and what to write so that they agree again."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import catalogue
from contracts.catalogue import ROWS, read, rows
from contracts.catalogue.lint import lint
from contracts.drift.__main__ import main, report
from contracts.drift.comparison import compare
from contracts.drift.page import Page, Published
from contracts.drift.proposal import edits, proposed_id, toml
from contracts.drift.table import Form
from contracts.run.embedded import ROOT
from tests.selftest.published import CATALOGUE, FORMS, GIVEN, as_text

ENTRIES: list[dict[str, Any]] = tomllib.loads(ROWS.read_text("utf-8"))["row"]
TRANSPORT = Published(400, "BAD_REQUEST", "Invalid transport: $transport. Must be TCP, UDP or TLS.")
SECTION = "# contracts/catalogue/rows.toml: from here on TOML\n"
EDIT = re.compile(r"^# (?:added|removed|reworded): (.*)$", re.MULTILINE)
STRANGE = st.builds(
    Published,
    st.sampled_from([400, 403, 404, 500]),
    st.sampled_from(["BAD_REQUEST", "X"]),
    st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp"], exclude_characters='\0$"“”„«»'), min_size=1, max_size=30)
    .map(lambda text: f"{text.strip()} zq".strip())
    .filter(lambda text: text.isprintable() or "\x1b" in text),
)


def told(page: Sequence[Published], entries: Sequence[dict[str, Any]] = ENTRIES) -> str:
    """All that is said of a page."""
    return "\n".join(line for line, _ in report(Page(Form.TEXT, tuple(page)), compare(page, entries), entries)) + "\n"


def changed(row_id: str, **facts: Any) -> list[Published]:
    """The catalogue's page with one row changed."""
    at = [row.id for row in rows()].index(row_id)
    old = CATALOGUE[at]
    new = Published(facts.get("code", old.code), facts.get("status", old.status), facts.get("message", old.message))
    return [*CATALOGUE[:at], new, *CATALOGUE[at + 1 :]]


def pasted(said: str) -> str:
    """The catalogue's file once a person has done what was said."""
    section = said.partition(SECTION)[2]
    blocks = [f"[[row]]{block}" for block in ROWS.read_text("utf-8").split("[[row]]")[1:]]
    pieces = EDIT.split(section)[1:]
    for order, text in zip(pieces[::2], pieces[1::2], strict=True):
        block = text[text.index("[[row]]") :] if "[[row]]" in text else ""
        ids = [tomllib.loads(each)["row"][0]["id"] for each in blocks]
        if found := re.search(r"take out (\S+?)(?:,|$)", order):
            blocks.pop(ids.index(found[1]))
            ids.remove(found[1])
        if found := re.search(r"put in place of (\S+)", order):
            blocks[ids.index(found[1])] = block
        elif block:
            blocks.insert(ids.index(order.rpartition(" after ")[2]) + 1 if " after " in order else 0, block)
    return "\n".join(blocks)


# -- no drift -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", GIVEN)
def test_the_given_page_has_not_drifted(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In each of its forms: one line, and exit status 0."""
    assert main([str(GIVEN[form])]) == 0
    assert capsys.readouterr() == (f"no drift: the page ({form}) has 38 rows, as the catalogue has them\n", "")


@pytest.mark.parametrize("form", FORMS)
def test_the_catalogue_as_a_page_has_not_drifted(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page written from the catalogue agrees with it, also from standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FORMS[form](CATALOGUE).encode())))
    assert main(["-"]) == 0
    assert capsys.readouterr().out.startswith("no drift")


def test_notation_and_white_space_are_no_drift() -> None:
    """${name} is $name, and blanks are as a browser shows them: the catalogue knows no others."""
    page = [Published(row.code, row.status, row.message and re.sub(r"\$(\w+)", r"${\1}", row.message)) for row in CATALOGUE]
    assert told(page).startswith("no drift")
    double = [{**entry, "message": entry["message"].replace(" ", "\u00a0 ")} if "message" in entry else entry for entry in ENTRIES]
    assert told(CATALOGUE, double).startswith("no drift")


def test_another_order_is_told_and_no_drift() -> None:
    """The first two rows that stand the other way round are named."""
    page = [*CATALOGUE[:3], CATALOGUE[4], CATALOGUE[3], *CATALOGUE[5:]]
    said = told(page)
    assert said.startswith("no drift")
    assert "on the page 400-project-not-enabled stands before 400-phone-number-exists" in " ".join(said.split())


def test_a_row_that_stands_twice_is_told_and_no_drift() -> None:
    """It counts once, old or new."""
    first = CATALOGUE[0]
    said = told([replace(first, place="line 1"), *CATALOGUE[1:], replace(first, place="line 99")])
    assert said.startswith("no drift: the page (text) has 38 rows")
    assert "note: rows that stand more than once" in said
    assert "(line 1)" in said
    said = told([*CATALOGUE, TRANSPORT, TRANSPORT])
    assert said.startswith("drift: 1 added;")
    assert said.count("\nadded ") == 1


# -- drift --------------------------------------------------------------------------------------------------------------------


def test_an_added_row_is_told_with_what_to_paste() -> None:
    """The row, the id that the house would give it, where it goes, and what only a person can know."""
    said = told([*CATALOGUE[:20], TRANSPORT, *CATALOGUE[20:]])
    assert said.startswith("drift: 1 added; the page (text) has 39 rows, the catalogue 38\n")
    assert "\nadded     400 BAD_REQUEST" in said
    assert said.partition(SECTION)[2].startswith(
        """
# added: paste after 400-direction-empty
# to fill in: whether the id is a good name
# to fill in: `by` (operations) or `where` (pieces of their paths)
# to fill in: what $transport is bound to (`to`), and whether its kind is right
[[row]]
id = "400-transport-invalid"
code = 400
status = "BAD_REQUEST"
message = "Invalid transport: $transport. Must be TCP, UDP or TLS."
by = []
binds.transport = { kind = "value", to = "" }
"""
    )


def test_a_removed_row_is_told() -> None:
    """Its id, its text, and that it is to be taken out."""
    said = told([row for row in CATALOGUE if row.message != "Could not find call ID '$callId'"])
    assert said.startswith("drift: 1 removed;")
    assert "\nremoved   404-call-id\n          Could not find call ID '$callId'\n" in said
    assert "\n# removed: take out 404-call-id\n" in said


def test_a_reworded_message_is_marked_below() -> None:
    """Both texts, and a caret under the first letter that differs."""
    said = told(changed("404-call-id", message="Could not find call id '$callId'"))
    assert (
        """
reworded  404-call-id,  of the page
          the message differs only in case
          catalogue: Could not find call ID '$callId'
          page:      Could not find call id '$callId'
                                         ^
"""
        in said
    )
    assert '# reworded: put in place of 404-call-id\n[[row]]\nid = "404-call-id"\n' in said


def test_a_renamed_placeholder_keeps_what_it_is_bound_to() -> None:
    """The old binding goes along under the new name, and a person is asked whether that is right."""
    said = told(
        changed("404-ip-range-id", message="Could not find IP Range with id '$rangeId' in access control list with id '$aclId'")
    )
    assert "the placeholder $id is called $rangeId\n" in said
    assert "# to fill in: whether $rangeId is bound to what $id was\n" in said
    assert 'binds.rangeId = { kind = "value", to = "the unknown range id" }\nbinds.aclId = { kind' in said


def test_another_code_is_a_change_of_the_same_row() -> None:
    """Code and status are told apart from the message; the row moves to its new code, under an id that begins with it."""
    page = changed("404-call-id", code=400, status="BAD_REQUEST")
    assert "404-call-id" not in [entry["id"] for entry in edits(compare(page, ENTRIES), ENTRIES)[1]]
    said = told(page)
    assert said.startswith("drift: 1 reworded;")
    assert (
        "          code: 404 in the catalogue, 400 on the page\n          status: NOT_FOUND in the catalogue, BAD_REQUEST on"
        in said
    )
    assert "catalogue: Could" not in said
    assert "\n# reworded: take out 404-call-id, paste after 400-direction-empty\n" in said
    assert '\nid = "400-call-id"\ncode = 400\nstatus = "BAD_REQUEST"\n' in said


def test_a_message_may_come_and_go() -> None:
    """The forbidden row gains one, the last row loses its own: no binding and no message is left over."""
    assert "has a message now: Forbidden\n" in told(changed("403-forbidden", message="Forbidden"))
    said = told([*CATALOGUE[:-1], Published(500, "INTERNAL_SERVER_ERROR", None)])
    assert "has no message any more: Internal Server Error\n" in said
    assert 'status = "INTERNAL_SERVER_ERROR"\nwhere = ["/"]\n' in said


def test_typographic_quotes_are_a_rewording_that_is_counted() -> None:
    """Each row is told, and so is that a program may have done it."""
    page = [Published(row.code, row.status, row.message and row.message.replace("'", "’")) for row in CATALOGUE]  # noqa: RUF001 - the point
    said = told(page)
    quoted = sum("'" in (row.message or "") for row in CATALOGUE)
    assert said.startswith(f"drift: {quoted} reworded;")
    assert said.count("the message differs only in quotes\n") == quoted
    assert f"note: reworded in nothing but quotes: {quoted}." in said


def test_a_lost_end_makes_one_ask_for_the_rest() -> None:
    """Where the last rows are missing together, the copy may be half of the page."""
    assert "is this copy of the page whole?" in " ".join(told(CATALOGUE[:30]).split())
    assert "whole?" not in told(CATALOGUE[:37])


def test_a_new_code_needs_the_schema() -> None:
    """It is said where a code is allowed."""
    assert "no row had the code 409 before" in told([*CATALOGUE, Published(409, "CONFLICT", "Trunk '$id' is busy")])


def test_what_could_be_mistaken_is_told_before_it_is_pasted() -> None:
    """A new message that is also another row's, or that no template can hold, is to be settled by a person."""
    said = told([*CATALOGUE, Published(500, "INTERNAL_SERVER_ERROR", "$anything")])
    assert "# to settle first: 400-domain-unavailable and" in said
    assert "placeholders of '$a$b' touch" in told([*CATALOGUE, Published(500, "X", "$a$b")])
    assert "to settle first" not in told(CATALOGUE[1:])


def test_control_characters_reach_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in what is shown nor in what is to be pasted."""
    evil = "Could not \x1b]0;x\x07 [red]find[/] call \u202eID\x9b '$callId' \\"
    (tmp_path / "page").write_text(
        as_text([*changed("404-call-id", message=evil), Published(500, "X", f"{evil} zq $callId")]), "utf-8"
    )
    assert main([str(tmp_path / "page")]) == 1
    said = capsys.readouterr().out
    assert all(line.isprintable() for line in said.split("\n"))
    assert "[red]find[/]" in said
    messages = [entry.get("message") for entry in tomllib.loads(said.partition(SECTION)[2])["row"]]
    assert messages == [evil, f"{evil} zq $callId"]


def test_lines_for_people_fit_a_terminal() -> None:
    """All but the TOML is at most 80 columns wide."""
    page = changed(
        "404-export-key", message=f"{CATALOGUE[-2].message} Try again later, and ask for help if it is not there by then."
    )
    said = told([*page, Published(500, "INTERNAL_SERVER_ERROR", "word " * 60 + "$id")])
    assert said.startswith("drift: 1 added, 1 reworded;")
    assert max(len(line) for line in said.splitlines() if " = " not in line) <= 80


# -- the loop is closed -------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_edit_is_told_exactly_and_mended_by_what_is_pasted(data: st.DataObject) -> None:
    """Rows removed, added and given another status: each is told as what it is; what is pasted is a catalogue without drift."""
    kept = sorted(data.draw(st.sets(st.integers(0, len(CATALOGUE) - 1), min_size=1)))
    page = [CATALOGUE[at] for at in kept]
    moved = data.draw(st.sets(st.sampled_from(range(len(page))), max_size=4))
    page = [Published(row.code, "ANOTHER", row.message) if at in moved and row.message else row for at, row in enumerate(page)]
    reworded = sum(row.status == "ANOTHER" for row in page)
    added = data.draw(st.lists(STRANGE, max_size=4, unique_by=lambda row: row.message))
    for row in added:
        page.insert(data.draw(st.integers(0, len(page))), row)
    comparison = compare(page, ENTRIES)
    assert sorted(row.message or "" for row in comparison.added) == sorted(row.message or "" for row in added)
    assert [entry["id"] for entry in comparison.removed] == [e["id"] for at, e in enumerate(ENTRIES) if at not in kept]
    assert len(comparison.reworded) == reworded
    said = told(page)
    assert tomllib.loads(said.partition(SECTION)[2] if comparison.drift else "").get("row", []) == [
        edit.entry for edit in edits(comparison, ENTRIES)[0] if edit.entry
    ]
    now = tomllib.loads(pasted(said))["row"] if comparison.drift else ENTRIES
    assert now == edits(comparison, ENTRIES)[1]
    assert len(read(now)) == len(page)
    assert [line for line in lint(read(now)) if "stands" in line or "begin" in line or "are one" in line] == []
    assert told(page, now).startswith("no drift")


def test_pasted_lines_are_a_sound_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the page's file to the catalogue's file and back: it loads, the lint is content, and no drift is left."""
    page = tmp_path / "page.md"
    edited = [row for row in changed("404-call-id", code=400, status="BAD_REQUEST") if row.message != "Internal Server Error"]
    edited = [TRANSPORT, *edited, Published(403, "FORBIDDEN", "Project '$projectId' is closed")]
    page.write_text(FORMS["Markdown"](edited), "utf-8")
    assert main([str(page)]) == 1
    said = capsys.readouterr().out
    copy = tmp_path / "rows.toml"
    copy.write_text(pasted(said), "utf-8")
    monkeypatch.setattr(catalogue, "ROWS", copy)
    monkeypatch.setattr(catalogue, "rows", catalogue.rows.__wrapped__)
    assert lint(catalogue.rows()) == []
    assert catalogue.rows()[0].id == "400-transport-invalid"
    assert main([str(page), "--catalogue", str(copy)]) == 0


@settings(deadline=None)
@given(
    message=st.text(st.characters(exclude_categories=["Cs"])),
    names=st.lists(st.from_regex(r"\w+", fullmatch=True), unique=True),
    by=st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
)
def test_every_entry_is_toml(message: str, names: list[str], by: list[str]) -> None:
    """A TOML reader reads back whatever was written, and nothing in it is a control character."""
    binds = {name: {"kind": "value", "to": message} for name in names}
    entry = {"id": "400-x", "code": 400, "status": "X", "message": message, "by": by, **({"binds": binds} if binds else {})}
    written = toml(entry)
    assert tomllib.loads(written) == {"row": [entry]}
    assert all(line.isprintable() for line in written.split("\n"))


def test_the_catalogue_is_written_as_it_stands() -> None:
    """What is proposed looks like its neighbours, letter for letter."""
    whole = ROWS.read_text("utf-8")
    assert whole[whole.index("[[row]]") :] == "\n".join(map(toml, ENTRIES))


# -- ids ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "row_id"),
    [
        (TRANSPORT, "400-transport-invalid"),
        (Published(404, "NOT_FOUND", "Could not find SIP Gateway with id '$id'"), "404-gateway-id"),
        (Published(404, "NOT_FOUND", "Dump '$dumpKey' could not be found."), "404-dump-key"),
        (Published(400, "BAD_REQUEST", "Gateway with id '$id' already exists"), "400-gateway-exists"),
        (Published(400, "BAD_REQUEST", "Gateway with id '$id' is not enabled"), "400-gateway-not-enabled"),
        (Published(401, "UNAUTHENTICATED", None), "401-unauthenticated"),
        (Published(400, "BAD_REQUEST", "$a"), "400-bad-request"),
        (Published(404, "NOT_FOUND", "Could not find call ID '$callId'"), "404-call-id-2"),
    ],
)
def test_a_proposed_id_is_in_the_manner_of_the_house(row: Published, row_id: str) -> None:
    """The code, then the words that tell the row from others, the thing first; a taken id gets a number."""
    assert proposed_id(row, {one.id for one in rows()}) == row_id


@settings(deadline=None)
@given(row=STRANGE)
def test_a_proposed_id_is_one_that_the_schema_allows(row: Published) -> None:
    """Lower case, digits and hyphens, whatever the message holds."""
    assert re.fullmatch(r"(400|403|404|500)-[a-z0-9]+(-[a-z0-9]+)*", proposed_id(row, ()))


# -- the command --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"", "is empty"), (b"\0", "is not text"), (b"prose", "no table"), (b"<html><table>", "cut off")],
)
def test_a_page_that_cannot_be_read_is_a_mistake(
    content: bytes | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 4, nothing on standard output, and one line that names the page."""
    page = tmp_path / "page"
    if content is not None:
        page.write_bytes(content)
    assert main([str(page)]) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"{page}: ")
    assert why in err


@pytest.mark.parametrize("name", ["", ".", "a\0b", "x\x1b[2J"])
def test_a_name_that_is_no_file_is_a_mistake(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, nothing, or what no file can be called."""
    assert main([name]) == 4
    assert capsys.readouterr().err.rstrip("\n").isprintable()


@pytest.mark.parametrize("content", ["", "row = 1", "[[row]]\nid = 1", '[[row]]\nid="400-a"\ncode=400\nstatus="X"\nmessage="$a"'])
def test_a_catalogue_that_cannot_be_read_is_a_mistake(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The option that named it is told."""
    (tmp_path / "rows.toml").write_text(content, "utf-8")
    assert main([str(GIVEN["text"]), "--catalogue", str(tmp_path / "rows.toml")]) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "--catalogue" in err


def test_the_command_answers_fast_and_plainly() -> None:
    """As a process: no colour where there is no terminal, and none of the libraries of a run are imported."""
    code = (
        "import sys; from contracts.drift.__main__ import main; status = main(['-']); "
        "heavy = {'pytest', 'schemathesis', 'httpx', 'hypothesis', 'jsonschema'} & sys.modules.keys(); "
        "sys.exit(f'{heavy}' if heavy else status)"
    )
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", code], cwd=ROOT, input=as_text([*CATALOGUE, TRANSPORT]).encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b" not in done.stdout
    assert "paste after 400-direction-empty" in done.stdout.decode()


def test_a_mistyped_option_is_a_mistake() -> None:
    """Exit status 4, as everywhere."""
    done = subprocess.run(
        [sys.executable, "-m", "contracts.drift", "--nothing"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
