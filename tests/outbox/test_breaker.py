"""A platform that is down is left alone for a while; the others are not."""

from __future__ import annotations

from q2c_pipelines.outbox import breaker
from q2c_pipelines.outbox.terms import Terms

TERMS = Terms(circuit_failures=3)


def test_after_failures_in_a_row_its_actions_wait_and_others_flow(plan, run, tiny, action):
    plan(*(f"d{number}" for number in range(6)), platform="down")
    plan("u1", "u2", platform="up")
    tiny.fault = lambda method, key: 503 if key.startswith("d") else None
    delivery = run(terms=TERMS)
    assert {one.platform: dict(one.results) for one in delivery.platforms} == {"down": {"retry": 3}, "up": {"confirmed": 2}}
    assert "503" in delivery.platforms[0].waiting
    assert action("d5").state == "approved"


def test_one_probe_goes_after_the_wait_and_the_rest_only_when_it_succeeds(plan, run, tiny, clock):
    plan(*(f"k{number}" for number in range(6)))
    tiny.fault = lambda method, key: 503
    run(terms=TERMS)
    assert run(terms=TERMS).results == {}
    clock.advance(seconds=61)
    assert run(terms=TERMS).results == {"retry": 1}
    clock.advance(seconds=61)
    assert run(terms=TERMS).results == {}
    tiny.fault = lambda method, key: None
    clock.advance(seconds=61)
    assert run(terms=TERMS).results == {"confirmed": 6}


def test_an_answer_in_between_starts_the_count_again(store):
    with store.work() as work:
        for _ in range(5):
            breaker.failed(work, "p", TERMS, "no answer")
            breaker.failed(work, "p", TERMS, "no answer")
            breaker.succeeded(work, "p")
        assert breaker.admits(work, "p", TERMS)


def test_only_one_of_two_deliverers_probes(store, clock):
    with store.work() as work:
        breaker.trip(work, "p", TERMS, "down")
        work.commit()
    clock.advance(minutes=2)
    with store.work() as work:
        assert breaker.admits(work, "p", TERMS)
        assert not breaker.admits(work, "p", TERMS)


def test_a_person_can_close_it(store):
    with store.work() as work:
        breaker.trip(work, "p", TERMS, "down")
        assert not breaker.admits(work, "p", TERMS)
        breaker.reset(work, "p", "alice")
        assert breaker.admits(work, "p", TERMS)
