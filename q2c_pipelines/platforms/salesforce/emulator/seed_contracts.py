"""What CPQ makes of activated orders, contracts and subscriptions, and of amendments: quotes that name what they change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl


def contracts(deals: pl.DataFrame) -> pl.DataFrame:
    """One a deal whose order was activated."""
    return deals.select(
        Id="salesforce_contract_id",
        ContractNumber="salesforce_order_number",
        AccountId="salesforce_account_id",
        StartDate="start_on",
        EndDate="end_on",
        Status=pl.lit("Activated"),
        StatusCode=pl.lit("Activated"),
        ActivatedDate="crm_activated_at",
        **_stamped("crm_activated_at"),
    )


def subscriptions(lines: pl.DataFrame) -> pl.DataFrame:
    """One a recurring line of a contract."""
    return lines.filter((pl.col("charge_type") == "recurring") & pl.col("made_at").is_not_null()).select(
        Id="salesforce_subscription_id",
        Name=pl.format("SUB-{}", pl.col("salesforce_subscription_id").str.slice(6, 9)),
        SBQQ__Contract__c="salesforce_contract_id",
        SBQQ__Account__c="salesforce_account_id",
        SBQQ__Product__c="salesforce_product_id",
        SBQQ__QuoteLine__c="salesforce_quote_line_id",
        SBQQ__Quantity__c="quantity",
        SBQQ__NetPrice__c="net_price",
        SBQQ__SubscriptionStartDate__c="start_on",
        SBQQ__SubscriptionEndDate__c="end_on",
        CurrencyIsoCode="currency",
        **_stamped("made_at"),
    )


def amendments(world: Any, at: datetime) -> pl.DataFrame:
    """The amendments that are quoted by then, in the columns of deals."""
    about = world.deals.select("deal_no", "name", "legal_entity")
    quoted: pl.DataFrame = world.amendments.filter(pl.col("quoted_at") <= at).drop("legal_entity")
    return quoted.join(about, on="deal_no", maintain_order="left").with_columns(
        name=pl.format("{} amendment", "name"),
        created_at="quoted_at",
        salesforce_opportunity_id="salesforce_amendment_opportunity_id",
        salesforce_quote_id="salesforce_amendment_id",
        quote_number="amendment_number",
        quote_type=pl.lit("Amendment"),
        start_on="effective_on",
        term_months="months_left",
        lost_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )


def amendment_lines(world: Any, at: datetime) -> pl.DataFrame:
    """The lines of their quotes, in the columns of deals' lines."""
    ids = world.amendments.filter(pl.col("quoted_at") <= at).select("deal_no", salesforce_quote_id="salesforce_amendment_id")
    lines: pl.DataFrame = world.amendment_lines.drop("salesforce_quote_id", "quoted_at")
    return (
        lines.join(ids, on="deal_no", how="left", maintain_order="left")
        .with_columns(term_units="months_left")
        .filter(pl.col("salesforce_quote_id").is_not_null())
    )


def kind_of_quote(deals: pl.DataFrame, accepted: pl.Expr) -> list[pl.Expr]:
    """What kind of quote it is, and of which contract. An amendment is contracted from its opportunity: no order is made of it."""
    if "quote_type" not in deals.columns:
        contract = pl.col("renewed_contract_id")
        kind = pl.when(contract.is_null()).then(pl.lit("Quote")).otherwise(pl.lit("Renewal"))
        return [kind.alias("SBQQ__Type__c"), contract.alias("SBQQ__MasterContract__c"), accepted.alias("SBQQ__Ordered__c")]
    contract = pl.col("salesforce_contract_id").alias("SBQQ__MasterContract__c")
    return [pl.col("quote_type").alias("SBQQ__Type__c"), contract, pl.lit(False).alias("SBQQ__Ordered__c")]


def kind_of_business(deals: pl.DataFrame) -> pl.Expr:
    """Whether the customer has a contract already."""
    if "quote_type" in deals.columns:
        return pl.lit("Existing Business")
    return pl.when(pl.col("renewed_contract_id").is_null()).then(pl.lit("New Business")).otherwise(pl.lit("Existing Business"))


def quantities(lines: pl.DataFrame) -> list[pl.Expr]:
    """Of a line that amends a subscription: which one, its quantity before, and by how much it changes; which one it renews."""
    if "prior_quantity" not in lines.columns:
        renewed = pl.col("renewed_subscription_id").alias("SBQQ__RenewedSubscription__c")
        return [pl.col("quantity").alias("SBQQ__EffectiveQuantity__c"), renewed]
    return [
        pl.col("delta").alias("SBQQ__EffectiveQuantity__c"),
        pl.col("prior_quantity").alias("SBQQ__PriorQuantity__c"),
        pl.col("salesforce_subscription_id").alias("SBQQ__UpgradedSubscription__c"),
    ]


def _stamped(made: str) -> dict[str, str]:
    return {"CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made}
