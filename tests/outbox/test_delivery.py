"""What delivery makes of every answer a platform can give."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from q2c_pipelines.outbox import audit
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.claims import claim, platforms_due
from q2c_pipelines.outbox.outcomes import finish
from q2c_pipelines.outbox.tables import Action, Attempt, Case, CaseEvent
from q2c_pipelines.outbox.terms import Terms
from q2c_pipelines.platforms.commands import ApplyPayment
from q2c_pipelines.platforms.flow import Receipt


def test_a_due_action_is_written_once_and_confirmed(plan, run, action, tiny, store):
    plan("k1")
    assert run().results == {"confirmed": 1}
    assert run().results == {}
    assert tiny.effects == {"k1": 1}
    confirmed = action("k1")
    assert (confirmed.state, confirmed.outcome, confirmed.native_id) == ("confirmed", "written", "id-k1")
    assert audit.verify(store).broken_at is None


def test_why_it_was_let_go_is_known_of_what_is_confirmed(plan, run, action, store):
    plan("k1")
    with store.work() as work:
        work.session.get_one(Action, "k1").reason = "approve by rule 1; approved by alice"
        work.commit()
    run()
    assert (action("k1").state, action("k1").reason) == ("confirmed", "approve by rule 1; approved by alice")


def test_what_is_there_already_is_adopted(plan, run, action, tiny):
    plan("k1")
    tiny.records["k1"] = {"id": "made by hand"}
    run()
    assert (action("k1").outcome, action("k1").native_id) == ("adopted", "made by hand")
    assert tiny.effects == {}


def test_a_platform_that_moved_on_supersedes(plan, run, action, tiny):
    plan("k1")
    tiny.fault = lambda method, key: 412 if method == "POST" else None
    assert run().results == {"superseded": 1}
    assert (action("k1").state, action("k1").sent_at) == ("superseded", None)


def test_a_case_tells_why_its_action_was_superseded(plan, run, store, tiny):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r")
        work.commit()
    plan("k1", fingerprint="f1")
    tiny.fault = lambda method, key: 412 if method == "POST" else None
    run()
    with store.reading() as session:
        assert session.get_one(Case, "f1").state == "open"
        notes = session.scalars(select(CaseEvent.note).order_by(CaseEvent.id)).all()
    assert notes[-1].endswith("is superseded (the invoice is paid)")


def test_a_transient_refusal_waits_and_goes_again(plan, run, action, tiny, clock):
    plan("k1")
    tiny.fault = lambda method, key: 429 if method == "POST" else None
    assert run().results == {"retry": 1}
    waiting = action("k1")
    assert (waiting.state, waiting.sent_at, waiting.failures) == ("retry", None, 1)
    assert waiting.next_attempt_at > clock()
    tiny.fault = lambda method, key: None
    assert run().results == {}
    clock.advance(minutes=1)
    assert run().results == {"confirmed": 1}
    assert tiny.effects == {"k1": 1}


@pytest.mark.parametrize("fault", ["lose", 500], ids=["answer lost after the effect", "server error on the write"])
def test_an_unknown_outcome_is_looked_up_before_anything_is_sent_again(plan, run, action, tiny, clock, fault):
    plan("k1")
    tiny.fault = lambda method, key: fault if method == "POST" else None
    assert run().results == {"unknown": 1}
    assert action("k1").sent_at is not None
    tiny.fault = lambda method, key: None
    clock.advance(minutes=1)
    assert run().results == {"confirmed": 1}
    assert tiny.effects == {"k1": 1}
    assert action("k1").outcome == ("adopted" if fault == "lose" else "written")


def test_a_command_knows_how_many_of_its_writes_were_refused(plan, run, tiny, tiny_module, clock):
    """Not those that were never answered, and no looks."""
    plan("k1")
    told = []

    def noting(command):
        told.append(command.refusals)
        return tiny_module.apply_payment(command)

    for method, fault in [("POST", 429), ("GET", 503), ("POST", "lose"), ("POST", 500), ("GET", 503)]:
        tiny.fault = lambda called, key, method=method, fault=fault: fault if called == method else None
        tiny.records.clear()
        run(handlers=lambda _: {ApplyPayment: noting}, terms=Terms(circuit_failures=99))
        clock.advance(hours=2)
    assert told == [0, 1, 1, 1, 2]


def test_a_read_back_that_fails_after_the_write_is_an_unknown_outcome(plan, run, action, tiny):
    plan("k1")
    tiny.fault = lambda method, key: 503 if method == "GET" and key in tiny.records else None
    assert run().results == {"unknown": 1}
    assert action("k1").sent_at is not None


def test_a_terminal_refusal_is_dead_with_a_case(plan, run, action, tiny, store):
    plan("k1", rule="payment_not_applied", fingerprint="f1")
    tiny.fault = lambda method, key: 400 if method == "POST" else None
    assert run().results == {"dead": 1}
    assert (action("k1").state, action("k1").sent_at) == ("dead", None)
    with store.reading() as session:
        case = session.get_one(Case, "f1")
        notes = session.scalars(select(CaseEvent.note).where(CaseEvent.fingerprint == "f1")).all()
    assert (case.state, case.rule) == ("open", "payment_not_applied")
    assert any("400" in note for note in notes)


def test_too_many_failures_in_a_row_are_dead(plan, run, action, tiny, clock):
    plan("k1")
    tiny.fault = lambda method, key: 503
    results = []
    for _ in range(3):
        results += run(terms=Terms(attempts=3, circuit_failures=9)).results
        clock.advance(hours=2)
    assert results == ["retry", "retry", "dead"]
    assert action("k1").code == "ATTEMPTS_EXHAUSTED"


def test_wrong_credentials_make_the_whole_platform_wait_and_cost_no_attempt(plan, run, action, tiny, clock):
    plan("k1", "k2")
    tiny.fault = lambda method, key: 401
    delivery = run()
    assert delivery.results == {"waiting": 1}
    assert "401" in delivery.platforms[0].waiting
    assert action("k1").failures == 0
    tiny.fault = lambda method, key: None
    clock.advance(minutes=2)
    assert run().results == {"confirmed": 2}


def test_a_bug_in_a_writer_is_dead_before_the_write_and_unknown_after_it(plan, run, tiny, tiny_module):
    def before(command):
        raise KeyError("no such field")
        yield

    def after(command):
        yield tiny_module.Request("POST", f"/records/{command.key}", json={}, is_write=True)
        raise KeyError("no such field")

    plan("k1")
    assert run(handlers=lambda _: {tiny_module.ApplyPayment: before}).results == {"dead": 1}
    plan("k2")
    assert run(handlers=lambda _: {tiny_module.ApplyPayment: after}).results == {"unknown": 1}


def test_a_command_without_a_writer_is_dead_and_says_so(plan, run, action):
    plan("k1")
    assert run(handlers=lambda _: {}).results == {"dead": 1}
    assert (action("k1").code, action("k1").reason) == ("NO_WRITER", "tiny has no writer for ApplyPayment")


def test_a_platform_that_cannot_be_opened_keeps_no_other_waiting(plan, run, action, tiny, tiny_module):
    def some_handlers(name):
        if name == "broken":
            raise LookupError("no credentials for broken")
        return tiny_module.handlers(name)

    plan("k1", platform="broken")
    plan("k2", platform="tiny")
    delivery = run(handlers=some_handlers)
    assert {one.platform: (one.attempts, one.waiting) for one in delivery.platforms} == {
        "broken": (0, "cannot be opened: LookupError: no credentials for broken"),
        "tiny": (1, ""),
    }
    assert action("k1").state == "approved"


def test_delivery_can_be_limited_to_a_platform_and_a_number(plan, run, tiny, store):
    plan("k1", "k2", "k3", platform="tiny")
    plan("m1", platform="other")
    assert platforms_due(store) == ["other", "tiny"]
    assert run(platform="tiny", limit=2).results == {"confirmed": 2}
    assert tiny.effects.total() == 2


def test_a_payload_changed_in_the_database_is_never_sent(plan, run, action, tiny, store):
    plan("k1")
    with store.work() as work:
        stored = work.session.get_one(type(action("k1")), "k1")
        stored.payload = stored.payload.replace('"amount":"10"', '"amount":"99"')
        work.commit()
    assert run().results == {}
    assert (action("k1").state, action("k1").code, tiny.effects) == ("dead", "INVALID_PAYLOAD", {})


def test_two_deliverers_at_once_share_the_work_and_repeat_none(plan, run, tiny):
    keys = [f"k{number}" for number in range(20)]
    plan(*keys)
    both = threading.Barrier(2, timeout=20)
    tiny.before_write = lambda key: both.wait() if tiny.effects.total() < 2 else None
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(run().results["confirmed"])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 20
    assert all(results)
    assert tiny.effects == dict.fromkeys(keys, 1)


def test_a_claim_is_exclusive_until_its_lease_ends(plan, store, clock, action, ownership):
    terms = Terms()
    plan("k1")
    first = claim(store, "tiny", "one", terms, ownership)
    assert first is not None
    assert claim(store, "tiny", "two", terms, ownership) is None
    clock.advance(minutes=6)
    second = claim(store, "tiny", "two", terms, ownership)
    assert second is not None
    assert second.lease != first.lease
    assert finish(store, first, Receipt("written", "late"), wrote=True, terms=terms) == "lost"
    assert action("k1").state == "claimed"
    with store.reading() as session:
        outcomes = session.scalars(select(Attempt.outcome).order_by(Attempt.number)).all()
    assert outcomes == ["written", None]


def test_a_run_whose_lease_was_taken_over_does_not_write(plan, run, store, clock, tiny, tiny_module, ownership):
    def slow(command):
        found = yield tiny_module.Request("GET", f"/records/{command.key}", accept=(404,))
        assert found.status_code == 404
        clock.advance(minutes=6)
        assert claim(store, "tiny", "someone else", Terms(), ownership) is not None
        yield tiny_module.Request("POST", f"/records/{command.key}", json={}, is_write=True)

    plan("k1")
    assert run(limit=1, handlers=lambda _: {tiny_module.ApplyPayment: slow}).results == {"lost": 1}
    assert tiny.effects == {}
