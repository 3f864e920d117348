"""What all processes of a run must know, and which part of the cases is whose."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from contracts.budget import Budget, Limits
from contracts.guard import Guard
from contracts.target import Auth, Target, Timeouts

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Shared:
    """What every worker of a run must know.

    `blocked` is the reason why no case can be judged, empty if there is none; `proven` says that a request has succeeded
    already; `limits` are what the run may send, if there is a limit; `spread` says that each worker has a share of the cases that
    it knows beforehand, which holds for our own scheduler only.
    """

    run_id: str
    target: Target
    seed: int
    strict: bool
    concurrency: int
    stop_file: str
    blocked: str = ""
    proven: bool = False
    limits: Limits | None = None
    spread: bool = True

    def as_json(self) -> str:
        """For the way to a worker; the channel is xdist's own, no command line and no file."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Shared:
        """The way back."""
        facts = json.loads(text)
        target = facts.pop("target")
        target |= {"auth": Auth(**target["auth"]), "timeouts": Timeouts(**target["timeouts"])}
        lists = {name: tuple(target["guard"][name]) for name in ("allow", "production")}
        target["guard"] = Guard(**(target["guard"] | lists))
        target["fault_header"] = tuple(target["fault_header"]) if target["fault_header"] else None
        target["withdrawn"] = tuple(map(tuple, target["withdrawn"]))
        target["nouns"] = {kind: tuple(names) for kind, names in target["nouns"].items()}
        target["paths"] = {name: tuple(line) if line else None for name, line in target["paths"].items()}
        facts["limits"] = Limits(**facts["limits"]) if facts["limits"] else None
        return cls(target=Target(**target), **facts)

    def budget(self) -> Budget | None:
        """A hold on the run's budget for this process; None where nothing is limited."""
        return Budget(self.limits) if self.limits else None

    def stopped(self) -> bool:
        """Whether the run was told to start no more cases."""
        return Path(self.stop_file).exists()

    def stop(self) -> None:
        """Tell all workers to start no more cases."""
        Path(self.stop_file).touch()

    def pool_size(self, workers: int) -> int:
        """How many cases each of the workers keeps going at once: the concurrency is the whole run's."""
        return max(1, math.ceil(self.concurrency / workers))


def share(items: list[Item], worker: int, workers: int) -> list[Item]:
    """The part of the items that is a worker's: every `workers`-th, so that neighbours of a like cost are spread evenly."""
    return list(islice(items, worker, None, workers))


def number(worker_id: str) -> int:
    """The number of a worker from xdist's name for it: 3 for `gw3`."""
    return int(worker_id.removeprefix("gw"))
