"""Records as the API shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.sandbox import moment
from contracts.sandbox.state import (
    AccessList,
    BlockingRule,
    CallRecord,
    Credential,
    CredentialList,
    Endpoint,
    IpRange,
    Number,
    State,
    Trunk,
)

TOP_LEVEL_DOMAIN = "pstn.example.com"
_RATE = 100  # ten-thousandths of a currency unit a minute
_SCALE = 10_000


def domain(host_name: str) -> str:
    """The full domain of a trunk's host name."""
    return f"{host_name}.{TOP_LEVEL_DOMAIN}"


def times(created: datetime, updated: datetime | None) -> dict[str, Any]:
    """`createTime` and updateTime; the latter is null until the first update."""
    return {"createTime": moment.text(created), "updateTime": moment.text(updated) if updated else None}


def trunk(record: Trunk) -> dict[str, Any]:
    """SipTrunk."""
    return {
        "id": record.id,
        "hostName": record.host_name,
        "topLevelDomain": TOP_LEVEL_DOMAIN,
        "domain": domain(record.host_name),
        "name": record.name,
        "callsPerSecond": 1,
        "enableCallerName": record.caller_name,
        "enableCallForward": record.forward,
        "callForwardNumber": record.forward_number,
        **times(record.created, record.updated),
        "projectId": record.project_id,
    }


def endpoint(record: Endpoint) -> dict[str, Any]:
    """SipEndpoint: registered or static, with the members of the one that it is."""
    kind: dict[str, Any] = {"address": record.address, "port": record.port}
    if record.username is not None:
        kind = {"isRegistered": True, "credentialUsername": record.username}
    return {
        "id": record.id,
        "sipTrunkId": record.trunk_id,
        "name": record.name,
        "transport": record.transport,
        "priority": record.priority,
        "enabled": record.enabled,
        **kind,
        **times(record.created, record.updated),
    }


def ip_range(record: IpRange, held: AccessList) -> dict[str, Any]:
    """IpRange, which tells the list that it is in."""
    return {
        "id": record.id,
        "description": record.description,
        "ipAddress": record.address,
        "range": record.prefix,
        **times(record.created, record.updated),
        "projectId": held.project_id,
        "accessControlListId": held.id,
    }


def acl(record: AccessList, state: State) -> dict[str, Any]:
    """AccessControlList, with the trunks that it is on."""
    return {
        "id": record.id,
        "name": record.name,
        "enabled": record.enabled,
        "ipRanges": [ip_range(one, record) for one in record.ranges],
        "trunks": [one.id for one in state.trunks.values() if record.id in one.acls],
        **times(record.created, record.updated),
        "projectId": record.project_id,
    }


def credential(record: Credential) -> dict[str, Any]:
    """Credential; a password is written and never read."""
    return {"id": record.id, "username": record.username}


def credential_list(record: CredentialList) -> dict[str, Any]:
    """CredentialList."""
    return {
        "id": record.id,
        "name": record.name,
        "credentials": [credential(one) for one in record.credentials],
        **times(record.created, record.updated),
        "projectId": record.project_id,
    }


def number(record: Number) -> dict[str, Any]:
    """Number; the trunk is null while it is not assigned."""
    return {
        "id": record.id,
        "sipTrunkId": record.trunk_id,
        "phoneNumber": record.number,
        "countryCode": record.country,
        **times(record.created, record.updated),
    }


def blocking_rule(record: BlockingRule) -> dict[str, Any]:
    """CallBlockingRule."""
    names = ("direction", "callerCountry", "calleeCountry", "callerMatch", "calleeMatch")
    return {"id": record.id, "name": record.name, **dict(zip(names, record.parameters, strict=True))}


def call(record: CallRecord) -> dict[str, Any]:
    """Call; one that nobody answered has no answerTime and costs nothing."""
    answered = record.result == "COMPLETED"
    minutes = -(-record.seconds // 60) if answered else 0
    return {
        "callId": record.id,
        "to": record.callee,
        "from": record.caller,
        "direction": record.direction,
        "answerTime": moment.text(record.created) if answered else None,
        "endTime": moment.text(record.created + timedelta(seconds=record.seconds)),
        "durationSeconds": record.seconds,
        "callResult": record.result,
        "pricePerMinute": money(_RATE),
        "billingDurationSeconds": minutes * 60,
        "price": money(minutes * _RATE),
        "createTime": moment.text(record.created),
        "projectId": record.project_id,
        "trunkId": record.trunk_id,
        "pcapId": record.pcap_id,
    }


def money(amount: int) -> dict[str, str]:
    """Money, from ten-thousandths: four decimals."""
    return {"currencyCode": "USD", "amount": f"{amount // _SCALE}.{amount % _SCALE:04d}"}
