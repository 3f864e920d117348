"""A target that keeps trunks and loses answers: what it made all the same is seen, and is removed or reported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import CaseResult, Kind, Verdict
from contracts.exchange import Failure
from contracts.finding import Rule
from contracts.target import Timeouts
from contracts.world import World
from tests.selftest.answers import PROJECT
from tests.selftest.fake import Answer, Fake, ran, refusal, world

TAKEN = refusal("400-domain-unavailable")
UNKNOWN = "01HUNKNOWN"
NUMBER = "+12025550123"
ROW = "400-domain-unavailable"


class Trunks:
    """Trunks by their ids, as far as create, list, read and delete go."""

    def __init__(self, *, told: Callable[[int], Answer | None] = lambda _: None, page: int = 500, foreign: int = 0) -> None:
        self.kept: dict[str, dict[str, Any]] = {f"f{n}": {"id": f"f{n}", "name": f"foreign {n}"} for n in range(foreign)}
        self.readings = self.created = 0
        self._told = told
        self._page = page
        self.fake = Fake(
            {
                "createSipTrunk": self._create,
                "getSipTrunks": self._list,
                "getSipTrunkById": self._get,
                "deleteSipTrunk": self._delete,
            }
        )

    def _create(self, call: Call) -> Answer:
        self.created += 1
        trunk = {"id": f"t{self.created}", **call.body}
        self.kept[trunk["id"]] = trunk
        return self._told(self.created) or (201, trunk)

    def _list(self, call: Call) -> Answer:
        page, size = (int(dict(call.query)[name]) for name in ("page", "size"))
        size = min(size, self._page)
        items = list(self.kept.values())[(page - 1) * size : page * size]
        return 200, {"links": [], "sipTrunks": random.sample(items, len(items)), "size": size}

    def _get(self, call: Call) -> Answer:
        self.readings += 1
        trunk = self.kept.get(call.path["sipTrunkId"])
        members = {"servedAt": self.readings, "ranges": random.sample(range(9), 9)}
        return (200, {**trunk, **members}) if trunk else refusal("404-trunk-id", bound={"id": call.path["sipTrunkId"]})

    def _delete(self, call: Call) -> Answer:
        return (204, None) if self.kept.pop(call.path["sipTrunkId"], None) else refusal("404-trunk-id", bound={"id": "x"})


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a fake do not lag."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)


def provoked(trunks: Trunks, body: Callable[[World], None], kind: Kind = Kind.REFUSAL) -> CaseResult:
    """What becomes of a scenario there."""
    return ran(body, trunks.fake, ROW, kind)


def twice(world: World) -> None:
    """A trunk, and another one with its host name."""
    trunk = world.trunk()
    again = api.createSipTrunk(json={**world.trunk_body(), "hostName": trunk["hostName"]})
    world.refused(again, watch=[api.getSipTrunkById(sipTrunkId=trunk["id"]), api.getSipTrunks()])


def race(world: World) -> None:
    """Four equal trunks at once."""
    world.race([api.createSipTrunk(json=world.trunk_body())] * 4, lambda _: {})


@pytest.mark.parametrize("page", [500, 100, 7])
@pytest.mark.parametrize("foreign", [0, 30])
def test_a_refused_request_that_took_effect_is_found_on_any_page(page: int, foreign: int) -> None:
    """Also where the target's pages are smaller than what was asked for, and another array stands before the items."""
    trunks = Trunks(told=lambda n: TAKEN if n > 1 else None, page=page, foreign=foreign)
    result = provoked(trunks, twice)
    assert [finding.rule for finding in result.failures] == [Rule.STATE_CHANGED]
    assert len(trunks.kept) == foreign
    assert result.leftovers == ()


def test_what_differs_at_every_reading_is_no_change() -> None:
    """A member that counts its readings, an array in another order: nothing that the refused request did."""
    trunks = Trunks()
    trunk = {"id": "t", "name": "t"}
    trunks.kept["t"] = trunk
    result = ran(
        lambda world: world.refused(api.getSipTrunkByDomain(domain="d"), watch=[api.getSipTrunkById(sipTrunkId="t")], domain="d"),
        _with(trunks, getSipTrunkByDomain=lambda _: refusal("404-trunk-domain", bound={"domain": "d"})),
        "404-trunk-domain",
    )
    assert result.verdict is Verdict.PASS


def test_a_list_that_never_shows_what_was_made_cannot_show_more() -> None:
    """Then nothing was judged, and nothing is a pass."""
    trunks = Trunks(told=lambda n: TAKEN if n > 1 else None)
    result = ran(twice, _with(trunks, getSipTrunks=lambda _: (200, {"sipTrunks": []})), ROW)
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "getSipTrunks does not show what 1 requests have made")


def test_a_loser_of_a_race_that_took_effect_is_found_and_removed() -> None:
    """One winner by the answers, four by what is there."""
    trunks = Trunks(told=lambda n: TAKEN if n > 1 else None)
    result = provoked(trunks, race, Kind.RACE)
    assert [finding.rule for finding in result.failures] == [Rule.STATE_CHANGED]
    assert trunks.kept == {}


@pytest.mark.parametrize("others", [0, 1])
def test_one_item_too_many_after_a_race_is_a_finding(others: int) -> None:
    """Two contestants, one success, two trunks; what the case made before the race is not counted among them."""

    def body(world: World) -> None:
        for _ in range(others):
            world.trunk()
        world.race([api.createSipTrunk(json=world.trunk_body())] * 2, lambda _: {})

    trunks = Trunks(told=lambda n: TAKEN if n > others + 1 else None)
    result = provoked(trunks, body, Kind.RACE)
    assert [finding.rule for finding in result.failures] == [Rule.STATE_CHANGED]
    assert (trunks.created, trunks.kept) == (others + 2, {})


@pytest.mark.parametrize("lost", [Failure.TIMEOUT, Failure.INCOMPLETE, (503, b"<html>")])
def test_what_was_made_by_a_request_without_an_answer_is_removed(lost: Answer) -> None:
    """Its name tells that it is this case's own; the verdict is inconclusive all the same."""
    trunks = Trunks(told=lambda _: lost, foreign=3)
    result = provoked(trunks, twice)
    assert (result.verdict, result.leftovers, len(trunks.kept)) == (Verdict.INCONCLUSIVE, (), 3)


def test_a_race_whose_winner_lost_its_answer_leaves_nothing() -> None:
    """The resource that it made is found in the list."""
    trunks = Trunks(told=lambda n: Failure.INCOMPLETE if n == 1 else TAKEN)
    result = provoked(trunks, race, Kind.RACE)
    assert (result.verdict, trunks.kept) == (Verdict.INCONCLUSIVE, {})


def test_a_number_whose_creation_lost_its_answer_is_reported_and_not_touched() -> None:
    """Numbers of fiction are few: it may be somebody else's, where nobody could look before."""
    fake = Fake({"createPhoneNumber": [Failure.TIMEOUT]}, paths={"GetPhoneNumberByNumber": None})
    result = ran(lambda world: world.refused(api.getSipTrunks(), watch=[api.GetPhoneNumbers(sipTrunkId=world.number())]), fake)
    assert [left.created_by for left in result.leftovers] == ["createPhoneNumber"]
    assert fake.sent("deletePhoneNumber") == []


def test_a_number_that_was_seen_to_be_free_is_removed_though_its_answer_was_lost() -> None:
    """Whoever has it now is this case."""
    fake = Fake({"createPhoneNumber": [Failure.TIMEOUT]})
    result = ran(lambda world: world.number(), fake)
    assert (result.verdict, result.leftovers, fake.sent("deletePhoneNumber")) == (Verdict.INCONCLUSIVE, (), ["deletePhoneNumber"])


@pytest.mark.parametrize("look", [Failure.TIMEOUT, (503, b""), (500, b""), (403, {})], ids=str)
def test_a_number_of_which_nobody_can_say_whether_it_is_free_is_not_made(look: Answer) -> None:
    """Were its answer lost, nobody could say whose it is."""
    fake = Fake({"GetPhoneNumberByNumber": [look], "GetPhoneNumbers": [look]})
    result = ran(lambda world: world.number(), fake)
    assert (result.verdict, fake.sent("createPhoneNumber")) == (Verdict.INCONCLUSIVE, [])


def test_a_number_whose_creation_elsewhere_was_lost_is_not_removed_there() -> None:
    """That the own project does not have it says nothing of another, where the key may not even look."""
    forbidden = (403, {"code": 403, "status": "FORBIDDEN", "message": ""})
    fake = Fake({"createPhoneNumber": [Failure.TIMEOUT], "deletePhoneNumber": [forbidden]})
    elsewhere = "somebody-elses"

    def body(world: World) -> None:
        number = world.free_number()
        fake.script["GetPhoneNumberByNumber"] = lambda _: forbidden
        world.refused(api.createPhoneNumber(projectId=elsewhere, phoneNumber=number, countryCode="US"), phoneNumber=number)

    result = ran(body, fake, "400-phone-number-exists")
    assert (result.verdict, result.leftovers, fake.sent("deletePhoneNumber")) == (Verdict.INCONCLUSIVE, (), [])


def test_a_number_that_somebody_has_is_neither_made_nor_removed() -> None:
    """A target that misses to refuse it would hand it over to us, and clean-up would remove it."""
    taken: Iterator[Answer] = iter([(200, {}), (200, {}), refusal("404-phone-number", bound={"number": "n"})])
    fake = Fake({"GetPhoneNumberByNumber": lambda _: next(taken)})
    result = ran(lambda world: world.accepted(api.getSipTrunkById(sipTrunkId=world.number())), fake)
    numbers = [call.path["phoneNumber"] for call in fake.calls if call.operation == "GetPhoneNumberByNumber"]
    assert result.verdict is Verdict.PASS
    assert [call.body["phoneNumber"] for call in fake.calls if call.operation == "createPhoneNumber"] == numbers[2:]
    assert [call.path["phoneNumber"] for call in fake.calls if call.operation == "deletePhoneNumber"] == numbers[2:]


def test_a_customer_whose_creation_lost_its_answer_is_removed() -> None:
    """Its id is this case's own, so to delete it can hit nobody else."""
    fake = Fake({"createCustomer": [Failure.TIMEOUT], "deleteCustomer": [(204, None)]})
    result = ran(lambda world: world.refused(api.getCustomer(customerId=world.customer()), id="x"), fake)
    assert (result.verdict, result.leftovers, fake.sent("deleteCustomer")) == (Verdict.INCONCLUSIVE, (), ["deleteCustomer"])


def test_a_member_that_an_answer_leaves_out_is_what_was_sent() -> None:
    """A creation may be answered with no more than an id."""
    fake = Fake({"createSipTrunk": [(201, {"id": "t"})]})
    names: list[str] = []
    ran(lambda world: names.append(world.trunk(hostName="own")["hostName"]), fake)
    assert names == ["own"]


def _with(trunks: Trunks, **script: Callable[[Call], Answer]) -> Fake:
    trunks.fake.script.update(script)
    return trunks.fake


@pytest.mark.parametrize(
    ("read", "listed", "free"),
    [
        (refusal("404-phone-number", bound={"number": NUMBER}), [NUMBER], True),
        ((200, {"phoneNumber": NUMBER}), [], False),
        ((500, {}), [], True),
        ((500, {}), ["+12025550199"], True),
        ((500, {}), [NUMBER], False),
        ((410, {}), [NUMBER], False),
        ((500, {}), None, None),
        ((503, {}), [], None),
        (Failure.INCOMPLETE, [], None),
    ],
)
def test_whether_a_number_is_free_says_its_reading_or_else_its_list(
    read: Answer,
    listed: list[str] | None,
    free: bool | None,  # noqa: FBT001 - a column of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A target that reads numbers wrongly is judged all the same; what says nothing of the API leaves it open."""
    monkeypatch.setattr("contracts.transport.retry.FIRST", 0.0)
    told: Answer = (500, {}) if listed is None else (200, {"phoneNumbers": [{"phoneNumber": number} for number in listed]})
    talk = world(Fake({"GetPhoneNumberByNumber": [read], "GetPhoneNumbers": [told]}, timeouts=Timeouts(patience=0.01)))
    if free is None:
        with pytest.raises(Inconclusive):
            talk.lacks_number(NUMBER, PROJECT)
    else:
        assert talk.lacks_number(NUMBER, PROJECT) is free
