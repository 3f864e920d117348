"""report.html: a run on one page that opens from disk: results and traffic in, a document that needs no network out."""

from __future__ import annotations

import base64
import functools
import hashlib
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.exchange import visible
from contracts.report.page.clip import clip
from contracts.report.page.harvest import Harvest
from contracts.report.page.head import again, sentence
from contracts.report.page.lane import BINS, HEIGHT
from contracts.report.page.line import anchor, checks, lines, resources
from contracts.report.page.parcel import packed
from contracts.report.page.stray import FEW, MOST
from contracts.report.page.trend import BAR, STEP, TALL, bars, sparks
from contracts.report.page.word import ORDER, epoch, kind, marked, moment, seconds, word, worst_of
from contracts.report.results import write_whole

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

PAGE = Path(__file__).with_name("page")
POLICY = "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'"
SHOWN = {"HEIGHT": HEIGHT, "BINS": BINS, "FEW": FEW, "MOST": MOST, "BAR": BAR, "STEP": STEP, "TALL": TALL, "ORDER": ORDER}


def write(results: Mapping[str, Any], folder: Path, traffic: Path | None = None, trend: Mapping[str, Any] | None = None) -> Path:
    """Write report.html whole or not at all."""
    return write_whole(folder / "report.html", render(results, traffic, trend, replay=_replay(folder)))


def render(
    results: Mapping[str, Any], traffic: Path | None = None, trend: Mapping[str, Any] | None = None, *, replay: str = ""
) -> str:
    """The page of a run: its results, what went over the wire where that was kept, and the last runs where they are known.

    `replay` is the command that sends a case's requests again, without the case's id.
    """
    rows, kinds = lines(results), checks(results)
    harvest = Harvest([*rows, *kinds], results["undocumented"], epoch(results["run"]["started_at"]))
    harvest.read(traffic)
    index = {"lines": harvest.index(), "again": again(results), "replay": replay}
    style, script = ((PAGE / name).read_text("utf-8") for name in ("style.css", "script.js"))
    page = _environment().get_template("report.jinja")
    return page.render(
        policy=POLICY.format(script=_hash(script), style=_hash(style)),
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


@functools.cache
def _environment() -> jinja2.Environment:
    """Templates in which every value is text: escaped, and without what could redraw or reorder the page."""
    import jinja2  # noqa: PLC0415 - needed once, at the end of a run, and 30 ms to import

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {made.__name__.strip("_"): made for made in (anchor, kind, marked, moment, seconds, word, _whole)}
    environment.globals |= SHOWN
    return environment


def _plain(value: Any) -> Any:
    """A value that the template shows; what is markup of the template's own stays as it is."""
    return clip(value) if type(value) is str else value


def _whole(text: str) -> Markup:
    """A text that is not to be cut."""
    import markupsafe  # noqa: PLC0415 - as below

    return markupsafe.escape(visible(text))


def _hash(text: str) -> str:
    """A text as the page's policy names it: nothing but this very text is run or applied."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
