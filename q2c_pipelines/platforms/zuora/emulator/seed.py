"""The world as the tenant holds it at a time: only what exists by then, stamped by its latest change at or before it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

_USER = "8a000000000000000000000000000001"  # the tenant's API user
_SOLD_FROM, _SOLD_UNTIL = date(2020, 1, 1), date(2050, 1, 1)
_TYPES = {"one_time": "OneTime", "recurring": "Recurring"}


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    invoices = _invoices(world, at)
    money = _money(world, at)
    tables = {
        "Account": _accounts(world, at, invoices),
        "Contact": _contacts(world, at),
        **_subscriptions(world, at),
        "Invoice": invoices,
        "InvoiceItem": _invoice_items(world, at),
        **money,
    }
    return tables if world.number else tables | _catalog(world, at)


def _by(frame: pl.DataFrame, stamp: str, at: datetime) -> pl.DataFrame:
    return frame.filter(pl.col(stamp) <= at)


def _stamps(created: str, updated: pl.Expr | None = None) -> dict[str, pl.Expr]:
    changed = pl.col(created) if updated is None else updated
    return {
        "createdById": pl.lit(_USER),
        "createdDate": pl.col(created),
        "updatedById": pl.lit(_USER),
        "updatedDate": changed,
    }


def _accounts(world: Any, at: datetime, invoices: pl.DataFrame) -> pl.DataFrame:
    owed = invoices.group_by("accountId").agg(balance=pl.col("balance").sum(), touched=pl.col("updatedDate").max())
    held = _by(world.customers, "billing_created_at", at).join(
        owed, left_on="zuora_account_id", right_on="accountId", how="left", maintain_order="left"
    )
    balance = pl.col("balance").fill_null(0)
    return held.select(
        id="zuora_account_id",
        accountNumber="zuora_account_number",
        name="name",
        status=pl.lit("Active"),
        currency="currency",
        balance=balance,
        totalInvoiceBalance=balance,
        crmId="salesforce_account_id",
        billToId="zuora_contact_id",
        soldToId="zuora_contact_id",
        paymentTerm="payment_terms",
        batch=pl.lit("Batch1"),
        autoPay=pl.lit(False),
        billCycleDay=pl.lit(1),
        **_stamps("billing_created_at", pl.max_horizontal("billing_created_at", "touched")),
    )


def _contacts(world: Any, at: datetime) -> pl.DataFrame:
    return _by(world.customers, "billing_created_at", at).select(
        id="zuora_contact_id",
        accountId="zuora_account_id",
        firstName=pl.lit("Accounts"),
        lastName=pl.lit("Payable"),
        address1="street",
        city="city",
        state="state",
        postalCode="postal_code",
        country="country",
        workEmail="email",
        workPhone="phone",
        **_stamps("billing_created_at"),
    )


def _catalog(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    products = _by(world.products, "created_at", at)
    plans = _by(world.rate_plans, "created_at", at).join(
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
            **_stamps("created_at"),
        ),
        "ProductRatePlan": plans.select(
            id="zuora_rate_plan_id",
            productRatePlanNumber="zuora_rate_plan_number",
            productId="zuora_product_id",
            name=name,
            **sold,
            **_stamps("created_at"),
        ),
        "ProductRatePlanCharge": plans.select(
            id="zuora_charge_id",
            productRatePlanChargeNumber="zuora_charge_number",
            productRatePlanId="zuora_rate_plan_id",
            name="name",
            chargeModel=pl.lit("Per Unit Pricing"),
            chargeType=pl.col("charge_type").replace_strict(_TYPES),
            billingPeriod="billing_period",
            triggerEvent=pl.lit("ContractEffective"),
            uOM=pl.lit("Each"),
            **_stamps("created_at"),
        ),
        "ProductRatePlanChargeTier": plans.select(
            id="zuora_tier_id",
            productRatePlanChargeId="zuora_charge_id",
            currency=pl.lit("USD"),
            price="price",
            priceFormat=pl.lit("Per Unit"),
            tier=pl.lit(1),
            startingUnit=pl.lit(0),
            active=pl.lit(True),
            **_stamps("created_at"),
        ),
    }


def _subscriptions(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    deals = _by(world.deals, "subscribed_at", at)
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
            **_stamps("subscribed_at"),
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
            autoRenew=pl.lit(False),
            subscriptionStartDate="start_on",
            subscriptionEndDate=after_last,
            termStartDate="start_on",
            termEndDate=after_last,
            contractEffectiveDate="start_on",
            serviceActivationDate="start_on",
            contractAcceptanceDate="start_on",
            **_stamps("subscribed_at"),
        ),
        "RatePlan": lines.select(
            id="zuora_sub_rate_plan_id",
            subscriptionRatePlanNumber="plan_number",
            subscriptionId="zuora_subscription_id",
            productId="zuora_product_id",
            productRatePlanId="zuora_rate_plan_id",
            name=pl.format("{} {}", "product_name", pl.col("billing_period").fill_null("Once")),
            **_stamps("subscribed_at"),
        ),
        "RatePlanCharge": lines.select(
            id="zuora_sub_charge_id",
            ratePlanId="zuora_sub_rate_plan_id",
            subscriptionId="zuora_subscription_id",
            productRatePlanChargeId="zuora_charge_id",
            chargeNumber="zuora_sub_charge_number",
            name="product_name",
            chargeModel=pl.lit("Per Unit Pricing"),
            chargeType=pl.col("charge_type").replace_strict(_TYPES),
            billingPeriod=pl.when(pl.col("charge_type") == "recurring").then("billing_period"),
            triggerEvent=pl.lit("ContractEffective"),
            uOM=pl.lit("Each"),
            quantity="quantity",
            segment=pl.lit(1),
            version=pl.lit(1),
            isLastSegment=pl.lit(True),
            effectiveStartDate="start_on",
            effectiveEndDate=after_last,
            **_stamps("subscribed_at"),
        ),
        "RatePlanChargeTier": lines.select(
            id="zuora_sub_tier_id",
            ratePlanChargeId="zuora_sub_charge_id",
            currency=pl.lit("USD"),
            price="billing_price",
            priceFormat=pl.lit("Per Unit"),
            tier=pl.lit(1),
            startingUnit=pl.lit(0),
            **_stamps("subscribed_at"),
        ),
    }


def _invoices(world: Any, at: datetime) -> pl.DataFrame:
    applied = (
        _by(world.payments, "applied_at", at)
        .group_by("zuora_invoice_id")
        .agg(paid=pl.col("amount").sum(), last=pl.col("applied_at").max())
    )
    paid = pl.col("paid").fill_null(0)
    zero = pl.lit(0)
    return (
        _by(world.invoices, "posted_at", at)
        .join(applied, on="zuora_invoice_id", how="left", maintain_order="left")
        .select(
            id="zuora_invoice_id",
            invoiceNumber="invoice_no",
            accountId="zuora_account_id",
            status=pl.lit("Posted"),
            currency=pl.lit("USD"),
            source=pl.lit("BillRun"),
            sourceType=pl.lit("Subscription"),
            transferredToAccounting=pl.lit("No"),
            paymentTerm=pl.lit("Net 30"),
            amount="amount",
            amountWithoutTax="amount",
            taxAmount=zero,
            balance=pl.col("amount") - paid,
            paymentAmount=paid,
            creditMemoAmount=zero,
            refundAmount=zero,
            adjustmentAmount=zero,
            reversed=pl.lit(False),
            invoiceDate="invoiced_on",
            dueDate="due_on",
            targetDate="invoiced_on",
            postedDate="posted_at",
            **_stamps("posted_at", pl.max_horizontal("posted_at", "last")),
        )
    )


def _invoice_items(world: Any, at: datetime) -> pl.DataFrame:
    names = world.products.select("product_code", product_name="name")
    lines = _by(world.invoice_lines, "posted_at", at).join(names, on="product_code", how="left", maintain_order="left")
    return lines.select(
        id="zuora_invoice_item_id",
        invoiceId="zuora_invoice_id",
        accountId="zuora_account_id",
        subscriptionId="zuora_subscription_id",
        subscriptionNumber="subscription_number",
        ratePlanChargeId="zuora_sub_charge_id",
        chargeName="product_name",
        chargeNumber="zuora_sub_charge_number",
        sKU="product_code",
        uOM=pl.lit("Each"),
        processingType=pl.lit("Charge"),
        chargeAmount="amount",
        taxAmount=pl.lit(0),
        quantity="quantity",
        unitPrice="unit_price",
        serviceStartDate="service_start_on",
        serviceEndDate="service_end_on",
        chargeDate="posted_at",
        **_stamps("posted_at"),
    )


def _money(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    taken = _by(world.payments, "applied_at", at)
    return {
        "Payment": taken.select(
            id="zuora_payment_id",
            paymentNumber="zuora_payment_number",
            accountId="zuora_account_id",
            status=pl.lit("Processed"),
            type=pl.lit("External"),
            currency=pl.lit("USD"),
            referenceId="stripe_charge_id",
            gatewayState=pl.lit("NotSubmitted"),
            source=pl.lit("API"),
            amount="amount",
            appliedAmount="amount",
            unappliedAmount=pl.lit(0),
            refundAmount=pl.lit(0),
            effectiveDate=pl.col("paid_at").dt.date(),
            **_stamps("applied_at"),
        ),
        "PaymentApplication": taken.select(
            id="zuora_application_id",
            paymentId="zuora_payment_id",
            invoiceId="zuora_invoice_id",
            accountId="zuora_account_id",
            applyAmount="amount",
            effectiveDate=pl.col("applied_at").dt.date(),
            **_stamps("applied_at"),
        ),
    }
