"""What a defective sandbox must know to fail on one kind of request only: what it ever knew, and who has it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from contracts.sandbox import Behaviour, view
from contracts.sandbox.message import Response
from contracts.sandbox.state import State
from contracts.sandbox.step import Context, Plan


def known(state: State) -> Iterator[tuple[str, str]]:
    """Everything that a request can name, with the project that has it; what belongs to no project has the empty one."""
    yield from (("", key) for key in (*state.customers, *state.projects))
    for table in (state.trunks, state.endpoints, state.acls, state.credential_lists, state.numbers, state.rules):
        yield from ((record.project_id, key) for key, record in table.items())
    for trunk in state.trunks.values():
        yield from ((trunk.project_id, name) for name in (trunk.host_name, view.domain(trunk.host_name)))
        yield from ((trunk.project_id, pair(trunk.id, acl)) for acl in trunk.acls)
    yield from ((number.project_id, number.number) for number in state.numbers.values())
    yield from ((acl.project_id, one.id) for acl in state.acls.values() for one in acl.ranges)
    yield from ((held.project_id, one.username) for held in state.credential_lists.values() for one in held.credentials)
    yield from (*state.configs, *state.exports)


def pair(one: str, other: str) -> str:
    """The name of one thing on another."""
    return f"{other} on {one}"


@dataclass(slots=True)
class Memory:
    """All names that the sandbox ever knew. `watching` puts it into a behaviour, where it looks before every request."""

    ever: set[str] = field(default_factory=set)

    def watching(self, behaviour: Behaviour) -> Behaviour:
        """The same behaviour, remembered."""
        return replace(behaviour, plans={name: self._watched(plan) for name, plan in behaviour.plans.items()})

    def _watched(self, plan: Plan) -> Plan:
        def run(context: Context) -> Response:
            self.ever.update(name for _, name in known(context.state))
            return plan.run(context)

        return Plan((), run)
