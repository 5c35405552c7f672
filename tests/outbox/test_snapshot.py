"""The lake is given the store as it stands: once for each change, with nothing lost between the types."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.outbox.snapshot import ACTIONS, CASES, snapshot
from q2c_pipelines.outbox.tables import Approval, Case


def add_case(store, **more):
    with store.work() as work:
        facts = {"kind": "mismatch", "rule": "a_rule", "state": "open", "opened_at": store.now(), "last_seen_at": store.now()}
        work.session.add(Case(**facts | {"fingerprint": "f1", "amount_at_risk": Decimal("0.1")} | more))
        work.commit()


def test_an_empty_store_leaves_no_trace(store, tmp_path):
    assert snapshot(store, Lake(str(tmp_path))) == []
    assert list(tmp_path.rglob("*.parquet")) == []


def test_actions_and_cases_arrive_as_they_are(store, plan, tmp_path):
    lake = Lake(str(tmp_path))
    plan("a", amount=Decimal("29638.8"))
    add_case(store, assignee="someone", resolve_by=store.now() + timedelta(hours=1))
    assert snapshot(store, lake) == ["actions", "cases"]
    (action,), (case,) = (
        lake.read(f"_operations/{name}", schema).to_pylist() for name, schema in (("actions", ACTIONS), ("cases", CASES))
    )
    assert (action["key"], action["amount"], action["state"], action["proposed_at"]) == (
        "a",
        Decimal("29638.8"),
        "approved",
        store.now(),
    )
    assert action["reason"] == "unattended as no rule of the policy matches"
    assert (case["assignee"], case["amount_at_risk"], case["closed_at"]) == ("someone", Decimal("0.1"), None)
    assert case["resolve_by"] == store.now() + timedelta(hours=1)


def test_only_a_table_that_changed_is_written_again(store, plan, clock, tmp_path):
    lake = Lake(str(tmp_path))
    plan("a")
    add_case(store)
    snapshot(store, lake)
    clock.advance(minutes=1)
    with store.work() as work:
        work.session.get(Case, "f1").last_seen_at = store.now()
        work.commit()
    assert snapshot(store, lake) == [], "that a case was seen again is no news"
    with store.work() as work:
        work.session.get(Case, "f1").assignee = "someone"
        work.commit()
    assert snapshot(store, lake) == ["cases"]
    assert [case["assignee"] for case in next(lake.newest_first("_operations/cases", CASES)).to_pylist()] == ["someone"]


def test_an_approval_that_was_voided_does_not_count(store, plan, tmp_path):
    plan("a", "b")
    with store.work() as work:
        yes = {"payload_hash": "h", "approved_by": "someone", "approved_at": store.now()}
        work.session.add_all([Approval(action_key="a", **yes), Approval(action_key="b", **yes, voided_at=store.now())])
        work.commit()
    lake = Lake(str(tmp_path))
    snapshot(store, lake)
    counted = {action["key"]: action["approvals"] for action in lake.read("_operations/actions", ACTIONS).to_pylist()}
    assert counted == {"a": 2, "b": 1}, "policy has approved both"
