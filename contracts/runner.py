"""Runs one case: its world, its body, its clean-up, its verdict. Knows nothing of pytest."""

from __future__ import annotations

import contextlib
import time
import zlib

from contracts.blame import Exhausted, Forbidden, Inconclusive, NotExercised
from contracts.case import Case, CaseResult, Verdict
from contracts.catalogue import row
from contracts.client import Client
from contracts.finding import Severity
from contracts.inquiry import Inquiry
from contracts.names import Names
from contracts.world import Settled, World


def run(  # noqa: PLR0913 - what is run, on what, and in which manner
    case: Case, client: Client, names: Names, *, strict: bool = False, seed: int = 0, shorten: bool = True
) -> CaseResult:
    """Run a case to its end, clean-up included. Whatever goes wrong is part of the result; only interrupts pass through.

    What a case generates follows from `seed` and its own id; where nobody reads of it, it need not `shorten` what it finds.
    """
    started, clock = time.time(), time.monotonic()
    if reason := client.target.withdrawal(case.id):
        return CaseResult(case, Verdict.NOT_EXERCISED, f"withdrawn by the profile: {reason}", started=started)
    if client.pulse.gone:
        return CaseResult(case, Verdict.INCONCLUSIVE, client.pulse.gone, started=started)
    if client.budget and client.budget.used_up():
        return CaseResult(case, Verdict.NOT_EXERCISED, client.budget.limits.used_up, started=started)
    world: World | Inquiry
    if case.row:
        world = World(row(case.row), client, names, strict=strict)
    else:
        world = Inquiry(client, names, strict=strict, seed=zlib.crc32(f"{seed} {case.id}".encode()), shorten=shorten)
    world.case = case.id
    with client.budget.purse(world.debt.requests) if client.budget else contextlib.nullcontext() as purse:
        exception = _played(case, world)
    if isinstance(exception, Forbidden) and client.target.read_only:
        exception = Inconclusive(str(exception))  # an answer led there: what it named is no id
    if purse and purse.refused and not exception and not world.assertions:
        exception = Exhausted(purse.refused)  # a check that ended early, before it could judge anything
    verdict, reason = _verdict(world, exception)
    world.put_away()
    return CaseResult(
        case=case,
        verdict=verdict,
        reason=reason,
        findings=tuple(world.findings),
        assertions=world.assertions,
        requests=world.requests,
        seconds=time.monotonic() - clock,
        started=started,
        strays=tuple(world.strays),
        leftovers=tuple(world.debt.leftovers),
        not_removable=tuple(world.debt.not_removable),
        broken=world.broken() if isinstance(world, Inquiry) else (),
        answers=tuple(world.answers) if isinstance(world, World) else (),
        story=world.story if isinstance(world, Inquiry) else None,
        exception=exception if verdict is Verdict.ERROR else None,
    )


def _played(case: Case, world: World | Inquiry) -> BaseException | None:
    """Run the body and clean up. Gives what went wrong; only interrupts pass through."""
    exception: BaseException | None = None
    try:
        world.room_for(case.arguments.get("contestants", 1))  # or a race would be set up that cannot be run
        case.body(world, **case.arguments)
    except KeyboardInterrupt:
        world.clean_up()  # one that runs alone is interrupted itself, and what it made is not to stay behind
        raise
    except BaseException as e:  # noqa: BLE001 - a broken scenario is a verdict, pytest.skip and sys.exit in it too; clean-up is due
        exception = e
    try:
        world.clean_up()
    except Exception as e:  # noqa: BLE001 - the same
        exception = exception or e
    return exception


def _verdict(world: World | Inquiry, exception: BaseException | None) -> tuple[Verdict, str]:
    if exception and not isinstance(exception, (Settled, Inconclusive, NotExercised)):
        return Verdict.ERROR, f"{type(exception).__name__}: {exception}"
    if any(finding.severity is Severity.FAIL for finding in world.findings):
        return Verdict.FAIL, ""
    if isinstance(exception, Inconclusive):
        begun = world.requests or not isinstance(exception, Exhausted)
        return Verdict.INCONCLUSIVE if begun else Verdict.NOT_EXERCISED, str(exception)
    if isinstance(exception, NotExercised):
        return Verdict.NOT_EXERCISED, str(exception)
    if world.assertions == 0:
        return Verdict.ERROR, "the scenario judged nothing"
    return Verdict.PASS, ""
