r"""The ways in which a character may be written, as a pattern: `/` as `/`, `\/`, `%2F`, `%252F`, `\u002f`, `\x2f`, `&#47;`.

Every repetition is bounded: hostile text costs no more than other text.
"""

from __future__ import annotations

from html.entities import codepoint2name
from re import escape

STARTS = b"\\%&"  # bytes of which every way of writing but the plain one begins with one
PERCENT = rb"%(?:25){0,4}"  # each time that it is quoted anew, `25` comes in
BACK = rb"(?:\\|" + PERCENT + rb"5c)"
BACKS = rb"(?:\\{1,8}+|(?:" + PERCENT + rb"5c){1,8})"  # as often as JSON within JSON within JSON doubles it
AND = rb"(?:&|" + PERCENT + rb"26|" + BACKS + rb"u0026)(?:amp;){0,3}"
NUMBER = rb"(?:#|" + PERCENT + rb"23)"
END = rb"(?:;|" + PERCENT + rb"3b)"
SHORT = {8: b"b", 9: b"t", 10: b"n", 12: b"f", 13: b"r"}  # what JSON writes behind a backslash for a control character
NAMES = {point: name.encode() for point, name in codepoint2name.items()} | {ord("'"): b"apos"}
BACKSLASH = "\\"


def written(characters: str) -> bytes:
    """A pattern, for `re.IGNORECASE`, of any one of the characters in any case and way; of backslashes alone: of all of them."""
    points = sorted({ord(case) for character in characters for case in _cases(character)} - {ord(BACKSLASH)})
    ways = [*_run(characters), *(_of(points) if points else ())]
    return b"(?:" + b"|".join(ways) + b")"


def _cases(character: str) -> set[str]:
    """Both cases of an ASCII letter: those of others take other bytes, or another number of them."""
    return {character, character.swapcase()} if character.isascii() else {character}


def _run(characters: str) -> list[bytes]:
    """Backslashes in a row: one by one, no one could say which of them escapes which, and to try it all would take years."""
    number = characters.count(BACKSLASH)
    if not number:
        return []
    fewest = number if number == len(characters) else 1
    one = _any([BACK + rb"(?:u00|x)5c", BACK, AND + NUMBER + rb"(?:0{0,8}92|x0{0,8}5c)" + END])
    return [one + b"{%d,%d}" % (fewest, 8 * number)]


def _of(points: list[int]) -> list[bytes]:
    """The ways in which one of these code points is written; the plain one, which is the most frequent, first."""
    # Nobody writes a backslash before a letter that means itself: `\u` and `\n` mean others.
    signs = [point for point in points if not chr(point).isalnum()]
    slashed = [*(_units(point) for point in points), *(SHORT[point] for point in points if point in SHORT)]
    if signs:
        slashed += [_plain(signs), *_foreign(signs)]
    return [_plain(points), BACKS + _any(slashed), *_foreign(points)]


def _plain(points: list[int]) -> bytes:
    return _any([escape(_bytes(point)) for point in points])


def _foreign(points: list[int]) -> list[bytes]:
    """As URLs and HTML write one of these code points."""
    quoted = _any([PERCENT.join(b"%02x" % byte for byte in _bytes(point)) for point in points])
    decimal, hexadecimal = (_any([form % point for point in points]) for form in (b"%d", b"%x"))
    named = [NAMES[point] for point in points if point in NAMES]
    entity = _any([NUMBER + rb"(?:0{0,8}" + decimal + rb"|x0{0,8}" + hexadecimal + b")", *named])
    return [PERCENT + quoted, AND + entity + END]


def _units(point: int) -> bytes:
    """A code point as JSON and most languages write it behind a backslash: in one UTF-16 unit or two, or its bytes."""
    units = chr(point).encode("utf-16-be", "surrogatepass")
    wide = (BACKS + b"u").join(units[at : at + 2].hex().encode() for at in range(0, len(units), 2))
    return b"u" + wide + b"|x" + (BACKS + b"x").join(b"%02x" % byte for byte in _bytes(point))


def _bytes(point: int) -> bytes:
    return chr(point).encode("utf-8", "surrogatepass")


def _any(patterns: list[bytes]) -> bytes:
    return b"(?:" + b"|".join(patterns) + b")"
