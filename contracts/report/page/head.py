"""What stands on top of the page: the outcome in a sentence, and how a case is run again. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.report.page.line import Line


def sentence(results: Mapping[str, Any], checks: Sequence[Line]) -> str:
    """The outcome of a run in a sentence or two."""
    if reason := blocked(results):
        return f"Nothing could be judged: {reason}"
    totals = results["totals"]
    judged = totals["rows"] - totals["not_exercised"]
    failed = [line.id for line in checks if line.facts["verdict"] == "fail"]
    told = [_rows(totals, judged)]
    told += [f"{totals['error']} met a defect of the suite."] if totals["error"] else []
    told += [f"{totals['inconclusive']} could not be judged."] if totals["inconclusive"] else []
    told += [f"{totals['not_exercised']} had no case that ran."] if totals["not_exercised"] and judged else []
    told += [f"Of the checks, {_and(failed)} failed."] if failed else []
    return " ".join(told)


def blocked(results: Mapping[str, Any]) -> str:
    """Why nothing at all could be judged; empty where anything was."""
    verdicts = {row["verdict"] for row in results["rows"]} - {"not_exercised"}
    reasons = [row.get("reason", "") for row in results["rows"] if row["verdict"] == "inconclusive"]
    return reasons[0] if verdicts == {"inconclusive"} else ""


def again(results: Mapping[str, Any]) -> dict[str, str]:
    """The command that runs a case alone, on the same target: what stands before its id, behind it, and behind a check's."""
    target, run = results["target"], results["run"]
    asked = {"--base-url": "" if target["id"] == "sandbox" else target["base_url"], "--profile": target["profile"]}
    asked["--depth"] = "" if run["depth"] == "quick" else run["depth"]
    more = shlex.join(part for name, value in asked.items() if value for part in (name, value))
    return {"before": "python -m pytest tests/contract -k", "after": more, "check": f"{more} --seed {run['seed']}".strip()}


def _rows(totals: Mapping[str, int], judged: int) -> str:
    if not judged:
        return "No row was judged."
    if totals["fail"]:
        return f"{totals['fail']} of {totals['rows']} documented errors are not answered as documented; {totals['pass']} are."
    share = f"All {totals['pass']}" if totals["pass"] == totals["rows"] else f"{totals['pass']} of {totals['rows']}"
    return f"{share} documented errors are answered as documented."


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
