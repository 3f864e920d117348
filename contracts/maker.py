"""A talk with the makers of everything that the API knows, harmless by construction.

Names are under the run's prefix, numbers from ranges reserved for fiction, addresses from documentation ranges, and blocking
rules match no real number. What a maker makes, clean-up removes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from contracts.blame import Inconclusive, NotExercised
from contracts.call import Call, api
from contracts.exchange import Exchange
from contracts.operation import operations
from contracts.success import Facts, document_of, items_of
from contracts.talk import FRESH
from contracts.target import Lent
from contracts.tidy import Tidy

EMPTY_COUNTRY = "AQ"  # Antarctica: no telephone number of its own
UNIQUENESS = frozenset(
    {
        "400-domain-unavailable",
        "400-username-unavailable",
        "400-customer-exists",
        "400-phone-number-exists",
        "400-project-exists",
        "400-blocking-rule-exists",
    }
)


class Maker(Tidy):
    """Makers return the members of the API's answer; one that is refused makes its case inconclusive."""

    def made(self, call: Call) -> Facts:
        """The answer to a set-up or a positive control, which must succeed."""
        exchange = self.send(call)
        if not exchange.ok:
            self.refused_setup(exchange)
        return Facts(exchange)

    def fresh(self, make: Callable[[], Call]) -> Facts:
        """As `made`, with a new value each time the last one was taken: a collision is no fault (behaviour.md, controls)."""
        for _ in range(FRESH):
            exchange = self.send(make())
            if exchange.ok:
                return Facts(exchange)
            stray = None if self.unjudgeable(exchange) else self.strays[-1][1]
            if stray is None or stray.row is None or stray.row.id not in UNIQUENESS:
                self.refused_setup(exchange)
            self.collided(exchange.call)
        raise Inconclusive(f"{FRESH} fresh values in a row were taken already: {exchange.answer_line()}")

    def refused_setup(self, exchange: Exchange) -> None:
        """What becomes of a case whose set-up was refused. Raises Inconclusive."""
        raise Inconclusive(
            self.unjudgeable(exchange) or f"set-up failed: {exchange.call.operation} was answered {exchange.answer_line()}"
        )

    # -- makers -----------------------------------------------------------------------------------------------------------

    def trunk(self, project: str | None = None, **members: Any) -> Facts:
        """A SIP trunk."""
        return self.fresh(lambda: self.within(project, api.createSipTrunk(json={**self.trunk_body(), **members})))

    def endpoint(self, trunk: str, project: str | None = None, **members: Any) -> Facts:
        """A static SIP endpoint on a trunk, at a documentation address."""
        return self.made(self.within(project, api.createSipEndpoint(sipTrunkId=trunk, json={**self.endpoint_body(), **members})))

    def registered_endpoint(self, trunk: str, username: str, **members: Any) -> Facts:
        """A SIP endpoint that registers with a credential."""
        return self.made(api.createSipEndpoint(sipTrunkId=trunk, json={**self.registered_body(username), **members}))

    def acl(self, project: str | None = None, **members: Any) -> Facts:
        """An access control list with one range."""
        return self.made(self.within(project, api.createAccessControlList(json={**self.acl_body(), **members})))

    def credential_list(self, *usernames: str, project: str | None = None) -> Facts:
        """A credential list with a credential for each username, or with one of its own."""
        return self.fresh(lambda: self.within(project, api.createCredentialList(json=self.credential_list_body(*usernames))))

    def number(self, project: str | None = None) -> str:
        """A telephone number that the project has."""
        make = partial(api.createPhoneNumber, countryCode="US")
        facts = self.fresh(lambda: self.within(project, make(phoneNumber=self.free_number(project))))
        return str(facts["phoneNumber"])

    def rule(self, project: str | None = None, **members: Any) -> Facts:
        """A call blocking rule."""
        return self.fresh(lambda: self.within(project, api.createBlockingRule(json={**self.rule_body(), **members})))

    def customer(self) -> str:
        """The id of a customer."""
        customer = ""

        def create() -> Call:
            nonlocal customer
            customer = self.word()
            return api.createCustomer(id=customer, name=customer)

        self.fresh(create)
        return customer

    def project(self, **members: Any) -> str:
        """The id of a project of this case's own. Raises NotExercised where the target cannot make one."""
        project = ""

        def create() -> Call:
            nonlocal project
            project = self.names.uuid()
            return api.createProject(id=project, **members)

        self.fresh(create)
        return project

    def makes_projects(self) -> bool:
        """Whether projects of the case's own can be made, and removed."""
        return self.offers("createProject") and self.offers("deleteProject")

    def own_project(self) -> str:
        """A project in which things that no operation removes may be left: it is deleted with them.

        Where the target cannot make projects it is the project of the run, and what stays is reported.
        """
        return self.project() if self.makes_projects() else self.target.project

    # -- what a profile lends ---------------------------------------------------------------------------------------------

    def disabled_project(self, *, changing: bool) -> str:
        """The id of a project that is not enabled: of the case's own, or lent where none can be made.

        `changing` says that a missing refusal would change it. Raises NotExercised where there is none for that.
        """
        if self.makes_projects():
            return self.project(enabled=False)
        return self._borrowed(self.target.disabled_project, "disabled_project", "createProject", changing=changing).id

    def trunk_with_number(self) -> tuple[str, str]:
        """A trunk, by its id, with the number that is assigned to it, to be harmed; as `disabled_project`."""
        if all(map(self.offers, ("createPhoneNumber", "assignPhoneNumber", "deletePhoneNumber"))):
            number, trunk = self.number(), str(self.trunk()["id"])
            self.assign(number, trunk)
            return trunk, number
        lent = self._borrowed(self.target.trunk_with_number, "trunk_with_number", "createPhoneNumber", changing=True)
        return lent.id, lent.phone_number

    def trunk_to_read(self) -> str:
        """The id of a trunk that is only to be read: of the case's own, or lent where none can be made."""
        lent = self.target.trunk_with_number
        return lent.id if lent and not self.offers("createSipTrunk") else str(self.trunk()["id"])

    def number_to_read(self) -> str:
        """A number of the project that is only to be read; as `trunk_to_read`."""
        lent = self.target.trunk_with_number
        return lent.phone_number if lent and not self.offers("createPhoneNumber") else self.number()

    def _borrowed(self, lent: Lent | None, key: str, maker: str, *, changing: bool) -> Lent:
        """What a profile lends under a key, where no `maker` makes the like. Raises NotExercised where it must not be used."""
        missing = self.target.lacks(operations()[maker])
        if lent is None:
            raise NotExercised(f"{missing}, and the profile lends nothing in its place ({key})")
        if changing and not (lent.expendable or self.target.loopback):
            raise NotExercised(f"{missing}, and what the profile lends in its place is not marked as expendable ({key})")
        return lent

    def attach_acl(self, trunk: str, acl: str) -> None:
        """Put an access control list on a trunk."""
        self.made(api.addAccessControlListToTrunk(trunkId=trunk, accessControlListIds=[acl]))

    def attach_credential_list(self, trunk: str, credential_list: str) -> None:
        """Put a credential list on a trunk."""
        self.made(api.addCredentialListToTrunk(trunkId=trunk, credentialListIds=[credential_list]))

    def assign(self, number: str, trunk: str) -> None:
        """Assign a number to a trunk."""
        self.made(api.assignPhoneNumber(phoneNumber=number, sipTrunkId=trunk))

    def any_call(self, having: str = "callId") -> str:
        """A value of some call that the target has on record. Raises NotExercised where it has none."""
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        ever = (("createTime>", "2020-01-01"), ("createTime<", tomorrow))
        self.made(api.findCalls(query=ever))
        for item in items_of(document_of(self.exchanges[-1])):
            if isinstance(item, dict) and item.get(having):
                return str(item[having])
        raise NotExercised(f"the project has no call with a {having} on record")

    def range_of(self, acl: str, project: str | None = None) -> str:
        """The id of a range that an access control list has."""
        for item in self.made(self.within(project, api.getAccessListById(id=acl)))["ipRanges"] or ():
            if isinstance(item, dict) and item.get("id"):
                return str(item["id"])
        raise Inconclusive("an access control list that was made with a range shows none")

    def marks(self, made: Facts) -> tuple[str, ...]:
        """The texts that give away something that was made: the names and numbers that it was sent with, and its id."""
        sent = Call(made.source, body=made.sent).sent_values()
        return (*sorted(sent & self._minted), *(str(made[name]) for name in ("id",) if name in made))

    # -- bodies -----------------------------------------------------------------------------------------------------------

    def trunk_body(self) -> dict[str, Any]:
        """A SIP trunk to create or replace."""
        return {"name": self.word(), "hostName": self.word()}

    def endpoint_body(self) -> dict[str, Any]:
        """A static endpoint."""
        return {"name": self.word(), "priority": 1, "address": self.names.address(), "port": 5060, "transport": "UDP"}

    def registered_body(self, username: str) -> dict[str, Any]:
        """An endpoint that registers."""
        return {"name": self.word(), "priority": 1, "isRegistered": True, "credentialUsername": username}

    def range_body(self) -> dict[str, Any]:
        """An IP range of one documentation address."""
        return {"description": self.word(), "ipAddress": self.names.address(), "range": 32}

    def acl_body(self) -> dict[str, Any]:
        """An access control list with one range."""
        return {"name": self.word(), "enabled": True, "ipRanges": [self.range_body()]}

    def credential(self, username: str | None = None) -> dict[str, str]:
        """A credential; its password is fresh, and lives no longer than the case."""
        return {"username": username or self.word(), "password": self.names.password()}

    def credential_list_body(self, *usernames: str) -> dict[str, Any]:
        """A credential list."""
        return {"name": self.word(), "credentials": [self.credential(name) for name in usernames or (None,)]}

    def rule_body(self) -> dict[str, Any]:
        """A blocking rule between a country without telephones and numbers of fiction."""
        return {
            "name": self.word(),
            "direction": "INBOUND",
            "callerCountry": EMPTY_COUNTRY,
            "calleeCountry": EMPTY_COUNTRY,
            "callerMatch": self.phone_number(),
            "calleeMatch": self.phone_number(),
        }

    # -- any operation ----------------------------------------------------------------------------------------------------

    def within(self, project: str | None, call: Call) -> Call:
        """The call under another project than the run's."""
        return call.under(project) if project else call

    def any_path(self, operation: str) -> dict[str, Any]:
        """Values for the path of an operation, but for its project, that name nothing that exists."""
        names = (name for name in operations()[operation].path_parameters if name != "projectId")
        values: dict[str, Any] = {name: self.names.ulid() for name in names}
        return values | {name: make() for name, make in self._path_values().items() if name in values}

    def any_arguments(self, operation: str) -> dict[str, Any]:
        """Arguments with which the operation is well-formed and touches nothing that exists: every id is unknown."""
        values = self.any_path(operation)
        if operation in (bodies := self._bodies()):
            values["json"] = bodies[operation]()
        return values

    def _path_values(self) -> dict[str, Any]:
        """Path parameters that are no ids."""
        return {
            "phoneNumber": self.phone_number,
            "username": self.word,
            "domain": lambda: f"{self.word()}.invalid",
            "key": self.word,
            "isoCode": lambda: EMPTY_COUNTRY,
        }

    def _bodies(self) -> dict[str, Any]:
        """A maker of a right body for each operation that takes one."""
        return {
            "createSipTrunk": self.trunk_body,
            "updateSipTrunk": self.trunk_body,
            "createSipEndpoint": self.endpoint_body,
            "updateSipEndpoint": self.endpoint_body,
            "createAccessControlList": self.acl_body,
            "updateAccessControlList": self.acl_body,
            "addIpRangeToAccessControlList": self.range_body,
            "updateIpRangeFromAccessControlList": self.range_body,
            "createCredentialList": self.credential_list_body,
            "updateCredentialList": lambda: {"name": self.word()},
            "updateCredential": lambda: {"password": self.names.password()},
            "createBlockingRule": self.rule_body,
            "updateBlockingRuleById": self.rule_body,
            "updateCountryPermission": lambda: {"enabled": True},
            "addAccessControlListToTrunk": lambda: {"accessControlListIds": [self.names.ulid()]},
            "addCredentialListToTrunk": lambda: {"credentialListIds": [self.names.ulid()]},
            "bulkUpdateCredentialListsForTrunk": lambda: [self.names.ulid()],
            "addEstProjects": lambda: {"projectIds": [self.target.project]},
            "createPhoneNumber": lambda: {"phoneNumber": self.free_number(), "countryCode": "US"},
            "assignPhoneNumber": lambda: {"sipTrunkId": self.names.ulid()},
            "setProjectConfig": lambda: {"value": self.word()},
        }
