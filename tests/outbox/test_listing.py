"""What is shown of the operations store: money in order and to the cent, on both databases."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.tables import Action


def test_the_most_money_comes_first(store, plan):
    for key, amount in (("small", "9.50"), ("large", "10000.25"), ("middle", "450")):
        plan(key, amount=Decimal(amount))
    assert [each["key"] for each in listing.actions(store)] == ["large", "middle", "small"]


def test_sums_are_exact(store, plan):
    for key, amount in (("a", "0.1"), ("b", "0.2"), ("c", "29638.8")):
        plan(key, amount=Decimal(amount))
    (one,) = listing.states(store)
    assert (one["count"], one["amount"]) == (3, Decimal("29639.1"))


def test_what_waits_is_counted_apart_from_what_is_never_sent(store, plan):
    plan("a", "b", "c", amount=Decimal(1))
    with store.work() as work:
        work.session.get_one(Action, "c").decision = "never"
        work.commit()
    assert {each["decision"]: each["count"] for each in listing.states(store)} == {"unattended": 2, "never": 1}


def test_a_grave_case_comes_before_one_that_is_due_earlier(store):
    queue = [("d", "low", 0, 9), ("c", "high", 0, 0), ("b", "critical", 24, 1), ("a", "critical", 24, 2), ("e", None, 0, 9)]
    with store.work() as work:
        for fingerprint, severity, hours, money in queue:
            due = work.now + timedelta(hours=hours)
            facts = {"severity": severity, "resolve_by": due, "amount_at_risk": Decimal(money)}
            open_case(work, fingerprint, "it differs", kind="mismatch", rule="r", **facts)
        work.commit()
    assert "".join(each["fingerprint"] for each in listing.cases(store)) == "abcde"
