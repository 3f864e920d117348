"""The target: options, environment and profile make it, and every mistake is told in one line that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.blame import Mistake
from contracts.catalogue import NOUNS
from contracts.operation import operations
from contracts.profile import load_profile, profile_path
from contracts.profile import schema as profile_schema
from contracts.target import PATIENCE, Auth, Target, Timeouts, checked_url, resolve
from contracts.transport.guard import is_loopback

LOCAL = "http://127.0.0.1:8080"
REMOTE = "https://trunking.example.invalid"
KEY = {"SINCH_KEY_ID": "key-id", "SINCH_KEY_SECRET": "key-secret"}
FULL = {**KEY, "SINCH_PROJECT_ID": "project-of-the-environment"}
UNPUBLISHED = {operation.name for operation in operations().values() if not operation.published}


def profile(folder: Path, text: str) -> str:
    """A profile file with this text."""
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def made(base_url: str | None, profile_file: str | None = None, environment: dict[str, str] | None = None) -> Target:
    """The target that these describe, which must be one."""
    target = resolve(base_url, profile_file, FULL if environment is None else environment)
    assert target
    return target


def mistake(*arguments: Any) -> str:
    """The one line in which a mistake is told."""
    with pytest.raises(Mistake) as raised:
        resolve(*arguments)
    line = str(raised.value)
    assert line
    assert "\n" not in line
    return line


# -- where --------------------------------------------------------------------------------------------------------------------


def test_without_an_address_there_is_no_target() -> None:
    """Then it is the embedded sandbox, whatever else the environment names."""
    assert resolve(None, None, {}) is None
    assert resolve(None, None, FULL) is None
    assert resolve(None, None, {"PYTEST_BASE_URL": ""}) is None


def test_an_address_alone_is_enough_on_this_machine() -> None:
    """Everything else has a default."""
    target = made(LOCAL)
    assert target == Target("127.0.0.1:8080", LOCAL, "project-of-the-environment", "key-id", "key-secret")
    assert target.loopback
    assert all(target.offers(operation) == (operation.method, operation.path) for operation in operations().values())


@pytest.mark.parametrize("given", [LOCAL + "/", LOCAL + "//", "http://localhost:80/api/", "http://[::1]:80"])
def test_an_address_loses_its_trailing_slash_alone(given: str) -> None:
    """A path in the base URL stays."""
    assert made(given).base_url == given.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "localhost",
        "//127.0.0.1",
        "ftp://127.0.0.1",
        "http://",
        "http://:80",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:http",
        "http://[::1",
        "http://127.0.0.1 /",
        "http://127.0.0.1\n",
        "http://two words.invalid",
        "http://" + "a" * 70_000,
    ],
    ids=lambda url: url[:30].replace("\n", "-") or "empty",
)
def test_what_is_no_address_is_a_mistake(url: str) -> None:
    """The line shows how one is written. An empty option is one too: some variable was not set."""
    assert "is no base URL" in mistake(url, None, FULL)


@pytest.mark.parametrize("url", ["http://key:hidden@127.0.0.1", "http://127.0.0.1\\@x.invalid", "http://key:hidden@[::1"])
def test_an_address_with_credentials_is_a_mistake_that_does_not_repeat_them(url: str) -> None:
    """They belong into the environment."""
    line = mistake(url, None, FULL)
    assert "take them out" in line
    assert "hidden" not in line


@pytest.mark.parametrize("url", [LOCAL + "/?a=b", LOCAL + "/#part"])
def test_an_address_with_a_query_is_a_mistake(url: str) -> None:
    """Paths are put behind it."""
    assert "give the address alone" in mistake(url, None, FULL)


def test_the_option_wins_over_the_environment_and_that_over_the_profile(tmp_path: Path) -> None:
    """For the address; and the environment over the profile for projects."""
    file = profile(tmp_path, 'base_url = "http://127.0.0.1:1"\nproject_id = "p"\n[foreign_project]\nid = "f"')
    environment = {**FULL, "PYTEST_BASE_URL": "http://127.0.0.1:2", "SINCH_FOREIGN_PROJECT_ID": "g"}
    assert made("http://127.0.0.1:3", file, environment).base_url == "http://127.0.0.1:3"
    assert made(None, file, environment).base_url == "http://127.0.0.1:2"
    assert made(None, file, KEY).base_url == "http://127.0.0.1:1"
    projects = [(t.project, t.foreign_project) for t in (made(None, file, environment), made(None, file, KEY))]
    assert projects == [("project-of-the-environment", "g"), ("p", "f")]


# -- who, and what is allowed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [["SINCH_PROJECT_ID"], ["SINCH_KEY_ID"], ["SINCH_KEY_ID", "SINCH_KEY_SECRET"], sorted(FULL)])
def test_missing_credentials_are_named_all_at_once(missing: list[str]) -> None:
    """One look is enough to know what to set; an empty variable is a missing one."""
    line = mistake(LOCAL, None, FULL | dict.fromkeys(missing, ""))
    assert all((name in line) == (name in missing) for name in FULL)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_this_machine_is_known_by_address_and_by_one_name(host: str) -> None:
    """Nothing is looked up."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.1", "192.0.2.1", "localhost.invalid", "127.0.0.1.invalid", "2130706433", ""])  # noqa: S104 - not bound
def test_what_only_looks_like_this_machine_is_not(host: str) -> None:
    """Where a name leads is not for us to guess."""
    assert not is_loopback(host)


def test_another_host_needs_a_profile() -> None:
    """Whoever tests a target that others share says so in a file."""
    assert "name a profile that allows it" in mistake(REMOTE, None, FULL)


def test_another_host_must_be_allowed_by_the_profile(tmp_path: Path) -> None:
    """By its name, whatever the case; the line says what to write."""
    assert 'allow = ["trunking.example.invalid"]' in mistake(REMOTE, profile(tmp_path, 'allow = ["other.invalid"]'), FULL)
    assert made(REMOTE, profile(tmp_path, 'allow = ["Trunking.Example.INVALID"]')).base_url == REMOTE


def test_the_key_goes_to_no_other_host_for_a_token(tmp_path: Path) -> None:
    """Where tokens come from must be allowed too."""
    auth = '\n[auth]\nkind = "oauth2"\ntoken_url = "https://auth.example.invalid/token"'
    assert "auth.example.invalid is not on this machine" in mistake(LOCAL, profile(tmp_path, auth), FULL)
    target = made(LOCAL, profile(tmp_path, 'allow = ["auth.example.invalid"]' + auth))
    assert target.auth == Auth("oauth2", "https://auth.example.invalid/token")


def test_a_secret_shows_in_no_representation() -> None:
    """Not of the target, and so in no traceback."""
    assert not any(secret in repr(made(LOCAL)) for secret in KEY.values())


# -- profiles -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", ["unknown key 'colour'", "base_url", "withdraw"]),
        ("[timeouts]\nforever = 1", ["unknown key 'timeouts.forever'", "connect, patience, read, total"]),
        ("[auth]\nkind = 'magic'", ["'auth.kind'", "basic", "oauth2"]),
        ("[auth]\ntoken_url = 'http://127.0.0.1'", ["'auth'", "kind"]),
        ("base_url = 1", ["'base_url'", "string"]),
        ("concurrency = 0", ["'concurrency'", "1"]),
        ("concurrency = true", ["'concurrency'", "integer"]),
        ("max_in_flight = 0", ["'max_in_flight'", "1"]),
        ("max_in_flight = true", ["'max_in_flight'", "integer"]),
        ("expendable_country = 'us'", ["'expendable_country'", "A-Z"]),
        ("[foreign_project]\nexpendable = true", ["'foreign_project'", "id"]),
        ("fault_injection = true", ["'fault_injection'", "False"]),
        ("[operations]\ncreateTrunk = false", ["unknown key 'operations.createTrunk'", "createPhoneNumber"]),
        ("[operations]\ngetSipTrunks = false", ["unknown key 'operations.getSipTrunks'"]),
        ("[operations]\ngetCall = { method = 'get' }", ["'operations.getCall.method'", "GET"]),
        ("[operations]\ngetCustomer = { path = '/c' }", ["'operations.getCustomer.path'", "{customerId}"]),
        ("[operations]\ngetCustomer = { path = '/{customer}' }", ["'operations.getCustomer.path'", "{customerId}"]),
        ("[nouns]\nTrunk = ['T']", ["unknown key 'nouns.Trunk'", "SIP Trunk"]),
        ("[[withdraw]]\ncase = 'x'", ["'withdraw.0'", "reason"]),
        ("key_secret = 's'", ["unknown key 'key_secret'"]),
        ("a =\nb = 1", ["is not TOML", "line 1"]),
        ("a = 1\na = 2", ["is not TOML"]),
    ],
)
def test_a_mistake_in_a_profile_names_file_and_key_and_what_is_allowed(tmp_path: Path, text: str, told: list[str]) -> None:
    """In one line."""
    file = profile(tmp_path, text)
    line = mistake(LOCAL, file, FULL)
    assert all(piece in line for piece in [file, *told]), line


def test_a_profile_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    """A name that nobody gave to one, a folder, bytes that are no text."""
    assert "the profiles here are" in mistake(LOCAL, "nobody", FULL)
    assert "example" in mistake(LOCAL, "nobody", FULL)
    assert "there is no profile" in mistake(LOCAL, str(tmp_path / "none.toml"), FULL)
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert "cannot be read" in mistake(LOCAL, str(folder), FULL)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert "cannot be read" in mistake(LOCAL, str(binary), FULL)


def test_a_profile_without_a_name_bears_that_of_its_file(tmp_path: Path) -> None:
    """Results of one target are filed together."""
    assert made(LOCAL, profile(tmp_path, "")).id == "mine"
    assert made(LOCAL, profile(tmp_path, 'id = "other"')).id == "other"


def test_operations_are_renamed_in_part_or_withdrawn(tmp_path: Path) -> None:
    """What the profile leaves out stays."""
    text = "[operations]\ngetCall = { method = 'POST' }\ncreateCustomer = { path = '/clients' }\ngetCustomer = false"
    target = made(LOCAL, profile(tmp_path, text))
    assert target.offers(operations()["getCall"]) == ("POST", operations()["getCall"].path)
    assert target.offers(operations()["createCustomer"]) == ("POST", "/clients")
    assert target.offers(operations()["getCustomer"]) is None
    assert target.offers(operations()["deleteCustomer"]) == ("DELETE", operations()["deleteCustomer"].path)


def test_nouns_are_added_to_the_documented_ones(tmp_path: Path) -> None:
    """They replace nothing."""
    target = made(LOCAL, profile(tmp_path, "[nouns]\n'SIP Trunk' = ['Leitung']"))
    assert target.nouns == {**NOUNS, "SIP Trunk": ("SIP Trunk", "Trunk", "Leitung")}


@pytest.mark.parametrize("case", ["404-trunk-id/getSipTrunkById/unissued", "404-trunk-id/getSipTrunkById", "404-trunk-id"])
def test_a_case_is_withdrawn_by_its_id_or_by_its_beginning(tmp_path: Path, case: str) -> None:
    """The beginning ends at a slash, so that no other row is meant by accident."""
    target = made(LOCAL, profile(tmp_path, f"[[withdraw]]\ncase = '{case}'\nreason = 'why'"))
    assert target.withdrawal("404-trunk-id/getSipTrunkById/unissued") == "why"
    assert target.withdrawal("404-trunk-id-2/getSipTrunkById/unissued") is None
    assert target.withdrawal("404-trunk-domain/getSipTrunkByDomain/unissued") is None


def test_fault_injection_is_a_header_or_nothing(tmp_path: Path) -> None:
    """On this machine it is there unless the profile says otherwise; elsewhere only if the profile names it."""
    remote = 'allow = ["trunking.example.invalid"]\n'
    named = "[fault_injection]\nheader = 'X-Break'\nvalue = '1'"
    assert made(LOCAL).fault_header == ("X-Fault-Inject", "500")
    assert made(LOCAL, profile(tmp_path, "fault_injection = false")).fault_header is None
    assert made(REMOTE, profile(tmp_path, remote)).fault_header is None
    assert made(REMOTE, profile(tmp_path, remote + named)).fault_header == ("X-Break", "1")


def test_the_example_shows_every_key(tmp_path: Path) -> None:
    """It is valid as it stands, leads nowhere, and a reader finds all that can be said."""
    facts, schema = load_profile("example"), profile_schema()["properties"]
    commented = {"ca_bundle"}, {"token_command"}  # what would need a file, or another kind of authorisation
    assert facts.keys() | commented[0] == schema.keys()
    assert facts["auth"].keys() | commented[1] == schema["auth"]["properties"].keys()
    text = profile_path("example").read_text("utf-8")
    assert all(f"\n# {name} = " in text for names in commented for name in names)
    for name in ("timeouts", "foreign_project", "disabled_project", "trunk_with_number", "nouns", "operations"):
        assert facts[name].keys() == schema[name]["properties"].keys()
    assert facts["operations"].keys() == UNPUBLISHED
    target = made(None, "example", KEY)
    assert (target.id, target.profile, target.base_url) == ("example", "example", REMOTE)
    assert target.timeouts == Timeouts(patience=PATIENCE)
    assert checked_url(target.base_url).endswith(".invalid")
    assert made(LOCAL, profile(tmp_path, "")).foreign_project is None
