"""A project full of resources of every kind, and what of it no other project may come to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.call import Call, api
from contracts.inquiry import Inquiry


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a project has: the value by which a path names one thing of each collection; what shows it; texts that give it away.

    `host_name` is the name that its trunk was made with.
    """

    project: str
    named: Mapping[str, str]
    host_name: str
    readings: tuple[Call, ...]
    marks: tuple[str, ...]


def everything(inquiry: Inquiry) -> Belongings:
    """A new project with one of everything that the target can make, attached to one another as far as they can be."""
    project, username = inquiry.project(), inquiry.word()
    trunk, acl, rule = inquiry.trunk(project), inquiry.acl(project), inquiry.rule(project)
    credential_list = inquiry.credential_list(username, project=project)
    on_trunk: dict[str, Any] = {"projectId": project, "trunkId": trunk["id"]}
    inquiry.made(api.addAccessControlListToTrunk(**on_trunk, accessControlListIds=[acl["id"]]))
    inquiry.made(api.addCredentialListToTrunk(**on_trunk, credentialListIds=[credential_list["id"]]))
    body = inquiry.registered_body(username)
    endpoint = inquiry.made(api.createSipEndpoint(projectId=project, sipTrunkId=trunk["id"], json=body))
    key = inquiry.word()
    inquiry.made(api.exportCallRecords(projectId=project, fileName=key))
    named = {
        "trunks": str(trunk["id"]),
        "byDomain": str(trunk["domain"]),
        "endpoints": str(endpoint["id"]),
        "accessControlLists": str(acl["id"]),
        "ipRanges": inquiry.range_of(acl["id"], project),
        "credentialLists": str(credential_list["id"]),
        "credentials": username,
        "callBlockingRules": str(rule["id"]),
        "exports": key,
        **_number(inquiry, project, trunk["id"]),
        **_config(inquiry, project),
    }
    marks = (mark for made in (trunk, acl, rule, credential_list, endpoint) for mark in inquiry.marks(made))
    hidden = dict.fromkeys((project, *named.values(), *marks))
    return Belongings(project, named, trunk["hostName"], _readings(inquiry, project, named), tuple(hidden))


def _number(inquiry: Inquiry, project: str, trunk: str) -> dict[str, str]:
    """A number on the trunk, where the target has an operation for that."""
    if not (inquiry.offers("createPhoneNumber") and inquiry.offers("assignPhoneNumber")):
        return {}
    number = inquiry.number(project)
    inquiry.made(api.assignPhoneNumber(projectId=project, phoneNumber=number, sipTrunkId=trunk))
    read = inquiry.made(api.GetPhoneNumberByNumber(projectId=project, phoneNumber=number))
    return {"phoneNumbers": number, "byId": str(read["id"])}


def _config(inquiry: Inquiry, project: str) -> dict[str, str]:
    """A config, where the target has an operation for that."""
    if not inquiry.offers("setProjectConfig"):
        return {}
    key = inquiry.word()
    inquiry.made(api.setProjectConfig(projectId=project, key=key, value=inquiry.word()))
    return {"configs": key}


def _readings(inquiry: Inquiry, project: str, named: Mapping[str, str]) -> tuple[Call, ...]:
    """What shows each of them. An export may be processed yet, and so it may read differently by itself."""
    trunk = named["trunks"]
    calls = [
        api.getProject(projectId=project),
        api.getSipTrunkById(projectId=project, sipTrunkId=trunk),
        api.getSipEndpoint(projectId=project, sipTrunkId=trunk),
        api.getAccessListById(projectId=project, id=named["accessControlLists"]),
        api.getAccessControlListsForTrunk(projectId=project, trunkId=trunk),
        api.getCredentialListById(projectId=project, id=named["credentialLists"]),
        api.getCredentialListsForTrunk(projectId=project, trunkId=trunk),
        api.getBlockingRules(projectId=project),
    ]
    if "phoneNumbers" in named:
        calls.append(api.GetPhoneNumberByNumber(projectId=project, phoneNumber=named["phoneNumbers"]))
    if "configs" in named:
        calls.append(api.getProjectConfig(projectId=project, key=named["configs"]))
    return tuple(call for call in calls if inquiry.offers(call.operation))
