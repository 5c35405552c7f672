"""The second version of subscriptions whose contract was amended: everything anew, and the changed charge as two segments.

first versions, amendments carried by then -> further rows of the same tables
"""

from __future__ import annotations

from typing import Any

import polars as pl


def superseded(table: str, frame: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """First versions; of what was amended the subscription is history since then."""
    if table != "Subscription":
        return frame
    since = carried.select(id="zuora_subscription_id", since="carried_at")
    is_past = pl.col("since").is_not_null()
    return (
        frame.join(since, on="id", how="left", maintain_order="left")
        .with_columns(
            status=pl.when(is_past).then(pl.lit("Expired")).otherwise("status"),
            isLatestVersion=pl.col("isLatestVersion") & ~is_past,
            updatedDate=pl.when(is_past).then("since").otherwise("updatedDate"),
        )
        .drop("since")
    )


def amended(first: dict[str, pl.DataFrame], carried: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What the amendments that billing carries added, by table."""
    about = carried.select(
        *("effective_on", "carried_at"),
        subscriptionId="zuora_subscription_id",
        next_id="zuora_amended_id",
        changed_id="zuora_sub_charge_id",
        new_quantity="quantity",
        order_id="zuora_amendment_order_id",
    )
    plans = _copied(first["RatePlan"], about, "subscriptionId")
    plans = plans.with_columns(originalRatePlanId="id", amendmentType=_of_changed_plan(carried))
    charges = _copied(first["RatePlanCharge"], about, "subscriptionId").with_columns(originalId="id", version=pl.lit(2))
    new_charges = pl.concat([_until(charges), _since(charges)], how="diagonal")
    tiers = first["RatePlanChargeTier"].rename({"ratePlanChargeId": "originalId"}).drop("createdDate", "updatedDate")
    held = {
        "Orders": _orders(carried),
        "Subscription": _copied(first["Subscription"].with_columns(subscriptionId="id"), about, "subscriptionId").with_columns(
            id="next_id", previousSubscriptionId="subscriptionId", orderId="order_id", version=pl.lit(2)
        ),
        "RatePlan": plans.with_columns(id=again("id"), subscriptionId="next_id"),
        "RatePlanCharge": new_charges,
        "RatePlanChargeTier": new_charges.select("originalId", "createdDate", "updatedDate", ratePlanChargeId="id")
        .join(tiers, on="originalId", maintain_order="left")
        .with_columns(id=pl.when(pl.col("ratePlanChargeId") == again("originalId")).then(again("id")).otherwise(_next("id"))),
    }
    return {name: frame.select([each for each in frame.columns if each in _columns(name, first)]) for name, frame in held.items()}


def _columns(table: str, first: dict[str, pl.DataFrame]) -> set[str]:
    added = {"previousSubscriptionId", "originalRatePlanId", "amendmentType", "originalId"}
    return {*first[table].columns, *(added if table != "RatePlanChargeTier" else ())}


def _copied(frame: pl.DataFrame, about: pl.DataFrame, key: str) -> pl.DataFrame:
    """The rows of subscriptions that were amended, stamped with when they were."""
    return frame.join(about, on=key, maintain_order="left").with_columns(createdDate="carried_at", updatedDate="carried_at")


def _until(charges: pl.DataFrame) -> pl.DataFrame:
    """Every charge in the new version; the changed one up to the day of its change."""
    is_changed = pl.col("id") == pl.col("changed_id")
    return charges.with_columns(
        id=again("id"),
        ratePlanId=again("ratePlanId"),
        subscriptionId="next_id",
        effectiveEndDate=pl.when(is_changed).then("effective_on").otherwise("effectiveEndDate"),
        isLastSegment=~is_changed,
    )


def _since(charges: pl.DataFrame) -> pl.DataFrame:
    """The changed charges from that day on."""
    return charges.filter(pl.col("id") == pl.col("changed_id")).with_columns(
        id=_next("id"),
        ratePlanId=again("ratePlanId"),
        subscriptionId="next_id",
        effectiveStartDate="effective_on",
        quantity="new_quantity",
        segment=pl.lit(2),
    )


def _orders(carried: pl.DataFrame) -> pl.DataFrame:
    return carried.select(
        id="zuora_amendment_order_id",
        orderNumber="zuora_amendment_order_number",
        accountId="zuora_account_id",
        status=pl.lit("Completed"),
        orderDate=pl.col("booked_at").dt.date(),
        createdDate="carried_at",
        updatedDate="carried_at",
    )


def _of_changed_plan(carried: pl.DataFrame) -> Any:
    changed = carried["zuora_sub_rate_plan_id"].implode()
    return pl.when(pl.col("id").is_in(changed)).then(pl.lit("UpdateProduct"))


def again(column: str) -> pl.Expr:
    """The id of a record's copy in the next version."""
    return pl.concat_str(pl.lit("8a"), pl.col(column).str.slice(2).str.reverse())


def _next(column: str) -> pl.Expr:
    """The id of a charge's next segment."""
    return pl.concat_str(pl.lit("8a"), pl.col(column).str.slice(17), pl.col(column).str.slice(2, 15))
