"""The example for Kubernetes: sound by its own schema, harmless to its cluster, and of one piece with its image and its start."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import __version__
from tests.selftest.image import IMAGE, told
from tests.selftest.pipelines import PODS, START, containers, manifests

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
JOBS = ["contract-shards", "contract-merge"]


def complaints(path: Path) -> list[str]:
    """What the schemas of Kubernetes say against a file, in the versions that it is for."""
    versions = [word for version in VERSIONS for word in ("--kubernetes-version", version)]
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "--quiet", *versions, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - a linter
    assert (said.returncode == 0) == (said.stdout + said.stderr == "")
    return (said.stdout + said.stderr).splitlines()


def pod(name: str) -> dict[str, Any]:
    """What a Job's pods are."""
    found: dict[str, Any] = manifests()[name]["spec"]["template"]["spec"]
    return found


def test_the_manifests_are_sound() -> None:
    """By the schemas that Kubernetes publishes, and nothing stands there that they do not know."""
    assert complaints(PODS) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("completions: 4", "completions: four"), ("completionMode:", "completionmode:"), ("readOnlyRootFilesystem", "readOnlyRoot")],
)
def test_the_schema_of_kubernetes_refuses_something(old: str, new: str, tmp_path: Path) -> None:
    """A value of the wrong kind, and members that are none, in every version."""
    text = PODS.read_text("utf-8")
    assert old in text
    (tmp_path / "broken.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [version for version in VERSIONS if not any(version in line for line in complaints(tmp_path / "broken.yaml"))] == []


def test_all_shards_are_run() -> None:
    """Each pod is one of as many as it thinks there are, and all run at once."""
    shards = manifests()["contract-shards"]["spec"]
    counted = {one["name"]: one.get("value") for one in containers()["contract-shards"]["env"]}["SHARDS"]
    assert (shards["completionMode"], shards["completions"], shards["parallelism"]) == ("Indexed", int(counted), int(counted))


def test_what_was_judged_is_not_tried_again() -> None:
    """A pod that came to an end is let be, one that was lost is tried again, and never beside the other."""
    shards = manifests()["contract-shards"]["spec"]
    lost, judged = shards["podFailurePolicy"]["rules"]
    assert (lost["action"], lost["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert (judged["action"], judged["onExitCodes"]["values"]) == ("FailIndex", [1, 3, 4, 6])
    assert judged["onExitCodes"]["containerName"] == containers()["contract-shards"]["name"]
    assert (shards["backoffLimitPerIndex"], shards["podReplacementPolicy"]) == (1, "Failed")


def test_the_merge_sleeps_until_it_is_woken() -> None:
    """By the start, which knows both Jobs by their names and their label."""
    found = manifests()
    assert (found["contract-merge"]["spec"]["suspend"], "suspend" in found["contract-shards"]["spec"]) == (True, False)
    text = START.read_text("utf-8")
    assert set(re.findall(r"\bcontract-(?:shards|merge|evidence|fleet|keys)\b", text)) == {
        *found,
        "contract-fleet",
        "contract-keys",
    }
    ((key, value),) = {item for one in found.values() for item in one["metadata"]["labels"].items()}
    assert f"--selector={key}={value}" in text


@pytest.mark.parametrize("name", JOBS)
def test_a_pod_may_do_nothing_but_its_work(name: str) -> None:
    """It is nobody, writes to its volumes alone, speaks to no cluster, and takes no more than its share."""
    safe, (container,) = pod(name), pod(name)["containers"]
    assert (safe["automountServiceAccountToken"], safe["enableServiceLinks"], safe["restartPolicy"]) == (False, False, "Never")
    assert (safe["securityContext"]["runAsNonRoot"], safe["securityContext"]["seccompProfile"]) == (
        True,
        {"type": "RuntimeDefault"},
    )
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"}


def test_keys_come_from_the_secret_alone() -> None:
    """None stands in a manifest, and what merges has none."""
    shards, merge = containers()["contract-shards"], containers()["contract-merge"]
    assert (shards["envFrom"], merge.get("envFrom")) == ([{"secretRef": {"name": "contract-keys"}}], None)
    assert "SINCH_" not in PODS.read_text("utf-8")
    assert not any("secret" in str(pod(name)["volumes"]).lower() for name in JOBS)


# --- the image -------------------------------------------------------------------------------------------------------


def test_the_image_is_the_one_that_the_pods_run() -> None:
    """By its name and version, and as the same nobody."""
    built = re.search(r"--tag (\S+)", IMAGE.read_text("utf-8"))
    assert built
    assert {container["image"] for container in containers().values()} == {built[1]} == {f"error-contracts:{__version__}"}
    assert {f"{safe['runAsUser']}:{safe['runAsGroup']}" for safe in (pod(name)["securityContext"] for name in JOBS)} == {
        told("USER")[0][0]
    }
