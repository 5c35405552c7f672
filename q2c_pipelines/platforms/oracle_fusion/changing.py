"""Changes to what is there: customers and products by themselves, orders and their lines by a revision.

look -> superseded where the pod no longer holds what was observed -> PATCH with If-Match -> read back
"""

from __future__ import annotations

from typing import Any

from q2c_pipelines.platforms.commands import UpdateField
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.oracle_fusion.customers import ADDRESS, PARTY
from q2c_pipelines.platforms.oracle_fusion.lookups import Held, Look, Settings, below, first, found, refused
from q2c_pipelines.platforms.oracle_fusion.resources import text
from q2c_pipelines.platforms.oracle_fusion.revising import LINE_FIELDS, update_line, update_total
from q2c_pipelines.platforms.oracle_fusion.saving import change


def update_field(settings: Settings, command: UpdateField) -> Flow:
    """One attribute set, if it still is what was observed."""
    attribute, value = command.attribute, command.value
    if command.entity == "order_line" and attribute in LINE_FIELDS:
        return (yield from update_line(command))
    if (command.entity, attribute) == ("order", "amount"):
        return (yield from update_total(command))
    if command.entity == "product" and attribute == "is_active":
        look, field = _one("itemsV2", f"ItemId = {int(command.native_id)}"), "ItemStatusValue"
        words = {"true": "Active", "false": "Inactive"}
    elif command.entity != "customer" or attribute not in (*PARTY, *ADDRESS, "is_active", "crm_id"):
        raise refused(f"{command.entity}.{attribute} cannot be written; correct it at its source", "NOT_WRITABLE")
    else:
        look, field, words = _customer(settings, command)

    def read(record: Held) -> str | None:
        return next((said for said, word in words.items() if word == record[field]), record[field])

    return (yield from change(command.native_id, look, read, {field: words.get(value or "", value)}, command.observed, value))


def _customer(settings: Settings, command: UpdateField) -> tuple[Any, str, dict[str, str]]:
    """Where a customer's attribute is, what it is called there, and the words for its values."""
    party = f"PartyId = {int(command.native_id)}"
    if command.attribute in ADDRESS:
        return _address(party), ADDRESS[command.attribute], {}
    if command.attribute == "crm_id":
        asked = f"{party} and SourceSystem = {text(settings['source_system'])} and Status = 'A'"
        return _one("hubSourceSystemReferences", asked, "crm"), "SourceSystemReferenceValue", {}
    field = PARTY.get(command.attribute, "Status")
    return _one("hubOrganizations", party, "crm"), field, {} if field != "Status" else {"true": "A", "false": "I"}


def _one(resource: str, asked: str, base: str = "fscm") -> Any:
    def look() -> Look[Held]:
        record = first((yield from found(resource, asked, base)))
        if record is None:
            raise refused(f"{resource} has none with {asked}")
        return record

    return look


def _address(party: str) -> Any:
    """The primary address of a party."""

    def look() -> Look[Held]:
        owner = yield from _one("hubOrganizations", party, "crm")()
        found = yield from below(owner, "Address", q="PrimaryFlag = true")
        if not found:
            raise refused(f"the customer {owner['PartyNumber']} has no primary address; enter one in Fusion")
        return found[0]

    return look
