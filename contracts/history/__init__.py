"""What the runs so far came to: an SQLite file that each run adds itself to, so that the next ones can be compared with it.

The file stays whole however many runs add to it at once, and whichever of them is killed: a run is one transaction. It is not
written ahead (WAL): what a pipeline keeps from run to run is one file, and that would leave two more beside it, which have to go
along, and which no disk of a network can share.

Runs are of one target where its id, the name of its profile and its address are equal. A sandbox on this machine has an address
of its own each time, which does not count.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.exchange import visible
from contracts.history import trend
from contracts.history.file import opened, there, transaction

HISTORY = Path(__file__).resolve().parents[2] / "reports" / "history.sqlite"
KEPT = 1000  # runs of a target; older ones go
LONGEST = 500  # characters of a reason
SANDBOX = ("http://127.0.0.1:", "not started")  # how the address of one begins that may be another next time
DEPTHS = ("quick", "standard", "exhaustive")
VERDICTS = {verdict[0]: verdict for verdict in ("pass", "fail", "inconclusive", "error", "not_exercised")}
"""How the verdicts of cases are written down: a letter each."""
TELL = "run.id, started_at, suite_version, target_version, complete, duration_seconds, requests, totals"
"""What a trend has of a run."""
WINDOW = f"SELECT number, {TELL} FROM run WHERE target = ? AND number <= ? ORDER BY number DESC LIMIT ?"  # noqa: S608 - ours
SEEN = """
SELECT row.id, min(run.number) AS first, max(run.number) AS last, max(CASE verdict WHEN 'pass' THEN run.number END) AS passed
FROM run JOIN row ON row.run = run.number WHERE target = ? AND run.number <= ? AND verdict IN ('pass', 'fail') GROUP BY row.id
"""
BASELINE = f"""
SELECT {TELL}, depth, only_documented, verdicts, failures, roster.cases FROM run
JOIN roster ON roster.number = run.roster JOIN target ON target.number = run.target
WHERE (target.id, profile, base_url) = (?, ?, ?) AND run.id != ? AND complete AND judged
AND only_documented <= ? AND depth IN (?, ?, ?)
ORDER BY accepted DESC, CASE WHEN accepted THEN -run.number ELSE run.number END LIMIT 1
"""  # noqa: S608 - ours
OLD = "SELECT number FROM run WHERE target = ? ORDER BY number DESC LIMIT -1 OFFSET ?"


class History:
    """The history in a file. Every method opens it anew; where that comes to nothing it raises Mistake, and what was, stays."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, results: Mapping[str, Any]) -> None:
        """Add a run, by what results.json says of it. One that is there already is left as it is."""
        rows = [_row(row) for row in results["rows"]]
        with opened(self.path) as file, transaction(file):
            if _number(file, results) is None:
                target = _kept(file, "target", dict(zip(("id", "profile", "base_url"), identity(results["target"]), strict=True)))
                number = _insert(file, "run", {"target": target, **_run(file, results)})
                for place, row in enumerate(rows):
                    _insert(file, "row", {"run": number, "place": place, **row})
                _forget(file, target)

    def trend(self, results: Mapping[str, Any], last: int = 30) -> dict[str, Any]:
        """What the last runs of the target came to, of which this one, which was added, is the last: see `trend.built`."""
        with opened(self.path) as file, transaction(file, "DEFERRED"):
            if (number := _number(file, results)) is None:
                raise Mistake(f"run {visible(results['run']['id'])} is not in the history {self.path}")
            (target,) = file.execute("SELECT target FROM run WHERE number = ?", (number,)).fetchone()
            return _trend(file, target, number, last)

    def trends(self, last: int = 30) -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
        """The id, profile and address of every target, empty where they do not count, with its trend; the latest target last."""
        with opened(self.path) as file, transaction(file, "DEFERRED"):
            latest = file.execute(
                "SELECT target.number, target.id, profile, base_url, max(run.number) AS latest "
                "FROM target JOIN run ON target = target.number GROUP BY target.number ORDER BY latest"
            ).fetchall()
            return [((id_, profile, url), _trend(file, number, to, last)) for number, id_, profile, url, to in latest]

    def baseline(self, results: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the run of the target said that others are compared with, as `{"run": …, "cases": …}`; None where there is none.

        That is the latest other one that passed its gate, or the first of all where none did: what once failed a gate does not pass
        it by being tried again.

        `run` is as in a trend, with `depth` and `only_documented`. `cases` has every case and check by its id, with its `verdict`;
        `rules`, the set of those that failed it; and `failures`, the set of the same with the rows that they were found of, as
        (rule, row id), where a finding names a row, else (rule, ""). Only a run counts that was complete, could judge something,
        and had all that this one has: one of its depth or deeper. Of `results`, only `run` and `target` are read.
        """
        if not there(self.path):
            return None
        run = results["run"]
        deep = DEPTHS[DEPTHS.index(run["depth"]) :]
        asked = (*identity(results["target"]), visible(run["id"]), run["only_documented"], *(deep * len(DEPTHS))[: len(DEPTHS)])
        with opened(self.path) as file:
            found = file.execute(BASELINE, asked).fetchone()
        if found is None:
            return None
        more = {"depth": found["depth"], "only_documented": bool(found["only_documented"])}
        return {"run": _told(found) | more, "cases": _cases(found)}


def remembered(path: Path, results: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The trend of a run that is over, once that is added to the history; None, with the reason, where that cannot be.

    A shard is no run of its own: what is remembered is the run that it is merged into.
    """
    history = History(path)
    try:
        if (results["run"].get("shard") or {"of": 1})["of"] > 1:
            return None, ""
        history.add(results)
        return history.trend(results), ""
    except Mistake as e:
        return None, f"this run is not in the history: {e}"
    except Exception as e:  # noqa: BLE001 - whatever it is: what the run found is told and written all the same
        return None, f"this run is not in the history {path}: {type(e).__name__}: {e}"


# -- results into the file ----------------------------------------------------------------------------------------------------


def identity(target: Mapping[str, Any]) -> tuple[str, str, str]:
    """What runs on one target have in common: its id, the name of its profile wherever that lies, and its address."""
    ours = target["id"] == "sandbox" and target["base_url"].startswith(SANDBOX)
    return visible(target["id"]), visible(Path(target["profile"] or "").stem), "" if ours else visible(target["base_url"])


def _number(file: sqlite3.Connection, results: Mapping[str, Any]) -> int | None:
    """The number of a run; None where it was not added."""
    found = file.execute("SELECT number FROM run WHERE id = ?", (visible(results["run"]["id"]),)).fetchone()
    return found and int(found[0])


def _run(file: sqlite3.Connection, results: Mapping[str, Any]) -> dict[str, Any]:
    run, version = results["run"], results["target"].get("version")
    judged = [*(case for row in results["rows"] for case in row["cases"]), *results["checks"]]
    # What checks found of rows comes and goes. Without it, most runs have equal rosters.
    planned = {case["id"]: case["verdict"] for case in judged if case.get("kind") != "check"}
    ids = json.dumps(list(planned)).encode()
    roster = _kept(file, "roster", {"digest": hashlib.sha256(ids).hexdigest()}, cases=zlib.compress(ids, 9))
    failures = {case["id"]: [case["verdict"], *found] for case in judged if (found := _failures(case))}
    texts = {name: visible(run[name]) for name in ("id", "started_at", "finished_at", "suite_version", "plan_id", "depth")}
    numbers = {name: run[name] for name in ("only_documented", "complete", "duration_seconds", "requests")}
    return {
        **texts,
        **numbers,
        "seed": str(run["seed"]),  # somebody may ask for one that is larger than the file's numbers
        "target_version": version and visible(version),
        "judged": any(row["verdict"] in trend.JUDGED for row in results["rows"]),
        "accepted": run["gate"]["verdict"] == "pass" and run["gate"]["mode"] != "documented-only",  # it says nothing of checks
        "totals": json.dumps(results["totals"]),
        "roster": roster,
        "verdicts": "".join(verdict[0] for verdict in planned.values()),
        "failures": json.dumps(failures),
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    own = [case for case in row["cases"] if case["kind"] != "check" and case["verdict"] != "not_exercised"]
    verdicts = {case["verdict"] for case in own}
    by = json.dumps([row["http_code"], row["status"], row["message"], sorted(case["id"] for case in own)])
    return {
        "id": visible(row["id"]),
        "verdict": row["verdict"],
        "own": next((verdict for verdict in ("error", "fail", "inconclusive", "pass") if verdict in verdicts), "not_exercised"),
        "reason": visible(row["reason"])[:LONGEST] if "reason" in row else None,
        "seconds": round(sum(case["duration_seconds"] for case in row["cases"]), 6),
        "cases": len(row["cases"]),
        "basis": int.from_bytes(hashlib.sha256(by.encode()).digest()[:6], "big"),
    }


def _failures(case: Mapping[str, Any]) -> list[list[str]]:
    """The rules that failed a case or check, each with the row that its finding names."""
    failed = (finding for finding in case["findings"] if finding["severity"] == "fail")
    return [list(pair) for pair in sorted({(finding["rule"], finding.get("row", "")) for finding in failed})]


def _insert(file: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    places = ", ".join("?" * len(values))
    line = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"  # noqa: S608 - names of ours
    return file.execute(line, tuple(values.values())).lastrowid or 0


def _kept(file: sqlite3.Connection, table: str, key: Mapping[str, str], **more: bytes) -> int:
    """The number of the entry that has a key, which is made where there is none."""
    same = " AND ".join(f"{name} = ?" for name in key)
    found = file.execute(f"SELECT number FROM {table} WHERE {same}", tuple(key.values())).fetchone()  # noqa: S608 - names of ours
    return int(found[0]) if found else _insert(file, table, {**key, **more})


def _forget(file: sqlite3.Connection, target: int) -> None:
    """Let go of a target's oldest runs, and of the rosters that only they had."""
    if file.execute(f"DELETE FROM run WHERE number IN ({OLD})", (target, KEPT)).rowcount:  # noqa: S608 - ours
        file.execute("DELETE FROM roster WHERE number NOT IN (SELECT roster FROM run)")


# -- out of the file ----------------------------------------------------------------------------------------------------------


def _trend(file: sqlite3.Connection, target: int, to: int, last: int) -> dict[str, Any]:
    runs = file.execute(WINDOW, (target, to, last)).fetchall()[::-1]
    known = file.execute("SELECT id FROM row WHERE run = ? ORDER BY place", (to,))
    rows: dict[str, list[trend.Judged | None]] = {row: [] for (row,) in known}
    for run in runs:
        told = file.execute("SELECT id, verdict, own, seconds, basis FROM row WHERE run = ?", (run["number"],))
        said = {row: trend.Judged(*facts) for row, *facts in told}
        for row, of_row in rows.items():
            of_row.append(said.get(row))
    return trend.built([_told(run) for run in runs], rows, _seen(file, target, to))


def _seen(file: sqlite3.Connection, target: int, to: int) -> dict[str, trend.Seen]:
    began = dict(file.execute("SELECT number, started_at FROM run WHERE target = ?", (target,)).fetchall())
    found = file.execute(SEEN, (target, to)).fetchall()
    return {row: trend.Seen(*(began.get(number) for number in numbers)) for row, *numbers in found}


def _told(run: sqlite3.Row) -> dict[str, Any]:
    """A run as a trend has it."""
    names = ("id", "started_at", "suite_version", "target_version", "complete", "duration_seconds", "requests", "totals")
    known = {name: run[name] for name in names}
    return known | {"complete": bool(run["complete"]), "totals": json.loads(run["totals"])}


def _cases(run: sqlite3.Row) -> dict[str, dict[str, Any]]:
    """What a run said of each case and check."""
    ids: Sequence[str] = json.loads(zlib.decompress(run["cases"]))
    cases = {case: _case(VERDICTS[letter], ()) for case, letter in zip(ids, run["verdicts"], strict=True)}
    failed: Mapping[str, Any] = json.loads(run["failures"])
    return cases | {case: _case(verdict, found) for case, (verdict, *found) in failed.items()}


def _case(verdict: str, failures: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"verdict": verdict, "rules": {rule for rule, _ in failures}, "failures": {(rule, row) for rule, row in failures}}
