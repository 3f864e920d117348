"""Country permissions: whether calls to a country are allowed."""

from __future__ import annotations

from typing import Any

from contracts.sandbox.body import boolean, required, well_formed
from contracts.sandbox.country import countries
from contracts.sandbox.message import Response, answer
from contracts.sandbox.step import Context, plan
from contracts.sandbox.values import country_in_path

permission_body = well_formed({"enabled": required(boolean)})
iso_code_valid = country_in_path("isoCode")


def find_all(context: Context) -> Response:
    """`getCountryPermissions`: all countries, on one page."""
    return answer(200, {"countryPermissions": [_view(context, code) for code in countries()]})


def get(context: Context) -> Response:
    """`getCountryPermission`."""
    return answer(200, _view(context, context.path["isoCode"]))


def update(context: Context) -> Response:
    """updateCountryPermission; a country that was never touched is enabled."""
    barred = context.state.barred_countries.get(context.project_id, frozenset())
    code = frozenset({context.path["isoCode"]})
    changed = barred - code if context.body["enabled"] else barred | code
    context.state.barred_countries[context.project_id] = changed
    return answer(200, _view(context, context.path["isoCode"]))


def _view(context: Context, code: str) -> dict[str, Any]:
    country = countries().get(code)
    return {
        "isoCode": code,
        "name": country.name if country else code,
        "continent": country.continent if country else "",
        "countryDialingCodes": list(country.dialing_codes) if country else [],
        "enabled": code not in context.state.barred_countries.get(context.project_id, frozenset()),
    }


PLANS = {
    "getCountryPermissions": plan(effect=find_all),
    "getCountryPermission": plan(iso_code_valid, effect=get),
    "updateCountryPermission": plan(permission_body, iso_code_valid, effect=update),
}
