"""A visit: a client for a command that is no run, as polite to its target as a run is."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.blame import Mistake
from contracts.budget import RATE_HINT, Budget, Limits, is_rate
from contracts.client import Client
from contracts.profile import load_profile
from contracts.target import Target, check_filled_in
from contracts.transport.pause import Pause

if TYPE_CHECKING:
    from contracts.ledger import Ledger


@contextlib.contextmanager
def visiting(target: Target, profile: str | None = None, ledger: Callable[[], Ledger] | None = None) -> Iterator[Client]:
    """A client that keeps to the limits of a profile, and leaves the target alone where that asks for it. Raises Mistake.

    What it makes it writes down in a ledger, where there is one.
    """
    check_filled_in(target)
    rate, facts = rate_of(profile), load_profile(profile) if profile else {}
    requests, in_flight = facts.get("max_requests"), facts.get("max_in_flight")
    with tempfile.TemporaryDirectory(prefix="contracts-") as scratch:
        limits = Limits(str(Path(scratch) / "budget"), requests, rate, in_flight)
        budget = Budget.begun(limits) if requests or rate or in_flight else None
        pause = Pause(str(Path(scratch) / "pause"), target.timeouts.patience)
        with contextlib.closing(Client(target, budget, pause=pause, ledger=ledger() if ledger else None)) as client:
            yield client


def rate_of(profile: str | None) -> float | None:
    """How many requests a second a profile allows; None where it does not say. Raises Mistake for what is no rate."""
    rate: float | None = load_profile(profile).get("rate") if profile else None
    if rate is not None and not is_rate(rate):  # TOML has numbers of which no schema can speak
        raise Mistake(f"profile {profile}: 'rate': {RATE_HINT}")
    return rate
