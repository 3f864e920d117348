"""Country permissions. A country's setting is written back as it was read, and never otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.blame import NotExercised
from contracts.call import api
from contracts.case import controls, provokes
from contracts.world import World
from tests.contract.values import BAD_COUNTRIES, MEANT, RARE_COUNTRIES, groups


@provokes("400-country-code-invalid", by="getCountryPermission", field=["isoCode"], code=BAD_COUNTRIES)
def permission_of_no_country_read(world: World, code: str) -> None:
    """A permission is asked for by an assigned code, in capitals, with nothing around it."""
    world.refused(api.getCountryPermission(isoCode=code), fieldName="isoCode", countryCode=code)


@provokes("400-country-code-invalid", by="updateCountryPermission", field=["isoCode"], code=BAD_COUNTRIES)
def permission_of_no_country_updated(world: World, code: str) -> None:
    """A permission is updated by an assigned code, in capitals, with nothing around it."""
    country = _country_for(world, code)
    reading = api.getCountryPermission(isoCode=country)
    call = api.updateCountryPermission(isoCode=code, enabled=world.made(reading)["enabled"])
    world.refused(call, watch=[reading], fieldName="isoCode", countryCode=code)


@controls("400-country-code-invalid", by="getCountryPermission", field=["isoCode"], codes=groups())
def permissions_of_countries_read(world: World, codes: Sequence[str]) -> None:
    """Every assigned code has a permission."""
    for code in codes:
        world.accepted(api.getCountryPermission(isoCode=code))


@controls("400-country-code-invalid", by="updateCountryPermission", field=["isoCode"], code=RARE_COUNTRIES)
def permission_of_rare_country_updated(world: World, code: str) -> None:
    """A permission can be updated for a country that hardly anybody calls."""
    if not world.target.loopback and code != world.target.expendable_country:
        raise NotExercised(f"the target is not on this machine, and the profile does not mark {code} as expendable")
    enabled = world.made(api.getCountryPermission(isoCode=code))["enabled"]
    world.accepted(api.updateCountryPermission(isoCode=code, enabled=enabled))


def _country_for(world: World, code: str) -> str:
    """The country whose setting is written under a bad code, so that nothing changes should the code be taken for it."""
    meant, expendable = MEANT.get(code), world.target.expendable_country
    if world.target.loopback:
        return meant or "US"
    if expendable is None:
        raise NotExercised("the target is not on this machine, and the profile marks no country as expendable")
    if meant not in {None, expendable}:
        raise NotExercised(f"{code!r} could be taken for {meant}, which the profile does not mark as expendable")
    return expendable
