"""Clean-up: what a case made is removed, the newest first; what resists is told, and nothing that clean-up meets is lost."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import CaseResult, Verdict
from contracts.exchange import Failure
from contracts.operation import operations
from contracts.target import Lent
from contracts.undo import UPSERTS
from contracts.world import World
from tests.selftest.fake import DELETED, Answer, Fake, Script, ran

RESISTS: Answer = (400, {"code": 400, "status": "BAD_REQUEST", "message": "Not now."})
MAKERS: Script = {
    "createSipTrunk": [(201, {"id": "trunk"})],
    "createAccessControlList": [(201, {"id": "acl"})],
    "createCredentialList": [(201, {"id": "list"})],
    "createBlockingRule": [(201, {"id": "rule"})],
    "createSipEndpoint": [(201, {"id": "endpoint"})],
    "createPhoneNumber": [(201, {"phoneNumber": "+12015550100"})],
}


def cleaned(body: Any, answers: Script, **members: Any) -> tuple[CaseResult, list[str], Fake]:
    """What becomes of a scenario, and which removals were sent."""
    fake = Fake({**MAKERS, **answers}, **members)
    result = ran(body, fake)
    return result, [name for name in fake.sent() if name.startswith(("delete", "remove"))], fake


def full(world: World) -> None:
    """Makes one of each, and fastens them together."""
    trunk = world.trunk()["id"]
    world.attach_acl(trunk, world.acl()["id"])
    world.attach_credential_list(trunk, world.credential_list()["id"])
    world.endpoint(trunk)
    world.assign(world.number(), trunk)
    world.rule()
    world.assertions += 1


def test_the_newest_goes_first() -> None:
    """Children before parents, detached before deleted, unassigned before deleted."""
    result, removals, fake = cleaned(full, {})
    assert removals == [
        "deleteBlockingRuleById",
        "deletePhoneNumber",
        "deleteSipEndpoint",
        "removeCredentialListFromTrunk",
        "deleteCredentialList",
        "deleteAccessControlListFromTrunk",
        "deleteAccessControlList",
        "deleteSipTrunk",
    ]
    unassigned = [i for i, call in enumerate(fake.calls) if call.operation == "assignPhoneNumber" and not call.body["sipTrunkId"]]
    assert unassigned[0] < fake.sent().index("deletePhoneNumber")
    assert (result.verdict, result.leftovers) == (Verdict.PASS, ())


@pytest.mark.parametrize("status", [200, 204, 404])
def test_gone_is_gone(status: int) -> None:
    """Deleted, or not there any more."""
    result, removals, _ = cleaned(lambda world: str(world.trunk()["id"]), {"deleteSipTrunk": [(status, b"")]})
    assert (removals, result.leftovers) == (["deleteSipTrunk"], ())


def test_what_resists_is_tried_once_more_at_the_end() -> None:
    """When all else is gone it may go too."""
    body = lambda world: (world.trunk(), world.acl())  # noqa: E731
    result, removals, _ = cleaned(body, {"deleteAccessControlList": [RESISTS, DELETED]})
    assert removals == ["deleteAccessControlList", "deleteSipTrunk", "deleteAccessControlList"]
    assert result.leftovers == ()


@pytest.mark.parametrize(
    "answer", [RESISTS, (503, b""), (500, b""), (302, b""), Failure.TIMEOUT, Inconclusive("no token")], ids=str
)
def test_what_resists_twice_is_a_leftover(answer: Answer) -> None:
    """It is told by its path, what made it, and why it is still there; everything else is removed all the same."""
    body = lambda world: (world.trunk(), world.acl(), world.rule())  # noqa: E731
    result, removals, _ = cleaned(body, {"deleteAccessControlList": [answer]})
    assert [name for name in removals if name != "deleteAccessControlList"] == ["deleteBlockingRuleById", "deleteSipTrunk"]
    (left,) = result.leftovers
    assert (left.operation, left.created_by) == ("deleteAccessControlList", "createAccessControlList")
    assert left.path.endswith("/acl")
    assert left.reason


def test_what_the_target_offers_no_removal_for_is_a_leftover() -> None:
    """And does not change the verdict of what was judged before."""

    def body(world: World) -> None:
        world.number()
        world.accepted(api.getSipTrunks())

    result, _, _ = cleaned(body, {}, paths={"deletePhoneNumber": None})
    assert result.verdict is Verdict.PASS
    assert [left.operation for left in result.leftovers] == ["deletePhoneNumber"]


def test_what_the_case_removed_itself_is_not_removed_again() -> None:
    """Its undo is crossed out."""

    def body(world: World) -> None:
        world.made(api.deleteSipTrunk(sipTrunkId=world.trunk()["id"]))

    assert cleaned(body, {})[1] == ["deleteSipTrunk"]


def test_clean_up_follows_a_broken_scenario() -> None:
    """An exception of the scenario is no reason to leave anything behind."""

    def body(world: World) -> None:
        world.trunk()
        raise ZeroDivisionError

    result, removals, _ = cleaned(body, {})
    assert (result.verdict, removals) == (Verdict.ERROR, ["deleteSipTrunk"])


def test_an_error_of_clean_up_is_collected_like_any_other() -> None:
    """As a stray."""
    result, _, _ = cleaned(lambda world: str(world.trunk()), {"deleteSipTrunk": [RESISTS]})
    assert [call.operation for call, _ in result.strays] == ["deleteSipTrunk"] * 2


def test_what_no_operation_removes_is_told_apart() -> None:
    """A config or an export outside a project of the case's own stays, and is no leftover."""

    def body(world: World) -> None:
        world.made(api.setProjectConfig(key=world.word(), value="v"))

    result, removals, _ = cleaned(body, {})
    assert (removals, result.leftovers, [left.operation for left in result.not_removable]) == ([], (), ["setProjectConfig"])


def test_what_is_in_a_project_of_the_case_goes_with_it() -> None:
    """Then nothing stays."""

    def body(world: World) -> None:
        world.made(api.setProjectConfig(projectId=world.project(), key=world.word(), value="v"))

    result, removals, _ = cleaned(body, {})
    assert (removals, result.leftovers, result.not_removable) == (["deleteProject"], (), ())


def test_a_creation_that_should_have_been_refused_for_its_body_is_survived() -> None:
    """A body that is no JSON object, and a target that takes it: what was made is a leftover, not an exception."""
    calls: list[Call] = [
        Call(name, {}, body=b"{broken")
        for name in ("createProject", "createCustomer", "createPhoneNumber", "createSipTrunk", "addAccessControlListToTrunk")
    ]
    paths = {"addAccessControlListToTrunk": {"trunkId": "t"}}
    calls = [Call(call.operation, paths.get(call.operation, {}), body=call.body) for call in calls]
    result, _, _ = cleaned(lambda world: [world.made(call) for call in calls], {"createSipTrunk": [(201, {})]})
    assert result.reason == "the scenario judged nothing"
    assert len(result.leftovers) == len(calls)


def update(operation: str) -> Call:
    """An update of something that is unknown."""
    values: dict[str, Any] = dict.fromkeys(operations()[operation].path_parameters, "unknown")
    return api[operation](**values, name="n")


@pytest.mark.parametrize("operation", UPSERTS)
def test_what_an_update_makes_that_was_to_be_refused_is_removed(operation: str) -> None:
    """There was nothing of that name; what is there now is the case's own."""
    result, removals, fake = cleaned(lambda world: world.refused(update(operation), id="unknown"), {})
    assert (result.verdict, removals) == (Verdict.FAIL, [UPSERTS[operation]])
    assert fake.calls[-1].path == fake.calls[0].path


def test_what_a_profile_lends_is_not_removed_where_an_update_was_to_be_refused() -> None:
    """It was there before, whatever the target answered."""
    lent = Lent("lent", expendable=True, phone_number="+12015550100")
    forbidden = api.updateSipTrunk(sipTrunkId="lent", name="n")
    result, removals, _ = cleaned(lambda world: world.refused(forbidden, id="lent"), {}, trunk_with_number=lent)
    assert (result.verdict, removals) == (Verdict.FAIL, [])


def test_what_a_case_updates_of_its_own_is_removed_once() -> None:
    """As what it made."""

    def body(world: World) -> None:
        trunk = world.trunk()["id"]
        world.refused(api.updateSipTrunk(sipTrunkId=trunk, name="n"), id="x")

    assert cleaned(body, {})[1] == ["deleteSipTrunk"]
