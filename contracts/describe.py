"""The documented errors, written into the description of the API: which operation can answer with which row.

    python -m contracts.describe            write the error responses and examples of schemas/openapi.json anew
    python -m contracts.describe --check    only say whether they are as the catalogue has them

The published description attaches no error to any operation. Here the catalogue says it, and the description follows.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from contracts.catalogue import ROWS, Row, rows
from contracts.operation import METHODS, SCHEMAS, Operation

FILE = SCHEMAS / "openapi.json"
UNAUTHORIZED = "The credentials are missing or wrong. No row documents this error; it has the envelope all the same."
OTHERWISE = "Any other error. No row documents it; it has the envelope all the same."
STALE = "schemas/openapi.json does not show the catalogue's errors as they are now; run: python -m contracts.describe"


def attach(description: Mapping[str, Any], rows: Iterable[Row]) -> dict[str, Any]:
    """The description with the error responses of every operation, and an example of every row. The argument stays as it is."""
    catalogue = tuple(rows)
    described: dict[str, Any] = copy.deepcopy(dict(description))
    for path, methods in described["paths"].items():
        for method in METHODS & methods.keys():
            facts = methods[method]
            facts["responses"] = _responses(facts["responses"], _raised(catalogue, _operation(method, path, facts)))
    described["components"]["examples"] = {row.id: _example(row) for row in catalogue}
    return described


def text(description: Mapping[str, Any]) -> str:
    """The description as the file has it, byte for byte the same for the same description."""
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> None:
    """Bring the file up to date; with `--check`, exit with 1 when it is not, and leave it alone."""
    parser = argparse.ArgumentParser(prog="python -m contracts.describe", description="Describe the documented errors.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when the file is out of date")
    options = parser.parse_args(arguments)
    if problem := _problem():
        sys.exit(problem)
    before = file.read_text(encoding="utf-8")
    after = text(attach(json.loads(before), rows()))
    if before == after:
        return
    if options.check:
        sys.exit(STALE)
    _replace(file, after)


def _problem() -> str | None:
    """What the catalogue's schema says against its rows, in one line; a row that it does not allow describes nothing."""
    schema = json.loads((SCHEMAS / "catalogue.schema.json").read_text("utf-8"))
    error = next(Draft202012Validator(schema).iter_errors(tomllib.loads(ROWS.read_text("utf-8"))), None)
    return f"{ROWS.name}: {'/'.join(map(str, error.absolute_path))}: {error.message}" if error else None


def _operation(method: str, path: str, facts: Mapping[str, Any]) -> Operation:
    """As much of the operation as a row looks at; the given description may be another than the one on disk."""
    return Operation(name=facts["operationId"], method=method.upper(), path=path, query=frozenset(), resource="", published=True)


def _raised(catalogue: Iterable[Row], operation: Operation) -> dict[str, list[Row]]:
    raised: dict[str, list[Row]] = {}
    for row in catalogue:
        if row.raised_by(operation):
            raised.setdefault(str(row.code), []).append(row)
    return raised


def _responses(before: Mapping[str, Any], raised: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Successes stay; errors are made anew, so that a row taken out of the catalogue leaves nothing behind."""
    successes = {code: response for code, response in before.items() if code.startswith("2")}
    errors = {code: _documented(those) for code, those in raised.items()}
    errors.setdefault("401", _error(UNAUTHORIZED))
    return {**successes, **dict(sorted(errors.items())), "default": _error(OTHERWISE)}


def _documented(those: Sequence[Row]) -> dict[str, Any]:
    response = _error("Documented: " + ", ".join(row.id for row in those) + ".")
    response["content"]["application/json"]["examples"] = {row.id: {"$ref": f"#/components/examples/{row.id}"} for row in those}
    return response


def _error(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _example(row: Row) -> dict[str, Any]:
    """The row's envelope, its message with the placeholders as they are published."""
    envelope: dict[str, Any] = {"code": row.code, "status": row.status}
    if row.message is not None:
        envelope["message"] = row.message.text
    return {"value": envelope}


def _replace(file: Path, content: str) -> None:
    """Whoever reads the file meanwhile gets the old one or the new one, never half of one."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(content, encoding="utf-8")
    fresh.replace(file)


if __name__ == "__main__":
    main()
