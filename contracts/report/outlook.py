"""What a run would do, for people: lines of text with a colour each, made of its rehearsal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.budget import Limits
from contracts.exchange import visible
from contracts.operation import operations
from contracts.report.line import Line, Whole
from contracts.report.results import first
from contracts.report.terminal import TOLD
from contracts.run.rehearsal import Rehearsal
from contracts.target import Target
from contracts.undo import STAYING

MADE: Mapping[str, str] = {
    "createSipTrunk": "SIP trunks",
    "createSipEndpoint": "SIP endpoints",
    "createAccessControlList": "access control lists",
    "createCredentialList": "credential lists",
    "createBlockingRule": "call blocking rules",
    "createPhoneNumber": "telephone numbers of fiction",
    "createCustomer": "customers",
    "createProject": "projects",
    "assignPhoneNumber": "numbers put on trunks",
    "addAccessControlListToTrunk": "access control lists put on trunks",
    "addCredentialListToTrunk": "credential lists put on trunks",
    "bulkUpdateCredentialListsForTrunk": "credential lists put on trunks, many at once",
    "setProjectConfig": "project configs",
    "exportCallRecords": "exports of call records",
}
"""What an operation makes, in words."""


def plan(rehearsal: Rehearsal, target: Target | None, limits: Limits | None) -> Iterator[Line]:
    """What the rehearsed cases would send to a target, what that makes, and which rows it judges."""
    begun = sum(result.requests > 0 for result in rehearsal.results)
    yield f"{rehearsal.requests} requests, by {begun} of {len(rehearsal.results)} cases and checks:", ""
    yield from _operations(rehearsal, target)
    yield from _limits(rehearsal, limits or Limits(""))
    yield from _made(rehearsal)
    yield "", ""
    yield from judged(rehearsal)
    yield from odd(rehearsal)


def judged(rehearsal: Rehearsal) -> Iterator[Line]:
    """How many rows would be judged, and what the others wait for."""
    known = {result.case.row for result in rehearsal.results} - {""}
    waiting = rehearsal.waiting()
    yield f"{len(known - waiting.keys())} of {len(known)} rows would be judged", "green"
    width = max(map(len, waiting), default=0)
    for row, reasons in waiting.items():
        yield f"  not exercised  {row:<{width}}  {visible(first(reasons))}", "cyan"


def odd(rehearsal: Rehearsal) -> Iterator[Line]:
    """The cases that did not pass on a target that is in order."""
    for result in rehearsal.unlike[:TOLD]:
        why = result.reason or "; ".join(finding.text for finding in result.failures)
        yield f"not as expected, on a sandbox that is in order: {result.case.id}: {result.verdict}: {visible(why)}", "red"
    if (more := len(rehearsal.unlike) - TOLD) > 0:
        yield f"and {more} more", "red"


def _operations(rehearsal: Rehearsal, target: Target | None) -> Iterator[Line]:
    width = max(map(len, rehearsal.sent), default=0)
    for name in sorted(rehearsal.sent, key=lambda name: -rehearsal.sent[name]):
        operation = operations()[name]
        method, path = (target.offers(operation) if target else None) or (operation.method, operation.path)
        yield Whole(f"  {rehearsal.sent[name]:>7} x {name:<{width}}  {method:<6} {path}"), ""


def _limits(rehearsal: Rehearsal, limits: Limits) -> Iterator[Line]:
    if limits.requests is not None and limits.requests < rehearsal.requests:
        yield f"the budget of {limits.requests} requests is less than that: the last cases would not begin", "yellow"
    if limits.rate is not None:
        yield f"at {limits.rate:g} requests a second that takes {rehearsal.requests / limits.rate:.0f} s at least", ""
    if limits.in_flight is not None:
        yield f"no more than {limits.in_flight} of them would be on their way at once", ""


def _made(rehearsal: Rehearsal) -> Iterator[Line]:
    removed = {name: count for name, count in rehearsal.made.items() if name not in STAYING}
    stays = [left for result in rehearsal.results for left in result.not_removable]
    yield "", ""
    if not rehearsal.made:
        yield "nothing would be made or changed", "green"
    if removed:
        yield "it would make, under names that begin with ect-, and remove again:", ""
        for name in sorted(removed, key=lambda name: -removed[name]):
            yield f"  {removed[name]:>7} {MADE[name]}", ""
    if stays:
        yield f"{len(stays)} things would stay, as no operation removes them:", "yellow"
        for name in sorted({left.created_by for left in stays}):
            yield f"  {sum(left.created_by == name for left in stays):>7} {MADE[name]}", "yellow"
