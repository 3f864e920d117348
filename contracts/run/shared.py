"""What all processes of a run must know, and which part of the cases is whose."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from contracts.budget import Budget, Limits
from contracts.client import Client
from contracts.target import Auth, Lent, Target, Timeouts
from contracts.traffic import Traffic
from contracts.transport.guard import Guard
from contracts.transport.pause import Pause
from contracts.transport.tokens import Kept, Tokens

if TYPE_CHECKING:
    from contracts.ledger import Ledger

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Shared:
    """What every worker of a run must know.

    `blocked` is the reason why no case can be judged, empty if there is none; `proven` says that a request has succeeded
    already; `limits` are what the run may send, if there is a limit; `spread` says that each worker has a share of the cases that
    it knows beforehand, which holds for our own scheduler only. `pause_file`, `ledger` and `traffic`, both folders, are named where
    there is one; tokens are to be had at a `desk`, by its port and key, where they are needed. `cases` are the ids of a shard's.
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
    pause_file: str = ""
    ledger: str = ""
    traffic: str = ""
    desk: tuple[int, str] | None = None
    cases: tuple[str, ...] | None = None

    def as_json(self) -> str:
        """For the way to a worker; the channel is xdist's own, no command line and no file."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Shared:
        """The way back."""
        facts = json.loads(text)
        target = facts.pop("target")
        auth = target["auth"] | {"token_command": tuple(target["auth"]["token_command"])}
        target |= {"auth": Auth(**auth), "timeouts": Timeouts(**target["timeouts"])}
        lists = {name: tuple(target["guard"][name]) for name in ("allow", "production", "leaves")}
        target["guard"] = Guard(**(target["guard"] | lists))
        target |= {name: Lent(**target[name]) for name in ("disabled_project", "trunk_with_number") if target[name]}
        target["fault_header"] = tuple(target["fault_header"]) if target["fault_header"] else None
        target["withdrawn"] = tuple(map(tuple, target["withdrawn"]))
        target["nouns"] = {kind: tuple(names) for kind, names in target["nouns"].items()}
        target["paths"] = {name: tuple(line) if line else None for name, line in target["paths"].items()}
        facts["desk"] = tuple(facts["desk"]) if facts["desk"] else None
        facts["cases"] = None if facts["cases"] is None else tuple(facts["cases"])
        facts["limits"] = Limits(**facts["limits"]) if facts["limits"] else None
        return cls(target=Target(**target), **facts)

    def budget(self) -> Budget | None:
        """A hold on the run's budget for this process; None where nothing is limited."""
        return Budget(self.limits) if self.limits else None

    def client(self, worker: str) -> Client:
        """A client for this process: with its hold on the run's budget, its share of the token, its file of the ledger."""
        client = Client(
            self.target,
            self.budget(),
            tokens=self._tokens(),
            pause=Pause(self.pause_file, self.target.timeouts.patience) if self.pause_file else None,
            ledger=self._ledger(worker),
        )
        client.proven = self.proven
        client.traffic = Traffic(Path(self.traffic), worker) if self.traffic else None
        return client

    def _tokens(self) -> Tokens | None:
        if self.desk is None:
            return None
        from contracts.run.desk import AtDesk  # noqa: PLC0415 - most runs have none, and it costs a process 30 ms

        return Kept(AtDesk(*self.desk))

    def _ledger(self, worker: str) -> Ledger | None:
        if not self.ledger:
            return None
        from contracts.ledger import Ledger  # noqa: PLC0415 - a run on the embedded sandbox keeps none

        return Ledger(Path(self.ledger), self.run_id, worker, self.target)

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
