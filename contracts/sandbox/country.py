"""The countries of ISO 3166-1, from pycountry, with what the API tells about each."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

# Neither library knows continents.
_CONTINENTS = {
    "Africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ "
    "NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW",
    "Antarctica": "AQ BV GS HM",
    "Asia": "AE AF AM AZ BD BH BN BT CC CN CX CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM "
    "PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE",
    "Europe": "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT "
    "NL NO PL PT RO RS RU SE SI SJ SK SM UA VA",
    "North America": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX "
    "TC TT US VC VG VI",
    "Oceania": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    "South America": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}


@dataclass(frozen=True, slots=True)
class Country:
    """One country as the API shows it."""

    code: str
    name: str
    continent: str
    dialing_codes: tuple[str, ...]


@functools.cache
def codes() -> frozenset[str]:
    """The 249 assigned alpha-2 codes. The library is loaded when it is first asked, for a quick start."""
    import pycountry  # noqa: PLC0415

    return frozenset(one.alpha_2 for one in pycountry.countries)


def is_country(code: str) -> bool:
    """An assigned alpha-2 code, in upper case, with nothing around it."""
    return code in codes()


@functools.cache
def countries() -> Mapping[str, Country]:
    """All countries by code, in alphabetical order."""
    import pycountry  # noqa: PLC0415

    dialing = _dialing_codes()
    continents = {code: continent for continent, held in _CONTINENTS.items() for code in held.split()}
    return {
        one.alpha_2: Country(one.alpha_2, one.name, continents[one.alpha_2], dialing.get(one.alpha_2, ()))
        for one in sorted(pycountry.countries, key=lambda one: str(one.alpha_2))
    }


def is_number(number: str) -> bool:
    """A possible number in E.164: a plus sign and digits only. Fictional numbers are fine."""
    import phonenumbers  # noqa: PLC0415

    if not (number.startswith("+") and number.isascii() and number[1:].isdigit()):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def country_of(number: str) -> str | None:
    """The country of a number, or the main one that shares its dialling code."""
    import phonenumbers  # noqa: PLC0415

    parsed = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(parsed)
    region = region or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return region if region and is_country(region) else None


def _dialing_codes() -> Mapping[str, tuple[str, ...]]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    found: dict[str, list[str]] = {}
    for dialing_code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            found.setdefault(region, []).append(str(dialing_code))
    return {region: tuple(held) for region, held in found.items()}
