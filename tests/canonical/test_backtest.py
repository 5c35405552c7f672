"""How good the shipped rules are where the partners are known."""

from __future__ import annotations

import polars as pl
import pytest

from q2c_pipelines.canonical.matching.backtest import ALL, judge, missed
from q2c_pipelines.canonical.matching.match import PAIR, match
from q2c_pipelines.canonical.matching.rules import load
from q2c_pipelines.config import PROJECT
from q2c_pipelines.sandbox import world
from q2c_pipelines.sandbox.chains import US
from tests.canonical.cash import noisy

RULE = load(PROJECT / "matching.yaml")["payment_to_invoice"]


@pytest.mark.parametrize("seed", [1, 2])
def test_noisy_cash_finds_its_invoices(seed: int) -> None:
    cash = noisy(world.chunk(seed=seed, deals_in_history=300), seed)
    done = match(RULE, cash.payments, cash.invoices, {US.currency})
    by_step = {each.step: each for each in judge(done.pairs, cash.labels)}
    print({name: (each.found, each.right) for name, each in by_step.items()}, by_step[ALL])  # noqa: T201
    assert len(cash.labels) > 800
    assert by_step[ALL].f1 >= 0.98, missed(done.pairs, cash.labels)
    assert by_step[ALL].precision >= 0.99
    assert len(by_step) > 5


def test_a_pass_is_judged_by_what_it_found_and_all_by_what_there_was() -> None:
    found = pl.DataFrame([("p", "i", "a"), ("q", "j", "a"), ("r", "k", "b")], ["left", "right", "step"], orient="row")
    pairs = pl.DataFrame({name: found[name] if name in found.columns else None for name in PAIR})
    labels = pl.DataFrame([("p", "i"), ("q", "other"), ("r", "k"), ("s", "l")], ["left", "right"], orient="row")
    told = [(each.step, each.found, each.right, each.precision, each.recall) for each in judge(pairs, labels)]
    assert told == [("a", 2, 1, 0.5, 0.25), ("b", 1, 1, 1.0, 0.25), (ALL, 3, 2, pytest.approx(2 / 3), 0.5)]
    assert missed(pairs, labels).rows() == [("q", "j", True), ("q", "other", False), ("s", "l", False)]
