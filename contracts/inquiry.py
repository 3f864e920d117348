"""An inquiry: a check's talk with the target. What it finds belongs to no single row, but for what an answer says of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contracts import oracle
from contracts.case import Broken, Story
from contracts.catalogue import Row
from contracts.client import Client
from contracts.exchange import Exchange
from contracts.finding import Finding, Severity
from contracts.maker import Maker
from contracts.names import Names
from contracts.oracle import Stray
from contracts.template import Bound


class Inquiry(Maker):
    """What a scenario of a check gets. `seed` steers all that it generates; `story` tells how a finding came about.

    Where nobody will read that, it need not `shorten` what it found.
    """

    def __init__(self, client: Client, names: Names, *, strict: bool = False, seed: int = 0, shorten: bool = True) -> None:
        super().__init__(client, names, strict=strict)
        self.seed = seed
        self.shorten = shorten
        self.findings: list[Finding] = []
        self.assertions = 0
        self.story: Story | None = None
        self._broken: dict[tuple[str, str], list[Finding]] = {}

    def judge(self, row: Row, exchange: Exchange, bound: Bound, hidden: Collection[str] = ()) -> Sequence[Finding]:
        """Hold an answer against the row that must be raised, and keep what is found. Gives the findings."""
        self.assertions += 1
        self.judged.append(exchange)
        return self.keep(oracle.judge(row, exchange, bound, hidden), row, exchange)

    def judge_any(self, exchange: Exchange) -> Stray:
        """Hold an error answer against whatever the specification says of it: its row, or the envelope alone.

        One that no row documents is collected, with the request that gave it.
        """
        stray = self.met(exchange)
        self.keep([finding for finding in stray.findings if finding.severity is Severity.FAIL], stray.row, exchange)
        return stray

    def met(self, exchange: Exchange) -> Stray:
        """As `judge_any`, but which of the findings are kept is the caller's to say."""
        self.assertions += 1
        self.judged.append(exchange)
        stray = self._stray(exchange)
        facts = (stray.row, stray.http_code, stray.status, stray.message)
        again = any((known.row, known.http_code, known.status, known.message) == facts for _, known in self.strays[:-1])
        advisories = () if again else tuple(finding for finding in stray.findings if finding.severity is Severity.ADVISORY)
        self.strays[-1] = (exchange.call, Stray(*facts, advisories))
        return stray

    def keep(self, findings: Sequence[Finding], row: Row | None = None, exchange: Exchange | None = None) -> Sequence[Finding]:
        """Keep findings, each once; those of a documented row are told of that row as well."""
        new = [finding for finding in findings if finding not in self.findings]
        self.findings += new
        if row and exchange:
            failed = [finding for finding in new if finding.severity is Severity.FAIL]
            self._broken.setdefault((row.id, exchange.call.operation), []).extend(failed)
        return findings

    def broken(self) -> tuple[Broken, ...]:
        """The documented rows that were met and broken."""
        return tuple(Broken(*place, tuple(findings)) for place, findings in self._broken.items() if findings)
