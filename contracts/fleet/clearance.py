"""The clearance of a target: all that would stop its run before anything is sent is asked before any other's begins."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.blame import Mistake
from contracts.fleet import credential
from contracts.fleet.file import Fleet, Limits, Member
from contracts.profile import load_profile
from contracts.run.planned import check_withdrawals
from contracts.run.session import FAR, UNSAID
from contracts.target import Target, check_filled_in, resolve
from contracts.transport.wire import proxy_for
from contracts.visit import rate_of


def cleared(fleet: Fleet, member: Member, given: Mapping[str, str], *, sending: bool, confirmed: bool) -> Target:
    """The target that a member of a fleet is, in an environment. Raises Mistake that names it.

    Where something is to be sent to it, it must have its credentials, and be confirmed if it is of production.
    """
    try:
        target = _resolved(fleet, member, given, sending=sending, confirmed=confirmed)
        check_filled_in(target)
        proxy_for(target.base_url)
        if member.profile:
            check_withdrawals(member.profile)
            rate_of(member.profile)
    except Mistake as e:
        raise Mistake(f"target {member.id!r}: {e}") from None
    return target


def limits(member: Member, target: Target) -> Limits:
    """What a target may be sent, by the fleet file and else by its profile.

    On another machine a target that is cut into parts is asked no more at once than a whole one is, where nobody says more.
    """
    facts = load_profile(member.profile) if member.profile else {}
    unasked = FAR if member.parts > 1 and not target.loopback else None
    names = ("max_requests", "rate", "max_in_flight")
    said = {name: getattr(member.limits, name) or facts.get(name) for name in names}
    return Limits(**said, concurrency=member.limits.concurrency or target.concurrency or unasked)


def _resolved(fleet: Fleet, member: Member, given: Mapping[str, str], *, sending: bool, confirmed: bool) -> Target:
    environment = credential.environment(member, fleet.members, given)
    if sending:
        credential.check(member, given)
    else:
        environment, confirmed = UNSAID | environment, True
    target = resolve(member.base_url, member.profile, environment, confirmed=confirmed)
    if target is None:
        raise Mistake("it has no address: give it a base_url, or a profile that has one")
    return target
