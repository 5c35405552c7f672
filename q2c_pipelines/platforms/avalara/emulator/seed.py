"""The world as the account holds it at a time: a committed document for each invoice that was posted, taxed as billing taxed it.

world, time -> frames of vendor rows: customers, items, transactions, lines, what the state takes of each line, addresses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.avalara import ids
from q2c_pipelines.platforms.avalara.emulator.calculating import RATES
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY

_STAMP = "%Y-%m-%dT%H:%M:%S"
_STATES = {region: there[0] for region, there in RATES.items()}
_TAX_CODE = "SW056001"  # software as a service


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    people = world.customers.select("customer_no", "street", "city", "state", "postal_code", "country")
    invoices = world.invoices.filter(pl.col("posted_at") <= at).join(people, on="customer_no", how="left", maintain_order="left")
    lines = world.invoice_lines.filter(pl.col("posted_at") <= at).join(people, on="customer_no", how="left", maintain_order="left")
    key = pl.col("deal_no") * 24 + pl.col("sequence")
    numbers, line_key = lines.select(key, line=key * 8 + pl.col("line_no")).get_columns()
    invoices = invoices.with_columns(transaction_id=pl.Series(ids.transaction_id(invoices.select(key).to_series().to_numpy())))
    lines = lines.with_columns(
        transaction_id=pl.Series(ids.transaction_id(numbers.to_numpy())), line_id=pl.Series(ids.line_id(line_key.to_numpy()))
    )
    return {
        "customer": _customers(world.customers.filter(pl.col("billing_created_at") <= at)),
        "item": _items(world),
        "transaction": _transactions(invoices),
        "address": _addresses(invoices),
        "line": _lines(lines),
        "detail": _details(lines),
    }


def _customers(customers: pl.DataFrame) -> pl.DataFrame:
    made = pl.col("billing_created_at").dt.strftime(_STAMP)
    return customers.select(
        id=pl.Series(ids.customer_id(customers["customer_no"].to_numpy())),
        companyId=pl.lit(COMPANY["id"]),
        customerCode="crm_id",
        name="name",
        line1="street",
        city="city",
        region="state",
        postalCode="postal_code",
        country="country",
        phoneNumber="phone",
        emailAddress="email",
        createdDate=made,
        modifiedDate=made,
    )


def _items(world: Any) -> pl.DataFrame:
    """Products with the company's own rate, so that what is recorded later is taxed as the invoices are."""
    products: pl.DataFrame = world.products if world.number == 0 else world.products.clear()
    return products.select(
        itemCode="product_code",
        companyId=pl.lit(COMPANY["id"]),
        description="name",
        taxCode=pl.lit(_TAX_CODE),
        _rate=pl.lit(float(world.chain.tax_rate)),
    )


def _transactions(invoices: pl.DataFrame) -> pl.DataFrame:
    day, posted = pl.col("invoiced_on").cast(pl.String), pl.col("posted_at").dt.strftime(_STAMP)
    return invoices.select(
        id="transaction_id",
        code="invoice_no",
        companyId=pl.lit(COMPANY["id"]),
        date=day,
        taxDate=day,
        status=pl.lit("Committed"),
        type=pl.lit("SalesInvoice"),
        currencyCode=pl.lit(COMPANY["baseCurrencyCode"]),
        customerCode="crm_id",
        purchaseOrderNo="po_number",
        totalAmount="net_amount",
        totalTax="tax_amount",
        totalTaxable="net_amount",
        totalTaxCalculated="tax_amount",
        country="country",
        region="state",
        modifiedDate=posted,
        _recorded=posted,
    )


def _addresses(invoices: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("transaction_id")
    return invoices.select(
        id=number, transactionId=number, line1="street", city="city", region="state", postalCode="postal_code", country="country"
    )


def _lines(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        id="line_id",
        transactionId="transaction_id",
        lineNumber=pl.col("line_no").cast(pl.String),
        itemCode="product_code",
        quantity="quantity",
        lineAmount="amount",
        taxableAmount="amount",
        tax="tax_amount",
        taxCalculated="tax_amount",
        taxCode=pl.lit(_TAX_CODE),
    )


def _details(lines: pl.DataFrame) -> pl.DataFrame:
    codes = {region: there.code for region, there in _STATES.items()}
    names = {region: there.name for region, there in _STATES.items()}
    return lines.select(
        id="line_id",
        transactionLineId="line_id",
        transactionId="transaction_id",
        country="country",
        region="state",
        jurisCode=pl.col("state").replace_strict(codes, default="00"),
        jurisName=pl.col("state").replace_strict(names, default=pl.col("state")),
        jurisType=pl.lit("STA"),
        rate="tax_rate",
        tax="tax_amount",
        taxCalculated="tax_amount",
        taxableAmount="amount",
        taxName=pl.format("{} STATE TAX", "state"),
    )
