"""Workers on other machines, as the run's own machine sees them: what they are told, what they bring home, and who replaces them.

They share no file with it. Everything passes through the channel by which pytest-xdist reaches them.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import execnet
import pytest
from xdist import workermanage

from contracts.blame import Mistake
from contracts.budget import Budget
from contracts.run import suite
from contracts.run.embedded import ROOT
from contracts.run.portion import Portions
from contracts.run.session import Run
from contracts.run.shared import Shared
from contracts.traffic import Traffic

ENDING = 120.0  # seconds that an interrupted run waits for what its remote workers had begun
WAITING = "waiting for what workers on other machines had begun; Ctrl-C leaves that to their ledgers"
HOME = "execmodel=main_thread_only//popen"  # what xdist makes of `popen`
DIED = (
    "worker {} ({}) died: what it left on the target stands in the ledger of its machine; "
    "the next run with a worker there removes it, or python -m contracts.sweep there"
)
REMEMBERED = {"lf": "--lf", "failedfirst": "--ff", "newfirst": "--nf", "stepwise": "--sw"}
"""Options that go by what pytest remembers of earlier runs, which another machine does not know."""


def named(config: pytest.Config) -> list[str]:
    """The specs of the workers that are not plain processes of this machine."""
    specs = workermanage.parse_tx_spec_config(config) if config.pluginmanager.hasplugin("dsession") else []
    return [spec for spec in specs if is_remote(execnet.XSpec(spec))]


def is_remote(spec: execnet.XSpec) -> bool:
    """Whether a worker is no plain process of this machine; one that was started `via` another is where that is."""
    return not spec.popen or bool(spec.via)


def check(config: pytest.Config) -> None:
    """Raises Mistake for options that mean nothing on another machine."""
    option = config.option
    if option.rsyncdir or config.getini("rsyncdirs"):
        raise Mistake("--rsyncdir: pytest-xdist gives it up; put a checkout there, and name its folder in --tx: //chdir=DIR")
    if asked := [name for member, name in REMEMBERED.items() if getattr(option, member, False)]:
        raise Mistake(f"{asked[0]} goes by what this machine remembers, which others do not: choose the cases by -k")
    specs = [execnet.XSpec(spec) for spec in workermanage.parse_tx_spec_config(config)]
    if twice := [spec.socket for spec, times in Counter(specs).items() if times > 1 and spec.socket]:
        raise Mistake(
            f"--tx socket={twice[0]} is named twice, and a server has one worker at a time: start one more, at another port"
        )
    for spec in specs:
        if spec.socket and not spec.socket.rpartition(":")[2].isdecimal():
            raise Mistake(f"--tx {spec}: name the port as well: socket=HOST:PORT")
        if spec.id:
            raise Mistake(f"--tx {spec}: leave out id={spec.id}: the workers of a run are numbered")


def as_typed(_: object, arguments: Sequence[str]) -> list[str]:
    """The arguments for a worker elsewhere: paths within the suite as they are there, from its own folder on; all else as typed."""
    return [_within(argument) for argument in arguments]


class Remotes:
    """The hooks of a run that has workers on other machines."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        check(config)
        self._config = config
        self._run = run
        self._all = workermanage.parse_tx_spec_config(config)
        remote = len(named(config))
        self._portions = Portions(remote, len(self._all) - remote, polite=not run.in_flight_asked)
        if run.limits:
            self._portions.of_here(run.limits)  # raises where they cannot be cut
        self._channels: dict[str, Any] = {}
        self._nodes: list[Any] = []
        self._traffic: dict[str, Traffic] = {}
        # xdist would copy pytest there and take all paths for paths in what it copied; version 4 does neither.
        config.add_cleanup(_replaced(workermanage, "make_reltoroot", as_typed))

    # -- how they begin ---------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """A machine that cannot be reached ends the run in one line."""
        try:
            return (yield)
        except (OSError, EOFError, execnet.HostNotFound, execnet.RemoteError) as e:
            told = (str(e).strip() or type(e).__name__).splitlines()[-1]
            hint = "is its server there, its ssh login, its Python, and its folder?"
            raise pytest.UsageError(f"a worker of --tx cannot be started ({told}): {hint}") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, config: pytest.Config, specs: Sequence[execnet.XSpec]) -> None:
        """Where no folder is named, it is that in which the server or the login begins; and nothing is copied there."""
        typed = [execnet.XSpec(spec) for spec in self._all]
        for spec, asked in zip(specs, typed, strict=True):
            if is_remote(spec):
                spec.chdir = asked.chdir or "."
                spec.env["PYTEST_ADDOPTS"] = os.environ.get("PYTEST_ADDOPTS", "")
        config.pluginmanager.getplugin("dsession").nodemanager.roots.clear()

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Before anything is sent to the target: the suite there must be this one, and 127.0.0.1 the same place if it matters."""
        if not is_remote(node.gateway.spec):
            return
        node.gateway.spec.popen = None  # of one `via` another machine: xdist would give it the search path of this one
        here, there, name = suite.facts(ROOT), _asked(node.gateway), f"worker {node.gateway.id} ({_address(node.gateway.spec)})"
        if difference := suite.difference(here, there):
            raise pytest.UsageError(f"{name} {difference}: have the same commit checked out there, and name it by //chdir=DIR")
        if there["closed"]:
            raise pytest.UsageError(f"{name} cannot write its ledger ({there['closed']}): make that a folder it may write to")
        if self._run.loopback and here["machine"] != there["machine"]:
            raise pytest.UsageError(f"{name} cannot reach {self._run.where} of this machine: name a target by --base-url")

    def told(self, node: Any, shared: Shared) -> Shared:
        """What a worker must know: one elsewhere gets no paths, but its part of what may be sent, and a channel to stop it by."""
        limits, bundle, part = shared.limits, shared.target.ca_bundle, 0
        if not is_remote(node.gateway.spec):
            return replace(shared, limits=limits and self._portions.of_here(limits))
        if limits:
            with contextlib.closing(Budget(limits)) as budget:
                part = self._portions.taken(budget)
            limits = self._portions.of_remote(limits)
        channel = self._channels[node.gateway.id] = node.gateway.newchannel()
        node.workerinput["contracts guest"] = {
            "stop": channel,
            "part": part,
            "ledger": bool(shared.ledger),
            "ca_bundle": Path(bundle).read_text("utf-8") if bundle else "",
        }
        self._nodes.append(node)
        target = replace(shared.target, ca_bundle=None)
        return replace(shared, target=target, limits=limits, stop_file="", pause_file="", ledger="", traffic="", desk=None)

    # -- how they go on, and end ------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What came home with the report of a case is written down; the report, which pytest keeps, is rid of it."""
        if brought := getattr(report, "contract_brought", None):
            del report.contract_brought
            self._bring(report.node.gateway.id, brought)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """What is left comes home with the end. In the place of one that died comes a process of this machine.

        A socket server dies with the worker in it, and of a machine that is cut off nobody knows what it still does.
        """
        if is_remote(node.gateway.spec):
            self._last(node)
            if error and self._run.keeps_ledger:
                self._run.notes += (DIED.format(node.gateway.id, _address(node.gateway.spec)),)
            if error:
                node.gateway.spec = execnet.XSpec(HOME)

    def stop(self) -> None:
        """Tell them to start no more cases."""
        for channel in self._channels.values():
            with contextlib.suppress(OSError):  # it has ended
                channel.send("stop")

    @pytest.hookimpl(trylast=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Wait until what they had begun has ended, clean-up included; xdist would wait ten seconds. A second Ctrl-C ends that."""
        self.stop()
        begun = [node for node in self._nodes if hasattr(node, "channel")]  # the others have been told nothing yet
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter and not all(self._channels[node.gateway.id].isclosed() for node in begun):
            reporter.write_line(f"\n{WAITING}")
        with contextlib.suppress(KeyboardInterrupt):
            for node in begun:
                node.shutdown()
            ends = time.monotonic() + ENDING
            for node in begun:
                channel = self._channels[node.gateway.id]
                with contextlib.suppress(OSError, EOFError, channel.TimeoutError, channel.RemoteError):
                    channel.waitclose(max(0.0, ends - time.monotonic()))
                self._last(node)

    def _last(self, node: Any) -> None:
        output = getattr(node, "workeroutput", None) or {}  # of one that died there is none
        self._bring(node.gateway.id, output.pop("contracts", {}))

    def _bring(self, worker: str, brought: Mapping[str, Sequence[str]]) -> None:
        if worker not in self._traffic:
            self._traffic[worker] = traffic = Traffic(self._run.traffic, worker)
            self._config.add_cleanup(traffic.close)
        self._traffic[worker].bring(brought.get("traffic", ()))
        self._run.swept = (*self._run.swept, *brought.get("swept", ()))


def _asked(gateway: Any) -> dict[str, str]:
    """The facts of the suite where a worker is to be."""
    channel = gateway.remote_exec(suite)
    told: dict[str, str] = channel.receive()
    channel.waitclose()
    return told


def _address(spec: execnet.XSpec) -> str:
    return str(spec.socket or spec.ssh or spec.vagrant_ssh or spec.via)


def _within(argument: str) -> str:
    """A path that is there, and within the suite, from the suite's own folder on; anything else as it is."""
    name, *inner = argument.split("::")
    try:
        path = Path(name).resolve(strict=True) if name else None
    except (OSError, ValueError):  # no path at all
        return argument
    if path is None or not path.is_relative_to(ROOT):
        return argument
    return "::".join([path.relative_to(ROOT).as_posix(), *inner])


def _replaced(module: Any, name: str, value: object) -> Callable[[], None]:
    """Put another value there, and give what puts the old one back."""
    old = getattr(module, name)
    setattr(module, name, value)
    return lambda: setattr(module, name, old)
