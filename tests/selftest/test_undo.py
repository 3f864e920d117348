"""Whatever was made is removed by a call of the same API."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.call import Call
from contracts.operation import operations
from contracts.undo import COLLECTIONS, STAYING, UNDO, is_id, undo_calls

BODIES: dict[str, Any] = {
    "createPhoneNumber": {"phoneNumber": "+46700000001"},
    "assignPhoneNumber": {"sipTrunkId": "t"},
    "createCustomer": {"id": "c"},
    "createProject": {"id": "p"},
    "addAccessControlListToTrunk": {"accessControlListIds": ["a", "b", "a"]},
    "addCredentialListToTrunk": {"credentialListIds": ["a", "b", "a"]},
    "bulkUpdateCredentialListsForTrunk": {"credentialListIds": ["a", "b", "a"]},
}


def made(operation: str) -> Call:
    """A call that made something."""
    return Call(operation, dict.fromkeys(operations()[operation].path_parameters, "x"), body=BODIES.get(operation, {}))


@pytest.mark.parametrize("operation", UNDO)
def test_a_making_call_is_undone_in_full(operation: str) -> None:
    """Each undo is an operation, with no hole and nothing too much in its path."""
    calls = undo_calls(made(operation), {"id": "made"})
    assert calls
    assert len(set(map(repr, calls))) == len(calls)
    for call in calls:
        assert set(call.path) == set(operations()[call.operation].path_parameters)


@pytest.mark.parametrize("answer", [None, [], "x", {}, 7], ids=repr)
def test_an_answer_without_an_id_says_nothing(answer: object) -> None:
    """Then it has to be looked for; nothing is removed at a guess."""
    assert undo_calls(made("createSipTrunk"), answer) is None


@pytest.mark.parametrize("value", ["", ".", "..", None, True, False, 1.5, [], ["a"], {}, {"id": "a"}], ids=repr)
def test_what_would_lead_elsewhere_is_no_id(value: object) -> None:
    """Its path would be that of all of them, of something else, or of something called None."""
    assert not is_id(value)
    assert undo_calls(made("createSipTrunk"), {"id": value}) is None


@pytest.mark.parametrize("value", ["a", "a.b", ".a", 7, 0, "\ud800"], ids=ascii)
def test_texts_and_whole_numbers_are_ids(value: object) -> None:
    """As they are."""
    assert is_id(value)
    assert [call.path["sipTrunkId"] for call in undo_calls(made("createSipTrunk"), {"id": value}) or ()] == [str(value)]


def test_what_makes_nothing_needs_no_undo() -> None:
    """Reads, updates, and an unassignment."""
    assert undo_calls(made("getSipTrunks"), None) == ()
    assert undo_calls(Call("assignPhoneNumber", {"projectId": "p", "phoneNumber": "1"}, body={"sipTrunkId": ""}), None) == ()


def test_every_id_is_taken_off_once() -> None:
    """A list of ids is undone one by one, also where the body is the list."""
    for body in ({"accessControlListIds": ["a", "b", "a"]}, ["a", "b", "a"]):
        calls = undo_calls(Call("addAccessControlListToTrunk", {"projectId": "p", "sipTrunkId": "t"}, body=body), None)
        assert calls is not None
        assert [call.path["accessControlListId"] for call in calls] == ["a", "b"]


def test_the_tables_name_operations() -> None:
    """What can be made can be listed, and what stays is not undone."""
    assert {*UNDO, *STAYING, *COLLECTIONS, *(listing for listing, _ in COLLECTIONS.values())} <= operations().keys()
    assert not STAYING & UNDO.keys()
    assert COLLECTIONS.keys() <= UNDO.keys()
