"""The simulated company as HubSpot holds it at a time: world frames -> records and their associations, each with its stamp so far.

A quote is drafted, published and signed; the signature wins the deal and makes an open order; when the ERP has booked it, the order
gets the ERP's number and is processed. Whatever the portal would calculate is calculated here: every value is text, as it keeps it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.hubspot import ids
from q2c_pipelines.platforms.hubspot.emulator import links, pipelines

SETTINGS = {"currency": "{currency}"}
_FREQUENCY = {"Month": "monthly", "Quarter": "quarterly", "Annual": "annually"}
_MONTHS = {"Month": 1, "Quarter": 3, "Annual": 12}
_VALID = pl.duration(days=90)


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """What the portal holds of this part of the world at that time."""
    customers = _existing(world.customers, "created_at", at)
    deals = _existing(world.deals, "created_at", at)
    quotes, orders = _existing(deals, "quoted_at", at), _existing(deals, "accepted_at", at)
    lines = world.deal_lines.join(quotes.select("deal_no", "quoted_at", "start_on", "term_months", "currency"), on="deal_no")
    catalogue = {"products": _products(_existing(world.products, "created_at", at))} if world.number == 0 else {}
    return {
        **catalogue,
        "companies": _companies(customers),
        "contacts": _contacts(customers),
        "deals": _deals(deals, at),
        "quotes": _quotes(quotes, at),
        "line_items": _line_items(lines, world.products),
        "orders": _orders(orders, at),
        "associations": _associations(customers, deals, quotes, lines, orders),
    }


def _existing(frame: pl.DataFrame, stamp: str, at: datetime) -> pl.DataFrame:
    return frame.filter(pl.col(stamp) <= at)


def _happened(stamp: str, at: datetime) -> pl.Expr:
    return (pl.col(stamp) <= at).fill_null(value=False)


def _key(number: str, first: int) -> pl.Expr:
    return (pl.col(number) + first).alias("id")


def _time(stamp: pl.Expr | str) -> pl.Expr:
    """A time as the portal keeps it."""
    return (pl.col(stamp) if isinstance(stamp, str) else stamp).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _stamps(
    created: str, at: datetime | None = None, *later: str, names: tuple[str, str] = ("createdate", "hs_lastmodifieddate")
) -> list[pl.Expr]:
    """Created and changed: the newest of the stamps that have come."""
    come = [pl.when(_happened(name, at)).then(pl.col(name)) for name in later] if at else []
    changed = pl.max_horizontal(pl.col(created), *come)
    return [_time(created).alias(names[0]), _time(changed).alias(names[1])]


def _companies(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        _key("customer_no", ids.COMPANY),
        "name",
        "phone",
        "city",
        "state",
        "country",
        "payment_terms",
        "tax_number",
        *_stamps("created_at"),
        hs_parent_company_id=(pl.col("parent_no") + ids.COMPANY).cast(pl.String),
        address="street",
        zip="postal_code",
        domain=pl.col("email").str.split("@").list.last(),
    )


def _contacts(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        _key("customer_no", ids.CONTACT),
        "email",
        "phone",
        *_stamps("created_at", names=("createdate", "lastmodifieddate")),
        lastname=pl.lit("Accounts Payable"),
        company="name",
    )


def _products(products: pl.DataFrame) -> pl.DataFrame:
    return products.select(
        _key("product_no", ids.PRODUCT),
        "name",
        *_stamps("created_at"),
        description="family",
        hs_sku="product_code",
        price=pl.col("list_price").cast(pl.String),
        recurringbillingfrequency=pl.when(pl.col("charge_type") == "recurring").then(pl.lit("monthly")),
        hs_status=pl.lit("active"),
    )


def _deals(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    won, lost = _happened("accepted_at", at), _happened("lost_at", at)
    stage = (
        pl.when(won).then(pl.lit("closedwon"))
        .when(lost).then(pl.lit("closedlost"))
        .when(_happened("approved_at", at)).then(pl.lit("contractsent"))
        .when(_happened("quoted_at", at)).then(pl.lit("presentationscheduled"))
        .otherwise(pl.lit("qualifiedtobuy"))
    )  # fmt: skip
    closed = pl.when(won).then(pl.col("accepted_at")).when(lost).then(pl.col("lost_at"))
    expected = pl.col("start_on").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return deals.select(
        _key("deal_no", ids.DEAL),
        "po_number",
        *_stamps("created_at", at, "quoted_at", "approved_at", "accepted_at", "lost_at"),
        dealname="name",
        pipeline=pl.lit(pipelines.DEALS),
        dealstage=stage,
        amount=pl.col("amount").cast(pl.String),
        deal_currency_code="currency",
        closedate=_time(closed.otherwise(expected)),
        dealtype=pl.lit("newbusiness"),
        hs_is_closed=_told(won | lost),
        hs_is_closed_won=_told(won),
        hs_deal_stage_probability=stage.replace_strict(pipelines.PROBABILITIES),
    )


def _told(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("true")).otherwise(pl.lit("false"))


def _quotes(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    signed, published = _happened("accepted_at", at), _happened("approved_at", at)
    status = (
        pl.when(_happened("lost_at", at)).then(pl.lit("REJECTED"))
        .when(published & pl.col("approved_by").is_not_null()).then(pl.lit("APPROVED"))
        .when(published).then(pl.lit("APPROVAL_NOT_NEEDED"))
        .otherwise(pl.lit("DRAFT"))
    )  # fmt: skip
    address = pl.col("quote_id").str.zfill(32)
    return deals.select(
        _key("deal_no", ids.QUOTE),
        *_stamps("quoted_at", at, "approved_at", "accepted_at", "lost_at", names=("hs_createdate", "hs_lastmodifieddate")),
        hs_title="name",
        hs_expiration_date=_time(pl.coalesce(pl.col("expires_on").cast(pl.Datetime("us", "UTC")), pl.col("quoted_at") + _VALID)),
        hs_status=status,
        hs_quote_number="quote_number",
        hs_quote_amount=pl.col("amount").cast(pl.String),
        hs_currency="currency",
        hs_language=pl.lit("en"),
        hs_public_url_key=address,
        hs_quote_link=pl.when(published).then("https://app.hubspot.com/quotes/" + address),
        hs_esign_enabled=pl.lit("true"),
        hs_sign_status=pl.when(signed).then(pl.lit("ESIGN_COMPLETED")).when(published).then(pl.lit("ESIGN_PENDING")),
        hs_esign_date=pl.when(signed).then(_time("accepted_at")),
    )


def _line_items(lines: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Prices are of one billing period: monthly ones times its months."""
    recurring = pl.col("charge_type") == "recurring"
    listed = pl.col("list_price") * pl.when(recurring).then(pl.col("billing_period").replace_strict(_MONTHS, default=1)).otherwise(
        1
    )
    off = listed - pl.col("billing_price")
    named = lines.join(products.select("product_code", "product_no", "name"), on="product_code", maintain_order="left")
    return named.select(
        _line_key(),
        "name",
        *_stamps("quoted_at"),
        hs_product_id=(pl.col("product_no") + ids.PRODUCT).cast(pl.String),
        hs_sku="product_code",
        hs_position_on_quote=pl.col("line_no").cast(pl.String),
        hs_line_item_currency_code="currency",
        quantity=pl.col("quantity").cast(pl.String),
        price=_cents(listed),
        discount=_cents(off),
        hs_total_discount=_cents(off * pl.col("quantity")),
        amount=_cents(pl.col("billing_price") * pl.col("quantity")),
        hs_tcv=_cents(pl.col("net_total")),
        recurringbillingfrequency=pl.when(recurring).then(pl.col("billing_period").replace_strict(_FREQUENCY, default=None)),
        hs_recurring_billing_period=pl.when(recurring).then(pl.format("P{}M", "term_months")),
        hs_recurring_billing_start_date=pl.col("start_on").cast(pl.String),
    )


def _line_key() -> pl.Expr:
    return (pl.col("deal_no") * 8 + pl.col("line_no") + ids.LINE).alias("id")


def _cents(amount: pl.Expr) -> pl.Expr:
    return amount.cast(pl.Decimal(18, 2)).cast(pl.String)


def _orders(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    booked = _happened("crm_activated_at", at)
    return deals.select(
        _key("deal_no", ids.ORDER),
        *_stamps("accepted_at", at, "crm_activated_at", names=("hs_createdate", "hs_lastmodifieddate")),
        hs_order_name="name",
        hs_pipeline=pl.lit(pipelines.ORDERS),
        hs_pipeline_stage=pl.when(booked).then(pl.lit(pipelines.PROCESSED)).otherwise(pl.lit(pipelines.OPEN)),
        hs_currency_code="currency",
        hs_total_price=pl.col("amount").cast(pl.String),
        hs_external_order_id=pl.when(booked).then(pl.col("order_number")),
    )


def _associations(
    customers: pl.DataFrame, deals: pl.DataFrame, quotes: pl.DataFrame, lines: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    company, deal, quote = _key("customer_no", ids.COMPANY), _key("deal_no", ids.DEAL), _key("deal_no", ids.QUOTE)
    order = _key("deal_no", ids.ORDER)
    linked = [
        (customers, "contacts", _key("customer_no", ids.CONTACT), "companies", company),
        (deals, "deals", deal, "companies", company),
        (quotes, "quotes", quote, "deals", deal),
        (quotes, "quotes", quote, "companies", company),
        (lines, "quotes", quote, "line_items", _line_key()),
        (orders, "orders", order, "companies", company),
        (orders, "orders", order, "deals", deal),
        (orders, "orders", order, "quotes", quote),
    ]
    return pl.concat(
        _linked(frame, start, here, end, there, type_id)
        for frame, start, here, end, there in linked
        for type_id, _ in links.types(start, end)
    )


def _linked(frame: pl.DataFrame, start: str, here: pl.Expr, end: str, there: pl.Expr, type_id: int) -> pl.DataFrame:
    ends = frame.select(here.alias("from_id"), there.alias("to_id"))
    return ends.select(
        pl.format(f"{start}:{{}}:{type_id}:{end}:{{}}", "from_id", "to_id").alias("id"),
        pl.lit(start).alias("from_object"),
        "from_id",
        pl.lit(end).alias("to_object"),
        "to_id",
        pl.lit(type_id, pl.Int64).alias("type_id"),
    )
