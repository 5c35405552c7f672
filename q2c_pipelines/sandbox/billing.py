"""What follows from a won deal: invoices, their lines, payments, and the journals that no document posts by itself.

deals, lines -> invoices -> payments -> postings.  Money is in cents on the way in and exact on the way out of `world`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.numbering import Numbers, numbered
from q2c_pipelines.platforms.stripe import ids as stripe
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.deals import netsuite_transaction, numbers_of
from q2c_pipelines.sandbox.money import divided, processor_fee
from q2c_pipelines.sandbox.times import DAY, HOUR, after, at_hour, months_after

PERIODS = 24  # at most, of one deal
INVOICE_IDS = ("zuora_invoice_id", "netsuite_invoice_id")


def invoices(
    rng: np.random.Generator, deals: pl.DataFrame, lines: pl.DataFrame, amendments: pl.DataFrame, chain: Chain
) -> pl.DataFrame:
    """One row a billing period of each won deal; from the first one that an amendment changes on, as amended."""
    periods = _counted(_won(deals), pl.col("billing_months"))
    key = _keys(periods)
    start, months = pl.col("start_on"), pl.col("billing_months")
    is_first, is_amended = pl.col("sequence") == 1, (pl.col("sequence") >= pl.col("from_sequence")).fill_null(False)
    more, more_tax = (pl.when(is_amended).then(name).otherwise(0) for name in ("more", "more_tax"))
    return (
        periods.join(_billed(lines), on="deal_no", maintain_order="left")
        .join(_changed(amendments), on="deal_no", how="left", maintain_order="left")
        .select(
            *numbers_of(deals),
            "sequence",
            invoice_no=invoice_number(chain, key),
            net_amount=pl.col("recurring") + is_first * pl.col("one_time") + more,
            tax_amount=pl.col("recurring_tax") + is_first * pl.col("one_time_tax") + more_tax,
            service_start_on=months_after(start, (pl.col("sequence") - 1) * months),
            service_end_on=months_after(start, pl.col("sequence") * months).dt.offset_by("-1d"),
            to_erp=pl.Series(rng.integers(HOUR, 4 * HOUR, len(key))),
            to_pay=pl.Series(rng.integers(0, 5 * DAY, len(key))),
            zuora_invoice_id=pl.Series(zuora.record_id("invoice", key)),
            netsuite_invoice_id=pl.Series(_transactions(periods, 0)),
        )
        .pipe(posted)
    )


def posted(drawn: pl.DataFrame) -> pl.DataFrame:
    """Invoices with their total and their times, from the first day of what they bill, and from what was drawn."""
    return (
        drawn.with_columns(amount=pl.col("net_amount") + pl.col("tax_amount"))
        .with_columns(invoiced_on="service_start_on", due_on=pl.col("service_start_on").dt.offset_by("30d"), paid_amount="amount")
        .with_columns(posted_at=at_hour(pl.col("invoiced_on"), 6))
        .with_columns(
            erp_created_at=after(pl.col("posted_at"), pl.col("to_erp")),
            paid_at=after(at_hour(pl.col("due_on"), 0), pl.col("to_pay") - 5 * DAY),
        )
        .drop("to_erp", "to_pay")
    )


def invoice_number(chain: Chain, key: Numbers) -> pl.Series:
    """The numbers of invoices, given by whoever bills."""
    return chain.ids("billing" if "billing" in chain.systems else "erp", "invoice_number", key)


def invoice_lines(invoices: pl.DataFrame, lines: pl.DataFrame, amendments: pl.DataFrame) -> pl.DataFrame:
    """What each invoice bills: every recurring line, as amended by then, and on the first also what is sold once."""
    one_time = pl.col("charge_type") == "one_time"
    charges = lines.select(
        "deal_no",
        "line_no",
        "product_code",
        "charge_type",
        "quantity",
        "tax_percent",
        "netsuite_item_id",
        "zuora_product_id",
        "zuora_rate_plan_id",
        "zuora_charge_id",
        "zuora_sub_rate_plan_id",
        "zuora_sub_charge_id",
        "zuora_sub_charge_number",
        unit_price="billing_price",
    )
    headers = invoices.drop("amount", "net_amount", "tax_amount", "paid_amount", "due_on", "paid_at", "invoiced_on")
    billed = headers.join(charges, on="deal_no", maintain_order="left_right").filter(~one_time | (pl.col("sequence") == 1))
    changed = amendments.select("deal_no", "line_no", from_sequence=_from_sequence(), amended_quantity="quantity")
    is_amended = (pl.col("sequence") >= pl.col("from_sequence")).fill_null(False)
    return (
        billed.join(changed, on=["deal_no", "line_no"], how="left", maintain_order="left")
        .with_columns(quantity=pl.when(is_amended).then("amended_quantity").otherwise("quantity"))
        .drop("from_sequence", "amended_quantity")
        .with_columns(service_end_on=pl.when(one_time).then("service_start_on").otherwise("service_end_on"))
        .pipe(extended)
    )


def extended(billed: pl.DataFrame) -> pl.DataFrame:
    """Lines of invoices with their ids, amounts and tax."""
    key = _keys(billed) * 8 + billed["line_no"].to_numpy()
    rate = pl.col("tax_percent").cast(pl.Decimal(18, 9)) / 100
    return (
        billed.with_columns(
            amount=pl.col("unit_price") * pl.col("quantity"),
            zuora_invoice_item_id=pl.Series(zuora.record_id("invoice_item", key)),
        )
        .with_columns(tax_amount=taxed(pl.col("amount")), tax_rate=rate.cast(pl.Decimal(18, 9)))
        .drop("tax_percent")
    )


def payments(rng: np.random.Generator, invoices: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """One payment an invoice; what it cost where somebody is paid for collecting."""
    key = _keys(invoices)
    return invoices.select(
        *numbers_of(invoices),
        "sequence",
        "amount",
        "paid_at",
        payment_ref=chain.ids("payments", "payment_ref", key),
        fee=pl.Series(processor_fee(invoices["amount"].to_numpy()) * (chain.has_fees and "payments" in chain.systems)),
        applied_at=after(pl.col("paid_at"), pl.lit(pl.Series(rng.integers(60, HOUR, len(key))))),
        erp_applied_at=after(pl.col("paid_at"), pl.lit(pl.Series(rng.integers(60, 2 * HOUR, len(key))))),
        stripe_payment_intent_id=pl.Series(stripe.record_id("pi", key)),
        stripe_charge_id=pl.Series(stripe.record_id("ch", key)),
        stripe_balance_transaction_id=pl.Series(stripe.record_id("txn", key)),
        zuora_payment_id=pl.Series(zuora.record_id("payment", key)),
        zuora_payment_number=pl.Series(numbered("P-", key)),
        zuora_application_id=pl.Series(zuora.record_id("application", key)),
        netsuite_payment_id=pl.Series(_transactions(invoices, PERIODS)),
    )


def postings(
    deals: pl.DataFrame, lines: pl.DataFrame, amendments: pl.DataFrame, payments: pl.DataFrame, chain: Chain
) -> pl.DataFrame:
    """The journals: what each payment cost, and the revenue of each month of a subscription."""
    return pl.concat([_fees(payments, chain), _releases(deals, lines, amendments, chain)], how="diagonal")


def _fees(payments: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    payments = payments.filter(pl.col("fee") > 0)
    return payments.select(
        *numbers_of(payments),
        "sequence",
        kind=pl.lit("processor_fee"),
        journal_ref=pl.format("FEE:{}", "payment_ref"),
        posted_at=at_hour(pl.col("paid_at").dt.convert_time_zone(chain.zone).dt.date().dt.offset_by("1d"), 2),
        amount="fee",
        debit_account=pl.lit(chain.accounts["processor_fees"]),
        credit_account=pl.lit(chain.accounts["clearing"]),
        memo=pl.format("Processor fee of {}", "invoice_no"),
        netsuite_journal_id=pl.Series(_transactions(payments, 2 * PERIODS)),
    ).with_columns(posted_on=pl.col("posted_at").dt.date())


def _releases(deals: pl.DataFrame, lines: pl.DataFrame, amendments: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    subscribed = _won(deals).filter(pl.col("subscription_number").is_not_null())
    months = _counted(subscribed, pl.lit(1))
    monthly = (
        lines.filter(charge_type="recurring").group_by("deal_no").agg(amount=(pl.col("unit_price") * pl.col("quantity")).sum())
    )
    changed = amendments.select("deal_no", "effective_month", more=pl.col("unit_price") * pl.col("delta"))
    is_amended = (pl.col("sequence") > pl.col("effective_month")).fill_null(False)
    return (
        months.drop("amount")
        .join(monthly, on="deal_no", maintain_order="left")
        .join(changed, on="deal_no", how="left", maintain_order="left")
        .select(
            *numbers_of(deals),
            "sequence",
            amount=pl.col("amount") + pl.when(is_amended).then("more").otherwise(0),
            kind=pl.lit("revenue_release"),
            journal_ref=pl.format("REV:{}:{}", "subscription_number", "sequence"),
            posted_at=at_hour(months_after(pl.col("start_on"), pl.col("sequence")), 3),
            debit_account=pl.lit(chain.accounts["deferred_revenue"]),
            credit_account=pl.lit(chain.accounts["subscription_revenue"]),
            memo=pl.format("Revenue of {} month {}", "subscription_number", "sequence"),
            netsuite_journal_id=pl.Series(_transactions(months, 3 * PERIODS)),
        )
        .with_columns(posted_on=pl.col("posted_at").dt.date().dt.offset_by("-1d"))  # the last day of the service month
    )


def _won(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.filter(pl.col("accepted_at").is_not_null())


def _counted(deals: pl.DataFrame, months: pl.Expr) -> pl.DataFrame:
    """Deals, once for each period of so many months: of the first term from 1 on, of a renewal after the months before it."""
    before = pl.col("months_before") if "months_before" in deals.columns else pl.lit(0)
    sequence = pl.int_ranges(before // months + 1, (before + pl.col("term_months")) // months + 1)
    return deals.with_columns(sequence=sequence).explode("sequence")


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    """What one billing period of a deal comes to, and what is billed once: net, and the tax of each line."""
    amount, one_time = pl.col("billing_price") * pl.col("quantity"), pl.col("charge_type") == "one_time"
    tax = taxed(amount)
    return lines.group_by("deal_no").agg(
        recurring=amount.filter(~one_time).sum(),
        one_time=amount.filter(one_time).sum(),
        recurring_tax=tax.filter(~one_time).sum(),
        one_time_tax=tax.filter(one_time).sum(),
    )


def _from_sequence() -> pl.Expr:
    """The first billing period that is billed as amended from its beginning."""
    return (pl.col("effective_month") + pl.col("billing_months") - 1) // pl.col("billing_months") + 1


def _changed(amendments: pl.DataFrame) -> pl.DataFrame:
    """What an amendment adds to each billing period from that one on: net, and tax."""
    before, now = (pl.col("billing_price") * pl.col(name) for name in ("prior_quantity", "quantity"))
    return amendments.select("deal_no", from_sequence=_from_sequence(), more=now - before, more_tax=taxed(now) - taxed(before))


def taxed(net: pl.Expr) -> pl.Expr:
    """The tax on an amount of cents at its line's per cent, rounded half to even; below zero of what is given back."""

    def rounded(hundredths: pl.Series) -> pl.Series:
        exact = hundredths.to_numpy()
        return pl.Series(divided(np.abs(exact), 100) * np.sign(exact), dtype=pl.Int64)

    return (net * pl.col("tax_percent")).map_batches(rounded, return_dtype=pl.Int64, is_elementwise=True)


def _keys(periods: pl.DataFrame) -> Numbers:
    """One number for each billing period of each deal."""
    return np.asarray(periods["deal_no"].to_numpy() * PERIODS + periods["sequence"].to_numpy(), dtype=np.int64)


def _transactions(periods: pl.DataFrame, offset: int) -> Numbers:
    return netsuite_transaction(periods["deal_no"].to_numpy(), offset + periods["sequence"].to_numpy())
