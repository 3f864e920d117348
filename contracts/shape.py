"""The shape of the envelope: a document that was read, held against its schema, as findings. Pure."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from contracts.envelope import Document, Reading
from contracts.exchange import visible
from contracts.finding import Finding, Rule, Severity
from contracts.operation import SCHEMAS

if TYPE_CHECKING:  # imported where it is first needed: a tenth of a second that the first request need not wait for
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MEMBERS = frozenset({"code", "status", "message", "details"})
SHOWN = 300
MOST = 20  # findings of one kind about one answer: a body of a million small defects is not worth a million findings


def shape(reading: Reading, http_status: int, *, message_needed: bool) -> Iterator[Finding]:
    """What is wrong with the envelope itself, whichever row it is for (behaviour.md, point 1)."""
    document = reading.document
    if document is Document.NONE:
        return
    if _wrapped(document):
        yield Finding(Rule.ENVELOPE_WRAPPED, "the bare envelope", '{"error": {…}}', 'the envelope is wrapped in "error"')
        document = document["error"]
    if not isinstance(document, dict):
        yield Finding(Rule.ENVELOPE_NOT_OBJECT, "a JSON object", _shown(document), "the envelope is an object")
        return
    yield from itertools.islice(_schema_findings(document, message_needed=message_needed), MOST)
    code = document.get("code")
    if isinstance(code, float) and code.is_integer():  # an integer to JSON Schema, and not to a client that reads an int32
        text = "code is written with a fraction part or an exponent"
        yield Finding(Rule.ENVELOPE_MEMBER_TYPE, "code as an integer", _shown(code), text)
    elif type(code) is int and code != http_status:
        yield Finding(Rule.CODE, str(http_status), str(code), "code equals the HTTP status of the response")
    for name in itertools.islice((name for name in document if name not in MEMBERS), MOST):
        text = "a member that the specification does not know"
        yield Finding(Rule.ENVELOPE_EXTRA_MEMBER, ", ".join(sorted(MEMBERS)), visible(name[:SHOWN]), text, Severity.ADVISORY)


def _schema_findings(document: dict[str, Any], *, message_needed: bool) -> Iterator[Finding]:
    for error in _validator().iter_errors(document):
        if message_needed or error.validator != "required" or error.absolute_path or "'message'" not in error.message:
            yield _schema_finding(error)


def _schema_finding(error: ValidationError) -> Finding:
    at = visible("/".join(str(step) for step in error.absolute_path)[:SHOWN])
    text = f"{at + ': ' if at else ''}{visible(error.message[:SHOWN])}"
    if error.absolute_path and error.absolute_path[0] == "details":
        return Finding(Rule.DETAILS, "details as the specification defines them", _shown(error.instance), text)
    if error.validator == "required" and not error.absolute_path:
        missing = next((n for n in ("code", "status", "message") if f"'{n}'" in error.message), "a member")
        return Finding(Rule.ENVELOPE_MISSING_MEMBER, missing, "absent", text)
    return Finding(Rule.ENVELOPE_MEMBER_TYPE, f"{at} as {error.validator_value}", _shown(error.instance), text)


def members(reading: Reading) -> dict[str, Any]:
    """The envelope's members, also where it is wrapped; empty when there is no object to read."""
    document = reading.document["error"] if _wrapped(reading.document) else reading.document
    return document if isinstance(document, dict) else {}


def _wrapped(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("error"), dict) and "code" not in document


def _shown(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False, default=str)[:SHOWN])


@functools.cache
def _validator() -> Draft202012Validator:
    """The envelope's validator, built once: to check a schema costs a hundred times what a validation does."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see the top of this file
    from referencing import Registry, Resource  # noqa: PLC0415

    loaded = {name: json.loads((SCHEMAS / name).read_text("utf-8")) for name in ("envelope.schema.json", "details.schema.json")}
    registry: Registry[Any] = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in loaded.values())
    return Draft202012Validator(loaded["envelope.schema.json"], registry=registry)
