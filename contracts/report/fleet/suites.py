"""junit.xml of a fleet: the suites of each target in turn, written as they come, for they are too many to be held."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET  # only written here, never read
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr  # it only escapes

from contracts.report.junit import TITLE, elements
from contracts.report.results import whole

COUNTS = ("tests", "failures", "errors")


@dataclass(slots=True)
class Suites:
    """The suites of a fleet in the making, in a file that ends with the process."""

    file: IO[str]
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, target: str, results: Mapping[str, Any]) -> None:
        """Take the suites of a target."""
        for suite in elements(results, {}, target):
            self.counts.update({name: int(suite.get(name, "0")) for name in COUNTS})
            ET.indent(suite)
            self.file.write(ET.tostring(suite, encoding="unicode") + "\n")

    def write(self, fleet: Mapping[str, Any], folder: Path) -> Path:
        """Write junit.xml whole or not at all."""
        begun, ended = (datetime.fromisoformat(fleet[name]) for name in ("started_at", "finished_at"))
        facts = {"name": TITLE, "time": f"{max(0.0, (ended - begun).total_seconds()):.3f}"}
        facts |= {name: str(self.counts[name]) for name in COUNTS}
        path = folder / "junit.xml"
        with whole(path) as partial, partial.open("w", encoding="utf-8") as file:
            told = " ".join(f"{name}={quoteattr(value)}" for name, value in facts.items())
            file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites {told}>\n')
            self.file.seek(0)
            shutil.copyfileobj(self.file, file)
            file.write("</testsuites>\n")
        return path
