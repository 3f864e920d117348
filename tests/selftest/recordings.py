"""Runs of a few cases within the test's own process, with their traffic and their run.har."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.case import Case, CaseResult, Kind
from contracts.client import Client
from contracts.names import Names
from contracts.origin import Origin
from contracts.report import har
from contracts.run.planned import plan
from contracts.runner import run
from contracts.traffic import Traffic

RUN = "20260102t030405-abcd"
SOME = (
    *("500-internal-server-error/createSipTrunk/injected", "403-forbidden/createPhoneNumber/foreign-project"),
    "404-trunk-id/getSipTrunkById/unissued",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run left behind: its run.har, its traffic, and the results of its cases by their ids."""

    har: Path
    traffic: Path
    results: dict[str, CaseResult]


def documented() -> Iterator[Case]:
    """A case of each row and kind, and a few that are not like the others."""
    seen: set[tuple[str, Kind]] = set()
    for case in plan(only_documented=True):
        if (case.row, case.kind) not in seen or case.id in SOME:
            seen.add((case.row, case.kind))
            yield case


def recorded(client: Client, folder: Path, cases: Iterable[Case], run_id: str = RUN) -> Recorded:
    """What cases leave behind that are run on a client's target, one after the other."""
    traffic = folder / "traffic"
    traffic.mkdir(parents=True)
    names = Names(run_id, "gw0")
    client.veil.add(names.secret)
    client.traffic = Traffic(traffic, "gw0")
    results = {case.id: run(case, client, names) for case in cases}
    client.traffic.close()
    client.traffic = None
    return Recorded(har.write(Origin.of(run_id, client.target), traffic, folder), traffic, results)
