"""What holds of every template, every value and every message."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import rows
from contracts.template import Bound, Kind, Slot, Template, caret, is_format, parse

CHECKED = settings(deadline=None, database=None, derandomize=True)
NAMES = ("id", "name", "trunkId")
LITERAL = st.text("ab'. $é", max_size=4).filter(lambda text: "$" not in text)
VALUE = st.text("ab'. $é{}%s\n", max_size=6) | st.text(max_size=6) | st.sampled_from(["$id", "null", "{id}", "%s", ""])
FORMAT = st.text("yMdHms-/:. '[]", min_size=1, max_size=70).filter(is_format)
ROWS = [r.message for r in rows() if r.message]


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


def _folded(template: Template, message: str) -> str:
    return message.lower() if any(slot.kind is Kind.NOUN for slot in template.slots) else message
