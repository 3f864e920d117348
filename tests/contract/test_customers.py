"""Customers."""

from __future__ import annotations

from contracts.call import api
from contracts.case import controls, provokes, races
from contracts.world import World
from tests.contract.unknown import DELETED, MALFORMED, NO_ID, UNISSUED
from tests.contract.values import RACE, changes

SHAPES = (UNISSUED, DELETED, MALFORMED)


@provokes("400-customer-exists", by="createCustomer", variant="twice")
def customer_created_twice(world: World) -> None:
    """A customer that exists is not created again, under whatever name."""
    customer = world.customer()
    again = api.createCustomer(id=customer, name=world.word())
    world.refused(again, watch=[api.getCustomer(customerId=customer)], id=customer)


@races("400-customer-exists", by="createCustomer", variant="race", contestants=RACE)
def creations_of_customer_race(world: World, contestants: int) -> None:
    """Of equal customers created at once, one is."""
    customer = world.word()
    world.race([api.createCustomer(id=customer, name=customer)] * contestants, lambda _: {"id": customer})


@provokes("400-parent-has-children", by="deleteCustomer", variant="project")
def customer_with_project_deleted(world: World) -> None:
    """A customer with a project cannot be deleted."""
    customer = world.customer()
    project = world.project(customerId=customer)
    watch = [api.getCustomer(customerId=customer), api.getProject(projectId=project)]
    world.refused(api.deleteCustomer(customerId=customer), watch=watch, parent="Customer", child="Project")


@provokes("404-customer-id", by=["getCustomer", "deleteCustomer"], shape=SHAPES)
def customer_unknown(world: World, by: str, shape: str) -> None:
    """A customer that does not exist can neither be read nor deleted."""
    customer = _unknown_customer(world, shape)
    watch = [api.getCustomer(customerId=customer)] if changes(by) else ()
    world.refused(api[by](customerId=customer), watch=watch, id=customer)


@provokes("404-customer-id", by="createProject", shape=SHAPES)
def project_created_for_unknown_customer(world: World, shape: str) -> None:
    """A project cannot be created for a customer that does not exist."""
    customer, project = _unknown_customer(world, shape), world.names.uuid()
    call = api.createProject(id=project, customerId=customer)
    world.refused(call, watch=[api.getProject(projectId=project)], id=customer)


@controls("404-customer-id", by="getCustomer", variant="known")
def customer_known(world: World) -> None:
    """A customer that exists is found by its id."""
    world.accepted(api.getCustomer(customerId=world.customer()))


@controls("404-customer-id", by="createProject", variant="known")
def project_created_for_customer(world: World) -> None:
    """A project can be created for a customer that exists."""
    world.accepted(api.createProject(id=world.names.uuid(), customerId=world.customer()))


def _unknown_customer(world: World, shape: str) -> str:
    if shape == MALFORMED:
        return NO_ID
    customer = world.customer() if shape == DELETED else world.word()
    if shape == DELETED:
        world.made(api.deleteCustomer(customerId=customer))
    return customer
