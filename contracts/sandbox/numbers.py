"""Phone numbers and the trunk that each is assigned to."""

from __future__ import annotations

from dataclasses import replace

from contracts.sandbox import country, known, view
from contracts.sandbox.body import optional, required, text, that, well_formed
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.page import LISTS, paging_valid
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import Number
from contracts.sandbox.step import Context, check, plan

new_number_body = well_formed(
    {
        "phoneNumber": required(that(country.is_number, "must be a phone number in E.164 form")),
        "countryCode": optional(that(country.is_country, "must be an ISO 3166-1 alpha-2 code")),
    }
)
trunk_body = well_formed({"sipTrunkId": required(text)})


@check("400-phone-number-exists")
def number_free(context: Context) -> None:
    """A number is unique over all projects."""
    number = context.body["phoneNumber"]
    if any(one.number == number for one in context.state.numbers.values()):
        refuse("400-phone-number-exists", phoneNumber=number)


@check("404-phone-number")
def number_known(context: Context) -> None:
    """The project has the number in the path."""
    if _number(context) is None:
        refuse("404-phone-number", number=context.path["phoneNumber"])


@check("404-phone-number-id")
def number_id_known(context: Context) -> None:
    """The project has a number with the id in the path."""
    number_id = context.path["phoneNumberId"]
    if context.state.find(context.state.numbers, context.project_id, number_id) is None:
        refuse("404-phone-number-id", id=number_id)


@check("404-trunk-id")
def given_trunk_known(context: Context) -> None:
    """The trunk to assign to is there; the empty id, which unassigns, names none."""
    trunk_id = context.body["sipTrunkId"]
    if trunk_id and known.find_trunk(context, trunk_id) is None:
        refuse("404-trunk-id", id=trunk_id)


@check("400-phone-number-already-assigned")
def number_unassigned(context: Context) -> None:
    """A number is on one trunk at most; the message names the trunk that has it (clause 7)."""
    number = _number(context)
    if context.body["sipTrunkId"] and number and number.trunk_id:
        refuse("400-phone-number-already-assigned", number=number.number, trunkId=number.trunk_id)


def create(context: Context) -> Response:
    """`createPhoneNumber`."""
    number = context.body["phoneNumber"]
    code = context.body.get("countryCode") or country.country_of(number)
    record = Number(context.new_id(), context.project_id, number, code, context.now)
    context.state.numbers[record.id] = record
    return answer(201, view.number(record))


def find_all(context: Context) -> Response:
    """GetPhoneNumbers, of one trunk when asked."""
    wanted = context.query("sipTrunkId")
    numbers = context.state.of_project(context.state.numbers, context.project_id)
    shown = [view.number(one) for one in numbers if wanted in {None, one.trunk_id}]
    return LISTS.answer(context, shown, "phoneNumbers")


def get(context: Context) -> Response:
    """GetPhoneNumberByNumber."""
    return answer(200, view.number(_known_number(context)))


def get_by_id(context: Context) -> Response:
    """`getPhoneNumberById`."""
    return answer(200, view.number(context.state.numbers[context.path["phoneNumberId"]]))


def assign(context: Context) -> Response:
    """`assignPhoneNumber`: to the trunk given, or to none."""
    number = _known_number(context)
    changed = replace(number, trunk_id=context.body["sipTrunkId"] or None, updated=context.now)
    context.state.numbers[changed.id] = changed
    return answer(200, view.number(changed))


def delete(context: Context) -> Response:
    """deletePhoneNumber; one that is assigned goes too (not settled by the specification)."""
    if number := _number(context):
        del context.state.numbers[number.id]
    return no_content()


def _number(context: Context) -> Number | None:
    return context.state.number(context.project_id, context.path["phoneNumber"])


def _known_number(context: Context) -> Number:
    number = _number(context)
    if number is None:  # never, once number_known has passed
        raise LookupError
    return number


PLANS = {
    "GetPhoneNumbers": plan(paging_valid, effect=find_all),
    "createPhoneNumber": plan(new_number_body, number_free, effect=create),
    "GetPhoneNumberByNumber": plan(number_known, effect=get),
    "getPhoneNumberById": plan(number_id_known, effect=get_by_id),
    "assignPhoneNumber": plan(number_known, trunk_body, given_trunk_known, number_unassigned, effect=assign),
    "deletePhoneNumber": plan(number_known, effect=delete),
}
