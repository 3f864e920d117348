"""The plan of cases: every variant of behaviour.md's table is a case of its own, and no case can be lost unseen."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from contracts.case import Case, Depth, Kind, Scenario
from contracts.catalogue import row, rows
from contracts.operation import operations
from tests import contract

RACES = {
    "400-domain-unavailable",
    "400-username-unavailable",
    "400-customer-exists",
    "400-phone-number-exists",
    "400-project-exists",
    "400-blocking-rule-exists",
    "400-acl-already-on-trunk",
    "400-credential-list-already-on-trunk",
    "400-phone-number-already-assigned",
    "400-credential-used-by-endpoint",
}
"""The rows that behaviour.md lists under "Races"."""

PLAN = {
    # row: (refusals, positive controls, races); beside it how the refusals come about where that is no plain list of the table
    "400-domain-unavailable": (3, 0, 1),  # taken here, taken in another project, taken by another trunk
    "400-username-unavailable": (3, 0, 1),
    "400-customer-exists": (1, 0, 1),
    "400-phone-number-exists": (2, 0, 1),
    "400-project-not-enabled": (2, 0, 0),
    "400-project-exists": (1, 0, 1),
    "400-parent-has-children": (5, 0, 0),
    "400-child-attached-to-parent": (2, 0, 0),
    "400-timestamp-format": (2 * 9, 2 * 5, 0),
    "400-acl-already-on-trunk": (2, 0, 1),
    "400-credential-list-already-on-trunk": (2, 0, 1),
    "400-acl-needs-ip-range": (3, 0, 0),
    "400-credential-list-needs-credential": (2, 0, 0),
    "400-trunk-has-phone-numbers": (2, 0, 0),  # the number alone, and before another child (clause 9)
    "400-credential-used-by-endpoint": (2 + 2 * 2, 0, 1),  # deleted, also as the last; on the same trunk, on another
    "400-phone-number-already-assigned": (2, 0, 1),
    "400-blocking-rule-exists": (2, 0, 1),
    "400-country-code-invalid": (20 * (2 * 2 + 2 + 2), 18 + 3 * (2 * 2 + 1 + 2), 0),
    "400-direction-invalid": (4 * 6, 4 * 2, 0),
    "400-direction-empty": (2 * 3, 0, 0),
    "403-forbidden": (8 + 5, 0, 0),
    "404-trunk-id": (16 * 4, 1, 0),
    "404-trunk-domain": (3, 1, 0),
    "404-endpoint-id": (3 * 5, 1, 0),
    "404-phone-number-id": (4, 1, 0),
    "404-phone-number": (3 * 3, 1, 0),
    "404-customer-id": (3 * 3, 2, 0),
    "404-project-id": (59 * 3, 1, 0),
    "404-project-config-key": (2, 1, 0),
    "404-acl-id": (10 * 4, 1, 0),
    "404-ip-range-id": (2 * 5, 0, 0),
    "404-acl-not-on-trunk": (3, 0, 0),
    "404-credential-list-id": (8 * 4, 1, 0),
    "404-credential-username": (2 * 4 + 3, 2, 0),
    "404-call-id": (2 * 2, 2, 0),
    "404-blocking-rule-id": (2 * 4, 1, 0),
    "404-export-key": (2, 1, 0),
    "500-internal-server-error": (5, 0, 0),
}

A_FEW = {"403-forbidden", "500-internal-server-error"}
"""Rows that any operation may raise, and that a few operations stand for."""


def _scenarios() -> Iterator[tuple[str, Scenario]]:
    for module in pkgutil.iter_modules(contract.__path__):
        members = vars(importlib.import_module(f"{contract.__name__}.{module.name}"))
        yield from ((f"{module.name}.{name}", value) for name, value in members.items() if isinstance(value, Scenario))


SCENARIOS = dict(_scenarios())
CASES: tuple[Case, ...] = tuple(case for scenario in SCENARIOS.values() for case in scenario.cases() if case.row)
"""The documented cases; checks belong to no row."""


def test_case_ids_are_unique() -> None:
    """Two cases never share an id."""
    assert [case_id for case_id, count in Counter(case.id for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("depth", [Depth.STANDARD, Depth.EXHAUSTIVE])
def test_a_deeper_run_has_more_cases_and_misses_none(depth: Depth) -> None:
    """Every quick case is among them, no id comes twice, and each row that a deeper run adds to is one that says so."""
    deeper = [case.id for scenario in SCENARIOS.values() for case in scenario.cases(depth) if case.row]
    assert {case.id for case in CASES} < set(deeper)
    assert len(deeper) == len(set(deeper))
    assert {case_id.split("/")[0] for case_id in set(deeper) - {case.id for case in CASES}} <= RACES | {"400-country-code-invalid"}


def test_case_ids_say_row_operation_variant_shape() -> None:
    """`row/operation/variant[/shape]`, without white space."""
    for case in CASES:
        assert re.fullmatch(r"[\w-]+/\w+(/[\w+:-]+){1,2}", case.id), case.id
        assert case.id.startswith(f"{case.row}/{case.operation}/")


@pytest.mark.parametrize("row_id", [row.id for row in rows()])
def test_row_has_its_cases(row_id: str) -> None:
    """As many as the table has variants: a variant that is dropped shows here."""
    kinds = Counter(case.kind for case in CASES if case.row == row_id)
    assert (kinds[Kind.REFUSAL], kinds[Kind.CONTROL], kinds[Kind.RACE]) == PLAN[row_id]


@pytest.mark.parametrize("row_id", [row.id for row in rows()])
def test_row_is_provoked_by_all_its_operations(row_id: str) -> None:
    """The operations of the refusals are those that the catalogue names for the row."""
    provoking = {case.operation for case in CASES if case.row == row_id and case.kind is Kind.REFUSAL}
    raising = {name for name, operation in operations().items() if row(row_id).raised_by(operation)}
    assert provoking < raising if row_id in A_FEW else provoking == raising


def test_races_are_those_of_the_specification() -> None:
    """Ten rows have a race, of eight contestants."""
    raced = [case for case in CASES if case.kind is Kind.RACE]
    assert {case.row for case in raced} == RACES
    assert all(case.id.endswith("/race/8") for case in raced)


def test_every_id_is_tried_in_the_three_shapes() -> None:
    """Never issued and malformed always, deleted wherever the API can delete."""
    shapes: dict[str, set[str]] = {}
    for case in CASES:
        if case.kind is Kind.REFUSAL and case.row.startswith("404-") and case.row.endswith("-id"):
            shapes.setdefault(case.row, set()).add(case.id.rpartition("/")[2])
    assert all({"unissued", "malformed"} <= tried for tried in shapes.values())
    assert {row_id for row_id, tried in shapes.items() if "deleted" not in tried} == {"404-call-id"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_says_given_and_when(name: str) -> None:
    """A fact as docstring; no assertion, and nothing of an error in the body: that is the catalogue's."""
    body = SCENARIOS[name].body
    source = inspect.getsource(body)
    text = source.split('"""')[2]
    assert (body.__doc__ or "").endswith(".")
    assert "assert " not in text
    assert not re.search(r"\b[45]\d\d\b|NOT_FOUND|BAD_REQUEST|Could not|already exists", text)
