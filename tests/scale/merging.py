"""What it costs to merge a hundred targets: copies of one real run, merged as jobs of a fleet; with and without its exchanges."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.report.har import NAME
from tests.bench import environment
from tests.scale import copies
from tests.scale.copies import Real
from tests.scale.fleet import check
from tests.scale.table import table
from tests.scale.watch import GIGABYTE, MEGABYTE, Cost, measured

JOBS = 4
TOP = ("results.json", "report.html", "junit.xml", "summary.md", NAME)
HEAD = ("targets", "cases", "run.har of all", "seconds", "CPU", "peak", *(f"its {name}" for name in TOP[:-1]))
SPARE = 3 * GIGABYTE  # bytes of the disk that are left alone


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge of so many targets: its cost, the bytes of each file at the top of its report, and of its history."""

    targets: int
    cases: int
    cost: Cost
    sizes: dict[str, int]
    history: int

    def line(self) -> tuple[str, ...]:
        """A line of the table."""
        cost = (f"{self.cost.seconds:.1f} s", f"{self.cost.cpu('merge'):.1f} s", f"{self.cost.peaks('merge'):.0f} MB")
        sizes = (f"{self.sizes[name] / MEGABYTE:.1f} MB" for name in TOP[:-1])
        return f"{self.targets}", f"{self.cases:,}", f"{self.sizes[NAME] / GIGABYTE:.2f} GB", *cost, *sizes


def recorded(options: Sequence[str], folder: Path) -> Real:
    """A real run of the embedded sandbox, in one part, as a fleet runs its targets."""
    said = (
        "--shard",
        "1/1",
        "--report-dir",
        str(folder),
        "--history",
        f"{folder}-history",
        "-q",
        "-p",
        "no:cacheprovider",
        *options,
    )
    cost = measured(("pytest", "tests/contract", *said), environment(), Path(f"{folder}.txt"))
    check([cost], folder.parent)
    return Real.of(folder, cost.cpu("run"))


def lines(real: Real, targets: Sequence[int], folder: Path, told: list[Merged]) -> Iterator[str]:
    """The table, a line for each number of targets, and one without exchanges; `told` gets the same as figures."""
    yield f"copies of a run of {real.cases:,} cases with a run.har of {real.size / MEGABYTE:.0f} MB, of {JOBS} jobs"
    told += [merged(real, count, folder / f"{count}") for count in targets]
    bare = merged(real, targets[-1], folder / "bare", exchanges=False)
    yield table([HEAD, *(one.line() for one in (*told, bare))])
    yield "the last line without exchanges: what is less there is what exchanges take; peaks: of all processes"


def merged(real: Real, targets: int, folder: Path, *, exchanges: bool = True) -> Merged:
    """Make a fleet of copies, merge it, and remove all that again. Raises RuntimeError where the disk has no room for it."""
    need = targets * real.size * 2 + SPARE
    folder.mkdir(parents=True)
    if (free := shutil.disk_usage(folder).free) < need:
        raise RuntimeError(f"{targets} targets need {need / GIGABYTE:.0f} GB of disk, {free / GIGABYTE:.0f} are free: give fewer")
    jobs = [str(job) for job in copies.write(real, targets, JOBS, folder / "jobs", exchanges=exchanges)]
    said = (*jobs, "--report-dir", str(folder / "merged"), "--history", str(folder / "history"))
    try:
        cost = measured(("contracts.merge", *said), environment(), folder / "merge.txt")
        check([cost], folder)
        sizes = {name: path.stat().st_size if (path := folder / "merged" / name).exists() else 0 for name in TOP}
        return Merged(targets, real.cases * targets, cost, sizes, (folder / "history").stat().st_size)
    finally:
        shutil.rmtree(folder)


def packed(folder: Path, scratch: Path) -> int:
    """Bytes of a folder's files as a zip archive."""
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    return scratch.stat().st_size
