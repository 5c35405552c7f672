"""A second person approves one payload; a change of it voids the approval."""

from __future__ import annotations

import pytest

from q2c_pipelines.actions.approval import approve, reject
from q2c_pipelines.outbox.claims import platforms_due
from q2c_pipelines.outbox.persons import NotAllowed
from q2c_pipelines.outbox.states import IllegalTransition


def test_an_approved_action_is_due(plan, payment, store, action):
    plan(payment())
    assert platforms_due(store) == []
    assert approve(store, ["k1"], by="alice").keys == ("k1",)
    assert (action().state, platforms_due(store)) == ("approved", ["netsuite"])
    assert action().reason == "approve as no rule of the policy matches; approved by alice"


@pytest.mark.parametrize("by", ["bob", "Bob", " bob ", "bo\u200bb", "ｂob"])
def test_the_maker_is_never_the_checker(plan, payment, store, action, by):
    plan(payment(), by="bob")
    with pytest.raises(NotAllowed, match="was proposed by bob: someone else must decide"):
        approve(store, ["k1"], by=by)
    assert action().state == "proposed"


@pytest.mark.parametrize("by", ["", "  ", "\u200b", "policy"])
def test_a_decision_needs_a_person(plan, payment, store, by):
    plan(payment())
    with pytest.raises(NotAllowed):
        approve(store, ["k1"], by=by)


def test_a_change_of_the_payload_voids_the_approval(plan, payment, store, action):
    plan(payment(amount=10))
    approve(store, ["k1"], by="alice")
    outcome = plan(payment(amount=11))
    assert (outcome.replaced, action().state, platforms_due(store)) == (1, "proposed", [])


def test_an_approval_does_not_come_back_with_the_old_payload(plan, payment, store):
    plan(payment(amount=10))
    approve(store, ["k1"], by="alice")
    plan(payment(amount=11))
    plan(payment(amount=10))
    assert platforms_due(store) == []


def test_only_what_was_looked_at_is_approved(plan, payment, store, action):
    plan(payment(amount=10))
    seen = {"k1": action().payload_hash}
    plan(payment(amount=11))
    with pytest.raises(NotAllowed, match="changed since it was looked at"):
        approve(store, ["k1"], by="alice", seen=seen)
    approve(store, ["k1"], by="alice", seen={"k1": action().payload_hash})


def test_all_or_none(plan, payment, store, action):
    plan(payment("k1"), payment("k2"))
    with pytest.raises(NotAllowed, match="there is no action k9"):
        approve(store, ["k1", "k9"], by="alice")
    approve(store, ["k2"], by="alice")
    with pytest.raises(IllegalTransition, match="k2 for netsuite is approved and cannot become approved"):
        approve(store, ["k1", "k2"], by="alice")
    assert action("k1").state == "proposed"


def test_what_policy_never_lets_go_cannot_be_approved(plan, payment, store, policy):
    plan(payment(), under=policy({"decide": "never"}))
    with pytest.raises(NotAllowed, match="policy never lets ApplyPayment for netsuite be sent"):
        approve(store, ["k1"], by="alice")


def test_a_rejected_action_stays_rejected_until_its_payload_changes(plan, payment, store, action):
    plan(payment())
    reject(store, ["k1"], by="alice", reason="paid by cheque")
    plan(payment())
    assert (action().state, action().reason) == ("rejected", "alice: paid by cheque")
    plan(payment(amount=11))
    assert action().state == "proposed"


def test_a_rejection_withdraws_an_approval_and_needs_a_reason(plan, payment, store):
    plan(payment())
    approve(store, ["k1"], by="alice")
    with pytest.raises(NotAllowed, match="needs a reason"):
        reject(store, ["k1"], by="carol", reason=" ")
    reject(store, ["k1"], by="carol", reason="wrong invoice")
    assert platforms_due(store) == []
