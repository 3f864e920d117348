"""What the tests of generated requests share: the check on sandboxes, and on what stands in front of one."""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.call import Call
from contracts.case import CaseResult, Depth
from contracts.client import Client
from contracts.finding import Rule, Severity
from contracts.inquiry import Inquiry
from contracts.names import Names
from contracts.runner import run
from contracts.sandbox import Request, Response, Sandbox
from contracts.sandbox.serve import running
from contracts.sandbox.state import State
from contracts.target import Target
from tests.contract.test_generated import any_request

BAD_REQUEST = {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad request."}
"""An error that no row documents."""
GIVEN = (
    r"\d{25,}",
    r"[0-9a-f]{8}-[0-9a-f-]{27}",
    r"01[0-9A-HJKMNP-TV-Z]{24}",
    r"\+1\d{3}55501\d\d",
    r"192\.0\.2\.\d+",
    r"Pw-[\w-]+",
)
"""What is given anew in each run: large numbers, ids, telephone numbers, addresses, passwords."""


@dataclass(frozen=True, slots=True)
class Front:
    """Something in front of a sandbox: what it answers itself, and what it makes of the sandbox's answers."""

    sandbox: Sandbox
    answers: Callable[[Request], Response | None] = lambda _: None
    changes: Callable[[Request, Response], Response] = lambda _, response: response

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        own = self.answers(request)
        return self.changes(request, self.sandbox.handle(request)) if own is None else own


def creates(request: Request, what: str = "/trunks") -> bool:
    """Whether a request makes something of that kind."""
    return request.method == "POST" and request.raw_path.endswith(what)


@contextlib.contextmanager
def client_of(front: Front, kind: type[Target] = Target, **facts: Any) -> Iterator[Client]:
    """A client of whatever answers like the sandbox."""
    who = front.sandbox.identity
    with running(front) as url:
        target = kind("t", url, who.project_id, who.key_id, who.key_secret, foreign_project=who.foreign_project_id, **facts)
        with contextlib.closing(Client(target)) as client:
            client.proven = True
            yield client


def examined(
    front: Front | Sandbox,
    *names: str,
    seed: int = 1,
    depth: Depth = Depth.QUICK,
    kind: type[Target] = Target,
    shorten: bool = True,
    **facts: Any,
) -> dict[str, CaseResult]:
    """What the check makes of operations, by their names; of all, where none is named."""
    cases = {case.arguments["operation"]: case for case in any_request.cases(depth)}
    with client_of(Front(front) if isinstance(front, Sandbox) else front, kind, **facts) as client:
        return {name: run(cases[name], client, Names("t"), seed=seed, shorten=shorten) for name in names or cases}


def shapes(names: Sequence[str], seed: int, run_id: str) -> list[list[str]]:
    """What is sent by the checks of some operations, up to the values that differ from run to run."""
    sent: list[list[str]] = []
    front = Front(Sandbox())
    cases = {case.arguments["operation"]: case for case in any_request.cases()}
    with client_of(front) as client:
        for name in names:
            inquiry = Inquiry(client, Names(run_id), seed=seed)
            cases[name].body(inquiry, **cases[name].arguments)
            inquiry.clean_up()
            sent += ([call.operation, _plain(call, run_id)] for call in (exchange.call for exchange in inquiry.exchanges))
    return sent


def _plain(call: Call, run_id: str) -> str:
    """A call without what is given anew in each run: names, ids, numbers and passwords."""
    told = repr((sorted(call.path.items()), call.query, call.body, sorted(call.headers.items())))
    told = told.replace(run_id, "RUN")
    for given in GIVEN:
        told = re.sub(given, "GIVEN", told)
    return told


def told(result: CaseResult, severity: Severity = Severity.FAIL) -> set[Rule]:
    """The rules that a result names."""
    return {finding.rule for finding in result.findings if finding.severity is severity}


def tables(state: State) -> dict[str, Any]:
    """All that a sandbox holds; tokens come and go."""
    return {name: copy.deepcopy(getattr(state, name)) for name in State.__slots__ if name not in {"tokens", "started"}}
