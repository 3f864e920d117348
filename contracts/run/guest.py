"""A worker on another machine than its run's: what it keeps here, and what it sends home with pytest's own reports."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from contracts.budget import Budget
from contracts.client import Client
from contracts.ledger import LEDGER
from contracts.run.shared import Shared
from contracts.sweep import sweep
from contracts.traffic import Carried


@dataclass(frozen=True, slots=True)
class Hosted(Shared):
    """What such a worker must know, with paths of its own machine. What it is to send home waits in `carried` and `swept`."""

    carried: Carried = field(default_factory=lambda: Carried(""))
    swept: list[str] = field(default_factory=list)

    def client(self, worker: str) -> Client:
        """A client; what runs left behind whose ledgers are here is removed first, since their own machine cannot see them."""
        # Not super(): a class with slots is made anew by its decorator, and is no longer the one that super() would look for.
        client = Shared.client(self, worker)
        client.traffic = self.carried
        if self.ledger and not self.blocked and not self.target.read_only:
            found = [swept for swept in sweep(Path(self.ledger), client) if swept.removed or swept.left]
            self.swept.extend(client.veil.text(str(swept)) for swept in found)
        return client


class Guest:
    """The hooks of such a worker. `given` bears the `stop` channel, its `part` of the requests, `ledger` and `ca_bundle`."""

    def __init__(self, config: pytest.Config, shared: Shared, given: Mapping[str, Any], worker: str) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="contracts-")
        config.add_cleanup(self._scratch.cleanup)
        self._config = config
        self._channel = given["stop"]
        self.shared = _hosted(shared, given, worker, Path(self._scratch.name))
        # Whatever comes means to stop, and so does the end of the channel: the run's machine is gone.
        self._channel.setcallback(self._stop, endmarker="gone")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send home what cases sent and got, with the next report; of a run that is stopped, with the very last message."""
        report = yield
        if call.when == "call" and not self.shared.stopped():
            report.contract_brought = self._taken()  # type: ignore[attr-defined]
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What is left, once what had begun has ended."""
        self._config.workeroutput["contracts"] = self._taken()  # type: ignore[attr-defined]

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Everything has been sent home."""
        with contextlib.suppress(OSError):  # nobody is there any more
            self._channel.close()

    def _taken(self) -> dict[str, list[str]]:
        swept = list(self.shared.swept)
        self.shared.swept.clear()
        return {"traffic": self.shared.carried.taken(), "swept": swept}

    def _stop(self, _: object) -> None:
        with contextlib.suppress(OSError):  # the worker has ended, and its folder with it
            self.shared.stop()


def _hosted(shared: Shared, given: Mapping[str, Any], worker: str, scratch: Path) -> Hosted:
    """What the run told, at home in a folder of this machine."""
    limits, target = shared.limits and replace(shared.limits, file=str(scratch / "budget")), shared.target
    if limits:
        Budget.begun(limits, given["part"]).close()
    if given["ca_bundle"]:
        (scratch / "ca.pem").write_text(given["ca_bundle"], "utf-8")
        target = replace(target, ca_bundle=str(scratch / "ca.pem"))
    own = {
        "stop_file": str(scratch / "stop"),
        "pause_file": str(scratch / "pause"),
        "ledger": str(LEDGER) if given["ledger"] else "",
    }
    # Not asdict(), which would make dictionaries of all that is in it.
    told = {name: getattr(shared, name) for name in Shared.__dataclass_fields__}
    return Hosted(**{**told, **own, "limits": limits, "target": target, "carried": Carried(worker)})
