"""Sends a case of a run again, from its evidence, and compares what comes with what came then.

    python -m contracts.replay RUN CASE [--show] [--base-url URL] [--profile NAME-OR-FILE] [--ledger DIR]

RUN is a run's folder or its run.har, CASE a case's id or what only that begins with. Ids that the target gives take the place of
those that it gave then; names are the replay's own, and what it makes it removes. What was recorded on the embedded sandbox is
sent to a new one where no other target is named.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from contracts import acquaintance
from contracts.blame import Forbidden, Inconclusive, Mistake, NotExercised
from contracts.case import Leftover
from contracts.client import Client
from contracts.command import MISTAKE, Parser, printable, teller
from contracts.exchange import visible
from contracts.ledger import LEDGER, Ledger
from contracts.names import new_run_id
from contracts.replay.recording import Recording, recorded
from contracts.replay.repetition import Repeated, Repetition
from contracts.report import replayed
from contracts.run.embedded import Embedded
from contracts.run.session import words
from contracts.target import Target, resolve
from contracts.transport.guard import CONFIRM
from contracts.visit import visiting

SAME, DIFFERENT, UNKNOWN = 0, 1, 6  # exit statuses, beside that of a mistake
SANDBOX = "sandbox"
NOTHING = "that case judged no answer then, so there is nothing to compare"
INTERRUPTED = "it was interrupted"


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, and tell each step: 0 where the judged answers are the same, 1 where one is not.

    6 where it could not be replayed, 4 for a mistake in options, environment or evidence.
    """
    options = _parser().parse_args(arguments)
    printable()
    with contextlib.ExitStack() as ending:
        try:
            recording = recorded(Path(options.run), options.case)
            if options.show:
                told = teller()
                told(replayed.opening(recording))
                told(replayed.shown(recording))
                return SAME
            named = resolve(options.base_url, options.profile, os.environ, confirmed=options.production)
            target = named or _sandbox(options, recording, ending)
            run_id = new_run_id()
            # A sandbox of ours ends with the replay, and all that is in it.
            ledger = _ledger(Path(options.ledger), run_id, target) if named else None
            client = ending.enter_context(visiting(target, options.profile, ledger))
            return _replay(client, run_id, recording)
        except Mistake as e:
            sys.stderr.write(f"{e}\n")
            return MISTAKE


def _sandbox(options: argparse.Namespace, recording: Recording, ending: contextlib.ExitStack) -> Target:
    """A new sandbox, for what was recorded on one. Raises Mistake for what was not."""
    if recording.origin.target != SANDBOX:
        raise Mistake(
            f"the run was on {visible(recording.origin.base_url)}: name a target by --base-url, PYTEST_BASE_URL or a profile"
        )
    embedded = Embedded()
    ending.callback(embedded.stop)
    return embedded.target(options.profile)


def _ledger(folder: Path, run_id: str, target: Target) -> Callable[[], Ledger]:
    """What opens a ledger for the replay. It raises Mistake where that cannot be written."""

    def opened() -> Ledger:
        try:
            return Ledger(folder, run_id, "main", target)
        except OSError as e:
            raise Mistake(f"the ledger folder {folder} cannot be written ({e.strerror}): name another with --ledger") from None

    return opened


def _replay(client: Client, run_id: str, recording: Recording) -> int:
    """Replay on a client's target, clean up, and tell it all; the exit status."""
    tell = teller(client.veil.text)
    tell([(f"target: {words(client.target)}", "bold"), *replayed.opening(recording)])
    repetition, steps, stopped = Repetition(client, run_id, recording), list[Repeated](), ""
    with client.budget.purse(repetition.debt.requests) if client.budget else contextlib.nullcontext():
        try:
            _, stopped = acquaintance.made(client)
            for repeated in () if stopped else repetition.play():
                steps.append(repeated)
                tell(replayed.step(len(steps), repeated))
        except (Inconclusive, NotExercised, Forbidden) as e:
            stopped = str(e)
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        finally:
            repetition.clean_up()  # whatever happened: the ledger names it as long as that lasts
    judged = [one for one in steps if one.step.judged]
    stopped = stopped or ("" if judged else NOTHING)
    tell([("", ""), *replayed.closing(steps, stopped)])
    tell(replayed.left([_told(one) for one in (*repetition.debt.leftovers, *repetition.debt.not_removable)]))
    return DIFFERENT if any(not one.same for one in judged) else UNKNOWN if stopped else SAME


def _told(left: Leftover) -> str:
    return f"{left.path} ({left.operation}: {left.reason})"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m contracts.replay", description="Send a case of a run again, from its evidence.")
    parser.add_argument("run", metavar="RUN", help="the folder of a run, or its run.har")
    parser.add_argument("case", metavar="CASE", help="the id of a case as results.json has it, or what only that begins with")
    parser.add_argument("--show", action="store_true", help="show what was sent and what came then, and send nothing")
    parser.add_argument("--base-url", metavar="URL", help="the API (or PYTEST_BASE_URL); what a sandbox recorded needs none")
    parser.add_argument("--profile", metavar="NAME-OR-FILE", help="what the target offers and allows")
    parser.add_argument("--ledger", metavar="DIR", default=str(LEDGER), help=f"where to write down what is made ({LEDGER})")
    parser.add_argument(CONFIRM, dest="production", action="store_true", help="leave to send to a host of production")
    return parser


if __name__ == "__main__":
    sys.exit(main())
