"""Moves with customers and their projects."""

from __future__ import annotations

from contracts.call import Call, api
from contracts.maker import Maker
from contracts.model.move import MOST, Move, each, gone, into, only, spurned
from contracts.model.state import Customer, Project, State

MOVES: list[Move] = []
move = into(MOVES)


def _empty(state: State, project: Project) -> bool:
    """Whether a project has trunks, or nothing: what else becomes of its deletion is not settled."""
    if project.lent:
        return False
    tables = (state.acls, state.lists, state.numbers, state.rules)
    trunks = any(one.project == project.id for one in state.trunks.values())
    return trunks or not any(one.project == project.id for table in tables for one in table.values())


@move("createCustomer", lambda state: iter([()] if len(state.customers) < MOST else []))
def create_customer(maker: Maker) -> Call:
    """A new customer."""
    name = maker.word()
    return api.createCustomer(id=name, name=name)


@move("createCustomer", each("customers"))
def create_taken_customer(maker: Maker, customer: Customer) -> Call:
    """A customer that is there already, by another name."""
    return api.createCustomer(id=customer.id, name=maker.word())


@move("deleteCustomer", each("customers"))
def delete_customer(_: Maker, customer: Customer) -> Call:
    """Deletion of a customer, whatever belongs to it."""
    return api.deleteCustomer(customerId=customer.id)


@move("deleteCustomer", gone(Customer))
def delete_gone_customer(_: Maker, customer: Customer) -> Call:
    """Deletion of a customer that was deleted."""
    return api.deleteCustomer(customerId=customer.id)


@move("createCustomer", only(gone(Customer), lambda state, _: len(state.customers) < MOST))
def create_gone_customer(maker: Maker, customer: Customer) -> Call:
    """A customer that was deleted, created again."""
    return api.createCustomer(id=customer.id, name=maker.word())


@move("createProject", only(gone(Project), lambda state, _: len(state.projects) < MOST))
def create_gone_project(_: Maker, project: Project) -> Call:
    """A project that was deleted, created again."""
    return api.createProject(id=project.id)


@move("createProject", only(each("customers"), lambda state, _: len(state.projects) < MOST))
def create_project_of_customer(maker: Maker, customer: Customer) -> Call:
    """A new project of a customer."""
    return api.createProject(id=maker.names.uuid(), customerId=customer.id)


@move("createProject", lambda state: iter([()] if len(state.projects) < MOST else []))
def create_project(maker: Maker) -> Call:
    """A new project."""
    return api.createProject(id=maker.names.uuid())


@move("createProject", gone(Customer))
def create_project_of_gone_customer(maker: Maker, customer: Customer) -> Call:
    """A new project of a customer that was deleted."""
    return api.createProject(id=maker.names.uuid(), customerId=customer.id)


@move("createProject", only(spurned("project", "projects"), lambda state, *_: len(state.projects) < MOST))
def create_spurned_project(_: Maker, project: str, __: str) -> Call:
    """A project that a refused request was about to create."""
    return api.createProject(id=project)


@move("createProject", only(each("projects"), lambda _, project: not project.lent))
def create_taken_project(_: Maker, project: Project) -> Call:
    """A project that is there already."""
    return api.createProject(id=project.id)


@move("deleteProject", only(each("projects"), _empty))
def delete_project(_: Maker, project: Project) -> Call:
    """Deletion of a project that has nothing, or trunks."""
    return api.deleteProject(projectId=project.id)


@move("getProject", gone(Project))
def read_gone_project(_: Maker, project: Project) -> Call:
    """A look at a project that was deleted."""
    return api.getProject(projectId=project.id)
