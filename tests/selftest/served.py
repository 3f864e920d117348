"""A sandbox over HTTP within the test's own process, and cases that are run on it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from contracts.case import Case, CaseResult
from contracts.client import Client
from contracts.names import Names
from contracts.runner import run
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Target

_numbers = itertools.count(1)


@contextlib.contextmanager
def served(sandbox: Sandbox, target_id: str = "sandbox", **facts: Any) -> Iterator[Client]:
    """A client of a sandbox, under the name that its target has in results."""
    who = sandbox.identity
    facts = {"foreign_project": who.foreign_project_id, **facts}
    with running(sandbox) as url:
        target = Target(target_id, url, who.project_id, who.key_id, who.key_secret, **facts)
        with contextlib.closing(Client(target)) as client:
            client.proven = True
            yield client


def ran(sandbox: Sandbox, cases: Iterable[Case], target_id: str = "sandbox", **facts: Any) -> dict[str, CaseResult]:
    """The results of cases on a sandbox, by their ids; a few of them are run at once."""
    names = Names(f"served-{next(_numbers)}")
    with served(sandbox, target_id, **facts) as client, ThreadPoolExecutor(4, thread_name_prefix="case") as threads:
        return {result.case.id: result for result in threads.map(lambda case: run(case, client, names), cases)}
