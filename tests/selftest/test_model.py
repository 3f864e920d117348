"""The model: what it predicts, what it reads, and which moves it knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.call import Call, api
from contracts.catalogue import rows
from contracts.model.effect import EFFECTS, after
from contracts.model.mixtures import MIXTURES
from contracts.model.prediction import CHECKS, UNSETTLED, predict
from contracts.model.reading import differing, listings, readings
from contracts.model.state import AccessList, BlockingRule, CredentialList, Customer, Endpoint, Number, Project, State, Trunk
from contracts.model.subject import PATH, Refusal
from contracts.model.theme import THEMES
from contracts.operation import operations

HOME, AWAY = "home", "away"
RANGE = (("R1", "192.0.2.1"), ("R2", "192.0.2.2"))
WORLD = (
    State()
    .put(Customer("c", "c"))
    .put(Project(HOME, lent=True))
    .put(Project(AWAY, "c"))
    .put(Trunk("T", HOME, "trunk", "host", frozenset({"A"}), frozenset({"L"})))
    .put(Trunk("U", HOME, "other", "other-host"))
    .put(Trunk("V", AWAY, "away", "away-host"))
    .put(Endpoint("E", HOME, "T", "endpoint", "used"))
    .put(AccessList("A", HOME, "acl", RANGE))
    .put(AccessList("B", HOME, "one range", RANGE[:1]))
    .put(CredentialList("L", HOME, "list", frozenset({"used", "spare"})))
    .put(CredentialList("M", HOME, "single", frozenset({"single"})))
    .put(Number("+1", HOME, "U"))
    .put(Number("+2", HOME))
    .put(BlockingRule("X", HOME, "rule", ("INBOUND", "AQ", "AQ", "1", "2")))
    .put(BlockingRule("Y", HOME, "other", ("INBOUND", "AQ", "AQ", "1", "3")))
    .put(Trunk("Z", HOME, "gone", "gone-host"))
)
WORLD = WORLD.drop(WORLD.trunks["Z"])
TRUNK = {"name": "new", "hostName": "new-host"}
RULE = {"name": "n", "direction": "INBOUND", "callerCountry": "AQ", "calleeCountry": "AQ", "callerMatch": "1"}
REGISTERS = {"name": "n", "priority": 1, "isRegistered": True}


def call(name: str, /, project: str = HOME, **values: Any) -> Call:
    """A call under a project."""
    return api[name](**values).under(project)


REFUSED: tuple[tuple[Call, str, dict[str, Any]], ...] = (
    (call("createSipTrunk", json={**TRUNK, "hostName": "away-host"}), "400-domain-unavailable", {}),
    (call("updateSipTrunk", sipTrunkId="T", json={**TRUNK, "hostName": "other-host"}), "400-domain-unavailable", {}),
    (call("updateSipTrunk", sipTrunkId="Z", json=TRUNK), "404-trunk-id", {"id": "Z"}),
    (call("deleteSipTrunk", AWAY, sipTrunkId="T"), "404-trunk-id", {"id": "T"}),
    (call("deleteSipTrunk", sipTrunkId="U"), "400-trunk-has-phone-numbers", {"trunkId": "U"}),
    (call("getSipTrunkById", "nowhere", sipTrunkId="T"), "404-project-id", {"id": "nowhere"}),
    (call("deleteSipEndpoint", sipTrunkId="U", sipEndpointId="E"), "404-endpoint-id", {"id": "E"}),
    (
        call("createSipEndpoint", sipTrunkId="U", json={**REGISTERS, "credentialUsername": "used"}),
        "400-credential-used-by-endpoint",
        {"username": "used", "trunkId": "T"},
    ),
    (
        call("createSipEndpoint", sipTrunkId="U", json={**REGISTERS, "credentialUsername": "who"}),
        "404-credential-username",
        {"username": "who"},
    ),
    (call("createAccessControlList", json={"name": "n", "ipRanges": []}), "400-acl-needs-ip-range", {}),
    (
        call("deleteIpRangeFromAccessControlList", accessControlListId="B", ipRangeId="R1"),
        "400-acl-needs-ip-range",
        {},
    ),
    (
        call("deleteIpRangeFromAccessControlList", accessControlListId="B", ipRangeId="R2"),
        "404-ip-range-id",
        {"id": "R2", "aclId": "B"},
    ),
    (
        call("deleteAccessControlList", id="A"),
        "400-child-attached-to-parent",
        {"child": "Access Control List", "parent": "SIP Trunk"},
    ),
    (
        call("addAccessControlListToTrunk", trunkId="T", accessControlListIds=["A"]),
        "400-acl-already-on-trunk",
        {"aclId": "A", "trunkId": "T"},
    ),
    (
        call("addAccessControlListToTrunk", trunkId="U", accessControlListIds=["B", "B"]),
        "400-acl-already-on-trunk",
        {"aclId": "B", "trunkId": "U"},
    ),
    (
        call("deleteAccessControlListFromTrunk", trunkId="U", accessControlListId="A"),
        "404-acl-not-on-trunk",
        {"aclId": "A", "trunk": ("U", "other")},
    ),
    (
        call("addCredentialListToTrunk", trunkId="T", credentialListIds=["L"]),
        "400-credential-list-already-on-trunk",
        {"clId": "L", "trunkId": "T"},
    ),
    (call("createCredentialList", json={"name": "n", "credentials": []}), "400-credential-list-needs-credential", {}),
    (
        call("createCredentialList", json={"name": "n", "credentials": [{"username": "spare"}]}),
        "400-username-unavailable",
        {},
    ),
    (call("deleteCredential", credentialListId="M", username="single"), "400-credential-list-needs-credential", {}),
    (
        call("deleteCredential", credentialListId="L", username="used"),
        "400-credential-used-by-endpoint",
        {"username": "used", "trunkId": "T"},
    ),
    (call("createPhoneNumber", AWAY, phoneNumber="+2"), "400-phone-number-exists", {"phoneNumber": "+2"}),
    (
        call("assignPhoneNumber", phoneNumber="+1", sipTrunkId="T"),
        "400-phone-number-already-assigned",
        {"number": "+1", "trunkId": "U"},
    ),
    (call("createBlockingRule", json={**RULE, "calleeMatch": "2"}), "400-blocking-rule-exists", {}),
    (call("deleteBlockingRuleById", AWAY, id="X"), "404-blocking-rule-id", {"id": "X", "projectId": AWAY}),
    (call("deleteCustomer", customerId="c"), "400-parent-has-children", {"parent": "Customer", "child": "Project"}),
    (call("deleteProject", AWAY), "400-parent-has-children", {"parent": "Project", "child": "SIP Trunk"}),
    (call("createProject", id="new", customerId="who"), "404-customer-id", {"id": "who"}),
)


@pytest.mark.parametrize(("asked", "row", "bound"), REFUSED, ids=[f"{c.operation}-{row}" for c, row, _ in REFUSED])
def test_what_stands_against_a_call_is_predicted(asked: Call, row: str, bound: dict[str, Any]) -> None:
    """The row that the specification names, with the very values."""
    assert predict(WORLD, asked).refusals == (Refusal(row, bound),)
    assert not predict(WORLD, asked).may_succeed


@pytest.mark.parametrize(
    "asked",
    [
        call("createSipTrunk", json=TRUNK),
        call("updateSipTrunk", sipTrunkId="T", json={**TRUNK, "hostName": "host"}),
        call("updateBlockingRuleById", id="X", json={**RULE, "calleeMatch": "2"}),
        call("createBlockingRule", AWAY, json={**RULE, "calleeMatch": "2"}),
        call("addAccessControlListToTrunk", trunkId="U", accessControlListIds=["A"]),
        call("assignPhoneNumber", phoneNumber="+2", sipTrunkId="T"),
        call("createPhoneNumber", phoneNumber="+3"),
    ],
    ids=lambda asked: asked.operation,
)
def test_what_nothing_stands_against_succeeds(asked: Call) -> None:
    """A trunk keeps its own host name, a rule its own parameters; another project may have the same rule."""
    prediction = predict(WORLD, asked)
    assert prediction.may_succeed
    assert prediction.settled


def test_a_trunk_with_children_of_several_kinds_may_name_any_of_them() -> None:
    """Numbers would win; without them any child is right (behaviour.md, point 5)."""
    told = predict(WORLD, call("deleteSipTrunk", sipTrunkId="T")).refusals
    assert {refusal.bound["child"] for refusal in told} == {"SIP Endpoint", "Access Control List", "Credential List"}


@pytest.mark.parametrize(
    "asked",
    [
        call("deletePhoneNumber", phoneNumber="+1"),
        call("removeCredentialListFromTrunk", trunkId="U", credentialListId="L"),
        call("removeCredentialListFromTrunk", trunkId="T", credentialListId="L"),
        call("createSipEndpoint", sipTrunkId="U", json={**REGISTERS, "credentialUsername": "spare"}),
        call("bulkUpdateCredentialListsForTrunk", trunkId="U", json=["who"]),
        call("assignPhoneNumber", phoneNumber="+2", sipTrunkId=""),
    ],
    ids=lambda asked: asked.operation,
)
def test_what_is_not_settled_may_go_either_way(asked: Call) -> None:
    """Behaviour.md, "Not settled by the specification"."""
    assert not predict(WORLD, asked).settled


def test_the_tables_name_operations_and_rows_that_there_are() -> None:
    """A misspelt one would be silent."""
    named = {*PATH, *CHECKS, *UNSETTLED, *EFFECTS, *(name for one in MIXTURES.values() for name in one.operations)}
    assert named <= operations().keys()
    assert {row for _, row, _ in REFUSED} <= {row.id for row in rows()}


def test_every_change_of_the_api_has_an_effect_in_the_model_or_none_that_is_read() -> None:
    """What the model leaves out is named here, with its reason in the name."""
    passwords, settings, whole_runs = {"updateCredential"}, {"updateCountryPermission", "setProjectConfig"}, {"addEstProjects"}
    changing = {name for name, operation in operations().items() if operation.method != "GET"}
    assert changing - EFFECTS.keys() == passwords | settings | whole_runs


def test_every_move_is_made_by_some_theme_and_has_a_name_of_its_own() -> None:
    """None is there for show."""
    names = [move.name for move in THEMES["everything"]]
    assert len(names) == len(set(names))
    assert {move.name for theme in THEMES.values() for move in theme} == set(names)


def test_what_is_gone_is_read_as_gone_and_no_list_shows_it() -> None:
    """A reading by its id that must be refused, and a list that must not have it."""
    asked = {reading.call.operation: reading for reading in readings(WORLD) if "Z" in reading.about}
    assert predict(WORLD, asked["getSipTrunkById"].call).refusals == (Refusal("404-trunk-id", {"id": "Z"}),)
    listed = next(one for one in listings(WORLD) if one.call.operation == "getSipTrunks" and one.call.path["projectId"] == HOME)
    assert set(listed.items or ()) == {"T", "U"}
    assert "Z" in (listed.known or ())


def test_what_an_answer_leaves_out_cannot_be_wrong() -> None:
    """Members that are there must be right; case does not count (behaviour.md, "Not settled")."""
    reading = next(one for one in readings(WORLD) if one.call.operation == "getSipTrunkById" and "T" in one.about)
    assert differing(reading, {"id": "T", "hostName": "HOST"}) == {}
    assert differing(reading, {"name": "another"}) == {"name": ("trunk", "another")}


def test_equal_states_are_one_however_they_came_about() -> None:
    """The search for an order of a race must not look at one state twice."""
    one, other = Customer("1", "1"), Customer("2", "2")
    assert State().put(one).put(other).key() == State().put(other).put(one).key()
    assert State().put(one).key() != State().put(replace(one, name="x")).key()


def test_a_deleted_record_comes_back_when_it_is_made_again() -> None:
    """A number that was deleted is gone; made again it is gone no more."""
    made = call("createPhoneNumber", phoneNumber="+9")
    state = after(after(WORLD, made, {}), call("deletePhoneNumber", phoneNumber="+9"), {})
    assert [one.id for one in state.was(Number)] == ["+9"]
    assert after(state, made, {}).was(Number) == []
