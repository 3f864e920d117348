"""What the shell of the workflows and of the pipeline does, with stand-ins for the suite and for all else that it calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.selftest.pipelines import Shell, scripts

SCRIPTS = scripts()
COMPARE = SCRIPTS["nightly/contract/Compare with the night before"]
ALERT = SCRIPTS["nightly/alert/Tell, in the one open issue"]
NIGHT = SCRIPTS["gitlab/nightly/script"]


@pytest.mark.parametrize("status", [0, 1, 3, 6])
def test_a_nightly_run_ends_as_the_suite_ends(status: int, tmp_path: Path) -> None:
    """And hands the status on to what comes after."""
    shell = Shell(tmp_path, ran=status)
    assert shell.run(SCRIPTS["nightly/contract/Run"], PROFILE="staging.toml").returncode == status
    assert shell.written("github_output") == f"status={status}\n"


def night(folder: Path) -> Path:
    """A folder as it is after a run, on a night that follows another."""
    for name in ("kept", "report"):
        (folder / name).mkdir()
        (folder / name / "results.json").write_text(name, encoding="utf-8")
    return folder


@pytest.mark.parametrize("compared", [0, 1])
def test_a_night_is_compared_with_the_one_before(compared: int, tmp_path: Path) -> None:
    """Whether a verdict changed is handed on, what changed is written down, and the night becomes the one before."""
    shell = Shell(night(tmp_path), compared=compared, changes="404-trunk-id: pass, fail")
    assert shell.run(COMPARE).returncode == 0
    assert shell.written("calls") == "python -m contracts.compare kept/results.json report/results.json\n"
    assert shell.written("changes.txt") == "404-trunk-id: pass, fail"
    assert (shell.written("github_output"), shell.written("kept/results.json")) == (f"changed={compared}\n", "report")


def test_a_first_night_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    """It is kept for the next one."""
    night(tmp_path)
    (tmp_path / "kept" / "results.json").unlink()
    shell = Shell(tmp_path, compared=1)
    assert shell.run(COMPARE).returncode == 0
    assert (shell.written("calls"), shell.written("github_output")) == ("", "changed=0\n")
    assert shell.written("kept/results.json") == "report"


def test_a_comparison_that_fails_is_no_change(tmp_path: Path) -> None:
    """The step fails, nobody is alerted, and the night before stays what it was."""
    shell = Shell(night(tmp_path), compared=4)
    assert shell.run(COMPARE).returncode == 1
    assert (shell.written("github_output"), shell.written("kept/results.json")) == ("", "kept")


@pytest.mark.parametrize(
    ("open_", "call"), [("", "gh issue create --title Contract verdicts changed"), ("12", "gh issue comment 12")]
)
def test_an_alert_goes_to_the_one_open_issue(open_: str, call: str, tmp_path: Path) -> None:
    """Which is opened where there is none."""
    (tmp_path / "changes.txt").write_text("x", encoding="utf-8")
    shell = Shell(tmp_path, open=open_)
    assert shell.run(ALERT, TITLE="Contract verdicts changed", RUN="https://run.example").returncode == 0
    assert shell.written("calls").splitlines()[1] == f"{call} --body-file body.md"


def test_what_a_target_said_calls_nobody_in_an_alert(tmp_path: Path) -> None:
    """Whatever it is, it is shown as it is: one block of code under the line of ours."""
    lines = ["@all #1 https://x.example", "```", "</code></pre><img src=x>", "# pass", "", "[a](https://x.example)", "~~~"]
    (tmp_path / "changes.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    assert Shell(tmp_path).run(ALERT, TITLE="t", RUN="https://run.example").returncode == 0
    tokens = MarkdownIt("gfm-like").parse(Shell(tmp_path).written("body.md"))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close", "code_block"]
    assert tokens[-1].content == "".join(line + "\n" for line in lines)


def test_an_alert_that_is_long_is_cut(tmp_path: Path) -> None:
    """An issue takes 65,536 characters."""
    (tmp_path / "changes.txt").write_text("x\n" * 100_000, encoding="utf-8")
    assert Shell(tmp_path).run(ALERT, TITLE="t", RUN="https://run.example").returncode == 0
    said = Shell(tmp_path).written("body.md")
    assert (len(said) < 65_536, said.endswith("    x\n    and more\n")) == (True, True)


@pytest.mark.parametrize(
    ("ran", "compared", "ends", "told"),
    [
        (0, 0, 0, "kept"),
        (1, 1, 1, "alerted, kept"),
        (0, 1, 0, "alerted, kept"),
        (6, 1, 6, ""),
        (3, 1, 3, ""),
        (0, 4, 1, ""),
    ],
)
def test_a_night_on_gitlab(ran: int, compared: int, ends: int, told: str, tmp_path: Path) -> None:
    """It ends as the suite ends, alerts where a verdict changed, in words of ours, and is kept where it could judge."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "results.json").write_text("old", encoding="utf-8")
    shell = Shell(tmp_path, ran=ran, compared=compared, changes="@all")
    given = {"CONTRACT_PROFILE": "staging.toml", "CI_JOB_URL": "https://job.example/1", "ALERT_WEBHOOK": "https://hook.example"}
    assert shell.run(NIGHT, **given).returncode == ends
    calls = [call for call in shell.written("calls").splitlines() if call.startswith("curl")]
    done = ["alerted"] * len(calls) + ["kept"] * (shell.written("kept/results.json") != "old")
    assert ", ".join(done) == told
    assert all(call.endswith('{"text": "Contract verdicts changed: https://job.example/1"} https://hook.example') for call in calls)


def test_a_night_on_gitlab_without_an_address_alerts_nobody(tmp_path: Path) -> None:
    """The job's own status is then all that is told."""
    shell = Shell(night(tmp_path), compared=1)
    assert shell.run(NIGHT, CONTRACT_PROFILE="staging.toml", CI_JOB_URL="https://job.example/1").returncode == 0
    assert "curl" not in shell.written("calls")
