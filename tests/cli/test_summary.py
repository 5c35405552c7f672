"""The closing words of a cycle."""

from __future__ import annotations

from decimal import Decimal

from q2c_pipelines.cli import summary
from q2c_pipelines.cycle import Cycle, Ingested


def test_mismatches_without_money_are_counted_and_not_summed() -> None:
    priced = {"mismatches": 2, "amount_at_risk": Decimal("10.50"), "currency": "USD"}
    bare = {"mismatches": 1, "amount_at_risk": None, "currency": None}
    found = {"mismatches": [priced, bare], "undecided": [], "actions": []}
    words = list(summary._closing(Cycle([], "", None, []), found))
    assert any(each.startswith("3 mismatches, 10.50 USD at risk") for each in words)


def test_new_columns_are_told() -> None:
    reads = [Ingested("stripe", new_columns=("charge.tip",)), Ingested("zuora", new_columns=("invoice.memo", "invoice.note"))]
    words = list(summary._closing(Cycle(reads, "", None, []), {"actions": []}))
    assert any(each.endswith(": stripe.charge.tip, zuora.invoice.memo, zuora.invoice.note.") for each in words)
