"""Spreading cases over pytest-xdist's workers: each worker gets its whole share at once, so that it can start all of it.

The shares follow from the number of workers alone; so a worker knows its own without being told, and starts no other case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScheduling

from contracts.run.shared import number, share

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController


class ShareScheduling(LoadScheduling):
    """xdist's scheduler with another first distribution.

    Of the many cases that ran at once in a worker that died, nobody knows which one killed it. So none is blamed: what it had not
    finished goes to a new worker, which runs it one by one, and there the culprit is found as xdist does it. Where a worker on
    another machine died, that may be the machine's doing, so that even a single case is none.
    """

    collection: list[str] | None
    _sharing: frozenset[WorkerController] = frozenset()
    _elsewhere: frozenset[WorkerController] = frozenset()

    def remove_node(self, node: WorkerController) -> str | None:
        """Take back what a worker had. Gives the case that killed it, where that is known."""
        pending = self.node2pending.get(node, [])
        if node not in self._sharing or len(pending) <= (node not in self._elsewhere):
            killer: str | None = super().remove_node(node)
            return killer
        self.pending.extend(self.node2pending.pop(node))
        for other in self.nodes:
            self.check_schedule(other)
        return None

    def schedule(self) -> None:
        """Hand out every share, once all workers have collected the same items."""
        if self.collection is not None or not self._check_nodes_have_same_collection():
            super().schedule()
            return
        self.collection = collected = next(iter(self.node2collection.values()))
        everything = list(range(len(collected)))
        self._sharing = frozenset(self.nodes)
        self._elsewhere = frozenset(node for node in self.nodes if not node.gateway.spec.popen)
        for node in self.nodes:
            own = number(node.gateway.id)  # one beyond the first ones replaces a dead one, and has no share of its own
            self._give(node, share(everything, own, self.numnodes) if own < self.numnodes else [])
        given = {index for pending in self.node2pending.values() for index in pending}
        self.pending[:] = [index for index in everything if index not in given]
        self.maxschedchunk = len(everything)
        for node in self.nodes:
            self.check_schedule(node)

    def _give(self, node: WorkerController, indices: list[int]) -> None:
        if indices:
            self.node2pending[node].extend(indices)
            node.send_runtest_some(indices)
