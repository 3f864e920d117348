"""What a new sandbox holds: two projects, a trunk in each, and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from contracts.sandbox.state import CallRecord, Project, State, Trunk
from contracts.sandbox.step import Identity

RECENT_CALLS = 12
_RESULTS = ("COMPLETED", "NO_ANSWER", "COMPLETED", "BUSY", "CANCEL", "FAILED")
_NUMBERS = (("+12025550123", "US"), ("+441632960123", "GB"), ("+46701740605", "SE"))
_LONG_AGO = datetime(2021, 2, 1, 14, 30, tzinfo=UTC)
# Nobody has this key: it owns the project that the sandbox's own key may not use.
FOREIGN_KEY = "another-key"


def seeded(identity: Identity, now: datetime, new_id: Callable[[], str]) -> State:
    """The state that a sandbox starts with."""
    state = State(started=now)
    owners = ((identity.project_id, identity.key_id, "main"), (identity.foreign_project_id, FOREIGN_KEY, "foreign"))
    for project_id, owner, name in owners:
        state.projects[project_id] = Project(project_id, owner)
        trunk = Trunk(new_id(), project_id, f"{name}-{new_id().lower()}", f"The {name} project's trunk", now)
        state.trunks[trunk.id] = trunk
        state.calls.update({call.id: call for call in _calls(trunk, now, new_id)})
    return state


def _calls(trunk: Trunk, now: datetime, new_id: Callable[[], str]) -> Iterator[CallRecord]:
    """A dozen calls of the last day, and one on 1 February 2021 for each day-old filter of the documentation."""
    moments = [now - timedelta(minutes=30 + 90 * index) for index in range(RECENT_CALLS)]
    for index, created in enumerate([*moments, _LONG_AGO]):
        caller, callee = _NUMBERS[index % 3], _NUMBERS[(index + 1) % 3]
        yield CallRecord(
            id=new_id(),
            project_id=trunk.project_id,
            trunk_id=trunk.id,
            pcap_id=new_id(),
            direction=("INBOUND", "OUTBOUND")[index % 2],
            result=_RESULTS[index % len(_RESULTS)],
            caller=caller[0],
            callee=callee[0],
            countries=(caller[1], callee[1]),
            created=created,
            seconds=15 * index + 5,
        )
