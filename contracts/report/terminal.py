"""What a run says on the terminal: lines of text with a colour each. Pure; the plug-in prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from contracts.exchange import visible
from contracts.report import gate_lines

COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow", "not_exercised": "cyan"}
SHOWN = {"not_exercised": "not exercised"}
TOLD = 8  # reasons and undocumented errors that are told at most

Line = tuple[str, str]
"""A line and the name of its colour, empty for none."""


def summary(
    results: Mapping[str, Any], folder: str, blocked: str = "", spent: str = "", *, require_all: bool = False
) -> Iterator[Line]:
    """One line a row, what could not be judged and why, what no row documents, what was left behind, and the total.

    `blocked` is the reason why nothing at all could be judged; then it stands alone. `spent` is the reason of the cases that the
    run's budget ended, or did not let begin.
    """
    if blocked:
        yield visible(blocked), "yellow"
    else:
        yield from _judged(results)
    yield "", ""
    yield from _spent(results, spent)
    yield _total(results), COLOURS[_worst(results)]
    missing = [row["id"] for row in results["rows"] if row["verdict"] == "not_exercised"]
    if require_all and missing:
        yield f"--require-all: not exercised, and so the run fails: {', '.join(missing)}", "red"
    yield from gate_lines.lines(results)
    yield f"results: {folder}", ""


def _judged(results: Mapping[str, Any]) -> Iterator[Line]:
    width = max(len(row["id"]) for row in results["rows"])
    for row in results["rows"]:
        yield _row_line(row, width), COLOURS[row["verdict"]]
    yield from _checks(results["checks"], width)
    yield from _reasons(results)
    yield from _undocumented(results["undocumented"])
    yield from _left(results)


def _checks(checks: Sequence[Mapping[str, Any]], width: int) -> Iterator[Line]:
    """One line for each kind of check, as for a row, and what failed of it."""
    kinds = dict.fromkeys(check["id"].partition("/")[0] for check in checks)
    for kind in kinds:
        cases = [{"duration_seconds": 0.0, **check} for check in checks if check["id"].partition("/")[0] == kind]
        verdict = _worst_of({case["verdict"] for case in cases})
        yield _row_line({"id": f"check: {kind}", "verdict": verdict, "cases": cases, "reason": ""}, width), COLOURS[verdict]
    for check in checks:
        if check["verdict"] == "fail":
            yield from _check_lines(check)


def _row_line(row: Mapping[str, Any], width: int) -> str:
    cases = row["cases"]
    seconds = sum(case["duration_seconds"] for case in cases)
    counts = Counter(case["verdict"] for case in cases)
    shares = ", ".join(f"{counts[v]} {SHOWN.get(v, v)}" for v in COLOURS if counts[v]) if len(counts) > 1 else ""
    noun = "case " if len(cases) == 1 else "cases"
    verdict = SHOWN.get(row["verdict"], row["verdict"])
    reason = f"  {visible(row['reason'])}" if row["verdict"] == "not_exercised" else ""
    known = f"  ({told})" if (told := gate_lines.known(row)) else ""
    told = f"{verdict:<13} {row['id']:<{width}} {len(cases):>4} {noun} {seconds:7.2f} s"
    return f"{told}{'  ' + shares if shares else ''}{reason}{known}"


def _check_lines(check: Mapping[str, Any]) -> Iterator[Line]:
    yield f"fail          check: {check['id']}", "red"
    for finding in [f for f in check["findings"] if f["severity"] == "fail"][:TOLD]:
        yield f"  {finding['rule']}: {visible(finding['text'])}", "red"
        yield f"    expected {visible(finding['expected'])}, got {visible(finding['actual'])}", ""
        yield f"    {finding.get('curl', '')}", ""
    for line in check.get("story", ()):
        yield f"    {visible(line)}", ""
    if "script" in check:
        yield f"    as shell commands: {check['script']}, beside the results", ""


def _reasons(results: Mapping[str, Any]) -> Iterator[Line]:
    reasons = Counter(
        case.get("reason", "") for row in results["rows"] for case in row["cases"] if case["verdict"] == "inconclusive"
    )
    if reasons:
        yield "", ""
        yield f"{reasons.total()} cases could not be judged:", "yellow"
        for reason, count in reasons.most_common(TOLD):
            yield f"  {count} x {visible(reason)}", "yellow"
        if len(reasons) > TOLD:
            yield f"  and {len(reasons) - TOLD} other reasons, in results.json", "yellow"


def _undocumented(errors: list[Mapping[str, Any]]) -> Iterator[Line]:
    if errors:
        yield "", ""
        yield f"{sum(e['count'] for e in errors)} answers were errors that no row documents:", "yellow"
        said: dict[str, list[Mapping[str, Any]]] = {}
        for error in errors:
            said.setdefault(visible(f"{error['http_code']} {error['status']} {error['message']!r}"), []).append(error)
        counts = {words: sum(e["count"] for e in alike) for words, alike in said.items()}
        for words in sorted(counts, key=lambda words: -counts[words])[:TOLD]:
            by = dict.fromkeys(error["operation"] for error in said[words])
            yield f"  {counts[words]} x {next(iter(by)) if len(by) == 1 else f'{len(by)} operations'}: {words}", "yellow"
        if len(counts) > TOLD:
            yield f"  and {len(counts) - TOLD} others, in results.json", "yellow"


def _left(results: Mapping[str, Any]) -> Iterator[Line]:
    for name, what in (("leftovers", "could not be removed"), ("not_removable", "stay, as no operation removes them")):
        if results[name]:
            yield "", ""
            yield f"{len(results[name])} resources {what}:", "yellow"
            for left in results[name][:TOLD]:
                yield f"  {visible(left['path'])} ({visible(left['reason'])})", "yellow"


def _spent(results: Mapping[str, Any], spent: str) -> Iterator[Line]:
    judged = [*results["checks"], *(case for row in results["rows"] for case in row["cases"])]
    ended = Counter(case["verdict"] for case in judged if case.get("reason") == spent)
    if ended:
        yield f"{spent}: {ended['inconclusive']} cases were cut short, {ended['not_exercised']} were not begun", "yellow"


def _total(results: Mapping[str, Any]) -> str:
    totals, run = results["totals"], results["run"]
    counts = ", ".join(f"{totals[v]} {SHOWN.get(v, v)}" for v in COLOURS if totals[v])
    cases = sum(len(row["cases"]) for row in results["rows"])
    partial = "" if run["complete"] else "partial: cases of the plan were left out. "
    return f"{partial}{totals['rows']} rows: {counts}; {cases} cases, {run['requests']} requests, {run['duration_seconds']:.1f} s"


def _worst(results: Mapping[str, Any]) -> str:
    return _worst_of({judged["verdict"] for judged in (*results["rows"], *results["checks"])})


def _worst_of(verdicts: Collection[str]) -> str:
    return next((v for v in ("error", "fail", "inconclusive", "pass") if v in verdicts), "not_exercised")
