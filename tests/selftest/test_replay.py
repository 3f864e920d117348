"""A case is sent again from its evidence: the same requests, under names of their own, to whatever target; nothing stays behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.blame import Inconclusive, Mistake, NotExercised
from contracts.call import Call, api
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.names import Names
from contracts.origin import Origin
from contracts.replay import __main__ as replay
from contracts.replay.caution import Sending, harm
from contracts.replay.recording import Recording, recorded
from contracts.replay.renewal import Renewal
from contracts.replay.repetition import Repeated, Repetition
from contracts.sandbox import Sandbox
from contracts.sandbox.message import Request, Response
from contracts.target import Lent, Target
from contracts.undo import UNDO
from tests.selftest import recordings
from tests.selftest.exchanges import exchange
from tests.selftest.generated import Front, client_of, creates, tables
from tests.selftest.recordings import Recorded, documented
from tests.selftest.served import served
from tests.selftest.test_sweep import changed, standing

NEW = "20270102t030405-beef"
REFUSED = "404-trunk-id/getSipTrunkById/unissued"
DOMAIN = "400-domain-unavailable/createSipTrunk/taken"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A case of each row and kind, on a sandbox."""
    with served(Sandbox()) as client:
        return recordings.recorded(client, tmp_path_factory.mktemp("run"), documented())


def replayed(client: Client, recording: Recording, run_id: str = NEW) -> tuple[list[Repeated], str]:
    """What became of a recording's steps, and why there are no more of them."""
    repetition, steps = Repetition(client, run_id, recording), list[Repeated]()
    try:
        for step in repetition.play():
            steps.append(step)
    except (Inconclusive, NotExercised) as e:
        return steps, str(e)
    finally:
        repetition.clean_up()
        assert repetition.debt.leftovers == []
    return steps, ""


def judged(steps: list[Repeated]) -> list[bool]:
    """Which of the judged answers are the same."""
    return [step.same for step in steps if step.step.judged]


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sandbox, Target]]:
    """A sandbox that the environment names."""
    with standing() as (sandbox, named, target):
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        yield sandbox, target


@pytest.mark.parametrize("case", [case.id for case in documented()])
def test_every_kind_of_case_is_the_same_on_a_sandbox_like_that(run: Recorded, case: str) -> None:
    """On another one, with other projects and other ids; what it made is removed, and nothing that was there is touched."""
    sandbox = Sandbox()
    with served(sandbox) as client:
        before = tables(sandbox.state)
        steps, stopped = replayed(client, recorded(run.har, case))
        assert changed(before, tables(sandbox.state)) == {}
    assert (stopped, set(judged(steps))) == ("", {True})


def test_nothing_of_the_old_run_is_sent(run: Recorded) -> None:
    """Neither its names nor its projects, nor any id that its target gave."""
    recording = recorded(run.har, DOMAIN)
    answers = [step.exchange.json() for step in recording.steps if step.exchange.ok and step.exchange.call.operation in UNDO]
    given = {answer["id"] for answer in answers}
    assert given
    with served(Sandbox()) as client:
        steps, _ = replayed(client, recording)
    sent = " ".join(f"{one.exchange.request.url} {one.exchange.request.body.decode()}" for one in steps)
    old = {f"ect-{recording.origin.run}", recording.origin.project, *given}
    assert [text for text in old if text in sent] == []
    assert f"ect-{NEW}-" in sent


def test_what_a_mutated_target_answers_is_different(run: Recorded) -> None:
    """Another message, and the replay says so; on the sound one it was a pass."""

    def wrong(_: Request, answer: Response) -> Response:
        return replace(answer, body=answer.body.replace(b"Could not find", b"Did not find")) if answer.status == 404 else answer

    with client_of(Front(Sandbox(), changes=wrong)) as client:
        steps, _ = replayed(client, recorded(run.har, REFUSED))
    assert judged(steps) == [False, False]


def test_a_recorded_fail_is_different_on_a_sound_target(tmp_path: Path) -> None:
    """What was not refused then is refused now."""

    def lets(request: Request) -> Response | None:
        return Response(200, b'{"id": "x"}') if request.method == "GET" and re.search(r"/trunks/[^/]+$", request.raw_path) else None

    cases = [case for case in documented() if case.id == REFUSED]
    with client_of(Front(Sandbox(), lets)) as client:
        there = recordings.recorded(client, tmp_path, cases)
    assert [result.verdict for result in there.results.values()] == ["fail"]
    with served(Sandbox()) as client:
        steps, stopped = replayed(client, recorded(there.har, REFUSED))
    assert (judged(steps), stopped) == ([False], "")


def test_what_a_refused_request_makes_is_removed_where_a_list_shows_it(run: Recorded) -> None:
    """A target that refuses and creates all the same: the recorded look at the list gives it away."""
    case = "500-internal-server-error/createSipTrunk/injected"
    sandbox, made = Sandbox(), list[Response]()

    def lies(request: Request) -> Response | None:
        if creates(request) and "x-fault-inject" in request.headers:
            quiet = {name: value for name, value in request.headers.items() if name != "x-fault-inject"}
            made.append(sandbox.handle(replace(request, headers=quiet)))
        return None

    with client_of(Front(sandbox, lies)) as client:
        before = tables(sandbox.state)
        steps, _ = replayed(client, recorded(run.har, case))
        assert changed(before, tables(sandbox.state)) == {}
    assert [answer.status // 100 for answer in made][:1] == [2]
    assert set(judged(steps)) == {True}


def test_a_set_up_that_is_refused_now_ends_the_replay(run: Recorded) -> None:
    """What follows builds on it; and nobody knows what the judged answers would be."""

    def full(request: Request) -> Response | None:
        return Response(400, b'{"code":400}') if creates(request) else None

    with client_of(Front(Sandbox(), full)) as client:
        steps, stopped = replayed(client, recorded(run.har, DOMAIN))
    assert judged(steps) == []
    assert stopped == "createSipTrunk succeeded then and is refused now; what follows builds on it"


def test_a_password_is_made_up_where_the_evidence_hides_it(run: Recorded) -> None:
    """It is one of the replay's own, so that clean-up and veil know it."""
    recording = next(
        found
        for found in (recorded(run.har, case.id) for case in documented())
        if any(b'"***"' in step.exchange.request.body for step in found.steps)
    )
    with served(Sandbox()) as client:
        steps, _ = replayed(client, recording)
    bodies = [one.exchange.request.body for one in steps if b'"password"' in one.exchange.request.body]
    assert bodies
    assert all(re.search(rb'"password": "Pw-', body) for body in bodies)


def test_a_race_is_sent_one_after_another_and_the_winner_first(run: Recorded) -> None:
    """Sent in the old order, another would win than did then."""
    race = next(case.id for case in documented() if case.kind == "race")
    steps = [step.exchange for step in recorded(run.har, race).steps if step.exchange.raced]
    assert len(steps) > 2
    assert [step.ok for step in steps] == [True, *([False] * (len(steps) - 1))]


def test_what_cleaned_up_then_is_not_sent_as_a_step(run: Recorded) -> None:
    """Whoever replays removes what is made now; a removal that the case itself asked for is one of its steps."""
    recording = recorded(run.har, DOMAIN)
    assert [step.exchange.call.operation for step in recording.clean_up] == ["deleteSipTrunk"]
    assert "deleteSipTrunk" not in [step.exchange.call.operation for step in recording.steps]


def test_a_project_is_made_under_an_id_of_its_own(run: Recorded) -> None:
    """Under the old one somebody else may have made one since, which would be removed."""
    recording = recorded(run.har, "400-project-exists/createProject/twice")
    with served(Sandbox()) as client:
        steps, _ = replayed(client, recording)
    old, new = (
        {one.exchange.call.body["id"] for one in each if one.exchange.call.operation == "createProject"}
        for each in (recording.steps, steps)
    )
    assert len(new) == 1
    assert old.isdisjoint(new)


# -- what must not be sent ----------------------------------------------------------------------------------------------------

FAR = Target("t", "https://api.example.com", "own", "key-id", "key-secret", foreign_project="foreign")
ORIGIN = Origin("20260101t000000-abcd", "sandbox", "http://127.0.0.1:1", "old-own", foreign_project="old-foreign")


def harms(call: Call, target: Target = FAR, *, ok: bool = True, renewal: Renewal | None = None) -> str:
    """Why a call is not sent."""
    known = renewal or Renewal(ORIGIN, target, Names(NEW), NEW)
    return harm(Sending(call.under(target.project), exchange(200 if ok else 404, {}), known, target))


@pytest.mark.parametrize(
    ("call", "target", "told"),
    [
        (api.createSipTrunk(projectId="foreign", name=f"ect-{NEW}-x"), FAR, "foreign project as expendable"),
        (api.deleteProject(projectId="own"), FAR, "the project that was given to us"),
        (api.updateCountryPermission(isoCode="AQ", enabled=True), FAR, "written back as it was read"),
        (api.deleteSipTrunk(sipTrunkId="01HTRUNK"), FAR, "nothing that is this replay's own"),
        (api.createProject(id="somebody"), FAR, "nothing that is this replay's own"),
        (api.createCustomer(id="somebody", name=f"ect-{NEW}-x"), FAR, "nothing that is this replay's own"),
        (api.updateSipTrunk(sipTrunkId="lent"), replace(FAR, trunk_with_number=Lent("lent")), "(trunk_with_number)"),
        (api.createSipTrunk(projectId="off"), replace(FAR, disabled_project=Lent("off")), "(disabled_project)"),
    ],
)
def test_what_could_harm_a_target_elsewhere_is_not_sent(call: Call, target: Target, told: str) -> None:
    """Whatever the evidence says that was sent."""
    assert told in harms(call, target)


@pytest.mark.parametrize(
    "call",
    [
        api.createSipTrunk(name=f"ect-{NEW}-x"),
        api.deleteCustomer(customerId=f"ect-{NEW}-x"),
        api.getSipTrunks(projectId="foreign"),
        api.getCountryPermission(isoCode="AQ"),
    ],
)
def test_what_is_our_own_or_only_reads_is_sent(call: Call) -> None:
    """Or no replay could be."""
    assert harms(call) == ""


def test_an_id_that_was_refused_then_may_be_somebodys_here() -> None:
    """Whoever has edited the evidence, or whatever was made since: it is not named, but for what is no id at all."""
    assert "nothing that is this replay's own" in harms(api.deleteSipTrunk(sipTrunkId="01HTRUNK"), ok=False)
    assert harms(api.deleteSipTrunk(sipTrunkId="not-an-id"), ok=False) == ""


def test_an_id_that_no_answer_gave_is_made_up_anew() -> None:
    """It was made up then; here it may be the id of something."""
    victim, project = "01JX5V3N8QK2W7Y4ZB6TFD9RCM", "3f6d1c52-8a77-4b0e-9a54-2f1f0f6c1b11"
    renewal = Renewal(ORIGIN, FAR, Names(NEW), NEW)
    old = api.assignPhoneNumber(projectId=project, phoneNumber="+12025550123", json={"sipTrunkId": victim})
    renewal.disown(old)
    new = renewal.call(old)
    assert new.sent_values().isdisjoint({victim, project})
    assert renewal.call(old) == new
    renewal.disown(kept := api.getSipTrunks(projectId="old-foreign"))
    assert renewal.call(kept).path["projectId"] == "foreign"


def test_what_a_list_shows_of_somebodys_is_never_changed() -> None:
    """Not even on this machine, and not where it stands in the place of what the old list showed."""
    near = replace(FAR, base_url="http://127.0.0.1:1")
    renewal = Renewal(ORIGIN, near, Names(NEW), NEW)
    listing = api.getSipTrunks(projectId="old-own")
    old, new = (
        exchange(200, {"sipTrunks": [{"id": name, "projectId": project}]}, call=call)
        for name, project, call in (
            ("01OLD000", "old-own", listing),
            ("01NEW000", "own", listing.under("own")),
        )
    )
    renewal.compare(old, new)
    call = renewal.call(api.deleteSipTrunk(projectId="old-own", sipTrunkId="01OLD000"))
    assert call.path == {"projectId": "own", "sipTrunkId": "01NEW000"}
    assert "did not make" in harms(call, near, renewal=renewal)
    assert harms(api.createSipTrunk(name="x"), near, renewal=renewal) == ""


def test_an_id_that_the_target_did_not_give_again_is_not_sent() -> None:
    """Elsewhere it could be anybody's."""
    renewal = Renewal(ORIGIN, FAR, Names(NEW), NEW)
    call = api.createSipTrunk(name="x")
    renewal.compare(exchange(200, {"id": "01OLD000"}, call=call), exchange(400, {}, call=call))
    with pytest.raises(NotExercised, match="'01OLD000', and the target gave nothing in its place"):
        renewal.call(api.deleteSipTrunk(sipTrunkId="01OLD000"))


def test_a_fault_is_asked_for_as_the_target_wants_it_or_not_at_all() -> None:
    """A header that it does not know would let the request through."""
    origin = replace(ORIGIN, fault_header=("X-Fault-Inject", "500"))
    call = api.getSipTrunks().with_header("x-fault-inject", "500")
    asked = Renewal(origin, replace(FAR, fault_header=("X-Fail", "yes")), Names(NEW), NEW).call(call)
    assert asked.headers == {"X-Fail": "yes"}
    with pytest.raises(NotExercised, match="no fault injection"):
        Renewal(origin, replace(FAR, fault_header=None), Names(NEW), NEW).call(call)


def test_a_check_is_replayed_where_it_was_recorded_or_on_this_machine(run: Recorded) -> None:
    """What was generated was made harmless for its own target."""
    recording = replace(recorded(run.har, REFUSED), case="generated/x")
    with served(Sandbox()) as client:
        assert replayed(client, recording)[1] == ""
        client.target = replace(client.target, elsewhere=True)
        assert "this is another one" in replayed(client, recording)[1]


def test_a_withdrawn_case_is_not_sent(run: Recorded) -> None:
    """The profile's word counts for a replay as well."""
    with served(Sandbox(), withdrawn=((REFUSED, "it hurts"),)) as client:
        assert replayed(client, recorded(run.har, REFUSED)) == ([], "withdrawn by the profile: it hurts")


# -- the command --------------------------------------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """What the command says."""
    status = replay.main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def test_one_command_replays_what_a_sandbox_recorded(run: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    """On a new one, which it starts; no line is wider than 80 columns."""
    status, out, err = told(capsys, str(run.har.parent), DOMAIN)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].strip() == "the same: 2 judged answers are as they were"
    assert max(map(len, out.splitlines())) <= 80


def test_a_target_that_is_named_keeps_a_ledger_and_is_left_as_it_was(
    run: Recorded, mine: tuple[Sandbox, Target], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is empty at the end, and so it is gone."""
    before = tables(mine[0].state)
    status, _, _ = told(capsys, str(run.har), DOMAIN, "--ledger", str(tmp_path / "ledger"))
    assert status == 0
    assert changed(before, tables(mine[0].state)) == {}
    assert list((tmp_path / "ledger").iterdir()) == []


@pytest.mark.parametrize("ends", range(1, 6))
def test_who_interrupts_a_replay_leaves_nothing_behind(
    run: Recorded, mine: tuple[Sandbox, Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: int
) -> None:
    """Whenever that is, also while the answer to a request is awaited that has made something."""
    before, sent, send = tables(mine[0].state), [0], Client.send

    def interrupted(client: Client, call: Call) -> Exchange:
        answer = send(client, call)
        sent[0] += 1
        if sent[0] == ends:
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(Client, "send", interrupted)
    assert replay.main([str(run.har), DOMAIN, "--ledger", str(tmp_path / "ledger")]) == 6
    assert sent[0] >= ends
    assert changed(before, tables(mine[0].state)) == {}


def test_a_target_that_does_not_answer_cannot_be_replayed_to(
    run: Recorded, mine: tuple[Sandbox, Target], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one that turns us away; 6, and why."""
    monkeypatch.setenv("SINCH_KEY_SECRET", "the-wrong-secret")
    status, out, _ = told(capsys, str(run.har), DOMAIN, "--ledger", str(tmp_path / "ledger"))
    assert mine
    assert status == 6
    assert "the key was refused" in " ".join(out.split())


def test_what_was_sent_is_shown_and_nothing_is_sent(
    run: Recorded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its clean-up, and without a target."""
    monkeypatch.setattr(Client, "send", None)
    status, out, _ = told(capsys, str(run.har), DOMAIN, "--show")
    assert status == 0
    assert "deleteSipTrunk" in out
    assert out.count("(judged)") == 2


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            "404-trunk-id/getSipTrunkById/unisued",
            f"the run has no case '404-trunk-id/getSipTrunkById/unisued': near are\n  {REFUSED}\n",
        ),
        ("", "the run has no case '': it has "),
        ("404-", "cases of the run begin with '404-': give more of one\n  404-"),
        ("acquaintance", "the run has no case 'acquaintance'"),
    ],
)
def test_a_case_that_is_not_there_is_a_mistake(run: Recorded, case: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that are near."""
    status, out, err = told(capsys, str(run.har), case)
    assert (status, out) == (4, "")
    assert message in err


def test_the_beginning_of_a_case_will_do(run: Recorded) -> None:
    """Where no other begins so."""
    assert recorded(run.har, DOMAIN[:-3]).case == DOMAIN


def test_what_was_not_recorded_on_a_sandbox_needs_a_target(
    run: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not sent to a sandbox instead."""
    elsewhere = tmp_path / "run.har"
    elsewhere.write_text(
        run.har.read_text("utf-8").replace(r"\"target\": \"sandbox\"", r"\"target\": \"staging\""), encoding="utf-8"
    )
    status, _, err = told(capsys, str(tmp_path), DOMAIN)
    assert status == 4
    assert "name a target by --base-url, PYTEST_BASE_URL or a profile" in err


def test_a_run_without_evidence_is_a_mistake(tmp_path: Path) -> None:
    """One line says what to name."""
    with pytest.raises(Mistake, match=r"name a run's folder, or its run\.har$"):
        recorded(tmp_path, DOMAIN)


def test_nothing_that_a_target_says_can_redraw_a_terminal(
    run: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters and markup in evidence, wide ones too, are shown as what they are."""
    document: Any = json.loads(run.har.read_bytes())
    for entry in document["log"]["entries"]:
        entry["response"]["content"]["text"] = "\x1b[31m\u202e[red]" + "\u6f22" * 200
    (tmp_path / "run.har").write_text(json.dumps(document), encoding="utf-8")
    status, out, _ = told(capsys, str(tmp_path), REFUSED, "--show")
    assert status == 0
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]" in out
    assert max(len(line) + line.count("\u6f22") for line in out.splitlines()) <= 80
