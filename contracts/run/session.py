"""A run: what its options ask for, and what all of its processes must know. Knows nothing of pytest's hooks."""

from __future__ import annotations

import contextlib
import math
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import acquaintance, known_answer
from contracts.blame import Defect, Mistake
from contracts.budget import Budget, Limits
from contracts.catalogue import digest
from contracts.client import Client
from contracts.exchange import visible
from contracts.history import HISTORY
from contracts.history import file as history_file
from contracts.ledger import LEDGER
from contracts.names import new_run_id
from contracts.origin import Origin
from contracts.profile import load_profile
from contracts.run import gating
from contracts.run import shard as shards
from contracts.run.embedded import ROOT, Embedded
from contracts.run.options import Options
from contracts.run.planned import check_withdrawals, chosen, plan_id
from contracts.run.shared import Shared
from contracts.sweep import Swept, sweep
from contracts.target import Target, check_filled_in, resolve
from contracts.traffic import Traffic
from contracts.transport.login import issuer
from contracts.transport.pause import Pause
from contracts.transport.tokens import Tokens
from contracts.transport.wire import proxy_for
from contracts.visit import rate_of

if TYPE_CHECKING:
    from contracts.run.desk import Desk

REPORTS = ROOT / "reports"
NAMED = 3  # known answers that are named at most, when the oracle misjudges them
SHARE = 25  # requests of a limited run for each case that runs at once: a case takes six
UNSAID = {"SINCH_PROJECT_ID": "a project", "SINCH_KEY_ID": "a key", "SINCH_KEY_SECRET": "its secret"}
"""What stands in the place of credentials where nothing is sent."""
NEAR, FAR = 48, 8  # cases at once where nothing is said: on this machine, and on others, which are owed politeness
WIDEST = 16  # contestants of the widest race of any depth: as many requests are let be in flight on other machines


class Run:
    """The controller's side of a run. Building it checks every option and sends nothing; raises Mistake in one clear line."""

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self.options = options
        self.id = new_run_id()
        self.started = time.time()
        self.seed = _seed(options)
        self.share = chosen(options)
        self._target = _named(resolve(options.base_url, options.profile, environment, confirmed=options.production), options)
        if self._target:
            check_filled_in(self._target)
            proxy_for(self._target.base_url)  # a mistake in it shall show before anything else
        if options.profile:
            check_withdrawals(options.profile)
        self.folder = Path(options.report_dir) if options.report_dir else REPORTS / self.id
        self.history = history_of(options.history)
        self.gating = gating.asked(options, self.folder, self.history)
        self._new_folder = not self.folder.exists()
        limits = limited(options, self._target)
        self._ledger = Path(options.ledger or LEDGER)
        check_writable(self.folder, "report", "--report-dir")
        if self._target:
            check_writable(self._ledger, "ledger", "--ledger")
        if options.history:
            check_writable(self.history.parent, "history", "--history")
        self.in_flight_asked = bool(asked_in_flight(options))
        self._scratch = tempfile.TemporaryDirectory(prefix="contracts-")
        self.limits = replace(limits, file=str(Path(self._scratch.name) / "budget")) if limits else None
        self._embedded: Embedded | None = None
        self._shared: Shared | None = None
        self._desk: Desk | None = None
        self._pause_file = str(Path(self._scratch.name) / "pause")
        self.traffic = Path(self._scratch.name) / "traffic"
        self.traffic.mkdir()
        self.veiled: Callable[[str], str] = str  # a text without secrets, once there are any
        self.swept: tuple[Swept | str, ...] = ()
        self.notes: tuple[str, ...] = ()

    def begin(self) -> None:
        """Start the embedded sandbox, which gets ready while pytest collects; or where a target is named, try the oracle first.

        Raises Defect when the oracle is broken. A sandbox of ours is nobody's, and its first request need not wait for that.
        """
        if self._target is None:
            self._sandbox()
        else:
            _check_oracle()

    @property
    def keeps_ledger(self) -> bool:
        """Whether what is made is written down: a sandbox of ours ends with the run, and all that is in it."""
        return self._target is not None

    @property
    def loopback(self) -> bool:
        """Whether the target is on this machine."""
        return self._target is None or self._target.loopback

    @property
    def where(self) -> str:
        """The target in words, before anything is sent to it."""
        return words(self._target)

    def shared(self) -> Shared:
        """What the workers must know. The first call waits for the sandbox and asks the target whether it answers at all."""
        if self._shared is None:
            target = self._target or self._sandbox().target(self.options.profile)
            budget = Budget.begun(self.limits) if self.limits else None
            tokens = issuer(target, budget.token_leaving) if budget else issuer(target)
            self._desk = _desk(tokens)
            pause = Pause(self._pause_file, target.timeouts.patience)
            with contextlib.closing(Client(target, budget, tokens=tokens, pause=pause)) as client:
                client.traffic = Traffic(self.traffic, "main")
                self.veiled = client.veil.text
                first, blocked = acquaintance.made(client)
                client.keep("acquaintance", [first] if first else [])
                proven = client.proven
                if self._target and not blocked and not target.read_only:
                    self.swept = tuple(swept for swept in sweep(self._ledger, client) if swept.removed or swept.left)
            self._shared = Shared(
                run_id=self.id,
                target=target,
                seed=self.seed,
                strict=self.options.strict_undocumented,
                concurrency=_at_once(self.options, target, self.limits),
                stop_file=str(Path(self._scratch.name) / "stop"),
                blocked=blocked,
                proven=proven,
                limits=self.limits,
                pause_file=self._pause_file,
                traffic=str(self.traffic),
                ledger=str(self._ledger) if self._target else "",  # a sandbox of ours ends with the run, and all that is in it
                desk=(self._desk.port, self._desk.key) if self._desk else None,
                cases=None if self.share is None else tuple(sorted(self.share)),
            )
        return self._shared

    def _sandbox(self) -> Embedded:
        """The embedded sandbox, started once, so that `end` stops every one that there is."""
        self._embedded = self._embedded or Embedded()
        return self._embedded

    @property
    def blocked(self) -> str:
        """Why no case can be judged; empty when the target answers, or was not asked."""
        return self._shared.blocked if self._shared else ""

    def facts(self, workers: int) -> dict[str, Any]:
        """The members of `run` in results.json that are known from the start."""
        return {
            "id": self.id,
            "plan_id": plan_id(self.options, self.seed),
            "workers": workers,
            "seed": self.seed,
            "depth": self.options.depth,
            "only_documented": self.options.only_documented,
            "catalogue": digest(),
            "shard": asdict(self.options.shard) if self.options.shard else None,
        }

    def target_facts(self) -> dict[str, Any]:
        """The members of `target` in results.json."""
        target = self._shared.target if self._shared else self._target
        version = self.options.target_version and visible(self.options.target_version)
        if target is None:
            return {"id": "sandbox", "base_url": "not started", "profile": None, "version": version}
        return {"id": target.id, "base_url": target.base_url, "profile": target.profile, "version": version}

    @property
    def origin(self) -> Origin:
        """Where the evidence comes from, as far as there is a target."""
        target = self._shared.target if self._shared else self._target
        return Origin.of(self.id, target) if target else Origin(self.id, "sandbox", "not started")

    def stop(self) -> None:
        """Tell all processes to start no more cases."""
        if self._shared:
            self._shared.stop()

    def end(self) -> None:
        """Stop the sandbox and remove what was only for the run's time, a report folder that got no report included."""
        if self._embedded:
            self._embedded.stop()
        if self._desk:
            self._desk.close()
        self._scratch.cleanup()
        if self._new_folder:
            with contextlib.suppress(OSError):  # it holds a report
                self.folder.rmdir()


def _desk(tokens: Tokens | None) -> Desk | None:
    """A desk where there are tokens to hand out."""
    if tokens is None:
        return None
    from contracts.run.desk import Desk  # noqa: PLC0415 - most runs have none, and it costs 30 ms

    return Desk(tokens)


def words(target: Target | None) -> str:
    """A target for people; None is the embedded sandbox."""
    if target is None:
        return "the embedded sandbox"
    profile = f", profile {target.profile}" if target.profile else ""
    return f"{target.base_url} ({target.id}{profile})"


def planned(options: Options, environment: Mapping[str, str]) -> Target | None:
    """The target of a run that is only planned, for which neither credentials nor a confirmation are needed. Raises Mistake."""
    if options.profile:
        check_withdrawals(options.profile)
    given = {name: value for name, value in environment.items() if value}
    return _named(resolve(options.base_url, options.profile, UNSAID | given, confirmed=True), options)


def _named(target: Target | None, options: Options) -> Target | None:
    """The target under the id that the options give it. Raises Mistake where that is to be the embedded sandbox."""
    if options.target_id is None:
        return target
    if target is None:
        raise Mistake("--target-id is for a target that has an address: the embedded sandbox has an id of its own")
    return replace(target, id=options.target_id)


def _seed(options: Options) -> int:
    """The seed that was asked for; else a new one, but for shards, which must agree."""
    if options.seed is not None:
        return options.seed
    return shards.seed() if options.shard else random.SystemRandom().getrandbits(32)


def _at_once(options: Options, target: Target, limits: Limits | None) -> int:
    """How many cases run at once: as many as somebody said, and no more than there may be requests in flight."""
    asked = options.concurrency or target.concurrency or _unasked(target, limits)
    return min(asked, limits.in_flight) if limits and limits.in_flight else asked


def _unasked(target: Target, limits: Limits | None) -> int:
    """How many cases run at once where nobody said so: few where the run is limited, for those that the limit meets are cut."""
    most = [NEAR if target.loopback else FAR]
    if limits and limits.requests:
        most.append(int(limits.requests) // SHARE)
    if limits and limits.rate:
        most.append(math.ceil(limits.rate))  # more would but wait for one another
    return max(1, min(most))


def asked_in_flight(options: Options) -> int | None:
    """How many requests somebody said may be in flight at once; None where that is but politeness."""
    facts = load_profile(options.profile) if options.profile else {}
    asked: int | None = options.max_in_flight or facts.get("max_in_flight")
    return asked


def limited(options: Options, target: Target | None) -> Limits | None:
    """What a run may send, by the options and else by the profile; None where neither says anything.

    On another machine no more requests are in flight than the widest race needs, or than cases run at once.
    """
    facts = load_profile(options.profile) if options.profile else {}
    if options.profile:
        rate_of(options.profile)  # a mistake in it shall show, whatever the option says
    names = ("max_requests", "rate", "max_in_flight")
    limits = Limits("", *(getattr(options, name) or facts.get(name) for name in names))
    if target and not target.loopback and not limits.in_flight:
        limits = replace(limits, in_flight=max(WIDEST, _at_once(options, target, limits)))
    return limits if limits.requests or limits.rate or limits.in_flight else None


def check_writable(folder: Path, what: str, option: str) -> None:
    """Make a folder if need be. Raises Mistake when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as e:
        raise Mistake(f"the {what} folder {folder} cannot be written ({e.strerror}): name another with {option}") from None


def history_of(named: str | None) -> Path:
    """The file of the history. Raises Mistake where somebody named one that cannot be one; what goes wrong later is only told."""
    if named is None:
        return HISTORY
    if not named:
        raise Mistake("--history is empty: name a file, or leave it out")
    history_file.check(Path(named))
    return Path(named)


def _check_oracle() -> None:
    """Raises Defect when the oracle misjudges a known answer: then nothing that it says of a target can be believed."""
    if missed := known_answer.missed():
        told = "; ".join(missed[:NAMED]) + (f"; and {len(missed) - NAMED} more" if len(missed) > NAMED else "")
        hint = (
            "`python -m pip install -c requirements.lock -e '.[test]'` mends libraries, `python -m pytest tests/selftest` says more"
        )
        raise Defect(f"the suite's own oracle is broken, nothing was sent: it misjudges known answers ({told}): {hint}")
