"""The results of an earlier run, read from its results.json and held against their schema."""

from __future__ import annotations

import functools
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
        results = json.loads(path.read_bytes(), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as e:
        raise Mistake(f"no results can be read from {source!r} ({e}): name a results.json, or the folder of a run") from None
    version = results.get("schema_version") if isinstance(results, dict) else None
    if version != VERSION:
        raise Mistake(f"the results {source!r} have schema_version {version!r}, not {VERSION!r}: make them again with this suite")
    if problem := _problem(results):
        raise Mistake(f"the results {source!r} are not of the shape of results.schema.json: {problem}: make them again")
    if targets := results.get("targets"):
        example = str(path.parent / targets[0]["folder"])
        raise Mistake(
            f"the results {source!r} are of a fleet of {len(targets)} targets: name the folder of one, such as {example!r}"
        )
    return dict(results)


def _no_number(text: str) -> None:
    """JSON has no NaN and no infinity: whoever reads it with other tools could not."""
    raise ValueError(f"{text} is no number of JSON")


def _problem(results: Any) -> str | None:
    """The first thing that the schema says against them, in a line.

    What the one validator lets pass in a two hundredth of the time, the other one need not look at; that has the better words.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only who compares pays for it

    if _passes(results):
        return None
    error = next(iter(Draft202012Validator(_schema()).iter_errors(results)), None)
    return error and f"{'/'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message[:200]!r}"


def _passes(results: Any) -> bool:
    """Whether the fast validator has nothing to say; it takes no text with half a character in it."""
    try:
        return bool(_fast().is_valid(results))
    except ValueError:
        return False


@functools.cache
def _fast() -> Any:
    import jsonschema_rs  # noqa: PLC0415 - as below

    return jsonschema_rs.Draft202012Validator(_schema())


@functools.cache
def _schema() -> Any:
    return json.loads((SCHEMAS / "results.schema.json").read_text("utf-8"))
