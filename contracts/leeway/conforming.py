"""Conforming variants: sandboxes that use what the specification leaves open. On each of them the suite must raise no alarm."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from contracts.case import Case, CaseResult, Verdict
from contracts.client import Client
from contracts.exchange import basic
from contracts.finding import Severity
from contracts.leeway import (
    combined,
    dependency,
    envelope,
    framing,
    identity,
    lag,
    profile,
    spelling,
    success,
    trouble,
    unsettled,
)
from contracts.leeway.variant import Ask, Tally, Variant
from contracts.names import Names
from contracts.run.planned import plan
from contracts.runner import run
from contracts.sandbox import Request, Sandbox
from contracts.sandbox.asgi import Handler
from contracts.sandbox.step import Identity
from contracts.target import Target

MODULES = (envelope, spelling, success, identity, framing, lag, trouble, profile, dependency, unsettled, combined)


@functools.cache
def variants() -> Mapping[str, Variant]:
    """All variants by name."""
    listed = [variant for module in MODULES for variant in module.variants()]
    named = {variant.name: variant for variant in listed}
    if len(named) < len(listed):
        raise ValueError("two variants have one name")
    return named


def cases(variant: Variant) -> tuple[Case, ...]:
    """The cases that are run against a variant."""
    touched = tuple(case for case in plan(only_documented=True) if variant.touches(case.id))
    return tuple({(case.row, case.operation, case.kind): case for case in touched}.values()) if variant.brief else touched


def checks(variant: Variant, share: int = 1) -> tuple[Case, ...]:
    """The checks that are run against a variant: all, or one in `share`, others for each variant, so that all have their turn."""
    every = [case for case in plan() if not case.row]
    share = max(share, variant.checks)
    return tuple(every[list(variants()).index(variant.name) % share :: share]) if variant.checks else ()


def tried(variant: Variant, tally: Tally | None = None, chosen: Collection[Case] | None = None) -> tuple[CaseResult, ...]:
    """Run cases against the variant, over HTTP, many at once; `tally` counts the answers that are not the clean sandbox's.

    They are the variant's own where none are `chosen`. Those that run alone do so in this thread, when the others are done.
    """
    names = Names(f"c-{variant.name}")
    chosen = cases(variant) if chosen is None else chosen
    with _target(variant, tally or Tally()) as target, contextlib.closing(Client(target)) as client:
        client.proven = True  # the clean sandbox has shown that it takes the key
        with ThreadPoolExecutor(variant.threads, thread_name_prefix="case") as threads:
            results = list(threads.map(lambda case: run(case, client, names), [case for case in chosen if not case.alone]))
        return (*results, *(run(case, client, names) for case in chosen if case.alone))


def alarms(results: Iterable[CaseResult], excuse: str = "") -> tuple[str, ...]:
    """What the suite holds against its target, in lines for a person: none, if that conforms.

    That a case was not exercised is an alarm too, unless its reason has `excuse` in it. An advisory is none.
    """
    return tuple(line for result in results for line in _alarms(result, excuse))


def _alarms(result: CaseResult, excuse: str) -> Iterator[str]:
    name, excused = result.case.id, excuse and excuse in result.reason
    if result.verdict is not Verdict.PASS and not (result.verdict is Verdict.NOT_EXERCISED and excused):
        yield f"{name}: {result.verdict} {result.reason}".rstrip()
    for finding in result.failures:
        yield f"{name}: {finding.rule}: expected {finding.expected}, got {finding.actual}: {finding.text}"
    for call, stray in result.strays:
        for finding in stray.findings:
            if finding.severity is Severity.FAIL:
                yield f"{name}: on the way, {call.operation}: {finding.rule}: {finding.actual}: {finding.text}"
    for left in result.leftovers:
        yield f"{name}: left over by {left.created_by}: {left.path}: {left.reason}"


def probed(variant: Variant) -> Tally:
    """What the variant's own probe makes of it, without HTTP: how many answers were other than the clean sandbox's."""
    tally = Tally()
    sandbox, handler = _built(variant, tally)
    if variant.probe:
        variant.probe(_asking(handler, sandbox.identity))
    return tally


def _built(variant: Variant, tally: Tally) -> tuple[Sandbox, Handler]:
    sandbox = Sandbox(variant.identity(), behaviour=variant.choice(tally))
    return sandbox, variant.front(sandbox, tally)


@contextlib.contextmanager
def _target(variant: Variant, tally: Tally) -> Iterator[Target]:
    sandbox, handler = _built(variant, tally)
    who = sandbox.identity
    with variant.service(handler, tally) as url:
        target = Target("variant", url + variant.root, who.project_id, who.key_id, who.key_secret)
        yield replace(target, foreign_project=who.foreign_project_id, **variant.facts)


def _asking(handler: Handler, who: Identity) -> Ask:
    """A client that needs no wire: it asks below the main project where a path does not begin with the version."""

    def ask(method: str, path: str, body: Any = None, query: str = "", **headers: str) -> tuple[int, Any]:
        sent = {"authorization": basic(who.key_id, who.key_secret), **{k.replace("_", "-"): v for k, v in headers.items()}}
        content = b"" if body is None else json.dumps(body).encode()
        whole = path if path.startswith("/v1/") else f"/v1/projects/{who.project_id}{path}"
        response = handler.handle(Request(method, whole, query, sent, content))
        return response.status, json.loads(response.body) if response.body else None

    return ask
