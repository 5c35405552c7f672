"""What the environment does and checks when a record is written: defaulting, values that must exist, what may not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.dynamics365_finance.emulator import journals, orders
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import FIRST_NUMBERS, Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import infolog
from q2c_pipelines.platforms.dynamics365_finance.emulator.ledger import require_account, require_period
from q2c_pipelines.platforms.emulation import Row, State

_RELATED = {  # field: the entity set and field that it must be found in, and what the field is called
    "CustomerGroupId": ("CustomerGroups", "CustomerGroupId", "Customer group"),
    "PaymentTerms": ("PaymentTerms", "Name", "Terms of payment"),
    "PaymentTermsName": ("PaymentTerms", "Name", "Terms of payment"),
    "OrderingCustomerAccountNumber": ("CustomersV3", "CustomerAccount", "Customer account"),
    "InvoiceCustomerAccountNumber": ("CustomersV3", "CustomerAccount", "Invoice account"),
    "ItemNumber": ("ReleasedProductsV2", "ItemNumber", "Item number"),
    "SalesOrderNumber": ("SalesOrderHeadersV2", "SalesOrderNumber", "Sales order"),
    "JournalName": ("JournalNames", "Name", "Name"),
}
_HEADERS = {
    "LedgerJournalLines": "LedgerJournalHeaders",
    "CustomerPaymentJournalLines": "CustomerPaymentJournalHeaders",
    "CustomerPaymentJournalLineSettledInvoices": "CustomerPaymentJournalHeaders",
}


def defaulted(state: State, entity: Entity, given: Row, now: datetime) -> Row:
    """A new record with what the environment fills in itself. Refuses one that lacks what it needs."""
    if missing := [name for name in entity.needs if given.get(name) in (None, "", 0)]:
        raise infolog(entity.type, f"Error: Field '{missing[0]}' must be filled in.")
    row = {name: entity.default(name) for name in entity.kinds} | derived(state, entity, given)
    if fill := _FILL.get(entity.name):
        row |= fill(state, row, given, now)
    return _numbered(state, entity, row)


def derived(state: State, entity: Entity, given: Row, before: Row | None = None) -> Row:
    """The fields given, and those that follow from them."""
    if entity.name == "CustomersV3" and given.get("AddressCountryRegionId"):
        return given | {"AddressCountryRegionISOCode": _country(state, entity, given["AddressCountryRegionId"])}
    if entity.name == "SalesOrderLinesV2" and before:
        return given | orders.priced(before | given, given)
    return given


def require_valid(state: State, entity: Entity, row: Row) -> None:
    """Refuse values that are found nowhere, accounts that may not be used, and dates in no open period."""
    for name, (related, column, called) in _RELATED.items():
        if name in entity.kinds and row[name] and related != entity.name:
            sql = f'select 1 from "{related}" where "dataAreaId" = ? and "{column}" = ?'
            if not state.select(sql, (row["dataAreaId"], row[name])):
                told = f"Error: The value '{row[name]}' in field '{called}' is not found in the related table '{related}'."
                raise infolog(entity.type, told)
    if entity.name in ("LedgerJournalLines", "CustomerPaymentJournalLines"):
        date_field = "TransDate" if entity.name == "LedgerJournalLines" else "TransactionDate"
        require_period(state, row["dataAreaId"], row[date_field], entity.type)
        for side in ("", "Offset"):
            if row[f"{side}AccountDisplayValue"] and row[f"{side}AccountType"] == "Ledger":
                require_account(state, row["dataAreaId"], row[f"{side}AccountDisplayValue"], entity.type)


def require_changeable(state: State, entity: Entity, row: Row) -> None:
    """Refuse to touch what is posted or invoiced."""
    if row.get("IsPosted") == "Yes" or _header(state, entity, row).get("IsPosted") == "Yes":
        raise infolog(entity.type, f"Error: Journal {row['JournalBatchNumber']} is posted and cannot be changed.")
    if row.get("SalesOrderStatus", row.get("SalesOrderLineStatus")) in ("Invoiced", "Canceled"):
        raise infolog(entity.type, f"Error: Sales order {row['SalesOrderNumber']} is closed and cannot be changed.")


def follow_up(state: State, entity: Entity, row: Row, now: datetime) -> None:
    """What a new record brings with it."""
    if entity.name == "CustomerPaymentJournalLines" and row["MarkedInvoice"]:
        journals.mark(state, row, now)


def _header(state: State, entity: Entity, row: Row) -> Row:
    if entity.name not in _HEADERS:
        return {}
    return state.get(_HEADERS[entity.name], f"{row['dataAreaId']}|{row['JournalBatchNumber']}") or {}


def _country(state: State, entity: Entity, code: str) -> str:
    found = state.get("AddressCountryRegions", code)
    if found is None:
        told = f"Error: The value '{code}' in field 'Country/region' is not found in the related table 'Country/region'."
        raise infolog(entity.type, told)
    return str(found["ISOcode"])


def _numbered(state: State, entity: Entity, row: Row) -> Row:
    """Keys and vouchers from their number sequences, where none is given."""
    for name, (prefix, first) in FIRST_NUMBERS.items():
        if name in entity.kinds and not row[name] and (name in entity.key or name == "Voucher"):
            row[name] = f"{prefix}{state.next(name, first)}"
    return row


def _customer(state: State, row: Row, given: Row, now: datetime) -> Row:
    group = state.get("CustomerGroups", f"{row['dataAreaId']}|{row['CustomerGroupId']}") or {}
    row["CustomerAccount"] = row["CustomerAccount"] or f"UK-{state.next('CustomerAccount', 900_000_001)}"
    return {
        "PartyNumber": f"P{state.next('PartyNumber', 900_000_001)}",
        "PartyType": row["PartyType"] or "Organization",
        "PaymentTerms": row["PaymentTerms"] or group.get("PaymentTermId", ""),
        "InvoiceAccount": row["InvoiceAccount"] or row["CustomerAccount"],
    }


_FILL: Mapping[str, Callable[[State, Row, Row, datetime], dict[str, Any]]] = {
    "CustomersV3": _customer,
    "SalesOrderHeadersV2": orders.header,
    "SalesOrderLinesV2": orders.line,
    "LedgerJournalHeaders": journals.header,
    "CustomerPaymentJournalHeaders": journals.payment_header,
    "LedgerJournalLines": journals.line,
    "CustomerPaymentJournalLines": journals.payment_line,
    "CustomerPaymentJournalLineSettledInvoices": journals.settled,
}
