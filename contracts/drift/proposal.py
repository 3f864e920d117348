"""What to write into rows.toml: edits in an order in which they can be made one after the other. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.catalogue import read
from contracts.catalogue.lint import lint
from contracts.drift.comparison import Comparison, Entry, face, published
from contracts.drift.page import Published
from contracts.template import PLACEHOLDER

BARE = re.compile(r"[A-Za-z0-9_-]+")
ID_WORDS = 4
# fmt: off
ALWAYS_LEFT_OUT = frozenset((
    "already", "an", "and", "are", "at", "be", "been", "by", "can", "cannot", "could", "does", "for", "from", "has", "have", "in",
    "is", "it", "its", "must", "no", "of", "on", "or", "provided", "same", "sip", "that", "the", "there", "this", "to", "was",
    "when", "while", "with",
))
# fmt: on
LEFT_OUT_OF_404 = frozenset({"exist", "find", "found", "not", "unknown"})  # what each 404 says
LAST = ("invalid", "unknown", "missing", "duplicate")  # the house names the thing first: 400-direction-invalid
SHORT = ((re.compile(r"access control list"), "acl"),)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: what it is about, which entry goes, which comes, and behind which it is pasted.

    `after` is None for what stands before all others. `missing` names what a person must still fill in.
    """

    why: str
    old: str | None = None
    entry: Entry | None = None
    after: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """What to do, in words."""
        if self.entry is None:
            return f"take out {self.old}"
        if self.old == self.entry["id"]:
            return f"put in place of {self.old}"
        place = f"paste after {self.after}" if self.after else "paste before all others"
        return f"take out {self.old}, {place}" if self.old else place


def edits(comparison: Comparison, entries: Sequence[Entry]) -> tuple[list[Edit], list[Entry]]:
    """The edits that bring a catalogue up to date, and the entries that it then has."""
    now = [entry for entry in entries if entry not in comparison.removed]
    made = [Edit("removed", old=entry["id"]) for entry in comparison.removed]
    for entry, row in comparison.reworded:
        if entry["code"] == row.code:
            changed, missing = _reworded(entry, row, entry["id"])
            now[now.index(entry)] = changed
            made.append(Edit("reworded", entry["id"], changed, missing=missing))
    last: dict[int, Entry] = {}
    for row, known in comparison.rows:
        if known is None or (known in now and known["code"] != row.code):
            made.append(_pasted(row, known, now, entries, last.get(row.code)))
        last[row.code] = next(one for one in now if face(published(one)) == face(row))
    return made, now


def complaints(entries: Sequence[Entry]) -> list[str]:
    """What speaks against a catalogue of these entries, one line each."""
    try:
        return lint(read(entries))
    except ValueError as e:
        return [str(e)]


def toml(entry: Entry) -> str:
    """An entry as rows.toml has it, which any TOML reader reads back as it was."""
    return "\n".join(["[[row]]", *itertools.starmap(_line, _flat(entry))]) + "\n"


def _pasted(row: Published, entry: Entry | None, now: list[Entry], entries: Sequence[Entry], before: Entry | None) -> Edit:
    """The edit for a row that stands nowhere yet, or under another code; `now` gets its entry, behind the one `before` it."""
    taken = {known["id"] for known in (*now, *entries)}
    if entry is None:
        fresh, missing = _added(row, proposed_id(row, taken), entries)
    else:
        now.remove(entry)
        fresh, missing = _reworded(entry, row, _free(f"{row.code}-{entry['id'].partition('-')[2]}", taken))
    at = next((place for place, known in enumerate(now) if known["code"] >= row.code), len(now))
    if before is not None:
        at = now.index(before) + 1
    now.insert(at, fresh)
    return Edit("reworded" if entry else "added", entry["id"] if entry else None, fresh, now[at - 1]["id"] if at else None, missing)


def _added(row: Published, row_id: str, entries: Sequence[Entry]) -> tuple[Entry, tuple[str, ...]]:
    names = _names(row.message)
    binds = {name: {"kind": _kind(name, entries), "to": ""} for name in names}
    what = ["`by` (operations) or `where` (pieces of their paths)"]
    what += [f"what ${name} is bound to (`to`), and whether its kind is right" for name in names]
    return _entry(row, row_id, {"by": []}, binds), ("whether the id is a good name", *what)


def _reworded(entry: Entry, row: Published, row_id: str) -> tuple[Entry, tuple[str, ...]]:
    """The entry in its new words: what it is bound to goes along, also under a new name in the old place."""
    old, names = entry.get("binds", {}), _names(row.message)
    gone, new = [name for name in old if name not in names], [name for name in names if name not in old]
    renamed = dict(zip(new, gone, strict=True)) if len(new) == len(gone) else {}
    sources = {name: renamed.get(name, name) for name in names}
    binds = {name: old.get(source) or {"kind": "value", "to": ""} for name, source in sources.items()}
    missing = [f"what ${name} is bound to (`to`), and its kind" for name, bind in binds.items() if not bind["to"]]
    missing += [f"whether ${name} is bound to what ${old_name} was" for name, old_name in renamed.items()]
    places = {key: entry[key] for key in entry if key in {"by", "where"}}
    return _entry(row, row_id, places, binds), tuple(missing)


def _entry(row: Published, row_id: str, places: Mapping[str, Any], binds: Mapping[str, Any]) -> Entry:
    message = {} if row.message is None else {"message": row.message}
    return {"id": row_id, "code": row.code, "status": row.status, **message, **places, **({"binds": binds} if binds else {})}


def _names(message: str | None) -> list[str]:
    return list(dict.fromkeys(place[1] or place[2] for place in PLACEHOLDER.finditer(message or "")))


def _kind(name: str, entries: Sequence[Entry]) -> str:
    """The kind that a placeholder of that name has elsewhere, or the one that nearly all have."""
    kinds = (entry["binds"][name]["kind"] for entry in entries if name in entry.get("binds", {}))
    return str(next(kinds, "value"))


# -- ids ----------------------------------------------------------------------------------------------------------------------


def proposed_id(row: Published, taken: Collection[str]) -> str:
    """An id in the manner of the house, and not one that is taken: the code, then the words that tell the row from others."""
    sentence = re.split(r"[.:,](?:\s|$)", PLACEHOLDER.sub(" ", row.message or ""))[0].casefold()
    for long, short in SHORT:
        sentence = long.sub(short, sentence)
    left_out = ALWAYS_LEFT_OUT | (LEFT_OUT_OF_404 if row.code == 404 else frozenset({"id"}))
    words = [word for word in re.findall(r"[a-z0-9]{2,}", sentence) if word not in left_out]
    if len(words) == 1:
        words += [word.casefold() for name in _names(row.message) for word in re.findall(r"[A-Z]?[a-z0-9]+", name)]
    words = sorted(list(dict.fromkeys(words))[:ID_WORDS], key=lambda word: word in LAST)  # stable: the others stay as they stood
    words = words or re.findall(r"[a-z0-9]+", row.status.casefold())
    return _free("-".join([str(row.code), *words]), taken)


def _free(row_id: str, taken: Collection[str]) -> str:
    others = (f"{row_id}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([row_id], others) if name not in taken)


# -- TOML ---------------------------------------------------------------------------------------------------------------------


def _flat(entry: Entry) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if key == "binds":
            yield from ((f"binds.{_key(name)}", bind) for name, bind in value.items())
        else:
            yield key, value


def _line(key: str, value: Any) -> str:
    return f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}"
    return f"[{', '.join(map(_value, value))}]"


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    return f'"{"".join(map(_letter, text))}"'


def _letter(letter: str) -> str:
    """A letter in a TOML string; what no terminal shall get is escaped."""
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
