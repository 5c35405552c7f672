"""The lists inside a record, as the REST service shows them: item lines, applications, entries, addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.netsuite.emulator.body import shown
from q2c_pipelines.platforms.netsuite.emulator.fields import ITEM_LINE, JOURNAL_LINE, Record
from q2c_pipelines.platforms.netsuite.emulator.schema import FIRST_ID

_APPLIED = """
select link.foreignamount as amount, invoice.id, invoice.tranid, invoice.foreigntotal as total, invoice.foreignamountunpaid as due
from previoustransactionlinelink as link join "transaction" as invoice on invoice.id = link.previousdoc where link.nextdoc = ?
"""
_ENTRIES = """
select line.*, entry.account, entry.debit, entry.credit from transactionline as line
join transactionaccountingline as entry on entry."transaction" = line."transaction" and entry.transactionline = line.id
where line."transaction" = ? order by line.id
"""
_SOLD = """select * from transactionline where "transaction" = ? and mainline = 'F' and taxline = 'F' order by id"""
_ADDRESS = {"addressee": "addressee", "addr1": "addr1", "addr2": "addr2", "city": "city", "state": "state", "zip": "zip"}


def sublists(state: State, record: Record, row: Row) -> dict[str, list[dict[str, Any]]]:
    """Every list of a record, by its name."""
    if record.name == "customer":
        return {"addressBook": _addresses(state, row)}
    if record.sublist == "item":
        lines = state.select(_SOLD, (row["id"],))
        return {"item": [_item_line(state, line) for line in lines]}
    if record.sublist == "apply":
        return {"apply": [_application(index, each) for index, each in enumerate(state.select(_APPLIED, (row["id"],)))]}
    if record.sublist == "line":
        return {"line": [{"links": [], **shown(state, JOURNAL_LINE, line)} for line in state.select(_ENTRIES, (row["id"],))]}
    return {}


def write_addresses(state: State, customer: Any, items: list[dict[str, Any]], now: datetime) -> None:
    """Change the default billing address, or make it."""
    for item in items:
        given = item.get("addressBookAddress", {})
        values: Row = {column: given[name] for name, column in _ADDRESS.items() if name in given}
        if "country" in given:
            values["country"] = given["country"].get("id") if isinstance(given["country"], dict) else given["country"]
        row = state.get("customer", customer) or {}
        if row["defaultbillingaddress"] is None:
            key = state.next("entityaddress", FIRST_ID)
            state.write("customer", customer, {"defaultbillingaddress": key})
            state.insert("entityaddress", {"nkey": key, "recordowner": customer} | values, now)
        else:
            state.update("entityaddress", row["defaultbillingaddress"], values, now)


def _item_line(state: State, line: Row) -> dict[str, Any]:
    """A line as people see it: what was sold is above zero."""
    positive = {name: -(line[name] or 0) for name in ("quantity", "foreignamount")}
    return {"links": [], **shown(state, ITEM_LINE, line | positive)}


def _application(index: int, row: Row) -> dict[str, Any]:
    doc = {"links": [], "id": str(row["id"]), "refName": f"Invoice #{row['tranid']}"}
    amounts = {name: row[name] for name in ("amount", "due", "total")}
    return {"links": [], "line": index, "doc": doc, "apply": True, "refNum": row["tranid"], "type": "Invoice", **amounts}


def _addresses(state: State, customer: Row) -> list[dict[str, Any]]:
    address = state.get("entityaddress", customer["defaultbillingaddress"])
    if address is None:
        return []
    values: dict[str, Any] = {name: address[column] for name, column in _ADDRESS.items() if address[column] is not None}
    if address["country"]:
        values["country"] = {"id": address["country"], "refName": address["country"]}
    return [{"links": [], "id": str(address["nkey"]), "defaultBilling": True, "addressBookAddress": {"links": [], **values}}]
