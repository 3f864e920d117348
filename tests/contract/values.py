"""Values that scenarios share: codes, directions and timestamps, right and wrong, and the operations that a row names."""

from __future__ import annotations

import itertools
import string
from collections.abc import Mapping
from typing import Any

from contracts.case import Depth, deeper
from contracts.catalogue import row
from contracts.operation import operations

COUNTRIES = tuple(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - 249 quoted codes are no easier to read
)
"""The assigned alpha-2 codes of ISO 3166-1. As data: the library that knows them costs every worker 60 ms."""

RARE_COUNTRIES = ("AQ", "BV", "HM")

_BAD_COUNTRIES = {
    code.replace(" ", "-blank"): code
    for code in (
        *("us", "Us", "USA", "U", "12", "+46", "US "),
        *("AA", "XX", "ZZ", "QM", "XK"),  # for users to assign
        *("AN", "YU", "CS", "SU", "TP"),  # of countries that are no more
        *("UK", "EU", "EN"),  # reserved, or taken for a country by mistake
    )
}

_UNASSIGNED = ("".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=2))
_OTHERS = [code for code in _UNASSIGNED if code not in COUNTRIES and code not in _BAD_COUNTRIES]

BAD_COUNTRIES: Mapping[str, Any] = {**_BAD_COUNTRIES, **deeper(Depth.EXHAUSTIVE, _OTHERS)}
"""Codes that are no countries; at exhaustive depth every two-letter code that is not assigned is among them."""

MEANT = {
    **dict.fromkeys(("us", "Us", "USA", "U", "US "), "US"),
    **dict.fromkeys(("UK", "EN"), "GB"),
    "+46": "SE",
    "SU": "RU",
    "YU": "RS",
    "CS": "CZ",
    "TP": "TL",
    "AN": "CW",
}
"""The country that a careless reader could take a bad code for."""

DIRECTIONS = ("INBOUND", "OUTBOUND")

BAD_DIRECTIONS: Mapping[str, str] = {
    direction.replace(" ", "-blank"): direction for direction in ("inbound", "Inbound", "BOTH", "INBOUND ", "INBOUNDX", "IN")
}

TIMESTAMPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    **{time: (("createTime", time),) for time in ("2021-02-01", "2021-02", "2021-02-01T08", "2021-02-01T14:00:00Z")},
    "range": (("createTime>", "2021-02-01"), ("createTime<", "2021-02-01T14:00:00Z")),  # as createTime>=A&createTime<=B
}

BAD_TIMESTAMPS: Mapping[str, str] = {
    "words": "yesterday",
    "month-00": "2021-00-01",
    "month-13": "2021-13-01",
    "day-00": "2021-02-00",
    "day-32": "2021-01-32",
    "30-february": "2021-02-30",
    "hour-25": "2021-02-01T25:00:00Z",
    "minute-60": "2021-02-01T14:60:00Z",
    "lone-offset": "+02:00",
}

RACE: Mapping[str, Any] = {"8": 8, **deeper(Depth.STANDARD, {"2": 2, "16": 16})}
"""How many equal requests race."""


def raising(row_id: str) -> tuple[str, ...]:
    """The operations that can answer with the row."""
    return tuple(name for name, operation in operations().items() if row(row_id).raised_by(operation))


def raising_with(row_id: str, *pieces: str) -> tuple[str, ...]:
    """Those of them that have one of the pieces in their path."""
    return tuple(name for name in raising(row_id) if any(piece in operations()[name].path for piece in pieces))


def raising_without(row_id: str, *pieces: str) -> tuple[str, ...]:
    """Those of them that have none of the pieces in their path."""
    return tuple(name for name in raising(row_id) if name not in raising_with(row_id, *pieces))


def changes(operation: str) -> bool:
    """Whether the operation changes something, so that a refusal of it is worth a second look."""
    return not operations()[operation].only_reads


def groups(size: int = 14) -> Mapping[str, tuple[str, ...]]:
    """The assigned codes, a few at a time, by the first and the last of them."""
    cut = (COUNTRIES[start : start + size] for start in range(0, len(COUNTRIES), size))
    return {f"{group[0]}-{group[-1]}": group for group in cut}
