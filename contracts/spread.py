"""Spreading cases over pytest-xdist's workers: each worker gets its whole share at once, so that it can start all of it.

The shares follow from the number of workers alone; so a worker knows its own without being told, and starts no other case.
"""

from __future__ import annotations

from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController

from contracts.shared import number, share


class ShareScheduling(LoadScheduling):
    """xdist's scheduler with another first distribution. What a dead worker leaves goes to others, as xdist does it."""

    def schedule(self) -> None:
        """Hand out every share, once all workers have collected the same items."""
        if self.collection is not None or not self._check_nodes_have_same_collection():
            super().schedule()
            return
        self.collection = next(iter(self.node2collection.values()))
        everything = list(range(len(self.collection)))
        for node in self.nodes:
            self._give(node, share(everything, number(node.gateway.id), self.numnodes))
        given = {index for pending in self.node2pending.values() for index in pending}
        self.pending[:] = [index for index in everything if index not in given]
        self.maxschedchunk = len(everything)
        for node in self.nodes:
            self.check_schedule(node)

    def _give(self, node: WorkerController, indices: list[int]) -> None:
        if indices:
            self.node2pending[node].extend(indices)
            node.send_runtest_some(indices)
