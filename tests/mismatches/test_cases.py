"""A case lives as long as its finding, and closes only when the finding was looked for and is gone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest
from sqlalchemy import select

from q2c_pipelines.mismatches.cases import (
    FindingsUnreadable,
    Synced,
    sync_cases,
)
from q2c_pipelines.mismatches.decisions import accept, assign, comment
from q2c_pipelines.mismatches.triage import Triage
from q2c_pipelines.outbox.tables import CaseEvent


def test_a_finding_that_nobody_looked_for_in_its_company_is_not_healed(sync, case):
    sync({})
    assert sync(status="not_applicable", uk="determinate") == Synced(undecided=1)
    assert case().state == "open"


def test_a_finding_opens_a_case_with_its_facts_and_deadline(sync, case, clock):
    assert sync({}) == Synced(opened=1)
    opened = case()
    assert (opened.state, opened.owner, opened.severity, opened.amount_at_risk) == ("open", "billing", "high", Decimal("100.5"))
    assert opened.resolve_by == clock() + timedelta(hours=8)


def test_what_may_not_wait_is_due_at_once(sync, case, clock):
    sync({"sla_hours": 0})
    assert case().resolve_by == clock()
    assert sync({}) == Synced(still_open=1)
    assert case().opened_at == clock() - timedelta(hours=1)


def test_one_root_cause_is_one_case_with_all_its_money(sync, case):
    assert sync({"native_id": "p1"}, {"native_id": "p2"}, {"native_id": "p3", "amount_at_risk": "1"}) == Synced(opened=1)
    assert (case().findings, case().amount_at_risk, case().native_id) == (3, Decimal(202), "p1")


def test_it_follows_the_finding_as_it_changes(sync, case):
    sync({})
    sync({"observed_value": "12", "amount_at_risk": "200"})
    assert (case().observed_value, case().amount_at_risk) == ("12", 200)


def test_gone_and_determinate_is_healed(sync, case):
    sync({})
    assert sync() == Synced(healed=1)
    assert case().state == "healed"
    assert sync() == Synced()


@pytest.mark.parametrize("status", ["indeterminate", "not_applicable"])
def test_gone_while_the_rule_could_not_tell_changes_nothing(sync, case, status):
    sync({})
    assert sync(status=status) == Synced(undecided=1)
    assert case().state == "open"


def test_what_a_rule_found_that_is_no_longer_enabled_is_closed_and_says_why(sync, case, store):
    sync({})
    assert sync(status="") == Synced(dropped=1)
    assert (case().state, case().closed_at is None) == ("healed", False)
    with store.reading() as session:
        assert "closed: its rule is no longer enabled" in set(session.scalars(select(CaseEvent.note)))
    assert sync(status="") == Synced()
    assert sync({}) == Synced(reopened=1)


@pytest.mark.parametrize("state", ["indeterminate", "timing"])
def test_what_is_no_break_opens_nothing_and_closes_nothing(sync, case, state):
    assert sync({"state": state}) == Synced()
    sync({})
    assert sync({"state": state}) == Synced(still_open=1)
    sync()
    assert sync({"state": state}) == Synced()
    assert case().state == "healed"


def test_a_healed_case_that_is_back_reopens_with_its_history(sync, case, history):
    sync({})
    sync()
    assert sync({}) == Synced(reopened=1)
    assert (case().state, case().reopened, case().closed_at) == ("open", 1, None)
    assert [state for state, *_ in history()] == ["open", "healed", "open"]


def test_a_case_can_be_assigned_and_stays_with_its_person_when_it_comes_back(sync, store, case, history):
    sync({})
    assign(store, "f1", "alice", by="bob")
    comment(store, "f1", "asked the vendor", by="alice")
    assert (case().state, case().assignee) == ("assigned", "alice")
    sync()
    sync({})
    assert case().state == "assigned"
    assert history()[1:3] == [("assigned", "bob", "assigned to alice"), ("assigned", "alice", "asked the vendor")]


def test_an_accepted_case_stays_accepted_until_its_time_is_up(sync, store, case, clock):
    sync({})
    accept(store, "f1", "alice", "too small to matter", clock() + timedelta(hours=2))
    assert sync({}) == Synced()
    assert case().state == "accepted"
    assert sync({}) == Synced(expired=1)
    assert case().state == "open"


def test_an_accepted_case_whose_finding_is_gone_is_healed(sync, store, case):
    sync({})
    accept(store, "f1", "alice", "too small to matter")
    assert sync() == Synced(healed=1)


def test_an_accepted_case_whose_finding_is_not_due_stays_accepted(sync, store, case):
    sync({})
    accept(store, "f1", "ann", "known")
    assert sync({"state": "timing"}) == Synced()
    assert case().state == "accepted"


def test_an_acceptance_holds_up_to_what_was_seen(sync, store, case):
    sync({"amount_at_risk": "2"})
    accept(store, "f1", "ann", "a rounding")
    assert sync({"amount_at_risk": "1", "observed_value": "10.5"}) == Synced()
    assert sync({"amount_at_risk": "2"}) == Synced()
    assert (case().state, case().amount_at_risk, case().observed_value) == ("accepted", 2, "11")


@pytest.mark.parametrize("other", [{"observed_value": "9"}, {"expected_value": "12"}, {"cause": "currency_differs"}])
def test_an_accepted_case_that_is_another_of_the_same_amount_opens_again(sync, store, case, other):
    sync({"amount_at_risk": "1"})
    accept(store, "f1", "ann", "a rounding")
    assert sync({"amount_at_risk": "1"} | other).outgrown == 1
    assert case().state == "open"


def test_of_an_accepted_difference_between_sums_the_sums_may_go_on(sync, store, case):
    balance = {"entity": "ledger_balance", "amount_at_risk": "1"}
    sync(balance)
    accept(store, "f1", "ann", "migrated as one sum")
    assert sync(balance | {"expected_value": "20", "observed_value": "21"}) == Synced()
    assert sync(balance | {"expected_value": "20", "observed_value": "22", "amount_at_risk": "2"}).outgrown == 1


def test_an_accepted_case_that_grows_opens_again_and_says_from_what_to_what(sync, store, case, history, clock):
    sync({"amount_at_risk": "1"})
    accept(store, "f1", "ann", "a rounding", clock() + timedelta(days=9))
    assert sync({"amount_at_risk": "5000000", "observed_value": "5000010"}) == Synced(outgrown=1, still_open=1)
    now = case()
    assert (now.state, now.amount_at_risk, now.closed_at, now.accepted_until) == ("open", 5_000_000, None, None)
    assert history()[-1] == (
        "open",
        "q2c",
        "not what was accepted: from 1.00 USD at risk (findings: 1; 11 where 10 is expected; value_differs) "
        "to 5,000,000.00 USD at risk (findings: 1; 5000010 where 10 is expected; value_differs)",
    )


@pytest.mark.parametrize(
    "more",
    [[{"observed_value": "Bobb"}], [{"expected_value": "Rob"}], [{}, {"native_id": "p2"}], [{"currency": "EUR"}]],
    ids=["observed", "expected", "records", "currency"],
)
def test_without_money_other_values_are_more_than_was_accepted(sync, store, case, more):
    name = {"amount_at_risk": "0", "attribute": "name", "expected_value": "Bob", "observed_value": "Bop"}
    sync(name)
    accept(store, "f1", "ann", "as he likes it")
    assert sync(name).outgrown == 0
    assert sync(*(name | each for each in more)).outgrown == 1
    assert case().state == "open"


def test_an_accepted_case_that_grows_where_the_rule_cannot_tell_stays_accepted(sync, store, case):
    sync({})
    accept(store, "f1", "ann", "known")
    assert sync({"state": "indeterminate", "amount_at_risk": "5000"}) == Synced()
    assert case().state == "accepted"


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        ("proposed", "awaiting_approval"),
        ("approved", "in_flight"),
        ("sent", "in_flight"),
        ("unknown", "in_flight"),
        ("dead", "open"),
    ],
)
def test_it_stands_where_its_action_stands(sync, case, act, state, stands):
    sync({})
    act(state)
    sync({})
    assert case().state == stands


def test_confirmed_is_not_healed_until_it_was_observed(sync, case, act, clock):
    sync({})
    act("confirmed", confirmed_at=clock())
    sync({})
    assert case().state == "in_flight"
    sync()
    assert case().state == "healed"


def test_confirmed_and_still_there_after_its_hours_is_open_again(sync, case, act, clock):
    sync({})
    act("confirmed", confirmed_at=clock())
    sync({})
    clock.advance(hours=8)
    sync({})
    assert case().state == "open"


def test_with_several_actions_the_one_that_needs_someone_counts(sync, case, act):
    sync({})
    act("approved", "k1")
    act("proposed", "k2")
    sync({})
    assert case().state == "awaiting_approval"
    act("dead", "k1")
    sync({})
    assert case().state == "open"


def test_a_warehouse_without_findings_says_so(store, tmp_path):
    with pytest.raises(FindingsUnreadable, match="cannot be read"):
        sync_cases(store, tmp_path / "none.duckdb")
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(FindingsUnreadable, match="no table fct_mismatches; run the transform"):
        sync_cases(store, tmp_path / "empty.duckdb")


def test_cases_yaml_says_whose_a_case_is_and_by_when(sync, case, history, clock):
    triage = Triage.model_validate(
        {
            "owners": [{"platform": "zuora", "owner": "billing_berlin", "assign_to": "kim"}],
            "deadlines": [{"currency": "USD", "amount_from": 100, "hours": 2}],
            "overdue": [{"severity": "high", "raise_to": "critical"}],
        }
    )
    sync({}, triage=triage)
    found = case()
    assert (found.owner, found.assignee, found.state) == ("billing_berlin", "kim", "assigned")
    assert found.resolve_by - found.opened_at == timedelta(hours=2)
    clock.advance(hours=3)
    sync({}, triage=triage)
    assert case().severity == "critical"
    assert history()[-1][2] == "high is critical now, since it is overdue"
