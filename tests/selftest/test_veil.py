"""However a target writes a secret, the veil hides it, and hides nothing else."""

from __future__ import annotations

import base64
import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.transport.veil import HIDDEN, Veil

CHECKED = settings(deadline=None, database=None, derandomize=True)
SECRET = "Plan/ted+Key=<with> & \"all\" its 'signs'%\\äöü€😀"
PLAIN = "planted-Key-5f31c0de"
OF_64 = "~~~???>>>Planted/Secret+with"  # its Base64 bears both signs, and ends with `=`
SIZE = 1 << 16  # bytes of a hostile text

Way = Callable[[str], str]


def each(form: str) -> Way:
    """Every UTF-16 unit of a text by its number."""
    return lambda text: "".join(form.format(unit) for unit in units(text))


def units(text: str) -> list[int]:
    content = text.encode("utf-16-be")
    return [int.from_bytes(content[at : at + 2]) for at in range(0, len(content), 2)]


def points(form: str) -> Way:
    """Every character of a text by its number."""
    return lambda text: "".join(form.format(ord(character)) for character in text)


def octets(form: str) -> Way:
    """Every byte of a text by its number."""
    return lambda text: "".join(form.format(byte) for byte in text.encode())


def gson(text: str) -> str:
    """JSON as Gson writes it."""
    told = json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(f"\\u{ord(c):04x}" if c in "<>&='" else c for c in told)


def php(text: str) -> str:
    """JSON as PHP writes it."""
    return json.dumps(text)[1:-1].replace("/", "\\/")


WAYS: dict[str, Way] = {
    "plain": str,
    "lower case": str.lower,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "PHP": php,
    "Gson": gson,
    "html.escape": html.escape,
    "html in Gson": lambda text: gson(html.escape(text)),
    "html twice": lambda text: html.escape(html.escape(text)),
    "apos": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "quote": quote,
    "quote all": lambda text: quote(text, safe=""),
    "quote_plus": quote_plus,
    "quote twice": lambda text: quote(quote(text, safe=""), safe=""),
    "quoted JSON": lambda text: quote(php(text), safe=""),
    "html in PHP": lambda text: php(html.escape(text)),
    "PHP in html": lambda text: html.escape(php(text)),
    "quoted html": lambda text: quote(html.escape(text), safe=""),
    "every \\u": each("\\u{:04x}"),
    "every \\U in capitals": each("\\u{:04X}"),
    "every \\\\u": each("\\\\u{:04x}"),
    "every %XX": octets("%{:02X}"),
    "every %xx": octets("%{:02x}"),
    "every %25XX": octets("%25{:02X}"),
    "every %XX in lower case": lambda text: octets("%{:02X}")(text.lower()),
    "every \\x": octets("\\x{:02x}"),
    "decimal": points("&#{};"),
    "decimal with zeros": points("&#{:07d};"),
    "hexadecimal": points("&#x{:x};"),
    "hexadecimal with zeros": points("&#X{:06X};"),
    "backslashes": lambda text: "".join("\\" + c if c in string.punctuation else c for c in text),
}
HEX: dict[str, Way] = {
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex with blanks": lambda text: text.encode().hex(" "),
    "hex with hyphens": lambda text: text.encode().hex("-"),
    "hex in lines": lambda text: text.encode().hex("\n"),
}


@pytest.mark.parametrize("secret", [SECRET, PLAIN], ids=["signs", "letters"])
@pytest.mark.parametrize("way", [*WAYS, *HEX])
def test_every_way_of_writing_a_secret_is_hidden(way: str, secret: str) -> None:
    """All of it, and nothing beside it."""
    assert Veil(secret).text(f"there {{{(WAYS | HEX)[way](secret)}}} end") == f"there {{{HIDDEN}}} end"


@pytest.mark.parametrize("ahead", range(3))
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["standard", "for URLs"])
def test_every_way_of_writing_base64_is_hidden(encode: Callable[[bytes], bytes], way: str, ahead: int) -> None:
    """At each of the three places where a secret can begin in it."""
    encoded = encode(b"-" * ahead + OF_64.encode()).decode()
    assert Veil(OF_64).text(f"there {{{WAYS[way](encoded)}}} end") == f"there {{{HIDDEN}}} end"


SIGNS = "/+=&<>\"'\\% "
SECRETS = st.text(string.ascii_letters + string.digits + SIGNS * 4, min_size=8, max_size=40)
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def ways(character: str) -> list[str]:
    """How one ASCII character may be written."""
    numbers = ("%{:02X}", "%{:02x}", "%25{:02x}", "\\u{:04x}", "\\\\u{:04X}", "&#{};", "&#x00{:X};")
    behind = character if character.isalnum() else "\\" + character
    own = [character, NAMED.get(character, character), "+" if character == " " else character, behind]
    return [*own, *(form.format(ord(character)) for form in numbers)]


@CHECKED
@given(SECRETS, st.data(), st.sampled_from(["{{{}}}", '"{}"', "id={}&x=1", "a {} b"]))
def test_a_secret_in_a_mixture_of_ways_is_hidden(secret: str, data: st.DataObject, around: str) -> None:
    """Every character in a way of its own: nothing is left of it."""
    mixed = "".join(data.draw(st.sampled_from(ways(character))) for character in secret)
    hidden = Veil(secret).text(around.format(mixed))
    # A blank or a sign of the text around may be a part of the secret as well.
    assert HIDDEN in hidden
    assert len(hidden) <= len(around.format(HIDDEN))


@CHECKED
@given(st.text(string.printable + "äöü€😀\\%&"), st.sampled_from([str, *WAYS.values()]))
@example("Planted", str)
@example("a%50b\\u0050c&#80;d", str)
def test_a_text_without_a_secret_stays_as_it_is(text: str, way: Way) -> None:
    """It is the very object."""
    told = way(text)
    assert Veil(SECRET, PLAIN, OF_64).text(told) is told


HOSTILE = {
    "%2525": "%" + "25" * SIZE,
    "%25%25": "%25" * SIZE,
    "%5C": "%255C" * SIZE,
    "backslashes": "\\" * SIZE,
    "zeros": "&#" + "0" * SIZE,
    "many zeros": "&#x00000000" * SIZE,
    "amp": "&" + "amp;" * SIZE,
    "amps": "&amp;" * SIZE,
    "nearly": "Plan\\/ted+Ke" * SIZE,
    "hex": "50:6c:" * SIZE,
    "base64": "UGxhbnRl" * SIZE + "\\",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_searched_to_its_end(name: str) -> None:
    """However much of it looks like the beginning of something; a secret of signs alone makes that no worse."""
    text = HOSTILE[name][:SIZE]
    veil = Veil("\\a" * 8, "a\\" * 8, SECRET, PLAIN, "\\\\\\\\\\\\\\\\\\\\\\\\x", "%25%25%25%25%25", "&amp;amp;amp;")
    assert veil.text(text + "{" + php(PLAIN)).endswith("{" + HIDDEN)


def test_a_long_token_is_hidden_to_its_end() -> None:
    """In every way, and only if all of it is there."""
    token = "eyJhbGci." + "".join(f"{number:x}xuZ" for number in range(200))
    veil = Veil(token)
    for way in WAYS.values():
        assert veil.text(f"<{way(token)}>") == f"<{HIDDEN}>"
    short = token[:-1] + "\\"
    assert veil.text(short) is short


def test_secrets_that_overlap_leave_nothing() -> None:
    """What is hidden of one is no reason to show the rest of the other."""
    assert Veil("abcdefgh", "efghijkl").text("<abcdefghijkl>") == f"<{HIDDEN}>"


def test_control_characters_are_hidden_as_json_writes_them() -> None:
    """As letters behind a backslash."""
    assert Veil("line\nand\ttab").text(r"<line\nand\ttab>") == f"<{HIDDEN}>"


def test_backslashes_of_one_secret_do_not_shield_another() -> None:
    """Wherever in it they are: in a text they may be any number."""
    veil = Veil("\\\\one\\\\\\two", PLAIN, "Planted\\secret")
    assert veil.text(f"<{php(PLAIN)}> \\/ <Planted%5Csecret> <\\\\one\\\\\\two>") == f"<{HIDDEN}> \\/ <{HIDDEN}> <{HIDDEN}>"


def test_bytes_without_a_secret_are_the_very_object() -> None:
    """Escaped or not."""
    for content in (b"nothing here", b"nothing \\/ here"):
        assert Veil(PLAIN).bytes(content) is content
