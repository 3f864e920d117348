"""Which requests are sent again, and when: only those that say nothing of the API, and that can do no harm a second time.

The first answer to a case is the answer: what is judged never comes here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from contracts.exchange import INFRASTRUCTURE, SHUT_OUT, Exchange, Failure

Result = TypeVar("Result")
Repeatable = Callable[[Exchange], bool]
"""Whether an exchange may be had again."""
SAFE = frozenset({"GET", "HEAD"})  # RFC 9110, 9.2.1
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})  # RFC 9110, 9.2.2
FIRST, LONGEST = 0.25, 8.0  # seconds: the longest wait before the first repetition, which doubles each time, and before any


def repeatable(exchange: Exchange) -> bool:
    """Whether a request may be sent again: the infrastructure turned it away, or lost it, and nothing more can come of it twice.

    Its second answer may be another one than the first would have been: what was removed already cannot be found.
    """
    return _turned_away(exchange) or (_lost(exchange) and exchange.request.method in IDEMPOTENT)


def safely_repeatable(exchange: Exchange) -> bool:
    """As `repeatable`, where the second answer says what the first would have said."""
    return _turned_away(exchange) or (_lost(exchange) and exchange.request.method in SAFE)


def _turned_away(exchange: Exchange) -> bool:
    """Whether a request was told to come again, or met nobody."""
    asked = exchange.response is not None and exchange.response.header("retry-after") is not None
    return exchange.status == 429 or (exchange.status == 503 and asked) or exchange.failure is Failure.UNREACHABLE


def _lost(exchange: Exchange) -> bool:
    """Whether nobody knows what became of a request; a failure of TLS will not mend itself, nor a refusal of the key."""
    stood_in = exchange.shut_out and exchange.status not in SHUT_OUT
    return stood_in or exchange.status in INFRASTRUCTURE or (exchange.response is None and exchange.failure is not Failure.TLS)


def unprocessed(exchange: Exchange) -> bool:
    """Whether a request came to nothing for certain."""
    return exchange.status == 429 or exchange.failure in {Failure.UNREACHABLE, Failure.TLS}


def persistent(
    attempt: Callable[[], Result],
    again: Callable[[Result], bool],
    patience: float,
    given_up: Callable[[], object] = lambda: False,
    least: Callable[[Result], float] = lambda _: 0.0,
) -> Result:
    """Attempt something until its result is not to be had `again`, ever more seldom, by full jitter. Gives the last result.

    The last attempt comes when `patience` seconds are over, or once it is `given_up`. No attempt comes before the `least` seconds
    that the one before asks for are over; it was the last where they are longer than what is left of the patience.
    """
    from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random_exponential  # noqa: PLC0415 - seldom needed

    def left(state: RetryCallState) -> float:
        return max(0.0, patience - (state.seconds_since_start or 0.0))

    def due(state: RetryCallState) -> float:
        return least(state.outcome.result()) if state.outcome else 0.0

    def stop(state: RetryCallState) -> bool:
        return bool(given_up()) or stop_after_delay(patience)(state) or due(state) > left(state)

    def last(state: RetryCallState) -> Any:
        return state.outcome.result() if state.outcome else None

    jitter = wait_random_exponential(multiplier=FIRST, max=LONGEST)

    def waits(state: RetryCallState) -> float:
        return max(due(state), min(jitter(state), left(state)))

    return Retrying(retry=retry_if_result(again), wait=waits, stop=stop, retry_error_callback=last)(attempt)
