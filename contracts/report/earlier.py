"""The results of an earlier run, read from its results.json and held against their schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.operation import SCHEMAS

VERSION = "1"
"""The version of the shape that this suite writes and reads."""


def read(source: str) -> dict[str, Any]:
    """The results of a run, by its folder or by its results.json. Raises Mistake for what no run of this shape has left behind."""
    path = Path(source)
    try:
        path = path / "results.json" if path.is_dir() else path
        results = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as e:
        raise Mistake(f"no results can be read from {source!r} ({e}): name a results.json, or the folder of a run") from None
    version = results.get("schema_version") if isinstance(results, dict) else None
    if version != VERSION:
        raise Mistake(f"the results {source!r} have schema_version {version!r}, not {VERSION!r}: make them again with this suite")
    if problem := _problem(results):
        raise Mistake(f"the results {source!r} are not of the shape of results.schema.json: {problem}: make them again")
    return dict(results)


def _problem(results: Any) -> str | None:
    """The first thing that the schema says against them, in a line."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only who compares pays for it

    schema = json.loads((SCHEMAS / "results.schema.json").read_text("utf-8"))
    error = next(iter(Draft202012Validator(schema).iter_errors(results)), None)
    return error and f"{'/'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message[:200]!r}"
