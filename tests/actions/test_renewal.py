"""A break that is back after it was seen healed is answered anew, whatever was delivered for the first one."""

from __future__ import annotations

import pytest

from q2c_pipelines.outbox.case_log import CaseState, move_case, open_case
from q2c_pipelines.outbox.keys import content_hash
from q2c_pipelines.outbox.tables import Case


@pytest.fixture
def see(store, clock):
    """A build an hour later that finds, or no longer finds, the break f1."""

    def build(*, is_there):
        clock.advance(hours=1)
        with store.work() as work:
            if is_there:
                open_case(work, "f1", "it differs", kind="mismatch", rule="r")
            else:
                move_case(work, work.hold(Case, "f1"), CaseState.HEALED, "gone")
            work.commit()

    return build


@pytest.fixture
def heal(see, change, clock):
    """The action is delivered, and the next build no longer finds the break."""

    def run(key="k1"):
        clock.advance(hours=1)
        change(key, state="confirmed", sent_at=clock(), confirmed_at=clock())
        see(is_there=False)

    return run


def test_a_break_that_is_back_gets_a_new_action(plan, payment, action, see, heal):
    see(is_there=True)
    plan(payment(fingerprint="f1"))
    heal()
    assert plan(payment(fingerprint="f1")).proposed == 1
    new = action("k1-2")
    assert (new.state, new.payload.count('"k1-2"')) == ("proposed", 1)
    assert new.payload_hash == content_hash(new.command, new.payload)
    assert action("k1").state == "confirmed"


def test_it_stays_one_action_until_it_was_seen_healed_again(plan, payment, action, see, heal, change, clock):
    see(is_there=True)
    plan(payment(fingerprint="f1"))
    heal()
    plan(payment(fingerprint="f1"))
    see(is_there=True)
    assert plan(payment(fingerprint="f1")).unchanged == 1
    clock.advance(hours=1)
    change("k1-2", state="confirmed", sent_at=clock(), confirmed_at=clock())
    assert plan(payment(fingerprint="f1")).unchanged == 1
    heal("k1-2")
    assert plan(payment(fingerprint="f1")).proposed == 1
    assert action("k1-3").state == "proposed"


def test_another_amount_of_a_break_that_is_back_is_no_conflict(plan, payment, see, heal):
    see(is_there=True)
    plan(payment(fingerprint="f1"))
    heal()
    assert plan(payment(fingerprint="f1", amount=11)).conflicts == ()


def test_what_is_not_read_back_yet_is_not_sent_again(plan, payment, see, change, clock):
    see(is_there=True)
    plan(payment(fingerprint="f1"))
    clock.advance(hours=1)
    change(state="confirmed", sent_at=clock(), confirmed_at=clock())
    see(is_there=True)
    outcome = plan(payment(fingerprint="f1"))
    assert (outcome.unchanged, outcome.proposed) == (1, 0)


def test_what_waits_for_it_waits_for_the_new_one(plan, payment, action, see, heal):
    see(is_there=True)
    plan(payment(fingerprint="f1"))
    heal()
    plan(payment(fingerprint="f1"), payment("k9", fingerprint="f9", depends_on_key="k1"))
    assert action("k9").depends_on_key == "k1-2"


def test_what_somebody_undid_waits_for_a_person(plan, payment, action, see, heal, policy):
    freely = policy({"decide": "unattended"})
    see(is_there=True)
    plan(payment(fingerprint="f1"), under=freely)
    assert action().decision == "unattended"
    heal()
    plan(payment(fingerprint="f1"), under=freely)
    new = action("k1-2")
    assert (new.decision, new.state) == ("approve", "proposed")
    assert new.reason.startswith("approve as the same was delivered once and undone since")
