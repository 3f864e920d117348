"""The fleet file: the TOML file that names the targets of a fleet, read and held against its schema."""

from __future__ import annotations

import difflib
import functools
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.blame import Mistake
from contracts.budget import RATE_HINT, is_rate
from contracts.case import Depth
from contracts.exchange import visible
from contracts.operation import SCHEMAS
from contracts.target import checked_id, checked_url

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LARGEST = 4 * 1024 * 1024  # bytes of a file that are read at most
EXAMPLE = "contracts/fleets/example.toml has every key with its meaning"
ALIKE = 0.75  # of a key that is taken for a misspelt one
WHOLE = frozenset({"parts", "at_once", "seed", "max_requests", "max_in_flight", "concurrency"})
"""Keys whose numbers are whole; to a schema 2.0 is one as well."""
NAMING = re.compile(r"[A-Z]+(_[A-Z0-9]+)+")
"""What is a name beyond doubt; anything else may be a secret that somebody wrote in its place, and is not repeated."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent: requests in all, a second and at once, and cases at once; None where nothing was said."""

    max_requests: int | None = None
    rate: float | None = None
    max_in_flight: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a fleet, as its file has it.

    `profile` is a name, or a path from where the process stands. `credentials` names for a variable of a run that of the job which
    takes its place; where it is empty, the job's own are meant. `limits` hold for all of the target's `parts` together.
    """

    id: str
    profile: str | None = None
    base_url: str | None = None
    version: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    parts: int = 1
    credentials: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a fleet file says. `text` is all of it; `limits` hold for all targets together."""

    name: str
    members: tuple[Member, ...]
    depth: str = Depth.QUICK
    only_documented: bool = False
    seed: int | None = None
    at_once: int = 4
    limits: Limits = Limits()
    text: str = ""


def load(path: Path) -> Fleet:
    """A fleet by its file. Raises Mistake naming the file, the target and the key, and what to do."""
    text = _text(path)
    try:
        return parsed(text, path.parent)
    except Mistake as e:
        raise Mistake(f"fleet {path}: {e}") from None


def parsed(text: str, folder: Path) -> Fleet:
    """A fleet by the text of its file, from whose folder its paths lead. Raises Mistake."""
    try:
        facts = tomllib.loads(text)
    except (ValueError, RecursionError) as e:  # the first also for a number of thousands of digits
        raise Mistake(f"it is not TOML: {e}") from None
    if not facts.get("target"):
        raise Mistake(f"it names no target: begin each with [[target]]; {EXAMPLE}")
    if problem := _problem(facts):
        raise Mistake(problem)
    members = tuple(_member(entry, folder) for entry in facts.pop("target"))
    if problem := next(_doubts(facts, members), None):
        raise Mistake(problem)
    return Fleet(members=members, text=text, **_parted(facts))


def _text(path: Path) -> str:
    """What the file says. Raises Mistake where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as e:  # ValueError: no UTF-8, or no path at all
        raise Mistake(f"the fleet {str(path)!r} cannot be read ({e}): name a TOML file; {EXAMPLE}") from None
    if len(content) > LARGEST:
        raise Mistake(f"the fleet {str(path)!r} is longer than {LARGEST} bytes: name a TOML file; {EXAMPLE}")
    return text.replace("\r\n", "\n")


def _member(entry: Mapping[str, Any], folder: Path) -> Member:
    profile = entry.get("profile")
    if profile is not None and (profile.endswith(".toml") or os.sep in profile):
        path = str(folder / profile)
        profile = path if path.endswith(".toml") or os.sep in path else f".{os.sep}{path}"  # a bare name is another profile
    return Member(**_parted({**entry, "profile": profile}))


def _parted(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, their limits put together."""
    facts = {name: int(value) if name in WHOLE else value for name, value in facts.items()}
    names = [one.name for one in fields(Limits)]
    limits = Limits(**{name: facts[name] for name in names if name in facts})
    return {name: value for name, value in facts.items() if name not in names} | {"limits": limits}


@functools.cache
def schema() -> dict[str, Any]:
    """The schema of fleet files."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / "fleet.schema.json").read_text("utf-8"))
    return loaded


def _problem(facts: Mapping[str, Any]) -> str | None:
    """The first thing that the schema says against it, in words: the target, the key, and what is allowed."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - whoever reads only a fleet's types does not pay for it

    error = min(Draft202012Validator(schema()).iter_errors(facts), key=lambda e: list(map(str, e.absolute_path)), default=None)
    return None if error is None else _told(error, facts)


def _told(error: ValidationError, facts: Mapping[str, Any]) -> str:
    where, keys = _place(list(error.absolute_path), facts)
    entry: Any = error.instance
    asked: Any = error.schema
    if error.validator == "additionalProperties":
        allowed = sorted(asked["properties"])
        unknown = min(set(entry) - set(allowed))
        if keys == ["credentials"] and not NAMING.fullmatch(unknown):  # name and value were exchanged: it may be a secret
            return f"{where}unknown key in 'credentials': allowed here: {', '.join(allowed)}"
        meant = difflib.get_close_matches(unknown, allowed, 1, ALIKE)
        hint = f"did you mean {meant[0]!r}?" if meant else f"allowed here: {', '.join(allowed)}"
        return f"{where}unknown key {'.'.join([*keys, visible(unknown)])!r}: {hint}"
    if error.validator == "required":
        return f"{where}{next(name for name in asked['required'] if name not in entry)!r} is missing; {EXAMPLE}"
    if "credentials" in keys[:1]:  # what stands there may be a secret, and is not repeated
        hint = "write the name of an environment variable, in capitals like EU_KEY_SECRET, and never a value"
        return f"{where}{'.'.join(keys)!r}: {hint}"
    return f"{where}{'.'.join(keys)!r}: {visible(error.message)}"


def _place(steps: list[str | int], facts: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Which target an error is in, in words, and the keys in there that lead to it."""
    if len(steps) < 2 or not isinstance(steps[1], int):
        return "", list(map(str, steps))
    entry = facts["target"][steps[1]]
    named = f" ({visible(str(entry['id']))!r})" if isinstance(entry, dict) and "id" in entry else ""
    return f"target {steps[1] + 1}{named}: ", list(map(str, steps[2:]))


def _doubts(facts: Mapping[str, Any], members: Iterable[Member]) -> Iterator[str]:
    """What no schema can say."""
    for where, rate in (("", facts.get("rate")), *((f"target {member.id!r}: ", member.limits.rate) for member in members)):
        if rate is not None and not is_rate(rate):
            yield f"{where}'rate': {RATE_HINT}"
    for member in members:
        try:
            checked_id(member.id)
            checked_url(member.base_url or "http://127.0.0.1")
        except Mistake as e:
            yield f"target {member.id!r}: {e}"
    counts = Counter(member.id.casefold() for member in members)  # each has a folder of its own, on every system
    for member in members:
        if counts[member.id.casefold()] > 1:
            yield f"two targets have the id {member.id!r}: give each one of its own, also without regard to case"
