"""Message templates: parse once, match a message against the very values that were sent, explain what differs.

Nothing here is built by pasting a value into a pattern: matching walks over literals and candidate values, in linear time, so
a value may hold quotes, regex characters or another template.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PLACEHOLDER = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
NOTATION = re.compile(r"\$\w+|\$\{\w+\}|\{\w+\}|%s")
LONGEST = 4096  # a message longer than this is not searched for a difference in typography
SHOWN = 200  # characters of a value in an explanation
FORMAT_CHARACTERS = re.compile(r"[A-Za-z0-9 \-/:.,'+%\[\]]{4,64}")
YEAR = re.compile(r"[yY]")  # `%Y` is covered by the letter
CANDIDATES = 64  # how many renderings of one template are compared at most

Bound = Mapping[str, tuple[str, ...]]
"""What each placeholder may be: one value, or a few where the specification allows several. A placeholder left out is free."""


class Kind(StrEnum):
    """What a placeholder is bound to (see `catalogue/rows.toml`)."""

    VALUE = "value"
    IDENTIFIER = "identifier"
    NOUN = "noun"
    FORMAT = "format"


class Mismatch(StrEnum):
    """How a message differs from its template."""

    UNBOUND = "unbound"
    OTHER_VALUE = "other value"
    TYPOGRAPHY = "typography"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder's place in a template."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between a message and its template; `text` says it to a person."""

    kind: Mismatch
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed message template. `parts` alternate between literals and slots as the text has them."""

    text: str
    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The placeholders, from left to right."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    def fits(self, message: str, bound: Bound) -> bool:
        """Whether the message is this template with every placeholder bound as stated (behaviour.md, point 4)."""
        if any(slot.name not in bound and slot.kind is not Kind.FORMAT for slot in self.slots):
            found = self.capture(message)
            return found is not None and all(_allowed(s, found[s.name], bound) for s in self.slots)
        return _walk(self.parts, message, bound)

    def capture(self, message: str) -> dict[str, str] | None:
        """What stands in each slot when only the literals are compared; None where the literals themselves differ.

        The leftmost place of each literal is taken, which finds a fit wherever there is one.
        """
        found: dict[str, str] = {}
        position, open_slot = 0, None
        for index, part in enumerate(self.parts):
            if isinstance(part, Slot):
                open_slot = part
                continue
            last = index == len(self.parts) - 1
            start = len(message) - len(part) if last and open_slot else message.find(part, position)
            if start < position or not message.startswith(part, start) or (open_slot is None and start != position):
                return None
            if open_slot:
                found[open_slot.name] = message[position:start]
            position, open_slot = start + len(part), None
        if open_slot:
            found[open_slot.name] = message[position:]
        elif position != len(message):
            return None
        return found

    def render(self, bound: Bound) -> str:
        """The message that was expected, for people: free placeholders stand as the page prints them."""
        return next(self.renderings(bound))

    def renderings(self, bound: Bound) -> Iterator[str]:
        """Every message that the bound values allow, the first choice of each first."""
        choices = [(p,) if isinstance(p, str) else bound.get(p.name) or (f"${p.name}",) for p in self.parts]
        return ("".join(choice) for choice in itertools.islice(itertools.product(*choices), CANDIDATES))

    def explain(self, message: str, bound: Bound) -> tuple[Difference, ...]:
        """How the message differs, in kind; empty when it fits."""
        if self.fits(message, bound):
            return ()
        found = self.capture(message)
        slots = () if found is None else tuple(_slot_differences(self.slots, found, bound))
        return slots or (self._typography(message, bound) or self._text(message, bound),)

    def _typography(self, message: str, bound: Bound) -> Difference | None:
        if len(message) > LONGEST:
            return None
        for expected in self.renderings(self._with_formats(message, bound)):
            if only := folds(expected, message):
                return Difference(Mismatch.TYPOGRAPHY, f"differs only in {' and '.join(only)}\n{caret(expected, message)}")
        return None

    def _with_formats(self, message: str, bound: Bound) -> Bound:
        """The bound values, and for a format that ends the template every end of the message that can be one."""
        last = self.parts[-1] if self.parts else ""
        if not isinstance(last, Slot) or last.kind is not Kind.FORMAT or last.name in bound:
            return bound
        ends = (message[start:].strip() for start in range(len(message)))
        return {**bound, last.name: tuple(end for end in ends if _allowed(last, end, bound))}

    def _text(self, message: str, bound: Bound) -> Difference:
        expected = max(self.renderings(bound), key=lambda text: common_prefix(text, message))
        return Difference(Mismatch.TEXT, f"the text differs\n{caret(expected, message)}")


def parse(text: str, kinds: Mapping[str, Kind]) -> Template:
    """Compile the text of a template.

    Raises ValueError when placeholders and kinds do not name the same things, or two placeholders touch: then no reader could
    tell where one value ends.
    """
    parts: list[str | Slot] = []
    position = 0
    for place in PLACEHOLDER.finditer(text):
        name = place[1] or place[2]
        if name not in kinds:
            raise ValueError(f"the placeholder ${name} of {text!r} is bound to nothing; add it to `binds`")
        if literal := text[position : place.start()]:
            parts.append(literal)
        elif parts:
            raise ValueError(f"two placeholders of {text!r} touch: put text between them")
        parts.append(Slot(name, kinds[name]))
        position = place.end()
    if text[position:]:
        parts.append(text[position:])
    if unused := set(kinds) - {part.name for part in parts if isinstance(part, Slot)}:
        raise ValueError(f"`binds` names {', '.join(sorted(unused))}, which {text!r} does not hold")
    return Template(text, tuple(parts))


def unbound(text: str) -> bool:
    """Whether a slot holds a placeholder's notation, its own or another's, in place of a value (behaviour.md, point 8)."""
    return NOTATION.fullmatch(text) is not None or text.strip() in {"", "null", "undefined", "None"}


def is_format(text: str) -> bool:
    """Whether the text can be the date-time format that `400-timestamp-format` names (behaviour.md, point 6)."""
    return FORMAT_CHARACTERS.fullmatch(text) is not None and text == text.strip(" .") and YEAR.search(text) is not None


def caret(expected: str, actual: str, width: int = 72, names: tuple[str, str] = ("expected", "actual")) -> str:
    """Two aligned lines under these names and a caret under the first difference; long texts are cut to a window around it.

    Line breaks and control characters are shown escaped, so that an answer cannot redraw the terminal.
    """
    at = common_prefix(expected, actual)
    start = max(0, at - width // 2) if max(len(expected), len(actual)) > width else 0
    lead = "…" if start else ""
    shown = [lead + _visible(text[start : start + width]) + "…" * (start + width < len(text)) for text in (expected, actual)]
    column = len(lead + _visible(actual[start:at]))
    margin = max(map(len, names)) + len(": ")
    told = [f"  {f'{name}:':<{margin}}{text}" for name, text in zip(names, shown, strict=True)]
    return "\n".join([*told, f"  {' ' * (margin + column)}^"])


def common_prefix(one: str, other: str) -> int:
    """The number of characters that two texts share from the start."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _walk(parts: tuple[str | Slot, ...], rest: str, bound: Bound) -> bool:
    if not parts:
        return not rest
    head, tail = parts[0], parts[1:]
    if isinstance(head, str):
        return rest.startswith(head) and _walk(tail, rest[len(head) :], bound)
    return any(_walk(tail, rest[end:], bound) for end in _ends(head, rest, bound))


def _ends(slot: Slot, rest: str, bound: Bound) -> Iterator[int]:
    """The places where a slot that begins here may end."""
    if slot.kind is Kind.FORMAT:
        yield from (end for end in range(4, min(len(rest), 64) + 1) if _allowed(slot, rest[:end], bound))
        return
    for value in bound[slot.name]:
        if _same(slot, value, rest[: len(value)]):
            yield len(value)


def _same(slot: Slot, expected: str, actual: str) -> bool:
    if slot.kind is not Kind.NOUN:
        return expected == actual
    # The Kelvin sign is no ASCII and yet has a "k" for its lower case: only letters of one alphabet differ in nothing but case.
    return expected.lower() == actual.lower() and expected.isascii() == actual.isascii()


def _allowed(slot: Slot, text: str, bound: Bound) -> bool:
    if slot.kind is Kind.FORMAT:
        return is_format(text) and not unbound(text)
    if slot.name not in bound:
        return not unbound(text)
    return any(_same(slot, value, text) for value in bound[slot.name])


def _slot_differences(slots: tuple[Slot, ...], found: Mapping[str, str], bound: Bound) -> Iterator[Difference]:
    for slot in slots:
        actual = found[slot.name]
        if _allowed(slot, actual, bound):
            continue
        expected = " or ".join(_quoted(v) for v in bound.get(slot.name, ())) or f"a {slot.kind}"
        if unbound(actual) and actual not in bound.get(slot.name, ()):
            yield Difference(Mismatch.UNBOUND, f"${slot.name} was not filled in: {_quoted(actual)} stands where {expected} belongs")
        else:
            yield Difference(Mismatch.OTHER_VALUE, f"${slot.name} is {_quoted(actual)}, not {expected}{_hint(slot, actual, bound)}")


def _quoted(value: str) -> str:
    return repr(value[:SHOWN]) + ("…" if len(value) > SHOWN else "")


def _hint(slot: Slot, actual: str, bound: Bound) -> str:
    owner = next((name for name, values in bound.items() if name != slot.name and actual in values), None)
    if owner:
        return f": that is the value of ${owner}"
    if any(actual.lower() == value.lower() for value in bound.get(slot.name, ())):
        return ": only the case differs"
    return ""


QUOTES = str.maketrans(dict.fromkeys("\"`´‘’‚“”„«»‹›′″'", ""))  # noqa: RUF001 - look-alikes are the point
FOLDS: Mapping[str, Callable[[str], str]] = {
    "case": str.lower,
    "quotes": lambda text: text.translate(QUOTES),
    "the full stop": lambda text: text.rstrip().rstrip(".…。"),
    "white space": lambda text: "".join(text.split()),
}


def folds(expected: str, actual: str) -> tuple[str, ...]:
    """The fewest kinds of typography that, once ignored, make the two texts equal; empty when none do."""
    for size in range(1, len(FOLDS) + 1):
        for names in itertools.combinations(FOLDS, size):
            one, other = expected, actual
            for name in names:
                one, other = FOLDS[name](one), FOLDS[name](other)
            if one == other:
                return names
    return ()
