"""Dead actions go again, singly and in bulk."""

from __future__ import annotations

import pytest

from q2c_pipelines.actions.approval import reject
from q2c_pipelines.outbox.persons import NotAllowed
from q2c_pipelines.outbox.replay import replay
from q2c_pipelines.outbox.states import IllegalTransition


@pytest.fixture
def dead(plan, run, tiny):
    """Three dead actions on one platform and one on another, the cause repaired."""
    plan("k1", "k2", "k3")
    plan("m1", platform="other")
    tiny.fault = lambda method, key: 400
    run()
    tiny.fault = lambda method, key: None


def test_one_by_name(dead, store, run, tiny):
    assert replay(store, ["k2"], by="alice").approved == ("k2",)
    assert run().results == {"confirmed": 1}
    assert tiny.effects == {"k2": 1}


def test_all_of_a_platform(dead, store, run):
    assert replay(store, by="alice", platform="tiny").approved == ("k1", "k2", "k3")
    assert run().results == {"confirmed": 3}


def test_all_of_a_cause(dead, store):
    assert replay(store, by="alice", code="SOMETHING_ELSE").approved == ()
    assert len(replay(store, by="alice", code="Terminal").approved) == 4


def test_what_is_confirmed_is_not_replayed(plan, run, store):
    plan("k1")
    run()
    with pytest.raises(IllegalTransition, match="is confirmed; only a dead action is replayed"):
        replay(store, ["k1"], by="alice")


def test_what_a_person_rejected_is_not_replayed(plan, store, action):
    plan("k1")
    reject(store, ["k1"], by="alice", reason="no")
    with pytest.raises(IllegalTransition, match="is rejected; only a dead action is replayed"):
        replay(store, ["k1"], by="bob")
    assert action("k1").state == "rejected"


@pytest.mark.parametrize("by", ["", " ", "\u200b"])
def test_a_replay_needs_the_name_of_a_person(dead, store, action, by):
    with pytest.raises(NotAllowed, match="needs the name of the person"):
        replay(store, ["k1"], by=by)
    assert action("k1").state == "dead"


def test_the_case_of_an_action_without_a_finding_closes_with_it(dead, store, run):
    from q2c_pipelines.outbox.tables import Case

    replay(store, ["k1"], by="alice")
    run()
    with store.reading() as session:
        assert session.get_one(Case, "action:k1").state == "healed"
        assert session.get_one(Case, "action:k2").state == "open"
