"""The emulator's tables: Stripe's objects under their own names and fields; nested objects as JSON, times as unix seconds.

Fields that never vary here are filled in by `objects`. Columns that begin with an underscore are ours and are never sent.
"""

from __future__ import annotations

import sqlite3
from functools import cache

DDL = """
create table if not exists customer (
    id text primary key, created integer, name text, email text, phone text, address json, currency text, balance integer default 0,
    delinquent boolean default 0, description text, metadata json default '{}', invoice_prefix text,
    next_invoice_sequence integer default 1);
create table if not exists product (
    id text primary key, created integer, updated integer, name text, active boolean default 1, description text, unit_label text,
    default_price text, metadata json default '{}');
create table if not exists price (
    id text primary key, created integer, product text, active boolean default 1, currency text, unit_amount integer,
    unit_amount_decimal text, type text, recurring json, lookup_key text, nickname text, tax_behavior text default 'unspecified',
    metadata json default '{}');
create table if not exists subscription (
    id text primary key, created integer, customer text, status text, collection_method text, days_until_due integer, currency text,
    start_date integer, billing_cycle_anchor integer, latest_invoice text, cancel_at integer,
    cancel_at_period_end boolean default 0, canceled_at integer, ended_at integer, trial_start integer, trial_end integer,
    _automatic_tax boolean default 0, _tax_rates json default '[]', description text, metadata json default '{}');
create table if not exists subscription_item (
    id text primary key, created integer, subscription text, price text, quantity integer default 1, current_period_start integer,
    current_period_end integer, metadata json default '{}');
create table if not exists invoice (
    id text primary key, created integer, customer text, number text, status text, billing_reason text, collection_method text,
    currency text, auto_advance boolean default 0, automatically_finalizes_at integer, due_date integer,
    effective_at integer, period_start integer, period_end integer, subtotal integer default 0, total integer default 0,
    starting_balance integer default 0, ending_balance integer, amount_due integer default 0, amount_paid integer default 0,
    amount_overpaid integer default 0, amount_paid_off_stripe integer default 0, amount_remaining integer default 0,
    pre_payment_credit_notes_amount integer default 0, post_payment_credit_notes_amount integer default 0,
    attempt_count integer default 0, attempted boolean default 0, _finalized_at integer, _paid_at integer, _voided_at integer,
    _marked_uncollectible_at integer, total_taxes json default '[]', _automatic_tax boolean default 0, _tax_rates json default '[]',
    description text, _subscription text, metadata json default '{}');
create table if not exists line_item (
    id text primary key, invoice text, amount integer, currency text, description text,
    quantity integer default 1, period json, pricing json, subscription text, _invoice_item text,
    _subscription_item text, taxes json default '[]', metadata json default '{}');
create table if not exists invoiceitem (
    id text primary key, date integer, customer text, invoice text, amount integer, currency text, description text,
    quantity integer default 1, period json, pricing json, _subscription text, metadata json default '{}');
create table if not exists tax_rate (
    id text primary key, created integer, active boolean default 1, country text, state text, description text, display_name text,
    percentage real, effective_percentage real, inclusive boolean default 0, jurisdiction text, jurisdiction_level text,
    tax_type text, metadata json default '{}');
create table if not exists invoice_payment (
    id text primary key, created integer, invoice text, amount_requested integer, amount_paid integer, currency text,
    is_default boolean default 1, status text, payment json, _paid_at integer, _canceled_at integer);
create table if not exists payment_intent (
    id text primary key, created integer, amount integer, amount_received integer default 0, amount_capturable integer default 0,
    currency text, customer text, status text, capture_method text default 'automatic_async', latest_charge text,
    payment_method text, canceled_at integer, cancellation_reason text, description text, metadata json default '{}');
create table if not exists charge (
    id text primary key, created integer, amount integer, amount_captured integer default 0, amount_refunded integer default 0,
    currency text, customer text, status text, captured boolean default 0, paid boolean default 0, refunded boolean default 0,
    balance_transaction text, payment_intent text, payment_method text, failure_code text, failure_message text, description text,
    metadata json default '{}');
create table if not exists refund (
    id text primary key, created integer, amount integer, charge text, payment_intent text, customer text, currency text,
    status text, reason text, balance_transaction text, metadata json default '{}');
create table if not exists dispute (
    id text primary key, created integer, amount integer, charge text, payment_intent text, currency text, status text, reason text,
    metadata json default '{}');
create table if not exists credit_note (
    id text primary key, created integer, number text, invoice text, customer text, currency text, status text, type text,
    reason text, amount integer, subtotal integer, total_taxes json default '[]', pre_payment_amount integer default 0,
    post_payment_amount integer default 0,
    out_of_band_amount integer, refunds json default '[]', customer_balance_transaction text, effective_at integer,
    voided_at integer, memo text, metadata json default '{}');
create table if not exists credit_note_line_item (
    id text primary key, _credit_note text, type text, amount integer, description text, _invoice_line_item text, quantity integer,
    unit_amount integer, taxes json default '[]');
create table if not exists customer_balance_transaction (
    id text primary key, created integer, customer text, amount integer, currency text, type text, ending_balance integer,
    invoice text, credit_note text, description text, metadata json default '{}');
create table if not exists balance_transaction (
    id text primary key, created integer, amount integer, fee integer, net integer, currency text, type text, source text,
    available_on integer, description text, _payout text);
create table if not exists payout (
    id text primary key, created integer, amount integer, arrival_date integer, automatic boolean default 1,
    balance_transaction text, currency text, destination text default 'ba_sandbox', status text, metadata json default '{}');
create table if not exists event (
    id text primary key, created integer, type text, api_version text, request json, _table text, _object text, _then json,
    data json);
create table if not exists _deleted (id text primary key, object text);
create table if not exists _idempotency (key text primary key, created integer, fingerprint text, status integer, body blob);
create index if not exists customer_created on customer (created, id);
create index if not exists customer_email on customer (email);
create index if not exists charge_created on charge (created, id);
create index if not exists balance_transaction_created on balance_transaction (created, id);
create index if not exists balance_transaction_source on balance_transaction (source);
create index if not exists balance_transaction_payout on balance_transaction (_payout);
create index if not exists payout_created on payout (created, id);
create index if not exists payment_intent_created on payment_intent (created, id);
create index if not exists invoice_created on invoice (created, id);
create index if not exists line_item_invoice on line_item (invoice);
create index if not exists subscription_item_subscription on subscription_item (subscription);
create index if not exists subscription_customer on subscription (customer);
create index if not exists invoice_payment_invoice on invoice_payment (invoice);
create index if not exists invoice_payment_created on invoice_payment (created, id);
create index if not exists invoiceitem_date on invoiceitem (date, id);
create index if not exists event_created on event (created, id);
create index if not exists event_object on event (_object);
"""

KEYS = {"_idempotency": "key"}

PREFIXES = {
    "customer": "cus",
    "product": "prod",
    "price": "price",
    "subscription": "sub",
    "subscription_item": "si",
    "invoice": "in",
    "line_item": "il",
    "invoiceitem": "ii",
    "tax_rate": "txr",
    "invoice_payment": "inpay",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "dp",
    "credit_note": "cn",
    "credit_note_line_item": "cnli",
    "customer_balance_transaction": "cbtxn",
    "balance_transaction": "txn",
    "payout": "po",
    "event": "evt",
}


_STAMPS = {"invoiceitem": "date"}
_PARTS = ("line_item", "credit_note_line_item", "subscription_item")


def order(table: str) -> tuple[str, bool]:
    """By what a table is listed, and whether the newest come first: objects do; parts of one come as they were added."""
    return ("rowid", False) if table in _PARTS else (_STAMPS.get(table, "created"), True)


@cache
def kinds(table: str) -> dict[str, str]:
    """The declared type of each column of a table."""
    db = sqlite3.connect(":memory:")
    db.executescript(DDL)
    return {row[1]: row[2].lower() for row in db.execute(f'pragma table_info("{table}")')}
