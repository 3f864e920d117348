"""What the suite costs, as a table: `tox -e bench`, or `python -m tests.bench [--rounds N] [--delay-ms D]`.

Quote ratios within one run: machines are noisy, and no test asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from contracts.call import api
from contracts.catalogue import row
from contracts.exchange import Exchange, Request, Response, basic
from contracts.oracle import judge
from contracts.run.embedded import ROOT, Embedded
from contracts.target import Target

THREADS = 50
ONE = "404-trunk-domain and unissued"  # one case alone, so that all workers but one do nothing but start
FEW = "404-trunk-domain"  # a row of few cases


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each whole run is timed; medians are shown")
    parser.add_argument("--delay-ms", type=int, default=50, help="what is added to every answer in the waiting part")
    options = parser.parse_args()
    lines = [*startup(options.rounds), *whole(options.rounds), *waiting(options.delay_ms), oracle_cost()]
    width = max(len(name) for name, _ in lines)
    sys.stdout.write("\n".join(f"{name:<{width}}  {figure}" for name, figure in lines) + "\n")


def startup(rounds: int) -> Iterator[tuple[str, str]]:
    """Seconds from the start of the process to its first request, and the CPU of one more worker."""
    with listener() as (url, first):
        waits = []
        for _ in range(rounds):
            first.clear()
            began = time.time()
            run("--only-documented", "--base-url", url)
            waits.append(first[0] - began)
        yield "start to first request", f"{statistics.median(waits):.2f} s"
    one, four = (statistics.median(cpu("-n", n, "-k", ONE, "--only-documented") for _ in range(rounds)) for n in ("1", "4"))
    yield "CPU of one more worker (-n 4 against -n 1)", f"{(four - one) / 3:.2f} s"


def whole(rounds: int) -> Iterator[tuple[str, str]]:
    """The full set of documented cases on the embedded sandbox."""
    for options in (("default",), ("-n", "2"), ("-n", "8")):
        times = [run(*(o for o in options if o != "default"), "--only-documented") for _ in range(rounds)]
        seconds = statistics.median(wall for wall, _ in times)
        facts = times[0][1]["run"]
        yield f"all documented cases, {' '.join(options)}", f"{seconds:.1f} s, {facts['requests']} requests"


def waiting(delay: int) -> Iterator[tuple[str, str]]:
    """The same with a delay added to every answer, against bare threads and against one request after another."""
    sandbox = Embedded("--delay-ms", str(delay))
    try:
        target = sandbox.target()
        env = environment(target)
        default, results = run("--only-documented", "--base-url", target.base_url, env=env)
        count = results["run"]["requests"]
        bare = threads(target, count)
        _, alone = run("--only-documented", "--concurrency", "1", "-k", FEW, "--base-url", target.base_url, env=env)
        each = sum(c["duration_seconds"] for r in alone["rows"] for c in r["cases"]) / alone["run"]["requests"]
    finally:
        sandbox.stop()
    yield f"all documented cases, {delay} ms added", f"{default:.1f} s, {count} requests"
    yield f"  {THREADS} bare threads, as many requests", f"{bare:.1f} s: {default / bare:.2f} times that"
    yield "  one request after another (extrapolated)", f"{each * count:.0f} s: {default / (each * count):.3f} of that"


def oracle_cost() -> tuple[str, str]:
    """Microseconds to judge a conforming answer."""
    body = json.dumps({"code": 404, "status": "NOT_FOUND", "message": "Could not find SIP Trunk with id 'x'"}).encode()
    response = Response(404, (("content-type", "application/json"),), body)
    exchange = Exchange(api.getSipTrunkById(sipTrunkId="x"), Request("GET", "http://127.0.0.1/x", (), b""), response)
    expected, bound = row("404-trunk-id"), {"id": ("x",)}
    if judge(expected, exchange, bound):
        raise AssertionError("the answer was meant to conform")
    times = timeit.repeat(lambda: judge(expected, exchange, bound), number=100, repeat=50)
    return "oracle, one conforming answer", f"{statistics.median(times) * 10_000:.0f} µs"


def run(*options: str, env: dict[str, str] | None = None) -> tuple[float, dict[str, Any]]:
    """Seconds of one whole contract run as a process, and its results."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        kept = ["--report-dir", folder, "--history", str(Path(folder) / "history")]
        command = [sys.executable, "-m", "pytest", "tests/contract", "-q", "-p", "no:cacheprovider", *kept]
        subprocess.run([*command, *options], cwd=ROOT, env=env or environment(), stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - ours
        seconds = time.monotonic() - began
        results: dict[str, Any] = json.loads((Path(folder) / "results.json").read_text("utf-8"))
        return seconds, results


def cpu(*options: str) -> float:
    """CPU seconds of a run and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def threads(target: Target, count: int) -> float:
    """Seconds that bare threads with one shared client need for so many requests."""
    url = f"{target.base_url}/v1/projects/{target.project}/trunks/not-an-id"
    headers = {"authorization": basic(target.key_id, target.key_secret)}
    limits = httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
    with httpx.Client(limits=limits, headers=headers, timeout=30) as client, ThreadPoolExecutor(THREADS) as pool:
        began = time.monotonic()
        list(pool.map(client.get, [url] * count))
        return time.monotonic() - began


def environment(target: Target | None = None) -> dict[str, str]:
    """The environment of a run: the target's credentials, or made-up ones."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SINCH_", "PYTEST_"))}
    project, key, secret = (target.project, target.key_id, target.key_secret) if target else ("p", "k", "s")
    own |= {"SINCH_PROJECT_ID": project, "SINCH_KEY_ID": key, "SINCH_KEY_SECRET": secret}
    return own | ({"SINCH_FOREIGN_PROJECT_ID": target.foreign_project} if target and target.foreign_project else {})


@contextmanager
def listener() -> Iterator[tuple[str, list[float]]]:
    """A server that notes when each request came, and turns all away."""
    came: list[float] = []

    class Refuse(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(time.time())
            self.send_response(401)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
