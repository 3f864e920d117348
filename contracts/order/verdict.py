"""Which of two faults an answer tells, and what follows from that. Targets may differ in the order; no answer may be broken."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import oracle
from contracts.blame import Inconclusive
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule, Severity
from contracts.inquiry import Inquiry
from contracts.oracle import Stray
from contracts.order.fault import Fault
from contracts.order.pair import Pair
from contracts.order.spoil import Values
from contracts.shape import SHOWN

OURS = "sandbox"
"""The target that keeps the order of point 9. Elsewhere another order is worth knowing, and no more."""


def judge(inquiry: Inquiry, pair: Pair, exchange: Exchange, values: Mapping[Fault, Values]) -> None:
    """Hold an answer against the fault that it tells, and say so where that is not the one to be told first.

    A request that bears two faults and succeeds fails everywhere, and so does whatever breaks the row that is told.
    Raises Inconclusive where there is nothing to judge.
    """
    if reason := inquiry.unjudgeable(exchange):
        raise Inconclusive(reason)
    if exchange.ok:
        inquiry.debt.unrefused(exchange)
        inquiry.keep([_unrefused(pair, exchange)], pair.winner.row or pair.loser.row, exchange)
        return
    stray = oracle.judge_stray(exchange, nouns=inquiry.target.nouns)
    told = next((fault for fault in (pair.winner, pair.loser) if _tells(stray, fault, pair)), None)
    if told is not pair.winner:
        inquiry.keep([_late(inquiry, pair, exchange, told)])
    if told and told.row:
        inquiry.judge(told.row, exchange, inquiry.bind(told.row, values[told]))
    else:
        inquiry.judge_any(exchange)


def _tells(stray: Stray, fault: Fault, pair: Pair) -> bool:
    """Whether an answer is a fault's: by the text of its row; or where it has none by its code, and by not being the other's."""
    if fault.row:
        return stray.row is fault.row
    others = stray.row is not None and stray.row in {pair.winner.row, pair.loser.row}
    return stray.http_code == fault.code and not others


def _late(inquiry: Inquiry, pair: Pair, exchange: Exchange, told: Fault | None) -> Finding:
    severity = Severity.FAIL if inquiry.target.id == OURS else Severity.ADVISORY
    text = f"{pair.operation} bears both, and {told.name if told else 'neither'} is told first (behaviour.md, point 9)"
    expected = f"{pair.winner.name} before {pair.loser.name}"
    return Finding(Rule.ORDER, expected, exchange.answer_line()[:SHOWN], text, severity, exchange.as_curl())


def _unrefused(pair: Pair, exchange: Exchange) -> Finding:
    text = f"{pair.operation} was to be refused for either of two reasons, and succeeded"
    expected = f"{pair.winner.name} or {pair.loser.name}"
    return Finding(Rule.UNREFUSED, expected, exchange.answer_line()[:SHOWN], text, curl=exchange.as_curl())
