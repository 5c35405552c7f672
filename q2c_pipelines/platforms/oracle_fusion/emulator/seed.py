"""What the pod holds of the simulated company at a time.

customers, products -> organizations, accounts, items;  deals -> orders;  invoices, payments -> receivables;  postings -> journals
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.oracle_fusion.emulator import chart, seed_journals, seed_receivables
from q2c_pipelines.platforms.oracle_fusion.ids import key, line_number

_USER = "FUSION_INTEGRATION"


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """This part of the world as the pod shows it at that time; what is set up, and items, come with the first part."""
    held = {
        **_customers(world.customers.filter(pl.col("erp_created_at") <= at)),
        **seed_receivables.frames(world, at),
        **_orders(world, at),
        **seed_journals.frames(world, at),
    }
    held["receivablesCustomerAccountActivities"] = _accounts(world, held, at)
    if world.number == 0:
        tax = int(world.chain.tax_rate * 100)
        held |= {"itemsV2": _items(world.products, at), **chart.frames(world.chain.accounts, tax, at)}
    return {table: _with_who(frame) for table, frame in held.items()}


def _with_who(frame: pl.DataFrame) -> pl.DataFrame:
    if "CreationDate" not in frame.columns:
        return frame
    return frame.with_columns(CreatedBy=pl.lit(_USER), LastUpdatedBy=pl.lit(_USER))


def _customers(customers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    party, made = key("party", pl.col("customer_no")), pl.col("erp_created_at")
    who = {"CreationDate": made, "LastUpdateDate": made}
    number = pl.format("{}", "customer_no")
    organizations = customers.select(
        PartyId=party,
        PartyNumber=number,
        OrganizationName="name",
        EmailAddress="email",
        RawPhoneNumber="phone",
        CurrencyCode="currency",
        TaxpayerIdentificationNumber="tax_number",
        Status=pl.lit("A"),
        CreatedByModule=pl.lit("ORA_ZCH_WS"),
        **who,
    )
    addresses = customers.select(
        AddressId=key("address", pl.col("customer_no")),
        AddressNumber=pl.format("A{}", "customer_no"),
        Address1="street",
        City="city",
        State="state",
        PostalCode="postal_code",
        Country="country",
        PrimaryFlag=pl.lit(True),
        Status=pl.lit("A"),
        _parent=party,
        **who,
    )
    references = customers.select(
        SourceSystemReferenceId=key("reference", pl.col("customer_no")),
        SourceSystem=pl.lit(chart.CRM),
        SourceSystemReferenceValue="crm_id",
        ObjectType=pl.lit("HZ_PARTIES"),
        PartyId=party,
        PartyNumber=number,
        Status=pl.lit("A"),
        **who,
    )
    return {"hubOrganizations": organizations, "Address": addresses, "hubSourceSystemReferences": references}


def _accounts(world: Any, held: dict[str, pl.DataFrame], at: datetime) -> pl.DataFrame:
    """An account for each customer, with what is open of its invoices."""
    owed = held["receivablesInvoices"].group_by("BillToCustomerNumber").agg(open=pl.col("InvoiceBalanceAmount").sum())
    customers = world.customers.filter(pl.col("erp_created_at") <= at)
    numbered = customers.with_columns(number=seed_receivables.account_number())
    balance = pl.col("open").fill_null(0)
    known: pl.DataFrame = numbered.join(owed, left_on="number", right_on="BillToCustomerNumber", how="left", maintain_order="left")
    return known.select(
        AccountId=key("account", pl.col("customer_no")),
        AccountNumber="number",
        CustomerId=key("party", pl.col("customer_no")),
        CustomerName="name",
        TotalOpenReceivablesForAccount=balance,
        TotalTransactionsDueForAccount=balance,
        CreationDate="erp_created_at",
        LastUpdateDate="erp_created_at",
    )


def _items(products: pl.DataFrame, at: datetime) -> pl.DataFrame:
    kind = pl.when(pl.col("charge_type") == "recurring").then(pl.lit("Subscription")).otherwise(pl.lit("Service"))
    return products.filter(pl.col("created_at") <= at).select(
        ItemId=key("item", pl.col("product_no")),
        OrganizationId=pl.lit(chart.ORGANIZATION_ID),
        OrganizationCode=pl.lit(chart.ORGANIZATION),
        ItemNumber="product_code",
        ItemDescription="name",
        ItemStatusValue=pl.lit("Active"),
        SalesProductTypeValue=kind,
        PrimaryUOMValue=pl.lit("Each"),
        CustomerOrderEnabledFlag=pl.lit(True),
        CreationDateTime="created_at",
        LastUpdateDateTime="created_at",
    )


def _orders(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Orders with their lines; closed once everything they sell is invoiced."""
    billed = world.invoices.group_by("deal_no").agg(
        billed_at=pl.col("erp_created_at").max(), all_billed=(pl.col("erp_created_at") <= at).fill_null(False).all()
    )
    names = world.customers.select("customer_no", buyer="name")
    deals = world.deals.filter(pl.col("ordered_at") <= at).join(names, on="customer_no", maintain_order="left")
    known = deals.join(billed, on="deal_no", how="left", maintain_order="left").with_columns(
        closed_at=pl.when("all_billed").then("billed_at")
    )
    is_open, header = pl.col("closed_at").is_null(), key("order", pl.col("deal_no"))
    who = {"CreationDate": pl.col("ordered_at"), "LastUpdateDate": pl.max_horizontal("ordered_at", "closed_at")}
    orders = known.select(
        HeaderId=header,
        OrderKey=pl.format("{}:{}", pl.lit(chart.ORDERS_FROM), "quote_id"),
        OrderNumber="order_number",
        SourceTransactionNumber="quote_number",
        SourceTransactionSystem=pl.lit(chart.ORDERS_FROM),
        SourceTransactionId="quote_id",
        BusinessUnitId=pl.lit(chart.UNIT_ID),
        BusinessUnitName=pl.lit(chart.UNIT),
        BuyingPartyId=key("party", pl.col("customer_no")),
        BuyingPartyName="buyer",
        BuyingPartyNumber=pl.format("{}", "customer_no"),
        TransactionalCurrencyCode="currency",
        TransactionOn="ordered_at",
        CustomerPONumber="po_number",
        StatusCode=pl.when(is_open).then(pl.lit("OPEN")).otherwise(pl.lit("CLOSED")),
        OpenFlag=is_open,
        SubmittedFlag=pl.lit(True),
        CanceledFlag=pl.lit(False),
        ChangeVersionNumber=pl.lit(1),
        **who,
    )
    return {"salesOrdersForOrderHub": orders, "lines": _order_lines(world, known, who)}


def _order_lines(world: Any, orders: pl.DataFrame, who: dict[str, pl.Expr]) -> pl.DataFrame:
    headers = orders.select("deal_no", "ordered_at", "closed_at", "start_on", "end_on")
    products = world.products.select("product_code", "product_no")
    lines: pl.DataFrame = world.deal_lines.join(headers, on="deal_no", maintain_order="left").join(
        products, on="product_code", maintain_order="left"
    )
    line = key("order_line", line_number(pl.col("deal_no"), pl.col("line_no")))
    place = pl.format("{}", "line_no")
    return lines.select(
        FulfillLineId=line,
        HeaderId=key("order", pl.col("deal_no")),
        LineId=line,
        SourceTransactionLineId=place,
        SourceTransactionLineNumber=place,
        SourceTransactionScheduleId=place,
        SourceScheduleNumber=pl.lit("1"),
        ProductId=key("item", pl.col("product_no")),
        ProductNumber="product_code",
        OrderedQuantity="quantity",
        OrderedUOMCode=pl.lit("Ea"),
        UnitListPrice="net_price",
        UnitSellingPrice="net_price",
        ExtendedAmount="net_total",
        ContractStartDate1="start_on",
        ContractEndDate1="end_on",
        StatusCode=pl.when(pl.col("closed_at").is_null()).then(pl.lit("AWAIT_BILLING")).otherwise(pl.lit("CLOSED")),
        CanceledFlag=pl.lit(False),
        _parent=key("order", pl.col("deal_no")),
        **who,
    )
