"""Making a target's acquaintance: one harmless question, before anything else is asked of it."""

from __future__ import annotations

from contracts.blame import Exhausted, Inconclusive
from contracts.call import api
from contracts.client import Client
from contracts.exchange import INFRASTRUCTURE, SHUT_OUT, Exchange, Failure
from contracts.transport.retry import persistent, repeatable


def made(client: Client) -> tuple[Exchange | None, str]:
    """The target's first answer, None where none was had; and the reason why nothing can be judged there, or empty."""
    target = client.target
    try:
        exchange = persistent(lambda: client.send(api.getSipTrunks(size=1)), _passing, target.timeouts.patience)
    except Exhausted:
        return None, ""  # each case says so for itself
    except Inconclusive as e:
        return None, str(e)
    if exchange.response is None:
        why = f"{exchange.failure}: {exchange.reason}"
        return exchange, f"{target.base_url} does not answer ({why}): check the address, and that it is up"
    hints = {
        401: "the key was refused: check SINCH_KEY_ID and SINCH_KEY_SECRET",
        403: f"the key may not use project {target.project}: check SINCH_PROJECT_ID and the key",
        404: f"project {target.project} is not known there: check SINCH_PROJECT_ID and the base URL",
    }
    hints |= dict.fromkeys(INFRASTRUCTURE, "its infrastructure turns requests away: try again later")
    if exchange.shut_out and exchange.status not in SHUT_OUT:
        told = f"{exchange.response.stand_in} in place of the API: check the base URL, and what stands before it"
        hints[exchange.response.status] = told
    hint = None if client.proven else hints.get(exchange.response.status)  # what only passed by is over
    return exchange, f"{target.base_url} answers HTTP {exchange.response.status}: {hint}" if hint else ""


def _passing(exchange: Exchange) -> bool:
    misspelt = exchange.shut_out or exchange.failure is Failure.UNREACHABLE  # or may be: that is told at once
    return repeatable(exchange) and not misspelt
