"""What many targets cost, as tables: `tox -e scale`, or `python -m tests.scale [fleet] [shards] [merge] [model]`.

    fleet    50 sandboxes that answer late, as 1, 2 and 4 jobs, and the merge of what they leave
    shards   one sandbox that answers late, as 1, 2 and 4 shards: are they alike
    merge    25 and 100 targets, 100,000 cases, made of one real run, and merged
    model    what 1,000 targets would cost, and what ends first

The documented cases judge all 38 rows. What is generated besides sends most of its requests one after another: with 200 ms added
that takes half an hour a target, in which a machine does little but wait. `--depth quick` asks for it, the model reckons it.
Quote ratios within one run: machines are noisy, and no test asserts a time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.scale import figures, fleet, merging, model, shards
from tests.scale.fleet import Asked
from tests.scale.merging import Merged
from tests.scale.model import Setting
from tests.scale.shards import Part

PARTS = ("fleet", "shards", "merge", "model")
QUICK = {"targets": 6, "shards": "1,4", "merge_targets": "5,20"}
FULL = {"targets": 50, "shards": "1,2,4", "merge_targets": "25,100"}


def main() -> None:
    """Measure what is asked for, and print each table as soon as there is one."""
    parser = _parser()
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"no part is called {unknown[0]}: give some of {', '.join(PARTS)}")
    options.parts = options.parts or list(PARTS)
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    _tell([f"load before: {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores"])
    with tempfile.TemporaryDirectory(prefix="scale-", dir=options.scratch) as scratch:
        for lines in _parts(options, Path(scratch)):
            _tell(lines)
            _tell(("",))
    _tell([f"load after: {' '.join(f'{load:.1f}' for load in os.getloadavg())}"])


def _parts(options: argparse.Namespace, scratch: Path) -> Iterator[Iterator[str]]:
    """The lines of each part that is asked for."""
    asked = _asked(options)
    folders = {name: scratch / name for name in PARTS}
    for folder in folders.values():
        folder.mkdir()
    rounds, merges, real = list[list[Part]](), list[Merged](), None
    if "fleet" in options.parts:
        yield fleet.lines(asked, folders["fleet"])
    if "shards" in options.parts:
        yield shards.lines(asked, folders["shards"], rounds)
    if "merge" in options.parts:
        real = merging.recorded((), folders["merge"] / "real")
        yield merging.lines(real, _numbers(options.merge_targets), folders["merge"], merges)
    if "model" in options.parts:
        setting = Setting(options.model_targets, options.model_jobs, options.model_cores, options.at_once)
        alone = rounds[0][0] if rounds and len(rounds[0]) == 1 and not options.depth else None
        yield model.told(figures.depths(alone, merges, real, asked.delay / 1000), setting)


def _asked(options: argparse.Namespace) -> Asked:
    depth = ("--depth", options.depth) if options.depth else ("--only-documented",)
    return Asked(int(options.targets), options.delay_ms, options.at_once, _numbers(options.shards), depth)


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _tell(lines: Sequence[str] | Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.scale", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer targets, in some three minutes")
    parser.add_argument("--targets", type=int, help="sandboxes of the fleet (default: 50)")
    parser.add_argument("--shards", metavar="N,N", help="numbers of jobs, and of shards (default: 1,2,4)")
    parser.add_argument("--merge-targets", metavar="N,N", help="numbers of targets to merge (default: 25,100)")
    parser.add_argument("--delay-ms", type=int, default=200, metavar="D", help="what is added to every answer (default: 200)")
    parser.add_argument("--at-once", type=int, default=8, metavar="N", help="targets at once in a job (default: 8)")
    parser.add_argument("--depth", metavar="DEPTH", help="also what is generated, at this depth (default: documented cases alone)")
    parser.add_argument(
        "--scratch", metavar="DIR", help="where evidence lies for a while: 100 targets need 10 GB (default: the system's)"
    )
    parser.add_argument("--model-targets", type=int, default=1000, metavar="N", help="targets of the model (default: 1000)")
    parser.add_argument("--model-jobs", type=int, default=16, metavar="N", help="its jobs (default: 16)")
    parser.add_argument("--model-cores", type=int, default=2, metavar="N", help="cores of each of them (default: 2)")
    return parser


if __name__ == "__main__":
    main()
