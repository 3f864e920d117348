"""Phone numbers and the trunk that each is assigned to."""

from __future__ import annotations

from contracts.blame import Inconclusive
from contracts.call import Call, api
from contracts.case import controls, provokes, races
from contracts.talk import FRESH
from contracts.world import World
from tests.contract.unknown import DELETED, ELSEWHERE, IDS, MALFORMED, UNISSUED, VALUES, Unknown, unheard_of
from tests.contract.values import RACE, changes, raising

# -- creation -----------------------------------------------------------------------------------------------------------------


@provokes("400-phone-number-exists", by="createPhoneNumber", variant="twice")
def number_created_twice(world: World) -> None:
    """A number that exists cannot be created again."""
    number = world.number()
    again = api.createPhoneNumber(phoneNumber=number, countryCode="US")
    world.refused(again, watch=[_reading(number), api.GetPhoneNumbers()], phoneNumber=number)


@provokes("400-phone-number-exists", by="createPhoneNumber", variant="held-elsewhere")
def number_of_another_project_created(world: World) -> None:
    """A number is unique over all projects."""
    other = world.project()
    number = world.number(other)
    again = api.createPhoneNumber(phoneNumber=number, countryCode="US")
    watch = [api.GetPhoneNumbers(), _reading(number).under(other)]
    world.refused(again, watch=watch, hidden=[other], phoneNumber=number)


@races("400-phone-number-exists", by="createPhoneNumber", variant="race", contestants=RACE)
def creations_of_number_race(world: World, contestants: int) -> None:
    """Of equal numbers created at once, one is."""
    number = world.number()  # to be sure that nobody else has it: fiction owns few numbers
    world.made(api.deletePhoneNumber(phoneNumber=number))
    call = api.createPhoneNumber(phoneNumber=number, countryCode="US")
    world.race([call] * contestants, lambda _: {"phoneNumber": number})


# -- assignment ---------------------------------------------------------------------------------------------------------------


@provokes("400-phone-number-already-assigned", by="assignPhoneNumber", variant="same-trunk")
def number_assigned_twice(world: World) -> None:
    """A number cannot be assigned to the trunk that has it."""
    number, trunk = world.number(), world.trunk()["id"]
    world.assign(number, trunk)
    again = api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk)
    world.refused(again, watch=[_reading(number)], number=number, trunkId=trunk)


@provokes("400-phone-number-already-assigned", by="assignPhoneNumber", variant="another-trunk")
def number_assigned_to_second_trunk(world: World) -> None:
    """A number that a trunk has cannot be assigned to another one."""
    number, trunk, other = world.number(), world.trunk()["id"], world.trunk()["id"]
    world.assign(number, trunk)
    again = api.assignPhoneNumber(phoneNumber=number, sipTrunkId=other)
    world.refused(again, watch=[_reading(number)], number=number, trunkId=trunk)


@races("400-phone-number-already-assigned", by="assignPhoneNumber", variant="race", contestants=RACE)
def trunks_race_for_number(world: World, contestants: int) -> None:
    """Of two trunks that a number is assigned to at once, again and again, one gets it."""
    number, trunks = world.number(), [world.trunk()["id"] for _ in range(2)]
    calls = [api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunks[turn % 2]) for turn in range(contestants)]
    world.race(calls, lambda winner: {"number": number, "trunkId": winner.call.body["sipTrunkId"]})


# -- unknown numbers ----------------------------------------------------------------------------------------------------------


@provokes("404-phone-number", by=raising("404-phone-number"), shape=VALUES)
def number_unknown(world: World, by: str, shape: str) -> None:
    """A number that the project does not have can neither be read, nor assigned, nor deleted."""
    number = _unknown_number(world, by, shape)
    body = {"sipTrunkId": world.trunk()["id"]} if by == "assignPhoneNumber" else {}
    call = api[by](phoneNumber=number.id, **body)
    world.refused(call, watch=number.watch if changes(by) else (), hidden=number.hidden, number=number.id)


@controls("404-phone-number", by="GetPhoneNumberByNumber", variant="known")
def number_known(world: World) -> None:
    """A number that the project has is found."""
    world.accepted(_reading(world.number_to_read()))


@provokes("404-phone-number-id", by="getPhoneNumberById", shape=IDS)
def number_id_unknown(world: World, shape: str) -> None:
    """A number is not found by an id that no number of the project has."""
    number = _unknown_number_id(world, shape)
    world.refused(api.getPhoneNumberById(phoneNumberId=number.id), hidden=number.hidden, id=number.id)


@controls("404-phone-number-id", by="getPhoneNumberById", variant="known")
def number_id_known(world: World) -> None:
    """A number that the project has is found by its id."""
    world.accepted(api.getPhoneNumberById(phoneNumberId=_id_of(world, world.number())))


def _unknown_number(world: World, by: str, shape: str) -> Unknown:
    if shape == ELSEWHERE:
        project = world.project()
        number = world.number(project)
        return Unknown(number, (_reading(number), _reading(number).under(project)), (project,), project)
    number = world.number() if shape == DELETED else _unheld(world, by)
    if shape == DELETED:
        world.made(api.deletePhoneNumber(phoneNumber=number))
    return Unknown(number, (_reading(number),))


def _unknown_number_id(world: World, shape: str) -> Unknown:
    if shape in {UNISSUED, MALFORMED}:
        return Unknown(unheard_of(world, shape))
    project = world.project() if shape == ELSEWHERE else None
    number = world.number(project)
    number_id = _id_of(world, number, project)
    if shape == DELETED:
        world.made(api.deletePhoneNumber(phoneNumber=number))
    return Unknown(number_id, hidden=(project, number) if project else (), project=project)


def _unheld(world: World, by: str) -> str:
    """A number that the project was just seen not to have: fiction owns few, and what others made is not to be touched.

    Where reading numbers one by one is what is to be judged, the list of them may say so as well.
    """
    for _ in range(FRESH):
        number = world.phone_number()
        if world.absent(_reading(number)):
            return number
    if not changes(by) and world.unlisted(api.GetPhoneNumbers()):
        return number
    raise Inconclusive(f"the project has {FRESH} fresh numbers in a row already")


def _id_of(world: World, number: str, project: str | None = None) -> str:
    return str(world.made(world.within(project, _reading(number)))["id"])


def _reading(number: str) -> Call:
    return api.GetPhoneNumberByNumber(phoneNumber=number)
