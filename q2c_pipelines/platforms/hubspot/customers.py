"""Customers: a company for each, and a contact for its e-mail address, for companies have none.

CreateCustomer -> company by its unique external_ref, else batch upsert -> contact by its address, else created and linked -> read
back.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx

from q2c_pipelines.platforms.commands import CreateCustomer
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.hubspot.connection import LINKS, OBJECTS, explained
from q2c_pipelines.platforms.hubspot.records import Look, Place, Record, found_by, look, refused
from q2c_pipelines.platforms.hubspot.words import COMPANY, REFERENCE

_TO_COMPANY = 279  # type of the link from a contact, without a label
_PRIMARY = "Primary"


def create_customer(command: CreateCustomer) -> Flow:
    """The company that carries the reference, with the contact that carries its address: what is there, or new."""
    held = yield from found_by("companies", REFERENCE, command.crm_id)
    key = str(held["id"]) if held else (yield from _upserted(command))
    is_new = yield from _contact(key, command.email)
    place = Place("companies", key, key)
    after = yield from look(place, REFERENCE, *COMPANY.values())
    if after is None:
        raise refused(f"company {key} was made for {command.crm_id} and is gone again; plan it anew")
    return Receipt("adopted" if held and not is_new else "written", key, read_back=after["properties"])


def address_holder(company_id: str) -> Look:
    """The contact that carries a company's e-mail address, as in staging: the oldest of those it is the primary company of."""
    response = yield Request("GET", f"{LINKS}/companies/{company_id}/associations/contacts", accept=(404,))
    ends = response.json().get("results", [])
    primary = [end for end in ends if any(kind.get("label") == _PRIMARY for kind in end["associationTypes"])]
    ids = [{"id": str(end["toObjectId"])} for end in primary or ends]
    if not ids:
        return None
    asked = {"inputs": ids[:100], "properties": ["email"], "propertiesWithHistory": []}
    read = yield Request("POST", f"{OBJECTS}/contacts/batch/read", json=asked)
    oldest: Record | None = min(read.json()["results"], key=lambda each: (each["createdAt"], int(each["id"])), default=None)
    return oldest


def _upserted(command: CreateCustomer) -> Generator[Request, httpx.Response, str]:
    """The id of the company with this reference, made by now if it was not there."""
    values = {name: getattr(command, attribute) for attribute, name in COMPANY.items()}
    given = {name: value for name, value in values.items() if value}
    one = {"id": command.crm_id, "idProperty": REFERENCE, "properties": given, "objectWriteTraceId": command.key}
    response = yield Request("POST", f"{OBJECTS}/companies/batch/upsert", json={"inputs": [one]}, is_write=True)
    reply = response.json()
    if errors := reply.get("errors"):
        raise refused(f"no company was made for {command.crm_id}: {'; '.join(map(explained, errors))}")
    return str(reply["results"][0]["id"])


def _contact(company_id: str, email: str | None) -> Generator[Request, httpx.Response, bool]:
    """Whether a contact or its link to the company had to be made."""
    if not email:
        return False
    held = yield from found_by("contacts", "email", email)
    if held is None:
        linked = [
            {"to": {"id": company_id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TO_COMPANY}]}
        ]
        body = {"properties": {"email": email}, "associations": linked}
        yield Request("POST", f"{OBJECTS}/contacts", json=body, is_write=True)
        return True
    links = yield Request("GET", f"{LINKS}/contacts/{held['id']}/associations/companies")
    if any(str(end["toObjectId"]) == company_id for end in links.json()["results"]):
        return False
    yield Request("PUT", f"{LINKS}/contacts/{held['id']}/associations/default/companies/{company_id}", is_write=True)
    return True
