"""What the shell does that runs a fleet on GitHub, GitLab and Kubernetes, with stand-ins for the suite and for all else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.selftest.pipelines import START, Shell, containers, scripts

SCRIPTS = scripts()
MERGES = ["fleet/merge/Merge", "gitlab-fleet/merge/script", "kubernetes/contract-merge"]


def placed(name: str, folder: Path) -> str:
    """Some shell, with the places that a pod has put into a folder."""
    return re.sub(r"(?<=[ \"])/(evidence|fleet|tmp)\b", rf"{folder}/\1", SCRIPTS[name])


@pytest.mark.parametrize(("ran", "ends"), [(0, 0), (1, 0), (6, 0), (3, 3), (4, 4), (137, 137)])
def test_a_shard_on_github_fails_for_what_the_merge_cannot_tell(ran: int, ends: int, tmp_path: Path) -> None:
    """What failed or could not be judged is no failure of the shard; a mistake, or an end before its time, is."""
    shell = Shell(tmp_path, ran=ran)
    assert shell.run(SCRIPTS["fleet/shards/Run"], FLEET="fleet.toml", SHARD="2", SHARDS="4").returncode == ends
    told = "python -m contracts.fleet fleet.toml --shard 2/4 --ledger kept/ledger --report-dir shards/2\n"
    assert shell.written("calls") == told


@pytest.mark.parametrize("ran", [0, 1, 6])
def test_a_shard_on_github_that_left_nothing_fails(ran: int, tmp_path: Path) -> None:
    """Python ends with 1 where it breaks, and what an older attempt left would be merged in its place."""
    shell = Shell(tmp_path, ran=ran)
    ended = shell.run(SCRIPTS["fleet/shards/Run"], FLEET="fleet.toml", SHARD="2", SHARDS="4", NOTHING="yes")
    assert ended.returncode == 1


@pytest.mark.parametrize("ran", [0, 1, 4])
def test_a_shard_on_gitlab_ends_as_its_runs_end(ran: int, tmp_path: Path) -> None:
    """GitLab itself knows which ends are let through."""
    shell = Shell(tmp_path, ran=ran)
    ended = shell.run(SCRIPTS["gitlab-fleet/shards/script"], CONTRACT_FLEET="fleet.toml", SHARD="3/4")
    assert ended.returncode == ran
    told = "python -m contracts.fleet fleet.toml --shard 3/4 --ledger kept/ledger --report-dir shards/3\n"
    assert shell.written("calls") == told


@pytest.mark.parametrize("name", MERGES)
@pytest.mark.parametrize("ran", [0, 3])
def test_a_merge_ends_as_the_suite_ends(name: str, ran: int, tmp_path: Path) -> None:
    """Its end is the outcome of them all, a shard that is missing (3) included."""
    shell = Shell(tmp_path, ran=ran)
    assert shell.run(placed(name, tmp_path), RUN="now").returncode == ran
    assert [line.split()[:3] for line in shell.written("calls").splitlines()] == [["python", "-m", "contracts.merge"]]


# --- pods ------------------------------------------------------------------------------------------------------------


def pod(shell: Shell, index: int, run: str = "now") -> int:
    """How a pod of the shards ends, by its index."""
    given = {one["name"]: one["value"] for one in containers()["contract-shards"]["env"] if "value" in one}
    script = placed("kubernetes/contract-shards", shell.folder)
    return shell.run(script, JOB_COMPLETION_INDEX=str(index), RUN=run, **given).returncode


def test_each_pod_runs_a_shard_of_its_own(tmp_path: Path) -> None:
    """From the index that Kubernetes gives it, which counts from 0, into a folder of its own."""
    shell = Shell(tmp_path)
    assert [pod(shell, index) for index in range(4)] == [0, 0, 0, 0]
    calls = [line.split() for line in shell.written("calls").splitlines()]
    assert [call[call.index("--shard") + 1] for call in calls] == ["1/4", "2/4", "3/4", "4/4"]
    for option, folder in (("--report-dir", "evidence/now/shards"), ("--ledger", "evidence/ledger")):
        told = [call[call.index(option) + 1] for call in calls]
        assert told == [f"{tmp_path}/{folder}/{number}" for number in range(1, 5)]


def test_a_pod_that_is_tried_again_tells_no_case_twice(tmp_path: Path) -> None:
    """What the lost one left of its shard is gone, while other shards, other runs and its ledger are as they were."""
    left = [tmp_path / "evidence" / part for part in ("now/shards/2", "now/shards/1", "then/shards/2", "ledger/2")]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "left").write_text("", encoding="utf-8")
    assert pod(Shell(tmp_path), 1) == 0
    assert [(folder / "left").exists() for folder in left] == [False, True, True, True]


@pytest.mark.parametrize("ran", [1, 4, 137])
def test_a_pod_ends_as_its_runs_end(ran: int, tmp_path: Path) -> None:
    """Kubernetes itself knows which ends are tried again."""
    assert pod(Shell(tmp_path, ran=ran), 0) == ran


def test_a_pod_is_its_runs(tmp_path: Path) -> None:
    """What asks a pod to end asks the runs, which clean up: no shell stands between, for the first process hands nothing on."""
    assert all(line.strip().startswith("exec ") for line in SCRIPTS["kubernetes/contract-shards"].splitlines() if "python" in line)
    script = placed("kubernetes/contract-shards", tmp_path) + "\necho still here"
    given = {"JOB_COMPLETION_INDEX": "0", "RUN": "now", "SHARDS": "4"}
    assert Shell(tmp_path).run(script, **given).stdout == ""


@pytest.mark.parametrize("name", ["contract-shards", "contract-merge"])
def test_kubernetes_puts_nothing_into_shell(name: str) -> None:
    """It would take the place of $(NAME) and of $$ before bash sees them."""
    assert "$$" not in SCRIPTS[f"kubernetes/{name}"]
    assert [one["name"] for one in containers()[name]["env"] if f"$({one['name']})" in SCRIPTS[f"kubernetes/{name}"]] == []


# --- and who starts them ---------------------------------------------------------------------------------------------


def started(shell: Shell, *states: str, files: str = "mine/fleet.toml mine/eu.toml") -> tuple[int, str]:
    """How the start ends, and what it says, where Kubernetes says `states` of the Jobs, one time after another."""
    (shell.folder / "states").write_text("".join(f"{state}\n" for state in states), encoding="utf-8")
    for name in files.split():
        (shell.folder / name).parent.mkdir(exist_ok=True)
        (shell.folder / name).touch()
    ended = shell.run(f"{START} {files}")
    return ended.returncode, ended.stdout + ended.stderr


def place(calls: list[str], beginning: str) -> int:
    """Where a call stands among all, the last of its kind."""
    return max(number for number, call in enumerate(calls) if call.startswith(beginning))


@pytest.mark.parametrize(
    ("ran", "state"), [(0, "SuccessCriteriaMet Complete"), (1, "FailureTarget Failed"), (3, "Failed"), (6, "Complete")]
)
def test_a_start_ends_as_the_merge_ends(ran: int, state: str, tmp_path: Path) -> None:
    """However the shards ended, and with what the merge said."""
    ends, said = started(Shell(tmp_path, ran=ran), state, state)
    assert ends == ran
    assert "what the merge said" in said
    assert "/report" in said.splitlines()[-1]


def test_a_merge_that_left_no_end_is_no_pass(tmp_path: Path) -> None:
    """Its pod was lost before it began."""
    (tmp_path / "states").write_text("Complete\nFailed\n", encoding="utf-8")
    (tmp_path / "fleet.toml").touch()
    assert Shell(tmp_path).run(f"{START} fleet.toml", RAN="").returncode == 3


def test_a_merge_is_woken_when_the_shards_have_ended(tmp_path: Path) -> None:
    """Not while one runs, nor when Kubernetes is only about to give up."""
    shell = Shell(tmp_path)
    assert started(shell, "", "FailureTarget", "FailureTarget Failed", "Complete")[0] == 0
    calls = shell.written("calls").splitlines()
    assert place(calls, "kubectl delete job contract-shards contract-merge") < place(calls, "kubectl apply -f /")
    assert place(calls, "kubectl get job contract-shards") < place(calls, "kubectl patch job contract-merge")
    assert place(calls, "kubectl patch job contract-merge") < place(calls, "kubectl get job contract-merge")
    assert sum(call.startswith("kubectl get job contract-shards") for call in calls) == 3


def test_a_start_gives_each_run_the_fleet_and_a_name(tmp_path: Path) -> None:
    """The fleet file by the name that the pods know, its profiles by their own."""
    shell = Shell(tmp_path)
    started(shell, "Complete", "Complete")
    (call,) = (line for line in shell.written("calls").splitlines() if " create configmap " in line)
    told = r"kubectl create configmap contract-fleet --from-literal=run=\d{8}t\d{6} --from-file=fleet.toml=mine/fleet.toml "
    assert re.match(told + "--from-file=mine/eu.toml --dry-run=client -o yaml$", call)


def test_a_start_leaves_a_run_alone_that_goes_on(tmp_path: Path) -> None:
    """Two would meet on one project, and what is killed cleans up nothing."""
    shell = Shell(tmp_path, active="4")
    ends, said = started(shell)
    assert (ends, said.startswith("a fleet still runs here")) == (4, True)
    assert [call.split()[1] for call in shell.written("calls").splitlines()] == ["get"]


def test_a_start_with_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """Of the cluster nothing is asked, and nothing is taken away there."""
    shell = Shell(tmp_path)
    (tmp_path / "fleet.toml").touch()
    ended = shell.run(f"{START} fleet.toml eu.toml")
    assert (ended.returncode, ended.stderr, shell.written("calls")) == (4, "there is no file eu.toml\n", "")


def test_a_start_without_a_cluster_is_a_mistake(tmp_path: Path) -> None:
    """And no failure of any target, which ends with 1."""
    shell = Shell(tmp_path)
    (tmp_path / "fleet.toml").touch()
    ended = shell.run(f"kubectl() {{ return 1; }}; export -f kubectl; {START} fleet.toml")
    assert (ended.returncode, "kubectl reaches no cluster" in ended.stderr) == (4, True)


def test_a_start_without_a_fleet_is_a_mistake(tmp_path: Path) -> None:
    """One line says how to call it."""
    shell = Shell(tmp_path)
    ends, said = started(shell, files="")
    assert (ends, said.startswith("name a fleet:"), len(said.splitlines())) == (4, True, 1)
    assert shell.written("calls") == ""
