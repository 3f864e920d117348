"""What GitHub shows of a run, in the scenarios' files too: a workflow command for each row or check that is not in order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.exchange import visible
from contracts.report.entry import KNOWN, Entry, entries, failing, headline
from contracts.report.place import Place

MOST = 10  # of each kind, which is what GitHub shows of one step
LEVELS = {"fail": "error", "error": "error", "inconclusive": "warning"}
LONGEST = 300  # characters of a message


def commands(results: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[str]:
    """The workflow commands: errors, warnings, then what is known, ten of each at most, and how many others there are."""
    told: dict[str, list[Entry]] = {"error": [], "warning": [], "notice": []}
    for entry in entries(results):
        if entry.verdict in LEVELS:
            told["notice" if entry.known else LEVELS[entry.verdict]].append(entry)
    more = [f"{len(of) - MOST} more of {level}" for level, of in told.items() if len(of) > MOST]
    if more:
        told["notice"] = told["notice"][: MOST - 1]  # one is needed to say so
    for level, of in told.items():
        for entry in of[:MOST]:
            yield _command(level, entry, places)
    if more:
        yield f"::notice title=error contracts::and {', '.join(more)}, in the report of the run"


def _command(level: str, entry: Entry, places: Mapping[str, Place]) -> str:
    case = entry.worst
    place = places.get(case["id"]) if case else None
    where = {"file": place.file, "line": str(place.line)} if place else {}
    properties = where | {"title": f"{entry.id}: {KNOWN if entry.known else entry.verdict}"}
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {said}::{_data(*_message(entry, case))}"


def _message(entry: Entry, case: Mapping[str, Any] | None) -> Iterator[str]:
    """The lines of a message."""
    if case is None:
        yield entry.reason or entry.verdict
        return
    alike = sum(each["verdict"] == entry.verdict for each in entry.cases)
    yield f"{case['id']} ({alike} of {len(entry.cases)} cases)" if len(entry.cases) > 1 else case["id"]
    yield headline(case)
    if failed := failing(case):
        yield f"expected: {failed['expected']}"
        yield f"actual: {failed['actual']}"


def _data(*lines: str) -> str:
    """A message as a command bears it: our lines stay lines, and whatever else could end one is made visible."""
    return "%0A".join(visible(line)[:LONGEST].replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
