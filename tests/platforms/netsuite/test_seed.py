"""The simulated company as the account shows it: complete, balanced, and only what exists by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.netsuite import emulator
from q2c_pipelines.platforms.netsuite.emulator import bookkeeping, ledger
from q2c_pipelines.sandbox import world

AT = datetime(2025, 9, 15, 12, tzinfo=UTC)
CHUNK = world.chunk()


@pytest.fixture(scope="module")
def state() -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(CHUNK, AT).items():
        state.load(table, frame)
    return state


def ids(state: State, sql: str) -> list[int]:
    return sorted(row["id"] for row in state.select(sql))


def test_every_reference_is_carried(state: State) -> None:
    carried = {
        "SalesOrd": "custbody_quote_id is not null and otherrefnum like 'Q-%' and tranid like 'SO%'",
        "CustInvc": "custbody_billing_number like 'INV%'",
        "CustPymt": "custbody_payment_ref like 'ch_%'",
        "Journal": "custbody_journal_ref like 'FEE:%' or custbody_journal_ref like 'REV:%'",
    }
    for kind, condition in carried.items():
        total = ids(state, f"""select id from "transaction" where type = '{kind}'""")
        assert len(total) > 100
        assert ids(state, f"""select id from "transaction" where type = '{kind}' and ({condition})""") == total
    assert not ids(state, "select id from customer where externalid is null")


def test_nothing_is_there_before_its_time(state: State) -> None:
    for table in ("transaction", "customer", "item"):
        assert not ids(state, f"""select id from "{table}" where lastmodifieddate > '{AT:%Y-%m-%dT%H:%M:%SZ}'""")


def test_totals_are_what_the_lines_add_up_to(state: State) -> None:
    sql = """select t.id from "transaction" t join transactionline l on l."transaction" = t.id
        where l.mainline = 'F' and t.type in ('SalesOrd', 'CustInvc')
        group by t.id, t.foreigntotal having abs(sum(l.foreignamount) + t.foreigntotal) > 0.005"""
    assert ids(state, sql) == []


def test_what_posts_balances_and_orders_do_not_post(state: State) -> None:
    unbalanced = 'select "transaction" as id from transactionaccountingline group by 1 having abs(sum(amount)) > 0.005'
    assert ids(state, unbalanced) == []
    posting = """select t.id from "transaction" t left join transactionaccountingline a on a."transaction" = t.id
        where (t.type = 'SalesOrd') = (a.account is not null)"""
    assert ids(state, posting) == []


def test_the_bookkeeping_finds_nothing_to_correct(state: State) -> None:
    """The seeded rows are what the account itself would have computed from their lines and applications."""
    sql = """select * from "transaction" where type in ('CustInvc', 'CustPymt') order by id desc limit 200"""
    entries = 'select account, round(sum(amount), 2) as amount from transactionaccountingline where "transaction" = ? group by 1'
    for row in state.select(sql):
        booked = state.select(entries, (row["id"],))
        ledger.post(state, row["id"])
        bookkeeping.settle(state, row["id"], AT)
        assert state.get("transaction", row["id"]) == row
        assert state.select(entries, (row["id"],)) == booked


def test_every_key_is_unique_and_stays(state: State) -> None:
    later = emulator.rows(CHUNK, AT + timedelta(days=30))
    for table, frame in emulator.rows(CHUNK, AT).items():
        key = state.key(table)
        assert frame[key].is_unique().all(), table
        assert frame[key].is_in(later[table][key].implode()).all(), table


def test_a_later_change_moves_the_stamp(state: State) -> None:
    later = emulator.rows(CHUNK, AT + timedelta(days=30))["transaction"]
    now = emulator.rows(CHUNK, AT)["transaction"]
    both = now.join(later, on="id", suffix="_later")
    changed = both.filter(both["status"] != both["status_later"])
    assert len(changed) > 0
    assert (changed["lastmodifieddate_later"] > AT).all()


def test_a_credit_memo_is_open_until_it_is_applied_and_books_itself(state: State) -> None:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table in ("account", "item", "transaction"):
        state.load(table, emulator.rows(CHUNK, AT)[table])
    item = state.select("select * from item where deferralaccount is not null limit 1")[0]
    memo = {"id": 1, "type": "CustCred", "tranid": "CC1", "status": "A", "foreigntotal": -50, "trandate": "2025-09-01"}
    state.insert("transaction", memo, AT)
    for line, sold, amount in ((0, None, -50), (1, item["id"], 50)):
        own = {"uniquekey": line, "id": line, "mainline": "F" if sold else "T", "taxline": "F"}
        state.insert("transactionline", own | {"transaction": 1, "item": sold, "foreignamount": amount}, AT)
    assert (state.get("transaction", 1) or {})["foreignpaymentamountunused"] == 50
    entries = 'select account, amount from transactionaccountingline where "transaction" = 1 order by transactionline'
    receivables = ledger.account(state, ledger.RECEIVABLES)
    assert [tuple(row.values()) for row in state.select(entries)] == [(receivables, -50), (item["deferralaccount"], 50)]
    link = {"_key": "x", "previousdoc": 2, "previoustype": "CustInvc", "nextdoc": 1, "nexttype": "CustCred", "foreignamount": 30}
    state.insert("previoustransactionlinelink", link, AT)
    assert (state.get("transaction", 1) or {})["foreignpaymentamountunused"] == 20
