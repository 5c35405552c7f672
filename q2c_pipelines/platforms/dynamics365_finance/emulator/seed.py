"""What the environment holds of the simulated company at a time.

customers, products, deals -> customers, released products, sales orders;  invoices -> posted invoices (the company bills itself);
payments, postings -> posted journals of one payment or posting each
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.dynamics365_finance import ids
from q2c_pipelines.platforms.dynamics365_finance.emulator import chart
from q2c_pipelines.platforms.dynamics365_finance.emulator.chart import keyed, noon
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import NOTHING

PERIODS, LINES = 24, 8  # of one deal, of one invoice, at most
_AREA = {"dataAreaId": pl.lit(chart.COMPANY)}
_TERM_NAMES = {said: chart.term_name(days) for said, days in chart.TERMS.items()}
_COUNTRY_CODES = {"GB": "GBR", "IE": "IRL", "US": "USA", "CA": "CAN", "DE": "DEU", "FR": "FRA"}


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """This part of the world as the environment shows it at that time; the set-up and the products come with the first part."""
    invoices = _invoices(world, at)
    payments = _numbered(world.payments.filter(pl.col("erp_applied_at") <= at), "PAY")
    fees = _numbered(world.postings.filter(pl.col("posted_at") <= at, kind="processor_fee"), "FEE")
    releases = _numbered(world.postings.filter(pl.col("posted_at") <= at, kind="revenue_release"), "REV")
    journals = pl.concat([fees, releases], how="diagonal")
    held = {
        "CustomersV3": _customers(world.customers, at),
        "SalesOrderHeadersV2": _orders(world, at),
        "SalesOrderLinesV2": _order_lines(world, at),
        "SalesInvoiceHeadersV2": _invoice_headers(invoices, world.chain.currency),
        "SalesInvoiceLinesV2": _invoice_lines(world, invoices),
        "LedgerJournalHeaders": _journal_headers(journals, world.chain.currency),
        "LedgerJournalLines": _journal_lines(journals, world.chain.currency),
        "CustomerPaymentJournalHeaders": _payment_headers(payments),
        "CustomerPaymentJournalLines": _payment_lines(payments, world.chain),
        "CustomerPaymentJournalLineSettledInvoices": _settlements(payments, world.invoices),
    }
    named = {name: keyed(name, frame) for name, frame in held.items()}
    if world.number == 0:
        named |= chart.frames(world.chain.accounts, world.chain.currency)
        named |= {"ReleasedProductsV2": keyed("ReleasedProductsV2", _products(world.products, at))}
    return named


def _customers(customers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    there = customers.filter(pl.col("erp_created_at") <= at)
    account = pl.Series(ids.customer_account(there["customer_no"].to_numpy()), dtype=pl.String)
    return there.select(
        **_AREA,
        CustomerAccount=account,
        OrganizationName="name",
        PartyNumber=pl.format("P{}", pl.col("customer_no")),
        PartyType=pl.lit("Organization"),
        CustomerGroupId=pl.lit(chart.GROUP),
        SalesCurrencyCode="currency",
        PaymentTerms=pl.col("payment_terms").replace_strict(_TERM_NAMES, return_dtype=pl.String),
        TaxExemptNumber=pl.col("tax_number").fill_null(""),
        InvoiceAccount=account,
        PrimaryContactEmail="email",
        PrimaryContactPhone="phone",
        AddressStreet="street",
        AddressCity="city",
        AddressState=pl.col("state").fill_null(""),
        AddressZipCode="postal_code",
        AddressCountryRegionId=pl.col("country").replace_strict(_COUNTRY_CODES, return_dtype=pl.String),
        AddressCountryRegionISOCode="country",
        CrmId_Custom="crm_id",
    )


def _products(products: pl.DataFrame, at: datetime) -> pl.DataFrame:
    recurring = pl.col("charge_type") == "recurring"
    return products.filter(pl.col("created_at") <= at).select(
        **_AREA,
        ItemNumber="product_code",
        ProductNumber="product_code",
        SearchName="name",
        ProductType=pl.lit("Service"),
        ProductGroupId=pl.when(recurring).then(pl.lit("Subscr")).otherwise(pl.lit("Services")),
        SalesUnitSymbol=pl.lit("ea"),
        SalesSalesTaxItemGroupCode=pl.lit(chart.TAX_ITEM_GROUP),
        RevRecRevenueRecognitionEnabled=_yes(recurring),
        RevRecDefaultRevenueRecognitionSchedule=pl.when(recurring).then(pl.lit("12M")).otherwise(pl.lit("")),
    )


def _orders(world: Any, at: datetime) -> pl.DataFrame:
    """Open until the last invoice is posted."""
    deals: pl.DataFrame = world.deals.filter(pl.col("ordered_at") <= at)
    posted = (pl.col("posted_at") <= at).fill_null(value=False)
    billed = world.invoices.group_by("deal_no").agg(is_billed=posted.all())
    status = pl.when(pl.col("is_billed").fill_null(value=False)).then(pl.lit("Invoiced")).otherwise(pl.lit("Backorder"))
    account = pl.Series(ids.customer_account(deals["customer_no"].to_numpy()), dtype=pl.String)
    terms = world.customers.select("customer_no", terms=pl.col("payment_terms").replace_strict(_TERM_NAMES, return_dtype=pl.String))
    known = deals.with_columns(account=account).join(billed, on="deal_no", how="left", maintain_order="left")
    return known.join(terms, on="customer_no", how="left", maintain_order="left").select(
        **_AREA,
        SalesOrderNumber="order_number",
        SalesOrderName="name",
        SalesOrderStatus=status,
        OrderingCustomerAccountNumber="account",
        InvoiceCustomerAccountNumber="account",
        CurrencyCode="currency",
        CustomersOrderReference="quote_number",
        QuoteId_Custom="quote_id",
        PaymentTermsName=pl.col("terms").fill_null(chart.term_name(30)),
        OrderTotalAmount="amount",
        RevRecContractStartDate=noon(pl.col("start_on")),
        RevRecContractEndDate=noon(pl.col("end_on")),
        OrderCreationDateTime=pl.col("ordered_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _order_lines(world: Any, at: datetime) -> pl.DataFrame:
    deals = _orders(world, at).select(order_number="SalesOrderNumber", status="SalesOrderStatus")
    lines: pl.DataFrame = world.deal_lines.join(deals, on="order_number", maintain_order="left")
    key = (lines["deal_no"] * LINES + lines["line_no"]).to_numpy()
    return lines.select(
        **_AREA,
        InventoryLotId=pl.Series(ids.lot_id(key), dtype=pl.String),
        SalesOrderNumber="order_number",
        ItemNumber="product_code",
        LineCreationSequenceNumber="line_no",
        CustomersLineNumber="line_no",
        OrderedSalesQuantity="quantity",
        SalesUnitSymbol=pl.lit("ea"),
        SalesPrice="net_price",
        LineAmount="net_total",
        SalesOrderLineStatus="status",
        CurrencyCode=pl.lit(world.chain.currency),
    )


def _invoices(world: Any, at: datetime) -> pl.DataFrame:
    """Invoices posted by then, with customer, voucher and terms."""
    posted: pl.DataFrame = world.invoices.filter(pl.col("posted_at") <= at)
    key = (posted["deal_no"] * PERIODS + posted["sequence"]).to_numpy()
    return posted.with_columns(
        account=pl.Series(ids.customer_account(posted["customer_no"].to_numpy()), dtype=pl.String),
        voucher=pl.Series(ids.journal_number("ARI", key), dtype=pl.String),
    )


def _invoice_headers(invoices: pl.DataFrame, currency: str) -> pl.DataFrame:
    days = (pl.col("due_on") - pl.col("invoiced_on")).dt.total_days()
    return invoices.select(
        **_AREA,
        InvoiceNumber="invoice_no",
        InvoiceDate=noon(pl.col("invoiced_on")),
        LedgerVoucher="voucher",
        InvoiceCustomerAccountNumber="account",
        SalesOrderNumber="order_number",
        CustomersOrderReference="quote_number",
        CurrencyCode=pl.lit(currency),
        PaymentTermsName=pl.format("Net{}", days),
        TotalInvoiceAmount="amount",
        TotalTaxAmount="tax_amount",
    )


def _invoice_lines(world: Any, invoices: pl.DataFrame) -> pl.DataFrame:
    dates = invoices.select("invoice_no", "invoiced_on", "voucher")
    names = world.products.select("product_code", product="name")
    lines: pl.DataFrame = world.invoice_lines.join(dates, on="invoice_no", maintain_order="left").join(
        names, on="product_code", maintain_order="left"
    )
    return lines.select(
        **_AREA,
        InvoiceNumber="invoice_no",
        InvoiceDate=noon(pl.col("invoiced_on")),
        LedgerVoucher="voucher",
        LineCreationSequenceNumber="line_no",
        ProductNumber="product_code",
        ProductName="product",
        InvoicedQuantity="quantity",
        SalesUnitSymbol=pl.lit("ea"),
        SalesPrice="unit_price",
        LineAmount="amount",
        LineTotalTaxAmount="tax_amount",
        CurrencyCode=pl.lit(world.chain.currency),
        ServiceStartDate_Custom=noon(pl.col("service_start_on")),
        ServiceEndDate_Custom=noon(pl.col("service_end_on")),
    )


def _numbered(documents: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Payments or postings with the journal that holds each."""
    key = (documents["deal_no"] * PERIODS + documents["sequence"]).to_numpy()
    number = pl.Series(ids.journal_number(kind, key), dtype=pl.String)
    account = pl.Series(ids.customer_account(documents["customer_no"].to_numpy()), dtype=pl.String)
    return documents.with_columns(journal=number, account=account)


def _journal_headers(journals: pl.DataFrame, currency: str) -> pl.DataFrame:
    return journals.select(
        **_AREA,
        JournalBatchNumber="journal",
        JournalName=pl.lit(chart.JOURNAL_NAME),
        Description="memo",
        IntegrationKey="journal_ref",
        AccountingCurrency=pl.lit(currency),
        JournalTotalDebit="amount",
        JournalTotalCredit="amount",
        IsPosted=pl.lit("Yes"),
    )


def _journal_lines(journals: pl.DataFrame, currency: str) -> pl.DataFrame:
    nothing = pl.lit(0, dtype=pl.Decimal(18, 2))
    sides = [
        journals.with_columns(line=pl.lit(1), shown="debit_account", debit="amount", credit=nothing),
        journals.with_columns(line=pl.lit(2), shown="credit_account", debit=nothing, credit="amount"),
    ]
    return pl.concat(sides).select(
        **_AREA,
        JournalBatchNumber="journal",
        LineNumber="line",
        Voucher=pl.format("GNJ-{}", "journal"),
        AccountType=pl.lit("Ledger"),
        AccountDisplayValue="shown",
        CurrencyCode=pl.lit(currency),
        DebitAmount="debit",
        CreditAmount="credit",
        Text="memo",
        TransDate=noon(pl.col("posted_on")),
        ReverseDate=pl.lit(NOTHING),
    )


def _payment_headers(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        **_AREA,
        JournalBatchNumber="journal",
        JournalName=pl.lit(chart.PAYMENT_JOURNAL_NAME),
        Description="payment_ref",
        IsPosted=pl.lit("Yes"),
    )


def _payment_lines(payments: pl.DataFrame, chain: Any) -> pl.DataFrame:
    return payments.select(
        **_AREA,
        JournalBatchNumber="journal",
        LineNumber=pl.lit(1),
        AccountType=pl.lit("Cust"),
        AccountDisplayValue="account",
        CurrencyCode=pl.lit(chain.currency),
        CreditAmount="amount",
        TransactionDate=noon(pl.col("paid_at").dt.date()),
        TransactionText=pl.format("Payment of {}", "invoice_no"),
        PaymentReference="payment_ref",
        MarkedInvoice="invoice_no",
        MarkedInvoiceCompany=pl.lit(chart.COMPANY),
        OffsetAccountDisplayValue=pl.lit(chain.accounts["clearing"]),
        Voucher=pl.format("ARP-{}", "journal"),
    )


def _settlements(payments: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    due = invoices.select("invoice_no", "due_on")
    return payments.join(due, on="invoice_no", maintain_order="left").select(
        **_AREA,
        JournalBatchNumber="journal",
        JournalLineNumber=pl.lit(1),
        InvoiceCompany=pl.lit(chart.COMPANY),
        InvoiceNumber="invoice_no",
        AccountDisplayValue="account",
        SettlementAmountInInvoiceCurrency="amount",
        InvoiceDueDate=noon(pl.col("due_on")),
    )


def _yes(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("Yes")).otherwise(pl.lit("No"))
