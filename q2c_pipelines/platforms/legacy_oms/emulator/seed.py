"""What the order management system holds of the simulated company at a time.

customers, products, rate_plans -> customers, products, price_lists;  deals and their lines -> orders and all that hangs on them
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.legacy_oms import ids
from q2c_pipelines.platforms.numbering import Numbers

ZONE = "Europe/Berlin"
_BODY = "Confirmed with the customer as agreed in the quote; delivery and invoicing follow the framework contract. " * 25
_NEW: dict[str, Any] = {"updated_at": "created_at", "row_version": pl.lit(1)}


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """This part of the world as the system holds it at that time; products and prices come with the first part."""
    orders = world.ordered(at).with_columns(is_done=(pl.col("completed_at") <= at).fill_null(False))
    invoices = world.invoices.filter(pl.col("posted_at") <= at)
    held = {
        "customers": _customers(world.customers, at),
        "orders": _orders(orders),
        "order_lines": _order_lines(world.ordered_lines(at), orders),
        "shipments": _shipments(world.deal_lines, orders, at),
        "notes": _notes(orders),
        "order_events": _order_events(orders),
        "invoices": _invoices(invoices, world.chain.currency),
        "payments": _payments(world.payments.filter(pl.col("paid_at") <= at), world.chain.currency),
    }
    if world.number == 0:
        products = world.products.filter(pl.col("created_at") <= at)
        held = {"products": _products(products), "price_lists": _price_lists(world, at)} | held
    return held


def _customers(customers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return customers.filter(pl.col("erp_created_at") <= at).select(
        "crm_id",
        *("name", "email", "phone", "street", "city", "state", "postal_code", "country", "payment_terms", "currency"),
        id="customer_no",
        customer_no=_numbers(ids.customer_number, "customer_no"),
        vat_id="tax_number",
        is_on_hold=pl.lit(False),
        is_active=pl.lit(True),
        created_at="erp_created_at",
        updated_at="erp_created_at",
        row_version=pl.lit(1),
    )


def _products(products: pl.DataFrame) -> pl.DataFrame:
    return products.select("name", "charge_type", "created_at", id="product_no", sku="product_code", is_active=pl.lit(True), **_NEW)


def _price_lists(world: Any, at: datetime) -> pl.DataFrame:
    numbered: pl.DataFrame = world.rate_plans.with_row_index("id", 1).with_columns(pl.col("id").cast(pl.Int64))
    return numbered.filter(pl.col("created_at") <= at).select(
        *("id", "billing_period", "created_at"),
        product_id=_product(),
        currency=pl.lit(world.chain.currency),
        unit_price="price",
        **_NEW,
    )


def _orders(orders: pl.DataFrame) -> pl.DataFrame:
    """An order is released when it comes, and invoiced when all of the deal is done."""
    return orders.select(
        *("quote_id", "quote_number", "currency"),
        id="deal_no",
        order_no=_numbers(ids.order_number, "deal_no"),
        external_ref="quote_id",
        customer_id="customer_no",
        status=pl.when("is_done").then(pl.lit("invoiced")).otherwise(pl.lit("released")),
        net_amount="amount",
        ordered_at=pl.col("ordered_at").dt.convert_time_zone(ZONE).dt.replace_time_zone(None),
        starts_on="start_on",
        ends_on="end_on",
        created_at="ordered_at",
        updated_at=pl.when("is_done").then("completed_at").otherwise("changed_at"),
        row_version=pl.col("is_done").cast(pl.Int64) + (pl.col("changed_at") > pl.col("ordered_at")).cast(pl.Int64) + 1,
    )


def _order_lines(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    known = lines.join(orders.select("deal_no", "ordered_at"), on="deal_no", maintain_order="left")
    return known.with_columns(created_at=pl.col("booked_at").fill_null(pl.col("ordered_at"))).select(
        *("line_no", "created_at"),
        id=pl.col("deal_no") * 100 + pl.col("line_no"),
        order_id="deal_no",
        product_id=_product(),
        qty="quantity",
        unit_price="net_price",
        discount="discount_percent",
        tax_code=pl.lit("S"),
        net_amount="net_total",
        **_NEW,
    )


def _shipments(lines: pl.DataFrame, orders: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """What is sold once is sent two days after it was ordered."""
    sent = orders.join(lines.filter(pl.col("charge_type") == "one_time"), on="deal_no", how="semi", maintain_order="left")
    sent = sent.with_columns(created_at=pl.col("ordered_at").dt.offset_by("2d")).filter(pl.col("created_at") <= at)
    shipments: pl.DataFrame = sent.select(
        "created_at",
        id="deal_no",
        order_id="deal_no",
        shipped_on=pl.col("created_at").dt.date(),
        carrier=pl.lit("DHL"),
        tracking_no=pl.format("JJD{}", "deal_no"),
        **_NEW,
    )
    return shipments


def _notes(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(
        id="deal_no",
        order_id="deal_no",
        author=pl.lit("Auftragsabwicklung"),
        is_pinned=pl.lit(False),
        body=pl.format("{}: {}", "quote_number", pl.lit(_BODY)),
        created_at="ordered_at",
        updated_at="ordered_at",
        row_version=pl.lit(1),
    )


def _order_events(orders: pl.DataFrame) -> pl.DataFrame:
    def of(place: int, status: str, moment: str) -> pl.DataFrame:
        return orders.filter(pl.lit(True) if place == 1 else pl.col("is_done")).select(
            event_no=pl.col("deal_no") * 8 + place, order_id="deal_no", status=pl.lit(status), happened_at=moment
        )

    return pl.concat([of(1, "released", "ordered_at"), of(2, "invoiced", "completed_at")])


def _invoices(invoices: pl.DataFrame, currency: str) -> pl.DataFrame:
    return invoices.select(
        *("invoice_no", "net_amount", "tax_amount"),
        id=_document(),
        order_id="deal_no",
        issued_on="invoiced_on",
        due_on="due_on",
        currency=pl.lit(currency),
        created_at="posted_at",
        updated_at="posted_at",
        row_version=pl.lit(1),
    )


def _payments(payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    return payments.select(
        *("payment_ref", "invoice_no", "amount", "paid_at"),
        id=_document(),
        currency=pl.lit(currency),
        created_at="paid_at",
        updated_at="paid_at",
        row_version=pl.lit(1),
    )


def _document() -> pl.Expr:
    return pl.col("deal_no") * 24 + pl.col("sequence")


def _product() -> pl.Expr:
    """The number in a product's code."""
    return pl.col("product_code").str.slice(4).cast(pl.Int64)


def _numbers(shape: Callable[[Numbers], list[str]], column: str) -> pl.Expr:
    return pl.col(column).map_batches(lambda numbers: pl.Series(shape(numbers.to_numpy())), return_dtype=pl.String)
