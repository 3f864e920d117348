"""A message fits its template with the very values that were sent and with no other; whatever differs is told in its kind."""

from __future__ import annotations

import pytest

from contracts.catalogue import Row, rows
from contracts.template import Bound, Kind, Mismatch, Slot, Template, caret, is_format, parse, unbound

WORDED = [r for r in rows() if r.message]
SLOTTED = [r for r in WORDED if r.message and r.message.slots]
SAMPLES = {Kind.VALUE: "01HZX3", Kind.IDENTIFIER: "callerCountry", Kind.NOUN: "SIP Trunk", Kind.FORMAT: "yyyy-MM-dd"}
TWO = parse("list '$aclId' is on trunk '$trunkId'.", {"aclId": Kind.VALUE, "trunkId": Kind.VALUE})
ODD_VALUES = {
    "regex": ".*(a|b)+[^x]$\\d",
    "quotes": 'it\'s "q" `b`',
    "own notation": "$id",
    "braces": "{id} ${id}",
    "percent": "%s",
    "null": "null",
    "line breaks": "a\r\nb\u2028c",
    "another template": "Could not find SIP Trunk with id '$id'",
    "its own text": "' is on trunk '",
    "empty": "",
    "blank": " ",
    "long": "x" * 10_000,
    "astral": "\U0001f4de\u0301é",
    "lone surrogate": "\ud800",
    "nul": "\x00",
}


def template(row: Row) -> Template:
    """The template of a row that has one."""
    assert row.message
    return row.message


def samples(row: Row) -> dict[str, tuple[str, ...]]:
    """A value for every slot, each different, so that swapped ones show."""
    slots = template(row).slots
    return {s.name: (SAMPLES[s.kind] + (str(n) if s.kind is Kind.VALUE else ""),) for n, s in enumerate(slots)}


def good(row: Row) -> str:
    """The row's message with the samples in it."""
    return template(row).render(samples(row))


def kinds(parsed: Template, message: str, bound: Bound) -> list[Mismatch]:
    """The kinds of all differences."""
    return [difference.kind for difference in parsed.explain(message, bound)]


@pytest.mark.parametrize("row", WORDED, ids=lambda r: r.id)
def test_a_row_fits_with_its_values(row: Row) -> None:
    """With the values bound, and with every slot free."""
    assert template(row).fits(good(row), samples(row))
    assert template(row).fits(good(row), {})
    assert template(row).explain(good(row), samples(row)) == ()


@pytest.mark.parametrize("row", WORDED, ids=lambda r: r.id)
def test_each_kind_of_mismatch_is_told_for_each_row(row: Row) -> None:
    """Typography by kind, text otherwise; the end of the message is part of it."""
    parsed, bound, text = template(row), samples(row), good(row)
    assert kinds(parsed, text.swapcase(), bound) == [Mismatch.TYPOGRAPHY]
    assert kinds(parsed, text.replace(" ", "\u00a0"), bound) == [Mismatch.TYPOGRAPHY]
    begins_open = isinstance(parsed.parts[0], Slot)  # then what stands before is a part of the value
    assert kinds(parsed, " " + text, bound) == [Mismatch.OTHER_VALUE if begins_open else Mismatch.TYPOGRAPHY]
    assert kinds(parsed, "Oops: " + text, bound) == [Mismatch.OTHER_VALUE if begins_open else Mismatch.TEXT]
    assert kinds(parsed, "", bound) == [Mismatch.TEXT]
    for wrong in (text + "\n", text + ".", text + " ", text[1:], "\ufeff" + text, text + "$"):
        assert not parsed.fits(wrong, bound)
        assert parsed.explain(wrong, bound)


@pytest.mark.parametrize("row", SLOTTED, ids=lambda r: r.id)
def test_every_slot_of_a_row_is_compared(row: Row) -> None:
    """A value of its own in one slot is one finding; the notation of the page in it another."""
    parsed, bound = template(row), samples(row)
    for slot in parsed.slots:
        if slot.kind is Kind.FORMAT:
            wrong, expected = "soon", [Mismatch.OTHER_VALUE]
        else:
            wrong, expected = "something", [Mismatch.OTHER_VALUE]
        assert kinds(parsed, parsed.render({**bound, slot.name: (wrong,)}), bound) == expected
        for notation in (f"${slot.name}", f"${{{slot.name}}}", f"{{{slot.name}}}", "%s", "null", "undefined", "None", "", "$other"):
            message = parsed.render({**bound, slot.name: (notation,)})
            assert kinds(parsed, message, bound) == [Mismatch.UNBOUND]
            assert kinds(parsed, message, {}) == [Mismatch.UNBOUND]


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES.keys())
def test_any_value_is_a_value(value: str) -> None:
    """A value is compared and never interpreted, in either slot and with a second choice beside it."""
    for bound in (
        {"aclId": (value,), "trunkId": ("t",)},
        {"aclId": ("a",), "trunkId": ("t", value)},
        dict.fromkeys(("aclId", "trunkId"), (value,)),
    ):
        for message in TWO.renderings(bound):
            assert TWO.fits(message, bound)
            assert not TWO.fits(message + "\n", bound)
        wrong = TWO.render({**bound, "aclId": ("b" + value,)})
        assert not TWO.fits(wrong, bound)
        assert TWO.explain(wrong, bound)


def test_swapped_values_are_told_as_such() -> None:
    """Each slot says whose value it holds."""
    bound = {"aclId": ("one",), "trunkId": ("two",)}
    first, second = TWO.explain("list 'two' is on trunk 'one'.", bound)
    assert first.kind is second.kind is Mismatch.OTHER_VALUE
    assert "value of $trunkId" in first.text
    assert "value of $aclId" in second.text


def test_case_of_a_value_matters() -> None:
    """A value in other letters is another value, and the finding says how little differs."""
    (difference,) = TWO.explain("list 'ONE' is on trunk 'two'.", {"aclId": ("one",), "trunkId": ("two",)})
    assert difference.kind is Mismatch.OTHER_VALUE
    assert "only the case differs" in difference.text


def test_nouns_are_compared_without_case() -> None:
    """Any case fits; another noun, another number and a letter that only looks alike do not."""
    noun = parse("a $what is used", {"what": Kind.NOUN})
    bound = {"what": ("SIP Trunk", "Trunk")}
    assert all(noun.fits(f"a {name} is used", bound) for name in ("SIP Trunk", "sip trunk", "SIP TRUNK", "trunk", "Trunk"))
    wrong = ("SIP Trunks", "SIPTrunk", "Sip", "Endpoint", "SIP Trun\u212a", "S\u0406P Trunk", "SIP\u00a0Trunk")
    assert not any(noun.fits(f"a {name} is used", bound) for name in wrong)


def test_the_longer_of_two_values_fits_too() -> None:
    """A value that begins as another does hides it in no order."""
    for values in (("ab", "abc"), ("abc", "ab"), ("", "a")):
        parsed = parse("<$v>", {"v": Kind.VALUE})
        assert all(parsed.fits(f"<{value}>", {"v": values}) for value in values)


def test_a_slot_left_free_takes_any_value_but_no_notation() -> None:
    """One slot bound, the other free: the bound one is compared all the same."""
    assert TWO.fits("list 'x' is on trunk 't'.", {"trunkId": ("t",)})
    assert not TWO.fits("list 'x' is on trunk 'u'.", {"trunkId": ("t",)})
    assert not TWO.fits("list '' is on trunk 't'.", {"trunkId": ("t",)})


@pytest.mark.parametrize(
    "text",
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "YYYY-MM-DDTHH:mm:ssZ",
        "%Y-%m-%dT%H:%M:%S",
        "dd/MM/yy HH:mm",
        "yyyy[-MM[-dd]]",
        "y" * 64,
    ],
)
def test_a_format_is_known(text: str) -> None:
    """Point 6 of the specification's open points."""
    assert is_format(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yyy", "y" * 65, "HH:mm:ss", " yyyy-MM-dd", "yyyy-MM-dd ", "yyyy-MM-dd.", "yyyy_MM_dd", "yyyy\u2011MM", "yyyy-MM\n"),
        *(
            "$CALL_RECORD_TIME_STAMP_FORMAT",
            "${CALL_RECORD_TIME_STAMP_FORMAT}",
            "{yyyy}",
            "null",
            "None",
            "%s",
            "2021-02-01",
            "\u0443\u0443\u0443\u0443-\u041c\u041c",
        ),
    ],
)
def test_what_is_no_format_is_known(text: str) -> None:
    """Length, letters, blanks around, a full stop, no year: each spoils it."""
    assert not is_format(text)


def test_notations_of_placeholders_are_known() -> None:
    """A placeholder's own notation and another's; a value that holds one among other letters is a value."""
    assert all(map(unbound, ("$id", "${id}", "{id}", "%s", "$trunkId", "null", "undefined", "None", "", " ")))
    assert not any(map(unbound, ("id", "$", "a$id", "{}", "{a b}", "100%s", "NULL", "nullable", "0")))


def test_a_mebibyte_is_compared_at_once() -> None:
    """Long values fit; long messages that do not are told apart with bounded text."""
    value = "'" * (1 << 20)
    bound = {"aclId": (value,), "trunkId": (value[:-1],)}
    assert TWO.fits(TWO.render(bound), bound)
    assert TWO.fits(TWO.render(bound), {})
    for wrong in (value, TWO.render(bound)[:-1], TWO.render({**bound, "aclId": ("x" + value,)}), "list '" * 200_000):
        differences = TWO.explain(wrong, bound)
        assert differences
        assert all(len(difference.text) < 2000 for difference in differences)


@pytest.mark.parametrize(
    ("text", "names", "match"),
    [
        ("$a$b", "ab", "touch"),
        ("x ${a}$b", "ab", "touch"),
        ("$a", "", "bound to nothing"),
        ("${a}s", "", "bound to nothing"),
        ("none", "a", "does not hold"),
        ("$a", "ab", "does not hold"),
    ],
)
def test_a_template_that_nobody_could_read_is_refused(text: str, names: str, match: str) -> None:
    """Touching, unbound and superfluous placeholders are mistakes of the catalogue."""
    with pytest.raises(ValueError, match=match):
        parse(text, dict.fromkeys(names, Kind.VALUE))


def test_a_caret_stands_under_the_first_difference() -> None:
    """Also in a window of a long text, and where letters are shown escaped."""
    for head in ("", "same ", "x" * 500, "tab\there "):
        expected, actual, mark = caret(head + "left", head + "right").splitlines()
        assert expected[mark.index("^")] == "l"
        assert actual[mark.index("^")] == "r"
        assert max(map(len, (expected, actual, mark))) < 120


def test_a_caret_shows_nothing_that_redraws_a_terminal() -> None:
    """Escapes, line breaks, bidi and zero-width characters are written out."""
    shown = caret("plain", "pl\x1b[2J\u202e\u200b\u00a0\r\n\ud800\u2028ain")
    assert len(shown.splitlines()) == 3
    assert all(line.isprintable() for line in shown.splitlines())
    assert all(escape in shown for escape in ("\\x1b", "\\u202e", "\\u200b", "\\xa0", "\\r\\n", "\\ud800", "\\u2028"))
