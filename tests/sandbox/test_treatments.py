"""Some customers of companies in Europe are not charged the company's tax."""

from __future__ import annotations

import polars as pl
import pytest

from q2c_pipelines.sandbox.chains import CHAINS, DE, UK, Chain
from q2c_pipelines.sandbox.world import chunk


@pytest.mark.parametrize(
    ("chain", "untaxed"),
    [
        (DE, {("reverse_charge", "FR"), ("export", "US"), ("exempt", "DE")}),
        (UK, {("export", "FR"), ("export", "US")}),
    ],
    ids=lambda value: value.name if isinstance(value, Chain) else "",
)
def test_who_is_abroad_or_exempt_is_billed_without_tax(chain: Chain, untaxed: set[tuple[str, str]]) -> None:
    world = chunk(42, 0, 2000, chain)
    treated = world.customers.select("customer_no", "tax_treatment", "country")
    billed = world.invoices.join(treated, on="customer_no")
    assert set(billed.filter(tax_amount=0).select("tax_treatment", "country").rows()) == untaxed
    assert set(billed.filter(pl.col("tax_amount") > 0).select("tax_treatment", "country").rows()) == {("domestic", chain.country)}
    lines = world.invoice_lines.group_by("invoice_no").agg(tax=pl.col("tax_amount").sum())
    assert world.invoices.join(lines, on="invoice_no").filter(pl.col("tax") != pl.col("tax_amount")).height == 0


@pytest.mark.parametrize("chain", [chain for chain in CHAINS if chain not in (DE, UK)], ids=lambda chain: chain.name)
def test_elsewhere_everybody_is_at_home(chain: Chain) -> None:
    assert set(chunk(42, 0, 2000, chain).customers["tax_treatment"]) == {"domestic"}
