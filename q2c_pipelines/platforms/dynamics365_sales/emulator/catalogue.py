"""What is there before the first customer: the currency, the unit, the price list, the products and their prices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from q2c_pipelines.platforms.dynamics365_sales.emulator.stamps import complete, existing, stamps
from q2c_pipelines.platforms.numbering import uuids

_SYMBOLS = {"GBP": ("Pound Sterling", "£"), "EUR": ("Euro", "€"), "USD": ("US Dollar", "$"), "CAD": ("Canadian Dollar", "$")}
_CHARGE = {"one_time": 100000000, "recurring": 100000001}


def _one(kind: str) -> str:
    return uuids(kind, np.array([1]))[0]


PRICE_LIST, UNIT, UNITS = _one("pricelevel"), _one("uom"), _one("uomschedule")


def currency_id(code: str) -> str:
    """The guid of the environment's currency."""
    return _one(f"transactioncurrency {code}")


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """The catalogue's tables at that time."""
    products = existing(world.products, "created_at", at)
    numbers = products["product_no"].to_numpy()
    guids = {"product_id": uuids("product", numbers), "item_id": uuids("productpricelevel", numbers)}
    products = products.with_columns(pl.Series(name, values, pl.String) for name, values in guids.items())
    first = products.sort("created_at").head(1).with_columns(pl.lit(0).alias("number"))
    tables = _company_wide(first, world.chain.currency) | _products(products, currency_id(world.chain.currency))
    return {name: complete(name, frame) for name, frame in tables.items()}


def _company_wide(first: pl.DataFrame, code: str) -> dict[str, pl.DataFrame]:
    """The tables of one row, as old as the first product."""
    currency = {
        "currencyname": _SYMBOLS[code][0],
        "isocurrencycode": code,
        "currencysymbol": _SYMBOLS[code][1],
        "currencyprecision": 2,
    }
    in_currency = {"_transactioncurrencyid_value": currency_id(code)}
    active = {"statecode": 0, "statuscode": 1}
    values: dict[str, dict[str, Any]] = {
        "transactioncurrency": {"transactioncurrencyid": currency_id(code), **currency, **active},
        "uomschedule": {"uomscheduleid": UNITS, "name": "Default Unit", "baseuomname": "Primary Unit", **active},
        "uom": {"uomid": UNIT, "name": "Primary Unit", "quantity": 1.0, "_uomscheduleid_value": UNITS},
        "pricelevel": {"pricelevelid": PRICE_LIST, "name": "Standard", "statecode": 0, "statuscode": 100001, **in_currency},
    }
    made = stamps("number", "created_at")
    return {name: first.select(*made, **{column: pl.lit(value) for column, value in row.items()}) for name, row in values.items()}


def _products(products: pl.DataFrame, currency: str) -> dict[str, pl.DataFrame]:
    made = stamps("product_no", "created_at")
    product = products.select(
        *made,
        productid="product_id",
        name="name",
        productnumber="product_code",
        new_chargetype=pl.col("charge_type").replace_strict(_CHARGE),
        productstructure=pl.lit(1),
        quantitydecimal=pl.lit(2),
        price="list_price",
        _defaultuomid_value=pl.lit(UNIT),
        _defaultuomscheduleid_value=pl.lit(UNITS),
        _pricelevelid_value=pl.lit(PRICE_LIST),
        _transactioncurrencyid_value=pl.lit(currency),
        statecode=pl.lit(0),
        statuscode=pl.lit(1),
    )
    item = products.select(
        *made,
        productpricelevelid="item_id",
        amount="list_price",
        pricingmethodcode=pl.lit(1),
        productnumber="product_code",
        _pricelevelid_value=pl.lit(PRICE_LIST),
        _productid_value="product_id",
        _uomid_value=pl.lit(UNIT),
        _transactioncurrencyid_value=pl.lit(currency),
    )
    return {"product": product, "productpricelevel": item}
