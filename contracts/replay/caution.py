"""What a replay must not send: requests that could harm a target other than the one that they were made for. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.call import Call
from contracts.exchange import Exchange
from contracts.operation import operations
from contracts.replay.renewal import Renewal
from contracts.target import Target
from contracts.undo import UNDO

MALFORMED = "not-an-id"
"""What scenarios send in an id's place."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A call that is about to be sent, the exchange that it repeats, and what is known of its values."""

    call: Call
    repeated: Exchange
    renewal: Renewal
    target: Target

    @property
    def project(self) -> str:
        """The project that it goes to."""
        return self.call.path.get("projectId", self.target.project)


def harm(sending: Sending) -> str:
    """Why a call must not be sent; empty where it may. What only reads harms nobody, and on this machine almost all is allowed."""
    if not changes(sending.call):
        return ""
    looks = NEAR if sending.target.loopback else FAR
    return next(filter(None, (look(sending) for look in looks)), "")


def changes(call: Call) -> bool:
    """Whether a call may change something."""
    return not operations()[call.operation].only_reads


def given_id(call: Call) -> list[str]:
    """What a call that makes something gives it for an id; all that it sends, where the target gives the id."""
    named = call.body.get("id") if isinstance(call.body, Mapping) else None
    return list(call.sent_values()) if named is None else [str(named)]


def _listed(sending: Sending) -> str:
    return "it would change what this replay did not make" if sending.renewal.theirs(sending.call) else ""


def _foreign(sending: Sending) -> str:
    spared = sending.project == sending.target.foreign_project and not sending.target.foreign_expendable
    return "the profile does not mark the foreign project as expendable" if spared else ""


def _lent(sending: Sending) -> str:
    lent = {"disabled_project": sending.target.disabled_project, "trunk_with_number": sending.target.trunk_with_number}
    for key, one in lent.items():
        if one and not one.expendable and sending.call.sent_values() & {one.id, one.phone_number} - {""}:
            return f"the profile does not mark what it lends as expendable ({key})"
    return ""


def _country(sending: Sending) -> str:
    written = sending.call.operation == "updateCountryPermission"
    return "a country's setting is written back as it was read, which only the case itself does" if written else ""


def _own_project(sending: Sending) -> str:
    deleted = sending.call.operation == "deleteProject" and sending.project == sending.target.project
    return "it deletes the project that was given to us" if deleted else ""


def _not_ours(sending: Sending) -> str:
    """What changes something must name something of this replay's own, or what is no id; so must all that clean-up would remove.

    That it was refused then says nothing of what the id is here.
    """
    call, renewal = sending.call, sending.renewal
    named = {value for name, value in call.path.items() if name != "projectId"}
    changed = not named <= {MALFORMED} and not renewal.ours(call)
    made = call.operation in UNDO and not renewal.marks(given_id(call))
    return "it names nothing that is this replay's own" if changed or made else ""


Look = Callable[[Sending], str]
NEAR: tuple[Look, ...] = (_listed,)
FAR: tuple[Look, ...] = (_listed, _foreign, _lent, _country, _own_project, _not_ours)
"""Each says what harm it sees, if any: on this machine, and elsewhere."""
