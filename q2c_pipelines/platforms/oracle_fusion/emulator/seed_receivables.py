"""What Receivables holds of the simulated company: billing's invoices with their tax, and what was paid of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.oracle_fusion.emulator import chart
from q2c_pipelines.platforms.oracle_fusion.ids import invoice_number, key, line_number

_NUMBER = invoice_number(pl.col("deal_no"), pl.col("sequence"))
_LINE = line_number(_NUMBER, pl.col("line_no"))


def account_number() -> pl.Expr:
    """The number of a customer's account."""
    return pl.format("1{}", "customer_no")


def frames(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Invoices booked by then, receipts made by then, and what each has below it."""
    customers = world.customers.select("customer_no", "payment_terms", buyer="name")
    invoices = _booked(world, customers, at)
    lines = world.invoice_lines.drop("erp_created_at").join(
        invoices.select("invoice_no", "erp_created_at"), on="invoice_no", maintain_order="left"
    )
    payments = world.payments.filter(pl.col("erp_applied_at") <= at).join(customers, on="customer_no", maintain_order="left")
    return {
        "receivablesInvoices": _invoices(invoices),
        "receivablesInvoiceLines": _lines(lines),
        "receivablesInvoiceLineTaxLines": _taxes(lines.filter(pl.col("tax_amount") > 0)),
        "receivablesInvoiceInstallments": _installments(invoices),
        "standardReceipts": _receipts(payments, world.chain.currency),
        "remittanceReferences": _references(payments),
        "standardReceiptApplications": _applications(payments, world.chain.currency),
    }


def _booked(world: Any, customers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    applied = world.payments.filter(pl.col("erp_applied_at") <= at)
    paid = applied.group_by("invoice_no").agg(paid=pl.col("amount").sum(), settled_at=pl.col("erp_applied_at").max())
    booked: pl.DataFrame = world.invoices.filter(pl.col("erp_created_at") <= at).join(
        customers, on="customer_no", maintain_order="left"
    )
    return (
        booked.join(paid, on="invoice_no", how="left", maintain_order="left")
        .with_columns(paid=pl.col("paid").fill_null(0), currency=pl.lit(world.chain.currency))
        .with_columns(open=pl.col("amount") - pl.col("paid"))
    )


def _who(made: str, changed: str | None = None) -> dict[str, pl.Expr]:
    return {"CreationDate": pl.col(made), "LastUpdateDate": pl.max_horizontal(made, changed) if changed else pl.col(made)}


def _invoices(invoices: pl.DataFrame) -> pl.DataFrame:
    return invoices.select(
        CustomerTransactionId=key("invoice", _NUMBER),
        TransactionNumber="invoice_no",
        TransactionDate="invoiced_on",
        TransactionType=pl.lit(chart.TYPE),
        TransactionSource=pl.lit(chart.SOURCE),
        BusinessUnit=pl.lit(chart.UNIT),
        BillToCustomerName="buyer",
        BillToCustomerNumber=account_number(),
        InvoiceCurrencyCode="currency",
        PaymentTerms=pl.format("{} Net", pl.col("payment_terms").str.strip_prefix("Net ")),
        DueDate="due_on",
        AccountingDate="invoiced_on",
        BillingDate="invoiced_on",
        InvoiceStatus=pl.lit("Complete"),
        EnteredAmount="amount",
        InvoiceBalanceAmount="open",
        **_who("erp_created_at"),
    )


def _lines(lines: pl.DataFrame) -> pl.DataFrame:
    recurring = pl.col("charge_type") == "recurring"
    return lines.select(
        CustomerTransactionLineId=key("invoice_line", _LINE),
        LineNumber="line_no",
        Description="product_code",
        ItemNumber="product_code",
        Quantity="quantity",
        UnitSellingPrice="unit_price",
        LineAmount="amount",
        UnitOfMeasure=pl.lit("Each"),
        SalesOrder="order_number",
        RuleStartDate=pl.when(recurring).then("service_start_on"),
        RuleEndDate=pl.when(recurring).then("service_end_on"),
        _parent=key("invoice", _NUMBER),
        **_who("erp_created_at"),
    )


def _taxes(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        TaxLineId=key("tax_line", _LINE),
        TaxRegimeCode=pl.lit(chart.REGIME),
        TaxRateCode=pl.lit(chart.RATE_CODE),
        TaxRate=pl.col("tax_rate") * 100,
        TaxAmount="tax_amount",
        TaxableAmount="amount",
        _parent=key("invoice_line", _LINE),
        **_who("erp_created_at"),
    )


def _installments(invoices: pl.DataFrame) -> pl.DataFrame:
    is_open = pl.col("open") > 0
    return invoices.select(
        InstallmentId=key("installment", _NUMBER),
        InstallmentSequenceNumber=pl.lit(1),
        InstallmentDueDate="due_on",
        OriginalAmount="amount",
        InstallmentBalanceDue="open",
        AccountedBalanceDue="open",
        AmountPaid="paid",
        InstallmentStatus=pl.when(is_open).then(pl.lit("Open")).otherwise(pl.lit("Closed")),
        InstallmentClosedDate=pl.when(~is_open).then(pl.col("settled_at").dt.date()),
        _parent=key("invoice", _NUMBER),
        **_who("erp_created_at", "settled_at"),
    )


def _receipts(payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    paid_on = pl.col("paid_at").dt.date()
    return payments.select(
        StandardReceiptId=key("receipt", _NUMBER),
        ReceiptNumber="payment_ref",
        ReceiptMethod=pl.lit(chart.METHOD),
        ReceiptDate=paid_on,
        AccountingDate=paid_on,
        Amount="amount",
        UnappliedAmount=pl.lit(0),
        Currency=pl.lit(currency),
        BusinessUnit=pl.lit(chart.UNIT),
        CustomerName="buyer",
        CustomerAccountNumber=account_number(),
        State=pl.lit("Confirmed"),
        Status=pl.lit("Applied"),
        **_who("erp_applied_at"),
    )


def _references(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        RemittanceReferenceId=key("remittance", _NUMBER),
        ReceiptMatchBy=pl.lit("Transaction number"),
        ReferenceNumber="invoice_no",
        ReferenceAmount="amount",
        _parent=key("receipt", _NUMBER),
        **_who("erp_applied_at"),
    )


def _applications(payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    applied_on = pl.col("erp_applied_at").dt.date()
    return payments.select(
        ApplicationId=key("application", _NUMBER),
        StandardReceiptId=key("receipt", _NUMBER),
        ReceiptNumber="payment_ref",
        ApplicationAmount="amount",
        EnteredCurrency=pl.lit(currency),
        ApplicationDate=applied_on,
        AccountingDate=pl.col("paid_at").dt.date(),
        ApplicationStatus=pl.lit("Applied"),
        ProcessStatus=pl.lit("Successful"),
        IsLatestApplication=pl.lit("Y"),
        ReferenceInstallmentId=key("installment", _NUMBER),
        ReferenceTransactionId=key("invoice", _NUMBER),
        ReferenceTransactionNumber="invoice_no",
        ReferenceTransactionStatus=pl.lit("Closed"),
        _parent=key("account", pl.col("customer_no")),
        **_who("erp_applied_at"),
    )
