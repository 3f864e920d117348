"""A run for tests of its page, as data: results with every verdict, what went over the wire, and the last runs. Always the same."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.catalogue import Row, rows
from contracts.operation import operations
from contracts.report.page.word import ORDER
from tests.selftest import results_at_hand

BEGUN = 1_767_225_600.0  # 2026-01-01
HOST = "https://trunks.example.test"
PROJECT = "3f6d1c52-8a77-4b0e-9a54-2f1f0f6c1b11"
ID = "01JX5V3N8QK2W7Y4ZB6TFD9RCM"
OTHERS = ("getSipTrunkById", "updateSipTrunk")  # for rows that name no two operations
VARIANTS = ("unissued", "deleted", "elsewhere")
TYPOGRAPHIC = str.maketrans("'", "\N{RIGHT SINGLE QUOTATION MARK}")
RULES: Mapping[str, tuple[str, str, Callable[[str], str]]] = {
    "404-acl-id": ("message-typography", "differs only in quotes", lambda text: text.translate(TYPOGRAPHIC)),
    "404-trunk-domain": ("message-text", "the text differs", lambda text: text.replace("find", "fimd")),
    "400-customer-exists": ("message-unbound", "$id was not filled in", lambda text: text.replace(ID, "$id")),
    "400-direction-empty": ("unrefused", "createBlockingRule was to be refused, and succeeded", lambda _: ""),
}
"""The rows that fail: by which rule, why, and what the target says instead of the documented message."""


def document(variants: int = 3) -> dict[str, Any]:
    """The results of a run: for each row, so many cases of each of two operations."""
    judged = [_row(row, variants) for row in rows()]
    verdicts = [row["verdict"] for row in judged]
    run = {
        **results_at_hand.facts(workers=2, seed=7, suite_version="0.1.0", complete=True, requests=4321, duration_seconds=9.5),
        "started_at": "2026-01-01T00:00:00.000+00:00",
        "finished_at": "2026-01-01T00:00:09.500+00:00",
    }
    return {
        "schema_version": "1",
        "run": run,
        "target": {"id": "staging", "base_url": HOST, "profile": "staging"},
        "totals": {"rows": len(judged), **{verdict: verdicts.count(verdict) for verdict in ORDER}},
        "rows": judged,
        "checks": list(_checks()),
        "undocumented": [
            {"operation": "getSipTrunks", "http_code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request.", "count": 31}
            | {"findings": []},
            {"operation": "createSipTrunk", "http_code": 415, "status": None, "message": None, "count": 2}
            | {"findings": [finding("undocumented", "a documented error", "HTTP 415", "no row documents this error", "advisory")]},
        ],
        "leftovers": [
            {"operation": "createSipTrunk", "path": f"/v1/projects/p/trunks/{ID}", "created_by": "c", "reason": "HTTP 500"}
        ],
        "not_removable": [],
    }


def without_error(results: Mapping[str, Any]) -> dict[str, Any]:
    """The results without the row in which the suite met a defect of its own."""
    cases = [{**case, "verdict": "pass"} for row in results["rows"] if row["verdict"] == "error" for case in row["cases"]]
    mended = [{**row, "verdict": "pass", "cases": cases} if row["verdict"] == "error" else row for row in results["rows"]]
    totals = results["totals"] | {"error": 0, "pass": results["totals"]["pass"] + 1}
    return {**results, "rows": mended, "totals": totals}


def with_gate(results: Mapping[str, Any]) -> dict[str, Any]:
    """The results with what a gate and known deviations add to them."""
    known = {"reason": "quotes", "ticket": "API-7", "owner": "trunks", "expires": "2026-12-31"}
    told = {**results, "run": {**results["run"], "gate": {"mode": "no-new", "verdict": "fail", "reasons": ["3 rows fail anew"]}}}
    told["deviations"] = [{"row": "404-acl-id", "environment": "staging", "state": "active", "matched": 6, **known}]
    told["rows"] = [
        {**row, "known": True, "cases": [{**case, "deviation": known} for case in row["cases"]]}
        if row["id"] == "404-acl-id"
        else row
        for row in results["rows"]
    ]
    return told


def finding(rule: str, expected: str, actual: str, text: str, severity: str = "fail") -> dict[str, str]:
    """A finding as results.json has it."""
    return {"rule": rule, "severity": severity, "expected": expected, "actual": actual, "text": text, "curl": f"curl -i {HOST}/v1"}


def trend(results: Mapping[str, Any], runs: int = 8) -> dict[str, Any]:
    """The last runs, this one last: rows that fail now began to halfway, and one changes with every run."""
    told: dict[str, list[str | None]] = {row["id"]: _past(row, runs) for row in results["rows"]}
    facts = {"suite_version": "0.1.0", "target_version": "2.4", "complete": True, "duration_seconds": 9.5, "requests": 4321}
    return {
        "runs": [
            {"id": f"run-{place}", "started_at": f"2025-12-{20 + place:02d}T00:00:00+00:00", **facts}
            | {"totals": {"rows": len(told)} | {v: sum(past[place] == v for past in told.values()) for v in ORDER}}
            for place in range(runs)
        ],
        "rows": {
            row: {"verdicts": past, "flips": sum(a != b for a, b in itertools.pairwise(past)), "flaky": row == "404-call-id"}
            | {"last_pass": "2025-12-23T00:00:00+00:00"}
            for row, past in told.items()
        },
    }


def line(case: str, exchanges: Sequence[Mapping[str, Any]], worker: str = "gw0") -> str:
    """A line of traffic: what a case, or a piece of it, sent and got."""
    return json.dumps({"started": exchanges[0]["started"], "case": case, "worker": worker, "exchanges": exchanges})


def traffic(folder: Path, results: Mapping[str, Any]) -> Path:
    """The folder of what went over the wire: for each case a set-up, two judged answers and a clean-up."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {"gw0": [], "gw1": []}
    cases = [(row, case) for row in results["rows"] for case in row["cases"]]
    for place, (row, case) in enumerate(cases):
        worker = f"gw{place % 2}"
        lines[worker].append(line(case["id"], list(_exchanges(row, case, place * 9.0 / len(cases))), worker))
    stray = exchange("getSipTrunks", 0.5, 400, {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request."})
    lines["gw0"].append(line("generated/getSipTrunks", [stray]))
    for worker, of in lines.items():
        (folder / f"{worker}.jsonl").write_text("\n".join(of) + "\n", encoding="ascii")
    return folder


def exchange(operation: str, at: float, status: int, document: Any, *, judged: bool = False) -> dict[str, Any]:
    """An exchange as traffic has it."""
    of = operations()[operation]
    url = HOST + re.sub(r"\{\w+\}", ID, of.path.replace("{projectId}", PROJECT))
    body = "" if of.method in {"GET", "DELETE"} else json.dumps({"name": "ect-one", "hostName": "one.example.test"})
    headers = [["host", HOST.partition("//")[2]], ["authorization", "***"], ["content-type", "application/json"]]
    answer = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return {
        "operation": operation,
        "judged": judged,
        "started": BEGUN + at,
        "seconds": 0.02 + (at * 7919 % 1) / 20,
        "request": {
            "method": of.method,
            "url": url,
            "scheme": "basic",
            "own": [],
            "headers": headers,
            "body": body,
            "encoding": "",
        },
        "response": {"status": status, "headers": [["content-type", "application/json"]], "too_large": False}
        | {"body": answer, "encoding": ""},
        "failure": "",
    }


def _exchanges(row: Mapping[str, Any], case: Mapping[str, Any], at: float) -> Iterator[dict[str, Any]]:
    yield exchange("createAccessControlList", at, 200, {"id": ID, "name": "ect-one", "enabled": True})
    said = {"code": row["http_code"], "status": row["status"], "message": case["answers"][0]["message"]}
    for again in (0.1, 0.3):
        yield exchange(case["operation"], at + again, row["http_code"], said, judged=True)
    yield exchange("deleteAccessControlList", at + 0.5, 204, None)


def _row(row: Row, variants: int) -> dict[str, Any]:
    names = [*(operation.name for operation in operations().values() if row.raised_by(operation)), *OTHERS][:2]
    places = itertools.product(names, range(variants))
    cases = [_case(row, name, f"{VARIANTS[n % 3]}{n // 3 or ''}") for name, n in places] if row.id != "404-export-key" else []
    verdict = {"400-project-exists": "error", "404-call-id": "inconclusive", "404-export-key": "not_exercised"}.get(row.id)
    judged = {"id": row.id, "http_code": row.code, "status": row.status, "message": row.message.text if row.message else ""}
    judged |= {"verdict": verdict or ("fail" if row.id in RULES else "pass"), "cases": cases}
    if verdict:
        judged["reason"] = {"error": "ValueError: no such list", "inconclusive": "getCall: timed out"}.get(
            verdict, "getExport is not to be had"
        )
    return judged


def _case(row: Row, operation: str, variant: str) -> dict[str, Any]:
    said = row.message.text.replace("$id", ID) if row.message else "Forbidden"
    case: dict[str, Any] = {"id": f"{row.id}/{operation}/{variant}", "operation": operation, "kind": "refusal", "verdict": "pass"}
    case |= {"duration_seconds": 0.25, "assertions": 2, "requests": 4, "findings": []}
    if row.id in RULES:
        rule, why, change = RULES[row.id]
        case |= {
            "verdict": "fail",
            "findings": [finding(rule, said, change(said) or "HTTP 200 {}", f"{why}\n  expected: …\n  actual: …")],
        }
        said = change(said)
    elif row.id == "404-call-id" and variant == "deleted":
        case |= {"verdict": "inconclusive", "reason": "getCall: timed out"}
    elif row.id == "400-project-exists" and variant == "deleted":
        case |= {"verdict": "error", "reason": "ValueError: no such list"}
    return case | {"answers": [{"http_code": row.code, "status": row.status, "message": said}]}


def _checks() -> Iterator[dict[str, Any]]:
    timed = {"duration_seconds": 1.0, "assertions": 3, "requests": 30}
    story = ["createSipTrunk(name='a')", "deleteSipTrunk(a): 204"]
    found = finding("state-changed", "nothing", "a trunk", "a trunk is still there")
    yield {"id": "order/updateSipTrunk/404-trunk-id-before-400-body", "verdict": "pass", **timed, "findings": []}
    yield {"id": "stateful/trunks", "verdict": "fail", **timed, "story": story, "script": "stateful-trunks.sh", "findings": [found]}
    yield {"id": "generated/getSipTrunks", "verdict": "pass", **timed, "findings": []}
    yield {"id": "traffic", "verdict": "pass", "findings": []}


def _past(row: Mapping[str, Any], runs: int) -> list[str | None]:
    past: list[str | None] = ["pass" if place < runs / 2 else row["verdict"] for place in range(runs)]
    if row["id"] == "404-call-id":
        past = ["pass" if place % 2 else "inconclusive" for place in range(runs)]
    return [*past[:-1], row["verdict"]]
