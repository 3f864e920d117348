"""The profiles that come with the suite: what a run with each of them judges, what it leaves alone, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from contracts.case import Case, CaseResult, Verdict, worst
from contracts.catalogue import rows
from contracts.client import Client
from contracts.names import Names, new_run_id
from contracts.operation import operations
from contracts.profile import PROFILES, load_profile
from contracts.run.planned import plan
from contracts.runner import run
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.sandbox.state import Number, Project
from contracts.target import Lent, from_facts
from tests.selftest.test_harmless import gullible
from tests.selftest.test_scenarios import CASES

NUMBER = "+12015550199"
PUBLISHED = 26  # rows that need nothing but published operations
READ_ONLY = {
    *("400-timestamp-format", "400-country-code-invalid", "400-direction-invalid", "403-forbidden", "404-trunk-id"),
    *("404-phone-number", "404-project-id", "404-acl-id", "404-credential-list-id", "404-call-id"),
}
LENT = {"404-endpoint-id", "400-project-not-enabled"}
"""What a read-only run judges as well where a trunk with a number, and a project that is not enabled, are lent to it."""


def ran(profile: str, sandbox: Sandbox, cases: Sequence[Case] = CASES, **facts: Any) -> list[CaseResult]:
    """What becomes of cases, by default the documented ones, on a sandbox that is taken for the target of a profile, elsewhere."""
    who = sandbox.identity
    told = {"SINCH_KEY_ID": who.key_id, "SINCH_KEY_SECRET": who.key_secret, "SINCH_FOREIGN_PROJECT_ID": who.foreign_project_id}
    with running(sandbox) as url:
        made = from_facts(load_profile(profile), url, who.project_id, profile, told)
        target = replace(made, elsewhere=True, fault_header=None, **facts)
        client, names = Client(target), Names(new_run_id())
        with ThreadPoolExecutor(16) as threads:
            results = list(threads.map(lambda case: run(case, client, names), (case for case in cases if not case.alone)))
        results += [run(case, client, names) for case in cases if case.alone]
        client.close()
    return results


def verdicts(results: list[CaseResult]) -> Mapping[str, Verdict]:
    """The verdict of each row."""
    return {row.id: worst([result.verdict for result in results if result.case.row == row.id]) for row in rows()}


def judged(results: list[CaseResult]) -> set[str]:
    """The rows that were exercised, each of which must have passed."""
    found = {row: verdict for row, verdict in verdicts(results).items() if verdict is not Verdict.NOT_EXERCISED}
    assert set(found.values()) == {Verdict.PASS}
    return set(found)


def lending(sandbox: Sandbox, *, expendable: bool = False) -> dict[str, Any]:
    """A trunk with a number and a project that is not enabled, which the sandbox has from the start, as facts of a target."""
    state, who = sandbox.state, sandbox.identity
    state.projects["switched-off"] = Project("switched-off", who.key_id, enabled=False)
    trunk = next(trunk for trunk in state.trunks.values() if trunk.project_id == who.project_id)
    state.numbers["number"] = Number("number", who.project_id, NUMBER, "US", datetime.now(UTC), trunk_id=trunk.id)
    return {"disabled_project": Lent("switched-off", expendable), "trunk_with_number": Lent(trunk.id, expendable, NUMBER)}


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_template_leads_nowhere(path: Path) -> None:
    """No profile that comes with the suite sends anything beyond this machine: its hosts end in a name that is no name."""
    facts = load_profile(path.stem)
    hosts = [urlsplit(url).hostname for url in (facts.get("base_url"), facts.get("auth", {}).get("token_url")) if url]
    assert all(str(host).endswith(".invalid") for host in [*hosts, *facts.get("allow", ())])


def test_the_staging_template_judges_what_published_operations_can_show() -> None:
    """26 rows; each of the others says what it waits for, and so does the file."""
    sandbox = Sandbox()
    results = ran("staging", sandbox)
    exercised = judged(results)
    assert len(exercised) == PUBLISHED
    waiting = {row.id for row in rows()} - exercised
    text = (PROFILES / "staging.toml").read_text("utf-8")
    unpublished = "|".join(name for name, operation in operations().items() if not operation.published)
    for row in waiting:
        reasons = [result.reason for result in results if result.case.row == row]
        assert all(re.search(rf"\b({unpublished})\b|fault injection", reason) for reason in reasons), reasons
    named = set(re.findall(r"\b[345]\d\d-[a-z-]+", text))
    assert named - waiting == {"403-forbidden", "400-country-code-invalid", "404-call-id"}  # of which a part waits
    assert waiting <= named


def test_a_lent_project_and_an_expendable_trunk_bring_their_rows_to_staging() -> None:
    """Both are as they were, since the target refuses what it has to refuse."""
    sandbox = Sandbox()
    lent = lending(sandbox, expendable=True)
    before = deepcopy(sandbox.state)
    exercised = judged(ran("staging", sandbox, **lent))
    assert {"400-project-not-enabled", "400-trunk-has-phone-numbers"} <= exercised
    assert len(exercised) == PUBLISHED + 2
    for table in ("projects", "trunks", "numbers"):
        assert getattr(sandbox.state, table) == getattr(before, table)


def test_what_is_lent_and_not_expendable_is_only_read() -> None:
    """Also by a target that refuses nothing: neither is the trunk deleted nor anything made in the project."""
    sandbox = gullible()
    lent = lending(sandbox)
    before = deepcopy(sandbox.state)
    results = {result.case.id: result for result in ran("staging", sandbox, **lent)}
    spared = {
        "400-trunk-has-phone-numbers/deleteSipTrunk/number-assigned": "the target offers no createPhoneNumber",
        "400-project-not-enabled/createSipTrunk/disabled": "the target offers no createProject",
    }
    for case, missing in spared.items():
        assert results[case].verdict is Verdict.NOT_EXERCISED
        assert results[case].reason.startswith(f"{missing}, and what the profile lends in its place is not marked as expendable")
    assert results["400-project-not-enabled/getSipTrunks/disabled"].verdict is Verdict.FAIL
    held = {table: getattr(before, table) for table in ("projects", "trunks", "numbers")}
    assert {table: {key: getattr(sandbox.state, table).get(key) for key in kept} for table, kept in held.items()} == held


def test_the_production_template_judges_what_reading_can_show() -> None:
    """Ten rows as it stands, and two more by what is lent."""
    sandbox = Sandbox()
    assert judged(ran("production", sandbox)) == READ_ONLY
    assert judged(ran("production", sandbox, **lending(sandbox))) == READ_ONLY | LENT


@pytest.mark.parametrize("make", [Sandbox, gullible])
def test_nothing_is_changed_by_a_read_only_run(make: Callable[[], Sandbox]) -> None:
    """Not even by its checks, nor by a target that refuses nothing of what it is asked; what is lent is read, expendable or not."""
    sandbox = make()
    lent = lending(sandbox, expendable=True)
    before = deepcopy(sandbox.state)
    results = ran("production", sandbox, plan(), **lent)
    assert sandbox.state == before
    assert {result.verdict for result in results} >= {Verdict.NOT_EXERCISED, Verdict.FAIL if make is gullible else Verdict.PASS}
    assert Verdict.ERROR not in {result.verdict for result in results}
    assert not [left for result in results for left in (*result.leftovers, *result.not_removable)]
