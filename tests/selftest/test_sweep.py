"""What a run leaves behind when it is killed is cleaned up, by the next run or by the sweep, and nothing else is touched."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import sweep
from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import Leftover
from contracts.client import Client
from contracts.ledger import MAY_OWE, OWES, Ledger, accounts, header, held
from contracts.names import Names
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Target
from contracts.tidy import Tidy
from tests.selftest.answers import PROJECT, answer, answering, closed_port
from tests.selftest.fake import Answer, Fake
from tests.selftest.generated import tables
from tests.selftest.runs import ROOT, command, contract, environment

KILLS = int(os.environ.get("FAULTS", "4"))
WAIT = 60.0
OLD, RUN = "ect-20200101t000000-abcd-gw0-000001", "20200101t000000-abcd"
DAY = timedelta(hours=24)
LISTINGS = {"getSipTrunks": "sipTrunks", "getAccessControlList": "accessControlLists", "getCredentialLists": "credentialLists"}
LISTINGS |= {"getBlockingRules": "callBlockingRules"}
ARABIC = "2020".translate({ord(digit): 0x660 + int(digit) for digit in "0123456789"})
NO_IDS: tuple[Any, ...] = ("", ".", "..", None, True, 1.5, [], {}, ["x"])


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
    assert "which ended before it had cleaned up: " in outcome.said


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


def left_behind(client: Client, run: str, below: str = "below") -> str:
    """A trunk that a run of that id made and did not remove, with something on it; gives its id. What bears names is `below` it."""
    talk = Tidy(client, Names(run))
    trunk = str(talk.send(api.createSipTrunk(json={"name": talk.word(), "hostName": talk.word()})).json()["id"])
    endpoint = {"name": below, "priority": 1, "address": "192.0.2.1"}
    assert talk.send(api.createSipEndpoint(sipTrunkId=trunk, json=endpoint)).ok
    ranges = [{"ipAddress": "192.0.2.1", "range": 32, "description": below}]
    acl = talk.send(api.createAccessControlList(json={"name": "not ours", "ipRanges": ranges}))
    assert talk.send(api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl.json()["id"]])).ok
    credentials = [{"username": below, "password": talk.names.password()}]
    listed = talk.send(api.createCredentialList(json={"name": "not ours", "credentials": credentials}))
    assert talk.send(api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[listed.json()["id"]])).ok
    number = talk.phone_number()
    assert talk.send(api.createPhoneNumber(phoneNumber=number, countryCode="US")).ok
    assert talk.send(api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk)).ok
    return trunk


def test_age_and_prefix_together_make_it_ours() -> None:
    """With all that is on it; a young one, and one of another name, stay, and so does what was only put on it."""
    now = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
    with standing() as (sandbox, _, target), contextlib.closing(Client(target)) as client:
        main = set(sandbox.state.trunks)
        old, young = left_behind(client, RUN, "one"), left_behind(client, f"{now}-abcd", "two")
        swept = sweep.older(client, timedelta(hours=24))
        assert set(sandbox.state.trunks) == main | {young}
        assert old not in sandbox.state.trunks
        assert swept.left == ()
        assert {acl.name for acl in sandbox.state.acls.values()} == {"not ours"}
        assert {held.name for held in sandbox.state.credential_lists.values()} == {"not ours"}
        assert len(sandbox.state.acls) == len(sandbox.state.numbers) == 2
        assert {number.trunk_id for number in sandbox.state.numbers.values()} == {None, young}


def test_what_a_living_run_has_made_is_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However old it is: its ledger is held. What no ledger knows is judged by its age alone."""
    with standing() as (sandbox, named, target), keeping(target, tmp_path, RUN) as living:
        theirs, lost = left_behind(living, RUN, "one"), left_behind(living, "20200202t000000-ffff", "two")
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        assert sweep.main(["--ledger", str(tmp_path), "--older-than", "24"]) == sweep.CLEAN
        assert (theirs in sandbox.state.trunks, lost in sandbox.state.trunks) == (True, False)


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e9", "1d"])
def test_an_age_that_is_none_is_a_mistake(hours: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A younger thing than any would be what a run is at work on."""
    for name in ("PROJECT_ID", "KEY_ID", "KEY_SECRET"):
        monkeypatch.setenv(f"SINCH_{name}", "x")
    try:
        status: Any = sweep.main(["--base-url", closed_port(), "--ledger", str(tmp_path), f"--older-than={hours}"])
    except SystemExit as e:
        status = e.code
    assert status == 4


@pytest.mark.parametrize("listing", LISTINGS)
def test_what_only_contains_something_of_ours_is_not_ours(listing: str) -> None:
    """A lender's things stay, with all that is on them, whatever of ours stands in them and however deep."""
    names = {"name": "a lender's", "description": OLD, "domain": OLD, "callerMatch": OLD}
    inner = {"endpoints": [{"name": OLD}], "ipRanges": [{"description": OLD}], "credentials": [{"username": OLD}], OLD: OLD}
    outer = {} if listing == "getSipTrunks" else {"hostName": OLD}
    fake = Fake({listing: [(200, {LISTINGS[listing]: [{"id": "lent", **names, **inner, **outer}, OLD, [OLD]]})]})
    swept = sweep.older(fake, DAY)
    assert (swept.removed, swept.left, fake.sent()) == (0, (), [*sweep.LISTED])


def test_what_a_lender_has_of_ours_stays_with_it() -> None:
    """As a sandbox shows it: an endpoint, a range and a username that bear old names, and a number on that trunk."""
    with standing() as (sandbox, _, target), contextlib.closing(Client(target)) as client:
        left_behind(client, "lent", below=OLD)
        before = tables(sandbox.state)
        swept = sweep.older(client, DAY)
        assert (swept.removed, swept.left) == (0, ())
        assert tables(sandbox.state) == before


@pytest.mark.parametrize("member", ["name", "hostName"])
def test_a_trunk_is_ours_by_either_of_its_names(member: str) -> None:
    """One that an old run named and a young one named again is a young one's."""
    young = time.strftime("ect-%Y%m%dt%H%M%S-abcd-gw0-000001", time.gmtime())
    trunks = [
        {"id": "old", "name": "n", "hostName": "h", member: OLD},
        {"id": "young", "name": young, "hostName": young, member: OLD},
    ]
    fake = Fake({"getSipTrunks": [(200, trunks)]})
    assert sweep.older(fake, DAY).removed == 1
    assert [call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk"] == ["old"]


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("found", NO_IDS, ids=repr)
def test_what_has_no_id_is_told_and_not_sent(listing: str, found: Any) -> None:
    """A path without an id is that of them all."""
    fake = Fake({listing: [(200, [{"id": found, "name": OLD, "hostName": OLD}])]})
    swept = sweep.older(fake, DAY)
    assert fake.sent() == [*sweep.LISTED]
    assert [(left.operation, left.reason) for left in swept.left] == [
        (sweep.LISTED[listing][0], f"it is listed under {found!r}, which is no id")
    ]


def test_what_is_listed_without_an_id_is_told() -> None:
    """By where it would be."""
    (left,) = sweep.older(Fake({"getSipTrunks": [(200, [{"name": OLD}])]}), DAY).left
    assert left.path == f"/v1/projects/{PROJECT}/trunks/{{sipTrunkId}}"


@pytest.mark.parametrize("listing", sweep.PUT_ON)
@pytest.mark.parametrize("found", NO_IDS, ids=repr)
def test_what_is_on_a_trunk_without_an_id_is_told_and_not_sent(listing: str, found: Any) -> None:
    """The trunk itself is tried all the same."""
    items = [{"id": found}, {"name": "x"}, *([] if found == {} else [found])]
    fake = Fake({"getSipTrunks": [(200, [{"id": "t", "name": OLD}])], listing: [(200, items)]})
    swept = sweep.older(fake, DAY)
    assert {left.operation for left in swept.left} == {sweep.PUT_ON[listing][0]}
    assert [call for call in fake.sent() if call.startswith(("delete", "remove"))] == ["deleteSipTrunk"]


@pytest.mark.parametrize("found", NO_IDS, ids=repr)
def test_a_number_that_is_none_is_told_and_not_sent(found: Any) -> None:
    """Nor is one that is listed without it."""
    numbers = [{"id": "n", "sipTrunkId": "t", "phoneNumber": found}, {"id": "m", "sipTrunkId": "t"}]
    fake = Fake({"getSipTrunks": [(200, [{"id": "t", "name": OLD}])], "GetPhoneNumbers": [(200, numbers)]})
    swept = sweep.older(fake, DAY)
    assert [left.operation for left in swept.left] == ["assignPhoneNumber"] * 2
    assert fake.sent("assignPhoneNumber", "deleteSipTrunk") == ["deleteSipTrunk"]


@pytest.mark.parametrize("when", ["20209999t000000", "20200101t006060", "00000101t000000", f"{ARABIC}0101t000000", "2020t00"])
def test_a_time_that_no_calendar_has_makes_nothing_ours(when: str) -> None:
    """It is left alone, and so is what is named by no text."""
    items = [
        {"id": "x", "name": f"ect-{when}-abcd-gw0-000001"},
        *({"id": "x", "name": name} for name in ([OLD], {OLD: OLD}, 7, None)),
    ]
    fake = Fake({listing: [(200, items)] for listing in LISTINGS})
    swept = sweep.older(fake, DAY)
    assert (swept.removed, swept.left, fake.sent()) == (0, (), [*sweep.LISTED])


def test_whole_numbers_are_ids() -> None:
    """Of a trunk and of what is on it, in paths as in what a number says of its trunk."""
    numbers = [{"sipTrunkId": 7, "phoneNumber": "+12015550100"}, {"sipTrunkId": "8", "phoneNumber": "+12015550101"}]
    fake = Fake(
        {
            "getSipTrunks": [(200, [{"id": 7, "name": OLD}])],
            "getSipEndpoint": [(200, [{"id": 0}])],
            "GetPhoneNumbers": [(200, numbers)],
            "GetPhoneNumberByNumber": [(200, numbers[0])],
        }
    )
    swept = sweep.older(fake, DAY)
    assert (swept.removed, swept.left) == (3, ())
    removals = [call.path for call in fake.calls if call.operation in {"assignPhoneNumber", "deleteSipEndpoint", "deleteSipTrunk"}]
    assert removals == [
        {"projectId": PROJECT, "phoneNumber": "+12015550100"},
        {"projectId": PROJECT, "sipTrunkId": "7", "sipEndpointId": "0"},
        {"projectId": PROJECT, "sipTrunkId": "7"},
    ]


# -- what it says -------------------------------------------------------------------------------------------------------------


def test_nothing_that_a_target_gave_can_redraw_a_terminal() -> None:
    """Nor can what a file is called by."""
    left = Leftover("deleteSipTrunk", "/\x1b[2J\r/\ud800", "createSipTrunk", "no\nway\x9b")
    told = str(sweep.Swept("run \x1b[1m", 0, (left,)))
    assert told.splitlines() == [
        "cleaned up after run \\x1b[1m: 0 removed",
        "  still there: /\\x1b[2J\\r/\\ud800 (deleteSipTrunk: no\\nway\\x9b)",
    ]
    assert str(sweep.Swept("run \x1b[1m", alive=True)) == "left alone: run \\x1b[1m, which is still going on"


@pytest.mark.parametrize("status", [200, 400])
def test_any_id_can_be_told_on_any_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A letter that ASCII lacks, half of a character and an escape sequence; also where a list's failure names it."""
    trunk = {"id": "\u00e9\ud800\x1b[2J", "name": OLD}
    said = {"code": 400, "status": "BAD_REQUEST", "message": trunk["id"]}

    def script(request: bytes) -> tuple[bytes, ...]:
        line = request.partition(b"\r\n")[0]
        if line.startswith(b"GET") and b"/trunks?" in line:
            return (answer(200, [trunk]),)
        return (answer(400, said) if line.startswith(b"DELETE") else answer(status, [] if status == 200 else said),)

    for name in ("PROJECT_ID", "KEY_ID", "KEY_SECRET"):
        monkeypatch.setenv(f"SINCH_{name}", "x")
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="ascii") for name in ("stdout", "stderr")}
    streams["stderr"].reconfigure(errors="backslashreplace")  # as Python has it from the start
    expected = sweep.LEFT if status == 200 else sweep.UNKNOWN
    with answering(script) as server, monkeypatch.context() as patch:
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        assert sweep.main(["--base-url", server.url, "--ledger", str(tmp_path), "--older-than", "24"]) == expected
    told = "".join(str((stream.seek(0), stream.read())[1]) for stream in streams.values())
    assert "\x1b" not in told
    assert ("still there: /v1/projects/x/trunks/\\xe9\\ud800\\x1b[2J (deleteSipTrunk" in told) == (status == 200)


def test_nor_can_what_stood_in_the_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A reason may quote what came."""
    for name in ("PROJECT_ID", "KEY_ID", "KEY_SECRET"):
        monkeypatch.setenv(f"SINCH_{name}", "x")
    monkeypatch.setattr(sweep, "older", lambda *_: Fake({"getSipTrunks": [Inconclusive("no \x1b[2J")]}).send(api.getSipTrunks()))
    assert sweep.main(["--base-url", closed_port(), "--ledger", str(tmp_path), "--older-than", "24"]) == sweep.UNKNOWN
    assert capsys.readouterr().err == "not all could be looked at: no \\x1b[2J\n"


# -- numbers, which may be somebody else's by now -----------------------------------------------------------------------------

NUMBER = "+12015550100"
MADE = Call("createPhoneNumber", {"projectId": PROJECT}, body={"phoneNumber": NUMBER, "countryCode": "US"})
REMOVAL = Call("deletePhoneNumber", {"projectId": PROJECT, "phoneNumber": NUMBER})
UNASSIGNING = Call("assignPhoneNumber", REMOVAL.path, body={"sipTrunkId": ""})
TRUNK = Call("deleteSipTrunk", {"projectId": PROJECT, "sipTrunkId": "ours"})
ABSENT: Answer = (404, {"code": 404, "status": "NOT_FOUND", "message": "Not here."})


def taken_over(look: Answer, owed: list[Call], unknown: list[Call], **members: Any) -> tuple[Tidy, list[str]]:
    """A talk that took over what an earlier run left, and what it sent to clean that up, once a number was looked at."""
    fake = Fake({"GetPhoneNumberByNumber": [look]}, **members)
    talk = Tidy(fake, Names(RUN))
    talk.take_over(owed, unknown, f"ect-{RUN}-")
    talk.clean_up()
    return talk, fake.sent("assignPhoneNumber", "deletePhoneNumber", "deleteSipTrunk")


LOST_OR_OWED = pytest.mark.parametrize(("owed", "unknown"), [([], [MADE]), ([REMOVAL], []), ([REMOVAL], [MADE])])


@LOST_OR_OWED
def test_a_number_that_is_on_somebody_s_trunk_by_now_is_told(owed: list[Call], unknown: list[Call]) -> None:
    """And left alone, however sure it is that the run had it."""
    talk, sent = taken_over((200, {"phoneNumber": NUMBER, "sipTrunkId": "theirs"}), owed, unknown)
    assert sent == []
    (left,) = talk.debt.leftovers
    assert (left.operation, left.path) == ("deletePhoneNumber", f"/v1/projects/{PROJECT}/phoneNumbers/{NUMBER}")
    assert left.reason == "the number may be somebody else's by now: it is on trunk theirs"


@LOST_OR_OWED
@pytest.mark.parametrize("trunk", [None, ""])
def test_a_number_that_is_free_is_removed(owed: list[Call], unknown: list[Call], trunk: str | None) -> None:
    """Null or empty says that it is on no trunk."""
    talk, sent = taken_over((200, {"phoneNumber": NUMBER, "sipTrunkId": trunk}), owed, unknown)
    assert (sent, talk.debt.leftovers, talk.debt.removed) == (["deletePhoneNumber"], [], 1)


@LOST_OR_OWED
def test_a_number_that_is_gone_is_not_removed_again(owed: list[Call], unknown: list[Call]) -> None:
    """Between the look and the removal somebody could make it."""
    talk, sent = taken_over(ABSENT, owed, unknown)
    assert (sent, talk.debt.leftovers) == ([], [])


@pytest.mark.parametrize("look", [(403, b""), (500, b""), (200, b"<html>"), (200, []), (200, {"sipTrunkId": ["t"]})], ids=str)
def test_a_look_that_does_not_say_so_frees_no_number(look: Answer) -> None:
    """It is a leftover, with what was said instead."""
    talk, sent = taken_over(look, [], [MADE])
    assert (sent, [left.operation for left in talk.debt.leftovers]) == ([], ["deletePhoneNumber"])


def test_a_number_on_the_run_s_own_trunk_is_its_own() -> None:
    """It is taken off, and goes."""
    on_ours = (200, {"phoneNumber": NUMBER, "sipTrunkId": "ours"})
    talk, sent = taken_over(on_ours, [TRUNK, REMOVAL, UNASSIGNING], [])
    assert (sent, talk.debt.leftovers) == (["assignPhoneNumber", "deletePhoneNumber", "deleteSipTrunk"], [])


def test_a_number_is_not_taken_off_somebody_s_trunk() -> None:
    """What the run put on its own trunk was put on another one since; the run's own trunk goes all the same."""
    talk, sent = taken_over((200, {"phoneNumber": NUMBER, "sipTrunkId": "theirs"}), [TRUNK, REMOVAL, UNASSIGNING], [])
    assert sent == ["deleteSipTrunk"]
    assert [left.operation for left in talk.debt.leftovers] == ["assignPhoneNumber", "deletePhoneNumber"]


def test_an_assignment_whose_answer_was_lost_names_its_trunk() -> None:
    """So it is undone, on that trunk and on no other."""
    lost = Call("assignPhoneNumber", REMOVAL.path, body={"sipTrunkId": "named"})
    assert taken_over((200, {"sipTrunkId": "named"}), [], [lost])[1] == ["assignPhoneNumber"]
    assert taken_over((200, {"sipTrunkId": "theirs"}), [], [lost])[1] == []


def test_where_no_number_can_be_looked_at_it_is_removed() -> None:
    """As what the run saw to be free; the ledger has no other."""
    _, sent = taken_over(ABSENT, [], [MADE], paths={"GetPhoneNumberByNumber": None})
    assert sent == ["deletePhoneNumber"]


def test_a_run_that_lives_does_not_look_at_its_numbers() -> None:
    """It made them a moment ago."""
    fake = Fake({})
    talk = Tidy(fake, Names(RUN))
    talk.send(api.createPhoneNumber(phoneNumber=talk.phone_number(), countryCode="US"))
    talk.clean_up()
    assert fake.sent() == ["createPhoneNumber", "deletePhoneNumber"]


@pytest.mark.parametrize("sign", [OWES, MAY_OWE])
def test_a_number_that_changed_hands_stays_where_it_is(tmp_path: Path, sign: str) -> None:
    """Its entry stays as well, and is settled once the number is free."""
    with standing() as (_, _, target), contextlib.closing(Client(target)) as client:
        trunk = left_behind(client, "others")
        facts = client.send(api.GetPhoneNumbers(sipTrunkId=trunk)).json()["phoneNumbers"]
        path = {"projectId": target.project}
        ledger, number = Ledger(tmp_path, RUN, "gw0", target), str(facts[0]["phoneNumber"])
        if sign == OWES:
            ledger.page().settle(None, [Call("deletePhoneNumber", {**path, "phoneNumber": number})])
        else:
            ledger.page().may_owe(Call("createPhoneNumber", path, body={"phoneNumber": number, "countryCode": "US"}))
        ledger.close()
        (swept,) = sweep.sweep(tmp_path, client)
        assert "the number may be somebody else's by now" in str(swept)
        assert client.send(api.GetPhoneNumberByNumber(phoneNumber=number)).json()["sipTrunkId"] == trunk
        client.send(api.assignPhoneNumber(phoneNumber=number, sipTrunkId=""))
        (swept,) = sweep.sweep(tmp_path, client)
        assert (swept.removed, swept.left) == (1, ())
        assert client.send(api.GetPhoneNumberByNumber(phoneNumber=number)).status == 404
    assert list(tmp_path.iterdir()) == []


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
