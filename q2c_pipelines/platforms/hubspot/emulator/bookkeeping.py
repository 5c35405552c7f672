"""What the portal does with every change by itself: stamps, what it calculates, and the recycle bin.

Archiving does not move the stamp of a change, and neither does a new association.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.hubspot.emulator import pipelines
from q2c_pipelines.platforms.hubspot.emulator.objects import Object, objects
from q2c_pipelines.platforms.hubspot.emulator.values import kept, stamp

MONTHS = {"monthly": 1, "quarterly": 3, "per_six_months": 6, "annually": 12}
_TERM = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?")


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Stamps a record that was made or changed; one that was deleted goes to the recycle bin."""
    kind = objects().get(table)
    if kind is None:
        return
    if after is None:
        assert before is not None
        _binned(state, kind, before, now)
        return
    values = _plain(kind, after) | _calculated(table, after)
    if before is None:
        values = {kind.created: stamp(now)} | {name: value for name, value in values.items() if value is not None}
    if before is None or _has_changed(kind, before, after):
        values[kind.changed] = stamp(now)
    state.write(table, after["id"], values)


def _has_changed(kind: Object, before: Row, after: Row) -> bool:
    return any(before.get(name) != after[name] for name in after if name not in ("_archived_at", kind.changed))


def _binned(state: State, kind: Object, row: Row, now: datetime) -> None:
    columns = ", ".join(f'"{name}"' for name in row)
    binned = row | {"_archived_at": stamp(now)}
    state.db.execute(f'insert into "{kind.name}" ({columns}) values ({", ".join("?" * len(row))})', list(binned.values()))


def _plain(kind: Object, row: Row) -> Row:
    """Times in the form that the portal keeps them in."""
    times = [one for one in kind.properties.values() if one.type == "datetime"]
    return {one.name: kept(one, row[one.name]) for one in times}


def _calculated(table: str, row: Row) -> Row:
    if table == "deals":
        return pipelines.closing(row["dealstage"])
    return priced(row) if table == "line_items" else {}


def priced(line: Row) -> Row:
    """What a line comes to: for one billing period, and for the whole term where it has one."""
    quantity, price = (Decimal(line[name] or 0) for name in ("quantity", "price"))
    off = Decimal(line["discount"] or 0) or price * Decimal(line["hs_discount_percentage"] or 0) / 100
    amount = _cents(quantity * (price - off))
    return {"amount": str(amount), "hs_total_discount": str(_cents(quantity * off)), "hs_tcv": str(_cents(amount * _periods(line)))}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _periods(line: Row) -> Decimal:
    """How many times a line is billed in its term; once where it does not recur or has no end."""
    term = _TERM.fullmatch(line["hs_recurring_billing_period"] or "")
    every = MONTHS.get(line["recurringbillingfrequency"] or "")
    if not term or not every:
        return Decimal(1)
    return Decimal(int(term[1] or 0) * 12 + int(term[2] or 0)) / every
