"""Changes of records that are there: only from what was observed, and only of the version that was looked at.

look -> adopted, superseded, or key + change of that row_version in one transaction -> read back
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from q2c_pipelines.platforms.commands import UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.legacy_oms.asking import Asking, marked, one, refused, was_written
from q2c_pipelines.platforms.legacy_oms.statements import Statement, Write

Read = Callable[[str], Any]
_TEXT: Read = str
_TRUTH: Read = {"true": True, "false": False}.__getitem__
_ADDRESS = ("street", "city", "state", "postal_code", "country")


@dataclass(frozen=True)
class _Column:
    """Where an attribute is kept, and how its canonical text is read."""

    table: str
    name: str
    select: LiteralString
    update: LiteralString
    read: Read


def _column(table: LiteralString, name: LiteralString, read: Read) -> _Column:
    select: LiteralString = "select id, row_version, " + name + " as value from {schema}." + table + " where id = %(id)s"
    update: LiteralString = (
        "update {schema}." + table + " set " + name + " = %(value)s where id = %(id)s and row_version = %(row_version)s"
    )
    return _Column(table, name, select, update, read)


_COLUMNS: dict[tuple[str, str], _Column] = {
    **{("customer", name): _column("customers", name, _TEXT) for name in ("name", "email", "phone", "crm_id", *_ADDRESS)},
    ("customer", "payment_terms"): _column("customers", "payment_terms", _TEXT),
    ("customer", "is_active"): _column("customers", "is_active", _TRUTH),
    ("product", "name"): _column("products", "name", _TEXT),
    ("product", "is_active"): _column("products", "is_active", _TRUTH),
    ("order", "quote_number"): _column("orders", "quote_number", _TEXT),
    ("order", "start_on"): _column("orders", "starts_on", date.fromisoformat),
    ("order", "end_on"): _column("orders", "ends_on", date.fromisoformat),
    ("order", "amount"): _column("orders", "net_amount", Decimal),
    ("order_line", "quantity"): _column("order_lines", "qty", Decimal),
    ("order_line", "unit_price"): _column("order_lines", "unit_price", Decimal),
    ("order_line", "amount"): _column("order_lines", "net_amount", Decimal),
}
_STATUSES = {"draft": "entered", "activated": "released", "billed": "invoiced", "closed": "closed"}
_STATUS = _Column(
    "orders",
    "status",
    "select id, row_version, status::text as value from {schema}.orders where id = %(id)s",
    "update {schema}.orders set status = %(value)s where id = %(id)s and row_version = %(row_version)s",
    _STATUSES.__getitem__,
)

_ALL = (*_COLUMNS.values(), _STATUS)
UPDATED = {table: sorted({each.name for each in _ALL if each.table == table}) for table in {each.table for each in _ALL}}


def update_field(command: UpdateField) -> Flow:
    """One attribute of one record set. Superseded where the system holds something else than was observed."""
    column = _COLUMNS.get((command.entity, command.attribute))
    if column is None:
        raise refused(f"{command.entity}.{command.attribute} cannot be written", "NO_SUCH_FIELD")
    return (yield from _changed(command, column))


def update_status(command: UpdateStatus) -> Flow:
    """An order moved to another status. Superseded where it is not in the one observed."""
    if command.entity != "order" or command.value not in _STATUSES:
        raise refused(f"no {command.entity} can be moved to {command.value}", "NO_SUCH_STATUS")
    return (yield from _changed(command, _STATUS))


def _changed(command: UpdateField | UpdateStatus, column: _Column) -> Flow:
    wanted = None if command.value is None else column.read(command.value)
    observed = None if command.observed is None else column.read(command.observed)
    found = yield from _record(command, column)
    if found["value"] == wanted:
        return _receipt("adopted", found)
    if found["value"] != observed:
        return _receipt("superseded", found, f"it holds {found['value']}, not {observed} as observed")
    if (yield from was_written(command)):
        return _receipt("superseded", found, "it was written, and changed back since")
    change = Statement(column.update, {"id": found["id"], "row_version": found["row_version"], "value": wanted}, must_touch=True)
    is_ours = yield Write((marked(command), change))
    now = yield from _record(command, column)
    if is_ours:
        return _receipt("written", now)
    if now["value"] == wanted:
        return _receipt("adopted", now)
    return _receipt("superseded", now, f"somebody changed it meanwhile: its version is {now['row_version']}")


def _record(command: UpdateField | UpdateStatus, column: _Column) -> Asking[dict[str, Any]]:
    found = yield from one(Statement(column.select, {"id": int(command.native_id)}))
    if found is None:
        raise refused(f"there is no {command.entity} {command.native_id} any more", "GONE")
    return found


def _receipt(outcome: Any, found: dict[str, Any], detail: str = "") -> Receipt:
    return Receipt(outcome, str(found["id"]), detail=detail, read_back=found)
