"""A trial: the suite's cases against one mutant, until one of them sees the defect or none is left."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.case import Case, CaseResult, Depth, Kind, Verdict
from contracts.catalogue import rows
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.finding import Finding, Severity
from contracts.mutation.equivalent import equivalence
from contracts.mutation.host import Host
from contracts.mutation.mutant import Mutant
from contracts.names import Names
from contracts.run.planned import plan
from contracts.runner import run
from contracts.sandbox import Sandbox
from contracts.sandbox.serve import running
from contracts.target import Target

HANDLERS = 32  # requests that may wait in the middle of a plan at once: more than the contestants of one race
AT_ONCE = 8  # mutants that one process tries at once: while some wait for a list to settle, others go on
STORIES = 3  # cases of a survivor that are told in full
SHOWN = 4  # exchanges of a survivor's case that are shown: the refusal asked for twice, and some


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant, as plain text, so that it can travel between processes.

    `killer` is the case that saw the defect, and `rule` what it named. `story` is what the cases of a survivor said, with what was
    sent and answered.
    """

    mutant: str
    killer: str = ""
    rule: str = ""
    story: str = ""

    @property
    def killed(self) -> bool:
        """Whether the suite saw the defect."""
        return bool(self.killer)

    @property
    def surprising(self) -> bool:
        """Whether a mutant lived that should not, or one was killed that is said to be equivalent."""
        return self.killed is (equivalence(self.mutant) is not None)


class Court:
    """Tries mutants over HTTP, many in one process. Threads may share it. `clean` is a client of a sandbox without a defect."""

    def __init__(self, host: Host, url: str, clean: Client) -> None:
        self._host = host
        self._url = url
        self._clean = clean
        self._numbers = itertools.count(1)
        self._sound: dict[str, bool] = {}

    def tried(self, mutant: Mutant) -> Trial:
        """The trial of one mutant: it ends with the first case that sees the defect."""
        sandbox = mutant.sandbox()
        with self._host.lodging(mutant.front(sandbox)) as place, _client(sandbox, self._url + place) as client:
            names = Names(f"m{next(self._numbers)}")
            story = []
            for case in _touched(mutant):
                client.heard.clear()
                result = run(case, client, names, shorten=False)
                finding = seen(mutant, result)
                if finding and self._proves(case):
                    return Trial(mutant.id, case.id, str(finding.rule))
                story.append(_story(result, client.heard, proves=finding is None))
            return Trial(mutant.id, story=_stories(story))

    def _proves(self, case: Case) -> bool:
        """Whether a case passes where there is no defect, in clean traffic: one that cries at everything sees nothing."""
        if case.id not in self._sound:
            result = run(case, self._clean, Names(f"c{next(self._numbers)}"))
            met = [finding for _, stray in result.strays for finding in stray.findings]
            failed = any(finding.severity is Severity.FAIL for finding in (*result.findings, *met))
            self._sound[case.id] = result.verdict is Verdict.PASS and not failed
        return self._sound[case.id]

    def all(self, mutants: Sequence[Mutant]) -> Iterator[Trial]:
        """The trials of many: some of them at once, and then one by one those whose cases run alone."""
        alone = [mutant for mutant in mutants if any(case.alone for case in _touched(mutant))]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trial") as threads:
            yield from threads.map(self.tried, [mutant for mutant in mutants if mutant not in alone])
        yield from map(self.tried, alone)


@contextmanager
def court() -> Iterator[Court]:
    """A court with a server of its own, as long as the context lasts."""
    host, clean = Host(), Sandbox()
    with (
        ThreadPoolExecutor(HANDLERS, thread_name_prefix="handler") as threads,
        running(host, threads=threads) as url,
        host.lodging(clean) as place,
        _client(clean, url + place) as client,
    ):
        yield Court(host, url, client)


def seen(mutant: Mutant, result: CaseResult) -> Finding | None:
    """The finding that kills: of the row that is broken, with the right rule, in a case that failed. A crash is no kill.

    What is met on the way, a 500 that nobody asked for or an error of another row, is judged against its own row, or against
    none where it is not to be recognised: there the traffic check fails, and not the case.
    """
    if not result.case.row:
        return _seen_by_check(mutant, result)
    found: list[Finding] = []
    if result.case.row == mutant.row and result.verdict is Verdict.FAIL:
        found += result.failures
    if result.verdict in {Verdict.FAIL, Verdict.PASS}:
        for _, stray in result.strays:
            if (stray.row.id if stray.row else mutant.met) == mutant.row:
                found += (finding for finding in stray.findings if finding.severity is Severity.FAIL)
    return next((finding for finding in found if finding.rule is mutant.rule), None)


def _seen_by_check(mutant: Mutant, result: CaseResult) -> Finding | None:
    """The finding of a check that kills: of the row that is broken, where it is one, with the right rule."""
    of_row = [finding for broken in result.broken if broken.row == mutant.row for finding in broken.findings]
    of_any = result.failures if result.verdict is Verdict.FAIL else ()
    found = of_row if mutant.row in {documented.id for documented in rows()} else of_any
    return next((finding for finding in found if finding.rule is mutant.rule), None)


class _Client(Client):
    """A client that keeps what it heard, for the story of a survivor."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.proven = True  # the clean sandbox takes the key
        self.heard: list[Exchange] = []

    def _send(self, *arguments: object, **more: object) -> Exchange:
        exchange = super()._send(*arguments, **more)  # type: ignore[arg-type]
        self.heard.append(exchange)
        return exchange


@contextmanager
def _client(sandbox: Sandbox, url: str) -> Iterator[_Client]:
    who = sandbox.identity
    client = _Client(Target("mutant", url, who.project_id, who.key_id, who.key_secret, foreign_project=who.foreign_project_id))
    try:
        yield client
    finally:
        client.close()


def _touched(mutant: Mutant) -> Sequence[Case]:
    """The cases that the defect can touch, races last: they cost the most."""
    rows = {beginning.partition("/")[0] for beginning in mutant.cases}
    touched = [case for row in rows for case in _cases()[row] if mutant.touches(case.id)]
    return sorted(touched, key=lambda case: case.kind is Kind.RACE)


@functools.cache
def _cases() -> Mapping[str, Sequence[Case]]:
    """The suite's cases by their row, and those of checks by the check, as a run of standard depth has them."""
    deeper = (case for case in plan(Depth.STANDARD) if not case.row)
    found: dict[str, list[Case]] = {}
    for case in (*plan(only_documented=True), *deeper):
        found.setdefault(case.id.partition("/")[0], []).append(case)
    return found


def _stories(stories: Sequence[str]) -> str:
    more = [f"  and {len(stories) - STORIES} more cases that did not see it"] if len(stories) > STORIES else []
    return "\n".join([*stories[:STORIES], *more]) or "  no case touches it"


def _story(result: CaseResult, heard: Sequence[Exchange], *, proves: bool) -> str:
    """What a case that did not see the defect said, and the last that it sent for its own operation."""
    if not proves:
        return f"  {result.case.id}: fails without the defect as well, and so proves nothing"
    rules = ", ".join(finding.rule for finding in result.findings) or "no finding"
    own = [exchange for exchange in heard if exchange.call.operation == result.case.operation][-SHOWN:]
    lines = (f"    sent: {exchange.as_curl()}\n    answered: {exchange.answer_line()[:500]}" for exchange in own)
    return "\n".join((f"  {result.case.id}: {result.verdict} ({result.reason or rules})", *lines))
