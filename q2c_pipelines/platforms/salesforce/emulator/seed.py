"""The simulated company as Salesforce holds it at a time: world frames -> records, each with its stamps so far.

A quote is made, approved and accepted or rejected; acceptance wins the opportunity and makes a draft order; when the ERP has booked
it, the order gets the ERP's number and is activated. Lines never change after they are made. What an order agrees is contracted as
it is activated; an amendment is an opportunity and a quote of its own, which name the contract.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import polars as pl

from q2c_pipelines.platforms.salesforce.emulator import seed_contracts as contracts
from q2c_pipelines.platforms.salesforce.emulator.ids import safe
from q2c_pipelines.platforms.salesforce.emulator.schema import USER

PRICEBOOK = safe("01s5g000000000Q")
_FREQUENCY = {"Month": "Monthly", "Quarter": "Quarterly", "Annual": "Annual"}
_CHARGE = {"recurring": "Recurring", "one_time": "One-Time"}


class World(Protocol):
    """The part of the simulated company that the CRM knows of."""

    @property
    def number(self) -> int: ...
    @property
    def customers(self) -> pl.DataFrame: ...
    @property
    def products(self) -> pl.DataFrame: ...
    @property
    def bundles(self) -> pl.DataFrame: ...
    @property
    def deals(self) -> pl.DataFrame: ...
    @property
    def deal_lines(self) -> pl.DataFrame: ...
    @property
    def amendments(self) -> pl.DataFrame: ...
    @property
    def amendment_lines(self) -> pl.DataFrame: ...


def rows(world: World, at: datetime) -> dict[str, pl.DataFrame]:
    """What the org holds of this part of the world at that time."""
    deals = world.deals.filter(pl.col("created_at") <= at)
    quoted = _existing(deals, "quoted_at", at)
    accepted = _existing(deals, "accepted_at", at)
    contracted = _existing(deals, "crm_activated_at", at)
    amendments, amended = contracts.amendments(world, at), contracts.amendment_lines(world, at)
    quotes = [(quoted, world.deal_lines), (amendments, amended)]
    quote_lines = [_with_deal(world.deal_lines, quoted, "quoted_at"), _with_deal(amended, amendments, "quoted_at")]
    return {
        **(_catalogue(world.products, world.bundles, at) if world.number == 0 else {}),
        "Account": _accounts(_existing(world.customers, "created_at", at)),
        "Contact": _contacts(_existing(world.customers, "created_at", at)),
        "Opportunity": _together(_opportunities(each, at) for each in (deals, amendments)),
        "SBQQ__Quote__c": _together(_quotes(each, lines, at) for each, lines in quotes),
        "SBQQ__QuoteLine__c": _together(_quote_lines(each) for each in quote_lines),
        "Contract": contracts.contracts(contracted),
        "SBQQ__Subscription__c": contracts.subscriptions(_with_deal(world.deal_lines, contracted, "crm_activated_at")),
        "Order": _orders(accepted, at),
        "OrderItem": _order_items(_with_deal(world.deal_lines, accepted, "accepted_at")),
    }


def _together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts, how="diagonal")


def _existing(frame: pl.DataFrame, stamp: str, at: datetime) -> pl.DataFrame:
    return frame.filter(pl.col(stamp) <= at)


def _with_deal(lines: pl.DataFrame, deals: pl.DataFrame, stamp: str) -> pl.DataFrame:
    """The lines of these deals, with the deal's dates and currency and the time they were made."""
    about = deals.select("deal_no", "start_on", "end_on", "currency", made_at=stamp)
    return lines.select(pl.exclude("start_on", "end_on", "currency", "made_at")).join(about, on="deal_no", maintain_order="left")


def _happened(stamp: str, at: datetime) -> pl.Expr:
    return (pl.col(stamp) <= at).fill_null(False)


def _stamps(created: str, at: datetime | None = None, *later: str) -> list[pl.Expr]:
    """Created and changed: the newest of the stamps that have come."""
    come = [pl.when(_happened(name, at)).then(pl.col(name)) for name in later] if at else []
    changed = pl.max_horizontal(pl.col(created), *come)
    return [pl.col(created).alias("CreatedDate"), changed.alias("LastModifiedDate"), changed.alias("SystemModstamp")]


def _catalogue(products: pl.DataFrame, bundles: pl.DataFrame, at: datetime) -> dict[str, pl.DataFrame]:
    products = _existing(products, "created_at", at)
    recurring = pl.col("charge_type") == "recurring"
    made = _stamps("created_at")
    book = (
        products.sort("created_at")
        .head(1)
        .select(
            pl.lit(PRICEBOOK).alias("Id"),
            pl.lit("Standard Price Book").alias("Name"),
            pl.lit(True).alias("IsActive"),
            pl.lit(True).alias("IsStandard"),
            *made,
        )
    )
    product2 = products.select(
        pl.col("salesforce_product_id").alias("Id"),
        pl.col("name").alias("Name"),
        pl.col("product_code").alias("ProductCode"),
        pl.col("family").alias("Family"),
        pl.lit("Each").alias("QuantityUnitOfMeasure"),
        pl.lit(True).alias("IsActive"),
        pl.col("charge_type").replace_strict(_CHARGE).alias("SBQQ__ChargeType__c"),
        pl.when(recurring).then(pl.lit("Fixed Price")).alias("SBQQ__SubscriptionPricing__c"),
        *made,
    )
    entries = products.select(
        pl.col("salesforce_pricebook_entry_id").alias("Id"),
        pl.col("name").alias("Name"),
        pl.lit(PRICEBOOK).alias("Pricebook2Id"),
        pl.col("currency").alias("CurrencyIsoCode"),
        pl.col("legal_entity").alias("Legal_Entity__c"),
        pl.col("salesforce_product_id").alias("Product2Id"),
        pl.col("product_code").alias("ProductCode"),
        pl.col("list_price").alias("UnitPrice"),
        pl.lit(True).alias("IsActive"),
        *made,
    )
    return {"Pricebook2": book, "Product2": product2, "PricebookEntry": entries, "SBQQ__ProductOption__c": _options(bundles, at)}


def _options(bundles: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return _existing(bundles, "created_at", at).select(
        pl.col("salesforce_product_option_id").alias("Id"),
        pl.format("PO-{}", pl.col("bundle_line_no").cast(pl.String).str.zfill(6)).alias("Name"),
        pl.col("salesforce_product_id").alias("SBQQ__ConfiguredSKU__c"),
        pl.col("component_salesforce_product_id").alias("SBQQ__OptionalSKU__c"),
        pl.col("bundle_line_no").alias("SBQQ__Number__c"),
        pl.col("quantity").alias("SBQQ__Quantity__c"),
        pl.col("is_required").alias("SBQQ__Required__c"),
        pl.col("is_required").alias("SBQQ__Bundled__c"),
        pl.col("is_required").alias("SBQQ__Selected__c"),
        *_stamps("created_at"),
    )


def _accounts(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        pl.col("salesforce_account_id").alias("Id"),
        pl.col("name").alias("Name"),
        pl.lit("Customer - Direct").alias("Type"),
        pl.col("phone").alias("Phone"),
        pl.col("street").alias("BillingStreet"),
        pl.col("city").alias("BillingCity"),
        pl.col("state").alias("BillingState"),
        pl.col("postal_code").alias("BillingPostalCode"),
        pl.col("country").alias("BillingCountry"),
        pl.col("payment_terms").alias("Payment_Terms__c"),
        pl.col("parent_salesforce_account_id").alias("ParentId"),
        pl.col("tax_number").alias("Tax_Number__c"),
        pl.lit(False).alias("Credit_Hold__c"),
        pl.col("currency").alias("CurrencyIsoCode"),
        pl.col("legal_entity").alias("Legal_Entity__c"),
        *_stamps("created_at"),
    )


def _contacts(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        pl.col("salesforce_contact_id").alias("Id"),
        pl.col("salesforce_account_id").alias("AccountId"),
        pl.lit("Accounts Payable").alias("LastName"),
        pl.lit("Accounts Payable").alias("Name"),
        pl.col("email").alias("Email"),
        pl.col("phone").alias("Phone"),
        pl.col("currency").alias("CurrencyIsoCode"),
        *_stamps("created_at"),
    )


def _opportunities(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    won, lost = _happened("accepted_at", at), _happened("lost_at", at)
    stage = (
        pl.when(won).then(pl.lit("Closed Won"))
        .when(lost).then(pl.lit("Closed Lost"))
        .when(_happened("approved_at", at)).then(pl.lit("Negotiation/Review"))
        .when(_happened("quoted_at", at)).then(pl.lit("Proposal/Price Quote"))
        .otherwise(pl.lit("Qualification"))
    )  # fmt: skip
    return deals.select(
        pl.col("salesforce_opportunity_id").alias("Id"),
        pl.col("salesforce_account_id").alias("AccountId"),
        pl.col("name").alias("Name"),
        stage.alias("StageName"),
        pl.col("amount").alias("Amount"),
        stage.replace_strict(
            {"Closed Won": 100, "Closed Lost": 0, "Negotiation/Review": 90, "Proposal/Price Quote": 75, "Qualification": 10}
        ).alias("Probability"),
        pl.when(won)
        .then(pl.col("accepted_at").dt.date())
        .when(lost)
        .then(pl.col("lost_at").dt.date())
        .otherwise(pl.col("start_on"))
        .alias("CloseDate"),
        contracts.kind_of_business(deals).alias("Type"),
        (won | lost).alias("IsClosed"),
        won.alias("IsWon"),
        pl.lit(PRICEBOOK).alias("Pricebook2Id"),
        pl.col("currency").alias("CurrencyIsoCode"),
        pl.col("legal_entity").alias("Legal_Entity__c"),
        *_stamps("created_at", at, "quoted_at", "approved_at", "accepted_at", "lost_at"),
    )


def _quotes(deals: pl.DataFrame, lines: pl.DataFrame, at: datetime) -> pl.DataFrame:
    accepted = _happened("accepted_at", at)
    approved = _happened("approved_at", at) & pl.col("approved_by").is_not_null()
    status = (
        pl.when(accepted).then(pl.lit("Accepted"))
        .when(_happened("lost_at", at)).then(pl.lit("Rejected"))
        .when(_happened("approved_at", at)).then(pl.lit("Approved"))
        .otherwise(pl.lit("Draft"))
    )  # fmt: skip
    counts = lines.group_by("deal_no").agg(pl.len().alias("line_count"))
    return deals.join(counts, on="deal_no", how="left", maintain_order="left").select(
        pl.col("salesforce_quote_id").alias("Id"),
        pl.col("quote_number").alias("Name"),
        pl.col("salesforce_opportunity_id").alias("SBQQ__Opportunity2__c"),
        pl.col("salesforce_account_id").alias("SBQQ__Account__c"),
        pl.lit(PRICEBOOK).alias("SBQQ__PriceBook__c"),
        pl.lit(True).alias("SBQQ__Primary__c"),
        status.alias("SBQQ__Status__c"),
        pl.col("start_on").alias("SBQQ__StartDate__c"),
        pl.col("end_on").alias("SBQQ__EndDate__c"),
        pl.col("term_months").alias("SBQQ__SubscriptionTerm__c"),
        pl.col("billing_period").replace_strict(_FREQUENCY).alias("SBQQ__BillingFrequency__c"),
        pl.col("amount").alias("SBQQ__NetAmount__c"),
        pl.col("line_count").alias("SBQQ__LineItemCount__c"),
        *contracts.kind_of_quote(deals, accepted),
        pl.col("expires_on").alias("SBQQ__ExpirationDate__c"),
        pl.when(approved).then(pl.col("approved_at")).alias("Approved_At__c"),
        pl.when(approved).then(pl.col("approved_by")).alias("Approved_By__c"),
        pl.when(accepted).then(pl.col("accepted_at")).alias("Accepted_At__c"),
        pl.col("currency").alias("CurrencyIsoCode"),
        pl.col("legal_entity").alias("Legal_Entity__c"),
        *_stamps("quoted_at", at, "approved_at", "accepted_at", "lost_at"),
    )


def _quote_lines(lines: pl.DataFrame) -> pl.DataFrame:
    recurring = pl.col("charge_type") == "recurring"
    return lines.select(
        pl.col("salesforce_quote_line_id").alias("Id"),
        pl.format("QL-{}", pl.col("salesforce_quote_line_id").str.slice(6, 9)).alias("Name"),
        pl.col("salesforce_quote_id").alias("SBQQ__Quote__c"),
        pl.col("salesforce_product_id").alias("SBQQ__Product__c"),
        pl.col("salesforce_pricebook_entry_id").alias("SBQQ__PricebookEntryId__c"),
        pl.col("product_code").alias("SBQQ__ProductCode__c"),
        pl.col("line_no").alias("SBQQ__Number__c"),
        pl.col("quantity").alias("SBQQ__Quantity__c"),
        *contracts.quantities(lines),
        pl.col("list_price").alias("SBQQ__ListPrice__c"),
        pl.col("discount_percent").alias("SBQQ__Discount__c"),
        pl.col("net_price").alias("SBQQ__NetPrice__c"),
        pl.col("net_total").alias("SBQQ__NetTotal__c"),
        pl.col("term_units").alias("SBQQ__ProrateMultiplier__c"),
        pl.col("charge_type").replace_strict(_CHARGE).alias("SBQQ__ChargeType__c"),
        pl.when(recurring)
        .then(pl.col("billing_period").replace_strict(_FREQUENCY, default=None))
        .alias("SBQQ__BillingFrequency__c"),
        pl.when(recurring).then(pl.lit("Fixed Price")).alias("SBQQ__SubscriptionPricing__c"),
        pl.col("currency").alias("CurrencyIsoCode"),
        *_stamps("made_at"),
    )


def _orders(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    active = _happened("crm_activated_at", at)
    status = pl.when(active).then(pl.lit("Activated")).otherwise(pl.lit("Draft"))
    return deals.select(
        pl.col("salesforce_order_id").alias("Id"),
        pl.col("salesforce_order_number").alias("OrderNumber"),
        pl.col("salesforce_account_id").alias("AccountId"),
        pl.col("salesforce_opportunity_id").alias("OpportunityId"),
        pl.lit(PRICEBOOK).alias("Pricebook2Id"),
        pl.col("start_on").alias("EffectiveDate"),
        pl.col("end_on").alias("EndDate"),
        status.alias("Status"),
        status.alias("StatusCode"),
        pl.when(active).then(pl.col("crm_activated_at")).alias("ActivatedDate"),
        pl.when(active).then(pl.lit(USER)).alias("ActivatedById"),
        pl.col("amount").alias("TotalAmount"),
        pl.col("po_number").alias("PoNumber"),
        pl.col("salesforce_quote_id").alias("SBQQ__Quote__c"),
        pl.when(active).then(pl.col("order_number")).alias("ERP_Order_Number__c"),
        pl.col("currency").alias("CurrencyIsoCode"),
        pl.col("legal_entity").alias("Legal_Entity__c"),
        *_stamps("accepted_at", at, "crm_activated_at"),
    )


def _order_items(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        pl.col("salesforce_order_item_id").alias("Id"),
        pl.format("08{}", pl.col("salesforce_order_item_id").str.slice(7, 8)).alias("OrderItemNumber"),
        pl.col("salesforce_order_id").alias("OrderId"),
        pl.col("salesforce_pricebook_entry_id").alias("PricebookEntryId"),
        pl.col("salesforce_product_id").alias("Product2Id"),
        pl.col("quantity").alias("Quantity"),
        pl.col("quantity").alias("AvailableQuantity"),
        pl.col("net_price").alias("UnitPrice"),
        pl.col("list_price").alias("ListPrice"),
        pl.col("net_total").alias("TotalPrice"),
        pl.col("start_on").alias("ServiceDate"),
        pl.when(pl.col("charge_type") == "recurring").then(pl.col("end_on")).alias("EndDate"),
        pl.col("salesforce_quote_line_id").alias("SBQQ__QuoteLine__c"),
        *_stamps("made_at"),
    )
