"""Orders and subscriptions as the tenant holds them at a time: every version, with its charges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.zuora.emulator.frames import CHARGE_TYPES, existing, stamps
from q2c_pipelines.platforms.zuora.emulator.seed_amendments import amended, superseded
from q2c_pipelines.platforms.zuora.emulator.seed_renewals import renewed


def subscriptions(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Orders, subscriptions, rate plans, charges and prices sold: as they began, and each further version of them."""
    first = _first(world, at)
    carried = world.amendments.filter(pl.col("carried_at") <= at)
    further = amended(first, carried)
    held = {name: pl.concat([superseded(name, frame, carried), further[name]], how="diagonal") for name, frame in first.items()}
    return renewed(held, world, at)


def _first(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    deals = existing(world.deals, "subscribed_at", at)
    renewing = world.renewals.filter("is_automatic")["renewed_deal_no"].implode()
    after_last = pl.col("end_on").dt.offset_by("1d")
    names = world.products.select("product_code", product_name="name")
    lines = (
        world.deal_lines.join(deals.select("deal_no", "subscribed_at", "start_on", "end_on"), on="deal_no", maintain_order="left")
        .join(names, on="product_code", how="left", maintain_order="left")
        .with_columns(plan_number=pl.col("zuora_sub_charge_number").str.replace("C-", "SRP-", literal=True))
    )
    return {
        "Orders": deals.select(
            id="zuora_order_id",
            orderNumber="zuora_order_number",
            accountId="zuora_account_id",
            status=pl.lit("Completed"),
            orderDate=pl.col("ordered_at").dt.date(),
            **stamps("subscribed_at"),
        ),
        "Subscription": deals.select(
            id="zuora_subscription_id",
            name="subscription_number",
            accountId="zuora_account_id",
            invoiceOwnerId="zuora_account_id",
            status=pl.lit("Active"),
            originalId="zuora_subscription_id",
            termType=pl.lit("TERMED"),
            currentTerm="term_months",
            currentTermPeriodType=pl.lit("Month"),
            initialTerm="term_months",
            initialTermPeriodType=pl.lit("Month"),
            renewalTerm="term_months",
            renewalTermPeriodType=pl.lit("Month"),
            currency="currency",
            orderId="zuora_order_id",
            quoteNumber__QT="quote_number",
            IntegrationId__NS="order_number",
            version=pl.lit(1),
            isLatestVersion=pl.lit(True),
            autoRenew=pl.col("deal_no").is_in(renewing),
            subscriptionStartDate="start_on",
            subscriptionEndDate=after_last,
            termStartDate="start_on",
            termEndDate=after_last,
            contractEffectiveDate="start_on",
            serviceActivationDate="start_on",
            contractAcceptanceDate="start_on",
            **stamps("subscribed_at"),
        ),
        "RatePlan": lines.select(
            id="zuora_sub_rate_plan_id",
            subscriptionRatePlanNumber="plan_number",
            subscriptionId="zuora_subscription_id",
            productId="zuora_product_id",
            productRatePlanId="zuora_rate_plan_id",
            name=pl.format("{} {}", "product_name", pl.col("billing_period").fill_null("Once")),
            **stamps("subscribed_at"),
        ),
        "RatePlanCharge": lines.select(
            id="zuora_sub_charge_id",
            ratePlanId="zuora_sub_rate_plan_id",
            subscriptionId="zuora_subscription_id",
            productRatePlanChargeId="zuora_charge_id",
            chargeNumber="zuora_sub_charge_number",
            name="product_name",
            chargeModel=pl.lit("Per Unit Pricing"),
            chargeType=pl.col("charge_type").replace_strict(CHARGE_TYPES),
            billingPeriod=pl.when(pl.col("charge_type") == "recurring").then("billing_period"),
            billingTiming=pl.when(pl.col("charge_type") == "recurring").then(pl.lit("In Advance")),
            triggerEvent=pl.lit("ContractEffective"),
            uOM=pl.lit("Each"),
            quantity="quantity",
            segment=pl.lit(1),
            version=pl.lit(1),
            isLastSegment=pl.lit(True),
            effectiveStartDate="start_on",
            effectiveEndDate=after_last,
            **stamps("subscribed_at"),
        ),
        "RatePlanChargeTier": lines.select(
            id="zuora_sub_tier_id",
            ratePlanChargeId="zuora_sub_charge_id",
            currency=pl.lit(world.chain.currency),
            price="billing_price",
            priceFormat=pl.lit("Per Unit"),
            tier=pl.lit(1),
            startingUnit=pl.lit(0),
            **stamps("subscribed_at"),
        ),
    }
