"""The catalogue as the tenant holds it at a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.zuora.emulator.frames import CHARGE_TYPES, existing, stamps

_SOLD_FROM, _SOLD_UNTIL = date(2020, 1, 1), date(2050, 1, 1)


def catalog(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Products, rate plans, charges and prices."""
    products = existing(world.products, "created_at", at)
    plans = existing(world.rate_plans, "created_at", at).join(
        products.select("product_code", "name", "zuora_product_id"), on="product_code", maintain_order="left"
    )
    name = pl.format("{} {}", "name", pl.col("billing_period").fill_null("Once"))
    sold = {"effectiveStartDate": pl.lit(_SOLD_FROM), "effectiveEndDate": pl.lit(_SOLD_UNTIL)}
    return {
        "Product": products.select(
            id="zuora_product_id",
            productNumber=pl.format("PC-{}", pl.col("product_no").cast(pl.String).str.zfill(8)),
            name="name",
            sKU="product_code",
            category=pl.lit("Base Products"),
            **sold,
            **stamps("created_at"),
        ),
        "ProductRatePlan": plans.select(
            id="zuora_rate_plan_id",
            productRatePlanNumber="zuora_rate_plan_number",
            productId="zuora_product_id",
            name=name,
            **sold,
            **stamps("created_at"),
        ),
        "ProductRatePlanCharge": plans.select(
            id="zuora_charge_id",
            productRatePlanChargeNumber="zuora_charge_number",
            productRatePlanId="zuora_rate_plan_id",
            name="name",
            chargeModel=pl.lit("Per Unit Pricing"),
            chargeType=pl.col("charge_type").replace_strict(CHARGE_TYPES),
            billingPeriod="billing_period",
            billingTiming=pl.when(pl.col("charge_type") == "recurring").then(pl.lit("In Advance")),
            triggerEvent=pl.lit("ContractEffective"),
            uOM=pl.lit("Each"),
            **stamps("created_at"),
        ),
        "ProductRatePlanChargeTier": plans.select(
            id="zuora_tier_id",
            productRatePlanChargeId="zuora_charge_id",
            currency="currency",
            price="price",
            priceFormat=pl.lit("Per Unit"),
            tier=pl.lit(1),
            startingUnit=pl.lit(0),
            active=pl.lit(True),
            **stamps("created_at"),
        ),
    }
