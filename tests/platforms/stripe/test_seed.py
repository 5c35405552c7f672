"""The simulated company as its account holds it: complete, adding up, and only what exists by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.emulation import Emulation, State
from q2c_pipelines.platforms.page import Window
from q2c_pipelines.platforms.stripe import emulator, ids, source
from q2c_pipelines.platforms.stripe.emulator.objects import render
from q2c_pipelines.sandbox import world
from q2c_pipelines.sandbox.chains import CA, US
from tests.platforms.served import serving
from tests.platforms.stripe.conftest import KEY
from tests.platforms.stripe.published import Published

AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
BEFORE = AT - timedelta(days=20)
CHUNK = world.chunk(chain=CA)
OBJECTS = {
    "credit_note": "CreditNote",
    "customer": "Customer",
    "invoice": "Invoice",
    "invoice_payment": "InvoicePayment",
    "invoiceitem": "InvoiceItem",
    "line_item": "InvoiceLineItem",
    "payment_intent": "PaymentIntent",
    "price": "Price",
    "product": "Product",
    "subscription": "Subscription",
    "subscription_item": "SubscriptionItem",
    "tax_rate": "TaxRate",
}


def account(at: datetime) -> State:
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    for table, frame in emulator.rows(CHUNK, at).items():
        state.load(table, frame)
    return state


@pytest.fixture(scope="module")
def state() -> State:
    return account(AT)


def count(state: State, sql: str) -> int:
    return int(state.select(f"select count(*) as n from {sql}")[0]["n"])


def test_every_reference_is_carried(state: State) -> None:
    for table, condition in {
        "customer": "json_extract(metadata, '$.crm_id') is not null and address is not null",
        "subscription": "json_extract(metadata, '$.quote_number') is not null"
        " and json_extract(metadata, '$.order_number') is not null and id like 'sub_%'",
        "invoice": "number glob '????????-????' and _subscription in (select id from subscription)",
        "line_item": "json_extract(pricing, '$.price_details.price') in (select id from price)",
        "subscription_item": "price in (select id from price) and subscription in (select id from subscription)",
        "price": "product in (select id from product)",
        "charge": "payment_intent in (select json_extract(payment, '$.payment_intent') from invoice_payment where status = 'paid')",
        "invoice_payment": "invoice in (select id from invoice) and json_extract(payment, '$.payment_intent')"
        " in (select id from payment_intent)",
    }.items():
        total = count(state, table)
        assert (table, count(state, f"{table} where {condition}")) == (table, total)
        assert total > 30


def test_invoices_come_to_their_lines_and_their_tax(state: State) -> None:
    uneven = """invoice where subtotal <> (select sum(amount) from line_item where invoice = invoice.id)
        or total - subtotal <> (select sum(json_extract(taxes, '$[0].amount')) from line_item where invoice = invoice.id)
        or total - subtotal <> json_extract(total_taxes, '$[0].amount') or total <= subtotal
        or amount_due <> amount_paid + amount_remaining or (status = 'paid') <> (amount_remaining = 0)"""
    assert count(state, uneven) == 0
    assert count(state, "invoice where status = 'open'") > 10


def test_what_paid_an_invoice_is_what_the_balance_knows(state: State) -> None:
    (paid,) = state.select("select sum(amount_paid) as amount, count(*) as n from invoice where status = 'paid'")
    (balance,) = state.select("select sum(amount) as amount, count(*) as n from balance_transaction where type = 'charge'")
    assert paid == balance
    assert count(state, "balance_transaction where net <> amount - fee or (fee <= 0 and type = 'charge') or currency <> 'cad'") == 0


def test_a_payout_is_all_that_has_cleared_since_the_last_one_and_leaves_the_balance(state: State) -> None:
    parts = "(select sum(net) from balance_transaction t where t._payout = payout.id and t.type = 'charge')"
    assert count(state, f"payout where amount = {parts}") == count(state, "payout") > 30
    left = "balance_transaction t join payout p on t.source = p.id where t.net = -p.amount and t._payout = p.id"
    assert count(state, left) == count(state, "payout")
    late = int((AT - timedelta(days=10)).timestamp())
    assert count(state, f"balance_transaction where _payout is null and created < {late}") == 0
    assert count(state, "balance_transaction t join payout p on t._payout = p.id where t.available_on > p.created") == 0


def test_prices_agreed_below_the_list_are_a_subscriptions_own(state: State) -> None:
    offered, own = count(state, "price where active"), count(state, "price where not active and lookup_key is null")
    assert (offered, offered + own) == (100, count(state, "price"))
    assert own > 50


def test_a_subscription_is_on_trial_until_its_term_and_ends_with_it(state: State) -> None:
    second = int(AT.timestamp())
    for status, condition in {
        "trialing": f"trial_end > {second} and latest_invoice is null",
        "active": f"trial_end <= {second} and cancel_at > {second} and latest_invoice is not null",
        "canceled": f"ended_at = cancel_at and cancel_at <= {second}",
    }.items():
        held = count(state, f"subscription where status = '{status}'")
        assert (status, count(state, f"subscription where status = '{status}' and {condition}")) == (status, held)
    lapsed = "subscription_item i join subscription s on s.id = i.subscription where s.status <> 'canceled'"
    assert count(state, f"{lapsed} and not ({second} between i.current_period_start and i.current_period_end - 1)") == 0
    assert count(state, "subscription where status = 'canceled'") > 5


def test_nothing_is_there_before_its_time_and_time_alone_changes_nothing_more(state: State) -> None:
    for table in ("customer", "subscription", "invoice", "charge", "payment_intent", "event"):
        assert count(state, f"{table} where created > {int(AT.timestamp())}") == 0
    moved = account(BEFORE)
    earlier, later = emulator.rows(CHUNK, BEFORE), emulator.rows(CHUNK, AT)
    for table in later:
        moved.follow(table, earlier[table], later[table])
    emulation = Emulation(moved, lambda: AT, {"api_key": KEY})
    emulator.tick(emulation, BEFORE, AT)
    assert count(moved, "_effects") == 0
    for table in ("subscription", "subscription_item", "invoice", "line_item", "invoiceitem", "invoice_payment", "payment_intent"):
        assert moved.select(f"select * from {table} order by id") == state.select(f"select * from {table} order by id"), table


def test_an_event_tells_what_its_object_was_then(state: State) -> None:
    told = state.select(
        "select * from event where type = 'invoice.finalized' and _object in (select id from invoice where status = 'paid')"
    )
    assert told
    for event in told[:5]:
        said = render(state, "event", event, AT)["data"]["object"]
        assert (said["status"], said["amount_remaining"], said["status_transitions"]["paid_at"]) == ("open", said["total"], None)
    state.db.execute("savepoint before")
    state.update("invoice", told[0]["_object"], {"description": "late"}, AT)
    frozen = state.get("event", told[0]["id"])
    assert frozen is not None
    assert '"status": "open"' in frozen["data"]


def test_every_object_fits_its_published_type(state: State, contracts: Path) -> None:
    published = Published(contracts / "stripe")
    for table, kind in OBJECTS.items():
        for row in state.select(f"select * from {table} limit 3"):
            assert published.problems(kind, render(state, table, row, AT)) == []


@pytest.fixture
def client(state: State) -> Iterator[Client]:
    emulation = Emulation(state, lambda: AT, {"api_key": KEY})
    with (
        serving(emulator.application(emulation)) as url,
        Client(spec.load("stripe_ca"), Connection(url, {"api_key": KEY})) as client,
    ):
        yield client


def test_the_stream_brings_what_the_lists_hold(state: State, client: Client) -> None:
    """Read as a second installation of Stripe, under its own name."""
    stripe = spec.load("stripe_ca")

    def read(name: str, since: datetime | None) -> pl.DataFrame:
        table = stripe.tables[name]
        pages = [page for page in source.pages(client, stripe, table, Window(since)) if not page.has_keys_only]
        frames = [check(page, stripe, table) for page in pages]
        assert [each.rejected for each in frames if each.rejected] == []
        return pl.concat([each.rows for each in frames])

    for name in ("invoice", "line_item_tax", "subscription_item"):
        whole, changed = (read(name, since).drop("event_created") for since in (None, BEFORE))
        assert changed.height > 5
        assert changed.join(whole, on=whole.columns, how="anti", nulls_equal=True).is_empty()


def test_where_stripe_only_collects_nothing_is_billed() -> None:
    held = emulator.rows(world.chunk(chain=US), AT)
    assert sorted(held) == ["balance_transaction", "charge", "customer", "event", "payment_intent", "payout"]
    assert held["charge"]["currency"].unique().to_list() == ["usd"]
    assert held["charge"]["metadata"].str.starts_with('{"invoice_number":"INV').all()


def test_numbers_are_shaped_as_stripe_shapes_them_and_no_two_share_one() -> None:
    keys = np.arange(40_000_001 * 24, 40_000_001 * 24 + 24 * 4000, dtype=np.int64) + 1
    numbers = pl.Series(ids.invoice_number(keys))
    assert numbers.n_unique() == len(keys)
    assert numbers.str.contains(r"^[0-9A-Z]{8}-00[0-2][0-9]$").all()
    assert str(ids.subscription_number(keys[:1])[0]).startswith("sub_")


def test_a_deals_invoices_share_a_prefix_and_count_from_one() -> None:
    deal: Any = 40_000_007 * 24 + np.arange(1, 25)
    prefixes, numbers = zip(*(number.split("-") for number in ids.invoice_number(deal)), strict=True)
    assert (len(set(prefixes)), numbers[0], numbers[-1]) == (1, "0001", "0024")
