"""What the system holds of the simulated company at a time.

customers -> business partners;  deals -> orders;  invoices -> billing documents;  all that is booked -> journal items
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.sap_s4hana import ids
from q2c_pipelines.platforms.sap_s4hana.emulator import chart, journal_items, partners


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """This part of the world as the system shows it at that time; products and accounts come with the first part."""
    orders, items = _ordered(world, at)
    invoices = _invoices(world, at)
    lines = world.invoice_lines.join(invoices.select("invoice_no", "BillingDocument", "SalesDocument"), on="invoice_no")
    held = {
        **partners.frames(world.customers.filter(pl.col("erp_created_at") <= at)),
        "A_SalesOrder": _order_headers(orders),
        "A_SalesOrderItem": _order_items(items),
        "A_SalesOrderItemPrElement": _prices(items),
        "A_BillingDocument": _billing_documents(invoices),
        "A_BillingDocumentItem": _billing_items(lines),
        "A_OperationalAcctgDocItemCube": journal_items.frame(world, at, invoices, lines),
    }
    if world.number == 0:
        held |= _products(world.products.filter(pl.col("created_at") <= at))
        held["A_GLAccountInChartOfAccounts"] = pl.DataFrame(chart.accounts(world.chain.accounts))
    return held


def _products(products: pl.DataFrame) -> dict[str, pl.DataFrame]:
    made: dict[str, Any] = {
        "CreationDate": pl.col("created_at").dt.date(),
        "BaseUnit": pl.lit("EA"),
        "IsMarkedForDeletion": pl.lit(value=False),
    }
    header = products.select(
        Product="product_code",
        ProductType=pl.lit("SERV"),
        ProductGroup=pl.col("charge_type").replace_strict(chart.GROUPS),
        **made,
    )
    key: dict[str, Any] = {"_key": pl.format("{}/EN", "product_code"), "Product": "product_code", "Language": pl.lit("EN")}
    return {
        "A_Product": header,
        "A_ProductDescription": products.select(**key, ProductDescription="name"),
        "A_ProductSalesTax": _fully_taxed(products),
    }


def _fully_taxed(products: pl.DataFrame) -> pl.DataFrame:
    tax = {"Country": pl.lit("DE"), "TaxCategory": pl.lit("MWST"), "TaxClassification": pl.lit("1")}
    return products.select(_key=pl.format("{}/DE/MWST/1", "product_code"), Product="product_code", **tax)


def _ordered(world: Any, at: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders and their items, with how much of each is billed, and when that last changed an order."""
    booked = world.invoices.group_by("deal_no").agg(
        periods=pl.len(),
        done=(pl.col("erp_created_at") <= at).sum(),
        first_at=pl.col("erp_created_at").min(),
        last_at=pl.col("erp_created_at").max(),
    )
    deals = world.ordered(at).join(booked, on="deal_no", how="left", maintain_order="left")
    number = pl.Series("SoldToParty", ids.customer_number(deals["customer_no"].to_numpy()), dtype=pl.String)
    deals = deals.with_columns(number)
    of_order = deals.select("deal_no", "SoldToParty", "done", "periods")
    once, done = pl.col("charge_type") == "one_time", pl.col("done").fill_null(0)
    billed = pl.when(done == 0).then(pl.lit("A")).when(once | (done == pl.col("periods"))).then(pl.lit("C")).otherwise(pl.lit("B"))
    items = world.ordered_lines(at).drop("booked_at").join(of_order, on="deal_no").with_columns(billed=billed)
    whole = items.group_by("deal_no").agg(is_begun=(pl.col("billed") != "A").any(), is_done=(pl.col("billed") == "C").all())
    return deals.join(whole, on="deal_no", how="left", maintain_order="left"), items


def _order_headers(orders: pl.DataFrame) -> pl.DataFrame:
    amended = pl.when(pl.col("changed_at") > pl.col("ordered_at")).then("changed_at")
    changed = pl.max_horizontal(amended, pl.when("is_done").then("last_at").when("is_begun").then("first_at"))
    status = pl.when("is_done").then(pl.lit("C")).when("is_begun").then(pl.lit("B")).otherwise(pl.lit("A"))
    return orders.select(
        SalesOrder="order_number",
        SalesOrderType=pl.lit("OR"),
        SalesOrganization=pl.lit(chart.SALES_ORGANIZATION),
        DistributionChannel=pl.lit(chart.CHANNEL),
        OrganizationDivision=pl.lit(chart.DIVISION),
        SoldToParty="SoldToParty",
        CreationDate=pl.col("ordered_at").dt.date(),
        LastChangeDate=changed.dt.date(),
        LastChangeDateTime=changed,
        PurchaseOrderByCustomer="quote_number",
        SalesOrderDate=pl.col("ordered_at").dt.date(),
        TotalNetAmount="amount",
        TransactionCurrency="currency",
        CustomerPaymentTerms=pl.lit("NT30"),
        SalesDocApprovalStatus=pl.lit(""),
        OverallSDProcessStatus=status,
        OverallSDDocumentRejectionSts=pl.lit("A"),
        YY1_QuoteID_SDH="quote_id",
        YY1_ServiceStart_SDH="start_on",
        YY1_ServiceEnd_SDH="end_on",
    )


def _item_key() -> dict[str, Any]:
    return {
        "_key": pl.format("{}/{}", "order_number", pl.col("line_no") * 10),
        "SalesOrder": "order_number",
        "SalesOrderItem": pl.format("{}", pl.col("line_no") * 10),
    }


def _order_items(items: pl.DataFrame) -> pl.DataFrame:
    return items.select(
        **_item_key(),
        Material="product_code",
        RequestedQuantity="quantity",
        RequestedQuantityUnit=pl.lit("EA"),
        TransactionCurrency=pl.lit(chart.CURRENCY),
        NetAmount="net_total",
        SDProcessStatus="billed",
        OrderRelatedBillingStatus="billed",
    )


def _prices(items: pl.DataFrame) -> pl.DataFrame:
    key = _item_key() | {"_key": pl.format("{}/{}/11/1", "order_number", pl.col("line_no") * 10)}
    return items.select(
        **key,
        PricingProcedureStep=pl.lit("11"),
        PricingProcedureCounter=pl.lit("1"),
        ConditionType=pl.lit("PMP0"),
        ConditionRateValue="net_price",
        ConditionCurrency=pl.lit(chart.CURRENCY),
        ConditionQuantity=pl.lit(1),
        ConditionAmount="net_total",
        TransactionCurrency=pl.lit(chart.CURRENCY),
    )


def _invoices(world: Any, at: datetime) -> pl.DataFrame:
    """Invoices booked by then, with their numbers here, their customer, and the payment that settled them."""
    booked: pl.DataFrame = world.invoices.filter(pl.col("erp_created_at") <= at)
    paid = world.payments.filter(pl.col("erp_applied_at") <= at)
    settled = paid.select(
        "invoice_no",
        settled_by=pl.Series(ids.payment_document(journal_items.keys_of(paid)), dtype=pl.String),
        settled_on=pl.col("paid_at").dt.date(),
        settled_at="erp_applied_at",
    )
    return booked.with_columns(
        BillingDocument=pl.Series(ids.billing_document(journal_items.keys_of(booked)), dtype=pl.String),
        SalesDocument="order_number",
        SoldToParty=pl.Series(ids.customer_number(booked["customer_no"].to_numpy()), dtype=pl.String),
    ).join(settled, on="invoice_no", how="left", maintain_order="left")


def _billing_documents(invoices: pl.DataFrame) -> pl.DataFrame:
    return invoices.select(
        BillingDocument="BillingDocument",
        SDDocumentCategory=pl.lit("M"),
        BillingDocumentCategory=pl.lit("L"),
        BillingDocumentType=pl.lit("F2"),
        CreationDate=pl.col("erp_created_at").dt.date(),
        CreationTime=pl.col("erp_created_at").dt.strftime("%H:%M:%S"),
        SalesOrganization=pl.lit(chart.SALES_ORGANIZATION),
        DistributionChannel=pl.lit(chart.CHANNEL),
        Division=pl.lit(chart.DIVISION),
        BillingDocumentDate="invoiced_on",
        BillingDocumentIsCancelled=pl.lit(value=False),
        TotalNetAmount="net_amount",
        TransactionCurrency=pl.lit(chart.CURRENCY),
        TaxAmount="tax_amount",
        TotalGrossAmount="amount",
        CustomerPaymentTerms=pl.lit("NT30"),
        CompanyCode=pl.lit(chart.COMPANY),
        FiscalYear=pl.col("invoiced_on").dt.strftime("%Y"),
        AccountingDocument="BillingDocument",
        DocumentReferenceID="invoice_no",
        SoldToParty="SoldToParty",
        PayerParty="SoldToParty",
        AccountingPostingStatus=pl.lit("C"),
        AccountingTransferStatus=pl.lit("C"),
        InvoiceClearingStatus=pl.when(pl.col("settled_by").is_null()).then(pl.lit("A")).otherwise(pl.lit("C")),
    )


def _billing_items(lines: pl.DataFrame) -> pl.DataFrame:
    number = pl.format("{}", pl.col("line_no") * 10)
    return lines.select(
        _key=pl.format("{}/{}", "BillingDocument", number),
        BillingDocument="BillingDocument",
        BillingDocumentItem=number,
        Material="product_code",
        BillingQuantity="quantity",
        BillingQuantityUnit=pl.lit("EA"),
        NetAmount="amount",
        TransactionCurrency=pl.lit(chart.CURRENCY),
        GrossAmount=pl.col("amount") + pl.col("tax_amount"),
        TaxAmount="tax_amount",
        SalesDocument="SalesDocument",
        SalesDocumentItem=number,
        YY1_ServiceStart_BDI="service_start_on",
        YY1_ServiceEnd_BDI="service_end_on",
    )
