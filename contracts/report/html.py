"""report.html: a run on one page that opens from disk: results and traffic in, a document that needs no network out."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.report.page.harvest import Harvest, Sent
from contracts.report.page.head import again, sentence
from contracts.report.page.lane import BINS, HEIGHT
from contracts.report.page.line import checks, lines, resources
from contracts.report.page.parcel import packed
from contracts.report.page.sheet import PAGE, environment, policy
from contracts.report.page.stray import FEW, MOST
from contracts.report.page.trend import BAR, STEP, TALL, bars, sparks
from contracts.report.page.word import ORDER, epoch, worst_of
from contracts.report.results import write_whole

SHOWN = {"HEIGHT": HEIGHT, "BINS": BINS, "FEW": FEW, "MOST": MOST, "BAR": BAR, "STEP": STEP, "TALL": TALL, "ORDER": ORDER}


def write(results: Mapping[str, Any], folder: Path, traffic: Sent = None, trend: Mapping[str, Any] | None = None) -> Path:
    """Write report.html whole or not at all."""
    return write_whole(folder / "report.html", render(results, traffic, trend, replay=_replay(folder)))


def render(results: Mapping[str, Any], traffic: Sent = None, trend: Mapping[str, Any] | None = None, *, replay: str = "") -> str:
    """The page of a run: its results, what went over the wire where that was kept, and the last runs where they are known.

    `replay` is the command that sends a case's requests again, without the case's id.
    """
    rows, kinds = lines(results), checks(results)
    harvest = Harvest([*rows, *kinds], results["undocumented"], epoch(results["run"]["started_at"]))
    harvest.read(traffic)
    index = {"lines": harvest.index(), "again": again(results), "replay": replay}
    style, script = ((PAGE / name).read_text("utf-8") for name in ("style.css", "script.js"))
    page = environment().get_template("report.jinja", globals=SHOWN)
    return page.render(
        policy=policy(style, script),
        style=style,
        script=script,
        results=results,
        gate=results["run"].get("gate"),
        verdict=worst_of({line.facts["verdict"] for line in (*rows, *kinds)}),
        rows=rows,
        checks=kinds,
        resources=sorted({resource for line in (*rows, *kinds) for resource in resources(line)}),
        statuses=sorted({(line.facts["http_code"], line.facts["status"]) for line in rows}),
        verdicts={case["verdict"] for line in (*rows, *kinds) for case in line.cases},
        sentence=sentence(results, kinds),
        leftovers=_counted(results["leftovers"]),
        staying=_counted(results.get("not_removable", ())),
        errors=harvest.errors.told(),
        lanes=harvest.clock.lanes(),
        bars=bars(trend),
        sparks=sparks(trend),
        parcels=harvest.parcels.closed,
        index=packed(index),
    )


def _counted(left: Sequence[Mapping[str, Any]]) -> Counter[tuple[str, str, str]]:
    """What was left behind, equal lines counted."""
    return Counter((one["path"], one["reason"], one["created_by"]) for one in left)


def _replay(folder: Path) -> str:
    """The command that sends a case's requests again; a folder elsewhere is only named, for a report is handed on."""
    here = Path.cwd()
    whole = folder.resolve()
    return shlex.join(
        ["python", "-m", "contracts.replay", str(whole.relative_to(here) if whole.is_relative_to(here) else whole.name)]
    )
