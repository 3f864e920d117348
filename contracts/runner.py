"""Runs one case: its world, its body, its clean-up, its verdict. Knows nothing of pytest."""

from __future__ import annotations

import time

from contracts.blame import Inconclusive, NotExercised
from contracts.case import Case, CaseResult, Verdict
from contracts.catalogue import row
from contracts.client import Client
from contracts.conversation import Settled
from contracts.finding import Severity
from contracts.names import Names
from contracts.world import World


def run(case: Case, client: Client, names: Names, *, strict: bool = False) -> CaseResult:
    """Run a case to its end, clean-up included. Whatever goes wrong is part of the result; only interrupts pass through."""
    started, clock = time.time(), time.monotonic()
    if reason := client.target.withdrawal(case.id):
        return CaseResult(case, Verdict.NOT_EXERCISED, f"withdrawn by the profile: {reason}", started=started)
    world = World(row(case.row), client, names, strict=strict)
    exception: BaseException | None = None
    try:
        case.body(world, **case.arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as e:  # noqa: BLE001 - a broken scenario is a verdict, pytest.skip and sys.exit in it too; clean-up is due
        exception = e
    try:
        world.clean_up()
    except Exception as e:  # noqa: BLE001 - the same
        exception = exception or e
    verdict, reason = _verdict(world, exception)
    return CaseResult(
        case=case,
        verdict=verdict,
        reason=reason,
        findings=tuple(world.findings),
        assertions=world.assertions,
        requests=len(world.exchanges),
        seconds=time.monotonic() - clock,
        started=started,
        strays=tuple(world.strays),
        leftovers=tuple(world.leftovers),
        not_removable=tuple(world.not_removable),
        exception=exception if verdict is Verdict.ERROR else None,
    )


def _verdict(world: World, exception: BaseException | None) -> tuple[Verdict, str]:
    if exception and not isinstance(exception, (Settled, Inconclusive, NotExercised)):
        return Verdict.ERROR, f"{type(exception).__name__}: {exception}"
    if any(finding.severity is Severity.FAIL for finding in world.findings):
        return Verdict.FAIL, ""
    if isinstance(exception, Inconclusive):
        return Verdict.INCONCLUSIVE, str(exception)
    if isinstance(exception, NotExercised):
        return Verdict.NOT_EXERCISED, str(exception)
    if world.assertions == 0:
        return Verdict.ERROR, "the scenario judged nothing"
    return Verdict.PASS, ""
