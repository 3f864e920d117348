"""Variants of a target: keys, paths, what a profile withdraws, and the order of checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.leeway.document import successes
from contracts.leeway.variant import Front, Tally, Variant, asked, edited
from contracts.operation import operations
from contracts.sandbox import Behaviour, Request, Response
from contracts.sandbox.asgi import Handler
from contracts.sandbox.refusals import Rejection, rejection_response
from contracts.sandbox.routes import TOKEN_PATH, plans
from contracts.sandbox.step import Check, Context, Plan
from contracts.target import Auth

ROOT = "/gateway/eu-1"
ADMIN = "/admin"


def unpublished() -> tuple[str, ...]:
    """The operations that the published description leaves out, and that a profile may move or withdraw."""
    return tuple(name for name, facts in operations().items() if not facts.published)


def _without_root(root: str) -> Front:
    return asked(lambda request: replace(request, raw_path=request.raw_path.removeprefix(root)))


@dataclass(frozen=True, slots=True)
class _Bearer:
    """A handler that takes tokens alone, but for the token endpoint."""

    inner: Handler
    tally: Tally

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        bearer = request.headers.get("authorization", "").startswith("Bearer ")
        if not bearer and request.raw_path != TOKEN_PATH:
            return rejection_response(Rejection(401, "UNAUTHENTICATED", "A token is needed."))
        self.tally.note()
        return self.inner.handle(request)


def _short_lived(_: Request, document: Any) -> Any:
    return {**document, "expires_in": 2} if "access_token" in document else document


def _withdrawn(tally: Tally) -> Behaviour:
    """The operations that are published nowhere are not there."""

    def gone(_: Plan) -> Plan:
        def nothing(__: Context) -> Response:
            tally.note()
            raise Rejection(404, "NOT_FOUND", "There is nothing at this path.")

        return Plan((), nothing)

    return edited(dict.fromkeys(unpublished(), gone))


def _body_first(tally: Tally) -> Behaviour:
    """A body is read before anything but the key is looked at, as frameworks do."""

    def moved(plan: Plan) -> Plan:
        bodies = [one for one in plan.checks if one.name == "body_well_formed"]
        rest = [one for one in plan.checks if one not in bodies]
        return replace(plan, checks=(rest[0], *(_noted(one, tally) for one in bodies), *rest[1:])) if bodies else plan

    return edited(dict.fromkeys(plans(), moved))


def _noted(check: Check, tally: Tally) -> Check:
    def run(context: Context) -> None:
        try:
            check.run(context)
        except Rejection:
            tally.note()
            raise

    return replace(check, run=run)


PROFILES = (
    Variant(
        "tokens",
        "published-operations.yaml, Auth",
        "a token is needed in place of the key",
        front=_Bearer,
        facts={"auth": Auth("oauth2")},
    ),
    Variant(
        "tokens-short",
        "published-operations.yaml, Auth",
        "a token lives two seconds",
        front=successes(_short_lived),
        facts={"auth": Auth("oauth2")},
    ),
    Variant("below-a-path", "unpublished-operations.yaml", "the API stands below a path", front=_without_root(ROOT), root=ROOT),
    Variant(
        "operations-moved",
        "unpublished-operations.yaml",
        "the operations that are published nowhere have other paths",
        front=_without_root(ADMIN),
        facts={"paths": {name: (operations()[name].method, ADMIN + operations()[name].path) for name in unpublished()}},
    ),
    Variant(
        "operations-withdrawn",
        "unpublished-operations.yaml",
        "the operations that are published nowhere are not offered",
        choice=_withdrawn,
        facts={"paths": dict.fromkeys(unpublished())},
        excuse="the target offers no ",
        probe=lambda ask: ask("GET", ""),
    ),
    Variant(
        "order-body-first",
        "point 9",
        "a body is read before the project is looked at",
        choice=_body_first,
        cases=("404-project-id", "404-trunk-id", "404-acl-id", "404-credential-list-id"),
        probe=lambda ask: ask("PUT", "/trunks/none", {}),
    ),
)


def variants() -> Iterator[Variant]:
    """All of them."""
    yield from PROFILES
