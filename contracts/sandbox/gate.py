"""What every request passes before its own operation is looked at: key, fault injection, project (clause 9)."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs

from contracts.sandbox import identifier
from contracts.sandbox.message import Response, answer
from contracts.sandbox.refusals import Rejection, refuse, reject_field
from contracts.sandbox.step import Check, Context, Plan, check, plan

LOWEST_FAULT = 400
HIGHEST_FAULT = 599


@check()
def authenticated(context: Context) -> None:
    """The key by HTTP Basic, or a token that has not expired; else 401 (clause 10)."""
    scheme, _, value = context.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        if not _key_fits(context, value):
            _unauthorized("Basic", "The key is not valid.")
    elif scheme.lower() == "bearer":
        _token_fits(context, value.strip())
    else:
        _unauthorized("Basic", "Credentials are missing.")


@check()
def key_presented(context: Context) -> None:
    """The token endpoint takes the key itself, not a token."""
    scheme, _, value = context.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not _key_fits(context, value):
        _unauthorized("Basic", "The key is not valid.")


@check()
def grant_known(context: Context) -> None:
    """Only client credentials are granted."""
    form = parse_qs(context.request.body.decode("utf-8", "replace"))
    if form.get("grant_type") != ["client_credentials"]:
        reject_field("grant_type", "must be client_credentials")


@check("500-internal-server-error")
def fault_not_injected(context: Context) -> None:
    """X-Fault-Inject: NNN is answered with that status, before anything takes effect."""
    asked = context.request.headers.get("x-fault-inject")
    if asked is None:
        return
    if not (asked.isascii() and asked.isdigit() and LOWEST_FAULT <= int(asked[:4]) <= HIGHEST_FAULT):
        reject_field("X-Fault-Inject", "must be an HTTP status from 400 to 599")
    if int(asked) == HTTPStatus.INTERNAL_SERVER_ERROR:
        refuse("500-internal-server-error")
    known = {status.value: status for status in HTTPStatus}.get(int(asked))
    phrase = known.phrase if known else "Fault"
    raise Rejection(int(asked), known.name if known else "UNKNOWN", f"{phrase}.")


@check("404-project-id")
def project_known(context: Context) -> None:
    """A project that is not there comes before the question who may use it."""
    if context.project_id not in context.state.projects:
        refuse("404-project-id", id=context.project_id)


@check("403-forbidden")
def key_allowed(context: Context) -> None:
    """A key may use the projects that it created (clause 16)."""
    project = context.state.projects.get(context.project_id)
    if project is not None and project.owner != context.identity.key_id:
        refuse("403-forbidden")


@check("400-project-not-enabled")
def project_enabled(context: Context) -> None:
    """Below a project that is not enabled nothing can be done."""
    project = context.state.projects.get(context.project_id)
    if project is not None and not project.enabled:
        refuse("400-project-not-enabled", id=context.project_id)


ANYWHERE: tuple[Check, ...] = (authenticated, fault_not_injected)
THE_PROJECT: tuple[Check, ...] = (*ANYWHERE, project_known, key_allowed)
BELOW_A_PROJECT: tuple[Check, ...] = (*THE_PROJECT, project_enabled)


def prefix(path: str) -> tuple[Check, ...]:
    """The checks in front of every operation with this path template; the project itself goes through disabled."""
    if "{projectId}" not in path:
        return ANYWHERE
    return THE_PROJECT if path.endswith("{projectId}") else BELOW_A_PROJECT


def token(context: Context) -> Response:
    """A bearer token for the key, good for `token_seconds`."""
    value = identifier.secret()
    context.state.tokens[value] = context.now + timedelta(seconds=context.token_seconds)
    facts = {"access_token": value, "token_type": "bearer", "expires_in": context.token_seconds, "scope": ""}
    return answer(200, facts, {"cache-control": "no-store"})


def no_such_path(_: Context) -> Response:
    """404 for a path that no operation has."""
    raise Rejection(404, "NOT_FOUND", "There is nothing at this path.")


def no_such_method(context: Context) -> Response:
    """405, with the methods that the path does have."""
    headers = {"allow": ", ".join(context.allow)}
    raise Rejection(405, "METHOD_NOT_ALLOWED", "The method is not allowed here.", headers=headers)


TOKEN_PLAN = plan(key_presented, fault_not_injected, grant_known, effect=token)
NO_PATH_PLAN = Plan(ANYWHERE, no_such_path)
NO_METHOD_PLAN = Plan(ANYWHERE, no_such_method)


def _key_fits(context: Context, encoded: str) -> bool:
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    expected = f"{context.identity.key_id}:{context.identity.key_secret}".encode()
    return hmac.compare_digest(given, expected)


def _token_fits(context: Context, value: str) -> None:
    expiry = context.state.tokens.get(value)
    if expiry is None:
        _unauthorized('Bearer error="invalid_token"', "The token is not valid.")
    elif expiry <= context.now:
        # The official SDK fetches a new token when this header says "expired".
        _unauthorized('Bearer error="invalid_token", error_description="The token expired"', "The token expired.")


def _unauthorized(challenge: str, message: str) -> None:
    raise Rejection(401, "UNAUTHENTICATED", message, headers={"www-authenticate": challenge})
