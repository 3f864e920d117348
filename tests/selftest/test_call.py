"""A call puts each value where its operation wants it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.call import Api, Body, Call, api
from contracts.operation import operations


def test_a_value_goes_into_path_query_or_body() -> None:
    """By its name; the project is filled in later."""
    call = api.createSipEndpoint(sipTrunkId="t", name="n", port=5060)
    assert call == Call("createSipEndpoint", {"sipTrunkId": "t"}, body={"name": "n", "port": 5060})
    found = api.findCalls(direction="IN", createTime="x", query=(("createTime", "y"),))
    assert (found.path, found.body) == ({}, Body.NONE)
    assert found.query == (("direction", "IN"), ("createTime", "x"), ("createTime", "y"))


def test_a_body_can_be_said_outright() -> None:
    """Null, a list, and nothing at all are three bodies."""
    assert api.createSipTrunk(json=None).body is None
    assert api.createSipTrunk(json=[1]).body == [1]
    assert api.createSipTrunk().body is Body.NONE


def test_mistakes_are_told() -> None:
    """An operation that is not there, and a path with a hole."""
    with pytest.raises(AttributeError, match="createMoon"):
        _ = api.createMoon
    with pytest.raises(TypeError, match="sipTrunkId"):
        api.getSipTrunkById()


@pytest.mark.parametrize("name", operations())
def test_every_operation_is_a_verb(name: str) -> None:
    """With its path parameters, and under a project where its path has one."""
    names = [n for n in operations()[name].path_parameters if n != "projectId"]
    values: dict[str, Any] = dict.fromkeys(names, "x")
    project = {"projectId": "p"} if "projectId" in operations()[name].path_parameters else {}
    assert Api()[name](**values).under("p").path == values | project


def test_a_project_that_is_named_stays() -> None:
    """Only a hole is filled."""
    assert api.getSipTrunks(projectId="mine").under("p").path == {"projectId": "mine"}


def test_what_is_sent_is_known() -> None:
    """Path, query, and the body's leaves and names; numbers as JSON writes them."""
    call = Call("x", {"id": "P"}, (("q", "Q"),), {"a": ["b", 1, True, None, {"c": 1.5}]})
    assert call.sent_values() == {"P", "Q", "a", "b", "1", "true", "c", "1.5"}
    assert Call("x").sent_values() == frozenset()
    assert Call("x", body="text").sent_values() == {"text"}


def test_a_header_is_added_and_the_call_left_alone() -> None:
    """Calls are values."""
    call = Call("x", headers={"a": "1"})
    assert call.with_header("b", "2").headers == {"a": "1", "b": "2"}
    assert call.headers == {"a": "1"}
    assert call.same_target(call.with_header("b", "2"))
    assert not call.same_target(Call("x", {"id": "other"}))
