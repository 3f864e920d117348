"""Imports run down one ladder; the sandbox stands beside it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from contracts.run.embedded import ROOT

LADDER = (
    {
        *("blame", "finding", "leak", "names", "operation", "template"),
        *("transport.pulse", "transport.writing", "run.pool", "run.suite"),
    },
    {"transport.flight", "transport.guard", "transport.tokens", "transport.veil", "report.line"},
    {"budget", "call", "command", "catalogue", "gate.deviation", "report.earlier", "run.screen"},
    {"exchange", "describe", "catalogue.lint", "profile", "run.portion", "transport.wire", "undo"},
    {"target"},
    {
        "envelope",
        "ledger",
        "origin",
        "transport.pause",
        "transport.retry",
        "run.desk",
        "run.embedded",
        "history.file",
        "history.trend",
    },
    {"success", "traffic", "transport.transfer", "history", "report.gate_lines"},
    {"transport.login", "transport.request"},
    {"client", "shape", "drift.pairing", "drift.table"},
    {"drift.page"},
    {"acquaintance", "oracle", "run.shared", "visit"},
    {"case", "known_answer", "run.spread", "run.github", "drift.likeness"},
    {"drift.comparison"},
    {"drift.proposal"},
    {"drift.__main__"},
    {"gate.baseline", "debt", "evidence", "report.place"},
    {"gate.standing", "change", "report.entry", "merge.contradiction"},
    {"gate.outcome", "compare", "merge.part"},
    {"run.shard", "merge.proof"},
    {"run.options", "merge.muster"},
    {"run.planned", "gate.proposal", "merge.source"},
    {"talk"},
    {"tidy"},
    {"sweep", "watch", "report.annotation", "report.results", "history.__main__"},
    {"run.gating", "report.har"},
    {"run.session", "report.terminal", "fleet.file", "merge.tape", "merge.union"},
    {"fleet.allowance", "fleet.credential", "fleet.unit"},
    {"fleet.clearance", "fleet.outcome"},
    {"fleet.assignment"},
    {"fleet.errand", "fleet.listing", "fleet.record"},
    {"fleet.job"},
    {"fleet.__main__"},
    {"replay.renewal", "run.guest", "run.remote"},
    {"replay.recording", "replay.caution"},
    {"replay.repetition"},
    {"report.replayed"},
    {"replay.__main__"},
    {"maker", "report.ctrf", "report.junit", "report.live", "report.summary"},
    {"report.page.clip", "report.page.difference", "report.page.parcel", "report.page.word"},
    {"report.page.line", "report.page.trend", "report.page.wire"},
    {"report.page.head", "report.page.lane", "report.page.sheet", "report.page.stray"},
    {"report.page.harvest"},
    {"report.html"},
    {"report.files"},
    {"report.fleet.member", "report.fleet.since", "report.fleet.suites"},
    {"report.fleet.sight"},
    {"report.fleet.outcome", "report.fleet.table"},
    {"report.fleet.difference", "report.fleet.joined", "report.fleet.sentence"},
    {"report.fleet.html", "report.fleet.summary"},
    {"report.fleet.files"},
    {"merge.delivery"},
    {"merge.fleet"},
    {"merge.__main__"},
    {"world", "inquiry"},
    {"generated.value", "generated.sample", "generated.steady"},
    {"generated.harm", "generated.own", "generated.fault", "generated.source"},
    {"generated.tame", "generated.judgement", "generated.plan"},
    {"generated.examination"},
    {"order.resource"},
    {"order.draft"},
    {"order.spoil"},
    {"order.clash"},
    {"order.fault"},
    {"order.pair"},
    {"order.verdict"},
    {"model.state"},
    {"model.move", "model.reading", "model.subject"},
    {"model.prediction"},
    {
        *("model.acl_moves", "model.effect", "model.endpoint_moves", "model.list_moves"),
        *("model.number_moves", "model.project_moves", "model.rule_moves", "model.trunk_moves"),
    },
    {"model.comparison", "model.theme"},
    {"model.walk"},
    {"model.mixture", "model.shortening", "model.stateful", "model.story"},
    {"model.exploration", "model.mixtures", "model.race"},
    {"runner"},
    {"run.item", "run.rehearsal"},
    {"report.outlook", "run.view"},
    {"preflight", "run.planner"},
    {"run.controller"},
    {"run.plugin"},
    {"mutation.mutant", "mutation.equivalent", "mutation.host", "leeway.variant"},
    {"mutation.answer", "mutation.memory", "mutation.message", "mutation.trial", "leeway.document", "leeway.probe"},
    {"mutation.score", "mutation.value", "mutation.variant", "leeway.lag", "leeway.framing", "leeway.trouble", "leeway.unsettled"},
    {"leeway.dependency", "leeway.envelope", "leeway.identity", "leeway.profile", "leeway.spelling", "leeway.success"},
    {"mutation.effect", "mutation.lapse", "leeway.combined"},
    {"leeway.conforming"},
    {"mutation.behaviour", "mutation.remnant"},
    {"mutation.race", "mutation.sequence"},
    {"mutation.contest"},
    {"mutation.mutants"},
    {"mutation.parallel", "mutation.sandboxes"},
    {"mutation.__main__"},
)
"""The modules of `contracts` from the lowest rung up; each imports only what stands on a lower one."""
RUNGS = {module: rung for rung, modules in enumerate(LADDER) for module in modules}
FACES = {
    "",
    "drift",
    "fleet",
    "gate",
    "generated",
    "leeway",
    "merge",
    "model",
    "mutation",
    "order",
    "replay",
    "report",
    "report.fleet",
    "report.page",
    "run",
    "transport",
}
"""Packages whose own file holds nothing but its docstring or version."""


def modules() -> dict[str, Path]:
    """Every module of `contracts` outside the sandbox, by its name below the package."""
    found = (path for path in (ROOT / "contracts").rglob("*.py") if "sandbox" not in path.parts)
    return {
        ".".join(path.relative_to(ROOT / "contracts").with_suffix("").parts).removesuffix("__init__").rstrip("."): path
        for path in found
    }


def imported(path: Path) -> set[str]:
    """The modules of `contracts` that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "contracts":
            package = node.module.removeprefix("contracts").lstrip(".")
            below = {".".join(filter(None, (package, alias.name))) for alias in node.names}
            names |= (below & RUNGS.keys()) or {package}
        elif isinstance(node, ast.Import):
            names |= {alias.name.removeprefix("contracts.") for alias in node.names if alias.name.startswith("contracts.")}
    return names - FACES


def test_every_module_stands_on_the_ladder() -> None:
    """No module is forgotten, and none is named that is not there."""
    assert modules().keys() - FACES == RUNGS.keys()


@pytest.mark.parametrize("name", sorted(RUNGS))
def test_a_module_imports_what_stands_below_it(name: str) -> None:
    """Data travels one way: nothing reaches up the ladder, or to its side. Who may name the sandbox, another test says."""
    suite = {other for other in imported(modules()[name]) if not other.startswith("sandbox")}
    assert {other for other in suite if RUNGS.get(other, len(LADDER)) >= RUNGS[name]} == set()


def test_the_sandbox_knows_nothing_of_the_suite() -> None:
    """The sandbox is a second witness: of the suite it imports the table of operations alone."""
    found = {name for path in (ROOT / "contracts" / "sandbox").rglob("*.py") for name in imported(path)}
    assert {name for name in found if not name.startswith("sandbox")} == {"operation"}


def test_only_mutants_and_variants_name_the_sandbox() -> None:
    """The oracle, and all that judges, meets the sandbox only over HTTP; what changes it stands above them all."""
    naming = [name for name, path in modules().items() if any(other.startswith("sandbox") for other in imported(path))]
    assert [name for name in naming if not name.startswith(("mutation.", "leeway."))] == []
    assert all(RUNGS[name] > RUNGS["run.plugin"] for name in naming)  # above all that runs, so that none of it names them
