"""A transaction model made into rows: checked, calculated, added up, and put in the place of what it replaces.

model -> header, lines, details, addresses;  estimates are calculated and forgotten
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.avalara.emulator import calculating
from q2c_pipelines.platforms.avalara.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.avalara.emulator.call import Call
from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, missing, required
from q2c_pipelines.platforms.avalara.emulator.rendering import ALL, transactions
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY
from q2c_pipelines.platforms.emulation import Row

_TYPES = ("Sales", "Return", "Purchase", "InventoryTransfer", "ReverseCharge", "Customs", "InventoryTransferOutbound")
_TEXTS = ("purchaseOrderNo", "referenceCode", "salespersonCode", "description", "customerUsageType", "batchCode")
_PLACES = ("singleLocation", "shipTo", "billTo", "shipFrom")
_FIRST = 10**12  # numbers of what is made through the API
_LONGEST_CODE = 50


def checked(model: Any) -> Row:
    """A model that can be calculated: date, customer and lines are there, the words known. Refused where not."""
    if not isinstance(model, dict):
        raise required("createTransactionModel")
    for field in ("date", "customerCode", "lines"):
        if not model.get(field):
            raise required(field)
    for number, line in enumerate(model["lines"]):
        if not isinstance(line.get("amount"), int | float):
            raise required(f"lines[{number}].amount")
    kind = model.get("type") or "SalesOrder"
    if not any(kind in (f"{each}Order", f"{each}Invoice") for each in _TYPES):
        raise Refusal("InvalidQueryValue", "The document type is unknown.", f"'{kind}' is no document type.", "type")
    if len(model.get("code") or "") > _LONGEST_CODE:
        raise Refusal("StringLengthError", "Field code is too long.", f"It can have {_LONGEST_CODE} characters.", "code")
    if model.get("companyCode", COMPANY["companyCode"]) != COMPANY["companyCode"]:
        raise missing("Company", model["companyCode"])
    if _address(model) is None:
        raise Refusal("InvalidAddress", "The address is incomplete.", "An address is required for calculation.", "addresses")
    return model | {"type": kind, "date": _date(model["date"])}


def recorded(call: Call, model: Row, values: Row) -> Row:
    """A new transaction of a checked model, stored: with the header values that the operation gives."""
    key = call.state.next("transaction", _FIRST)
    header, lines, details = _calculated(call, key, model)
    call.state.insert("transaction", header | values, call.now)
    for table, rows in (("line", lines), ("detail", details), ("address", [_placed(call, key, model)])):
        for row in rows:
            call.state.insert(table, row, call.now)
    return call.state.get("transaction", key) or {}


def estimated(call: Call, model: Row) -> Row:
    """What a model comes to, and nothing kept of it."""
    with call.state.transaction():
        call.state.db.execute("savepoint estimate")
        told = transactions(call.emulation, [recorded(call, model, {"status": "Temporary"})], ALL)[0]
        call.state.db.execute("rollback to estimate")
    return told | {"id": 0}


def forget(call: Call, key: int) -> None:
    """Remove an uncommitted transaction that another takes the place of."""
    for table, column in (
        ("detail", "transactionId"),
        ("line", "transactionId"),
        ("address", "transactionId"),
        ("transaction", "id"),
    ):
        call.state.db.execute(f'delete from "{table}" where {column} = ?', (key,))


def _calculated(call: Call, key: int, model: Row) -> tuple[Row, list[Row], list[Row]]:
    address = _address(model) or {}
    lines, details = [], []
    for number, given in enumerate(model["lines"], 1):
        line, own = _line(call, key, number, given, address)
        lines.append(line)
        details += own
    override = (model.get("taxOverride") or {}).get("taxAmount")
    totals = {
        "totalAmount": calculating.total(lines, "lineAmount"),
        "totalTaxable": calculating.total(lines, "taxableAmount"),
        "totalTax": calculating.total(lines, "tax") if override is None else float(override),
        "totalTaxCalculated": calculating.total(lines, "taxCalculated"),
    }
    known = {name: model[name] for name in _TEXTS if model.get(name)}
    header = {
        "id": key,
        "code": model.get("code") or str(uuid.uuid4()),
        "companyId": COMPANY["id"],
        "date": model["date"],
        "taxDate": model["date"],
        "type": model["type"],
        "currencyCode": model.get("currencyCode") or COMPANY["baseCurrencyCode"],
        "customerCode": model["customerCode"],
        "country": address.get("country") or "US",
        "region": address.get("region"),
        "_recorded": stamp(call.state, call.now),
        "_request": model,
    }
    return header | known | totals, lines, details


def _line(call: Call, key: int, number: int, given: Row, address: Row) -> tuple[Row, list[Row]]:
    amount, line_id = Decimal(str(given["amount"])), call.state.next("line", _FIRST)
    item = call.state.get("item", given["itemCode"]) if given.get("itemCode") else None
    details = calculating.details(amount, address, item)
    tax = calculating.total(details, "tax")
    named = {name: given[name] for name in ("itemCode", "description", "quantity", "ref1", "ref2") if given.get(name) is not None}
    line = {"id": line_id, "transactionId": key, "lineNumber": str(given.get("number") or number), "lineAmount": float(amount)}
    taxed = {"taxableAmount": float(amount), "tax": tax, "taxCalculated": tax}
    code = given.get("taxCode") or (item["taxCode"] if item else "P0000000")
    own = {"transactionLineId": line_id, "transactionId": key}
    numbered = [{"id": call.state.next("detail", _FIRST)} | own | each for each in details]
    return line | named | taxed | {"taxCode": code}, numbered


def _placed(call: Call, key: int, model: Row) -> Row:
    address = _address(model) or {}
    fields = {name: address.get(name) for name in ("line1", "city", "region", "postalCode", "country")}
    return {"id": call.state.next("address", _FIRST), "transactionId": key} | fields


def _address(model: Row) -> Row | None:
    """Where it is taxed: the one place, or where it is shipped to. Names are taken however they are written."""
    given = dict(_named(model.get("addresses") or {}))
    return next((given[name.lower()] for name in _PLACES if given.get(name.lower())), None)


def _named(addresses: Row) -> Iterator[tuple[str, Row]]:
    for name, value in addresses.items():
        yield name.lower(), value


def _date(text: str) -> str:
    try:
        return date.fromisoformat(str(text)[:10]).isoformat()
    except ValueError as error:
        raise Refusal("InvalidQueryValue", "The date is wrong.", f"'{text}' is no date.", "date") from error
