"""Values on their way in and out: what the server accepts for a column, and how it writes it.

request's JSON <-> the tables' text, numbers, and 0 or 1
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from q2c_pipelines.platforms.dynamics365_sales.emulator.bookkeeping import stamp
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import Refusal, payload_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import Column, Table
from q2c_pipelines.platforms.emulation import Row

_KINDS: dict[str, tuple[type, ...]] = {
    "Edm.Int32": (int,), "Edm.Int64": (int,), "Edm.Decimal": (int, float), "Edm.Boolean": (bool,),
}  # fmt: skip
_LARGEST = 100_000_000_000  # of an amount of money
_INT32 = 2**31


def accepted(table: Table, column: Column, value: Any) -> Any:
    """The value as the tables hold it; refused where the server would refuse it."""
    if value is None:
        return 0 if column.type == "bool" else None
    if not isinstance(value, _KINDS.get(column.edm, (str,))) or (isinstance(value, bool) and column.edm != "Edm.Boolean"):
        raise payload_error(table.set, _unconvertible(column, value))
    if column.type == "text":
        return _text(table, column, str(value))
    if isinstance(value, str):
        return _parsed(table, column, value)
    return _number(table, column, value)


def _text(table: Table, column: Column, value: str) -> str:
    if len(value) > column.length:
        said = (
            f"The length of the '{column.logical}' attribute of the '{table.name}' entity exceeded the maximum allowed length of "
        )
        raise Refusal(400, "0x80044331", f"A validation error occurred.  {said}'{column.length}'.")
    return value


def _number(table: Table, column: Column, value: Any) -> Any:
    if column.type == "bool":
        return int(value)
    if column.options and value not in column.options:
        said = f"A validation error occurred. The value {value} of '{column.logical}' on record of type '{table.name}' is outside "
        raise Refusal(400, "0x8004431a", f"{said}the valid range. Accepted Values: {','.join(map(str, column.options))}")
    if abs(value) > (_LARGEST if column.edm == "Edm.Decimal" else _INT32):
        raise Refusal(
            400, "0x80044330", f"A validation error occurred.  The value of '{column.logical}' is outside the valid range."
        )
    return value


def _parsed(table: Table, column: Column, value: str) -> str:
    parsers = {
        "date": lambda text: date.fromisoformat(text).isoformat(),
        "datetime": lambda text: stamp(datetime.fromisoformat(text).astimezone(UTC)),
    }
    try:
        return parsers[column.type](value) if column.type in parsers else str(uuid.UUID(value))
    except ValueError as error:
        raise payload_error(table.set, _unconvertible(column, value)) from error


def _unconvertible(column: Column, value: Any) -> str:
    return f"Cannot convert the literal '{value}' of property '{column.name}' to the expected type '{column.edm}'."


def written(table: Table, columns: Iterable[Column], row: Row) -> Row:
    """A record as answers have it: its etag, the columns asked for, and its key."""
    told = {"@odata.etag": etag(row)} | {column.name: told_as(column, row[column.name]) for column in columns}
    return told | {table.key: row[table.key]}


def told_as(column: Column, value: Any) -> Any:
    """One value as answers have it."""
    if value is None:
        return None
    if column.type == "bool":
        return bool(value)
    return float(value) if column.edm == "Edm.Decimal" else value


def etag(row: Row) -> str:
    """What a record's version is called by."""
    return f'W/"{row["versionnumber"]}"'


def guid(text: str) -> str | None:
    """A guid as the tables hold it; None for what is none."""
    return text.lower() if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) else None
