"""The image that a fleet's pods run: what its Dockerfile says, and a folder as it makes one."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from contracts.run.embedded import ROOT
from tests.selftest.pipelines import FLEETS

IMAGE = FLEETS / "Dockerfile"


def told(instruction: str) -> list[list[str]]:
    """The words behind an instruction of the Dockerfile, each time that it stands there."""
    lines = IMAGE.read_text("utf-8").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"{instruction} ")]


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(one.split("=", 1) for one in told("ENV")[0])


def copied(suite: Path) -> Path:
    """A folder that bears what the image does."""
    for *sources, aim in told("COPY"):
        for here in (ROOT / source for source in sources):
            there = suite / aim / here.name if aim.endswith("/") else suite / aim
            there.parent.mkdir(parents=True, exist_ok=True)
            if here.is_dir():
                shutil.copytree(here, there, ignore=shutil.ignore_patterns("*.pyc.*"))  # which are being written
            else:
                shutil.copy(here, there)
    return suite
