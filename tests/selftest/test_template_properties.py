"""What holds of every template, every value and every message."""

from __future__ import annotations

import re
import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.catalogue import NOUNS, Row, rows, whose
from contracts.template import Bound, Kind, Slot, Template, caret, is_format, parse, unbound

CHECKED = settings(deadline=None, database=None, derandomize=True)
NAMES = ("id", "name", "trunkId")
LITERAL = st.text("ab'. $é", max_size=4).filter(lambda text: "$" not in text)
VALUE = st.text("ab'. $é{}%s\n", max_size=6) | st.text(max_size=6) | st.sampled_from(["$id", "null", "{id}", "%s", ""])
FORMAT = st.text("yMdHms-/:. '[]", min_size=1, max_size=70).filter(is_format)
ROWS = [r.message for r in rows() if r.message]
PIECES = [part for template in ROWS for part in template.parts if isinstance(part, str)]
SAYINGS = [re.sub(r"\$\{?\w+\}?", "x", template.text) for template in ROWS]
NOUN = st.sampled_from([name for names in NOUNS.values() for name in names])
CASES = st.sampled_from([str, str.lower, str.upper, str.swapcase])
OF_KIND = {
    Kind.VALUE: st.text() | st.lists(st.sampled_from([*PIECES, *SAYINGS, "x", "'"]), max_size=4).map("".join),
    Kind.IDENTIFIER: st.text(string.ascii_letters + string.digits + "_.", min_size=1, max_size=20),
    Kind.NOUN: st.builds(lambda change, noun: change(noun), CASES, NOUN),
    Kind.FORMAT: FORMAT,
}
IN_WORDS = {
    Kind.VALUE: r"[\s\S]*",
    Kind.IDENTIFIER: r"[\w.]*",
    Kind.NOUN: f"(?ai:{'|'.join(re.escape(name) for names in NOUNS.values() for name in names)})",
    Kind.FORMAT: r"[\w \-/:.,'+%\[\]]*",
}
"""What each kind of slot may hold, as widely as the specification can be read."""
PATTERNS = {
    r.id: re.compile("".join(re.escape(p) if isinstance(p, str) else IN_WORDS[p.kind] for p in r.message.parts))
    for r in rows()
    if r.message
}


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """A made-up template of values, or one of the catalogue's."""
    if draw(st.booleans()):
        return draw(st.sampled_from(ROWS))
    names = NAMES[: draw(st.integers(0, len(NAMES)))]
    between = [draw(LITERAL.filter(bool)) for _ in names[1:]]
    pieces = [f"${{{name}}}{literal}" for name, literal in zip(names, [*between, draw(LITERAL)], strict=False)]
    return parse(draw(LITERAL) + "".join(pieces), dict.fromkeys(names, Kind.VALUE))


@st.composite
def bindings(draw: st.DrawFn, template: Template) -> Bound:
    """One to three values for every slot; a format for a format, since nothing else is right there."""
    return {
        slot.name: tuple(draw(st.lists(FORMAT if slot.kind is Kind.FORMAT else VALUE, min_size=1, max_size=3)))
        for slot in template.slots
    }


@st.composite
def bound_templates(draw: st.DrawFn) -> tuple[Template, Bound]:
    """A template with its values."""
    template = draw(templates())
    return template, draw(bindings(template))


@CHECKED
@given(bound_templates())
def test_what_is_rendered_fits(pair: tuple[Template, Bound]) -> None:
    """Every rendering fits, and has nothing to explain."""
    template, bound = pair
    for message in template.renderings(bound):
        assert template.fits(message, bound)
        assert template.explain(message, bound) == ()


@CHECKED
@given(bound_templates(), st.data())
def test_a_changed_character_never_fits(pair: tuple[Template, Bound], data: st.DataObject) -> None:
    """One character put in, taken out or changed: unless that is another rendering, it is found."""
    template, bound = pair
    message = template.render(bound)
    at = data.draw(st.integers(0, len(message)))
    new = data.draw(st.sampled_from(["", "x", " ", "\u00a0", "'", "\u200b"]))
    changed = message[:at] + new + message[at + data.draw(st.integers(0, 1)) :]
    right = {_folded(template, m) for m in template.renderings(bound)}
    if _folded(template, changed) in right or any(slot.kind is Kind.FORMAT for slot in template.slots):
        return
    assert not template.fits(changed, bound)
    assert template.explain(changed, bound)


@CHECKED
@given(templates(), st.text() | st.sampled_from([t.text for t in ROWS]), st.data())
def test_an_explanation_is_empty_only_for_what_fits(template: Template, message: str, data: st.DataObject) -> None:
    """For any text and any bindings, some slots left free or with no value at all; and it never raises."""
    bound = data.draw(
        st.dictionaries(
            st.sampled_from([*NAMES, "other", *(s.name for s in template.slots)]), st.lists(VALUE, max_size=3).map(tuple)
        )
    )
    assert (template.explain(message, bound) == ()) is template.fits(message, bound)


@CHECKED
@given(bound_templates(), st.data())
def test_what_fits_with_values_fits_with_fewer_of_them(pair: tuple[Template, Bound], data: st.DataObject) -> None:
    """A captured message is put together again from its pieces."""
    template, bound = pair
    message = data.draw(st.sampled_from(list(template.renderings(bound))))
    captured = template.capture(message)
    assert captured is not None
    assert "".join(captured[p.name] if isinstance(p, Slot) else p for p in template.parts) == message
    assert template.fits(message, {name: (text,) for name, text in captured.items()})


@CHECKED
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_caret_is_three_lines_that_line_up(expected: str, actual: str) -> None:
    """Whatever the texts are, the lines are printable and share all that stands before the caret."""
    above, below, mark = caret(expected, actual).split("\n")
    assert all(line.isprintable() for line in (above, below, mark))
    column = mark.index("^")
    assert above[12:column] == below[12:column]


@settings(CHECKED, max_examples=1000)
@given(st.sampled_from([r for r in rows() if r.message]), st.data())
def test_a_rendered_row_is_its_own_and_no_others(row: Row, data: st.DataObject) -> None:
    """Whatever its values are, other rows' texts among them, as long as a noun is one, and a format and a field's name can be.

    It fits its own template, bound and free, and no other row's, of any code, as a regular expression reads these. Whose it is,
    is known as long as no value is a placeholder's notation: a slot that is free does not take these.
    """
    assert row.message
    values = {slot.name: data.draw(OF_KIND[slot.kind], slot.name) for slot in row.message.slots}
    bound = {name: (value,) for name, value in values.items()}
    message = row.message.render(bound)
    assert row.message.explain(message, bound) == ()
    assert [row_id for row_id, pattern in PATTERNS.items() if pattern.fullmatch(message)] == [row.id]
    for other in (r for r in rows() if r.message and r is not row):
        assert other.message
        nouns = {slot.name: sum(NOUNS.values(), ()) for slot in other.message.slots if slot.kind is Kind.NOUN}
        assert not other.message.fits(message, nouns)
    if not any(map(unbound, values.values())):
        assert whose(message, row.code) is whose(message) is row


@settings(CHECKED, max_examples=500)
@given(bound_templates(), st.data())
def test_an_explanation_is_empty_for_renderings_alone(pair: tuple[Template, Bound], data: st.DataObject) -> None:
    """After one to three small changes a message has nothing to explain where it is a rendering again, and nowhere else."""
    template, bound = pair
    right = {_folded(template, m) for m in template.renderings(bound)}
    message = data.draw(st.sampled_from(list(template.renderings(bound))))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.sampled_from([0, len(message)]) | st.integers(0, len(message)))
        end = start + data.draw(st.integers(0, 4))
        piece = message[start:end]
        changed = [piece.swapcase(), piece * 2, piece[::-1], piece.strip()]
        other = data.draw(st.sampled_from(["", *changed, "\u0430", "\u2019", "'", "\n", "$id"]))
        message = message[:start] + other + message[end:]
    if not any(slot.kind is Kind.FORMAT for slot in template.slots):
        assert (template.explain(message, bound) == ()) is (_folded(template, message) in right)


@CHECKED
@given(st.text("ab \t\x1b\u202e", max_size=200), *[st.text("abc \n\ud800", max_size=60)] * 2)
def test_a_caret_stands_under_the_first_difference(same: str, left: str, right: str) -> None:
    """What stands above it differs in the two lines, where the texts differ at all."""
    expected, actual, mark = caret(same + left, same + right).split("\n")
    at = mark.index("^")
    ends = [line[at:] for line in (expected, actual)]
    assert (left == right) or ends[0] != ends[1]
    assert (left[:1] == right[:1]) or ends[0][:1] != ends[1][:1] or "\\" in {ends[0][:1], ends[1][:1]}
    assert left != right or ends == ["", ""]


@CHECKED
@given(st.text("yYMdHms09 -/:.,'+%[]$_é\n", max_size=66) | st.builds(lambda n, text: text * n, st.integers(1, 20), FORMAT))
@example(".yyyy")
@example("yyyy" * 16)
@example("yyyy" * 16 + "y")
@example("\u0179yyyy")
def test_a_format_is_what_the_specification_calls_one(text: str) -> None:
    """Its open point 6, read clause by clause: length, letters, both ends, a year."""
    allowed = string.ascii_letters + string.digits + " -/:.,'+%[]"
    ends = all(end not in {" ", "."} for end in (text[:1], text[-1:]))
    assert is_format(text) is (4 <= len(text) <= 64 and set(text) <= set(allowed) and ends and ("y" in text or "Y" in text))


def _folded(template: Template, message: str) -> str:
    return message.lower() if any(slot.kind is Kind.NOUN for slot in template.slots) else message
