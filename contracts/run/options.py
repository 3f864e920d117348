"""The options of a run: how they are asked for on pytest's command line, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.blame import Mistake
from contracts.budget import RATE_HINT, is_rate
from contracts.case import Depth
from contracts.gate.outcome import Mode
from contracts.run.shard import Shard, parsed
from contracts.target import checked_id
from contracts.transport.guard import CONFIRM

if TYPE_CHECKING:
    import pytest

RATE = re.compile(r"([0-9]*\.?[0-9]+)(/[smh])?")
AT_LEAST_ONE = ("concurrency", "max_requests", "max_in_flight")
UNITS = {"": 1, "/s": 1, "/m": 60, "/h": 3600}  # in seconds


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for (results.md, "How a run is asked for")."""

    base_url: str | None = None
    profile: str | None = None
    report_dir: str | None = None
    seed: int | None = None
    depth: str = "quick"
    only_documented: bool = False
    require_all: bool = False
    strict_undocumented: bool = False
    concurrency: int | None = None
    max_requests: int | None = None
    rate: float | None = None
    max_in_flight: int | None = None
    production: bool = False
    ledger: str | None = None
    history: str | None = None
    target_version: str | None = None
    target_id: str | None = None
    plan: bool = False
    gate: str = Mode.STRICT
    baseline: str | None = None
    deviations: str | None = None
    update_deviations: bool = False
    shard: Shard | None = None
    shard_durations: str | None = None


def add_options(parser: pytest.Parser) -> None:
    """The options of a run (results.md, "How a run is asked for")."""
    group = parser.getgroup("contracts", "error contracts")
    group.addoption("--base-url", metavar="URL", help="the API to test; without it, the embedded sandbox")
    group.addoption("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows: a TOML file, or a name")
    group.addoption("--report-dir", metavar="DIR", help="where results go; by default a new folder under reports/")
    group.addoption("--seed", metavar="N", help="the seed of all that is generated; by default a new one")
    depths = "|".join(Depth)
    group.addoption("--depth", metavar=depths, default="quick", help="how deep to go (default: quick)")
    group.addoption("--only-documented", action="store_true", help="the documented cases alone, without generated tests")
    group.addoption("--require-all", action="store_true", help="a row that was not exercised fails the run")
    group.addoption("--strict-undocumented", action="store_true", help="an error that no row documents fails the run")
    group.addoption("--concurrency", metavar="N", help="cases that wait for the network at once, in all processes")
    group.addoption("--max-requests", metavar="N", help="send no more requests than that, in all processes")
    group.addoption("--rate", metavar="R", help="send at most R requests a second, in all processes: 20, 0.5 or 300/m")
    group.addoption("--max-in-flight", metavar="N", help="have no more requests than that on their way at once, in all processes")
    group.addoption("--plan", action="store_true", help="tell what a run would send and make, and send nothing")
    group.addoption("--ledger", metavar="DIR", help="where a run writes down what it makes, for python -m contracts.sweep")
    group.addoption("--history", metavar="FILE", help="where runs are kept to be compared (default: reports/history.sqlite)")
    group.addoption("--target-version", metavar="TEXT", help="which build of the API this is: what flips on one build is flaky")
    group.addoption(
        "--target-id", metavar="ID", help="what results call the target (default: what its profile, or its host, is called)"
    )
    modes = "|".join(Mode)
    group.addoption("--gate", metavar=modes, default="strict", help="which failures fail the run (default: strict, all of them)")
    group.addoption("--baseline", metavar="RESULTS|history", help="what failed there is not new: a results.json or a run's folder")
    group.addoption("--deviations", metavar="FILE", help="failures that are known, each with a reason and an end: a TOML file")
    group.addoption("--update-deviations", action="store_true", help="propose that file anew, in the report folder")
    group.addoption("--shard", metavar="I/N", help="only part I of N of the cases; python -m contracts.merge joins the parts")
    group.addoption(
        "--shard-durations", metavar="RESULTS", help="how long cases take, to make shards alike: the results of an earlier run"
    )
    group.addoption(CONFIRM, dest="production", action="store_true", help="leave to send to a host of production")


def options_of(given: Callable[[str], Any]) -> Options:
    """The run's options, each as the command line gives it. Raises Mistake for one that says nothing sensible."""
    asked = {name: given(name) for name in Options.__dataclass_fields__}
    for name in ("seed", *AT_LEAST_ONE):
        try:
            asked[name] = asked[name] if asked[name] is None else int(asked[name])
        except ValueError:
            raise Mistake(f"--{name.replace('_', '-')} {asked[name]}: give a whole number") from None
    asked["shard"] = None if asked["shard"] is None else parsed(asked["shard"])
    asked["rate"] = None if asked["rate"] is None else _rate(asked["rate"])
    if asked["depth"] not in set(Depth):
        raise Mistake(f"--depth {asked['depth']}: give one of {', '.join(Depth)}")
    if asked["target_version"] == "":
        raise Mistake("--target-version is empty: name one, or leave it out")  # some variable was not set
    if asked["target_id"] is not None:
        _check_id(asked["target_id"])
    options = Options(**asked)
    check_gate(options)
    _check_shard(options)
    for name in AT_LEAST_ONE:
        if asked[name] is not None and asked[name] < 1:
            raise Mistake(f"--{name.replace('_', '-')} must be 1 or more")
    return options


def _check_id(name: str) -> None:
    """Raises Mistake for a target's id that is none."""
    try:
        checked_id(name)
    except Mistake as e:
        raise Mistake(f"--target-id: {e}") from None


def check_gate(options: Options) -> None:
    """Raises Mistake for a gate that is none, or that lacks what it needs."""
    if options.gate not in set(Mode):
        raise Mistake(f"--gate {options.gate}: give one of {', '.join(Mode)}")
    if options.gate == Mode.NO_NEW and not options.baseline:
        raise Mistake("--gate no-new compares with an earlier run: name it with --baseline, a results.json or a run's folder")
    if options.baseline is not None and options.gate != Mode.NO_NEW:
        raise Mistake(f"--baseline is for --gate {Mode.NO_NEW} alone: the gate {options.gate} compares with nothing")
    if options.deviations == "":
        raise Mistake("--deviations is empty: name a TOML file")
    if options.update_deviations and not options.deviations:
        raise Mistake("--update-deviations proposes a file anew: name it with --deviations; it need not be there yet")


def _check_shard(options: Options) -> None:
    """Raises Mistake for what makes no sense of a shard."""
    if options.shard_durations is not None and not options.shard:
        raise Mistake("--shard-durations makes shards alike: it goes with --shard")
    if options.require_all and options.shard and options.shard.of > 1:
        raise Mistake("--require-all is for whole runs: give it to python -m contracts.merge, which joins the shards")


def _rate(text: str) -> float:
    """Requests a second. Raises Mistake for what is no number above zero, with or without its unit of time."""
    found = RATE.fullmatch(text)
    rate = float(found[1]) / UNITS[found[2] or ""] if found else 0.0
    if not is_rate(rate):
        raise Mistake(f"--rate {text}: {RATE_HINT}")
    return rate
