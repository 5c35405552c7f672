"""What hangs on the simulated company's documents: their lines, their entries in the ledger, the payments' applications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.netsuite.emulator import chart
from q2c_pipelines.platforms.netsuite.emulator.schema import LINES_PER_TRANSACTION


def order_lines(world: Any, orders: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The lines of orders; what an amendment adds, or takes away, is one more."""
    headers = orders.select("deal_no", "ordered_at", transaction="id")
    lines: pl.DataFrame = world.ordered_lines(at).join(headers, on="deal_no")
    lines = lines.with_columns(stamp=pl.col("booked_at").fill_null(pl.col("ordered_at")))
    return lines.select("transaction", "stamp", "netsuite_item_id", "quantity", id="line_no", rate="net_price", amount="net_total")


def invoice_lines(world: Any, invoices: pl.DataFrame) -> pl.DataFrame:
    """The lines of invoices, with the order each came from."""
    headers = invoices.select("invoice_no", transaction="id", stamp="erp_created_at", createdfrom="order")
    lines: pl.DataFrame = world.invoice_lines.drop("erp_created_at").join(headers, on="invoice_no")
    service = {"revrecstartdate": "service_start_on", "revrecenddate": "service_end_on"}
    shared = ["transaction", "stamp", "netsuite_item_id", "quantity", "amount", "createdfrom", "charge_type"]
    return lines.select(*shared, id="line_no", rate="unit_price", **service)


def lines(
    orders: pl.DataFrame,
    invoices: pl.DataFrame,
    payments: pl.DataFrame,
    journals: pl.DataFrame,
    order_lines: pl.DataFrame,
    invoice_lines: pl.DataFrame,
) -> pl.DataFrame:
    """Every document's main line and the lines below it."""
    mains = [
        _main(orders, "changed_at"),
        _main(invoices, "erp_created_at", createdfrom=pl.col("order")),
        _main(payments, "erp_applied_at"),
        _main(journals, "posted_at"),
    ]
    others = [
        _sold(order_lines),
        _sold(invoice_lines, createdfrom="createdfrom", revrecstartdate="revrecstartdate", revrecenddate="revrecenddate"),
        _counter(payments, "erp_applied_at"),
        _counter(journals, "posted_at"),
    ]
    keyed = pl.concat([*mains, *others], how="diagonal")
    return keyed.with_columns(
        uniquekey=pl.col("transaction") * LINES_PER_TRANSACTION + pl.col("id"),
        linesequencenumber=pl.col("id"),
        mainline=pl.when(pl.col("id") == 0).then(pl.lit("T")).otherwise(pl.lit("F")),
        taxline=pl.lit("F"),
        isclosed=pl.lit("F"),
        netamount=pl.col("foreignamount"),
        subsidiary=pl.lit(chart.SUBSIDIARY),
        department=pl.lit(chart.DEPARTMENT),
    )


def _main(headers: pl.DataFrame, stamp: str, **more: pl.Expr) -> pl.DataFrame:
    amount = pl.col("amount").cast(pl.Decimal(18, 2))
    zero = pl.lit(0, pl.Int64)
    return headers.select(
        transaction=pl.col("id").cast(pl.Int64), id=zero, foreignamount=amount, linelastmodifieddate=stamp, **more
    )


def _counter(headers: pl.DataFrame, stamp: str) -> pl.DataFrame:
    amount = -pl.col("amount").cast(pl.Decimal(18, 2))
    one = pl.lit(1, pl.Int64)
    return headers.select(transaction=pl.col("id").cast(pl.Int64), id=one, foreignamount=amount, linelastmodifieddate=stamp)


def _sold(lines: pl.DataFrame, **more: str) -> pl.DataFrame:
    """Lines of a sale: goods leave and revenue is a credit, so both are below zero."""
    return lines.select(
        transaction=pl.col("transaction").cast(pl.Int64),
        id=pl.col("id").cast(pl.Int64),
        item="netsuite_item_id",
        quantity=-pl.col("quantity").cast(pl.Int64),
        rate=pl.col("rate").cast(pl.Decimal(18, 2)),
        foreignamount=-pl.col("amount").cast(pl.Decimal(18, 2)),
        linelastmodifieddate="stamp",
        **more,
    )


def entries(invoices: pl.DataFrame, lines: pl.DataFrame, payments: pl.DataFrame, journals: pl.DataFrame) -> pl.DataFrame:
    """What every posting document books, debits above zero and credits below."""
    accounts = chart.ACCOUNTS
    revenue = pl.when(pl.col("charge_type") == "recurring").then(accounts["2500"]).otherwise(accounts["4100"])
    number = {"debit_account": pl.String, "credit_account": pl.String}
    booked = journals.with_columns(
        pl.col(name).cast(kind).replace_strict(accounts, return_dtype=pl.Int64) for name, kind in number.items()
    )
    debits = [
        _side(invoices, 0, pl.lit(accounts["1200"]), 1),
        _side(payments, 0, pl.lit(accounts["1050"]), 1),
        _side(booked, 0, pl.col("debit_account"), 1),
    ]
    credits = [
        _side(lines.with_columns(line=pl.col("id"), id=pl.col("transaction")), pl.col("line"), revenue, -1),
        _side(payments, 1, pl.lit(accounts["1200"]), -1),
        _side(booked, 1, pl.col("credit_account"), -1),
    ]
    return pl.concat(debits + credits).with_columns(
        _key=pl.format("{}-{}-1", "transaction", "transactionline"),
        accountingbook=pl.lit(1),
        netamount=pl.col("amount"),
        debit=pl.when(pl.col("amount") > 0).then("amount"),
        credit=pl.when(pl.col("amount") < 0).then(-pl.col("amount")),
        exchangerate=pl.lit(1.0),
        posting=pl.lit("T"),
    )


def _side(headers: pl.DataFrame, line: int | pl.Expr, account: pl.Expr, sign: int) -> pl.DataFrame:
    amount = pl.col("amount").cast(pl.Decimal(18, 2))
    return headers.select(
        transaction=pl.col("id").cast(pl.Int64),
        transactionline=(pl.lit(line) if isinstance(line, int) else line).cast(pl.Int64),
        account=account.cast(pl.Int64),
        amount=amount if sign > 0 else -amount,
    )


def links(payments: pl.DataFrame) -> pl.DataFrame:
    """Which payment is applied to which invoice."""
    return payments.select(
        _key=pl.format("{}-{}", "netsuite_invoice_id", "id"),
        previousdoc="netsuite_invoice_id",
        previousline=pl.lit(0),
        previoustype=pl.lit("CustInvc"),
        nextdoc="id",
        nextline=pl.lit(1),
        nexttype=pl.lit("CustPymt"),
        linktype=pl.lit("Payment"),
        foreignamount="amount",
        lastmodifieddate="erp_applied_at",
    )
