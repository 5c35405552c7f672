"""The world as the tenant holds it at a time: only what exists by then, stamped by its latest change at or before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.zuora.emulator.frames import existing, stamps
from q2c_pipelines.platforms.zuora.emulator.seed_catalog import catalog
from q2c_pipelines.platforms.zuora.emulator.seed_subscriptions import subscriptions


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Vendor rows by table."""
    invoices = _invoices(world, at)
    money = _money(world, at)
    tables = {
        "Account": _accounts(world, at, invoices),
        "Contact": _contacts(world, at),
        **subscriptions(world, at),
        "Invoice": invoices,
        "InvoiceItem": _invoice_items(world, at),
        **money,
    }
    return tables if world.number else tables | catalog(world, at)


def _accounts(world: Any, at: datetime, invoices: pl.DataFrame) -> pl.DataFrame:
    owed = invoices.group_by("accountId").agg(balance=pl.col("balance").sum(), touched=pl.col("updatedDate").max())
    held = existing(world.customers, "billing_created_at", at).join(
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
        crmId="crm_id",
        LegalEntity__c="legal_entity",
        parentId="parent_zuora_account_id",
        vATId="tax_number",
        taxExemptStatus=pl.when(pl.col("tax_treatment") == "exempt").then(pl.lit("Yes")).otherwise(pl.lit("No")),
        billToId="zuora_contact_id",
        soldToId="zuora_contact_id",
        paymentTerm="payment_terms",
        batch=pl.lit("Batch1"),
        autoPay=pl.lit(False),
        billCycleDay=pl.lit(1),
        **stamps("billing_created_at", pl.max_horizontal("billing_created_at", "touched")),
    )


def _contacts(world: Any, at: datetime) -> pl.DataFrame:
    return existing(world.customers, "billing_created_at", at).select(
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
        **stamps("billing_created_at"),
    )


def _invoices(world: Any, at: datetime) -> pl.DataFrame:
    applied = (
        existing(world.payments, "applied_at", at)
        .group_by("zuora_invoice_id")
        .agg(paid=pl.col("amount").sum(), last=pl.col("applied_at").max())
    )
    paid = pl.col("paid").fill_null(0)
    zero = pl.lit(0)
    return (
        existing(world.invoices, "posted_at", at)
        .join(applied, on="zuora_invoice_id", how="left", maintain_order="left")
        .select(
            id="zuora_invoice_id",
            invoiceNumber="invoice_no",
            accountId="zuora_account_id",
            status=pl.lit("Posted"),
            currency=pl.lit(world.chain.currency),
            source=pl.lit("BillRun"),
            sourceType=pl.lit("Subscription"),
            transferredToAccounting=pl.lit("No"),
            paymentTerm=pl.lit("Net 30"),
            amount="amount",
            amountWithoutTax="net_amount",
            taxAmount="tax_amount",
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
            **stamps("posted_at", pl.max_horizontal("posted_at", "last")),
        )
    )


def _invoice_items(world: Any, at: datetime) -> pl.DataFrame:
    names = world.products.select("product_code", product_name="name")
    lines = existing(world.invoice_lines, "posted_at", at).join(names, on="product_code", how="left", maintain_order="left")
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
        taxAmount="tax_amount",
        quantity="quantity",
        unitPrice="unit_price",
        serviceStartDate="service_start_on",
        serviceEndDate="service_end_on",
        chargeDate="posted_at",
        **stamps("posted_at"),
    )


def _money(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    taken = existing(world.payments, "applied_at", at)
    return {
        "Payment": taken.select(
            id="zuora_payment_id",
            paymentNumber="zuora_payment_number",
            accountId="zuora_account_id",
            status=pl.lit("Processed"),
            type=pl.lit("External"),
            currency=pl.lit(world.chain.currency),
            referenceId="payment_ref",
            gatewayState=pl.lit("NotSubmitted"),
            source=pl.lit("API"),
            amount="amount",
            appliedAmount="amount",
            unappliedAmount=pl.lit(0),
            refundAmount=pl.lit(0),
            effectiveDate=pl.col("paid_at").dt.date(),
            **stamps("applied_at"),
        ),
        "PaymentApplication": taken.select(
            id="zuora_application_id",
            paymentId="zuora_payment_id",
            invoiceId="zuora_invoice_id",
            accountId="zuora_account_id",
            applyAmount="amount",
            effectiveDate=pl.col("applied_at").dt.date(),
            **stamps("applied_at"),
        ),
    }
