"""Two pools, a rule, and what belongs together: the same pairs whatever order the records come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from q2c_pipelines.canonical.matching.match import Matched, match
from q2c_pipelines.canonical.matching.rules import Rule

T0 = datetime(2026, 3, 1, tzinfo=UTC)
CURRENCIES = {"USD", "EUR", "GBP", "JPY"}
SAME = {"left": "customer", "right": "customer"}
NEAR = {"name": "near", "method": "tolerance", "equal": [SAME], "amount": {"by": 0}}
NAMED = {"name": "named", "method": "reference", "equal": [{"left": "text", "right": "number", "how": "contained"}]}
ONE = {"by": 0.01, "of": "currency_units"}


def records(*rows: tuple[str, str], **same: Any) -> pl.DataFrame:
    """Records by key and amount; what else they have is the same for all, or a list of it."""
    named = {"scope": "US", "currency": "USD", "customer": "c1", "at": T0} | same
    columns = {name: value if isinstance(value, list) else [value] * len(rows) for name, value in named.items()}
    amounts = pl.Series([Decimal(amount) for _, amount in rows], dtype=pl.Decimal(18, 4))
    return pl.DataFrame({"key": [key for key, _ in rows], "amount": amounts, **columns})


def rule(*passes: dict[str, Any], cardinality: str = "N:M") -> Rule:
    return Rule.model_validate({"says": "of a test", "cardinality": cardinality, "passes": list(passes)})


def matched(chosen: Rule, left: pl.DataFrame, right: pl.DataFrame) -> Matched:
    return match(chosen, left, right, CURRENCIES)


def pairs(done: Matched) -> list[tuple[str, str, Decimal]]:
    return done.pairs.select("left", "right", "amount").rows()


def why(done: Matched) -> dict[str, tuple[str, list[str]]]:
    return {row["key"]: (row["why"], row["candidates"]) for row in done.unmatched.to_dicts()}


@pytest.mark.parametrize(
    ("external", "internal", "drift", "is_match"),
    [
        ("100", "100", 0, True),
        ("100.01", "100", 0, False),
        ("150", "100", 0.5, True),
        ("50", "100", 0.5, True),
        ("150.0001", "100", 0.5, False),
        ("49.9999", "100", 0.5, False),
        ("-100.5", "-100", 0.01, True),
        ("101.001", "100", 0.01, False),
        ("100", "-100", 1, False),
    ],
)
def test_amounts_match_within_a_share_of_our_own_the_bound_included(
    external: str, internal: str, drift: float, is_match: bool
) -> None:
    done = matched(rule(NEAR | {"amount": {"by": drift}}), records(("p", external)), records(("i", internal)))
    assert bool(pairs(done)) == is_match
    assert bool(why(done)) != is_match


@pytest.mark.parametrize(
    ("seconds", "unit", "by", "is_match"),
    [
        (60, "seconds", 60, True),
        (60.9, "seconds", 60, False),
        (-60, "seconds", 60, True),
        (86400, "days", 1, True),
        (86400.000001, "days", 1, False),
    ],
)
def test_moments_match_within_the_drift_the_bound_included(seconds: float, unit: str, by: int, is_match: bool) -> None:
    step = NEAR | {"date": {"by": by, "unit": unit}}
    done = matched(rule(step), records(("p", "1"), at=T0 + timedelta(seconds=seconds)), records(("i", "1")))
    assert bool(pairs(done)) == is_match


@pytest.mark.parametrize(("ours", "theirs"), [("USD", "EUR"), ("USD", None), ("XXX", "XXX"), (None, None)])
def test_mixed_and_unknown_currencies_never_match(ours: str | None, theirs: str | None) -> None:
    done = matched(rule(NEAR), records(("p", "100"), currency=ours), records(("i", "100"), currency=theirs))
    assert pairs(done) == []
    assert set(why(done)) == {"p", "i"}


def test_what_is_not_known_or_not_there_never_matches() -> None:
    left, right = records(("p", "100"), customer=None), records(("i", "100"), customer=None)
    assert pairs(matched(rule(NEAR), left.cast({"customer": pl.String}), right.cast({"customer": pl.String}))) == []
    strange = NEAR | {"equal": [{"left": "nothing", "right": "customer"}]}
    assert pairs(matched(rule(strange), records(("p", "100")), records(("i", "100")))) == []
    undated = NEAR | {"date": {"by": 9, "unit": "days", "left": "paid_at"}}
    assert pairs(matched(rule(undated), records(("p", "100")), records(("i", "100")))) == []


def test_an_amount_is_decimal() -> None:
    with pytest.raises(ValueError, match="an amount is decimal"):
        matched(rule(NEAR), records(("p", "1")).cast({"amount": pl.Float64}), records(("i", "1")))
    finer = records(("p", "1")).with_columns(pl.Series("amount", [Decimal("1.00001")], dtype=pl.Decimal(18, 5)))
    assert why(matched(rule(NEAR), finer, records(("i", "1"))))["p"][0] == "no exact amount"


def test_a_tie_is_no_match_and_names_its_candidates() -> None:
    done = matched(rule(NEAR), records(("p", "100")), records(("i", "100"), ("j", "100")))
    assert pairs(done) == []
    assert why(done) == {"p": ("ambiguous", ["i", "j"]), "i": ("ambiguous", ["p"]), "j": ("ambiguous", ["p"])}


def test_the_nearer_one_is_taken_where_it_leads_by_enough() -> None:
    left, right = records(("p", "100")), records(("i", "100"), ("j", "100"), at=[T0 + timedelta(days=1), T0 + timedelta(days=4)])
    step = NEAR | {"date": {"by": 10, "unit": "days"}}
    assert pairs(matched(rule(step | {"lead": 0.3}), left, right)) == [("p", "i", 100)]
    assert pairs(matched(rule(step | {"lead": 0.3001}), left, right)) == []


def test_what_is_settled_leaves_the_pool_and_clears_what_was_not_clear() -> None:
    left = records(("p", "100"), ("q", "100"), text=["for INV-1001", ""])
    right = records(("i", "100"), ("j", "100"), number=["INV-1001", "INV-1002"])
    done = matched(rule(NAMED, NEAR), left, right)
    assert done.pairs.select("left", "right", "step").rows() == [("p", "i", "named"), ("q", "j", "near")]


def test_a_payment_in_parts_is_several_pairs_and_what_is_too_much_stays_open() -> None:
    left = records(("p", "60"), ("q", "60"), text="INV1001", at=[T0, T0 + timedelta(days=1)])
    done = matched(rule(NAMED), left, records(("i", "100"), number="INV1001"))
    assert pairs(done) == [("p", "i", 60), ("q", "i", 40)]
    assert done.unmatched.select("key", "rest", "why").rows() == [("q", Decimal(20), "rest")]


def test_a_shortage_stays_open_as_a_surplus_does() -> None:
    done = matched(rule(NAMED), records(("p", "60"), text="INV1001"), records(("i", "100"), number="INV1001"))
    assert done.unmatched.select("key", "rest", "why").rows() == [("i", Decimal(40), "rest")]


def test_a_payment_that_names_several_invoices_pays_them_the_oldest_first_and_a_fee_settles_with_the_last() -> None:
    left = records(("p", "199.50"), text="your inv 1001, INV-1002 less charges")
    right = records(("i", "100"), ("j", "100"), number=["INV1001", "INV1002"], at=[T0 + timedelta(days=1), T0])
    done = matched(rule(NAMED | {"settles": {"by": 0.01}}), left, right)
    assert done.pairs.select("left", "right", "amount", "difference").rows() == [
        ("p", "j", 100, 0),
        ("p", "i", Decimal("99.5"), Decimal("-0.5")),
    ]
    assert why(done) == {}


def test_a_number_that_several_bear_names_nobody() -> None:
    done = matched(rule(NAMED), records(("p", "60"), text="INV1001"), records(("i", "60"), ("j", "60"), number="INV1001"))
    assert pairs(done) == []
    assert why(done)["p"] == ("ambiguous", ["i", "j"])


@pytest.mark.parametrize(
    ("text", "is_named"), [("inv 1001", True), ("INV-1001/2", True), ("INV10011", False), ("INV", False), ("", False)]
)
def test_a_number_is_contained_as_words_and_not_as_a_part_of_one(text: str, is_named: bool) -> None:
    done = matched(rule(NAMED), records(("p", "60"), text=text), records(("i", "60"), number="INV-1001"))
    assert bool(pairs(done)) == is_named


@pytest.mark.parametrize(("cardinality", "expected"), [("N:M", 2), ("N:1", 2), ("1:N", 0), ("1:1", 0)])
def test_how_many_partners_one_may_have_is_kept(cardinality: str, expected: int) -> None:
    left = records(("p", "40"), ("q", "60"), text="INV1001")
    assert len(pairs(matched(rule(NAMED, cardinality=cardinality), left, records(("i", "100"), number="INV1001")))) == expected


def added(side: str, **more: Any) -> dict[str, Any]:
    return {"name": "added", "method": "sum", "equal": [SAME], "amount": {"by": 0}, "sum": {"side": side, **more}}


def test_one_payment_for_several_invoices_is_found_by_their_sum() -> None:
    right = records(("i", "100.10"), ("j", "55.55"), ("k", "7"))
    done = matched(rule(added("right")), records(("p", "155.65")), right)
    assert sorted(pairs(done)) == [("p", "i", Decimal("100.1")), ("p", "j", Decimal("55.55"))]
    assert why(done) == {"k": ("no candidate", [])}


def test_several_payments_for_one_invoice_are_found_by_their_sum() -> None:
    done = matched(rule(added("left")), records(("p", "60"), ("q", "40"), ("r", "33")), records(("i", "100")))
    assert sorted(pairs(done)) == [("p", "i", 60), ("q", "i", 40)]


def test_a_sum_that_comes_about_in_two_ways_is_a_suggestion() -> None:
    done = matched(rule(added("right")), records(("p", "100")), records(("i", "60"), ("j", "40"), ("k", "40")))
    assert pairs(done) == []
    assert why(done)["p"] == ("ambiguous sum", ["i", "j", "k"])


def test_a_sum_that_two_claim_is_nobodys() -> None:
    done = matched(rule(added("right")), records(("p", "100"), ("q", "100")), records(("i", "60"), ("j", "40")))
    assert pairs(done) == []
    assert why(done)["p"][0] == "ambiguous sum"


def test_more_than_can_be_added_up_is_said() -> None:
    right = records(*((f"i{place}", str(place + 1)) for place in range(8)))
    done = matched(rule(added("right", among=7)), records(("p", "100")), right)
    assert why(done)["p"][0] == "too many candidates to add up"


def test_all_that_is_open_of_a_customer_settles_where_both_sides_come_to_the_same() -> None:
    done = matched(rule(added("both")), records(("p", "70"), ("q", "50")), records(("i", "40"), ("j", "40"), ("k", "40")))
    assert pairs(done) == [("p", "i", 40), ("p", "j", 30), ("q", "j", 10), ("q", "k", 40)]
    assert why(done) == {}


def test_a_misspelt_number_is_found_by_how_alike_it_is() -> None:
    step = {
        "name": "alike", "method": "scored", "equal": [SAME], "amount": {"by": 0}, "lead": 0.05,
        "score": {"texts": [{"left": "text", "right": "number", "how": "part", "weight": 1}], "at_least": 0.8},
    }  # fmt: skip
    right = records(("i", "100"), ("j", "100"), number=["INV00001345", "INV00002867"])
    done = matched(rule(step), records(("p", "100"), text="ref INV0O001345 thanks"), right)
    assert done.pairs.select("left", "right", "method").rows() == [("p", "i", "scored")]
    assert 0.8 <= done.pairs["score"][0] < 1


FULL = rule(
    NAMED | {"settles": {"by": 0.02}},
    NEAR | {"date": {"by": 30, "unit": "days"}, "lead": 0.1},
    {"name": "any", "method": "tolerance", "amount": {"by": 0.01}, "date": {"by": 10, "unit": "days"}},
    added("right"),
    added("left") | {"name": "other way"},
)
A_RECORD = some.tuples(
    some.integers(1, 6), some.sampled_from(["c1", "c2", None]), some.sampled_from(["INV1001", "INV1002", "no"]),
    some.integers(0, 40), some.sampled_from(["USD", "EUR"]),
)  # fmt: skip


def made(side: str, rows: list[tuple[int, str | None, str, int, str]]) -> pl.DataFrame:
    amounts = [(f"{side}{place}", f"{row[0] * 25}") for place, row in enumerate(rows)]
    days = [T0 + timedelta(days=row[3]) for row in rows]
    texts = pl.Series([row[2] for row in rows], dtype=pl.String)
    customers = pl.Series([row[1] for row in rows], dtype=pl.String).to_list()
    frame = records(*amounts, customer=customers, at=days, currency=[row[4] for row in rows])
    return frame.with_columns(texts.alias("text"), texts.alias("number")).cast(
        {"customer": pl.String, "at": pl.Datetime("us", "UTC"), "key": pl.String, "currency": pl.String}
    )


@settings(max_examples=60, deadline=None)
@given(some.lists(A_RECORD, max_size=8), some.lists(A_RECORD, max_size=8), some.randoms(use_true_random=False))
def test_the_order_of_the_records_is_of_no_consequence_and_no_money_is_lost(left: list, right: list, chance: Any) -> None:
    ours, theirs = made("p", left), made("i", right)
    done = matched(FULL, ours, theirs)
    mixed = [frame[chance.sample(range(len(frame)), len(frame))] for frame in (ours, theirs)]
    again = matched(FULL, *mixed)
    assert again.pairs.rows() == done.pairs.rows()
    assert sorted(again.unmatched.rows()) == sorted(done.unmatched.rows())
    for side, frame in (("left", ours), ("right", theirs)):
        taken = dict(
            done.pairs.group_by(side).agg(pl.col("amount").sum(), pl.col("difference").sum()).select(side, "amount").rows()
        )
        rests = dict(done.unmatched.filter(pl.col("side") == side).select("key", "rest").rows())
        for key, amount in frame.select("key", "amount").rows():
            assert taken.get(key, 0) + (rests.get(key) or 0) <= amount
    currencies = dict(ours.select("key", "currency").rows()) | dict(theirs.select("key", "currency").rows())
    assert all(currencies[one] == currencies[other] for one, other, _ in pairs(done))
    assert matched(FULL, *mixed).pairs.rows() == done.pairs.rows()


@pytest.mark.parametrize(
    ("ours", "theirs", "is_match"), [("c1", "c1", True), (None, "c1", True), ("c1", None, True), ("c1", "c2", False)]
)
def test_what_has_to_agree_may_be_unknown_but_not_another(ours: str | None, theirs: str | None, is_match: bool) -> None:
    step = {"name": "near", "method": "tolerance", "agree": [SAME], "amount": {"by": 0}, "date": {"by": 1, "unit": "days"}}
    left, right = (records((key, "100"), customer=name).cast({"customer": pl.String}) for key, name in (("p", ours), ("i", theirs)))
    assert bool(pairs(matched(rule(step), left, right))) == is_match
    unknown = step | {"agree": [{"left": "nothing", "right": "customer"}]}
    assert pairs(matched(rule(unknown), left, right)) == []


def test_a_pass_that_is_less_sure_scores_less() -> None:
    done = matched(rule(NEAR | {"sure": 0.7}), records(("p", "100")), records(("i", "100")))
    assert done.pairs["score"].to_list() == [Decimal("0.7")]
