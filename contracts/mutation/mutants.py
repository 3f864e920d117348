"""Every mutant there is, in one order that never changes: operators over rows, operations and variants."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.case import Case, Kind
from contracts.catalogue import rows
from contracts.mutation import behaviour, race, value
from contracts.mutation.answer import ENVELOPE, STATUS, UNKNOWN, Operator
from contracts.mutation.contest import of_contests
from contracts.mutation.message import Wording, leak_wordings, wordings
from contracts.mutation.mutant import Mutant, spoilt
from contracts.mutation.sequence import of_sequences
from contracts.run.planned import plan
from contracts.sandbox import Sandbox

MET, MEETING = "404-export-key", "400-timestamp-format/exportCallRecords"
"""An error that cases of another row meet, and the cases: what they read afterwards must not be there."""
ON_THE_WAY = (
    *("code-string", "code-other", "status-missing", "message-null", "wrapped", "details-object", "duplicate-key", "empty"),
    *("truncated", "html-as-json", "content-type-other", "other-row", *UNKNOWN),
)


@functools.cache
def cases() -> tuple[Case, ...]:
    """The suite's cases, once."""
    return plan(only_documented=True)


@functools.cache
def mutants() -> Mapping[str, Mutant]:
    """All mutants by id."""
    return {mutant.id: mutant for mutant in declared()}


def declared() -> Iterator[Mutant]:
    """All mutants as they are declared: an id that came twice would come twice."""
    for row in rows():
        for name, operator in ENVELOPE.items():
            if name != "message-missing" or row.message:  # it may be, where none is documented
                yield _answered(f"envelope/{name}", row.id, operator)
        for name, operator in STATUS.items():
            yield _answered(f"status/{name}", row.id, operator)
        for wording in wordings(row.id):
            yield _worded(f"message/{wording.operator}", row.id, wording)
        for wording in leak_wordings():
            yield _worded(f"leak/{wording.operator}", row.id, wording)
    yield from _of_cases(cases())
    yield from of_sequences()
    yield from of_contests()
    for name in ON_THE_WAY:
        met = _answered(f"on-the-way/{name}", MET, {**ENVELOPE, **STATUS, **UNKNOWN}[name])
        yield replace(met, cases=(MEETING,), on_the_way=True)


def _of_cases(planned: tuple[Case, ...]) -> Iterator[Mutant]:
    places = Counter((case.row, case.operation) for case in planned if case.kind is Kind.REFUSAL)
    for case in planned:
        if case.kind is Kind.REFUSAL:
            yield from behaviour.of_case(case, alone=places[case.row, case.operation] == 1)
        elif case.kind is Kind.CONTROL:
            yield from value.too_strict(case)
        else:
            yield from race.of_race(case)
    for row, operation in places:
        yield from behaviour.of_operation(row, operation)
        yield from value.too_mild(row, operation)


def _answered(operator: str, row: str, how: Operator) -> Mutant:
    return Mutant(operator, row, how.rule, how.what, (row,), lambda: Sandbox(behaviour=spoilt(row, how.instead)))


def _worded(operator: str, row: str, how: Wording) -> Mutant:
    return Mutant(operator, row, how.rule, how.what, (row,), lambda: Sandbox(behaviour=spoilt(row, how.instead)), how.slot)
