"""Whole runs through a network that fails: no false fail, nothing left over, an end in time. `tox -e faults` has fifty of them."""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from tests.selftest.faulty import Fault, faulty
from tests.selftest.generated import tables
from tests.selftest.runs import Outcome, contract
from tests.selftest.test_sweep import changed

RUNS = int(os.environ.get("FAULTS", "2"))
PROFILE = """
[auth]
kind = "{kind}"
[timeouts]
connect = 2
read = 2
total = 4
patience = 10
"""
RATES = {
    Fault.LATENCY: 0.01,
    Fault.JITTER: 0.05,
    Fault.RESET_BEFORE: 0.01,
    Fault.RESET_AFTER: 0.01,
    Fault.TRUNCATED: 0.01,
    Fault.TOO_MANY: 0.0005,
    Fault.UNAVAILABLE: 0.0005,
    Fault.MAINTENANCE: 0.0002,
    Fault.PAGE: 0.0003,
    Fault.SLOW_BODY: 0.005,
    Fault.HALF_CLOSED: 0.002,
    Fault.IDLE_CLOSED: 0.01,
    Fault.STALLED: 0.0003,
    Fault.TOKEN_ENDED: 0.0005,
}
"""How likely each fault meets a request; bursts go on for a while."""


def failures(outcome: Outcome) -> list[str]:
    """All that a run holds against its target, and all that it left there."""
    results = outcome.results
    found = [case["id"] for row in results["rows"] for case in row["cases"] if case["verdict"] in {"fail", "error"}]
    found += [check["id"] for check in results["checks"] if check["verdict"] in {"fail", "error"}]
    return found + [f"left over: {left['operation']} {left['path']}: {left['reason']}" for left in results["leftovers"]]


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_faulty_network_is_never_the_target_s_fault(tmp_path: Path, seed: int) -> None:
    """Each case is judged right or inconclusive; what was lost on its way is found and removed."""
    chosen = random.Random(seed)  # noqa: S311 - no secret
    kind = chosen.choice(["basic", "oauth2"])
    harder = chosen.choice([0.5, 1.0, 3.0])
    profile = tmp_path / "faulty.toml"
    profile.write_text(PROFILE.format(kind=kind), encoding="utf-8")
    sandbox = Sandbox()
    who = sandbox.identity
    before = tables(sandbox.state)
    rates = {fault: rate * harder for fault, rate in RATES.items()}
    key = (who.key_id, who.key_secret) if kind == "oauth2" else None
    with running(sandbox) as url, faulty(url, seed, rates, key=key) as proxy:
        given = {
            "PYTEST_BASE_URL": proxy.url,
            "SINCH_PROJECT_ID": who.project_id,
            "SINCH_KEY_ID": who.key_id,
            "SINCH_KEY_SECRET": who.key_secret,
            "SINCH_FOREIGN_PROJECT_ID": who.foreign_project_id,
        }
        options = ("--profile", str(profile), "--seed", str(seed), "-n", chosen.choice(["0", "2"]), "--only-documented")
        outcome = contract(tmp_path / "run", *options, given=given)
    told = (outcome.out[-3000:], outcome.err[-3000:])
    assert outcome.status in {0, 6}, told
    assert failures(outcome) == []
    assert changed(before, tables(sandbox.state)) == {}
    verdicts = Counter(outcome.verdicts.values())
    assert verdicts["pass"] > verdicts["inconclusive"], verdicts
    sys.stdout.write(
        json.dumps({"seed": seed, "kind": kind, "faults": sum(proxy.injected.values()), "requests": proxy.requests, **verdicts})
    )
