"""Mistakes of whoever asks for a run: exit status 4, one line, nothing sent and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selftest.runs import BAD, contract, copied

KEY = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret"}
FULL = {**KEY, "SINCH_PROJECT_ID": "project"}
LOCAL = "http://127.0.0.1:9"
MISTAKES = {
    "no-scheme": (["--base-url", "127.0.0.1:9"], FULL, "is no base URL"),
    "empty-address": (["--base-url", ""], FULL, "is no base URL"),
    "address-of-the-environment": ([], {**FULL, "PYTEST_BASE_URL": "nonsense"}, "is no base URL"),
    "no-project": (["--base-url", LOCAL], KEY, "SINCH_PROJECT_ID"),
    "no-key": (["--base-url", LOCAL], {}, "SINCH_KEY_ID, SINCH_KEY_SECRET"),
    "unknown-profile": (["--profile", "nobody"], FULL, "there is no profile 'nobody'"),
    "other-host": (["--base-url", "https://trunking.example.invalid"], FULL, "is not on this machine"),
    "host-not-allowed": (
        ["--base-url", "https://other.invalid", "--profile", "example"],
        FULL,
        "other.invalid is not on this machine, and not allowed",
    ),
    "empty-profile": (["--profile", ""], FULL, "--profile is empty"),
    "own-project-as-foreign": (["--base-url", LOCAL], {**FULL, "SINCH_FOREIGN_PROJECT_ID": "project"}, "is the run's own"),
    "template": (["--profile", "staging"], FULL, "stands for a host of yours"),
    "token-of-a-template": (["--base-url", LOCAL, "--profile", "example"], FULL, "auth.example.invalid stands for a host of yours"),
    "concurrency": (["--concurrency", "0"], FULL, "--concurrency must be 1 or more"),
    "gate": (["--gate", "loose"], FULL, "--gate loose: give one of strict, no-new, documented-only"),
    "baseline": (["--gate", "no-new", "--baseline", "nowhere"], FULL, "no results can be read from 'nowhere'"),
    "deviations": (["--deviations", "nowhere.toml"], FULL, "the deviations 'nowhere.toml' cannot be read"),
    "max-in-flight": (["--max-in-flight", "0"], FULL, "--max-in-flight must be 1 or more"),
}


@pytest.mark.parametrize(("arguments", "variables", "told"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_mistake_is_one_line(tmp_path: Path, arguments: list[str], variables: dict[str, str], told: str, workers: str) -> None:
    """On the error stream; there is neither a folder nor a traceback."""
    run = contract(tmp_path / "r", *arguments, "-n", workers, given=variables)
    assert run.status == 4, run.out
    lines = run.err.strip().splitlines()
    assert len(lines) == 1, run.err
    assert lines[0].startswith("ERROR: ")
    assert told in lines[0]
    assert not run.folder.exists()
    assert "key-secret" not in run.out + run.err


def test_workers_that_get_nothing_are_a_mistake(tmp_path: Path) -> None:
    """All would run here, though other machines were named."""
    run = contract(tmp_path / "r", "--tx", "socket=127.0.0.1:9")
    assert (run.status, run.written) == (4, [])
    assert "--tx names workers, and nothing is given to them: add -d" in run.err


def test_a_folder_that_cannot_be_written_is_a_mistake(tmp_path: Path) -> None:
    """A path below a file."""
    (tmp_path / "file").touch()
    run = contract(tmp_path / "file" / "below")
    assert (run.status, len(run.err.strip().splitlines())) == (4, 1)
    assert "--report-dir" in run.err


def test_a_ledger_that_cannot_be_written_is_a_mistake(tmp_path: Path) -> None:
    """Where one is kept: nothing is sent that could not be written down before."""
    (tmp_path / "file").touch()
    run = contract(tmp_path / "r", "--base-url", LOCAL, "--ledger", str(tmp_path / "file" / "below"), given=FULL)
    assert (run.status, len(run.err.strip().splitlines()), "--ledger" in run.err) == (4, 1, True)


@pytest.mark.parametrize(
    "arguments",
    [["--depth", "abyss"], ["--seed", "x"], ["--concurrency", "many"], ["--max-in-flight", "few"], ["--unknown"]],
    ids=" ".join,
)
def test_an_option_that_pytest_refuses_is_a_mistake_too(tmp_path: Path, arguments: list[str]) -> None:
    """Told as pytest tells it."""
    run = contract(tmp_path / "r", *arguments)
    assert (run.status, run.written, "Traceback" in run.err) == (4, [], False)


def test_a_scenario_that_cannot_be_imported_is_no_verdict(tmp_path: Path) -> None:
    """Pytest says where, and nothing is written of a target that was not judged."""
    run = contract(tmp_path / "r", root=copied(tmp_path / "copy", a=BAD, b="from nowhere import nothing"))
    assert (run.status, run.written) == (2, [])
    assert "nowhere" in run.out


def test_a_scenario_for_a_row_that_there_is_not_is_no_verdict(tmp_path: Path) -> None:
    """The row is named where it is collected."""
    run = contract(tmp_path / "r", root=copied(tmp_path / "copy", a=BAD.replace("404-trunk-domain", "404-nothing")))
    assert (run.status, run.written) == (2, [])
    assert "404-nothing" in run.out
