"""`python -m contracts.sandbox`: the sandbox on its own, for people and for other clients."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from contracts.sandbox.core import Sandbox, new_identity
from contracts.sandbox.serve import base_url, bind, serve
from contracts.sandbox.step import Identity

HIGHEST_PORT = 65535
MISUSE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 2 with one line on stderr where the options or the port do not allow it."""
    options = _parser().parse_args(arguments)
    if not 0 <= options.port <= HIGHEST_PORT:
        return _misuse(f"--port must be from 0 to {HIGHEST_PORT}, not {options.port}")
    if not 0 <= options.delay_ms < float("inf"):
        return _misuse(f"--delay-ms must be 0 or more, not {options.delay_ms}")
    try:
        bound = bind(options.port)
    except OSError as problem:
        return _misuse(f"cannot listen on port {options.port}: {problem.strerror}")
    identity = _identity(options)

    def started(stop: Callable[[], None]) -> None:
        _announce(base_url(bound), identity)
        if options.until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()

    serve(Sandbox(identity), bound, delay_ms=options.delay_ms, started=started)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m contracts.sandbox", description=__doc__, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port to listen on; default: any that is free")
    parser.add_argument("--project", metavar="ID", help="the main project's id; default: a new one, as all below")
    parser.add_argument("--foreign-project", metavar="ID", help="the id of a project that the key may not use")
    parser.add_argument("--key-id", metavar="ID", help="the access key's id")
    parser.add_argument("--key-secret", metavar="S", help="the access key's secret")
    parser.add_argument("--delay-ms", type=float, default=0, metavar="D", help="milliseconds to wait before every answer")
    # For a test run that embeds the sandbox: when the run is killed, its end of the pipe closes, and no orphan is left.
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    return parser


def _identity(options: argparse.Namespace) -> Identity:
    given = {
        "project_id": options.project,
        "foreign_project_id": options.foreign_project,
        "key_id": options.key_id,
        "key_secret": options.key_secret,
    }
    return replace(new_identity(), **{name: value for name, value in given.items() if value is not None})


def _announce(url: str, identity: Identity) -> None:
    variables = {
        "PYTEST_BASE_URL": url,
        "SINCH_PROJECT_ID": identity.project_id,
        "SINCH_KEY_ID": identity.key_id,
        "SINCH_KEY_SECRET": identity.key_secret,
        "SINCH_FOREIGN_PROJECT_ID": identity.foreign_project_id,
    }
    lines = [f"listening {url}", *(f"export {name}={shlex.quote(value)}" for name, value in variables.items())]
    with contextlib.suppress(BrokenPipeError):  # whoever started it has ended already; then its end of input is near
        print("\n".join(lines), flush=True)  # noqa: T201


def _stop_at_end_of_input(stop: Callable[[], None]) -> None:
    while os.read(0, 4096):
        pass
    stop()


def _misuse(problem: str) -> int:
    print(f"contracts.sandbox: {problem}", file=sys.stderr)  # noqa: T201
    return MISUSE


if __name__ == "__main__":
    sys.exit(main())
