"""No generated request can hurt anybody, however lenient the target reads it; and few are too harmful to be sent."""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import phonenumbers
import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.call import Body, Call, api
from contracts.case import Verdict
from contracts.client import Client
from contracts.generated import source
from contracts.generated.harm import harm
from contracts.generated.own import Own
from contracts.generated.sample import PADDING, STRAIGHT, Place, Sample, Way
from contracts.generated.tame import tamed
from contracts.generated.value import Holdings
from contracts.inquiry import Inquiry
from contracts.names import Names
from contracts.operation import description, operations
from contracts.sandbox.state import Customer
from contracts.target import Target
from tests.contract.values import COUNTRIES
from tests.selftest.generated import examined, tables
from tests.selftest.test_harmless import Remote, gullible

CHECKED = settings(max_examples=600, deadline=None, database=None, derandomize=True)
PROJECT, MADE, NUMBER, SPARE = "the-project", "made-project", "+12015550100", "+12015550101"
THINGS = {"trunks": "own-trunk", "accessControlLists": "own-acl", "credentialLists": "own-list", "credentials": "own-user"}
CHANGING = [name for name, operation in operations().items() if operation.method != "GET"]
SOMEBODYS = (
    *(
        "0",
        "5",
        "true",
        "customer-17",
        "..",
        ".",
        "%2e%2e",
        "../trunks",
        "a/../b",
        "x\\..\\y",
        "/",
        "%2F",
        "?",
        "a;b",
        "a#b",
        "a b",
        "\x00",
    ),
    *("US", "us", "US ", "USA", "840", "Sweden", "\uff35\uff33", "AQ", "ZZ", "XK", "SE"),
    *(
        "112",
        "911",
        "+46701740605",
        "+1 (202) 456-1111",
        "1800FLOWERS",
        "\uff0b46701740605",
        "+46\u0667\u0660\u0661\u0667\u0664\u0660\u0666",
    ),
    *("8.8.8.8", "sip.example.com", "::1", "134744072", "a.com,b.invalid", "evil.com x.invalid", "*", "%", "", "+", "+46"),
    *(PROJECT, MADE, NUMBER, SPARE, NUMBER + "7", NUMBER + "*", *THINGS.values()),
)
"""Values that could be somebody's, or that a lenient reader could take for somebody's."""


class Stocked(Own):
    """Belongings of a check that nobody had to make."""

    def __init__(self, operation: str, kind: type[Target]) -> None:
        target = kind("t", "http://127.0.0.1:9", PROJECT, "key", "secret")
        super().__init__(Inquiry(Client(target), Names("20260101t000000-test")), operation)
        self.held.numbers |= {NUMBER, SPARE}
        self.held.projects.add(MADE)
        self.project = MADE if operation in {"setProjectConfig", "exportCallRecords", "updateCountryPermission"} else PROJECT

    def made(self, collection: str) -> str:
        """What it has, by the collection."""
        special = {"projects": MADE, "phoneNumbers": NUMBER, "spare": SPARE, "countryPermissions": "AQ"}
        return special.get(collection) or THINGS.get(collection) or f"own-{collection}"

    def new_number(self) -> str:
        """One that nobody has to look for."""
        return self.fresh_number()


# -- what is safe, said once more, and otherwise ------------------------------------------------------------------------------


def readings(value: Any) -> Iterator[str]:
    """What a lenient target, or a proxy before it, could make of a value: decoded, cut off, trimmed, in other letters."""
    text = value if isinstance(value, str) else json.dumps(value)
    for once in (text, unquote(text), unquote(unquote(text))):
        for plain in (once, unicodedata.normalize("NFKC", once)):
            yield plain
            yield plain.strip()
            for separator in "/\\?#;\x00":
                yield from plain.split(separator)


def ours(text: str) -> bool:
    """Whether a text names what is the check's own, or what nobody has."""
    unissued = text.startswith("ect-20260101t000000-test-main-") or (len(text) >= 26 and text[:2] == "01" and text[2].isdigit())
    project = len(text) >= 36 and [len(piece) for piece in text[:36].split("-")] == [8, 4, 4, 4, 12]
    return text in {*THINGS.values(), MADE, NUMBER, SPARE} or text.startswith("own-") or unissued or project


def dialled(value: Any) -> str | None:
    """The telephone number that a lenient target reads, if it reads one."""
    return _dialled(str(value))


@functools.cache
def _dialled(value: str) -> str | None:
    for region in (None, "US", "SE"):
        for text in {value, unicodedata.normalize("NFKC", value)}:
            try:
                number = phonenumbers.parse(text, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_possible_number(number):
                return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def country(value: str) -> bool:
    """Whether a lenient target could take a text for a country."""
    for text in {*readings(value), "".join(c for c in value if c.isalnum())}:
        try:
            pycountry.countries.lookup(text)
        except LookupError:
            continue
        return True
    return False


def members(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a body, with the plain name of the member that it stands in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            plain = "".join(c for c in unicodedata.normalize("NFKC", key).casefold() if c.isalnum())
            yield from members(inner, plain or name)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, name)
    elif value is not None:
        yield name, value


def assert_safe(call: Call, *, near: bool) -> None:
    """No reading of the call touches anything but what is ours or nobody's."""
    operation, project = operations()[call.operation], call.path.get("projectId", PROJECT)
    assert set(call.headers) <= {"content-type"}
    assert all(c.isprintable() for value in call.headers.values() for c in value)
    assert call.body is Body.NONE or operation.method in {"POST", "PUT"}
    if "phoneNumber" in call.path:
        assert dialled(call.path["phoneNumber"]) in {None, NUMBER, SPARE}
    if operation.method == "GET":
        kept = [value for name, value in call.query if name == "fileName" and call.operation == "exportCallRecords"]
        assert project == MADE or not kept
        assert all(ours(text) for value in kept for text in (value, unquote(value)))
        return
    assert call.query == ()
    assert_path_safe(call, near=near)
    assert_body_safe(call, near=near)


def assert_path_safe(call: Call, *, near: bool) -> None:
    """A changing call names in its path what is ours or nobody's, wherever it is cut, and leads nowhere else."""
    for name, value in call.path.items():
        assert value.strip()
        assert not any(mark in text for text in readings(value) for mark in ("/", "\\", ".."))
        if name == "isoCode":
            harmless = (
                value not in COUNTRIES or (value == "AQ" and call.path.get("projectId") == MADE) if near else not country(value)
            )
            assert harmless or call.operation != "updateCountryPermission"
        elif name == "phoneNumber":
            assert dialled(value) in {NUMBER, SPARE} or value in {NUMBER, SPARE}
        else:
            given = name == "projectId" and value == PROJECT and call.operation not in {"deleteProject", "setProjectConfig"}
            assert given or all(ours(text) for text in readings(value) if text), (name, value)


def assert_body_safe(call: Call, *, near: bool) -> None:
    """Whatever a body names is ours or nobody's; a rule blocks a number of fiction; an address leads nowhere."""
    if isinstance(call.body, bytes):
        assert not any(mark in call.body for mark in b'{["')
        assert call.operation not in {"createBlockingRule", "updateBlockingRuleById"} or near
        return
    if call.operation in {"createBlockingRule", "updateBlockingRuleById"}:
        blocked = [call.body.get(name) for name in ("callerMatch", "calleeMatch")] if isinstance(call.body, dict) else []
        assert {NUMBER, SPARE, *fresh(blocked)} & {one for one in blocked if isinstance(one, str)} or (
            near and not isinstance(call.body, dict)
        )
    assert call.body is Body.NONE or len(json.dumps(call.body)) <= 20_000
    for name, value in members(None if call.body is Body.NONE else call.body):
        assert_value_safe(call.operation, name, value)


def fresh(values: list[Any]) -> set[str]:
    """Those of some values that are numbers of fiction."""
    return {value for value in values if isinstance(value, str) and len(value) == 12 and value[5:10] == "55501"}


def assert_value_safe(operation: str, name: str, value: Any) -> None:
    """One scalar of a body, by the member that it stands in."""
    text = value if isinstance(value, str) else json.dumps(value)
    if name in {"phonenumber", "callforwardnumber", "callermatch", "calleematch"} or (
        operation == "createPhoneNumber" and not name
    ):
        number = dialled(value)
        assert number is None or fresh([number]), (name, value)
    elif operation == "addEstProjects" and name in {"", "projectids"}:
        assert text in {"", PROJECT, MADE, "true", "false"} or (name == "" and not isinstance(value, str)), (name, value)
    elif name in {"id", "key", "siptrunkid", "accesscontrollistids", "credentiallistids", "credentialusername", "customerid"}:
        assert text in {"", PROJECT} or ours(text) or (isinstance(value, int) and value >= 10**20), (name, value)
        assert name != "id" or text
    elif name in {"name", "hostname", "username"}:
        assert not isinstance(value, str) or not value or ours(value), (name, value)
    elif name in {"address", "ipaddress"}:
        routed = isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**24
        elsewhere = isinstance(value, str) and any(c.isalnum() or c == ":" for c in value)
        nowhere = text.startswith("192.0.2.") or (text.endswith(".invalid") and not set(" ,;/@") & set(text))
        assert not isinstance(value, float)
        assert not routed
        assert not elsewhere or nowhere, (name, value)


# -- what is tried ------------------------------------------------------------------------------------------------------------

KNOWN_NAMES = sorted({name for schema in description()["components"]["schemas"].values() for name in schema.get("properties", {})})
NAMES = (
    st.sampled_from(KNOWN_NAMES)
    | st.sampled_from(["PhoneNumber", "phone_number", "Id", "caller-match", "isoCode", ""])
    | st.text(max_size=4)
)
TEXTS = (
    st.sampled_from(SOMEBODYS)
    | st.text(max_size=12)
    | st.builds("{}{}".format, st.sampled_from(SOMEBODYS), st.sampled_from(SOMEBODYS))
)
SCALARS = (
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from([46701740605, 134744072, 112])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=8)
BODIES = st.just(Body.NONE) | VALUES | st.dictionaries(NAMES, VALUES, max_size=6) | st.binary(max_size=8)
WAYS = st.builds(Way, st.sampled_from(Place), st.sampled_from([None, *range(len(PADDING))]))
HEADERS = st.sampled_from(["content-type", "authorization", "host", "x-fault-inject"])


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Anything that could be generated, and worse."""
    operation = operations()[draw(st.sampled_from(list(operations())) | st.sampled_from(CHANGING))]
    query = draw(st.lists(st.tuples(st.sampled_from(sorted({*operation.query, "fileName"})), TEXTS), max_size=3))
    path = {name: draw(TEXTS) for name in operation.path_parameters}
    return Sample(operation.name, path, tuple(query), draw(BODIES))


@pytest.mark.parametrize("kind", [Target, Remote], ids=["near", "far"])
def test_what_is_made_harmless_and_let_through_is_safe(kind: type[Target]) -> None:
    """Whatever is generated."""

    @CHECKED
    @given(samples(), WAYS)
    def tried(sample: Sample, way: Way) -> None:
        own = Stocked(sample.operation, kind)
        call = tamed(sample, way, own)
        if not harm(call, own.held):
            assert_safe(call, near=kind is Target)

    tried()


@st.composite
def spoilt(draw: st.DrawFn, call: Call) -> Call:
    """A call with one thing in it that was not made harmless."""
    where = draw(st.sampled_from(["path", "member", "body", "query", "header"]))
    if where == "path" and call.path:
        return replace(call, path={**call.path, draw(st.sampled_from(sorted(call.path))): draw(TEXTS)})
    if where == "member" and isinstance(call.body, dict):
        return replace(call, body={**call.body, draw(NAMES): draw(VALUES)})
    if where == "query":
        return replace(call, query=(*call.query, ("fileName", draw(TEXTS))))
    return call.with_header(draw(HEADERS), draw(TEXTS)) if where == "header" else replace(call, body=draw(BODIES))


@pytest.mark.parametrize("kind", [Target, Remote], ids=["near", "far"])
def test_what_was_not_made_harmless_is_let_through_only_if_it_is(kind: type[Target]) -> None:
    """The gate does not rely on whoever makes things harmless."""

    @CHECKED
    @given(samples(), WAYS, st.data())
    def tried(sample: Sample, way: Way, data: st.DataObject) -> None:
        own = Stocked(sample.operation, kind)
        call = data.draw(spoilt(tamed(sample, way, own)))
        if not harm(call, own.held):
            assert_safe(call, near=kind is Target)

    tried()


# -- harm, one by one ---------------------------------------------------------------------------------------------------------

WORD, ULID = "ect-20260101t000000-test-main-000001", "010ABCDEFGHJKMNPQRSTVWXYZ0"
RULE = {"direction": "INBOUND", "callerMatch": NUMBER}
HARMFUL: dict[str, Call] = {
    "a number of somebody's": api.createPhoneNumber(phoneNumber="+46701740605"),
    "an emergency number": api.createPhoneNumber(phoneNumber="112"),
    "a number without quotes": api.createPhoneNumber(phoneNumber=46701740605),
    "a number in a list": api.createPhoneNumber(json={"phoneNumber": ["+46701740605"]}),
    "a number under a name spelt otherwise": api.createPhoneNumber(json={"phoneNumber": NUMBER, "PHONE_NUMBER": "+46701740605"}),
    "a number on a keypad": api.createPhoneNumber(phoneNumber="1800FLOWERS"),
    "a number of ours with a digit more": api.createPhoneNumber(phoneNumber=f"{NUMBER} 7"),
    "a number in other digits": api.createPhoneNumber(phoneNumber="+\u0664\u0666\u0667\u0660"),
    "a number to read": api.GetPhoneNumberByNumber(phoneNumber="+46701740605"),
    "a number to delete": api.deletePhoneNumber(phoneNumber="+46701740605"),
    "a short number to delete": api.deletePhoneNumber(phoneNumber="1"),
    "a number to forward to": api.createSipTrunk(name=WORD, hostName=WORD, callForwardNumber="911"),
    "a body that is a number": api.createPhoneNumber(json=46701740605),
    "a rule without a match": api.createBlockingRule(direction="INBOUND", callerCountry="SE"),
    "a rule for a whole country": api.createBlockingRule(direction="INBOUND", callerMatch="+46"),
    "a rule with one more match": api.createBlockingRule(json={**RULE, "calleeMatch": "+46"}),
    "a rule for a number in a list": api.updateBlockingRuleById(id=ULID, direction="INBOUND", callerMatch=[NUMBER]),
    "a country": api.updateCountryPermission(isoCode="SE", enabled=False),
    "an empty country of somebody's": api.updateCountryPermission(projectId=PROJECT, isoCode="AQ", enabled=False),
    "an id that is short": api.deleteCustomer(customerId="5"),
    "an id that is not ours": api.deleteSipTrunk(sipTrunkId="01HA9BTQ0M5R8Y2C6D1F7G9H3K"),
    "a way up": api.deleteSipTrunk(sipTrunkId=f"{ULID}/.."),
    "a way up in disguise": api.deleteSipTrunk(sipTrunkId=f"{ULID}%2e%2e"),
    "a way up in wide letters": api.updateSipTrunk(sipTrunkId=f"{ULID}\uff0f\uff0e\uff0e", json={}),
    "nothing in a path": api.deleteCustomer(customerId=""),
    "another user": api.updateCredential(credentialListId="own-list", username="reception", password="x"),
    "the project itself": api.deleteProject(projectId=PROJECT),
    "the project, unsaid": Call("deleteProject"),
    "another project": api.createSipTrunk(projectId="8c2f1d7e", name=WORD, hostName=WORD),
    "a customer of another's name": api.createCustomer(id="customer-17"),
    "a customer with a number for an id": api.createCustomer(id=5),
    "a customer with true for an id": api.createCustomer(id=True),
    "a customer without an id": api.createCustomer(id=""),
    "a project of another's name": api.createProject(id="8c2f1d7e"),
    "an id that leads elsewhere when it is removed": api.createCustomer(id=f"{WORD}/../x"),
    "a name without the prefix": api.createSipTrunk(name="Head office", hostName=WORD),
    "a username without the prefix": api.createCredentialList(name=WORD, credentials=[{"username": "reception", "password": "x"}]),
    "a customer of somebody's": api.createProject(id=WORD, customerId="customer-17"),
    "a trunk of somebody's": api.assignPhoneNumber(phoneNumber=NUMBER, sipTrunkId="01HA9BTQ0M5R8Y2C6D1F7G9H3K"),
    "a list of somebody's": api.addAccessControlListToTrunk(trunkId="own-trunk", accessControlListIds=["x"]),
    "lists of somebody's": api.bulkUpdateCredentialListsForTrunk(trunkId="own-trunk", json=["x"]),
    "a credential of somebody's": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, credentialUsername="reception"),
    "a project to be added": api.addEstProjects(projectIds=["8c2f1d7e"]),
    "a number of a project to be added": api.addEstProjects(projectIds=[5]),
    "a project to be added, barely": api.addEstProjects(json="8c2f1d7e"),
    "a setting that stays": api.setProjectConfig(projectId=PROJECT, key=WORD, value="x"),
    "an export that stays": api.exportCallRecords(projectId=PROJECT, fileName=WORD),
    "an export of another's name": api.exportCallRecords(projectId=MADE, fileName="february"),
    "an address": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="8.8.8.8"),
    "an address as a whole number": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address=134744072),
    "a host": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="sip.example.com"),
    "a host beside one that is none": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="a.com,b.invalid"),
    "an address of version 6": api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="::"),
    "credentials": api.getSipTrunks(headers={"authorization": "Basic x"}),
    "a fault": api.getSipTrunks(headers={"x-fault-inject": "500"}),
    "another host": api.getSipTrunks(headers={"host": "x"}),
    "a header in a header": api.getSipTrunks(headers={"content-type": "x\r\nhost: x"}),
    "a deletion by a query": api.deleteSipTrunk(sipTrunkId=ULID, query=(("all", "true"),)),
    "a deletion with a body": api.deleteSipTrunk(sipTrunkId=ULID, json={"ids": ["x"]}),
    "a body that is read leniently": api.createPhoneNumber(json=b"{'phoneNumber': 112"),
    "a number that is read leniently": api.createPhoneNumber(json=b"\x00112"),
    "a body without an end": api.createSipTrunk(name=WORD, hostName=WORD, note="x" * 20_000),
    "an address without an end": api.getSipTrunkById(sipTrunkId="x" * 3000),
}
FAR: dict[str, Call] = {
    "a country in small letters": api.updateCountryPermission(projectId=MADE, isoCode="us", enabled=False),
    "a country with a blank": api.updateCountryPermission(projectId=MADE, isoCode="SE ", enabled=False),
    "a country by three letters": api.updateCountryPermission(projectId=MADE, isoCode="SWE", enabled=False),
    "an empty country": api.updateCountryPermission(projectId=MADE, isoCode="AQ", enabled=False),
    "a country in the body": api.updateCountryPermission(projectId=MADE, isoCode="ZZ", json={"enabled": False, "isoCode": "SE"}),
    "a rule that is no object": api.createBlockingRule(json=[]),
    "a rule that is nothing": Call("createBlockingRule"),
}
"""What may be sent to this machine at most."""


def held(kind: type[Target] = Target) -> Holdings:
    """What a check has, with a word and an id that nobody has."""
    own = Stocked("createSipTrunk", kind).held
    own.things |= {*THINGS.values()}
    own.unheard(WORD)
    own.unheard(ULID)
    return own


@pytest.mark.parametrize("name", HARMFUL)
def test_harm_is_seen(name: str) -> None:
    """Near and far."""
    assert harm(HARMFUL[name], held())
    assert harm(HARMFUL[name], held(Remote))


@pytest.mark.parametrize("name", FAR)
def test_more_is_harm_far_from_here(name: str) -> None:
    """On this machine nobody is there to be hurt."""
    assert harm(FAR[name], held(Remote))
    assert not harm(FAR[name], held())


@pytest.mark.parametrize(
    "call",
    [
        api.createPhoneNumber(phoneNumber=NUMBER),
        api.createPhoneNumber(phoneNumber=f"{NUMBER}-"),
        api.createPhoneNumber(phoneNumber="+1"),
        api.createPhoneNumber(json=b"\x00\xff"),
        api.createBlockingRule(json=RULE),
        api.createSipTrunk(name=f"{WORD}/x", hostName="", callForwardNumber=NUMBER),
        api.createCustomer(id=10**30),
        api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="192.0.2.7", credentialUsername="own-user"),
        api.createSipEndpoint(sipTrunkId="own-trunk", name=WORD, address="sip.example.com.invalid"),
        api.updateCountryPermission(projectId=PROJECT, isoCode="ZZ", enabled=True),
        api.deleteSipTrunk(sipTrunkId=f"{ULID} \u00e9"),
        api.deleteProject(projectId=MADE),
        api.addEstProjects(projectIds=[PROJECT, None, {}]),
        api.exportCallRecords(projectId=MADE, fileName=WORD),
        api.getCustomer(customerId="../x"),
        api.getSipTrunks(headers={"content-type": "text/plain"}),
    ],
    ids=lambda call: call.operation,
)
def test_what_harms_nobody_is_let_through(call: Call) -> None:
    """Also where it is odd."""
    assert not harm(call, held(Remote))


# -- whole checks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Target, Remote], ids=["near", "far"])
def test_most_of_what_is_generated_is_let_through(kind: type[Target]) -> None:
    """A gate that let nothing pass would be harmless as well."""
    passed: list[str] = []
    stopped: list[str] = []
    for name in operations():
        own = Stocked(name, kind)
        for case in source.covering(name):
            call = tamed(source.sample_of(name, case), STRAIGHT, own)
            (stopped if harm(call, own.held) else passed).append(name)
    assert set(passed) == set(operations())
    assert len(stopped) < len(passed) / 50
    assert set(stopped) == (
        {"createBlockingRule", "updateBlockingRuleById", "updateCountryPermission"} if kind is Remote else set()
    )


@pytest.mark.parametrize("kind", [Target, Remote], ids=["near", "far"])
def test_what_was_there_survives_a_target_that_refuses_nothing(kind: type[Target]) -> None:
    """Projects, trunks, calls and every country's permission are as they were, and nothing new is there."""
    sandbox = gullible()
    project = sandbox.identity.project_id
    sandbox.state.barred_countries[project] = frozenset({"AQ", "BV", "GB", "US"})
    sandbox.state.customers["0"] = Customer("0", "somebody")
    before = tables(sandbox.state)
    results = examined(sandbox, *CHANGING, kind=kind)
    assert {result.verdict for result in results.values()} >= {Verdict.FAIL, Verdict.PASS}
    now = tables(sandbox.state)
    for table, held in before.items():
        assert {key: now[table].get(key) for key in held} == held, table
    assert [result.leftovers for result in results.values() if result.leftovers] == []
    assert {table for table in now if now[table].keys() - before[table].keys()} <= {
        "barred_countries"
    }  # of projects that are not there
