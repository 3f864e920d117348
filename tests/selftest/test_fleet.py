"""A fleet on paper: what its file may say, who runs what, what may be sent, and what becomes of a job."""

from __future__ import annotations

import contextlib
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.blame import Mistake
from contracts.case import Verdict
from contracts.fleet import allowance, credential, listing
from contracts.fleet.__main__ import REFUSED, main
from contracts.fleet.allowance import most_at_once, shares
from contracts.fleet.assignment import assigned
from contracts.fleet.errand import errands
from contracts.fleet.file import Fleet, Limits, Member, load, parsed, schema
from contracts.fleet.outcome import Ended, exit_status, judged
from contracts.fleet.unit import Unit, dealt, slug, units
from contracts.profile import load_profile
from contracts.run.options import Options, options_of
from contracts.run.shard import Shard
from tests.selftest.runs import ROOT
from tests.selftest.schema_files import complaints

FLEETS = ROOT / "contracts" / "fleets"
NAME = 'name = "n"\n'
ONE = NAME + '[[target]]\nid = "a"\nbase_url = "http://127.0.0.1:1"\n'
SECRET = "S3cr3t-of-somebody"
TELLING = {"EU_KEY": SECRET, "EU_SECRET": f"{SECRET}-2", "US_KEY": f"{SECRET}-3", "US_SECRET": f"{SECRET}-4"}


def fleet(*members: Member, **facts: Any) -> Fleet:
    """A fleet of these members."""
    return Fleet("n", members, **facts)


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_example_shows_every_key() -> None:
    """It is valid as it stands, and a reader finds all that can be said of a fleet and of a target."""
    facts = tomllib.loads((FLEETS / "example.toml").read_text("utf-8"))
    target = schema()["$defs"]["target"]["properties"]
    assert complaints("fleet.schema.json", facts) == []
    assert facts.keys() == schema()["properties"].keys()
    assert facts["target"][0].keys() == target.keys()
    assert facts["target"][0]["credentials"].keys() == target["credentials"]["properties"].keys() == set(credential.READ)
    assert [member.id for member in load(FLEETS / "example.toml").members] == ["eu-staging", "us-staging"]


def test_the_fleet_of_sandboxes_stays_on_this_machine() -> None:
    """Ten targets, each with a path of its own, where `contracts.mutation.sandboxes` puts them."""
    members = load(FLEETS / "sandboxes.toml").members
    assert [member.base_url for member in members] == [f"http://127.0.0.1:8700/{number}" for number in range(1, 11)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names no target"),
        (NAME, "names no target"),
        (NAME + "target = []", "names no target"),
        ('[[target]]\nid = "a"', "'name' is missing"),
        (NAME + "[[target]]\nparts = 2", "target 1: 'id' is missing"),
        (NAME + "at_onse = 2\n[[target]]\nid = 'a'", "unknown key 'at_onse': did you mean 'at_once'?"),
        (ONE + "region = 'eu'", "target 1 ('a'): unknown key 'region': allowed here: base_url,"),
        (ONE + "key_secret = 's3cr3t'", "target 1 ('a'): unknown key 'key_secret'"),
        (ONE + "credentials = { SINCH_KEY = 'A_B' }", "unknown key 'credentials.SINCH_KEY': did you mean 'SINCH_KEY_ID'?"),
        (ONE + "parts = 0", "target 1 ('a'): 'parts': 0 is less than the minimum of 1"),
        (ONE + "max_in_flight = 0", "'max_in_flight': 0 is less"),
        (ONE + "rate = 0", "'rate': 0 is less"),
        (ONE + "rate = inf", "target 'a': 'rate': give requests a second"),
        (ONE + "labels = { region = 1 }", "'labels.region': 1 is not of type 'string'"),
        (NAME + "at_once = 0\n[[target]]\nid = 'a'", "'at_once': 0 is less than the minimum of 1"),
        (NAME + "rate = nan\n[[target]]\nid = 'a'", "'rate': give requests a second"),
        (ONE + '[[target]]\nid = "a"', "two targets have the id 'a'"),
        (NAME + '[[target]]\nid = "EU"\n[[target]]\nid = "Eu"', "two targets have the id 'EU'"),
        (NAME + '[[target]]\nid = "sandbox"', "the id 'sandbox' is the embedded sandbox's alone"),
        (NAME + '[[target]]\nid = "a\\u001b[2J"', "is no id of a target"),
        (NAME + f'[[target]]\nid = "{"a" * 101}"', "is no id of a target"),
        (NAME + "[[target]]\nid = 'a'\nbase_url = 'example.com'", "target 'a': 'example.com' is no base URL"),
        (NAME + "[[target", "it is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_it(text: str, told: str) -> None:
    """Which target, which key, and what to write in its place."""
    with pytest.raises(Mistake) as caught:
        parsed(text, Path())
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (f"max_requests = {'9' * 5000}", "it is not TOML"),
        (f"labels = {'[' * 5000}{']' * 5000}", "it is not TOML"),
        (f"rate = 1{'0' * 400}", "target 'a': 'rate': give requests a second"),
        ('version = "a\\u0000b"', "target 1 ('a'): 'version': 'a\\x00b' does not match"),
    ],
    ids=["digits", "depth", "more-than-a-float", "no-argument"],
)
def test_no_file_ends_in_a_traceback(more: str, told: str) -> None:
    """Whatever Python cannot make of a number, a depth or a text."""
    with pytest.raises(Mistake, match=re.escape(told)):
        parsed(ONE + more, Path())


@pytest.mark.parametrize("value", [f'"{SECRET}"', f'["{SECRET}"]', '"01HA9BRJW4J3QE4WBKVC337V4E"', '"sk_live_1"'])
def test_a_secret_in_the_place_of_a_name_is_not_repeated(value: str) -> None:
    """What is no name of a variable, in capitals, is taken for a secret."""
    with pytest.raises(Mistake, match=r"'credentials\.SINCH_KEY_SECRET': write the name of an environment variable") as caught:
        parsed(ONE + f"credentials = {{ SINCH_KEY_SECRET = {value} }}", Path())
    assert value.strip('[]"') not in str(caught.value)


@pytest.mark.parametrize("more", [f'credentials = {{ "{SECRET}" = "SINCH_KEY_SECRET" }}', f'base_url = "http://a/?key={SECRET}"'])
def test_a_secret_in_a_strange_place_is_not_repeated(more: str) -> None:
    """Where name and value were exchanged, or an address bears what it must not."""
    with pytest.raises(Mistake, match=r"'credentials'|has a query") as caught:
        parsed(NAME + f'[[target]]\nid = "a"\n{more}', Path())
    assert SECRET not in str(caught.value)


def test_a_whole_number_may_have_a_point() -> None:
    """As schemas have it; it is passed on as a run takes it."""
    found = parsed(ONE.replace("[[", "at_once = 2.0\n[[") + "parts = 3.0\nmax_requests = 90.0", Path())
    told = (found.at_once, found.members[0].parts, *allowance.options(found.members[0].limits))
    assert list(map(str, told)) == ["2", "3", "--max-requests", "90"]


@pytest.mark.parametrize(("name", "shown"), [("EU_KEY_ID", True), ("ABCDEFGHJKMNPQRS", False)])
def test_a_variable_that_is_not_set_is_named_where_it_is_a_name_beyond_doubt(name: str, *, shown: bool) -> None:
    """Capitals without a line between them may be a key as well."""
    with pytest.raises(Mistake, match=r"credentials\.SINCH_KEY_ID: .* is not set") as caught:
        credential.check(Member("a", credentials={"SINCH_KEY_ID": name}), {name: ""})
    assert (name in str(caught.value)) is shown


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * (4 * 1024 * 1024 + 1)], ids=["none", "no-text", "too-long"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, content: bytes | None) -> None:
    """One line names it."""
    path = tmp_path / "fleet.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Mistake, match=re.escape(str(path))):
        load(path)


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path) -> None:
    """A profile's name stays one."""
    text = NAME + '[[target]]\nid = "a"\nprofile = "eu.toml"\n[[target]]\nid = "b"\nprofile = "staging"'
    assert [member.profile for member in parsed(text, tmp_path).members] == [str(tmp_path / "eu.toml"), "staging"]


def test_a_path_stays_one_beside_the_file() -> None:
    """What is no bare name, and has no ending, is a path in this folder as well: another profile may have that name."""
    assert parsed(ONE + 'profile = "./staging"', Path()).members[0].profile == "./staging"


@pytest.mark.parametrize("named", ["a\0.toml", "deep.toml"])
def test_a_profile_that_cannot_be_read_is_a_mistake(tmp_path: Path, named: str) -> None:
    """Whatever its name, or what is in it."""
    (tmp_path / "deep.toml").write_text(f"a = {'[' * 5000}{']' * 5000}")
    with pytest.raises(Mistake, match=r"cannot be read|is not TOML"):
        load_profile(str(tmp_path / named))


@pytest.mark.parametrize(
    ("more", "one"),
    [
        ("", True),
        ('version = "2"', True),
        ('profile = "sandbox"', False),
        ('credentials = { SINCH_KEY_ID = "A_KEY", SINCH_KEY_SECRET = "A_KEY", SINCH_PROJECT_ID = "A_PROJECT" }', False),
    ],
)
def test_a_target_under_two_ids_is_a_mistake(more: str, *, one: bool) -> None:
    """It would be sent twice what it may be sent; other credentials, or another profile, make another target of an address."""
    found = parsed(f'{ONE}[[target]]\nid = "b"\nbase_url = "http://127.0.0.1:1/"\n{more}', Path())
    refused = pytest.raises(Mistake, match="targets 'a' and 'b' are one") if one else contextlib.nullcontext()
    with refused:
        assigned(found, Shard(1, 1), {}, sending=False)


# --- units and jobs --------------------------------------------------------------------------------------------------

MEMBERS = st.lists(st.integers(1, 5), min_size=1, max_size=12).map(
    lambda parts: tuple(Member(f"t{number}", parts=count) for number, count in enumerate(parts))
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine may be busy with others' tests
@given(MEMBERS, st.integers(1, 9))
def test_every_unit_has_one_job(members: tuple[Member, ...], jobs: int) -> None:
    """None is left out and none is run twice, and jobs differ by no more than the unit that costs most."""
    of_all = units(fleet(*members))
    found = dealt(of_all, jobs)
    assert len(found) == jobs
    assert sorted((unit for job in found for unit in job), key=of_all.index) == list(of_all)
    cost = [sum(1 / unit.of for unit in job) for job in found]
    assert max(cost) - min(cost) <= max(1 / unit.of for unit in of_all) + 1e-9
    assert dealt(of_all, jobs) == found


@pytest.mark.parametrize(
    "name", ["fleet.json", "report.html", "a.2-of-4", "../up", "a/b", "a b", ".", "..", "é", "-n", "x" * 99, "a."]
)
def test_a_folder_is_called_like_nothing_else(name: str) -> None:
    """An id that is no name for a folder, or is another's, gets a digest; whatever it is, it leads nowhere else."""
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*-[0-9a-f]{8}", slug(name))
    assert slug(name) != slug(name + "!")


def test_a_folder_tells_its_target_and_part() -> None:
    """Ids that are fit for a folder are kept."""
    assert [Unit("eu-1.4.0").folder, Unit("api.example.com", 2, 4).folder] == ["eu-1.4.0", "api.example.com.2-of-4"]


# --- what may be sent ------------------------------------------------------------------------------------------------

REQUESTS = st.none() | st.integers(1, 10_000)
RATE = st.none() | st.floats(0.001, 1000)
LIMITS = st.builds(Limits, REQUESTS, RATE, REQUESTS, REQUESTS)


@given(MEMBERS, LIMITS, st.lists(LIMITS, min_size=12, max_size=12), st.integers(1, 6), st.integers(1, 4))
def test_no_more_is_sent_than_may_be(
    members: tuple[Member, ...], in_all: Limits, own: list[Limits], jobs: int, at_once: int
) -> None:
    """Whichever units run at once: their shares come to no more than all may be sent, nor those of a target to more than it may."""
    of_all = units(fleet(*members))
    deal = dealt(of_all, jobs)
    running = most_at_once([len(job) for job in deal], at_once)
    try:
        allowed = {
            member.id: shares(in_all, limits, parts=member.parts, units=len(of_all), running=running)
            for member, limits in zip(members, own, strict=False)
        }
    except Mistake:
        return  # there is less than one request for each: nothing runs
    for member, limits in zip(members, own, strict=False):
        for name in ("max_requests", "rate", "max_in_flight"):
            most, share = getattr(limits, name), getattr(allowed[member.id], name)
            assert most is None or 0 < share * member.parts <= most * (1 + 1e-12)
    for name in ("rate", "max_in_flight"):
        worst = [sorted((getattr(allowed[unit.target], name) or 0 for unit in job), reverse=True)[:at_once] for job in deal]
        assert getattr(in_all, name) is None or sum(map(sum, worst)) <= getattr(in_all, name) * (1 + 1e-12)
    spent = sum(allowed[unit.target].max_requests or 0 for unit in of_all)
    assert in_all.max_requests is None or spent <= in_all.max_requests


def test_the_smaller_share_counts() -> None:
    """Of what all may be sent, by what runs; and of what the target may be sent, by its parts."""
    in_all, own = (
        Limits(max_requests=1000, rate=10, max_in_flight=40),
        Limits(max_requests=90, rate=6, max_in_flight=64, concurrency=9),
    )
    found = shares(in_all, own, parts=2, units=10, running=4)
    assert found == Limits(max_requests=45, rate=2.5, max_in_flight=10, concurrency=4)
    assert allowance.told(found) == "at most 45 requests, 2.5 a second, 10 in flight, 4 cases at once"


@pytest.mark.parametrize(
    ("in_all", "told"),
    [
        (Limits(max_requests=9), "'max_requests': 9 cannot be shared by 10 units"),
        (Limits(max_in_flight=3), "'max_in_flight': 3 cannot be shared by 4 units"),
        (Limits(rate=1e-5), "'rate': shared by all that run at once, it is less than one request a day"),
    ],
)
def test_a_share_of_nothing_is_a_mistake(in_all: Limits, told: str) -> None:
    """Nobody is sent on a run that may send nothing, or that would send more than it may."""
    with pytest.raises(Mistake, match=re.escape(told)):
        shares(in_all, Limits(), parts=1, units=10, running=4)


@given(LIMITS)
def test_a_run_understands_what_it_may_send(limits: Limits) -> None:
    """The options say the same as the allowance; a rate is never rounded up."""
    said = allowance.options(limits)
    asked = dict(zip([name[2:].replace("-", "_") for name in said[::2]], said[1::2], strict=True))
    found = options_of(lambda name: asked.get(name, Options.__dataclass_fields__[name].default))
    assert (found.max_requests, found.max_in_flight, found.concurrency) == (
        limits.max_requests,
        limits.max_in_flight,
        limits.concurrency,
    )
    assert (found.rate is None) is (limits.rate is None)
    assert found.rate is None or limits.rate is None or abs(found.rate - limits.rate) <= 1e-6


# --- credentials -----------------------------------------------------------------------------------------------------

EU = Member("eu", base_url="http://127.0.0.1:1/eu", credentials={"SINCH_KEY_ID": "EU_KEY", "SINCH_KEY_SECRET": "EU_SECRET"})
US = Member("us", base_url="http://127.0.0.1:1/us", credentials={"SINCH_KEY_ID": "US_KEY", "SINCH_KEY_SECRET": "US_SECRET"})
OWN = Member("own", base_url="http://127.0.0.1:1/own")
JOB = {
    **TELLING,
    "PATH": "/bin",
    "SINCH_PROJECT_ID": "p",
    "SINCH_KEY_ID": "k",
    "SINCH_KEY_SECRET": "s",
    "PYTEST_BASE_URL": "http://x",
}


def test_a_process_has_the_credentials_of_its_own_target_alone() -> None:
    """Under the names that a run reads; what its target does not name is not there, and an address never is."""
    members = (EU, US, OWN)
    found = [credential.environment(member, members, JOB) for member in members]
    assert found[0] == {"PATH": "/bin", "SINCH_KEY_ID": TELLING["EU_KEY"], "SINCH_KEY_SECRET": TELLING["EU_SECRET"]}
    assert found[1] == {"PATH": "/bin", "SINCH_KEY_ID": TELLING["US_KEY"], "SINCH_KEY_SECRET": TELLING["US_SECRET"]}
    assert found[2] == {"PATH": "/bin", "SINCH_PROJECT_ID": "p", "SINCH_KEY_ID": "k", "SINCH_KEY_SECRET": "s"}


def test_no_command_bears_a_secret() -> None:
    """What a machine's other users can read of a process says who is tested, and not by whom."""
    lent = JOB | {"SINCH_PROJECT_ID": "p"}
    both = fleet(
        *(
            Member(one.id, base_url=one.base_url, credentials={**one.credentials, "SINCH_PROJECT_ID": "SINCH_PROJECT_ID"})
            for one in (EU, US)
        )
    )
    for errand in errands(assigned(both, Shard(1, 1), lent), Path("r"), [], lent):
        assert not [value for value in TELLING.values() if value in " ".join(errand.command)]
        assert SECRET not in repr(errand)
        assert f"--target-id={errand.unit.target}" in errand.command


# --- what becomes of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "own", "stopped", "verdict", "reason"),
    [
        (0, Verdict.PASS, False, Verdict.PASS, ""),
        (1, Verdict.FAIL, False, Verdict.FAIL, ""),
        (3, Verdict.ERROR, False, Verdict.ERROR, ""),
        (6, Verdict.INCONCLUSIVE, True, Verdict.INCONCLUSIVE, ""),
        (2, Verdict.INCONCLUSIVE, True, Verdict.INCONCLUSIVE, "it was stopped"),
        (2, Verdict.FAIL, True, Verdict.FAIL, "it was stopped"),
        (2, None, True, Verdict.INCONCLUSIVE, "it was stopped"),
        (-9, None, False, Verdict.INCONCLUSIVE, "it was ended by SIGKILL"),
        (-9, Verdict.PASS, False, Verdict.INCONCLUSIVE, "it was ended by SIGKILL"),
        (0, None, False, Verdict.ERROR, "it ended with status 0, and left no results: see its output.txt"),
        (4, None, False, Verdict.ERROR, "it ended with status 4, and left no results: see its output.txt"),
        (3, Verdict.PASS, False, Verdict.ERROR, "it ended with status 3: see its output.txt"),
    ],
)
def test_a_unit_comes_to_what_its_results_and_its_end_say(
    status: int, own: Verdict | None, verdict: Verdict, reason: str, *, stopped: bool
) -> None:
    """Nothing that ended otherwise than its results say is a pass."""
    assert judged(status, own, stopped=stopped) == (verdict, reason)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [("", 0), ("p", 0), ("pi", 6), ("pie", 3), ("pief", 1), ("fe", 1)],
)
def test_a_job_ends_as_the_worst_of_its_units(verdicts: str, status: int) -> None:
    """In the order of results.md."""
    known = {"p": Verdict.PASS, "f": Verdict.FAIL, "e": Verdict.ERROR, "i": Verdict.INCONCLUSIVE}
    assert exit_status([Ended(Unit("a"), 0, known[letter]) for letter in verdicts]) == status


def test_a_unit_is_told_with_the_reason_of_its_verdict() -> None:
    """Whoever reads a pipeline's log has no page; what went wrong outside of the run comes first."""
    failed = Ended(Unit("a"), 1, Verdict.FAIL, 1.0, 9, why="404-acl-id")
    assert listing.ended(failed)[0] == "fail          a, 1.0 s, 9 requests: 404-acl-id"
    assert listing.ended(replace(failed, reason="it was stopped"))[0].endswith(": it was stopped")


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_option_that_is_not_a_fleets_is_refused_with_the_reason(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file says, what the merge judges, and what would leave cases out."""
    assert main(["fleet.toml", f"{name}=x" if name.startswith("--") else name]) == 4
    assert capsys.readouterr().err == f"{name}: {REFUSED[name]}\n"


@pytest.mark.parametrize("said", ["-q -x", "--max-requests=9", "'--base-url' http://x", "'"])
def test_a_variable_does_not_bring_what_is_refused(
    said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run would take its options from there, and a pass would be one of fewer cases, or of another target."""
    monkeypatch.setenv("PYTEST_ADDOPTS", said)
    assert main([str(FLEETS / "sandboxes.toml"), "--plan"]) == 4
    assert re.match(r"PYTEST_ADDOPTS: (-x|--max-requests|--base-url|No closing quotation): ", capsys.readouterr().err)


def test_where_no_plan_is_found_nothing_is_dealt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As in another folder than the suite's: one line, and the status of a mistake."""

    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'tests'")

    monkeypatch.setattr("contracts.fleet.assignment.plan", missing)
    assert main([str(FLEETS / "sandboxes.toml"), "--plan"]) == 4
    assert "stand in the suite's own folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--shard", "5/4"], "--shard 5/4"),
        (["--depth", "deep"], "--depth deep"),
        (["--seed", "x"], "--seed x"),
        (["--gate", "no-new"], "python -m contracts.merge"),
        (["--odd"], "--odd: a fleet has no such option"),
    ],
)
def test_an_option_that_says_nothing_sensible_is_a_mistake(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and the status of a mistake."""
    assert main([str(FLEETS / "sandboxes.toml"), *arguments]) == 4
    assert told in capsys.readouterr().err
