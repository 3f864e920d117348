"""The gate that a run's options ask for: its files are read before anything is sent, and a new one is proposed after the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contracts.blame import Mistake
from contracts.gate import baseline, deviation
from contracts.gate.outcome import Gate, Mode
from contracts.history import History
from contracts.history.file import check
from contracts.report.results import write_whole
from contracts.run.options import Options

FROM_HISTORY = "history"
"""The baseline that stands for the latest run which the history remembers."""
PROPOSED = "deviations.toml"
"""The file in the report folder that proposes entries."""


@dataclass(frozen=True, slots=True)
class Gating:
    """A run's gate, and what its file of known deviations said when the run began; None where nothing is to be proposed.

    Where the gate compares with the history, that is `remembered`, and asked when the run is over.
    """

    gate: Gate
    text: str | None = None
    remembered: Path | None = None

    def for_run(self, run: Mapping[str, Any], target: Mapping[str, Any]) -> Gate:
        """The gate of a run that is over, with these members of its results; the run is not in the history yet."""
        if self.remembered is None:
            return self.gate
        try:
            compared = baseline.of_history(History(self.remembered).baseline({"run": run, "target": target}), target["id"])
        except Mistake as e:  # it was whole when the run began; then nothing is known to be old
            compared = baseline.of_history(None, target["id"], f"become unreadable ({e})")
        return replace(self.gate, baseline=compared)

    def propose(self, results: Mapping[str, Any], folder: Path) -> str:
        """Where it is asked for, propose the file anew, in the report folder; says where, in a line, else nothing."""
        if self.text is None:
            return ""
        from contracts.gate.proposal import proposal  # noqa: PLC0415 - few runs propose anything

        told = proposal(self.text, results, self.gate)
        path = write_whole(folder / PROPOSED, told.text)
        return f"proposed deviations: {path} ({told.added} to fill in, {told.marked} marked)"


def asked(options: Options, folder: Path, history: Path) -> Gating:
    """What the options ask for. Raises Mistake for a file that cannot be read, or that does not say what it has to."""
    remembered = history if options.baseline == FROM_HISTORY else None
    if remembered:
        check(remembered)
    compared = baseline.load(options.baseline) if options.baseline is not None and not remembered else None
    text = _text(options, folder)
    entries = deviation.parsed(text, str(options.deviations)) if options.deviations else ()
    gate = Gate(Mode(options.gate), entries, compared, options.require_all)
    return Gating(gate, text if options.update_deviations else None, remembered)


def _text(options: Options, folder: Path) -> str:
    """What the file of deviations says: nothing without one, or where it is yet to be made. Raises Mistake."""
    if not options.deviations:
        return ""
    path = Path(options.deviations)
    if options.update_deviations and path.resolve() == (folder / PROPOSED).resolve():
        told = "it is never changed: name another folder with --report-dir"
        raise Mistake(f"--update-deviations would write over {options.deviations!r}: {told}")
    return "" if options.update_deviations and not path.exists() else deviation.text_of(path)
