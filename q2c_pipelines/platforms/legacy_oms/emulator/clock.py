"""The sandbox's clock inside PostgreSQL, and what others did through it.

A PostgreSQL server has the machine's clock. Here functions of the same names stand before it in the roles' search_path: `now()`
tells the sandbox's time, and the decoded log carries it as the time of commit. While the clock stands still its microseconds follow
the log, so that what was committed later is later. (A client that streams by the replication protocol sees the machine's time.)
"""

from __future__ import annotations

CLOCK = """
create schema sandbox;
create table sandbox.clock (begins pg_lsn primary key, at timestamptz not null);

create function sandbox.at(place pg_lsn) returns timestamptz language sql stable as $$
    select
        moved.at + least(greatest(trunc(pg_wal_lsn_diff(place, moved.begins) / 32), 0), 999999)::float8
        * interval '1 microsecond'
    from sandbox.clock as moved
    order by moved.begins <= place desc, case when moved.begins <= place then moved.begins end desc, moved.begins
    limit 1
$$;

create function sandbox.now() returns timestamptz language sql stable as $$
    select sandbox.at(pg_current_wal_insert_lsn())
$$;

create function sandbox.dated(data bytea, place_begins int, time_begins int) returns bytea language sql stable as $$
    select overlay(
        data placing int8send((
            (extract(epoch from sandbox.at(
                '0/0'::pg_lsn + ('x' || encode(substring(data from place_begins for 8), 'hex'))::bit(64)::bigint
            )) - 946684800) * 1000000
        )::bigint)
        from time_begins for 8
    )
$$;

create function sandbox.pg_logical_slot_peek_binary_changes(
    slot name, upto_lsn pg_lsn, upto_nchanges int, variadic options text[]
)
returns table (lsn pg_lsn, xid xid, data bytea) language sql as $$
    select change.lsn, change.xid, case get_byte(change.data, 0)
        when 66 then sandbox.dated(change.data, 2, 10)
        when 67 then sandbox.dated(change.data, 3, 19)
        else change.data
    end
    from pg_catalog.pg_logical_slot_peek_binary_changes(slot, upto_lsn, upto_nchanges, variadic options) as change
$$;
"""

EFFECTS = """
create table sandbox.effects (id bigserial primary key, at timestamptz, by text, change text, table_name text);

create function sandbox.count_effect() returns trigger language plpgsql security definer set search_path = sandbox, pg_catalog as $$
begin
    insert into sandbox.effects (at, by, change, table_name)
    values (now(), case when session_user = 'postgres' then 'sandbox' else 'api' end, lower(tg_op), tg_table_name);
    return null;
end $$;

do $$
declare seen text;
begin
    for seen in select tablename from pg_tables where schemaname = 'oms' loop
        execute format(
            'create trigger counted after insert or update or delete on oms.%I for each row '
            'when (pg_trigger_depth() = 0) execute function sandbox.count_effect()',
            seen
        );
    end loop;
end $$;
"""
