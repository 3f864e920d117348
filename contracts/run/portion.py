"""What each process of a run may send where no file can be shared by all: the run's limits, cut in parts.

There is one part for each worker, and one for this machine where no worker is here. Whoever replaces a dead worker runs here, and
all processes here keep the part of this machine together. So whatever a dead worker has sent, or still sends since its machine is
only cut off, no more is sent in all than the run allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.blame import Mistake
from contracts.budget import Budget, Limits


@dataclass(slots=True)
class Portions:
    """The parts for so many `remote` workers and so many `local` ones.

    `polite` says that nobody asked for a limit of what is in flight: then a remote worker may have as many as the run, for less
    would leave out races. `given` is to how many remote workers their part of the requests in all was given.
    """

    remote: int
    local: int
    polite: bool = False
    given: int = 0

    @property
    def here(self) -> int:
        """How many parts are this machine's."""
        return max(1, self.local)

    def of_remote(self, limits: Limits) -> Limits:
        """The limits of a remote worker, which has a file of its own. Raises Mistake for too few in flight to be cut."""
        return replace(limits, file="", rate=self._rate(limits, 1), in_flight=self._each(limits))

    def of_here(self, limits: Limits) -> Limits:
        """The limits of all processes here, which share their file. Raises as `of_remote`."""
        each = self._each(limits)
        in_flight = limits.in_flight if self.polite or not limits.in_flight else limits.in_flight - self.remote * (each or 0)
        return replace(limits, rate=self._rate(limits, self.here), in_flight=in_flight)

    def taken(self, budget: Budget) -> int:
        """The part of one more remote worker in the requests in all, taken out of this machine's budget for good."""
        if budget.limits.requests is None:
            return 0
        part = budget.parted(self.remote - self.given + self.here)
        self.given += 1
        return part

    def _rate(self, limits: Limits, parts: int) -> float | None:
        return limits.rate and limits.rate * parts / (self.remote + self.here)

    def _each(self, limits: Limits) -> int | None:
        if self.polite or limits.in_flight is None:
            return limits.in_flight
        parts = self.remote + self.here
        if limits.in_flight < parts:
            raise Mistake(f"--max-in-flight {limits.in_flight} cannot be cut in {parts} parts: allow more, or use fewer --tx")
        return limits.in_flight // parts
