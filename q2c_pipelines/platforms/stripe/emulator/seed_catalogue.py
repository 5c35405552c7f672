"""Products, the prices they are offered at, those agreed for one subscription alone, and the tax that is collected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.stripe.emulator.seed_frames import cents, made, seconds, told

_INTERVALS = {"Month": '{"interval":"month","interval_count":1', "Quarter": '{"interval":"month","interval_count":3'}
_INTERVALS |= {"Annual": '{"interval":"year","interval_count":1'}
_METERING = ',"meter":null,"trial_period_days":null,"usage_type":"licensed"}'
_TAXES = {  # by country: name, kind, jurisdiction
    "CA": ("HST", "hst", "Canada"),
    "DE": ("MwSt", "vat", "Germany"),
    "GB": ("VAT", "vat", "United Kingdom"),
    "US": ("Sales tax", "sales_tax", "United States"),
}
_LINES_FROM = 10**6  # prices of the catalogue have numbers below


def catalogue(world: Any, lines: pl.DataFrame, at: datetime) -> dict[str, pl.DataFrame]:
    """What is sold: the same in every chunk, and so in the first one's rows only; and prices made for one line of a deal."""
    own = lines.filter((pl.col("subscribed_at") <= at) & (pl.col("discount_percent") > 0))
    prices = [_prices(own, world, "subscribed_at", "billing_price", is_offered=False)]
    events = [told(own, "price.created", "subscribed_at", "price_id", at)]
    shared: dict[str, pl.DataFrame] = {}
    if world.number == 0:
        offered, sold = offers(world).filter(pl.col("created_at") <= at), world.products.filter(pl.col("created_at") <= at)
        prices.append(_prices(offered, world, "created_at", "price", is_offered=True))
        events += [
            told(offered, "price.created", "created_at", "price_id", at),
            told(sold, "product.created", "created_at", "product_code", at),
        ]
        shared = {"product": _products(sold), "tax_rate": tax_rates(world)}
    return shared | {"price": pl.concat(prices, how="diagonal"), "event": pl.concat(events, how="diagonal")}


def priced(world: Any) -> pl.DataFrame:
    """Lines of deals with the ids of their price and of what bills them, and when they were agreed."""
    deals = world.deals.select("deal_no", "subscribed_at", "start_on", "end_on")
    lines: pl.DataFrame = world.deal_lines.join(deals, on="deal_no", maintain_order="left").filter(
        pl.col("subscribed_at").is_not_null()
    )
    lines = lines.join(world.products.select("product_code", product_name="name"), on="product_code", maintain_order="left")
    by = ["product_code", "billing_period"]
    lines = lines.join(
        offers(world).select(*by, list_price_id="price_id"), on=by, how="left", nulls_equal=True, maintain_order="left"
    )
    key = pl.col("deal_no") * 8 + pl.col("line_no")
    own = made("price", lines, key + _LINES_FROM)
    return lines.with_columns(
        price_id=pl.when(pl.col("discount_percent") > 0).then(own).otherwise("list_price_id"),
        item_id=made("si", lines, key),
        invoiceitem_id=made("ii", lines, key),
    )


def offers(world: Any) -> pl.DataFrame:
    """The prices that are offered, with their ids."""
    plans: pl.DataFrame = world.rate_plans.with_row_index("number", offset=1)
    return plans.with_columns(price_id=made("price", plans, pl.col("number")))


def tax_rates(world: Any) -> pl.DataFrame:
    """The one tax that is collected everywhere in the company's country."""
    percent = float(world.chain.tax_rate * 100)
    name, kind, jurisdiction = _TAXES[world.chain.country]
    rate: pl.DataFrame = world.products.select(created=seconds("created_at").min()).with_columns(
        active=pl.lit(True),
        country=pl.lit(world.chain.country),
        display_name=pl.lit(name),
        percentage=pl.lit(percent),
        effective_percentage=pl.lit(percent),
        inclusive=pl.lit(False),
        jurisdiction=pl.lit(jurisdiction),
        jurisdiction_level=pl.lit("country"),
        tax_type=pl.lit(kind),
    )
    return rate.select(made("txr", rate, pl.lit(1)).alias("id"), pl.all())


def _products(products: pl.DataFrame) -> pl.DataFrame:
    created = seconds("created_at")
    return products.select(
        id="product_code", created=created, updated=created, name="name", active=pl.lit(True), unit_label=pl.lit("each")
    )


def _prices(lines: pl.DataFrame, world: Any, stamp: str, amount: str, *, is_offered: bool) -> pl.DataFrame:
    recurring = pl.col("billing_period").replace_strict(_INTERVALS, default=None, return_dtype=pl.String) + _METERING
    key = pl.format("{}-{}", "product_code", pl.col("billing_period").fill_null("Once"))
    return lines.select(
        id="price_id",
        created=seconds(stamp),
        product="product_code",
        active=pl.lit(is_offered),
        currency=pl.lit(world.chain.currency.lower()),
        unit_amount=cents(amount),
        unit_amount_decimal=cents(amount).cast(pl.String),
        type="charge_type",
        recurring=recurring,
        lookup_key=key if is_offered else pl.lit(None, pl.String),
    )
