"""A 4xx changes nothing: what a refusal changed all the same is found, shown and removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from contracts.call import Call, api
from contracts.case import CaseResult, Verdict
from contracts.exchange import Exchange
from contracts.finding import Rule
from contracts.watch import PATIENCE
from contracts.world import World
from tests.selftest.answers import PROJECT
from tests.selftest.fake import DELETED, Answer, Clock, Fake, Script, ran, refusal

UNKNOWN = "01HUNKNOWN"
REFUSED = refusal("404-trunk-id", bound={"id": UNKNOWN})
ABSENT = refusal("404-credential-list-id", bound={"id": "list"})
TAKEN = refusal("400-domain-unavailable")
GONE = refusal("404-project-id", bound={"id": "gone"})
OTHER: Answer = (400, {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request."})


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a fake do not lag."""
    monkeypatch.setattr("contracts.watch.PATIENCE", 0.0)


def rules(result: CaseResult) -> list[Rule]:
    """The rules of its findings that fail."""
    return [finding.rule for finding in result.failures]


def judged(script: Script, body: Callable[[World], object], **members: object) -> CaseResult:
    """What becomes of a scenario with such answers."""
    return ran(body, Fake(script, **members))


def watching(reading: Call) -> Callable[[World], object]:
    """A scenario that watches a reading while it asks."""
    return lambda world: world.refused(api.getSipTrunkById(sipTrunkId=UNKNOWN), watch=[reading], id=UNKNOWN)


def test_a_change_of_a_watched_member_is_found() -> None:
    """Before and after are shown, with the request that is to blame."""
    reading = api.getCredentialListById(id="list")
    script: Script = {"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, {"name": "a"}), (200, {"name": "b"})]}
    result = judged(script, watching(reading))
    (finding,) = result.failures
    assert (finding.rule, '"a"' in finding.expected, '"b"' in finding.actual) == (Rule.STATE_CHANGED, True, True)
    assert "getSipTrunkById" in finding.curl


def test_a_watched_member_that_appears_or_goes_is_found() -> None:
    """Not there is a reading like any other."""
    reading = api.getCredentialListById(id="list")
    readings: list[Answer] = [ABSENT, (200, {})]
    for answers in permutations(readings):
        result = judged({"getSipTrunkById": [REFUSED], "getCredentialListById": answers}, watching(reading))
        assert rules(result) == [Rule.STATE_CHANGED]


def test_a_reading_that_is_no_json_twice_is_no_change() -> None:
    """Nor is one with a number that is none."""
    reading = api.getCredentialListById(id="list")
    for body in (b"<html>", b'{"x": NaN}', b"[" * 900 + b"]" * 900):
        result = judged({"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, body)]}, watching(reading))
        assert result.verdict is Verdict.PASS


def test_passwords_of_a_reading_do_not_show() -> None:
    """A target that shows them must not make the report show them."""
    first, second = ({"credentials": [{"username": "u", "password": f"hidden-{n}"}]} for n in (1, 2))
    script: Script = {"getSipTrunkById": [REFUSED], "getCredentialListById": [(200, first), (200, second)]}
    result = judged(script, watching(api.getCredentialListById(id="list")))
    assert not any("hidden" in str(finding.as_dict()) for finding in result.findings)


def test_what_others_do_in_a_shared_list_is_no_change() -> None:
    """Only items that bear a name of the case are looked at."""
    script: Script = {"getSipTrunkById": [REFUSED], "getSipTrunks": [(200, [{"id": "1"}]), (200, [{"id": "2"}])]}
    assert judged(script, watching(api.getSipTrunks())).verdict is Verdict.PASS


def test_what_a_refused_request_made_all_the_same_is_found_and_removed() -> None:
    """In the shared list it bears the name that was sent."""
    sent: list[Call] = []

    def create(call: Call) -> Answer:
        sent.append(call)
        return TAKEN

    def listed(_: Call) -> Answer:
        return 200, {"trunks": [{"id": f"made-{n}", "name": call.body["name"]} for n, call in enumerate(sent)]}

    fake = Fake({"createSipTrunk": create, "getSipTrunks": listed, "deleteSipTrunk": [DELETED]})

    def body(world: World) -> None:
        world.refused(api.createSipTrunk(json=world.trunk_body()), watch=[api.getSipTrunks()])

    result = ran(body, fake, "400-domain-unavailable")
    assert rules(result) == [Rule.STATE_CHANGED]
    removed = [call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk"]
    assert sorted(removed) == ["made-0", "made-1"]
    assert result.leftovers == ()


def test_a_reading_that_the_target_does_not_offer_is_not_watched() -> None:
    """It could not be compared."""
    result = judged({"getSipTrunkById": [REFUSED]}, watching(api.getCustomer(customerId="c")), paths={"getCustomer": None})
    assert result.verdict is Verdict.PASS


# -- lists that lag -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0.0, 0.2, 2.0])
def test_what_a_list_shows_late_was_made_all_the_same(lag: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that was slow to show the case's own trunk owes the refused one as long; 2 s are what it may lag."""
    clock = Clock()
    monkeypatch.setattr("contracts.watch.PATIENCE", PATIENCE)
    monkeypatch.setattr("contracts.watch.time", clock)
    made: list[tuple[float, str]] = []

    def create(call: Call) -> Answer:
        made.append((clock.now, call.body["name"]))
        return (201, {"id": "t0"}) if len(made) == 1 else TAKEN

    def listed(_: Call) -> Answer:
        return 200, [{"id": f"t{n}", "name": name} for n, (at, name) in enumerate(made) if at + lag <= clock.now]

    def body(world: World) -> None:
        world.trunk()
        world.refused(api.createSipTrunk(json=world.trunk_body()), watch=[api.getSipTrunks()])

    fake = Fake({"createSipTrunk": create, "getSipTrunks": listed, "deleteSipTrunk": [DELETED]})
    result = ran(body, fake, "400-domain-unavailable")
    assert rules(result) == [Rule.STATE_CHANGED]
    assert {call.path["sipTrunkId"] for call in fake.calls if call.operation == "deleteSipTrunk"} == {"t0", "t1", "t2"}


# -- where nothing can be read yet --------------------------------------------------------------------------------------------


def created_there(world: World) -> Exchange:
    """Asks for a trunk in a project that is not there."""
    return world.refused(api.createSipTrunk(projectId="gone", json=world.trunk_body()), id="gone")


@pytest.mark.parametrize("shown", [["own"], ["foreign", "own"], ["foreign"], []])
def test_what_shows_on_a_list_by_now_was_made_by_the_refused_request(shown: list[str]) -> None:
    """The request is to blame that bore the name; what others made there is none of its doing."""
    sent: list[Call] = []

    def create(call: Call) -> Answer:
        sent.append(call)
        return GONE

    def listed(_: Call) -> Answer:
        return 200, [{"id": name, "name": sent[0].body["name"] if name == "own" else name} for name in shown]

    def body(world: World) -> None:
        world.unmade(created_there(world), api.getSipTrunks(projectId="gone"))

    result = ran(body, Fake({"createSipTrunk": create, "getSipTrunks": listed}), "404-project-id")
    told = [(finding.rule, finding.expected, "createSipTrunk" in finding.curl) for finding in result.failures]
    assert told == ([(Rule.STATE_CHANGED, "nothing", True)] if "own" in shown else [])


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ((200, {"value": "v"}), Verdict.FAIL),
        (refusal("404-project-config-key", bound={"key": "k"}), Verdict.PASS),
        (OTHER, Verdict.INCONCLUSIVE),
    ],
    ids=["there", "not there", "no saying"],
)
def test_what_can_be_read_by_now_was_made_by_the_refused_request(answer: Answer, verdict: Verdict) -> None:
    """What is in no list is read by its name."""

    def body(world: World) -> None:
        refused = world.refused(api.setProjectConfig(projectId="gone", key="k", value="v"), id="gone")
        world.unmade(refused, api.getProjectConfig(projectId="gone", key="k"))

    result = ran(body, Fake({"setProjectConfig": [GONE], "getProjectConfig": [answer]}), "404-project-id")
    assert (result.verdict, rules(result)) == (verdict, [Rule.STATE_CHANGED] if verdict is Verdict.FAIL else [])


@pytest.mark.parametrize("refused", [GONE, (201, {"id": "made"})], ids=["no such reading", "not refused"])
def test_there_is_no_looking_where_it_could_say_nothing(refused: Answer) -> None:
    """Where the target cannot be asked, which the case does not need; or where the finding stands already."""
    paths = {"getSipTrunks": None} if refused is GONE else {}
    fake = Fake({"createSipTrunk": [refused]}, paths=paths)
    result = ran(lambda world: world.unmade(created_there(world), api.getSipTrunks(projectId="gone")), fake, "404-project-id")
    assert (result.verdict, rules(result)) == ((Verdict.PASS, []) if refused is GONE else (Verdict.FAIL, [Rule.UNREFUSED]))
    assert fake.sent("getSipTrunks") == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (TAKEN, [Rule.STATE_CHANGED]),
        ((201, {"id": "free"}), []),
        (OTHER, []),
        (refusal("400-project-not-enabled", bound={"id": PROJECT}), []),
        ((429, b""), []),
    ],
    ids=["taken", "free", "undocumented", "another row", "throttled"],
)
def test_a_name_that_is_taken_by_now_was_taken_by_the_refused_request(answer: Answer, expected: list[Rule]) -> None:
    """Only a collision says so, and only this one: another that the set-up met is past."""

    def body(world: World) -> None:
        world.trunk()
        refused = created_there(world)
        world.untaken(refused, api.createSipTrunk(json=refused.call.body))

    fake = Fake({"createSipTrunk": [TAKEN, (201, {"id": "own"}), GONE, GONE, answer]})
    result = ran(body, fake, "404-project-id")
    assert (rules(result), result.verdict) == (expected, Verdict.FAIL if expected else Verdict.PASS)
    assert all("/createSipTrunk" in finding.curl for finding in result.findings)


def test_a_name_that_an_unrefused_request_took_is_not_asked_for_again() -> None:
    """It took effect, and that was said."""
    fake = Fake({"createSipTrunk": [(201, {"id": "made"}), TAKEN]})
    result = ran(lambda world: world.untaken(created_there(world), api.createSipTrunk(name="n")), fake, "404-project-id")
    assert (rules(result), fake.sent("createSipTrunk")) == ([Rule.UNREFUSED], ["createSipTrunk"])
