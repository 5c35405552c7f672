"""The order management system's database: its tables, their rules, and what it publishes.

Names and quirks are the system's own: `ordered_at` is local time without a zone, `order_events` has no key, `shipments` publish
whole rows, `notes` are long.
"""

from __future__ import annotations

KEYS = {"integration_outbox": "command_key", "order_events": "event_no"}

_KEPT = """
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    row_version integer not null default 1
"""

TABLES = f"""
create schema oms;
create type oms.order_status as enum ('entered', 'released', 'invoiced', 'closed', 'cancelled');
create type oms.charge_type as enum ('one_time', 'recurring');
create sequence oms.row_number start 1000000000001;
create sequence oms.order_number start 900000001;
create sequence oms.customer_number start 900000001;

create table oms.customers (
    id bigint primary key default nextval('oms.row_number'),
    customer_no text not null unique default 'K' || nextval('oms.customer_number'),
    crm_id text unique,
    name text not null,
    email text,
    phone text,
    street text,
    city text,
    state text,
    postal_code text,
    country text,
    vat_id text,
    payment_terms text,
    currency char(3) not null,
    is_on_hold boolean not null default false,
    is_active boolean not null default true,
{_KEPT}
);

create table oms.products (
    id bigint primary key default nextval('oms.row_number'),
    sku text not null unique,
    name text not null,
    charge_type oms.charge_type not null,
    is_active boolean not null default true,
{_KEPT}
);

create table oms.price_lists (
    id bigint primary key default nextval('oms.row_number'),
    product_id bigint not null references oms.products,
    billing_period text,
    currency char(3) not null,
    unit_price numeric(18, 6) not null,
{_KEPT}
);

create table oms.orders (
    id bigint primary key default nextval('oms.row_number'),
    order_no text not null unique default 'OMS' || nextval('oms.order_number'),
    external_ref text unique,
    customer_id bigint not null references oms.customers,
    quote_id text,
    quote_number text,
    status oms.order_status not null default 'entered',
    currency char(3) not null,
    net_amount numeric(18, 2) not null,
    ordered_at timestamp not null default (now() at time zone 'Europe/Berlin'),
    starts_on date,
    ends_on date,
{_KEPT}
);

create table oms.order_lines (
    id bigint primary key default nextval('oms.row_number'),
    order_id bigint not null references oms.orders on delete cascade,
    line_no integer not null,
    product_id bigint not null references oms.products,
    qty numeric(18, 4) not null,
    unit_price numeric(18, 6) not null,
    discount numeric(7, 4) not null default 0,
    tax_code text,
    net_amount numeric(18, 2) not null,
{_KEPT},
    unique (order_id, line_no)
);

create table oms.shipments (
    id bigint primary key default nextval('oms.row_number'),
    order_id bigint not null references oms.orders on delete cascade,
    shipped_on date not null,
    carrier text,
    tracking_no text,
{_KEPT}
);
alter table oms.shipments replica identity full;

create table oms.invoices (
    id bigint primary key default nextval('oms.row_number'),
    invoice_no text not null,
    order_id bigint not null references oms.orders on delete cascade,
    issued_on date not null,
    due_on date,
    net_amount numeric(18, 2) not null,
    tax_amount numeric(18, 2) not null,
    currency char(3) not null,
{_KEPT}
);

create table oms.payments (
    id bigint primary key default nextval('oms.row_number'),
    payment_ref text not null,
    invoice_no text not null,
    amount numeric(18, 2) not null,
    currency char(3) not null,
    paid_at timestamptz not null,
{_KEPT}
);

create table oms.notes (
    id bigint primary key default nextval('oms.row_number'),
    order_id bigint not null references oms.orders on delete cascade,
    author text not null,
    is_pinned boolean not null default false,
    body text not null,
{_KEPT}
);
alter table oms.notes alter column body set storage external;

create table oms.order_events (
    event_no bigint not null default nextval('oms.row_number'),
    order_id bigint not null,
    status oms.order_status not null,
    happened_at timestamptz not null default now()
);

create table oms.integration_outbox (
    command_key text primary key,
    command text not null,
    application text not null default current_setting('application_name'),
    written_at timestamptz not null default now()
);
"""

RULES = """
create function oms.stamp() returns trigger language plpgsql set search_path = sandbox, pg_catalog as $$
begin
    new.updated_at := coalesce(nullif(current_setting('sandbox.stamp', true), '')::timestamptz, now());
    new.row_version := old.row_version + 1;
    return new;
end $$;

create function oms.note_status() returns trigger language plpgsql security definer set search_path = sandbox, pg_catalog as $$
begin
    insert into oms.order_events (order_id, status) values (new.id, new.status);
    return new;
end $$;

create trigger note_new_status after insert on oms.orders for each row execute function oms.note_status();
create trigger note_other_status after update on oms.orders for each row
when (old.status is distinct from new.status) execute function oms.note_status();

do $$
declare kept text;
begin
    foreach kept in array array[
        'customers', 'products', 'price_lists', 'orders', 'order_lines', 'shipments', 'invoices', 'payments', 'notes'
    ] loop
        execute format('create trigger stamp before update on oms.%I for each row execute function oms.stamp()', kept);
    end loop;
end $$;
"""

PUBLICATION = "create publication oms for tables in schema oms with (publish = 'insert, update, delete, truncate')"

# what each of the two roles may do, and no more
GRANTS = """
grant usage on schema sandbox, oms to {reader}, {writer};
grant select on all tables in schema oms to {reader}, {writer};
grant select on sandbox.clock to {reader}, {writer};
grant insert, update on oms.customers, oms.orders, oms.order_lines to {writer};
grant update on oms.products to {writer};
grant insert on oms.integration_outbox to {writer};
grant usage on all sequences in schema oms to {writer};
alter role {reader} in database {database} set search_path = sandbox, pg_catalog, oms;
alter role {writer} in database {database} set search_path = sandbox, pg_catalog, oms;
"""
