"""Defects that only a sequence of requests can show: what a refused request keeps, what a removal leaves, what an update loses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from contracts.finding import Rule
from contracts.mutation.lapse import (
    Remembered,
    Run,
    bare_trunk,
    besides,
    no_endpoint,
    no_rule,
    off_all_trunks,
    off_other_trunks,
    only_first_credential,
    only_last_range,
    only_this_number,
)
from contracts.mutation.mutant import Mutant
from contracts.mutation.remnant import REMNANTS, Defect
from contracts.sandbox import Behaviour, Sandbox
from contracts.sandbox.routes import plans
from contracts.sandbox.step import Plan

CHECK = "stateful"


def of_sequences() -> Iterator[Mutant]:
    """All of them."""
    for name, defect in DEFECTS.items():
        operator, _, place = name.partition("/")
        cases = (f"{CHECK}/{defect.theme}",)
        make = _maker(defect.changed)
        yield Mutant(f"sequence/{operator}", defect.row or CHECK, defect.rule, defect.what, cases, make, place)


def _maker(changed: Mapping[str, Run]) -> Callable[[], Sandbox]:
    def sandbox() -> Sandbox:
        remembered: Remembered = {}
        instead = {name: _changed(name, run, remembered) for name, run in changed.items()}
        return Sandbox(behaviour=Behaviour(plans={**plans(), **instead}))

    return sandbox


def _changed(name: str, run: Run, remembered: Remembered) -> Plan:
    plan = plans()[name]
    return Plan((), lambda context: run(plan, context, remembered))


DEFECTS: Mapping[str, Defect] = {
    **REMNANTS,
    "loses/lists-of-trunk": Defect(
        "access-control-lists",
        "",
        Rule.STATE_UNEXPLAINED,
        "an update of a trunk takes its lists off",
        {"updateSipTrunk": besides(bare_trunk)},
    ),
    "loses/endpoints": Defect(
        "endpoints",
        "",
        Rule.STATE_UNEXPLAINED,
        "an update of a trunk loses its endpoints",
        {"updateSipTrunk": besides(no_endpoint)},
    ),
    "loses/on-other-trunks": Defect(
        "access-control-lists",
        "",
        Rule.STATE_UNEXPLAINED,
        "taken off one trunk, an access control list is taken off all",
        {"deleteAccessControlListFromTrunk": besides(off_all_trunks)},
    ),
    "loses/moved": Defect(
        "access-control-lists",
        "",
        Rule.STATE_UNEXPLAINED,
        "put on a second trunk, an access control list is taken off the first",
        {"addAccessControlListToTrunk": besides(off_other_trunks)},
    ),
    "loses/first-number": Defect(
        "phone-numbers",
        "",
        Rule.STATE_UNEXPLAINED,
        "a second number takes the place of the first on a trunk",
        {"assignPhoneNumber": besides(only_this_number)},
    ),
    "loses/other-ranges": Defect(
        "access-control-lists",
        "",
        Rule.STATE_UNEXPLAINED,
        "a range that is added takes the place of the others",
        {"addIpRangeToAccessControlList": besides(only_last_range)},
    ),
    "loses/credentials": Defect(
        "credential-lists",
        "",
        Rule.STATE_UNEXPLAINED,
        "a credential list that is renamed keeps its first credential only",
        {"updateCredentialList": besides(only_first_credential)},
    ),
    "loses/other-rules": Defect(
        "blocking-rules",
        "",
        Rule.STATE_UNEXPLAINED,
        "with one rule all of the project are deleted",
        {"deleteBlockingRuleById": besides(no_rule)},
    ),
}
"""By operator and place: what is left behind, and what is lost."""
