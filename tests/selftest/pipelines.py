"""The workflows, the pipelines and the pods at their places, as data; and their shell, run with stand-ins for all that it calls."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contracts.run.embedded import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PIPELINE = ROOT / ".gitlab-ci.yml"
FLEET_PIPELINE = ROOT / ".gitlab" / "fleet.yml"
FLEETS = ROOT / "contracts" / "fleets"
PODS = FLEETS / "kubernetes.yaml"
START = FLEETS / "kubernetes.sh"
STAND_IN = """#!/bin/bash
# Tells how it was called, says what it is to say, leaves what a run leaves, and ends as it is to end.
printf '%s\\n' "$(basename "$0") $*" >> "$CALLS"
case "$*" in
    *" contracts.compare "*) printf '%s' "$CHANGES"; exit "$COMPARED" ;;
    *" contracts.fleet "*) folder=${!#}; mkdir -p "$folder"; [ -n "$NOTHING" ] || touch "$folder/fleet.json"; exit "$RAN" ;;
    *" contracts.merge "*) exit "$RAN" ;;
    *" pytest "*) mkdir -p report; echo '{"this": "night"}' > report/results.json; exit "$RAN" ;;
    "issue list"*) printf '%s' "$OPEN" ;;
    "get jobs "*) printf '%s' "$ACTIVE" ;;
    "get job "*) head -n 1 states; sed -i 1d states ;;
    "get pods "*".name}") echo merge-pod ;;
    "get pods "*".exitCode}") printf '%s' "$RAN" ;;
    "logs "*) echo "what the merge said" ;;
esac
"""


def loaded(path: Path) -> dict[Any, Any]:
    """A workflow or pipeline, parsed. YAML takes the key `on` for true."""
    parsed: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return parsed


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow or of a pipeline that run something, hidden ones left out, with what they take over from one."""
    document = loaded(path)
    if "jobs" in document:
        return dict(document["jobs"])
    own = {name: job for name, job in document.items() if isinstance(job, dict) and "script" in job}
    return {name: document.get("default", {}) | document.get(job.get("extends"), {}) | job for name, job in own.items()}


def manifests() -> dict[str, dict[str, Any]]:
    """What Kubernetes is given, each by its name."""
    return {one["metadata"]["name"]: one for one in yaml.safe_load_all(PODS.read_text("utf-8"))}


def containers() -> dict[str, dict[str, Any]]:
    """The one container of each of its Jobs, by the name of that."""
    pods = {name: one["spec"]["template"]["spec"] for name, one in manifests().items() if one["kind"] == "Job"}
    return {name: pod["containers"][0] for name, pod in pods.items()}


def scripts() -> dict[str, str]:
    """Every piece of shell in the workflows, the pipelines and the pods, by its file, job and step."""
    found: dict[str, str] = {}
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            found |= {f"{path.stem}/{name}/{step['name']}": step["run"] for step in job["steps"] if "run" in step}
    for family, path in (("gitlab", PIPELINE), ("gitlab-fleet", FLEET_PIPELINE)):
        for name, job in jobs(path).items():
            found |= {f"{family}/{name}/{part}": "\n".join(job[part]) for part in ("before_script", "script")}
    found |= {f"kubernetes/{name}": container["args"][0] for name, container in containers().items()}
    return found | {"kubernetes/start": START.read_text("utf-8")}


def commands(script: str) -> list[list[str]]:
    """The commands of some shell that call the suite, as words, with the options that are put together before."""
    told = (re.search(r"(python -m (pytest|contracts)|more\+=).*", line) for line in script.replace("\\\n", " ").splitlines())
    return [shlex.split(re.sub(r"[();]", " ", found[0])) for found in told if found]


@dataclass(frozen=True, slots=True)
class Shell:
    """Where some shell of ours is run, and what the stand-ins do there: how a run and a comparison end, and what they say.

    `active` is how many pods of an older run Kubernetes has. What it says of a Job, time after time, stands in the file states.
    """

    folder: Path
    ran: int = 0
    compared: int = 0
    changes: str = ""
    open: str = ""
    active: str = ""

    def run(self, script: str, **given: str) -> subprocess.CompletedProcess[str]:
        """Run it as GitHub and GitLab do: with -e and pipefail."""
        stand_ins = self.folder / "stand-ins"
        stand_ins.mkdir(exist_ok=True)
        for name in ("python", "gh", "curl", "kubectl"):
            (stand_ins / name).write_text(STAND_IN, encoding="utf-8")
            (stand_ins / name).chmod(0o755)
        told = {"RAN": str(self.ran), "COMPARED": str(self.compared), "CHANGES": self.changes, "OPEN": self.open}
        told["ACTIVE"] = self.active
        files = {name: str(self.folder / name.lower()) for name in ("CALLS", "GITHUB_OUTPUT")}
        environment = {"PATH": f"{stand_ins}:{os.environ['PATH']}", **told, **files, **given}
        return subprocess.run(  # noqa: S603 - shell of ours
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def written(self, name: str) -> str:
        """What stands in a file there; empty without one."""
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""
