"""Moves with telephone numbers, and the trunks that have them."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, Target, each, gone, into, only, pairs
from contracts.model.state import Number, Project, State, Trunk

MOVES: list[Move] = []
move = into(MOVES)


def _unassigned_with_gone_trunks(state: State) -> Iterator[Target]:
    for number in state.numbers.values():
        yield from ((number, trunk) for trunk in state.was(Trunk) if number.trunk is None)


@move("createPhoneNumber", each("numbers", most=MOST))
def create_number(maker: Maker, project: str) -> Call:
    """A new number."""
    return api.createPhoneNumber(projectId=project, phoneNumber=maker.free_number(project), countryCode="US")


@move("createPhoneNumber", pairs("numbers", "projects", same_project=False))
def create_taken_number(_: Maker, number: Number, project: Project) -> Call:
    """A number that is there already."""
    return api.createPhoneNumber(projectId=project.id, phoneNumber=number.id, countryCode="US")


@move("assignPhoneNumber", pairs("numbers", "trunks"))
def assign_number(_: Maker, number: Number, trunk: Trunk) -> Call:
    """A number for a trunk, be it assigned already."""
    return api.assignPhoneNumber(projectId=number.project, phoneNumber=number.id, sipTrunkId=trunk.id)


@move("assignPhoneNumber", _unassigned_with_gone_trunks)
def assign_number_to_gone_trunk(_: Maker, number: Number, trunk: Trunk) -> Call:
    """A number for a trunk that was deleted."""
    return api.assignPhoneNumber(projectId=number.project, phoneNumber=number.id, sipTrunkId=trunk.id)


@move("assignPhoneNumber", only(each("numbers"), lambda _, number: number.trunk is not None))
def unassign_number(_: Maker, number: Number) -> Call:
    """A number that no trunk has any more."""
    return api.assignPhoneNumber(projectId=number.project, phoneNumber=number.id, sipTrunkId="")


@move("deletePhoneNumber", only(each("numbers"), lambda _, number: number.trunk is None))
def delete_number(_: Maker, number: Number) -> Call:
    """Deletion of a number that no trunk has."""
    return api.deletePhoneNumber(projectId=number.project, phoneNumber=number.id)


@move("deletePhoneNumber", gone(Number))
def delete_gone_number(_: Maker, number: Number) -> Call:
    """Deletion of a number that was deleted."""
    return api.deletePhoneNumber(projectId=number.project, phoneNumber=number.id)


@move("createPhoneNumber", only(gone(Number), lambda state, _: len(state.numbers) < MOST))
def create_gone_number(_: Maker, number: Number) -> Call:
    """A number that was deleted, created again."""
    return api.createPhoneNumber(projectId=number.project, phoneNumber=number.id, countryCode="US")
