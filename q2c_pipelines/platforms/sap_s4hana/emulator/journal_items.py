"""What the simulated company books: the items of accounting documents for invoices (RV), payments (DZ) and journals (SA).

invoice: receivable to revenue, earned or deferred, and tax;  payment: clearing to receivable;  posting: one account to another
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.numbering import Numbers
from q2c_pipelines.platforms.sap_s4hana import ids
from q2c_pipelines.platforms.sap_s4hana.emulator import chart

_CLEARED: dict[str, Any] = {
    "ClearingAccountingDocument": "settled_by",
    "ClearingDocFiscalYear": pl.col("settled_on").dt.strftime("%Y"),
    "ClearingDate": "settled_on",
    "ClearingCreationDate": pl.col("settled_at").dt.date(),
    "IsCleared": pl.col("settled_by").is_not_null(),
}
_OPEN: dict[str, Any] = {"IsCleared": pl.lit(value=False)}


def frame(world: Any, at: datetime, invoices: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Every item booked by then."""
    accounts = world.chain.accounts
    parts = [*_invoices(invoices, lines, accounts), *_payments(world, at, accounts), *_postings(world, at)]
    items = pl.concat(parts, how="diagonal")
    amount = pl.col("AmountInTransactionCurrency")
    return items.with_columns(
        _key=pl.format(chart.COMPANY + "/{}/{}/{}", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"),
        CompanyCode=pl.lit(chart.COMPANY),
        CompanyCodeCurrency=pl.lit(chart.CURRENCY),
        TransactionCurrency=pl.lit(chart.CURRENCY),
        AmountInCompanyCodeCurrency=amount,
        DebitCreditCode=pl.when(amount >= 0).then(pl.lit("S")).otherwise(pl.lit("H")),
        ReferenceDocumentType=pl.lit("BKPFF"),
        OriginalReferenceDocument=pl.format("{}" + chart.COMPANY + "{}", "AccountingDocument", "FiscalYear"),
        IsReversal=pl.lit(value=False),
        IsReversed=pl.lit(value=False),
    )


def keys_of(frame: pl.DataFrame) -> Numbers:
    """The key of the billing period that each row is about."""
    return ids.period_key(frame["deal_no"].to_numpy(), frame["sequence"].to_numpy())


def _header(kind: str, number: str, on: str, entered: str) -> dict[str, Any]:
    return {
        "AccountingDocument": number,
        "AccountingDocumentType": pl.lit(kind),
        "FiscalYear": pl.col(on).dt.strftime("%Y"),
        "FiscalPeriod": pl.col(on).dt.strftime("0%m"),
        "PostingDate": on,
        "DocumentDate": on,
        "AccountingDocumentCreationDate": pl.col(entered).dt.date(),
        "CreationTime": pl.col(entered).dt.strftime("%H:%M:%S"),
    }


def _debtor(amount: pl.Expr, account: str, number: str) -> dict[str, Any]:
    own = {"FinancialAccountType": pl.lit("D"), "Customer": "SoldToParty", "GLAccount": pl.lit(account)}
    return own | {"AccountingDocumentItem": pl.lit(number), "AmountInTransactionCurrency": amount}


def _ledger(amount: pl.Expr, account: Any, number: Any) -> dict[str, Any]:
    own = {"FinancialAccountType": pl.lit("S"), "GLAccount": account, "AccountingDocumentItem": number}
    return own | {"AmountInTransactionCurrency": amount, **_OPEN}


def _invoices(invoices: pl.DataFrame, lines: pl.DataFrame, accounts: Any) -> list[pl.DataFrame]:
    header = _header("RV", "BillingDocument", "invoiced_on", "erp_created_at")
    header |= {"BillingDocument": "BillingDocument", "DocumentReferenceID": "invoice_no"}
    dated = invoices.select("invoice_no", "invoiced_on")
    lines = lines.join(dated, on="invoice_no", maintain_order="left").with_columns(
        place=pl.int_range(2, pl.len() + 2, dtype=pl.Int64).over("invoice_no")
    )
    is_taxed = pl.col("tax_amount") != 0
    after = lines.group_by("invoice_no").agg(place=pl.col("place").max() + 1)
    taxed = invoices.filter(is_taxed).join(after, on="invoice_no", maintain_order="left")
    earned = pl.when(pl.col("charge_type") == "recurring").then(pl.lit(accounts["deferred_revenue"]))
    due: dict[str, Any] = {
        "DueCalculationBaseDate": "invoiced_on",
        "NetDueDate": "due_on",
        "NetPaymentDays": pl.lit(30),
        "PaymentTerms": pl.lit("NT30"),
    }
    sold: dict[str, Any] = {
        "Material": "product_code",
        "Quantity": "quantity",
        "BaseUnit": pl.lit("EA"),
        "SalesDocument": "SalesDocument",
    }
    place, taxes = pl.format("{}", pl.col("place")).str.zfill(3), pl.lit(chart.SETTINGS["output_tax_code"])
    return [
        invoices.select(**header, **_debtor(pl.col("amount"), accounts["receivable"], "001"), **_CLEARED, **due),
        lines.select(
            **header,
            **_ledger(-pl.col("amount"), earned.otherwise(pl.lit(accounts["services_revenue"])), place),
            **sold,
            TaxCode=pl.when(is_taxed).then(taxes).otherwise(pl.lit(chart.UNTAXED)),
        ),
        taxed.select(
            **header,
            **_ledger(-pl.col("tax_amount"), pl.lit(accounts["tax_payable"]), place),
            TaxCode=taxes,
            TransactionTypeDetermination=pl.lit("MWS"),
        ),
    ]


def _payments(world: Any, at: datetime, accounts: Any) -> list[pl.DataFrame]:
    paid: pl.DataFrame = world.payments.filter(pl.col("erp_applied_at") <= at)
    paid = paid.with_columns(
        settled_by=pl.Series(ids.payment_document(keys_of(paid)), dtype=pl.String),
        SoldToParty=pl.Series(ids.customer_number(paid["customer_no"].to_numpy()), dtype=pl.String),
        settled_on=pl.col("paid_at").dt.date(),
        settled_at="erp_applied_at",
    )
    header = _header("DZ", "settled_by", "settled_on", "settled_at")
    header |= {"DocumentItemText": "payment_ref", "AssignmentReference": "invoice_no"}
    return [
        paid.select(**header, **_ledger(pl.col("amount"), pl.lit(accounts["clearing"]), pl.lit("001"))),
        paid.select(**header, **_debtor(-pl.col("amount"), accounts["receivable"], "002"), **_CLEARED),
    ]


def _postings(world: Any, at: datetime) -> list[pl.DataFrame]:
    posted: pl.DataFrame = world.postings.filter(pl.col("posted_at") <= at)
    deals, places = posted["deal_no"].to_numpy(), posted["sequence"].to_numpy()
    fees = pl.Series(ids.fee_document(keys_of(posted)), dtype=pl.String)
    releases = pl.Series(ids.revenue_document(deals, places), dtype=pl.String)
    is_fee = pl.col("kind") == "processor_fee"
    posted = posted.with_columns(number=pl.when(is_fee).then(pl.lit(fees)).otherwise(pl.lit(releases)))
    header = _header("SA", "number", "posted_on", "posted_at")
    header |= {"DocumentItemText": "journal_ref", "AccountingDocumentHeaderText": pl.col("memo").str.slice(0, 25)}
    return [
        posted.select(**header, **_ledger(pl.col("amount"), pl.col("debit_account"), pl.lit("001"))),
        posted.select(**header, **_ledger(-pl.col("amount"), pl.col("credit_account"), pl.lit("002"))),
    ]
