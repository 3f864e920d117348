"""What a run says on the terminal when it has ended: lines of text with a colour each. Pure; the plug-in prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from contracts.exchange import visible
from contracts.report import gate_lines
from contracts.report.line import Line, Whole
from contracts.report.results import LEFT_OUT

COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow", "not_exercised": "cyan"}
SHOWN = {"not_exercised": "not exercised"}
NAMED = 3  # rows that are named where a run has one line
REASON = 100  # letters of a reason there
TOLD = 8  # entries of a list that are told at most
WORSE = ("inconclusive", "error", "fail")
"""The verdicts that need attention. They come last and the worst at the very end: that is what a small screen shows."""

Judged = Mapping[str, Any]


def summary(  # noqa: PLR0913 - what a run has to say
    results: Judged, folder: str, blocked: str = "", spent: str = "", *, notes: Iterable[Line] = (), every: bool = False
) -> Iterator[Line]:
    """What passed, what was not exercised, what no row documents, what was left behind, what needs attention, and the total.

    `blocked` is the reason why nothing at all could be judged; then it stands alone. `spent` is the reason of the cases that the
    run's budget ended, or did not let begin. `notes` are told of the run as a whole, nearest to the total. Rows that pass are only
    counted, unless `every` asks for a line of each.
    """
    if blocked:
        yield visible(blocked), "yellow"
    else:
        yield from _judged(results, every=every)
    yield "", ""
    yield from notes
    yield from _spent(results, spent)
    yield _total(results), COLOURS[_worst(results)]
    yield from gate_lines.lines(results)
    yield Whole(f"results: {folder}"), ""


def briefly(results: Judged) -> str:
    """Why a run's verdict is what it is, in a few words: which rows and checks failed, else why nothing better can be said."""
    judged = [*results["rows"], *_kinds(results["checks"])]
    verdict = _worst(results)
    worst = [one for one in judged if one["verdict"] == verdict]
    if verdict in {"inconclusive", "error"}:
        return visible(str(worst[0].get("reason", "")))[:REASON]
    if verdict != "fail":
        return ""
    names = [one["id"] for one in worst]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _judged(results: Judged, *, every: bool) -> Iterator[Line]:
    rows, checks = results["rows"], _kinds(results["checks"])
    yield from _passed(rows, checks, every=every)
    if left_out := sum(row.get("reason") == LEFT_OUT for row in rows):
        yield f"{'not exercised':<13} {left_out} {'row was' if left_out == 1 else 'rows were'} {LEFT_OUT}", COLOURS["not_exercised"]
    idle = [one for one in (*rows, *checks) if one["verdict"] == "not_exercised" and one.get("reason") != LEFT_OUT]
    yield from _lines(idle) if every else _idle(idle)
    yield from _undocumented(results["undocumented"])
    yield from _left(results)
    if worse := [one for verdict in WORSE for one in (*rows, *checks) if one["verdict"] == verdict]:
        yield "", ""
        yield from _reasons([case for one in worse for case in one["cases"]])
        yield from _lines(worse)
        yield from _broken(results["checks"])


def _kinds(checks: Sequence[Judged]) -> list[dict[str, Any]]:
    """Each kind of check in the form of a row: with its cases, and the worst of their verdicts."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for check in checks:
        kinds.setdefault(check["id"].partition("/")[0], []).append(dict(check))
    return [
        {"id": f"check: {kind}", "verdict": _worst_of({case["verdict"] for case in cases}), "cases": cases}
        for kind, cases in kinds.items()
    ]


def _passed(rows: Sequence[Judged], checks: Sequence[Judged], *, every: bool) -> Iterator[Line]:
    """A line of each row and kind of check that passed, or how many there are."""
    passed = [[one for one in of if one["verdict"] == "pass"] for of in (rows, checks)]
    if every:
        yield from _lines([*passed[0], *passed[1]])
        return
    names = (("row", "rows", " (-v lists them)"), ("kind of check", "kinds of check", ""))
    for of, (noun, nouns, hint) in zip(passed, names, strict=True):
        if of:
            ran = [case for one in of for case in one["cases"] if "duration_seconds" in case]
            by = f", {_cases(ran).lstrip()}" if ran else ""
            yield f"{'pass':<13} {len(of)} {noun if len(of) == 1 else nouns}{by}{hint}", COLOURS["pass"]


def _idle(of: Sequence[Judged]) -> Iterator[Line]:
    """What was not exercised, by the reasons: one of them often holds for many rows."""
    by: dict[str, list[Judged]] = {}
    for one in of:
        by.setdefault(_because(one), []).append(one)
    yield from _lines([alike[0] for alike in by.values() if len(alike) == 1])
    for reason, alike in by.items():
        if len(alike) > 1:
            yield f"{'not exercised':<13} {len(alike)} rows{f': {reason}' if reason else ''}", COLOURS["not_exercised"]
            yield f"  {', '.join(one['id'] for one in alike)}", COLOURS["not_exercised"]


def _lines(of: Sequence[Judged]) -> Iterator[Line]:
    """A line of each row or kind of check, with what is the matter."""
    width = max((len(one["id"]) for one in of), default=0)
    for one in of:
        verdict = one["verdict"]
        told = _because(one) if verdict == "not_exercised" else _cases(one["cases"])
        told += f"  ({known})" if (known := gate_lines.known(one)) else ""
        yield f"{SHOWN.get(verdict, verdict):<13} {one['id']:<{width}}  {told}".rstrip(), COLOURS[verdict]
        if verdict == "error" and (why := _because(one)):
            yield f"  {why}", COLOURS[verdict]
        elif verdict == "fail" and (rules := _rules(one["cases"])):
            yield f"  {rules}", COLOURS[verdict]


def _cases(cases: Sequence[Judged]) -> str:
    """How many cases there are, of which verdicts if of several, and how long the slowest took: they run at the same time."""
    counts = Counter(case["verdict"] for case in cases)
    shares = ", ".join(f"{counts[v]} {SHOWN.get(v, v)}" for v in COLOURS if counts[v]) if len(counts) > 1 else ""
    slowest = max((case.get("duration_seconds", 0.0) for case in cases), default=0.0)
    number = f"{len(cases):>3} case{'' if len(cases) == 1 else 's'}"
    return f"{number}{f': {shares}' if shares else ''}, {'' if len(cases) == 1 else 'slowest '}{slowest:.2f} s"


def _because(one: Judged) -> str:
    """The first reason of a row's verdict, and where the others are."""
    reasons = list(dict.fromkeys(case["reason"] for case in one["cases"] if case["verdict"] == one["verdict"] and "reason" in case))
    if not reasons:
        return visible(one.get("reason", ""))
    others = f" (and {len(reasons) - 1} more, in results.json)" if len(reasons) > 1 else ""
    return f"{visible(reasons[0])}{others}"


def _rules(cases: Sequence[Judged]) -> str:
    """Which rules were broken, and in how many cases."""
    broken = (rule for case in cases for rule in {finding["rule"] for finding in case["findings"] if finding["severity"] == "fail"})
    return ", ".join(f"{count} x {rule}" for rule, count in Counter(broken).most_common())


def _broken(checks: Sequence[Judged]) -> Iterator[Line]:
    """What failed of the checks, with the story of each."""
    failed = [check for check in checks if check["verdict"] == "fail"]
    for check in failed[:TOLD]:
        yield f"fail          check: {check['id']}", "red"
        findings = [finding for finding in check["findings"] if finding["severity"] == "fail"]
        for finding in findings[:TOLD]:
            yield from _finding(finding)
        yield from _more(len(findings), "findings")
        for line in check.get("story", ()):
            yield f"    {visible(line)}", ""
        if "script" in check:
            yield f"    as shell commands: {check['script']}, beside the results", ""
    yield from _more(len(failed), "checks that failed")


def _finding(finding: Judged) -> Iterator[Line]:
    yield f"  {finding['rule']}: {visible(finding['text'])}", "red"
    yield f"    expected {visible(finding['expected'])}, got {visible(finding['actual'])}", ""
    if curl := finding.get("curl"):
        yield Whole(f"    {visible(curl)}"), ""


def _reasons(cases: Sequence[Judged]) -> Iterator[Line]:
    reasons = Counter(case.get("reason", "") for case in cases if case["verdict"] == "inconclusive")
    if reasons:
        yield f"{reasons.total()} cases could not be judged:", "yellow"
        for reason, count in reasons.most_common(TOLD):
            yield f"  {count} x {visible(reason)}", "yellow"
        yield from _more(len(reasons), "reasons")


def _undocumented(errors: Sequence[Judged]) -> Iterator[Line]:
    if errors:
        yield "", ""
        count = sum(e["count"] for e in errors)
        yield (
            f"{count} answers were errors that no row documents:" if count > 1 else "1 answer was an error that no row documents:",
            "yellow",
        )
        said: dict[str, list[Judged]] = {}
        for error in errors:
            said.setdefault(visible(f"{error['http_code']} {error['status']} {error['message']!r}"), []).append(error)
        counts = {words: sum(e["count"] for e in alike) for words, alike in said.items()}
        for words in sorted(counts, key=lambda words: -counts[words])[:TOLD]:
            by = dict.fromkeys(error["operation"] for error in said[words])
            yield f"  {counts[words]} x {next(iter(by)) if len(by) == 1 else f'{len(by)} operations'}: {words}", "yellow"
        yield from _more(len(counts), "errors")


def _left(results: Judged) -> Iterator[Line]:
    for name, what in (("leftovers", "could not be removed"), ("not_removable", "stay, as no operation removes them")):
        if left := results[name]:
            yield "", ""
            yield f"{len(left)} resources {what}:", "yellow"
            for one in left[:TOLD]:
                yield Whole(f"  {visible(one['path'])}"), "yellow"
                yield f"    {visible(one['reason'])}", "yellow"
            yield from _more(len(left), "resources")


def _more(number: int, what: str) -> Iterator[Line]:
    """That a list of so many was cut, and where the rest is."""
    if number > TOLD:
        yield f"  and {number - TOLD} more {what}, in results.json", "yellow"


def _spent(results: Judged, spent: str) -> Iterator[Line]:
    judged = [*results["checks"], *(case for row in results["rows"] for case in row["cases"])]
    ended = Counter(case["verdict"] for case in judged if case.get("reason") == spent)
    if ended:
        yield f"{spent}: {ended['inconclusive']} cases were cut short, {ended['not_exercised']} were not begun", "yellow"


def _total(results: Judged) -> str:
    """The rows by verdict, and what that took. pytest counts cases and checks together in the line that it ends with."""
    totals, run = results["totals"], results["run"]
    counts = ", ".join(f"{totals[v]} {SHOWN.get(v, v)}" for v in COLOURS if totals[v])
    cases = sum(case["kind"] != "check" for row in results["rows"] for case in row["cases"])  # the others are counted as checks
    checks = sum("duration_seconds" in check for check in results["checks"])  # all but the one on all traffic, which is no item
    ran = f"{cases} case{'' if cases == 1 else 's'}{f' and {checks} check' if checks else ''}{'s' if checks > 1 else ''}"
    return f"{_partial(run)}{totals['rows']} rows: {counts}; {ran}, {run['requests']} requests, {run['duration_seconds']:.1f} s"


def _partial(run: Judged) -> str:
    """What is said before all else where a run judged only a part of the plan: what of it is missing."""
    shard = run.get("shard")
    if shard and shard["of"] > 1:
        left = "to be merged with the others" if shard["complete"] else "of which cases were left out: it cannot be merged"
        return f"partial: shard {shard['index']} of {shard['of']}, {left}. "
    return "" if run["complete"] else "partial: cases of the plan were left out. "


def _worst(results: Judged) -> str:
    return _worst_of({judged["verdict"] for judged in (*results["rows"], *results["checks"])})


def _worst_of(verdicts: Collection[str]) -> str:
    return next((v for v in ("error", "fail", "inconclusive", "pass") if v in verdicts), "not_exercised")
