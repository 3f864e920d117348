"""Operators on the message: the row's own text with one thing wrong. Texts are the sandbox's, with `{name}` for a placeholder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from contracts.finding import Rule
from contracts.mutation.mutant import Due, Instead
from contracts.sandbox.message import Response
from contracts.sandbox.refusals import REFUSALS, render

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOUNS = {"parent", "child"}
FORMAT = "format"
DIGITS = {"phoneNumber", "number"}
WORDS = ("null", "undefined", "None")
SIGNS: Mapping[str, str] = {"dollar": "${}", "dollar-brace": "${{{}}}", "brace": "{{{}}}", "percent": "%s"}
NOTATIONS: Mapping[str, str] = {**SIGNS, **{word.lower(): word for word in WORDS}}
"""How a placeholder is left unfilled; the words are words like any other where no row has a text."""
TYPOGRAPHIC = str.maketrans({"'": "\N{RIGHT SINGLE QUOTATION MARK}"})
LEAKS: Mapping[str, tuple[str, str]] = {
    "stack-trace": (
        "a stack trace",
        "java.lang.NullPointerException\n\tat com.example.trunks.TrunkService.find(TrunkService.java:118)",
    ),
    "python-trace": ("a stack trace", 'Traceback (most recent call last):\n  File "handlers.py", line 31, in find'),
    "exception": ("the name of an exception", "org.hibernate.exception.ConstraintViolationException"),
    "source": ("a place in source code", "trunk_service.go:214"),
    "sql": ("SQL", "SELECT id, name FROM trunks WHERE id = ?"),
    "constraint": ("SQL", 'duplicate key value violates unique constraint "trunks_host_name_key"'),
    "host-name": ("a host name", "upstream trunks-db-0.trunks.svc.cluster.local refused"),
    "address": ("an internal address", "connect to 10.12.0.7:5432 failed"),
    "file-path": ("a file path", "see /var/log/trunks/error.log"),
    "windows-path": ("a file path", r"see C:\inetpub\trunks\error.log"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A wrong message: its operator, the placeholder that it is about (or none), the rule to be named, what it does, and how."""

    operator: str
    slot: str
    rule: Rule
    what: str
    instead: Instead


def wordings(row: str) -> Iterator[Wording]:
    """Every way to get the row's message wrong that the row has room for."""
    text = REFUSALS[row][2]
    if not text:  # any message will do, but none with a placeholder in it
        for name, notation in SIGNS.items():
            left = f"Forbidden: {notation.format('reason')}"
            yield Wording(f"unbound-{name}", "", Rule.MESSAGE_UNBOUND, "a placeholder is left in it", _said(_always(left)))
        return
    yield from _of_the_text(row, text)
    for slot in dict.fromkeys(PLACEHOLDER.findall(text)):
        yield from _of_a_slot(slot)
    if len(PLACEHOLDER.findall(text)) > 1:
        yield Wording("swapped", "", Rule.MESSAGE_OTHER_VALUE, "the values stand in each other's place", _swapped)


def leak_wordings() -> Iterator[Wording]:
    """The server's inside: behind the message, in details, in a member that nobody asked for."""
    for name, (kind, text) in LEAKS.items():
        yield Wording(name, "message", Rule.LEAK, f"{kind} behind the message", _behind(": " + text))
        yield Wording(name, "details", Rule.LEAK, f"{kind} in details", _in_details(text))
        yield Wording(name, "member", Rule.LEAK, f"{kind} in an extra member", _as_member(text))
    path = LEAKS["file-path"][1]
    yield Wording("file-path", "member-name", Rule.LEAK, "a file path as a member's name", lambda due: due.told(**{path: True}))
    yield Wording("stack-trace", "page", Rule.LEAK, "a stack trace on an HTML page", _as_page(LEAKS["stack-trace"][1]))


def _of_the_text(row: str, text: str) -> Iterator[Wording]:
    # Beside a placeholder that begins or ends the text, what is added looks like part of its value.
    behind = Rule.MESSAGE_OTHER_VALUE if text.endswith("}") else Rule.MESSAGE_TEXT
    after = Rule.MESSAGE_OTHER_VALUE if text.endswith("}") else Rule.MESSAGE_TYPOGRAPHY
    before = Rule.MESSAGE_OTHER_VALUE if text.startswith("{") else Rule.MESSAGE_TEXT
    ahead = Rule.MESSAGE_OTHER_VALUE if text.startswith("{") else Rule.MESSAGE_TYPOGRAPHY
    if other := _neighbour(row):
        yield Wording("other-row", "", Rule.MESSAGE_OTHER_ROW, f"the message of {other}", _text(lambda _: REFUSALS[other][2]))
    if any(c.isupper() for c in PLACEHOLDER.sub("", text)):
        yield _typography("lower-case", "the text in lower case", str.lower)
    yield _typography("upper-case", "the text in upper case", str.upper)
    yield _typography("two-blanks", "two blanks for one", lambda words: words.replace(" ", "  "))
    yield _typography("no-break-space", "no-break spaces for blanks", lambda words: words.replace(" ", "\N{NO-BREAK SPACE}"))
    yield Wording("leading-blank", "", ahead, "a blank goes before", _text(lambda words: " " + words))
    yield Wording("trailing-blank", "", after, "a blank follows", _text(lambda words: words + " "))
    yield Wording("line-end", "", after, "a line end follows", _text(lambda words: words + "\n"))
    if text.endswith("."):
        yield _typography("full-stop", "the full stop is missing", lambda words: words.removesuffix("."))
    else:
        yield Wording("full-stop", "", after, "a full stop is added", _text(lambda words: words + "."))
    if "'" in text:
        yield _typography("double-quotes", "double quotes for single ones", lambda words: words.replace("'", '"'))
        yield _typography("typographic-quotes", "typographic quotes", lambda words: words.translate(TYPOGRAPHIC))
        yield _typography("no-quotes", "the quotes are missing", lambda words: words.replace("'", ""))
    yield Wording("letter-changed", "", Rule.MESSAGE_TEXT, "one letter is another", _once(lambda words: _letter(words, "q")))
    yield Wording("letter-missing", "", Rule.MESSAGE_TEXT, "one letter is missing", _once(lambda words: _letter(words, "")))
    yield Wording("look-alike", "", Rule.MESSAGE_TEXT, "one letter is Cyrillic", _once(_look_alike))
    yield Wording("cut-short", "", Rule.MESSAGE_TEXT, "the message breaks off", _said(lambda message: message[: len(message) // 2]))
    yield Wording("empty", "", Rule.MESSAGE_TEXT, "the message is empty", _said(lambda _: ""))
    yield Wording("text-before", "", before, "text goes before", _text(lambda words: "Error: " + words))
    yield Wording("text-behind", "", behind, "text follows", _behind(" Please try again (later)"))


def _of_a_slot(slot: str) -> Iterator[Wording]:
    if slot == FORMAT:
        yield _value("value-leaks", slot, Rule.LEAK, "a file path within the format", _always("yyyy-MM-dd /var/log/trunks"))
    for name, notation in NOTATIONS.items():
        filled = notation.format(slot)
        yield _value(f"unbound-{name}", slot, Rule.MESSAGE_UNBOUND, f"{filled} for its value", _always(filled))
    yield _value("value-empty", slot, Rule.MESSAGE_UNBOUND, "nothing for its value", _always(""))
    other = "Fax Machine" if slot in NOUNS else "HH:mm" if slot == FORMAT else "another"
    yield _value("value-other", slot, Rule.MESSAGE_OTHER_VALUE, "another value", _always(other))
    if slot in NOUNS:
        yield _value("value-noun", slot, Rule.MESSAGE_OTHER_VALUE, "another resource's noun", _other_noun)
    if slot not in NOUNS and slot != FORMAT:
        yield _value(
            "value-cut", slot, Rule.MESSAGE_OTHER_VALUE, "its value without the last character", lambda value: value[:-1] or "x"
        )
        if slot not in DIGITS:
            yield _value("value-case", slot, Rule.MESSAGE_OTHER_VALUE, "its value in the other case", str.swapcase)
        yield _value("value-padded", slot, Rule.MESSAGE_OTHER_VALUE, "its value with a blank", lambda value: f"{value} ")
        yield _value("value-doubled", slot, Rule.MESSAGE_OTHER_VALUE, "its value twice", lambda value: value + value)


def _value(operator: str, slot: str, rule: Rule, what: str, change: Callable[[str], str]) -> Wording:
    def instead(due: Due) -> str:
        return render(due.template, {**due.values, slot: change(due.values[slot])})

    return Wording(operator, slot, rule, what, lambda due: due.told(message=instead(due)))


def _other_noun(noun: str) -> str:
    return "Phone Number" if noun == "Customer" else "Customer"


def _always(text: str) -> Callable[[str], str]:
    return lambda _: text


def _swapped(due: Due) -> Response:
    names = PLACEHOLDER.findall(due.template)
    values = [due.values[name] for name in names]
    return due.told(message=render(due.template, dict(zip(names, [*values[1:], values[0]], strict=True))))


def _neighbour(row: str) -> str | None:
    """The next row of the same HTTP status that documents a message."""
    alike = [name for name, (code, _, text) in REFUSALS.items() if code == REFUSALS[row][0] and text]
    return alike[(alike.index(row) + 1) % len(alike)] if len(alike) > 1 else None


def _typography(operator: str, what: str, change: Callable[[str], str]) -> Wording:
    return Wording(operator, "", Rule.MESSAGE_TYPOGRAPHY, what, _literals(change))


def _said(change: Callable[[str], str]) -> Instead:
    """The whole message changed, values included."""
    return lambda due: due.told(message=change(due.envelope["message"]))


def _text(change: Callable[[str], str]) -> Instead:
    """The row's text changed before its values go in; a placeholder that the row does not have gets a value of its own."""
    return lambda due: due.told(message=PLACEHOLDER.sub(lambda m: due.values.get(m[1], "another"), change(due.template)))


def _literals(change: Callable[[str], str], *, once: bool = False) -> Instead:
    """What stands between the placeholders changed: every piece, or the first in which the change finds something."""

    def told(due: Due) -> str:
        pieces = PLACEHOLDER.split(due.template)
        for index in range(0, len(pieces), 2):
            before, pieces[index] = pieces[index], change(pieces[index])
            if once and pieces[index] != before:
                break
        return "".join(due.values[piece] if index % 2 else piece for index, piece in enumerate(pieces))

    return lambda due: due.told(message=told(due))


def _once(change: Callable[[str], str]) -> Instead:
    return _literals(change, once=True)


def _letter(words: str, other: str) -> str:
    """The words with the fourth of their letters changed."""
    places = [index for index, c in enumerate(words) if c.isalpha()]
    return words if len(places) < 4 else words[: places[3]] + other + words[places[3] + 1 :]


def _look_alike(words: str) -> str:
    return (
        words.replace("o", "\N{CYRILLIC SMALL LETTER O}", 1)
        if "o" in words
        else words.replace("e", "\N{CYRILLIC SMALL LETTER IE}", 1)
    )


def _behind(text: str) -> Instead:
    return lambda due: due.told(message=due.envelope["message"] + text)


def _in_details(text: str) -> Instead:
    violations = [{"field": "id", "description": "is wrong"}, {"field": "id", "description": text}]
    return lambda due: due.told(details=[{"type": "BadRequest", "fieldViolations": violations}])


def _as_page(text: str) -> Instead:
    page = f"<html><body><pre>{text}</pre></body></html>".encode()
    return lambda due: Response(due.response.status, page, {"content-type": "text/html"})


def _as_member(text: str) -> Instead:
    return lambda due: due.told(debug=text)
