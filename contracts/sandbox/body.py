"""Whether a body can be read and has the shape that its operation needs (clauses 9 and 17)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from contracts.sandbox.refusals import Rejection, reject_field
from contracts.sandbox.step import Check, Context

# A predicate says what is wrong with a value, or nothing.
Fault = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a body: what is wrong with its value, and whether it may be left out. Null counts as left out."""

    fault: Fault
    required: bool = False


Shape = Mapping[str, Member]


def required(fault: Fault) -> Member:
    """A member that must be there."""
    return Member(fault, required=True)


def optional(fault: Fault) -> Member:
    """A member that may be left out."""
    return Member(fault)


def text(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "must be a string"


def filled_text(value: Any) -> str | None:
    """A string with something in it."""
    return None if isinstance(value, str) and value else "must be a string that is not empty"


def boolean(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be a boolean"


def integer(low: int, high: int) -> Fault:
    """A whole number between two bounds, both included."""

    def fault(value: Any) -> str | None:
        fits = type(value) is int and low <= value <= high
        return None if fits else f"must be an integer from {low} to {high}"

    return fault


def one_of(*values: str) -> Fault:
    """One of a few words."""
    return lambda value: None if value in values else f"must be one of {', '.join(values)}"


def that(holds: Callable[[str], bool], problem: str) -> Fault:
    """A string for which something holds."""
    return lambda value: None if isinstance(value, str) and holds(value) else problem


def list_of(fault: Fault) -> Fault:
    """An array whose items are all right; the first that is not speaks for it."""

    def faults(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        return next((problem for item in value if (problem := fault(item))), None)

    return faults


def shaped(shape: Shape) -> Fault:
    """An object with these members; others are ignored."""

    def fault(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        wrong = first_fault(shape, value)
        return f"{wrong[0]} {wrong[1]}" if wrong else None

    return fault


def first_fault(shape: Shape, value: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first member that is missing or wrong, and why."""
    for name, member in shape.items():
        given = value.get(name)
        if given is None:
            if member.required:
                return name, "is required"
        elif problem := member.fault(given):
            return name, problem
    return None


def well_formed(shape: Shape, also: Callable[[Mapping[str, Any]], tuple[str, str] | None] | None = None) -> Check:
    """The check that the body is a JSON object of this shape; `also` judges members that depend on one another."""

    def run(context: Context) -> None:
        value = read(context)
        if not isinstance(value, dict):
            reject_field("body", "must be a JSON object")
        wrong = first_fault(shape, value) or (also(value) if also else None)
        if wrong:
            reject_field(*wrong)
        context.body = value

    return Check("body_well_formed", None, run)


def read(context: Context) -> Any:
    """The body as JSON, whatever its shape."""
    kind = context.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if context.request.body and kind and kind != "application/json" and not kind.endswith("+json"):
        raise Rejection(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.")
    try:
        return json.loads(context.request.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        reject_field("body", "must be valid JSON")


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
