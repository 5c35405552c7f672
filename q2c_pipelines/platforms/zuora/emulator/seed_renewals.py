"""Further versions of subscriptions whose term was renewed: the term moved on, and of those that renew by themselves the notice.

versions so far, renewals carried by then -> those versions as history, and the next ones
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.zuora.emulator.seed_amendments import again, superseded

Tables = dict[str, pl.DataFrame]


def renewed(held: Tables, world: Any, at: datetime) -> Tables:
    """The versions held, and a further one of each subscription that was renewed by then, or given notice of after it was."""
    following = pl.col("end_on").dt.offset_by("1d")
    term = world.renewals.select(
        *("term_months", "zuora_account_id"),
        id="zuora_subscription_id",
        next_id="zuora_renewed_id",
        order_id="zuora_renewal_order_id",
        order_number=pl.format("O-R{}", "deal_no"),
        made_at="carried_at",
        termStartDate="start_on",
        termEndDate=following,
        subscriptionEndDate=following,
        currentTerm="term_months",
        autoRenew="is_automatic",
        version=pl.lit(2),
    )
    notice = term.drop("id", "next_id", "order_id", "order_number", "made_at", "version", "autoRenew").with_columns(
        id=world.renewals["zuora_renewed_id"],
        next_id=world.renewals["zuora_noticed_id"],
        order_id=world.renewals["zuora_notice_order_id"],
        order_number="O-N" + world.renewals["deal_no"].cast(pl.String),
        made_at=world.renewals["noticed_at"],
        autoRenew=pl.lit(False),
        version=pl.lit(3),
    )
    with_term = _next(held, term.filter(pl.col("made_at") <= at), again)
    return _next(with_term, notice.filter(pl.col("made_at") <= at), _once_more)


def _next(held: Tables, about: pl.DataFrame, renamed: Callable[[str], pl.Expr]) -> Tables:
    """The tables with a version more of these subscriptions: everything anew, and what is said of the term."""
    past = about.select(zuora_subscription_id="id", carried_at="made_at")
    further = _further(held, about, renamed)
    return {name: pl.concat([superseded(name, frame, past), further[name]], how="diagonal") for name, frame in held.items()}


def _further(held: Tables, about: pl.DataFrame, renamed: Callable[[str], pl.Expr]) -> Tables:
    said = ("termStartDate", "termEndDate", "subscriptionEndDate", "currentTerm", "autoRenew", "version")
    of_version = about.select("next_id", "made_at", "version", subscriptionId="id", ends_on="subscriptionEndDate")
    stamped = {"createdDate": pl.col("made_at"), "updatedDate": pl.col("made_at")}
    subscription = held["Subscription"].drop(said).join(about.select("id", "next_id", "order_id", "made_at", *said), on="id")
    plans = held["RatePlan"].join(of_version.drop("version"), on="subscriptionId", maintain_order="left").with_columns(**stamped)
    charges = held["RatePlanCharge"].drop("version").join(of_version, on="subscriptionId", maintain_order="left")
    is_once = pl.col("chargeType") == "OneTime"
    tiers = held["RatePlanChargeTier"].join(charges.select("made_at", ratePlanChargeId="id"), on="ratePlanChargeId")
    return {
        "Orders": about.select(
            id="order_id",
            orderNumber="order_number",
            accountId="zuora_account_id",
            status=pl.lit("Completed"),
            orderDate=pl.col("made_at").dt.date(),
            createdDate="made_at",
            updatedDate="made_at",
        ),
        "Subscription": subscription.with_columns(
            id="next_id", previousSubscriptionId="id", orderId="order_id", isLatestVersion=pl.lit(True), **stamped
        ).drop("next_id", "order_id", "made_at"),
        "RatePlan": plans.with_columns(
            id=renamed("id"), subscriptionId="next_id", originalRatePlanId=pl.coalesce("originalRatePlanId", "id")
        ).drop("next_id", "made_at", "ends_on"),
        "RatePlanCharge": charges.with_columns(
            id=renamed("id"),
            ratePlanId=renamed("ratePlanId"),
            subscriptionId="next_id",
            originalId=pl.coalesce("originalId", "id"),
            effectiveEndDate=pl.when(is_once).then("effectiveEndDate").otherwise("ends_on"),
            **stamped,
        ).drop("next_id", "made_at", "ends_on"),
        "RatePlanChargeTier": tiers.with_columns(id=renamed("id"), ratePlanChargeId=renamed("ratePlanChargeId"), **stamped).drop(
            "made_at"
        ),
    }


def _once_more(column: str) -> pl.Expr:
    """The id of a copy's copy."""
    return pl.concat_str(pl.lit("8a"), pl.col(column).str.slice(20), pl.col(column).str.slice(2, 18))
