"""Workers on other machines: the same verdicts, all evidence at home, limits kept, no secret on a command line, and none lost."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import execnet
import pytest

from contracts.blame import Mistake
from contracts.budget import Budget, Limits
from contracts.run.guest import Guest
from contracts.run.remote import WAITING, Remotes, as_typed, check, named
from contracts.run.suite import facts
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.core import new_identity
from contracts.sandbox.serve import running
from tests.selftest.runs import BAD, GOOD, ROOT, WAIT, command, contract, copied, environment
from tests.selftest.servers import Server, servers, spread, whole
from tests.selftest.test_run import FEW, variables
from tests.selftest.test_run_stop import until
from tests.selftest.test_shared import shared

MANY = """
import sys
from pathlib import Path
import contracts
(Path(contracts.__file__).parent / "path").write_text(repr(sys.path))
""" + GOOD.replace('["a", "b", "c"]', "[str(n) for n in range(40)]")
"""Forty cases that pass; they leave Python's search path in the suite by which they are run."""
HELD = '''
import os, threading
from pathlib import Path

def log(word: str) -> None:
    with (Path(os.environ["FOLDER"]) / "log").open("a") as file:
        file.write(word + "\\n")

@controls("404-trunk-id", by="getSipTrunkById", variant=["a", "b", "c", "d"])
def held(world: World, variant: str) -> None:
    """Makes a trunk and says so; where it is c, waits until it is let go."""
    trunk = world.trunk()["id"]
    log(f"began {variant}")
    while variant == "c" and not (Path(os.environ["FOLDER"]) / "go").exists():
        threading.Event().wait(0.01)
    world.accepted(api.getSipTrunkById(sipTrunkId=trunk))
    log(f"ended {variant}")
'''


@dataclass
class Counting:
    """A sandbox that counts what it is sent."""

    inner: Sandbox = field(default_factory=Sandbox)
    requests: int = 0

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        self.requests += 1
        return self.inner.handle(request)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Four servers, each in a copy of the whole suite; they serve one run after the other."""
    roots = [whole(tmp_path_factory.mktemp("machine") / "suite") for _ in range(2)]
    with servers(*roots, *roots) as begun:
        yield begun


@contextlib.contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """The command lines of all processes that there are meanwhile."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    seen.add((process / "cmdline").read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def entries(folder: Path) -> list[dict[str, Any]]:
    """The entries of a run.har."""
    found: list[dict[str, Any]] = json.loads((folder / "run.har").read_bytes())["log"]["entries"]
    return found


def test_four_machines_come_to_what_one_comes_to(machines: list[Server], tmp_path: Path) -> None:
    """The same verdicts; every exchange is at home; and neither key nor secret stands on any command line."""
    sandbox = Sandbox(replace(new_identity(), key_id="planted-key-id", key_secret="planted-key-secret"))
    with running(sandbox) as url, command_lines() as seen:
        options = ("--base-url", url, "-k", FEW, "--only-documented")
        alone = contract(tmp_path / "alone", "-n", "0", *options, given=variables(sandbox))
        there = contract(tmp_path / "there", *spread(machines), *options, given=variables(sandbox))
    assert (alone.status, there.status) == (0, 0), there.out + there.err
    assert list(there.verdicts.items()) == list(alone.verdicts.items())
    assert there.results["run"]["workers"] == 4
    sent = Counter(entry["comment"].partition(";")[0] for entry in entries(there.folder))
    cases = {case["id"]: case["requests"] for row in there.results["rows"] for case in row["cases"]}
    assert cases.items() <= sent.items()
    assert {entry["comment"].rpartition(" ")[2] for entry in entries(there.folder)} >= {"gw0", "gw1", "gw2", "gw3"}
    assert any(b"socketserver" in line for line in seen)
    assert any(b"--tx" in line for line in seen)
    assert [line for line in seen if b"planted-key" in line] == []


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the suite for this machine, and one for the others, with forty cases and one that fails."""
    here = copied(tmp_path / "here", a=BAD, b=MANY)
    return here, shutil.copytree(here, tmp_path / "there")


def test_a_budget_is_kept_in_all(machines: list[Server], two: tuple[Path, Path], tmp_path: Path) -> None:
    """Each has its part; what it does not pay for is not begun, and nothing fails for that."""
    counting = Counting()
    with running(counting) as url:
        options = ("--base-url", url, "--max-requests", "30", "--concurrency", "8", "-k", "404-trunk-id")
        run = contract(tmp_path / "r", *spread(machines, two[1]), *options, root=two[0], given=variables(counting.inner))
    told = Counter(run.verdicts.values())
    assert (run.status, set(told)) == (0, {"pass", "not_exercised"}), run.out
    assert 20 <= told["pass"] < counting.requests <= 30
    assert "budget of 30 requests was used up" in run.said
    assert run.results["run"]["complete"] is False


def test_a_failure_stops_all_machines(machines: list[Server], two: tuple[Path, Path], tmp_path: Path) -> None:
    """By -x: those whose ten cases pass start no more of them."""
    with running(sandbox := Sandbox()) as url:
        options = ("--base-url", url, "--concurrency", "1", "--rate", "10", "-x")
        run = contract(tmp_path / "r", *spread(machines, two[1]), *options, root=two[0], given=variables(sandbox))
    assert (run.status, run.verdicts["404-trunk-domain/getSipTrunks/bad"]) == (1, "fail"), run.out + run.err
    assert len(run.verdicts) < 31
    assert (run.results["run"]["complete"], run.results["leftovers"]) == (False, [])


def test_another_suite_there_is_refused(machines: list[Server], two: tuple[Path, Path], tmp_path: Path) -> None:
    """In one line, before anything is sent or written: it would judge by another catalogue."""
    rows = two[1] / "contracts" / "catalogue" / "rows.toml"
    rows.write_text(rows.read_text() + "\n")
    counting = Counting()
    with running(counting) as url:
        options = ("--base-url", url)
        run = contract(tmp_path / "r", *spread(machines[:1], two[1]), *options, root=two[0], given=variables(counting.inner))
    assert (run.status, counting.requests, run.written) == (4, 0, [])
    (said,) = filter(None, run.err.splitlines())
    assert "has another catalogue (rows.toml): have the same commit checked out there" in said


def test_a_machine_that_can_keep_no_ledger_is_refused(machines: list[Server], two: tuple[Path, Path], tmp_path: Path) -> None:
    """In one line, before any case begins there: what it left behind could never be removed."""
    (two[1] / "reports").write_text("no folder")
    with running(sandbox := Sandbox()) as url:
        options = ("--base-url", url)
        run = contract(tmp_path / "r", *spread(machines[:1], two[1]), *options, root=two[0], given=variables(sandbox))
    assert (run.status, run.written) == (4, []), run.out
    (said,) = filter(None, run.err.splitlines())
    assert f"cannot write its ledger ({two[1] / 'reports'}): make that a folder it may write to" in said


@dataclass(frozen=True, slots=True)
class Held:
    """A run that has a worker elsewhere, of whose cases c is held there, after a has passed; they log into a folder."""

    process: subprocess.Popen[str]
    folder: Path

    @property
    def log(self) -> Counter[str]:
        """What the cases have logged."""
        return Counter((self.folder / "log").read_text().splitlines())

    def says(self, text: str) -> None:
        """Wait until it says that."""
        assert self.process.stdout is not None
        assert any(text in line for line in self.process.stdout)

    def end(self) -> str:
        """Let c go, and give what the run says from then on."""
        (self.folder / "go").touch()
        return self.process.communicate(timeout=WAIT)[0]


@contextlib.contextmanager
def begun(cwd: Path, folder: Path, options: Sequence[str], given: Mapping[str, str]) -> Iterator[Held]:
    """Such a run, which has come that far."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(folder.with_name("r"), "-v", "--concurrency", "2", *options),
        cwd=cwd,
        env=environment(FOLDER=str(folder), **given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    try:
        assert process.stdout is not None
        said = list(itertools.takewhile(lambda text: not ("PASSED" in text and "getSipTrunkById/a" in text), process.stdout))
        assert process.poll() is None, said
        held = Held(process, folder)
        until(lambda: held.log["began c"] > 0)
        yield held
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path, Path]:
    """Three copies of the suite with cases of which one can be held, for this machine and two others; and where they log."""
    here, log = copied(tmp_path / "here", a=HELD), tmp_path / "log"
    log.mkdir()
    return here, shutil.copytree(here, tmp_path / "there"), shutil.copytree(here, tmp_path / "other"), log


def test_a_machine_that_dies_costs_what_it_had_not_finished(places: tuple[Path, Path, Path, Path], tmp_path: Path) -> None:
    """That is run again here, and what it left on the target is removed by the next run that has a worker there."""
    here, there, other, log = places
    sandbox = Sandbox()
    before = set(sandbox.state.trunks)
    with running(sandbox) as url, servers(there, other, there, FOLDER=str(log)) as (dying, living, later):
        with begun(here, log, ["--base-url", url, *spread([dying, living])], variables(sandbox)) as run:
            dying.process.kill()
            said = run.end()
        assert run.process.returncode == 0, said
        assert "died: what it left on the target stands in the ledger of its machine" in " ".join(said.split())
        results = json.loads((tmp_path / "r" / "results.json").read_bytes())
        assert [case["verdict"] for row in results["rows"] for case in row["cases"]] == ["pass"] * 4
        assert {entry["comment"].partition(";")[0][-2:] for entry in entries(tmp_path / "r")} >= {"/a", "/b", "/c", "/d"}
        assert {word: run.log[word] for word in ("began a", "began b", "began d")} == {"began a": 1, "began b": 1, "began d": 1}
        assert (run.log["began c"], run.log["ended c"]) == (2, 1)
        assert len(set(sandbox.state.trunks) - before) == 1
        given = {"FOLDER": str(log), **variables(sandbox)}
        after = contract(tmp_path / "s", "--base-url", url, *spread([later]), root=here, given=given)
    assert after.status == 0, after.out + after.err
    assert set(sandbox.state.trunks) == before
    assert "which ended before it had cleaned up: 1 removed" in after.said
    assert list((there / "reports" / "ledger").iterdir()) == []


def test_an_interrupt_ends_what_began_there(places: tuple[Path, Path, Path, Path], tmp_path: Path) -> None:
    """Its clean-up included, and its exchanges come home."""
    here, there, _, log = places
    sandbox = Sandbox()
    before = set(sandbox.state.trunks)
    with (
        running(sandbox) as url,
        servers(there, FOLDER=str(log)) as (server,),
        begun(here, log, ["--base-url", url, *spread([server])], variables(sandbox)) as run,
    ):
        os.kill(run.process.pid, signal.SIGINT)
        run.says(WAITING)
        said = run.end()
    assert run.process.returncode == 2, said
    assert run.log["ended c"] == 1
    assert set(sandbox.state.trunks) == before
    assert any("getSipTrunkById/c" in entry["comment"] for entry in entries(tmp_path / "r"))


SSH = """#!/bin/sh
printf '%s\\n' "$@" >> "$SSH_LOG"
for last; do :; done
exec sh -c "$last"
"""


def test_ssh_is_given_no_secret(two: tuple[Path, Path], tmp_path: Path) -> None:
    """Its command line names the host and Python, and a text that reads all else from the channel."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ssh").write_text(SSH)
    (tmp_path / "bin" / "ssh").chmod(0o700)
    with running(sandbox := Sandbox()) as url:
        given = {**variables(sandbox), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "SSH_LOG": str(tmp_path / "log")}
        tx = f"ssh=me@far//python={sys.executable}//chdir={two[1]}"
        run = contract(tmp_path / "r", "--base-url", url, "-k", "404-trunk-id", "-d", "--tx", tx, root=two[0], given=given)
    assert (run.status, set(run.verdicts.values()), len(run.verdicts)) == (0, {"pass"}, 40), run.out + run.err
    said = (tmp_path / "log").read_text().splitlines()
    assert said == ["-C", "me@far", f'{sys.executable} -c "import sys;exec(eval(sys.stdin.readline()))"']


def test_several_workers_come_through_one_server(machines: list[Server], two: tuple[Path, Path], tmp_path: Path) -> None:
    """Each in a process of its own there, with Python's search path of that machine; and one of this machine beside them."""
    with running(sandbox := Sandbox()) as url:
        proxy = (
            "--px",
            f"id=far//socket=127.0.0.1:{machines[0].port}//chdir={two[1]}",
            "--tx",
            "2*popen//via=far",
            "--tx",
            "popen",
        )
        run = contract(tmp_path / "r", "--base-url", url, "-d", *proxy, "-k", "404-trunk-id", root=two[0], given=variables(sandbox))
    assert (run.status, len(run.verdicts), run.results["run"]["workers"]) == (0, 40, 3), run.out + run.err
    assert str(two[0]) not in (two[1] / "contracts" / "path").read_text()


class Config:
    """The options of a run as its plug-ins see them."""

    def __init__(self, *tx: str, **options: object) -> None:
        self.option = SimpleNamespace(**{"rsyncdir": [], "lf": False, **options})
        self.pluginmanager = SimpleNamespace(hasplugin=lambda _: True)
        self.getvalue: Any = {"tx": list(tx)}.get
        self.getini: Any = {"rsyncdirs": []}.get
        self.workeroutput: dict[str, Any] = {}
        self.ends: list[Any] = []
        self.add_cleanup = self.ends.append


@pytest.mark.parametrize(
    ("tx", "options", "told"),
    [
        ("socket=far:1", {"rsyncdir": ["."]}, "--rsyncdir: pytest-xdist gives it up"),
        ("socket=far:1", {"lf": True}, "--lf goes by what this machine remembers"),
        ("socket=far:1//id=mine", {}, "leave out id=mine"),
        ("2*socket=far:1", {}, "socket=far:1 is named twice, and a server has one worker at a time"),
        ("socket=far", {}, "name the port as well: socket=HOST:PORT"),
    ],
)
def test_what_means_nothing_elsewhere_is_a_mistake(tx: str, options: dict[str, object], told: str) -> None:
    """In one line that says what to do."""
    config: Any = Config(tx, **options)
    with pytest.raises(Mistake, match=told):
        check(config)


@pytest.mark.parametrize(("tx", "elsewhere"), [("popen", 0), ("3*popen//python=py", 0), ("2*popen//via=far", 2), ("ssh=far", 1)])
def test_a_worker_is_elsewhere_unless_it_is_a_process_of_ours(tx: str, elsewhere: int) -> None:
    """Whatever starts it."""
    config: Any = Config("popen", tx)
    assert len(named(config)) == elsewhere


@pytest.mark.parametrize("loopback", [True, False])
def test_another_machine_cannot_reach_the_loopback_of_this_one(*, loopback: bool) -> None:
    """Nor its embedded sandbox; that both can reach what stands elsewhere, nobody doubts."""
    there = {**facts(ROOT), "machine": "another"}
    channel = SimpleNamespace(receive=lambda: there, waitclose=lambda: None)
    gateway = SimpleNamespace(id="gw0", spec=execnet.XSpec("socket=far:1"), remote_exec=lambda _: channel)
    config: Any = Config("socket=far:1")
    run: Any = SimpleNamespace(in_flight_asked=False, limits=None, loopback=loopback, where="the embedded sandbox")
    remotes = Remotes(config, run)
    try:
        refused = pytest.raises(pytest.UsageError, match=r"worker gw0 \(far:1\) cannot reach the embedded sandbox of this machine")
        with refused if loopback else contextlib.nullcontext():
            remotes.pytest_configure_node(SimpleNamespace(gateway=gateway))
    finally:
        config.ends.pop()()


def test_paths_within_the_suite_are_named_from_its_folder_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folder they were typed in; what is no such path stays as it is."""
    monkeypatch.chdir(ROOT / "tests")
    typed = ["contract/test_calls.py::a::b", str(ROOT / "schemas"), "--report-dir=x", "contract/none.py", "-k", "a b", "", "/"]
    here = "tests/contract/test_calls.py"
    assert as_typed((), typed) == [f"{here}::a::b", "schemas", "--report-dir=x", "contract/none.py", "-k", "a b", "", "/"]


def test_a_worker_elsewhere_has_paths_of_its_own_machine(tmp_path: Path) -> None:
    """And what no path can give: its part of the budget, the certificates, and a channel whose every word means to stop."""
    heard: list[Any] = []
    channel = SimpleNamespace(setcallback=lambda callback, endmarker: heard.extend((callback, endmarker)))
    there = replace(shared(tmp_path), stop_file="", limits=Limits("", requests=100))
    config: Any = Config()
    guest = Guest(config, there, {"stop": channel, "part": 7, "ledger": False, "ca_bundle": "PEM"}, "gw0")
    try:
        told = guest.shared
        assert Path(told.target.ca_bundle or "").read_text() == "PEM"
        assert (told.ledger, told.target.key_secret) == ("", there.target.key_secret)
        with contextlib.closing(Budget(told.limits or Limits(""))) as budget:
            budget.take(7)
            assert budget.used_up()
        assert not told.stopped()
        heard[0](heard[1])
        assert told.stopped()
    finally:
        config.ends.pop()()
    assert not Path(told.stop_file).parent.exists()
