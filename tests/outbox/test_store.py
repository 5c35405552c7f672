"""Units of work, the schema through time, and values that mean the same on both engines."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError

from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action, Approval, AuditEntry, AuditHead, Base, Case


def _half_done(store):
    with store.work() as work:
        open_case(work, "f2", "it differs", kind="mismatch", rule="r")
        raise RuntimeError("half way")


def test_without_commit_nothing_happened(store):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r")
    with pytest.raises(RuntimeError, match="half way"):
        _half_done(store)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_what_is_committed_is_there_for_another_process(store, store_url):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r", amount_at_risk=Decimal("0.1") + Decimal("0.2"))
        work.commit()
    with Store(store_url).reading() as session:
        case = session.get_one(Case, "f1")
    assert (case.amount_at_risk, case.opened_at) == (Decimal("0.3"), datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_a_store_is_closed_at_the_end_of_its_block_also_by_an_error(store_url):
    store = Store(store_url)
    for fails in (False, True):
        with contextlib.suppress(RuntimeError), store:
            pool = store.engine.pool
            if fails:
                raise RuntimeError("half way")
        assert store.engine.pool is not pool


def test_a_store_opens_and_reads_while_another_writes(store, store_url):
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="r")
        with Store(store_url).reading() as session:
            assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_opened_for_the_first_time_by_many_at_once(store_url):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(store_url), range(4)))
    with stores[0].reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditHead)) == 1


def test_the_migrations_make_the_tables_that_the_code_declares(store):
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_what_an_earlier_version_planned_waits_for_the_next_plan(store, store_url, plan):
    plan("unsent", "done")
    with store.work() as work:
        work.session.get_one(Action, "done").state = "confirmed"
        work.commit()
    with Store(store_url) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("drop table alerts")
        connection.exec_driver_sql("alter table cases drop column root_cause")
        connection.exec_driver_sql("alter table actions drop column withheld")
        connection.exec_driver_sql("update alembic_version set version_num = '0001'")
    with Store(store_url) as store, store.reading() as session:
        withheld = dict(session.execute(select(Action.key, Action.withheld)).tuples().all())
    assert withheld["done"] == ""
    assert withheld["unsent"].startswith("planned by an earlier version")


def test_a_moment_without_a_time_zone_is_refused(store):
    with store.work() as work, pytest.raises(StatementError, match="no time zone"):
        open_case(work, "f1", "it differs", kind="mismatch", rule="r", resolve_by=datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_approval_of_nothing_is_refused(store):
    with store.work() as work:
        work.session.add(Approval(action_key="none", payload_hash="0", approved_by="a", approved_at=work.now))
        with pytest.raises(IntegrityError):
            work.commit()


def test_opening_the_same_case_twice_at_once_makes_one(store):
    fresh = {"kind": "mismatch", "rule": "r", "state": "open", "opened_at": store.now(), "last_seen_at": store.now()}
    with store.work() as work:
        first = work.hold_or_add(Case(fingerprint="f1", **fresh), "f1")
        second = work.hold_or_add(Case(fingerprint="f1", **fresh), "f1")
    assert (first[1], second[1], second[0]) == (True, False, first[0])
