"""What people decide on a case is decided by somebody who says why, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from q2c_pipelines.mismatches.decisions import NoSuchCase, accept, assign, comment, reopen
from q2c_pipelines.outbox.audit import verify
from q2c_pipelines.outbox.persons import NotAllowed


def test_a_finding_is_accepted_until_a_day_to_come(sync, store, case, clock):
    sync({})
    with pytest.raises(ValueError, match="is over; a finding is accepted until a day to come"):
        accept(store, "f1", "ann", "known", clock() - timedelta(days=1))
    assert case().state == "open"


def test_a_decision_needs_a_case_that_is_open(sync, store):
    sync({})
    sync()
    with pytest.raises(NoSuchCase, match="case f1 is healed"):
        accept(store, "f1", "alice", "why")
    with pytest.raises(NoSuchCase, match="there is no case f2"):
        assign(store, "f2", "alice", by="bob")


@pytest.mark.parametrize("blank", ["", " ", "\u200b"], ids=["empty", "blank", "unseen"])
def test_nobody_decides_nothing(sync, store, case, history, blank):
    sync({})
    before = history()
    for decide in (
        lambda: accept(store, "f1", blank, "why"),
        lambda: accept(store, "f1", "ann", blank),
        lambda: assign(store, "f1", "ann", by=blank),
        lambda: assign(store, "f1", blank, by="ann"),
        lambda: comment(store, "f1", "a note", by=blank),
        lambda: comment(store, "f1", blank, by="ann"),
    ):
        with pytest.raises(NotAllowed):
            decide()
    accept(store, "f1", "ann", "why")
    for by, reason in (("ann", blank), (blank, "why")):
        with pytest.raises(NotAllowed):
            reopen(store, "f1", by=by, reason=reason)
    assert (case().state, history()[:-1]) == ("accepted", before)


def test_an_accepted_case_says_by_whom_and_until_when(sync, store, clock):
    sync({})
    accept(store, "f1", "ann", "known", clock() + timedelta(days=1))
    comment(store, "f1", "asked again", by="bob")
    told = f"is accepted by ann until {clock() + timedelta(days=1):%Y-%m-%d}; q2c cases reopen f1"
    with pytest.raises(NoSuchCase, match=told):
        accept(store, "f1", "kim", "known")
    with pytest.raises(NoSuchCase, match=told):
        assign(store, "f1", "kim", by="kim")


@pytest.mark.parametrize(("assignee", "state"), [("", "open"), ("kim", "assigned")])
def test_an_acceptance_is_taken_back(sync, store, case, history, assignee, state):
    sync({})
    if assignee:
        assign(store, "f1", assignee, by="ann")
    with pytest.raises(NoSuchCase, match="only an accepted case is reopened"):
        reopen(store, "f1", by="bob", reason="it is not")
    accept(store, "f1", "ann", "known")
    reopen(store, "f1", by="bob", reason="it is no rounding")
    assert (case().state, case().closed_at, case().accepted_until) == (state, None, None)
    assert history()[-1] == (state, "bob", "reopened: it is no rounding")
    assert verify(store).broken_at is None
    assert sync({"observed_value": "9"}).still_open == 1


def test_a_reopened_case_stands_where_its_action_stands(sync, store, case, act):
    sync({})
    accept(store, "f1", "ann", "known")
    act("approved")
    reopen(store, "f1", by="bob", reason="it is no rounding")
    assert case().state == "in_flight"
