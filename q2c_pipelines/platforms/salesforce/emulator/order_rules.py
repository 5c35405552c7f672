"""What the platform lets be done to an order: draft first, then activated by its status alone, then hardly changed."""

from __future__ import annotations

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.salesforce.emulator.refusal import Refusal

_DRAFT_ONLY = {"AccountId", "ContractId", "Pricebook2Id", "EffectiveDate", "OpportunityId", "CurrencyIsoCode", "SBQQ__Quote__c"}


def check(state: State, table: str, before: Row | None, values: Row) -> None:
    """Refuses what the status of the order forbids."""
    if table == "Order":
        _check_order(state, before, values)
    if table == "OrderItem":
        _check_item(state, before, values)


def check_deletion(state: State, table: str, row: Row) -> None:
    """Refuses to delete an activated order or one of its products."""
    order = row if table == "Order" else state.get("Order", row["OrderId"]) if table == "OrderItem" else None
    if order and order["StatusCode"] == "Activated":
        raise Refusal(400, "DELETE_FAILED", f"Your attempt to delete {row['Id']} could not be completed: the order is activated")


def _check_order(state: State, before: Row | None, values: Row) -> None:
    activates = "Status" in values and _category(state, values["Status"]) == "Activated"
    if before is None and activates:
        raise _not_activated("an order is created as a draft, then activated")
    if before is None:
        return
    if before["StatusCode"] == "Activated":
        _check_activated(values, before)
    elif activates:
        _check_activation(state, before, values)


def _check_activation(state: State, before: Row, values: Row) -> None:
    if set(values) != {"Status"}:
        raise _not_activated("the request that activates an order may change nothing but its status")
    if not state.select('select 1 from "OrderItem" where "OrderId" = ? limit 1', (before["Id"],)):
        raise _not_activated("an order must have at least one product")


def _check_activated(values: Row, before: Row) -> None:
    changed = sorted(name for name in _DRAFT_ONLY & set(values) if values[name] != before[name])
    if changed:
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", f"{', '.join(changed)} can be edited on draft orders only", changed)


def _check_item(state: State, before: Row | None, values: Row) -> None:
    order = state.get("Order", (before or values)["OrderId"])
    if order and order["StatusCode"] == "Activated":
        raise Refusal(
            400, "FIELD_INTEGRITY_EXCEPTION", "products of an activated order cannot be added or changed; reduce the order"
        )


def _category(state: State, status: str) -> str:
    found = state.select('select "StatusCode" from "OrderStatus" where "ApiName" = ?', (status,))
    return str(found[0]["StatusCode"]) if found else ""


def _not_activated(why: str) -> Refusal:
    return Refusal(400, "FAILED_ACTIVATION", f"The order could not be activated: {why}", ["Status"])
