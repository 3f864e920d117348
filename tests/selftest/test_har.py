"""run.har: HAR 1.2 that other readers read, with all exchanges in the order of time, and no secret in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from haralyzer import HarParser
from jsonschema import Draft6Validator
from referencing import Registry, Resource

from contracts.blame import Mistake
from contracts.case import Verdict
from contracts.evidence import Evidence, case_evidence
from contracts.exchange import Exchange, Failure
from contracts.origin import Origin
from contracts.report import files, har
from contracts.report.files import Finished
from contracts.sandbox import Sandbox
from contracts.traffic import Traffic
from contracts.transport.veil import Veil
from tests.selftest import browser as chromium
from tests.selftest.exchanges import JSON, exchange
from tests.selftest.packaged import node_modules
from tests.selftest.recordings import Recorded, documented, recorded
from tests.selftest.results_at_hand import built, result
from tests.selftest.runs import contract, copied
from tests.selftest.served import served

ORIGIN = Origin("20260101t000000-abcd", "sandbox", "http://127.0.0.1:1", "own", fault_header=("X", "1"), paths={"getProject": None})
PLAIN = '''
@controls("404-trunk-id", by="getSipTrunks", variant="one")
def good(world: World) -> None:
    """Passes."""
    world.accepted(api.getSipTrunks())
'''
BLIND = """
from contracts.traffic import Traffic

Traffic.add = lambda *_: None
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A case of each row and kind, on a sandbox."""
    with served(Sandbox()) as client:
        return recorded(client, tmp_path_factory.mktemp("run"), documented())


def one(folder: Path, each: Exchange) -> dict[str, Any]:
    """The entry of an exchange."""
    traffic = Traffic(folder, "gw0")
    traffic.add("a/case", [each], [each], Veil())
    traffic.close()
    (entry,) = har.entries(har.write(ORIGIN, folder, folder))
    return entry


def test_another_reader_reads_it(run: Recorded) -> None:
    """haralyzer, which keeps to HAR 1.2, finds every request, in the order of time, with its status and its answer."""
    (page,) = HarParser(json.loads(run.har.read_bytes())).pages  # of those that name none
    assert len(page.entries) == sum(each.requests for each in run.results.values())
    assert {"GET", "POST", "PUT", "DELETE"} == {entry.request.method for entry in page.entries}
    moments = [entry.startTime for entry in page.entries]
    assert moments == sorted(moments)
    refused = [entry.response.text for entry in page.entries if entry.response.status == 404]
    assert refused
    assert all(json.loads(text)["code"] == 404 for text in refused)


def test_a_browser_plays_it_back(run: Recorded) -> None:
    """Playwright answers a real Chromium from it, though the server is gone: with the status and body that came then."""
    read = [entry for entry in har.entries(run.har) if entry["request"]["method"] == "GET"]
    wanted = [next(entry for entry in read if entry["response"]["status"] == status) for status in (200, 404)]
    with chromium.opened() as browser:
        context = browser.new_context()
        context.route_from_har(run.har, not_found="abort")
        for entry in wanted:
            first = next(one for one in read if one["request"]["url"] == entry["request"]["url"])  # which a player takes
            answer = context.new_page().goto(entry["request"]["url"])
            assert answer is not None
            assert (answer.status, answer.text()) == (first["response"]["status"], first["response"]["content"]["text"])


def test_it_keeps_to_the_schema_of_har(run: Recorded, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The one that the readers of other languages are tried on."""
    schemas = node_modules(tmp_path_factory.mktemp("node"), "har-schema@2.0.0") / "har-schema" / "lib"
    read = {path.name: json.loads(path.read_bytes()) for path in schemas.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources((name, Resource.from_contents(each)) for name, each in read.items())
    validator = Draft6Validator(read["har.json"], registry=registry)
    document = json.loads(run.har.read_bytes())
    assert [error.message for error in validator.iter_errors(document)] == []
    document["log"]["entries"][0]["request"]["queryString"] = None
    assert list(validator.iter_errors(document))


def test_an_entry_says_whose_it_is(run: Recorded) -> None:
    """The case, the operation, the worker and whether it was judged; for people in its comment, for a replay beside it."""
    entry = next(each for each in har.entries(run.har) if each["request"]["_contract"]["judged"])
    contract = entry["request"]["_contract"]
    assert entry["comment"] == f"{contract['case']}; {contract['operation']}; judged; gw0"
    assert entry["request"]["url"].startswith("http://127.0.0.1:")


def test_a_query_is_told_in_pieces(tmp_path: Path) -> None:
    """Decoded, also where a value is empty."""
    entry = one(tmp_path, exchange(200, {}, url="http://127.0.0.1/x?a=%2B1%20&b="))
    assert entry["request"]["queryString"] == [{"name": "a", "value": "+1 "}, {"name": "b", "value": ""}]


def test_a_failure_has_no_status(tmp_path: Path) -> None:
    """0, as browsers write it, and the reason."""
    entry = one(tmp_path, replace(exchange(200, {}), response=None, failure=Failure.TLS, reason="no trust"))
    answer = entry["response"]
    assert (answer["status"], answer["_error"], answer["comment"]) == (0, "TLS failed: no trust", "TLS failed: no trust")
    assert answer["content"] == {"size": 0, "mimeType": "x-unknown"}


def test_a_body_that_is_no_text_is_in_base64(tmp_path: Path) -> None:
    """And says so."""
    content = one(tmp_path, exchange(200, b"\xff\xfe"))["response"]["content"]
    assert content == {"size": 2, "mimeType": "application/json", "text": "//4=", "encoding": "base64"}


def test_a_redirect_names_its_place(tmp_path: Path) -> None:
    """And a status that HTTP does not know has no phrase."""
    entry = one(tmp_path, exchange(399, b"", headers=(*JSON, ("Location", "/there"))))
    assert (entry["response"]["redirectURL"], entry["response"]["statusText"]) == ("/there", "")


@pytest.mark.parametrize("piece", [7, 64, 1000])
def test_it_is_read_an_entry_at_a_time(run: Recorded, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a piece of the file ends; and however somebody has it formatted since."""
    few = json.loads(run.har.read_bytes())
    few["log"]["entries"] = few["log"]["entries"][:3]
    other = run.har.with_name("other.har")
    monkeypatch.setattr(har, "PIECE", piece)
    for layout in (None, 1):
        other.write_text(json.dumps(few, indent=layout), encoding="utf-8")
        monkeypatch.setattr(har, "PIECE", max(piece, other.read_text("utf-8").index('"entries"') + 20))
        assert list(har.entries(other)) == few["log"]["entries"]
    other.write_text(json.dumps(few)[:-30], encoding="utf-8")
    with pytest.raises(Mistake, match="breaks off"):
        list(har.entries(other))


def test_it_says_where_it_comes_from(tmp_path: Path) -> None:
    """For a replay: the run, its projects, what was lent, and which paths were renamed."""
    assert har.origins_of(har.write(ORIGIN, tmp_path, tmp_path)) == (ORIGIN,)


@pytest.mark.parametrize("content", ["", "{}", "\xff", '{"log": {"comment": "{}", "entries": []}}', '{"log": {"comment": "x"}}'])
def test_what_is_none_of_ours_is_a_mistake(tmp_path: Path, content: str) -> None:
    """In one line that says what to name."""
    (tmp_path / "x.har").write_text(content, encoding="latin-1")
    with pytest.raises(Mistake, match=r"name a run's folder, or its run\.har$"):
        har.origins_of(tmp_path / "x.har")


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where that fails, the old one stays, and nothing beside it."""
    (tmp_path / "run.har").write_text("old", encoding="utf-8")
    (tmp_path / "gw0.jsonl").write_text('{"started":1.0,"case":"a","worker":"gw0","exchanges":[{}]}\n', encoding="utf-8")
    with pytest.raises(KeyError):
        har.write(ORIGIN, tmp_path, tmp_path)
    assert (tmp_path / "run.har").read_text("utf-8") == "old"
    assert not (tmp_path / "run.har.part").exists()


def test_a_disk_that_is_full_costs_no_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is told in a line."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(har, "write", full)
    told = files.write(Finished(built(), Evidence(), tmp_path, ORIGIN, {}), tmp_path)
    assert told == ["run.har could not be written: No space left on device"]
    assert (tmp_path / "results.json").exists()


def test_cases_of_which_nothing_tells_are_counted_and_named(tmp_path: Path) -> None:
    """Those that sent something."""
    evidence = Evidence()
    evidence.add(case_evidence(result(Verdict.PASS)))
    (told,) = files.write(Finished(built(), evidence, tmp_path, ORIGIN, {}), tmp_path)
    name = result(Verdict.PASS).case.id
    assert told == f"1 of 1 cases are missing in run.har, what it sent could not be kept on disk: {name}"


def test_a_run_leaves_its_har_and_says_what_is_missing_in_it(tmp_path: Path) -> None:
    """Its verdicts are none the worse."""
    whole = contract(tmp_path / "whole", "--only-documented", root=copied(tmp_path / "a", plain=PLAIN))
    assert (whole.status, "missing in run.har" in whole.out) == (0, False)
    entries = list(har.entries(whole.folder / "run.har"))
    assert [each["request"]["_contract"]["case"] for each in entries] == ["acquaintance", "404-trunk-id/getSipTrunks/one"]
    assert har.origins_of(whole.folder / "run.har")[0].run == whole.results["run"]["id"]
    blind = contract(tmp_path / "blind", "--only-documented", root=copied(tmp_path / "b", plain=BLIND + PLAIN))
    assert (blind.status, blind.verdicts) == (0, whole.verdicts)
    assert (
        "1 of 1 cases are missing in run.har, what it sent could not be kept on disk: 404-trunk-id/getSipTrunks/one" in blind.said
    )
