"""The store follows the plan: nothing twice, nothing behind a back, nothing that is no longer wanted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from q2c_pipelines.actions.approval import approve
from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.rows import Invalid, Plan
from q2c_pipelines.mismatches.decisions import accept
from q2c_pipelines.mismatches.telling import Telling
from q2c_pipelines.outbox import listing
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.claims import LeaseLost, about_to_write, claim, platforms_due
from q2c_pipelines.outbox.replay import replay
from q2c_pipelines.outbox.tables import AuditEntry, Case
from q2c_pipelines.outbox.terms import Terms

UNREAD = Telling({("payment_not_applied", "US"): "indeterminate"}, frozenset({"netsuite"}))


@pytest.fixture
def case_state(store):
    """The state of a case."""

    def read(fingerprint):
        with store.reading() as session:
            return session.get_one(Case, fingerprint).state

    return read


def test_the_same_plan_again_changes_nothing(plan, payment, store, policy):
    first = plan(payment("k1"), payment("k2", 5), under=policy({"currency": "USD", "amount_up_to": 5, "decide": "unattended"}))
    assert (first.proposed, first.approved) == (1, 1)
    with store.reading() as session:
        entries = session.scalar(select(func.count()).select_from(AuditEntry))
    again = plan(payment("k1"), payment("k2", 5), under=policy({"currency": "USD", "amount_up_to": 5, "decide": "unattended"}))
    assert (again.proposed, again.approved, again.unchanged) == (0, 0, 2)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_what_the_plan_no_longer_asks_for_is_superseded_and_may_come_back(plan, payment, store, action):
    plan(payment())
    approve(store, ["k1"], by="alice")
    assert plan().superseded == 1
    assert (action().state, platforms_due(store)) == ("superseded", [])
    assert plan(payment()).proposed == 1
    assert action().state == "proposed"


def test_a_rule_that_could_not_tell_supersedes_nothing(plan, payment, action):
    plan(payment(rule="payment_not_applied"))
    assert plan(telling=UNREAD).superseded == 0
    assert action().state == "proposed"


def test_what_a_rule_cannot_tell_any_more_is_not_sent_until_it_can(plan, payment, store, action):
    plan(payment(rule="payment_not_applied"))
    plan(telling=UNREAD)
    approve(store, ["k1"], by="alice")
    assert (action().state, platforms_due(store)) == ("approved", [])
    assert action().withheld == "payment_not_applied cannot tell now: what it compares was not read"
    plan(payment(rule="payment_not_applied"))
    assert (action().withheld, platforms_due(store)) == ("", ["netsuite"])


def test_what_was_claimed_before_its_rule_could_not_tell_is_not_sent_by_anyone(plan, payment, store, action, clock, ownership):
    plan(payment(rule="payment_not_applied"))
    approve(store, ["k1"], by="alice")
    claimed = claim(store, "netsuite", "worker", Terms(), ownership)
    plan(telling=UNREAD)
    with pytest.raises(LeaseLost, match="payment_not_applied cannot tell now"):
        about_to_write(store, claimed, Terms())
    clock.advance(hours=1)
    assert (action().state, platforms_due(store)) == ("claimed", [])
    plan(payment(rule="payment_not_applied"))
    assert platforms_due(store) == ["netsuite"]


def test_what_may_have_been_sent_is_looked_for_also_where_its_rule_cannot_tell(plan, payment, store, change, clock):
    plan(payment(rule="payment_not_applied"))
    approve(store, ["k1"], by="alice")
    change(state="unknown", sent_at=clock())
    plan(telling=UNREAD)
    assert platforms_due(store) == ["netsuite"]


def test_what_may_have_been_sent_is_not_superseded(plan, payment, action, change, clock):
    plan(payment())
    change(state="unknown", sent_at=clock())
    assert plan().superseded == 0
    assert action().state == "unknown"


def test_what_was_confirmed_is_never_proposed_again(plan, payment, action, change, clock):
    plan(payment())
    change(state="confirmed", sent_at=clock(), confirmed_at=clock())
    assert plan(payment()).unchanged == 1
    assert plan().superseded == 0
    assert action().state == "confirmed"


@pytest.mark.parametrize("state", ["confirmed", "unknown", "sent", "dead"])
def test_another_payload_after_sending_is_an_error_kept_as_a_case(plan, payment, action, change, clock, case_state, state):
    plan(payment(amount=10))
    change(state=state, sent_at=clock())
    outcome = plan(payment(amount=11))
    assert len(outcome.conflicts) == 1
    assert f"k1 for netsuite is {state} with another payload" in str(outcome.conflicts[0])
    assert (action().state, action().amount, case_state("conflict:k1")) == (state, 10, "open")
    plan(payment(amount=10))
    assert case_state("conflict:k1") == "healed"


@pytest.mark.parametrize("state", ["approved", "retry", "dead", "superseded"])
def test_another_payload_before_sending_replaces_the_plan(plan, payment, action, change, state):
    plan(payment(amount=10))
    change(state=state)
    assert plan(payment(amount=11)).replaced == 1
    assert (action().state, action().amount) == ("proposed", 11)


def test_a_plan_replaced_while_a_deliverer_looks_takes_the_lease_away(plan, payment, store, action, policy, ownership):
    unattended = policy({"decide": "unattended"})
    plan(payment(amount=10), under=unattended)
    held = claim(store, "netsuite", "one", Terms(), ownership)
    plan(payment(amount=11), under=unattended)
    assert held is not None
    assert (action().state, action().lease) == ("approved", None)


def test_a_stricter_policy_takes_back_what_it_let_go(plan, payment, store, action, policy):
    plan(payment(), under=policy({"decide": "unattended"}))
    plan(payment(), under=policy())
    assert (action().state, platforms_due(store)) == ("proposed", [])


def test_what_ownership_keeps_for_a_person_waits_for_one(plan, update, store, action, policy):
    unattended = policy({"decide": "unattended"})
    plan(update(), under=unattended)
    outcome = plan(update(is_unattended_allowed=False), under=unattended)
    assert (outcome.approved, outcome.withdrawn, outcome.unchanged) == (0, 1, 0)
    assert (action("u1").state, action("u1").decision, platforms_due(store)) == ("proposed", "approve", [])


@pytest.mark.parametrize("state", ["approved", "claimed", "retry"])
def test_what_a_person_approved_is_not_sent_once_the_policy_forbids_it(
    plan, payment, store, action, change, policy, ownership, state
):
    plan(payment())
    approve(store, ["k1"], by="alice")
    change(state=state, lease="one" if state == "claimed" else None)
    outcome = plan(payment(), under=policy({"decide": "never"}))
    assert (outcome.withdrawn, outcome.unchanged) == (1, 0)
    now = action()
    assert (now.state, now.decision, now.reason) == ("proposed", "never", "never by rule 1 of the policy (every action)")
    assert (now.lease, claim(store, "netsuite", "one", Terms(), ownership)) == (None, None)
    (approval,) = listing.action(store, "k1")["approvals"]
    assert approval["void_reason"] == "the policy now says never by rule 1 of the policy (every action)"
    assert plan(payment(), under=policy({"decide": "never"})).withdrawn == 0
    assert plan(payment()).proposed == 1
    assert platforms_due(store) == []


def test_books_closed_after_an_approval_are_not_booked_into(plan, payment, store, action, policy):
    plan(payment(paid_on=date(2026, 1, 2)), payment("k2", paid_on=date(2026, 2, 2)))
    approve(store, ["k1", "k2"], by="alice")
    plan(
        payment(paid_on=date(2026, 1, 2)),
        payment("k2", paid_on=date(2026, 2, 2)),
        under=policy({"booked_before": date(2026, 2, 1), "decide": "never"}),
    )
    assert (action("k1").state, action("k2").state) == ("proposed", "approved")


def test_what_a_person_approved_stays_approved_where_the_policy_asks_for_a_person(plan, payment, store, action, policy):
    plan(payment())
    approve(store, ["k1"], by="alice")
    assert plan(payment(), under=policy({"booked_before": date(2026, 2, 1), "decide": "approve"})).withdrawn == 0
    assert action().state == "approved"


def test_what_waits_for_another_try_asks_a_person_when_the_policy_does(plan, payment, store, action, change, policy):
    plan(payment(), under=policy({"decide": "unattended"}))
    change(state="retry")
    assert plan(payment()).withdrawn == 1
    assert (action().state, action().decision, platforms_due(store)) == ("proposed", "approve", [])


def test_the_policy_is_asked_also_where_the_rule_could_not_tell(plan, payment, store, action, policy):
    plan(payment(rule="payment_not_applied"))
    approve(store, ["k1"], by="alice")
    plan(under=policy({"decide": "never"}), telling=UNREAD)
    assert (action().state, action().decision) == ("proposed", "never")


def test_a_replay_sends_nothing_that_the_policy_forbade_meanwhile(plan, payment, store, action, change, policy):
    plan(payment())
    approve(store, ["k1"], by="alice")
    change(state="dead", code="HTTP_500", reason="it did not work")
    plan(payment(), under=policy({"decide": "never"}))
    assert (action().state, action().reason) == ("dead", "it did not work")
    replay(store, ["k1"], by="alice")
    assert (action().state, action().decision) == ("proposed", "never")


def test_what_may_have_been_sent_is_looked_for_whatever_the_policy_says(plan, payment, store, action, change, clock, policy):
    plan(payment())
    approve(store, ["k1"], by="alice")
    change(state="unknown", sent_at=clock())
    assert plan(payment(), under=policy({"decide": "never"})).withdrawn == 0
    assert platforms_due(store) == ["netsuite"]


def test_an_action_says_why_it_waits_or_may_go(plan, payment, update, action, policy):
    under = policy({"command": "ApplyPayment", "decide": "unattended"})
    plan(payment(), update(), under=under)
    assert action("k1").reason == "unattended by rule 1 of the policy (command ApplyPayment)"
    assert action("u1").reason == "approve as no rule of the policy matches"
    plan(payment(), update(), under=policy({"platform": "netsuite", "decide": "approve"}))
    assert {action("k1").reason, action("u1").reason} == {"approve by rule 1 of the policy (platform netsuite)"}


def test_what_it_waits_for_may_change_without_a_new_approval(plan, payment, store, action):
    plan(payment("k1", depends_on_key="k0"))
    approve(store, ["k1"], by="alice")
    assert platforms_due(store) == []
    plan(payment("k1"))
    assert platforms_due(store) == ["netsuite"]


def test_a_row_that_is_no_command_becomes_a_case_and_stops_no_other(store, payment, policy, case_state, action):
    bad = Invalid("k9", "CreateOrder", "netsuite", "CreateOrder: amount: Field required")
    outcome = propose(store, Plan((payment(),), (bad,)), policy())
    assert (outcome.proposed, outcome.invalid) == (1, (bad,))
    assert case_state("plan:k9") == "open"
    propose(store, Plan((payment(),)), policy())
    assert case_state("plan:k9") == "healed"


def test_nothing_is_proposed_for_what_was_accepted_until_that_ends(plan, payment, store, clock):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r")
        work.commit()
    accept(store, "f1", "alice", "known", clock() + timedelta(days=2))
    assert plan(payment(fingerprint="f1")).accepted == 1
    clock.advance(days=3)
    assert plan(payment(fingerprint="f1")).proposed == 1


def test_a_case_follows_its_actions(plan, payment, store, case_state, policy):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r")
        work.commit()
    plan(payment(fingerprint="f1"), under=policy({"decide": "never"}))
    assert case_state("f1") == "action_proposed"
    plan(payment(fingerprint="f1"))
    assert case_state("f1") == "awaiting_approval"
    approve(store, ["k1"], by="alice")
    assert case_state("f1") == "in_flight"
    plan()
    assert case_state("f1") == "open"
