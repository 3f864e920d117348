"""Whether a target lives: one that says nothing for long is given up, and the run ends early, its results written."""

from __future__ import annotations

import threading
import time

TRIES = 8  # requests in a row that must have gone unanswered: one may have been unlucky


class Pulse:
    """What one process knows of a target's life. Threads share it; `patience` is in seconds. Who is given up does not come back."""

    def __init__(self, patience: float) -> None:
        self.gone = ""
        self._patience = patience
        self._lock = threading.Lock()
        self._silent = 0
        self._since = 0.0

    def felt(self, *, alive: bool, told: str = "") -> None:
        """Note that the target answered, or that it did not; `told` says how."""
        if alive and not self._silent:
            return
        with self._lock:
            now = time.monotonic()
            self._silent = 0 if alive else self._silent + 1
            if self._silent == 1:
                self._since = now
            if self._silent >= TRIES and now - self._since >= self._patience:
                why = f" (at last: {told})" if told else ""
                self.gone = self.gone or f"the target has said nothing for {now - self._since:.0f} s{why}"
