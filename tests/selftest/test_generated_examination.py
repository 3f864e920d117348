"""An examination: what ends it, what it leaves alone, and that a seed gives the same requests again."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from contracts.blame import Exhausted
from contracts.call import Call, api
from contracts.case import CaseResult, Depth, Verdict
from contracts.finding import Rule
from contracts.generated import examination
from contracts.generated.examination import EACH
from contracts.generated.plan import EFFORT
from contracts.inquiry import Inquiry
from contracts.names import Names
from contracts.run.embedded import ROOT
from contracts.runner import run
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.message import answer
from contracts.tidy import Tidy
from contracts.undo import undo_calls
from tests.contract import test_generated
from tests.selftest.fake import Answer, Fake
from tests.selftest.generated import BAD_REQUEST, Front, creates, examined, tables, told
from tests.selftest.runs import printed

# -- what cannot be judged ----------------------------------------------------------------------------------------------------


UNAVAILABLE = (503, {"code": 503, "status": "UNAVAILABLE", "message": "Not now."})


def unavailable(when: Callable[[int], bool]) -> Callable[[Request], Response | None]:
    """An infrastructure that turns some requests away, by their number."""
    numbers = itertools.count(1)
    return lambda _: answer(*UNAVAILABLE) if when(next(numbers)) else None


def test_nothing_is_judged_where_nothing_answers() -> None:
    """The infrastructure's answers are nobody's, and few of them are enough."""
    result = examined(Front(Sandbox(), unavailable(lambda _: True)), "createCustomer")["createCustomer"]
    assert (result.verdict, result.findings, result.assertions) == (Verdict.INCONCLUSIVE, (), 0)
    assert "503" in result.reason
    assert result.requests == 3


def test_a_target_that_goes_away_has_not_been_examined() -> None:
    """What was judged by then is not enough for a pass."""
    result = examined(Front(Sandbox(), unavailable(lambda number: number > 9)), "createCustomer")["createCustomer"]
    assert result.verdict is Verdict.INCONCLUSIVE
    assert re.search(r"503 .*; [1-9]\d* answers had been judged by then", result.reason)


def test_an_answer_in_between_that_cannot_be_judged_is_passed_over() -> None:
    """Others can."""
    result = examined(Front(Sandbox(), unavailable(lambda number: number % 3 == 0)), "getSipTrunks")["getSipTrunks"]
    assert (result.verdict, result.findings) == (Verdict.PASS, ())


def test_a_set_up_that_is_refused_leaves_nothing_to_judge() -> None:
    """Behind an unknown trunk there is only one error to be seen."""
    front = Front(Sandbox(), lambda request: answer(400, BAD_REQUEST) if creates(request) else None)
    result = examined(front, "createSipEndpoint")["createSipEndpoint"]
    assert (result.verdict, result.requests) == (Verdict.INCONCLUSIVE, 1)
    assert "set-up failed: createSipTrunk" in result.reason


def test_an_operation_that_is_not_offered_is_not_exercised() -> None:
    """Nothing is sent."""
    result = examined(Sandbox(), "getCustomer", paths={"getCustomer": None})["getCustomer"]
    assert (result.verdict, result.requests) == (Verdict.NOT_EXERCISED, 0)


def test_nothing_stays_behind_where_no_project_can_be_made() -> None:
    """Settings, exports and permissions are tried then only as far as they leave nothing behind."""
    sandbox = Sandbox()
    before = tables(sandbox.state)
    names = ("setProjectConfig", "exportCallRecords", "updateCountryPermission", "getExport", "deleteProject", "createSipTrunk")
    results = examined(sandbox, *names, paths={"createProject": None})
    assert [name for name, result in results.items() if result.verdict is not Verdict.PASS] == ["setProjectConfig"]
    assert results["setProjectConfig"].verdict is Verdict.NOT_EXERCISED
    assert tables(sandbox.state) == before
    assert [result.not_removable for result in results.values() if result.not_removable] == []


def generating(fake: Fake, operation: str, *, strict: bool = False) -> CaseResult:
    """The check of an operation by a client without a network."""
    case = next(case for case in test_generated.any_request.cases() if case.arguments["operation"] == operation)
    return run(case, fake, Names("t"), seed=1, strict=strict)


def test_what_is_only_read_is_never_deleted() -> None:
    """Also where it is there, and nobody made it."""
    fake = Fake({"getCustomer": [(200, {"id": "x"})]})
    assert generating(fake, "getCustomer").verdict is Verdict.PASS
    made = [call.body["id"] for call in fake.calls if call.operation == "createCustomer"]
    assert [call.path["customerId"] for call in fake.calls if call.operation == "deleteCustomer"] == made


def test_what_an_update_makes_is_deleted() -> None:
    """Where a target takes an update of what is not there for a creation."""
    fake = Fake({"createSipTrunk": [(201, {"id": "trunk"})], "updateSipTrunk": [(200, {})]})
    generating(fake, "updateSipTrunk")
    updated = {call.path["sipTrunkId"] for call in fake.calls if call.operation == "updateSipTrunk"}
    assert {call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk"} == updated
    assert len(updated) > 2


def test_what_is_made_does_not_pile_up() -> None:
    """It is removed before the next request is sent."""
    fake = Fake({"createCustomer": [(201, {})]})
    generating(fake, "createCustomer")
    named = [call for call in fake.calls if call.operation == "deleteCustomer" or type(_id(call)) in {str, int}]
    alive = list(itertools.accumulate({"createCustomer": 1, "deleteCustomer": -1}[call.operation] for call in named))
    assert (max(alive), alive[-1]) == (1, 0)


def _id(call: Call) -> Any:
    return call.body.get("id") if isinstance(call.body, dict) else None


def test_what_was_deleted_is_made_again_as_often_as_the_depth_says() -> None:
    """Then nothing is there any more."""
    fake = Fake({"createCustomer": [(201, {})], "deleteCustomer": [(204, None)]})
    generating(fake, "deleteCustomer")
    assert len(fake.sent("createCustomer")) == 1 + EFFORT[Depth.QUICK].deleted


def test_nothing_is_sent_that_the_gate_holds_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request passes it."""
    monkeypatch.setattr(examination, "harm", lambda *_: "it could")
    fake = Fake({"createCustomer": [(201, {})]})
    result = generating(fake, "createCustomer")
    assert (result.verdict, fake.calls) == (Verdict.NOT_EXERCISED, [])


def test_a_budget_that_is_used_up_ends_the_check_with_what_was_judged() -> None:
    """What was judged by then stands."""
    fake = Fake({"createCustomer": [*[(400, BAD_REQUEST)] * 5, Exhausted("no more")]})
    result = generating(fake, "createCustomer")
    assert (result.verdict, result.assertions > 0) == (Verdict.PASS, True)
    assert generating(Fake({"createCustomer": [Exhausted("no more")]}), "createCustomer").verdict is Verdict.NOT_EXERCISED


def test_an_interrupt_passes_through_and_what_was_made_is_removed() -> None:
    """Hypothesis, too, lets it pass."""
    sent = itertools.count(1)

    def create(_: Call) -> Answer:
        if next(sent) == 25:  # in the midst of what is fuzzed
            raise KeyboardInterrupt
        return 400, BAD_REQUEST

    interrupting = Fake({"createCustomer": [(201, {})], "createProject": create})
    with pytest.raises(KeyboardInterrupt):
        generating(interrupting, "createProject")
    assert "deleteCustomer" in interrupting.sent()


def test_a_defect_of_ours_is_an_error_and_not_shortened() -> None:
    """One exception, one request."""
    for before in (2, 25):  # within what is covered, and within what is fuzzed
        fake = Fake({"createCustomer": [*[(400, BAD_REQUEST)] * before, RuntimeError("ours")]})
        result = generating(fake, "createCustomer")
        assert (result.verdict, len(fake.calls)) == (Verdict.ERROR, before + 1)


def test_an_undocumented_error_fails_where_that_was_asked_for() -> None:
    """As everywhere with --strict-undocumented."""
    fake = Fake({"createCustomer": [(400, BAD_REQUEST)]})
    assert generating(fake, "createCustomer").verdict is Verdict.PASS
    assert told(generating(fake, "createCustomer", strict=True)) == {Rule.UNDOCUMENTED}


def test_every_fourth_refused_request_is_sent_again() -> None:
    """The same request, and not more often."""
    fake = Fake({"createCustomer": [(400, BAD_REQUEST)]})
    result = generating(fake, "createCustomer")
    again = sum(one == other for one, other in itertools.pairwise(map(repr, fake.calls)))
    assert again == math.ceil((result.requests - again) / EACH)


# -- a seed -------------------------------------------------------------------------------------------------------------------


SHAPES = """
import json, sys
from contracts.case import Depth
from tests.selftest.generated import shapes
{before}
print(json.dumps([shapes({names!r}, seed=seed, run_id={run_id!r}) for seed in {seeds}]))
"""
SEEDED = ("createSipEndpoint", "exportCallRecords", "updateBlockingRuleById", "getSipTrunkByDomain", "createCredentialList")


def shapes_of(*seeds: int, hash_seed: str, before: str = "", run_id: str = "20260101t000000-aaaa") -> Any:
    """What a process of its own sends by each seed, up to its names."""
    code = SHAPES.format(before=before, names=SEEDED, seeds=seeds, run_id=run_id)
    return json.loads(printed(code, PYTHONHASHSEED=hash_seed, PYTHONPATH=str(ROOT)))


def test_a_seed_reproduces_every_request() -> None:
    """In another process, with other names, and with more of the suite loaded; another seed sends others."""
    first, other = shapes_of(7, 8, hash_seed="1")
    assert [first] == shapes_of(7, hash_seed="2", before="import contracts.mutation.mutants", run_id="20261231t235959-bbbb")
    assert len(first) > 100
    assert first != other


def test_the_scenarios_cost_nothing_before_they_run() -> None:
    """A worker that only collects does not load schemathesis."""
    code = (
        "import sys, tests.contract.test_generated; print([name for name in ('schemathesis', 'hypothesis') if name in sys.modules])"
    )
    assert printed(code).strip() == "[]"


# -- what the rest of the suite has for it ------------------------------------------------------------------------------------


def test_what_is_no_id_was_not_put_on_a_trunk() -> None:
    """So it need not be taken off; a number is as good as a text."""
    path = {"projectId": "p", "trunkId": "t"}
    bodies: list[Any] = [{}, {"accessControlListIds": None}, {"accessControlListIds": [None, "", [], {}, True]}]
    for body in bodies:
        assert undo_calls(Call("addAccessControlListToTrunk", path, body=body), None) == ()
    calls = undo_calls(Call("addAccessControlListToTrunk", path, body={"accessControlListIds": [7, "7", "x"]}), None)
    assert [call.path["accessControlListId"] for call in calls or ()] == ["7", "x"]


@pytest.mark.parametrize("made", [None, "", True, 1.5, [], {}, ".."], ids=repr)
def test_what_was_made_under_no_id_is_reported(made: object) -> None:
    """To delete it at a guess could hit anybody's."""
    assert undo_calls(Call("createCustomer", body={"id": made}), {}) is None
    calls = undo_calls(Call("createCustomer", body={"id": 7}), {})
    assert [call.path for call in calls or ()] == [{"customerId": "7"}]


def test_some_removals_can_be_left_for_later() -> None:
    """What was made for the whole check stays until its end."""
    fake = Fake({"createCustomer": [(201, {})]})
    talk = Tidy(fake, Names("t"))
    for name in ("first", "second", "third"):
        talk.send(api.createCustomer(id=name))
    talk.clean_up(1)
    assert [call.path["customerId"] for call in fake.calls if call.operation == "deleteCustomer"] == ["third", "second"]
    talk.clean_up()
    assert fake.calls[-1].path["customerId"] == "first"


def test_what_is_met_is_collected_and_left_to_the_check() -> None:
    """One of each kind of undocumented error bears the request that gave it."""
    inquiry = Inquiry(Fake({"getCustomer": [(400, {**BAD_REQUEST, "code": 3})]}), Names("t"))
    strays = [inquiry.met(inquiry.asked(api.getCustomer(customerId="x"))) for _ in range(2)]
    assert [{finding.rule for finding in stray.findings} for stray in strays] == [{Rule.UNDOCUMENTED, Rule.CODE}] * 2
    assert [[finding.rule for finding in stray.findings] for _, stray in inquiry.strays] == [[Rule.UNDOCUMENTED], []]
    assert (inquiry.findings, inquiry.assertions) == ([], 2)


def test_mere_bytes_are_values_that_were_sent() -> None:
    """They can be sent in the place of JSON."""
    assert Call("createCustomer", body=b"\xffx").sent_values() == {"\ufffdx"}
