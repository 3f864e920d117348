"""What a run leaves behind when it is killed is cleaned up, by the next run or by the sweep, and nothing else is touched."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import sweep
from contracts.call import Call, api
from contracts.client import Client
from contracts.ledger import Ledger, accounts, header, held
from contracts.names import Names
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Target
from contracts.tidy import Tidy
from tests.selftest.generated import tables
from tests.selftest.runs import ROOT, command, contract, environment

KILLS = int(os.environ.get("FAULTS", "4"))
WAIT = 60.0


@contextlib.contextmanager
def standing() -> Iterator[tuple[Sandbox, dict[str, str], Target]]:
    """A sandbox that outlives runs, the environment that names it, and it as a target."""
    sandbox = Sandbox()
    with running(sandbox) as url:
        who = sandbox.identity
        named = {
            "PYTEST_BASE_URL": url,
            "SINCH_PROJECT_ID": who.project_id,
            "SINCH_KEY_ID": who.key_id,
            "SINCH_KEY_SECRET": who.key_secret,
            "SINCH_FOREIGN_PROJECT_ID": who.foreign_project_id,
        }
        yield sandbox, named, Target("t", url, who.project_id, who.key_id, who.key_secret)


@contextlib.contextmanager
def keeping(target: Target, folder: Path, run: str = "20200101t000000-abcd") -> Iterator[Client]:
    """A client that keeps a ledger."""
    with contextlib.closing(Client(target, ledger=Ledger(folder, run, "gw0", target))) as client:
        yield client


def killed(folder: Path, named: dict[str, str], after: float, *options: str) -> int:
    """A run that is killed some seconds after its first request could leave; gives how many files its ledger has then."""
    ledger = folder.with_name(f"{folder.name}-ledger")
    run = subprocess.Popen(  # noqa: S603 - our own command
        command(folder, *options), cwd=ROOT, env=environment(**named), start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + WAIT
        while not list(ledger.glob("*.jsonl")) and run.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(after)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    files = list(ledger.glob("*.jsonl"))
    while time.monotonic() < ends and not all(_over(file) for file in files):
        time.sleep(0.01)  # workers are nobody's children by now, and end in their own time
    return len(files)


def _over(file: Path) -> bool:
    with held(file) as ours:
        return ours


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What a sandbox holds otherwise than before, by its tables."""
    pairs = {name: (_listed(before[name]), _listed(now)) for name, now in after.items()}
    return {name: [one for one in now if one not in then] for name, (then, now) in pairs.items() if then != now}


def _listed(table: Any) -> list[Any]:
    """The entries of a table; that no country is barred any more says as much as that none ever was."""
    entries = table.items() if isinstance(table, dict) else table
    return [entry for entry in entries if entry[1:] != (frozenset(),)]


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_run_that_was_killed_at_any_moment_is_cleaned_up(tmp_path: Path, kill: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the sweep the target holds what it held before, whatever the run was about to do."""
    moment = random.Random(kill)  # noqa: S311 - no secret
    with standing() as (sandbox, named, _):
        before = tables(sandbox.state)
        options = ("--depth", moment.choice(["quick", "standard"]), "-n", moment.choice(["0", "2", "3"]))
        killed(tmp_path / "run", named, moment.uniform(0, 4), *options)
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        status = sweep.main(["--ledger", str(tmp_path / "run-ledger")])
        left = changed(before, tables(sandbox.state))
        assert (status, left) == (0, {}), repr(left)
    assert list((tmp_path / "run-ledger").iterdir()) == []


def test_the_next_run_cleans_up_after_one_that_was_killed(tmp_path: Path) -> None:
    """And says so."""
    with standing() as (sandbox, named, _):
        before = tables(sandbox.state)
        while tables(sandbox.state) == before:
            assert killed(tmp_path / "run", named, 0.3)
        outcome = contract(tmp_path / "run", "-k", "404-customer-id", given=named)
        assert tables(sandbox.state) == before
    assert outcome.status == 0
    assert "which was killed: " in outcome.out


# -- the ledger ---------------------------------------------------------------------------------------------------------------


def test_what_is_removed_is_owed_no_more_and_an_empty_ledger_goes(tmp_path: Path) -> None:
    """It is written before anything is made; an entry stays until what it names is gone."""
    with standing() as (sandbox, _, target), keeping(target, tmp_path) as client:
        before = set(sandbox.state.trunks)
        talk = Tidy(client, Names("20200101t000000-abcd"))
        trunk = talk.send(api.createSipTrunk(json={"name": talk.word(), "hostName": talk.word()}))
        (account,) = accounts((tmp_path / "20200101t000000-abcd-gw0.jsonl").read_bytes())
        assert [call.operation for call in account.owed.values()] == ["deleteSipTrunk"]
        assert not any(account.unknown.values())
        talk.clean_up()
        assert trunk.ok
        assert not any(account.open for account in accounts((tmp_path / "20200101t000000-abcd-gw0.jsonl").read_bytes()))
        assert set(sandbox.state.trunks) == before
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_bears_no_password_and_no_key(tmp_path: Path) -> None:
    """Nobody needs them to remove what was made."""
    with standing() as (_, named, target), keeping(target, tmp_path) as client:
        talk = Tidy(client, Names("20200101t000000-abcd"))
        password = talk.names.password()
        name = talk.word()
        body = {"name": name, "credentials": [{"username": talk.word(), "password": password}]}
        assert talk.send(api.createCredentialList(json=body)).ok
        written = next(tmp_path.glob("*.jsonl")).read_text("utf-8")
        talk.clean_up()
    assert name in written
    assert password not in written
    assert named["SINCH_KEY_SECRET"] not in written
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_removed_is_told_once_and_stays_owed(tmp_path: Path) -> None:
    """However often a case cleans up; the sweep tries it again."""
    with standing() as (sandbox, _, target), contextlib.closing(Client(target)) as plain:
        with keeping(target, tmp_path) as client:
            talk = Tidy(client, Names("20200101t000000-abcd"))
            trunk = talk.send(api.createSipTrunk(json={"name": talk.word(), "hostName": talk.word()})).json()["id"]
            others = Tidy(plain, Names("20200101t000000-0000"))
            number = others.phone_number()
            others.send(api.createPhoneNumber(phoneNumber=number, countryCode="US"))
            others.send(api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk))
            talk.clean_up()
            talk.clean_up()
            assert [left.operation for left in talk.debt.leftovers] == ["deleteSipTrunk"]
        others.clean_up()
        (swept,) = sweep.sweep(tmp_path, plain)
        assert (swept.removed, swept.left) == (1, ())
        assert trunk not in sandbox.state.trunks


def test_a_line_that_was_not_finished_says_nothing() -> None:
    """Whoever was killed while it wrote had not sent yet what it wrote of; and what is no ledger is none."""
    call = {"operation": "createSipTrunk", "path": {"projectId": "p"}, "body": {"name": "n"}}
    told = json.dumps({"case": 1, "sign": "?", "call": call}).encode()
    (account,) = accounts(told + b"\n" + told)
    assert [len(calls) for calls in account.unknown.values()] == [1]
    assert accounts(told) == []
    assert header(b"") is header(b"[]\n") is header(b"garbage\n") is header(told + b"\n") is None


def test_of_equal_calls_each_is_answered_for_itself() -> None:
    """A race sends one call many times: that one of them was refused says nothing of the others."""
    call = {"operation": "createSipTrunk", "path": {"projectId": "p"}, "body": {"name": "n"}}
    lines = [json.dumps({"case": 1, "sign": sign, "call": call}) + "\n" for sign in ("?", "?", "!")]
    (account,) = accounts("".join(lines).encode())
    assert account.open
    (account,) = accounts("".join([*lines, lines[-1]]).encode())
    assert not account.open


# -- what is not touched ------------------------------------------------------------------------------------------------------


def left_behind(client: Client, run: str) -> str:
    """A trunk that a run of that id made and did not remove, with something on it; gives its id."""
    talk = Tidy(client, Names(run))
    trunk = str(talk.send(api.createSipTrunk(json={"name": talk.word(), "hostName": talk.word()})).json()["id"])
    endpoint = {"name": "an endpoint", "priority": 1, "address": "192.0.2.1"}
    assert talk.send(api.createSipEndpoint(sipTrunkId=trunk, json=endpoint)).ok
    acl = talk.send(api.createAccessControlList(json={"name": "not ours", "ipRanges": [{"ipAddress": "192.0.2.1", "range": 32}]}))
    assert talk.send(api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl.json()["id"]])).ok
    number = talk.phone_number()
    assert talk.send(api.createPhoneNumber(phoneNumber=number, countryCode="US")).ok
    assert talk.send(api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk)).ok
    return trunk


def test_age_and_prefix_together_make_it_ours() -> None:
    """With all that is on it; a young one, and one of another name, stay, and so does what was only put on it."""
    now = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
    with standing() as (sandbox, _, target), contextlib.closing(Client(target)) as client:
        main = set(sandbox.state.trunks)
        old, young = left_behind(client, "20200101t000000-abcd"), left_behind(client, f"{now}-abcd")
        swept = sweep.older(client, timedelta(hours=24))
        assert set(sandbox.state.trunks) == main | {young}
        assert old not in sandbox.state.trunks
        assert swept.left == ()
        assert {acl.name for acl in sandbox.state.acls.values()} == {"not ours"}
        assert len(sandbox.state.acls) == len(sandbox.state.numbers) == 2
        assert {number.trunk_id for number in sandbox.state.numbers.values()} == {None, young}


def test_only_what_bears_the_run_s_own_names_is_taken_for_its_own(tmp_path: Path) -> None:
    """Of a call whose answer nobody knows, values that others use as well mean nothing."""
    with standing() as (sandbox, _, target):
        with contextlib.closing(Client(target)) as client:
            others = client.send(api.createSipTrunk(json={"name": "shared", "hostName": "others-host"})).json()["id"]
        ledger = Ledger(tmp_path, "20200101t000000-abcd", "gw0", target)
        ledger.page().may_owe(Call("createSipTrunk", {"projectId": target.project}, body={"name": "shared", "hostName": "h"}))
        ledger.close()
        with contextlib.closing(Client(target)) as client:
            (swept,) = sweep.sweep(tmp_path, client)
        assert (swept.removed, swept.left) == (0, ())
        assert others in sandbox.state.trunks


def test_a_run_that_lives_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and what it made stays; so does the ledger of another target."""
    with standing() as (sandbox, named, target), keeping(target, tmp_path) as client:
        other = Ledger(tmp_path, "20200101t000000-0000", "gw0", Target("o", "http://127.0.0.1:1", "p", "key-id", "key-secret"))
        other.page().may_owe(Call("deleteSipTrunk", {"projectId": "p", "sipTrunkId": "x"}))
        other.close()
        talk = Tidy(client, Names("20200101t000000-abcd"))
        assert talk.send(api.createSipTrunk(json={"name": talk.word(), "hostName": talk.word()})).ok
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        before = set(sandbox.state.trunks)
        assert sweep.main(["--ledger", str(tmp_path)]) == 0
        assert set(sandbox.state.trunks) == before
        talk.clean_up()
    assert "left alone: run 20200101t000000-abcd, which is still going on" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["20200101t000000-0000-gw0.jsonl"]


def test_a_mistake_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is sent."""
    monkeypatch.delenv("PYTEST_BASE_URL", raising=False)
    assert sweep.main([]) == 4
    assert sweep.main(["--base-url", "https://staging.example.invalid"]) == 4
    told = capsys.readouterr().err.splitlines()
    assert ["name a target" in told[0], "name a profile that allows it" in told[1], len(told)] == [True, True, 2]
