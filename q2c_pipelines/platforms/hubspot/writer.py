"""Obeys commands in HubSpot: new customers, single fields and steps of records that exist.

command -> look at the record -> compare -> PATCH -> read back.

There is no idempotency key and no version to hold a write to: the value itself is the key, so a second run finds it and adopts it.
What the platform no longer holds as observed is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import httpx

from q2c_pipelines.platforms.commands import Command, CreateCustomer, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.hubspot.connection import PIPELINES
from q2c_pipelines.platforms.hubspot.customers import address_holder, create_customer
from q2c_pipelines.platforms.hubspot.records import Place, Record, gone, is_same, look, receipt, refused, write
from q2c_pipelines.platforms.hubspot.words import FIELDS, STATUSES, STEPS


def update_field(command: UpdateField) -> Flow:
    """The property that holds a canonical attribute set, unless it no longer is as observed."""
    kind, name = _field(command)
    place = Place(kind, command.native_id, command.native_id)
    if kind == "contacts":
        contact = yield from address_holder(command.native_id)
        if contact is None:
            return Receipt("superseded", command.native_id, detail="the company has no contact to carry the e-mail address")
        place = Place(kind, str(contact["id"]), command.native_id)
    before = yield from look(place, name)
    if before is None:
        return gone(place)
    held = before["properties"].get(name)
    if is_same(name, held, command.value):
        return receipt("adopted", place, name, before)
    if not is_same(name, held, command.observed):
        return receipt("superseded", place, name, before)
    return (yield from write(place, name, command.value))


def update_status(command: UpdateStatus) -> Flow:
    """The record moved to the stage or status that stands for the canonical one, unless it no longer is where it was observed."""
    step = STEPS.get((command.entity, command.observed, command.value))
    if step is None:
        raise refused(f"{command.entity} cannot be moved from {command.observed} to {command.value} here")
    kind, name, told_by, status_of = STATUSES[command.entity]
    place = Place(kind, command.native_id, command.native_id)
    before = yield from look(place, *told_by)
    if before is None:
        return gone(place)
    held = status_of(before["properties"])
    if held == command.value:
        return receipt("adopted", place, name, before)
    if held != command.observed:
        return receipt("superseded", place, name, before)
    word = (yield from _stage(before, step)) if kind == "deals" else step
    return (yield from write(place, name, word))


HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {
    CreateCustomer: create_customer,
    UpdateField: update_field,
    UpdateStatus: update_status,
}


def _field(command: UpdateField) -> tuple[str, str]:
    if (command.entity, command.attribute) not in FIELDS:
        raise refused(f"{command.entity}.{command.attribute} is no field that can be corrected here")
    return FIELDS[command.entity, command.attribute]


def _stage(deal: Record, probability: str) -> Generator[Request, httpx.Response, str]:
    """The first stage of the deal's pipeline that closes with this probability: stages bear different ids in every account."""
    response = yield Request("GET", f"{PIPELINES}/deals/{deal['properties']['pipeline']}")
    stages = sorted(response.json()["stages"], key=lambda each: int(each["displayOrder"]))
    for stage in stages:
        says = stage["metadata"]
        if says.get("isClosed") == "true" and float(says.get("probability", "-1")) == float(probability):
            return str(stage["id"])
    raise refused(f"the pipeline {deal['properties']['pipeline']} has no closed stage of probability {probability}")
