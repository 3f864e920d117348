"""`python -m contracts.mutation.sandboxes`: many sandboxes on one port, some of them faulty, to try a fleet on.

    python -m contracts.mutation.sandboxes 10 --faulty 7=envelope/code-string/404-call-id [-- COMMAND ...]

The sandbox number 3 is http://127.0.0.1:8700/3; one key fits them all. With a command, they are there as long as that runs, with
the credentials in its environment, and its exit status is this command's. Without one they are there until Ctrl-C, and lines to
export the credentials are printed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from contracts.blame import Mistake
from contracts.command import MISTAKE, Parser
from contracts.mutation.host import Host
from contracts.mutation.mutant import Mutant
from contracts.mutation.mutants import mutants
from contracts.mutation.trial import HANDLERS
from contracts.sandbox import Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.core import new_identity
from contracts.sandbox.serve import running
from contracts.sandbox.step import Identity

PORT = 8700  # where contracts/fleets/sandboxes.toml looks for them
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as long as is asked for. Gives the command's exit status, or 0; 4 for a mistake."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[given.index("--") + 1 :] if "--" in given else []
    options = _parser().parse_args(given[: given.index("--")] if "--" in given else given)
    identity = new_identity()
    try:
        faults = _faults(options.faulty, options.count)
        with _served(options.count, faults, identity, options.port) as url:
            return _commanded(command, identity) if command else _announced(url, options.count, faults, identity)
    except Mistake as e:
        sys.stderr.write(f"{e}\n")
        return MISTAKE


@contextlib.contextmanager
def _served(count: int, faults: Mapping[int, Mutant], identity: Identity, port: int) -> Iterator[str]:
    """The sandboxes, numbered from 1 on, behind one address. Raises Mistake where that is not free."""
    host = Host()
    with contextlib.ExitStack() as ending:
        threads = ending.enter_context(ThreadPoolExecutor(HANDLERS, thread_name_prefix="handler"))
        for number in range(1, count + 1):
            ending.enter_context(host.lodging(_sandbox(faults.get(number), identity)))
        try:
            url = ending.enter_context(running(host, threads=threads, port=port))
        except (OSError, OverflowError) as e:
            raise Mistake(f"cannot listen on port {port} ({e}): name another with --port") from None
        yield url


def _sandbox(fault: Mutant | None, identity: Identity) -> Handler:
    if fault is None:
        return Sandbox(identity)
    return fault.front(Sandbox(identity, behaviour=fault.sandbox().behaviour))


def _faults(texts: Sequence[str], count: int) -> dict[int, Mutant]:
    """Which sandbox has which fault, by its number. Raises Mistake for what is none."""
    found = {}
    for text in texts:
        number, _, name = text.partition("=")
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise Mistake(
                f"--faulty {text}: write which sandbox, from 1 to {count}, and which fault: 1=envelope/code-string/404-call-id"
            )
        if name not in mutants():
            raise Mistake(f"--faulty {text}: no fault is called {name!r}: python -m contracts.mutation --list shows all")
        found[int(number)] = mutants()[name]
    return found


def _credentials(identity: Identity) -> dict[str, str]:
    return {
        "SINCH_PROJECT_ID": identity.project_id,
        "SINCH_KEY_ID": identity.key_id,
        "SINCH_KEY_SECRET": identity.key_secret,
        "SINCH_FOREIGN_PROJECT_ID": identity.foreign_project_id,
    }


def _announced(url: str, count: int, faults: Mapping[int, Mutant], identity: Identity) -> int:
    """Say where they are and wait to be stopped. The lines that are no exports are comments, so that a shell can read them all."""
    stopped = threading.Event()
    for number in SIGNALS:
        signal.signal(number, lambda *_: stopped.set())
    places = (
        f"# listening {url}/{number}{f', faulty: {faults[number].id}' if number in faults else ''}"
        for number in range(1, count + 1)
    )
    exports = (f"export {name}={shlex.quote(value)}" for name, value in _credentials(identity).items())
    with contextlib.suppress(BrokenPipeError):  # whoever reads may have enough of it
        print(*places, *exports, sep="\n", flush=True)  # noqa: T201
    stopped.wait()
    return 0


def _commanded(command: Sequence[str], identity: Identity) -> int:
    """Run a command and wait for it; what is to stop this process stops that. Raises Mistake where it cannot be run."""
    try:
        process = subprocess.Popen(command, env=os.environ | _credentials(identity))  # noqa: S603 - a command that a person gave
    except OSError as e:
        raise Mistake(f"{command[0]} cannot be run: {e.strerror}") from None
    signal.signal(signal.SIGINT, lambda *_: None)  # a terminal sends it to the command as well
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


def _parser() -> argparse.ArgumentParser:
    about = "Serve many sandboxes on one port, to try a fleet on."
    parser = Parser(
        prog="python -m contracts.mutation.sandboxes", description=about, epilog="-- COMMAND: run that, and end with it"
    )
    parser.add_argument("count", type=_positive, metavar="N", help="how many")
    parser.add_argument("--port", type=int, default=PORT, metavar="P", help=f"the port of them all (default: {PORT})")
    fault = "give the sandbox of that number a fault; python -m contracts.mutation --list shows all"
    parser.add_argument("--faulty", action="append", default=[], metavar="NUMBER=FAULT", help=fault)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
