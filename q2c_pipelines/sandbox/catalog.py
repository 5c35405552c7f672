"""What the company sells: forty products, a price for each billing period, and bundles. The same in every chunk of a world."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from q2c_pipelines.platforms.numbering import numbered
from q2c_pipelines.platforms.salesforce import ids as salesforce
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.money import in_cents
from q2c_pipelines.sandbox.times import CATALOG_AT

RECURRING, ONE_TIME = 30, 10
MONTHS = {"Month": 1, "Quarter": 3, "Annual": 12}
_FAMILIES = ("Observability", "Dispatch", "Inventory", "Billing", "Identity", "Analytics")
_TIERS = ("Essentials", "Team", "Business", "Enterprise", "Add-on Pack")
_SERVICES = (
    "Onboarding Package",
    "Data Migration",
    "Administrator Training",
    "Solution Workshop",
    "Integration Build",
    "Security Review",
    "Process Audit",
    "Launch Support",
    "Custom Report Pack",
    "Architecture Review",
)


@cache
def products(seed: int, chain: Chain) -> pl.DataFrame:
    """Every product, with the company's own prices in cents (a month, or once)."""
    rng = np.random.default_rng((seed, 2**40))
    names = [f"{family} {tier}" for family in _FAMILIES for tier in _TIERS] + list(_SERVICES)
    families = [family for family in _FAMILIES for _ in _TIERS] + ["Services"] * ONE_TIME
    number = np.arange(1, RECURRING + ONE_TIME + 1)
    cents = np.concatenate([rng.integers(9, 400, RECURRING) * 100 + 99, rng.integers(8, 120, ONE_TIME) * 12_500])
    return pl.DataFrame(
        {
            "product_no": number,
            "product_code": numbered("SKU-", number, 4),
            "name": names,
            "family": families,
            "charge_type": ["recurring"] * RECURRING + ["one_time"] * ONE_TIME,
            "list_price": cents,
            "created_at": CATALOG_AT,
            "salesforce_product_id": salesforce.record_id("01t", number),
            "currency": chain.currency,
            "legal_entity": chain.name,
            "salesforce_pricebook_entry_id": salesforce.record_id("01u", chain.first + number),
            "netsuite_item_id": number + 100,
            "zuora_product_id": zuora.record_id("product", number),
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC")},
    )


@cache
def rate_plans(seed: int, chain: Chain) -> pl.DataFrame:
    """A price for each recurring product and billing period, and one for each one-time product; the company's prices in cents."""
    periods = pl.DataFrame(
        {"charge_type": ["recurring"] * 3 + ["one_time"], "billing_period": [*MONTHS, None], "months": [*MONTHS.values(), 1]}
    )
    plans = products(seed, chain).join(periods, on="charge_type", maintain_order="left")
    number = np.arange(1, plans.height + 1)
    return plans.select(
        "product_code",
        "charge_type",
        "billing_period",
        price=pl.col("list_price") * pl.col("months"),
        currency="currency",
        created_at="created_at",
    ).with_columns(
        pl.Series("zuora_rate_plan_id", zuora.record_id("rate_plan", number)),
        pl.Series("zuora_rate_plan_number", numbered("PRP-", number)),
        pl.Series("zuora_charge_id", zuora.record_id("charge", number)),
        pl.Series("zuora_charge_number", numbered("PRPC-", number)),
        pl.Series("zuora_tier_id", zuora.record_id("tier", chain.first + number)),
    )


@cache
def bundles(seed: int, chain: Chain) -> pl.DataFrame:
    """What belongs to the products of the higher tiers: their family's add-on packs and a service, and another for who wants it."""
    rng = np.random.default_rng((seed, 2**40, 1))
    sold = products(seed, chain)
    tiers = len(_TIERS)
    rows = [
        (family * tiers + tier, component, quantity, required)
        for family in range(len(_FAMILIES))
        for tier in (3, 4)
        for component, quantity, required in (
            ((family + 1) * tiers, int(rng.integers(1, 4)), True),
            (RECURRING + 1 + int(rng.integers(ONE_TIME)), 1, True),
            (RECURRING + 1 + int(rng.integers(ONE_TIME)), 1, False),
        )
    ]
    made = pl.DataFrame(rows, schema=["product_no", "component_no", "quantity", "is_required"], orient="row")
    ids = sold.select("product_no", "product_code", "salesforce_product_id", "netsuite_item_id")
    component = ids.rename({name: f"component_{name.removeprefix('product_')}" for name in ids.columns})
    bundled = (
        made.unique(["product_no", "component_no"], keep="first", maintain_order=True)
        .join(ids, on="product_no", maintain_order="left")
        .join(component, on="component_no", maintain_order="left")
        .with_row_index("bundle_line_no", offset=1)
        .with_columns(created_at=CATALOG_AT)
    )
    option_id = salesforce.record_id("a0k", bundled["bundle_line_no"].to_numpy())
    return bundled.with_columns(pl.Series("salesforce_product_option_id", option_id, pl.String))


def priced(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with its price as money."""
    return frame.with_columns(in_cents(column))
