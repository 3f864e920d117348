"""The examination of one operation: requests are generated, made harmless, sent by the suite's client, and judged.

Those of the coverage phase come first, each with one thing about it, and then fuzzed ones. What fails there is shortened by
Hypothesis; of each rule the shortest request that broke it is told, also where it did not break it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from contracts.blame import Exhausted, Inconclusive, NotExercised
from contracts.call import Call
from contracts.case import Depth
from contracts.exchange import Exchange
from contracts.finding import Finding, Rule, Severity
from contracts.generated import source
from contracts.generated.harm import harm
from contracts.generated.judgement import Answer, judged
from contracts.generated.own import Own
from contracts.generated.plan import EFFORT, Effort, bends, covered
from contracts.generated.sample import STRAIGHT, Place, Sample, Way
from contracts.generated.steady import steady
from contracts.generated.tame import tamed
from contracts.inquiry import Inquiry
from contracts.operation import operations
from contracts.oracle import Stray
from contracts.undo import UNDO

if TYPE_CHECKING:
    from schemathesis import Case

PATIENCE = 3  # answers in a row that cannot be judged, after which no more is sent
SHORTENING = 200  # requests that are spent on a shorter one, once one was found
EACH = 4  # one of so many refused requests is sent again
ADVISED = 3  # advisories of one rule that are told
STRAIGHTS = 4  # how much oftener than any one way of bending it a fuzzed request is left as it is
DELETION = {operation.path: name for name, operation in operations().items() if operation.method == "DELETE"}
"""What deletes the resource at a path."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, with the answer that it is about and the documented row that this is."""

    finding: Finding
    exchange: Exchange
    stray: Stray | None


class Found(Exception):  # noqa: N818 - tells Hypothesis of a failure; what it is stands in the examination
    """A request was answered wrongly."""


def examine(inquiry: Inquiry, operation: str, depth: Depth) -> None:
    """Examine an operation as deep as that. Raises Inconclusive where nothing, or too little, can be judged."""
    inquiry.need(operation)
    Examination(inquiry, operation, EFFORT[depth]).run()


class Examination:
    """One examination, and what it has shown so far."""

    def __init__(self, inquiry: Inquiry, operation: str, effort: Effort) -> None:
        self.inquiry = inquiry
        self.operation = operation
        self.effort = effort
        self.own = Own(inquiry, operation)
        self.fails: dict[Rule, Seen] = {}
        self.advisories: dict[Rule, list[Finding]] = {}
        self.unjudged: list[str] = []
        self._ended: Exception | None = None
        self._last = float("inf")
        self._in_a_row = self._refused = self._deleted = self._kept = 0
        self._tried: set[str] = set()

    def run(self) -> None:
        """Try everything, and put what was found into the inquiry. Raises what ended it too early."""
        self.own.prepare()
        self._kept = self.inquiry.debt.requests()
        try:
            with steady():
                for case, way in covered(self.own, self.effort, self.inquiry.seed):
                    self._attempt(case, way)
                if not self.fails:
                    self._fuzz()
        finally:
            self._keep()
        if self._ended and not (isinstance(self._ended, Exhausted) and self.inquiry.assertions):
            raise self._ended
        if not self.inquiry.assertions:
            raise Inconclusive(self.unjudged[-1]) if self.unjudged else NotExercised("nothing could be sent without harm")

    # -- what is tried --------------------------------------------------------------------------------------------------------

    def _fuzz(self) -> None:
        """Fuzzed requests. Hypothesis shortens the first that fails; what came once is kept, whether or not it comes again."""
        ways = [STRAIGHT] * STRAIGHTS + bends(self.own)

        def fuzzed(case: Case[Any], way: Way) -> None:
            if self._attempt(case, way):
                raise Found

        asked = hypothesis.settings(
            max_examples=self.effort.fuzzed,
            phases=(Phase.generate, Phase.shrink) if self.inquiry.shorten else (Phase.generate,),
            deadline=None,
            database=None,
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),  # how long a request takes is the target's affair
        )
        test = hypothesis.given(case=source.fuzzing(self.operation), way=st.sampled_from(ways))(fuzzed)
        with contextlib.suppress(Found, Flaky):
            hypothesis.seed(self.inquiry.seed)(asked(test))()

    # -- one request ----------------------------------------------------------------------------------------------------------

    def _attempt(self, case: Case[Any], way: Way) -> bool:
        """Try one request, unless that is over or was done. Gives whether its answer fails."""
        over = self._ended or self.inquiry.requests >= self._last
        sample = source.sample_of(self.operation, case)
        if over or (self._done(sample, way) and not self.fails):
            return False
        try:
            return self._sent(case, sample, way)
        except Exception as e:  # noqa: BLE001 - for Hypothesis each would be a failure to be shortened
            self._ended = e
            return False

    def _done(self, sample: Sample, way: Way) -> bool:
        """Whether the same was tried: what a path was generated with counts only where it is used."""
        used = sample.path if way.place is Place.ODD else sample.path.get("isoCode")
        told = repr((used, sample.query, sample.body, sample.headers, way))
        done = told in self._tried
        self._tried.add(told)
        return done

    def _sent(self, case: Case[Any], sample: Sample, way: Way) -> bool:
        call = tamed(sample, way, self.own)
        if harm(call, self.own.held):
            return False
        source.told(case, call, sample)
        exchange = self._asked(call)
        if exchange is None:
            return False
        again = self._again(exchange)
        stray = None if exchange.ok else self.inquiry.met(exchange)
        self.inquiry.assertions += stray is None
        reached = way.place is Place.KNOWN and all(self.own.thing(step) for step in self.own.steps.values())
        known = self.own.texts()
        answer = Answer(exchange, stray=stray, again=again, known=known, nouns=self.inquiry.target.nouns, reached=reached)
        found = judged(case, answer)
        self._tidy(exchange, reached=reached)
        return self._noted(found, exchange, stray)

    def _asked(self, call: Call) -> Exchange | None:
        """The answer to a call, if it can be judged. After some that cannot, nothing more is sent."""
        try:
            exchange = self.inquiry.asked(call)
            reason = self.inquiry.unjudgeable(exchange)
        except Exhausted:
            raise
        except Inconclusive as e:
            exchange, reason = None, str(e)
        self._in_a_row = self._in_a_row + 1 if reason else 0
        if reason:
            self.unjudged.append(reason)
        if self._in_a_row >= PATIENCE:
            self._ended = Inconclusive(f"{reason}; {self.inquiry.assertions} answers had been judged by then")
        return None if reason else exchange

    def _again(self, exchange: Exchange) -> Exchange | None:
        """What the same request is answered the second time: now and then where it was refused, and wherever that differed."""
        if exchange.status is None or not 400 <= exchange.status < 500:
            return None
        self._refused += 1
        due = self._refused % EACH == 1 or Rule.NOT_REPEATABLE in self.fails
        return self._asked(exchange.call) if due else None

    def _tidy(self, exchange: Exchange, *, reached: bool) -> None:
        """Remove what the request made, also by an update of what was not there; have what it deleted again, if it may be."""
        if exchange.call.operation in UNDO:
            self.inquiry.clean_up(self._kept)
        elif exchange.ok and self.own.operation.method == "DELETE":
            self._deleted += 1
            self.own.gone(again=self._deleted <= self.effort.deleted)
        elif exchange.ok and self.own.operation.method == "PUT" and not reached and self.own.operation.path in DELETION:
            removal = Call(DELETION[self.own.operation.path], exchange.call.path)
            if not harm(removal, self.own.held):
                self.inquiry.asked(removal)

    # -- what was found -------------------------------------------------------------------------------------------------------

    def _noted(self, findings: Sequence[Finding], exchange: Exchange, stray: Stray | None) -> bool:
        """Keep the shortest request of each rule that fails, and advisories apart. Gives whether anything fails."""
        for finding in findings:
            if finding.severity is Severity.ADVISORY:
                self.advisories.setdefault(finding.rule, []).append(finding)
                continue
            known = self.fails.get(finding.rule)
            if known is None or len(finding.curl) <= len(known.finding.curl):
                self.fails[finding.rule] = Seen(finding, exchange, stray)
        failed = any(finding.severity is Severity.FAIL for finding in findings)
        if failed and self._last == float("inf"):
            self._last = self.inquiry.requests + SHORTENING
        return failed

    def _keep(self) -> None:
        """Put what was found into the inquiry."""
        for seen in self.fails.values():
            self.inquiry.keep([seen.finding], seen.stray.row if seen.stray else None, seen.exchange)
        for rule in sorted(self.advisories):
            self.inquiry.keep(_few(self.advisories[rule]))


def _few(advisories: Sequence[Finding]) -> list[Finding]:
    """The first few that differ in their texts; the first tells how many there were."""
    distinct = list({finding.text: finding for finding in reversed(advisories)}.values())[::-1][:ADVISED]
    count = f" (one of {len(advisories)} such answers)" if len(advisories) > 1 else ""
    return [replace(distinct[0], text=distinct[0].text + count), *distinct[1:]]
