"""The description of the API says what the specification says, and bears the catalogue's errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import describe
from contracts.catalogue import rows
from contracts.operation import METHODS, operations
from tests.selftest.schema_files import complaints, facts, loaded, step

# --- the operations --------------------------------------------------------------------------------------------------


def test_there_are_48_published_operations_and_15_others() -> None:
    """The description has the operations of both files of the specification."""
    published = [operation.published for operation in operations().values()]
    assert (published.count(True), published.count(False)) == (48, 15)


@pytest.mark.parametrize(
    ("name", "method", "path", "query", "success"),
    [
        ("findCalls", "GET", "/v1/projects/{projectId}/calls",
         {"from", "to", "trunkId", "createTime", "callResult", "direction", "page", "size"}, "200"),
        ("createSipTrunk", "POST", "/v1/projects/{projectId}/trunks", set(), "201"),
        ("getSipTrunks", "GET", "/v1/projects/{projectId}/trunks", {"page", "size", "domain"}, "200"),
        ("GetPhoneNumbers", "GET", "/v1/projects/{projectId}/phoneNumbers", {"sipTrunkId", "page", "size", "sort"}, "200"),
        ("createBlockingRule", "POST", "/v1/projects/{projectId}/callBlockingRules", set(), "200"),
        ("deleteAccessControlListFromTrunk", "DELETE",
         "/v1/projects/{projectId}/trunks/{trunkId}/accessControlLists/{accessControlListId}", set(), "204"),
        ("createCustomer", "POST", "/v1/customers", set(), "201"),
        ("assignPhoneNumber", "PUT", "/v1/projects/{projectId}/phoneNumbers/{phoneNumber}", set(), "200"),
        ("getExport", "GET", "/v1/projects/{projectId}/calls/exports/{key}", set(), "200"),
    ],
)  # fmt: skip
def test_an_operation_is_as_specified(name: str, method: str, path: str, query: set[str], success: str) -> None:
    """Method, path, query parameters and success code of these operations are those of the specification."""
    operation = operations()[name]
    assert (operation.method, operation.path, set(operation.query)) == (method, path, query)
    assert [code for code in facts(name)["responses"] if code.startswith("2")] == [success]


@pytest.mark.parametrize("name", operations())
def test_an_operation_is_described_in_full(name: str) -> None:
    """Each operation has a summary; its parameters are those of its path and explained; nothing is left to do."""
    said = facts(name)
    assert said["summary"].endswith(".")
    assert "x-todo" not in json.dumps(said)
    assert all(parameter["description"] for parameter in said["parameters"])
    in_path = [parameter["name"] for parameter in said["parameters"] if parameter["in"] == "path"]
    assert tuple(in_path) == operations()[name].path_parameters
    assert ("requestBody" in said) == (operations()[name].method in {"POST", "PUT"})


def test_every_example_is_an_example() -> None:
    """The examples in schemas, parameters and request bodies are valid by the schema that they illustrate."""

    def check(node: object, at: str) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("examples"), list):
                yield from (at for example in node["examples"] if complaints(f"openapi.json#{at}", example))
            if "example" in node and complaints(f"openapi.json#{at}/schema", node["example"]):
                yield at
            for name, inner in node.items():
                yield from check(inner, f"{at}/{step(name)}")
        elif isinstance(node, list):
            for index, inner in enumerate(node):
                yield from check(inner, f"{at}/{index}")

    assert list(check(loaded("openapi.json"), "")) == []


BODIES: list[tuple[str, object, bool]] = [
    ("createSipTrunk", {"hostName": "a", "name": "b"}, True),
    ("createSipTrunk", {"hostName": "a", "name": "b", "enableCallForward": True}, False),
    ("updateSipTrunk", {"hostName": "a"}, False),
    ("createSipEndpoint", {"name": "a", "priority": 1, "address": "192.0.2.1"}, True),
    ("createSipEndpoint", {"name": "a", "priority": 1, "isRegistered": True, "credentialUsername": "u"}, True),
    ("createSipEndpoint", {"name": "a", "priority": 1, "isRegistered": True, "credentialUsername": "u", "address": "b"}, False),
    ("createSipEndpoint", {"name": "a", "priority": 1}, False),
    ("createSipEndpoint", {"name": "a", "priority": 0, "address": "192.0.2.1"}, False),
    ("createAccessControlList", {"name": "a", "ipRanges": []}, False),
    ("createAccessControlList", {"name": "a", "ipRanges": [{"ipAddress": "192.0.2.1"}]}, True),
    ("createAccessControlList", {"name": "a"}, True),  # whether that is refused is not settled
    ("updateAccessControlList", {"name": "a"}, True),
    ("createCredentialList", {"name": "a", "credentials": []}, False),
    ("addAccessControlListToTrunk", {"accessControlListIds": ["a", "a"]}, True),  # a row's matter, not the schema's
    ("bulkUpdateCredentialListsForTrunk", ["a"], True),
    ("bulkUpdateCredentialListsForTrunk", {"credentialListIds": ["a"]}, True),
    ("createBlockingRule", {"direction": "INBOUND", "callerCountry": ""}, True),  # not settled either
    ("createBlockingRule", {"direction": None}, False),
    ("createBlockingRule", {"name": "a"}, False),
    ("assignPhoneNumber", {"sipTrunkId": ""}, True),
    ("createPhoneNumber", {"phoneNumber": "12025550143"}, False),
]


@pytest.mark.parametrize(("name", "body", "good"), BODIES)
def test_a_request_body_is_as_specified(name: str, body: object, good: bool) -> None:  # noqa: FBT001 - a table's column
    """What the specification calls valid is valid, what it calls refused is not, and what it leaves open is let through."""
    where = f"/paths/{step(operations()[name].path)}/{operations()[name].method.lower()}"
    schema = f"openapi.json#{where}/requestBody/content/application~1json/schema"
    assert (complaints(schema, body) == []) is good


SHAPES: list[tuple[str, object]] = [
    ("getBlockingRules", [{"id": "a", "direction": "INBOUND"}]),
    ("getBlockingRules", {"callBlockingRules": [{"direction": "INBOUND"}], "pageNumber": 1, "pageSize": 500}),
    ("getSipTrunks", {"sipTrunks": [], "pageNumber": "1"}),
    ("getSipTrunks", {"trunks": [], "totalItems": 0, "pageNumber": 1, "pageSize": 500}),
    ("getCredentialListsForTrunk", {"credentialListIds": ["a"]}),
    ("getCredentialListsForTrunk", {"credentialLists": [{"name": "a"}]}),
    ("createSipEndpoint", {"name": "a", "priority": 1, "address": "192.0.2.1"}),
    ("createSipEndpoint", {"endpoints": [{"name": "a", "priority": 1, "address": "192.0.2.1"}]}),
]


@pytest.mark.parametrize(("name", "body"), SHAPES)
def test_both_known_shapes_of_an_answer_are_valid(name: str, body: object) -> None:
    """Where the published description and the Node SDK differ, either shape is a success."""
    where = f"/paths/{step(operations()[name].path)}/{operations()[name].method.lower()}"
    assert complaints(f"openapi.json#{where}/responses/200/content/application~1json/schema", body) == []


# --- the errors in the description -----------------------------------------------------------------------------------


def test_the_description_shows_the_catalogue_as_it_is() -> None:
    """The error responses and examples in the file are those that the catalogue gives, byte for byte."""
    content = describe.FILE.read_text(encoding="utf-8")
    assert describe.text(describe.attach(json.loads(content), rows())) == content, describe.STALE


@pytest.mark.parametrize("name", operations())
def test_an_operation_can_answer_with_its_rows(name: str) -> None:
    """Each operation has exactly its rows as examples under their codes, and 401 and `default` besides."""
    responses = facts(name)["responses"]
    errors = {code: r["content"]["application/json"] for code, r in responses.items() if not code.startswith("2")}
    shown = {(code, row) for code, error in errors.items() for row in error.get("examples", ())}
    assert shown == {(str(row.code), row.id) for row in rows() if row.raised_by(operations()[name])}
    assert all(error["schema"] == {"$ref": "#/components/schemas/Error"} for error in errors.values())
    assert {"401", "default"} <= errors.keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("createCustomer", ["201", "400", "401", "500", "default"]),
        ("getProject", ["200", "401", "403", "404", "500", "default"]),
        ("deleteCredential", ["204", "400", "401", "403", "404", "500", "default"]),
    ],
)
def test_the_codes_of_an_operation_stand_in_order(name: str, expected: list[str]) -> None:
    """Successes come first, then the errors by number, then everything else."""
    assert list(facts(name)["responses"]) == expected


def test_every_row_has_an_example_that_is_an_envelope() -> None:
    """The examples are the rows, in the page's order; the row without a message has none there either."""
    examples = loaded("openapi.json")["components"]["examples"]
    assert list(examples) == [row.id for row in rows()]
    assert [row for row, example in examples.items() if complaints("envelope.schema.json", example["value"])] == []
    assert [row for row, example in examples.items() if "message" not in example["value"]] == ["403-forbidden"]


def test_attaching_changes_nothing_else() -> None:
    """The argument stays as it was, twice is as once, and without rows only 401 and `default` remain."""
    given = copy.deepcopy(loaded("openapi.json"))
    once = describe.attach(given, rows())
    bare = describe.attach(once, ())
    assert given == loaded("openapi.json")
    assert describe.attach(once, rows()) == once
    assert describe.attach(bare, rows()) == once
    for methods in bare["paths"].values():
        for method in METHODS & methods.keys():
            assert [code for code in methods[method]["responses"] if not code.startswith("2")] == ["401", "default"]


def test_a_stale_file_is_told_and_mended(tmp_path: Path) -> None:
    """`--check` says what to run and leaves a stale file alone; without it the file is written anew, once."""
    file = tmp_path / "openapi.json"
    stale = describe.text(describe.attach(loaded("openapi.json"), rows()[1:]))
    file.write_text(stale, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"python -m contracts\.describe"):
        describe.main(["--check"], file)
    assert file.read_text(encoding="utf-8") == stale
    describe.main([], file)
    describe.main(["--check"], file)
    assert file.read_text(encoding="utf-8") == describe.FILE.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["openapi.json"]
