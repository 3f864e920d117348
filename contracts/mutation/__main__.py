"""`python -m contracts.mutation`: what the suite can see. Tries mutants, prints the score, and shows each survivor."""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.progress import track
from rich.table import Table

from contracts.mutation import score
from contracts.mutation.equivalent import equivalence
from contracts.mutation.mutant import Mutant
from contracts.mutation.mutants import mutants
from contracts.mutation.parallel import tried
from contracts.mutation.score import Count
from contracts.mutation.trial import Trial
from contracts.run.embedded import ROOT

README = ROOT / "README.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks. Returns 0, 1 where a mutant survived or the README is not up to date, 2 for a mistake."""
    options = _parser().parse_args(arguments)
    chosen = _chosen(mutants(), options.which)
    if options.write and (options.which or options.sample):
        sys.stderr.write("--write needs the trials of all mutants: choose none, and no sample\n")
        return 2
    if not chosen:
        sys.stderr.write(f"no mutant is called {' or '.join(options.which)}: --list shows them all\n")
        return 2
    if options.list:
        sys.stdout.writelines(_line(mutant) for mutant in chosen.values())
        return 0
    console = Console(highlight=False)
    if options.sample:
        seed = random.SystemRandom().getrandbits(32) if options.seed is None else options.seed
        names = random.Random(seed).sample(sorted(chosen), min(options.sample, len(chosen)))  # noqa: S311 - no secret
        chosen = {name: chosen[name] for name in names}
        console.print(f"a sample of {len(chosen)} mutants, --seed {seed}")
    ending = track(tried(list(chosen), options.jobs), "trying mutants", len(chosen), console=console, transient=True)
    ended = {trial.mutant: trial for trial in ending}
    trials = [ended[name] for name in chosen]
    return _reported(console, chosen, trials, write=options.write, complete=len(chosen) == len(mutants()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m contracts.mutation", description="What the suite can see, measured.")
    parser.add_argument("which", nargs="*", help="rows, operators, or beginnings of mutants' ids; by default all mutants")
    parser.add_argument("--list", action="store_true", help="list the mutants, and try none")
    parser.add_argument("--sample", type=_positive, metavar="N", help="try N of them, chosen by the seed")
    parser.add_argument("--seed", type=int, metavar="N", help="the seed of the sample; by default a new one, which is printed")
    parser.add_argument("--jobs", type=_positive, metavar="N", default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--write", action="store_true", help="write the tables into README.md; needs all mutants")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1")
    return number


def _chosen(known: Mapping[str, Mutant], which: Sequence[str]) -> dict[str, Mutant]:
    """The mutants of these rows, or whose ids begin so."""
    wanted = tuple(which)
    return {name: m for name, m in known.items() if not wanted or m.row in wanted or name.startswith(wanted)}


def _line(mutant: Mutant) -> str:
    equivalent = f"; equivalent: {why}" if (why := equivalence(mutant.id)) else ""
    return f"{mutant.id}: {mutant.what} -> {mutant.rule}{equivalent}\n"


def _reported(console: Console, chosen: Mapping[str, Mutant], trials: Sequence[Trial], *, write: bool, complete: bool) -> int:
    keys: Mapping[str, Callable[[Mutant], str]] = {"operator": lambda mutant: mutant.operator, "row": lambda mutant: mutant.row}
    for title, key in keys.items():
        console.print(_table(title, score.counted(chosen, trials, key)))
    for trial in trials:
        if trial.surprising:
            console.print(_surprise(chosen[trial.mutant], trial), markup=False, soft_wrap=True)
    console.print(*_summary(score.total(trials)), sep="\n")
    stale = complete and _readme(console, score.markdown(chosen, trials), write=write)
    return 1 if stale or any(trial.surprising for trial in trials) else 0


def _table(title: str, counts: Mapping[str, Count]) -> Table:
    table = Table(title, *(("mutants", "killed", "equivalent", "score")), box=None, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, count in counts.items():
        table.add_row(name, *count.cells, style=None if count.score == 1 else "bold red")
    return table


def _surprise(mutant: Mutant, trial: Trial) -> str:
    if trial.killed:
        return f"\nNOT EQUIVALENT: {mutant.id}: {trial.killer} found {trial.rule}\n  but it is said that {equivalence(mutant.id)}"
    return f"\nSURVIVED: {mutant.id}: {mutant.what}\n  to be found: {mutant.rule}\n{trial.story}"


def _summary(count: Count) -> Iterator[str]:
    mutants_, killed, equivalent, share = count.cells
    yield f"\nmutation score {share}: {killed} of {count.mutants - count.equivalent} killed"
    yield f"{mutants_} mutants, {equivalent} of them equivalent ({count.equivalent / count.mutants:.2%})"


def _readme(console: Console, tables: str, *, write: bool) -> bool:
    """Bring the README up to date where that is asked for; whether it is not."""
    if write:
        console.print("README.md was written" if score.written(README, tables) else "README.md says so already")
        return False
    text = README.read_text("utf-8")
    if score.replaced(text, tables) == text:
        return False
    console.print("README.md says otherwise: run again with --write", style="bold red")
    return True


if __name__ == "__main__":
    sys.exit(main())
