"""The sums that the server reckons: a line's amounts, its document's totals, and their twins in the environment's own currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import Table
from q2c_pipelines.platforms.emulation import Row, State

_PLACES = Decimal("0.0001")


def line(state: State, row: Row, header: Row) -> Row:
    """What follows from a line's quantity, price and discounts; the price is the price list's unless it is overridden."""
    price = row["priceperunit"] if row["ispriceoverridden"] or not row["_productid_value"] else _listed(state, row, header)
    base = _exact(price) * _exact(row["quantity"])
    discount = _exact(row["volumediscountamount"]) * _exact(row["quantity"]) + _exact(row["manualdiscountamount"])
    return {
        "priceperunit": price,
        "baseamount": _float(base),
        "extendedamount": _float(base - discount + _exact(row["tax"])),
        "_transactioncurrencyid_value": header["_transactioncurrencyid_value"],
    }


def totals(header: Row, lines: Iterable[Mapping[str, Any]]) -> Row:
    """What follows for a document from its lines, its own discount and its freight."""
    every = list(lines)
    net = sum((_exact(each["extendedamount"]) - _exact(each["tax"]) for each in every), Decimal())
    tax = sum((_exact(each["tax"]) for each in every), Decimal())
    gross = sum((_exact(each["baseamount"]) for each in every), Decimal())
    discount = _exact(header["discountamount"]) + net * _exact(header["discountpercentage"]) / 100
    return {
        "totallineitemamount": _float(net),
        "totallineitemdiscountamount": _float(gross - net),
        "totaldiscountamount": _float(discount),
        "totalamountlessfreight": _float(net - discount),
        "totaltax": _float(tax),
        "totalamount": _float(net - discount + _exact(header["freightamount"]) + tax),
    }


def in_base_currency(state: State, table: Table, row: Row) -> Row:
    """The `_base` twin of every amount, and the rate by which it was reckoned."""
    if "exchangerate" not in table.columns or table.name == "transactioncurrency":
        return {}
    currency = state.get("transactioncurrency", row["_transactioncurrencyid_value"])
    rate = _exact(currency["exchangerate"]) if currency else Decimal(1)
    bases = {f"{name}_base": None if row[name] is None else _float(_exact(row[name]) / rate) for name in table.money}
    return {"exchangerate": float(rate), **bases}


def _listed(state: State, row: Row, header: Row) -> float | None:
    """The price that the document's price list has for the product."""
    sql = 'select amount from "productpricelevel" where _pricelevelid_value = ? and _productid_value = ?'
    found = state.select(sql, (header["_pricelevelid_value"], row["_productid_value"]))
    return found[0]["amount"] if found else None


def _exact(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _float(value: Decimal) -> float:
    return float(value.quantize(_PLACES))
