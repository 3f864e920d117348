"""The check by sequences: what it finds, how it tells it, and what it must not cry at."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.budget import Budget, Limits
from contracts.case import Broken, Case, CaseResult, Depth, Verdict
from contracts.client import Client
from contracts.evidence import case_evidence
from contracts.finding import Rule
from contracts.mutation.sequence import of_sequences
from contracts.names import Names
from contracts.runner import run
from contracts.sandbox import Behaviour, Request, Response, Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.refusals import refuse
from contracts.sandbox.routes import plans
from contracts.sandbox.serve import running
from contracts.sandbox.step import Context, Plan
from contracts.target import Target
from tests.contract import test_stateful as checks

CASES = {case.arguments["theme"]: case for case in checks.sequences.cases(Depth.STANDARD)}
QUICK = {case.arguments["theme"]: case for case in checks.sequences.cases()}
SOON = 4  # a seed with which the stale attachment is met early, so that less is tried before it
MUTANTS = {mutant.id: mutant for mutant in of_sequences()}
STALE = "sequence/stale/400-child-attached-to-parent/acl-detached"
ACLS = "access-control-lists"
STORY = (
    'createSipTrunk {"name": "name", "hostName": "name"} in project -> 201',
    "createAccessControlList … in project -> 200",
    'addAccessControlListToTrunk trunk1 {"accessControlListIds": ["acl1"]} in project -> 200',
    "deleteAccessControlListFromTrunk trunk1 acl1 in project -> 204",
    (
        'deleteAccessControlList acl1 in project -> HTTP 400 {"code":400,"status":"BAD_REQUEST","message":'
        '"Access Control List cannot be deleted while attached to a SIP Trunk"}'
    ),
)


def examined(sandbox: Sandbox, case: Case, *, front: Callable[[Sandbox], Handler] | None = None, seed: int = 0) -> CaseResult:
    """What becomes of a case on a sandbox, or on what stands in front of it."""
    who = sandbox.identity
    with running(front(sandbox) if front else sandbox) as url:
        client = Client(Target("t", url, who.project_id, who.key_id, who.key_secret))
        client.proven = True
        result = run(case, client, Names("20260101t000000-test"), seed=seed)
        client.close()
    return result


def told(result: CaseResult) -> list[str]:
    """The lines of a story without their numbers, and with one name for all names."""
    lines = result.story.lines if result.story else ()
    plain = [re.sub(r"name\d+", "name", line.partition(". ")[2]) for line in lines]
    return [re.sub(r"List \{.*\}\]\}", "List …", line) for line in plain]


def test_a_stale_attachment_is_told_as_the_shortest_story() -> None:
    """Five steps, whatever else was tried before; the row that was raised wrongly is told of that row as well."""
    result = examined(MUTANTS[STALE].sandbox(), CASES[ACLS], seed=SOON)
    assert result.verdict is Verdict.FAIL
    assert [finding.rule for finding in result.failures] == [Rule.CONTROL_REFUSED]
    assert sorted(told(result)) == sorted(STORY)  # which of the two is created first is chance
    assert result.broken == (Broken("400-child-attached-to-parent", "deleteAccessControlList", result.findings),)
    assert case_evidence(result)["broken"][0]["case"]["id"] == "400-child-attached-to-parent/deleteAccessControlList/stateful"
    assert {left.operation for left in result.leftovers} == {"deleteAccessControlList"}  # which the defect itself keeps


def test_the_same_seed_tells_the_same_story() -> None:
    """Also in another sandbox, with other ids."""
    stories = [told(examined(MUTANTS[STALE].sandbox(), CASES[ACLS], seed=7)) for _ in range(2)]
    assert stories[0] == stories[1] != []


def test_a_story_is_a_script_that_runs_and_bears_no_secret(tmp_path: Path) -> None:
    """On another sandbox with the same defect it ends in the same refusal, and removes what it made as far as it can."""
    first = MUTANTS[STALE].sandbox()
    result = examined(first, CASES[ACLS], seed=SOON)
    assert result.story
    script = result.story.script
    for secret in (first.identity.key_secret, first.identity.key_id, first.identity.project_id):
        assert secret not in script + "".join(result.story.lines)
    other = MUTANTS[STALE].sandbox()
    trunks = dict(other.state.trunks)
    (tmp_path / "again.sh").write_text(script, "utf-8")
    with running(other) as url:
        who = other.identity
        given = {"PYTEST_BASE_URL": url, "SINCH_PROJECT_ID": who.project_id}
        given |= {"SINCH_KEY_ID": who.key_id, "SINCH_KEY_SECRET": who.key_secret}
        asked = ["sh", str(tmp_path / "again.sh")]
        done = subprocess.run(asked, env={**os.environ, **given}, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert "cannot be deleted while attached" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1] in {"204", "400"}, done.stderr
    assert (done.returncode, done.stderr) == (0, "")
    assert other.state.trunks == trunks
    assert len(other.state.acls) == 1  # the defect itself keeps it


def test_passwords_stand_neither_in_the_story_nor_in_the_script() -> None:
    """A credential's password is made up anew by the script."""
    result = examined(MUTANTS["sequence/loses/stateful/credentials"].sandbox(), CASES["credential-lists"])
    assert result.story
    assert "createCredentialList" in result.story.lines[0]
    assert '"password": "***"' in result.story.lines[0]
    assert not re.search(r"Pw-[0-9a-f]{24}", result.story.script + "".join(result.story.lines))
    assert "${password}" in result.story.script


@pytest.mark.parametrize("theme", CASES)
def test_the_clean_sandbox_gives_no_finding_and_holds_nothing_afterwards(theme: str) -> None:
    """What it held before, it holds after."""
    sandbox = Sandbox()
    tables = ("customers", "projects", "trunks", "endpoints", "acls", "credential_lists", "numbers", "rules")
    before = {table: dict(getattr(sandbox.state, table)) for table in tables}
    result = examined(sandbox, QUICK[theme], seed=3)
    assert (result.verdict, result.findings, result.leftovers) == (Verdict.PASS, (), ())
    assert result.assertions > 0
    assert {table: getattr(sandbox.state, table) for table in tables} == before


class Failing:
    """In front of a sandbox: gives another answer to one request of an operation, the one with that number."""

    def __init__(self, sandbox: Sandbox, ending: str, number: int, answer: Response) -> None:
        self._sandbox, self._ending, self._left, self._answer = sandbox, ending, number, answer

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if request.method == "POST" and request.raw_path.endswith(self._ending):
            self._left -= 1
            if self._left == 0:
                return self._answer
        return self._sandbox.handle(request)


def test_what_does_not_come_again_is_not_lost() -> None:
    """A server that broke once did break."""
    broken = Response(500, b'{"code":500,"status":"INTERNAL_SERVER_ERROR","message":"Internal Server Error"}')
    broken = Response(500, broken.body, {"content-type": "application/json"})
    result = examined(Sandbox(), CASES["trunks"], front=lambda sandbox: Failing(sandbox, "/trunks", 7, broken))
    assert result.verdict is Verdict.FAIL
    assert Rule.SERVER_ERROR in {finding.rule for finding in result.failures}


def test_a_sequence_that_breaks_off_makes_the_check_inconclusive() -> None:
    """What it would have shown nobody knows: neither a pass nor a fail."""
    result = examined(Sandbox(), QUICK["trunks"], front=lambda sandbox: Failing(sandbox, "/trunks", 7, Response(503)))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "1 of" in result.reason
    assert "503" in result.reason


def test_a_refusal_that_no_row_documents_is_no_fail() -> None:
    """A quota, say: the step was legal, and yet the specification does not say that it must succeed."""
    plan = plans()["createSipTrunk"]

    def limited(context: Context) -> Response:
        if len(context.state.of_project(context.state.trunks, context.project_id)) > 1:
            refusal = b'{"code":409,"status":"RESOURCE_EXHAUSTED","message":"Too many trunks."}'
            return Response(409, refusal, {"content-type": "application/json"})
        return plan.effect(context)

    sandbox = Sandbox(behaviour=Behaviour(plans={**plans(), "createSipTrunk": replace(plan, effect=limited)}))
    result = examined(sandbox, QUICK["trunks"])
    assert (result.verdict, result.findings) == (Verdict.INCONCLUSIVE, ())


def test_a_wrong_one_of_two_refusals_is_seen_by_its_row() -> None:
    """A gone trunk that is told to have numbers breaks the row that was due."""

    def wrong(context: Context) -> Response:
        if context.path["sipTrunkId"] not in context.state.trunks:
            refuse("400-trunk-has-phone-numbers", trunkId=context.path["sipTrunkId"])
        return plans()["deleteSipTrunk"].run(context)

    sandbox = Sandbox(behaviour=Behaviour(plans={**plans(), "deleteSipTrunk": Plan((), wrong)}))
    result = examined(sandbox, CASES["trunks"])
    assert {broken.row for broken in result.broken} == {"404-trunk-id"}
    assert Rule.MESSAGE_OTHER_ROW in {finding.rule for finding in result.failures}


def test_a_budget_that_ends_cuts_the_sequences_short_and_judges_what_there_was() -> None:
    """That is a smaller number of sequences, and no doubt; where nothing was judged there is."""
    told = []
    for requests in (1, 200):
        with tempfile.TemporaryDirectory() as folder:
            budget = Budget.begun(Limits(f"{folder}/budget", requests))
            sandbox = Sandbox()
            who = sandbox.identity
            with running(sandbox) as url, contextlib.closing(budget):
                client = Client(Target("t", url, who.project_id, who.key_id, who.key_secret), budget)
                client.proven = True
                told.append(run(CASES["trunks"], client, Names("t")))
                client.close()
            assert told[-1].requests <= requests
            assert told[-1].leftovers == ()
    assert [result.verdict for result in told] == [Verdict.NOT_EXERCISED, Verdict.PASS]
    assert "--max-requests" in told[0].reason
