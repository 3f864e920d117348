"""The history: what runs leave in it, whatever happens to the file, and what comes back out."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts import history
from contracts.blame import Mistake
from contracts.case import Kind, Verdict
from contracts.history import History, remembered
from contracts.history import file as history_file
from contracts.history.__main__ import ago, main
from contracts.run.options import Options
from contracts.run.session import Run
from tests.selftest.results_at_hand import built, case, result, row_of
from tests.selftest.runs import BAD, GOOD, ROOT, WAIT, Outcome, command, contract, copied, environment

ROW = "404-trunk-id"
PASS, FAIL, INCONCLUSIVE, NOT_EXERCISED = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED
PROCESSES, RUNS = 8, 20


def run(id_: str, *verdicts: Verdict, target: dict[str, Any] | None = None, version: str | None = None, **members: Any) -> Any:
    """Results of a run whose row had cases with these verdicts, one if none is told."""
    of = [result(verdict, case(variant=f"v{place}")) for place, verdict in enumerate(verdicts or (PASS,))]
    document = built(*of)
    document["run"] |= {"id": id_, **members}
    document["target"] |= {"version": version, **(target or {})}
    return document


def passed(document: Any, verdict: str = "pass", mode: str = "strict") -> Any:
    """Results with what a gate has said of them."""
    document["run"]["gate"] = {"mode": mode, "verdict": verdict, "reasons": []}
    return document


def count(path: Path, table: str = "run") -> int:
    """How many entries a table has."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        return int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of ours


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a history may be."""
    return tmp_path / "history.sqlite"


@pytest.fixture
def kept(path: Path) -> History:
    """A history without any run."""
    return History(path)


# -- runs ---------------------------------------------------------------------------------------------------------------------


def test_a_run_is_kept_once(kept: History) -> None:
    """Whatever it is added as a second time."""
    kept.add(run("a", FAIL))
    kept.add(run("a", PASS))
    trend = kept.trend(run("a"))
    assert [one["id"] for one in trend["runs"]] == ["a"]
    assert trend["rows"][ROW]["verdicts"] == ["fail"]


def test_a_trend_tells_what_the_runs_were(kept: History) -> None:
    """As results.json told it, the oldest first and this one last, even where others came after it."""
    first, second = run("a", requests=7, started_at="2026-01-01T00:00:00.000+00:00"), run("b", version="build 7")
    for each in (first, second, run("c")):
        kept.add(each)
    one, two = kept.trend(second)["runs"]
    assert one == {
        **{name: first["run"][name] for name in ("id", "started_at", "suite_version", "complete", "duration_seconds", "requests")},
        "target_version": None,
        "totals": first["totals"],
    }
    assert (two["id"], two["target_version"]) == ("b", "build 7")
    assert [one["id"] for one in kept.trend(run("c"), last=2)["runs"]] == ["b", "c"]


def test_a_run_that_was_not_added_has_no_trend(kept: History) -> None:
    """It is named, and so is the file."""
    kept.add(run("a"))
    with pytest.raises(Mistake, match="run b is not in the history"):
        kept.trend(run("b"))


def test_a_long_reason_is_cut(kept: History) -> None:
    """A target may say much; the results have all of it."""
    document = run("a")
    document["rows"][0]["reason"] = "x" * 10_000
    kept.add(document)
    with contextlib.closing(sqlite3.connect(kept.path)) as file:
        assert file.execute("SELECT max(length(reason)) FROM row").fetchone() == (history.LONGEST,)


def test_rows_are_told_when_they_were_seen(kept: History) -> None:
    """First, last, and the last pass, of all runs that are kept; a run that could not judge the row did not see it."""
    verdicts = [NOT_EXERCISED, FAIL, PASS, FAIL, INCONCLUSIVE]
    times = [f"2026-01-0{day}T00:00:00.000+00:00" for day in range(1, 6)]
    runs = [run(f"r{day}", verdict, started_at=time) for day, (verdict, time) in enumerate(zip(verdicts, times, strict=True))]
    for each in runs:
        kept.add(each)
    trend = kept.trend(runs[-1], last=2)
    row = trend["rows"][ROW]
    assert row["verdicts"] == ["fail", "inconclusive"]
    assert (row["first_seen"], row["last_seen"], row["last_pass"]) == (times[1], times[3], times[2])
    assert row["seconds"] == [0.5, 0.5]
    assert list(trend["rows"]) == [one["id"] for one in runs[0]["rows"]]
    unseen = trend["rows"]["404-acl-id"]
    assert (unseen["verdicts"], unseen["first_seen"], unseen["judged"]) == ([None, None], None, 0)


def test_a_row_that_flips_is_flaky(kept: History) -> None:
    """All the way through the file: on an equal version once, else there and back."""
    for place, verdict in enumerate([PASS, FAIL, PASS]):
        kept.add(run(f"unsaid-{place}", verdict))
    assert (kept.trend(run("unsaid-1"))["rows"][ROW]["flaky"], kept.trend(run("unsaid-2"))["rows"][ROW]["flaky"]) == (False, True)
    for place, verdict in enumerate([PASS, FAIL]):
        kept.add(run(f"said-{place}", verdict, version="7", target={"id": "other"}))
    row = kept.trend(run("said-1"))["rows"][ROW]
    assert (row["flips"], row["flake_rate"], row["flaky"]) == (1, 1.0, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (run("a", PASS, PASS, version="7"), run("b", FAIL, version="7")),
        (run("a", PASS, version="7"), run("b", FAIL, version="7", suite_version="0")),
        (run("a", PASS, version="7"), run("b", FAIL, version="8")),
        (run("a", PASS, NOT_EXERCISED, version="7"), run("b", PASS, FAIL, version="7")),
    ],
    ids=["fewer-cases", "other-suite", "other-version", "a-case-that-did-not-run"],
)
def test_runs_that_asked_for_something_else_are_not_compared(kept: History, before: Any, after: Any) -> None:
    """What flips between them need not be flaky."""
    kept.add(before)
    kept.add(after)
    row = kept.trend(after)["rows"][ROW]
    assert (row["verdicts"], row["flips"], row["flaky"]) == (["pass", "fail"], 0, False)


def test_a_row_whose_text_changed_is_not_compared(kept: History) -> None:
    """Another catalogue documents another error."""
    before, after = run("a", PASS, version="7"), run("b", FAIL, version="7")
    next(row for row in after["rows"] if row["id"] == ROW)["message"] = "another"
    kept.add(before)
    kept.add(after)
    assert kept.trend(after)["rows"][ROW]["flips"] == 0


def test_what_a_check_found_of_a_row_is_not_the_rows_own(kept: History) -> None:
    """The row fails, and does not flip; its case is in the baseline all the same."""
    before, after, last = (run(name, verdict, version="7") for name, verdict in zip("abc", (PASS, PASS, FAIL), strict=True))
    found = row_of(last)["cases"][0] | {"id": f"{ROW}/getSipTrunks/generated", "kind": str(Kind.CHECK)}
    for each in (after, last):
        row = next(row for row in each["rows"] if row["id"] == ROW)
        row["cases"].append(found)
        row["verdict"] = "fail"
    for each in (before, after, last):
        kept.add(each)
    told = kept.trend(after)["rows"][ROW]
    assert (told["verdicts"], told["flips"]) == (["pass", "fail"], 0)
    assert kept.trend(last)["rows"][ROW]["flips"] == 1  # for here its own case failed too
    assert count(kept.path, "roster") == 1
    assert baseline(kept, run("d"))[found["id"]] == {"verdict": "fail", "rules": {"code"}, "failures": {("code", "")}}


# -- targets ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"id": "x"}, {"id": "y"}, False),
        ({"profile": "x"}, {"profile": None}, False),
        ({"base_url": "https://x.invalid"}, {"base_url": "https://y.invalid"}, False),
        ({"profile": "mine.toml"}, {"profile": "/elsewhere/mine.toml"}, True),
        ({"base_url": "http://127.0.0.1:1"}, {"base_url": "http://127.0.0.1:2"}, False),
        ({"id": "sandbox", "base_url": "http://127.0.0.1:1"}, {"id": "sandbox", "base_url": "http://127.0.0.1:2"}, True),
        ({"id": "sandbox", "base_url": "http://127.0.0.1:1"}, {"id": "sandbox", "base_url": "not started"}, True),
        ({"id": "sandbox", "base_url": "https://x.invalid"}, {"id": "sandbox", "base_url": "https://y.invalid"}, False),
    ],
)
def test_runs_are_compared_that_are_of_one_target(kept: History, one: Any, other: Any, same: bool) -> None:  # noqa: FBT001 - a column
    """By id, profile and address; the embedded sandbox has another port each time."""
    kept.add(run("a", target=one))
    after = run("b", target=other)
    kept.add(after)
    assert [each["id"] for each in kept.trend(after)["runs"]] == (["a", "b"] if same else ["b"])
    assert (kept.baseline(run("c", target=other)) or {})["run"]["id"] == "b"
    assert len(kept.trends()) == (1 if same else 2)


def test_old_runs_go(kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of their target alone, with all that only they had."""
    monkeypatch.setattr(history, "KEPT", 2)
    kept.add(run("other", target={"id": "other"}))
    kept.add(run("old", PASS, PASS, PASS))
    for name in "abc":
        kept.add(run(name))
    assert [one["id"] for one in kept.trend(run("c"))["runs"]] == ["b", "c"]
    assert [len(trend["runs"]) for _, trend in kept.trends()] == [1, 2]
    assert (count(kept.path), count(kept.path, "roster")) == (3, 1)
    assert count(kept.path, "row") == 3 * len(run("a")["rows"])


# -- the baseline -------------------------------------------------------------------------------------------------------------


def baseline(kept: History, results: Any) -> dict[str, Any]:
    """The cases of the baseline of a run."""
    found = kept.baseline(results)
    assert found is not None
    cases: dict[str, Any] = found["cases"]
    return cases


def test_a_baseline_is_what_the_latest_run_said_of_each_case(kept: History) -> None:
    """With the rules that failed it; checks stand beside the cases."""
    kept.add(passed(run("a", FAIL, FAIL, FAIL)))
    kept.add(passed(run("b", PASS, FAIL, INCONCLUSIVE)))
    none: dict[str, Any] = {"rules": set(), "failures": set()}
    assert baseline(kept, run("c")) == {
        f"{ROW}/getSipTrunkById/v0": {"verdict": "pass", **none},
        f"{ROW}/getSipTrunkById/v1": {"verdict": "fail", "rules": {"code"}, "failures": {("code", "")}},
        f"{ROW}/getSipTrunkById/v2": {"verdict": "inconclusive", **none},
        "traffic": {"verdict": "pass", **none},
    }
    assert (kept.baseline(run("c")) or {})["run"]["id"] == "b"


@pytest.mark.parametrize(
    ("gates", "compared"),
    [
        (["fail", "pass", "fail", "inconclusive"], "b"),
        (["pass", "pass", "fail", "error"], "b"),
        (["fail", "fail", "fail", "fail"], "a"),
        (["fail", "documented-only", "fail", "pass"], "d"),
        (["fail", "documented-only", "fail", "fail"], "a"),
    ],
)
def test_a_run_that_failed_its_gate_is_no_baseline_while_there_is_another(kept: History, gates: list[str], compared: str) -> None:
    """Or to try again would be enough to pass; a gate that counts no checks says nothing of them."""
    for name, gate in zip("abcd", gates, strict=True):
        mode = gate if gate == "documented-only" else "strict"
        kept.add(passed(run(name), verdict=gate if mode == "strict" else "pass", mode=mode))
    assert (kept.baseline(run("e")) or {})["run"]["id"] == compared


def test_advisories_are_no_failures_and_findings_keep_their_row(kept: History) -> None:
    """A finding of a check may name the row that it was made of."""
    document = run("a")
    finding = {"rule": "schema", "severity": "fail", "row": "404-acl-id"}
    document["checks"].append(
        {"id": "generated/x", "verdict": "fail", "findings": [finding, {"rule": "code", "severity": "advisory"}]}
    )
    kept.add(document)
    assert baseline(kept, run("b"))["generated/x"] == {
        "verdict": "fail",
        "rules": {"schema"},
        "failures": {("schema", "404-acl-id")},
    }


@pytest.mark.parametrize(
    ("before", "asked", "counts"),
    [
        (run("a"), run("a"), False),
        (run("a", complete=False), run("b"), False),
        (run("a", INCONCLUSIVE), run("b"), False),
        (run("a", depth="quick"), run("b", depth="standard"), False),
        (run("a", depth="exhaustive"), run("b", depth="standard"), True),
        (run("a", only_documented=True), run("b"), False),
        (run("a"), run("b", only_documented=True), True),
        (run("a", version="7"), run("b", version="8"), True),
    ],
    ids=["itself", "partial", "judged-nothing", "shallower", "deeper", "documented-only", "with-generated", "other-version"],
)
def test_a_baseline_has_all_that_the_run_has(kept: History, before: Any, asked: Any, counts: bool) -> None:  # noqa: FBT001 - a column
    """Else what it never tried would look new; of another version it is what a baseline is for."""
    kept.add(before)
    assert (kept.baseline(asked) is not None) is counts


def test_where_there_is_no_history_there_is_no_baseline(kept: History) -> None:
    """And asking makes none."""
    assert kept.baseline(run("a")) is None
    assert not kept.path.exists()


# -- the file -----------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters() | st.sampled_from("\0'\"\ud800\udfff;\u202e"), max_size=30)


@example(*["'\"\0\ud800;--"] * 4)
@given(TEXT.filter(bool), TEXT, TEXT, TEXT)
@settings(max_examples=60, deadline=None)
def test_no_text_does_any_harm(
    tmp_path_factory: pytest.TempPathFactory, version: str, target: str, profile: str, reason: str
) -> None:
    """Quotes, NUL, lone surrogates: what was added is found again under it."""
    kept = History(tmp_path_factory.mktemp("hostile") / "history")
    document = run(f"id{target}", INCONCLUSIVE, version=version, target={"id": target, "profile": profile}, plan_id=reason)
    document["rows"][0] |= {"reason": reason}
    document["checks"].append({"id": f"generated/{reason}", "verdict": "pass", "findings": []})
    kept.add(document)
    (one,) = kept.trend(document)["runs"]
    assert one["target_version"].isprintable()
    kept.add(run("judged", target={"id": target, "profile": profile}))
    assert len(kept.trends()) == 1
    judged = run("more", target={"id": target, "profile": profile})
    judged["checks"] = document["checks"]
    kept.add(judged)
    assert f"generated/{reason}" in baseline(kept, run("asked", target={"id": target, "profile": profile}))


def test_a_seed_may_be_any_number(kept: History) -> None:
    """The file's own numbers end somewhere."""
    kept.add(run("a", seed=10**40))
    assert count(kept.path) == 1


ADDING = """
import json, sys
from pathlib import Path
from contracts import history

results = json.loads(sys.stdin.readline())
kept = history.History(Path(sys.argv[1]))
if sys.argv[2] == "dying":
    def stand(*_):
        print("within", flush=True)
        sys.stdin.read()
    history._forget = stand
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    results["run"]["id"] = f"{sys.argv[2]}-{number}"
    kept.add(results)
    kept.trend(results)
"""
"""A process that adds runs once it is told to; one that is `dying` stands still in the midst of its first transaction."""


def adding(path: Path, name: str, runs: int = RUNS) -> subprocess.Popen[str]:
    """Such a process, which knows what to add."""
    line = [sys.executable, "-c", ADDING, str(path), name, str(runs)]
    process = subprocess.Popen(  # noqa: S603 - code of ours
        line, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    process.stdin.write(json.dumps(run("-", FAIL, PASS)) + "\n")
    process.stdin.flush()
    return process


def said(process: subprocess.Popen[str]) -> str:
    """The next line of a process."""
    assert process.stdout
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    """Tell a process to begin."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def test_many_processes_add_at_once_and_one_is_killed(path: Path) -> None:
    """From the first moment on, when there is no file yet: every run is there, that of the killed one is not, and no other file."""
    with contextlib.ExitStack() as ending:
        dying = ending.enter_context(adding(path, "dying"))
        others = [ending.enter_context(adding(path, f"p{number}")) for number in range(PROCESSES)]
        for process in (dying, *others):
            ending.callback(process.kill)
        assert {said(process) for process in (dying, *others)} == {"ready"}
        go(dying)
        assert said(dying) == "within"
        for process in others:
            go(process)
        dying.send_signal(signal.SIGKILL)
        assert [process.wait(WAIT) for process in others] == [0] * PROCESSES
    with contextlib.closing(sqlite3.connect(path)) as file:
        ids = {id_ for (id_,) in file.execute("SELECT id FROM run")}
        assert file.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert ids == {f"p{number}-{each}" for number in range(PROCESSES) for each in range(RUNS)}
    assert count(path, "row") == PROCESSES * RUNS * len(run("a")["rows"])
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_transaction_that_was_cut_off_on_disk_is_undone(path: Path, kept: History) -> None:
    """Half of it stood in the file already when its process was killed."""
    kept.add(run("a"))
    code = (
        "import os, sqlite3, sys\n"
        "file = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "file.execute('PRAGMA cache_size = 1')\n"
        "file.execute('BEGIN IMMEDIATE')\n"
        "file.execute(\"UPDATE row SET verdict = 'fail', reason = printf('%.*c', 9000, 'x')\")\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)  # noqa: S603 - code of ours
    assert (done.returncode, path.with_name(f"{path.name}-journal").exists()) == (-signal.SIGKILL, True)
    kept.add(run("b"))
    assert kept.trend(run("b"))["rows"][ROW]["verdicts"] == ["pass", "pass"]


def test_a_file_that_stays_locked_is_told(path: Path, kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some time, with what to do; nothing is lost of what was there."""
    monkeypatch.setattr(history_file, "PATIENCE", 0.01)
    kept.add(run("a"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        trend, why = remembered(path, run("b"))
    assert trend is None
    assert re.search(r"^this run is not in the history: another process locked .* end that, or name another with --history$", why)
    assert [one["id"] for one in kept.trend(run("a"))["runs"]] == ["a"]


V1 = """
CREATE TABLE target (number INTEGER PRIMARY KEY, id TEXT NOT NULL, profile TEXT NOT NULL, base_url TEXT NOT NULL,
    UNIQUE (id, profile, base_url));
CREATE TABLE roster (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, cases BLOB NOT NULL);
CREATE TABLE run (number INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES target, id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL, finished_at TEXT NOT NULL, duration_seconds REAL NOT NULL, requests INTEGER NOT NULL,
    suite_version TEXT NOT NULL, target_version TEXT, plan_id TEXT NOT NULL, seed TEXT NOT NULL, depth TEXT NOT NULL,
    only_documented INTEGER NOT NULL, complete INTEGER NOT NULL, judged INTEGER NOT NULL, accepted INTEGER NOT NULL,
    totals TEXT NOT NULL, roster INTEGER NOT NULL REFERENCES roster, verdicts TEXT NOT NULL, failures TEXT NOT NULL);
CREATE INDEX run_of_target ON run (target, number);
CREATE TABLE row (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, place INTEGER NOT NULL, id TEXT NOT NULL,
    verdict TEXT NOT NULL, own TEXT NOT NULL, reason TEXT, seconds REAL NOT NULL, cases INTEGER NOT NULL,
    basis INTEGER NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
INSERT INTO target VALUES (1, 'test', '', 'http://127.0.0.1:9');
INSERT INTO roster VALUES (1, 'd', x'78da8b56323130d12d292acdcbd6cd4cd1afd0af548a05003eca063f');
INSERT INTO run VALUES (1, 1, 'old', '2026-01-01T00:00:00.000+00:00', '2026-01-01T00:00:01.000+00:00', 1.0, 3, '0.1.0', '7', 'plan',
    '1', 'quick', 0, 1, 1, 0, '{"rows": 1}', 1, 'f', '{"404-trunk-id/x/y": ["fail", ["code", ""]]}');
INSERT INTO row VALUES (1, 0, '404-trunk-id', 'fail', 'fail', NULL, 0.5, 1, 5);
PRAGMA application_id = 1162040392;
PRAGMA user_version = 1;
"""
"""A file of version 1, as the suite of that time wrote it. It stays as it is, whatever the file becomes."""


def first_version(path: Path) -> None:
    """Write such a file."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.executescript(V1)


def test_a_file_of_the_first_version_is_understood(path: Path, kept: History) -> None:
    """What stands in it is told on, and compared with."""
    first_version(path)
    now = run("new", version="7")
    assert (kept.baseline(now) or {})["cases"]["404-trunk-id/x/y"]["rules"] == {"code"}
    kept.add(now)
    assert kept.trend(now)["rows"][ROW]["verdicts"] == ["fail", "pass"]


def test_what_makes_a_file_makes_one_of_the_first_version(path: Path, kept: History, tmp_path: Path) -> None:
    """Table by table: steps are only ever added."""
    old = tmp_path / "old"
    first_version(old)
    kept.add(run("a"))

    def tables(of: Path) -> dict[str, list[tuple[Any, ...]]]:
        with contextlib.closing(sqlite3.connect(of)) as file:
            names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return {name: file.execute(f"PRAGMA table_info({name})").fetchall() for name in names}

    assert tables(path) == tables(old)


def test_a_file_is_brought_up_step_by_step(path: Path, kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with what stands in it; a file that is new goes through all steps too."""
    step = ("ALTER TABLE run ADD COLUMN weather TEXT NOT NULL DEFAULT 'rain'", "UPDATE run SET weather = 'sun' WHERE id = 'old'")
    first_version(path)
    monkeypatch.setattr(history_file, "STEPS", (*history_file.STEPS, step))
    for each in (kept, History(path.with_name("new"))):
        each.add(run("a"))
        each.add(run("b"))
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT id, weather FROM run").fetchall() == [("old", "sun"), ("a", "rain"), ("b", "rain")]
        assert file.execute("PRAGMA user_version").fetchone() == (2,)
    assert count(path.with_name("new")) == 2


def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, kept: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps or none: the suite of before can go on with it."""
    first_version(path)
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(history_file, "STEPS", (*history_file.STEPS, ("DROP TABLE row", "DROP TABLE absent")))
        with pytest.raises(Mistake, match="no such table: absent"):
            kept.add(run("a"))
    assert path.read_bytes() == before
    kept.add(run("a"))
    assert count(path) == 2


def damaged(path: Path) -> None:
    """A history with garbage in the midst."""
    History(path).add(run("a"))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def newer(path: Path) -> None:
    """A history of a version that is not known yet."""
    History(path).add(run("a"))
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 99")


def foreign(path: Path) -> None:
    """An SQLite file of somebody else."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE precious (thing TEXT)")


BAD_FILES = {
    "text": (lambda path: path.write_text("dear diary"), "is no history of runs"),
    "garbage": (lambda path: path.write_bytes(b"\xff" * 9000), "is no history of runs"),
    "damaged": (damaged, "or a damaged one"),
    "newer": (newer, "a newer version of this suite"),
    "foreign": (foreign, "SQLite file of something else"),
    "folder": (lambda path: path.mkdir(), "is no file"),
}


@pytest.mark.parametrize(("make", "why"), BAD_FILES.values(), ids=BAD_FILES)
def test_what_is_no_history_is_left_as_it_is_and_told(path: Path, make: Any, why: str) -> None:
    """A mistake where somebody named it, before anything is sent; a line where it shows at the end. Both say what to do."""
    make(path)
    content = path.read_bytes() if path.is_file() else b""
    with pytest.raises(Mistake, match=f"{why}.*--history") as mistake:
        Run(Options(history=str(path), report_dir=str(path.parent / "r")), {})
    trend, told = remembered(path, run("b"))
    assert trend is None
    assert re.search(f"^this run is not in the history: .*{why}", told)
    assert "\n" not in f"{told}{mistake.value}"
    assert content == (path.read_bytes() if path.is_file() else b"")
    assert not (path.parent / "r").exists()


def test_an_empty_file_becomes_a_history(path: Path, kept: History) -> None:
    """A pipeline may have touched it."""
    path.touch()
    Run(Options(history=str(path), report_dir=str(path.parent / "r")), {}).end()
    assert kept.baseline(run("a")) is None
    kept.add(run("a"))
    assert count(path) == 1


def test_nothing_is_made_of_a_history_before_a_run_is_over(path: Path) -> None:
    """That it can be is seen all the same; without a name, nobody looks."""
    Run(Options(history=str(path), report_dir=str(path.parent / "r")), {}).end()
    assert list(path.parent.iterdir()) == []
    path.touch()
    bad = {
        "": "^--history is empty",
        str(path / "below"): "cannot be written.*--history",
        "x" * 300: "cannot be reached.*--history",
    }
    for named, why in bad.items():
        with pytest.raises(Mistake, match=why):
            Run(Options(history=named, report_dir=str(path.parent / "r")), {})


def test_whatever_goes_wrong_is_a_line(path: Path) -> None:
    """What the run found comes first, even where this module is the one that fails."""
    path.touch()
    assert "cannot be used" in remembered(path / "below", run("a"))[1]
    assert "KeyError" in remembered(path, {})[1]


# -- whole runs ---------------------------------------------------------------------------------------------------------------


def test_runs_find_one_another_and_name_what_is_flaky(tmp_path: Path) -> None:
    """On the embedded sandbox, with a version; whichever run's file cannot be used ends as it would have, and says so."""
    kept = ["--history", str(tmp_path / "h.sqlite"), "--target-version", "build 7"]
    first = contract(tmp_path / "1", *kept, root=copied(tmp_path / "bad", a=BAD))
    assert (first.status, first.err, first.results["target"]["version"], "flaky" in first.out) == (1, "", "build 7", False)
    good = BAD.replace('getSipTrunks(), domain="x"', 'getSipTrunkByDomain(domain="x.invalid"), domain="x.invalid"')
    second = contract(tmp_path / "2", *kept, root=copied(tmp_path / "good", a=good))
    assert "flaky: 404-trunk-domain flipped once in 2 runs on this target" in second.out, second.out
    trend = History(tmp_path / "h.sqlite").trend(second.results)
    assert [one["id"] for one in trend["runs"]] == [first.results["run"]["id"], second.results["run"]["id"]]


def test_a_run_whose_history_cannot_be_kept_ends_as_any_other(tmp_path: Path) -> None:
    """Where nobody named one, and in its usual place is something else: all is written and told, and one line says why."""
    suite = copied(tmp_path / "copy", a=GOOD)
    (suite / "reports" / "history.sqlite").mkdir(parents=True)
    line = command(tmp_path / "r")
    option = line.index("--history")
    del line[option : option + 2]
    done = subprocess.run(line, cwd=suite, env=environment(), capture_output=True, text=True, timeout=WAIT, check=False)  # noqa: S603 - our own command
    run = Outcome(done.returncode, done.stdout, done.stderr, tmp_path / "r")
    assert (run.status, run.err, run.results["target"]["version"]) == (0, "", None)
    assert run.out.count("this run is not in the history") == 1
    assert {"results.json", "junit.xml"} <= set(run.written)


def test_a_version_that_is_empty_is_a_mistake(tmp_path: Path) -> None:
    """Some variable was not set."""
    failed = contract(tmp_path / "r", "--target-version", "", root=copied(tmp_path / "copy", a=BAD))
    assert (failed.status, failed.written) == (4, [])
    assert "--target-version is empty" in failed.err


# -- the command --------------------------------------------------------------------------------------------------------------


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The status of the command, and what it said."""
    status = main(arguments)
    return status, *capsys.readouterr()


def test_the_command_shows_a_table_for_each_target(kept: History, capsys: pytest.CaptureFixture[str]) -> None:
    """In 80 columns, without colours where nobody could see them."""
    for place, verdict in enumerate([PASS, FAIL, PASS]):
        kept.add(run(str(place), verdict))
    kept.add(run("x", target={"id": "other\x1b", "profile": "p.toml"}))
    status, out, err = shown(capsys, "--history", str(kept.path))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert (lines[0], max(map(len, lines)) <= 80) == ("test (http://127.0.0.1:9): the last 3 runs", True)
    assert "other\\x1b (http://127.0.0.1:9, profile p): the last 1 run" in lines
    (row, other) = (line for line in lines if f" {ROW} " in line)
    assert re.fullmatch(rf"pass +{ROW} +100%! +\d+ d +\d+ d +\d+ d", row)
    assert re.search(rf"{ROW} +0% ", other)
    assert any(re.fullmatch(r"never judged 404-acl-id +0% +never +never +never", line) for line in lines)
    assert shown(capsys, "--history", str(kept.path), "--target", "test")[1].count("the last") == 1


def test_the_command_says_what_is_a_mistake(kept: History, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 4, one line, and nothing is made."""
    status, out, err = shown(capsys, "--history", str(kept.path))
    assert (status, out, err.count("\n"), kept.path.exists()) == (4, "", 1, False)
    kept.add(run("a"))
    status, _, err = shown(capsys, "--history", str(kept.path), "--target", "x\ny")
    assert (status, "no target x\\ny; it has: test" in err) == (4, True)


@pytest.mark.parametrize(("seconds", "told"), [(0, "now"), (60, "1 min"), (7199, "1 h"), (90_000, "1 d"), (-5, "now")])
def test_ages_are_told_in_the_unit_that_they_fill(seconds: int, told: str) -> None:
    """Clocks may differ: what is yet to come is now."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert ago(moment.isoformat(), moment + timedelta(seconds=seconds)) == told
    assert ago(None, moment) == "never"
