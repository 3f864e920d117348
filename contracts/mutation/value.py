"""Operators on the judgement of single values: checks that know too much or too little, and checks that refuse what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pycountry

from contracts.case import Case
from contracts.finding import Rule
from contracts.mutation.message import PLACEHOLDER
from contracts.mutation.mutant import Mutant
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.core import DIRECTIONS, RULES
from contracts.sandbox.message import Response
from contracts.sandbox.refusals import REFUSALS, refuse
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Check, Context, Plan

COUNTRY, DIRECTION, TIME = "400-country-code-invalid", "400-direction-invalid", "400-timestamp-format"
Judgement = Callable[[str], bool]

ALPHA_3 = frozenset(one.alpha_3 for one in pycountry.countries)
WITHDRAWN = frozenset({"AN", "YU", "CS", "SU", "TP"})
RESERVED = frozenset({"UK", "EU"})
_PREFIXES = tuple(sorted(DIRECTIONS))
_FORM = re.compile(r"\d{4}(-\d\d){0,2}(T\d\d(:\d\d){0,2}Z?)?")
MILD: Mapping[str, Mapping[str, tuple[str, Judgement]]] = {
    COUNTRY: {
        "any-case": ("codes in lower case are taken", lambda code: RULES.is_country(code.upper())),
        "alpha-3": ("codes of three letters are taken", lambda code: code in ALPHA_3),
        "trimmed": ("blanks around a code are taken", lambda code: RULES.is_country(code.strip())),
        "withdrawn": ("codes of countries that are no more are taken", WITHDRAWN.__contains__),
        "reserved": ("codes that are reserved are taken", RESERVED.__contains__),
        "user-assigned": (
            "codes for users to assign are taken",
            lambda code: re.fullmatch(r"AA|Q[M-Z]|X[A-Z]|ZZ", code) is not None,
        ),
        "two-letters": ("any two capitals are taken", lambda code: re.fullmatch(r"[A-Z]{2}", code) is not None),
        "beginning": ("what begins with a code is taken", lambda code: RULES.is_country(code[:2])),
        "dialling-code": ("dialling codes are taken", lambda code: re.fullmatch(r"\+?\d+", code) is not None),
    },
    DIRECTION: {
        "any-case": ("directions in lower case are taken", lambda word: word.upper() in DIRECTIONS),
        "trimmed": ("blanks around a direction are taken", lambda word: word.strip() in DIRECTIONS),
        "beginning": ("what begins with a direction is taken", lambda word: word.startswith(_PREFIXES)),
        "part": ("a part of a direction is taken", lambda word: any(one.startswith(word) for one in DIRECTIONS)),
        "both": ("BOTH is taken", lambda word: word == "BOTH"),
    },
    TIME: {
        "form-only": ("the form is looked at, and no calendar", lambda text: _FORM.fullmatch(text) is not None),
        "month-00": ("month 0 is taken", lambda text: RULES.is_timestamp(text.replace("-00-", "-01-"))),
        "month-13": ("month 13 is taken", lambda text: RULES.is_timestamp(text.replace("-13-", "-12-"))),
        "day-00": ("day 0 is taken", lambda text: RULES.is_timestamp(re.sub(r"-00$", "-01", text))),
        "day-32": ("day 32 is taken", lambda text: RULES.is_timestamp(text.replace("-32", "-31"))),
        "30-february": ("30 February is taken", lambda text: RULES.is_timestamp(text.replace("-02-30", "-02-28"))),
        "hour-25": ("hour 25 is taken", lambda text: RULES.is_timestamp(text.replace("T25", "T01"))),
        "minute-60": ("minute 60 is taken", lambda text: RULES.is_timestamp(text.replace(":60", ":59"))),
        "offset": ("an offset without a time is taken", lambda text: re.fullmatch(r"[+-]\d\d:\d\d", text) is not None),
        "words": ("words are taken", str.isalpha),
    },
}
"""What a careless check takes besides what is right."""
_NAMES = {COUNTRY: "is_country", DIRECTION: "is_direction", TIME: "is_timestamp"}


def too_mild(row: str, operation: str) -> Iterator[Mutant]:
    """Checks that know too much."""
    for name, (what, more) in MILD.get(row, {}).items():
        seed = Mutant(f"value/takes-{name}", row, Rule.UNREFUSED, what, (f"{row}/{operation}",), Sandbox, operation)
        yield _judging(seed, operation, _either(getattr(RULES, _NAMES[row]), more))


def too_strict(case: Case) -> Iterator[Mutant]:
    """Checks that refuse what a positive control sends: one value, or whatever is known."""
    tail = case.id.removeprefix(f"{case.row}/{case.operation}/")
    if case.row not in _NAMES:
        yield Mutant(
            "check/knows-nothing",
            case.row,
            Rule.CONTROL_REFUSED,
            "what is known is taken for unknown",
            (case.id,),
            lambda: _ignorant(case.row, case.operation),
            f"{case.operation}/{tail}",
        )
        return
    for value in _sent_by(case):
        place = f"{case.operation}/{tail}" if tail.endswith(value) else f"{case.operation}/{tail}/{value}"
        seed = Mutant("value/refuses", case.row, Rule.CONTROL_REFUSED, f"{value} is refused", (case.id,), Sandbox, place)
        yield _judging(seed, case.operation, _but(getattr(RULES, _NAMES[case.row]), value))


def _sent_by(case: Case) -> tuple[str, ...]:
    """The right values that a control sends."""
    arguments: Mapping[str, Any] = case.arguments
    (given,) = (value for name, value in arguments.items() if name in {"code", "codes", "direction", "time"})
    if case.row == TIME:
        return tuple(value for _, value in given)
    return (given,) if isinstance(given, str) else tuple(given)


def _either(clean: Judgement, more: Judgement) -> Judgement:
    return lambda value: clean(value) or more(value)


def _but(clean: Judgement, less: str) -> Judgement:
    return lambda value: value != less and clean(value)


def _judging(mutant: Mutant, operation: str, judgement: Judgement) -> Mutant:
    """The mutant as a sandbox in which one operation has another judgement on the row's values."""
    plan, rules = plans()[operation], replace(RULES, **{_NAMES[mutant.row]: judgement})

    def run(context: Context) -> Response:
        context.rules = rules
        return plan.run(context)

    return replace(mutant, sandbox=lambda: Sandbox(behaviour=Behaviour(plans={**plans(), operation: Plan((), run)})))


def _ignorant(row: str, operation: str) -> Sandbox:
    """A sandbox in which one operation refuses whatever it is asked for by the row."""
    plan = plans()[operation]
    refusing = Check("nothing_known", row, lambda context: refuse_anyway(row, context))
    checks = tuple(refusing if check.row == row else check for check in plan.checks)
    return Sandbox(behaviour=Behaviour(plans={**plans(), operation: replace(plan, checks=checks)}))


def refuse_anyway(row: str, context: Context) -> NoReturn:
    """Refuse by the row, whatever the request names."""
    refuse(row, **{name: _asked_for(name, context) for name in PLACEHOLDER.findall(REFUSALS[row][2])})


def _asked_for(name: str, context: Context) -> str:
    """The value that a placeholder is bound to: of that name in the path, in the body, or the last of the path."""
    given = [context.path.get(name), (context.body or {}).get("customerId"), *reversed(list(context.path.values()))]
    return str(next(filter(None, given)))
