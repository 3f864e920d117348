"""The plan of the suite: every case that it has, whatever a run leaves out of it."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
from collections.abc import Sequence
from pathlib import Path

from contracts import __version__
from contracts.blame import Mistake
from contracts.case import Case, Depth, Scenario
from contracts.catalogue import ROWS
from contracts.profile import load_profile
from contracts.run.embedded import ROOT
from contracts.run.options import Options
from contracts.run.shard import recorded, share

SCENARIOS = ROOT / "tests" / "contract"


def plan(depth: str = Depth.QUICK, *, only_documented: bool = False) -> tuple[Case, ...]:
    """Every case that the suite has at that depth, whatever a run leaves out of it; checks last, and those that run alone."""
    modules = [importlib.import_module(f"tests.contract.{path.stem}") for path in sorted(SCENARIOS.glob("test_*.py"))]
    scenarios = [value for module in modules for value in vars(module).values() if isinstance(value, Scenario)]
    cases = (case for scenario in scenarios for case in scenario.cases(Depth(depth)))
    return tuple(sorted((case for case in cases if case.row or not only_documented), key=lambda case: case.turn))


@functools.cache
def chosen(options: Options) -> frozenset[str] | None:
    """The ids of the cases of a shard, whatever else leaves some of them out; None where none is asked for. Raises Mistake."""
    if options.shard is None:
        return None
    seconds = recorded(options.shard_durations)
    try:
        cases = plan(options.depth, only_documented=options.only_documented)
    except Exception as e:  # noqa: BLE001 - a scenario file that cannot be imported
        raise Mistake(f"--shard: there is no plan to deal ({type(e).__name__}: {e}): run pytest without it to see why") from None
    return share(cases, options.shard, seconds)


def plan_id(options: Options, seed: int) -> str:
    """Equal for equal suite version, catalogue, profile, depth and seed (results.md)."""
    # The profile by what it says, not by its name: on another machine the same file may lie elsewhere.
    profile = json.dumps(load_profile(options.profile) if options.profile else {}, sort_keys=True, default=str)
    facts = [__version__, ROWS.read_text("utf-8"), profile, options.depth, str(seed), str(options.only_documented)]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


def overlaps(arguments: Sequence[str], root: Path) -> bool:
    """Whether command-line arguments ask for anything under tests/contract."""
    paths = [(root / argument.split("::")[0]).resolve() for argument in arguments]
    return any(path == SCENARIOS or SCENARIOS in path.parents or path in SCENARIOS.parents for path in paths)


def check_withdrawals(profile: str) -> None:
    """Raises Mistake for a withdrawal that withdraws nothing: a misspelt one would let a case run that was not to run."""
    known = [case.id for case in plan(Depth.EXHAUSTIVE)]
    for withdrawn in (entry["case"] for entry in load_profile(profile).get("withdraw", ())):
        if not any(case == withdrawn or case.startswith(withdrawn + "/") for case in known):
            hint = "give a case id as results.json has it, or its beginning up to a slash"
            raise Mistake(f"profile {profile}: withdraw: no case is {withdrawn!r}: {hint}")
