"""Call records: finding, exporting and capturing them."""

from __future__ import annotations

from datetime import timedelta

from contracts.sandbox import moment, view
from contracts.sandbox.message import Response, answer
from contracts.sandbox.page import CALLS, call_paging_valid
from contracts.sandbox.refusals import refuse, reject_field
from contracts.sandbox.state import CallRecord
from contracts.sandbox.step import Context, check, plan
from contracts.sandbox.values import country_in_query, direction_filter_valid, timestamps_valid

RESULTS = frozenset({"COMPLETED", "NO_ANSWER", "CANCEL", "BUSY", "FAILED"})
DEFAULT_WINDOW = timedelta(hours=24)
_COLUMNS = ("callId", "from", "to", "direction", "callResult", "durationSeconds", "createTime", "trunkId", "pcapId")
# The header of a capture file without packets: magic number, version 2.4, snapshot length, link type.
_EMPTY_PCAP = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000")


@check()
def call_result_valid(context: Context) -> None:
    """Results to filter by are known ones, with commas between them."""
    wanted = context.query("callResult")
    if wanted and not RESULTS.issuperset(wanted.split(",")):
        reject_field("callResult", f"must be one of {', '.join(sorted(RESULTS))}")


@check("404-call-id")
def call_known(context: Context) -> None:
    """The call in the path is there."""
    call_id = context.path["callId"]
    if context.state.find(context.state.calls, context.project_id, call_id) is None:
        refuse("404-call-id", callId=call_id)


@check("404-call-id")
def pcap_known(context: Context) -> None:
    """A call of the project has the capture in the path."""
    calls = context.state.of_project(context.state.calls, context.project_id)
    if all(call.pcap_id != context.path["pcapId"] for call in calls):
        refuse("404-call-id", callId=context.path["pcapId"])


@check("404-export-key")
def export_known(context: Context) -> None:
    """The project has made an export with this key."""
    if (context.project_id, context.path["key"]) not in context.state.exports:
        refuse("404-export-key", key=context.path["key"])


def find(context: Context) -> Response:
    """`findCalls`."""
    return CALLS.answer(context, [view.call(one) for one in _wanted(context)], "calls")


def export(context: Context) -> Response:
    """`exportCallRecords`: with a fileName, the export can be fetched again under that key."""
    rows = [",".join(_COLUMNS)]
    rows += [",".join(str(view.call(one)[column]) for column in _COLUMNS) for one in _wanted(context)]
    text = "\r\n".join(rows) + "\r\n"
    key = context.query("fileName")
    if key:
        context.state.exports[context.project_id, key] = text
    return _csv(text)


def get(context: Context) -> Response:
    """`getCall`."""
    return answer(200, view.call(context.state.calls[context.path["callId"]]))


def get_pcap(_: Context) -> Response:
    """`getPcap`: a capture file, without packets."""
    headers = {"content-type": "application/octet-stream", "content-disposition": 'attachment; filename="call.pcap"'}
    return Response(200, _EMPTY_PCAP, headers)


def get_export(context: Context) -> Response:
    """`getExport`."""
    return _csv(context.state.exports[context.project_id, context.path["key"]])


def _csv(text: str) -> Response:
    # One fixed file name: a key from the request has no place in a header.
    headers = {"content-type": "application/csv", "content-disposition": 'attachment; filename="calls.csv"'}
    return Response(200, text.encode(), headers)


def _wanted(context: Context) -> list[CallRecord]:
    """The calls that pass the filters, newest first."""
    calls = context.state.of_project(context.state.calls, context.project_id)
    times = moment.filters(context.query_pairs())
    # The window ends with no call, and starts before those that were there when the sandbox started, however long it runs.
    since = min(context.now, context.state.started) - DEFAULT_WINDOW
    recent = [one for one in calls if moment.within(one.created, times) and (times or one.created >= since)]
    return sorted((one for one in recent if _passes(context, one)), key=lambda one: one.created, reverse=True)


def _passes(context: Context, call: CallRecord) -> bool:
    begins = {"from": call.caller, "to": call.callee}
    equals = {"trunkId": call.trunk_id, "fromCountryCode": call.countries[0], "toCountryCode": call.countries[1]}
    among = {"direction": call.direction, "callResult": call.result}
    return (
        all(value.startswith(context.query(name) or "") for name, value in begins.items())
        and all(context.query(name) in {None, value} for name, value in equals.items())
        and all(value in (context.query(name) or value).split(",") for name, value in among.items())
    )


PLANS = {
    "findCalls": plan(call_paging_valid, call_result_valid, timestamps_valid, direction_filter_valid, effect=find),
    "exportCallRecords": plan(
        call_paging_valid,
        call_result_valid,
        timestamps_valid,
        direction_filter_valid,
        country_in_query("fromCountryCode"),
        country_in_query("toCountryCode"),
        effect=export,
    ),
    "getPcap": plan(pcap_known, effect=get_pcap),
    "getCall": plan(call_known, effect=get),
    "getExport": plan(export_known, effect=get_export),
}
