"""A fleet as it runs: real processes on sandboxes, each target's credentials its own, and an end that leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.blame import Mistake
from contracts.fleet import credential
from contracts.fleet.__main__ import main
from contracts.fleet.assignment import assigned
from contracts.fleet.file import load
from contracts.mutation import sandboxes
from contracts.run.options import Options, options_of
from contracts.run.session import planned
from contracts.run.shard import Shard
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.serve import running
from tests.selftest.runs import GOOD, ROOT, WAIT, Outcome, copied, environment
from tests.selftest.schema_files import complaints
from tests.selftest.test_run import variables
from tests.selftest.test_run_stop import until

ODD = '''
import os, signal, threading, time
from pathlib import Path

@controls("404-acl-id", by="getSipTrunks", variant="seen")
def seen(world: World) -> None:
    """Tells what its process was given."""
    Path(os.environ["SEEN"], os.environ["SINCH_KEY_ID"]).write_text(repr(dict(os.environ)))
    world.accepted(api.getSipTrunks())

@controls("404-call-id", by="getSipTrunks", variant="killed")
def killed(world: World) -> None:
    """Where that is asked for, kills its process."""
    if os.environ.get("KILLED") == os.environ["SINCH_KEY_ID"]:
        os.kill(os.getpid(), signal.SIGKILL)
    world.accepted(api.getSipTrunks())

@controls("404-trunk-id", by="getSipTrunkById", variant="held")
def held(world: World) -> None:
    """Makes a trunk; where that is asked for, says so, and waits until it is let go."""
    trunk = world.trunk()["id"]
    if folder := os.environ.get("HELD"):
        Path(folder, f"began-{os.getpid()}").touch()
        ends = time.monotonic() + 30
        while not Path(folder, "go").exists() and time.monotonic() < ends:
            threading.Event().wait(0.01)
    world.accepted(api.getSipTrunkById(sipTrunkId=trunk))
'''


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite with few scenarios, which do odd things where a variable asks for that."""
    return copied(tmp_path_factory.mktemp("fleet") / "copy", a=GOOD, b=ODD)


class Counting:
    """A sandbox, and how many requests it got."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.got = 0

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self.got += 1
        return self.sandbox.handle(request)


@contextlib.contextmanager
def two() -> Iterator[tuple[dict[str, tuple[Counting, str]], dict[str, str]]]:
    """Two sandboxes with their addresses, by the ids of targets; and a job's variables with the credentials of both."""
    places = {"eu": Counting(), "us": Counting()}
    given = {
        name.replace("SINCH", key.upper()): text for key, one in places.items() for name, text in variables(one.sandbox).items()
    }
    with running(places["eu"]) as eu, running(places["us"]) as us:
        yield {"eu": (places["eu"], eu), "us": (places["us"], us)}, given


def written(folder: Path, targets: Mapping[str, tuple[Counting, str]], *, top: str = "", **more: str) -> Path:
    """A fleet file of targets, with more keys for all, and for each by its id."""
    lines = ['name = "both"', top]
    for key, (counting, url) in targets.items():
        named = ", ".join(f'{name} = "{name.replace("SINCH", key.upper())}"' for name in variables(counting.sandbox))
        lines += ["[[target]]", f'id = "{key}"', f'base_url = "{url}"', f"credentials = {{ {named} }}", more.get(key, "")]
    path = folder / "fleet.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def line(fleet: Path, folder: Path, *arguments: str) -> list[str]:
    """The command of a job that writes into the folder."""
    beside = {option: str(folder.with_name(f"{folder.name}-{option}")) for option in ("ledger", "history")}
    kept = ["--report-dir", str(folder), "--ledger", beside["ledger"], "--history", beside["history"]]
    return [sys.executable, "-m", "contracts.fleet", str(fleet), *kept, *arguments]


def ran(root: Path, command: Sequence[str], folder: Path, **given: str) -> Outcome:
    """A job to its end."""
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=root, env=environment(**given), capture_output=True, text=True, timeout=WAIT, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr, folder)


def record(folder: Path) -> dict[str, Any]:
    """A job's fleet.json, which is valid."""
    known: dict[str, Any] = json.loads((folder / "fleet.json").read_bytes())
    assert complaints("fleet-job.schema.json", known) == []
    return known


def test_jobs_run_each_unit_once_and_no_process_has_anothers_credentials(root: Path, tmp_path: Path) -> None:
    """Two jobs of three units: what each ran, under which id, and that neither variables nor output tell of other targets."""
    with two() as (targets, given):
        fleet = written(tmp_path, targets, eu='parts = 2\nversion = "7"\nlabels = { region = "eu" }', us="max_in_flight = 5")
        folders = [tmp_path / f"job-{number}" for number in (1, 2)]
        jobs = [
            ran(root, line(fleet, folder, "--shard", f"{number}/2"), folder, SEEN=str(tmp_path), **given)
            for number, folder in enumerate(folders, 1)
        ]
    assert [job.status for job in jobs] == [0, 0], [job.out + job.err for job in jobs]
    assert [path.name for path in tmp_path.glob("*-history")] == ["job-1-history"]  # of the whole target; a part is no run
    known = [record(folder) for folder in folders]
    assert known[0]["plan_id"] == known[1]["plan_id"]
    assert known[0]["units"] == known[1]["units"]
    assert [(unit["target"], unit["part"]) for unit in known[0]["units"]] == [("eu", 1), ("eu", 2), ("us", 1)]
    assert known[0]["targets"][0] == {"id": "eu", "labels": {"region": "eu"}, "base_url": targets["eu"][1], "parts": 2}
    told = {run["folder"]: (run["verdict"], run["exit_status"]) for one in known for run in one["runs"]}
    assert told == {unit["folder"]: ("pass", 0) for unit in known[0]["units"]}
    cases: dict[str, list[str]] = {"eu": [], "us": []}
    for folder in folders:
        for path in folder.glob("*/results.json"):
            results = json.loads(path.read_bytes())
            name = results["target"]["id"]
            assert results["target"]["version"] == {"eu": "7", "us": None}[name]
            cases[name] += [case["id"] for row in results["rows"] for case in row["cases"]]
            others = {text for variable, text in given.items() if not variable.startswith(name.upper())}
            said = "".join(file.read_text("utf-8") for file in path.parent.iterdir())
            assert not [text for text in others if text in said]
    assert sorted(cases["eu"]) == sorted(cases["us"]) == sorted(set(cases["us"]))
    for key in targets:
        seen = (tmp_path / given[f"{key.upper()}_KEY_ID"]).read_text("utf-8")
        assert given[f"{key.upper()}_KEY_SECRET"] in seen
        assert not [text for variable, text in given.items() if not variable.startswith(key.upper()) and text in seen]
        assert "EU_" not in seen
        assert "US_" not in seen


@contextlib.contextmanager
def given_to(given: Mapping[str, str]) -> Iterator[None]:
    """These variables are there, and none that a run would read."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (*credential.READ, credential.ADDRESS):
            patch.delenv(name, raising=False)
        for name, text in given.items():
            patch.setenv(name, text)
        yield


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"us": 'profile = "nowhere.toml"'}, "target 'us': there is no profile"),
        ({"us": "parts = 99999"}, "target 'us': 'parts': 99999 is more than the "),
        ({"top": "max_in_flight = 1"}, "'max_in_flight': 1 cannot be shared by 2 units"),
        ({"us": "[[target]]\nid = 'nowhere'"}, "target 'nowhere': it has no address: give it a base_url"),
        ({"us": "[[target]]\nid = 'far'\nbase_url = 'http://192.0.2.1'"}, "192.0.2.1 is not on this machine: name a profile"),
    ],
)
def test_nothing_is_sent_to_any_target_where_one_is_wrong(
    tmp_path: Path, more: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit status 4, and no folder for results."""
    with two() as (targets, given), given_to(given):
        status = main([str(written(tmp_path, targets, **more)), "--report-dir", str(tmp_path / "r")])
        assert [counting.got for counting, _ in targets.values()] == [0, 0]
    said = capsys.readouterr()
    assert (status, said.out, len(said.err.splitlines())) == (4, "", 1)
    assert told in said.err
    assert not (tmp_path / "r").exists()


def test_credentials_are_needed_where_something_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of this job's targets alone; a plan needs none, sends nothing, and tells what each unit may send."""
    with two() as (targets, given):
        fleet = written(tmp_path, targets, top="max_requests = 900\nrate = 9\nat_once = 1", eu="parts = 2")
        line = [str(fleet), "--report-dir", str(tmp_path / "r")]
        with given_to({name: text for name, text in given.items() if name.startswith("EU")}):
            assert main(line) == 4
            assert "target 'us': credentials.SINCH_PROJECT_ID: US_PROJECT_ID is not set" in capsys.readouterr().err
            assigned(load(fleet), Shard(2, 2), os.environ)  # whose units are all of eu
        with given_to({}):
            assert main([*line, "--plan", "--shard", "1/2"]) == 0
        assert [counting.got for counting, _ in targets.values()] == [0, 0]
    plan = " ".join(capsys.readouterr().out.split())
    assert plan.count("at most 300 requests, 4.5 a second") == 3
    assert "divided by 2, the most units that run at once (at_once = 1 in each of 2 jobs)" in plan
    assert not (tmp_path / "r").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs into one folder would mix."""
    (tmp_path / "results.json").touch()
    with two() as (targets, given), given_to(given):
        assert main([str(written(tmp_path, targets)), "--report-dir", str(tmp_path)]) == 4
    assert "is not empty, and results would mix" in capsys.readouterr().err


def test_a_unit_that_is_killed_costs_no_other(root: Path, tmp_path: Path) -> None:
    """It is told, nothing passes by it, and the others run."""
    with two() as (targets, given):
        fleet = written(tmp_path, targets)
        job = ran(root, line(fleet, tmp_path / "r"), tmp_path / "r", SEEN=str(tmp_path), KILLED=given["EU_KEY_ID"], **given)
    assert job.status == 6, job.out + job.err
    told = {run["target"]: (run["verdict"], run["exit_status"], run.get("reason")) for run in record(tmp_path / "r")["runs"]}
    assert told == {"eu": ("inconclusive", -9, "it was ended by SIGKILL"), "us": ("pass", 0, None)}
    assert "it was ended by SIGKILL" in job.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_job_that_is_stopped_cleans_up(root: Path, tmp_path: Path, number: signal.Signals) -> None:
    """What runs ends as by Ctrl-C and cleans up, what has not begun does not begin, and no process is left."""
    with two() as (targets, given):
        before = set(targets["eu"][0].sandbox.state.trunks)
        fleet = written(tmp_path, targets, top="at_once = 1")
        facts = environment(HELD=str(tmp_path), SEEN=str(tmp_path), **given)
        with subprocess.Popen(  # noqa: S603 - our own command
            line(fleet, tmp_path / "r"), cwd=root, env=facts, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as job:
            until(lambda: list(tmp_path.glob("began-*")) != [] or job.poll() is not None)
            began = record(tmp_path / "r")
            job.send_signal(number)
            (tmp_path / "go").touch()
            said = job.communicate(timeout=WAIT)[0]
        unit = int(next(tmp_path.glob("began-*")).name.removeprefix("began-"))
        with pytest.raises(ProcessLookupError):
            os.kill(unit, 0)
        assert set(targets["eu"][0].sandbox.state.trunks) == before
        assert targets["us"][0].got == 0
    assert job.returncode == 6, said
    assert said.count("stopping: no more units begin") == 1
    known = record(tmp_path / "r")
    assert "finished_at" not in began
    assert began.items() <= known.items()
    told = {run["target"]: (run["verdict"], run["exit_status"], run["reason"]) for run in known["runs"]}
    assert told == {
        "eu": ("inconclusive", 2, "it was stopped"),
        "us": ("inconclusive", None, "not begun, since the job was told to stop"),
    }


def test_a_job_that_is_to_outlive_its_terminal_does(root: Path, tmp_path: Path) -> None:
    """Under nohup, which has that signal ignored."""
    with two() as (targets, given):
        fleet, facts = written(tmp_path, targets), environment(HELD=str(tmp_path), SEEN=str(tmp_path), **given)
        with subprocess.Popen(["nohup", *line(fleet, tmp_path / "r")], cwd=root, env=facts, stdout=subprocess.DEVNULL) as job:  # noqa: S603, S607 - our own command
            until(lambda: len(list(tmp_path.glob("began-*"))) == len(targets) or job.poll() is not None)
            job.send_signal(signal.SIGHUP)
            (tmp_path / "go").touch()
    assert job.returncode == 0
    assert [run["verdict"] for run in record(tmp_path / "r")["runs"]] == ["pass", "pass"]


def test_a_job_goes_on_where_nobody_reads_what_it_says(root: Path, tmp_path: Path) -> None:
    """Its units run, it ends as they do, and its record is whole."""
    read, write = os.pipe()
    os.close(read)
    with two() as (targets, given), os.fdopen(write) as nobody:
        fleet = written(tmp_path, targets, top="at_once = 1")
        facts = environment(SEEN=str(tmp_path), **given)
        job = subprocess.run(line(fleet, tmp_path / "r"), cwd=root, env=facts, stdout=nobody, timeout=WAIT, check=False)  # noqa: S603 - our own command
    assert job.returncode == 0
    assert [run["verdict"] for run in record(tmp_path / "r")["runs"]] == ["pass", "pass"]


@pytest.mark.parametrize(("begun", "status"), [(0, 4), (1, 3)])
def test_a_record_that_cannot_be_written_is_no_verdict(
    begun: int, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent it is a mistake; later it is an error, for no merge would take what was found."""
    full = [None] * begun

    def write(*_: object) -> None:
        if not full:
            raise OSError(errno.ENOSPC, "No space left on device")
        full.pop()

    monkeypatch.setattr("contracts.fleet.record.write", write)
    monkeypatch.setattr("contracts.fleet.job.Job.run", lambda _: [])
    with two() as (targets, given), given_to(given):
        assert main([str(written(tmp_path, targets)), "--report-dir", str(tmp_path / "r")]) == status
    assert "fleet.json cannot be written (No space left on device)" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "told"), [("Sandbox", "alone"), ("", "is no id"), (" a", "is no id"), ("a\n", "is no id")])
def test_an_id_that_is_none_is_a_mistake(said: str, told: str) -> None:
    """Which no results could be filed under, or the embedded sandbox's are."""
    asked = {"target_id": said}
    with pytest.raises(Mistake, match=f"--target-id: .*{told}"):
        options_of(lambda name: asked.get(name, Options.__dataclass_fields__[name].default))


def test_the_embedded_sandbox_keeps_its_id() -> None:
    """More is asked of it than of others."""
    with pytest.raises(Mistake, match="the embedded sandbox has an id of its own"):
        planned(Options(target_id="eu"), {})
    named = planned(Options(target_id="eu 1", base_url="http://127.0.0.1:1"), {})
    assert named is not None
    assert named.id == "eu 1"


def test_sandboxes_stand_beside_one_another_as_long_as_a_command_runs() -> None:
    """Each under a number, with one key for all; the faulty one is faulty, and the command's status is told."""
    code = """
import os, sys, httpx
port, who = sys.argv[1], (os.environ["SINCH_KEY_ID"], os.environ["SINCH_KEY_SECRET"])
calls = f"v1/projects/{os.environ['SINCH_PROJECT_ID']}/calls/records/none/pcap"
print([type(httpx.get(f"http://127.0.0.1:{port}/{number}/{calls}", auth=who).json()["code"]).__name__ for number in (1, 2)])
sys.exit(7)
"""
    with running(Sandbox()) as url:  # for a port that was free
        port = url.rpartition(":")[2]
    served = [
        sys.executable,
        "-m",
        "contracts.mutation.sandboxes",
        "2",
        "--port",
        port,
        "--faulty",
        "2=envelope/code-string/404-call-id",
    ]
    done = ran(ROOT, [*served, "--", sys.executable, "-c", code, port], ROOT)
    assert (done.status, done.out) == (7, "['int', 'str']\n"), done.err


@pytest.mark.parametrize("faulty", ["3=envelope/code-string/404-call-id", "1=nothing", "x"])
def test_a_fault_that_is_none_is_a_mistake(faulty: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, and nothing is served."""
    assert sandboxes.main(["2", "--faulty", faulty, "--", "true"]) == 4
    said = capsys.readouterr().err
    assert faulty in said
    assert len(said.splitlines()) == 1
