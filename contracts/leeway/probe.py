"""What probes are made of: right bodies, and a way to make things with them."""

from __future__ import annotations

from typing import Any

from contracts.leeway.variant import Ask

ACL = {"name": "probe", "ipRanges": [{"ipAddress": "192.0.2.1"}]}
CREDENTIALS = {"name": "probe", "credentials": [{"username": "probe", "password": "Pw-1"}]}
TRUNK = {"name": "probe", "hostName": "probe"}
ENDPOINT = {"name": "probe", "priority": 1, "isRegistered": True, "credentialUsername": "probe"}
RULE = {"direction": "INBOUND", "calleeCountry": "AQ"}
NUMBER = "+12015550199"


def made(ask: Ask, path: str, body: Any, member: str = "id") -> str:
    """What is made on the way of a probe."""
    _, document = ask("POST", path, body)
    return str(document[member])
