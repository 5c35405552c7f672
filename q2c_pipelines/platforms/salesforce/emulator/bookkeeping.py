"""What the platform keeps by itself when a record changes, whoever changed it.

change -> stamps and derived fields of the record -> roll-ups of its parent; deletion -> recycle bin
and delete log, children too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.salesforce.emulator.schema import RECORDS, SObject

_PROBABILITIES = {"Closed Won": 100, "Closed Lost": 0}
_FIRST_NUMBER = 900_000_001  # above any number of the simulated company


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Stamps, numbers, formulas and roll-ups of what was saved; recycle bin and delete log of what was deleted."""
    if table not in RECORDS:
        return
    at = stamp(now)
    if after is None:
        assert before is not None
        _bin(state, RECORDS[table], before, at)
        _roll_up(state, table, before, at)
        return
    changed = {"SystemModstamp": at, "LastModifiedDate": at}
    if before is None:
        changed |= {"CreatedDate": after["CreatedDate"] or at, **_numbers(state, table, after)}
    changed |= _derived(state, table, before, after | changed, at)
    state.write(table, after["Id"], changed)
    _roll_up(state, table, after, at)


def stamp(moment: datetime) -> str:
    """A time as the tables hold it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _numbers(state: State, table: str, row: Row) -> Row:
    if table == "Order" and not row["OrderNumber"]:
        return {"OrderNumber": f"{state.next('OrderNumber', _FIRST_NUMBER):08d}"}
    if table == "OrderItem" and not row["OrderItemNumber"]:
        return {"OrderItemNumber": f"{state.next('OrderItemNumber', _FIRST_NUMBER):010d}"}
    if table == "SBQQ__Quote__c" and not row["Name"]:
        return {"Name": f"Q-{state.next('Quote', _FIRST_NUMBER):08d}"}
    if table == "SBQQ__QuoteLine__c" and not row["Name"]:
        return {"Name": f"QL-{state.next('QuoteLine', _FIRST_NUMBER):07d}"}
    return {}


def _derived(state: State, table: str, before: Row | None, row: Row, at: str) -> Row:
    """The fields of a record that follow from its other fields."""
    if table == "Contact":
        return {"Name": " ".join(filter(None, [row["FirstName"], row["LastName"]]))}
    if table == "Opportunity" and (before is None or before["StageName"] != row["StageName"]):
        stage = row["StageName"]
        known = {"Probability": _PROBABILITIES[stage]} if stage in _PROBABILITIES else {}
        return {"IsClosed": stage in _PROBABILITIES, "IsWon": stage == "Closed Won", **known}
    if table == "SBQQ__QuoteLine__c":
        product = state.get("Product2", row["SBQQ__Product__c"]) or {}
        total = _times(row["SBQQ__Quantity__c"], row["SBQQ__NetPrice__c"])
        return {"SBQQ__NetTotal__c": total, "SBQQ__ProductCode__c": product.get("ProductCode")}
    if table == "OrderItem":
        entry = state.get("PricebookEntry", row["PricebookEntryId"]) or {}
        listed = {"ListPrice": entry.get("UnitPrice"), "Product2Id": entry.get("Product2Id")} if before is None else {}
        return {"TotalPrice": _times(row["Quantity"], row["UnitPrice"]), "AvailableQuantity": row["Quantity"], **listed}
    if table == "PricebookEntry":
        product = state.get("Product2", row["Product2Id"]) or {}
        return {"Name": product.get("Name"), "ProductCode": product.get("ProductCode")}
    return _order_status(state, before, row, at) if table == "Order" else {}


def _order_status(state: State, before: Row | None, row: Row, at: str) -> Row:
    found = state.select('select "StatusCode" from "OrderStatus" where "ApiName" = ?', (row["Status"],))
    code = found[0]["StatusCode"] if found else "Draft"
    total = {"TotalAmount": row["TotalAmount"] or 0.0}
    if code != "Activated":
        return {"StatusCode": code, "ActivatedDate": None, "ActivatedById": None, **total}
    first = {} if before and before["StatusCode"] == code else {"ActivatedDate": at, "ActivatedById": row["LastModifiedById"]}
    return {"StatusCode": code, **first, **total}


def _roll_up(state: State, table: str, row: Row, at: str) -> None:
    """Totals of the parent that sum over its lines; the parent's stamps move with them."""
    if table == "SBQQ__QuoteLine__c":
        sums = _sums(state, table, "SBQQ__Quote__c", "SBQQ__NetTotal__c", row)
        _retotal(
            state, "SBQQ__Quote__c", row["SBQQ__Quote__c"], {"SBQQ__NetAmount__c": sums[0], "SBQQ__LineItemCount__c": sums[1]}, at
        )
    if table == "OrderItem":
        _retotal(state, "Order", row["OrderId"], {"TotalAmount": _sums(state, table, "OrderId", "TotalPrice", row)[0]}, at)


def _sums(state: State, table: str, parent: str, amount: str, row: Row) -> tuple[float, int]:
    sql = f'select round(coalesce(sum("{amount}"), 0), 2) as total, count(*) as lines from "{table}" where "{parent}" = ?'
    found = state.select(sql, (row[parent],))[0]
    return found["total"], found["lines"]


def _retotal(state: State, table: str, key: str, totals: Row, at: str) -> None:
    held = state.get(table, key)
    if held and any(held[name] != value for name, value in totals.items()):
        state.write(table, key, totals | {"SystemModstamp": at, "LastModifiedDate": at})


def _bin(state: State, sobject: SObject, row: Row, at: str) -> None:
    """The deleted record put into the recycle bin and the delete log, with the records that go with it."""
    gone = row | {"IsDeleted": 1, "SystemModstamp": at, "LastModifiedDate": at}
    columns = ", ".join(f'"{name}"' for name in gone)
    marks = ", ".join("?" * len(gone))
    state.db.execute(f'insert or replace into "{sobject.name}__bin" ({columns}) values ({marks})', list(gone.values()))
    state.db.execute("insert or replace into _delete_log values (?, ?, ?)", (sobject.name, row["Id"], at))
    for child in RECORDS.values():
        for reference in child.parents:
            if reference.to == sobject.name:
                _bin_children(state, child, reference.name, row["Id"], at)


def _bin_children(state: State, child: SObject, reference: str, parent: str, at: str) -> None:
    for row in state.select(f'select * from "{child.name}" where "{reference}" = ?', (parent,)):
        state.db.execute(f'delete from "{child.name}" where "Id" = ?', (row["Id"],))
        _bin(state, child, row, at)


def _times(quantity: Any, price: Any) -> float | None:
    return None if quantity is None or price is None else round(quantity * price, 2)
