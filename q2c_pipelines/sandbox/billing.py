"""What follows from a won deal: invoices, their lines, payments, and the journals that no document posts by itself.

deals, lines -> invoices -> payments -> postings.  Money is in cents on the way in and exact on the way out of `world`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.sandbox import ids
from q2c_pipelines.sandbox.deals import netsuite_transaction, numbers_of
from q2c_pipelines.sandbox.money import processor_fee
from q2c_pipelines.sandbox.times import DAY, HOUR, after, at_hour, months_after

PERIODS = 24  # at most, of one deal
INVOICE_IDS = ("zuora_invoice_id", "netsuite_invoice_id")


def invoices(rng: np.random.Generator, deals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """One row a billing period of each won deal."""
    count = pl.int_ranges(1, pl.col("term_months") // pl.col("billing_months") + 1)
    periods = _won(deals).with_columns(sequence=count).explode("sequence")
    key = _keys(periods)
    start, months = pl.col("start_on"), pl.col("billing_months")
    return (
        periods.join(_billed(lines), on="deal_no", maintain_order="left")
        .select(
            *numbers_of(deals),
            "sequence",
            pl.Series("invoice_no", ids.numbered("INV", key)),
            amount=pl.col("recurring") + pl.when(pl.col("sequence") == 1).then("one_time").otherwise(0),
            service_start_on=months_after(start, (pl.col("sequence") - 1) * months),
            service_end_on=months_after(start, pl.col("sequence") * months).dt.offset_by("-1d"),
            to_erp=pl.Series(rng.integers(HOUR, 4 * HOUR, len(key))),
            to_pay=pl.Series(rng.integers(0, 5 * DAY, len(key))),
            zuora_invoice_id=pl.Series(ids.zuora("invoice", key)),
            netsuite_invoice_id=pl.Series(_transactions(periods, 0)),
        )
        .with_columns(invoiced_on="service_start_on", due_on=pl.col("service_start_on").dt.offset_by("30d"), paid_amount="amount")
        .with_columns(posted_at=at_hour(pl.col("invoiced_on"), 6))
        .with_columns(
            erp_created_at=after(pl.col("posted_at"), pl.col("to_erp")),
            paid_at=after(at_hour(pl.col("due_on"), 0), pl.col("to_pay") - 5 * DAY),
        )
        .drop("to_erp", "to_pay")
    )


def invoice_lines(invoices: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What each invoice bills: every recurring line, and on the first also what is sold once."""
    one_time = pl.col("charge_type") == "one_time"
    charges = lines.select(
        "deal_no",
        "line_no",
        "product_code",
        "charge_type",
        "quantity",
        "netsuite_item_id",
        "zuora_product_id",
        "zuora_rate_plan_id",
        "zuora_charge_id",
        "zuora_sub_rate_plan_id",
        "zuora_sub_charge_id",
        "zuora_sub_charge_number",
        unit_price="billing_price",
    )
    headers = invoices.drop("amount", "paid_amount", "due_on", "paid_at", "invoiced_on")
    billed = headers.join(charges, on="deal_no", maintain_order="left_right").filter(~one_time | (pl.col("sequence") == 1))
    key = _keys(billed) * 8 + billed["line_no"].to_numpy()
    return billed.with_columns(
        amount=pl.col("unit_price") * pl.col("quantity"),
        service_end_on=pl.when(one_time).then("service_start_on").otherwise("service_end_on"),
        zuora_invoice_item_id=pl.Series(ids.zuora("invoice_item", key)),
    )


def payments(rng: np.random.Generator, invoices: pl.DataFrame) -> pl.DataFrame:
    """One card payment an invoice."""
    key = _keys(invoices)
    return invoices.select(
        *numbers_of(invoices),
        "sequence",
        "amount",
        "paid_at",
        pl.Series("fee", processor_fee(invoices["amount"].to_numpy())),
        applied_at=after(pl.col("paid_at"), pl.lit(pl.Series(rng.integers(60, HOUR, len(key))))),
        erp_applied_at=after(pl.col("paid_at"), pl.lit(pl.Series(rng.integers(60, 2 * HOUR, len(key))))),
        stripe_payment_intent_id=pl.Series(ids.stripe("pi", key)),
        stripe_charge_id=pl.Series(ids.stripe("ch", key)),
        stripe_balance_transaction_id=pl.Series(ids.stripe("txn", key)),
        zuora_payment_id=pl.Series(ids.zuora("payment", key)),
        zuora_payment_number=pl.Series(ids.numbered("P-", key)),
        zuora_application_id=pl.Series(ids.zuora("application", key)),
        netsuite_payment_id=pl.Series(_transactions(invoices, PERIODS)),
    )


def postings(deals: pl.DataFrame, lines: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """The journals: a processor fee for each payment, a revenue release for each month of service."""
    return pl.concat([_fees(payments), _releases(deals, lines)], how="diagonal")


def _fees(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        *numbers_of(payments),
        "sequence",
        kind=pl.lit("processor_fee"),
        journal_ref=pl.format("FEE:{}", "stripe_charge_id"),
        posted_at=at_hour(pl.col("paid_at").dt.date().dt.offset_by("1d"), 2),
        amount="fee",
        debit_account=pl.lit("6500"),
        credit_account=pl.lit("1050"),
        memo=pl.format("Processor fee of {}", "invoice_no"),
        netsuite_journal_id=pl.Series(_transactions(payments, 2 * PERIODS)),
    ).with_columns(posted_on=pl.col("posted_at").dt.date())


def _releases(deals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    months = _won(deals).with_columns(sequence=pl.int_ranges(1, pl.col("term_months") + 1)).explode("sequence")
    monthly = (
        lines.filter(charge_type="recurring").group_by("deal_no").agg(amount=(pl.col("unit_price") * pl.col("quantity")).sum())
    )
    return (
        months.drop("amount")
        .join(monthly, on="deal_no", maintain_order="left")
        .select(
            *numbers_of(deals),
            "sequence",
            "amount",
            kind=pl.lit("revenue_release"),
            journal_ref=pl.format("REV:{}:{}", "subscription_number", "sequence"),
            posted_at=at_hour(months_after(pl.col("start_on"), pl.col("sequence")), 3),
            debit_account=pl.lit("2500"),
            credit_account=pl.lit("4000"),
            memo=pl.format("Revenue of {} month {}", "subscription_number", "sequence"),
            netsuite_journal_id=pl.Series(_transactions(months, 3 * PERIODS)),
        )
        .with_columns(posted_on=pl.col("posted_at").dt.date())
    )


def _won(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.filter(pl.col("accepted_at").is_not_null())


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    """What one billing period of a deal comes to, and what is billed once."""
    amount, one_time = pl.col("billing_price") * pl.col("quantity"), pl.col("charge_type") == "one_time"
    return lines.group_by("deal_no").agg(recurring=amount.filter(~one_time).sum(), one_time=amount.filter(one_time).sum())


def _keys(periods: pl.DataFrame) -> ids.Numbers:
    """One number for each billing period of each deal."""
    return np.asarray(periods["deal_no"].to_numpy() * PERIODS + periods["sequence"].to_numpy(), dtype=np.int64)


def _transactions(periods: pl.DataFrame, offset: int) -> ids.Numbers:
    return netsuite_transaction(periods["deal_no"].to_numpy(), offset + periods["sequence"].to_numpy())
