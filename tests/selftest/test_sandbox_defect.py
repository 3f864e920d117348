"""A defect of the sandbox can be declared over its tables, without touching a handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.core import RULES
from contracts.sandbox.refusals import REFUSALS, Refusal
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Check, Context, Plan
from tests.selftest.sandbox_api import Api, fresh


def changed(operation: str, change: Callable[[Plan], Plan]) -> Api:
    """A sandbox with another plan for one operation."""
    return Api(Sandbox(behaviour=Behaviour(plans={**plans(), operation: change(plans()[operation])})))


def twice_the_same_host(api: Api) -> list[int]:
    """The statuses of two equal creates, and how many trunks there are then."""
    body = {"hostName": fresh("host"), "name": "n"}
    return [*(api("createSipTrunk", body).status for _ in range(2)), len(api.made_list("getSipTrunks", "trunks", {}))]


def test_without_defect_a_host_is_taken() -> None:
    """The clean sandbox, for comparison: the seeded trunk and the first one."""
    assert twice_the_same_host(Api()) == [201, 400, 2]


def test_a_check_can_be_dropped() -> None:
    """Without its check, the second create succeeds."""
    api = changed("createSipTrunk", lambda plan: replace(plan, checks=plan.checks[:-1]))
    assert plans()["createSipTrunk"].checks[-1].row == "400-domain-unavailable"
    assert twice_the_same_host(api) == [201, 201, 3]


def test_a_refused_request_can_take_effect() -> None:
    """A wrapped check does what was asked, and refuses."""

    def leaky(plan: Plan) -> Plan:
        last = plan.checks[-1]

        def run(context: Context) -> None:
            try:
                last.run(context)
            except Refusal:
                plan.effect(context)
                raise

        return replace(plan, checks=(*plan.checks[:-1], Check(last.name, last.row, run)))

    assert twice_the_same_host(changed("createSipTrunk", leaky)) == [201, 400, 3]


def test_checks_can_be_swapped() -> None:
    """With the project looked for before the key, anybody is told that it is not there."""

    def swapped(plan: Plan) -> Plan:
        names = [check.name for check in plan.checks]
        first, second = names.index("project_known"), names.index("authenticated")
        order = list(plan.checks)
        order[first], order[second] = order[second], order[first]
        return replace(plan, checks=tuple(order))

    api = changed("getProject", swapped)
    assert api("getProject", projectId="?", headers={"authorization": ""}).status == 404
    assert Api()("getProject", projectId="?", headers={"authorization": ""}).status == 401


def test_a_text_can_be_changed() -> None:
    """One letter in the table, one message that differs."""
    code, status, text = REFUSALS["404-trunk-id"]
    table = {**REFUSALS, "404-trunk-id": (code, status, text + ".")}
    api = Api(Sandbox(behaviour=Behaviour(refusals=table)))
    assert api("getSipTrunkById", sipTrunkId="x").json()["message"] == "Could not find SIP Trunk with id 'x'."
    assert api("getCall", callId="x").json()["message"] == "Could not find call ID 'x'"


def test_a_judgement_can_be_too_mild() -> None:
    """A sandbox that knows too many countries takes them everywhere, and breaks nowhere."""
    rules = replace(RULES, is_country=lambda code: code == "XX" or RULES.is_country(code), is_timestamp=lambda _: True)
    api = Api(Sandbox(behaviour=Behaviour(rules=rules)))
    assert api("getCountryPermission", isoCode="XX").status == 200
    assert api("exportCallRecords", query={"toCountryCode": "XX", "createTime": "words"}).status == 200


def test_sandboxes_share_nothing() -> None:
    """What one has made, another has never seen."""
    one, two = Api(), Api()
    one.made("createCustomer", {"id": "c"})
    assert two("getCustomer", customerId="c").status == 404


def test_a_broken_handler_shows_nothing_of_itself() -> None:
    """An exception nobody expected is the documented 500 and no more."""

    def broken() -> None:
        message = "secret detail"
        raise RuntimeError(message)

    api = Api()
    api.sandbox._clock = broken  # type: ignore[assignment]  # noqa: SLF001
    assert api("getSipTrunks").json() == {"code": 500, "status": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"}


@pytest.mark.parametrize("row_id", ["400-project-not-enabled", "400-country-code-invalid", "404-trunk-id"])
def test_details_are_optional(row_id: str) -> None:
    """Some rows explain themselves, values name their field, and most rows go without."""
    api = Api()
    sent = {
        "400-project-not-enabled": lambda: api("getSipTrunks", projectId=api.other_project(enabled=False)),
        "400-country-code-invalid": lambda: api("getCountryPermission", isoCode="XX"),
        "404-trunk-id": lambda: api("getSipTrunkById", sipTrunkId="x"),
    }
    kinds = {"400-project-not-enabled": ["ErrorInfo"], "400-country-code-invalid": ["BadRequest"], "404-trunk-id": None}
    details = sent[row_id]().json().get("details")
    assert (details and [detail["type"] for detail in details]) == kinds[row_id]
