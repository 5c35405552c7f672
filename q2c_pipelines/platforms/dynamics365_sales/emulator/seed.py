"""The simulated company as Dataverse holds it at a time: world frames -> records, each with its stamps and version so far.

A quote is made as a draft, activated when it is approved, and won or lost; winning it wins the opportunity and makes an order; when
the ERP has booked it, the order gets the ERP's number and is submitted; each invoice that the ERP posts is copied. Of a line only
its document's state changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import polars as pl

from q2c_pipelines.platforms.dynamics365_sales import ids
from q2c_pipelines.platforms.dynamics365_sales.emulator import catalogue
from q2c_pipelines.platforms.dynamics365_sales.emulator.documents import order_lines, orders, quote_lines, quotes
from q2c_pipelines.platforms.dynamics365_sales.emulator.invoices import invoices
from q2c_pipelines.platforms.dynamics365_sales.emulator.stamps import changed, complete, existing, happened, stamps


class Company(Protocol):
    """The company whose CRM it is."""

    @property
    def currency(self) -> str: ...


class World(Protocol):
    """The part of the simulated company that the CRM knows of."""

    @property
    def chain(self) -> Company: ...
    @property
    def number(self) -> int: ...
    @property
    def customers(self) -> pl.DataFrame: ...
    @property
    def products(self) -> pl.DataFrame: ...
    @property
    def deals(self) -> pl.DataFrame: ...
    @property
    def deal_lines(self) -> pl.DataFrame: ...
    @property
    def invoices(self) -> pl.DataFrame: ...
    @property
    def payments(self) -> pl.DataFrame: ...


def rows(world: World, at: datetime) -> dict[str, pl.DataFrame]:
    """What the environment holds of this part of the world at that time."""
    currency = pl.lit(catalogue.currency_id(world.chain.currency)).alias("_transactioncurrencyid_value")
    customers = _people(existing(world.customers, "created_at", at))
    deals = existing(world.deals, "created_at", at)
    lines = _taxed(world.deal_lines)
    tables = {
        "account": _accounts(customers),
        "contact": _contacts(customers),
        "opportunity": _opportunities(deals, at),
        "quote": quotes(existing(deals, "quoted_at", at), lines, at),
        "quotedetail": quote_lines(lines, existing(deals, "quoted_at", at), at),
        "salesorder": orders(existing(deals, "accepted_at", at), lines, at),
        "salesorderdetail": order_lines(lines, existing(deals, "accepted_at", at), at),
        "invoice": invoices(world.invoices, world.payments, deals, at),
    }
    made = {name: complete(name, frame.with_columns(currency)) for name, frame in tables.items()}
    return {**(catalogue.rows(world, at) if world.number == 0 else {}), **made}


def _people(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.with_columns(pl.Series("contact_id", ids.contact_id(customers["customer_no"].to_numpy()), pl.String))


def _taxed(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with the tax on each, rounded to the cent."""
    cents = (pl.col("net_total") * 100).cast(pl.Int64) * pl.col("tax_percent")
    return lines.with_columns(tax=((cents + 50) // 100).cast(pl.Decimal(18, 2)) / 100)


def _accounts(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        *stamps("customer_no", "created_at"),
        accountid="crm_id",
        name="name",
        accountnumber=pl.format("C-{}", "customer_no"),
        emailaddress1="email",
        telephone1="phone",
        address1_line1="street",
        address1_city="city",
        address1_stateorprovince="state",
        address1_postalcode="postal_code",
        address1_country="country",
        paymenttermscode=pl.lit(1),
        new_vatnumber="tax_number",
        _parentaccountid_value="parent_crm_id",
        creditonhold=pl.lit(value=False),
        _primarycontactid_value="contact_id",
        statecode=pl.lit(0),
        statuscode=pl.lit(1),
    )


def _contacts(customers: pl.DataFrame) -> pl.DataFrame:
    return customers.select(
        *stamps("customer_no", "created_at"),
        contactid="contact_id",
        firstname=pl.lit("Accounts"),
        lastname=pl.lit("Payable"),
        fullname=pl.lit("Accounts Payable"),
        emailaddress1="email",
        telephone1="phone",
        _parentcustomerid_value="crm_id",
        statecode=pl.lit(0),
        statuscode=pl.lit(1),
    )


def _opportunities(deals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    won, lost, quoted = happened("accepted_at", at), happened("lost_at", at), happened("quoted_at", at)
    closed_on = pl.when(won).then("accepted_at").when(lost).then("lost_at").otherwise(None).dt.date()
    newest = changed(at, "created_at", "quoted_at", "approved_at", "accepted_at", "lost_at")
    return deals.select(
        *stamps("deal_no", "created_at", newest),
        opportunityid="opportunity_id",
        name="name",
        _customerid_value="crm_id",
        _parentaccountid_value="crm_id",
        _pricelevelid_value=pl.lit(catalogue.PRICE_LIST),
        stepname=pl.when(won | lost).then(pl.lit("4-Close")).when(quoted).then(pl.lit("3-Propose")).otherwise(pl.lit("1-Qualify")),
        closeprobability=pl.when(won).then(100).when(lost).then(0).when(quoted).then(75).otherwise(10),
        estimatedvalue="amount",
        estimatedclosedate="start_on",
        actualvalue=pl.when(won).then("amount"),
        actualclosedate=closed_on,
        statecode=pl.when(won).then(1).when(lost).then(2).otherwise(0),
        statuscode=pl.when(won).then(3).when(lost).then(5).otherwise(1),
    )
