"""The live view on a real terminal: what its screen shows while a run goes on, and that nothing of it stays."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.run.screen import ONE_UP, Screen
from tests.selftest.runs import BAD, GOOD, command, contract, copied
from tests.selftest.terminals import Terminal, read_until, resized, terminal
from tests.selftest.test_run_stop import CRASH, MANY

HELD = '''
import os, threading, time
from pathlib import Path

@controls("404-acl-id", by="getSipTrunks", variant="held")
def held(world: World) -> None:
    """Waits until it is let go."""
    ends = time.monotonic() + 60
    while not (Path(os.environ["HELD"]) / "go").exists() and time.monotonic() < ends:
        threading.Event().wait(0.01)
    world.accepted(api.getSipTrunks())
'''
BROKEN = """
def pytest_runtest_logfinish(nodeid):
    if nodeid.endswith("bad"):
        raise RuntimeError("a plug-in that is broken")
"""
DONE = "4 of 5 cases, 2 of 3 rows done"
OF_THE_VIEW = ("█", "░", "rows done", "waiting for", "stopping, what")
SIZES = [(80, 24), (60, 15), (40, 12)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the suite with five cases: three that pass, one that fails, and one that waits to be let go."""
    return copied(tmp_path / "copy", a=GOOD, b=BAD, z=HELD)


@contextlib.contextmanager
def running(copy: Path, *arguments: str, columns: int = 80, lines: int = 24, **given: str) -> Iterator[Terminal]:
    """A run of the copy on a terminal."""
    with terminal(command(copy.parent / "r", *arguments), copy, columns, lines, {"HELD": str(copy.parent), **given}) as shown:
        yield shown


def let_go(copy: Path) -> None:
    """Let the case end that waits."""
    (copy.parent / "go").touch()


def assert_clean(shown: Terminal) -> None:
    """Nothing of the view stays, and the cursor is there."""
    assert [trace for trace in OF_THE_VIEW if trace in shown.everything] == [], shown.everything
    assert not shown.screen.cursor.hidden


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_the_view_fits_shows_how_far_the_run_is_and_leaves_nothing(copy: Path, columns: int, lines: int, workers: str) -> None:
    """In the place of dots; at the end stands the summary, and pytest's own count."""
    with running(copy, "-n", workers, columns=columns, lines=lines) as shown:
        shown.until(lambda: DONE in shown.text and "waiting for" in shown.text)
        view = shown.shown[next(n for n, line in enumerate(shown.shown) if "░" in line) :]
        assert max(map(len, view)) <= columns - 4
        assert view[0].count("█") == int(0.8 * len(view[0]))
        assert {"3 pass, 1 fail", "fail 404-trunk-domain"} <= set(view)
        assert "waiting for 404-acl-id/getSipTrunks/held" in " ".join(" ".join(view).split())
        assert "test_a.py" not in shown.everything
        let_go(copy)
        assert shown.ended() == 1
    assert_clean(shown)
    assert "38 rows: " in shown.text
    assert "1 failed, 4 passed in" in shown.everything
    assert all(trace.encode() in shown.bytes for trace in ("░", "waiting for"))  # it was there


def test_the_view_survives_a_resize(copy: Path) -> None:
    """To something smaller, and larger again; it is drawn anew at the next time, and nothing stays."""
    with running(copy, "-n", "0", columns=100, lines=30) as shown:
        shown.until(lambda: DONE in shown.text)
        for columns, lines in ((50, 24), (120, 40), (80, 24)):
            shown.resize(columns, lines)
            drawn = len(shown.bytes)
            shown.until(lambda before=drawn: len(shown.bytes) > before + 400 and DONE in shown.text)  # type: ignore[misc]
            assert shown.text.count("rows done") == 1, shown.text
        let_go(copy)
        assert shown.ended() == 1
    assert_clean(shown)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupt_is_answered_at_once_and_leaves_nothing(copy: Path, workers: str) -> None:
    """What has begun is ended first, and the view says so."""
    with running(copy, "-n", workers) as shown:
        shown.until(lambda: DONE in shown.text)
        shown.process.send_signal(signal.SIGINT)
        shown.until(lambda: "stopping, what has begun is ended first" in shown.text)
        let_go(copy)
        assert shown.ended() == 2
    assert_clean(shown)
    assert "KeyboardInterrupt" in shown.everything


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_stops_at_the_first_failure_leaves_nothing(tmp_path: Path, workers: str) -> None:
    """The failure is told where the view was."""
    copy = copied(tmp_path / "copy", a=BAD, b=MANY)
    with running(copy, "-x", "-n", workers, "--concurrency", "1") as shown:
        assert shown.ended() == 1
    assert_clean(shown)
    assert "404-trunk-domain/getSipTrunks/bad: fail" in shown.everything
    assert b"rows done" in shown.bytes


def test_what_xdist_says_of_dead_workers_is_not_torn(tmp_path: Path) -> None:
    """It stands above the view, which goes on below."""
    copy = copied(tmp_path / "copy", a=GOOD, crash=CRASH, z=MANY.replace("404-trunk-id", "404-acl-id"))
    with running(copy, "-n", "2") as shown:
        assert shown.ended() == 3
    assert_clean(shown)
    lines = shown.everything.splitlines()
    assert any(line.startswith("[gw") and line.endswith("node down: Not properly terminated") for line in lines)
    assert any(line.startswith("replacing crashed worker gw") for line in lines)
    assert b"rows done" in shown.bytes


def test_an_internal_error_is_not_torn(copy: Path) -> None:
    """It stands where the view was."""
    (copy.parent / "broken_plugin.py").write_text(BROKEN, encoding="utf-8")
    let_go(copy)
    with running(copy, "-n", "0", "-p", "broken_plugin", PYTHONPATH=str(copy.parent)) as shown:
        assert shown.ended() == 3
    assert_clean(shown)
    assert "INTERNALERROR> RuntimeError: a plug-in that is broken" in shown.everything
    assert b"rows done" in shown.bytes


@pytest.mark.parametrize("given", [{"CI": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=lambda given: next(iter(given)))
def test_whoever_asks_for_plain_lines_gets_them(copy: Path, given: dict[str, str]) -> None:
    """Dots, and not one escape sequence."""
    let_go(copy)
    with terminal(command(copy.parent / "r", "-n", "0"), copy, given={"HELD": str(copy.parent), **given}) as shown:
        assert shown.ended() == 1
    assert b"\x1b" not in shown.bytes
    assert b"test_a.py ..." in shown.bytes
    assert b"test_b.py F" in shown.bytes


def test_what_is_no_terminal_gets_plain_lines(copy: Path) -> None:
    """A pipe for instance; none is wider than eighty columns but what is meant to be copied."""
    let_go(copy)
    run = contract(copy.parent / "r", "-n", "0", root=copy, given={"HELD": str(copy.parent)})
    assert run.status == 1
    assert "\x1b" not in run.out
    assert "test_a.py ..." in run.out
    told = run.out.partition(" error contracts ===")[2].splitlines()
    assert [line for line in told if len(line) > 80 and not line.startswith("results: ")] == []


@pytest.mark.parametrize(
    "asked", [["-v"], ["-q"], ["-s"], ["--color=no"], ["--log-cli-level=INFO"], ["--setup-show"]], ids=" ".join
)
def test_whoever_asks_pytest_for_lines_of_its_own_gets_them(copy: Path, asked: list[str]) -> None:
    """No view is drawn over them."""
    let_go(copy)
    with running(copy, "-n", "0", *asked) as shown:
        assert shown.ended() == 1
    assert b"rows done" not in shown.bytes


def test_colours_that_somebody_asks_for_stay(copy: Path) -> None:
    """Where a pipeline shows them, for instance; the view is not drawn there all the same."""
    let_go(copy)
    with running(copy, "-n", "0", "--color=yes", CI="1") as shown:
        assert shown.ended() == 1
    assert b"\x1b[31m" in shown.bytes
    assert b"rows done" not in shown.bytes


def test_tests_beside_the_cases_are_shown_as_ever(copy: Path) -> None:
    """The view knows nothing of them."""
    let_go(copy)
    (copy / "tests" / "contract" / "test_other.py").write_text("def test_other(): pass\n", encoding="utf-8")
    with running(copy, "-n", "0") as shown:
        assert shown.ended() == 1
    assert b"rows done" not in shown.bytes
    assert "test_other.py ." in shown.everything


# -- the screen ---------------------------------------------------------------------------------------------------------------


def test_a_terminal_that_goes_away_harms_nobody() -> None:
    """Nothing is raised, neither at the beginning nor at the end."""
    ours, theirs = pty.openpty()
    os.close(ours)
    screen = Screen(theirs, "utf-8", lambda _, __: [("line", "red")])
    screen.start()
    screen.stop()
    os.close(theirs)


def test_lines_that_a_narrower_terminal_has_broken_are_taken_away_whole() -> None:
    """Three rows that stand where one did: two more are emptied than there are lines."""
    ours, theirs = pty.openpty()
    resized(ours, 90)
    screen = Screen(theirs, "utf-8", lambda columns, _: [("x" * (columns - 10), ""), ("y", "")])
    screen.start()
    came = read_until(ours, b"y")
    assert ONE_UP.encode() not in came
    resized(ours, 30)
    assert read_until(ours, ONE_UP.encode() * 2)
    screen.stop()
    for end in (ours, theirs):
        os.close(end)


def test_lines_that_cannot_be_told_harm_nobody() -> None:
    """The screen is empty then."""

    def broken(_: int, __: int) -> list[tuple[str, str]]:
        raise ZeroDivisionError

    ours, theirs = pty.openpty()
    screen = Screen(theirs, "utf-8", broken)
    screen.start()
    screen.stop()
    os.close(theirs)
    os.close(ours)
