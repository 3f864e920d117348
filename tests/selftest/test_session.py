"""A run before anything is sent: its options, its folder, its plan, and the one question that comes first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from contracts import acquaintance
from contracts.blame import Mistake
from contracts.client import Client
from contracts.run.controller import shared_by
from contracts.run.options import Options
from contracts.run.planned import SCENARIOS, overlaps, plan, plan_id
from contracts.run.session import Run
from contracts.run.shared import Shared
from contracts.target import Auth
from tests.selftest.answers import PROJECT, Do, Script, Step, answer, answering, closed_port, connected

LOCAL = "http://127.0.0.1:9"
FULL = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret", "SINCH_PROJECT_ID": PROJECT}


# -- the first question -------------------------------------------------------------------------------------------------------


def asked(script: Script | Sequence[Step] | bytes, **members: object) -> tuple[str, bool]:
    """What the first question to such a server comes to."""
    with answering(script) as server, connected(server.url, **members) as client:
        return first(client)


def first(client: Client) -> tuple[str, bool]:
    """The reason why nothing can be judged at a client's target, and whether the first question succeeded."""
    exchange, blocked = acquaintance.made(client)
    return blocked, bool(exchange and exchange.ok)


def test_a_target_that_answers_blocks_nothing() -> None:
    """A success proves the key; any other answer of the API leaves that open."""
    assert asked(answer(200, [])) == ("", True)
    assert asked(answer(400, b"<")) == ("", False)
    assert asked(answer(500, b"")) == ("", False)


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "check SINCH_KEY_ID and SINCH_KEY_SECRET"),
        (403, "check SINCH_PROJECT_ID and the key"),
        (404, "check SINCH_PROJECT_ID and the base URL"),
        (429, "try again later"),
        (503, "try again later"),
    ],
)
def test_an_answer_that_leaves_nothing_to_judge_blocks_with_a_hint(status: int, hint: str) -> None:
    """In one line that names the address and what to do."""
    blocked, proven = asked(answer(status))
    assert (hint in blocked, str(status) in blocked, "127.0.0.1" in blocked, proven) == (True, True, True, False)
    assert "\n" not in blocked


@pytest.mark.parametrize("script", [(Do.CLOSE,), (Do.RESET,), b"garbage\r\n\r\n", (answer(200, b"x", length=9), Do.CLOSE)], ids=str)
def test_no_answer_blocks(script: Sequence[Step] | bytes) -> None:
    """Whatever it is that did not come."""
    blocked, _ = asked(script)
    assert "does not answer" in blocked
    assert "check the address" in blocked


def test_nobody_there_and_no_token_block() -> None:
    """Each with its reason."""
    with connected(closed_port()) as client:
        assert "unreachable" in first(client)[0]
    assert "no token" in asked(answer(401), auth=Auth("oauth2"))[0]


def test_the_first_question_leaves_a_target_alone_that_asks_for_it(tmp_path: Path) -> None:
    """Longer than anybody is patient: nothing is sent any more, and no case can be judged."""
    with answering(answer(429, {}, "Retry-After: 3600")) as server:
        options = Options(base_url=server.url, report_dir=str(tmp_path / "r"), ledger=str(tmp_path / "ledger"))
        run = Run(options, FULL)
        try:
            assert "asked to be left alone" in run.shared().blocked
        finally:
            run.end()
    assert len(server.requests) == 1


def test_a_run_that_cannot_begin_fails_no_case() -> None:
    """Whatever stands in the way: it is no answer of the target."""

    class Broken(Run):
        def __init__(self) -> None:
            """Begins nothing."""

        def shared(self) -> Shared:
            raise ValueError("why")

    with pytest.raises(pytest.exit.Exception, match="ValueError: why") as ended:
        shared_by(Broken())
    assert ended.value.returncode == pytest.ExitCode.INTERNAL_ERROR


# -- options ------------------------------------------------------------------------------------------------------------------


def test_a_folder_that_got_no_report_does_not_stay(tmp_path: Path) -> None:
    """It is made with its parents, to see that it can be; a run that had nothing to say takes it away again."""
    run = Run(Options(base_url=LOCAL, report_dir=str(tmp_path / "a" / "b")), FULL)
    assert list((tmp_path / "a" / "b").iterdir()) == []
    run.end()
    assert not (tmp_path / "a" / "b").exists()


def test_a_folder_that_holds_anything_stays(tmp_path: Path) -> None:
    """Whether it was there before, or a report was written into it."""
    old = Run(Options(base_url=LOCAL, report_dir=str(tmp_path)), FULL)
    new = Run(Options(base_url=LOCAL, report_dir=str(tmp_path / "new")), FULL)
    (new.folder / "results.json").touch()
    old.end()
    new.end()
    assert (tmp_path / "new" / "results.json").exists()


def test_a_folder_that_cannot_be_written_is_a_mistake(tmp_path: Path) -> None:
    """A path below a file, and one that is a file."""
    (tmp_path / "file").write_text("")
    for folder in ("file", "file/below"):
        with pytest.raises(Mistake, match=r"cannot be written .*--report-dir"):
            Run(Options(base_url=LOCAL, report_dir=str(tmp_path / folder)), FULL)


def test_nothing_is_made_for_a_target_that_is_a_mistake(tmp_path: Path) -> None:
    """The folder comes last."""
    with pytest.raises(Mistake):
        Run(Options(base_url="nonsense", report_dir=str(tmp_path / "new")), FULL)
    assert not (tmp_path / "new").exists()


def test_where_a_run_goes_is_told_without_secrets(tmp_path: Path) -> None:
    """The header line names address and target."""
    run = Run(Options(base_url=LOCAL, report_dir=str(tmp_path)), FULL)
    run.end()
    assert run.where == f"{LOCAL} (127.0.0.1:9)"
    sandbox = Run(Options(report_dir=str(tmp_path)), {})
    sandbox.end()
    assert sandbox.where == "the embedded sandbox"


def test_the_concurrency_is_asked_for_by_option_then_profile_then_place(tmp_path: Path) -> None:
    """Other machines are owed politeness."""
    mine = tmp_path / "mine.toml"

    def concurrency(option: int | None, profile: str | None) -> int:
        if profile is not None:
            mine.write_text(profile)
        file = None if profile is None else str(mine)
        run = Run(Options(base_url=LOCAL, profile=file, report_dir=str(tmp_path), concurrency=option), FULL)
        try:
            return run.shared().concurrency
        finally:
            run.end()

    assert (concurrency(5, "concurrency = 3"), concurrency(None, "concurrency = 3"), concurrency(None, None)) == (5, 3, 48)


def test_the_plan_id_follows_what_decides_the_plan() -> None:
    """Equal for equal depth, seed and profile; where results go and which target they are of does not count."""
    options = Options(seed=1)
    same = replace(options, report_dir="elsewhere", base_url=LOCAL, require_all=True, concurrency=3)
    assert plan_id(options, 1) == plan_id(same, 1)
    others = [plan_id(replace(options, depth="standard"), 1), plan_id(options, 2), plan_id(replace(options, profile="example"), 1)]
    assert len({plan_id(options, 1), *others}) == 4


# -- the plan -----------------------------------------------------------------------------------------------------------------


def test_the_plan_is_every_case_once_and_always_the_same() -> None:
    """Whatever a run leaves out of it."""
    ids = [case.id for case in plan()]
    assert len(ids) == len(set(ids)) > 0
    assert ids == [case.id for case in plan()]


@pytest.mark.parametrize(
    ("argument", "ours"),
    [
        ("tests/contract", True),
        ("tests/contract/test_trunks.py", True),
        ("tests/contract/test_trunks.py::404-trunk-id/getSipTrunkById/unissued", True),
        ("tests", True),
        (".", True),
        ("tests/selftest", False),
        ("tests/contract-of-others", False),
        (os.devnull, False),
    ],
)
def test_a_run_is_asked_for_by_what_lies_under_the_scenarios(argument: str, ours: bool) -> None:  # noqa: FBT001 - a parameter
    """Or above them."""
    assert overlaps([argument], SCENARIOS.parents[1]) is ours


def test_a_withdrawal_of_no_case_is_a_mistake(tmp_path: Path) -> None:
    """A misspelt one would let a case run that somebody did not want to run there."""
    profile = tmp_path / "p.toml"
    profile.write_text('withdraw = [{ case = "404-trunk-idd", reason = "slow" }]', "utf-8")
    with pytest.raises(Mistake, match="no case is '404-trunk-idd'"):
        Run(Options(profile=str(profile), report_dir=str(tmp_path)), {})


def test_a_withdrawal_names_a_case_or_the_beginning_of_some(tmp_path: Path) -> None:
    """A row, an operation of it, or one case."""
    profile = tmp_path / "p.toml"
    for case in ("404-trunk-id", "404-trunk-id/getSipTrunkById", "404-trunk-id/getSipTrunkById/unissued"):
        profile.write_text(f'withdraw = [{{ case = "{case}", reason = "slow" }}]', "utf-8")
        Run(Options(profile=str(profile), report_dir=str(tmp_path)), {}).end()
