"""Moves with SIP endpoints, static and registered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, Target, each, gone, into, only, pairs
from contracts.model.state import Endpoint, State, Trunk

MOVES: list[Move] = []
move = into(MOVES)


def _registrable(state: State) -> Iterator[Target]:
    """Each trunk with each username that its lists bear, in use or not."""
    for trunk in state.trunks.values():
        yield from ((trunk, name) for one in state.lists if one in trunk.lists for name in sorted(state.lists[one].usernames))


def _registrable_by_update(state: State) -> Iterator[Target]:
    """Each endpoint with each username that the lists of its trunk bear."""
    for endpoint in state.endpoints.values():
        yield from ((endpoint, name) for trunk, name in _registrable(state) if trunk.id == endpoint.trunk)


@move("createSipEndpoint", only(each("trunks"), lambda state, _: len(state.endpoints) < MOST))
def create_endpoint(maker: Maker, trunk: Trunk) -> Call:
    """A new static endpoint."""
    return api.createSipEndpoint(projectId=trunk.project, sipTrunkId=trunk.id, json=maker.endpoint_body())


@move("createSipEndpoint", only(_registrable, lambda state, *_: len(state.endpoints) < MOST))
def register_endpoint(maker: Maker, trunk: Trunk, username: str) -> Call:
    """A new endpoint that registers, with a username that may be in use."""
    return api.createSipEndpoint(projectId=trunk.project, sipTrunkId=trunk.id, json=maker.registered_body(username))


@move("createSipEndpoint", each("trunks"))
def register_endpoint_with_unknown_username(maker: Maker, trunk: Trunk) -> Call:
    """A new endpoint that registers, with a username that nobody has."""
    return api.createSipEndpoint(projectId=trunk.project, sipTrunkId=trunk.id, json=maker.registered_body(maker.word()))


@move("updateSipEndpoint", each("endpoints"))
def make_endpoint_static(maker: Maker, endpoint: Endpoint) -> Call:
    """An endpoint that does not register, or does no more."""
    return _update(endpoint, maker.endpoint_body())


@move("updateSipEndpoint", _registrable_by_update)
def register_endpoint_by_update(maker: Maker, endpoint: Endpoint, username: str) -> Call:
    """An endpoint that registers from now on, or with another username."""
    return _update(endpoint, maker.registered_body(username))


@move("deleteSipEndpoint", each("endpoints"))
def delete_endpoint(_: Maker, endpoint: Endpoint) -> Call:
    """Deletion of an endpoint."""
    return api.deleteSipEndpoint(projectId=endpoint.project, sipTrunkId=endpoint.trunk, sipEndpointId=endpoint.id)


@move("deleteSipEndpoint", only(pairs("endpoints", "trunks"), lambda _, endpoint, trunk: endpoint.trunk != trunk.id))
def delete_endpoint_of_other_trunk(_: Maker, endpoint: Endpoint, trunk: Trunk) -> Call:
    """Deletion of an endpoint by way of a trunk that does not have it."""
    return api.deleteSipEndpoint(projectId=endpoint.project, sipTrunkId=trunk.id, sipEndpointId=endpoint.id)


@move("deleteSipEndpoint", only(gone(Endpoint), lambda state, one: one.trunk in state.trunks))
def delete_gone_endpoint(_: Maker, endpoint: Endpoint) -> Call:
    """Deletion of an endpoint that was deleted."""
    return api.deleteSipEndpoint(projectId=endpoint.project, sipTrunkId=endpoint.trunk, sipEndpointId=endpoint.id)


def _update(endpoint: Endpoint, body: Any) -> Call:
    return api.updateSipEndpoint(projectId=endpoint.project, sipTrunkId=endpoint.trunk, sipEndpointId=endpoint.id, json=body)
