"""The chain holds, shows where it was broken, and keeps no secret."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from q2c_pipelines.outbox import audit
from q2c_pipelines.outbox.tables import AuditEntry


@pytest.fixture
def chained(store):
    """A store with five entries."""
    for number in range(5):
        with store.work() as work:
            work.note("action.planned", f"k{number}", {"amount": number})
            work.commit()
    return store


def _unguarded(store, statement):
    """Run a statement as someone would who owns the database."""
    with store.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("drop trigger audit_no_update"))
            connection.execute(text("drop trigger audit_no_delete"))
        else:
            connection.execute(text("drop trigger audit_append_only on audit"))
        connection.execute(text(statement))


def _last_hash(store):
    with store.engine.connect() as connection:
        return connection.execute(text("select hash from audit order by seq desc limit 1")).scalar_one()


def test_an_untouched_log_verifies_and_tells_its_end(chained):
    assert audit.verify(chained) == audit.Verdict(5, head=_last_hash(chained))


def test_an_empty_log_verifies(store):
    assert audit.verify(store) == audit.Verdict(0)


@pytest.mark.parametrize("statement", ["update audit set actor = 'x'", "delete from audit"], ids=["update", "delete"])
def test_the_database_refuses_to_rewrite_it(chained, statement):
    with chained.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("update audit set body = '{\"amount\": 9}' where seq = 3", 3),
        ("update audit set actor = 'someone' where seq = 1", 1),
        ("delete from audit where seq = 2", 2),
        ("delete from audit where seq = 5", 5),
        ("update audit set hash = previous_hash where seq = 4", 4),
        ("update audit set at = '2026-03-02 12:00:00+00:00' where seq = 4", 4),
        ("delete from audit_head", 6),
        ("update audit_head set seq = 4", 5),
        ("delete from audit", 1),
    ],
    ids=[
        "changed body",
        "changed actor",
        "removed",
        "end cut off",
        "changed hash",
        "changed time",
        "end forgotten",
        "another end",
        "all removed",
    ],
)
def test_the_first_broken_entry_is_named(chained, statement, broken_at):
    _unguarded(chained, statement)
    assert audit.verify(chained).broken_at == broken_at


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "value", ["body = x'00ff'", "at = 'yesterday'", "at = 17", "actor = x'ff'", "hash = x'ff'", "previous_hash = 5", "event = 7"]
)
def test_what_lies_there_in_another_shape_is_a_changed_entry(chained, value):
    _unguarded(chained, f"update audit set {value} where seq = 3")
    assert audit.verify(chained).broken_at == 3


def test_nothing_is_done_that_cannot_be_told(chained):
    _unguarded(chained, "delete from audit_head")
    with chained.work() as work:
        work.note("action.planned", "k9", {})
        with pytest.raises(audit.AuditBroken, match="q2c audit verify"):
            work.commit()


def test_concurrent_writers_make_one_chain(store):
    def write(name):
        for _ in range(10):
            with store.work() as work:
                work.note("x", name, {})
                work.note("y", name, {})
                work.commit()

    threads = [threading.Thread(target=write, args=(f"writer {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify(store) == audit.Verdict(80, head=_last_hash(store))


def test_a_delivery_leaves_payload_approval_attempt_and_response(plan, run, store):
    plan("k1")
    run()
    with store.reading() as session:
        told = {entry.event: entry.body for entry in session.scalars(select(AuditEntry).where(AuditEntry.subject == "k1"))}
    assert list(told) == [
        "action.planned",
        "action.approved",
        "action.claimed",
        "action.sent",
        "action.confirmed",
        "attempt.confirmed",
    ]
    assert "ch_1" in told["action.planned"]
    assert "id-k1" in told["attempt.confirmed"]


@pytest.mark.parametrize(
    "secret",
    [
        {"headers": {"Authorization": "hunter2"}},
        {"client_secret": "hunter2"},
        {"message": "sent Authorization: Bearer hunter2hunter2 to it"},
        {"message": 'body {"access_token": "hunter2"}'},
        {"message": "POST /token?password=hunter2&x=1"},
        {"list": ["the key sk_test_hunter2 was refused"]},
    ],
    ids=["header", "named", "bearer", "json", "query", "stripe key"],
)
def test_secrets_are_masked(secret):
    assert "hunter2" not in str(audit.redacted(secret))


def test_a_vendors_words_are_kept_without_the_secret_in_them(plan, run, tiny, tiny_module, store, action):
    def leaking(command):
        raise ValueError("refused: Bearer hunter2hunter2")
        yield

    plan("k1")
    run(handlers=lambda _: {tiny_module.ApplyPayment: leaking})
    assert action("k1").reason == "refused: ***"
    with store.engine.connect() as connection:
        for table in ("actions", "attempts", "case_events", "audit"):
            assert "hunter2" not in str(connection.execute(text(f"select * from {table}")).all())
