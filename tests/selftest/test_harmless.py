"""No case asks for what would harm a thing that it did not make, also where the target refuses nothing of what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from typing import Any

from contracts.case import Case, CaseResult, Verdict
from contracts.client import Client
from contracts.names import Names, new_run_id
from contracts.runner import run
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.routes import plans
from contracts.sandbox.serve import running
from contracts.target import Target
from tests.contract.values import COUNTRIES
from tests.selftest.test_scenarios import CASES

COUNTRY_WRITES = [case for case in CASES if case.operation == "updateCountryPermission" and case.row.startswith("400")]
FOREIGN = [case for case in CASES if case.row == "403-forbidden"]


class Remote(Target):
    """A target that is not on this machine, as far as scenarios can tell."""

    @property
    def loopback(self) -> bool:
        """Never."""
        return False


def gullible() -> Sandbox:
    """A sandbox that refuses nothing by any row: what a case asks for happens."""
    mild = {name: replace(plan, checks=tuple(c for c in plan.checks if c.row is None)) for name, plan in plans().items()}
    return Sandbox(behaviour=Behaviour(plans=mild))


def ran(cases: Iterable[Case], sandbox: Sandbox, kind: type[Target] = Remote, **facts: Any) -> Sequence[CaseResult]:
    """What became of the cases on a sandbox."""
    who = sandbox.identity
    with running(sandbox) as url:
        target = kind("t", url, who.project_id, who.key_id, who.key_secret, foreign_project=who.foreign_project_id, **facts)
        client, names = Client(target), Names(new_run_id())
        with ThreadPoolExecutor(16) as threads:
            results = list(threads.map(lambda case: run(case, client, names), cases))
        client.close()
    return results


def test_what_was_there_before_survives_a_target_that_refuses_nothing() -> None:
    """Projects, trunks, calls and every country's permission are as they were."""
    sandbox = gullible()
    barred, project = frozenset({"AQ", "BV", "GB", "US"}), sandbox.identity.project_id
    sandbox.state.barred_countries[project] = barred
    before = deepcopy(sandbox.state)
    results = ran(CASES, sandbox, Target)
    assert {result.verdict for result in results} >= {Verdict.FAIL, Verdict.PASS}
    for table in ("projects", "trunks", "calls"):
        held, now = getattr(before, table), getattr(sandbox.state, table)
        assert {key: now.get(key) for key in held} == held
    assert sandbox.state.barred_countries[project] & set(COUNTRIES) == barred


def test_no_country_is_written_that_the_profile_does_not_mark() -> None:
    """Off this machine a permission is never written, unless the profile marks a country as expendable."""
    results = ran(COUNTRY_WRITES, gullible())
    assert {(result.verdict, result.requests) for result in results} == {(Verdict.NOT_EXERCISED, 0)}


def test_only_the_expendable_country_is_written() -> None:
    """Where the profile marks one, its control runs, and those bad codes that stand for no other country."""
    results = ran(COUNTRY_WRITES, Sandbox(), expendable_country="AQ")
    exercised = {result.case.id.rpartition("/")[2] for result in results if result.verdict is Verdict.PASS}
    assert exercised == {"AQ", "12", "AA", "XX", "ZZ", "QM", "XK", "EU"}


def test_nothing_is_created_in_a_foreign_project_that_is_not_expendable() -> None:
    """Off this machine reads alone are tried there."""
    results = ran(FOREIGN, Sandbox())
    assert {result.case.operation[:6] for result in results if result.verdict is Verdict.NOT_EXERCISED} == {"create"}
    assert sum(result.verdict is Verdict.PASS for result in results) == 8


def test_a_foreign_project_is_needed_for_what_is_forbidden() -> None:
    """Without one, no request is sent."""
    sandbox = Sandbox()
    client = Client(Target("t", "http://127.0.0.1:9", sandbox.identity.project_id, "key", "secret"))
    results = [run(case, client, Names("r")) for case in FOREIGN]
    assert {(result.verdict, result.requests) for result in results} == {(Verdict.NOT_EXERCISED, 0)}
