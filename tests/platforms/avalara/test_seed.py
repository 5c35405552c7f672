"""The world's tax documents: one for each invoice that was posted, for the same money."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest

from q2c_pipelines.platforms.avalara.emulator.seed import rows
from q2c_pipelines.sandbox.chains import US
from q2c_pipelines.sandbox.times import END
from q2c_pipelines.sandbox.world import World, chunk

TAXED = replace(US, tax_percent=8)


@pytest.fixture(scope="module", params=[US, TAXED], ids=["untaxed", "taxed"])
def world(request: pytest.FixtureRequest) -> World:
    return chunk(3, 0, 900, request.param)


def test_every_posted_invoice_has_its_document_for_the_same_money(world: World) -> None:
    posted = world.invoices.filter(pl.col("posted_at") <= END)
    held = rows(world, END)["transaction"]
    assert held["code"].to_list() == posted["invoice_no"].to_list()
    assert held["totalAmount"].to_list() == posted["net_amount"].to_list()
    assert held["totalTax"].to_list() == posted["tax_amount"].to_list()
    assert set(held["customerCode"]) == set(posted["crm_id"])
    assert set(held["status"]) == {"Committed"}


def test_every_customer_of_a_document_is_there(world: World) -> None:
    held = rows(world, END)
    assert set(held["transaction"]["customerCode"]) - set(held["customer"]["customerCode"]) == set()
    assert held["customer"]["id"].is_unique().all()


def test_lines_and_what_is_taken_of_them_add_up(world: World) -> None:
    held = rows(world, END)
    totals = held["transaction"].select("id", "totalAmount", "totalTax").sort("id")
    lines = held["line"].group_by("transactionId").agg(pl.col("lineAmount", "tax").sum()).sort("transactionId")
    details = held["detail"].group_by("transactionId").agg(pl.col("tax").sum()).sort("transactionId")
    assert totals.rows() == lines.rows()
    assert details.rows() == totals.select("id", "totalTax").rows()


def test_rates_are_those_of_the_company(world: World) -> None:
    held = rows(world, END)
    assert {Decimal(str(rate)) for rate in held["item"]["_rate"]} == {world.chain.tax_rate}
    assert set(held["detail"]["rate"]) == {world.chain.tax_rate}


def test_what_is_still_to_come_is_not_told(world: World) -> None:
    midway = datetime.fromisoformat("2025-06-01T00:00:00+00:00")
    held = rows(world, midway)
    assert 0 < held["transaction"].height < rows(world, END)["transaction"].height
    assert str(held["transaction"]["modifiedDate"].max()) <= "2025-06-01T00:00:00"
    assert set(held["line"]["transactionId"]) == set(held["transaction"]["id"])
