"""Shows how the rows fared so far, a table for each target.

python -m contracts.history [--history FILE] [--target ID]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.exchange import visible
from contracts.history import HISTORY, History
from contracts.history.file import there

WIDTH = 36  # characters of the longest id of a row
COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow"}
UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))
LINE = f"{{:<12}} {{:<{WIDTH}}} {{:>6}} {{:>7}} {{:>7}} {{:>7}}"
HEAD = LINE.format("verdict", "row", "flakes", "first", "last", "passed")
LEGEND = """first, last: how long ago a run judged the row; passed: how long ago it passed
flakes: in how many of the runs it flipped though nothing changed; !: flaky"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the tables: 0, or 4 for a mistake in the options, or in the file that they name."""
    options = _parser().parse_args(arguments)
    printable()
    try:
        teller()(_lines(Path(options.history), options.target, datetime.now(UTC)))
    except Mistake as e:
        sys.stderr.write(f"{visible(str(e))}\n")
        return MISTAKE
    return 0


def _lines(path: Path, target: str | None, now: datetime) -> Iterator[tuple[str, str]]:
    """The lines of all tables, with a colour each. Raises Mistake where there is no file, or no such target in it."""
    if not there(path):
        raise Mistake(f"there is no history {path}: every run adds itself to it; name another with --history")
    known = History(path).trends()
    chosen = [one for one in known if target in (None, one[0][0])]
    if target is not None and not chosen:
        targets = ", ".join(sorted({names[0] for names, _ in known})) or "none"
        raise Mistake(f"the history {path} has no target {target}; it has: {targets}")
    for number, (names, trend) in enumerate(chosen):
        yield from [("", "")] if number else []
        count = len(trend["runs"])
        yield f"{_words(*names)}: the last {count} run{'s' if count > 1 else ''}", "bold"
        yield HEAD, "bold"
        for row, one in trend["rows"].items():
            yield _line(row, one, now)
    yield LEGEND, ""


def _words(target: str, profile: str, base_url: str) -> str:
    """A target for people, as the run named it."""
    where = ", ".join(filter(None, (base_url, profile and f"profile {profile}")))
    return f"{target} ({where})" if where else target


def _line(row: str, one: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    verdicts = [verdict for verdict in one["verdicts"] if verdict]
    last = verdicts[-1] if verdicts else "never judged"
    flakes = f"{one['flake_rate']:.0%}{'!' if one['flaky'] else ' '}"
    ages = (ago(one[name], now) for name in ("first_seen", "last_seen", "last_pass"))
    return LINE.format(last, row, flakes, *ages), COLOURS.get(last, "")


def ago(moment: str | None, now: datetime) -> str:
    """How long ago something was, in the largest unit that it fills."""
    if moment is None:
        return "never"
    past = now - datetime.fromisoformat(moment)
    return next((f"{past // unit} {name}" for unit, name in UNITS if past >= unit), "now")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.history", description="Show how the rows fared so far.")
    parser.add_argument("--history", metavar="FILE", default=str(HISTORY), help="where runs are kept (reports/history.sqlite)")
    parser.add_argument("--target", metavar="ID", help="only targets of that id, as results.json has it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
