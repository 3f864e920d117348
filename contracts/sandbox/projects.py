"""Customers, projects and project configs."""

from __future__ import annotations

from typing import Any

from contracts.sandbox.body import boolean, filled_text, list_of, optional, required, text, well_formed
from contracts.sandbox.message import Response, answer, no_content
from contracts.sandbox.refusals import refuse
from contracts.sandbox.state import Customer, Project
from contracts.sandbox.step import Context, check, plan

customer_body = well_formed({"id": required(filled_text), "name": optional(text)})
project_body = well_formed(
    {"id": required(filled_text), "customerId": optional(text), "enabled": optional(boolean)},
)
projects_body = well_formed({"projectIds": required(list_of(filled_text))})
config_body = well_formed({"value": required(text)})


@check("400-customer-exists")
def customer_new(context: Context) -> None:
    """No customer has this id."""
    if context.body["id"] in context.state.customers:
        refuse("400-customer-exists", id=context.body["id"])


@check("404-customer-id")
def customer_known(context: Context) -> None:
    """The customer in the path is there."""
    if context.path["customerId"] not in context.state.customers:
        refuse("404-customer-id", id=context.path["customerId"])


@check("404-customer-id")
def given_customer_known(context: Context) -> None:
    """The customer of a new project is there, if it has one."""
    customer_id = context.body.get("customerId")
    if customer_id is not None and customer_id not in context.state.customers:
        refuse("404-customer-id", id=customer_id)


@check("400-parent-has-children")
def customer_has_no_project(context: Context) -> None:
    """No project of the customer is left."""
    if any(one.customer_id == context.path["customerId"] for one in context.state.projects.values()):
        refuse("400-parent-has-children", parent="Customer", child="Project")


@check("400-project-exists")
def project_new(context: Context) -> None:
    """No project has this id, whoever it belongs to."""
    if context.body["id"] in context.state.projects:
        refuse("400-project-exists", id=context.body["id"])


@check("400-parent-has-children")
def project_has_no_trunk(context: Context) -> None:
    """No trunk of the project is left; what else it has goes with it (not settled by the specification)."""
    if context.state.of_project(context.state.trunks, context.project_id):
        refuse("400-parent-has-children", parent="Project", child="SIP Trunk")


@check("404-project-config-key")
def config_known(context: Context) -> None:
    """The project has a config with this key."""
    if (context.project_id, context.path["key"]) not in context.state.configs:
        refuse("404-project-config-key", key=context.path["key"])


def create_customer(context: Context) -> Response:
    """`createCustomer`."""
    customer = Customer(context.body["id"], context.body.get("name"))
    context.state.customers[customer.id] = customer
    return answer(201, _customer(customer))


def get_customer(context: Context) -> Response:
    """`getCustomer`."""
    return answer(200, _customer(context.state.customers[context.path["customerId"]]))


def delete_customer(context: Context) -> Response:
    """`deleteCustomer`."""
    context.state.customers.pop(context.path["customerId"], None)
    return no_content()


def create_project(context: Context) -> Response:
    """`createProject`: the key that creates it may use it (clause 16)."""
    body, owner = context.body, context.identity.key_id
    project = Project(body["id"], owner, body.get("customerId"), enabled=body.get("enabled") is not False)
    context.state.projects[project.id] = project
    return answer(201, _project(project))


def get_project(context: Context) -> Response:
    """`getProject`."""
    return answer(200, _project(context.state.projects[context.project_id]))


def delete_project(context: Context) -> Response:
    """`deleteProject`."""
    context.state.drop_project(context.project_id)
    return no_content()


def add_projects(context: Context) -> Response:
    """`addEstProjects`: an id that is known is passed over; nothing is told about whose it is."""
    new = [one for one in dict.fromkeys(context.body["projectIds"]) if one not in context.state.projects]
    context.state.projects.update({one: Project(one, context.identity.key_id) for one in new})
    return answer(200, {"addedProjects": new})


def get_config(context: Context) -> Response:
    """`getProjectConfig`."""
    key = context.path["key"]
    return answer(200, {"key": key, "value": context.state.configs[context.project_id, key]})


def set_config(context: Context) -> Response:
    """`setProjectConfig`."""
    key = context.path["key"]
    context.state.configs[context.project_id, key] = context.body["value"]
    return answer(200, {"key": key, "value": context.body["value"]})


def _customer(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "name": customer.name}


def _project(project: Project) -> dict[str, Any]:
    return {"id": project.id, "customerId": project.customer_id, "enabled": project.enabled}


PLANS = {
    "createCustomer": plan(customer_body, customer_new, effect=create_customer),
    "getCustomer": plan(customer_known, effect=get_customer),
    "deleteCustomer": plan(customer_known, customer_has_no_project, effect=delete_customer),
    "createProject": plan(project_body, given_customer_known, project_new, effect=create_project),
    "getProject": plan(effect=get_project),
    "deleteProject": plan(project_has_no_trunk, effect=delete_project),
    "getProjectConfig": plan(config_known, effect=get_config),
    "setProjectConfig": plan(config_body, effect=set_config),
    "addEstProjects": plan(projects_body, effect=add_projects),
}
