"""Countries, directions, timestamps, numbers: what the sandbox takes and what it refuses."""

from __future__ import annotations

import pytest

from contracts.sandbox import country, moment
from contracts.sandbox.refusals import render
from tests.selftest.sandbox_api import Api, fresh, rule_body

NO_COUNTRIES = [
    *("us", "Us", "USA", "U", "12", "+46", "US ", " US", "U%53", "a/b", "."),
    *("AA", "XX", "ZZ", "QM", "XK", "AN", "YU", "CS", "SU", "TP", "UK", "EU", "EN"),
]
NO_DIRECTIONS = ["inbound", "Inbound", "BOTH", "INBOUND ", "INBOUNDX", "IN"]
NO_MOMENTS = [
    *("yesterday", "now", "2021-00", "2021-13", "2021-02-00", "2021-02-32", "2021-02-30", "2021-00-10", "2021-13-01"),
    *("2021-02-01T25", "2021-02-01T25:00:00Z", "2021-02-01T14:60:00Z", "2021-02-01T14:00:60Z", "2021-02-01T24:00:00Z"),
    *("+02:00", "Z", "2021-02-01Z", "2021-02-01T14:00:00+25:00", "2021-2-1", "02/01/2021", "2021-02-01 ", "2021-02-29"),
    *("2021-02-01 14:00:00", "2021-02-01T14:00:00Z\n", "1612188000", "२०२१-०२-०१", "0000-01-01"),
]
MOMENTS = [
    *("2021-02-01", "2021-02", "2021-02-01T08", "2021-02-01T08:30", "2021-02-01T14:00:00", "2021-02-01T14:00:00Z"),
    *("2021-02-01T14:00:00.123Z", "2021-02-01T14:00:00+02:00", "2024-02-29", "9999-12-31", "2021-12"),
]


@pytest.mark.parametrize("code", sorted(country.codes()))
def test_every_assigned_country_is_taken(code: str) -> None:
    """All 249 codes have a permission, with a name, a continent and dialling codes."""
    permission = Api().made("getCountryPermission", isoCode=code)
    assert permission["isoCode"] == code
    assert permission["name"]
    assert permission["continent"]


def test_there_are_249_countries() -> None:
    """The whole list shows each country once."""
    listed = Api().made("getCountryPermissions")["countryPermissions"]
    assert len({one["isoCode"] for one in listed}) == len(listed) == 249


@pytest.mark.parametrize("code", NO_COUNTRIES)
def test_what_is_no_country_is_refused_everywhere(code: str) -> None:
    """Path, body and query refuse the code and name the field that bore it."""
    api = Api()
    rule = api.rule()["id"]
    sent = {
        ("getCountryPermission", "isoCode"): api("getCountryPermission", isoCode=code),
        ("updateCountryPermission", "isoCode"): api("updateCountryPermission", {"enabled": False}, isoCode=code),
    }
    for name in ("callerCountry", "calleeCountry"):
        sent["createBlockingRule", name] = api("createBlockingRule", rule_body(**{name: code}))
        sent["updateBlockingRuleById", name] = api("updateBlockingRuleById", rule_body(**{name: code}), id=rule)
    for name in ("fromCountryCode", "toCountryCode"):
        sent["exportCallRecords", name] = api("exportCallRecords", query={name: code})
    messages = {key: response.json()["message"] for key, response in sent.items()}
    assert messages == {key: f"Invalid {key[1]}: {code}. Must be a valid ISO 3166-1 alpha-2 code." for key in sent}


@pytest.mark.parametrize("direction", NO_DIRECTIONS)
def test_what_is_no_direction_is_refused_everywhere(direction: str) -> None:
    """Rules and filters refuse it, letter for letter."""
    api = Api()
    rule = api.rule()["id"]
    sent = [
        api("createBlockingRule", rule_body(direction=direction)),
        api("updateBlockingRuleById", rule_body(direction=direction), id=rule),
        api("findCalls", query={"direction": direction}),
        api("exportCallRecords", query={"direction": direction}),
    ]
    message = f"Invalid direction type: {direction}. Must be INBOUND or OUTBOUND."
    assert [response.json()["message"] for response in sent] == [message] * 4


@pytest.mark.parametrize("direction", ["INBOUND", "OUTBOUND"])
def test_directions_filter_calls(direction: str) -> None:
    """Calls of the directions asked for are listed, and no others."""
    calls = Api().made_list("findCalls", "calls", {"direction": direction})
    assert {call["direction"] for call in calls} == {direction}


@pytest.mark.parametrize("operation", ["createBlockingRule", "updateBlockingRuleById"])
@pytest.mark.parametrize("given", [{"direction": None}, {"direction": ""}, {}], ids=["null", "empty", "left-out"])
def test_a_rule_needs_a_direction(operation: str, given: dict[str, str | None]) -> None:
    """Null, empty and left out are one documented error."""
    api = Api()
    rule = api.rule()["id"]
    path = {"id": rule} if operation == "updateBlockingRuleById" else {}
    refused = api(operation, {"name": "no direction"} | given, at=path).json()
    assert refused["message"] == "Direction field cannot be null or empty"


@pytest.mark.parametrize("operation", ["findCalls", "exportCallRecords"])
@pytest.mark.parametrize("value", NO_MOMENTS)
def test_what_is_no_moment_is_refused(operation: str, value: str) -> None:
    """The calendar decides, not only the shape; a range is refused for either end."""
    api = Api()
    sent = [api(operation, query={name: value}) for name in ("createTime", "createTime>", "createTime<")]
    message = "Invalid timestamp format, must match yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
    assert [response.json()["message"] for response in sent] == [message] * 3


@pytest.mark.parametrize("operation", ["findCalls", "exportCallRecords"])
@pytest.mark.parametrize("value", MOMENTS)
def test_moments_are_taken(operation: str, value: str) -> None:
    """Dates, partial dates and date-times are taken."""
    assert Api()(operation, query={"createTime": value}).status == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 12),
        ("createTime=2021-02-01", 1),
        ("createTime=2021-02", 1),
        ("createTime=2021-02-01T14", 1),
        ("createTime=2021-02-01T08", 0),
        ("createTime=2021-02-01T14:00:00Z", 13),
        ("createTime>=2021-02-01&createTime<=2021-02-01", 1),
        ("createTime%3E=2021-01&createTime%3C=2021-03-05", 1),
        ("createTime%3E%3D2021-01&createTime%3C%3D2021-03-05", 1),
        ("createTime=%3E%3D2021-01&createTime=%3C%3D2021-03-05", 1),
        ("createTime>=2021-02-02&createTime<=2021-03", 0),
        ("createTime<=2021-01-31", 0),
        ("createTime=", 12),
    ],
)
def test_moments_filter_calls(query: str, found: int) -> None:
    """A range arrives as the keys createTime> and createTime<, or encoded; without any, the last day counts."""
    assert Api()("findCalls", query=query).json()["totalItems"] == found


@pytest.mark.parametrize("value", ["12025550123", "+1202555", "+1 202 555 0123", "+999123456789", "x", "", "+\uff12025550123"])
def test_what_is_no_number_is_refused(value: str) -> None:
    """A malformed number is an undocumented 400 that names the field."""
    refused = Api()("createPhoneNumber", {"phoneNumber": value}).json()
    assert (refused["code"], refused["status"], refused["message"]) == (400, "INVALID_ARGUMENT", "Bad request.")
    assert refused["details"][0]["fieldViolations"][0]["field"] == "phoneNumber"


@pytest.mark.parametrize(("number", "code"), [("+12025550123", "US"), ("+441632960123", "GB"), ("+46701740605", "SE")])
def test_fictional_numbers_have_a_country(number: str, code: str) -> None:
    """A number that nobody has is possible all the same."""
    assert Api().made("createPhoneNumber", {"phoneNumber": number})["countryCode"] == code


@pytest.mark.parametrize(
    "odd", ["{id}", "{", "}", "%s", "$id", "${id}", "\\1", "\\g<0>", "'", '"', ".*", "a b", "é", "a/b", "%2F", "?", "#"]
)
def test_values_are_never_interpreted(odd: str) -> None:
    """Whatever a value holds, the message shows it as it was sent."""
    api = Api()
    shown = api("GetPhoneNumberByNumber", phoneNumber=odd).json()["message"]
    assert shown == f"Could not find phone number '{odd}'"
    api.made("createCustomer", {"id": odd})
    assert api("createCustomer", {"id": odd}).json()["message"] == f"Customer with id '{odd}' already exists"
    assert api.made("getCustomer", customerId=odd)["id"] == odd


def test_rendering_is_one_pass() -> None:
    """A placeholder within a value stays what it is."""
    assert render("{a} {b}s", {"a": "{b}", "b": "x"}) == "{b} xs"


def test_a_lone_surrogate_breaks_nothing() -> None:
    """JSON can bear what UTF-8 cannot; the answer escapes it."""
    api = Api()
    made = api("createSipTrunk", raw=b'{"hostName":"' + fresh().encode() + b'","name":"\\ud800"}')
    assert made.json()["name"] == "\ud800"


def test_moments_are_written_in_utc() -> None:
    """What the API writes is what it takes."""
    first = Api().made_list("findCalls", "calls", {})[0]
    assert moment.is_timestamp(first["createTime"])
    assert first["createTime"].endswith("Z")
