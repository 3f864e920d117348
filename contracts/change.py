"""What changed between two runs: verdicts, the words of answers, errors that no row documents, times. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from contracts.case import Verdict
from contracts.gate.baseline import failures

RANKS = [Verdict.PASS, Verdict.NOT_EXERCISED, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR]
"""Verdicts from the best to the worst; what a run does not have counts as not exercised."""
UNLIKE = {
    "suite version": ("run", "suite_version"),
    "target": ("target", "id"),
    "address": ("target", "base_url"),
    "profile": ("target", "profile"),
    "depth": ("run", "depth"),
    "seed": ("run", "seed"),
    "documented cases alone": ("run", "only_documented"),
    "complete": ("run", "complete"),
}
"""In what two runs can be unlike, so that what changed may be of their making and not of the API's."""
PASSING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)[0-9A-Za-z]{20,}"), "<id>"),
    (re.compile(r"\bect-\d{8}t\d{6}-[0-9a-z-]*[0-9a-z]"), "<name>"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"), "<time>"),
    (re.compile(r"(?<=127\.0\.0\.1:|localhost:)\d+"), "<port>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b192\.0\.2\.\d{1,3}\b"), "<address>"),
    (re.compile(r"(?:\+|\b)\d{6,}\b"), "<number>"),
)
"""What passes with its run, and what stands for it: else every id in a text would be a change."""
SLOWER, LONGER = 2.0, 0.5  # a time changed much when it is so many times the other, and so many seconds apart

Name = TypeVar("Name")
Answers = dict[tuple[int, str | None, str | None], None]


def changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """What changed from run a to run b, as changes.schema.json has it."""
    told = {
        "verdicts": list(_verdicts(a, b)),
        "answers": list(_answers(a, b)),
        "undocumented": list(_undocumented(a["undocumented"], b["undocumented"])),
    }
    changed = any(told.values())
    worse = any(one["worse"] for group in ("verdicts", "undocumented") for one in told[group])
    unlike = [{"what": what, "a": of_a, "b": of_b} for what, of_a, of_b in _unlike(a, b)]
    runs = {"a": _run(a), "b": _run(b)}
    return {
        "schema_version": "1",
        **runs,
        "changed": changed,
        "worse": worse,
        "unlike": unlike,
        **told,
        "times": list(_times(a, b)),
    }


def steady(text: str | None) -> str | None:
    """A text without what passes with its run."""
    for pattern, name in PASSING if text else ():
        text = pattern.sub(name, text or "")
    return text


def _run(results: Mapping[str, Any]) -> dict[str, Any]:
    run = results["run"]
    return {name: run[name] for name in ("id", "started_at")} | {"target": results["target"]["id"]}


def _unlike(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for what, (group, name) in UNLIKE.items():
        of_a, of_b = a[group][name], b[group][name]
        # An embedded sandbox has another port in each run.
        if (steady(of_a) != steady(of_b)) if what == "address" else of_a != of_b:
            yield what, of_a, of_b


# -- verdicts -----------------------------------------------------------------------------------------------------------------


def _verdicts(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows and what they consist of, in their order, then checks: those whose verdict changed, or what failed of them."""
    in_a, in_b = ({row["id"]: row for row in results["rows"]} for results in (a, b))
    for row in _merged(in_a, in_b):
        yield from _changed("row", row, in_a.get(row), in_b.get(row))
        yield from _all_changed("case", _by_id(in_a, row), _by_id(in_b, row))
    yield from _all_changed("check", *({check["id"]: check for check in results["checks"]} for results in (a, b)))


def _all_changed(kind: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in _merged(a, b):
        yield from _changed(kind, name, a.get(name), b.get(name))


def _changed(kind: str, name: str, a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """One change, where there is one: of the verdict, or of the rules that a failure breaks."""
    was, now = (one["verdict"] if one else None for one in (a, b))
    broke, breaks = (_rules(one) for one in (a, b))
    if was == now and broke == breaks:
        return
    worse = _rank(now) > _rank(was) or (was == now and bool(breaks - broke))
    yield {
        "kind": kind,
        "id": name,
        "a": was,
        "b": now,
        "worse": worse,
        "rules_gone": sorted(broke - breaks),
        "rules_new": sorted(breaks - broke),
    }


def _rules(judged: Mapping[str, Any] | None) -> set[str]:
    return {rule for _, rule, _ in failures(judged) if rule} if judged and "findings" in judged else set()


def _rank(verdict: str | None) -> int:
    return RANKS.index(Verdict(verdict or Verdict.NOT_EXERCISED))


# -- words --------------------------------------------------------------------------------------------------------------------


def _answers(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """For each row and operation, the answers that only one run got, in cases that got answers in both."""
    in_a, in_b = ({row["id"]: row for row in results["rows"]} for results in (a, b))
    for row in _merged(in_a, in_b):
        cases_a, cases_b = _by_id(in_a, row), _by_id(in_b, row)
        both = [name for name in cases_a if cases_a[name].get("answers") and cases_b.get(name, {}).get("answers")]
        for operation in dict.fromkeys(cases_a[name]["operation"] for name in both):
            own = [name for name in both if cases_a[name]["operation"] == operation]
            was, now = (_said(cases[name] for name in own) for cases in (cases_a, cases_b))
            if was.keys() != now.keys():
                yield {"row": row, "operation": operation, "gone": _only(was, now), "new": _only(now, was)}


def _said(cases: Iterable[Mapping[str, Any]]) -> Answers:
    answers = (answer for case in cases for answer in case["answers"])
    return {(one["http_code"], steady(one["status"]), steady(one["message"])): None for one in answers}


def _only(these: Answers, others: Answers) -> list[dict[str, Any]]:
    return [dict(zip(("http_code", "status", "message"), answer, strict=True)) for answer in these if answer not in others]


def _undocumented(a: Iterable[Mapping[str, Any]], b: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The errors that no row documents, by operation and HTTP status: new, gone, or in other words. Only new ones are worse."""
    in_a, in_b = _by_place(a), _by_place(b)
    for place in _merged(in_a, in_b):
        was, now = in_a.get(place, {}), in_b.get(place, {})
        if was.keys() != now.keys():
            change = "different" if was and now else "new" if now else "gone"
            told = {"operation": place[0], "http_code": place[1], "change": change, "worse": change == "new"}
            yield {**told, "gone": _only(was, now), "new": _only(now, was)}


def _by_place(errors: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Answers]:
    told: dict[tuple[str, int], Answers] = {}
    for error in errors:
        answer = (error["http_code"], steady(error["status"]), steady(error["message"]))
        told.setdefault((error["operation"], error["http_code"]), {})[answer] = None
    return told


# -- times --------------------------------------------------------------------------------------------------------------------


def _times(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The times that changed much: a row's, by the cases that ran in both; the run's, where both ran the same and all of it."""
    same = all(a["run"][name] == b["run"][name] for name in ("complete", "depth", "only_documented"))
    if same and a["run"]["complete"]:
        yield from _time("run", "", *(float(results["run"]["duration_seconds"]) for results in (a, b)))
    in_a, in_b = ({row["id"]: row for row in results["rows"]} for results in (a, b))
    for row in in_a:
        cases_a, cases_b = _by_id(in_a, row), _by_id(in_b, row)
        both = [name for name in cases_a if name in cases_b]
        yield from _time("row", row, *(sum(cases[name]["duration_seconds"] for name in both) for cases in (cases_a, cases_b)))


def _time(kind: str, name: str, a: float, b: float) -> Iterator[dict[str, Any]]:
    if abs(a - b) >= LONGER and max(a, b) >= SLOWER * min(a, b):
        yield {"kind": kind, "id": name, "a": round(a, 3), "b": round(b, 3), "ratio": round(b / a, 2) if a else None}


def _by_id(rows: Mapping[str, Any], row: str) -> dict[str, Any]:
    """The cases of a row by their ids; none where there is no such row."""
    return {case["id"]: case for case in rows[row]["cases"]} if row in rows else {}


def _merged(a: Iterable[Name], b: Iterable[Name]) -> list[Name]:
    """What is in either, in the order of the first, then of the second."""
    return list(dict.fromkeys((*a, *b)))
