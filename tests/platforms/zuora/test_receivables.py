"""The receivables that the tenant adds up are those of its own posted invoices."""

from __future__ import annotations

from decimal import Decimal

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.spec import Platform
from q2c_pipelines.platforms.zuora import source
from tests.platforms.zuora.tenant import Tenant

ZUORA = spec.load("zuora")


def invoices(tenant: Tenant) -> None:
    """Two posted in October, one in November, a draft, and one that was deleted."""
    tenant.state.delete("Invoice", "i1", tenant.at[0], by="sandbox")
    shared = {"accountId": "a1", "currency": "USD"}
    told = [
        ("2026-10-01", "Posted", 0.1),
        ("2026-10-31", "Posted", 0.2),
        ("2026-11-01", "Posted", 7.0),
        ("2026-11-01", "Draft", 9.0),
    ]
    for number, (on, status, amount) in enumerate(told):
        tenant.add("Invoice", id=f"new{number}", invoiceDate=on, status=status, amount=amount, balance=amount / 2, **shared)
    tenant.add("Invoice", id="gone", invoiceDate="2026-11-01", status="Posted", amount=9.0, balance=9.0, **shared)
    tenant.state.delete("Invoice", "gone", tenant.at[0], by="sandbox")


def sums(client: Client, platform: Platform) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    """How many, what they come to and what is owed, by company and month."""
    table = platform.tables["receivables"]
    rows = []
    for page in source.pages(client, platform, table, Window()):
        checked = check(page, platform, table)
        assert (checked.rejected, checked.new_columns) == ([], ())
        rows += [] if page.names_living else checked.rows.to_dicts()
    return {(row["company"], row["period"]): (row["invoices"], row["amount"], row["balance"]) for row in rows}


def test_posted_invoices_are_added_up_by_company_and_month(tenant: Tenant, client: Client) -> None:
    invoices(tenant)
    tenant.state.update("Account", "a1", {"LegalEntity__c": "DE"}, tenant.at[0], by="sandbox")
    october = (2, Decimal("0.3"), Decimal("0.15"))
    assert sums(client, ZUORA) == {("DE", "2026-10"): october, ("DE", "2026-11"): (1, Decimal(7), Decimal("3.5"))}


def test_a_tenant_of_one_company_is_that_companys(tenant: Tenant, client: Client) -> None:
    invoices(tenant)
    assert {company for company, _ in sums(client, ZUORA.placed({"company": "US"}))} == {"US"}


def test_a_tenant_without_invoices_names_none(tenant: Tenant, client: Client) -> None:
    tenant.state.delete("Invoice", "i1", tenant.at[0], by="sandbox")
    assert sums(client, ZUORA) == {}
