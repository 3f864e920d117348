"""A target profile: the TOML file that says what the suite has to know of one target, read and held against its schema."""

from __future__ import annotations

import functools
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.operation import SCHEMAS, operations

PROFILES = Path(__file__).with_name("profiles")


def profile_path(name: str) -> Path:
    """The file of a profile that is given by name or by file."""
    return Path(name) if name.endswith(".toml") or os.sep in name else PROFILES / f"{name}.toml"


def load_profile(name: str) -> dict[str, Any]:
    """A profile by name (`contracts/profiles/NAME.toml`) or by file. Raises Mistake naming file, key and what is allowed."""
    path = profile_path(name)
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in PROFILES.glob("*.toml"))) or "none"
        raise Mistake(f"there is no profile {name!r} ({path}): the profiles here are {known}; or give a .toml file") from None
    except tomllib.TOMLDecodeError as e:
        raise Mistake(f"profile {path} is not TOML: {e}") from None
    except (OSError, ValueError, RecursionError) as e:  # ValueError: no UTF-8, no path at all, or a number of thousands of digits
        raise Mistake(f"profile {str(path)!r} cannot be read: {e}") from None
    if problem := _problem(facts) or _misplaced(facts):
        raise Mistake(f"profile {path}: {problem}")
    return facts


def _problem(facts: Mapping[str, Any]) -> str | None:
    """The first thing that the profile's schema says against it, in words: the key, and what is allowed."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only runs with a profile pay for it

    error = next(
        iter(sorted(Draft202012Validator(schema()).iter_errors(facts), key=lambda e: list(map(str, e.absolute_path)))), None
    )
    if error is None:
        return None
    at = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(allowed))
        return f"unknown key {'.'.join(filter(None, (at, unknown[0])))!r}; allowed here: {', '.join(allowed)}"
    if error.validator == "propertyNames":
        return f"in {at!r}: {error.message}"
    return f"{at!r}: {error.message}"


@functools.cache
def schema() -> dict[str, Any]:
    """The schema of profiles."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / "profile.schema.json").read_text("utf-8"))
    return loaded


def _misplaced(facts: Mapping[str, Any]) -> str | None:
    """What no schema can say: a renamed operation has the parameters in its path that it has by default."""
    for name, renamed in facts.get("operations", {}).items():
        wanted = {f"{{{parameter}}}" for parameter in operations()[name].path_parameters}
        path = renamed.get("path") if renamed else None
        if path is not None and set(re.findall(r"\{[^/]*?\}", path)) != wanted:
            return f"'operations.{name}.path': {path!r} must have these parameters: {', '.join(sorted(wanted))}"
    return None
