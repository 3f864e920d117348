"""The files at the top of a fleet's report, made of what each target's run left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.report.files import tried
from contracts.report.fleet import html, summary
from contracts.report.fleet.joined import Joined
from contracts.report.fleet.member import Member, results_of
from contracts.report.fleet.sight import Sights
from contracts.report.fleet.suites import Suites
from contracts.report.fleet.table import Table


def write(fleet: Mapping[str, Any], members: Sequence[Member], folder: Path) -> list[str]:
    """Write the report of a fleet: its results, in every form, above the folders of its members.

    `fleet` bears name, plan_id and id, started_at and finished_at in ISO 8601, and how many jobs ran it. Members are read one after
    the other, for the results of all are too much to be held. Gives a line for a person for all that is missing.
    """
    sights = Sights()
    with Joined() as joined, tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        suites = Suites(file)
        for member in members:
            results = results_of(member, folder)
            joined.add(member.id, results)
            suites.add(member.id, results)
            sights.add(member, results)
        table = Table(sights.seen, sights.lines)
        joined.write(fleet, table, folder)
        suites.write(fleet, folder)
    told = (
        tried("summary.md", lambda: summary.write(fleet, table, folder)),
        tried("report.html", lambda: html.write(fleet, table, folder)),
    )
    return [line for line in told if line]
