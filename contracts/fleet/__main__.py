"""`python -m contracts.fleet`: run the targets of a fleet, all of them or one job's part.

    python -m contracts.fleet FLEET.toml [--shard I/N] [--report-dir DIR] [--plan] [options of a run]

Ends with 1 if a unit failed; else with 3 if one met a defect of the suite or left no results; else with 6 if one could not be
judged, was stopped or killed; else with 0. 4 for a mistake, before anything is sent to any target.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from contracts.blame import Mistake
from contracts.case import Depth, Verdict
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.fleet import listing, record
from contracts.fleet.assignment import Assignment, assigned
from contracts.fleet.errand import errands
from contracts.fleet.file import Fleet, load
from contracts.fleet.job import Job
from contracts.fleet.outcome import exit_status, worst
from contracts.gate.outcome import Mode
from contracts.names import new_run_id
from contracts.report.line import Line
from contracts.report.results import STATUS
from contracts.run.options import Options, options_of
from contracts.run.session import REPORTS, check_writable
from contracts.run.shard import parsed
from contracts.transport.guard import CONFIRM

TAKEN = {"strict_undocumented": "--strict-undocumented", "production": CONFIRM}
"""What is passed on to every run as it stands."""
GIVEN = {"gate": "--gate", "ledger": "--ledger", "history": "--history", "shard_durations": "--shard-durations", "workers": "-n"}
"""What is passed on to every run with its value."""
REFUSED = {
    **dict.fromkeys(("--base-url", "--profile", "--target-id", "--target-version"), "each [[target]] of the fleet file says that"),
    **dict.fromkeys(
        ("--max-requests", "--rate", "--max-in-flight", "--concurrency"), "the fleet file says that, for all targets and for each"
    ),
    **dict.fromkeys(
        ("--require-all", "--baseline", "--deviations", "--update-deviations"),
        "whole targets are judged by it: give it to python -m contracts.merge",
    ),
    **dict.fromkeys(("-k", "-m", "-x", "--maxfail", "--lf", "--ff", "--deselect", "--ignore"), "a fleet runs all cases"),
}
"""Options of a run that a fleet does not take, and why."""
OPTIONS = "PYTEST_ADDOPTS"  # a variable whose options every run takes, before those of its command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is this job's, and tell what became of it."""
    printable()
    try:
        options = _options(arguments)
        _check_options(os.environ.get(OPTIONS, ""))
        fleet = _asked(load(Path(options.fleet)), options)
        assignment = assigned(fleet, options.shard, os.environ, sending=not options.plan, confirmed=options.production)
        if options.plan:
            teller()([*listing.head(assignment), *listing.plan(assignment)])
            return 0
        return _ran(assignment, _folder(options.report_dir), _passed_on(options))
    except Mistake as e:
        sys.stderr.write(f"{e}\n")
        return MISTAKE


def _ran(assignment: Assignment, folder: Path, passed_on: Sequence[str]) -> int:
    tell = _untiring(teller())
    known = record.begun(assignment, datetime.now(UTC))
    try:
        record.write(known, folder)
    except OSError as e:
        raise Mistake(f"{folder / record.NAME} cannot be written ({e.strerror}): name another folder with --report-dir") from None
    tell(listing.head(assignment))
    job = Job(
        tuple(errands(assignment, folder, passed_on, os.environ)), assignment.fleet.at_once, lambda one: tell([listing.ended(one)])
    )
    ended = job.run()
    try:
        record.write(record.over(known, ended, datetime.now(UTC)), folder)
    except OSError as e:
        sys.stderr.write(f"{folder / record.NAME} cannot be written ({e.strerror}): the job has no record, and no merge takes it\n")
        return STATUS[worst([Verdict.ERROR, *(one.verdict for one in ended)])]
    tell(listing.end(ended, assignment.shard.of, str(folder)))
    return exit_status(ended)


def _untiring(tell: Callable[[Iterable[Line]], None]) -> Callable[[Iterable[Line]], None]:
    """What tells as long as somebody reads it: a job goes on, and is recorded, also where nobody does any more."""

    def told(lines: Iterable[Line]) -> None:
        with contextlib.suppress(OSError, SystemExit):  # SystemExit: so rich ends where a pipe was closed
            tell(lines)

    return told


def _check_options(said: str) -> None:
    """Raises Mistake for options of all runs that would take some of their cases, limits or addresses from them."""
    try:
        words = shlex.split(said)
    except ValueError as e:
        raise Mistake(f"{OPTIONS}: {e}: write it as on a command line") from None
    for name in (text.partition("=")[0] for text in words):
        if name in REFUSED:
            raise Mistake(f"{OPTIONS}: {name}: {REFUSED[name]}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What is asked for. Raises Mistake."""
    options, unknown = _parser().parse_known_args(arguments)
    for name in (text.partition("=")[0] for text in unknown):
        raise Mistake(f"{name}: {REFUSED.get(name, 'a fleet has no such option: see --help')}")
    if options.gate == Mode.NO_NEW:
        raise Mistake(f"--gate {options.gate}: {REFUSED['--baseline']}")
    asked = {name: value for name in ("depth", "seed", "gate") if (value := getattr(options, name)) is not None}
    options.seed = options_of(lambda name: asked.get(name, Options.__dataclass_fields__[name].default)).seed
    options.shard = parsed(options.shard)
    return options


def _asked(fleet: Fleet, options: argparse.Namespace) -> Fleet:
    """The fleet with what the command line says over its file."""
    return replace(
        fleet,
        depth=options.depth or fleet.depth,
        seed=fleet.seed if options.seed is None else options.seed,
        only_documented=options.only_documented or fleet.only_documented,
    )


def _passed_on(options: argparse.Namespace) -> list[str]:
    """The options that every run gets."""
    values = [text for name, option in GIVEN.items() if (value := getattr(options, name)) is not None for text in (option, value)]
    return [*(option for name, option in TAKEN.items() if getattr(options, name)), *values]


def _folder(named: str | None) -> Path:
    """A new or empty folder for the job. Raises Mistake where something is in it already: two jobs' results would mix."""
    folder = Path(named) if named else REPORTS / f"fleet-{new_run_id()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder, "report", "--report-dir")
        if any(folder.iterdir()):
            raise Mistake(f"{folder} is not empty, and results would mix: name a new folder with --report-dir")
    except OSError as e:
        raise Mistake(f"the report folder {folder} cannot be written ({e.strerror}): name another with --report-dir") from None
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.fleet", description="Run the targets of a fleet.", allow_abbrev=False)
    parser.add_argument("fleet", metavar="FLEET.toml", help="the targets: contracts/fleets/example.toml shows every key")
    parser.add_argument("--shard", metavar="I/N", default="1/1", help="only the part of job I of N (default: all of it)")
    parser.add_argument("--report-dir", metavar="DIR", help="a new folder for the results; by default one under reports/")
    parser.add_argument("--plan", action="store_true", help="tell what each job would run and may send, and send nothing")
    parser.add_argument("--depth", metavar="|".join(Depth), help="how deep to go, over the file's")
    parser.add_argument("--seed", metavar="N", help="the seed of all that is generated, over the file's")
    parser.add_argument("--only-documented", action="store_true", help="the documented cases alone, without generated tests")
    parser.add_argument("--strict-undocumented", action="store_true", help="an error that no row documents fails a run")
    modes = f"{Mode.STRICT}|{Mode.DOCUMENTED_ONLY}"
    parser.add_argument("--gate", metavar=modes, help="which failures fail a run; the merge has all gates")
    parser.add_argument("-n", dest="workers", metavar="N", help="processes of each run (pytest-xdist)")
    parser.add_argument("--ledger", metavar="DIR", help="where runs write down what they make")
    parser.add_argument("--history", metavar="FILE", help="where runs are kept to be compared")
    parser.add_argument("--shard-durations", metavar="RESULTS", help="how long cases take, to make the parts of a target alike")
    parser.add_argument(CONFIRM, dest="production", action="store_true", help="leave to send to hosts of production")
    return parser


if __name__ == "__main__":
    sys.exit(main())
