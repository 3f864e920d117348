"""Says what changed between two runs, environments or releases: verdicts, the words of answers, undocumented errors, times.

    python -m contracts.compare A B [--worse] [--json]

A and B are results.json files, or the folders of runs. Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.blame import Mistake
from contracts.change import changes
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.exchange import visible
from contracts.report import earlier
from contracts.template import caret

SAME, CHANGED = 0, 1  # exit statuses, beside that of a mistake
WIDTH = 78  # columns of a line, where an id lets it
WINDOW = 60  # characters of a text that are shown beside another
TOLD = 20  # changed cases of a row that are told at most
SHOWN = {None: "not there", "not_exercised": "not exercised"}

Line = tuple[str, str]
"""A line and its colour, empty for none."""


def lines(told: Mapping[str, Any]) -> Iterator[Line]:
    """What changed, for people: the runs and what makes them unlike, then each group of changes that there is."""
    for name in ("a", "b"):
        run = told[name]
        yield visible(f"{name.upper()}: run {run['id']} of {run['target']}, {run['started_at'][:19]}"), "bold"
    for one in told["unlike"]:
        yield from _wrapped(f"unlike in {one['what']}: {_value(one['a'])} -> {_value(one['b'])}", "yellow")
    yield from _verdicts(told["verdicts"])
    yield from _answers(told["answers"])
    yield from _undocumented(told["undocumented"])
    yield from _times(told["times"])
    yield "", ""
    yield from _wrapped(_total(told), "red" if told["worse"] else "yellow" if told["changed"] else "green")


def _verdicts(changed: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    yield from _heading("verdicts", changed)
    told = 0
    for one in changed:
        told = told + 1 if one["kind"] == "case" else 0
        if told <= TOLD:
            yield from _verdict(one)
        elif told == TOLD + 1:
            yield "      and more cases of this row: --json tells them all", ""


def _verdict(one: Mapping[str, Any]) -> Iterator[Line]:
    colour = "red" if one["worse"] else "green" if one["a"] != one["b"] or one["rules_gone"] else ""
    indent = "    " if one["kind"] == "case" else "  "
    name = f"check: {one['id']}" if one["kind"] == "check" else one["id"]
    rules = one["rules_new"] or one["rules_gone"]
    name += f" ({', '.join(rules)})" if rules and one["a"] != one["b"] else ""
    turn = " -> ".join(SHOWN.get(one[side], str(one[side])) for side in ("a", "b"))
    yield from _wrapped(f"{turn}  {name}" if one["a"] != one["b"] else f"still {one['b']}  {name}", colour, indent)
    for what, rules in (("no longer", one["rules_gone"]), ("now", one["rules_new"])) if one["a"] == one["b"] else ():
        if rules:
            yield from _wrapped(f"{what}: {', '.join(rules)}", "", indent + "    ")


def _answers(changed: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    yield from _heading("answers", changed)
    for one in changed:
        yield from _wrapped(f"{one['row']}, {one['operation']}", "", "  ")
        yield from _words(one["gone"], one["new"])


def _undocumented(changed: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    yield from _heading("errors that no row documents", changed)
    for one in changed:
        colour = "red" if one["worse"] else ""
        yield from _wrapped(f"{one['change']}: {one['operation']}, HTTP {one['http_code']}", colour, "  ")
        yield from _words(one["gone"], one["new"])


def _words(gone: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """The answers of two runs: one each side by side, with the first difference marked; else one after the other."""
    if len(gone) == len(new) == 1:
        yield from _pair(gone[0], new[0])
        return
    for name, answers in (("A", gone), ("B", new)):
        for answer in answers:
            yield from _wrapped(f"only {name}: {_answer(answer)}", "", "    ")


def _pair(gone: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Line]:
    heads = [_head(answer) for answer in (gone, new)]
    if heads[0] != heads[1]:
        yield from _wrapped(f"{heads[0]} -> {heads[1]}", "", "    ")
    if gone["message"] != new["message"]:
        a, b = (str(answer["message"] if answer["message"] is not None else "no message") for answer in (gone, new))
        for line in caret(a, b, width=WINDOW, names=("A", "B")).splitlines():
            yield f"  {line}", ""


def _times(changed: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    yield from _heading("times", changed)
    for one in changed:
        name = one["id"] or "the run"
        ratio = f", {one['ratio']:g} times" if one["ratio"] is not None else ""
        yield from _wrapped(f"{one['a']:.2f} s -> {one['b']:.2f} s{ratio}  {name}", "", "  ")


def _total(told: Mapping[str, Any]) -> str:
    if not told["changed"]:
        return "nothing changed"
    counts = (f"{len(told[group])} {name}" for group, name in GROUPS.items() if told[group])
    return f"changed: {', '.join(counts)}; {'some got worse' if told['worse'] else 'nothing got worse'}"


GROUPS = {"verdicts": "of verdicts", "answers": "of answers", "undocumented": "of undocumented errors"}


def _heading(name: str, changed: Sequence[object]) -> Iterator[Line]:
    if changed:
        yield "", ""
        yield f"{name}:", "bold"


def _wrapped(text: str, colour: str, indent: str = "") -> Iterator[Line]:
    """A text in lines of some width; an id is never broken."""
    for line in textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_on_hyphens=False,
        break_long_words=False,
    ):
        yield line, colour


def _head(answer: Mapping[str, Any]) -> str:
    return f"{answer['http_code']} {answer['status'] if answer['status'] is not None else 'without a status'}"


def _answer(answer: Mapping[str, Any]) -> str:
    return f"{_head(answer)}: {answer['message'] if answer['message'] is not None else 'no message'}"


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else "none" if value is None else str(value)


# -- the command --------------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, and tell: 0 where nothing but times changed, 1 where something did (or got worse), 4 for what cannot be read."""
    options = _parser().parse_args(arguments)
    printable()
    try:
        told = changes(earlier.read(options.a), earlier.read(options.b))
    except Mistake as e:
        sys.stderr.write(f"{visible(str(e))}\n")
        return MISTAKE
    if options.json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        teller()(lines(told))
    return CHANGED if told["worse" if options.worse else "changed"] else SAME


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.compare", description="Say what changed from run A to run B.")
    parser.add_argument("a", metavar="A", help="a results.json, or the folder of a run")
    parser.add_argument("b", metavar="B", help="another, made later or elsewhere")
    parser.add_argument("--worse", action="store_true", help="end with 1 only where something got worse")
    parser.add_argument("--json", action="store_true", help="tell it for programs (schemas/changes.schema.json)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
