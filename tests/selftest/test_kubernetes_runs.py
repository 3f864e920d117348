"""The pods of a fleet as they run: their own shell, on the files that their image bears, over the real suite."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.sandbox import Sandbox
from contracts.sandbox.core import new_identity
from contracts.sandbox.serve import running
from tests.selftest import image
from tests.selftest.pipelines import containers, scripts
from tests.selftest.runs import BAD, GOOD, HEADER, environment

SCRIPTS = scripts()
FLEET = """
name = "nightly"
only_documented = true

[[target]]
id = "eu"
base_url = "{url}"
parts = 4
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What pods have: the image's files, a volume, a fleet, and the keys of a sandbox. Each place of theirs lies in a folder."""

    folder: Path
    keys: dict[str, str]

    def pod(self, job: str, index: int = 0) -> int:
        """How a pod of a Job ends."""
        script = re.sub(r"(?<=[ \"])/(evidence|fleet|tmp)\b", rf"{self.folder}/\1", SCRIPTS[f"kubernetes/{job}"])
        said = {one["name"]: one["value"] for one in containers()[job]["env"] if "value" in one}
        keys = self.keys if "envFrom" in containers()[job] else {}
        own = {**image.environment(), **said, "JOB_COMPLETION_INDEX": str(index), "RUN": "now", "HOME": str(self.folder / "tmp")}
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        return subprocess.run(  # noqa: S603 - shell of ours
            [*containers()[job]["command"], script],
            executable="/bin/bash",
            cwd=self.folder / "suite",
            env=environment(**own, **keys, PATH=path, TMPDIR=str(self.folder / "tmp")),
            capture_output=True,
            timeout=120,
            check=False,
        ).returncode


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster after its shards have ended: one target in four parts, of which one has the fault."""
    folder = tmp_path_factory.mktemp("cluster")
    for name in ("fleet", "tmp", "evidence"):
        (folder / name).mkdir()
    scenarios = image.copied(folder / "suite") / "tests" / "contract"
    for module in scenarios.glob("test_*.py"):  # a few cases tell as much as all
        module.unlink()
    (scenarios / "test_few.py").write_text(HEADER + GOOD + BAD, encoding="utf-8")
    who = new_identity()
    keys = {"SINCH_PROJECT_ID": who.project_id, "SINCH_KEY_ID": who.key_id, "SINCH_KEY_SECRET": who.key_secret}
    with running(Sandbox(who)) as url, ThreadPoolExecutor(2) as threads:
        (folder / "fleet" / "fleet.toml").write_text(FLEET.format(url=url), encoding="utf-8")
        made = Cluster(folder, keys)
        before = files(folder / "suite")
        assert sorted(threads.map(lambda index: made.pod("contract-shards", index), range(4))) == [0, 0, 0, 1]
        assert files(folder / "suite") == before  # it cannot be written to
        yield made


def files(folder: Path) -> set[Path]:
    """All files of a folder, without what Python compiles."""
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_pods_make_one_report(cluster: Cluster) -> None:
    """Of all cases, and the merge ends as they judged: with the one that fails."""
    assert cluster.pod("contract-merge") == 1
    report = cluster.folder / "evidence" / "now" / "report"
    own = json.loads((report / "eu" / "results.json").read_bytes())
    verdicts = {case["id"].rpartition("/")[2]: case["verdict"] for row in own["rows"] for case in row["cases"]}
    assert verdicts == {"a": "pass", "b": "pass", "c": "pass", "bad": "fail"}
    assert own["run"]["complete"]
    assert (report / "report.html").exists()


@pytest.mark.parametrize("change", [shutil.rmtree, lambda shard: shutil.copytree(shard, shard.with_name("5"))])
def test_a_shard_that_is_missing_or_doubled_is_refused(change: Callable[[Path], object], cluster: Cluster) -> None:
    """The merge ends with 3, and leaves no report."""
    evidence = cluster.folder / "evidence"
    kept = shutil.copytree(evidence / "now", cluster.folder / "kept")
    try:
        change(evidence / "now" / "shards" / "2")
        assert cluster.pod("contract-merge") == 3
        assert not (evidence / "now" / "report" / "results.json").exists()
    finally:
        shutil.rmtree(evidence / "now")
        shutil.move(kept, evidence / "now")
