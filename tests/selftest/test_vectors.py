"""The oracle's corpus: answers written by hand in `tests/vectors`, each with the findings that the specification asks for.

The sandbox had no part in them: what it never says, other servers do.
"""

from __future__ import annotations

import base64
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from contracts.call import api
from contracts.catalogue import row, rows
from contracts.exchange import Exchange, Request, Response
from contracts.finding import Rule
from contracts.operation import operations
from contracts.oracle import alike, judge, judge_stray
from contracts.run.embedded import ROOT
from contracts.template import Bound
from tests.selftest.exchanges import JSON, rules
from tests.selftest.schema_files import complaints, loaded

FILES = sorted((ROOT / "tests" / "vectors").glob("*.toml"))
HOST = "https://elastic-trunking.api.sinch.com"
DEFAULT = "getSipTrunkById"
FEWEST = 150
FEWEST_CONFORMING = 60
OTHERS = {
    *(Rule.STATE_CHANGED, Rule.STATE_UNEXPLAINED, Rule.ID_REUSED, Rule.RACE, Rule.CONTROL_REFUSED, Rule.ORDER),
    *(Rule.ACCEPTED_INVALID, Rule.REFUSED_VALID, Rule.SCHEMA),
}
"""Rules that no single answer breaks: conversations, races and generated tests find them."""
ADVISORY = " (advisory)"

Vector = dict[str, Any]


def vectors(path: Path) -> list[Vector]:
    """The vectors of a file."""
    found: list[Vector] = tomllib.loads(path.read_text(encoding="utf-8"))["vector"]
    return found


CORPUS = [vector for path in FILES for vector in vectors(path)]


def response(said: Vector) -> Response:
    """An answer as a vector writes it: its body as text or as bytes."""
    raw = bytes.fromhex(said["hex"]) if "hex" in said else base64.b64decode(said.get("base64", ""))
    body = said["body"].encode() if "body" in said else raw
    return Response(said["status"], tuple((name, value) for name, value in said.get("headers", JSON)), body)


def exchange(vector: Vector, said: Vector) -> Exchange:
    """The vector's request, with one of its answers."""
    operation = operations()[vector.get("operation", DEFAULT)]
    sent = vector.get("sent", {"sipTrunkId": "01HTRUNK"} if operation.name == DEFAULT else {})
    call = api[operation.name](**sent).under("own-project")
    path = operation.path.format_map({name: quote(value, safe="") for name, value in call.path.items()})
    return Exchange(call, Request(operation.method, vector.get("base_url", HOST) + path, (), b""), response(said))


def bound(vector: Vector) -> Bound:
    """The values that are right for each placeholder."""
    given = vector.get("bound", {})
    return {name: (values,) if isinstance(values, str) else tuple(values) for name, values in given.items()}


def conforms(vector: Vector) -> bool:
    """Whether nothing but advisories is expected."""
    return all(finding.endswith(ADVISORY) for finding in vector["findings"])


@pytest.mark.parametrize("vector", CORPUS, ids=lambda vector: vector["id"])
def test_the_oracle_finds_what_the_vector_says(vector: Vector) -> None:
    """These findings, each as often as it is said, and no others."""
    answered = exchange(vector, vector)
    if "row" in vector:
        findings = judge(row(vector["row"]), answered, bound(vector), vector.get("hidden", ()))
    elif "second" in vector:
        findings = alike(answered, exchange(vector, vector["second"]))
    else:
        stray = judge_stray(answered, injected=vector.get("injected", False), strict=vector.get("strict", False))
        assert (stray.row.id if stray.row else None) == vector.get("recognised")
        findings = stray.findings
    assert rules(findings) == vector["findings"], vector["why"]


@pytest.mark.parametrize("vector", [vector for vector in CORPUS if "row" in vector], ids=lambda vector: vector["id"])
def test_a_vector_asks_what_a_case_could_ask(vector: Vector) -> None:
    """Its operation raises its row, and its values are those of the row's placeholders."""
    expected = row(vector["row"])
    slots = {slot.name for slot in expected.message.slots if slot.kind != "format"} if expected.message else set()
    assert expected.raised_by(operations()[vector.get("operation", DEFAULT)])
    assert bound(vector).keys() == slots


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_vectors_is_valid(path: Path) -> None:
    """Each file has the shape that its schema states."""
    assert complaints("vectors.schema.json", tomllib.loads(path.read_text(encoding="utf-8"))) == []


def test_a_vector_has_a_name_of_its_own() -> None:
    """No id stands twice, in whatever files."""
    assert [name for name, count in Counter(vector["id"] for vector in CORPUS).items() if count > 1] == []


def test_the_corpus_is_large() -> None:
    """As many vectors as were asked for, and the conforming ones are not forgotten."""
    assert len(CORPUS) >= FEWEST
    assert sum(map(conforms, CORPUS)) >= FEWEST_CONFORMING


def test_every_rule_of_the_oracle_is_expected() -> None:
    """At least twice each; and the schema lets through those rules and no others."""
    known = {str(rule) for rule in Rule if rule not in OTHERS}
    counted = Counter(finding.removesuffix(ADVISORY) for vector in CORPUS for finding in set(vector["findings"]))
    assert {rule for rule, count in counted.items() if count >= 2} == known
    enum = loaded("vectors.schema.json")["$defs"]["vector"]["properties"]["findings"]["items"]["enum"]
    assert {finding.removesuffix(ADVISORY) for finding in enum} == known


def test_every_row_is_judged() -> None:
    """No documented error is without a vector that conforms and one that does not."""
    judged = {(vector["row"], conforms(vector)) for vector in CORPUS if "row" in vector}
    assert judged == {(expected.id, conforming) for expected in rows() for conforming in (True, False)}
