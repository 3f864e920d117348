"""Pairs of faults at once, and which of them is told."""

from __future__ import annotations

from contracts.call import api
from contracts.case import Depth, deeper, examines
from contracts.inquiry import Inquiry
from contracts.order import verdict
from contracts.order.pair import ONCE, PAIRS, Pair

ALL = {pair.id: pair for pair in ONCE} | deeper(Depth.STANDARD, {pair.id: pair for pair in PAIRS if pair not in ONCE})


@examines("order", pair=ALL)
def of_two_faults_the_first_is_told(inquiry: Inquiry, pair: Pair) -> None:
    """A request with two faults is refused for the one that is checked first."""
    inquiry.need(pair.operation)
    if not inquiry.client.proven:
        inquiry.made(api.getSipTrunks(size=1))  # a key that is refused from the start says nothing of a wrong one
    call, values = pair.call(inquiry)
    verdict.judge(inquiry, pair, inquiry.asked(call), values)
