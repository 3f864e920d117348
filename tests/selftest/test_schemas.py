"""The schemas are sound, say what the specification says, and accept what the suite itself writes."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from contracts.catalogue import NOUNS, ROWS
from contracts.operation import SCHEMAS, operations
from contracts.template import Kind
from tests.selftest.schema_files import BASE, NAMES, complaints, loaded, references, registry

PROFILES = sorted((SCHEMAS.parent / "contracts" / "profiles").glob("*.toml"))
OURS = [
    f"{name}.schema.json" for name in ("catalogue", "changes", "deviations", "fleet", "fleet-job", "profile", "results", "vectors")
]
KINDS = ("BadRequest", "RequestInfo", "QuotaFailure", "ErrorInfo")


# --- the files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_valid_schema(name: str) -> None:
    """Every schema obeys the 2020-12 meta-schema, bears the id of its file, and says what it is for."""
    schema = loaded(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == BASE + name
    assert schema["title"]
    assert schema["description"]


def test_the_description_of_the_api_is_valid() -> None:
    """`openapi.json` is an OpenAPI 3.1 description."""
    assert [error.message for error in OpenAPIV31SpecValidator(loaded("openapi.json")).iter_errors()] == []


@pytest.mark.parametrize("name", [*NAMES, "openapi.json"])
def test_every_reference_leads_somewhere(name: str) -> None:
    """No `$ref` points into the void."""
    resolver = registry().resolver()
    for reference in references(loaded(name), BASE + name):
        assert resolver.lookup(reference).contents is not None


@pytest.mark.parametrize("name", OURS)
def test_an_object_of_ours_has_no_unknown_members(name: str) -> None:
    """Each object that the suite itself writes or reads closes its list of members."""

    def objects(node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict) and "object" in node.get("type", ()):
                yield node
            for inner in node.values():
                yield from objects(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from objects(inner)

    assert [found for found in objects(loaded(name)) if found.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("name", OURS)
def test_every_property_is_explained(name: str) -> None:
    """A property has a description, its own or that of the definition it refers to."""
    schema = loaded(name)
    for owner in (schema, *schema["$defs"].values()):
        for prop, said in owner.get("properties", {}).items():
            target = schema["$defs"][said["$ref"].rsplit("/", 1)[1]] if "$ref" in said else {}
            assert said.get("description") or target.get("description"), prop


# --- the envelope and its details ------------------------------------------------------------------------------------

ENVELOPE = {"code": 404, "status": "NOT_FOUND", "message": "Could not find call ID 'x'"}
DETAILS: dict[str, dict[str, Any]] = {
    "BadRequest": {"type": "BadRequest", "fieldViolations": [{"field": "name", "description": "is missing"}]},
    "RequestInfo": {"type": "RequestInfo", "requestId": "r-1", "data": {"n": 1}},
    "QuotaFailure": {"type": "QuotaFailure", "violations": [{"subject": "project", "description": "too many trunks"}]},
    "ErrorInfo": {"type": "ErrorInfo", "reason": "TOO_MANY_2", "domain": "trunks", "metaData": {"limit": "5"}},
}
GOOD_ENVELOPES = {
    "bare": ENVELOPE,
    "without-details-items": {**ENVELOPE, "details": []},
    "all-details": {**ENVELOPE, "details": list(DETAILS.values())},
    "extra-member": {**ENVELOPE, "traceId": "t-1"},
    "largest-code": {**ENVELOPE, "code": 2**31 - 1},
    "empty-message": {**ENVELOPE, "message": ""},
    "forbidden-without-message": {"code": 403, "status": "FORBIDDEN"},
}
BAD_ENVELOPES: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "not-an-object": ([ENVELOPE], [("", "type")]),
    "wrapped": ({"error": ENVELOPE}, [("", "required")] * 3),
    "no-code": ({"status": "NOT_FOUND", "message": ""}, [("", "required")]),
    "no-status": ({"code": 404, "message": ""}, [("", "required")]),
    "no-message": ({"code": 404, "status": "NOT_FOUND"}, [("", "required")]),
    "no-message-and-another-403": ({"code": 403, "status": "DENIED"}, [("", "required")]),
    "code-as-text": ({**ENVELOPE, "code": "404"}, [("code", "type")]),
    "code-as-boolean": ({**ENVELOPE, "code": True}, [("code", "type")]),
    "code-with-fraction": ({**ENVELOPE, "code": 404.5}, [("code", "type")]),
    "code-beyond-int32": ({**ENVELOPE, "code": 2**31}, [("code", "maximum")]),
    "code-below-int32": ({**ENVELOPE, "code": -(2**31) - 1}, [("code", "minimum")]),
    "status-as-number": ({**ENVELOPE, "status": 404}, [("status", "type")]),
    "message-null": ({**ENVELOPE, "message": None}, [("message", "type")]),
    "forbidden-with-message-null": ({"code": 403, "status": "FORBIDDEN", "message": None}, [("message", "type")]),
    "details-null": ({**ENVELOPE, "details": None}, [("details", "type")]),
    "details-as-object": ({**ENVELOPE, "details": DETAILS["ErrorInfo"]}, [("details", "type")]),
    "second-detail-bad": ({**ENVELOPE, "details": [DETAILS["BadRequest"], {}]}, [("details/1", "required")]),
}
BAD_DETAILS: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "not-an-object": ("BadRequest", [("", "type")]),
    "no-type": ({"requestId": "r-1"}, [("", "required")]),
    "unknown-type": ({"type": "Help"}, [("type", "enum")]),
    "type-in-lower-case": ({**DETAILS["BadRequest"], "type": "badRequest"}, [("type", "enum")]),
    "type-as-number": ({"type": 1}, [("type", "enum")]),
    "bad-request-as-object": ({"type": "BadRequest", "fieldViolations": {}}, [("fieldViolations", "type")]),
    "violation-undescribed": (
        {"type": "BadRequest", "fieldViolations": [{"field": "name", "description": None}]},
        [("fieldViolations/0/description", "type")],
    ),
    "request-id-as-number": ({**DETAILS["RequestInfo"], "requestId": 1}, [("requestId", "type")]),
    "data-as-text": ({**DETAILS["RequestInfo"], "data": "n"}, [("data", "type")]),
    "reason-in-lower-case": ({**DETAILS["ErrorInfo"], "reason": "too_many"}, [("reason", "pattern")]),
    "reason-empty": ({**DETAILS["ErrorInfo"], "reason": ""}, [("reason", "pattern")]),
    "reason-with-newline": ({**DETAILS["ErrorInfo"], "reason": "TOO_MANY\n"}, [("reason", "pattern")]),
    "reason-of-64": ({**DETAILS["ErrorInfo"], "reason": "A" * 64}, [("reason", "maxLength")]),
    "meta-data-of-numbers": ({**DETAILS["ErrorInfo"], "metaData": {"limit": 5}}, [("metaData/limit", "type")]),
}
ERROR = ["envelope.schema.json", "openapi.json#/components/schemas/Error"]
DETAIL = ["details.schema.json", "openapi.json#/components/schemas/ErrorDetail"]


@pytest.mark.parametrize("reference", ERROR, ids=["envelope", "openapi"])
@pytest.mark.parametrize("instance", GOOD_ENVELOPES.values(), ids=GOOD_ENVELOPES)
def test_a_good_envelope_is_valid(reference: str, instance: object) -> None:
    """An envelope as specified is valid, in the schema and in the description of the API alike."""
    assert complaints(reference, instance) == []


@pytest.mark.parametrize("reference", ERROR, ids=["envelope", "openapi"])
@pytest.mark.parametrize(("instance", "expected"), BAD_ENVELOPES.values(), ids=BAD_ENVELOPES)
def test_a_bad_envelope_is_not(reference: str, instance: object, expected: list[tuple[str, str]]) -> None:
    """A broken envelope is complained about in the right place, and nowhere else."""
    assert complaints(reference, instance) == expected


@pytest.mark.parametrize("reference", DETAIL, ids=["details", "openapi"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_good_detail_is_valid(reference: str, kind: str) -> None:
    """Each kind of detail is valid with the members of its own, and with one more."""
    assert complaints(reference, DETAILS[kind]) == []
    assert complaints(reference, {**DETAILS[kind], "more": 1}) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_detail_needs_nothing_but_its_type(kind: str) -> None:
    """The specification requires no member of a detail, so a target that leaves one out is not blamed."""
    assert complaints("details.schema.json", {"type": kind}) == []
    lacking = {name: value for name, value in DETAILS[kind].items() if name != "type"}
    assert complaints("details.schema.json", lacking) == [("", "required")]


@pytest.mark.parametrize("reference", DETAIL, ids=["details", "openapi"])
@pytest.mark.parametrize(("instance", "expected"), BAD_DETAILS.values(), ids=BAD_DETAILS)
def test_a_bad_detail_is_not(reference: str, instance: object, expected: list[tuple[str, str]]) -> None:
    """A broken detail is complained about in the right place, and by no other kind's rules."""
    assert complaints(reference, instance) == expected


def test_the_description_has_the_schemas_of_the_envelope() -> None:
    """The components are the schema files word for word, but for where their references point."""

    def component(node: Any) -> Any:
        if isinstance(node, list):
            return [component(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        kept = {name: component(inner) for name, inner in node.items() if name not in {"$id", "$schema", "$defs"}}
        if target := kept.get("$ref"):
            name = "ErrorDetail" if target == "details.schema.json" else target.rsplit("/", 1)[1]
            kept["$ref"] = f"#/components/schemas/{name}"
        return kept

    components = loaded("openapi.json")["components"]["schemas"]
    assert components["Error"] == component(loaded("envelope.schema.json"))
    assert components["ErrorDetail"] == component(loaded("details.schema.json"))
    for kind, schema in loaded("details.schema.json")["$defs"].items():
        assert components[kind] == component(schema)


# --- the catalogue ---------------------------------------------------------------------------------------------------

ROW = {"id": "400-a", "code": 400, "status": "BAD_REQUEST", "message": "a '$id'", "by": ["getCall"]}
BIND = {"id": {"kind": "value", "to": "the id"}}


def test_the_catalogue_is_valid() -> None:
    """`rows.toml` has the shape that its schema states, and names operations that there are."""
    catalogue = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    assert complaints("catalogue.schema.json", catalogue) == []
    assert {name for row in catalogue["row"] for name in row.get("by", ())} <= operations().keys()
    assert all(row["id"].startswith(f"{row['code']}-") for row in catalogue["row"])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({**ROW, "binds": BIND}, [], id="good"),
        pytest.param({**ROW, "http": 400}, [("row/0", "additionalProperties")], id="unknown-member"),
        pytest.param({**ROW, "id": "a-400"}, [("row/0/id", "pattern")], id="id"),
        pytest.param({**ROW, "code": 418}, [("row/0/code", "enum")], id="code"),
        pytest.param({**ROW, "status": "bad"}, [("row/0/status", "pattern")], id="status"),
        pytest.param({**ROW, "by": []}, [("row/0/by", "minItems")], id="by-nobody"),
        pytest.param({k: v for k, v in ROW.items() if k != "by"}, [("row/0", "anyOf")], id="raised-nowhere"),
        pytest.param({**ROW, "binds": {"id": {"kind": "id", "to": "x"}}}, [("row/0/binds/id/kind", "enum")], id="kind"),
        pytest.param({**ROW, "binds": {"i-d": BIND["id"]}}, [("row/0/binds", "pattern")], id="placeholder"),
        pytest.param({**ROW, "binds": {"id": {"kind": "value"}}}, [("row/0/binds/id", "required")], id="bound-to-what"),
    ],
)
def test_a_row_of_the_wrong_shape_is_found(row: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """A mistake in a row is complained about where it is."""
    assert complaints("catalogue.schema.json", {"row": [row]}) == expected


def test_the_kinds_of_placeholders_are_those_of_the_templates() -> None:
    """The catalogue's schema lets through exactly the kinds that a template knows."""
    assert set(loaded("catalogue.schema.json")["$defs"]["bind"]["properties"]["kind"]["enum"]) == set(Kind)


# --- the results -----------------------------------------------------------------------------------------------------

FINDING = {"rule": "status", "severity": "fail", "expected": "NOT_FOUND", "actual": "not_found", "text": "wrong case"}
LEFTOVER = {"operation": "createSipTrunk", "path": "/v1/projects/p/trunks/t", "created_by": "a case", "reason": "HTTP 503"}
CASE = {
    "id": "404-call-id/getCall/unknown/malformed",
    "operation": "getCall",
    "kind": "refusal",
    "verdict": "fail",
    "duration_seconds": 0.25,
    "assertions": 9,
    "requests": 2,
    "findings": [{**FINDING, "curl": "curl http://127.0.0.1:1/v1"}],
}
MINIMAL: dict[str, Any] = {
    "schema_version": "1",
    "run": {
        "id": "r-1",
        "plan_id": "p-1",
        "suite_version": "0.1.0",
        "depth": "quick",
        "only_documented": False,
        "complete": True,
        "started_at": "2026-01-02T03:04:05Z",
        "finished_at": "2026-01-02T03:04:06.5+00:00",
        "duration_seconds": 1.5,
        "workers": 1,
        "requests": 0,
        "seed": 0,
        "gate": {"mode": "strict", "verdict": "pass", "reasons": []},
    },
    "target": {"id": "sandbox", "base_url": "http://127.0.0.1:1", "profile": None, "version": None},
    "totals": {"rows": 0, "pass": 0, "fail": 0, "inconclusive": 0, "error": 0, "not_exercised": 0},
    "rows": [],
    "checks": [],
    "undocumented": [],
    "leftovers": [],
    "not_removable": [],
    "deviations": [],
}
WHY = {"reason": "r", "ticket": "T-1", "owner": "o", "expires": "2027-03-31"}
ROW_RESULT = {"id": "404-call-id", "http_code": 404, "status": "NOT_FOUND", "message": "m", "verdict": "fail", "cases": [CASE]}
UNREACHED = {
    "id": "403-forbidden",
    "http_code": 403,
    "status": "FORBIDDEN",
    "message": None,
    "verdict": "not_exercised",
    "reason": "no foreign project is named",
    "cases": [],
}
FULL: dict[str, Any] = {
    **MINIMAL,
    "target": {**MINIMAL["target"], "profile": "staging"},
    "rows": [ROW_RESULT, UNREACHED],
    "checks": [
        {"id": "order", "verdict": "pass", "findings": []},
        {"id": "isolation", "verdict": "inconclusive", "findings": [], "reason": "no second project"},
    ],
    "undocumented": [
        {"operation": "getCall", "http_code": 405, "status": None, "message": None, "count": 1, "findings": [FINDING]}
    ],
    "leftovers": [LEFTOVER],
    "not_removable": ["config run-1-a", LEFTOVER],
}


@pytest.mark.parametrize("results", [MINIMAL, FULL], ids=["minimal", "full"])
def test_good_results_are_valid(results: dict[str, Any]) -> None:
    """Results as the specification has them are valid, with little in them or with everything."""
    assert complaints("results.schema.json", results) == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("schema_version", "2", ("schema_version", "const")),
        ("more", 1, ("", "additionalProperties")),
        ("run/complete", "yes", ("run/complete", "type")),
        ("run/started_at", "yesterday", ("run/started_at", "pattern")),
        ("run/finished_at", "2026-01-02 03:04:06", ("run/finished_at", "pattern")),
        ("run/host", "h", ("run", "additionalProperties")),
        ("target/profile", 1, ("target/profile", "type")),
        ("target/version", "", ("target/version", "minLength")),
        ("totals/pass", -1, ("totals/pass", "minimum")),
        ("rows/0/verdict", "passed", ("rows/0/verdict", "enum")),
        ("rows/0/verdict", "inconclusive", ("rows/0", "required")),
        ("rows/0/duration_seconds", 1, ("rows/0", "additionalProperties")),
        ("rows/0/cases/0/id", "404-call-id", ("rows/0/cases/0/id", "pattern")),
        ("rows/0/cases/0/kind", "fuzz", ("rows/0/cases/0/kind", "enum")),
        ("rows/0/cases/0/findings/0/rule", "colour", ("rows/0/cases/0/findings/0/rule", "enum")),
        ("rows/0/cases/0/findings/0/severity", "warning", ("rows/0/cases/0/findings/0/severity", "enum")),
        ("undocumented/0/http_code", "405", ("undocumented/0/http_code", "type")),
        ("leftovers/0/path", None, ("leftovers/0/path", "type")),
        ("not_removable/1/reason", None, ("not_removable/1/reason", "type")),
    ],
)
def test_bad_results_are_not(path: str, value: object, expected: tuple[str, str]) -> None:
    """A wrong or unknown member is found where it stands."""
    results = copy.deepcopy(FULL)
    *steps, last = path.split("/")
    place: Any = results
    for name in steps:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    assert expected in complaints("results.schema.json", results)


@pytest.mark.parametrize("member", ["id", "http_code", "status", "message", "verdict", "cases"])
def test_a_row_of_the_results_lacks_nothing(member: str) -> None:
    """A row of the results without any one of its members is not valid."""
    row = {name: value for name, value in ROW_RESULT.items() if name != member}
    assert complaints("results.schema.json", {**MINIMAL, "rows": [row]}) == [("rows/0", "required")]


# --- the profiles ----------------------------------------------------------------------------------------------------

PROFILE = """
base_url = "https://staging.example.com"
id = "staging"
project_id = "p-1"
allow = ["staging.example.com"]
fault_injection = { header = "X-Fault-Inject", value = "500" }
expendable_country = "AQ"
concurrency = 8
max_in_flight = 16
auth = { kind = "oauth2", token_url = "https://auth.example.com/oauth2/token" }
foreign_project = { id = "p-2", expendable = true }
disabled_project = { id = "p-3", expendable = true }
trunk_with_number = { id = "t-1", phone_number = "+12015550100", expendable = true }
read_only = true
timeouts = { connect = 2, read = 10.5, total = 30 }

[nouns]
"SIP Trunk" = ["Elastic trunk"]

[operations]
getCall = false
createCustomer = { method = "PUT", path = "/v2/customers" }
getExport = { path = "/v1/projects/{projectId}/exports/{key}" }

[[withdraw]]
case = "400-country-code-invalid/exportCallRecords"
reason = "exports are switched off here"
"""


@pytest.mark.parametrize("text", ["", "fault_injection = false", PROFILE], ids=["empty", "no-faults", "full"])
def test_a_good_profile_is_valid(text: str) -> None:
    """A profile may say nothing, or everything there is to say."""
    assert complaints("profile.schema.json", tomllib.loads(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('key_secret = "s"', ("", "additionalProperties")),
        ('base_url = "staging.example.com"', ("base_url", "pattern")),
        ('auth.kind = "digest"', ("auth/kind", "enum")),
        ('auth.token_url = "https://a.example/t"', ("auth", "required")),
        ('auth = { kind = "basic", secret = "s" }', ("auth", "additionalProperties")),
        ('allow = ["https://staging.example.com"]', ("allow/0", "pattern")),
        ("foreign_project.expendable = true", ("foreign_project", "required")),
        ("disabled_project.expendable = true", ("disabled_project", "required")),
        ('trunk_with_number.id = "t"', ("trunk_with_number", "required")),
        ('trunk_with_number = { id = "t", phone_number = "12015550100" }', ("trunk_with_number/phone_number", "pattern")),
        ("fault_injection = true", ("fault_injection", "const")),
        ('fault_injection.header = "X-Fault-Inject"', ("fault_injection", "required")),
        ('expendable_country = "aq"', ("expendable_country", "pattern")),
        ("concurrency = 0", ("concurrency", "minimum")),
        ("max_in_flight = 0", ("max_in_flight", "minimum")),
        ("max_in_flight = 1.5", ("max_in_flight", "type")),
        ("timeouts.read = 0", ("timeouts/read", "exclusiveMinimum")),
        ('nouns.Trunk = ["T"]', ("nouns", "additionalProperties")),
        ("operations.getSipTrunks = false", ("operations", "additionalProperties")),
        ("operations.getCall = true", ("operations/getCall", "const")),
        ("operations.getCall = {}", ("operations/getCall", "minProperties")),
        ('operations.getCall.path = "v1/calls"', ("operations/getCall/path", "pattern")),
        ('withdraw = [{ case = "404-call-id" }]', ("withdraw/0", "required")),
    ],
)
def test_a_bad_profile_is_not(text: str, expected: tuple[str, str]) -> None:
    """A mistake in a profile is found where it stands; a credential has no place in one."""
    assert complaints("profile.schema.json", tomllib.loads(text)) == [expected]


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_the_profiles_at_hand_are_valid(path: Path) -> None:
    """Every profile that comes with the suite is valid."""
    assert complaints("profile.schema.json", tomllib.loads(path.read_text(encoding="utf-8"))) == []


def test_a_profile_knows_all_unpublished_operations() -> None:
    """The operations that a profile can rename or withdraw are the unpublished ones, in their order."""
    known = loaded("profile.schema.json")["properties"]["operations"]["properties"]
    assert list(known) == [name for name, operation in operations().items() if not operation.published]


def test_a_profile_knows_all_nouns() -> None:
    """The kinds of resources that a profile can give further names to are those that messages speak of."""
    assert loaded("profile.schema.json")["properties"]["nouns"]["properties"].keys() == NOUNS.keys()
