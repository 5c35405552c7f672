"""The steps of a deal go in their order, die together and come back together."""

from __future__ import annotations

from q2c_pipelines.outbox.replay import replay


def test_a_step_waits_for_the_one_before_it_also_on_another_platform(plan, run, tiny, action):
    order = []
    tiny.before_write = order.append
    plan("third", platform="aaa", depends_on_key="second")
    plan("second", platform="bbb", depends_on_key="first")
    plan("first", platform="ccc")
    assert run(platform="aaa").results == {}
    assert run().results == {"confirmed": 3}
    assert order == ["first", "second", "third"]


def test_a_step_whose_prerequisite_is_dead_is_dead_with_the_reason(plan, run, tiny, action):
    plan("first", fingerprint="f1")
    plan("second", depends_on_key="first", fingerprint="f2")
    plan("third", depends_on_key="second", fingerprint="f3")
    plan("other")
    tiny.fault = lambda method, key: 400 if key == "first" else None
    assert run().results == {"dead": 1, "confirmed": 1}
    run()
    assert [(action(key).state, action(key).code) for key in ("second", "third")] == [("dead", "PREREQUISITE_DEAD")] * 2
    assert action("second").reason.startswith("first, which must come first, was stopped")


def test_replaying_the_first_brings_the_others_back(plan, run, tiny, action, store):
    plan("first")
    plan("second", depends_on_key="first")
    plan("third", depends_on_key="second")
    tiny.fault = lambda method, key: 400
    run()
    run()
    tiny.fault = lambda method, key: None
    assert replay(store, ["first"], by="alice").approved == ("first",)
    assert run().results == {"confirmed": 3}
    assert tiny.effects == {"first": 1, "second": 1, "third": 1}
