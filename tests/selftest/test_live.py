"""What a run says while it goes on: how far it is, and about how long it still takes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from contracts.case import Case, Kind
from contracts.report.live import COLUMNS, MARGIN, Progress, frame


def case(case_id: str, row: str = "", *, alone: bool = False) -> Case:
    """A case; without a row, a check."""
    return Case(case_id, row, "", Kind.CHECK, print, alone=alone)


def progress(*of: Case) -> Progress:
    """The progress of a run of these, which began at 0."""
    return Progress("a target", {one.id: one for one in of}, began=0.0)


def said(of: Progress, now: float, width: int = 80, height: int = 24) -> list[str]:
    """The lines that a terminal shows."""
    return [text for text, _ in frame(of, now, width, height)]


ROWS = tuple(case(f"row-{row}/{n}", f"row-{row}") for row in "ab" for n in range(2))
MIXED = (*(case(f"row/{n}", "row") for n in range(10)), *(case(f"slow/{n}", alone=True) for n in range(10)))


def test_a_row_is_done_when_all_of_its_cases_are() -> None:
    """Cases count one by one, by verdict; one that is run again counts once, by its last verdict."""
    run = progress(*ROWS)
    for n, verdict in ((0, "pass"), (2, "fail"), (0, "pass"), (2, "pass")):
        run.ended(ROWS[n].id, verdict, 3, 1.0)
    assert (run.done, run.rows, dict(run.verdicts)) == (2, (0, 2), {"pass": 2})
    run.ended(ROWS[1].id, "not_exercised", 0, 1.0)
    assert (run.done, run.rows) == (3, (1, 2))
    lines = said(run, 2.0)
    assert "3 of 4 cases, 1 of 2 rows done" in lines
    assert "2 pass, 1 not exercised" in lines
    assert any(line.startswith("12 requests") for line in lines)


def test_the_bar_is_as_full_as_the_run_is_done() -> None:
    """In forty parts."""
    run = progress(*ROWS)
    assert said(run, 0.0)[0] == "." * 40
    run.ended(ROWS[0].id, "pass", 1, 1.0)
    assert said(run, 1.0)[0] == "#" * 10 + "." * 30


def test_rows_that_fail_are_named_as_they_come() -> None:
    """A few; the others are counted. A check is named by its kind."""
    run = progress(*(case(f"r{n}/x", f"r{n}") for n in range(6)), case("race/a"), case("race/b"))
    run.ended("race/b", "fail", 1, 1.0)
    run.ended("race/a", "fail", 1, 1.0)
    for n in (4, 2, 0, 1):
        run.ended(f"r{n}/x", "fail", 1, 1.0)
    run.ended("r5/x", "error", 1, 1.0)
    lines = said(run, 2.0)
    named = lines.index("fail check: race (2 cases)")
    assert lines[named : named + 4] == ["fail check: race (2 cases)", "fail r4", "fail r2", "and 2 more"]


def test_the_pace_is_that_of_the_last_seconds() -> None:
    """Unknown at first, and no longer told where nothing comes."""
    run = progress(*MIXED)
    assert run.rate is None
    for n in range(5):
        run.ended(f"row/{n}", "pass", 1000, float(n))
    assert run.rate == 1000
    for n in range(5, 10):
        run.ended(f"row/{n}", "pass", 20, 20.0 + n)
    assert run.rate == 20
    assert "5100 requests, 20 a second" in said(run, 30.0)
    (line,) = [line for line in said(run, 40.0) if "requests" in line]
    assert line.endswith("no result for 11 s")


def test_what_is_left_follows_from_the_pace_and_not_from_a_guess() -> None:
    """Nothing is said before it can be known; what runs alone is told apart until it has a pace of its own."""
    run = progress(*MIXED)
    run.ended("row/0", "pass", 1, 2.0)
    assert run.left(2.0) == (None, 10)
    assert "2 s; at the end 10 checks one by one" in said(run, 2.0)
    for n in range(1, 5):
        run.ended(f"row/{n}", "pass", 1, 10.0)
    assert run.left(10.0) == (10.0, 10)
    assert "10 s, about 10 s left, and then 10 checks one by one" in said(run, 10.0)
    for n in range(5, 10):
        run.ended(f"row/{n}", "pass", 1, 20.0)
    assert run.left(20.0) == (None, 10)
    run.awaited("slow/0", 20.0)
    assert run.left(21.0) == (None, 0)
    run.ended("slow/0", "pass", 1, 50.0)
    assert run.left(50.0) == (270.0, 0)
    assert "50 s, about 4 min 30 s left" in said(run, 50.0)


def test_each_kind_of_check_that_runs_alone_has_a_pace_of_its_own() -> None:
    """One may take a hundred times as long as another."""
    run = progress(*(case(f"{kind}/{n}", alone=True) for kind in ("quick", "slow") for n in range(10)))
    for n in range(5):
        run.awaited(f"quick/{n}", n * 2.0)
        run.ended(f"quick/{n}", "pass", 1, (n + 1) * 2.0)
    assert run.left(10.0) == (10.0, 10)


def test_a_case_that_is_waited_for_is_named() -> None:
    """With the seconds since then, the longest first; what has just begun is no news."""
    run = progress(*MIXED)
    for n, since in enumerate((0.0, 3.0, 1.0, 2.0, 9.5)):
        run.awaited(f"slow/{n}", since)
    lines = said(run, 10.0)
    assert "waiting for slow/0 (10 s), slow/2 (9 s), slow/3 (8 s) and 1 more" in " ".join(" ".join(lines).split())
    run.ended("slow/0", "pass", 1, 10.0)
    assert not any("slow/0" in line for line in said(run, 10.0))


def test_a_run_that_is_stopped_says_so() -> None:
    """What has begun takes its time to end."""
    run = progress(*MIXED)
    run.stopping = True
    assert "3 s: stopping, what has begun is ended first" in said(run, 3.0)


def test_a_small_terminal_shows_what_matters_most() -> None:
    """The bar, how much is done, and how long it takes; one line stays free."""
    run = progress(*MIXED)
    run.ended("row/0", "fail", 1, 1.0)
    assert said(run, 1.0, 80, 4) == [
        "##......................................",
        "1 of 20 cases, 0 of 1 rows done",
        said(run, 1.0)[2],
    ]


HOSTILE = st.text(max_size=80) | st.text(st.sampled_from("電é\u0301\ufe0f❤👩🏽 \n\x1b["), max_size=80)


@settings(max_examples=150, deadline=None)
@given(
    ids=st.lists(st.tuples(HOSTILE, HOSTILE, st.booleans()), max_size=12, unique_by=lambda one: one[0]),
    verdicts=st.lists(st.sampled_from(["pass", "fail", "error", "inconclusive", "not_exercised"]), max_size=12),
    target=HOSTILE,
    width=st.integers(20, 200),
    height=st.integers(2, 60),
)
def test_every_frame_fits(*, ids: list[tuple[str, str, bool]], verdicts: list[str], target: str, width: int, height: int) -> None:
    """No line is wider than the terminal leaves free, none redraws it, and there are fewer lines than it has."""
    run = Progress(target, {name: case(name, row, alone=alone) for name, row, alone in ids}, began=0.0)
    for seconds, (name, _, _) in enumerate(ids):
        run.awaited(name, float(seconds))
    for seconds, ((name, _, _), verdict) in enumerate(zip(ids, verdicts, strict=False)):
        run.ended(name, verdict, 7, seconds * 10.0)
    lines = said(run, 1e6, width, height)
    assert 0 < len(lines) < height
    assert max(map(cell_len, lines)) <= min(COLUMNS, width - MARGIN)
    assert all(c.isprintable() for line in lines for c in line)
