"""Call records: finding, exporting and capturing them."""

from __future__ import annotations

from typing import Any

from contracts.call import Call, api
from contracts.case import controls, provokes
from contracts.world import World
from tests.contract.unknown import ELSEWHERE, MALFORMED, UNISSUED, unheard_of
from tests.contract.values import BAD_COUNTRIES, BAD_DIRECTIONS, BAD_TIMESTAMPS, DIRECTIONS, RARE_COUNTRIES, TIMESTAMPS

BOTH = ("findCalls", "exportCallRecords")
COUNTRY_FILTERS = ("fromCountryCode", "toCountryCode")


# -- filters ------------------------------------------------------------------------------------------------------------------


@provokes("400-timestamp-format", by=BOTH, time=BAD_TIMESTAMPS)
def calls_of_no_time(world: World, by: str, time: str) -> None:
    """Calls are filtered by a time that the calendar and the clock know."""
    call = _asked(world, by, createTime=time)
    world.refused(call, watch=_export_of(call))


@controls("400-timestamp-format", by=BOTH, time=TIMESTAMPS)
def calls_of_time(world: World, by: str, time: tuple[tuple[str, str], ...]) -> None:
    """Calls are filtered by a date, a part of one, a date and time, or a range of two."""
    world.accepted(_asked(world, by, query=time))


@provokes("400-direction-invalid", by=BOTH, direction=BAD_DIRECTIONS)
def calls_of_bad_direction(world: World, by: str, direction: str) -> None:
    """Calls are filtered by a direction of two, letter for letter."""
    call = _asked(world, by, direction=direction)
    world.refused(call, watch=_export_of(call), direction=direction)


@controls("400-direction-invalid", by=BOTH, direction=DIRECTIONS)
def calls_of_direction(world: World, by: str, direction: str) -> None:
    """Calls are filtered by either direction."""
    world.accepted(_asked(world, by, direction=direction))


@provokes("400-country-code-invalid", by="exportCallRecords", parameter=COUNTRY_FILTERS, code=BAD_COUNTRIES)
def export_of_bad_country(world: World, by: str, parameter: str, code: str) -> None:
    """Calls are exported by assigned codes of countries, in capitals, with nothing around them."""
    call = _asked(world, by, **{parameter: code})
    world.refused(call, watch=_export_of(call), fieldName=parameter, countryCode=code)


@controls("400-country-code-invalid", by="exportCallRecords", parameter=COUNTRY_FILTERS, code=RARE_COUNTRIES)
def export_of_rare_country(world: World, by: str, parameter: str, code: str) -> None:
    """Calls are exported by countries that hardly anybody calls."""
    world.accepted(_asked(world, by, **{parameter: code}))


def _asked(world: World, operation: str, **filters: Any) -> Call:
    """Calls asked for with these filters. An export gets a name, and stays in a project that goes with the case."""
    if operation == "findCalls":
        return api.findCalls(**filters)
    return api.exportCallRecords(projectId=world.own_project(), fileName=world.word(), **filters)


def _export_of(call: Call) -> list[Call]:
    """What reads the export that a call would have made."""
    key = dict(call.query).get("fileName")
    return [api.getExport(projectId=call.path["projectId"], key=key)] if key else []


# -- unknown calls ------------------------------------------------------------------------------------------------------------


@provokes("404-call-id", by="getCall", shape=[UNISSUED, MALFORMED])
def call_unknown(world: World, shape: str) -> None:
    """A call is not found by an id that no call has."""
    call_id = unheard_of(world, shape)
    world.refused(api.getCall(callId=call_id), callId=call_id)


@provokes("404-call-id", by="getPcap", shape=[UNISSUED, MALFORMED])
def capture_unknown(world: World, shape: str) -> None:
    """A capture is not found by an id that no capture has, and the id is told as a call's."""
    pcap_id = unheard_of(world, shape)
    world.refused(api.getPcap(pcapId=pcap_id), callId=pcap_id)


@controls("404-call-id", by="getCall", variant="known")
def call_known(world: World) -> None:
    """A call on record is found by its id."""
    world.accepted(api.getCall(callId=world.any_call("callId")))


@controls("404-call-id", by="getPcap", variant="known")
def capture_known(world: World) -> None:
    """The capture of a call on record is found by its id."""
    world.accepted(api.getPcap(pcapId=world.any_call("pcapId")))


# -- exports ------------------------------------------------------------------------------------------------------------------


@provokes("404-export-key", by="getExport", shape=[UNISSUED, ELSEWHERE])
def export_unknown(world: World, shape: str) -> None:
    """An export is not found by a key under which the project made none."""
    key, project = world.word(), world.project() if shape == ELSEWHERE else None
    if project:
        world.made(api.exportCallRecords(projectId=project, fileName=key))
        world.ready(api.getExport(projectId=project, key=key))
    world.refused(api.getExport(key=key), hidden=[project] if project else (), key=key)


@controls("404-export-key", by="getExport", variant="known")
def export_known(world: World) -> None:
    """An export is found by the file name that it was made with, once it is processed."""
    project, key = world.own_project(), world.word()
    world.made(api.exportCallRecords(projectId=project, fileName=key))
    world.ready(api.getExport(projectId=project, key=key))
