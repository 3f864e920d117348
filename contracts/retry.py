"""Which requests are sent again, and when: only those that say nothing of the API, and that can do no harm a second time.

The first answer to a case is the answer: what is judged never comes here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from contracts.exchange import INFRASTRUCTURE, Exchange, Failure

Result = TypeVar("Result")

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})  # RFC 9110, 9.2.2
FIRST, LONGEST = 0.25, 8.0  # seconds: the longest wait before the first repetition, which doubles each time, and before any


def repeatable(exchange: Exchange) -> bool:
    """Whether a request may be sent again: the infrastructure turned it away, or lost it, and nothing can come of it twice."""
    if exchange.response is None:
        if exchange.failure is Failure.TLS:
            return False  # it will not mend itself
        return exchange.failure is Failure.UNREACHABLE or exchange.request.method in IDEMPOTENT
    if exchange.status not in INFRASTRUCTURE:
        return False
    refused = exchange.status == 429 or (exchange.status == 503 and exchange.response.header("retry-after") is not None)
    return refused or exchange.request.method in IDEMPOTENT


def unprocessed(exchange: Exchange) -> bool:
    """Whether a request came to nothing for certain."""
    return exchange.status == 429 or exchange.failure in {Failure.UNREACHABLE, Failure.TLS}


def persistent(
    attempt: Callable[[], Result], again: Callable[[Result], bool], patience: float, given_up: Callable[[], object] = lambda: False
) -> Result:
    """Attempt something until its result is not to be had `again`, ever more seldom, by full jitter. Gives the last result.

    No more is attempted after `patience` seconds, nor once it is `given_up`.
    """
    from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_random_exponential  # noqa: PLC0415 - seldom needed

    def stop(state: RetryCallState) -> bool:
        return bool(given_up()) or stop_after_delay(patience)(state)

    def last(state: RetryCallState) -> Any:
        return state.outcome.result() if state.outcome else None

    waits = wait_random_exponential(multiplier=FIRST, max=LONGEST)
    return Retrying(retry=retry_if_result(again), wait=waits, stop=stop, retry_error_callback=last)(attempt)
