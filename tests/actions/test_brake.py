"""A plan that goes too far is stopped as a whole, as one case, until it is right or a person says it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from q2c_pipelines.actions.approval import approve, release
from q2c_pipelines.outbox.claims import platforms_due
from q2c_pipelines.outbox.persons import NotAllowed
from q2c_pipelines.outbox.tables import Action, Case

UNATTENDED = {"decide": "unattended"}


@pytest.fixture
def brakes(store):
    """The brake's cases and their states."""

    def read():
        with store.reading() as session:
            found = session.scalars(select(Case).where(Case.kind == "brake"))
            return {one.fingerprint: (one.state, one.findings, one.amount_at_risk) for one in found}

    return read


def _many(update, number, **about):
    return [update(f"u{one}", **about) for one in range(number)]


def test_too_large_a_share_of_the_population(plan, policy, update, payment, store, brakes):
    planned = [*_many(update, 12), payment()]
    outcome = plan(*planned, under=policy(UNATTENDED), populations={("customer", "netsuite"): 20})
    assert (outcome.held, outcome.approved) == (12, 1)
    assert brakes() == {"brake:UpdateField:netsuite:customer": ("open", 12, 0)}
    with store.reading() as session:
        assert set(session.scalars(select(Action.state).where(Action.decision == "held"))) == {"proposed"}


@pytest.mark.parametrize(
    ("number", "population", "held"),
    [(12, 24, 0), (12, 23, 12), (9, 1, 0)],
    ids=["at the share", "above the share", "too few to matter"],
)
def test_its_edges(plan, policy, update, number, population, held):
    outcome = plan(*_many(update, number), under=policy(UNATTENDED), populations={("customer", "netsuite"): population})
    assert outcome.held == held


def test_too_much_money(plan, policy, payment, brakes, store):
    plan(payment("k1", 60_000), payment("k2", 40_001), under=policy(UNATTENDED))
    assert brakes() == {"brake:ApplyPayment:netsuite:payment": ("open", 2, 100_001)}
    assert platforms_due(store) == []


def test_a_command_may_have_its_own_limit(plan, policy, payment):
    own = {"ApplyPayment": {"share_of_population": 1, "from_actions": 10, "amount": 5}}
    assert plan(payment(amount=10), under=policy(UNATTENDED, commands=own)).held == 1


def test_it_is_one_case_however_often_the_plan_comes(plan, policy, update, brakes):
    for _ in range(3):
        outcome = plan(*_many(update, 12), under=policy(UNATTENDED))
    assert (outcome.held, outcome.unchanged, len(brakes())) == (0, 12, 1)


def test_a_plan_that_becomes_right_goes_on_by_itself(plan, policy, update, brakes, action):
    plan(*_many(update, 12), under=policy(UNATTENDED))
    outcome = plan(*_many(update, 3), under=policy(UNATTENDED))
    assert (outcome.approved, outcome.superseded) == (3, 9)
    assert [state for state, *_ in brakes().values()] == ["healed"]
    assert (action("u1").state, action("u5").state) == ("approved", "superseded")


def test_held_actions_cannot_be_approved_one_by_one(plan, policy, update, store):
    plan(*_many(update, 12), under=policy())
    with pytest.raises(NotAllowed, match="part of a held plan; release brake:UpdateField:netsuite:customer first"):
        approve(store, ["u1"], by="alice")


def test_a_person_releases_it_and_policy_decides_from_there(plan, policy, update, store, action, brakes, ownership):
    plan(*_many(update, 12), under=policy(UNATTENDED))
    fingerprint = "brake:UpdateField:netsuite:customer"
    with pytest.raises(NotAllowed, match="proposed by q2c"):
        release(store, fingerprint, policy(UNATTENDED), ownership, by="q2c", reason="it is right")
    released = release(store, fingerprint, policy(UNATTENDED), ownership, by="alice", reason="a rename of all customers")
    assert len(released.keys) == 12
    assert (action("u1").state, brakes()[fingerprint][0]) == ("approved", "healed")
    assert plan(*_many(update, 12), under=policy(UNATTENDED)).held == 0
    assert brakes()[fingerprint][0] == "healed"


def test_a_released_price_still_waits_for_a_person(plan, policy, update, store, action, ownership):
    prices = _many(update, 12, entity="price", attribute="unit_price", platform="zuora", is_unattended_allowed=False)
    plan(*prices, under=policy(UNATTENDED))
    fingerprint = "brake:UpdateField:zuora:price"
    release(store, fingerprint, policy(UNATTENDED), ownership, by="alice", reason="a new price list")
    assert (action("u1").state, action("u1").decision) == ("proposed", "approve")
    assert action("u1").reason.startswith("released by alice; approve as the seed ownership keeps it for a person")
    assert plan(*prices, under=policy(UNATTENDED)).held == 0
    assert platforms_due(store) == []


def test_there_must_be_a_plan_to_release(store, policy, ownership):
    with pytest.raises(NotAllowed, match="no plan is held under brake:x"):
        release(store, "brake:x", policy(), ownership, by="alice", reason="-")
