"""What the system keeps right by itself, whoever changed a record: stamps, an order's totals, what goes with a deleted record.

A new document has no change stamp until it is changed for the first time; an address or a sales area moves no one else's stamp.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator.entities import CUBE

_STAMPED = ("A_SalesOrder", "A_BillingDocument", "A_Product")
_PARTS = {
    "A_SalesOrder": [("A_SalesOrderItem", "SalesOrder"), ("A_SalesOrderItemPrElement", "SalesOrder")],
    "A_BillingDocument": [("A_BillingDocumentItem", "BillingDocument")],
}
_CLEARING = {"ClearingDate", "ClearingCreationDate", "ClearingAccountingDocument", "ClearingDocFiscalYear", "IsCleared"}


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Bring everything that depends on a changed record up to date."""
    if after is None:
        _remove_parts(state, table, before or {})
    elif table in _STAMPED:
        _stamp(state, table, before, after, now)
    elif table == "A_BusinessPartner":
        _stamp_partner(state, before, after, now)
    elif table == CUBE:
        _stamp_entry(state, before, after, now)
    if table == "A_SalesOrderItem":
        order = (after or before or {})["SalesOrder"]
        if state.get("A_SalesOrder", order):
            total(state, order)
            touch(state, "A_SalesOrder", order, now)


def touch(state: State, table: str, key: Any, now: datetime) -> None:
    """Move a document's change stamp."""
    state.write(table, key, {"LastChangeDate": now.date().isoformat(), "LastChangeDateTime": stamp(state, now)})


def stamp(state: State, now: datetime) -> str:
    """A time of seven digits that no other change has, though the clock stands still."""
    return f"{now:%Y-%m-%dT%H:%M:%S}.{state.next('stamp') % 10**7:07d}Z"


def total(state: State, order: str) -> None:
    """Set an order's value and statuses to what its items come to."""
    items = state.select('select * from "A_SalesOrderItem" where SalesOrder = ?', (order,))
    living = [item for item in items if not item["SalesDocumentRjcnReason"]]
    rejected = "C" if items and not living else "B" if len(living) < len(items) else "A"
    billed = {item["OrderRelatedBillingStatus"] or "A" for item in living}
    status = "C" if not living or billed == {"C"} else "A" if billed == {"A"} else "B"
    amount = round(sum(item["NetAmount"] or 0 for item in living), 2)
    values = {"TotalNetAmount": amount, "OverallSDDocumentRejectionSts": rejected, "OverallSDProcessStatus": status}
    state.write("A_SalesOrder", order, values)


def _stamp(state: State, table: str, before: Row | None, after: Row, now: datetime) -> None:
    key = after[state.key(table)]
    if before is None:
        if after["CreationDate"] is None:
            state.write(table, key, {"CreationDate": now.date().isoformat()})
    elif before["LastChangeDateTime"] == after["LastChangeDateTime"]:
        touch(state, table, key, now)


def _stamp_partner(state: State, before: Row | None, after: Row, now: datetime) -> None:
    day, time = now.date().isoformat(), f"{now:%H:%M:%S}"
    full = " ".join(filter(None, [after["OrganizationBPName1"] or after["LastName"], after["OrganizationBPName2"]]))
    values = {"ETag": f"{now:%Y%m%d%H%M%S}.{state.next('stamp') % 10**7:07d}"}
    values |= {"BusinessPartnerFullName": full, "BusinessPartnerName": full}
    if before is None and after["CreationDate"] is None:
        values |= {"CreationDate": day, "CreationTime": time}
    if before and (before["LastChangeDate"], before["LastChangeTime"]) == (after["LastChangeDate"], after["LastChangeTime"]):
        values |= {"LastChangeDate": day, "LastChangeTime": time}
    state.write("A_BusinessPartner", after["BusinessPartner"], values)


def _stamp_entry(state: State, before: Row | None, after: Row, now: datetime) -> None:
    """A posting is stamped with the day; clearing one has a day of its own and leaves the document's alone."""
    day = now.date().isoformat()
    if before is None:
        if after["AccountingDocumentCreationDate"] is None:
            state.write(CUBE, after["_key"], {"AccountingDocumentCreationDate": day, "CreationTime": f"{now:%H:%M:%S}"})
        return
    changed = {name for name in after if after[name] != before[name]}
    if changed - _CLEARING - {"LastChangeDate"} and "LastChangeDate" not in changed:
        state.write(CUBE, after["_key"], {"LastChangeDate": day})
    if changed & _CLEARING and "ClearingCreationDate" not in changed:
        state.write(CUBE, after["_key"], {"ClearingCreationDate": day})


def _remove_parts(state: State, table: str, gone: Row) -> None:
    for part, parent in _PARTS.get(table, []):
        state.db.execute(f'delete from "{part}" where "{parent}" = ?', (gone[parent],))
