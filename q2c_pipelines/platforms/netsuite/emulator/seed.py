"""What the account holds of the simulated company at a time.

customers, products -> customer, entityaddress, item;  deals, invoices, payments, postings -> transaction and its parts
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.netsuite.emulator import chart, parts

_COMMON: dict[str, Any] = {"currency": chart.USD, "exchangerate": 1.0, "voided": "F"}


def rows(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """This part of the world as the account shows it at that time; the chart of accounts and items come with the first part."""
    deals = world.ordered(at)
    orders = _orders(deals, world.invoices, at)
    invoices = _invoices(world, at)
    billing_number = pl.col("invoice_no") if "billing" in world.chain.systems else pl.lit(None, pl.String)
    payments = _payments(world, at)
    journals = world.postings.filter(pl.col("posted_at") <= at).with_columns(id=pl.col("netsuite_journal_id"))
    order_lines, invoice_lines = parts.order_lines(world, orders, at), parts.invoice_lines(world, invoices)
    held = {
        "customer": _customers(world.customers, at),
        "entityaddress": _addresses(world.customers, at),
        "transaction": pl.concat(
            [
                _order_headers(orders),
                _invoice_headers(invoices, billing_number),
                _payment_headers(payments),
                _journal_headers(journals),
            ],
            how="diagonal",
        ),
        "transactionline": parts.lines(orders, invoices, payments, journals, order_lines, invoice_lines),
        "transactionaccountingline": parts.entries(invoices, invoice_lines, payments, journals),
        "previoustransactionlinelink": parts.links(payments),
    }
    if world.number == 0:
        held |= {"item": _items(world.products, at), "kititemmember": _members(world.bundles, at), **chart.frames()}
    return held


def _customers(customers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return customers.filter(pl.col("erp_created_at") <= at).select(
        id="netsuite_customer_id",
        externalid="crm_id",
        entityid=pl.format("CUST{}", pl.col("customer_no") + 1),
        companyname="name",
        email="email",
        phone="phone",
        isperson=pl.lit("F"),
        parent="parent_netsuite_customer_id",
        vatregnumber="tax_number",
        oncredithold=pl.lit("F"),
        isinactive=pl.lit("F"),
        subsidiary=pl.lit(chart.SUBSIDIARY),
        currency=pl.lit(chart.USD),
        terms=pl.col("payment_terms").replace_strict(chart.TERMS, return_dtype=pl.Int64),
        receivablesaccount=pl.lit(chart.ACCOUNTS["1200"]),
        defaultbillingaddress="netsuite_customer_id",
        datecreated="erp_created_at",
        lastmodifieddate="erp_created_at",
    )


def _addresses(customers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    return customers.filter(pl.col("erp_created_at") <= at).select(
        nkey="netsuite_customer_id",
        recordowner="netsuite_customer_id",
        addressee="name",
        addr1="street",
        city="city",
        state="state",
        zip="postal_code",
        country="country",
        lastmodifieddate="erp_created_at",
    )


def _items(products: pl.DataFrame, at: datetime) -> pl.DataFrame:
    recurring = pl.col("charge_type") == "recurring"
    accounts = chart.ACCOUNTS
    return products.filter(pl.col("created_at") <= at).select(
        id="netsuite_item_id",
        itemid="product_code",
        displayname="name",
        fullname="product_code",
        itemtype=pl.lit("Service"),
        subtype=pl.lit("Sale"),
        incomeaccount=pl.when(recurring).then(accounts["4000"]).otherwise(accounts["4100"]),
        deferralaccount=pl.when(recurring).then(accounts["2500"]),
        subsidiary=pl.lit(chart.SUBSIDIARY),
        isinactive=pl.lit("F"),
        createddate="created_at",
        lastmodifieddate="created_at",
    )


def _members(bundles: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """What every kit contains; what a customer may leave out is no member."""
    return bundles.filter((pl.col("created_at") <= at) & pl.col("is_required")).select(
        _key=pl.format("{}-{}", "netsuite_item_id", "bundle_line_no"),
        parentitem="netsuite_item_id",
        item="component_netsuite_item_id",
        linenumber="bundle_line_no",
        quantity="quantity",
    )


def _orders(deals: pl.DataFrame, invoices: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Orders, and when their last invoice was booked, if all are by then."""
    billed = invoices.group_by("deal_no").agg(
        billed_at=pl.col("erp_created_at").max(), all_booked=(pl.col("erp_created_at") <= at).fill_null(False).all()
    )
    known = deals.join(billed, on="deal_no", how="left")
    return known.with_columns(id=pl.col("netsuite_order_id"), billed_at=pl.when("all_booked").then("billed_at"))


def _order_headers(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(
        id="id",
        type=pl.lit("SalesOrd"),
        tranid="order_number",
        trandate=pl.col("ordered_at").dt.date(),
        entity="netsuite_customer_id",
        status=pl.when(pl.col("billed_at").is_null()).then(pl.lit("F")).otherwise(pl.lit("G")),
        foreigntotal="amount",
        posting=pl.lit("F"),
        startdate="start_on",
        enddate="end_on",
        otherrefnum="quote_number",
        custbody_quote_id="quote_id",
        createddate="ordered_at",
        lastmodifieddate=pl.max_horizontal("changed_at", "billed_at"),
        **_literals(_COMMON),
    )


def _invoices(world: Any, at: datetime) -> pl.DataFrame:
    """Invoices booked by then, with their order, their customer and what was applied to them."""
    applied = world.payments.filter(pl.col("erp_applied_at") <= at)
    paid = applied.group_by("invoice_no").agg(paid=pl.col("amount").sum(), applied_at=pl.col("erp_applied_at").max())
    deals = world.deals.select("deal_no", order="netsuite_order_id", customer="netsuite_customer_id")
    booked: pl.DataFrame = world.invoices.filter(pl.col("erp_created_at") <= at)
    return (
        booked.join(deals, on="deal_no")
        .join(paid, on="invoice_no", how="left")
        .with_columns(id=pl.col("netsuite_invoice_id"), paid=pl.col("paid").fill_null(0))
    )


def _invoice_headers(invoices: pl.DataFrame, billing_number: pl.Expr) -> pl.DataFrame:
    return invoices.select(
        id="id",
        type=pl.lit("CustInvc"),
        tranid=pl.format("CI{}", pl.col("id")),
        trandate="invoiced_on",
        entity="customer",
        status=pl.when(pl.col("paid") >= pl.col("amount")).then(pl.lit("B")).otherwise(pl.lit("A")),
        foreigntotal="amount",
        foreignamountpaid="paid",
        foreignamountunpaid=pl.col("amount") - pl.col("paid"),
        postingperiod=chart.month_of("invoiced_on"),
        posting=pl.lit("T"),
        duedate="due_on",
        custbody_billing_number=billing_number,
        approvalstatus=pl.lit(2),
        createddate="erp_created_at",
        lastmodifieddate=pl.max_horizontal("erp_created_at", "applied_at"),
        **_literals(_COMMON),
    )


def _payments(world: Any, at: datetime) -> pl.DataFrame:
    deals = world.deals.select("deal_no", customer="netsuite_customer_id")
    applied: pl.DataFrame = world.payments.filter(pl.col("erp_applied_at") <= at).join(deals, on="deal_no")
    return applied.with_columns(id=pl.col("netsuite_payment_id"))


def _payment_headers(payments: pl.DataFrame) -> pl.DataFrame:
    return payments.select(
        id="id",
        type=pl.lit("CustPymt"),
        tranid=pl.format("PYMT{}", pl.col("id")),
        trandate=pl.col("paid_at").dt.date(),
        entity="customer",
        status=pl.lit("B"),
        foreigntotal="amount",
        foreignpaymentamountunused=pl.lit(0),
        postingperiod=(pl.col("paid_at").dt.year() - 2000) * 12 + pl.col("paid_at").dt.month().cast(pl.Int32),
        posting=pl.lit("T"),
        custbody_payment_ref="payment_ref",
        createddate="erp_applied_at",
        lastmodifieddate="erp_applied_at",
        **_literals(_COMMON),
    )


def _journal_headers(journals: pl.DataFrame) -> pl.DataFrame:
    return journals.select(
        id="id",
        type=pl.lit("Journal"),
        tranid=pl.format("JE{}", pl.col("id")),
        trandate="posted_on",
        status=pl.lit("B"),
        postingperiod=chart.month_of("posted_on"),
        posting=pl.lit("T"),
        memo="memo",
        custbody_journal_ref="journal_ref",
        approvalstatus=pl.lit(2),
        isreversal=pl.lit("F"),
        reversaldefer=pl.lit("F"),
        createddate="posted_at",
        lastmodifieddate="posted_at",
        **_literals(_COMMON),
    )


def _literals(values: dict[str, Any]) -> dict[str, pl.Expr]:
    return {name: pl.lit(value) for name, value in values.items()}
