"""summary.md: a run on one page, for a job summary, a merge request or an issue.

What a target said stands within tags of HTML, escaped: there is no Markdown there that it could make, and what looks for mentions,
links and numbers of issues leaves `code` alone.
"""

from __future__ import annotations

import html
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.case import Depth
from contracts.exchange import visible
from contracts.report.entry import TRAFFIC, Entry, entries, failing, headline, is_known
from contracts.report.results import exit_status, write_whole

VERDICTS = ("pass", "fail", "error", "inconclusive", "not_exercised")
STATUS = {0: "pass", 1: "fail", 3: "error", 6: "inconclusive"}
MOST = 40  # lines of a table; GitHub takes a mebibyte of a summary
LONGEST = 300  # characters of a text
NAMED = 8  # rows that the command for another run names at most

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def render(results: Mapping[str, Any], trend: Mapping[str, Any] | None = None) -> str:
    """The results as Markdown. `trend` is what earlier runs say of the rows (contracts/history.py); None where nobody kept them."""
    parts = [_head(results), _totals(results), _wrong(results), _unjudged(results), _undocumented(results), _flaky(trend)]
    parts += [_deviations(results), _waiting(results), _left(results), _again(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write(results: Mapping[str, Any], folder: Path, trend: Mapping[str, Any] | None = None) -> Path:
    """Write summary.md whole or not at all."""
    return write_whole(folder / "summary.md", render(results, trend))


def _head(results: Mapping[str, Any]) -> str:
    run, target, gate = results["run"], results["target"], results["run"].get("gate")
    verdict = gate["verdict"] if gate else STATUS[exit_status(results)]
    where = f"{code(target['base_url'])} ({code(target['id'])})"
    partial = "" if run["complete"] else " Cases of the plan were left out."
    lines = [f"<p>On {where}, depth {run['depth']}, seed {run['seed']}, run {code(run['id'])}.{partial}</p>"]
    if gate:
        lines += [f"<p>Gate {code(gate['mode'])}: {gate['verdict']}</p>", listed(gate["reasons"])]
    return "\n".join([f"## Error contracts: {verdict}", "", *filter(None, lines)])


def _totals(results: Mapping[str, Any]) -> str:
    totals, run = results["totals"], results["run"]
    cases = Counter(case["verdict"] for entry in entries(results) for case in entry.cases)
    told = [
        (worded(verdict), str(totals[verdict]), str(cases[verdict])) for verdict in VERDICTS if totals[verdict] or cases[verdict]
    ]
    spent = f"<p>{run['requests']} requests, {run['duration_seconds']:.1f} s</p>"
    return _table(("verdict", "rows", "cases and checks"), told) + "\n" + spent


def _wrong(results: Mapping[str, Any]) -> str:
    """What is not as it should be, new failures first."""
    wrong = [entry for entry in entries(results) if entry.verdict in {"fail", "error", "inconclusive"}]
    wrong.sort(key=lambda entry: (entry.known, VERDICTS.index(entry.verdict)))
    lines = [(code(entry.id), worded(entry.verdict), _first(entry), _known(entry)) for entry in wrong]
    return section("Not as it should be", (("row or check", "verdict", "first of it", "known deviation"), lines))


def _first(entry: Entry) -> str:
    case = entry.worst
    failed = failing(case) if case and entry.verdict == "fail" else None
    if failed:
        return f"{code(failed['rule'])}: expected {code(failed['expected'])}, got {code(failed['actual'])}"
    return code(headline(case) if case else entry.reason)


def _known(entry: Entry) -> str:
    known = list(dict.fromkeys(case["deviation"]["ticket"] for case in entry.cases if is_known(case)))
    return ", ".join(map(code, known[:NAMED])) + ("" if entry.known or not known else ", but not all of it")


def _unjudged(results: Mapping[str, Any]) -> str:
    why = Counter(headline(case) for entry in entries(results) for case in entry.cases if case["verdict"] == "inconclusive")
    return section("What could not be judged", (("cases", "why"), [(str(n), code(text)) for text, n in why.most_common()]))


def _undocumented(results: Mapping[str, Any]) -> str:
    met = sorted(results["undocumented"], key=lambda error: -error["count"])
    lines = [
        (str(error["count"]), code(error["operation"]), code(f"{error['http_code']} {error['status']} {error['message']!r}"))
        for error in met
    ]
    return section("Errors that no row documents", (("times", "operation", "answer"), lines))


def _flaky(trend: Mapping[str, Any] | None) -> str:
    rows = {row: facts for row, facts in trend["rows"].items() if facts["flaky"]} if trend else {}
    lines = [
        (code(row), f"{facts['flips']} of {facts['judged']}", code(facts["last_pass"] or "never"))
        for row, facts in sorted(rows.items(), key=lambda item: -item[1]["flake_rate"])
    ]
    return section("Rows whose verdict comes and goes", (("row", "changes of runs", "last pass"), lines))


def _deviations(results: Mapping[str, Any]) -> str:
    """The known deviations that somebody has to look at: those that no longer apply, or matched nothing."""
    odd = [known for known in results.get("deviations", ()) if known["state"] not in {"active", "not_judged"}]
    lines = [
        (worded(known["state"]), code(known["ticket"]), code(known["owner"]), code(known["expires"]), code(known["reason"]))
        for known in odd
    ]
    return section("Known deviations to look at", (("state", "ticket", "owner", "expires", "reason"), lines))


def _waiting(results: Mapping[str, Any]) -> str:
    lines = [(code(row["id"]), code(row["reason"])) for row in results["rows"] if row["verdict"] == "not_exercised"]
    return section(f"{len(lines)} rows were not exercised", (("row", "why"), lines), folded=True)


def _left(results: Mapping[str, Any]) -> str:
    left = [code(one["path"]) for one in results["leftovers"]]
    return section("Left behind on the target", (("what could not be removed",), [(path,) for path in left]))


def _again(results: Mapping[str, Any]) -> str:
    """The command that runs once more what was not as it should be; all of it, where that is much or no case stands behind it."""
    run, target = results["run"], results["target"]
    wrong = [entry.id for entry in entries(results) if entry.verdict in {"fail", "error", "inconclusive"}]
    chosen = ["-k", " or ".join(wrong)] if 0 < len(wrong) <= NAMED and TRAFFIC not in wrong else []
    asked: dict[str, Any] = {} if target["id"] == "sandbox" else {"--base-url": target["base_url"]}
    asked |= {"--profile": target["profile"], "--seed": run["seed"]}
    asked |= {} if run["depth"] == Depth.QUICK else {"--depth": run["depth"]}
    shard = run.get("shard")
    asked |= {"--shard": f"{shard['index']}/{shard['of']}"} if shard and shard["of"] > 1 and not chosen else {}
    options = [text for name, value in asked.items() if value is not None for text in (name, str(value))]
    options += ["--only-documented"] if run["only_documented"] else []
    command = visible(shlex.join(["python", "-m", "pytest", "tests/contract", *options, *chosen]))
    return f"### Again\n\n<pre><code>{html.escape(command)}</code></pre>"


def section(title: str, table: Table, *, folded: bool = False) -> str:
    """A table under its title; nothing where it has no lines."""
    heads, lines = table
    if not lines:
        return ""
    more = f"\n<p>and {len(lines) - MOST} more, in results.json</p>" if len(lines) > MOST else ""
    body = _table(heads, lines[:MOST]) + more
    return f"<details><summary>{title}</summary>\n{body}\n</details>" if folded else f"### {title}\n\n{body}"


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already, with no empty line in it: that would end it."""

    def told() -> Iterator[str]:
        yield "<table>"
        yield "<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
        for line in lines:
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>"
        yield "</table>"

    return "\n".join(told())


def listed(texts: Sequence[str]) -> str:
    """Texts of others as a list, of many the first; nothing of none."""
    lines = "".join(f"<li>{code(text)}</li>" for text in texts[:MOST])
    return f"<ul>{lines}</ul>" if texts else ""


def code(text: object) -> str:
    """Any text of another's as HTML that shows it, whatever it holds."""
    shown = visible(str(text))
    return f"<code>{html.escape(shown[:LONGEST])}{'…' if len(shown) > LONGEST else ''}</code>"


def worded(word: str) -> str:
    """A word of ours, such as a verdict, as HTML."""
    return html.escape(word.replace("_", " "))
