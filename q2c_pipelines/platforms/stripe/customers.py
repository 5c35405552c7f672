"""Customers as the writer makes and finds them.

`metadata[crm_id]` names the record. The search index lags, so a look goes through the lists too, which do not: by email where that
is known, else through the newest customers.
"""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.commands import CreateCustomer
from q2c_pipelines.platforms.errors import Terminal
from q2c_pipelines.platforms.flow import Flow, Request
from q2c_pipelines.platforms.stripe.requests import Looking, Record, post, read_back, receipt, search

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
CUSTOMERS = "/v1/customers"


def create_customer(command: CreateCustomer) -> Flow:
    """The customer that carries the CRM's id: the one that is there, or a new one."""
    looks = [search("customers", "crm_id", command.crm_id)]
    if command.email:
        looks.insert(0, Request("GET", CUSTOMERS, params={"email": command.email, "limit": "100"}))
    if found := (yield from _oldest(command.crm_id, looks)):
        return receipt("adopted", found)
    created = yield post(CUSTOMERS, _new_customer(command), command)
    return receipt("written", (yield from read_back(f"{CUSTOMERS}/{created.json()['id']}")))


def customer_of(crm_id: str) -> Looking:
    """The oldest living customer that carries the CRM's id. Raises Terminal where there is none."""
    newest = Request("GET", CUSTOMERS, params={"limit": "100"})
    found = yield from _oldest(crm_id, [search("customers", "crm_id", crm_id), newest])
    if found is None:
        raise Terminal(f"Stripe: no customer carries the CRM id {crm_id}; create the customer first", platform="stripe")
    return found


def _oldest(crm_id: str, looks: list[Request]) -> Looking:
    for look in looks:
        response = yield look
        found = [each for each in response.json()["data"] if each["metadata"].get("crm_id") == crm_id]
        if found:
            oldest: Record = min(found, key=lambda each: (each["created"], each["id"]))
            return oldest
    return None


def _new_customer(command: CreateCustomer) -> dict[str, Any]:
    address = (command.street, None, command.city, command.state, command.postal_code, command.country)
    return {
        "name": command.name,
        "email": command.email,
        "phone": command.phone,
        "address": dict(zip(ADDRESS, address, strict=True)),
        "metadata": {"crm_id": command.crm_id},
    }
