"""What a check about one operation has of its own: resources that paths and bodies name, and values that nobody has."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping

from contracts.blame import NotExercised
from contracts.call import Call, api, leaves
from contracts.generated.value import Holdings
from contracts.inquiry import Inquiry
from contracts.maker import EMPTY_COUNTRY
from contracts.operation import operations
from contracts.success import Facts

APART = frozenset(
    {
        *("getProjectConfig", "setProjectConfig", "exportCallRecords", "getExport", "addEstProjects"),
        *("getProject", "getCountryPermission", "updateCountryPermission"),
    }
)
"""Operations that get a project of the check's own, where the target can make one: what they leave behind goes with it."""
REFERRING: Mapping[str, tuple[str, ...]] = {
    "createSipEndpoint": ("credentials",),
    "updateSipEndpoint": ("credentials",),
    "assignPhoneNumber": ("trunks",),
    "addAccessControlListToTrunk": ("accessControlLists",),
    "addCredentialListToTrunk": ("credentialLists",),
    "bulkUpdateCredentialListsForTrunk": ("credentialLists",),
    "createProject": ("customers",),
}
"""The collections that the bodies of operations refer to."""
FASTENING: Mapping[str, str] = {
    "createSipEndpoint": "credentialLists",
    "updateSipEndpoint": "credentialLists",
    "deleteAccessControlListFromTrunk": "accessControlLists",
    "removeCredentialListFromTrunk": "credentialLists",
}
"""What is on the trunk before the operation is asked for."""


class Own:
    """The belongings of one check. Every call is held against `held` before it is sent."""

    def __init__(self, inquiry: Inquiry, operation: str) -> None:
        self.inquiry = inquiry
        self.operation = operations()[operation]
        self.held = Holdings(inquiry.target.project, near=inquiry.target.loopback)
        self.steps = {parameter: step for step, parameter in re.findall(r"/(\w+)/\{(\w+)\}", self.operation.path)}
        self.project = inquiry.target.project
        self._made: dict[str, Facts | str | None] = {}
        self._numbers: list[str] = []

    def prepare(self) -> None:
        """Make what the operation's path and body name. Raises Inconclusive where the target refuses to."""
        if self.operation.name in APART and self.inquiry.offers("createProject") and self.inquiry.offers("deleteProject"):
            self.project = self.new_project()
        for step in (*self.steps.values(), *REFERRING.get(self.operation.name, ())):
            self.thing(step)
        self._fasten()

    def thing(self, collection: str) -> str | None:
        """What names the check's own resource in a collection, made when it is first asked for; None where there can be none."""
        made = self.made(collection)
        value = made if isinstance(made, str) or made is None else str(made["id"])
        if value is not None and collection != "projects":
            self.held.things.add(value)
        return value

    def made(self, collection: str) -> Facts | str | None:
        """The resource that `thing` names."""
        if collection not in self._made:
            try:
                self._made[collection] = MAKERS[collection](self)
            except NotExercised:
                self._made[collection] = None
        return self._made[collection]

    def gone(self, *, again: bool) -> None:
        """What the path named was deleted: it is to be made `again`, or there is none any more."""
        deleted = list(self.steps.values())[-1]
        self._made[deleted] = None
        if again:
            del self._made[deleted]
            self._fasten()

    def texts(self) -> frozenset[str]:
        """Every text of what was made: what an answer may rightly name beside what its request sent."""
        made = [
            thing if isinstance(thing, str) else [dict(thing), thing.sent] for thing in self._made.values() if thing is not None
        ]
        return frozenset(leaves(made)) | self.held.things | {self.project}

    # -- values that nobody has -----------------------------------------------------------------------------------------------

    def word(self) -> str:
        """A fresh name."""
        return self.held.unheard(self.inquiry.word())

    def id(self) -> str:
        """An id that was never issued."""
        return self.held.unheard(self.inquiry.names.ulid())

    def project_id(self) -> str:
        """A project id that was never issued."""
        return self.held.unheard(self.inquiry.names.uuid())

    def large(self) -> int:
        """A whole number that is no id of anybody's."""
        return uuid.UUID(self.inquiry.names.uuid()).int

    def fresh_number(self) -> str:
        """A number of fiction that was not used yet."""
        return self._held(self.inquiry.phone_number())

    def new_number(self) -> str:
        """A number of fiction to be made. Raises Inconclusive where none is seen to be free."""
        return self._held(self.inquiry.free_number())

    def _held(self, number: str) -> str:
        self.held.numbers.add(number)
        return number

    def number(self, place: int = 0) -> str:
        """One of a few numbers of fiction, the same each time."""
        while len(self._numbers) <= place:
            self._numbers.append(self.fresh_number())
        return self._numbers[place]

    def spare_number(self) -> str:
        """A number of fiction that the project does not have. Raises Inconclusive where none is found."""
        return str(self.made("spare"))

    # -- for the makers -------------------------------------------------------------------------------------------------------

    def _fasten(self) -> None:
        """Put on the trunk what is to be there."""
        collection = FASTENING.get(self.operation.name, "")
        trunk, held = self.thing("trunks") if collection else None, self.thing(collection) if collection else None
        if trunk and held:
            attach = self.inquiry.attach_acl if collection == "accessControlLists" else self.inquiry.attach_credential_list
            attach(trunk, held)

    def parent(self, collection: str) -> str:
        """What names a resource that another one is made in. Raises NotExercised where there is none."""
        if (thing := self.thing(collection)) is None:
            raise NotExercised(f"the check has nothing of its own in {collection}")
        return thing

    def new_project(self) -> str:
        """A project of the check's own. Raises NotExercised where the target makes none."""
        project = self.inquiry.project()
        self.held.projects.add(project)
        return project

    def apart(self, call: Call) -> Call:
        """A call that leaves something behind, in a project of the check's own. Raises NotExercised where it has none."""
        if self.project not in self.held.projects:
            raise NotExercised("the target makes no projects, and what is made would stay behind")
        return call.under(self.project)


def _number(own: Own) -> str:
    number = own.inquiry.number()
    own.held.numbers.add(number)
    return number


def _spare(own: Own) -> str:
    return own.new_number()


def _username(own: Own) -> str:
    own.parent("credentialLists")
    made = own.made("credentialLists")
    return str(made.sent["credentials"][0]["username"]) if isinstance(made, Facts) else ""


def _setting(own: Own) -> str:
    key = own.word()
    own.inquiry.made(own.apart(api.setProjectConfig(key=key, value=key)))
    return key


def _export(own: Own) -> str | None:
    """The key of an export that can be read by now."""
    key = own.word()
    own.inquiry.made(own.apart(api.exportCallRecords(fileName=key)))
    return None if own.inquiry.absent(api.getExport(key=key).under(own.project)) else key


def _domain(own: Own) -> str:
    trunk = own.inquiry.trunk()
    return str(trunk["domain"])


MAKERS: Mapping[str, Callable[[Own], Facts | str | None]] = {
    "projects": lambda own: own.new_project() if own.operation.name == "deleteProject" else own.project,
    "customers": lambda own: own.inquiry.customer(),
    "trunks": lambda own: own.inquiry.trunk(),
    "byDomain": _domain,
    "endpoints": lambda own: own.inquiry.endpoint(own.parent("trunks")),
    "accessControlLists": lambda own: own.inquiry.acl(),
    "ipRanges": lambda own: own.inquiry.range_of(own.parent("accessControlLists")),
    "credentialLists": lambda own: own.inquiry.credential_list(),
    "credentials": _username,
    "phoneNumbers": _number,
    "byId": lambda own: own.inquiry.made(api.GetPhoneNumberByNumber(phoneNumber=own.parent("phoneNumbers"))),
    "callBlockingRules": lambda own: own.inquiry.rule(),
    "configs": _setting,
    "exports": _export,
    "calls": lambda own: own.inquiry.any_call(),
    "records": lambda own: own.inquiry.any_call("pcapId"),
    "countryPermissions": lambda _: EMPTY_COUNTRY,
    "spare": _spare,
}
"""How the check's own resource is made, by the step before a parameter of a path."""
