"""A short way to talk to a sandbox without HTTP: operations by name, project and key filled in."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from contracts.operation import operations
from contracts.sandbox import Request, Response, Sandbox

_serial = itertools.count(1)


def fresh(word: str = "fresh") -> str:
    """A name that nothing else has."""
    return f"{word}-{next(_serial)}"


def fresh_number() -> str:
    """A fictional phone number that nothing else has."""
    return f"+1202555{next(_serial) % 10000:04d}"


class Api:
    """One sandbox, and the verbs to set it up."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self.sandbox = sandbox or Sandbox()
        who = self.sandbox.identity
        self.project, self.foreign = who.project_id, who.foreign_project_id
        self.basic = "Basic " + base64.b64encode(f"{who.key_id}:{who.key_secret}".encode()).decode()

    def __call__(  # noqa: PLR0913  # a request has that many parts
        self,
        operation: str,
        body: Any = None,
        *,
        query: dict[str, Any] | str = "",
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        at: Mapping[str, str] | None = None,
        **path: str,
    ) -> Response:
        """Send the operation; path parameters by their names or all together, the main project unless told."""
        facts = operations()[operation]
        filled = facts.path
        for name, value in {"projectId": self.project, **(at or {}), **path}.items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        assert "{" not in filled, f"{operation} needs more path parameters: {filled}"
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        text = query if isinstance(query, str) else urlencode(query)
        every = {"authorization": self.basic, "content-type": "application/json"} | (headers or {})
        return self.send(facts.method, filled, query_string=text, headers=every, body=sent)

    def send(self, method: str, raw_path: str, **rest: Any) -> Response:
        """Send a request just as it is given."""
        return self.sandbox.handle(Request(method, raw_path, **rest))

    def made(self, operation: str, body: Any = None, **path: str) -> Any:
        """Send an operation that has to succeed; gives the parsed answer."""
        response = self(operation, body, at=path)
        assert response.status < 300, response
        return response.json()

    def made_list(self, operation: str, key: str, query: dict[str, Any], **path: str) -> list[dict[str, Any]]:
        """What a list shows under the key."""
        response = self(operation, query=query, at=path)
        assert response.status == 200, response
        listed: list[dict[str, Any]] = response.json()[key]
        return listed

    def trunk(self) -> str:
        """A new trunk's id."""
        made = self.made("createSipTrunk", {"hostName": fresh("host"), "name": "a trunk"})
        return str(made["id"])

    def acl(self, *trunks: str) -> dict[str, Any]:
        """A new access control list with one range, on these trunks."""
        body = {"name": "a list", "ipRanges": [{"ipAddress": "192.0.2.1"}]}
        made: dict[str, Any] = self.made("createAccessControlList", body)
        for trunk in trunks:
            self.made("addAccessControlListToTrunk", {"accessControlListIds": [made["id"]]}, trunkId=trunk)
        return made

    def credential_list(self, *usernames: str, on: str | None = None) -> str:
        """A new credential list's id."""
        credentials = [{"username": name, "password": "p4ss-w0rd"} for name in usernames or (fresh("user"),)]
        made = self.made("createCredentialList", {"name": "a list", "credentials": credentials})
        if on:
            self.made("addCredentialListToTrunk", {"credentialListIds": [made["id"]]}, trunkId=on)
        return str(made["id"])

    def endpoint(self, trunk: str, username: str | None = None) -> str:
        """A new endpoint's id: registered with the username, or static."""
        return str(self.made("createSipEndpoint", endpoint_body(username), sipTrunkId=trunk)["id"])

    def number(self, trunk: str | None = None) -> str:
        """A new phone number, on the trunk."""
        number = fresh_number()
        self.made("createPhoneNumber", {"phoneNumber": number})
        if trunk:
            self.made("assignPhoneNumber", {"sipTrunkId": trunk}, phoneNumber=number)
        return number

    def rule(self, **changes: Any) -> dict[str, Any]:
        """A new blocking rule, as made."""
        made: dict[str, Any] = self.made("createBlockingRule", rule_body(**changes))
        return made

    def other_project(self, *, enabled: bool = True) -> str:
        """A new project that the key may use."""
        return str(self.made("createProject", {"id": fresh("project"), "enabled": enabled})["id"])


def endpoint_body(username: str | None = None, **changes: Any) -> dict[str, Any]:
    """A registered endpoint's body, or a static one's."""
    kind = {"isRegistered": True, "credentialUsername": username} if username else {"address": "sip.example.org"}
    return {"name": "an endpoint", "priority": 1, **kind, **changes}


def rule_body(**changes: Any) -> dict[str, Any]:
    """A blocking rule's body."""
    return {"name": "a rule", "direction": "INBOUND", "callerCountry": "US", "callerMatch": "+1202", **changes}
