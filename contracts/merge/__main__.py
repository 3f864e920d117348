"""Joins shards of a run, and runs of a fleet's targets, to one report, once they are proven to be all of it.

    python -m contracts.merge DIR... [--report-dir DIR] [--history FILE] [--gate MODE] [--baseline RESULTS|history]
                              [--deviations FILE] [--update-deviations] [--require-all]

DIR is the folder of a run or of a fleet's job, or one that holds such at any depth. Nothing is sent anywhere, and nothing is
written where something is missing, is there twice, or does not belong to the rest: then each such thing is told in a line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.case import Verdict
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.exchange import visible
from contracts.fleet.outcome import worst
from contracts.gate.outcome import Mode
from contracts.history import trend
from contracts.merge import fleet, proof
from contracts.merge.delivery import Delivered, delivered
from contracts.merge.muster import Job, Muster, mustered
from contracts.merge.part import Part
from contracts.merge.source import found
from contracts.merge.union import planned
from contracts.names import new_run_id
from contracts.report import terminal
from contracts.report.line import Line, Whole
from contracts.report.results import STATUS
from contracts.run import gating
from contracts.run.options import Options, check_gate
from contracts.run.session import REPORTS, check_writable, history_of

UNPROVEN = 3  # the exit status where the union cannot be proven
STOPPED = 130  # as shells have it
HEAD = "nothing was merged, for this is no whole:"
GATE = ("gate", "baseline", "deviations", "update_deviations", "require_all", "report_dir", "history")


def main(arguments: Sequence[str] | None = None) -> int:
    """Merge, and tell: the status of the merged run (0, 1, 3, 6), 3 where it is no whole one, 4 for a mistake."""
    options = _parser().parse_args(arguments)
    printable()
    try:
        return _merged(options)
    except Mistake as e:
        sys.stderr.write(f"{visible(str(e))}\n")
        return MISTAKE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: what was merged so far is not all\n")
        return STOPPED


def _merged(options: argparse.Namespace) -> int:
    run_id = new_run_id()
    asked = Options(**{name: getattr(options, name) for name in GATE})
    folder = Path(options.report_dir) if options.report_dir else REPORTS / run_id
    check_gate(asked)
    history = history_of(options.history)
    gate = gating.asked(asked, folder, history)
    folders = [Path(given) for given in options.folders]
    _check_apart(folder, folders)
    lying = found(folders)
    muster = mustered(lying.jobs, lying.parts) if lying.jobs else Muster(lying.parts, (), frozenset())
    faults = [*muster.faults, *proof.faults(muster.parts, _ids, muster.missing)]
    if faults:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in (HEAD, *(f"  {fault}" for fault in faults))))
        return UNPROVEN
    parts = fleet.in_order(proof.summed(muster.parts), lying.jobs)
    fleet.check_folders(parts)
    alone = len(parts) == 1 and not lying.jobs
    if not alone and options.baseline not in {None, gating.FROM_HISTORY}:
        raise Mistake("--baseline of a fleet: give history, which knows what each of its targets was")
    check_writable(folder, "report", "--report-dir")
    merging = fleet.Merging(gate, folder, history, run_id)
    return _one(next(iter(parts.values())), merging) if alone else _fleet(parts, lying.jobs, merging)


def _ids(depth: str, only_documented: bool) -> list[str]:  # noqa: FBT001 - as the proof asks for it
    return [case.id for case in planned(depth, only_documented=only_documented)]


def _check_apart(report: Path, folders: Sequence[Path]) -> None:
    """Raises Mistake where a report would be written among what it is made of, or the other way about."""
    for folder in folders:
        one, other = report.resolve(), folder.resolve()
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise Mistake(
                f"the report would lie in {report}, and what is merged in {folder}: give --report-dir a folder of its own"
            )


def _one(parts: Sequence[Part], merging: fleet.Merging) -> int:
    """Write and tell the run of an only target."""
    own = delivered(parts, merging.folder, merging.gating, merging.history)
    spent = sorted(frozenset().union(*(part.spent for part in parts)))
    notes = [(line, "yellow") for line in (*own.notes, *trend.told(own.trend, own.forgotten)) if line]
    tell = teller()
    tell([(_parts(parts), "bold")])
    tell(terminal.summary(own.results, str(merging.folder), spent=spent[0] if len(spent) == 1 else "", notes=notes))
    return STATUS[_worst([own])]


def _fleet(parts: Mapping[str, Sequence[Part]], jobs: Sequence[Job], merging: fleet.Merging) -> int:
    """Write and tell the runs of several targets."""
    tell, done = teller(), list[Delivered]()
    tell([(visible(f"fleet {jobs[0].facts['name'] if jobs else fleet.UNNAMED}, {len(parts)} targets"), "bold")])

    def tell_of(target: str, own: Delivered) -> None:
        done.append(own)
        tell([(_row(target, own.results), terminal.COLOURS[own.results["run"]["gate"]["verdict"]])])
        tell((visible(f"{'':<14}{note}"), "yellow") for note in (*own.notes, own.forgotten) if note)

    tell((visible(line), "yellow") for line in fleet.report(merging, jobs, parts, tell_of))
    tell(_outcome(done, merging.folder))
    return STATUS[_worst(done)]


def _row(target: str, results: Mapping[str, Any]) -> str:
    totals, gate = results["totals"], results["run"]["gate"]
    shares = ", ".join(f"{totals[v]} {terminal.SHOWN.get(v, v)}" for v in terminal.COLOURS if totals[v])
    partial = "" if results["run"]["complete"] else "; partial: cases of the plan were left out"
    why = f": {results['why']}" if results["why"] else ""
    return visible(f"{gate['verdict']:<13} {target}: {totals['rows']} rows: {shares}{partial}{why}")


def _outcome(done: Sequence[Delivered], folder: Path) -> Iterator[Line]:
    verdicts = [own.results["run"]["gate"]["verdict"] for own in done]
    shares = ", ".join(f"{verdicts.count(v)} {v}" for v in terminal.COLOURS if v in verdicts)
    yield "", ""
    yield f"{len(done)} targets: {shares}", terminal.COLOURS[_worst(done)]
    yield Whole(f"results: {folder}"), ""


def _parts(parts: Sequence[Part]) -> str:
    of = f"{len(parts)} shards" if len(parts) > 1 else "one run"
    return visible(f"target: {parts[0].target['id']}, {of} of plan {parts[0].run['plan_id']}, seed {parts[0].run['seed']}")


def _worst(done: Sequence[Delivered]) -> Verdict:
    return worst(Verdict(own.results["run"]["gate"]["verdict"]) for own in done)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.merge", description="Join shards, and runs of several targets, to one report.")
    parser.add_argument("folders", metavar="DIR", nargs="+", help="the folder of a run or of a fleet's job, or one that holds such")
    parser.add_argument("--report-dir", metavar="DIR", help="where the report goes; by default a new folder under reports/")
    parser.add_argument("--history", metavar="FILE", help="where runs are kept to be compared (default: reports/history.sqlite)")
    modes = "|".join(Mode)
    parser.add_argument("--gate", metavar=modes, default="strict", help="which failures count (default: strict, all of them)")
    parser.add_argument("--baseline", metavar="RESULTS|history", help="what failed there is not new")
    parser.add_argument("--deviations", metavar="FILE", help="failures that are known, each with a reason and an end: a TOML file")
    parser.add_argument("--update-deviations", action="store_true", help="propose that file anew, in the report's folder")
    parser.add_argument("--require-all", action="store_true", help="a row that was not exercised fails the merged run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
